//! What goes on while the function of an update, or of a batch, runs.

use super::running::{run_effects, run_effects_then};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::isolate::{Ended, Isolate};
use crate::memory::Value;
use crate::native::{CallArguments, Outcome, Resume};
use crate::signals::{SetEnd, Signal};

/// The state while the function of an `update` runs.
pub(super) struct Updating {
    signal: Signal,
    function: Value,
    version: u64,
    /// Of the call, for messages.
    place: Option<Ended>,
}

impl Updating {
    pub fn begin(isolate: &mut Isolate, signal: Signal, function: Value, place: Option<Ended>) -> Outcome {
        isolate.begin_update(&signal, place);
        let (value, version) = isolate.session().value_to_update(&signal);
        let arguments = CallArguments::One(value.into_value());
        Outcome::Call {
            function: function.clone(),
            arguments,
            then: Box::new(Updating { signal, function, version, place }),
        }
    }
}

impl Resume for Updating {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        isolate.end_update();
        let value = isolate.freeze_for_signal(&result, "a signal")?;
        let result = value.to_value();
        let Updating { signal, function, version, place } = *self;
        match isolate.session().set(&signal, value, Some(version)) {
            SetEnd::Stored => run_effects(isolate, result),
            SetEnd::Quiet => {
                isolate.note_update(&signal, &function);
                Ok(result.into())
            }
            // Another thread was first.
            SetEnd::Changed => Ok(Updating::begin(isolate, signal, function, place)),
        }
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        context.isolate.end_update();
        Err(error)
    }

    fn name(&self) -> &'static str {
        "update"
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
    }
}

/// The state of a batch.
pub(super) enum Batching {
    /// Its function runs.
    Running,
    /// Another thread has set what it updates: the updates are made again, last first.
    Again { result: std::result::Result<Value, Value>, left: Vec<(Signal, Value)>, at: Option<Signal> },
}

impl Batching {
    /// Stores what the batch has set.
    fn end(isolate: &mut Isolate, result: std::result::Result<Value, Value>) -> Result<Outcome> {
        match isolate.session().end_batch() {
            Ok(end) => {
                if !isolate.session().is_batching() {
                    isolate.forget_updates();
                }
                match (result, end) {
                    (Ok(result), SetEnd::Stored) => run_effects(isolate, result),
                    (Ok(result), _) => Ok(result.into()),
                    // The effects first: they see what was set before the error.
                    (Err(error), SetEnd::Stored) => run_effects_then(isolate, Err(error)),
                    (Err(error), _) => Err(Error::thrown(error)),
                }
            }
            Err(conflicts) => {
                conflicts.iter().for_each(|signal| isolate.session().rebase(signal));
                let mut left = isolate.updates_of(&conflicts);
                left.reverse();
                Ok(Batching::again(isolate, result, left)?)
            }
        }
    }

    fn again(
        isolate: &mut Isolate,
        result: std::result::Result<Value, Value>,
        mut left: Vec<(Signal, Value)>,
    ) -> Result<Outcome> {
        let Some((signal, function)) = left.pop() else { return Batching::end(isolate, result) };
        let (value, _) = isolate.session().value_to_update(&signal);
        let then = Box::new(Batching::Again { result, left, at: Some(signal) });
        Ok(Outcome::Call { function, arguments: CallArguments::One(value.into_value()), then })
    }
}

impl Resume for Batching {
    fn resume(self: Box<Self>, context: &mut Context<'_>, value: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        match *self {
            Batching::Running => Batching::end(isolate, Ok(value)),
            Batching::Again { result, left, at } => {
                let value = isolate.freeze_for_signal(&value, "a signal")?;
                if let Some(signal) = at {
                    isolate.session().set_again(&signal, value);
                }
                Batching::again(isolate, result, left)
            }
        }
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        let instance = crate::interpreter::unwind::error_instance(isolate, error);
        match *self {
            Batching::Running if !isolate.is_cancellation(&instance) && !isolate.is_ending => {
                Batching::end(isolate, Err(instance))
            }
            _ => {
                isolate.session().drop_batch();
                isolate.forget_updates();
                Err(Error::thrown(instance))
            }
        }
    }

    fn name(&self) -> &'static str {
        "batch"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Batching::Again { result, left, .. } = self {
            let (Ok(value) | Err(value)) = result;
            visit(value);
            left.iter().for_each(|(_, function)| visit(function));
        }
    }
}
