//! What a session does to bring nodes up to date, one after the other.
//!
//! The way from one function to the next (`finish`, `go_down`, `step`) is what signals cost: it is written to be one piece
//! of code without calls, and what seldom happens is elsewhere.

use super::batch::Batch;
use super::frame::{Look, Stage};
use super::graph::{State, flag};
use super::handle::Function;
use super::helping::Host;
use super::history::Epoch;
use super::places::Next;
use super::private::Privates;
use super::session::{EffectStep, Given, Slot, Step};
use super::slab::Id;
use super::stack::Stack;
use std::sync::Arc;

/// What a session has beside the graph.
pub struct Chain {
    /// Where its effects run.
    pub(super) place: Id,
    /// The epoch that it looks at, while it evaluates anything.
    pub(super) view: Option<Epoch>,
    /// What is being brought up to date, and what has been and is not published yet. Whenever the lock is held, everything
    /// is published.
    pub(super) frames: Stack,
    /// What it computes for this view alone.
    pub(super) privates: Privates,
    pub(super) batch: Option<Batch>,
    /// Closures that run inside each other, on Rust's stack.
    pub(super) closures: usize,
    /// The value that was asked for, with its version, once a step is done.
    pub(super) done: Option<(Given, Epoch)>,
    /// Effects that make each other run without end, until that is reported.
    pub(super) circle: Vec<(Id, Arc<Function>)>,
    /// For whom the lowest node reads, if that is a guest.
    pub(super) host: Option<Host>,
    /// What runs is to set nothing.
    pub(super) only_computes: bool,
}

impl Chain {
    pub(super) fn new(place: Id) -> Chain {
        Chain {
            place,
            view: None,
            frames: Stack::default(),
            privates: Privates::default(),
            batch: None,
            closures: 0,
            done: None,
            circle: Vec::new(),
            host: None,
            only_computes: false,
        }
    }

    /// No function of a node runs.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.frames.is_empty()
    }

    /// The function that runs has read what waits for it. Whether that is so again depends on what each function in the
    /// circle has read on its way here, so the one that throws depends on all that. An edge that closes the circle would
    /// say the same, but nodes in a circle would keep each other for ever.
    #[cold]
    pub(super) fn depend_on_circle(&mut self, state: &mut State, id: Id) {
        let Some(from) = self.place_inside(id) else { return };
        let live = self.frames.live();
        let circle = &live[from..live.len() - 1];
        let is_inside = |id: Id| live.iter().any(|frame| frame.id == id);
        let mut reads: Vec<(Id, Epoch)> = Vec::new();
        for frame in circle {
            let Some(work) = &frame.work else { continue };
            let read = work.sources[..frame.next as usize].iter();
            reads.extend(read.filter(|source| !is_inside(source.id)).map(|source| (source.id, source.version)));
        }
        let is_lagging = circle.iter().any(|frame| frame.is_lagging);
        let top = self.frames.top_mut().expect("a function runs");
        top.is_lagging |= is_lagging;
        for (id, version) in reads {
            if top.find(id).is_none() {
                let slot = top.record(state, id);
                top.source(slot).version = version;
            }
        }
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
        let frame = self.frames.top_mut().expect("a function reads");
        frame.source(slot.0).version = version;
        if let Ok(value) = given {
            frame.keep(slot.0, value);
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
            if !self.privates.is_empty() {
                self.throw_private_away(state);
            }
        }
    }

    /// Claims a node, to look at its sources.
    #[inline(always)]
    pub(super) fn claim(&mut self, state: &mut State, id: Id) {
        self.frames.claim(id, &mut state.nodes[id]);
    }

    /// The next effect of the place, begun.
    pub(super) fn next_effect(&mut self, state: &mut State) -> EffectStep {
        match self.claim_next_effect(state) {
            Some(step) => step,
            None => self.step(state, 0).of_effect(),
        }
    }

    /// Claims the next effect of the place; or says that there is none. A view of now is used for it also.
    #[inline(always)]
    fn claim_next_effect(&mut self, state: &mut State) -> Option<EffectStep> {
        debug_assert!(self.is_idle());
        let next = state.next_effect(self.place, &mut self.circle);
        if !matches!(next, Next::Run(_)) || self.view != Some(state.epoch) {
            self.end_view_if_idle(state);
        }
        match next {
            Next::Nothing => Some(EffectStep::Idle),
            Next::Circle => Some(EffectStep::Circle),
            Next::Run(id) => {
                self.begin_view(state);
                self.claim(state, id);
                None
            }
        }
    }

    /// The topmost function gave something. True if what needed it can run at once, without a look at the graph: the value
    /// is another one, and the only one that it reads. Then both are published later. A closure comes back to its place.
    #[inline(always)]
    pub(super) fn end(&mut self, given: Given, function: Option<Arc<Function>>, base: usize) -> bool {
        let view = self.view.expect("a function ran");
        let (below, frame) = self.frames.end(base);
        if let Some(function) = function {
            *frame.function() = Some(function);
        }
        frame.end(given)
            // Else what it will be given as its version is not known yet.
            && frame.changed < view
            && frame.flags & flag::PROMPT == 0
            && below.is_some_and(|below| below.begin_with(frame, view))
    }

    /// Goes on with what needed the function that has run last, and has been published.
    #[inline(always)]
    pub(super) fn go_on(&mut self, state: &mut State, ended: (Id, Stage), base: usize) -> Step {
        let (id, stage) = ended;
        if self.go_down(state, id, stage != Stage::Same, base) { Step::Done } else { self.step(state, base) }
    }

    /// The same for the functions of effects, one after the other.
    #[inline(always)]
    pub(super) fn go_on_with_effects(&mut self, state: &mut State, ended: (Id, Stage)) -> EffectStep {
        let (id, stage) = ended;
        if self.go_down(state, id, stage != Stage::Same, 0)
            && let Some(step) = self.claim_next_effect(state)
        {
            return step;
        }
        self.step_here(state, 0).of_effect()
    }

    /// Goes on with the topmost claimed node, until a function has to run or the node above `base` is up to date.
    pub(super) fn step(&mut self, state: &mut State, base: usize) -> Step {
        self.step_here(state, base)
    }

    /// The same without a call, where it is done most often.
    #[inline(always)]
    fn step_here(&mut self, state: &mut State, base: usize) -> Step {
        let view = self.view.expect("a node is claimed");
        let mut frame = self.frames.top_mut().expect("a node is claimed");
        loop {
            match frame.look(state, view) {
                Look::Claim(source) => frame = self.frames.claim(source, &mut state.nodes[source]),
                Look::Run => {
                    frame.begin(state, view);
                    return Step::Run;
                }
                Look::Same => {
                    let id = frame.id;
                    frame.stage = Stage::Same;
                    self.frames.end(base);
                    self.publish_next(state, view);
                    if self.go_down(state, id, false, base) {
                        return Step::Done;
                    }
                    frame = self.frames.top_mut().expect("there is one above the base");
                }
            }
        }
    }

    /// A node is up to date: says so to the one that looks at its sources. True if that is below `base`.
    #[inline(always)]
    fn go_down(&mut self, state: &mut State, id: Id, has_changed: bool, base: usize) -> bool {
        let node = &state.nodes[id];
        if self.frames.len() == base {
            if node.flags & flag::EFFECT == 0 {
                self.done = Some((node.given(), node.changed));
            }
            state.free_unless_held(id);
            return true;
        }
        let version = node.changed;
        state.free_unless_held(id);
        self.frames.top_mut().expect("there is one above the base").looked(has_changed, version);
        false
    }
}
