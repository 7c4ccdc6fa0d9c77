//! Dates and times: `date`, `datetime`, `zoned`, and spans of the calendar. The calendar and the time zones are jiff's, whose
//! database is part of the program: nothing outside is read.
//!
//! | module | its one job |
//! |---|---|
//! | `moment` | dates, dates with a time, and these in a zone |
//! | `span` | years, months and days as one amount |

mod moment;
mod span;

pub(crate) use moment::Moment;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, Unit};
use motet_vm::builtins::arguments::{WithOptions, bad_value, describe, integer, text, too_big, wrong};
use motet_vm::builtins::{Entry, Field};
use motet_vm::memory::{ForeignKind, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};
use span::{Amount, SpanValue};
use std::sync::Arc;

pub(crate) static DATE: ForeignKind = ForeignKind::new("Date");
pub(crate) static DATE_TIME: ForeignKind = ForeignKind::new("DateTime");
pub(crate) static ZONED: ForeignKind = ForeignKind::new("ZonedDateTime");
pub(crate) static SPAN: ForeignKind = ForeignKind::new("Span");

/// Bytes of a text that is read as a date, or says how one is written.
const MOST_TEXT: usize = 1000;

fn give(context: &Context<'_>, moment: Moment) -> Outcome {
    context.heap().shared_foreign(Arc::new(moment)).into()
}

fn give_span(context: &Context<'_>, span: Span) -> Outcome {
    context.heap().shared_foreign(Arc::new(SpanValue(span))).into()
}

/// The error of a text or of numbers that are no date.
#[cold]
fn no_date(function: &str, what: &str, reason: impl std::fmt::Display) -> Error {
    bad_value(format!("{function}: {what}: {reason}"))
}

fn short_text<'a>(function: &str, value: &'a Value) -> Result<&'a str> {
    let text = text(function, value)?.as_str();
    if text.len() > MOST_TEXT { Err(too_big(function, text.len(), MOST_TEXT, "bytes")) } else { Ok(text) }
}

/// A part of a date that was given as an integer.
fn part<T: TryFrom<i64>>(function: &str, what: &str, value: &Value) -> Result<T> {
    let number = integer(function, what, value)?;
    T::try_from(number).map_err(|_| bad_value(format!("{function}: there is no {what} {number}")))
}

fn moment<'a>(function: &str, value: &'a Value) -> Result<&'a Moment> {
    Moment::of(value).ok_or_else(|| wrong(function, "a date", value))
}

/// `date(text)`, `date(2026, 11, 28)`, `date(moment)`.
fn date(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "date";
    let given = WithOptions::of(NAME, arguments, 1, &["format"])?;
    let first = arguments.at(0);
    let date = if let Some(moment) = Moment::of(first) {
        moment.datetime().date()
    } else if let Some(text) = first.as_str() {
        let read = match given.option("format") {
            Some(format) => Date::strptime(short_text(NAME, &format)?, short_text(NAME, first)?),
            None => short_text(NAME, first)?.parse(),
        };
        read.map_err(|error| {
            no_date(NAME, &format!("{text:?}"), error)
                .with_hint("a date is written \"2026-11-28\"; format: \"%d.%m.%Y\" reads others")
        })?
    } else if first.as_int().is_some() {
        let (Some(month), Some(day)) = (given.at(1), given.at(2)) else {
            return Err(bad_value("date takes a text, or year, month and day").with_hint("date(2026, 11, 28)"));
        };
        let numbers = (part(NAME, "year", first)?, part(NAME, "month", month)?, part(NAME, "day", day)?);
        let (year, month, day): (i16, i8, i8) = numbers;
        Date::new(year, month, day).map_err(|error| no_date(NAME, &format!("{year}-{month}-{day}"), error))?
    } else {
        return Err(wrong(NAME, "a text, or year, month and day", first));
    };
    Ok(give(context, Moment::Date(date)))
}

