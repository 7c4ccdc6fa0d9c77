//! Helpers of compiled code for patterns, assertions and contracts.

use motet_vm::builtins::arguments::{shown, text, wrong};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::{Value, compare};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::cmp::Ordering;

/// `%assert_failed(operator, left, right, message, text)`.
fn assert_failed(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (operator, left, right, message) = (arguments.at(0), arguments.at(1), arguments.at(2), arguments.at(3));
    let source = arguments.at(4).as_str().unwrap_or("it");
    let call = if context.gene() { format!("(assert {source})") } else { format!("assert({source})") };
    let seen = match operator.as_str() {
        Some(operator) => format!("{} {operator} {} is false", shown(context, left), shown(context, right)),
        None => format!("it is {}", shown(context, left)),
    };
    let given = match message.as_str() {
        Some(message) => format!("{message}: "),
        None if message.is_null() => String::new(),
        None => format!("{}: ", shown(context, message)),
    };
    Err(Error::new(ErrorKind::AssertError, format!("{given}{call} failed: {seen}")))
}

/// `assert(condition, message)`, where it is used as a function.
fn assert(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let condition = arguments.at(0);
    if condition.is_truthy() {
        return Ok(condition.clone().into());
    }
    let message = match arguments.get(1) {
        Some(message) => crate::output::plain(context, message)?,
        None => format!("the asserted condition is {}", shown(context, condition)),
    };
    Err(Error::new(ErrorKind::AssertError, message))
}

/// `%contract_failed(kind, text, function)`.
fn contract_failed(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let word = |index: usize| arguments.at(index).as_str().unwrap_or("").to_owned();
    let (kind, source, function) = (word(0), word(1), word(2));
    let function = if function.is_empty() { "the function".into() } else { function };
    let message = match kind.as_str() {
        "requires" => format!("{function} requires {source}, which the call does not meet"),
        _ => format!("{function} ensures {source}, which its result does not meet"),
    };
    Err(Error::new(ErrorKind::ContractError, message))
}

/// `%mismatch(value, text)`.
fn mismatch(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let pattern = text("let", arguments.at(1))?;
    let message = format!("{} does not have the form {}", shown(context, arguments.at(0)), pattern.as_str());
    let error = Error::new(ErrorKind::MatchError, message);
    // What walks over a record or map with one name gets keys.
    let is_key = arguments.at(0).as_str().is_some() && pattern.as_str().starts_with('[');
    let length = arguments.at(0).as_list().map(|list| list.items().len());
    Err(match length {
        _ if is_key => error.with_hint("of a record or map, `for (k, v in r) { … }` gives keys and values"),
        Some(length) if pattern.as_str().starts_with('[') => {
            let elements = if length == 1 { "1 element".to_owned() } else { format!("{length} elements") };
            error.with_hint(format!(
                "the list has {elements}; a rest takes all others, a default stands for a missing one"
            ))
        }
        _ => error,
    })
}

/// `%in_range(value, start, end, inclusive)`.
fn in_range(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, start, end) = (arguments.at(0), arguments.at(1), arguments.at(2));
    let is_inclusive = arguments.at(3).is_truthy();
    let is_after_start = start.is_null() || matches!(compare(start, value), Some(Ordering::Less | Ordering::Equal));
    let is_before_end = end.is_null()
        || match compare(value, end) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => is_inclusive,
            _ => false,
        };
    // With both ends open, only what has an order lies between them.
    let has_order = compare(value, value).is_some();
    Ok(Value::bool(has_order && is_after_start && is_before_end).into())
}

/// `%record_rest(record, names)`.
fn record_rest(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, names) = (arguments.at(0), arguments.at(1));
    let Some(names) = names.as_list() else { return Err(wrong("a pattern", "a list of names", names)) };
    let names = names.items();
    let is_taken = |name: &str| names.iter().any(|taken| taken.as_str() == Some(name));
    let heap = context.heap();
    let rest = heap.record(0);
    let fields = rest.as_record().expect("just made");
    let mut entries = Vec::new();
    if let Some(source) = source.as_fields() {
        source.for_each(|name, value| {
            if !is_taken(name.as_str()) {
                entries.push((name.clone(), value.clone()));
            }
        });
    } else if let Some(map) = source.as_map() {
        let rest = heap.map(0);
        let mut entries = Vec::new();
        map.for_each(|key, value| {
            if !key.as_str().is_some_and(is_taken) {
                entries.push((key.clone(), value.clone()));
            }
        });
        for (key, value) in entries {
            rest.as_map().expect("just made").set(key, value, heap).expect("just made");
        }
        return Ok(rest.into());
    } else {
        return Err(wrong("a pattern with ...rest", "a record", source));
    }
    for (name, value) in entries {
        fields.set_named(name, value, heap).expect("just made");
    }
    Ok(rest.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "assert(condition, message = null)",
        assert,
        "Throws an AssertError unless the condition is true; gives the condition.",
    ),
    Entry::function(
        "%assert_failed(operator, left, right, message, text)",
        assert_failed,
        "Throws the error of an assertion.",
    )
    .at(Place::Helper),
    Entry::function("%contract_failed(kind, text, function)", contract_failed, "Throws the error of a contract.")
        .at(Place::Helper),
    Entry::function("%mismatch(value, text)", mismatch, "Throws that a value does not have the form of a pattern.")
        .at(Place::Helper),
    Entry::function("%in_range(value, start, end, inclusive)", in_range, "Whether a value lies in a range.")
        .at(Place::Helper),
    Entry::function("%record_rest(record, names)", record_rest, "A record without some of its keys.").at(Place::Helper),
];
