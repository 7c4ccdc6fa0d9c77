//! Fields and indexes beyond what the loop's caches answer.

use super::arithmetic::add_in_place;
use super::calls::{attempt, begin_for_operation, call_for_operation};
use super::captured;
use super::operands::{borrow, name, put, take, use_a, use_b, use_c};
use super::operators::{self, Place, is_object};
use super::properties::property;
use super::{Control, raw, unwind};
use crate::builtins::signals::value_field;
use crate::embedder::EmbedderType;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::{Delivery, Isolate};
use crate::memory::{
    Class, FieldKey, FieldName, List, Map, Range, Record, Symbol, Tag, Value, WriteError, find_slot, transition,
};
use crate::native::Outcome;
use crate::objects::equals_method;
use motet_code::{Instruction, LAST_B, LAST_C, VARIANT};

/// What reading a field means.
enum Field {
    Value(Value),
    /// A getter: call it with the object.
    Getter(Value),
}

fn find_field(isolate: &Isolate, object: &Value, name: Symbol) -> Result<Field> {
    if object.tag() == Tag::Foreign {
        let field = isolate.builtins.foreign_field(object, name);
        if let Some(value) = field.and_then(|field| (field.read)(isolate, object)) {
            return Ok(Field::Value(value));
        }
        if let Some(getter) = EmbedderType::field_of(object, name) {
            return Ok(Field::Getter(isolate.heap.shared_foreign(getter)));
        }
    }
    if let Some(fields) = object.as_fields() {
        if let Some(value) = fields.get(name) {
            return Ok(Field::Value(bound(isolate, object, value)));
        }
        if let Some(class) = fields.class() {
            if let Some(getter) = isolate.names.getter(name).and_then(|getter| class.method(getter)) {
                return Ok(Field::Getter(getter));
            }
            if let Some(method) = class.method(name) {
                return Ok(Field::Value(isolate.heap.bound_method(object.clone(), method)));
            }
        }
    }
    if let Some(class) = object.as_class()
        && let Some(value) = class.static_value(name)
    {
        return Ok(Field::Value(value));
    }
    if let Some(value) = property(isolate, object, name) {
        return Ok(Field::Value(value));
    }
    // Of a record, a name that stands for a method elsewhere is more likely a missing entry.
    let is_missing = object.tag() == Tag::Record && isolate.builtins.is_alias(name.as_str());
    if let Some(native) = isolate.builtins.method_of(object, name).filter(|_| !is_missing) {
        return Ok(Field::Value(isolate.heap.bound_method(object.clone(), native.value())));
    }
    Err(no_field(isolate, object, name))
}

/// What reading a field gives: a function that has `self` is bound to its object, as methods of classes are.
fn bound(isolate: &Isolate, object: &Value, value: Value) -> Value {
    let is_method = value.as_closure().is_some_and(|closure| closure.function().flags.method);
    if is_method { isolate.heap.bound_method(object.clone(), value) } else { value }
}

/// The value of a field, for what asks as a call without arguments: not that of a getter.
pub(super) fn plain_field(isolate: &Isolate, object: &Value, name: Symbol) -> Option<Value> {
    match find_field(isolate, object, name) {
        Ok(Field::Value(value)) => Some(value),
        Ok(Field::Getter(_)) | Err(_) => None,
    }
}

#[cold]
fn no_field(isolate: &Isolate, object: &Value, name: Symbol) -> Error {
    let module = isolate.builtins.module_of(object);
    let message = match module {
        Some(module) => format!("{module} has no {}", name.as_str()),
        None => format!("{} has no field {}", isolate.type_name(object), name.as_str()),
    };
    let error = Error::new(ErrorKind::NameError, message);
    if let Some(instead) = isolate.member_elsewhere(object, name.as_str()) {
        return error.with_hint(instead);
    }
    match isolate.similar_member(object, name.as_str()) {
        Some(similar) => error.with_hint(format!("did you mean `{similar}`?")),
        None if object.is_null() => error.with_hint("the value is null; `?.` reads a field only if it is not"),
        None if module.is_some() => error,
        None if object.tag() == Tag::Record => error.with_hint(format!(
            "where it may be missing, write `r[\"{name}\"]`, which is null then, or r.get(\"{name}\", 0)",
            name = name.as_str()
        )),
        None if object.tag() == Tag::Map => error.with_hint(format!("an entry is `m[\"{}\"]`", name.as_str())),
        None if has_thrown_value(object) => error.with_hint("what was thrown is `e.value`"),
        None => error,
    }
}

