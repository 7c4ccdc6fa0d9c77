//! Records that have the same fields in the same order: rows of a table.

use motet_vm::builtins::keyed::put_entry;
use motet_vm::memory::{Heap, MAX_SLOTS, ShapeId, Value};
use std::collections::HashMap;

/// The names of the fields, and the shape of the first record that had them.
#[derive(Default)]
pub(crate) struct Layout {
    names: Vec<String>,
    places: HashMap<String, usize>,
    shape: Option<ShapeId>,
}

impl Layout {
    /// Adds a field; false if there is one of this name.
    pub fn add(&mut self, name: &str) -> bool {
        let is_new = self.places.insert(name.to_owned(), self.names.len()).is_none();
        self.names.push(name.to_owned());
        is_new
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn name(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(String::as_str)
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The record with a value for each field.
    pub fn record(&mut self, values: Vec<Value>, heap: &Heap) -> Value {
        if let Some(shape) = self.shape {
            return heap.record_with_shape(shape, values);
        }
        let record = heap.record(values.len());
        for (name, value) in self.names.iter().zip(values) {
            put_entry(&record, heap.string(name), value, heap);
        }
        let shape = record.as_record().expect("just made").shape();
        if self.names.len() <= MAX_SLOTS && !shape.is_dictionary() {
            self.shape = Some(shape);
        }
        record
    }
}
