//! Functions of one element: what `sin(t)`, `abs(t)` and the like give for tensors, by the names that they have for numbers.

use crate::broadcast::Cost;
use crate::buffer::{C64, Element};
use crate::dtype::DType;
use crate::make::shown_place;
use crate::room::filled;
use crate::tensor::{argument, checked_bytes, checked_size, give};
use crate::view::View;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, integer, number, wrong};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};

/// What a function gives for each element.
pub(crate) fn mapped<T: Element, R: Copy + Send>(
    context: &mut Context<'_>,
    cost: Cost,
    items: &[T],
    apply: impl Fn(T) -> R + Sync,
) -> Result<Vec<R>> {
    let (results, _) = filled(context, cost, items.len(), |first, room| {
        room.put(items[first..].iter().map(|&item| apply(item)));
        false
    })?;
    Ok(results)
}

/// A function of floats, and of complex numbers if it is one.
fn of_floats(
    context: &mut Context<'_>,
    arguments: &Arguments<'_>,
    name: &str,
    real: impl Fn(f64) -> f64 + Sync,
    complex: Option<fn(C64) -> C64>,
) -> Result<Outcome> {
    let view = argument(name, arguments.at(0))?.clone();
    let dtype = view.dtype().float_kind();
    checked_size(context, name, &view.shape, dtype)?;
    // Other elements are converted first.
    let converted = if dtype == view.dtype() && view.is_packed() { 0 } else { view.len() * dtype.bytes() };
    checked_bytes(context, name, converted + view.len() * dtype.bytes())?;
    let shape = view.shape.clone();
    let result = match (dtype, complex) {
        (DType::C64, Some(complex)) => {
            View::of_items(shape, mapped(context, Cost::Large, &view.items::<C64>(), complex)?)
        }
        (DType::C64, None) => {
            return Err(wrong(name, "a tensor of real numbers", arguments.at(0))
                .with_hint("real(t), imag(t) and abs(t) are tensors of floats"));
        }
        (DType::F32, _) => {
            let items = view.items::<f32>();
            View::of_items(shape, mapped(context, Cost::Large, &items, |item| real(item.into()) as f32)?)
        }
        _ => View::of_items(shape, mapped(context, Cost::Large, &view.widened::<f64>(), real)?),
    };
    Ok(give(context, result).into())
}

macro_rules! functions {
    ($($name:ident $real:expr, $complex:expr;)*) => {
        $(fn $name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            let complex: Option<fn(C64) -> C64> = $complex;
            of_floats(context, &arguments, stringify!($name), $real, complex)
        })*
    };
}

functions! {
    sqrt f64::sqrt, Some(C64::sqrt);
    cbrt f64::cbrt, None;
    exp f64::exp, Some(C64::exp);
    expm1 f64::exp_m1, None;
    log1p f64::ln_1p, None;
    log2 f64::log2, None;
    log10 f64::log10, None;
    sin f64::sin, Some(C64::sin);
    cos f64::cos, Some(C64::cos);
    tan f64::tan, Some(C64::tan);
    asin f64::asin, Some(C64::asin);
    acos f64::acos, Some(C64::acos);
    atan f64::atan, Some(C64::atan);
    sinh f64::sinh, Some(C64::sinh);
    cosh f64::cosh, Some(C64::cosh);
    tanh f64::tanh, Some(C64::tanh);
    asinh f64::asinh, Some(C64::asinh);
    acosh f64::acosh, Some(C64::acosh);
    atanh f64::atanh, Some(C64::atanh);
    degrees f64::to_degrees, None;
    radians f64::to_radians, None;
}

/// `log(t, base = e)`.
fn log(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    match arguments.get(1) {
        None => of_floats(context, &arguments, "log", f64::ln, Some(C64::ln)),
        Some(base) => {
            let base = number("log", base)?;
            let with_base = move |item: f64| match base {
                2.0 => item.log2(),
                10.0 => item.log10(),
                _ => item.ln() / base.ln(),
            };
            of_floats(context, &arguments, "log", with_base, None)
        }
    }
}

