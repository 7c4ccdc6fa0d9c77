//! What a field of CSV is.

use super::column::Type;
use crate::dates::Moment;
use crate::numbers::{self, Number};

/// A text that would be read as a number, a truth or a date.
pub(super) fn looks_otherwise(text: &str) -> bool {
    match text.trim_start().as_bytes().first() {
        Some(b'0'..=b'9' | b'-') => float(text).is_some() || Moment::of_text(text).is_some(),
        Some(b't' | b'T' | b'f' | b'F') => truth(text).is_some(),
        _ => false,
    }
}

pub(super) fn truth(field: &str) -> Option<bool> {
    match field {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Begins and ends with ASCII that is no blank.
fn is_bare(field: &str) -> bool {
    let is_bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    is_bare(field.as_bytes().first()) && is_bare(field.as_bytes().last())
}

pub(super) fn int(field: &str) -> Option<i64> {
    match number(field)? {
        Number::Int(int) => Some(int),
        _ => None,
    }
}

pub(super) fn float(field: &str) -> Option<f64> {
    match number(field)? {
        Number::Int(int) => Some(int as f64),
        Number::Float(float) => Some(float),
        // As an integer it would not be exact.
        Number::Big(_) => None,
    }
}

/// What begins with 0 as numbers do not is none, as post codes are.
fn number(field: &str) -> Option<Number> {
    let field = if is_bare(field) { field } else { field.trim() };
    if !begins_number(*field.as_bytes().first()?) {
        return None;
    }
    numbers::read(field, 0).ok().filter(|(_, end)| *end == field.len()).map(|(number, _)| number)
}

pub(super) fn begins_number(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'-'
}

/// A column of this type may hold it.
pub(super) fn fits(field: &str, kind: Type) -> bool {
    match kind {
        Type::Int => int(field).is_some(),
        Type::Float => float(field).is_some(),
        Type::Bool => truth(field).is_some(),
        Type::Date => Moment::of_text(field).is_some(),
        Type::Text => true,
    }
}
