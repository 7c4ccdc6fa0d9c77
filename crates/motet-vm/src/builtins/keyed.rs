//! Building records, maps and sets of the kind that a native was given.

use crate::error::{Error, Result};
use crate::memory::{FieldName, Heap, Map, Tag, Value};

/// Sets an entry of a new record or map.
pub fn put_entry(container: &Value, key: Value, value: Value, heap: &Heap) {
    if let Some(record) = container.as_record() {
        let name = FieldName::of(&key).unwrap_or_else(|| FieldName::new("", heap));
        record.set_named(name, value, heap).expect("a new container is not frozen");
    } else if let Some(map) = container.as_map() {
        map.set(key, value, heap).expect("a new container is not frozen");
    }
}

/// An empty container of the kind of a record or map; null for other kinds.
pub fn empty_like(value: &Value, heap: &Heap) -> Value {
    match value.tag() {
        Tag::Record => heap.record(0),
        Tag::Map if value.as_map().is_some_and(|map| map.is_set()) => heap.set(0),
        Tag::Map => heap.map(0),
        _ => Value::NULL,
    }
}

/// The error for an element of a set by a key.
pub fn refuse_key(value: &Value) -> Result<()> {
    if !value.as_map().is_some_and(Map::is_set) {
        return Ok(());
    }
    Err(Error::type_error("a set has neither keys nor indexes")
        .with_hint("x in s asks whether it has an element; s.add(x) and s.remove(x) change it; list(s) is a list"))
}
