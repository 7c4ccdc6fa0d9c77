//! Mathematics: the functions of `math`, which programs may also call by their bare names, and its constants.

use crate::numbers::Number;
use motet_vm::builtins::arguments::{bad_value, float_to_int, integer, number, overflow, wrong};
use motet_vm::builtins::{Call, Constant, Entry, Kinds, Place};
use motet_vm::memory::{Tag, Value, compare, floored_division, print_float};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::cmp::Ordering;

pub(super) const NAMESPACE: &str = "math";

/// Constants with what they are, and by the names that literals have.
pub(super) static CONSTANTS: &[Constant] = &[
    constant("pi", std::f64::consts::PI, "The circumference of a circle by its diameter."),
    constant("tau", std::f64::consts::TAU, "The circumference of a circle by its radius."),
    constant("e", std::f64::consts::E, "The base of natural logarithms."),
    constant("infinity", f64::INFINITY, "The float above all others."),
    constant("nan", f64::NAN, "The float that is no number."),
    constant("epsilon", f64::EPSILON, "The distance from 1.0 to the next float."),
    Constant { name: "Infinity", value: f64::INFINITY, documented: None },
    Constant { name: "NaN", value: f64::NAN, documented: None },
];

const fn constant(name: &'static str, value: f64, documentation: &'static str) -> Constant {
    Constant { name, value, documented: Some((NAMESPACE, documentation)) }
}

/// Functions of one float.
macro_rules! functions {
    ($($name:ident $function:expr;)*) => {
        $(fn $name(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            let function: fn(f64) -> f64 = $function;
            Ok(Value::float(function(number(stringify!($name), arguments.at(0))?)).into())
        })*
    };
}

functions! {
    cbrt f64::cbrt;
    expm1 f64::exp_m1;
    log1p f64::ln_1p;
    log2 f64::log2;
    log10 f64::log10;
    sin f64::sin;
    cos f64::cos;
    tan f64::tan;
    asin f64::asin;
    acos f64::acos;
    atan f64::atan;
    sinh f64::sinh;
    cosh f64::cosh;
    tanh f64::tanh;
    asinh f64::asinh;
    acosh f64::acosh;
    atanh f64::atanh;
    degrees f64::to_degrees;
    radians f64::to_radians;
}

fn sqrt(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(complex) = value.as_complex() {
        // Not by half the angle, which would give the square root of -4 a real part.
        let size = complex.re.hypot(complex.im);
        let (re, im) = (((size + complex.re) / 2.0).sqrt(), ((size - complex.re) / 2.0).sqrt());
        return Ok(context.heap().complex(re, im.copysign(complex.im)).into());
    }
    Ok(Value::float(number("sqrt", value)?.sqrt()).into())
}

fn exp(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(complex) = value.as_complex() {
        let size = complex.re.exp();
        return Ok(context.heap().complex(size * complex.im.cos(), size * complex.im.sin()).into());
    }
    Ok(Value::float(number("exp", value)?.exp()).into())
}

/// `log(x, base = e)`.
fn log(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let (Some(complex), 1) = (value.as_complex(), arguments.len()) {
        let (size, angle) = (complex.re.hypot(complex.im), complex.im.atan2(complex.re));
        return Ok(context.heap().complex(size.ln(), angle).into());
    }
    let value = number("log", value)?;
    Ok(Value::float(match arguments.get(1) {
        None => value.ln(),
        Some(base) => match number("log", base)? {
            2.0 => value.log2(),
            10.0 => value.log10(),
            base => value.ln() / base.ln(),
        },
    })
    .into())
}

/// What an object behind a number makes of both, by its method of this name: a tensor computes element by element.
fn of_second(context: &mut Context<'_>, arguments: &Arguments<'_>, method: &str) -> Option<Outcome> {
    let [first, second] = [arguments.at(0), arguments.at(1)];
    if second.tag() != Tag::Foreign || first.as_number().is_none() && first.as_complex().is_none() {
        return None;
    }
    let function = context.operator_method(second, method)?;
    Some(Outcome::TailCall { function, arguments: CallArguments::Many(vec![first.clone()]) })
}

