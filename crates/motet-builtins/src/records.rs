//! Records, whose keys are names, and maps, whose keys are any values.

use motet_vm::builtins::arguments::{describe, unwritable, wrong};
use motet_vm::builtins::iterate::{add_item, with_items};
use motet_vm::builtins::keyed::{self, empty_like, put_entry};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{FieldKey, FieldName, Heap, Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::objects::{KEY_OF, with_keys};
use motet_vm::{Context, Error, Result};

/// The name that a key of a record is.
pub(super) fn name_of(key: &Value) -> Result<FieldKey<'_>> {
    FieldKey::of(key).ok_or_else(|| {
        Error::type_error(format!("the keys of a record are strings, not {}", describe(key)))
            .with_hint("a map has keys of any kind: dict()")
    })
}

/// Sets an entry of a record, an instance or a map.
pub(super) fn put(context: &Context<'_>, function: &str, target: &Value, key: &Value, value: Value) -> Result<()> {
    let heap = context.heap();
    if let Some(map) = target.as_map() {
        keyed::refuse_key(target)?;
        map.set(key.clone(), value, heap).map_err(unwritable(target))?;
    } else if let Some(fields) = target.as_fields() {
        name_of(key)?;
        if let Some(name) = FieldName::of(key) {
            context.check_field(fields, name.key(), &value)?;
            fields.set_named(name, value, heap).map_err(unwritable(target))?;
        }
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
        if map.is_set() {
            let removed = map.remove(key).map_err(unwritable(target))?;
            return Ok(Value::bool(removed.is_some()).into());
        }
        map.remove(key).map_err(unwritable(target))?
    } else if let Some(fields) = target.as_record() {
        fields.remove(name_of(key)?, context.heap()).map_err(unwritable(target))?
    } else {
        return Err(wrong(function, expected, target));
    };
    Ok(removed.unwrap_or_default().into())
}

fn delete(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let held = vec![arguments.at(0).clone()];
    with_keys(context, arguments.at(0), vec![arguments.at(1).clone()], held, |context, keys, held| {
        remove(context, "delete", "a record or a map", &held[0], &keys[0])
    })
}

/// Sets entries in a container, one after the other: classes may have to be asked about the keys.
struct Putting {
    function: &'static str,
    target: Value,
    /// Containers whose entries are still to come, the last one first.
    sources: Vec<Value>,
    entries: std::vec::IntoIter<(Value, Value)>,
    /// The value of the entry whose key is being looked for.
    value: Value,
}

impl Putting {
    fn new(function: &'static str, target: Value) -> Putting {
        Putting { function, target, sources: Vec::new(), entries: Vec::new().into_iter(), value: Value::NULL }
    }

    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            for (key, value) in &mut self.entries {
                context.work(1)?;
                if self.target.as_map().is_some() && context.key_asks(&key) {
                    self.value = value;
                    let arguments = CallArguments::Two(self.target.clone(), key);
                    return Ok(Outcome::Call { function: KEY_OF.native.value(), arguments, then: self });
                }
                put(context, self.function, &self.target, &key, value)?;
            }
            let Some(source) = self.sources.pop() else { return Ok(self.target.into()) };
            let mut entries = Vec::new();
            for_each_entry(self.function, &source, context.heap(), |key, value| entries.push((key, value.clone())))?;
            // The keys of one map are different from one another: into an empty one they go unasked.
            if source.as_map().is_some() && self.target.as_map().is_some_and(|target| target.length() == 0) {
                for (key, value) in entries.drain(..) {
                    context.work(1)?;
                    put(context, self.function, &self.target, &key, value)?;
                }
            }
            self.entries = entries.into_iter();
        }
    }
}

impl Resume for Putting {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, key: Value) -> Result<Outcome> {
        let value = std::mem::take(&mut self.value);
        put(context, self.function, &self.target, &key, value)?;
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        self.function
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        for (key, value) in self.entries.as_slice() {
            visit(key);
            visit(value);
        }
        self.sources.iter().chain([&self.target, &self.value]).for_each(visit);
    }
}

/// `%set_entry(map, key, value)`: `map[key] = value` with a key whose class decides what it equals.
fn set_entry(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut putting = Putting::new("set", arguments.at(0).clone());
    putting.entries = vec![(arguments.at(1).clone(), arguments.at(2).clone())].into_iter();
    Box::new(putting).go_on(context)
}

