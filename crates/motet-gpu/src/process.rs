//! What one process answers.

use crate::cells::{result, words};
use crate::job::Held;
use crate::receiver::{blocking, receiver};
use crate::shared::failure;
use motet_lanes::InputEvent;
use motet_lanes::station::{End, Stage, StationProcess};
use motet_std::record;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, count, integer};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::{Operation, OperationError};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

pub(crate) static PROCESS: ForeignKind = ForeignKind::new("LaneProcess");

/// A handle to a process.
pub(crate) struct Handle {
    pub process: StationProcess,
    /// Held so that it goes on.
    pub _held: Arc<Held>,
}

impl ForeignObject for Handle {
    fn kind(&self) -> &'static ForeignKind {
        &PROCESS
    }

    fn display(&self) -> Option<String> {
        Some(format!("<LaneProcess {}>", self.process.number()))
    }

    fn stands_for(&self) -> Option<u128> {
        Some(self.process.identity().into())
    }
}

fn own(arguments: &Arguments<'_>) -> StationProcess {
    receiver::<Handle>(arguments).process.clone()
}

/// An error at once.
pub(crate) fn thrown(error: &OperationError) -> Error {
    Error::new(error.kind, error.message.clone())
}

/// The event that arguments from the second on say: kind, code, x, y.
pub(crate) fn event(function: &str, arguments: &Arguments<'_>) -> Result<InputEvent> {
    let word = |at: usize, name: &str| match arguments.positional().get(at) {
        None => Ok(0),
        Some(value) => {
            let number = integer(function, name, value)?;
            i32::try_from(number).map_err(|_| bad_value(format!("{name} of {function} has 32 bits, not {number}")))
        }
    };
    Ok(InputEvent { kind: word(1, "kind")?, code: word(2, "code")?, x: word(3, "x")?, y: word(4, "y")? })
}

/// Calls `told` when all these have ended.
pub(crate) fn when_all(processes: &[StationProcess], told: impl FnOnce() + Send + 'static) {
    /// Told when the last one lets go of it.
    struct Last<F: FnOnce()>(Option<F>);
    impl<F: FnOnce()> Drop for Last<F> {
        fn drop(&mut self) {
            if let Some(told) = self.0.take() {
                told();
            }
        }
    }
    let last = Arc::new(std::sync::Mutex::new(Last(Some(told))));
    for process in processes {
        let last = Arc::clone(&last);
        process.on_end(move |_| drop(last));
    }
}

/// Suspends the task until the process has ended, and makes a value of what it left.
fn when_ended(
    context: &mut Context<'_>,
    name: &'static str,
    arguments: &Arguments<'_>,
    finish: impl FnOnce(&mut Context<'_>, u32, &End) -> Result<Value> + 'static,
) -> Result<Outcome> {
    let process = own(arguments);
    let handle = arguments.at(0).clone();
    let number = process.number();
    let begin = move |operation: Operation<Arc<End>>| {
        process.on_end(move |end| operation.complete(Ok(Arc::clone(end))));
        Ok(())
    };
    context.wait_for(name, begin, move |context, end| {
        drop(handle);
        finish(context, number, &end)
    })
}

fn process_result(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    when_ended(context, "result", &arguments, |context, number, end| result(context, number, end))
}

/// `{outcome, compiled, work}`.
pub(crate) fn outcome_record(context: &Context<'_>, number: u32, end: &End) -> Value {
    let heap = context.heap();
    let value = result(context, number, end).unwrap_or(Value::NULL);
    let fields = [
        ("process", Value::int(i64::from(number))),
        ("outcome", heap.string(&words(&end.outcome))),
        ("result", value),
        ("compiled", Value::bool(end.was_compiled)),
        ("work", Value::int(i64::try_from(end.work).unwrap_or(i64::MAX))),
    ];
    record(context, fields)
}

fn outcome(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    when_ended(context, "outcome", &arguments, |context, number, end| Ok(outcome_record(context, number, end)))
}

fn status(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = match own(&arguments).stage() {
        Stage::Waits => "waits",
        Stage::Runs => "runs",
        Stage::RunsCompiled => "runs compiled",
        Stage::Ended => "ended",
    };
    Ok(context.heap().string(text).into())
}

fn work(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(i64::try_from(own(&arguments).work()).unwrap_or(i64::MAX)).into())
}

