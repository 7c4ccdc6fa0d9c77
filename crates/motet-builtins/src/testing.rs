//! Asking a predicate about each element: filter, find, every, some, count and their like.

use crate::sequences::{range_has, whole};
use motet_vm::builtins::arguments::{self, function_and_collection, is_callable, wrong};
use motet_vm::builtins::iterate::{self, Callback, Each, Element, Then, add_item, drive};
use motet_vm::builtins::keyed::{empty_like, put_entry};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::objects::Equality;
use motet_vm::{Context, Error, Result};

/// What the answers are for.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Filter,
    Reject,
    Partition,
    TakeWhile,
    DropWhile,
    Find,
    FindIndex,
    FindLast,
    Every,
    Some,
    Count,
}

/// Where the answers come from.
enum Predicate {
    Function(Callback),
    /// Elements that equal this.
    Equal(Value),
    /// Elements that are neither null nor false.
    Truth,
    /// All elements.
    Always,
}

struct Testing {
    purpose: Purpose,
    predicate: Predicate,
    /// The element that the predicate is being asked about.
    current: Option<Element>,
    kept: Vec<Value>,
    others: Vec<Value>,
    /// A result that is a record or map; else null.
    container: Value,
    count: i64,
    /// Of `DropWhile`: elements are kept from here on.
    is_open: bool,
}

impl Testing {
    /// Goes on when the answer for an element is known.
    fn answer(&mut self, context: &mut Context<'_>, element: Element, yes: bool) -> Result<Then> {
        let Element { key, value, .. } = element;
        match self.purpose {
            Purpose::Filter if yes => self.keep(context, key, value)?,
            Purpose::Reject if !yes => self.keep(context, key, value)?,
            Purpose::Partition if yes => add_item(context, self.name(), &mut self.kept, value)?,
            Purpose::Partition => add_item(context, self.name(), &mut self.others, value)?,
            Purpose::TakeWhile if yes => add_item(context, self.name(), &mut self.kept, value)?,
            Purpose::TakeWhile => return Ok(Then::Finish(context.heap().list(std::mem::take(&mut self.kept)))),
            Purpose::DropWhile => {
                self.is_open |= !yes;
                if self.is_open {
                    add_item(context, self.name(), &mut self.kept, value)?;
                }
            }
            Purpose::Find if yes => return Ok(Then::Finish(value)),
            Purpose::FindIndex if yes => return Ok(Then::Finish(key)),
            Purpose::FindLast if yes => self.kept = vec![value],
            Purpose::Every if !yes => return Ok(Then::Finish(Value::FALSE)),
            Purpose::Some if yes => return Ok(Then::Finish(Value::TRUE)),
            Purpose::Count if yes => self.count += 1,
            _ => {}
        }
        Ok(Then::Next)
    }

    fn keep(&mut self, context: &mut Context<'_>, key: Value, value: Value) -> Result<()> {
        if self.container.is_null() {
            return add_item(context, self.name(), &mut self.kept, value);
        }
        put_entry(&self.container, key, value, context.heap());
        Ok(())
    }
}

