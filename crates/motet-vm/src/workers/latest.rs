//! Computed values whose functions run on workers: `computed(f, latest: true)`.
//!
//! The value is a computed one that reads two signals, the last result and the last error. A run of the function is that of
//! an effect of the graph, which a worker makes: so what it reads is followed, and belongs to one moment.
//!
//! **The protocol.** When something that the last run has read changes, the graph says so, also in the middle of a run. Then
//! a run is *wanted*. If none is in progress, it is given to the workers. If one waits for a worker, that one will read what
//! is new. If one runs, it is cancelled at its safe point, and the worker that ends it gives the next one to the workers. So
//! at most one run is in progress and none but the newest waits. A run that has come to its end before it heard of its
//! cancellation gives a result all the same: it is that of an earlier moment, and the next one follows.
//!
//! **`pending`** is true from before a run is given to the workers until a run has ended that nothing wants again.
//!
//! **The end** comes when no handle on the value is left, or with the isolate that made it. The run in progress is cancelled
//! then, and nothing is followed any more.

use super::queue::{Work, submit};
use crate::concurrency::{Wake, Waker};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::interpreter::unwind;
use crate::isolate::Isolate;
use crate::memory::{Frozen, Heap, Value};
use crate::native::{CallArguments, Outcome, Resume};
use crate::scheduler::Token;
use crate::signals::{Batching, Computed, Effect, Function, Given, Graph, PlaceHold, ReadError, Reader, Signal};
use crate::threads::Program;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

/// See the module.
pub(crate) struct Latest {
    program: Weak<Program>,
    graph: Arc<Graph>,
    function: Frozen,
    pub gene: bool,
    result: Signal,
    /// What the last run threw; null if it gave a result.
    error: Signal,
    pending: Signal,
    place: Arc<PlaceHold>,
    effect: Effect,
    /// A leaf: nothing is called while it is held.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// Something that the run has read has changed.
    is_wanted_again: bool,
    is_over: bool,
}

#[derive(Default)]
enum Phase {
    #[default]
    Idle,
    /// Workers have it, and none has begun.
    Waiting,
    /// How the run is cancelled, once.
    Running(Option<Waker>),
}

/// What handles on the value keep alive.
struct Owner(Arc<Latest>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Told by the graph that something has changed.
struct Changed(Weak<Latest>);

impl Wake for Changed {
    fn wake(&self, _: u64) {
        if let Some(latest) = self.0.upgrade() {
            latest.want();
        }
    }
}

/// Those that an isolate has made. They end with it.
#[derive(Default)]
pub(crate) struct OwnLatest(Vec<Weak<Latest>>);

impl OwnLatest {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, latest: Weak<Latest>) {
        if self.0.len() == self.0.capacity() {
            self.0.retain(|latest| latest.strong_count() > 0);
        }
        self.0.push(latest);
    }

    /// Nothing is computed for them any more.
    pub fn end(&mut self) {
        self.0.drain(..).filter_map(|latest| latest.upgrade()).for_each(|latest| latest.end());
    }
}

impl Drop for OwnLatest {
    fn drop(&mut self) {
        self.end();
    }
}

/// A new value of this kind, whose first run is given to the workers.
pub(crate) fn new(isolate: &Isolate, function: Frozen, gene: bool) -> (Computed, Weak<Latest>) {
    let program = isolate.thread().program();
    let graph = program.machine.graph.clone();
    let null = || Frozen::new(&Value::NULL).expect("null is immutable");
    let pending = Frozen::new(&Value::FALSE).expect("booleans are immutable");
    let latest = Arc::new_cyclic(|latest: &Weak<Latest>| {
        let place = graph.add_place(Some(Waker::new(Arc::new(Changed(latest.clone())), 0)));
        let effect = graph.eager_effect(&place, Function::of_driver("a computed value"));
        Latest {
            program: Arc::downgrade(program),
            function,
            gene,
            result: graph.signal(null()),
            error: graph.signal(null()),
            pending: graph.signal(pending),
            place,
            effect,
            graph: graph.clone(),
            state: Mutex::default(),
        }
    });
    latest.want();
    let owner = Arc::new(Owner(latest.clone()));
    let (companion, read) = (owner.clone(), owner);
    let value = graph.computed_with(move |reader| read.0.read(reader), companion);
    (value, Arc::downgrade(&latest))
}

/// The field `pending` of such a value.
pub(crate) fn pending(value: &Computed) -> Option<Signal> {
    let owner = value.companion()?.downcast_ref::<Owner>()?;
    Some(owner.0.pending.clone())
}

impl Latest {
    /// The last result, or the error.
    fn read(&self, reader: &mut Reader<'_>) -> std::result::Result<Frozen, ReadError> {
        let error = reader.signal(&self.error);
        if error.value().is_null() { Ok(reader.signal(&self.result)) } else { Err(ReadError::Error(error)) }
    }

    /// A run is wanted.
    fn want(self: &Arc<Latest>) {
        let (begins, cancel) = {
            let mut state = self.state.lock();
            if state.is_over {
                return;
            }
            match &mut state.phase {
                Phase::Idle => {
                    state.phase = Phase::Waiting;
                    (true, None)
                }
                Phase::Waiting => (false, None),
                Phase::Running(cancel) => {
                    let cancel = cancel.take();
                    state.is_wanted_again = true;
                    (false, cancel)
                }
            }
        };
        if begins {
            return self.give_to_workers();
        }
        // The run that is in progress may have said already that nothing is wanted.
        self.settle_pending();
        if let Some(cancel) = cancel {
            cancel.wake();
        }
    }

