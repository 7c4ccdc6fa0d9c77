//! Values of programs as numbers of series: lists, ranges, tensors, moments, words.

use crate::figure::{Mesh, Numbers};
use motet_vm::builtins::arguments::{bad_value, describe, too_big, wrong};
use motet_vm::memory::{Value, account, print_float};
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

/// Numbers for a unit of work.
const PER_UNIT: usize = 16;
/// Bytes for a point, while its numbers are read and put together.
const PER_POINT: usize = 64;
/// Larger numbers have no place on paper.
const MOST: f64 = 1e300;
/// Words that an axis may have.
const MOST_WORDS: usize = 10_000;

/// What stands along an axis.
#[derive(Debug, Default)]
pub struct Series {
    pub numbers: Vec<f64>,
    /// Some were moments.
    pub has_moments: bool,
    /// They are words, and the numbers count them.
    pub words: Vec<Arc<str>>,
}

/// A number, a moment as seconds since 1970; null is a gap.
fn number(value: &Value) -> Option<(f64, bool)> {
    if let Some(number) = value.as_number() {
        return Some((number, false));
    }
    if value.is_null() {
        return Some((f64::NAN, false));
    }
    if let Some(flag) = value.as_bool() {
        return Some((u8::from(flag).into(), false));
    }
    value.as_foreign()?.object().seconds().map(|seconds| (seconds, true))
}

fn checked(function: &str, what: &str, index: usize, number: f64) -> Result<f64> {
    if number.is_finite() && number.abs() > MOST {
        return Err(bad_value(format!(
            "{function} cannot draw element {index} of {what}, {number:e}: it is beyond {MOST:e}"
        )));
    }
    // What is infinite has no place, and is a gap.
    Ok(if number.is_finite() { number } else { f64::NAN })
}

/// How long a range is; none if it has no end.
fn range_length(value: &Value) -> Option<usize> {
    let range = value.as_range()?;
    let (start, end, step) = (i128::from(range.start?), i128::from(range.end?), i128::from(range.step));
    if step == 0 {
        return Some(0);
    }
    let last = if range.inclusive { end } else { end - step.signum() };
    Some(usize::try_from((last - start) / step + 1).unwrap_or(0).min(if (last - start) * step.signum() < 0 {
        0
    } else {
        usize::MAX
    }))
}

/// How long the axes of an array are.
fn shape(value: &Value) -> Option<Vec<usize>> {
    value.as_foreign()?.object().shape()
}

/// The elements of an array.
fn elements(function: &str, value: &Value) -> Result<Vec<f64>> {
    let numbers = value.as_foreign().and_then(|foreign| foreign.object().numbers());
    numbers.ok_or_else(|| {
        wrong(function, "real numbers", value).with_hint("of complex numbers, draw abs(t), real(t) or imag(t)")
    })
}

/// How many elements a value has, if it is a sequence.
pub fn length(value: &Value) -> Option<usize> {
    if let Some(list) = value.as_list() {
        return Some(list.length());
    }
    range_length(value).or_else(|| value.as_foreign()?.object().length())
}

fn bounded(context: &mut Context<'_>, function: &str, count: usize) -> Result<()> {
    let most = context.most_items().min(account::room() / PER_POINT);
    if count > most {
        return Err(too_big(function, count, most, "points"));
    }
    context.work(count / PER_UNIT)
}

/// The numbers of a value, or words counted from 0.
pub fn series(context: &mut Context<'_>, function: &str, what: &str, value: &Value) -> Result<Series> {
    context.settle_inside(value)?;
    let expected = || wrong(function, &format!("numbers as {what}: a list, a range or a tensor"), value);
    if let Some(range) = value.as_range() {
        let (Some(start), Some(count)) = (range.start, range_length(value)) else {
            return Err(wrong(function, &format!("a range with two ends as {what}"), value));
        };
        bounded(context, function, count)?;
        let numbers = (0..count).map(|index| start as f64 + index as f64 * range.step as f64).collect();
        return Ok(Series { numbers, ..Series::default() });
    }
    if let Some(shape) = shape(value) {
        if shape.iter().filter(|&&length| length != 1).count() > 1 {
            return Err(wrong(function, &format!("a tensor of one axis as {what}"), value));
        }
        bounded(context, function, shape.iter().product())?;
        let elements = elements(function, value)?.into_iter().enumerate();
        let numbers = elements.map(|(index, number)| checked(function, what, index, number));
        return Ok(Series { numbers: numbers.collect::<Result<_>>()?, ..Series::default() });
    }
    let Some(list) = value.as_list() else { return Err(expected()) };
    bounded(context, function, list.length())?;
    let items = list.items();
    let is_word = |item: &Value| item.as_str().is_some();
    if !items.is_empty() && items.iter().all(is_word) {
        if items.len() > MOST_WORDS {
            return Err(too_big(function, items.len(), MOST_WORDS, "words on an axis"));
        }
        // They are copied once more for the paper.
        let bytes = items.iter().filter_map(Value::as_str).fold(0, |sum: usize, word| sum.saturating_add(word.len()));
        if bytes > account::room() / 4 {
            return Err(too_big(function, bytes, account::room() / 4, "bytes of words"));
        }
        let words: Vec<Arc<str>> = items.iter().filter_map(Value::as_str).map(Arc::from).collect();
        let numbers = (0..words.len()).map(|index| index as f64).collect();
        return Ok(Series { numbers, words, has_moments: false });
    }
    let mut result = Series { numbers: Vec::with_capacity(items.len()), ..Series::default() };
    for (index, item) in items.iter().enumerate() {
        let Some((number, is_moment)) = number(item) else {
            return Err(Error::type_error(format!(
                "{function} takes numbers as {what}, and element {index} is {}",
                describe(item)
            )));
        };
        result.has_moments |= is_moment;
        result.numbers.push(checked(function, what, index, number)?);
    }
    Ok(result)
}