/// `datetime(text)`, `datetime(2026, 11, 28, 12, 30)`, `datetime(moment)`.
fn datetime(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "datetime";
    let given = WithOptions::of(NAME, arguments, 1, &["format"])?;
    let first = arguments.at(0);
    let datetime = if let Some(moment) = Moment::of(first) {
        moment.datetime()
    } else if let Some(text) = first.as_str() {
        let read = match given.option("format") {
            Some(format) => DateTime::strptime(short_text(NAME, &format)?, short_text(NAME, first)?),
            None => short_text(NAME, first)?.parse(),
        };
        read.map_err(|error| {
            no_date(NAME, &format!("{text:?}"), error)
                .with_hint("a date with a time is written \"2026-11-28T12:30\"; zoned(text) reads one with a zone")
        })?
    } else if first.as_int().is_some() {
        let number = |index: usize, what: &str, otherwise: i8| match given.at(index) {
            Some(value) => part(NAME, what, value),
            None => Ok(otherwise),
        };
        let year = part(NAME, "year", first)?;
        let (month, day) = (number(1, "month", 1)?, number(2, "day", 1)?);
        let (hour, minute, second) = (number(3, "hour", 0)?, number(4, "minute", 0)?, number(5, "second", 0)?);
        let shown = || format!("{year}-{month}-{day} {hour}:{minute}:{second}");
        DateTime::new(year, month, day, hour, minute, second, 0).map_err(|error| no_date(NAME, &shown(), error))?
    } else {
        return Err(wrong(NAME, "a text, or year, month, day, hour, minute and second", first));
    };
    Ok(give(context, Moment::DateTime(datetime)))
}

fn zone(function: &str, value: Option<&Value>) -> Result<TimeZone> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(TimeZone::UTC) };
    let name = short_text(function, value)?;
    TimeZone::get(name).map_err(|error| {
        no_date(function, &format!("{name:?}"), error)
            .with_hint("zones have names such as \"Europe/Berlin\" and \"UTC\"")
    })
}

/// `zoned(text)`, `zoned(milliseconds, zone)`, `zoned(moment, zone)`.
fn zoned(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "zoned";
    let (first, given_zone) = (arguments.at(0), arguments.get(1));
    let failed = |error: jiff::Error| no_date(NAME, &describe(first), error);
    let moment = if let Some(moment) = Moment::of(first) {
        moment.in_zone(zone(NAME, given_zone)?).map_err(failed)?
    } else if let Some(number) = first.as_number() {
        let timestamp = Timestamp::from_millisecond(number as i64).map_err(failed)?;
        Moment::Zoned(timestamp.to_zoned_datetime(zone(NAME, given_zone)?))
    } else if first.as_str().is_some() {
        let text = short_text(NAME, first)?;
        match given_zone {
            None => Moment::zoned(text).map_err(|error| failed(error).with_hint("a zoned time is written \"2026-11-28T12:30+01:00[Europe/Berlin]\", or with Z: \"2026-11-28T11:30Z\""))?,
            Some(_) => {
                let datetime: DateTime = text.parse().map_err(failed)?;
                Moment::DateTime(datetime).in_zone(zone(NAME, given_zone)?).map_err(failed)?
            }
        }
    } else {
        return Err(wrong(NAME, "a text, a date, or milliseconds since 1970", first));
    };
    Ok(give(context, moment))
}

/// A date that another form of data holds: with a time or without, and with minutes from UTC or without.
pub(crate) fn read(
    context: &Context<'_>,
    text: &str,
    has_time: bool,
    minutes: Option<i16>,
) -> std::result::Result<Value, String> {
    let failed = |error: jiff::Error| error.to_string();
    let moment = match minutes {
        Some(minutes) => {
            let timestamp: Timestamp = text.parse().map_err(failed)?;
            let offset = Offset::from_seconds(i32::from(minutes) * 60).map_err(failed)?;
            let zone = if minutes == 0 { TimeZone::UTC } else { TimeZone::fixed(offset) };
            Moment::Zoned(timestamp.to_zoned_datetime(zone))
        }
        None if has_time => Moment::DateTime(text.parse().map_err(failed)?),
        None => Moment::Date(text.parse().map_err(failed)?),
    };
    Ok(context.heap().shared_foreign(Arc::new(moment)))
}

