//! What operators make of two exact numbers. Each looks first at how large its result will be.

use super::decimal::{Decimal, MOST_PLACES, QUOTIENT_DIGITS, Rounding};
use super::{Exact, MOST_BITS};
use motet_vm::builtins::arguments::{bad_value, too_big, wrong};
use motet_vm::memory::{Value, print_float};
use motet_vm::{Context, Error, ErrorKind, Result};
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// Bits that a machine multiplies at once.
const LIMB: u64 = 64;
/// Products of limbs in the time that one unit of work takes.
const PRODUCTS_PER_UNIT: u64 = 64;

/// An operand of an exact number: another one, or an integer.
pub(super) fn operand<'v>(function: &str, value: &'v Value) -> Result<Cow<'v, Exact>> {
    if let Some(exact) = Exact::of(value) {
        return Ok(Cow::Borrowed(exact));
    }
    if let Some(integer) = value.as_int() {
        return Ok(Cow::Owned(Exact::Big(integer.into())));
    }
    Err(match value.as_float() {
        Some(float) => Error::type_error(format!(
            "{function}: the float {} beside an exact number would make the result inexact",
            print_float(float)
        ))
        .with_hint("float(x) makes a float of the exact one, decimal(str(x)) a decimal of the float"),
        None => wrong(function, "an integer, a big integer or a decimal", value),
    })
}

/// An integer of any size.
pub(super) fn whole<'v>(function: &str, value: &'v Value) -> Result<Cow<'v, BigInt>> {
    match (Exact::of(value), value.as_int()) {
        (Some(Exact::Big(number)), _) => Ok(Cow::Borrowed(number)),
        (_, Some(integer)) => Ok(Cow::Owned(integer.into())),
        _ => Err(wrong(function, "integers", value)),
    }
}

#[cold]
pub(super) fn too_long(function: &str) -> Error {
    Error::new(ErrorKind::LimitError, format!("{function} would make a number of more than {MOST_BITS} bits"))
}

/// A number of so many bits may be made.
pub(super) fn check_bits(function: &str, bits: u64) -> Result<()> {
    if bits > MOST_BITS { Err(too_big(function, bits, MOST_BITS as usize, "bits")) } else { Ok(()) }
}

pub(super) fn check_places(function: &str, places: u64) -> Result<()> {
    if places > MOST_PLACES.into() {
        return Err(too_big(function, places, MOST_PLACES as usize, "digits behind the point"));
    }
    Ok(())
}

/// Numbers of so many bits are about to be multiplied or divided.
pub(super) fn work(context: &mut Context<'_>, a: u64, b: u64) -> Result<()> {
    let products = (a / LIMB + 1) * (b / LIMB + 1);
    context.work((products / PRODUCTS_PER_UNIT) as usize + 1)
}

/// Bits that so many digits have, at most.
fn bits_of_digits(digits: u64) -> u64 {
    digits * 10 / 3 + 4
}

/// The bits of both once they have as many places as the one that has more.
fn aligned_bits(a: &Decimal, b: &Decimal) -> u64 {
    let more = |own: &Decimal, other: &Decimal| {
        own.digits.bits() + bits_of_digits(other.places.saturating_sub(own.places).into())
    };
    more(a, b).max(more(b, a))
}

#[cold]
fn by_zero(function: &str) -> Error {
    Error::new(ErrorKind::ZeroDivisionError, format!("{function}: an exact number cannot be divided by zero"))
}

/// A sum or a difference.
pub(super) fn sum(
    context: &mut Context<'_>,
    function: &str,
    a: &Exact,
    b: &Exact,
    add: fn(&BigInt, &BigInt) -> BigInt,
) -> Result<Exact> {
    if let (Exact::Big(a), Exact::Big(b)) = (a, b) {
        let bits = a.bits().max(b.bits());
        check_bits(function, bits + 1)?;
        context.work((bits / LIMB) as usize / 16 + 1)?;
        return Ok(Exact::Big(add(a, b)));
    }
    let (a, b) = (a.to_decimal(), b.to_decimal());
    let bits = aligned_bits(&a, &b);
    check_bits(function, bits + 1)?;
    work(context, bits, bits_of_digits(a.places.abs_diff(b.places).into()))?;
    let (a, b, places) = a.aligned(&b);
    Ok(Exact::Decimal(Decimal { digits: add(&a, &b), places }))
}

