//! Sorting elements into groups, by what a function gives for them; and leaving out what occurs twice.

use motet_vm::builtins::arguments::{function_and_collection, with_function};
use motet_vm::builtins::iterate::{Callback, Each, Element, Then, drive};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{Map, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::objects::KEY_OF;
use motet_vm::{Context, Result};

/// What is kept for each key.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    /// A list of its elements.
    Group,
    /// How many elements it has.
    Count,
    /// Its last element.
    Index,
    /// Its first element, in a list of all such.
    Unique,
}

/// Units of work that it takes to look for a key which is no number or text.
const COMPARISONS: usize = 256;

struct Grouping {
    purpose: Purpose,
    /// What gives the keys; elements are their own keys without it.
    by: Option<Callback>,
    /// A map from keys to what is kept.
    groups: Value,
    /// Of `Unique`: the result.
    items: Vec<Value>,
    /// The element whose key is being asked for.
    current: Value,
    /// The key is known, and the groups are asked which of their keys equals it.
    is_finding: bool,
}

impl Grouping {
    fn groups(&self) -> &Map {
        self.groups.as_map().expect("a map was made for it")
    }

    /// Adds an element, as soon as it is known which key of the groups equals its own.
    fn find_group(&mut self, context: &mut Context<'_>, element: Value, key: Value) -> Result<Then> {
        if context.key_asks(&key) {
            self.current = element;
            self.is_finding = true;
            let arguments = CallArguments::Two(self.groups.clone(), key);
            return Ok(Then::Call(KEY_OF.native.value(), arguments));
        }
        self.add(context, element, key)?;
        Ok(Then::Next)
    }

    fn add(&mut self, context: &mut Context<'_>, element: Value, key: Value) -> Result<()> {
        if key.tag().is_traced() {
            // Only the outside of what is large counts for its hash, so it may be compared with all others.
            context.work(COMPARISONS)?;
        }
        let heap = context.heap();
        // The groups are this native's own until it ends, so nothing can have frozen them.
        let own = "the groups have one owner";
        match self.purpose {
            Purpose::Group => match self.groups().get(&key) {
                Some(group) => group.as_list().expect("groups are lists").push(element, heap).expect(own),
                None => drop(self.groups().set(key, heap.list(vec![element]), heap).expect(own)),
            },
            Purpose::Count => {
                let count = self.groups().get(&key).and_then(|count| count.as_int()).unwrap_or(0);
                self.groups().set(key, Value::int(count + 1), heap).expect(own);
            }
            Purpose::Index => drop(self.groups().set(key, element, heap).expect(own)),
            Purpose::Unique => {
                if self.groups().set(key, Value::NULL, heap).expect(own).is_none() {
                    self.items.push(element);
                }
            }
        }
        Ok(())
    }
}

impl Each for Grouping {
    fn name(&self) -> &'static str {
        match self.purpose {
            Purpose::Group => "group_by",
            Purpose::Count => "count_by",
            Purpose::Index => "index_by",
            Purpose::Unique => "unique",
        }
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        if let Some(by) = &self.by {
            let then = by.call(&element);
            self.current = element.value;
            return Ok(then);
        }
        self.find_group(context, element.value.clone(), element.value)
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        let element = std::mem::take(&mut self.current);
        if std::mem::take(&mut self.is_finding) {
            self.add(context, element, result)?;
            return Ok(Then::Next);
        }
        self.find_group(context, element, result)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        Ok(match self.purpose {
            Purpose::Unique => context.heap().list(std::mem::take(&mut self.items)),
            _ => std::mem::take(&mut self.groups),
        }
        .into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(by) = &self.by {
            visit(&by.function);
        }
        self.items.iter().chain([&self.groups, &self.current]).for_each(visit);
    }
}

fn group(context: &mut Context<'_>, over: &Value, by: Option<&Value>, purpose: Purpose) -> Result<Outcome> {
    let groups = context.heap().map(0);
    let (by, items, current) = (by.map(Callback::new), Vec::new(), Value::NULL);
    let grouping = Grouping { purpose, by, groups, items, current, is_finding: false };
    drive(context, over, grouping)
}

fn group_by(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (function, over) = function_and_collection("group_by", &arguments).map_err(|error| {
        error.with_hint("the function gives what an element is grouped by: `xs.group_by(x => x.city)`; a table has `t.group(\"city\")`")
    })?;
    group(context, over, Some(function), Purpose::Group)
}

fn index_by(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (function, over) = function_and_collection("index_by", &arguments)?;
    group(context, over, Some(function), Purpose::Index)
}

/// `count_by(xs)` and `unique(xs)` take a function or do without.
fn optional(context: &mut Context<'_>, arguments: Arguments<'_>, purpose: Purpose, name: &str) -> Result<Outcome> {
    match arguments.positional() {
        [over] => group(context, over, None, purpose),
        both => {
            let (function, others) = with_function(name, &both.iter().collect::<Vec<_>>())?;
            group(context, others[0], Some(function), purpose)
        }
    }
}

fn count_by(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    optional(context, arguments, Purpose::Count, "count_by")
}

fn unique(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    optional(context, arguments, Purpose::Unique, "unique")
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "group_by(f, collection)",
        group_by,
        "A map from what a function gives to the list of the elements for which it does.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "index_by(f, collection)",
        index_by,
        "A map from what a function gives to the element for which it does; of several, the last.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "count_by(collection, f = null)",
        count_by,
        "A map from what a function gives to the number of elements for which it does; without a function, from each element.",
    )
    .on(Kinds::ITERABLE),
    Entry::function(
        "unique(collection, f = null)",
        unique,
        "The elements without those that equal an earlier one, or for which a function gives the same as for an earlier one.",
    ).pure()
    .on(Kinds::ITERABLE),
];
