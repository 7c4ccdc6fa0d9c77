//! Values from and to whatever implements serde's traits.

use super::error::Error;
use super::reader::Reader;
use super::value::{FromValue, IntoValue, Value};
use motet_vm::memory::{FieldName, Heap, Value as Raw};
use serde_content::{Data, Number, Serializer, Value as Content};
use std::borrow::Cow;

/// Something that goes in and out of programs by serde: structs are records, enums as serde_json writes them, characters are
/// strings, `()` is null. Integers that a program cannot hold, from 2⁶³ on, are strings of digits, and come back as integers.
///
/// ```
/// use motet::{Serde, Vm};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Debug, PartialEq)]
/// struct Point { x: f64, y: f64, label: Option<String> }
///
/// let vm = Vm::new();
/// let flip = vm.load_text("export fn flip(p) { {...p, x: p.y, y: p.x} }")?.get("flip")?;
/// let point = Point { x: 1.0, y: 2.0, label: None };
/// let Serde(flipped) = vm.call::<Serde<Point>>(&flip, (Serde(point),))?;
/// assert_eq!(flipped, Point { x: 2.0, y: 1.0, label: None });
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Serde<T>(pub T);

impl<T: serde::Serialize> IntoValue for Serde<T> {
    /// What serde cannot serialise becomes null; use [`Value::serialize`] to hear of it.
    fn into_raw(self, heap: &Heap) -> Raw {
        let content = Serializer::new().human_readable().serialize(self.0);
        content.map_or(Raw::NULL, |content| raw_of(content, heap))
    }
}

impl<T: serde::de::DeserializeOwned> FromValue for Serde<T> {
    fn from_raw(raw: &Raw, _: &Heap) -> Result<Serde<T>, String> {
        let content = content_of(raw, 0)?;
        T::deserialize(Reader(content)).map(Serde).map_err(|error| format!("something else ({error})"))
    }
}

impl Value {
    /// The value that serde makes of something.
    pub fn serialize<T: serde::Serialize>(value: T) -> Result<Value, Error> {
        let content = Serializer::new().human_readable().serialize(value);
        let content = content.map_err(|error| Error::missing(error.to_string()))?;
        let heap = Heap::new();
        let raw = raw_of(content, &heap);
        Ok(Value(super::value::frozen(&raw, &heap)))
    }

    /// What serde makes of the value.
    pub fn deserialize<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        self.to::<Serde<T>>().map(|Serde(value)| value)
    }
}

fn record<'a>(fields: impl IntoIterator<Item = (Cow<'a, str>, Content<'a>)>, heap: &Heap) -> Raw {
    let record = heap.record(0);
    let body = record.as_record().expect("just made");
    for (name, value) in fields {
        let set = body.set_named(FieldName::new(&name, heap), raw_of(value, heap), heap);
        set.expect("a new record is not frozen");
    }
    record
}

fn list(items: Vec<Content<'_>>, heap: &Heap) -> Raw {
    heap.list(items.into_iter().map(|item| raw_of(item, heap)).collect())
}

/// The value of serialised content.
fn raw_of(content: Content<'_>, heap: &Heap) -> Raw {
    match content {
        Content::Unit => Raw::NULL,
        Content::Bool(value) => Raw::bool(value),
        Content::Number(number) => number_of(number, heap),
        Content::Char(character) => heap.string(character.encode_utf8(&mut [0; 4])),
        Content::String(text) => heap.string(&text),
        Content::Bytes(bytes) => heap.bytes(&*bytes),
        Content::Seq(items) | Content::Tuple(items) => list(items, heap),
        Content::Map(entries) if entries.iter().all(|(key, _)| matches!(key, Content::String(_))) => {
            let text = |key| match key {
                Content::String(text) => text,
                _ => Cow::Borrowed(""),
            };
            record(entries.into_iter().map(|(key, value)| (text(key), value)), heap)
        }
        Content::Map(entries) => {
            let map = heap.map(entries.len());
            for (key, value) in entries {
                let body = map.as_map().expect("just made");
                body.set(raw_of(key, heap), raw_of(value, heap), heap).expect("a new map is not frozen");
            }
            map
        }
        Content::Option(value) => value.map_or(Raw::NULL, |value| raw_of(*value, heap)),
        Content::Struct(body) => data_of(body.data, heap),
        Content::Enum(body) => match body.data {
            Data::Unit => heap.string(&body.variant),
            data => {
                let inside = data_of(data, heap);
                let record = heap.record(1);
                let fields = record.as_record().expect("just made");
                fields
                    .set_named(FieldName::new(&body.variant, heap), inside, heap)
                    .expect("a new record is not frozen");
                record
            }
        },
    }
}

