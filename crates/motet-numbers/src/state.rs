//! States of differential equations, for the module `calculus`: numbers, lists of numbers, tensors. A step of a method calls
//! these a dozen times, so they make nothing but their result.

use crate::buffer::C64;
use crate::dtype::DType;
use crate::make::view_of;
use crate::tensor::{checked_bytes, checked_size, give, read};
use crate::view::{View, shown_shape};
use motet_vm::builtins::arguments::{bad_value, count, describe, number, wrong};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::{Items, List, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};
use smallvec::SmallVec;

const NAME: &str = "ode";

fn shape_of(value: &Value) -> String {
    match (read(value), value.as_list()) {
        (Some(view), _) => format!("a tensor of shape {}", shown_shape(&view.shape)),
        (_, Some(list)) if list.length() == 1 => "a list of 1 element".into(),
        (_, Some(list)) => format!("a list of {} elements", list.length()),
        _ => describe(value),
    }
}

#[cold]
fn unlike(found: &Value, state: &Value) -> Error {
    bad_value(format!("ode: the function gives {} for a state that is {}", shape_of(found), shape_of(state)))
        .with_hint("it gives the slope of each number of the state: as many, in the same order")
}

/// The numbers of a list.
fn number_at(items: &Items<'_>, at: usize) -> Result<f64> {
    match items.get(at).and_then(Value::as_number) {
        Some(number) => Ok(number),
        None => Err(bad_value("ode: a list has changed while it was a state")),
    }
}

/// `state(y0)`: a beginning as a state: a float, a list of floats, or a tensor of floats or complex numbers.
fn state(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(number) = value.as_number() {
        return Ok(Value::float(number).into());
    }
    if let Some(list) = value.as_list()
        && list.length() > 0
    {
        let numbers: Option<Vec<f64>> = list.items().iter().map(Value::as_number).collect();
        if let Some(numbers) = numbers {
            return Ok(context.heap().list(numbers.into_iter().map(Value::float).collect()).into());
        }
    }
    let dtype = view_of(context, NAME, value, None)?.dtype().float_kind();
    let dtype = if dtype == DType::C64 { dtype } else { DType::F64 };
    let view = view_of(context, NAME, value, Some(dtype))?;
    if view.rank() == 0 || view.is_empty() {
        return Err(wrong(NAME, "a number, a list or a tensor with elements to begin with", value));
    }
    Ok(give(context, view).into())
}

/// `slope(value, y)`: what a function has given for a state, as the same kind. A list that the program holds is copied, since
/// it may be changed.
fn slope(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, state) = (arguments.at(0), arguments.at(1));
    if state.as_float().is_some() {
        return match value.as_number() {
            Some(number) => Ok(Value::float(number).into()),
            None => Err(unlike(value, state)),
        };
    }
    if let Some(wanted) = state.as_list() {
        let wanted = wanted.length();
        context.work(wanted / 4)?;
        if let Some(list) = value.as_list() {
            let items = list.items();
            if items.len() != wanted || items.iter().any(|item| item.as_number().is_none()) {
                return Err(unlike(value, state));
            }
            if value.is_unique() {
                return Ok(value.clone().into());
            }
            return Ok(context.heap().list(items.to_vec()).into());
        }
        let view = read(value).ok_or_else(|| unlike(value, state))?;
        if view.shape[..] != [wanted] || view.dtype() == DType::C64 {
            return Err(unlike(value, state));
        }
        let items = view.widened::<f64>().iter().map(|&item| Value::float(item)).collect();
        return Ok(context.heap().list(items).into());
    }
    let wanted = read(state).ok_or_else(|| unlike(value, state))?.clone();
    let given = view_of(context, NAME, value, None)?;
    if given.shape != wanted.shape || (given.dtype() == DType::C64 && wanted.dtype() != DType::C64) {
        return Err(unlike(value, state));
    }
    if given.dtype() == wanted.dtype() && given.is_packed() {
        return Ok(give(context, given).into());
    }
    let given = crate::make::as_type(context, NAME, &given, wanted.dtype())?;
    Ok(give(context, given.into_packed()).into())
}