/// A date as RFC 3339 writes it; none for what is none.
pub(crate) fn rfc3339(value: &Value) -> Option<String> {
    Some(match Moment::of(value)? {
        Moment::Date(date) => date.to_string(),
        Moment::DateTime(datetime) => datetime.to_string(),
        Moment::Zoned(zoned) => zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
    })
}

fn today(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let zone = zone("today", arguments.get(0))?;
    Ok(give(context, Moment::Date(Timestamp::now().to_zoned_datetime(zone).date())))
}

/// A span of so many of a unit.
fn of_unit(
    context: &Context<'_>,
    arguments: &Arguments<'_>,
    function: &str,
    make: fn(i64) -> std::result::Result<Span, jiff::Error>,
) -> Result<Outcome> {
    let number = integer(function, "its argument", arguments.at(0))?;
    let span = make(number).map_err(|error| bad_value(format!("{function}: {error}")))?;
    Ok(give_span(context, span))
}

fn years(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_unit(context, &arguments, "years", |number| Span::new().try_years(number))
}

fn months(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_unit(context, &arguments, "months", |number| Span::new().try_months(number))
}

fn weeks(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_unit(context, &arguments, "weeks", |number| Span::new().try_weeks(number))
}

fn span_of_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = short_text("span", arguments.at(0))?;
    let span: Span = text.parse().map_err(|error| {
        no_date("span", &format!("{text:?}"), error as jiff::Error)
            .with_hint("a span is written \"P1Y2M3D\" or \"1 year 2 months 3 days\"")
    })?;
    Ok(give_span(context, span))
}

fn moved(context: &Context<'_>, arguments: &Arguments<'_>, function: &str, is_back: bool) -> Result<Outcome> {
    let moment = moment(function, arguments.at(0))?;
    let Some(amount) = Amount::of(arguments.at(1)) else {
        let error = wrong(function, "a span or a duration beside a date", arguments.at(1));
        return Err(error.with_hint("a number gets its unit: days(3), months(1)"));
    };
    let moved = moment.moved(&amount, is_back);
    Ok(give(context, moved.map_err(|reason| bad_value(format!("{function}: {}: {reason}", moment.text())))?))
}

fn add(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    moved(context, &arguments, "add", false)
}

fn subtract(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    match Moment::of(arguments.at(1)) {
        None => moved(context, &arguments, "subtract", true),
        Some(from) => {
            let to = moment("subtract", arguments.at(0))?;
            difference(context, "subtract", from, to, from.largest_unit())
        }
    }
}

fn difference(context: &Context<'_>, function: &str, from: &Moment, to: &Moment, largest: Unit) -> Result<Outcome> {
    match from.until(to, largest) {
        Some(Ok(span)) => Ok(give_span(context, span)),
        Some(Err(error)) => Err(bad_value(format!("{function}: {error}"))),
        None => Err(Error::type_error(format!("{function}: {} and {} are of different kinds", from.text(), to.text()))
            .with_hint("date(x) and datetime(x) are the date and the time of any")),
    }
}

fn until(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (from, to) = (moment("until", arguments.at(0))?, moment("until", arguments.at(1))?);
    let largest = match arguments.get(2) {
        None => from.largest_unit(),
        Some(unit) => match text("until", unit)?.as_str() {
            "years" => Unit::Year,
            "months" => Unit::Month,
            "weeks" => Unit::Week,
            "days" => Unit::Day,
            "hours" => Unit::Hour,
            "minutes" => Unit::Minute,
            "seconds" => Unit::Second,
            other => {
                return Err(bad_value(format!("until knows no unit {other:?}"))
                    .with_hint("the units are years, months, weeks, days, hours, minutes and seconds"));
            }
        },
    };
    difference(context, "until", from, to, largest)
}