pub(super) fn product(context: &mut Context<'_>, function: &str, a: &Exact, b: &Exact) -> Result<Exact> {
    let multiply = |context: &mut Context<'_>, a: &BigInt, b: &BigInt| {
        check_bits(function, a.bits() + b.bits())?;
        work(context, a.bits(), b.bits())?;
        Ok::<_, Error>(a * b)
    };
    if let (Exact::Big(a), Exact::Big(b)) = (a, b) {
        return multiply(context, a, b).map(Exact::Big);
    }
    let (a, b) = (a.to_decimal(), b.to_decimal());
    let places = a.places + b.places;
    check_places(function, places.into())?;
    Ok(Exact::Decimal(Decimal { digits: multiply(context, &a.digits, &b.digits)?, places }))
}

/// Of two integers the nearest float, as `/` is with integers; else a decimal.
pub(super) fn quotient(context: &mut Context<'_>, function: &str, a: &Exact, b: &Exact) -> Result<Value> {
    if let (Exact::Big(a), Exact::Big(b)) = (a, b) {
        if b.sign() == Sign::NoSign {
            return Err(by_zero(function));
        }
        work(context, a.bits() + 128, b.bits())?;
        let float = float_quotient(a, b);
        if float.is_infinite() {
            let message = format!("{function}: this quotient is larger than any float");
            return Err(Error::new(ErrorKind::OverflowError, message).with_hint("a ~/ b is an integer of any size"));
        }
        return Ok(Value::float(float));
    }
    let divided = decimal_quotient(context, function, (a, b), None, Rounding::HalfEven)?;
    Ok(divided.give(context.heap()))
}

/// Divided so that it has these places, or else with as many digits as it takes, up to a limit.
pub(super) fn decimal_quotient(
    context: &mut Context<'_>,
    function: &str,
    (a, b): (&Exact, &Exact),
    places: Option<u32>,
    rounding: Rounding,
) -> Result<Exact> {
    let (a, b) = (a.to_decimal(), b.to_decimal());
    if b.digits.sign() == Sign::NoSign {
        return Err(by_zero(function));
    }
    let wanted = places.map_or(u64::from(QUOTIENT_DIGITS), u64::from);
    let digits = wanted + u64::from(a.places) + u64::from(b.places);
    let bits = a.digits.bits() + b.digits.bits() + bits_of_digits(digits);
    check_bits(function, bits)?;
    work(context, bits, bits)?;
    let divided = match places {
        Some(places) => a.divided_to_places(&b, places, rounding),
        None => a.divided(&b, QUOTIENT_DIGITS, rounding),
    };
    check_places(function, divided.places.into())?;
    Ok(Exact::Decimal(divided))
}

/// The float nearest to a quotient of integers.
fn float_quotient(a: &BigInt, b: &BigInt) -> f64 {
    // So many bits that the float has all it can hold, and the last one says whether there is more.
    let shift = 66 + b.bits() as i64 - a.bits() as i64;
    let (numerator, divisor) =
        if shift >= 0 { (a << shift, b.clone()) } else { (a.clone(), b << shift.unsigned_abs()) };
    let (mut quotient, rest) = numerator.div_rem(&divisor);
    if rest.sign() != Sign::NoSign {
        let sign = if (a.sign() == Sign::Minus) == (b.sign() == Sign::Minus) { 1 } else { -1 };
        quotient = quotient * 2 + sign;
        return scaled(&quotient, -shift - 1);
    }
    scaled(&quotient, -shift)
}

