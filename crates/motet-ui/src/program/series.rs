//! `ui_series`: a series that a program appends to while plots show it.

use crate::plot::{LIVE_SERIES, LiveConfig, LiveSeries, Mixed, Numbers, numbers_of};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

/// Units of work that appending so many values is.
const VALUES_PER_UNIT: usize = 8;

fn ui_series(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("ui_series", arguments, 0, &["keep", "step"])?;
    let mut config = LiveConfig::default();
    if let Some(value) = options.option("keep") {
        let keep = count("ui_series", "keep", &value)?;
        if keep == 0 {
            return Err(bad_value("keep of ui_series is 1 or more, not 0"));
        }
        config.keep = Some(keep);
    }
    if let Some(value) = options.option("step") {
        let step = value.as_number().filter(|step| step.is_finite() && *step > 0.0);
        config.step = Some(step.ok_or_else(|| wrong("ui_series", "a number above 0 as step", &value))?);
    }
    Ok(context.heap().shared_foreign(Arc::new(LiveSeries::new(config))).into())
}

fn series_at<'a>(arguments: &'a Arguments<'_>) -> &'a LiveSeries {
    arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast()).expect("a method of series")
}

fn put(context: &mut Context<'_>, arguments: &Arguments<'_>, xs: &[f64], ys: &[f64]) -> Result<Outcome> {
    context.work(ys.len() / VALUES_PER_UNIT)?;
    series_at(arguments).append(xs, ys).map_err(|Mixed| {
        let error = match xs.is_empty() {
            true => "the points of this series have an x each, and these have none",
            false => "x counts in this series, and these points have an x of their own",
        };
        Error::type_error(error).with_hint("series.clear() begins anew")
    })?;
    Ok(arguments.at(0).clone().into())
}

fn push(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let number = |index: usize| {
        let value = arguments.at(index);
        // A value that is missing is a gap.
        let number = if value.is_null() && index + 1 == arguments.len() { Some(f64::NAN) } else { value.as_number() };
        number.ok_or_else(|| wrong("push", "numbers", value))
    };
    match arguments.len() {
        2 => put(context, &arguments, &[], &[number(1)?]),
        _ => put(context, &arguments, &[number(1)?], &[number(2)?]),
    }
}

fn append(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(1);
    let numbers = numbers_of(value, context.most_items()).map_err(|expected| wrong("append", &expected, value))?;
    let Numbers { xs, ys, columns } = numbers;
    if columns > 0 {
        return Err(wrong("append", "a list of numbers, of pairs [x, y], or two lists {x, y}", value));
    }
    put(context, &arguments, &xs, &ys)
}

fn clear(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    series_at(&arguments).clear();
    Ok(arguments.at(0).clone().into())
}

fn length(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(series_at(&arguments).len() as i64).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "ui_series(keep: null, step: 1)",
        ui_series,
        "Points for `ui_plot` that a program appends to, from any thread; what is there is not copied. `keep`: how many are \
         kept at most; `step`: how far apart points are that have no x of their own.",
    ),
    Entry::method(
        &LIVE_SERIES,
        "append(series, values)",
        append,
        "Appends a list of numbers, of pairs `[x, y]`, or two lists `{x, y}`; gives the series.",
    ),
    Entry::method(
        &LIVE_SERIES,
        "push(series, x, y = null)",
        push,
        "Appends one point: `push(y)`, or `push(x, y)`; gives the series.",
    ),
    Entry::method(&LIVE_SERIES, "clear(series)", clear, "Forgets all points; gives the series."),
    Entry::method(&LIVE_SERIES, "length(series)", length, "How many points it holds."),
];