impl Each for Testing {
    fn name(&self) -> &'static str {
        match self.purpose {
            Purpose::Filter => "filter",
            Purpose::Reject => "reject",
            Purpose::Partition => "partition",
            Purpose::TakeWhile => "take_while",
            Purpose::DropWhile => "drop_while",
            Purpose::Find => "find",
            Purpose::FindIndex => "find_index",
            Purpose::FindLast => "find_last",
            Purpose::Every => "every",
            Purpose::Some => "some",
            Purpose::Count => "count",
        }
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        let yes = match &self.predicate {
            _ if self.is_open => false,
            Predicate::Function(callback) => {
                let then = callback.call(&element);
                self.current = Some(element);
                return Ok(then);
            }
            Predicate::Equal(wanted) => match context.equality(&element.value, wanted)? {
                Equality::Known(equal) => equal,
                Equality::Ask(function, arguments) => {
                    self.current = Some(element);
                    return Ok(Then::Call(function, arguments));
                }
            },
            Predicate::Truth => context.condition(&element.value)?,
            Predicate::Always => true,
        };
        self.answer(context, element, yes)
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        let element = self.current.take().expect("the predicate was asked about an element");
        let holds = context.condition(&result)?;
        self.answer(context, element, holds)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        let heap = context.heap();
        let kept = std::mem::take(&mut self.kept);
        Ok(match self.purpose {
            Purpose::Filter | Purpose::Reject if !self.container.is_null() => std::mem::take(&mut self.container),
            Purpose::Filter | Purpose::Reject | Purpose::TakeWhile | Purpose::DropWhile => heap.list(kept),
            Purpose::Partition => heap.list(vec![heap.list(kept), heap.list(std::mem::take(&mut self.others))]),
            Purpose::Find | Purpose::FindIndex => Value::NULL,
            Purpose::FindLast => kept.into_iter().next().unwrap_or_default(),
            Purpose::Every => Value::TRUE,
            Purpose::Some => Value::FALSE,
            Purpose::Count => Value::int(self.count),
        }
        .into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match &self.predicate {
            Predicate::Function(callback) => visit(&callback.function),
            Predicate::Equal(value) => visit(value),
            Predicate::Truth | Predicate::Always => {}
        }
        if let Some(current) = &self.current {
            visit(&current.key);
            visit(&current.value);
        }
        self.kept.iter().chain(&self.others).chain([&self.container]).for_each(visit);
    }
}

fn test(context: &mut Context<'_>, over: &Value, purpose: Purpose, predicate: Predicate) -> Result<Outcome> {
    let keeps_kind = matches!(purpose, Purpose::Filter | Purpose::Reject);
    let container = if keeps_kind { empty_like(over, context.heap()) } else { Value::NULL };
    let (kept, others) = (Vec::new(), Vec::new());
    let testing = Testing { purpose, predicate, current: None, kept, others, container, count: 0, is_open: false };
    drive(context, over, testing)
}

fn with_predicate(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    purpose: Purpose,
    name: &str,
) -> Result<Outcome> {
    let (function, over) = function_and_collection(name, &arguments)?;
    test(context, over, purpose, Predicate::Function(Callback::new(function)))
}

fn filter(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_predicate(context, arguments, Purpose::Filter, "filter")
}

fn reject(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_predicate(context, arguments, Purpose::Reject, "reject")
}

fn partition(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_predicate(context, arguments, Purpose::Partition, "partition")
}

fn take_while(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_predicate(context, arguments, Purpose::TakeWhile, "take_while")
}

fn drop_while(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_predicate(context, arguments, Purpose::DropWhile, "drop_while")
}

/// What finds by a function is often given the value that is looked for.
fn find_by(context: &mut Context<'_>, arguments: Arguments<'_>, purpose: Purpose, name: &str) -> Result<Outcome> {
    let hint = "index_of(xs, value) tells where a value is, contains(xs, value) whether it is there";
    let (function, over) = function_and_collection(name, &arguments).map_err(|error| error.with_hint(hint))?;
    test(context, over, purpose, Predicate::Function(Callback::new(function)))
}

fn find(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    find_by(context, arguments, Purpose::Find, "find")
}

fn find_index(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    find_by(context, arguments, Purpose::FindIndex, "find_index")
}

fn find_last(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    find_by(context, arguments, Purpose::FindLast, "find_last")
}

/// `every` and `some`: the predicate may be left out.
fn quantifier(context: &mut Context<'_>, arguments: Arguments<'_>, purpose: Purpose, name: &str) -> Result<Outcome> {
    if arguments.len() == 2 {
        return with_predicate(context, arguments, purpose, name);
    }
    if purpose == Purpose::Every && arguments.at(0).as_range().is_some() {
        // All integers are true.
        return Ok(Value::TRUE.into());
    }
    test(context, arguments.at(0), purpose, Predicate::Truth)
}

fn every(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    quantifier(context, arguments, Purpose::Every, "every")
}

fn some(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    quantifier(context, arguments, Purpose::Some, "some")
}

