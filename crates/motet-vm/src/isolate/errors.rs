//! Errors that the runtime gives, and futures for them to arrive in.

use super::Isolate;
use crate::error::ErrorKind;
use crate::future::{Future, Origin};
use crate::interpreter::unwind;
use crate::memory::{Symbol, Value};

impl Isolate {
    /// A future that a native completes.
    pub(crate) fn new_future(&self) -> Value {
        Future::pending(&self.heap, &self.tasks.exports, Origin::Native)
    }

    /// What a cancelled task throws. Its trace is that of the task.
    pub(crate) fn cancelled_error(&mut self) -> Value {
        self.new_error(ErrorKind::Cancelled, "the task was cancelled", None)
    }

    /// It is the error of a cancelled task, or of a deadlock that was reported: it need not be reported again.
    pub(crate) fn is_cancellation(&self, error: &Value) -> bool {
        let Some(class) = error.as_instance().map(|fields| fields.class_value()) else { return false };
        let is = |kind| class.is_same(&self.builtins.error_class(kind));
        is(ErrorKind::Cancelled) || is(ErrorKind::Deadlock) && self.thread().program().deadlock().is_some()
    }

    /// An error without a trace: it gets one where it is thrown.
    pub(crate) fn new_error(&self, kind: ErrorKind, message: &str, hint: Option<&str>) -> Value {
        let instance = self.heap.instance(&self.builtins.error_class(kind));
        let fields = instance.as_instance().expect("just made");
        let set = |name: &str, text: &str| {
            // A new instance is not frozen, so the store cannot fail.
            let _ = fields.set(Symbol::intern(name), self.heap.string(text), &self.heap);
        };
        set("message", message);
        if let Some(hint) = hint {
            set(unwind::HINT_FIELD, hint);
        }
        instance
    }
}
