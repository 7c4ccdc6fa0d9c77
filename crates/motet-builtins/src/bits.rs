//! Bits of integers, which are signed and have 64 of them.

use motet_vm::builtins::arguments::{bad_value, overflow, wrong};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{Tag, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn operand(function: &str, value: &Value) -> Result<i64> {
    value.as_int().ok_or_else(|| wrong(function, "integers", value))
}

fn fold(arguments: &Arguments<'_>, name: &str, combine: fn(i64, i64) -> i64) -> Result<Outcome> {
    let mut result = operand(name, arguments.at(0))?;
    for value in &arguments.positional()[1..] {
        result = combine(result, operand(name, value)?);
    }
    Ok(Value::int(result).into())
}

fn band(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    fold(&arguments, "band", |a, b| a & b)
}

fn bor(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    fold(&arguments, "bor", |a, b| a | b)
}

fn bxor(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    fold(&arguments, "bxor", |a, b| a ^ b)
}

fn bnot(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(!operand("bnot", arguments.at(0))?).into())
}

/// A value, and by how many places it is shifted.
fn shift(arguments: &Arguments<'_>, name: &str) -> Result<(i64, u32)> {
    let (value, places) = (operand(name, arguments.at(0))?, operand(name, arguments.at(1))?);
    match u32::try_from(places) {
        Ok(places) => Ok((value, places)),
        Err(_) if places < 0 => Err(bad_value(format!("{name} shifts by 0 places or more, not {places}"))),
        Err(_) => Ok((value, u32::MAX)),
    }
}

fn shl(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, places) = shift(&arguments, "shl")?;
    let shifted = match value {
        0 => Some(0),
        // What is shifted out must be nothing but copies of the sign.
        _ => value.checked_shl(places).filter(|shifted| shifted >> places == value),
    };
    shifted.map(|shifted| Value::int(shifted).into()).ok_or_else(|| {
        overflow(format!("{value} shifted left by {places}"))
            .with_hint("to keep 32 bits, for example: shl(band(x, 0xffffffff), n) and band again")
    })
}

fn shr(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, places) = shift(&arguments, "shr")?;
    Ok(Value::int(value >> places.min(63)).into())
}

fn ushr(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, places) = shift(&arguments, "ushr")?;
    let shifted = (value as u64).checked_shr(places).unwrap_or(0);
    Ok(Value::int(i64::try_from(shifted).map_err(|_| overflow(shifted))?).into())
}

fn bit_count(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(operand("bit_count", arguments.at(0))?.count_ones() as i64).into())
}

/// Arithmetic that wraps around, for those who mean it: hashes and random numbers.
fn wrapping(arguments: &Arguments<'_>, name: &str, combine: fn(i64, i64) -> i64) -> Result<Outcome> {
    Ok(Value::int(combine(operand(name, arguments.at(0))?, operand(name, arguments.at(1))?)).into())
}

fn wrapping_add(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    wrapping(&arguments, "wrapping_add", i64::wrapping_add)
}

fn wrapping_sub(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    wrapping(&arguments, "wrapping_sub", i64::wrapping_sub)
}

fn wrapping_mul(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    wrapping(&arguments, "wrapping_mul", i64::wrapping_mul)
}

const INTEGER: Kinds = Kinds::of(&[Tag::Int]);

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("band(...integers)", band, "The bits that all integers have.").pure().at_least(2).on(INTEGER),
    Entry::function("bor(...integers)", bor, "The bits that some of the integers has.").pure().at_least(2).on(INTEGER),
    Entry::function("bxor(...integers)", bxor, "The bits that an odd number of the integers have.")
        .pure()
        .at_least(2)
        .on(INTEGER),
    Entry::function("bnot(integer)", bnot, "The bits that an integer does not have.").pure().on(INTEGER),
    Entry::function("shl(integer, places)", shl, "An integer shifted to the left; an error if bits get lost.")
        .pure()
        .on(INTEGER),
    Entry::function("shr(integer, places)", shr, "An integer shifted to the right, keeping its sign.")
        .pure()
        .on(INTEGER),
    Entry::function("ushr(integer, places)", ushr, "The 64 bits of an integer shifted to the right, zeros coming in.")
        .on(INTEGER),
    Entry::function("bit_count(integer)", bit_count, "How many bits of an integer are 1.").pure().on(INTEGER),
    Entry::function("wrapping_add(a, b)", wrapping_add, "The low 64 bits of a sum."),
    Entry::function("wrapping_sub(a, b)", wrapping_sub, "The low 64 bits of a difference."),
    Entry::function("wrapping_mul(a, b)", wrapping_mul, "The low 64 bits of a product."),
];
