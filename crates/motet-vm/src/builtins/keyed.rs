//! Building records and maps of the kind that a native was given.

use crate::memory::{Heap, Symbol, Tag, Value};

/// Sets an entry of a new record or map.
pub fn put_entry(container: &Value, key: Value, value: Value, heap: &Heap) {
    if let Some(record) = container.as_record() {
        record
            .set(Symbol::intern(key.as_str().unwrap_or_default()), value, heap)
            .expect("a new container is not frozen");
    } else if let Some(map) = container.as_map() {
        map.set(key, value, heap).expect("a new container is not frozen");
    }
}

/// An empty container of the kind of a record or map; null for other kinds.
pub fn empty_like(value: &Value, heap: &Heap) -> Value {
    match value.tag() {
        Tag::Record => heap.record(0),
        Tag::Map => heap.map(0),
        _ => Value::NULL,
    }
}
