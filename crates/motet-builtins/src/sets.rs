//! Sets: each element once, in the order of insertion. A set is a map that has its elements as keys and as values, so what
//! works on maps walks over it, copies it, freezes it and takes it for a key.

use motet_vm::builtins::arguments::{unwritable, wrong};
use motet_vm::builtins::iterate::{self, with_items};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{Heap, Map, Tag, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn of<'a>(function: &str, value: &'a Value) -> Result<&'a Map> {
    value.as_map().filter(|map| map.is_set()).ok_or_else(|| {
        let error = wrong(function, "a set", value);
        if value.as_list().is_some() { error.with_hint("set(xs) makes one of a list") } else { error }
    })
}

fn new_set(heap: &Heap, elements: impl IntoIterator<Item = Value>) -> Value {
    let value = heap.set(0);
    let set = value.as_map().expect("just made");
    for element in elements {
        if !set.contains(&element) {
            set.set(element.clone(), element, heap).expect("just made");
        }
    }
    value
}

/// `set(collection)`.
fn set(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(over) = arguments.get(0) else { return Ok(new_set(context.heap(), []).into()) };
    if matches!(over.tag(), Tag::Record | Tag::Map) {
        let (keys, _) = iterate::entries(over, context.heap());
        return Ok(new_set(context.heap(), keys).into());
    }
    with_items(context, "set", over, Vec::new(), |context, items, _| Ok(new_set(context.heap(), items).into()))
}

/// `add(set, …elements)`.
fn add(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let set = of("add", target)?;
    for element in &arguments.positional()[1..] {
        if !set.contains(element) {
            set.set(element.clone(), element.clone(), context.heap()).map_err(unwritable(target))?;
        }
    }
    Ok(target.clone().into())
}

/// What becomes of two sets.
#[derive(Clone, Copy)]
enum Both {
    Union,
    Intersection,
    Difference,
    Symmetric,
}

fn elements(set: &Map) -> Vec<Value> {
    let mut elements = Vec::with_capacity(set.length());
    set.for_each(|element, _| elements.push(element.clone()));
    elements
}

/// A set and anything to walk over.
fn combine(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, both: Both) -> Result<Outcome> {
    let first = arguments.at(0);
    of(name, first)?;
    let other = arguments.at(1);
    if let Some(other) = other.as_map().filter(|map| map.is_set()) {
        return Ok(combined(context.heap(), first, elements(other), both).into());
    }
    let then = match both {
        Both::Union => |context: &mut Context<'_>, items, held: Vec<Value>| {
            Ok(combined(context.heap(), &held[0], items, Both::Union).into())
        },
        Both::Intersection => |context: &mut Context<'_>, items, held: Vec<Value>| {
            Ok(combined(context.heap(), &held[0], items, Both::Intersection).into())
        },
        Both::Difference => |context: &mut Context<'_>, items, held: Vec<Value>| {
            Ok(combined(context.heap(), &held[0], items, Both::Difference).into())
        },
        Both::Symmetric => |context: &mut Context<'_>, items, held: Vec<Value>| {
            Ok(combined(context.heap(), &held[0], items, Both::Symmetric).into())
        },
    };
    with_items(context, name, other, vec![first.clone()], then)
}

fn combined(heap: &Heap, first: &Value, others: Vec<Value>, both: Both) -> Value {
    let Some(set) = first.as_map() else { return new_set(heap, others) };
    let own = elements(set);
    if matches!(both, Both::Union) {
        return new_set(heap, own.into_iter().chain(others));
    }
    let other_set = new_set(heap, others);
    let other = other_set.as_map().expect("just made");
    let kept: Vec<Value> = match both {
        Both::Intersection => own.into_iter().filter(|element| other.contains(element)).collect(),
        _ => own.into_iter().filter(|element| !other.contains(element)).collect(),
    };
    if matches!(both, Both::Symmetric) {
        let added = elements(other).into_iter().filter(|element| !set.contains(element));
        return new_set(heap, kept.into_iter().chain(added));
    }
    new_set(heap, kept)
}

fn union(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, "union", Both::Union)
}

fn intersection(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, "intersection", Both::Intersection)
}

fn difference(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, "difference", Both::Difference)
}

fn symmetric_difference(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, "symmetric_difference", Both::Symmetric)
}

fn is_within(inner: &Map, outer: &Map) -> bool {
    let mut all = inner.length() <= outer.length();
    inner.for_each(|element, _| all = all && outer.contains(element));
    all
}

fn is_subset(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (of("is_subset", arguments.at(0))?, of("is_subset", arguments.at(1))?);
    Ok(Value::bool(is_within(a, b)).into())
}

fn is_superset(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (of("is_superset", arguments.at(0))?, of("is_superset", arguments.at(1))?);
    Ok(Value::bool(is_within(b, a)).into())
}

fn is_disjoint(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (of("is_disjoint", arguments.at(0))?, of("is_disjoint", arguments.at(1))?);
    let mut none = true;
    a.for_each(|element, _| none = none && !b.contains(element));
    Ok(Value::bool(none).into())
}

const SET: Kinds = Kinds::of(&[Tag::Map]);

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function("set(collection = [])", set, "A set: each element once, in order; of a record or map, its keys."),
    Entry::function("add(set, ...elements)", add, "Adds elements to a set; gives the set.").at(Place::Method).on(SET),
    Entry::function("union(set, other)", union, "A set of what either of two has.").on(SET),
    Entry::function("intersection(set, other)", intersection, "A set of what both have.").on(SET),
    Entry::function("difference(set, other)", difference, "A set of what the first has and the other has not.").on(SET),
    Entry::function(
        "symmetric_difference(set, other)",
        symmetric_difference,
        "A set of what one of two has and the other has not.",
    )
    .on(SET),
    Entry::function("is_subset(set, other)", is_subset, "Whether the other set has all elements.").on(SET),
    Entry::function("is_superset(set, other)", is_superset, "Whether it has all elements of the other set.").on(SET),
    Entry::function("is_disjoint(set, other)", is_disjoint, "Whether two sets have no element in common.").on(SET),
];
