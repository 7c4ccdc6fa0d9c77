//! Making things: variables' cells, closures, lists, records, strings, ranges, classes.

use super::arithmetic::add_in_place;
use super::calls::{attempt, call_for_operation};
use super::fields::write_error;
use super::operands::{borrow, code, name, put, register, take, use_a, use_b};
use super::operators::{self, Place, is_object};
use super::{Control, raw, unwind};
use crate::error::{Error, ErrorKind};
use crate::isolate::{Delivery, Isolate};
use crate::memory::{FieldName, Symbol, Tag, Value};
use motet_code::{Capture, Instruction, LAST_A, VARIANT};
use std::sync::Arc;

#[inline(never)]
pub(super) fn cell(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    put(isolate, i.a(), isolate.heap.cell(value, true));
    Control::Next
}

#[inline(never)]
pub(super) fn cell_empty(isolate: &mut Isolate, i: Instruction) -> Control {
    put(isolate, i.a(), isolate.heap.cell(Value::MISSING, i.flags() & VARIANT != 0));
    Control::Next
}

#[cold]
#[inline(never)]
pub(super) fn undefined_variable(isolate: &mut Isolate, i: Instruction) -> Control {
    let name = name(isolate, i.c()).as_str();
    let error = Error::new(ErrorKind::NameError, format!("{name} is used before it is defined"))
        .with_hint("its definition stands further down, and has not been reached yet");
    unwind::throw(isolate, error)
}

fn set_cell(isolate: &mut Isolate, cell: &Value, value: Value) -> Control {
    let result = cell.as_cell().expect("a captured variable").set(value, &isolate.heap);
    if let Err(error) = result {
        let error = write_error(isolate, cell, error);
        return unwind::throw(isolate, error);
    }
    Control::Next
}

fn drop_a(isolate: &Isolate, i: Instruction) {
    if i.flags() & LAST_A != 0 {
        drop(use_a(isolate, i));
    }
}

/// `CellSet` and `CellDefine`.
#[inline(never)]
pub(super) fn cell_set(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    let cell = borrow(isolate, i.a());
    let control = set_cell(isolate, cell, value);
    if control == Control::Next {
        drop_a(isolate, i);
    }
    control
}

#[inline(never)]
pub(super) fn cell_add(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    // SAFETY: the operand is a cell of a variable that may be assigned, so it is not frozen; nothing else runs meanwhile.
    let place = unsafe { raw::cell_value_mut(borrow(isolate, i.a())) };
    if is_object(place) || is_object(&value) {
        let (old, cell) = (place.clone(), use_a(isolate, i));
        return operators::add_to_place(isolate, old, value, Place::Cell(cell));
    }
    attempt!(isolate, add_in_place(isolate, place, &value));
    drop_a(isolate, i);
    Control::Next
}

fn captured(isolate: &Isolate, index: u16) -> &'static Value {
    // SAFETY: the running frame's closure outlives the operation, and the verifier checked the index.
    unsafe { raw::captured(isolate.frame().environment, index) }
}

#[inline(never)]
pub(super) fn captured_set(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    let cell = captured(isolate, i.a());
    set_cell(isolate, cell, value)
}

#[inline(never)]
pub(super) fn captured_add(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    // SAFETY: as in `cell_add`.
    let place = unsafe { raw::cell_value_mut(captured(isolate, i.a())) };
    if is_object(place) || is_object(&value) {
        let (old, cell) = (place.clone(), captured(isolate, i.a()).clone());
        return operators::add_to_place(isolate, old, value, Place::Cell(cell));
    }
    attempt!(isolate, add_in_place(isolate, place, &value));
    Control::Next
}

#[inline(never)]
pub(super) fn current_function(isolate: &mut Isolate, i: Instruction) -> Control {
    let environment = isolate.frame().environment;
    let value = if environment != 0 {
        // SAFETY: the running frame's closure is alive.
        unsafe { raw::closure_value(environment) }
    } else {
        isolate.heap.closure(Arc::clone(&code(isolate).function), [])
    };
    put(isolate, i.a(), value);
    Control::Next
}

#[inline(never)]
pub(super) fn closure(isolate: &mut Isolate, i: Instruction) -> Control {
    let prototype = Arc::clone(&code(isolate).function.functions[i.b() as usize]);
    attempt!(isolate, isolate.load(&prototype));
    let captures = code(isolate).function.functions[i.b() as usize].captures.iter().map(|capture| match *capture {
        Capture::Register(register) => borrow(isolate, register).clone(),
        Capture::Captured(index) => captured(isolate, index).clone(),
    });
    // SAFETY: the verifier compared what is captured with what the function needs.
    put(isolate, i.a(), unsafe { isolate.heap.closure_unchecked(prototype, captures) });
    Control::Next
}