fn number(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(i64::from(own(&arguments).number())).into())
}

fn memory(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "memory";
    let process = own(&arguments);
    let address = count(NAME, "address", arguments.at(1))? as u64;
    let length = count(NAME, "length", arguments.at(2))?;
    if length > context.most_text() {
        return Err(Error::new(ErrorKind::LimitError, format!("memory gives at most {} bytes", context.most_text())));
    }
    let work = move || {
        process.read_memory(address, length).map_err(|error| {
            let refused = failure(&error);
            match process.end() {
                Some(end) if !end.keeps_memory() => {
                    let what = format!("the memory of process {} went with its end", process.number());
                    OperationError::new(ErrorKind::Closed, what).with_hint("`keep_memory: true` of lanes keeps it")
                }
                _ => refused,
            }
        })
    };
    blocking(context, NAME, &arguments, work, |context, bytes| Ok(context.heap().bytes(bytes)))
}

fn send(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let event = event("send", &arguments)?;
    own(&arguments).send(event).map_err(|error| thrown(&failure(&error)))?;
    Ok(Value::NULL.into())
}

fn focus(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    own(&arguments).focus().map_err(|error| thrown(&failure(&error)))?;
    Ok(Value::NULL.into())
}

fn kill(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let process = own(&arguments);
    let work = move || process.kill().map_err(|error| failure(&error));
    blocking(context, "kill", &arguments, work, |_, ()| Ok(Value::NULL))
}

fn priority(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "priority";
    let process = own(&arguments);
    let Some(wanted) = arguments.positional().get(1) else {
        return Ok(Value::int(i64::from(process.priority())).into());
    };
    let wanted = priority_of(NAME, wanted)?;
    let work = move || process.set_priority(wanted).map_err(|error| failure(&error));
    blocking(context, NAME, &arguments, work, move |_, ()| Ok(Value::int(i64::from(wanted))))
}

/// A priority that is an argument.
pub(crate) fn priority_of(function: &str, value: &Value) -> Result<u32> {
    let wanted = integer(function, "priority", value)?;
    u32::try_from(wanted).map_err(|_| bad_value(format!("priority of {function} is 0 to {}, not {wanted}", u32::MAX)))
}

pub(crate) static METHODS: &[Entry] = &[
    Entry::method(
        &PROCESS,
        "result(process)",
        process_result,
        "Waits for the end of a process and gives what its function returned: null, a number, or a list of several; the code of a command, `r0` of a lane program. Throws if it trapped, failed or was killed.",
    ),
    Entry::method(
        &PROCESS,
        "outcome(process)",
        outcome,
        "Waits for the end of a process and gives `{process, outcome, result, compiled, work}`, however it ended.",
    ),
    Entry::method(&PROCESS, "status(process)", status, "`\"waits\"`, `\"runs\"`, `\"runs compiled\"` or `\"ended\"`."),
    Entry::method(
        &PROCESS,
        "work(process)",
        work,
        "Instructions that a process has carried out; turns of loops and calls where it ran compiled, once it has ended.",
    ),
    Entry::method(&PROCESS, "number(process)", number, "The number of a process among those of its call, from 0."),
    Entry::method(
        &PROCESS,
        "memory(process, address, length)",
        memory,
        "Bytes of the memory of a process, while it runs; after its end if `keep_memory: true` was asked for.",
    ),
    Entry::method(
        &PROCESS,
        "send(process, kind, code = 0, x = 0, y = 0)",
        send,
        "Sends an input event to a process: four integers of 32 bits, on whose meaning the program decides.",
    ),
    Entry::method(&PROCESS, "focus(process)", focus, "Lets what `send` of all processes sends go to this one."),
    Entry::method(&PROCESS, "kill(process)", kill, "Ends a process, wherever it is."),
    Entry::method(
        &PROCESS,
        "priority(process, new = null)",
        priority,
        "The priority of a process, which higher ones go before; with a second argument, gives it another.",
    ),
];
