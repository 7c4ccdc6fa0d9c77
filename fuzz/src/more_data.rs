//! More parsers of data: configurations, tables, exact numbers, templates, archives. Each says what it was given, and what it
//! has read is written so that it is read as the same again, or it gives an error of the language that names the place.

use super::data::isolate;
use motet_vm::MainIsolate;
use motet_vm::memory::{Notation, PrintOptions, Symbol, Value, is_equal, print_value};

/// Calls a native by the name that embedders find it by; the error as a line.
fn call(isolate: &mut MainIsolate, name: &str, arguments: Vec<Value>) -> Result<Value, String> {
    let native = motet::natives::builtins().extern_value(name).unwrap_or_else(|| panic!("there is no native {name}"));
    isolate.call(native, arguments).map_err(|error| error.to_string())
}

/// Calls a method.
fn method(isolate: &mut MainIsolate, object: &Value, name: &str, arguments: Vec<Value>) -> Result<Value, String> {
    let native = motet::natives::builtins().method_of(object, Symbol::intern(name)).expect("a method");
    let mut values = vec![object.clone()];
    values.extend(arguments);
    isolate.call(native.value(), values).map_err(|error| error.to_string())
}

fn shown(value: &Value) -> String {
    print_value(value, &PrintOptions::quoted(Notation::Soc))
}

/// A fault of the input has its place; a limit has none.
fn check_error(name: &str, line: &str) {
    assert!(
        line.starts_with("LimitError: ") || line.starts_with("ValueError: ") && line.contains("line "),
        "{name}: {line}"
    );
}

pub fn yaml(input: &[u8]) {
    let mut isolate = isolate();
    let bytes = isolate.heap().bytes(input);
    let documents = match call(&mut isolate, "std:yaml/parse_all", vec![bytes]) {
        Ok(documents) => documents,
        Err(line) => return check_error("yaml", &line),
    };
    let written = match call(&mut isolate, "std:yaml/stringify", vec![documents.clone()]) {
        Ok(written) => written,
        // A key must fit on a line.
        Err(line) => {
            return assert!(line.contains("a key of more than") || line.contains("so deep in one another"), "{line}");
        }
    };
    let again = call(&mut isolate, "std:yaml/parse", vec![written.clone()]);
    let again = again.unwrap_or_else(|line| panic!("{line}: {written:?}"));
    assert_eq!(shown(&documents), shown(&again), "written as {}", written.as_str().unwrap_or_default());
}

pub fn toml(input: &[u8]) {
    let mut isolate = isolate();
    let bytes = isolate.heap().bytes(input);
    let record = match call(&mut isolate, "std:toml/parse", vec![bytes]) {
        Ok(record) => record,
        Err(line) => return check_error("toml", &line),
    };
    let written = call(&mut isolate, "std:toml/stringify", vec![record.clone()]).expect("what was read can be written");
    let again = call(&mut isolate, "std:toml/parse", vec![written.clone()]);
    let again = again.unwrap_or_else(|line| panic!("{line}: {}", written.as_str().unwrap_or_default()));
    // Values come before tables, so the order of keys may change; what is no number equals nothing.
    if !shown(&record).contains("NaN") {
        assert!(is_equal(&record, &again), "written as {}", written.as_str().unwrap_or_default());
    }
}

pub fn tables(input: &[u8]) {
    let mut isolate = isolate();
    let bytes = isolate.heap().bytes(input);
    let table = match call(&mut isolate, "std:tables/parse_csv", vec![bytes]) {
        Ok(table) => table,
        Err(line) => return assert!(line.starts_with("ValueError: "), "tables: {line}"),
    };
    let object = table.as_foreign().expect("a table").object();
    // Of a single column, a row without a value is an empty line, which is none.
    if object.column_names().is_none_or(|names| names.len() < 2) {
        return;
    }
    let text = method(&mut isolate, &table, "to_csv", Vec::new()).expect("what was read can be written");
    let again = call(&mut isolate, "std:tables/parse_csv", vec![text.clone()]);
    let again = again.unwrap_or_else(|line| panic!("{line}: {}", text.as_str().unwrap_or_default()));
    assert!(is_equal(&table, &again), "written as {}", text.as_str().unwrap_or_default());
}

/// Two numbers, on a line each: what is computed of them fits together, whatever they are.
pub fn exact(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut isolate = isolate();
    let mut numbers = Vec::new();
    for text in input.lines().take(2) {
        for name in ["big", "decimal"] {
            let value = isolate.heap().string(text);
            match call(&mut isolate, name, vec![value]) {
                Ok(number) => {
                    let written = isolate.heap().string(&shown(&number));
                    let again = call(&mut isolate, name, vec![written]).expect("what was written can be read");
                    assert!(is_equal(&number, &again));
                    numbers.push(number);
                }
                Err(line) => {
                    let is_known = line.starts_with("ValueError: ") || line.starts_with("LimitError: ");
                    assert!(is_known, "{name}: {line}");
                }
            }
        }
    }
    for a in &numbers {
        for b in &numbers {
            let Ok(sum) = method(&mut isolate, a, "add", vec![b.clone()]) else { continue };
            let back = method(&mut isolate, &sum, "subtract", vec![b.clone()]).expect("it is no larger");
            assert!(is_equal(a, &back), "{} + {} - {}", shown(a), shown(b), shown(b));
            let Ok(parts) = method(&mut isolate, a, "divmod", vec![b.clone()]) else { continue };
            let parts = parts.as_list().expect("a list").items().to_vec();
            let Ok(product) = method(&mut isolate, &parts[0], "multiply", vec![b.clone()]) else { continue };
            let whole = method(&mut isolate, &product, "add", vec![parts[1].clone()]).expect("it is the first number");
            assert!(
                is_equal(a, &whole),
                "divmod({}, {}) gives {} and {}",
                shown(a),
                shown(b),
                shown(&parts[0]),
                shown(&parts[1])
            );
        }
    }
}

/// A template with data of every kind.
pub fn templates(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut isolate = isolate();
    let text = isolate
        .heap()
        .string("{\"name\":\"A & B\",\"n\":3,\"xs\":[1,\"two\",null,[3]],\"m\":{\"a\":1,\"b\":{\"c\":[]}},\"t\":true}");
    let data = call(&mut isolate, "std:json/parse", vec![text]).expect("it is JSON");
    let template = isolate.heap().string(input);
    match call(&mut isolate, "std:templates/render", vec![template, data]) {
        Ok(text) => {
            // What has no tag comes out as it is.
            if !input.contains("{{") && !input.contains("{%") && !input.contains("{#") {
                assert_eq!(text.as_str(), Some(input));
            }
        }
        Err(line) => check_error("templates", &line),
    }
}

pub fn archives(input: &[u8]) {
    let mut isolate = isolate();
    let bytes = isolate.heap().bytes(input);
    let files = match call(&mut isolate, "std:archives/unpack", vec![bytes]) {
        Ok(files) => files,
        Err(line) => {
            let is_known = line.starts_with("ValueError: ") || line.starts_with("LimitError: ");
            return assert!(is_known, "archives: {line}");
        }
    };
    // Names that would lead elsewhere are not packed.
    let Ok(packed) = call(&mut isolate, "std:archives/pack", vec![files.clone()]) else { return };
    let again = call(&mut isolate, "std:archives/unpack", vec![packed]).expect("what was packed can be unpacked");
    assert!(is_equal(&files, &again), "it is unpacked as other files");
}