/// Rounds floats; integers and booleans stay as they are.
fn rounded(
    context: &mut Context<'_>,
    arguments: &Arguments<'_>,
    name: &str,
    round: impl Fn(f64) -> f64 + Sync,
) -> Result<Outcome> {
    let view = argument(name, arguments.at(0))?.clone();
    match view.dtype() {
        DType::Bool | DType::I64 => Ok(give(context, view).into()),
        _ => of_floats(context, arguments, name, round, None),
    }
}

fn floor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rounded(context, &arguments, "floor", f64::floor)
}

fn ceil(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rounded(context, &arguments, "ceil", f64::ceil)
}

fn trunc(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rounded(context, &arguments, "trunc", f64::trunc)
}

/// `round(t, digits = 0)`: halves go away from zero.
fn round(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let digits = arguments.get(1).map_or(Ok(0), |digits| integer("round", "the number of digits", digits))?;
    let unit = 10f64.powi(digits.clamp(-400, 400) as i32);
    rounded(context, &arguments, "round", move |item| {
        let scaled = item * unit;
        // What has no digit to round stays as it is.
        if digits == 0 {
            item.round()
        } else if scaled.is_finite() && unit > 0.0 && unit.is_finite() {
            scaled.round() / unit
        } else {
            item
        }
    })
}

/// An element of a tensor of integers whose result does not fit.
#[cold]
fn not_fitting(name: &str, item: i64, shape: &[usize], at: usize) -> Error {
    let message = format!("{name} of {item} does not fit an integer of 64 bits, at {}", shown_place(shape, at));
    Error::new(ErrorKind::OverflowError, message).with_hint("t.astype(\"f64\") is a tensor of floats")
}

fn abs(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("abs", arguments.at(0))?.clone();
    checked_size(context, "abs", &view.shape, view.dtype())?;
    let shape = view.shape.clone();
    let result = match view.dtype() {
        DType::Bool => view,
        DType::I64 => {
            let items = view.items::<i64>();
            if let Some(at) = items.iter().position(|&item| item == i64::MIN) {
                return Err(not_fitting("abs", i64::MIN, &shape, at));
            }
            View::of_items(shape, mapped(context, Cost::Small, &items, i64::abs)?)
        }
        DType::F32 => View::of_items(shape, mapped(context, Cost::Small, &view.items::<f32>(), f32::abs)?),
        DType::F64 => View::of_items(shape, mapped(context, Cost::Small, &view.items::<f64>(), f64::abs)?),
        DType::C64 => View::of_items(shape, mapped(context, Cost::Large, &view.items::<C64>(), C64::norm)?),
    };
    Ok(give(context, result).into())
}

fn negate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("negate", arguments.at(0))?.clone();
    checked_size(context, "-", &view.shape, view.dtype())?;
    let shape = view.shape.clone();
    let result = match view.dtype() {
        DType::Bool => {
            return Err(wrong("-", "a tensor of numbers", arguments.at(0)).with_hint("t.logical_not() is the opposite"));
        }
        DType::I64 => {
            let items = view.items::<i64>();
            if let Some(at) = items.iter().position(|&item| item == i64::MIN) {
                return Err(not_fitting("-", i64::MIN, &shape, at));
            }
            View::of_items(shape, mapped(context, Cost::Small, &items, |item: i64| -item)?)
        }
        DType::F32 => View::of_items(shape, mapped(context, Cost::Small, &view.items::<f32>(), |item: f32| -item)?),
        DType::F64 => View::of_items(shape, mapped(context, Cost::Small, &view.items::<f64>(), |item: f64| -item)?),
        DType::C64 => View::of_items(shape, mapped(context, Cost::Small, &view.items::<C64>(), |item: C64| -item)?),
    };
    Ok(give(context, result).into())
}

