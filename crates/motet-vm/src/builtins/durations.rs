//! Durations: how long to wait, with its unit.

use super::arguments::{bad_value, number};
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
pub(super) fn of(value: &Value) -> Option<Duration> {
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

pub(super) static NATIVES: &[Entry] = &[
    Entry::new("milliseconds(number)", (1, 1), milliseconds, "A duration, for `sleep` and timeouts."),
    Entry::new("seconds(number)", (1, 1), seconds, "A duration of so many seconds."),
    Entry::new("minutes(number)", (1, 1), minutes, "A duration of so many minutes."),
    Entry::new("hours(number)", (1, 1), hours, "A duration of so many hours."),
    Entry::new("days(number)", (1, 1), days, "A duration of so many days of 24 hours."),
    Entry::new("in_milliseconds(duration)", (1, 1), in_milliseconds, "A duration as a number of milliseconds.")
        .at(Place::Method)
        .on_foreign(&DURATION),
    Entry::new("in_seconds(duration)", (1, 1), in_seconds, "A duration as a number of seconds.")
        .at(Place::Method)
        .on_foreign(&DURATION),
];
