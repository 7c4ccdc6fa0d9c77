//! Parsers of data: whatever they are given, they give a value, or an error of the language that names the place. What they
//! have read can be written, and is then read as the same value.

use motet_vm::memory::{Value, is_equal};
use motet_vm::{MainIsolate, Permissions, Settings};
use std::sync::Arc;

fn isolate() -> MainIsolate {
    let settings = Settings { permissions: Permissions::NONE, ..Settings::default() };
    MainIsolate::new(motet::natives::builtins(), Arc::new(settings), Box::new(std::io::sink()))
}

/// Calls a native of a native module; none if it says that its input is malformed, and where.
fn call(isolate: &mut MainIsolate, name: &str, arguments: Vec<Value>) -> Option<Value> {
    let native = motet::natives::builtins().extern_value(name).expect("a native of the library");
    match isolate.call(native, arguments) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error.to_string();
            assert!(line.starts_with("ValueError: ") && line.contains("line "), "{name}: {line}");
            None
        }
    }
}

pub fn json(input: &[u8]) {
    let mut isolate = isolate();
    let bytes = isolate.heap().bytes(input);
    let Some(value) = call(&mut isolate, "std:json/parse", vec![bytes]) else { return };
    let text = call(&mut isolate, "std:json/stringify", vec![value.clone()]).expect("what was read can be written");
    let again = call(&mut isolate, "std:json/parse", vec![text]).expect("what was written can be read");
    assert!(is_equal(&value, &again), "it is read as another value");
}