fn atan2(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    if let Some(outcome) = of_second(context, &arguments, "reverse_atan2") {
        return Ok(outcome);
    }
    Ok(Value::float(number("atan2", arguments.at(0))?.atan2(number("atan2", arguments.at(1))?)).into())
}

fn hypot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    if let Some(outcome) = of_second(context, &arguments, "hypot") {
        return Ok(outcome);
    }
    Ok(Value::float(number("hypot", arguments.at(0))?.hypot(number("hypot", arguments.at(1))?)).into())
}

fn abs(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(match Number::argument("abs", arguments.at(0))? {
        Number::Int(integer) => {
            Value::int(integer.checked_abs().ok_or_else(|| overflow(format!("the absolute value of {integer}")))?)
        }
        Number::Float(float) => Value::float(float.abs()),
        Number::Complex(re, im) => Value::float(re.hypot(im)),
    }
    .into())
}

fn sign(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(integer) = value.as_int() {
        return Ok(Value::int(integer.signum()).into());
    }
    let float = number("sign", value)?;
    Ok(Value::float(if float == 0.0 || float.is_nan() { float } else { float.signum() }).into())
}

/// Rounds to an integer.
fn rounded(arguments: &Arguments<'_>, name: &str, round: fn(f64) -> f64) -> Result<Outcome> {
    let value = arguments.at(0);
    if value.as_int().is_some() {
        return Ok(value.clone().into());
    }
    let float = number(name, value)?;
    if !float.is_finite() {
        return Err(bad_value(format!("{name} gives an integer, and {} is none", print_float(float))));
    }
    match float_to_int(round(float)) {
        Some(integer) => Ok(Value::int(integer).into()),
        None => Err(overflow(format!("{name} of {float:e}"))),
    }
}

fn floor(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rounded(&arguments, "floor", f64::floor)
}

fn ceil(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rounded(&arguments, "ceil", f64::ceil)
}

fn trunc(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rounded(&arguments, "trunc", f64::trunc)
}

/// `round(x, digits)`: halves go away from zero. With digits the result is a float.
fn round(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(digits) = arguments.get(1) else { return rounded(&arguments, "round", f64::round) };
    let digits = integer("round", "the number of digits", digits)?;
    let value = arguments.at(0);
    if let (Some(_), 0..) = (value.as_int(), digits) {
        return Ok(value.clone().into());
    }
    let float = number("round", value)?;
    let result = match digits {
        // Decimal digits are exact as text; multiplying by a power of ten is not.
        0..=320 if float.is_finite() => round_half_away(float, digits as usize),
        -320..0 if float.is_finite() => {
            let unit = 10f64.powi(-digits as i32);
            (float / unit).round() * unit
        }
        _ => float,
    };
    Ok(match value.as_int() {
        Some(_) => Value::int(float_to_int(result).ok_or_else(|| overflow("the rounded number"))?),
        None => Value::float(result),
    }
    .into())
}

/// The nearest float with so many decimals; what lies exactly between two goes away from zero. `format!` would take the
/// even one.
fn round_half_away(float: f64, digits: usize) -> f64 {
    let size = float.abs();
    let scaled = size * 10f64.powi(digits as i32);
    let may_be_tie = ((scaled - scaled.floor()) - 0.5).abs() < 1e-6;
    // No float has more digits behind its point than this.
    let is_tie = may_be_tie && {
        let exact = format!("{size:.1100}");
        let behind = exact.split_once('.').map_or("", |(_, behind)| behind);
        behind.get(digits..).and_then(|rest| rest.strip_prefix('5')).is_some_and(|rest| rest.bytes().all(|b| b == b'0'))
    };
    let size = if is_tie { size.next_up() } else { size };
    let rounded: f64 = format!("{size:.digits$}").parse().unwrap_or(size);
    rounded.copysign(float)
}