fn data_of(data: Data<'_>, heap: &Heap) -> Raw {
    match data {
        Data::Unit => Raw::NULL,
        Data::NewType { value } => raw_of(value, heap),
        Data::Tuple { values } => list(values, heap),
        Data::Struct { fields } => record(fields, heap),
    }
}

/// An integer that does not fit is its text, which comes back as the integer: a float would be another number.
fn number_of(number: Number, heap: &Heap) -> Raw {
    match number {
        Number::I8(value) => Raw::int(value.into()),
        Number::U8(value) => Raw::int(value.into()),
        Number::I16(value) => Raw::int(value.into()),
        Number::U16(value) => Raw::int(value.into()),
        Number::I32(value) => Raw::int(value.into()),
        Number::U32(value) => Raw::int(value.into()),
        Number::I64(value) => Raw::int(value),
        Number::U64(value) => wide(value, heap),
        Number::I128(value) => wide(value, heap),
        Number::U128(value) => wide(value, heap),
        Number::F32(value) => Raw::float(value.into()),
        Number::F64(value) => Raw::float(value),
        // The crate may know more kinds one day; null says that this one is lost.
        _ => Raw::NULL,
    }
}

fn wide<T: TryInto<i64> + Copy + std::fmt::Display>(value: T, heap: &Heap) -> Raw {
    value.try_into().map_or_else(|_| heap.string(&value.to_string()), Raw::int)
}

/// Data that is nested more deeply is refused: serde goes through it by recursion.
const MAX_DEPTH: usize = 256;

/// A value as content to deserialise.
fn content_of(raw: &Raw, depth: usize) -> Result<Content<'static>, String> {
    if depth > MAX_DEPTH {
        return Err(format!("data nested at most {MAX_DEPTH} deep"));
    }
    let below = |raw: &Raw| content_of(raw, depth + 1);
    if raw.is_null() {
        return Ok(Content::Option(None));
    }
    if let Some(value) = raw.as_bool() {
        return Ok(Content::Bool(value));
    }
    if let Some(value) = raw.as_int() {
        return Ok(Content::Number(Number::I64(value)));
    }
    if let Some(value) = raw.as_float() {
        return Ok(Content::Number(Number::F64(value)));
    }
    if let Some(text) = raw.as_str() {
        return Ok(Content::String(Cow::Owned(text.to_owned())));
    }
    if let Some(name) = raw.symbol_text() {
        return Ok(Content::String(Cow::Owned(name.to_owned())));
    }
    if let Some(bytes) = raw.as_bytes() {
        return Ok(Content::Bytes(Cow::Owned(bytes.to_vec())));
    }
    if let Some(list) = raw.as_list() {
        return list.items().iter().map(below).collect::<Result<_, _>>().map(Content::Seq);
    }
    let mut entries = Vec::new();
    if let Some(fields) = raw.as_fields() {
        fields.for_each(|name, value| {
            entries.push(below(value).map(|value| (Content::String(Cow::Owned(name.as_str().to_owned())), value)));
        });
    } else if let Some(map) = raw.as_map() {
        map.for_each(|key, value| entries.push(below(key).and_then(|key| Ok((key, below(value)?)))));
    } else {
        return Err("data".into());
    }
    entries.into_iter().collect::<Result<_, _>>().map(Content::Map)
}