fn sign(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("sign", arguments.at(0))?.clone();
    if view.dtype() == DType::I64 {
        let items = mapped(context, Cost::Small, &view.items::<i64>(), i64::signum)?;
        return Ok(give(context, View::of_items(view.shape.clone(), items)).into());
    }
    let sign = |item: f64| if item == 0.0 || item.is_nan() { item } else { item.signum() };
    of_floats(context, &arguments, "sign", sign, None)
}

/// A test of each float; what is no float has one answer.
fn tested(
    context: &mut Context<'_>,
    arguments: &Arguments<'_>,
    name: &str,
    of_others: bool,
    test: fn(f64) -> bool,
    join: fn(bool, bool) -> bool,
) -> Result<Outcome> {
    let view = argument(name, arguments.at(0))?.clone();
    checked_size(context, name, &view.shape, DType::Bool)?;
    let shape = view.shape.clone();
    let items = match view.dtype() {
        DType::Bool | DType::I64 => vec![of_others; view.len()],
        DType::F32 => mapped(context, Cost::Small, &view.items::<f32>(), |item: f32| test(item.into()))?,
        DType::F64 => mapped(context, Cost::Small, &view.items::<f64>(), test)?,
        DType::C64 => {
            mapped(context, Cost::Small, &view.items::<C64>(), |item: C64| join(test(item.re), test(item.im)))?
        }
    };
    Ok(give(context, View::of_items(shape, items)).into())
}

fn is_nan(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    tested(context, &arguments, "is_nan", false, f64::is_nan, |a, b| a | b)
}

fn is_finite(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    tested(context, &arguments, "is_finite", true, f64::is_finite, |a, b| a & b)
}

fn logical_not(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("logical_not", arguments.at(0))?.clone();
    if view.dtype() != DType::Bool {
        return Err(wrong("logical_not", "a tensor of booleans", arguments.at(0)).with_hint("t.eq(0) is one"));
    }
    let items = mapped(context, Cost::Small, &view.items::<bool>(), |item: bool| !item)?;
    Ok(give(context, View::of_items(view.shape.clone(), items)).into())
}

/// A part of complex numbers; none if the tensor is real.
fn part(context: &mut Context<'_>, view: &View, name: &str, part: fn(C64) -> f64) -> Result<Option<Outcome>> {
    if view.dtype() != DType::C64 {
        return Ok(None);
    }
    checked_size(context, name, &view.shape, DType::F64)?;
    let items = mapped(context, Cost::Small, &view.items::<C64>(), part)?;
    Ok(Some(give(context, View::of_items(view.shape.clone(), items)).into()))
}

fn real(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("real", arguments.at(0))?.clone();
    Ok(part(context, &view, "real", |item| item.re)?.unwrap_or_else(|| give(context, view).into()))
}

fn imag(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("imag", arguments.at(0))?.clone();
    if let Some(part) = part(context, &view, "imag", |item| item.im)? {
        return Ok(part);
    }
    let size = checked_size(context, "imag", &view.shape, view.dtype())?;
    Ok(give(context, View::new(view.shape.clone(), crate::tensor::zeros(view.dtype(), size))).into())
}

fn angle(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("angle", arguments.at(0))?.clone();
    if let Some(part) = part(context, &view, "angle", C64::arg)? {
        return Ok(part);
    }
    of_floats(context, &arguments, "angle", |item| 0f64.atan2(item), None)
}

fn conj(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("conj", arguments.at(0))?.clone();
    if view.dtype() != DType::C64 {
        return Ok(give(context, view).into());
    }
    let items = mapped(context, Cost::Small, &view.items::<C64>(), |item: C64| item.conj())?;
    Ok(give(context, View::of_items(view.shape.clone(), items)).into())
}