fn format(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let moment = moment("format", arguments.at(0))?;
    let pattern = short_text("format", arguments.at(1))?;
    let text = moment.formatted(pattern).map_err(|error| no_date("format", &format!("{pattern:?}"), error))?;
    Ok(context.heap().string(&text).into())
}

fn iso(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(&moment("to_json", arguments.at(0))?.text()).into())
}

fn in_zone(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let moment = moment("in_zone", arguments.at(0))?;
    let zone = zone("in_zone", arguments.get(1))?;
    Ok(give(context, moment.in_zone(zone).map_err(|error| no_date("in_zone", &moment.text(), error))?))
}

fn zone_name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Moment::Zoned(zoned) = moment("zone", arguments.at(0))? else { return Ok(Value::NULL.into()) };
    let name = zoned.time_zone().iana_name().map_or_else(|| zoned.offset().to_string(), str::to_owned);
    Ok(context.heap().string(&name).into())
}

fn milliseconds(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Moment::Zoned(zoned) = moment("milliseconds", arguments.at(0))? else { return Ok(Value::NULL.into()) };
    Ok(Value::int(zoned.timestamp().as_millisecond()).into())
}

fn negate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(give_span(context, -*span("negate", arguments.at(0))?))
}

fn multiply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let factor = integer("multiply", "the factor", arguments.at(1))?;
    let product = span("multiply", arguments.at(0))?.checked_mul(factor);
    Ok(give_span(context, product.map_err(|error| bad_value(format!("multiply: {error}")))?))
}

fn span<'a>(function: &str, value: &'a Value) -> Result<&'a Span> {
    SpanValue::of(value).ok_or_else(|| wrong(function, "a span", value))
}

/// A native of every kind of moment.
macro_rules! of_moments {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        &[$(
            Entry::method(&DATE, $signature, $call, $documentation),
            Entry::method(&DATE_TIME, $signature, $call, $documentation),
            Entry::method(&ZONED, $signature, $call, $documentation),
        )*]
    };
}

pub(crate) static METHODS: &[Entry] = of_moments! {
    "add(date, amount)" add "What `+` means: so much later, by a span or a duration.";
    "subtract(date, other)" subtract "What `-` means: so much earlier, or the span between two dates of one kind.";
    "until(date, other, largest = \"days\")" until "The span to another date, in units up to the largest: \"years\", \"months\", \"weeks\", \"days\", \"hours\", \"minutes\" or \"seconds\".";
    "format(date, pattern)" format "The date as text, by a pattern such as \"%d.%m.%Y\" or \"%A, %H:%M\".";
    "in_zone(date, zone = \"UTC\")" in_zone "The same moment as clocks in a zone show it. A date without a zone is taken for one there.";
    "to_json(date)" iso "What stands for it in JSON: its text.";
};

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "date(text, month = null, day = null, format: null)",
        date,
        "A date: of a text, `date(\"2026-11-28\")`, written in another `format` perhaps, of year, month and day, or of a date with a time.",
    )
    .elsewhere("the day of today is `today()`, the time `now()`"),
    Entry::function(
        "datetime(text, month = 1, day = 1, hour = 0, minute = 0, second = 0, format: null)",
        datetime,
        "A date with a time, without a zone: of a text, `datetime(\"2026-11-28T12:30\")`, of numbers, beginning with the year, or of a date.",
    ),
    Entry::function(
        "zoned(text, zone = null)",
        zoned,
        "A date with a time in a zone: of a text that names one, of a date and the name of a zone, or of milliseconds since 1970, as `now()` gives them.",
    ),
    Entry::function("today(zone = \"UTC\")", today, "The date that it is in a zone."),
    Entry::function("years(number)", years, "A span of so many years."),
    Entry::function("months(number)", months, "A span of so many months."),
    Entry::function("weeks(number)", weeks, "A span of so many weeks."),
    Entry::function(
        "span(text)",
        span_of_text,
        "A span of the calendar: `span(\"P1Y2M3D\")`, `span(\"1 year 3 days\")`.",
    ),
    Entry::method(&ZONED, "zone(date)", zone_name, "The name of its time zone."),
    Entry::method(
        &ZONED,
        "milliseconds_since_1970(date)",
        milliseconds,
        "Its moment in milliseconds since the beginning of 1970.",
    ),
    Entry::method(&SPAN, "negate(span)", negate, "What `-` before it means: the same backwards."),
    Entry::method(&SPAN, "multiply(span, number)", multiply, "What `*` means: each of its units so many times."),
    Entry::method(&SPAN, "reverse_multiply(span, number)", multiply, "The same with the number in front."),
];

