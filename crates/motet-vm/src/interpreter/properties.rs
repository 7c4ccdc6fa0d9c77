//! Fields that builtin kinds have: `range.start`, `error.trace`, `class.name`.

use super::unwind::{HINT_FIELD, is_error};
use crate::isolate::Isolate;
use crate::main_isolate::TraceEntry;
use crate::memory::{Symbol, Tag, Value};

/// The value of a builtin field.
pub(super) fn property(isolate: &Isolate, object: &Value, name: Symbol) -> Option<Value> {
    let heap = &isolate.heap;
    let number = |number: Option<i64>| number.map_or(Value::NULL, Value::int);
    match (object.tag(), name.as_str()) {
        (Tag::Range, "start") => Some(number(object.as_range()?.start)),
        (Tag::Range, "end") => Some(number(object.as_range()?.end)),
        (Tag::Range, "step") => Some(Value::int(object.as_range()?.step)),
        (Tag::Complex, "re") => Some(Value::float(object.as_complex()?.re)),
        (Tag::Complex, "im") => Some(Value::float(object.as_complex()?.im)),
        (Tag::Node, "head") => Some(object.as_node()?.head.clone()),
        (Tag::Node, "props") => Some(object.as_node()?.props.clone()),
        (Tag::Node, "children") => Some(object.as_node()?.children.clone()),
        (Tag::Generator, "done") => Some(Value::bool(super::iteration::generator_result(object).is_some())),
        (Tag::Generator, "result") => Some(super::iteration::generator_result(object).unwrap_or_default()),
        (Tag::Class, "name") => Some(heap.string(object.as_class()?.name().as_str())),
        (Tag::Class, "parent") => Some(object.as_class()?.parent_value()),
        (Tag::Closure, "name") => Some(heap.string(&object.as_closure()?.function().name)),
        (Tag::Instance, "class") => Some(object.as_instance()?.class_value()),
        (Tag::Instance, "kind" | "trace" | "cause" | "hint" | "message") if is_error(isolate, object) => {
            let fields = object.as_instance()?;
            Some(match name.as_str() {
                "kind" => heap.string(fields.class()?.name().as_str()),
                "trace" => trace_list(isolate, object),
                "hint" => {
                    let hint = fields.get(HINT_FIELD).unwrap_or_default();
                    match hint.as_str().filter(|_| isolate.gene()) {
                        Some(text) => heap.string(&isolate.builtins.hint_in_gene(text)),
                        None => hint,
                    }
                }
                "message" => heap.string(""),
                _ => Value::NULL,
            })
        }
        (Tag::Instance, "name") if is_case(object) => Some(heap.string(object.as_instance()?.class()?.name().as_str())),
        // What other languages read where this one calls `len`.
        (Tag::List, "length" | "size") => Some(Value::int(object.as_list()?.length() as i64)),
        (Tag::String, "length" | "size") => Some(Value::int(object.as_string()?.length() as i64)),
        (Tag::Bytes, "length" | "size") => Some(Value::int(object.as_bytes()?.len() as i64)),
        (Tag::Map, "length" | "size") => Some(Value::int(object.as_map()?.length() as i64)),
        (Tag::Range, "length" | "size") => {
            super::iteration::range_length(object).ok().map(|length| Value::int(length as i64))
        }
        (Tag::Foreign, "length" | "size") => {
            super::iteration::sequence_length(object).map(|length| Value::int(length as i64))
        }
        // The type of a value; a record or map may have an entry of that name, and misses it.
        (Tag::Map, "class") if !object.as_map()?.is_set() => None,
        (tag, "class") if !matches!(tag, Tag::Null | Tag::Record | Tag::Node | Tag::Class) => {
            isolate.builtins.extern_value(isolate.type_name(object))
        }
        _ => None,
    }
}

/// A value of an enum.
fn is_case(object: &Value) -> bool {
    let class = object.as_instance().and_then(|fields| fields.class());
    class.is_some_and(|class| crate::builtins::cases::cases(&class.parent_value()).is_some())
}

/// The places of an error's trace as a list of strings, innermost first.
fn trace_list(isolate: &Isolate, error: &Value) -> Value {
    let trace = super::unwind::trace_of(error);
    let items = trace.iter().flat_map(|trace| &trace.0).map(|entry| isolate.heap.string(&describe(entry)));
    isolate.heap.list(items.collect())
}

/// `function (file:line:column)`
fn describe(entry: &TraceEntry) -> String {
    if let Some(thread) = entry.thread {
        return format!("in thread {thread}, awaited by");
    }
    let function = &entry.function;
    let mut text = match &entry.place {
        None => format!("{function} (builtin)"),
        Some((source, span)) => format!("{function} ({})", source.place(span.start)),
    };
    if entry.omitted > 0 {
        text.push_str(&format!("; {} more", entry.omitted));
    }
    text
}