/// `all` and `any`: a future among the elements is most likely meant to be awaited.
fn no_futures(arguments: &Arguments<'_>, name: &str, instead: &str) -> Result<()> {
    let is_future = |value: &Value| arguments::is_future(value);
    let elements = arguments.at(0).as_list().map(|list| list.items().to_vec()).unwrap_or_default();
    if arguments.positional().iter().chain(&elements).any(is_future) {
        return Err(Error::type_error(format!("{name} looks at values, and this is a future"))
            .with_hint(format!("{instead}(fs) waits for several futures, {instead}(fs, timeout: 100) not for long")));
    }
    Ok(())
}

fn all(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    no_futures(&arguments, "all", "await_all")?;
    quantifier(context, arguments, Purpose::Every, "all")
}

fn any(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    no_futures(&arguments, "any", "await_any")?;
    quantifier(context, arguments, Purpose::Some, "any")
}

/// `count(xs)`, `count(xs, f)`, `count(xs, value)`, `count(text, part)`.
fn count(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let first = arguments.at(0);
    let Some(second) = arguments.get(1) else {
        if let Some(length) = iterate::length(first) {
            return Ok(Value::int(length as i64).into());
        }
        if first.as_range().is_some() {
            return Err(arguments::bad_value("a range without an end has no number of elements"));
        }
        return test(context, first, Purpose::Count, Predicate::Always);
    };
    if is_callable(first) || is_callable(second) {
        return with_predicate(context, arguments, Purpose::Count, "count");
    }
    if let Some(text) = first.as_str() {
        let Some(part) = second.as_str() else { return Err(wrong("count", "a string or a function", second)) };
        if part.is_empty() {
            return Err(arguments::bad_value("count cannot count the empty string in a string"));
        }
        return Ok(Value::int(text.matches(part).count() as i64).into());
    }
    if let Some(range) = first.as_range() {
        let is_there = whole(second).is_some_and(|integer| range_has(range, integer));
        return Ok(Value::int(is_there.into()).into());
    }
    test(context, first, Purpose::Count, Predicate::Equal(second.clone()))
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "filter(f, collection)",
        filter,
        "The elements for which a function gives true: a list, or a record or map of such entries. A function of two parameters gets element and index, or key and value.",
    )
    .on(Kinds::ITERABLE),
    Entry::function("reject(f, collection)", reject, "The elements for which a function gives false: what `filter` leaves out.")
        .on(Kinds::ITERABLE),
    Entry::function(
        "partition(f, collection)",
        partition,
        "Two lists: the elements for which a function gives true, and the others.",
    )
    .on(Kinds::ITERABLE),
    Entry::function("take_while(f, collection)", take_while, "The first elements, as long as a function gives true.").on(Kinds::ITERABLE),
    Entry::function("drop_while(f, collection)", drop_while, "All elements from the first one on for which a function gives false.")
        .on(Kinds::ITERABLE),
    Entry::function("find(f, collection)", find, "The first element for which a function gives true, or null.").on(Kinds::ITERABLE),
    Entry::function("find_last(f, collection)", find_last, "The last element for which a function gives true, or null.")
        .on(Kinds::ITERABLE),
    Entry::function(
        "find_index(f, collection)",
        find_index,
        "The index, or the key, of the first element for which a function gives true, or null.",
    )
    .on(Kinds::ITERABLE),
    Entry::function("all(collection, f = null)", all, "Whether a function gives true for every element; without one, whether all are true: `every` by another name.")
        .on(Kinds::ITERABLE),
    Entry::function("any(collection, f = null)", any, "Whether a function gives true for some element; without one, whether one is true: `some` by another name.")
        .on(Kinds::ITERABLE),
    Entry::function("every(collection, f = null)", every, "Whether a function gives true for every element; without one, whether all are true.")
        .on(Kinds::ITERABLE),
    Entry::function("some(collection, f = null)", some, "Whether a function gives true for some element; without one, whether one is true.")
        .on(Kinds::ITERABLE),
    Entry::function(
        "count(collection, what = null)",
        count,
        "How many elements there are; how many equal a value; for how many a function gives true; how often a text occurs in a string.",
    )
    .on(Kinds::ITERABLE),
];
