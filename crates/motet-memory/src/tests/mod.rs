//! What the memory promises, from the outside.

mod containers;
mod crossing;
mod cycles;
mod equality;
mod names;
mod print;

use super::*;
use std::sync::Arc;

/// Runs a test with a heap of its own, and checks that nothing is left afterwards.
fn with_heap(test: impl FnOnce(&Heap)) {
    let before = live_objects_on_this_thread();
    let heap = Heap::new();
    test(&heap);
    drop(heap);
    assert_eq!(live_objects_on_this_thread() - before, 0, "objects leaked");
}

fn soc(value: &Value) -> String {
    print_value(value, &PrintOptions::quoted(Notation::Soc))
}

fn gene(value: &Value) -> String {
    print_value(value, &PrintOptions::quoted(Notation::Gene))
}

fn ints(heap: &Heap, items: impl IntoIterator<Item = i64>) -> Value {
    heap.list(items.into_iter().map(Value::int).collect())
}

/// A function that does nothing.
fn function(name: &str, captures: &[&str]) -> Arc<motet_code::Function> {
    let parts = motet_code::FunctionParts {
        name: name.into(),
        parameters: Default::default(),
        flags: Default::default(),
        registers: 1,
        code: [motet_code::Instruction::new(motet_code::Op::ReturnNull, 0, 0, 0).0].into(),
        constants: Box::default(),
        functions: Box::default(),
        captures: (0..captures.len() as u16).map(motet_code::Capture::Captured).collect(),
        capture_names: captures.iter().map(|&name| name.into()).collect(),
        handlers: Box::default(),
        spans: Box::default(),
        span: Default::default(),
        source: Arc::new(motet_code::Source::new("test", "", false)),
    };
    Arc::new(motet_code::Function::new(parts).expect("valid code"))
}

/// A record of the given fields.
fn record<const N: usize>(heap: &Heap, fields: [(&str, Value); N]) -> Value {
    let value = heap.record(N);
    for (name, field) in fields {
        value.as_record().unwrap().set(Symbol::intern(name), field, heap).unwrap();
    }
    value
}

/// A foreign object that belongs to its isolate and holds values.
struct Holder(std::cell::RefCell<Vec<Value>>);

static HOLDER: ForeignKind = ForeignKind::new("holder");

impl ForeignObject for Holder {
    fn kind(&self) -> &'static ForeignKind {
        &HOLDER
    }
    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Holder {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.borrow().iter().for_each(visit);
    }
    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        self.0.take().into_iter().for_each(sink);
    }
}

fn holder(heap: &Heap, values: Vec<Value>) -> Value {
    heap.foreign(Box::new(Holder(std::cell::RefCell::new(values))))
}

/// A foreign object that any thread may use.
struct Token;

static TOKEN: ForeignKind = ForeignKind::new("token");

impl ForeignObject for Token {
    fn kind(&self) -> &'static ForeignKind {
        &TOKEN
    }
}