/// An error that was made of a value that is none.
fn has_thrown_value(object: &Value) -> bool {
    let fields = object.as_instance();
    let has = |name: &str| fields.is_some_and(|fields| fields.contains(name));
    has("value") && has(super::unwind::TRACE_FIELD)
}

#[cold]
#[inline(never)]
pub(super) fn get(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
    let name = name(isolate, i.c());
    let object = use_b(isolate, i);
    // The cases of enums, which patterns ask for again and again.
    if let Some(value) = object.as_class().and_then(|class| class.static_value(name)) {
        drop(object);
        put(isolate, i.a(), value);
        return Control::Next;
    }
    if object.tag() == Tag::Foreign
        && name == isolate.names.value
        && let Some(outcome) = value_field(isolate, &object)
    {
        drop(object);
        return match attempt!(isolate, outcome) {
            Outcome::Return(value) => {
                put(isolate, i.a(), value);
                Control::Next
            }
            outcome => begin_for_operation(isolate, outcome, Delivery::Register, i.a() as u32),
        };
    }
    // SAFETY: no guard is alive while an operation runs; the cache is the instruction's.
    let cached = unsafe { raw::cached_slot(&object, *cache).map(|slot| (*slot).clone()) };
    if let Some(value) = cached.filter(|value| value.tag() != Tag::Closure) {
        drop(object);
        put(isolate, i.a(), value);
        return Control::Next;
    }
    if let Some(fields) = object.as_fields()
        && !fields.shape().is_dictionary()
        && isolate.settings.specialise
        && let Some(slot) = find_slot(fields.shape(), name)
    {
        // SAFETY: the word after the instruction is its cache. A cached field that holds a function comes here, too.
        unsafe { cache.write(raw::field_cache(fields.shape().0, slot)) };
    }
    match attempt!(isolate, find_field(isolate, &object, name)) {
        Field::Value(value) => {
            drop(object);
            put(isolate, i.a(), value);
            Control::Next
        }
        Field::Getter(getter) => {
            call_for_operation(isolate, object, getter, Vec::new(), Delivery::Register, i.a() as u32)
        }
    }
}

/// The error for a write that an object does not allow.
#[cold]
pub(crate) fn write_error(isolate: &Isolate, object: &Value, error: WriteError) -> Error {
    let kind = isolate.type_name(object);
    match error {
        WriteError::Frozen => {
            let error = Error::new(ErrorKind::FrozenError, format!("this {kind} is frozen"))
                .with_hint("make a new one ([...xs, x], {...r, a: 1}), or change a copy(x)");
            captured::name_variable(captured::running_closure(isolate).as_ref(), object, error)
        }
        WriteError::InUse => Error::new(ErrorKind::Error, format!("this {kind} is being read by a builtin")),
    }
}

/// Checks what is assigned to a field that the class declares with a type.
#[inline]
pub(crate) fn check_field(isolate: &Isolate, fields: &Record, name: FieldKey<'_>, value: &Value) -> Result<()> {
    match fields.class() {
        Some(class) if class.has_field_types() => check_declared(isolate, class, name, value),
        _ => Ok(()),
    }
}

#[cold]
fn check_declared(isolate: &Isolate, class: &Class, name: FieldKey<'_>, value: &Value) -> Result<()> {
    let Some(kind) = class.field_type(name) else { return Ok(()) };
    if crate::builtins::types::is_of_type(value, &kind) == Some(true) {
        return Ok(());
    }
    Err(super::patterns::wrong_type(isolate, name.as_str(), &crate::builtins::types::type_text(&kind), value))
}

/// Whether an assignment to the field has to be checked each time.
pub(super) fn is_checked(fields: &Record, name: Symbol, i: Instruction) -> bool {
    i.flags() & VARIANT == 0
        && fields.class().is_some_and(|class| class.has_field_types() && class.field_type(name).is_some())
}