    /// The phase is that it waits.
    fn give_to_workers(self: &Arc<Latest>) {
        self.pending.set(Frozen::new(&Value::TRUE).expect("booleans are immutable"));
        // Work that is dropped says so.
        let work = Waiting(Some(self.clone()));
        let Some(program) = self.program.upgrade() else { return };
        let parent = program.main();
        if let Err(error) = submit(&program, parent, Work::Latest(work)) {
            let text = Heap::new().string(&format!("no worker can be started: {error}"));
            self.publish(Err(Frozen::new(&text).expect("strings are immutable")), false);
        }
    }

    /// A worker begins. False if that would be in vain.
    fn begin(&self, cancel: Waker) -> bool {
        let mut state = self.state.lock();
        state.is_wanted_again = false;
        let begins = !state.is_over;
        let former =
            std::mem::replace(&mut state.phase, if begins { Phase::Running(Some(cancel)) } else { Phase::Idle });
        drop(state);
        drop(former);
        begins
    }

    /// A run has ended, with a result unless it was cancelled.
    fn end_run(self: &Arc<Latest>, given: Option<Given>) {
        let is_wanted_again = self.state.lock().is_wanted_again;
        if let Some(given) = given {
            self.publish(given, is_wanted_again);
        }
        let (former, is_wanted_again) = {
            let mut state = self.state.lock();
            let again = std::mem::take(&mut state.is_wanted_again) && !state.is_over;
            (std::mem::replace(&mut state.phase, if again { Phase::Waiting } else { Phase::Idle }), again)
        };
        drop(former);
        if is_wanted_again {
            self.give_to_workers();
        } else {
            self.settle_pending();
        }
    }

    /// Has `pending` say what the phase is. Threads may set it in another order than that in which they saw the phase; the one
    /// that sets it last looks again, and finds what it has set, or sets it once more.
    fn settle_pending(&self) {
        let is_pending = || !matches!(self.state.lock().phase, Phase::Idle);
        loop {
            let seen = is_pending();
            self.pending.set(Frozen::new(&Value::bool(seen)).expect("booleans are immutable"));
            if seen == is_pending() {
                return;
            }
        }
    }

    /// Sets all that programs see of a run at once.
    fn publish(&self, given: Given, is_pending: bool) {
        let null = Frozen::new(&Value::NULL).expect("null is immutable");
        let pending = Frozen::new(&Value::bool(is_pending)).expect("booleans are immutable");
        Batching::run(&self.graph, &mut |batch: &mut Batching<'_>| {
            match &given {
                Ok(result) => {
                    batch.set(&self.result, result.clone());
                    batch.set(&self.error, null.clone());
                }
                Err(error) => batch.set(&self.error, error.clone()),
            }
            batch.set(&self.pending, pending.clone());
        });
    }

    /// Nothing is followed any more.
    pub fn end(&self) {
        let cancel = {
            let mut state = self.state.lock();
            state.is_over = true;
            match &mut state.phase {
                Phase::Running(cancel) => cancel.take(),
                Phase::Idle | Phase::Waiting => None,
            }
        };
        if let Some(cancel) = cancel {
            cancel.wake();
        }
    }
}

/// A run that no worker has begun with. Dropped, it never will be.
pub(crate) struct Waiting(Option<Arc<Latest>>);

impl Waiting {
    /// A worker takes it.
    pub fn into_run(mut self) -> Run {
        Run { latest: self.0.take().expect("taken once"), token: None, runs: false, is_done: false }
    }

    /// The notation of its function.
    pub fn gene(&self) -> bool {
        self.0.as_ref().is_some_and(|latest| latest.gene)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(latest) = self.0.take() {
            latest.state.lock().is_wanted_again = false;
            latest.end_run(None);
        }
    }
}

/// A run: the state of the task that makes it.
pub(crate) struct Run {
    latest: Arc<Latest>,
    token: Option<Token>,
    runs: bool,
    is_done: bool,
}

impl Run {
    fn end(&mut self, isolate: &mut Isolate, result: std::result::Result<Value, Error>) {
        self.is_done = true;
        if let Some(token) = self.token.take()
            && isolate.scheduler().forget_cancel(token)
        {
            isolate.scheduler().forgive();
        }
        let result = result.and_then(|value| isolate.freeze_for_signal(&value, "a computed value"));
        let given = match result {
            Ok(value) => Some(Ok(value)),
            Err(error) => {
                let error = unwind::error_instance(isolate, error);
                let is_given_up = isolate.is_cancellation(&error) || isolate.is_ending;
                (!is_given_up).then(|| Err(isolate.frozen_error(&error)))
            }
        };
        let session = isolate.session();
        session.finish(Ok(Frozen::new(&Value::NULL).expect("null is immutable")), 0);
        session.only_computes(false);
        self.latest.end_run(given);
        isolate.look_for_effects();
    }
}

impl Resume for Run {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        if self.runs {
            self.end(isolate, Ok(result));
            return Ok(Value::NULL.into());
        }
        let (token, cancel) = isolate.scheduler().cancel_waker();
        self.token = Some(token);
        if !self.latest.begin(cancel) {
            self.is_done = true;
            isolate.scheduler().forget_cancel(token);
            return Ok(Value::NULL.into());
        }
        self.runs = true;
        let session = isolate.session();
        session.run_anew(&self.latest.effect, &self.latest.place);
        session.only_computes(true);
        let function = self.latest.function.to_value();
        Ok(Outcome::Call { function, arguments: CallArguments::None, then: self })
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        if self.runs {
            self.end(context.isolate, Err(error));
        }
        Ok(Value::NULL.into())
    }

    fn name(&self) -> &'static str {
        "computed"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// A task that is gone before its end gives nothing.
impl Drop for Run {
    fn drop(&mut self) {
        if !self.is_done {
            self.latest.end_run(None);
        }
    }
}
