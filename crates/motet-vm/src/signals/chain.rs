//! What a session does under the lock: bringing nodes up to date, one after the other.
//!
//! The way from one function to the next (`finish`, `go_down`, `step`, `begin`) is what signals cost: it is written to be
//! one piece of code without calls, and what seldom happens is elsewhere.

use super::batch::Batch;
use super::frame::{Frame, Kind};
use super::graph::{State, Trash, flag, missing};
use super::handle::{Computed, Function};
use super::history::Epoch;
use super::places::Next;
use super::session::{EffectStep, Given, Reading, Slot, Step};
use super::slab::Id;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// What a session has beside the graph.
pub(crate) struct Chain {
    /// Where its effects run.
    pub(super) place: Id,
    /// The epoch that it looks at, while it evaluates anything.
    pub(super) view: Option<Epoch>,
    pub(super) verifying: Vec<Verifying>,
    pub(super) frames: Vec<Frame>,
    /// Values computed for this view alone, with their nodes, which keep their numbers so.
    pub(super) memo: HashMap<Id, (Given, Computed), FixedState>,
    pub(super) batch: Option<Batch>,
    /// Closures that run inside each other, on Rust's stack.
    pub(super) closures: usize,
    /// The value that was asked for, with its version, once a step is done.
    pub(super) done: Option<(Given, Epoch)>,
    /// Effects that make each other run without end, until that is reported.
    pub(super) circle: Vec<Arc<Function>>,
}

/// A claimed node whose sources are being looked at.
pub(super) struct Verifying {
    pub id: Id,
    /// The source that is next.
    pub next: u32,
    /// A source has changed.
    pub must_run: bool,
}

/// What a look at the sources of a node says.
enum Look {
    /// None has changed.
    Same,
    /// Its function must run.
    Run,
    /// This one must be brought up to date first.
    Claim(Id),
}

impl Verifying {
    pub fn new(id: Id) -> Verifying {
        Verifying { id, next: 0, must_run: false }
    }

    /// Goes on looking.
    #[inline(always)]
    fn look(&mut self, state: &State, view: Epoch) -> Look {
        if self.must_run {
            return Look::Run;
        }
        let work = state.nodes[self.id].work.as_ref().expect("a claimed node's work is there");
        if work.is_new {
            return Look::Run;
        }
        while let Some(source) = work.sources.get(self.next as usize) {
            let node = &state.nodes[source.id];
            if node.since > view {
                return Look::Run;
            }
            match node.flags & (flag::MARKED | flag::CLAIMED) {
                0 if node.changed == source.version => self.next += 1,
                flag::MARKED => return Look::Claim(source.id),
                // It has changed; or somebody else has claimed it: it is asked for when it is read.
                _ => return Look::Run,
            }
        }
        Look::Same
    }
}

impl Chain {
    pub(super) fn new(place: Id) -> Chain {
        Chain {
            place,
            view: None,
            verifying: Vec::new(),
            frames: Vec::new(),
            memo: HashMap::default(),
            batch: None,
            closures: 0,
            done: None,
            circle: Vec::new(),
        }
    }

