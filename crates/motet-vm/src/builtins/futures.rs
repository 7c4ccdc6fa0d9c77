//! Futures: their methods, and waiting for several at once.

use super::arguments::{WithOptions, callable, wrong};
use super::entry::{Entry, Place};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::future::{FUTURE, Future, FutureState};
use crate::interpreter::coroutine_from_here;
use crate::memory::{Tag, Value};
use crate::native::{Arguments, CallArguments, Outcome, Resume, WaitKind};

/// What is awaited of several futures.
#[derive(Clone, Copy, PartialEq)]
enum Goal {
    /// All results, or the first error.
    All,
    /// The first result, or an error if there is none.
    Any,
    /// The first to end, well or not.
    Race,
}

/// A task that waits for several futures; other values count as futures that are done.
struct Several {
    goal: Goal,
    futures: Vec<Value>,
    /// Leaves its token with each once; a token serves one suspension, so they are renewed.
    waits: bool,
}

impl Several {
    /// What each has come to; none while that leaves the goal open.
    fn look(&self) -> Option<std::result::Result<Vec<Value>, Option<Value>>> {
        let mut results = Vec::with_capacity(self.futures.len());
        let (mut last_error, mut pending) = (None, 0);
        for future in &self.futures {
            let body = Future::of(future);
            if self.goal == Goal::Any && body.is_some_and(Future::has_failed) {
                if let Some(FutureState::Failed(error)) = body.map(Future::observe) {
                    last_error.get_or_insert(error);
                }
                continue;
            }
            match body.map_or_else(|| FutureState::Done(future.clone()), Future::observe) {
                FutureState::Pending => pending += 1,
                FutureState::Failed(error) => return Some(Err(Some(error))),
                FutureState::Done(value) if self.goal == Goal::All => results.push(value),
                FutureState::Done(value) => return Some(Ok(vec![value])),
            }
        }
        match self.goal {
            _ if pending > 0 => None,
            Goal::All => Some(Ok(results)),
            Goal::Any | Goal::Race => Some(Err(last_error)),
        }
    }

    fn name_of(goal: Goal) -> &'static str {
        match goal {
            Goal::All => "await_all",
            Goal::Any => "await_any",
            Goal::Race => "race",
        }
    }

    fn forget_waits(&mut self, context: &Context<'_>) {
        if std::mem::take(&mut self.waits) {
            let token = context.isolate.tasks.former_token();
            self.futures.iter().filter_map(Future::of).for_each(|future| future.remove_waiter(token));
        }
    }
}

impl Resume for Several {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        self.forget_waits(context);
        match self.look() {
            Some(Ok(results)) if self.goal == Goal::All => Ok(context.heap().list(results).into()),
            Some(Ok(results)) => Ok(results.into_iter().next().unwrap_or_default().into()),
            Some(Err(Some(error))) => {
                let name = Several::name_of(self.goal);
                crate::interpreter::unwind::continue_trace_in(context.isolate, name, &error);
                Err(Error::thrown(error))
            }
            Some(Err(None)) => {
                let name = Several::name_of(self.goal);
                Err(Error::new(ErrorKind::ValueError, format!("{name} of no futures never ends")))
            }
            None => {
                let token = context.isolate.tasks.upcoming_token();
                let pending = self.futures.iter().filter_map(Future::of).filter(|future| future.is_pending());
                pending.for_each(|future| future.add_waiter(token));
                self.waits = true;
                Ok(Outcome::Wait { kind: WaitKind::Several, then: self })
            }
        }
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        self.forget_waits(context);
        Err(error)
    }

    fn name(&self) -> &'static str {
        Several::name_of(self.goal)
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.futures.iter().for_each(visit);
    }
}

/// What is awaited of the futures that a call names.
fn gathered(context: &mut Context<'_>, arguments: Arguments<'_>, goal: Goal) -> Result<Several> {
    let name = Several::name_of(goal);
    let given: Vec<Value> = match arguments.at(0).as_list() {
        Some(list) if arguments.len() == 1 => list.items().to_vec(),
        _ if arguments.at(0).tag() == Tag::List => return Err(wrong(name, "one list of futures", arguments.at(1))),
        _ => arguments.positional().to_vec(),
    };
    let isolate = &mut *context.isolate;
    let futures: Vec<Value> =
        given.into_iter().map(|value| isolate.scheduler().future_here(&value).unwrap_or(value)).collect();
    // Only what comes of all of them together is the caller's business.
    futures.iter().filter_map(Future::of).for_each(Future::take_charge);
    Ok(Several { goal, futures, waits: false })
}

