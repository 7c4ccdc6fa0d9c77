//! Futures: values that complete once, with a result or an error.

use crate::isolate::Waiter;
use crate::memory::{ForeignObject, Heap, HoldsValues, Value};
use std::cell::RefCell;

/// What a future has come to.
#[derive(Clone)]
pub(crate) enum FutureState {
    Pending,
    Done(Value),
    /// With an error instance.
    Failed(Value),
}

/// The insides of a future.
pub(crate) struct Future {
    state: RefCell<FutureState>,
    waiters: RefCell<Vec<Waiter>>,
}

impl Future {
    /// A future that is not complete.
    pub fn pending(heap: &Heap) -> Value {
        heap.foreign(Box::new(Future { state: RefCell::new(FutureState::Pending), waiters: RefCell::default() }))
    }

    /// The future behind a value.
    pub fn of(value: &Value) -> Option<&Future> {
        value.as_foreign()?.downcast()
    }

    pub fn state(&self) -> FutureState {
        self.state.borrow().clone()
    }

    pub fn is_pending(&self) -> bool {
        matches!(*self.state.borrow(), FutureState::Pending)
    }

    pub fn add_waiter(&self, waiter: Waiter) {
        self.waiters.borrow_mut().push(waiter);
    }

    /// Completes it, once; later completions change nothing. Gives those to wake.
    pub fn complete(&self, result: Result<Value, Value>) -> Vec<Waiter> {
        if !self.is_pending() {
            return Vec::new();
        }
        *self.state.borrow_mut() = match result {
            Ok(value) => FutureState::Done(value),
            Err(error) => FutureState::Failed(error),
        };
        self.waiters.take()
    }
}

impl ForeignObject for Future {
    fn type_name(&self) -> &'static str {
        "Future"
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn display(&self) -> Option<String> {
        Some(match &*self.state.borrow() {
            FutureState::Pending => "<Future pending>".into(),
            FutureState::Done(_) => "<Future done>".into(),
            FutureState::Failed(_) => "<Future failed>".into(),
        })
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Future {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match &*self.state.borrow() {
            FutureState::Pending => {}
            FutureState::Done(value) | FutureState::Failed(value) => visit(value),
        }
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        match self.state.replace(FutureState::Pending) {
            FutureState::Pending => {}
            FutureState::Done(value) | FutureState::Failed(value) => sink(value),
        }
    }
}
