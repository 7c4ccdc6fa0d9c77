//! What an evaluation computes for itself: a value that another evaluation is computing, or has computed as of later.
//!
//! It does that in a *private node*, which has the same function, and is claimed, followed and published like any other. What
//! reads the value depends on this node, and not on the one that it stands for. When it runs again, it reads that one.
//!
//! **Why a node.** The evaluation that has the claim looks at another moment, at which the function may read other things: the
//! node that it has claimed has edges to those. Only what was read for this view says when the value is out of date. Without
//! edges of its own, a set of what only this evaluation has read marks nothing; and a set stops at what is marked already,
//! which may be what the other evaluation has left behind: then those who have got the value keep it.

use super::chain::Chain;
use super::frame::Frame;
use super::graph::{Dependency, State, Trash, flag, missing, null};
use super::handle::{Computed, NodeHandle};
use super::session::{MAX_CLOSURES, NOWHERE, Reading, Session, Slot};
use super::slab::{Id, NONE};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The private nodes of a view, by the numbers of those that they stand for.
pub(super) type Privates = HashMap<Id, Private, FixedState>;

/// See the module.
pub(super) struct Private {
    /// It lives for as long as the view may ask for it, and then for as long as something depends on it.
    node: NodeHandle,
    /// What it stands for, which keeps its number so.
    #[allow(dead_code, reason = "it is only kept")]
    computed: Computed,
}

impl Session {
    /// Reads see what a batch has set, and no other evaluation may get what is computed from that.
    pub(super) fn sees_a_batch(&self) -> bool {
        self.batch.as_ref().is_some_and(|batch| !batch.is_empty())
    }
}

impl Chain {
    /// Reads a value that is computed for this view alone.
    #[cold]
    pub(super) fn read_privately(
        &mut self,
        state: &mut State,
        computed: &Computed,
        base: usize,
        tracks: bool,
    ) -> Reading {
        let has_run = self.has_run_privately(state, computed);
        if !has_run && self.closures >= MAX_CLOSURES {
            return Reading::TooDeep;
        }
        let id = self.private_node(state, computed);
        let found = self.frames.top_mut().filter(|_| tracks).and_then(|frame| frame.find(id));
        let slot = self.slot(state, id, found, tracks);
        if has_run {
            let node = &state.nodes[id];
            let (given, version) = (node.given(), node.changed);
            // It is right for this view, whatever was set since; what reads it only now hears of that here.
            if let Some(frame) = self.frames.top_mut().filter(|_| tracks) {
                frame.is_lagging |= node.flags & flag::MARKED != 0;
            }
            self.fill(slot, &given, version);
            return Reading::Ready(given);
        }
        self.begin_view(state);
        self.claim(state, id);
        self.step(state, base);
        Reading::Run { base, slot }
    }

    /// The value is known in this view.
    pub(super) fn has_run_privately(&self, state: &State, computed: &Computed) -> bool {
        let private = self.private_of(computed.0.node.id);
        private.is_some_and(|id| state.nodes[id].work.as_ref().is_some_and(|work| !work.is_new))
    }

    /// The node that stands for one in this view; a new one, if there is none.
    pub(super) fn private_node(&mut self, state: &mut State, computed: &Computed) -> Id {
        if let Some(known) = self.private_of(computed.0.node.id) {
            return known;
        }
        let NodeHandle { graph, id, .. } = &computed.0.node;
        let private = state.insert(flag::COMPUTED | flag::PRIVATE, null(), Some(computed.0.function.clone()), NONE);
        // Until it has run, it depends on what it stands for: so what waits for it in vain hears of that one.
        let edge = state.link(*id, private);
        let work = state.nodes[private].work.as_mut().expect("it has a function");
        work.sources.push(Dependency { id: *id, edge, version: 0, value: missing() });
        let node = NodeHandle { graph: graph.clone(), id: private, stamp: NONE };
        self.privates.insert(*id, Private { node, computed: computed.clone() });
        private
    }

    /// The node that stands for one in this view, if there is one.
    #[inline]
    fn private_of(&self, id: Id) -> Option<Id> {
        if self.privates.is_empty() {
            return None;
        }
        self.privates.get(&id).map(|private| private.node.id)
    }

    /// The value is being computed further down.
    pub(super) fn is_inside(&self, state: &State, id: Id) -> bool {
        let can_be = state.nodes[id].flags & flag::CLAIMED != 0 || !self.privates.is_empty();
        can_be && self.place_inside(id).is_some()
    }

    /// Where that is done.
    pub(super) fn place_inside(&self, id: Id) -> Option<usize> {
        let private = self.private_of(id);
        self.frames.live().iter().position(|Frame { id: claimed, .. }| *claimed == id || Some(*claimed) == private)
    }

    /// Where the function that runs keeps what it reads.
    pub(super) fn slot(&mut self, state: &mut State, id: Id, known: Option<usize>, tracks: bool) -> Slot {
        match self.frames.top_mut() {
            Some(frame) if tracks => Slot(known.unwrap_or_else(|| frame.record(state, id))),
            _ => NOWHERE,
        }
    }

    /// The view has ended. What was computed for it is dropped without the lock.
    #[cold]
    pub(super) fn throw_private_away(&mut self, state: &mut State) {
        state.trash.push(Trash::Privates(std::mem::take(&mut self.privates)));
    }

    /// What was computed for the view alone is not true any more. Not under the lock.
    pub(super) fn forget_private(&mut self) {
        self.privates.clear();
    }
}
