//! One chain of evaluations: bringing values up to date, and following what a function reads.
//!
//! A session belongs to one task of an isolate, or to one thread of an embedder. It holds a stack of claimed nodes, whose
//! sources are being looked at or whose functions run, each one a source of the one below it. It never calls a function: it
//! answers [`Step::Run`], its driver runs the function of the topmost and comes back with [`Session::finish`].

use super::chain::Chain;
use super::frame::{Frame, Stage};
use super::graph::{Graph, State, flag};
use super::handle::{Computed, ComputedBody, Effect, Function, SignalBody};
use super::marking::Setter;
use super::publishing::AfterAll;
use super::slab::{Id, NONE};
use motet_memory::Frozen;
use std::sync::Arc;

/// What a function gave: a value, or the error that it threw.
pub type Given = Result<Frozen, Frozen>;

/// See the module.
pub struct Session {
    pub(super) graph: Arc<Graph>,
    pub(super) chain: Chain,
}

impl std::ops::Deref for Session {
    type Target = Chain;

    #[inline(always)]
    fn deref(&self) -> &Chain {
        &self.chain
    }
}

impl std::ops::DerefMut for Session {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}

/// What the driver is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Run the function that [`Session::function`] gives, and come back with what it gave.
    Run,
    /// The value that was asked for is up to date: [`Session::read_done`] gives it. An effect has none.
    Done,
}

impl Step {
    #[inline(always)]
    pub(super) fn of_effect(self) -> EffectStep {
        match self {
            Step::Run => EffectStep::Run,
            Step::Done => EffectStep::Done,
        }
    }
}

/// What a read of a computed value came to.
pub enum Reading {
    Ready(Given),
    /// Run the function and finish; when the step is done, [`Session::read_done`] with the slot.
    Run {
        base: usize,
        slot: Slot,
    },
    /// It depends on itself.
    Circle,
    /// So many functions run inside each other already that it should be computed before them.
    TooDeep,
    /// Another program's.
    Foreign,
}

/// Where a value that is being computed goes in the frame that reads it.
#[derive(Clone, Copy)]
pub struct Slot(pub(super) usize);

/// It goes nowhere.
pub(super) const NOWHERE: Slot = Slot(usize::MAX);

impl Slot {
    #[inline]
    pub(super) fn is_nowhere(self) -> bool {
        self.0 == NOWHERE.0
    }
}

/// What a place's next effect asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectStep {
    /// No effect waits.
    Idle,
    /// Run the function, as [`Step::Run`] says.
    Run,
    /// It did not have to run, or has run; there may be others.
    Done,
    /// Effects make each other run without end: [`Session::take_circle`].
    Circle,
}

/// How many times a node is published as soon as it has run, after another evaluation has found it claimed.
const PROMPT_RUNS: u16 = 16;

/// Closures that run inside each other, at most.
pub(super) const MAX_CLOSURES: usize = 64;

impl Session {
    pub fn new(graph: Arc<Graph>, place: Id) -> Session {
        Session { graph, chain: Chain::new(place) }
    }

    /// Does something under the lock.
    #[inline(always)]
    pub(super) fn with<R>(&mut self, action: impl FnOnce(&mut Chain, &mut State) -> R) -> R {
        let Session { graph, chain } = self;
        graph.with(|state| {
            chain.publish_all(state);
            action(chain, state)
        })
    }

    /// Publishes what has run, before the view moves.
    #[inline]
    pub(super) fn publish_now(&mut self) {
        if self.frames.ended() > 0 {
            self.with(|_, _| ());
        }
    }

    /// A computed value's function runs.
    pub fn is_computing(&self) -> bool {
        let computes = self.frames.top().is_some_and(|frame| !frame.is_effect()) && !self.is_guest_of_effect();
        computes || self.only_computes && !self.is_idle()
    }

    /// What runs computes a value, though it is an effect of the graph: it is to set nothing.
    pub fn only_computes(&mut self, only: bool) {
        self.chain.only_computes = only;
    }

    /// The function that is to run.
    #[inline(always)]
    pub fn function(&mut self) -> Option<&Function> {
        self.frames.top_mut()?.function().as_deref()
    }

    /// Takes it out, for as long as it runs.
    #[inline(always)]
    pub(super) fn take_function(&mut self) -> Option<Arc<Function>> {
        self.frames.top_mut()?.function().take()
    }

    /// Puts back the topmost function, which has run.
    #[inline(always)]
    pub(super) fn return_function(&mut self, function: Option<Arc<Function>>) {
        if let Some(frame) = self.frames.top_mut() {
            *frame.function() = function;
        }
    }