#[inline(never)]
pub(super) fn list(isolate: &mut Isolate, i: Instruction) -> Control {
    let items = (0..i.c()).map(|index| take(isolate, i.b() + index)).collect();
    put(isolate, i.a(), isolate.heap.list(items));
    Control::Next
}

#[inline(never)]
pub(super) fn list_push(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    let list = borrow(isolate, i.a());
    let Some(items) = list.as_list() else { return not_a(isolate, "list", list) };
    let result = items.push(value, &isolate.heap);
    attempt!(isolate, result.map_err(|error| write_error(isolate, list, error)));
    Control::Next
}

/// An operand of code that no compiler made is of another kind.
#[cold]
fn not_a(isolate: &mut Isolate, expected: &str, found: &Value) -> Control {
    let error = Error::type_error(format!("this is built in a {expected}, not in {}", isolate.type_name(found)));
    unwind::throw(isolate, error)
}

/// Appends all that an iterable holds. Generators run to their end through a native.
#[inline(never)]
pub(super) fn list_extend(isolate: &mut Isolate, i: Instruction) -> Control {
    let source = use_b(isolate, i);
    let list = borrow(isolate, i.a());
    if let Some(items) = source.as_list() {
        let items: Vec<Value> = items.items().to_vec();
        let Some(target) = list.as_list() else { return not_a(isolate, "list", list) };
        let result = target.change(&isolate.heap, |list| list.extend(items));
        attempt!(isolate, result.map_err(|error| write_error(isolate, list, error)));
        return Control::Next;
    }
    let list = list.clone();
    let extend = attempt!(isolate, isolate.helper("%extend"));
    call_for_operation(isolate, list, extend, vec![source], Delivery::Discard, 0)
}

#[inline(never)]
pub(super) fn record(isolate: &mut Isolate, i: Instruction) -> Control {
    let names = code(isolate).names(i.c() as usize);
    let value = match code(isolate).shape(i.c() as usize) {
        Some(shape) => {
            let count = names.len() as u16;
            isolate.heap.record_with_shape(shape, (0..count).map(|index| take(isolate, i.b() + index)))
        }
        None => {
            let value = isolate.heap.record(names.len());
            let fields = value.as_record().expect("just made");
            for (index, name) in names.iter().enumerate() {
                let result = fields.set_named(name.clone(), take(isolate, i.b() + index as u16), &isolate.heap);
                attempt!(isolate, result.map_err(|error| write_error(isolate, &value, error)));
            }
            value
        }
    };
    put(isolate, i.a(), value);
    Control::Next
}

#[inline(never)]
pub(super) fn record_extend(isolate: &mut Isolate, i: Instruction) -> Control {
    let source = use_b(isolate, i);
    let target = borrow(isolate, i.a());
    let Some(fields) = target.as_record() else { return not_a(isolate, "record", target) };
    let mut entries = Vec::new();
    if let Some(source) = source.as_fields() {
        source.for_each(|name, value| entries.push((name.clone(), value.clone())));
    } else if let Some(map) = source.as_map() {
        let mut bad_key = None;
        map.for_each(|key, value| match FieldName::of(key).filter(|_| key.as_str().is_some()) {
            Some(key) => entries.push((key, value.clone())),
            None => bad_key = Some(isolate.type_name(key)),
        });
        if let Some(kind) = bad_key {
            let error = Error::type_error(format!("a record's keys are strings; this map has a key of type {kind}"));
            return unwind::throw(isolate, error);
        }
    } else if !source.is_null() {
        let kind = isolate.type_name(&source);
        return unwind::throw(isolate, Error::type_error(format!("{kind} cannot be spread into a record")));
    }
    for (name, value) in entries {
        let result = fields.set_named(name, value, &isolate.heap);
        attempt!(isolate, result.map_err(|error| write_error(isolate, target, error)));
    }
    Control::Next
}

#[inline(never)]
pub(super) fn concat(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: verified operands: registers of the running window, which nothing writes to meanwhile.
    let parts = unsafe { std::slice::from_raw_parts(register(isolate, i.b()), i.c() as usize) };
    if let Some(text) = isolate.heap.string_of_values(parts) {
        (0..i.c()).for_each(|index| drop(take(isolate, i.b() + index)));
        put(isolate, i.a(), text);
        return Control::Next;
    }
    // A class may have its own idea of how its instances look.
    if (0..i.c()).any(|index| borrow(isolate, i.b() + index).tag() == Tag::Instance) {
        let mut values: Vec<Value> = (0..i.c()).map(|index| take(isolate, i.b() + index)).collect();
        let first = values.remove(0);
        let concat = attempt!(isolate, isolate.helper("%concat"));
        return call_for_operation(isolate, first, concat, values, Delivery::Register, i.a() as u32);
    }
    let mut text = String::new();
    for index in 0..i.c() {
        let value = take(isolate, i.b() + index);
        match value.as_str() {
            Some(part) => text.push_str(part),
            None => text.push_str(&attempt!(isolate, isolate.text_of(&value, false))),
        }
    }
    put(isolate, i.a(), isolate.heap.string(&text));
    Control::Next
}