/// `clamp(t, low, high)`: null is no limit.
fn clamp(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("clamp", arguments.at(0))?.clone();
    let limit = |at: usize| arguments.get(at).filter(|limit| !limit.is_null());
    if view.dtype() == DType::I64 && (1..3).all(|at| limit(at).is_none_or(|limit| limit.as_int().is_some())) {
        let low = limit(1).and_then(|limit| limit.as_int()).unwrap_or(i64::MIN);
        let high = limit(2).and_then(|limit| limit.as_int()).unwrap_or(i64::MAX);
        if low > high {
            return Err(wrong_limits());
        }
        let items = mapped(context, Cost::Small, &view.items::<i64>(), |item: i64| item.clamp(low, high))?;
        return Ok(give(context, View::of_items(view.shape.clone(), items)).into());
    }
    let low = limit(1).map_or(Ok(f64::NEG_INFINITY), |limit| number("clamp", limit))?;
    let high = limit(2).map_or(Ok(f64::INFINITY), |limit| number("clamp", limit))?;
    let is_ordered = low <= high;
    if !is_ordered {
        return Err(wrong_limits());
    }
    of_floats(context, &arguments, "clamp", move |item| item.clamp(low, high), None)
}

#[cold]
fn wrong_limits() -> Error {
    bad_value("clamp takes the lower limit first, then the upper one")
}

macro_rules! methods {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        &[$(Entry::method(&crate::tensor::TENSOR, $signature, $call, $documentation).pure(),)*]
    };
}

pub(crate) static METHODS: &[Entry] = methods! {
    "negate(tensor)" negate "What `-` before it means.";
    "abs(tensor)" abs "The absolute value of each element; of a complex one its length.";
    "sign(tensor)" sign "-1, 0 or 1: the sign of each element.";
    "floor(tensor)" floor "Each element rounded down, as a float; `.astype(\"i64\")` makes integers.";
    "ceil(tensor)" ceil "Each element rounded up, as a float.";
    "trunc(tensor)" trunc "Each element without what stands behind its point, as a float.";
    "round(tensor, digits = 0)" round "Each element rounded, halves away from zero, as a float.";
    "sqrt(tensor)" sqrt "The square root of each element; NaN for negative numbers that are not complex.";
    "cbrt(tensor)" cbrt "The cube root of each element.";
    "exp(tensor)" exp "e to the power of each element.";
    "expm1(tensor)" expm1 "exp(x) - 1 of each element, exact near 0.";
    "log(tensor, base = e)" log "The logarithm of each element.";
    "log1p(tensor)" log1p "log(1 + x) of each element, exact near 0.";
    "log2(tensor)" log2 "The logarithm of each element to base 2.";
    "log10(tensor)" log10 "The logarithm of each element to base 10.";
    "sin(tensor)" sin "The sine of each element.";
    "cos(tensor)" cos "The cosine of each element.";
    "tan(tensor)" tan "The tangent of each element.";
    "asin(tensor)" asin "The angle whose sine each element is.";
    "acos(tensor)" acos "The angle whose cosine each element is.";
    "atan(tensor)" atan "The angle whose tangent each element is.";
    "sinh(tensor)" sinh "The hyperbolic sine of each element.";
    "cosh(tensor)" cosh "The hyperbolic cosine of each element.";
    "tanh(tensor)" tanh "The hyperbolic tangent of each element.";
    "asinh(tensor)" asinh "The inverse hyperbolic sine of each element.";
    "acosh(tensor)" acosh "The inverse hyperbolic cosine of each element.";
    "atanh(tensor)" atanh "The inverse hyperbolic tangent of each element.";
    "degrees(tensor)" degrees "Angles in radians as angles in degrees.";
    "radians(tensor)" radians "Angles in degrees as angles in radians.";
    "is_nan(tensor)" is_nan "Whether elements are NaN: a tensor of booleans.";
    "is_finite(tensor)" is_finite "Whether elements are neither infinite nor NaN: a tensor of booleans.";
    "logical_not(tensor)" logical_not "The opposite of each boolean.";
    "real(tensor)" real "The real parts.";
    "imag(tensor)" imag "The imaginary parts.";
    "angle(tensor)" angle "The angles of complex numbers.";
    "conj(tensor)" conj "The complex numbers with the opposite imaginary parts.";
    "clamp(tensor, low, high)" clamp "Each element, or the limit that it lies beyond; null is no limit.";
    "clip(tensor, low, high)" clamp "The same, by its name in NumPy.";
};