pub(super) fn set_field(isolate: &Isolate, object: &Value, name: Symbol, value: Value) -> Result<()> {
    if let Some(fields) = object.as_fields() {
        check_field(isolate, fields, name.into(), &value)?;
        return fields.set(name, value, &isolate.heap).map_err(|error| write_error(isolate, object, error));
    }
    if let Some(class) = object.as_class() {
        return class.set_static(name, value, &isolate.heap).map_err(|error| write_error(isolate, object, error));
    }
    let kind = isolate.type_name(object);
    let error = Error::type_error(format!("{kind} has no fields that can be set, so not {}", name.as_str()));
    let foreign = object.as_foreign().map(|foreign| foreign.object().kind());
    Err(match foreign {
        Some(foreign) if *foreign == crate::signals::SIGNAL && name == isolate.names.value => {
            error.with_hint("a signal is set with .set(value)")
        }
        _ => error,
    })
}

#[inline(never)]
pub(super) fn set(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
    let name = name(isolate, i.b());
    let value = use_c(isolate, i);
    let object = borrow(isolate, i.a());
    // SAFETY: no guard is alive while an operation runs; the cache is the instruction's.
    unsafe {
        if let Some(slot) = raw::cached_writable_slot(object, *cache) {
            object.as_fields().expect("it has slots").note_store(value.tag(), &isolate.heap);
            let old = slot.replace(value);
            drop(old);
        } else {
            if let Some(fields) = object.as_fields()
                && !fields.shape().is_dictionary()
                && isolate.settings.specialise
                && !is_checked(fields, name, i)
            {
                let shape = fields.shape();
                if let Some(slot) = find_slot(shape, name) {
                    cache.write(raw::field_cache(shape.0, slot));
                } else if fields.check_writable().is_ok() {
                    // A new field: constructors do this most of the time.
                    let next = transition(shape, name);
                    if !next.is_dictionary() {
                        fields.note_store(value.tag(), &isolate.heap);
                        fields.append_slot_unchecked(shape.slot_count() as u32, next, value);
                        drop_last(isolate, i);
                        return Control::Next;
                    }
                }
            }
            // VARIANT: the type has been checked, or comes when the constructor is done.
            let written = match object.as_fields().filter(|_| i.flags() & VARIANT != 0) {
                Some(fields) => {
                    fields.set(name, value, &isolate.heap).map_err(|error| write_error(isolate, object, error))
                }
                None => set_field(isolate, object, name, value),
            };
            attempt!(isolate, written);
        }
    }
    drop_last(isolate, i);
    Control::Next
}

/// Drops operand a, if this was its last use.
fn drop_last(isolate: &Isolate, i: Instruction) {
    if i.flags() & motet_code::LAST_A != 0 {
        drop(use_a(isolate, i));
    }
}

#[cold]
#[inline(never)]
pub(super) fn add(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
    let name = name(isolate, i.b());
    let value = use_c(isolate, i);
    let object = borrow(isolate, i.a());
    if let Some(fields) = object.as_fields()
        && fields.check_writable().is_ok()
        && !fields.shape().is_dictionary()
        && isolate.settings.specialise
        && !is_checked(fields, name, i)
        && let Some(slot) = find_slot(fields.shape(), name)
    {
        // SAFETY: the shape has the slot, and no guard is alive; the cache is the instruction's.
        let place = unsafe {
            cache.write(raw::field_cache(fields.shape().0, slot));
            &mut *fields.slot_unchecked(slot)
        };
        if is_object(place) || is_object(&value) {
            let (old, object) = (place.clone(), use_a(isolate, i));
            return operators::add_to_place(isolate, old, value, Place::Field(object, name));
        }
        attempt!(isolate, add_in_place(isolate, place, &value));
        let stored = place.tag();
        fields.note_store(stored, &isolate.heap);
    } else {
        let sum = match find_field(isolate, object, name) {
            Ok(Field::Value(old)) if is_object(&old) || is_object(&value) => {
                let object = use_a(isolate, i);
                return operators::add_to_place(isolate, old, value, Place::Field(object, name));
            }
            Ok(Field::Value(mut sum)) => add_in_place(isolate, &mut sum, &value).map(|()| sum),
            Ok(Field::Getter(_)) => {
                let message = format!("{} is computed by a getter and cannot be added to", name.as_str());
                Err(Error::type_error(message))
            }
            Err(error) => Err(error),
        };
        let sum = attempt!(isolate, sum);
        attempt!(isolate, set_field(isolate, object, name, sum));
    }
    drop_last(isolate, i);
    Control::Next
}

