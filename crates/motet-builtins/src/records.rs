//! Records, whose keys are names, and maps, whose keys are any values.

use motet_vm::builtins::arguments::{describe, unwritable, wrong};
use motet_vm::builtins::iterate::{add_item, with_items};
use motet_vm::builtins::keyed::{empty_like, put_entry};
use motet_vm::builtins::{ANY, Entry, Kinds};
use motet_vm::memory::{Heap, Symbol, Tag, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

/// The name that a key of a record has, if any field anywhere has that name. Looking for a field makes no new symbols.
pub(super) fn known_name(key: &Value) -> Result<Option<Symbol>> {
    match key.as_symbol() {
        Some(symbol) => Ok(Some(symbol)),
        None => Ok(Symbol::find(name_of(key)?)),
    }
}

/// A key of a record as text.
fn name_of(key: &Value) -> Result<&str> {
    key.as_str().ok_or_else(|| {
        Error::type_error(format!("the keys of a record are strings, not {}", describe(key)))
            .with_hint("a map has keys of any kind: dict()")
    })
}

/// Sets an entry of a record, an instance or a map.
pub(super) fn put(context: &Context<'_>, function: &str, target: &Value, key: &Value, value: Value) -> Result<()> {
    let heap = context.heap();
    if let Some(map) = target.as_map() {
        map.set(key.clone(), value, heap).map_err(unwritable(target))?;
    } else if let Some(fields) = target.as_fields() {
        let name = match key.as_symbol() {
            Some(symbol) => symbol,
            None => Symbol::intern(name_of(key)?),
        };
        fields.set(name, value, heap).map_err(unwritable(target))?;
    } else {
        return Err(wrong(function, "a list, a record or a map", target));
    }
    Ok(())
}

/// Takes an entry out; gives its value, or null if there is none.
pub(super) fn remove(
    context: &Context<'_>,
    function: &str,
    expected: &str,
    target: &Value,
    key: &Value,
) -> Result<Outcome> {
    let removed = if let Some(map) = target.as_map() {
        map.remove(key).map_err(unwritable(target))?
    } else if let Some(fields) = target.as_record() {
        match known_name(key)? {
            Some(name) => fields.remove(name, context.heap()).map_err(unwritable(target))?,
            None => None,
        }
    } else {
        return Err(wrong(function, expected, target));
    };
    Ok(removed.unwrap_or_default().into())
}

fn delete(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    remove(context, "delete", "a record or a map", arguments.at(0), arguments.at(1))
}

/// Calls a function with each entry of a record, an instance or a map.
fn for_each_entry(function: &str, value: &Value, heap: &Heap, mut visit: impl FnMut(Value, &Value)) -> Result<()> {
    if let Some(fields) = value.as_fields() {
        fields.for_each(|name, value| {
            // Names with % belong to the runtime: the trace of an error.
            if !name.as_str().starts_with('%') {
                visit(heap.string(name.as_str()), value);
            }
        });
    } else if let Some(map) = value.as_map() {
        map.for_each(|key, value| visit(key.clone(), value));
    } else {
        return Err(wrong(function, "a record or a map", value));
    }
    Ok(())
}

fn keys(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut keys = Vec::new();
    for_each_entry("keys", arguments.at(0), context.heap(), |key, _| keys.push(key))?;
    Ok(context.heap().list(keys).into())
}

fn values(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut values = Vec::new();
    for_each_entry("values", arguments.at(0), context.heap(), |_, value| values.push(value.clone()))?;
    Ok(context.heap().list(values).into())
}

fn entries(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut pairs = Vec::new();
    for_each_entry("entries", arguments.at(0), context.heap(), |key, value| pairs.push((key, value.clone())))?;
    let mut entries = Vec::new();
    for (key, value) in pairs {
        let entry = context.heap().list(vec![key, value]);
        add_item(context, "entries", &mut entries, entry)?;
    }
    Ok(context.heap().list(entries).into())
}

/// A record or map from a record, a map, or a collection of pairs.
fn make(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str) -> Result<Outcome> {
    let result = if name == "record" { context.heap().record(0) } else { context.heap().map(0) };
    let Some(source) = arguments.get(0) else { return Ok(result.into()) };
    if matches!(source.tag(), Tag::Record | Tag::Instance | Tag::Map) {
        add_all(context, name, &result, source)?;
        return Ok(result.into());
    }
    let held = vec![result, context.heap().string(name)];
    with_items(context, name, source, held, |context, pairs, held| {
        let name = held[1].as_str().unwrap_or_default();
        for pair in pairs {
            context.work(1)?;
            let (key, value) = match pair.as_list().map(|pair| pair.items()).as_deref() {
                Some([key, value]) => (key.clone(), value.clone()),
                _ => return Err(wrong(name, "pairs [key, value]", &pair)),
            };
            put(context, name, &held[0], &key, value)?;
        }
        Ok(held[0].clone().into())
    })
}

fn record(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, arguments, "record")
}

