//! What a function gave becomes the value of its node; and the ends of claims.

use super::chain::{Chain, Verifying};
use super::frame::{Frame, Kind};
use super::graph::{Node, Source, State, flag};
use super::marking::{Setter, is_plain, is_same_plain};
use super::session::{Given, Session};
use super::slab::{Id, NONE};
use crate::memory::Frozen;

impl Node {
    /// The value, or the error that it failed with.
    pub fn given(&self) -> Given {
        if self.flags & flag::FAILED == 0 { Ok(self.value.clone()) } else { Err(self.value.clone()) }
    }
}

impl State {
    pub fn throw_away_all(&mut self, values: Vec<Frozen>) {
        values.into_iter().for_each(|value| self.throw_away(value));
    }

    /// Takes a node's mark off, and keeps it for one evaluation.
    #[inline(always)]
    pub fn claim(&mut self, id: Id) {
        let node = &mut self.nodes[id];
        debug_assert!(node.flags & flag::CLAIMED == 0);
        node.flags = node.flags & !flag::MARKED | flag::CLAIMED;
    }

    /// Ends a claim. A node that was marked meanwhile stays marked, and so do its watchers: some may have been brought up to
    /// date without it.
    #[inline(always)]
    fn end_claim(&mut self, id: Id, from: Id) {
        let node = &mut self.nodes[id];
        node.flags &= !flag::CLAIMED;
        if node.flags & flag::MARKED != 0 {
            self.mark_again(id, from);
        }
    }

    #[cold]
    fn mark_again(&mut self, id: Id, from: Id) {
        let flags = self.nodes[id].flags;
        if flags & flag::EFFECT == 0 {
            self.mark_watchers(id, Setter { place: from, effect: NONE }, false);
        } else if flags & (flag::HELD | flag::QUEUED) == flag::HELD {
            self.enqueue(id, from);
        }
    }
}

impl Chain {
    /// Gives the node of the topmost function what that gave. Which node it is, and whether its value is another now.
    /// `is_same`: it is what it was before, if that was told already ([`Session::finish`]).
    #[inline(always)]
    pub(super) fn publish(&mut self, state: &mut State, given: Given, is_same: bool) -> (Id, bool) {
        let Frame { id, kind, work, rare, is_lagging, .. } = self.frames.pop().expect("a function ran");
        let view = self.view.expect("a function ran");
        let mut work = work.expect("a claimed node's function ran");
        work.is_new = false;
        if let Some(rare) = rare {
            state.unlink_all(rare.stale);
        }
        let node = &mut state.nodes[id];
        node.work = Some(work);
        let (value, failed) = match given {
            Ok(value) => (value, 0),
            Err(error) => (error, flag::FAILED),
        };
        let had_failed = node.flags & flag::FAILED;
        let is_same = is_same || is_plain(value.value()) && is_same_plain(node.value.value(), value.value());
        if kind == Kind::Effect || is_same && failed | had_failed == 0 {
            state.throw_away(value);
            self.unclaim(state, id, is_lagging);
            return (id, false);
        }
        // If it has been published for this view before, its function is not one of what it reads; watchers shall see that
        // the value is another.
        node.changed = if node.changed < view { view } else { state.epoch + 1 };
        state.epoch = state.epoch.max(node.changed);
        node.flags = node.flags & !flag::FAILED | failed;
        let former = std::mem::replace(&mut node.value, value);
        state.throw_away(former);
        self.unclaim(state, id, is_lagging);
        (id, true)
    }

    /// Ends the claim of a node that is up to date for the session's view.
    #[inline(always)]
    pub(super) fn unclaim(&mut self, state: &mut State, id: Id, is_lagging: bool) {
        let view = self.view.expect("a node is claimed");
        if is_lagging || state.epoch > view && state.is_behind(id, view) {
            state.nodes[id].flags |= flag::MARKED;
        }
        state.nodes[id].since = view;
        state.end_claim(id, self.place);
    }

    /// Puts back what a function that did not come to an end had taken.
    pub(super) fn put_back(&mut self, state: &mut State, frame: Frame) {
        let Frame { id, work, rare, former, .. } = frame;
        state.throw_away(former);
        let Some(mut work) = work else { return };
        work.sources.extend(rare.map_or_else(Vec::new, |rare| rare.stale));
        for source in &mut work.sources {
            let value = std::mem::replace(&mut source.value, super::graph::missing());
            state.throw_away(value);
        }
        work.is_new = true;
        state.nodes[id].work = Some(work);
    }
}

impl Session {
    /// Gives up everything above `base`: its functions did not come to an end. What they were to give is computed again, by
    /// whoever asks for it; `effects` says when an effect among them runs again.
    pub fn abandon(&mut self, base: usize, frames: usize, effects: AfterAll) {
        let abandoned: Vec<Frame> = self.frames.drain(frames..).collect();
        self.memo.retain(|id, _| !abandoned.iter().any(|frame| frame.kind == Kind::Private && frame.id == *id));
        self.with(|chain, state| {
            for frame in abandoned {
                chain.put_back(state, frame);
            }
            // Nobody has set anything since: if the lowest is marked, what was given up above it did that.
            let is_effect = |entry: &Verifying| state.nodes[entry.id].flags & flag::EFFECT != 0;
            let stays_unmarked = effects == AfterAll::UntilChanged
                && chain.view == Some(state.epoch)
                && chain.verifying.get(base).is_some_and(is_effect);
            for (at, entry) in chain.verifying.drain(base..).enumerate().rev() {
                let node = &mut state.nodes[entry.id];
                if at == 0 && stays_unmarked {
                    node.flags &= !flag::MARKED;
                } else {
                    node.flags |= flag::MARKED;
                }
                state.end_claim(entry.id, chain.place);
                state.free_if_unheld(entry.id);
            }
            chain.end_view_if_idle(state);
        });
    }
}

/// When an effect that did not come to an end runs again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterAll {
    Again,
    /// It cannot run here: when something that it read has changed.
    UntilChanged,
}

impl State {
    /// A function did not read again what it read the last time.
    #[cold]
    fn unlink_all(&mut self, stale: Vec<Source>) {
        for source in stale {
            self.unlink(source.edge);
        }
    }

    /// Something that a node depends on is newer than a view.
    fn is_behind(&self, id: Id, view: u64) -> bool {
        let Some(work) = &self.nodes[id].work else { return true };
        work.sources.iter().any(|source| {
            let node = &self.nodes[source.id];
            node.flags & flag::MARKED != 0 || node.since > view
        })
    }
}
