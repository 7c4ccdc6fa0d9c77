//! Work that comes from outside of the program's own tasks: effects that a set elsewhere makes necessary, values that an embedder
//! wants, calls whose reads are followed.

use super::another_program;
use super::reading::read;
use super::running::{EFFECT, null, run_effects, run_effects_then};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::Isolate;
use crate::memory::Value;
use crate::native::{CallArguments, Outcome, Resume};
use crate::signals::{COMPUTED, Computed};
use crate::vm::{Tracker, Tracking};
use std::sync::Arc;

/// The state of a task that runs effects because a signal was set elsewhere.
pub(crate) struct EffectsElsewhere;

impl Resume for EffectsElsewhere {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        run_effects(context.isolate, Value::NULL)
    }

    fn name(&self) -> &'static str {
        EFFECT.name()
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// The state of a task that brings a computed value up to date for an embedder.
pub(crate) struct Wanted(pub Computed);

impl Resume for Wanted {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        read(context.isolate, &self.0, false)
    }

    fn name(&self) -> &'static str {
        COMPUTED.name()
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// The state of a call from outside whose reads a tracker remembers.
pub(crate) struct Tracked {
    tracking: Tracking,
    function: Value,
    arguments: Vec<Value>,
    /// What was claimed before; none before the call.
    base: Option<usize>,
}

impl Tracked {
    pub fn new(isolate: &Isolate, tracker: &Tracker, function: Value, arguments: Vec<Value>) -> Result<Tracked> {
        let tracking = tracker.begin().ok_or_else(|| {
            Error::new(ErrorKind::ValueError, "this tracker follows another call")
                .with_hint("it follows one call at a time; make another one")
        })?;
        if !Arc::ptr_eq(tracking.effect().graph(), &isolate.thread().program().machine.graph) {
            return Err(another_program());
        }
        Ok(Tracked { tracking, function, arguments, base: None })
    }

    /// What has been read until now is remembered.
    fn end(&self, isolate: &mut Isolate) {
        if let Some(base) = self.base {
            isolate.session().finish(Ok(null()), base);
        }
    }
}

impl Resume for Tracked {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        if self.base.is_some() {
            self.end(isolate);
            return run_effects(isolate, result);
        }
        let session = isolate.session();
        self.base = Some(session.base());
        session.run_anew(self.tracking.effect(), self.tracking.place());
        let (function, arguments) = (self.function.clone(), std::mem::take(&mut self.arguments));
        Ok(Outcome::Call { function, arguments: CallArguments::Many(arguments), then: self })
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        self.end(isolate);
        let instance = crate::interpreter::unwind::error_instance(isolate, error);
        if isolate.is_cancellation(&instance) || isolate.is_ending {
            return Err(Error::thrown(instance));
        }
        run_effects_then(isolate, Err(instance))
    }

    fn name(&self) -> &'static str {
        "tracked call"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        self.arguments.iter().for_each(visit);
    }
}