/// An index as a position: negative ones count from the end.
pub(crate) fn position(isolate: &Isolate, index: &Value, length: usize, what: &str) -> Result<usize> {
    let number = match index.tag() {
        Tag::Int => index.payload() as i64,
        Tag::Float => {
            let float = index.as_float().expect("a float");
            if float.fract() != 0.0 || !float.is_finite() {
                let message = format!("an index must be a whole number, not {float:?}");
                return Err(Error::new(ErrorKind::IndexError, message).with_hint("floor(x), or ~/ instead of /"));
            }
            float as i64
        }
        _ => {
            let kind = isolate.type_name(index);
            return Err(Error::type_error(format!("a {what} is indexed by integers, not by {kind}")));
        }
    };
    let place = if number < 0 { number.checked_add(length as i64) } else { Some(number) };
    match place {
        Some(place) if place >= 0 && (place as usize) < length => Ok(place as usize),
        _ => Err(crate::builtins::arguments::out_of_range(what, number, length)),
    }
}

/// The part of a sequence of `length` that a range names, as positions; a slice reaches as far as there is something.
pub(crate) fn slice_bounds(range: &crate::memory::Range, length: usize) -> Result<(usize, usize)> {
    if range.step != 1 {
        return Err(Error::new(ErrorKind::IndexError, "a slice takes a range with step 1"));
    }
    let length = length as i64;
    let place = |number: i64| if number < 0 { (number + length).max(0) } else { number.min(length) };
    let start = place(range.start.unwrap_or(0));
    let end = match range.end {
        None => length,
        Some(-1) if range.inclusive => length,
        Some(end) => place(if range.inclusive { end.saturating_add(1) } else { end }),
    };
    Ok((start as usize, end.max(start) as usize))
}

fn index_value(isolate: &Isolate, object: &Value, index: &Value) -> Result<Value> {
    match object.tag() {
        Tag::List => {
            let items = object.as_list().expect("a list").items();
            if let Some(range) = index.as_range() {
                let (start, end) = slice_bounds(range, items.len())?;
                return Ok(isolate.heap.list(items[start..end].to_vec()));
            }
            Ok(items[position(isolate, index, items.len(), "list")?].clone())
        }
        Tag::String => {
            let text = object.as_string().expect("a string");
            if let Some(range) = index.as_range() {
                let (start, end) = slice_bounds(range, text.length())?;
                return Ok(isolate.heap.string(text.slice(start, end).expect("within the string")));
            }
            let place = position(isolate, index, text.length(), "string")?;
            Ok(isolate.heap.character(text.character_at(place).expect("within the string")))
        }
        Tag::Map => {
            crate::builtins::keyed::refuse_key(object)?;
            Ok(object.as_map().expect("a map").get(index).unwrap_or_default())
        }
        Tag::Record | Tag::Instance => match FieldKey::of(index) {
            Some(key) => Ok(object.as_fields().expect("a record").get(key).unwrap_or_default()),
            None => {
                let kind = isolate.type_name(index);
                Err(Error::type_error(format!("a record is indexed by strings, not by {kind}"))
                    .with_hint("a map has keys of any kind: dict([[1, 2]])"))
            }
        },
        Tag::Bytes => {
            let bytes = object.as_bytes().expect("bytes");
            if let Some(range) = index.as_range() {
                let (start, end) = slice_bounds(range, bytes.len())?;
                return Ok(isolate.heap.bytes(&bytes[start..end]));
            }
            Ok(Value::int(bytes[position(isolate, index, bytes.len(), "bytes")?] as i64))
        }
        Tag::Range => {
            let length = super::iteration::range_length(object)?;
            let range = object.as_range().expect("a range");
            let place = position(isolate, index, length, "range")?;
            Ok(Value::int(range.start.unwrap_or(0) + place as i64 * range.step))
        }
        Tag::Node => {
            let children = object.as_node().expect("a node").children.clone();
            let items = children.as_list().expect("a list").items();
            Ok(items[position(isolate, index, items.len(), "node")?].clone())
        }
        _ => {
            let kind = isolate.type_name(object);
            let error = Error::type_error(format!("{kind} cannot be indexed"));
            Err(match object.tag() {
                Tag::Null => error.with_hint("the value is null"),
                Tag::Native | Tag::Closure => match index.as_str() {
                    Some(name) => error.with_hint(format!("a function is called with parentheses: f(\"{name}\")")),
                    None => error.with_hint("a function is called with parentheses: f(x)"),
                },
                _ => error,
            })
        }
    }
}

