//! Parsers of data: whatever they are given, they give a value, or an error of the language that names the place. What they
//! have read can be written, and is then read as the same value.

use motet_vm::memory::{Notation, PrintOptions, Symbol, Value, is_equal, print_value};
use motet_vm::{MainIsolate, Permissions, Settings};
use std::sync::Arc;

pub(super) fn isolate() -> MainIsolate {
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

pub fn csv(input: &[u8]) {
    let mut isolate = isolate();
    let bytes = isolate.heap().bytes(input);
    let Some(rows) = call(&mut isolate, "std:csv/parse", vec![bytes]) else { return };
    // Without rows, nothing says which columns there are.
    if rows.as_list().is_none_or(|rows| rows.length() == 0) {
        return;
    }
    let text = call(&mut isolate, "std:csv/stringify", vec![rows.clone()]).expect("what was read can be written");
    let again = call(&mut isolate, "std:csv/parse", vec![text]).expect("what was written can be read");
    assert!(is_equal(&rows, &again), "it is read as other rows");
}

/// Calls a method of a regular expression.
fn method(isolate: &mut MainIsolate, name: &str, regex: &Value, arguments: &[&str]) -> Value {
    let native = motet::natives::builtins().method_of(regex, Symbol::intern(name)).expect("a method");
    let mut values = vec![regex.clone()];
    values.extend(arguments.iter().map(|text| isolate.heap().string(text)));
    isolate.call(native.value(), values).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_list().expect("a list");
    list.items().iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// A pattern on the first line, a text behind it: what is found and what stands between is the text.
pub fn regex(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let (pattern, text) = input.split_once('\n').unwrap_or((input, ""));
    let mut isolate = isolate();
    let native = motet::natives::builtins().extern_value("regex").expect("a builtin");
    let pattern = isolate.heap().string(pattern);
    let regex = match isolate.call(native, vec![pattern]) {
        Ok(regex) => regex,
        Err(error) => {
            let line = error.to_string();
            assert!(line.contains("line ") || line.starts_with("LimitError: "), "regex: {line}");
            return;
        }
    };
    let between = texts(&method(&mut isolate, "split", &regex, &[text]));
    let found = texts(&method(&mut isolate, "find_texts", &regex, &[text]));
    assert_eq!(between.len(), found.len() + 1);
    let mut whole = between[0].clone();
    for (found, between) in found.iter().zip(&between[1..]) {
        whole.push_str(found);
        whole.push_str(between);
    }
    assert_eq!(whole, text);
    assert_eq!(method(&mut isolate, "replace", &regex, &[text, "$0"]).as_str(), Some(text));
    let matches = method(&mut isolate, "matches", &regex, &[text]).is_truthy();
    assert_eq!(matches, !found.is_empty());
    let records = method(&mut isolate, "find_all", &regex, &[text]);
    for (record, found) in records.as_list().expect("a list").items().iter().zip(&found) {
        let field = |name: &str| record.as_record().expect("a record").get(Symbol::intern(name)).expect("a field");
        let (start, end) = (field("start").as_int().expect("a place"), field("end").as_int().expect("a place"));
        let part: String = text.chars().skip(start as usize).take((end - start) as usize).collect();
        assert_eq!(&part, found);
    }
    if method(&mut isolate, "full_match", &regex, &[text]).is_truthy() {
        assert!(matches, "a match of the whole text is a match");
    }
}

/// A text as each kind of date, and as a pattern for one: what is read is written so that it is read as the same again.
pub fn dates(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut isolate = isolate();
    for kind in ["date", "datetime", "zoned", "span"] {
        let native = motet::natives::builtins().extern_value(kind).expect("a builtin");
        let text = isolate.heap().string(input);
        let read = match isolate.call(native.clone(), vec![text]) {
            Ok(read) => read,
            Err(error) => {
                assert!(error.to_string().starts_with("ValueError: "), "{kind}: {error}");
                continue;
            }
        };
        let written = print_value(&read, &PrintOptions::display(Notation::Soc));
        let text = isolate.heap().string(&written);
        let again = isolate.call(native, vec![text]).unwrap_or_else(|error| panic!("{kind} wrote {written}: {error}"));
        assert!(is_equal(&read, &again), "{kind} wrote {written}");
    }
    let date = motet::natives::builtins().extern_value("date").expect("a builtin");
    let text = isolate.heap().string("2026-11-28");
    let day = isolate.call(date, vec![text]).expect("a date");
    let format = motet::natives::builtins().method_of(&day, Symbol::intern("format")).expect("a method");
    let pattern = isolate.heap().string(input);
    if let Err(error) = isolate.call(format.value(), vec![day, pattern]) {
        assert!(error.to_string().starts_with("ValueError: "), "format: {error}");
    }
}