    /// What is claimed so far stands below this.
    pub fn base(&self) -> usize {
        self.frames.len()
    }

    /// Gives up the topmost function for now: another value is computed before it.
    pub(super) fn run_after(&mut self, computed: &Computed, base: usize) -> Step {
        let frame = self.frames.top_mut().expect("a function ran");
        frame.give_up();
        let id = computed.0.node.id;
        let is_private = self.sees_a_batch();
        self.with(|chain, state| {
            let node = &state.nodes[id];
            let is_current = chain.view.is_some_and(|view| node.since <= view);
            let step = match node.flags & (flag::MARKED | flag::CLAIMED) {
                flag::MARKED if is_current && !is_private => {
                    chain.claim(state, id);
                    chain.step(state, base)
                }
                // Another evaluation may have claimed it, or be done with it.
                _ => {
                    if !chain.has_run_privately(state, computed) {
                        let private = chain.private_node(state, computed);
                        chain.claim(state, private);
                    }
                    chain.step(state, base)
                }
            };
            chain.end_view_if_idle(state);
            step
        })
    }

    pub(super) fn setter(&mut self) -> Setter {
        let host = self.host.map_or(NONE, |host| host.effect);
        let effect = self.frames.running_effects().next_back().map_or(host, |frame| frame.id);
        Setter { place: self.place, effect }
    }

    /// Reads a signal; `tracks`: the function that runs depends on it from now on. None: another program's.
    #[inline]
    pub fn signal(&mut self, signal: &SignalBody, tracks: bool) -> Option<Frozen> {
        if !Arc::ptr_eq(&signal.graph, &self.graph) {
            return None;
        }
        if tracks
            && self.batch.is_none()
            && let Some(value) = self.next_known(signal.id)
        {
            return Some(value);
        }
        Some(self.signal_slowly(signal, tracks))
    }

    /// A computed value that the function that runs reads in its turn, and that is known.
    #[inline]
    pub fn known(&mut self, computed: &ComputedBody) -> Option<Frozen> {
        if !Arc::ptr_eq(&computed.graph, &self.graph) {
            return None;
        }
        self.next_known(computed.id)
    }

    /// The node whose function is to run, or runs.
    pub fn running(&self) -> Option<u32> {
        self.frames.top().map(|frame| frame.id)
    }

    /// It is an effect's.
    pub fn is_running_effect(&self) -> bool {
        self.frames.top().is_some_and(Frame::is_effect)
    }

    /// The source that the function read next the last time is this one, and its value is known.
    #[inline(always)]
    fn next_known(&mut self, id: Id) -> Option<Frozen> {
        self.frames.top_mut()?.next_known(id)
    }

    fn signal_slowly(&mut self, signal: &SignalBody, tracks: bool) -> Frozen {
        let id = signal.id;
        let own = self.batch.as_ref().and_then(|batch| batch.value(id)).cloned();
        if self.frames.is_empty() {
            return own.unwrap_or_else(|| signal.peek());
        }
        let view = self.view.expect("a function runs");
        let Session { graph, chain } = self;
        let frame = chain.frames.top_mut().expect("a function runs");
        let mut known = None;
        if tracks {
            if own.is_none()
                && let Some(value) = frame.next_known(id)
            {
                return value;
            }
            known = frame.find(id);
        }
        if let (Some(slot), None) = (known, &own)
            && !frame.source(slot).value.value().is_missing()
        {
            return frame.source(slot).value.clone();
        }
        graph.with(|state| {
            chain.publish_all(state);
            let frame = chain.frames.top_mut().expect("a function runs");
            let node = &state.nodes[id];
            let (value, version) = if node.changed <= view {
                (node.value.clone(), node.changed)
            } else {
                frame.is_lagging |= tracks;
                match state.history.value_at(id, view) {
                    Some(former) => (former.value.clone(), former.since),
                    // It was made after the view began.
                    None => (node.value.clone(), node.changed),
                }
            };
            if tracks {
                let slot = known.unwrap_or_else(|| frame.record(state, id));
                if known.is_none() {
                    frame.source(slot).version = version;
                }
                if own.is_none() {
                    frame.keep(slot, &value);
                }
            }
            own.unwrap_or(value)
        })
    }

