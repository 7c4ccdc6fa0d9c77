//! Waiting: what suspends the task that calls it, and nothing else.

use super::arguments::wrong;
use super::durations;
use super::entry::{Entry, Place};
use crate::concurrency::TimerKey;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::future::{Future, FutureState};
use crate::memory::Value;
use crate::native::{Arguments, CallArguments, Outcome, Resume, WaitKind};
use crate::scheduler::deadline;
use std::time::Duration;

/// A number of milliseconds, or a duration.
pub(super) fn duration(function: &str, value: &Value) -> Result<Duration> {
    if let Some(duration) = durations::of(value) {
        return Ok(duration);
    }
    let Some(milliseconds) = value.as_number() else {
        return Err(wrong(function, "a number of milliseconds or a duration", value));
    };
    if milliseconds.is_nan() || milliseconds < 0.0 {
        return Err(Error::new(
            ErrorKind::ValueError,
            format!("{function} cannot wait for {milliseconds:?} milliseconds"),
        ));
    }
    durations::from_seconds(function, milliseconds / 1000.0)
}

/// A task that sleeps.
struct Sleeping(TimerKey);

impl Resume for Sleeping {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        Ok(Value::NULL.into())
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        context.isolate.tasks.timers.cancel(self.0);
        Err(error)
    }

    fn name(&self) -> &'static str {
        "sleep"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn sleep(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let after = duration("sleep", arguments.at(0))?;
    let token = context.isolate.tasks.upcoming_token();
    let key = context.isolate.tasks.timers.set(deadline(after), token);
    Ok(Outcome::Wait { kind: WaitKind::Time, then: Box::new(Sleeping(key)) })
}

/// A task that waits for a future, but not for long.
struct Limited {
    future: Value,
    timer: TimerKey,
    limit: Duration,
}

impl Limited {
    /// Gives the result if it is there.
    fn look(self: Box<Self>, context: &mut Context<'_>, is_over: bool) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        let body = Future::of(&self.future).expect("it waits for one");
        match body.observe() {
            FutureState::Done(value) => {
                isolate.tasks.timers.cancel(self.timer);
                Ok(value.into())
            }
            FutureState::Failed(error) => {
                isolate.tasks.timers.cancel(self.timer);
                crate::interpreter::unwind::continue_trace_in(isolate, "await", &error);
                Err(Error::thrown(error))
            }
            FutureState::Pending if is_over => {
                let message = format!("nothing came within {} milliseconds", self.limit.as_secs_f64() * 1000.0);
                Err(Error::new(ErrorKind::Timeout, message))
            }
            FutureState::Pending => {
                body.add_waiter(isolate.tasks.upcoming_token());
                Ok(Outcome::Wait { kind: WaitKind::Several, then: self })
            }
        }
    }
}

impl Resume for Limited {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        // Both the future and the timer wake it, and only the timer when there is nothing.
        let isolate = &mut *context.isolate;
        if let Some(body) = Future::of(&self.future) {
            body.remove_waiter(isolate.tasks.former_token());
        }
        self.look(context, true)
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        isolate.tasks.timers.cancel(self.timer);
        if let Some(body) = Future::of(&self.future) {
            body.remove_waiter(isolate.tasks.former_token());
        }
        Err(error)
    }

    fn name(&self) -> &'static str {
        "await"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.future);
    }
}

pub(super) fn await_timeout(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let limit = duration("await", arguments.at(1))?;
    let isolate = &mut *context.isolate;
    let Some(future) = isolate.scheduler().future_here(arguments.at(0)) else {
        return Ok(arguments.at(0).clone().into());
    };
    let token = isolate.tasks.upcoming_token();
    let timer = isolate.tasks.timers.set(deadline(limit), token);
    Box::new(Limited { future, timer, limit }).look(context, false)
}

/// A call during which no message callback runs.
fn hold_enter(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    context.isolate.tasks.holds += 1;
    Ok(Value::NULL.into())
}

fn hold_exit(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    context.isolate.scheduler().leave_hold();
    Ok(Value::NULL.into())
}

/// A task that lets others go first.
struct Yielded;

impl Resume for Yielded {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        Ok(Value::NULL.into())
    }

    fn name(&self) -> &'static str {
        "pause"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn pause(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    let isolate = &mut *context.isolate;
    isolate.scheduler().wake_after_suspension();
    Ok(Outcome::Wait { kind: WaitKind::Time, then: Box::new(Yielded) })
}

/// The body of a scope, and then the wait for its tasks.
struct Scoped {
    scope: std::rc::Rc<crate::scheduler::Scope>,
    /// None while the body runs.
    body: Option<Result<Value>>,
}

impl Scoped {
    fn finish(mut self: Box<Self>, context: &mut Context<'_>, body: Result<Value>) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        if body.is_err() {
            isolate.scheduler().cancel_scope(&self.scope);
        }
        if self.scope.is_empty() {
            isolate.scheduler().close_scope(&self.scope);
            return match self.scope.take_failure() {
                Some(error) => Err(Error::thrown(error)),
                None => Ok(body?.into()),
            };
        }
        self.scope.wait(isolate.tasks.upcoming_token());
        self.body = Some(body);
        Ok(Outcome::Wait { kind: WaitKind::Scope, then: self })
    }
}

impl Resume for Scoped {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let body = self.body.take().unwrap_or(Ok(result));
        self.finish(context, body)
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        self.body = None;
        self.finish(context, Err(error))
    }

    fn name(&self) -> &'static str {
        "scope"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(Ok(value)) = &self.body {
            visit(value);
        }
    }
}

fn scope(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let scope = context.isolate.scheduler().open_scope();
    let then = Box::new(Scoped { scope, body: None });
    Ok(Outcome::Call { function: arguments.at(0).clone(), arguments: CallArguments::None, then })
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "sleep(time)",
        sleep,
        "Suspends the task for a time, milliseconds or a duration; other tasks go on.",
    ),
    Entry::function("pause()", pause, "Lets the other tasks that can go on have their turn first."),
    Entry::function("%await_timeout(value, milliseconds)", await_timeout, "Awaits, but not for longer.")
        .at(Place::Helper),
    Entry::function("%hold_enter()", hold_enter, "Keeps message callbacks out.").at(Place::Helper),
    Entry::function("%hold_exit()", hold_exit, "Lets message callbacks in again.").at(Place::Helper),
    Entry::function("%scope(body)", scope, "Calls the body and waits for the tasks started meanwhile.")
        .at(Place::Helper),
];
