//! What a user interface needs of the VM: a slot for what it builds, the door to where windows are shown, tasks that it
//! can stop, and calls whose reads of signals are remembered. The VM knows nothing of windows.
//!
//! An interface is built by calling a function of the program, which calls natives that add widgets. What they add to is
//! the running task's [`Interface`]: so a task that waits in the middle of a build gives nothing to another task that runs
//! meanwhile, and two windows of one program are built independently.

use crate::concurrency::Waker;
use crate::context::Context;
use crate::error::{Body, Error, Result};
use crate::interpreter::unwind::error_instance;
use crate::main_isolate::Uncaught;
use crate::memory::{ForeignKind, ForeignObject, Frozen, Value};
use crate::native::{Arguments, CallArguments, Keywords, NativeFunction, Outcome, Resume};
use crate::scheduler::Token;
use crate::vm::Tracker;
use std::any::Any;
use std::sync::Arc;

/// A thing of the user interface's that the VM hands from call to call: the interface that is being built, or the door to
/// where windows are shown.
#[derive(Clone)]
pub struct Interface(Arc<dyn Any + Send + Sync>);

impl Interface {
    pub fn new<T: Any + Send + Sync>(thing: Arc<T>) -> Interface {
        Interface(thing)
    }

    /// The thing, if it is of this type.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.clone().downcast().ok()
    }
}

/// What a task builds: the interface, and a value of the isolate's that goes with it, for what cannot leave the isolate.
#[derive(Clone)]
pub struct Building {
    pub interface: Interface,
    pub kept: Value,
}

/// Cancels the task that made it, from any thread: it throws `Cancelled` at its next safe point, or where it waits.
#[derive(Clone)]
pub struct TaskStop(Waker);

impl TaskStop {
    pub fn stop(&self) {
        self.0.clone().wake();
    }
}

/// The right to be stopped; see [`Context::stoppable`].
pub struct Stoppable(Token);

impl Context<'_> {
    /// What the running task builds, or the interface that the embedder's call brought along.
    pub fn building(&self) -> Option<Building> {
        let record = self.isolate.tasks.current.as_ref();
        let own = record.and_then(|record| record.observer.as_ref()?.building.clone());
        own.or_else(|| Some(Building { interface: self.execution().interface.clone()?, kept: Value::NULL }))
    }

    /// The running task builds this from now on, or nothing.
    pub fn set_building(&mut self, building: Option<Building>) {
        self.isolate.observer().building = building;
    }

    /// The door to where windows are shown, if the program has one.
    pub fn display(&self) -> Option<Interface> {
        self.isolate.settings().display.clone()
    }

    /// A tracker for calls of this program: see [`Tracker`].
    pub fn tracker(&self, notifier: impl Fn() + Send + Sync + 'static) -> Tracker {
        Tracker::new(&self.isolate.thread().program().machine.graph, notifier)
    }

    /// Calls a function whose reads of signals a tracker remembers.
    pub fn tracked_call(
        &mut self,
        tracker: &Tracker,
        function: Value,
        arguments: Vec<Value>,
        then: Box<dyn Resume>,
    ) -> Outcome {
        let tracker = self.heap().foreign(Box::new(TrackerObject(tracker.clone())));
        let arguments = [tracker, function].into_iter().chain(arguments).collect();
        Outcome::Call { function: TRACKED.value(), arguments: CallArguments::Many(arguments), then }
    }

    /// A new task that calls a function, in its turn; gives its future.
    pub fn start_task(&mut self, function: Value, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.isolate.scheduler().start_task(function, arguments)?.1)
    }

    /// Another thread may stop the running task, until the right is given back.
    pub fn stoppable(&mut self) -> (Stoppable, TaskStop) {
        let (token, waker) = self.isolate.scheduler().cancel_waker();
        (Stoppable(token), TaskStop(waker))
    }

    /// The task is no longer stopped by this right. A stop that has not thrown yet does not throw.
    pub fn not_stoppable(&mut self, right: Stoppable) {
        if self.isolate.scheduler().forget_cancel(right.0) {
            self.isolate.scheduler().forgive();
        }
    }

    /// An immutable form of a value, for what all threads see: shared if it is immutable, copied if not.
    pub fn freeze_for(&mut self, value: &Value, holder: &str) -> Result<Frozen> {
        self.isolate.freeze_for_signal(value, holder)
    }

    /// It is the error of a cancelled task, or the program ends: to be passed on, whatever the native is for.
    pub fn is_end(&mut self, error: &Error) -> bool {
        self.isolate.is_ending || matches!(error.body(), Body::Thrown(value) if self.isolate.is_cancellation(value))
    }

    /// An error with its place and trace, in a form that any thread can show.
    pub fn describe_error(&mut self, error: Error) -> (Value, Uncaught) {
        let instance = error_instance(self.isolate, error);
        (instance.clone(), crate::interpreter::uncaught(self.isolate, &instance))
    }
}

/// A tracker on its way to [`TRACKED`].
struct TrackerObject(Tracker);

static TRACKER: ForeignKind = ForeignKind::new("Tracker");

impl ForeignObject for TrackerObject {
    fn kind(&self) -> &'static ForeignKind {
        &TRACKER
    }
}

static TRACKED: NativeFunction = NativeFunction {
    name: "tracked call",
    signature: "tracked call(tracker, f, ...arguments)",
    documentation: "Calls a function whose reads of signals are remembered.",
    arity: (2, usize::MAX),
    keywords: Keywords::None,
    pure: None,
    note: None,
    call: tracked,
};

fn tracked(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let [tracker, function, rest @ ..] = arguments.positional() else { unreachable!("the arity says so") };
    let tracker = tracker.as_foreign().and_then(|foreign| foreign.downcast::<TrackerObject>());
    let tracker = tracker.expect("made by tracked_call").0.clone();
    let call = crate::builtins::signals::Tracked::new(context.isolate, &tracker, function.clone(), rest.to_vec())?;
    Box::new(call).resume(context, Value::NULL)
}
