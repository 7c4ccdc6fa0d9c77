//! One chain of evaluations: bringing values up to date, and following what a function reads.
//!
//! A session belongs to one task of an isolate, or to one thread of an embedder. It holds two stacks: `verifying`, the
//! claimed nodes whose sources are being looked at, each one a source of the one below it; and `frames`, the functions that
//! run, each for the topmost claimed node of its time. It never calls a function: it answers [`Step::Run`], its driver
//! runs the function and comes back with [`Session::finish`].
//!
//! A function that runs has its sources in its frame, in the order in which it read them the last time, with the values
//! that are known. As long as it reads the same in the same order, reading takes no lock and changes nothing. At the first
//! difference the rest is put aside, and new edges are made.

use super::batch::Batch;
use super::graph::{Graph, Source, State, Trash, Work, flag, missing};
use super::handle::{Computed, ComputedBody, Effect, Function, SignalBody};
use super::history::Epoch;
use super::marking::Setter;
use super::places::Next;
use super::slab::{Id, NONE};
use crate::memory::Frozen;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// What a function gave: a value, or the error that it threw.
pub(crate) type Given = Result<Frozen, Frozen>;

/// See the module.
pub(crate) struct Session {
    pub(super) graph: Arc<Graph>,
    pub(super) chain: Chain,
}

/// What a session has beside the graph; what it does under the lock, it does with this.
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

/// A claimed node whose sources are being looked at.
pub(super) struct Verifying {
    pub id: Id,
    /// The source that is next.
    pub next: u32,
    /// A source has changed.
    pub must_run: bool,
}

/// A function that runs. Kept small: it is written and moved for every function.
pub(super) struct Frame {
    pub id: Id,
    pub kind: Kind,
    pub failed_before: bool,
    /// It has read something that is newer than its view.
    pub is_lagging: bool,
    /// How many sources it has read.
    pub cursor: usize,
    /// With what it has read so far, then what it read after that the last time. None if it runs privately.
    pub work: Option<Box<Work>>,
    /// Taken out by a driver that cannot leave it here while it runs.
    pub function: Option<Arc<Function>>,
    /// Made when it is needed.
    pub rare: Option<Box<Rare>>,
    /// What it gave the last time.
    pub former: Frozen,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Frame>() <= 64);

/// What few functions have.
#[derive(Default)]
pub(super) struct Rare {
    /// What it read the last time, once it has read something else.
    pub stale: Vec<Source>,
    /// Numbers of the first sources, once there are many.
    found: Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Computed,
    Effect,
    /// A computed value for this view alone, whose node somebody else has claimed.
    Private,
}

/// What the driver is to do.
pub(crate) enum Step {
    /// Run the function that [`Session::function`] gives, and come back with what it gave.
    Run,
    /// The value that was asked for is up to date; with its version.
    Done(Given, Epoch),
}

/// What a read of a computed value came to.
pub(crate) enum Reading {
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
pub(crate) struct Slot(usize);

/// It goes nowhere.
const NOWHERE: Slot = Slot(usize::MAX);

/// What a place's next effect asks for.
pub(crate) enum EffectStep {
    /// No effect waits.
    Idle,
    Step(Step),
    /// These effects make each other run without end.
    Circle(Vec<Arc<Function>>),
}

/// Where sources were read first.
#[derive(Default)]
struct Found {
    slots: HashMap<Id, usize, FixedState>,
    /// So many sources are among them.
    indexed: usize,
}

/// Closures that run inside each other, at most.
const MAX_CLOSURES: usize = 64;

/// Sources that are looked through one by one.
const FEW: usize = 16;

impl Session {
    pub fn new(graph: Arc<Graph>, place: Id) -> Session {
        let chain = Chain {
            place,
            view: None,
            verifying: Vec::new(),
            frames: Vec::new(),
            memo: HashMap::default(),
            batch: None,
            closures: 0,
        };
        Session { graph, chain }
    }

    /// Does something under the lock.
    #[inline(always)]
    pub(super) fn with<R>(&mut self, action: impl FnOnce(&mut Chain, &mut State) -> R) -> R {
        let Session { graph, chain } = self;
        graph.with(|state| action(chain, state))
    }