/// A number of some 70 bits times a power of two.
fn scaled(number: &BigInt, exponent: i64) -> f64 {
    let mut float = number.to_f64().unwrap_or(f64::NAN);
    let mut left = exponent.clamp(-4096, 4096) as i32;
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        float *= 2_f64.powi(step);
        left -= step;
    }
    float
}

/// The floored quotient and the remainder, which has the sign of the divisor.
pub(super) fn floored(context: &mut Context<'_>, function: &str, a: &Exact, b: &Exact) -> Result<(Exact, Exact)> {
    if let (Exact::Big(a), Exact::Big(b)) = (a, b) {
        if b.sign() == Sign::NoSign {
            return Err(by_zero(function));
        }
        work(context, a.bits().saturating_sub(b.bits()), b.bits())?;
        let (quotient, rest) = a.div_mod_floor(b);
        return Ok((Exact::Big(quotient), Exact::Big(rest)));
    }
    let (a, b) = (a.to_decimal(), b.to_decimal());
    if b.digits.sign() == Sign::NoSign {
        return Err(by_zero(function));
    }
    let bits = aligned_bits(&a, &b);
    check_bits(function, bits)?;
    work(context, bits, bits)?;
    let (a, b, places) = a.aligned(&b);
    let (quotient, rest) = a.div_mod_floor(&b);
    Ok((Exact::Decimal(Decimal::of_integer(quotient)), Exact::Decimal(Decimal { digits: rest, places })))
}

pub(super) fn power(context: &mut Context<'_>, function: &str, base: &Exact, exponent: &Exact) -> Result<Value> {
    let Exact::Big(exponent) = exponent else {
        return Err(bad_value(format!("{function}: an exact number is raised to whole powers, not to a decimal"))
            .with_hint("float(x) ^ y is inexact"));
    };
    let (Exact::Big(digits) | Exact::Decimal(Decimal { digits, .. })) = base;
    let is_negative = exponent.sign() == Sign::Minus;
    // Of these, any power is one of them.
    let is_small = digits.bits() <= 1 && matches!(base, Exact::Big(_));
    let size = match exponent.magnitude().to_u32() {
        Some(size) => size,
        None if is_small => 2 + u32::from(exponent.is_odd()),
        None => return Err(too_long(function)),
    };
    // It has so many bits at least, and twice as many at most; a power of one or zero has one.
    let bits = digits.bits().saturating_sub(1) * u64::from(size);
    check_bits(function, bits)?;
    work(context, bits, bits)?;
    let raised = match base {
        Exact::Big(number) => Exact::Big(number.pow(size)),
        Exact::Decimal(decimal) => {
            let places = u64::from(decimal.places) * u64::from(size);
            check_places(function, places)?;
            Exact::Decimal(Decimal { digits: decimal.digits.pow(size), places: places as u32 })
        }
    };
    let (Exact::Big(digits) | Exact::Decimal(Decimal { digits, .. })) = &raised;
    check_bits(function, digits.bits())?;
    if !is_negative {
        return Ok(raised.give(context.heap()));
    }
    quotient(context, function, &Exact::Big(1.into()), &raised)
}

/// `base ^ exponent % modulus` without making the power.
pub(super) fn power_within(
    context: &mut Context<'_>,
    function: &str,
    base: &BigInt,
    exponent: &BigInt,
    modulus: &BigInt,
) -> Result<BigInt> {
    if modulus.sign() == Sign::NoSign {
        return Err(by_zero(function));
    }
    if exponent.sign() == Sign::Minus {
        return Err(bad_value(format!("{function}: the exponent is 0 or more")));
    }
    let mut result = BigInt::from(1).mod_floor(modulus);
    let base = base.mod_floor(modulus);
    for bit in (0..exponent.bits()).rev() {
        work(context, 2 * modulus.bits(), modulus.bits())?;
        result = (&result * &result).mod_floor(modulus);
        if exponent.bit(bit) {
            result = (&result * &base).mod_floor(modulus);
        }
    }
    Ok(result)
}