/// The factors, and the slopes behind them, from an argument on.
fn parts<'a>(arguments: &Arguments<'a>, from: usize) -> Result<SmallVec<[(f64, &'a Value); 8]>> {
    let mut parts = SmallVec::new();
    let mut at = from;
    while let (Some(factor), Some(value)) = (arguments.get(at), arguments.get(at + 1)) {
        parts.push((number(NAME, factor)?, value));
        at += 2;
    }
    Ok(parts)
}

/// The lists among the parts, with how long they all are.
fn lists<'a>(parts: &[(f64, &'a Value)], length: usize) -> Result<SmallVec<[(f64, Items<'a>); 8]>> {
    parts
        .iter()
        .map(|&(factor, value)| {
            let items = value.as_list().map(List::items).filter(|items| items.len() == length);
            items.map(|items| (factor, items)).ok_or_else(|| bad_value("ode: a list has changed while it was a state"))
        })
        .collect()
}

/// Packed tensors among the parts.
fn views(parts: &[(f64, &Value)], like: &View) -> Result<SmallVec<[(f64, View); 8]>> {
    parts
        .iter()
        .map(|&(factor, value)| {
            let view = read(value).map(|view| view.clone());
            let view = view.filter(|view| view.shape == like.shape && view.dtype() == like.dtype());
            view.map(|view| (factor, view.into_packed()))
                .ok_or_else(|| bad_value("ode: a tensor has changed while it was a state"))
        })
        .collect()
}

/// `stage(y, step, ...parts)`: y + step * (factor * slope + …).
fn stage(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (y, step) = (arguments.at(0), number(NAME, arguments.at(1))?);
    let parts = parts(&arguments, 2)?;
    if let Some(y) = y.as_float() {
        let mut sum = 0.0;
        for (factor, slope) in parts {
            sum += factor * number(NAME, slope)?;
        }
        return Ok(Value::float(y + step * sum).into());
    }
    if let Some(list) = y.as_list() {
        let y = list.items();
        context.work(y.len() * parts.len() / 4)?;
        let slopes = lists(&parts, y.len())?;
        let mut result = Vec::with_capacity(y.len());
        for at in 0..y.len() {
            let mut sum = 0.0;
            for (factor, slope) in &slopes {
                sum += factor * number_at(slope, at)?;
            }
            result.push(Value::float(number_at(&y, at)? + step * sum));
        }
        return Ok(context.heap().list(result).into());
    }
    let view = read(y).ok_or_else(|| wrong(NAME, "a state", y))?.clone().into_packed();
    checked_size(context, NAME, &view.shape, view.dtype())?;
    context.work(view.len() * parts.len() / 4)?;
    let slopes = views(&parts, &view)?;
    let shape = view.shape.clone();
    let result = match view.dtype() {
        DType::C64 => {
            let mut result = vec![C64::default(); view.len()];
            for (factor, slope) in &slopes {
                result.iter_mut().zip(&*slope.items::<C64>()).for_each(|(sum, &x)| *sum += x * *factor);
            }
            result.iter_mut().zip(&*view.items::<C64>()).for_each(|(sum, &y)| *sum = y + *sum * step);
            View::of_items(shape, result)
        }
        _ => {
            let mut result = vec![0.0; view.len()];
            for (factor, slope) in &slopes {
                result.iter_mut().zip(&*slope.items::<f64>()).for_each(|(sum, &x)| *sum += x * *factor);
            }
            result.iter_mut().zip(&*view.items::<f64>()).for_each(|(sum, &y)| *sum = y + *sum * step);
            View::of_items(shape, result)
        }
    };
    Ok(give(context, result).into())
}

/// The sizes of a state's numbers, of sums of parts, one after the other.
fn sizes(context: &mut Context<'_>, value: &Value, into: &mut SmallVec<[f64; 8]>) -> Result<()> {
    if let Some(number) = value.as_number() {
        into.push(number.abs());
    } else if let Some(list) = value.as_list() {
        let items = list.items();
        context.work(items.len() / 4)?;
        for at in 0..items.len() {
            into.push(number_at(&items, at)?.abs());
        }
    } else {
        let view = read(value).ok_or_else(|| wrong(NAME, "a state", value))?;
        checked_bytes(context, NAME, view.len().saturating_mul(16))?;
        context.work(view.len() / 4)?;
        match view.dtype() {
            DType::C64 => into.extend(view.items::<C64>().iter().map(|item| item.norm())),
            _ => into.extend(view.widened::<f64>().iter().map(|item| item.abs())),
        }
    }
    Ok(())
}

/// `error_of(y, next, rtol, atol, step, ...parts)`: how large step * (factor * slope + …) is beside what is allowed: the root
/// of the mean square; NaN if the next state is not finite.
fn error_of(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (mut before, mut after, mut allowed, mut error) =
        (SmallVec::new(), SmallVec::new(), SmallVec::new(), SmallVec::<[f64; 8]>::new());
    sizes(context, arguments.at(0), &mut before)?;
    sizes(context, arguments.at(1), &mut after)?;
    sizes(context, arguments.at(3), &mut allowed)?;
    let (rtol, step) = (number(NAME, arguments.at(2))?, number(NAME, arguments.at(4))?);
    let parts = parts(&arguments, 5)?;
    let first = parts.first().map(|part| part.1).unwrap_or(arguments.at(0));
    if first.as_list().is_some() {
        let slopes = lists(&parts, before.len())?;
        for at in 0..before.len() {
            let mut sum = 0.0;
            for (factor, slope) in &slopes {
                sum += factor * number_at(slope, at)?;
            }
            error.push(sum);
        }
    } else {
        // The state of no step and these parts is their sum.
        let mut sum = 0.0;
        match first.as_float() {
            Some(_) => {
                for &(factor, slope) in &parts {
                    sum += factor * number(NAME, slope)?;
                }
                error.push(sum);
            }
            None => {
                let like = read(first).ok_or_else(|| wrong(NAME, "a state", first))?.clone();
                let slopes = views(&parts, &like)?;
                let mut sums = vec![C64::default(); like.len()];
                context.work(like.len() * parts.len() / 2)?;
                for (factor, slope) in &slopes {
                    sums.iter_mut().zip(&*slope.widened::<C64>()).for_each(|(sum, &x)| *sum += x * *factor);
                }
                error.extend(sums.iter().map(|sum| sum.norm()));
            }
        }
    }
    let one = allowed.len() == 1;
    if error.len() != before.len() || after.len() != before.len() || !(one || allowed.len() == before.len()) {
        return Err(bad_value(format!(
            "ode takes one atol, or one for each of {} numbers, not {}",
            before.len(),
            allowed.len()
        )));
    }
    let mut sum = 0.0;
    for at in 0..before.len() {
        let scale = allowed[if one { 0 } else { at }] + rtol * before[at].max(after[at]);
        let part = step * error[at] / scale;
        // Nothing allowed and no error is no error.
        sum += if scale == 0.0 && error[at] == 0.0 { 0.0 } else { part * part };
        if !after[at].is_finite() {
            sum = f64::NAN;
        }
    }
    Ok(Value::float((sum / before.len() as f64).sqrt()).into())
}

/// `nudged(y, index)`: the state with one of its numbers changed a little, and by how much.
fn nudged(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (y, index) = (arguments.at(0), count(NAME, "the index", arguments.at(1))?);
    let little = |x: f64| {
        let moved = x + f64::EPSILON.sqrt() * x.abs().max(1e-5) * if x < 0.0 { -1.0 } else { 1.0 };
        (moved, moved - x)
    };
    let (state, by) = if let Some(number) = y.as_number() {
        let (moved, by) = little(number);
        (Value::float(moved), by)
    } else if let Some(list) = y.as_list() {
        let mut items = list.items().to_vec();
        context.work(items.len() / 4)?;
        let number = items.get(index).and_then(Value::as_number);
        let (moved, by) = little(number.ok_or_else(|| wrong(NAME, "a state", y))?);
        items[index] = Value::float(moved);
        (context.heap().list(items), by)
    } else {
        let view = read(y).filter(|view| view.dtype() != DType::C64);
        let view = view.ok_or_else(|| wrong(NAME, "a state of real numbers for a stiff equation", y))?.clone();
        context.work(view.len() / 4)?;
        let mut items = view.widened::<f64>().into_owned();
        let found = items.get(index).copied().ok_or_else(|| wrong(NAME, "a state", y))?;
        let (moved, by) = little(found);
        items[index] = moved;
        (give(context, View::of_items(view.shape.clone(), items)), by)
    };
    Ok(context.heap().list(vec![state, Value::float(by)]).into())
}

/// The numbers of a state, one after the other.
pub(crate) fn numbers_of(context: &mut Context<'_>, value: &Value) -> Result<Vec<f64>> {
    if let Some(number) = value.as_number() {
        return Ok(vec![number]);
    }
    let view = view_of(context, NAME, value, None)?;
    if view.dtype() == DType::C64 {
        return Err(wrong(NAME, "a state of real numbers for a stiff equation", value));
    }
    Ok(view.widened::<f64>().into_owned())
}

/// Numbers as a state like another one.
pub(crate) fn like(context: &Context<'_>, state: &Value, numbers: Vec<f64>) -> Value {
    if state.as_number().is_some() {
        return Value::float(numbers.first().copied().unwrap_or(f64::NAN));
    }
    if state.as_list().is_some() {
        return context.heap().list(numbers.into_iter().map(Value::float).collect());
    }
    let shape = read(state).map_or_else(|| [numbers.len()].as_slice().into(), |view| view.shape.clone());
    give(context, View::of_items(shape, numbers))
}

/// `slopes_by(base, slopes, steps)`: the matrix whose columns are (slope - base) / step.
fn slopes_by(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let base = numbers_of(context, arguments.at(0))?;
    let (Some(slopes), Some(steps)) = (arguments.at(1).as_list(), arguments.at(2).as_list()) else {
        return Err(wrong(NAME, "lists of slopes and steps", arguments.at(1)));
    };
    let n = base.len();
    checked_size(context, NAME, &[n, n], DType::F64)?;
    let mut matrix = vec![0.0; n * n];
    for column in 0..n {
        context.work(n / 2 + 1)?;
        let slope = slopes.get(column).unwrap_or(Value::NULL);
        let slope = numbers_of(context, &slope)?;
        let step = steps.get(column).and_then(|step| step.as_number()).unwrap_or(f64::NAN);
        for (row, (slope, base)) in slope.iter().zip(&base).enumerate() {
            matrix[row * n + column] = (slope - base) / step;
        }
    }
    Ok(give(context, View::of_items([n, n].as_slice().into(), matrix)).into())
}

macro_rules! hidden {
    ($($name:ident $signature:literal $call:ident $documentation:literal;)*) => {
        $(pub(crate) const $name: Entry =
            Entry::function($signature, $call, $documentation).at(Place::Hidden).pure();)*
    };
}

hidden! {
    STATE "state(y0)" state "A beginning as a state.";
    SLOPE "slope(value, y)" slope "What a function has given for a state, as the same kind.";
    STAGE "stage(y, step, ...parts)" stage "The state and a step along a sum of slopes.";
    ERROR_OF "error_of(y, next, rtol, atol, step, ...parts)" error_of "How large an error is beside what is allowed.";
    NUDGED "nudged(y, index)" nudged "The state with one number changed a little, and by how much.";
    SLOPES_BY "slopes_by(base, slopes, steps)" slopes_by "The matrix of derivatives by differences.";
}