    /// How many functions run inside each other.
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// A computed value's function runs.
    pub fn is_computing(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.kind != Kind::Effect)
    }

    /// The function that is to run, or runs.
    pub fn function(&self) -> Option<&Function> {
        self.frames.last()?.function.as_deref()
    }

    /// Takes it out, for as long as it runs.
    pub(super) fn take_function(&mut self) -> Option<Arc<Function>> {
        self.frames.last_mut()?.function.take()
    }

    pub(super) fn return_function(&mut self, frame: usize, function: Arc<Function>) {
        if let Some(frame) = self.frames.get_mut(frame) {
            frame.function = Some(function);
        }
    }

    /// What is claimed so far stands below this.
    pub fn base(&self) -> usize {
        self.verifying.len()
    }

    /// The topmost function can be run again later.
    pub(super) fn can_wait(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.kind != Kind::Private)
    }

    /// Gives up the topmost function for now: another value is computed before it.
    pub(super) fn run_after(&mut self, computed: &Computed, base: usize) -> Step {
        let frame = self.frames.pop().expect("a function ran");
        let id = computed.0.node.id;
        self.with(|chain, state| {
            chain.put_back(state, frame);
            chain.verifying.last_mut().expect("the function's node is claimed").must_run = true;
            // If somebody else has claimed it, the function asks for it again, and computes it inside.
            let node = &state.nodes[id];
            let is_current = chain.view.is_some_and(|view| node.since <= view);
            if is_current && node.flags & (flag::MARKED | flag::CLAIMED) == flag::MARKED {
                chain.claim(state, id);
            }
            chain.step(state, base)
        })
    }

    pub(super) fn setter(&self) -> Setter {
        let effect = self.frames.iter().rev().find(|frame| frame.kind == Kind::Effect);
        Setter { place: self.place, effect: effect.map_or(NONE, |frame| frame.id) }
    }

    /// Reads a signal; `tracks`: the function that runs depends on it from now on. None: another program's.
    pub fn signal(&mut self, signal: &SignalBody, tracks: bool) -> Option<Frozen> {
        if !Arc::ptr_eq(&signal.graph, &self.graph) {
            return None;
        }
        let id = signal.id;
        let own = self.batch.as_ref().and_then(|batch| batch.value(id)).cloned();
        if self.frames.is_empty() {
            return Some(own.unwrap_or_else(|| signal.peek()));
        }
        if tracks
            && own.is_none()
            && let Some(value) = self.next_known(id)
        {
            return Some(value);
        }
        Some(self.signal_slowly(id, tracks, own))
    }

    /// A computed value that the function that runs reads in its turn, and that is known.
    pub fn known(&mut self, computed: &ComputedBody) -> Option<Frozen> {
        if !Arc::ptr_eq(&computed.graph, &self.graph) {
            return None;
        }
        self.next_known(computed.id)
    }

    /// The node whose function is to run, or runs.
    pub fn running(&self) -> Option<u32> {
        self.frames.last().map(|frame| frame.id)
    }

    /// It is an effect's.
    pub fn is_running_effect(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.kind == Kind::Effect)
    }

    /// The source that the function read next the last time is this one, and its value is known.
    #[inline]
    fn next_known(&mut self, id: Id) -> Option<Frozen> {
        let frame = self.frames.last_mut()?;
        let source = frame.work.as_ref()?.sources.get(frame.cursor)?;
        if source.id != id || source.value.value().is_missing() {
            return None;
        }
        frame.cursor += 1;
        Some(source.value.clone())
    }

    fn signal_slowly(&mut self, id: Id, tracks: bool, own: Option<Frozen>) -> Frozen {
        let view = self.view.expect("a function runs");
        let Session { graph, chain } = self;
        let frame = chain.frames.last_mut().expect("a function runs");
        let known = if tracks { frame.find(id) } else { None };
        if let (Some(slot), None) = (known, &own)
            && !frame.source(slot).value.value().is_missing()
        {
            return frame.source(slot).value.clone();
        }
        graph.with(|state| {
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
            if tracks && frame.kind != Kind::Private {
                let slot = known.unwrap_or_else(|| frame.record(state, id));
                let source = frame.source(slot);
                if known.is_none() {
                    source.version = version;
                }
                if own.is_none() {
                    source.value = value.clone();
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
        let tracks = tracks && self.frames.last().is_some_and(|frame| frame.kind != Kind::Private);
        let mut known = None;
        if tracks {
            if let Some(value) = self.next_known(id) {
                return Reading::Ready(Ok(value));
            }
            let frame = self.frames.last_mut().expect("a function runs");
            known = frame.find(id);
            if let Some(slot) = known
                && !frame.source(slot).value.value().is_missing()
            {
                return Reading::Ready(Ok(frame.source(slot).value.clone()));
            }
        }
        let is_private = self.batch.as_ref().is_some_and(|batch| !batch.is_empty());
        let base = self.verifying.len();
        self.with(|chain, state| {
            if chain.is_inside(state, id) {
                return Reading::Circle;
            }
            let slot = match chain.frames.last_mut() {
                Some(frame) if tracks => Slot(known.unwrap_or_else(|| frame.record(state, id))),
                _ => NOWHERE,
            };
            let node = &state.nodes[id];
            let busy = node.flags & (flag::MARKED | flag::CLAIMED);
            let is_newer = chain.view.is_some_and(|view| node.since > view);
            let is_past = chain.view.is_some_and(|view| state.epoch > view);
            if let Some(frame) = chain.frames.last_mut()
                && tracks
                && (is_private || is_past && (is_newer || busy != 0))
            {
                frame.is_lagging = true;
            }
            if !is_private && !is_newer {
                if busy == 0 {
                    let (given, version) = (node.given(), node.changed);
                    chain.fill(slot, &given, version);
                    return Reading::Ready(given);
                }
                if busy & flag::CLAIMED == 0 {
                    if chain.closures >= MAX_CLOSURES {
                        return Reading::TooDeep;
                    }
                    chain.begin_view(state);
                    chain.claim(state, id);
                    return match chain.step(state, base) {
                        Step::Run => Reading::Run { base, slot },
                        Step::Done(given, version) => {
                            chain.fill(slot, &given, version);
                            Reading::Ready(given)
                        }
                    };
                }
            }
            chain.read_privately(state, computed, base, slot)
        })
    }

    /// The value that a function read is there.
    pub fn read_done(&mut self, slot: Slot, given: &Given, version: Epoch) {
        self.fill(slot, given, version);
    }

    /// Runs a new effect for the first time.
    pub fn first_run(&mut self, effect: &Effect) -> Step {
        let base = self.verifying.len();
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
        let Some(is_same) = self.before_publishing(&given) else { return self.finish_privately(given) };
        self.with(|chain, state| chain.finish(state, given, is_same, base))
    }

    /// The same for a function that did not fail; when that was all there was to do for the effect, goes on with the next one,
    /// under the same lock.
    pub fn finish_and_go_on(&mut self, value: Frozen, base: usize) -> EffectStep {
        let given = Ok(value);
        let Some(is_same) = self.before_publishing(&given) else {
            return EffectStep::Step(self.finish_privately(given));
        };
        self.with(|chain, state| match chain.finish(state, given, is_same, base) {
            Step::Done(Ok(_), _) if chain.is_idle() => chain.next_effect(state),
            step => EffectStep::Step(step),
        })
    }

    fn finish_privately(&mut self, given: Given) -> Step {
        let id = self.frames.pop().expect("a function ran").id;
        if let Some(entry) = self.memo.get_mut(&id) {
            entry.0 = given.clone();
        }
        if self.is_idle() {
            self.with(Chain::end_view_if_idle);
        }
        Step::Done(given, 0)
    }
}

impl Chain {
    /// No function of a node runs.
    pub fn is_idle(&self) -> bool {
        self.frames.is_empty() && self.verifying.is_empty()
    }

    /// The value is being computed further down.
    fn is_inside(&self, state: &State, id: Id) -> bool {
        state.nodes[id].flags & flag::CLAIMED != 0 && self.verifying.iter().any(|entry| entry.id == id)
            || !self.memo.is_empty() && self.frames.iter().any(|frame| frame.id == id)
    }

    /// Computes a value for this view alone.
    fn read_privately(&mut self, state: &mut State, computed: &Computed, base: usize, slot: Slot) -> Reading {
        let id = computed.0.node.id;
        if let Some((given, _)) = self.memo.get(&id) {
            let given = given.clone();
            self.fill(slot, &given, 0);
            return Reading::Ready(given);
        }
        self.begin_view(state);
        let mut frame = Frame::new(id, Kind::Private);
        frame.function = Some(computed.0.function.clone());
        self.frames.push(frame);
        self.memo.insert(id, (Ok(missing()), computed.clone()));
        Reading::Run { base, slot }
    }

    fn fill(&mut self, slot: Slot, given: &Given, version: Epoch) {
        if slot.0 == NOWHERE.0 {
            return;
        }
        let source = self.frames.last_mut().expect("a function reads").source(slot.0);
        source.version = version;
        if let Ok(value) = given {
            source.value = value.clone();
        }
    }

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
    pub(super) fn claim(&mut self, state: &mut State, id: Id) {
        state.claim(id);
        self.verifying.push(Verifying { id, next: 0, must_run: false });
    }

    /// The next effect of the place, begun.
    fn next_effect(&mut self, state: &mut State) -> EffectStep {
        let base = self.verifying.len();
        match state.next_effect(self.place) {
            Next::Nothing => EffectStep::Idle,
            Next::Circle(circle) => EffectStep::Circle(circle),
            Next::Run(id) => {
                self.begin_view(state);
                self.verifying.push(Verifying { id, next: 0, must_run: false });
                EffectStep::Step(self.step(state, base))
            }
        }
    }

    /// Goes on with the topmost claimed node, until a function has to run or the node above `base` is up to date.
    pub(super) fn step(&mut self, state: &mut State, base: usize) -> Step {
        let view = self.view.expect("a node is claimed");
        loop {
            let entry = self.verifying.last_mut().expect("a node is claimed");
            let node = &state.nodes[entry.id];
            let work = node.work.as_ref().expect("a claimed node's work is there");
            let mut source_to_claim = NONE;
            if work.is_new {
                entry.must_run = true;
            }
            while !entry.must_run {
                let Some(source) = work.sources.get(entry.next as usize) else { break };
                let node = &state.nodes[source.id];
                if node.since > view {
                    entry.must_run = true;
                } else if node.flags & (flag::MARKED | flag::CLAIMED) != 0 {
                    // One that somebody else has claimed is asked for when it is read.
                    if node.flags & flag::CLAIMED == 0 {
                        source_to_claim = source.id;
                        break;
                    }
                    entry.must_run = true;
                } else if node.changed != source.version {
                    entry.must_run = true;
                } else {
                    entry.next += 1;
                }
            }
            if source_to_claim != NONE {
                self.claim(state, source_to_claim);
                continue;
            }
            if entry.must_run {
                let id = entry.id;
                self.begin(state, id);
                return Step::Run;
            }
            let id = entry.id;
            self.unclaim(state, id, false);
            if let Some(done) = self.go_down(state, id, base) {
                return done;
            }
        }
    }

    /// The topmost node is up to date: says so to the one that looks at its sources, if that is not below `base`.
    pub(super) fn go_down(&mut self, state: &mut State, id: Id, base: usize) -> Option<Step> {
        self.verifying.pop();
        let (given, changed) = {
            let node = &state.nodes[id];
            if self.verifying.len() == base { (Some(node.given()), node.changed) } else { (None, node.changed) }
        };
        state.free_if_unheld(id);
        if let Some(given) = given {
            self.end_view_if_idle(state);
            return Some(Step::Done(given, changed));
        }
        let entry = self.verifying.last_mut().expect("there is one above the base");
        if entry.must_run {
            return None;
        }
        let work = state.nodes[entry.id].work.as_ref().expect("a claimed node's work is there");
        if work.sources[entry.next as usize].version == changed {
            entry.next += 1;
        } else {
            entry.must_run = true;
        }
        None
    }

    /// Gets a claimed node's function ready to run.
    fn begin(&mut self, state: &mut State, id: Id) {
        let view = self.view.expect("a node is claimed");
        let node = &mut state.nodes[id];
        let mut work = node.work.take().expect("a claimed node's work is there");
        let mut frame = Frame::new(id, if node.flags & flag::EFFECT != 0 { Kind::Effect } else { Kind::Computed });
        frame.former = node.value.clone();
        frame.failed_before = node.flags & flag::FAILED != 0;
        for source in &mut work.sources {
            let node = &state.nodes[source.id];
            if node.flags & (flag::MARKED | flag::CLAIMED | flag::FAILED) == 0 && node.since <= view {
                source.version = node.changed;
                source.value = node.value.clone();
            }
        }
        frame.function = work.function.take();
        frame.work = Some(work);
        self.frames.push(frame);
    }

    /// Drops, without the lock, what the topmost function does not need any more. Whether it gave what it gave before; none if
    /// it ran privately.
    fn before_publishing(&mut self, given: &Given) -> Option<bool> {
        let frame = self.frames.last_mut().expect("a function ran");
        if frame.kind == Kind::Private {
            return None;
        }
        frame.put_aside_unread();
        frame.forget_values();
        let is_same = frame.is_same(given);
        frame.former = missing();
        Some(is_same)
    }

    /// Publishes what the topmost function gave, and goes on with what needed it.
    fn finish(&mut self, state: &mut State, given: Given, is_same: bool, base: usize) -> Step {
        let id = self.publish(state, given, is_same);
        match self.go_down(state, id, base) {
            Some(done) => done,
            None => self.step(state, base),
        }
    }

    /// What was computed for the view alone is not true any more.
    pub(super) fn forget_private(&mut self) {
        self.memo.clear();
    }
}

/// A task that is gone leaves nothing claimed.
impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_idle() {
            self.abandon(0, 0);
        }
    }
}

impl Frame {
    pub fn new(id: Id, kind: Kind) -> Frame {
        Frame {
            id,
            kind,
            failed_before: false,
            is_lagging: false,
            cursor: 0,
            work: None,
            function: None,
            rare: None,
            former: missing(),
        }
    }

    /// A source that has been read in this run.
    #[inline(always)]
    fn source(&mut self, slot: usize) -> &mut Source {
        &mut self.work.as_mut().expect("it does not run privately").sources[slot]
    }

    /// The place of a source that has been read in this run.
    fn find(&mut self, id: Id) -> Option<usize> {
        let read = &self.work.as_ref()?.sources[..self.cursor];
        if read.len() <= FEW {
            return read.iter().rposition(|source| source.id == id);
        }
        let found = &mut self.rare.get_or_insert_default().found;
        for (at, source) in read.iter().enumerate().skip(found.indexed) {
            found.slots.entry(source.id).or_insert(at);
        }
        found.indexed = read.len();
        found.slots.get(&id).copied()
    }

    /// Notes that a source is read, the first time in this run.
    fn record(&mut self, state: &mut State, id: Id) -> usize {
        let slot = self.cursor;
        let sources = &mut self.work.as_mut().expect("it does not run privately").sources;
        self.cursor += 1;
        if sources.get(slot).is_some_and(|source| source.id == id) {
            return slot;
        }
        if slot < sources.len() {
            self.rare.get_or_insert_default().stale.extend(sources.drain(slot..));
        }
        let edge = state.link(id, self.id);
        sources.push(Source { id, edge, version: 0, value: missing() });
        slot
    }

    /// What was read the last time and not this time.
    fn put_aside_unread(&mut self) {
        let Some(work) = &mut self.work else { return };
        if self.cursor < work.sources.len() {
            self.rare.get_or_insert_default().stale.extend(work.sources.drain(self.cursor..));
        }
    }

    /// Drops the values of the sources; without the lock.
    pub fn forget_values(&mut self) {
        let sources = self.work.iter_mut().flat_map(|work| &mut work.sources);
        let stale = self.rare.iter_mut().flat_map(|rare| &mut rare.stale);
        for source in sources.chain(stale) {
            source.value = missing();
        }
    }

    fn is_same(&self, given: &Given) -> bool {
        match given {
            Ok(value) => {
                self.kind == Kind::Computed
                    && !self.failed_before
                    && super::marking::is_same(self.former.value(), value.value())
            }
            Err(_) => false,
        }
    }
}