/// The future of a task that waits for them.
fn future_of_several(context: &mut Context<'_>, several: Several) -> Value {
    let isolate = &mut *context.isolate;
    let coroutine = coroutine_from_here(isolate, Box::new(several));
    isolate.scheduler().add_task(coroutine).1
}

/// Waits, with a timeout if one is given.
fn await_several(context: &mut Context<'_>, arguments: Arguments<'_>, goal: Goal) -> Result<Outcome> {
    let options = WithOptions::of(Several::name_of(goal), arguments, 1, &["timeout"])?;
    let several = gathered(context, Arguments::new(options.positional, &[]), goal)?;
    match options.option("timeout") {
        None => Box::new(several).resume(context, Value::NULL),
        Some(timeout) => {
            let future = future_of_several(context, several);
            super::tasks::await_timeout(context, Arguments::new(&[future, timeout.clone()], &[]))
        }
    }
}

fn await_all(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    await_several(context, arguments, Goal::All)
}

fn await_any(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    await_several(context, arguments, Goal::Any)
}

fn race(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let several = gathered(context, arguments, Goal::Race)?;
    Ok(future_of_several(context, several).into())
}

/// A task that calls a function when a future has ended in the wanted way.
struct Then {
    future: Value,
    function: Value,
    on_success: bool,
}

impl Resume for Then {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        let body = Future::of(&self.future).expect("a future of this isolate");
        if body.is_pending() {
            body.add_waiter(context.isolate.tasks.upcoming_token());
            return Ok(Outcome::Wait { kind: WaitKind::Several, then: self });
        }
        // A failure that only a success would be told of stays unobserved.
        let result = match (body.has_failed(), self.on_success) {
            (true, true) | (false, false) => return Ok(Value::NULL.into()),
            _ => match body.observe() {
                FutureState::Done(value) | FutureState::Failed(value) => value,
                FutureState::Pending => Value::NULL,
            },
        };
        Ok(Outcome::TailCall { function: self.function, arguments: CallArguments::One(result) })
    }

    fn name(&self) -> &'static str {
        if self.on_success { "on_success" } else { "on_failure" }
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.future);
        visit(&self.function);
    }
}

fn then(context: &mut Context<'_>, arguments: Arguments<'_>, on_success: bool, name: &str) -> Result<Outcome> {
    let future = future_of(context, &arguments)?;
    let function = callable(name, arguments.at(1))?.clone();
    let has_ended = Future::of(&future).is_some_and(|body| !body.is_pending());
    let coroutine = coroutine_from_here(context.isolate, Box::new(Then { future, function, on_success }));
    if has_ended {
        context.isolate.scheduler().add_prompt_task(coroutine);
    } else {
        context.isolate.scheduler().add_task(coroutine);
    }
    Ok(arguments.at(0).clone().into())
}

fn on_success(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    then(context, arguments, true, "on_success")
}

fn on_failure(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    then(context, arguments, false, "on_failure")
}

fn cancel(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let future = future_of(context, &arguments)?;
    Ok(Value::bool(context.isolate.scheduler().cancel_future(&future)).into())
}

fn state(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let future = future_of(context, &arguments)?;
    let name = Future::of(&future).map_or("done", Future::state_name);
    Ok(context.heap().string(name).into())
}

fn future_of(context: &mut Context<'_>, arguments: &Arguments<'_>) -> Result<Value> {
    let value = arguments.at(0);
    context.isolate.scheduler().future_here(value).ok_or_else(|| wrong("this method", "a future", value))
}

const METHOD: Place = Place::Method;

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "await_all(...futures, timeout: none)",
        await_all,
        "Waits for a list of futures and gives the list of all results; throws the first error.",
    ).at_least(1),
    Entry::function(
        "await_any(...futures, timeout: none)",
        await_any,
        "Waits for a list of futures and gives the first result; throws only if all fail, the first error of the list.",
    ).at_least(1),
    Entry::function("race(...futures)", race, "A future that ends like the first of several.").at_least(1),
    Entry::function("on_success(future, f)", on_success, "Calls a function with the result, when it is there: at the next safe point if it is there already.")
        .at(METHOD)
        .on_foreign(&FUTURE),
    Entry::function("on_failure(future, f)", on_failure, "Calls a function with the error, if there is one.")
        .at(METHOD)
        .on_foreign(&FUTURE),
    Entry::function(
        "cancel(future)",
        cancel,
        "Has the task that works on the future stop at its next safe point, with the error `Cancelled`. False if it has ended.",
    )
    .at(METHOD)
    .on_foreign(&FUTURE),
    Entry::function("state(future)", state, "`pending`, `done` or `failed`.").at(METHOD).on_foreign(&FUTURE),
];
