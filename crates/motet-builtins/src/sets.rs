//! Sets: each element once, in the order of insertion. A set is a map that has its elements as keys and as values, so what
//! works on maps walks over it, copies it, freezes it and takes it for a key.
//!
//! An element whose class has `equals` and `hash` is asked which element of a set it equals, as the keys of maps are
//! (`motet_vm::objects`): so what fills a set and what looks into one may have to wait for code of the program.

use motet_vm::builtins::arguments::{unwritable, wrong};
use motet_vm::builtins::iterate::{self, with_items};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{Heap, Map, Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::objects::{KEY_OF, with_keys};
use motet_vm::{Context, Result};

fn of<'a>(function: &str, value: &'a Value) -> Result<&'a Map> {
    value.as_map().filter(|map| map.is_set()).ok_or_else(|| {
        let error = wrong(function, "a set", value);
        if value.as_list().is_some() { error.with_hint("set(xs) makes one of a list") } else { error }
    })
}

fn elements(set: &Value) -> Vec<Value> {
    let mut elements = Vec::new();
    if let Some(set) = set.as_map() {
        elements.reserve(set.length());
        set.for_each(|element, _| elements.push(element.clone()));
    }
    elements
}

/// Puts an element into a set that holds none which equals it, or that same one.
fn put(set: &Value, element: &Value, heap: &Heap) -> Result<()> {
    let map = of("add", set)?;
    if !map.contains(element) {
        map.set(element.clone(), element.clone(), heap).map_err(unwritable(set))?;
    }
    Ok(())
}

/// A new set of elements that differ from one another.
fn set_of(heap: &Heap, elements: impl IntoIterator<Item = Value>) -> Result<Value> {
    let set = heap.set(0);
    elements.into_iter().try_for_each(|element| put(&set, &element, heap))?;
    Ok(set)
}

/// What comes after a set was filled: with the set, and the values that were held.
type Filled = fn(&mut Context<'_>, Value, Vec<Value>) -> Result<Outcome>;

/// Elements on their way into a set.
struct Filling {
    set: Value,
    /// The last one comes first.
    left: Vec<Value>,
    held: Vec<Value>,
    then: Filled,
}

/// Adds elements to a set, and goes on.
fn fill(
    context: &mut Context<'_>,
    set: Value,
    mut elements: Vec<Value>,
    held: Vec<Value>,
    then: Filled,
) -> Result<Outcome> {
    elements.reverse();
    Box::new(Filling { set, left: elements, held, then }).go_on(context)
}

impl Filling {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        while let Some(element) = self.left.pop() {
            context.work(1)?;
            if context.key_asks(&element) {
                let arguments = CallArguments::Two(self.set.clone(), element);
                return Ok(Outcome::Call { function: KEY_OF.native.value(), arguments, then: self });
            }
            put(&self.set, &element, context.heap())?;
        }
        (self.then)(context, self.set, self.held)
    }
}

impl Resume for Filling {
    fn resume(self: Box<Self>, context: &mut Context<'_>, element: Value) -> Result<Outcome> {
        put(&self.set, &element, context.heap())?;
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "set"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.left.iter().chain(&self.held).chain([&self.set]).for_each(visit);
    }
}

/// `set(collection)`.
fn set(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(over) = arguments.get(0) else { return Ok(context.heap().set(0).into()) };
    if matches!(over.tag(), Tag::Record | Tag::Map) {
        let (keys, _) = iterate::entries(over, context.heap());
        return Ok(set_of(context.heap(), keys)?.into());
    }
    with_items(context, "set", over, Vec::new(), |context, items, _| {
        let set = context.heap().set(0);
        fill(context, set, items, Vec::new(), |_, set, _| Ok(set.into()))
    })
}

/// `add(set, …elements)`.
fn add(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    of("add", target)?;
    let elements = arguments.positional()[1..].to_vec();
    fill(context, target.clone(), elements, Vec::new(), |_, set, _| Ok(set.into()))
}

/// What is asked of two sets.
#[derive(Clone, Copy, PartialEq)]
enum Both {
    Union,
    Intersection,
    Difference,
    Symmetric,
    Subset,
    Superset,
    Disjoint,
}

impl Both {
    const ALL: [Both; 7] = [
        Both::Union,
        Both::Intersection,
        Both::Difference,
        Both::Symmetric,
        Both::Subset,
        Both::Superset,
        Both::Disjoint,
    ];