    /// Reads a computed value.
    pub fn read(&mut self, computed: &Computed, tracks: bool) -> Reading {
        if !Arc::ptr_eq(&computed.0.node.graph, &self.graph) {
            return Reading::Foreign;
        }
        let id = computed.0.node.id;
        let tracks = tracks && !self.frames.is_empty();
        let mut known = None;
        if tracks {
            if let Some(value) = self.next_known(id) {
                return Reading::Ready(Ok(value));
            }
            let frame = self.frames.top_mut().expect("a function runs");
            known = frame.find(id);
            if let Some(slot) = known
                && !frame.source(slot).value.value().is_missing()
            {
                return Reading::Ready(Ok(frame.source(slot).value.clone()));
            }
        }
        let is_private = self.sees_a_batch();
        let base = self.frames.len();
        self.with(|chain, state| {
            if chain.is_inside(state, id) {
                if tracks {
                    chain.depend_on_circle(state, id);
                }
                return Reading::Circle;
            }
            let node = &state.nodes[id];
            let busy = node.flags & (flag::MARKED | flag::CLAIMED);
            let is_newer = chain.view.is_some_and(|view| node.since > view);
            let is_past = chain.view.is_some_and(|view| state.epoch > view);
            if let Some(frame) = chain.frames.top_mut()
                && tracks
                && is_past
                && (is_newer || busy != 0)
            {
                frame.is_lagging = true;
            }
            if is_private || is_newer || busy & flag::CLAIMED != 0 {
                if busy & flag::CLAIMED != 0 {
                    let node = &mut state.nodes[id];
                    node.prompt = PROMPT_RUNS;
                    node.flags |= flag::PROMPT;
                }
                return chain.read_privately(state, computed, base, tracks);
            }
            if busy == 0 {
                let (given, version) = (node.given(), node.changed);
                let slot = chain.slot(state, id, known, tracks);
                chain.fill(slot, &given, version);
                return Reading::Ready(given);
            }
            if chain.closures >= MAX_CLOSURES {
                return Reading::TooDeep;
            }
            let slot = chain.slot(state, id, known, tracks);
            chain.begin_view(state);
            chain.claim(state, id);
            match chain.step(state, base) {
                Step::Run => Reading::Run { base, slot },
                Step::Done => {
                    chain.end_view_if_idle(state);
                    Reading::Ready(chain.take_done(slot))
                }
            }
        })
    }

    /// The value that was asked for, once the step is done.
    pub fn read_done(&mut self, slot: Slot) -> Given {
        self.take_done(slot)
    }

    /// The effects that [`EffectStep::Circle`] speaks of.
    pub fn take_circle(&mut self) -> Vec<(u32, Arc<Function>)> {
        std::mem::take(&mut self.circle)
    }

    /// Runs a new effect for the first time.
    pub fn first_run(&mut self, effect: &Effect) -> Step {
        let base = self.frames.len();
        self.with(|chain, state| {
            chain.begin_view(state);
            chain.claim(state, effect.node.id);
            chain.step(state, base)
        })
    }

    /// The next effect of the session's place.
    pub fn next_effect(&mut self) -> EffectStep {
        debug_assert!(self.batch.is_none());
        self.with(Chain::next_effect)
    }

    /// The function gave something. Goes on with what needed it.
    pub fn finish(&mut self, given: Given, base: usize) -> Step {
        self.finish_with(given, None, base)
    }

    /// The same for a closure, which comes back to its place.
    pub(super) fn finish_with(&mut self, given: Given, function: Option<Arc<Function>>, base: usize) -> Step {
        if self.end(given, function, base) { Step::Run } else { self.publish_and_finish(base) }
    }

    #[inline(never)]
    pub(super) fn publish_and_finish(&mut self, base: usize) -> Step {
        self.with_ended(|chain, state, ended| {
            let step = chain.go_on(state, ended, base);
            if step == Step::Done {
                chain.end_view_if_idle(state);
            }
            step
        })
    }

    /// What [`Session::finish`] does, for a function that [`Session::next_effect`] asked for; and when the effect has run, the
    /// next one is looked for under the same lock.
    pub fn finish_and_go_on(&mut self, given: Given) -> EffectStep {
        if self.end(given, None, 0) { EffectStep::Run } else { self.publish_and_go_on() }
    }

    /// A function that [`Session::next_effect`] asked for has ended. Goes on with what needed it; when the effect has run,
    /// with the next one, under the same lock.
    #[inline(never)]
    pub(super) fn publish_and_go_on(&mut self) -> EffectStep {
        self.with_ended(Chain::go_on_with_effects)
    }

    /// Does something under the lock after everything has been published, the last of which is what everything else waits
    /// for.
    #[inline(always)]
    fn with_ended<R>(&mut self, action: impl FnOnce(&mut Chain, &mut State, (Id, Stage)) -> R) -> R {
        let Session { graph, chain } = self;
        graph.with(|state| {
            let ended = chain.publish_ended(state);
            action(chain, state, ended)
        })
    }
}

/// A task that is gone leaves nothing claimed.
impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_idle() {
            self.abandon(0, AfterAll::Again);
        }
    }
}