fn dict(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, arguments, "dict")
}

/// Sets all entries of one container in another.
fn add_all(context: &mut Context<'_>, function: &str, target: &Value, source: &Value) -> Result<()> {
    let mut entries = Vec::new();
    for_each_entry(function, source, context.heap(), |key, value| entries.push((key, value.clone())))?;
    for (key, value) in entries {
        context.work(1)?;
        put(context, function, target, &key, value)?;
    }
    Ok(())
}

/// `merge(a, b, …)`: a new one, of the kind of the first.
fn merge(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let result = empty_like(arguments.at(0), context.heap());
    if result.is_null() {
        return Err(wrong("merge", "records or maps", arguments.at(0)));
    }
    for source in arguments.positional() {
        add_all(context, "merge", &result, source)?;
    }
    Ok(result.into())
}

/// `extend(target, source, …)`: sets all entries in the first, or adds all elements to the list.
fn extend(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    if target.as_list().is_some() {
        return crate::lists::extend(context, arguments);
    }
    add_all(context, "extend", target, arguments.at(1))?;
    Ok(target.clone().into())
}

/// The entries whose keys are, or are not, in a list.
fn choose(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, wanted: bool) -> Result<Outcome> {
    let (source, chosen) = (arguments.at(0), arguments.at(1));
    let heap = context.heap();
    let result = empty_like(source, heap);
    let Some(chosen) = chosen.as_list() else { return Err(wrong(name, "a list of keys", chosen)) };
    if result.is_null() {
        return Err(wrong(name, "a record or a map", source));
    }
    let keys = heap.map(chosen.length());
    let keys = keys.as_map().expect("just made");
    for key in chosen.items().iter() {
        let key = match key.as_symbol() {
            Some(symbol) if source.tag() == Tag::Record => heap.string(symbol.as_str()),
            _ => key.clone(),
        };
        keys.set(key, Value::NULL, heap).expect("just made");
    }
    for_each_entry(name, source, heap, |key, value| {
        if keys.contains(&key) == wanted {
            put_entry(&result, key, value.clone(), heap);
        }
    })?;
    Ok(result.into())
}

fn pick(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    choose(context, arguments, "pick", true)
}

fn omit(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    choose(context, arguments, "omit", false)
}

/// `invert(map)`: a map from values to keys.
fn invert(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let heap = context.heap();
    let result = heap.map(0);
    for_each_entry("invert", arguments.at(0), heap, |key, value| put_entry(&result, value.clone(), key, heap))?;
    Ok(result.into())
}

const FIELDS: Kinds = Kinds::KEYED.and(Kinds::of(&[Tag::Instance]));

pub(super) static NATIVES: &[Entry] = &[
    Entry::new(
        "record(source = {})",
        (0, 1),
        record,
        "A new record of the entries of a record, map or instance, or of pairs [key, value].",
    )
    .on(Kinds::KEYED),
    Entry::new(
        "dict(source = {})",
        (0, 1),
        dict,
        "A new map, which has keys of any kind: of the entries of a record or map, or of pairs [key, value].",
    )
    .on(Kinds::KEYED),
    Entry::new(
        "keys(container)",
        (1, 1),
        keys,
        "The keys of a record or map, or the names of an instance's fields, in order.",
    )
    .on(FIELDS),
    Entry::new("values(container)", (1, 1), values, "The values of a record, map or instance, in order.").on(FIELDS),
    Entry::new(
        "entries(container)",
        (1, 1),
        entries,
        "The entries of a record, map or instance, each as a list [key, value].",
    )
    .on(FIELDS),
    Entry::new("items(container)", (1, 1), entries, "The same as `entries`.").on(FIELDS),
    Entry::new(
        "delete(container, key)",
        (2, 2),
        delete,
        "Takes an entry out of a record or map; gives its value, or null if there was none.",
    )
    .on(Kinds::KEYED),
    Entry::new(
        "merge(...containers)",
        (1, ANY),
        merge,
        "A new record or map of all entries of several; later ones win.",
    )
    .on(Kinds::KEYED),
    Entry::new(
        "extend(container, source)",
        (2, 2),
        extend,
        "Adds all elements to a list, or sets all entries in a record or map; gives it.",
    )
    .on(Kinds::KEYED.and(Kinds::LIST)),
    Entry::new("pick(container, keys)", (2, 2), pick, "A record or map of the entries with these keys.")
        .on(Kinds::KEYED),
    Entry::new("omit(container, keys)", (2, 2), omit, "A record or map of the entries without these keys.")
        .on(Kinds::KEYED),
    Entry::new("invert(container)", (1, 1), invert, "A map from the values of a record or map to their keys.")
        .on(Kinds::KEYED),
];