/// `pow(base, exponent)`: what the operator does.
fn pow(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    if let Some(outcome) = of_second(context, &arguments, "reverse_power") {
        return Ok(outcome);
    }
    let (base, exponent) = (arguments.at(0), arguments.at(1));
    if let (Some(base), Some(exponent @ 0..)) = (base.as_int(), exponent.as_int()) {
        let result = match u32::try_from(exponent) {
            Ok(exponent) => base.checked_pow(exponent),
            Err(_) => match base {
                0 | 1 => Some(base),
                -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
                _ => None,
            },
        };
        return result
            .map(|result| Value::int(result).into())
            .ok_or_else(|| overflow(format!("{base} to the power of {exponent}")));
    }
    Ok(Value::float(number("pow", base)?.powf(number("pow", exponent)?)).into())
}

fn zero_division(function: &str) -> Error {
    Error::new(ErrorKind::ZeroDivisionError, format!("{function} cannot divide by zero"))
}

/// `divmod(a, b)`: the floored quotient and the remainder.
fn divmod(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (arguments.at(0), arguments.at(1));
    let pair = if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        if b == 0 {
            return Err(zero_division("divmod"));
        }
        let quotient = a.checked_div(b).ok_or_else(|| overflow(format!("{a} divided by {b}")))?;
        let rest = a % b;
        let is_between = rest != 0 && (rest < 0) != (b < 0);
        let (quotient, rest) = if is_between { (quotient - 1, rest + b) } else { (quotient, rest) };
        vec![Value::int(quotient), Value::int(rest)]
    } else {
        let (a, b) = (number("divmod", a)?, number("divmod", b)?);
        let (quotient, rest) = floored_division(a, b);
        vec![Value::float(quotient), Value::float(rest)]
    };
    Ok(context.heap().list(pair).into())
}

/// `clamp(x, low, high)`.
fn clamp(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, low, high) = (arguments.at(0), arguments.at(1), arguments.at(2));
    for argument in [value, low, high] {
        number("clamp", argument)?;
    }
    if compare(low, high) == Some(Ordering::Greater) {
        return Err(bad_value("clamp takes the lower limit first, then the upper one"));
    }
    Ok(match (compare(value, low), compare(value, high)) {
        (Some(Ordering::Less), _) => low,
        (_, Some(Ordering::Greater)) => high,
        _ => value,
    }
    .clone()
    .into())
}

/// The greatest common divisor of magnitudes.
fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn magnitudes(function: &str, arguments: &Arguments<'_>) -> Result<(u64, u64)> {
    let magnitude = |index: usize| integer(function, "an operand", arguments.at(index)).map(i64::unsigned_abs);
    Ok((magnitude(0)?, magnitude(1)?))
}

fn gcd(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = magnitudes("gcd", &arguments)?;
    let divisor = i64::try_from(common_divisor(a, b)).map_err(|_| overflow("this divisor"))?;
    Ok(Value::int(divisor).into())
}

fn lcm(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = magnitudes("lcm", &arguments)?;
    let multiple = if a == 0 || b == 0 { Some(0) } else { (a / common_divisor(a, b)).checked_mul(b) };
    let multiple = multiple.and_then(|multiple| i64::try_from(multiple).ok());
    Ok(Value::int(multiple.ok_or_else(|| overflow(format!("the least common multiple of {a} and {b}")))?).into())
}

/// A test of floats, which is plain for integers.
fn float_test(arguments: &Arguments<'_>, name: &str, of_integers: bool, test: fn(f64) -> bool) -> Result<Outcome> {
    let value = arguments.at(0);
    Ok(Value::bool(match value.tag() {
        Tag::Int => of_integers,
        Tag::Float => test(number(name, value)?),
        _ => return Err(wrong(name, "a number", value)),
    })
    .into())
}

fn is_nan(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    float_test(&arguments, "is_nan", false, f64::is_nan)
}

fn is_finite(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    float_test(&arguments, "is_finite", true, f64::is_finite)
}