/// `xs[a..b] = ys`: the elements of one list take the place of a part of another.
#[cold]
fn set_slice(isolate: &Isolate, object: &Value, list: &List, range: &Range, value: &Value) -> Result<()> {
    let (start, end) = slice_bounds(range, list.length())?;
    let Some(items) = value.as_list().map(|items| items.items().to_vec()) else {
        let kind = isolate.type_name(value);
        return Err(Error::type_error(format!("a part of a list is set to a list, not to {kind}"))
            .with_hint("write xs[a..b] = [x, …]; fill(n, x) is a list of equal elements"));
    };
    // What was there is dropped when the list can be read again.
    let change = |old: &mut Vec<Value>| old.splice(start..end, items).collect::<Vec<_>>();
    list.change(&isolate.heap, change).map(drop).map_err(|error| write_error(isolate, object, error))
}

pub(crate) fn set_index_value(isolate: &Isolate, object: &Value, index: &Value, value: Value) -> Result<()> {
    let heap = &isolate.heap;
    let fail = |error| write_error(isolate, object, error);
    match object.tag() {
        Tag::List => {
            let list = object.as_list().expect("a list");
            if let Some(range) = index.as_range() {
                return set_slice(isolate, object, list, range, &value);
            }
            let place = position(isolate, index, list.length(), "list")?;
            list.set(place, value, heap).map_err(fail)?;
            Ok(())
        }
        Tag::Map => {
            crate::builtins::keyed::refuse_key(object)?;
            object.as_map().expect("a map").set(index.clone(), value, heap).map(|_| ()).map_err(fail)
        }
        Tag::Record | Tag::Instance => {
            let Some(name) = FieldName::of(index) else {
                let kind = isolate.type_name(index);
                return Err(Error::type_error(format!("a record is indexed by strings, not by {kind}"))
                    .with_hint("a map has keys of any kind: dict([[1, 2]])"));
            };
            let fields = object.as_fields().expect("a record");
            check_field(isolate, fields, name.key(), &value)?;
            fields.set_named(name, value, heap).map_err(fail)
        }
        Tag::String => {
            Err(Error::type_error("a string cannot be changed").with_hint("strings are immutable; build a new one"))
        }
        _ => Err(Error::type_error(format!("elements of {} cannot be set", isolate.type_name(object)))),
    }
}

/// Whether a map has a value for a key that decides nothing itself.
fn has_plain_entry(map: &Map, key: &Value) -> bool {
    !map.is_set() && key.tag() != Tag::Instance
}

/// Drops the registers b and c if they were used for the last time.
fn drop_used(isolate: &Isolate, i: Instruction) {
    for (flag, register) in [(LAST_B, i.b()), (LAST_C, i.c())] {
        if i.flags() & flag != 0 {
            drop(take(isolate, register));
        }
    }
}

#[cold]
#[inline(never)]
pub(super) fn get_index(isolate: &mut Isolate, i: Instruction) -> Control {
    let (object, index) = (borrow(isolate, i.b()), borrow(isolate, i.c()));
    if let Some(map) = object.as_map().filter(|map| has_plain_entry(map, index)) {
        let value = map.get(index).unwrap_or_default();
        drop_used(isolate, i);
        put(isolate, i.a(), value);
        return Control::Next;
    }
    let (object, index) = (use_b(isolate, i), use_c(isolate, i));
    if is_object(&object)
        && let Some(control) = operators::get_index(isolate, &object, &index, i.a())
    {
        return control;
    }
    if object.tag() == Tag::Map && equals_method(isolate, &index).is_some() {
        let get = attempt!(isolate, isolate.helper("get"));
        return call_for_operation(isolate, object, get, vec![index], Delivery::Register, i.a().into());
    }
    let value = attempt!(isolate, index_value(isolate, &object, &index));
    drop((object, index));
    put(isolate, i.a(), value);
    Control::Next
}

