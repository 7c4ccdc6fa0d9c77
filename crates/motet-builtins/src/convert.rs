//! Making values of one kind from another: int, float, bool, bytes, complex, symbol, and characters by code point.

use motet_vm::builtins::arguments::{self, bad_value, float_to_int, integer, overflow, text, wrong};
use motet_vm::builtins::iterate::with_items;
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{Tag, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `int(value, base = 10)`.
fn int(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(source) = value.as_str() {
        let base = match arguments.get(1) {
            Some(base) => integer("int", "the base", base)?,
            None => 10,
        };
        return parse_int(source, base).map(|integer| Value::int(integer).into());
    }
    if arguments.len() > 1 {
        return Err(wrong("int with a base", "a string", value));
    }
    match value.tag() {
        Tag::Int => Ok(value.clone().into()),
        Tag::Float => {
            let float = value.as_float().unwrap_or_default();
            if !float.is_finite() {
                return Err(bad_value(format!("{} is no integer", motet_vm::memory::print_float(float))));
            }
            match float_to_int(float) {
                Some(integer) => Ok(Value::int(integer).into()),
                None => Err(overflow(format!("the integer part of {float:e}"))),
            }
        }
        Tag::False => Ok(Value::int(0).into()),
        Tag::True => Ok(Value::int(1).into()),
        _ => Err(wrong("int", "a number, a string or a boolean", value)),
    }
}

/// An integer as the language writes it: digits with `_` between them, `0x`, `0o` and `0b` before them.
fn parse_int(source: &str, base: i64) -> Result<i64> {
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=36).contains(base)) else {
        return Err(bad_value(format!("a base is 2 to 36, not {base}")));
    };
    let trimmed = source.trim();
    let (sign, digits) = match trimmed.strip_prefix(['-', '+']) {
        Some(digits) => (&trimmed[..1], digits),
        None => ("", trimmed),
    };
    let prefixed = |prefix: &str, of: u32| {
        let rest = digits.strip_prefix(prefix).or_else(|| digits.strip_prefix(prefix.to_uppercase().as_str()))?;
        (base == 10 || base == of).then_some((rest, of))
    };
    let (digits, base) =
        prefixed("0x", 16).or_else(|| prefixed("0b", 2)).or_else(|| prefixed("0o", 8)).unwrap_or((digits, base));
    let is_well_formed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits.chars().all(|digit| digit == '_' || digit.is_digit(base));
    if !is_well_formed {
        let error = bad_value(format!("{source:?} is not an integer"));
        return Err(match trimmed.parse::<f64>() {
            Ok(_) => error.with_hint("int(float(text)) cuts off a fraction"),
            Err(_) => error.with_hint(
                "an integer is digits, with a sign before them or none; for other text, catch the ValueError",
            ),
        });
    }
    let digits: String = digits.chars().filter(|&digit| digit != '_').collect();
    i64::from_str_radix(&format!("{sign}{digits}"), base).map_err(|_| overflow(trimmed))
}

/// `float(value)`.
fn float(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    let float = match value.tag() {
        Tag::Int | Tag::Float => value.as_number().unwrap_or_default(),
        Tag::False => 0.0,
        Tag::True => 1.0,
        Tag::String => parse_float(value.as_str().unwrap_or_default())?,
        _ => return Err(wrong("float", "a number, a string or a boolean", value)),
    };
    Ok(Value::float(float).into())
}

fn parse_float(source: &str) -> Result<f64> {
    let trimmed = source.trim();
    match trimmed.trim_start_matches(['-', '+']) {
        "Infinity" => return Ok(if trimmed.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        "NaN" => return Ok(f64::NAN),
        // Rust also reads `inf`, `infinity` and `nan`, which the language does not.
        word if word.starts_with(|first: char| first.is_ascii_alphabetic()) => {}
        _ => {
            // As in programs, a `_` stands between two digits.
            let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
            let bytes = trimmed.as_bytes();
            let misplaced = (0..bytes.len())
                .any(|at| bytes[at] == b'_' && !(at > 0 && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1))));
            if misplaced {
                return Err(bad_value(format!("{source:?} is not a number")));
            }
            let digits = trimmed.replace('_', "");
            if let Ok(float) = digits.parse::<f64>() {
                return Ok(float);
            }
        }
    }
    Err(bad_value(format!("{source:?} is not a number")))
}

/// `number(value)`: an integer if the text is one, else a float.
fn number(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    match value.as_str() {
        Some(source) => match parse_int(source, 10) {
            Ok(integer) => Ok(Value::int(integer).into()),
            Err(_) => parse_float(source).map(|float| Value::float(float).into()),
        },
        None if value.as_number().is_some() => Ok(value.clone().into()),
        None => int(context, arguments),
    }
}

/// `bool(value)`.
fn bool(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::bool(context.condition(arguments.at(0))?).into())
}

/// `complex(re, im = 0)`.
fn complex(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let first = arguments.at(0);
    if first.as_complex().is_some() && arguments.len() == 1 {
        return Ok(first.clone().into());
    }
    let re = arguments::number("complex", first)?;
    let im = match arguments.get(1) {
        Some(im) => arguments::number("complex", im)?,
        None => 0.0,
    };
    Ok(context.heap().complex(re, im).into())
}

