//! What a function gave becomes the value of its node; and the ends of claims.

use super::graph::{Node, State, flag};
use super::marking::Setter;
use super::session::{Chain, Frame, Given, Kind, Session};
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
    pub fn claim(&mut self, id: Id) {
        let node = &mut self.nodes[id];
        debug_assert!(node.flags & flag::CLAIMED == 0);
        node.flags = node.flags & !flag::MARKED | flag::CLAIMED;
    }

    /// Ends a claim. A node that was marked meanwhile stays marked, and so do its watchers: some may have been brought up to
    /// date without it.
    fn end_claim(&mut self, id: Id, from: Id) {
        let node = &mut self.nodes[id];
        node.flags &= !flag::CLAIMED;
        if node.flags & flag::MARKED == 0 {
            return;
        }
        if node.flags & flag::EFFECT != 0 {
            if node.flags & (flag::HELD | flag::QUEUED) == flag::HELD {
                self.enqueue(id, from);
            }
            return;
        }
        self.mark_watchers(id, Setter { place: from, effect: NONE }, false);
    }
}

impl Chain {
    /// Gives the node of the topmost function what that gave. Which node it is.
    pub(super) fn publish(&mut self, state: &mut State, given: Given, is_same: bool) -> Id {
        let Frame { id, kind, work, function, rare, is_lagging, .. } = self.frames.pop().expect("a function ran");
        let view = self.view.expect("a function ran");
        let mut work = work.expect("a claimed node's function ran");
        work.function = function;
        work.is_new = false;
        for source in rare.map_or_else(Vec::new, |rare| rare.stale) {
            state.unlink(source.edge);
        }
        let changed = if is_same || kind == Kind::Effect {
            None
        } else if state.nodes[id].changed < view {
            Some(view)
        } else {
            // Its function is not one of what it reads; watchers shall see that the value is another.
            Some(state.advance())
        };
        let node = &mut state.nodes[id];
        node.work = Some(work);
        if let Some(changed) = changed {
            node.changed = changed;
            let value = match given {
                Ok(value) => {
                    node.flags &= !flag::FAILED;
                    value
                }
                Err(error) => {
                    node.flags |= flag::FAILED;
                    error
                }
            };
            let former = std::mem::replace(&mut node.value, value);
            state.throw_away(former);
        } else {
            let (Ok(value) | Err(value)) = given;
            state.throw_away(value);
        }
        self.unclaim(state, id, is_lagging);
        id
    }

    /// Ends the claim of a node that is up to date for the session's view.
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
        let Frame { id, work, function, rare, former, .. } = frame;
        state.throw_away(former);
        let Some(mut work) = work else { return };
        work.sources.extend(rare.map_or_else(Vec::new, |rare| rare.stale));
        for source in &mut work.sources {
            let value = std::mem::replace(&mut source.value, super::graph::missing());
            state.throw_away(value);
        }
        work.function = function;
        work.is_new = true;
        state.nodes[id].work = Some(work);
    }
}

impl Session {
    /// Gives up everything above `base`: its functions did not come to an end. What they were to give is computed again.
    pub fn abandon(&mut self, base: usize, frames: usize) {
        let abandoned: Vec<Frame> = self.frames.drain(frames..).collect();
        self.memo.retain(|id, _| !abandoned.iter().any(|frame| frame.kind == Kind::Private && frame.id == *id));
        self.with(|chain, state| {
            for frame in abandoned {
                chain.put_back(state, frame);
            }
            for entry in chain.verifying.drain(base..).rev() {
                state.nodes[entry.id].flags |= flag::MARKED;
                state.end_claim(entry.id, chain.place);
                state.free_if_unheld(entry.id);
            }
            chain.end_view_if_idle(state);
        });
    }
}

impl State {
    /// Something that a node depends on is newer than a view.
    fn is_behind(&self, id: Id, view: u64) -> bool {
        let Some(work) = &self.nodes[id].work else { return true };
        work.sources.iter().any(|source| {
            let node = &self.nodes[source.id];
            node.flags & flag::MARKED != 0 || node.since > view
        })
    }
}
