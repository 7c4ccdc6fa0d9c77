//! What lies in a mailbox, and what a callback is given of it.

use super::package::{Package, ResultCompleter};
use crate::concurrency::ThreadReference;
use crate::memory::{ForeignKind, ForeignObject, HoldsValues, Parcel, Value};
use motet_code::{Source, Span};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// Something sent with `send`. If a reply is wanted, here is who completes the sender's future; dropped, it tells the
/// sender that no reply will come.
pub(crate) struct Message {
    pub payload: Parcel,
    pub sender: ThreadReference,
    pub reply: Option<ResultCompleter>,
    /// Its number in the trace, 0 without one.
    pub flow: u64,
}

/// A function sent with `run`.
pub(crate) struct Request {
    pub function: Parcel,
    /// Where it was sent, if it is a builtin: its errors have no place of their own.
    pub place: Option<(Arc<Source>, Span)>,
    pub reply: Option<ResultCompleter>,
    /// Its number in the trace, 0 without one.
    pub flow: u64,
}

/// A message as callbacks see it.
pub(crate) struct MessageObject {
    payload: RefCell<Value>,
    sender: Cell<ThreadReference>,
    reply: RefCell<Option<ResultCompleter>>,
    handled: Cell<bool>,
}

impl MessageObject {
    pub fn new(payload: Value, sender: ThreadReference, reply: Option<ResultCompleter>) -> MessageObject {
        let (payload, reply) = (RefCell::new(payload), RefCell::new(reply));
        MessageObject { payload, sender: Cell::new(sender), reply, handled: Cell::new(false) }
    }

    /// Becomes the object of another message, because no callback has kept it: its memory is used again.
    pub fn renew(&self, payload: Value, sender: ThreadReference, reply: Option<ResultCompleter>) {
        drop(self.reply.replace(reply));
        drop(self.payload.replace(payload));
        self.sender.set(sender);
        self.handled.set(false);
    }

    /// The message behind a value.
    pub fn of(value: &Value) -> Option<&MessageObject> {
        value.as_foreign()?.downcast()
    }

    pub fn payload(&self) -> Value {
        self.payload.borrow().clone()
    }

    pub fn sender(&self) -> ThreadReference {
        self.sender.get()
    }

    pub fn mark_handled(&self) {
        self.handled.set(true);
    }

    pub fn is_handled(&self) -> bool {
        self.handled.get()
    }

    /// The sender waits for a reply that has not been given.
    pub fn wants_reply(&self) -> bool {
        self.reply.borrow().is_some()
    }

    /// Gives the reply, once; false if none is wanted. A sender that is gone, or has cancelled its future, is not told.
    pub fn reply(&self, result: Result<Package, Package>) -> bool {
        let Some(completer) = self.reply.take() else { return false };
        drop(completer.complete(result));
        true
    }
}

pub(crate) static MESSAGE: ForeignKind = ForeignKind::new("Message");

impl ForeignObject for MessageObject {
    fn kind(&self) -> &'static ForeignKind {
        &MESSAGE
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn send(&self) -> Result<std::sync::Arc<dyn crate::memory::SharedForeign>, &'static str> {
        Err("a message belongs to the thread that received it; send its payload")
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Message from thread {}>", self.sender().number()))
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for MessageObject {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.payload.borrow());
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        sink(self.payload.take());
    }
}