/// `symbol(text)`.
fn symbol(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if value.tag().is_symbol() {
        return Ok(value.clone().into());
    }
    Ok(context.heap().symbol(text("symbol", value)?).into())
}

/// `bytes(value)`: of a string its UTF-8, of a collection of integers these.
fn bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(source) = value.as_str() {
        return Ok(context.heap().bytes(source.as_bytes()).into());
    }
    if value.as_bytes().is_some() {
        return Ok(value.clone().into());
    }
    with_items(context, "bytes", value, Vec::new(), |context, items, _| {
        let mut bytes = Vec::with_capacity(items.len());
        for item in &items {
            let byte = integer("bytes", "each element", item)?;
            bytes.push(u8::try_from(byte).map_err(|_| bad_value(format!("a byte is 0 to 255, not {byte}")))?);
        }
        Ok(context.heap().bytes(bytes).into())
    })
}

/// `decode(bytes)`: the string whose UTF-8 they are.
fn decode(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    let Some(bytes) = value.as_bytes() else { return Err(wrong("decode", "bytes", value)) };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        bad_value(format!("these bytes are not UTF-8: byte {} does not belong there", error.valid_up_to()))
    })?;
    Ok(context.heap().string(text).into())
}

/// `hex(bytes_or_integer)`.
fn hex(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    let text = if let Some(bytes) = value.as_bytes() {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    } else {
        let integer = integer("hex", "its argument", value)?;
        format!("{}{:x}", if integer < 0 { "-" } else { "" }, integer.unsigned_abs())
    };
    Ok(context.heap().string(&text).into())
}

/// `ord(text)`: the code point of the first character.
fn ord(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    match text("ord", value)?.chars().next() {
        Some(character) => Ok(Value::int(character as i64).into()),
        None => Err(bad_value("ord takes a character, and this string is empty")),
    }
}

/// `chr(code)`: the character with a code point.
fn chr(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let code = integer("chr", "the code point", arguments.at(0))?;
    let character = u32::try_from(code).ok().and_then(char::from_u32);
    match character {
        Some(character) => Ok(context.heap().character(character).into()),
        None => Err(bad_value(format!("{code} is not the code point of a character"))),
    }
}

/// The parts of a complex number; of a real one itself and 0.
fn parts(function: &str, value: &Value) -> Result<(f64, f64)> {
    match value.as_complex() {
        Some(complex) => Ok((complex.re, complex.im)),
        None => value.as_number().map(|number| (number, 0.0)).ok_or_else(|| wrong(function, "a number", value)),
    }
}

fn re(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::float(parts("re", arguments.at(0))?.0).into())
}

fn im(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::float(parts("im", arguments.at(0))?.1).into())
}

fn conj(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if value.as_number().is_some() {
        return Ok(value.clone().into());
    }
    let (re, im) = parts("conj", value)?;
    Ok(context.heap().complex(re, -im).into())
}

fn arg(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (re, im) = parts("arg", arguments.at(0))?;
    Ok(Value::float(im.atan2(re)).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "int(value, base = 10)",
        int,
        "An integer: the whole part of a number (towards 0), or what a string says, in a base from 2 to 36.",
    )
    .on(Kinds::NUMBER.and(Kinds::STRING)),
    Entry::function("float(value)", float, "A float: a number as one, or what a string says.")
        .on(Kinds::NUMBER.and(Kinds::STRING)),
    Entry::function("number(value)", number, "The number that a string says: an integer if it is one, else a float.")
        .on(Kinds::STRING),
    Entry::function("bool(value)", bool, "Whether a value counts as true: it is neither null nor false.").pure(),
    Entry::function("complex(re, im = 0)", complex, "The complex number of these parts.").pure(),
    Entry::function("symbol(text)", symbol, "The symbol of a name.").pure(),
    Entry::function(
        "bytes(value)",
        bytes,
        "Bytes: the UTF-8 of a string, or the integers from 0 to 255 of a collection.",
    )
    .pure()
    .on(Kinds::STRING.and(Kinds::LIST)),
    Entry::function("decode(bytes)", decode, "The string whose UTF-8 these bytes are.").pure().on(Kinds::BYTES),
    Entry::function("hex(value)", hex, "An integer or bytes in hexadecimal digits.")
        .pure()
        .on(Kinds::BYTES.and(Kinds::NUMBER)),
    Entry::function("ord(character)", ord, "The code point of a string's first character.").pure().on(Kinds::STRING),
    Entry::function("chr(code)", chr, "The character with this code point.").pure(),
    Entry::function("re(number)", re, "The real part of a number.").pure().on(Kinds::NUMERIC),
    Entry::function("im(number)", im, "The imaginary part of a number.").pure().on(Kinds::NUMERIC),
    Entry::function("conj(number)", conj, "The complex conjugate of a number.").pure().on(Kinds::NUMERIC),
    Entry::function("arg(number)", arg, "The angle of a number in the complex plane.").pure().on(Kinds::NUMERIC),
];
