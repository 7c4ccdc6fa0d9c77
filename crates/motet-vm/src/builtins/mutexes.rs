//! Mutexes: a value that one task at a time works with, also while it waits for something else. A task of another thread
//! cannot see it: threads share nothing that can change.

use super::arguments::callable;
use super::entry::{Call, Entry, Place};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::memory::{ForeignKind, ForeignObject, HoldsValues, Value};
use crate::native::{Arguments, CallArguments, Outcome, Resume, WaitKind};
use crate::scheduler::Token;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

struct Mutex {
    value: RefCell<Value>,
    taken: Cell<bool>,
    waiting: RefCell<VecDeque<Token>>,
}

impl ForeignObject for Mutex {
    fn kind(&self) -> &'static ForeignKind {
        &MUTEX
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn send(&self) -> std::result::Result<std::sync::Arc<dyn crate::memory::SharedForeign>, &'static str> {
        Err("a mutex is for the tasks of one thread; share a signal, or send messages")
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Mutex {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.value.borrow());
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        sink(self.value.take());
    }
}

impl Mutex {
    /// The next one may try.
    fn release(&self, context: &mut Context<'_>) {
        self.taken.set(false);
        // A task that was cancelled meanwhile has another token; then the next one has its turn.
        while let Some(token) = self.waiting.borrow_mut().pop_front() {
            if context.isolate.scheduler().wakes(token) {
                break;
            }
        }
    }
}

fn of(value: &Value) -> &Mutex {
    value.as_foreign().and_then(|foreign| foreign.downcast()).expect("a method of mutexes")
}

fn mutex(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = RefCell::new(arguments.get(0).cloned().unwrap_or_default());
    Ok(context.heap().foreign(Box::new(Mutex { value, taken: Cell::new(false), waiting: RefCell::default() })).into())
}

/// A task that waits for its turn, and then works with the value.
struct Locking {
    mutex: Value,
    function: Value,
    /// The result of the function is the new value.
    updates: bool,
    holds: bool,
}

impl Locking {
    fn enter(mut self: Box<Self>, context: &mut Context<'_>) -> Outcome {
        let mutex = of(&self.mutex);
        if mutex.taken.get() {
            mutex.waiting.borrow_mut().push_back(context.isolate.tasks.upcoming_token());
            return Outcome::Wait { kind: WaitKind::Mutex, then: self };
        }
        mutex.taken.set(true);
        let value = mutex.value.borrow().clone();
        self.holds = true;
        Outcome::Call { function: self.function.clone(), arguments: CallArguments::One(value), then: self }
    }
}

impl Resume for Locking {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        if !self.holds {
            return Ok(self.enter(context));
        }
        let mutex = of(&self.mutex);
        if self.updates {
            let former = mutex.value.replace(result.clone());
            context.heap().note_change(&self.mutex);
            drop(former);
        }
        mutex.release(context);
        Ok(result.into())
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let mutex = of(&self.mutex);
        if self.holds {
            mutex.release(context);
        } else if !mutex.taken.get() {
            // It had been told that it is its turn.
            mutex.release(context);
        }
        Err(error)
    }

    fn name(&self) -> &'static str {
        "mutex"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.mutex);
        visit(&self.function);
    }
}

fn lock(context: &mut Context<'_>, arguments: Arguments<'_>, name: &str, updates: bool) -> Result<Outcome> {
    let function = callable(name, arguments.at(1))?.clone();
    Ok(Box::new(Locking { mutex: arguments.at(0).clone(), function, updates, holds: false }).enter(context))
}

fn with(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    lock(context, arguments, "with", false)
}

fn update(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    lock(context, arguments, "update", true)
}

fn get(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(of(arguments.at(0)).value.borrow().clone().into())
}

pub(super) static MUTEX: ForeignKind = ForeignKind::new("Mutex");

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "mutex(value = null)",
        mutex as Call,
        "A value that one task at a time works with: `m.with(v => …)`, `m.update(v => …)`.",
    ),
    Entry::function(
        "with(mutex, f)",
        with,
        "Waits until no other task works with the value, calls a function with it, and gives what the function gives.",
    )
    .at(Place::Method)
    .on_foreign(&MUTEX),
    Entry::function("update(mutex, f)", update, "The same; what the function gives becomes the value.")
        .at(Place::Method)
        .on_foreign(&MUTEX),
    Entry::function("get(mutex)", get, "The value as it is now.").at(Place::Method).on_foreign(&MUTEX),
];