/// A field that is a number.
fn number(value: &Value, read: fn(&DateTime) -> i64) -> Option<Value> {
    Moment::of(value).map(|moment| Value::int(read(&moment.datetime())))
}

macro_rules! number_fields {
    ($kind:expr; $($name:literal $part:ident $documentation:literal;)*) => {
        [$(Field {
            kind: $kind,
            name: $name,
            read: |_, value| number(value, |datetime| i64::from(datetime.$part())),
            documentation: $documentation,
        }),*]
    };
}

macro_rules! weekday {
    ($kind:expr) => {
        Field {
            kind: $kind,
            name: "weekday",
            read: |_, value| number(value, |datetime| i64::from(datetime.weekday().to_monday_one_offset())),
            documentation: "The day of the week: 1 is Monday.",
        }
    };
}

macro_rules! span_fields {
    ($($name:literal $part:ident $documentation:literal;)*) => {
        &[$(Field {
            kind: &SPAN,
            name: $name,
            read: |_, value| SpanValue::of(value).map(|span| Value::int(i64::from(span.$part()))),
            documentation: $documentation,
        }),*]
    };
}

static DATE_PARTS: &[Field] = &number_fields! { &DATE;
    "year" year "The year.";
    "month" month "The month.";
    "day" day "The day of the month.";
    "day_of_year" day_of_year "The day of the year.";
    "days_in_month" days_in_month "How many days its month has.";
};
static DATE_TIME_PARTS: &[Field] = &number_fields! { &DATE_TIME;
    "year" year "The year.";
    "month" month "The month.";
    "day" day "The day of the month.";
    "day_of_year" day_of_year "The day of the year.";
    "days_in_month" days_in_month "How many days its month has.";
    "hour" hour "The hour.";
    "minute" minute "The minute.";
    "second" second "The second.";
    "nanosecond" subsec_nanosecond "Nanoseconds of the second.";
};
static ZONED_PARTS: &[Field] = &number_fields! { &ZONED;
    "year" year "The year.";
    "month" month "The month.";
    "day" day "The day of the month.";
    "day_of_year" day_of_year "The day of the year.";
    "days_in_month" days_in_month "How many days its month has.";
    "hour" hour "The hour.";
    "minute" minute "The minute.";
    "second" second "The second.";
    "nanosecond" subsec_nanosecond "Nanoseconds of the second.";
};
static WEEKDAYS: &[Field] = &[weekday!(&DATE), weekday!(&DATE_TIME), weekday!(&ZONED)];
static SPAN_PARTS: &[Field] = span_fields! {
    "years" get_years "Its years.";
    "months" get_months "Its months.";
    "weeks" get_weeks "Its weeks.";
    "days" get_days "Its days.";
    "hours" get_hours "Its hours.";
    "minutes" get_minutes "Its minutes.";
    "seconds" get_seconds "Its seconds.";
};

pub(crate) const FIELDS: [&[Field]; 5] = [DATE_PARTS, DATE_TIME_PARTS, ZONED_PARTS, WEEKDAYS, SPAN_PARTS];