    /// No function of a node runs.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.frames.is_empty() && self.verifying.is_empty()
    }

    /// The value is being computed further down.
    pub(super) fn is_inside(&self, state: &State, id: Id) -> bool {
        state.nodes[id].flags & flag::CLAIMED != 0 && self.verifying.iter().any(|entry| entry.id == id)
            || !self.memo.is_empty() && self.frames.iter().any(|frame| frame.id == id)
    }

    /// Computes a value for this view alone.
    pub(super) fn read_privately(
        &mut self,
        state: &mut State,
        computed: &Computed,
        base: usize,
        slot: Slot,
    ) -> Reading {
        let id = computed.0.node.id;
        if let Some((given, _)) = self.memo.get(&id) {
            let given = given.clone();
            self.fill(slot, &given, 0);
            return Reading::Ready(given);
        }
        self.begin_view(state);
        self.frames.push(Frame::private(id, computed.0.function.clone()));
        self.memo.insert(id, (Ok(missing()), computed.clone()));
        Reading::Run { base, slot }
    }

    /// What was computed for the view alone is not true any more.
    pub(super) fn forget_private(&mut self) {
        self.memo.clear();
    }

    /// The value that was asked for, which is also put where the function that reads it finds it again.
    pub(super) fn take_done(&mut self, slot: Slot) -> Given {
        let (given, version) = self.done.take().expect("a value was asked for, and is done");
        self.fill(slot, &given, version);
        given
    }

    /// Puts a value where the function that reads it finds it again.
    pub(super) fn fill(&mut self, slot: Slot, given: &Given, version: Epoch) {
        if slot.is_nowhere() {
            return;
        }
        let source = self.frames.last_mut().expect("a function reads").source(slot.0);
        source.version = version;
        if let Ok(value) = given {
            source.value = value.clone();
        }
    }

    #[inline(always)]
    pub(super) fn begin_view(&mut self, state: &mut State) {
        if self.view.is_none() {
            self.view = Some(state.epoch);
            state.history.begin_view(state.epoch);
        }
    }

    /// Nothing is being evaluated any more.
    pub(super) fn end_view_if_idle(&mut self, state: &mut State) {
        if self.is_idle()
            && let Some(view) = self.view.take()
        {
            let unneeded = state.history.end_view(view);
            state.throw_away_all(unneeded);
            if !self.memo.is_empty() {
                state.trash.push(Trash::Private(std::mem::take(&mut self.memo)));
            }
        }
    }

    /// Claims a node, to look at its sources.
    #[inline(always)]
    pub(super) fn claim(&mut self, state: &mut State, id: Id) {
        state.claim(id);
        self.verifying.push(Verifying::new(id));
    }

    /// The next effect of the place, begun. A view of now is used for it also.
    pub(super) fn next_effect(&mut self, state: &mut State) -> EffectStep {
        debug_assert!(self.is_idle());
        let next = state.next_effect(self.place);
        if !matches!(next, Next::Run(_)) || self.view != Some(state.epoch) {
            self.end_view_if_idle(state);
        }
        match next {
            Next::Nothing => EffectStep::Idle,
            Next::Circle(circle) => {
                self.circle = circle;
                EffectStep::Circle
            }
            Next::Run(id) => {
                self.begin_view(state);
                self.verifying.push(Verifying::new(id));
                match self.step(state, 0) {
                    Step::Run => EffectStep::Run,
                    Step::Done => EffectStep::Done,
                }
            }
        }
    }

    /// Publishes what the topmost function gave, and goes on with what needed it.
    #[inline(always)]
    pub(super) fn finish(&mut self, state: &mut State, given: Given, is_same: bool, base: usize) -> Step {
        let (id, has_changed) = self.publish(state, given, is_same);
        if self.go_down(state, id, has_changed, base) {
            return Step::Done;
        }
        // Nearly always the value is another one, and what looks at it has to run.
        match self.verifying.last() {
            Some(&Verifying { id, must_run: true, .. }) => {
                self.begin(state, id);
                Step::Run
            }
            _ => self.step(state, base),
        }
    }

    /// Goes on with the topmost claimed node, until a function has to run or the node above `base` is up to date.
    pub(super) fn step(&mut self, state: &mut State, base: usize) -> Step {
        let view = self.view.expect("a node is claimed");
        loop {
            let entry = self.verifying.last_mut().expect("a node is claimed");
            let id = entry.id;
            match entry.look(state, view) {
                Look::Claim(source) => self.claim(state, source),
                Look::Run => {
                    self.begin(state, id);
                    return Step::Run;
                }
                Look::Same => {
                    self.unclaim(state, id, false);
                    if self.go_down(state, id, false, base) {
                        return Step::Done;
                    }
                }
            }
        }
    }

    /// The topmost node is up to date: says so to the one that looks at its sources. True if that is below `base`.
    #[inline(always)]
    fn go_down(&mut self, state: &mut State, id: Id, has_changed: bool, base: usize) -> bool {
        self.verifying.pop();
        let node = &state.nodes[id];
        let (flags, changed) = (node.flags, node.changed);
        if self.verifying.len() == base {
            if flags & flag::EFFECT == 0 {
                self.done = Some((node.given(), changed));
            }
            state.free_if_unheld(id);
            return true;
        }
        if flags & flag::HELD == 0 {
            state.free_if_unheld(id);
        }
        let entry = self.verifying.last_mut().expect("there is one above the base");
        if !entry.must_run {
            let is_seen = || {
                let work = state.nodes[entry.id].work.as_ref().expect("a claimed node's work is there");
                work.sources[entry.next as usize].version == changed
            };
            if has_changed || !is_seen() {
                entry.must_run = true;
            } else {
                entry.next += 1;
            }
        }
        false
    }

    /// Gets a claimed node's function ready to run.
    #[inline(always)]
    fn begin(&mut self, state: &mut State, id: Id) {
        let view = self.view.expect("a node is claimed");
        let node = &mut state.nodes[id];
        let mut work = node.work.take().expect("a claimed node's work is there");
        let kind = if node.flags & flag::EFFECT != 0 { Kind::Effect } else { Kind::Computed };
        let former = if node.value.value().is_heap() { node.value.clone() } else { missing() };
        for source in &mut work.sources {
            let node = &state.nodes[source.id];
            if node.flags & (flag::MARKED | flag::CLAIMED | flag::FAILED) == 0 && node.since <= view {
                source.version = node.changed;
                source.value = node.value.clone();
            } else {
                source.value = missing();
            }
        }
        self.frames.push(Frame::new(id, kind, work, former));
    }
}