/// Calls a function with each entry of a record, an instance or a map.
fn for_each_entry(function: &str, value: &Value, heap: &Heap, mut visit: impl FnMut(Value, &Value)) -> Result<()> {
    if let Some(fields) = value.as_fields() {
        fields.for_each(|name, value| {
            // Names with % belong to the runtime: the trace of an error.
            if !name.as_str().starts_with('%') {
                visit(name.to_string_value(heap), value);
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
        return Box::new(Putting { sources: vec![source.clone()], ..Putting::new(name, result) }).go_on(context);
    }
    let held = vec![result, context.heap().string(name)];
    with_items(context, name, source, held, |context, pairs, mut held| {
        let name = if held[1].as_str() == Some("record") { "record" } else { "dict" };
        let mut entries = Vec::with_capacity(pairs.len());
        for pair in pairs {
            context.work(1)?;
            match pair.as_list().map(|pair| pair.items()).as_deref() {
                Some([key, value]) => entries.push((key.clone(), value.clone())),
                _ => return Err(wrong(name, "pairs [key, value]", &pair)),
            }
        }
        let target = std::mem::take(&mut held[0]);
        Box::new(Putting { entries: entries.into_iter(), ..Putting::new(name, target) }).go_on(context)
    })
}

fn record(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, arguments, "record")
}

fn dict(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, arguments, "dict")
}

/// `merge(a, b, …)`: a new one, of the kind of the first.
fn merge(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let result = empty_like(arguments.at(0), context.heap());
    if result.is_null() {
        return Err(wrong("merge", "records or maps", arguments.at(0)));
    }
    let sources = arguments.positional().iter().rev().cloned().collect();
    Box::new(Putting { sources, ..Putting::new("merge", result) }).go_on(context)
}

/// `extend(target, source, …)`: sets all entries in the first, or adds all elements to the list.
fn extend(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    if target.as_list().is_some() {
        return crate::lists::extend(context, arguments);
    }
    let sources = vec![arguments.at(1).clone()];
    Box::new(Putting { sources, ..Putting::new("extend", target.clone()) }).go_on(context)
}

/// The entries whose keys are, or are not, in a list.
fn choose(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, wanted: bool) -> Result<Outcome> {
    let (source, chosen) = (arguments.at(0), arguments.at(1));
    let Some(chosen) = chosen.as_list() else { return Err(wrong(name, "a list of keys", chosen)) };
    if empty_like(source, context.heap()).is_null() {
        return Err(wrong(name, "a record or a map", source));
    }
    let chosen = chosen.items().to_vec();
    let held = vec![source.clone(), Value::bool(wanted)];
    with_keys(context, source, chosen, held, |context, chosen, held| {
        let (source, wanted) = (&held[0], held[1].is_truthy());
        let heap = context.heap();
        let result = empty_like(source, heap);
        let keys = heap.map(chosen.len());
        let keys = keys.as_map().expect("just made");
        for key in chosen {
            let key = match key.symbol_text() {
                Some(name) if source.tag() == Tag::Record => heap.string(name),
                _ => key,
            };
            keys.set(key, Value::NULL, heap).expect("just made");
        }
        for_each_entry(if wanted { "pick" } else { "omit" }, source, heap, |key, value| {
            if keys.contains(&key) == wanted {
                put_entry(&result, key, value.clone(), heap);
            }
        })?;
        Ok(result.into())
    })
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
    let (result, mut entries) = (heap.map(0), Vec::new());
    for_each_entry("invert", arguments.at(0), heap, |key, value| entries.push((value.clone(), key)))?;
    Box::new(Putting { entries: entries.into_iter(), ..Putting::new("invert", result) }).go_on(context)
}

const FIELDS: Kinds = Kinds::KEYED.and(Kinds::of(&[Tag::Instance]));

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%set_entry(map, key, value)", set_entry, "Sets an entry whose key's class must be asked.")
        .at(Place::Helper),
    Entry::function(
        "record(source = {})",
        record,
        "A new record of the entries of a record, map or instance, or of pairs [key, value].",
    )
    .elsewhere("names with values are a record, `{a: 1}`, of which dict({a: 1}) makes a map")
    .on(Kinds::KEYED),
    Entry::function(
        "dict(source = {})",
        dict,
        "A new map, which has keys of any kind: of the entries of a record or map, or of pairs [key, value].",
    )
    .on(Kinds::KEYED),
    Entry::function(
        "keys(container)",
        keys,
        "The keys of a record or map, or the names of an instance's fields, in order.",
    )
    .pure()
    .on(FIELDS),
    Entry::function("values(container)", values, "The values of a record, map or instance, in order.")
        .pure()
        .on(FIELDS),
    Entry::function(
        "entries(container)",
        entries,
        "The entries of a record, map or instance, each as a list [key, value].",
    )
    .pure()
    .on(FIELDS),
    Entry::function("items(container)", entries, "The same as `entries`.").pure().on(FIELDS),
    Entry::function(
        "delete(container, key)",
        delete,
        "Takes an entry out of a record or map; gives its value, or null if there was none.",
    )
    .on(Kinds::KEYED),
    Entry::function("merge(...containers)", merge, "A new record or map of all entries of several; later ones win.")
        .pure_or("set")
        .at_least(1)
        .on(Kinds::KEYED),
    Entry::function(
        "extend(container, source)",
        extend,
        "Adds all elements to a list, or sets all entries in a record or map; gives it.",
    )
    .on(Kinds::KEYED.and(Kinds::LIST)),
    Entry::function("pick(container, keys)", pick, "A record or map of the entries with these keys.")
        .pure()
        .on(Kinds::KEYED),
    Entry::function("omit(container, keys)", omit, "A record or map of the entries without these keys.")
        .pure_or("remove")
        .on(Kinds::KEYED),
    Entry::function("invert(container)", invert, "A map from the values of a record or map to their keys.")
        .pure()
        .on(Kinds::KEYED),
];