/// `is_close(a, b, epsilon)`: `==` is exact, because maps and sets stand on it.
fn is_close(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let epsilon = match arguments.get(2) {
        None => context.epsilon(),
        Some(epsilon) => number("is_close", epsilon)?,
    };
    if epsilon.is_nan() || epsilon < 0.0 {
        return Err(bad_value(format!("is_close takes an epsilon of 0 or more, not {}", print_float(epsilon))));
    }
    let (a, b) = (Number::argument("is_close", arguments.at(0))?, Number::argument("is_close", arguments.at(1))?);
    Ok(Value::bool(a.is_close(b, epsilon)).into())
}

const fn math(signature: &'static str, call: Call, documentation: &'static str) -> Entry {
    Entry::function(signature, call, documentation).at(Place::Both(NAMESPACE)).on(Kinds::NUMBER).pure()
}

pub(super) static NATIVES: &[Entry] = &[
    math("abs(x)", abs, "The absolute value of a number.").on(Kinds::NUMERIC),
    math("sign(x)", sign, "-1, 0 or 1: the sign of a number."),
    math("floor(x)", floor, "The greatest integer that is not above a number."),
    math("ceil(x)", ceil, "The smallest integer that is not below a number."),
    math("trunc(x)", trunc, "The integer that a number has before its point."),
    math(
        "round(x, digits = 0)",
        round,
        "The nearest integer, halves away from zero; with digits, the nearest float with so many decimals.",
    ),
    math("sqrt(x)", sqrt, "The square root; NaN for negative numbers that are not complex.").on(Kinds::NUMERIC),
    math("cbrt(x)", cbrt, "The cube root."),
    math("exp(x)", exp, "e to the power of a number.").on(Kinds::NUMERIC),
    math("expm1(x)", expm1, "exp(x) - 1, exact near 0."),
    math("log(x, base = e)", log, "The logarithm, natural unless a base is given.").on(Kinds::NUMERIC),
    math("log1p(x)", log1p, "log(1 + x), exact near 0."),
    math("log2(x)", log2, "The logarithm to base 2."),
    math("log10(x)", log10, "The logarithm to base 10."),
    math("sin(x)", sin, "The sine of an angle in radians."),
    math("cos(x)", cos, "The cosine of an angle in radians."),
    math("tan(x)", tan, "The tangent of an angle in radians."),
    math("asin(x)", asin, "The angle whose sine is x."),
    math("acos(x)", acos, "The angle whose cosine is x."),
    math("atan(x)", atan, "The angle whose tangent is x."),
    math("atan2(y, x)", atan2, "The angle of the point (x, y)."),
    math("sinh(x)", sinh, "The hyperbolic sine."),
    math("cosh(x)", cosh, "The hyperbolic cosine."),
    math("tanh(x)", tanh, "The hyperbolic tangent."),
    math("asinh(x)", asinh, "The inverse hyperbolic sine."),
    math("acosh(x)", acosh, "The inverse hyperbolic cosine."),
    math("atanh(x)", atanh, "The inverse hyperbolic tangent."),
    math("degrees(x)", degrees, "An angle in radians as one in degrees."),
    math("radians(x)", radians, "An angle in degrees as one in radians."),
    math("hypot(x, y)", hypot, "The length of the vector (x, y)."),
    math("pow(base, exponent)", pow, "A number to the power of another."),
    math("divmod(a, b)", divmod, "A list of the floored quotient and the remainder."),
    math("clamp(x, low, high)", clamp, "The number nearest to x that is not below `low` and not above `high`."),
    math("gcd(a, b)", gcd, "The greatest common divisor of two integers."),
    math("lcm(a, b)", lcm, "The least common multiple of two integers."),
    math(
        "is_close(a, b, epsilon = 1e-9)",
        is_close,
        "Whether numbers are equal but for rounding: not further apart than `epsilon` times the greater, or times 1.",
    )
    .on(Kinds::NUMERIC),
    math("is_nan(x)", is_nan, "Whether a number is NaN."),
    math("is_finite(x)", is_finite, "Whether a number is neither infinite nor NaN."),
];
