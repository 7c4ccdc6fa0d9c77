//! Durations: how long to wait, with its unit.

use super::arguments::{bad_value, number, wrong};
use super::entry::{Entry, Place};
use crate::context::Context;
use crate::error::Result;
use crate::memory::{ForeignKind, ForeignObject, Value};
use crate::native::{Arguments, Outcome};
use std::sync::Arc;
use std::time::Duration;

/// The longest: about 292 years, what fits a clock that counts nanoseconds.
pub(super) const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// A duration as programs hold it: immutable, so every thread may have it.
struct DurationValue(Duration);

pub(super) static DURATION: ForeignKind = ForeignKind::new("Duration");

impl ForeignObject for DurationValue {
    fn kind(&self) -> &'static ForeignKind {
        &DURATION
    }

    fn stands_for(&self) -> Option<u128> {
        Some(self.0.as_nanos())
    }

    fn display(&self) -> Option<String> {
        Some(format!("{:?}", self.0))
    }
}

/// The duration that a value is.
pub fn of(value: &Value) -> Option<Duration> {
    value.as_foreign()?.downcast::<DurationValue>().map(|value| value.0)
}

/// So many seconds; more than the longest is the longest.
pub(super) fn from_seconds(function: &str, seconds: f64) -> Result<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(bad_value(format!("{function} takes a number that is not negative")));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST))
}

fn make(context: &Context<'_>, arguments: &Arguments<'_>, function: &str, unit: f64) -> Result<Outcome> {
    let duration = from_seconds(function, number(function, arguments.at(0))? * unit)?;
    Ok(context.heap().shared_foreign(Arc::new(DurationValue(duration))).into())
}

fn milliseconds(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, &arguments, "milliseconds", 0.001)
}

fn seconds(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, &arguments, "seconds", 1.0)
}

fn minutes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, &arguments, "minutes", 60.0)
}

fn hours(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, &arguments, "hours", 3600.0)
}

fn days(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, &arguments, "days", 86400.0)
}

fn in_milliseconds(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let duration = of(arguments.at(0)).expect("a method of durations");
    Ok(Value::float(duration.as_secs_f64() * 1000.0).into())
}

fn in_seconds(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::float(of(arguments.at(0)).expect("a method of durations").as_secs_f64()).into())
}

/// The operand beside a duration, if it is one too.
fn operand(function: &str, value: &Value) -> Result<Duration> {
    of(value).ok_or_else(|| {
        wrong(function, "a duration", value).with_hint("a number gets its unit: seconds(1), milliseconds(250)")
    })
}

fn given(context: &Context<'_>, duration: Duration) -> Outcome {
    context.heap().shared_foreign(Arc::new(DurationValue(duration.min(LONGEST)))).into()
}

fn add(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (operand("add", arguments.at(0))?, operand("add", arguments.at(1))?);
    Ok(given(context, a.saturating_add(b)))
}

fn subtract(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (operand("subtract", arguments.at(0))?, operand("subtract", arguments.at(1))?);
    let left = a
        .checked_sub(b)
        .ok_or_else(|| bad_value("a duration is not negative").with_hint("compare them first: if (a < b) { … }"))?;
    Ok(given(context, left))
}

fn multiply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let duration = operand("multiply", arguments.at(0))?;
    let factor = number("multiply", arguments.at(1))?;
    Ok(given(context, from_seconds("multiply", duration.as_secs_f64() * factor)?))
}

/// By a number a duration, by a duration how many times it is in the first.
fn divide(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let duration = operand("divide", arguments.at(0))?;
    if let Some(other) = of(arguments.at(1)) {
        return Ok(Value::float(duration.as_secs_f64() / other.as_secs_f64()).into());
    }
    let divisor = number("divide", arguments.at(1))?;
    Ok(given(context, from_seconds("divide", duration.as_secs_f64() / divisor)?))
}

fn compare(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (operand("compare", arguments.at(0))?, operand("compare", arguments.at(1))?);
    Ok(Value::int(a.cmp(&b) as i64).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("milliseconds(number)", milliseconds, "A duration, for `sleep` and timeouts."),
    Entry::function("seconds(number)", seconds, "A duration of so many seconds."),
    Entry::function("minutes(number)", minutes, "A duration of so many minutes."),
    Entry::function("hours(number)", hours, "A duration of so many hours."),
    Entry::function("days(number)", days, "A duration of so many days of 24 hours."),
    Entry::function("in_milliseconds(duration)", in_milliseconds, "A duration as a number of milliseconds.")
        .at(Place::Method)
        .on_foreign(&DURATION),
    Entry::function("in_seconds(duration)", in_seconds, "A duration as a number of seconds.")
        .at(Place::Method)
        .on_foreign(&DURATION),
    Entry::method(&DURATION, "add(duration, other)", add, "What `+` means: both together."),
    Entry::method(&DURATION, "subtract(duration, other)", subtract, "What `-` means: the first without the second."),
    Entry::method(&DURATION, "multiply(duration, number)", multiply, "What `*` means: so many times the duration."),
    Entry::method(&DURATION, "reverse_multiply(duration, number)", multiply, "The same with the number in front."),
    Entry::method(
        &DURATION,
        "divide(duration, other)",
        divide,
        "What `/` means: a part of it, or how many times another.",
    ),
    Entry::method(&DURATION, "compare(duration, other)", compare, "What `<` means: below 0 if the first is shorter."),
];
