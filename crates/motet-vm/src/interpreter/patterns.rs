//! Tests of patterns, and types checked where they are written.

use super::calls::attempt;
use super::iteration::sequence_length;
use super::operands::{borrow, name, put, use_b, use_c};
use super::{Control, unwind};
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::Isolate;
use crate::memory::{Symbol, Tag, Value};
use motet_code::{Instruction, LAST_B, VARIANT};

/// Whether a value is of a class or type.
pub(crate) fn is_of_type(isolate: &Isolate, value: &Value, kind: &Value) -> Result<bool> {
    if let Some(answer) = crate::builtins::types::is_of_type(value, kind) {
        return Ok(answer);
    }
    let Some(class) = kind.as_class() else {
        let found = isolate.type_name(kind);
        let error = Error::type_error(format!("{found} is not a class or type"));
        return Err(error.with_hint("whether two values are one object says same(a, b)"));
    };
    Ok(value.as_instance().and_then(|fields| fields.class()).is_some_and(|own| own.is_or_descends_from(class)))
}

#[inline(never)]
pub(super) fn instance_of(isolate: &mut Isolate, i: Instruction) -> Control {
    let (value, kind) = (use_b(isolate, i), use_c(isolate, i));
    let answer = attempt!(isolate, is_of_type(isolate, &value, &kind));
    drop((value, kind));
    put(isolate, i.a(), Value::bool(answer));
    Control::Next
}

/// Drops operand b, if this was its last use, and writes the answer.
fn answer(isolate: &Isolate, i: Instruction, value: Value) -> Control {
    if i.flags() & LAST_B != 0 {
        drop(use_b(isolate, i));
    }
    put(isolate, i.a(), value);
    Control::Next
}

#[inline(never)]
pub(super) fn is_list(isolate: &mut Isolate, i: Instruction) -> Control {
    let wanted = i.c() as usize;
    let value = borrow(isolate, i.b());
    let length = value.as_list().map(|list| list.length()).or_else(|| sequence_length(value));
    let fits = length.is_some_and(|length| if i.flags() & VARIANT != 0 { length >= wanted } else { length == wanted });
    answer(isolate, i, Value::bool(fits))
}

#[inline(never)]
pub(super) fn has_key(isolate: &mut Isolate, i: Instruction) -> Control {
    let key = name(isolate, i.c());
    let value = borrow(isolate, i.b());
    let has = match value.tag() {
        Tag::Record | Tag::Instance => value.as_fields().is_some_and(|fields| fields.contains(key)),
        Tag::Map => {
            let key = isolate.heap.string(key.as_str());
            value.as_map().is_some_and(|map| map.contains(&key))
        }
        _ => false,
    };
    answer(isolate, i, Value::bool(has))
}

#[inline(never)]
pub(super) fn list_rest(isolate: &mut Isolate, i: Instruction) -> Control {
    let object = borrow(isolate, i.b()).as_foreign();
    if let Some(rest) = object.and_then(|object| object.object().rest(i.c() as usize, &isolate.heap)) {
        return answer(isolate, i, rest);
    }
    let rest = {
        let items = borrow(isolate, i.b()).as_list().map(|list| list.items());
        items.and_then(|items| items.get(i.c() as usize..).map(<[Value]>::to_vec)).unwrap_or_default()
    };
    answer(isolate, i, isolate.heap.list(rest))
}

#[cold]
#[inline(never)]
pub(super) fn match_fail(isolate: &mut Isolate, i: Instruction) -> Control {
    let text = crate::memory::print_value(borrow(isolate, i.a()), &isolate.message_options());
    let error = Error::new(ErrorKind::MatchError, format!("no arm of match takes {text}"))
        .with_hint("an arm `_ => …` takes everything else");
    unwind::throw(isolate, error)
}

/// The error for a value that is not of the type which was declared.
#[cold]
pub(crate) fn wrong_type(isolate: &Isolate, what: &str, expected: &str, value: &Value) -> Error {
    let text = crate::memory::print_value(value, &isolate.message_options());
    let found = isolate.type_name(value);
    Error::type_error(format!("{what} must be {expected}, not {text} ({found})"))
}

#[inline(never)]
pub(super) fn check(isolate: &mut Isolate, i: Instruction) -> Control {
    let (value, kind) = (borrow(isolate, i.a()), borrow(isolate, i.b()));
    if !attempt!(isolate, is_of_type(isolate, value, kind)) {
        let what: Symbol = name(isolate, i.c());
        let error = wrong_type(isolate, what.as_str(), &crate::builtins::types::type_text(kind), value);
        return unwind::throw(isolate, error);
    }
    if i.flags() & motet_code::LAST_A != 0 {
        drop(super::operands::use_a(isolate, i));
    }
    if i.flags() & LAST_B != 0 {
        drop(use_b(isolate, i));
    }
    Control::Next
}
