//! Operations: what takes time outside the program. A native starts one and suspends its task, and only the task; other
//! code, on whatever thread, completes it, and the task goes on with what it gave (T-24).
//!
//! This is the narrow door through which files, processes and the network come in. It knows nothing of any of them, nor of
//! the runtime that works on them: it hands out an [`Operation`], which is `Send`, and takes its result.
//!
//! **What is counted.** An operation counts as something that may make progress, so a program that waits for one is not
//! deadlocked (T-23). It counts until its result is there, or no task waits for it any more.
//!
//! **Cancelling.** A task that is cancelled waits no longer: it throws `Cancelled` at once. The code that works on the
//! operation hears of it through [`Operation::on_cancel`], and stops if it can. A result that comes too late is
//! dropped; one that must not be lost says so in its own `Drop`.

use crate::concurrency::{Completer, Completion, Ending, Hold, Registration, Wake, Waker, completion};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Value;
use crate::native::{Outcome, Resume, WaitKind};
use parking_lot::Mutex;
use std::sync::Arc;

/// Why an operation failed, in a form that crosses threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationError {
    pub kind: ErrorKind,
    pub message: String,
    pub hint: Option<String>,
}

impl OperationError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> OperationError {
        OperationError { kind, message: message.into(), hint: None }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> OperationError {
        self.hint = Some(hint.into());
        self
    }

    fn to_error(&self) -> Error {
        let error = Error::new(self.kind, self.message.clone());
        match &self.hint {
            Some(hint) => error.with_hint(hint.clone()),
            None => error,
        }
    }
}

/// A result that is taken once. Its lock is a leaf: nothing is called while it is held.
struct Slot<T>(Mutex<Option<T>>);

type Core<T> = Completion<Slot<T>, OperationError>;

/// The side that completes an operation. Dropped without having done so, it ends the operation with an error.
pub struct Operation<T: Send + 'static> {
    completer: Completer<Slot<T>, OperationError>,
    on_cancel: Arc<OnCancel>,
}

/// What happens when no task waits for the operation any more.
struct OnCancel {
    /// The operation counts while this is there. Let go of after the result has been announced, or when no task waits.
    hold: Mutex<Option<Hold>>,
    /// Tells the code that works on it.
    stop: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl OnCancel {
    fn end(&self) {
        let hold = self.hold.lock().take();
        drop(hold);
    }
}

impl Wake for OnCancel {
    fn wake(&self, _: u64) {
        let stop = self.stop.lock().take();
        if let Some(stop) = stop {
            stop();
        }
        self.end();
    }
}

impl<T: Send + 'static> Operation<T> {
    fn new(hold: Hold) -> (Operation<T>, Arc<Core<T>>) {
        let (completer, core) = completion();
        let on_cancel = Arc::new(OnCancel { hold: Mutex::new(Some(hold)), stop: Mutex::new(None) });
        completer.on_cancel(Waker::new(on_cancel.clone(), 0));
        (Operation { completer, on_cancel }, core)
    }

    /// Ends the operation. If no task waits for it any more, its result is dropped.
    pub fn complete(self, result: std::result::Result<T, OperationError>) {
        let Operation { completer, on_cancel } = self;
        // Cancelled, the result comes back, and goes.
        drop(completer.complete(result.map(|value| Slot(Mutex::new(Some(value))))));
        on_cancel.end();
    }

    /// No task waits for it any more: it need not be begun.
    pub fn is_cancelled(&self) -> bool {
        self.completer.is_cancel_requested()
    }

    /// Has this called, from any thread, when no task waits for the operation any more. It must neither block nor
    /// panic.
    pub fn on_cancel(&self, stop: impl FnOnce() + Send + 'static) {
        *self.on_cancel.stop.lock() = Some(Box::new(stop));
        // It may have been cancelled before: then the hook, put in place again, is called at once.
        self.completer.on_cancel(Waker::new(self.on_cancel.clone(), 0));
    }
}

impl Context<'_> {
    /// Suspends the running task until an operation has ended. `start` sees that it is begun, elsewhere; `finish` makes a
    /// value of its result.
    pub fn wait_for<T, S, F>(&mut self, name: &'static str, start: S, finish: F) -> Result<Outcome>
    where
        T: Send + 'static,
        S: FnOnce(Operation<T>) -> std::result::Result<(), OperationError>,
        F: FnOnce(&mut Context<'_>, T) -> Result<Value> + 'static,
    {
        let hold = self.isolate.thread().program().hold();
        let (operation, core) = Operation::new(hold);
        start(operation).map_err(|failure| failure.to_error())?;
        Box::new(Waiting { name, registration: None, core: Awaited(core), finish }).look(self)
    }
}

/// The side that waits for an operation. Dropped, it waits no longer: what has not ended is cancelled, and a result that is there
/// already goes with it.
struct Awaited<T: Send + 'static>(Arc<Core<T>>);

impl<T: Send + 'static> Drop for Awaited<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A task that waits for an operation.
struct Waiting<T: Send + 'static, F> {
    name: &'static str,
    /// Gone before `core` is cancelled, which wakes whoever is registered.
    registration: Option<Registration>,
    core: Awaited<T>,
    finish: F,
}

impl<T, F> Waiting<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut Context<'_>, T) -> Result<Value> + 'static,
{
    fn look(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        self.registration = None;
        if self.core.0.is_pending() {
            let waker = context.isolate.upcoming_waker();
            self.registration = self.core.0.wait(waker);
            if self.registration.is_some() {
                return Ok(Outcome::Wait { kind: WaitKind::Operation(self.name), then: self });
            }
        }
        let ended = self.core.0.read(|ended| match ended {
            Ending::Success(slot) => Ok(slot.0.lock().take()),
            Ending::Failure(failure) => Err(failure.to_error()),
            Ending::Cancelled | Ending::Abandoned => Ok(None),
        });
        match ended.expect("it is not pending")? {
            Some(result) => Ok((self.finish)(context, result)?.into()),
            None => Err(Error::new(ErrorKind::IoError, format!("{} was given up", self.name))),
        }
    }
}

impl<T, F> Resume for Waiting<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut Context<'_>, T) -> Result<Value> + 'static,
{
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        self.look(context)
    }

    fn failed(self: Box<Self>, _: &mut Context<'_>, error: Error) -> Result<Outcome> {
        Err(error)
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}
