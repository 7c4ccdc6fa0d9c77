//! What functions gave becomes the values of their nodes; and the ends of claims.

use super::chain::Chain;
use super::frame::{Frame, Stage};
use super::graph::{Dependency, Node, State, flag, missing};
use super::history::Epoch;
use super::marking::{Setter, is_plain};
use super::session::{Given, Session};
use super::slab::{Id, NONE};
use motet_memory::Frozen;

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

    /// Ends a claim. A node that was marked meanwhile stays marked, and so do its watchers: what watches from outside of
    /// programs may have been told already.
    fn end_claim(&mut self, id: Id) {
        let node = &mut self.nodes[id];
        node.flags &= !flag::CLAIMED;
        if node.flags & flag::MARKED != 0 {
            self.mark_again(id);
        }
    }

    /// Effects that wait after this wake their place, also if it is the one that evaluates: a place looks at its queue after
    /// a set, and after effects, but not after a read.
    #[cold]
    fn mark_again(&mut self, id: Id) {
        let flags = self.nodes[id].flags;
        if flags & flag::EFFECT == 0 {
            self.mark_watchers(id, Setter { place: NONE, effect: NONE }, false);
        } else if flags & (flag::HELD | flag::QUEUED) == flag::HELD {
            // A place that was woken for it before may have given it up.
            let place = self.nodes[id].place;
            self.places[place].is_woken = false;
            self.enqueue(id, NONE);
        }
    }
}

impl Chain {
    /// Publishes what has run.
    #[inline(always)]
    pub(super) fn publish_all(&mut self, state: &mut State) {
        if self.frames.ended() > 0 {
            let (last, _) = self.publish_ended(state);
            state.free_unless_held(last);
        }
    }

    /// The same. Which one was the last; it may be that nothing keeps it any more.
    #[inline(always)]
    pub(super) fn publish_ended(&mut self, state: &mut State) -> (Id, Stage) {
        let view = self.view.expect("a function ran");
        loop {
            let (id, stage) = self.publish_next(state, view);
            if self.frames.ended() == 0 {
                return (id, stage);
            }
            state.free_unless_held(id);
        }
    }

    /// A node is up to date for the session's view: gives it what its function gave, if that is another value, and ends the
    /// claim.
    #[inline(always)]
    pub(super) fn publish_next(&mut self, state: &mut State, view: Epoch) -> (Id, Stage) {
        let frame = self.frames.next_ended().expect("a node has been brought up to date");
        let (id, stage, is_lagging) = (frame.id, frame.stage, frame.is_lagging);
        frame.work.as_mut().expect("a claimed node's work is here").is_new = false;
        if let Some(rare) = frame.rare.take() {
            state.unlink_all(rare.stale);
        }
        let node = &mut state.nodes[id];
        std::mem::swap(&mut node.work, &mut frame.work);
        node.since = view;
        let mut flags = node.flags & !flag::CLAIMED;
        let mut former = missing();
        if stage != Stage::Same {
            former = if is_plain(frame.value.value()) {
                std::mem::replace(&mut node.value, frame.value.clone())
            } else {
                std::mem::replace(&mut node.value, std::mem::replace(&mut frame.value, missing()))
            };
            flags = flags & !flag::FAILED | if stage == Stage::Failed { flag::FAILED } else { 0 };
            // If it has been published for this view before, its function is not one of what it reads; watchers shall see
            // that the value is another.
            if node.changed < view {
                node.changed = view;
            } else {
                state.epoch += 1;
                node.changed = state.epoch;
            }
        }
        if flags & flag::PROMPT != 0 {
            node.prompt -= 1;
            flags &= if node.prompt == 0 { !flag::PROMPT } else { !0 };
        }
        node.flags = flags;
        debug_assert!(is_plain(frame.value.value()), "what is dropped now is dropped under the lock");
        state.throw_away(former);
        if flags & flag::MARKED != 0 || is_lagging || state.epoch > view && state.is_behind(id, view) {
            state.nodes[id].flags |= flag::MARKED;
            state.mark_again(id);
        }
        (id, stage)
    }
}

impl Session {
    /// Gives up everything above `base`: its functions did not come to an end. What they were to give is computed again, by
    /// the evaluation that reads it; `effects` says when an effect among them runs again.
    pub fn abandon(&mut self, base: usize, effects: AfterAll) {
        let Session { chain, .. } = self;
        let live = chain.frames.live_mut()[base..].iter_mut();
        live.filter(|frame| frame.stage == Stage::Running).for_each(Frame::give_up);
        self.with(|chain, state| {
            // No set has come since: if the lowest is marked, what was given up above it did that.
            let stays_unmarked = effects == AfterAll::UntilChanged
                && chain.view == Some(state.epoch)
                && chain.frames.live().get(base).is_some_and(|frame| frame.is_effect());
            while chain.frames.len() > base {
                let is_lowest = chain.frames.len() == base + 1;
                let Some(frame) = chain.frames.pop() else { break };
                state.throw_away(std::mem::replace(&mut frame.value, missing()));
                let id = frame.id;
                let node = &mut state.nodes[id];
                node.work = frame.work.take();
                // No evaluation reads a private node before it runs again; it hears of the one that it stands for.
                if is_lowest && stays_unmarked || frame.flags & flag::PRIVATE != 0 {
                    node.flags &= !flag::MARKED;
                } else {
                    node.flags |= flag::MARKED;
                }
                state.end_claim(id);
                state.free_if_unheld(id);
            }
            chain.end_view_if_idle(state);
        });
    }
}

/// When an effect that did not come to an end runs again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AfterAll {
    Again,
    /// It cannot run here: when something that it read has changed.
    UntilChanged,
}

impl State {
    /// A function did not read again what it read the last time.
    #[cold]
    fn unlink_all(&mut self, stale: Vec<Dependency>) {
        for source in stale {
            self.unlink(source.edge);
        }
    }

    /// Something that a node depends on is newer than a view.
    fn is_behind(&self, id: Id, view: Epoch) -> bool {
        let Some(work) = &self.nodes[id].work else { return true };
        work.sources.iter().any(|source| {
            let node = &self.nodes[source.id];
            node.flags & flag::MARKED != 0 || node.since > view
        })
    }
}
