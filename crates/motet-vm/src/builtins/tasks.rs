//! Waiting: what suspends the task that calls it, and nothing else.

use super::arguments::wrong;
use super::entry::{Call, Entry, Place};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Value;
use crate::native::{Arguments, Outcome, Resume};
use std::time::Duration;

/// The longest time that anything waits: about 292 years, what fits a clock that counts nanoseconds.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// A number of milliseconds.
fn duration(function: &str, value: &Value) -> Result<Duration> {
    let Some(milliseconds) = value.as_number() else { return Err(wrong(function, "a number of milliseconds", value)) };
    if milliseconds.is_nan() || milliseconds < 0.0 {
        return Err(Error::new(
            ErrorKind::ValueError,
            format!("{function} cannot wait for {milliseconds:?} milliseconds"),
        ));
    }
    Ok(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(LONGEST).min(LONGEST))
}

/// Gives what was waited for.
struct Done;

impl Resume for Done {
    fn resume(self: Box<Self>, _: &mut Context<'_>, result: Value) -> Result<Outcome> {
        Ok(result.into())
    }

    fn name(&self) -> &'static str {
        "sleep"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn sleep(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let after = duration("sleep", arguments.at(0))?;
    let future = context.isolate.timer(after);
    Ok(Outcome::Await { future, then: Box::new(Done) })
}

fn timer(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let after = duration("sleep", arguments.at(0))?;
    Ok(context.isolate.timer(after).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::new("sleep(milliseconds)", (1, 1), sleep as Call, "Suspends the task for a time; other tasks go on."),
    Entry::new("%timer(milliseconds)", (1, 1), timer as Call, "A future that completes with null after a time.")
        .at(Place::Helper),
];