#[inline(never)]
pub(super) fn range(isolate: &mut Isolate, i: Instruction) -> Control {
    let parts = [0, 1, 2].map(|index| take(isolate, i.b() + index));
    if parts.iter().any(|part| part.tag() == Tag::Float) && !parts[2].is_null() {
        let numbers = parts.each_ref().map(Value::as_number);
        if let [Some(start), Some(end), Some(step)] = numbers
            && numbers.iter().flatten().any(|number| number.fract() != 0.0)
        {
            let most = isolate.most_items();
            let floats = attempt!(
                isolate,
                crate::builtins::iterate::float_range(start, end, step, i.flags() & VARIANT != 0, most)
            );
            put(isolate, i.a(), isolate.heap.list(floats));
            return Control::Next;
        }
    }
    let mut numbers = [None; 3];
    for (number, part) in numbers.iter_mut().zip(&parts) {
        *number = match part.tag() {
            Tag::Null => None,
            Tag::Int => part.as_int(),
            Tag::Float if part.as_float().is_some_and(|float| float.fract() == 0.0 && float.abs() < 9e15) => {
                part.as_float().map(|float| float as i64)
            }
            _ => {
                let kind = isolate.type_name(part);
                let error = Error::type_error(format!("a range is of integers, not of {kind}"));
                let error = error.with_hint(match part.tag() {
                    Tag::String => "texts are put together by a + b, or `\"${a}${b}\"`",
                    _ => "a range of floats has a step: 0.0..1.0 by 0.1; to ask whether a number lies in one, write 0 <= x < 1",
                });
                return unwind::throw(isolate, error);
            }
        };
    }
    let step = numbers[2].unwrap_or(1);
    if step == 0 {
        return unwind::throw(isolate, Error::new(ErrorKind::ValueError, "the step of a range cannot be 0"));
    }
    put(isolate, i.a(), isolate.heap.range(numbers[0], numbers[1], step, i.flags() & VARIANT != 0));
    Control::Next
}

#[inline(never)]
pub(super) fn class(isolate: &mut Isolate, i: Instruction) -> Control {
    let parent = use_b(isolate, i);
    if parent.as_class().is_none() && !parent.is_null() {
        let kind = isolate.type_name(&parent);
        return unwind::throw(isolate, Error::type_error(format!("a class's parent must be a class, not {kind}")));
    }
    let names = code(isolate).names(i.c() as usize);
    let (class_name, fields) = names.split_first().expect("the class's name comes first");
    let symbol = |name: &FieldName| name.as_symbol().expect("code mentions it");
    let place = unwind::place(isolate);
    let value = isolate.heap.class_at(symbol(class_name), &parent, place);
    let class = value.as_class().expect("just made");
    let inherited = class.learnt_slots();
    let own = fields.iter().filter(|name| !name.as_str().is_empty()).count();
    class.learn_slots(inherited + own);
    let positional: Vec<Symbol> = fields.iter().map(symbol).take_while(|name| !name.as_str().is_empty()).collect();
    let result = class.set_positional_fields(positional, &isolate.heap);
    attempt!(isolate, result.map_err(|error| write_error(isolate, &value, error)));
    put(isolate, i.a(), value);
    Control::Next
}

/// `kind`: 0 a method, 1 a static, 2 a getter.
#[inline(never)]
pub(super) fn class_method(isolate: &mut Isolate, i: Instruction, kind: u64) -> Control {
    let name = name(isolate, i.c());
    let method = use_b(isolate, i);
    let class_value = borrow(isolate, i.a());
    let Some(class) = class_value.as_class() else {
        let kind = isolate.type_name(class_value);
        return unwind::throw(isolate, Error::type_error(format!("a method belongs to a class, not to {kind}")));
    };
    let result = match kind {
        0 => class.set_method(name, method, &isolate.heap),
        1 => class.set_static(name, method, &isolate.heap),
        _ => class.set_method(isolate.names.define_getter(name), method, &isolate.heap),
    };
    attempt!(isolate, result.map_err(|error| write_error(isolate, class_value, error)));
    drop_a(isolate, i);
    Control::Next
}