    fn name(self) -> &'static str {
        match self {
            Both::Union => "union",
            Both::Intersection => "intersection",
            Both::Difference => "difference",
            Both::Symmetric => "symmetric_difference",
            Both::Subset => "is_subset",
            Both::Superset => "is_superset",
            Both::Disjoint => "is_disjoint",
        }
    }

    /// The same as a value that is held, and back.
    fn held(self) -> Value {
        Value::int(self as i64)
    }

    fn of(held: &Value) -> Both {
        Both::ALL.into_iter().find(|both| held.as_int() == Some(*both as i64)).expect("it was one")
    }
}

/// A set, and anything to walk over.
fn combine(context: &mut Context<'_>, arguments: Arguments<'_>, both: Both) -> Result<Outcome> {
    let (first, other) = (arguments.at(0), arguments.at(1));
    of(both.name(), first)?;
    let held = vec![first.clone(), both.held()];
    if other.as_map().is_some_and(Map::is_set) {
        return combined(context, other.clone(), held);
    }
    with_items(context, both.name(), other, held, |context, items, held| {
        let set = context.heap().set(0);
        fill(context, set, items, held, combined)
    })
}

/// Both are sets. `held`: the first one, and what is wanted.
fn combined(context: &mut Context<'_>, other: Value, held: Vec<Value>) -> Result<Outcome> {
    let [first, both] = &held[..] else { unreachable!("`combine` holds two") };
    let (first, both) = (first.clone(), Both::of(both));
    if both == Both::Union {
        let whole = set_of(context.heap(), elements(&first))?;
        return fill(context, whole, elements(&other), Vec::new(), |_, set, _| Ok(set.into()));
    }
    // Which elements of the one the other has.
    let (asked, among) = if both == Both::Superset { (other, first) } else { (first, other) };
    let keys = elements(&asked);
    let held = vec![asked, among.clone(), held[1].clone()];
    with_keys(context, &among, keys, held, |context, keys, held| {
        let [asked, among, both] = &held[..] else { unreachable!("`combined` holds three") };
        let both = Both::of(both);
        let has = |key: &Value| among.as_map().is_some_and(|among| among.contains(key));
        let heap = context.heap();
        match both {
            Both::Subset | Both::Superset => return Ok(Value::bool(keys.iter().all(has)).into()),
            Both::Disjoint => return Ok(Value::bool(!keys.iter().any(has)).into()),
            _ => {}
        }
        let chosen = elements(asked).into_iter().zip(&keys);
        let chosen = chosen.filter(|(_, key)| has(key) == (both == Both::Intersection)).map(|(element, _)| element);
        let chosen = set_of(heap, chosen)?;
        if both != Both::Symmetric {
            return Ok(chosen.into());
        }
        let held = vec![among.clone(), chosen, asked.clone()];
        with_keys(context, asked, elements(among), held, |context, keys, held| {
            let [among, chosen, asked] = &held[..] else { unreachable!("three are held") };
            let has = |key: &Value| asked.as_map().is_some_and(|asked| asked.contains(key));
            for (element, key) in elements(among).iter().zip(&keys) {
                if !has(key) {
                    put(chosen, element, context.heap())?;
                }
            }
            Ok(chosen.clone().into())
        })
    })
}

fn union(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Union)
}

fn intersection(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Intersection)
}

fn difference(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Difference)
}

fn symmetric_difference(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Symmetric)
}

fn is_subset(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Subset)
}

fn is_superset(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Superset)
}

fn is_disjoint(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    combine(context, arguments, Both::Disjoint)
}

const SET: Kinds = Kinds::of(&[Tag::Map]);

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function("set(collection = [])", set, "A set: each element once, in order; of a record or map, its keys.")
        .elsewhere("a variable is assigned by `x = 5`")
        .pure(),
    Entry::function("add(set, ...elements)", add, "Adds elements to a set; gives the set.").at(Place::Method).on(SET),
    Entry::function("union(set, other)", union, "A set of what either of two has.").pure().on(SET),
    Entry::function("intersection(set, other)", intersection, "A set of what both have.").pure().on(SET),
    Entry::function("difference(set, other)", difference, "A set of what the first has and the other has not.")
        .pure()
        .on(SET),
    Entry::function(
        "symmetric_difference(set, other)",
        symmetric_difference,
        "A set of what one of two has and the other has not.",
    )
    .pure()
    .on(SET),
    Entry::function("is_subset(set, other)", is_subset, "Whether the other set has all elements.").pure().on(SET),
    Entry::function("is_superset(set, other)", is_superset, "Whether it has all elements of the other set.")
        .pure()
        .on(SET),
    Entry::function("is_disjoint(set, other)", is_disjoint, "Whether two sets have no element in common.")
        .pure()
        .on(SET),
];