/// Numbers and nothing else.
pub fn numbers(context: &mut Context<'_>, function: &str, what: &str, value: &Value) -> Result<Numbers> {
    let series = series(context, function, what, value)?;
    if !series.words.is_empty() {
        return Err(wrong(function, &format!("numbers as {what}"), value));
    }
    Ok(series.numbers.into())
}

/// A number in a message, by its digits or by the power of ten.
pub fn shown(number: f64) -> String {
    if number.abs() < 1e15 { number.to_string() } else { print_float(number) }
}

/// A number on an axis, which may be a moment.
pub fn place(function: &str, what: &str, value: &Value) -> Result<f64> {
    match number(value) {
        Some((number, _)) if number.is_finite() && number.abs() <= MOST => Ok(number),
        Some((number, _)) => {
            let number = shown(number);
            Err(bad_value(format!("{what} of {function} is {number}, which has no place on an axis")))
        }
        None => Err(wrong(function, &format!("a number as {what}"), value)),
    }
}

/// Whether a value has rows: a tensor of two axes, or a list of lists.
pub fn is_grid(value: &Value) -> bool {
    if let Some(list) = value.as_list() {
        return list.get(0).is_some_and(|first| length(&first).is_some());
    }
    shape(value).is_some_and(|shape| shape.len() == 2)
}

/// Rows of numbers: columns, rows, and the numbers row by row.
pub fn grid(context: &mut Context<'_>, function: &str, value: &Value) -> Result<(usize, usize, Vec<f64>)> {
    context.settle_inside(value)?;
    let expected = || wrong(function, "rows of numbers: a tensor of two axes, or a list of lists", value);
    if let Some(shape) = shape(value) {
        let [rows, columns] = shape[..] else { return Err(expected()) };
        bounded(context, function, rows * columns)?;
        let elements = elements(function, value)?.into_iter().enumerate();
        let numbers = elements.map(|(index, number)| checked(function, "z", index, number));
        return Ok((columns, rows, numbers.collect::<Result<_>>()?));
    }
    let list = value.as_list().ok_or_else(expected)?;
    let rows: Vec<Value> = list.items().to_vec();
    let mut columns = rows.first().and_then(length).unwrap_or(0);
    let count = rows.len().saturating_mul(columns);
    bounded(context, function, count)?;
    let mut all = Vec::with_capacity(count);
    for (index, row) in rows.iter().enumerate() {
        let row = numbers(context, function, &format!("row {index}"), row)?;
        if index > 0 && row.len() != columns {
            return Err(bad_value(format!(
                "{function} takes rows of equal lengths, and row {index} has {} numbers where row 0 has {columns}",
                row.len()
            )));
        }
        columns = row.len();
        all.extend_from_slice(&row);
    }
    Ok((columns, rows.len(), all))
}

/// A mesh of values with the places of its columns and rows, which are counted if they are not given.
pub fn mesh(function: &str, grid: (usize, usize, Vec<f64>), x: Option<Numbers>, y: Option<Numbers>) -> Result<Mesh> {
    let (columns, rows, z) = grid;
    let axis = |given: Option<Numbers>, count: usize, name: &str, of: &str| -> Result<Numbers> {
        let Some(given) = given else { return Ok((0..count).map(|index| index as f64).collect()) };
        if given.len() != count {
            return Err(bad_value(format!(
                "{function} takes as many {name} as there are {of}, and there are {} {name} for {count} {of}",
                given.len()
            )));
        }
        let is_sorted =
            given.windows(2).all(|pair| pair[0] < pair[1]) || given.windows(2).all(|pair| pair[0] > pair[1]);
        if !is_sorted {
            return Err(bad_value(format!("{name} of {function} must go up or down, each beyond the one before it")));
        }
        Ok(given)
    };
    let x = axis(x, columns, "x", "columns")?;
    let y = axis(y, rows, "y", "rows")?;
    Ok(Mesh { columns, rows, z: z.into(), x, y })
}

/// Each number is above the one before it; none is missing.
pub fn rises(numbers: &[f64]) -> bool {
    numbers.iter().all(|number| number.is_finite()) && numbers.windows(2).all(|pair| pair[0] < pair[1])
}

/// Says that two series do not go together.
pub fn unequal(function: &str, one: (&str, usize), other: (&str, usize)) -> Error {
    bad_value(format!(
        "{function} takes as many {} as {}, and there are {} {} for {} {}",
        other.0, one.0, other.1, other.0, one.1, one.0
    ))
}