#[cold]
#[inline(never)]
pub(super) fn get_index_immediate(isolate: &mut Isolate, i: Instruction) -> Control {
    let object = use_b(isolate, i);
    let index = Value::int(i.c() as i16 as i64);
    if is_object(&object)
        && let Some(control) = operators::get_index(isolate, &object, &index, i.a())
    {
        return control;
    }
    let value = attempt!(isolate, index_value(isolate, &object, &index));
    drop(object);
    put(isolate, i.a(), value);
    Control::Next
}

#[inline(never)]
pub(super) fn set_index(isolate: &mut Isolate, i: Instruction) -> Control {
    let (index, value) = (use_b(isolate, i), use_c(isolate, i));
    let object = borrow(isolate, i.a());
    if let Some(map) = object.as_map().filter(|map| has_plain_entry(map, &index)) {
        let old = map.set(index, value, &isolate.heap).map_err(|error| write_error(isolate, object, error));
        drop(attempt!(isolate, old));
        drop_last(isolate, i);
        return Control::Next;
    }
    store_index(isolate, i, &index, value)
}

/// `SetIndex` and `SetIndexI`.
fn store_index(isolate: &mut Isolate, i: Instruction, index: &Value, value: Value) -> Control {
    if is_object(borrow(isolate, i.a())) {
        let object = use_a(isolate, i);
        let object = match operators::set_index(isolate, object, index, &value) {
            Ok(control) => return control,
            Err(object) => object,
        };
        attempt!(isolate, set_index_value(isolate, &object, index, value));
        return Control::Next;
    }
    if borrow(isolate, i.a()).tag() == Tag::Map && equals_method(isolate, index).is_some() {
        let (map, set) = (use_a(isolate, i), attempt!(isolate, isolate.helper("%set_entry")));
        return call_for_operation(isolate, map, set, vec![index.clone(), value], Delivery::Discard, 0);
    }
    attempt!(isolate, set_index_value(isolate, borrow(isolate, i.a()), index, value));
    drop_last(isolate, i);
    Control::Next
}

#[inline(never)]
pub(super) fn set_index_immediate(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_c(isolate, i);
    store_index(isolate, i, &Value::int(i.b() as i16 as i64), value)
}

/// The error that there is nothing to add to.
#[cold]
pub(super) fn no_entry(isolate: &Isolate, key: &Value) -> Error {
    let key = crate::memory::print_value(key, &isolate.message_options());
    Error::new(ErrorKind::KeyError, format!("there is no entry {key} to add to"))
        .with_hint("m[k] = (m[k] ?? 0) + 1 starts at 0")
}

#[cold]
#[inline(never)]
pub(super) fn add_index(isolate: &mut Isolate, i: Instruction) -> Control {
    let (index, value) = (use_b(isolate, i), use_c(isolate, i));
    let object = borrow(isolate, i.a());
    // SAFETY: no guard is alive while an operation runs, and nothing else runs during the addition.
    if let Some(items) = unsafe { raw::list_items_mut(object) } {
        let place = attempt!(isolate, position(isolate, &index, items.len(), "list"));
        if is_object(&items[place]) || is_object(&value) {
            let (old, object) = (items[place].clone(), use_a(isolate, i));
            return operators::add_to_place(isolate, old, value, Place::Index(object, index));
        }
        attempt!(isolate, add_in_place(isolate, &mut items[place], &value));
        let stored = items[place].tag();
        object.as_list().expect("a list").note_store(stored, &isolate.heap);
    } else {
        let object = use_a(isolate, i);
        if is_object(&object)
            && let Some(control) = operators::add_index(isolate, &object, &index, &value)
        {
            return control;
        }
        if object.tag() == Tag::Map && equals_method(isolate, &index).is_some() {
            return operators::add_entry(isolate, object, index, value);
        }
        let mut sum = attempt!(isolate, index_value(isolate, &object, &index));
        if is_object(&sum) || is_object(&value) && !sum.is_null() {
            return operators::add_to_place(isolate, sum, value, Place::Index(object, index));
        }
        if sum.is_null() {
            return unwind::throw(isolate, no_entry(isolate, &index));
        }
        attempt!(isolate, add_in_place(isolate, &mut sum, &value));
        attempt!(isolate, set_index_value(isolate, &object, &index, sum));
        return Control::Next;
    }
    drop_last(isolate, i);
    Control::Next
}
