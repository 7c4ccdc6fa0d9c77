//! Lists: making them and changing them. What works on other sequences too is in `sequences`.

use foldhash::fast::FixedState;
use hashbrown::HashSet;
use motet_vm::builtins::arguments::{
    self, WithOptions, bad_value, describe, integer, is_callable, out_of_range, place, too_big, unwritable, wrong,
};
use motet_vm::builtins::iterate::{self, with_items};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{List, Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::objects::{Equality, with_keys};
use motet_vm::{Context, Error, ErrorKind, Result};

fn list_argument<'a>(function: &str, value: &'a Value) -> Result<&'a List> {
    value.as_list().ok_or_else(|| wrong(function, "a list", value))
}

/// `list(collection)`.
fn list(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(over) = arguments.get(0) else { return Ok(context.heap().list(Vec::new()).into()) };
    if matches!(over.tag(), Tag::Record | Tag::Map) {
        let (keys, _) = iterate::entries(over, context.heap());
        return Ok(context.heap().list(keys).into());
    }
    with_items(context, "list", over, Vec::new(), |context, items, _| Ok(context.heap().list(items).into()))
}

fn push(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let list = list_argument("push", target)?;
    for value in &arguments.positional()[1..] {
        list.push(value.clone(), context.heap()).map_err(unwritable(target))?;
    }
    Ok(target.clone().into())
}

fn pop(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let value = list_argument("pop", target)?.pop().map_err(unwritable(target))?;
    value.map(Outcome::Return).ok_or_else(|| nothing_left("pop", "last"))
}

fn nothing_left(function: &str, which: &str) -> Error {
    Error::new(ErrorKind::IndexError, format!("{function} takes the {which} element out, and this list is empty"))
}

/// `shift(list)`: the first element.
fn shift(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let value = list_argument("shift", target)?.remove(0).map_err(unwritable(target))?;
    value.map(Outcome::Return).ok_or_else(|| nothing_left("shift", "first"))
}

fn insert(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let list = list_argument("insert", target)?;
    let index = integer("insert", "the index", arguments.at(1))?;
    let length = list.length();
    // The place behind the last element is one too.
    let at = if index == length as i64 { Some(length) } else { place(index, length) };
    let at = at.ok_or_else(|| out_of_range("list", index, length))?;
    list.insert(at, arguments.at(2).clone(), context.heap()).map_err(unwritable(target))?;
    Ok(target.clone().into())
}

/// `remove(list, index)`, `remove(record, key)`, `remove(map, key)`: gives what it took out.
fn remove(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let Some(list) = target.as_list() else {
        let held = vec![target.clone()];
        return with_keys(context, target, vec![arguments.at(1).clone()], held, |context, keys, held| {
            crate::records::remove(context, "remove", "a list, a record or a map", &held[0], &keys[0])
        });
    };
    let index = arguments.at(1);
    if is_callable(index) {
        return Err(wrong("remove", "an index", index).with_hint("reject(xs, f) gives a list without some elements"));
    }
    let index = integer("remove", "the index", index)
        .map_err(|error| error.with_hint("xs.remove_value(value) takes out what equals a value"))?;
    let length = list.length();
    let at = place(index, length).ok_or_else(|| out_of_range("list", index, length))?;
    let value = list.remove(at).map_err(unwritable(target))?;
    Ok(value.unwrap_or_default().into())
}

/// `remove_value(list, value)`: takes the first element out that equals a value.
fn remove_value(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (list, wanted) = (arguments.at(0).clone(), arguments.at(1).clone());
    list_argument("remove_value", &list)?;
    Box::new(Removing { list, wanted, at: 0 }).go_on(context)
}

/// Looks for the element that is to be taken out.
struct Removing {
    list: Value,
    wanted: Value,
    at: usize,
}

impl Removing {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            let item = list_argument("remove_value", &self.list)?.get(self.at);
            let Some(item) = item else { return Ok(Value::FALSE.into()) };
            context.work(1)?;
            match context.equality(&item, &self.wanted)? {
                Equality::Known(true) => return self.remove(),
                Equality::Known(false) => self.at += 1,
                Equality::Ask(function, arguments) => return Ok(Outcome::Call { function, arguments, then: self }),
            }
        }
    }

    fn remove(&self) -> Result<Outcome> {
        list_argument("remove_value", &self.list)?.remove(self.at).map_err(unwritable(&self.list))?;
        Ok(Value::TRUE.into())
    }
}

impl Resume for Removing {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        if answer.is_truthy() {
            return self.remove();
        }
        self.at += 1;
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "remove_value"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        [&self.list, &self.wanted].into_iter().for_each(visit);
    }
}

/// `clear(container)`.
fn clear(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    if let Some(list) = target.as_list() {
        let items = list.change(context.heap(), std::mem::take).map_err(unwritable(target))?;
        drop(items);
    } else if let Some(map) = target.as_map() {
        map.clear().map_err(unwritable(target))?;
    } else if let Some(record) = target.as_record() {
        let mut names = Vec::new();
        record.for_each(|name, _| names.push(name.clone()));
        for name in names {
            record.remove(&name, context.heap()).map_err(unwritable(target))?;
        }
    } else {
        return Err(wrong("clear", "a list, a record or a map", target));
    }
    Ok(target.clone().into())
}

/// `%extend(list, values)`: what `[...xs]` does with what is no list.
pub(super) fn extend(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let list = list_argument("extend", target)?;
    if matches!(arguments.at(1).tag(), Tag::Record | Tag::Map) {
        let (keys, _) = iterate::entries(arguments.at(1), context.heap());
        list.change(context.heap(), |list| list.extend(keys)).map_err(unwritable(target))?;
        return Ok(target.clone().into());
    }
    with_items(context, "extend", arguments.at(1), vec![target.clone()], |context, items, held| {
        let target = &held[0];
        let list = list_argument("extend", target)?;
        if list.length() + items.len() > context.most_items() {
            return Err(too_big("extend", list.length() + items.len(), context.most_items(), "elements"));
        }
        list.change(context.heap(), |list| list.extend(items)).map_err(unwritable(target))?;
        Ok(target.clone().into())
    })
}

/// `flatten(list, depth = 1)`.
fn flatten(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let depth = match arguments.get(1) {
        Some(depth) => arguments::count("flatten", "the depth", depth)?,
        None => 1,
    };
    let depth = Value::int(i64::try_from(depth).unwrap_or(i64::MAX));
    with_items(context, "flatten", arguments.at(0), vec![depth], |context, items, held| {
        let depth = held[0].as_int().and_then(|depth| usize::try_from(depth).ok()).unwrap_or(usize::MAX);
        let mut result = Vec::with_capacity(items.len());
        // The lists that are open, each with what is left of it, outermost first; and their addresses.
        let mut open: Vec<(Value, std::vec::IntoIter<Value>)> = vec![(Value::NULL, items.into_iter())];
        let mut addresses = HashSet::with_hasher(FixedState::default());
        while let Some((list, rest)) = open.last_mut() {
            let Some(item) = rest.next() else {
                addresses.remove(&list.payload());
                open.pop();
                continue;
            };
            match item.as_list().filter(|_| open.len() <= depth) {
                Some(list) => {
                    if !addresses.insert(item.payload()) {
                        return Err(bad_value("flatten cannot flatten a list that contains itself"));
                    }
                    let inner = list.items().to_vec();
                    open.push((item.clone(), inner.into_iter()));
                }
                None => iterate::add_item(context, "flatten", &mut result, item)?,
            }
        }
        Ok(context.heap().list(result).into())
    })
}

/// `swap(list, i, j)`.
fn swap(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let list = list_argument("swap", target)?;
    let length = list.length();
    let mut places = [0; 2];
    for (slot, index) in places.iter_mut().zip(&arguments.positional()[1..]) {
        let index = integer("swap", "an index", index)?;
        *slot = place(index, length).ok_or_else(|| out_of_range("list", index, length))?;
    }
    list.change(context.heap(), |items| items.swap(places[0], places[1])).map_err(unwritable(target))?;
    Ok(target.clone().into())
}

/// Sets an element, or the value of a key: what `xs[i] = v` does, as a method.
fn set(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (target, key, value) = (arguments.at(0), arguments.at(1), arguments.at(2));
    let held = vec![target.clone(), value.clone()];
    with_keys(context, target, vec![key.clone()], held, |context, keys, mut held| {
        let target = std::mem::take(&mut held[0]);
        put(context, "set", &target, &keys[0], std::mem::take(&mut held[1]))?;
        Ok(target.into())
    })
}

/// Sets an element of a list, or an entry of a record or map.
fn put(context: &Context<'_>, function: &str, target: &Value, key: &Value, value: Value) -> Result<()> {
    let Some(list) = target.as_list() else { return crate::records::put(context, function, target, key, value) };
    let index = integer(function, "the index", key)?;
    let length = list.length();
    let at = place(index, length).ok_or_else(|| out_of_range("list", index, length))?;
    list.set(at, value, context.heap()).map_err(unwritable(target))?;
    Ok(())
}

/// `update(container, key, f, default = null)`.
struct Update {
    target: Value,
    key: Value,
}

impl Resume for Update {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        put(context, "update", &self.target, &self.key, result)?;
        Ok(self.target.into())
    }

    fn name(&self) -> &'static str {
        "update"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.target);
        visit(&self.key);
    }
}

fn update(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let function = arguments::callable("update", arguments.at(2))?;
    let held = vec![target.clone(), function.clone(), arguments.get(3).cloned().unwrap_or(Value::MISSING)];
    with_keys(context, target, vec![arguments.at(1).clone()], held, |context, keys, held| {
        update_entry(context, &held[0], &keys[0], &held[1], Some(&held[2]).filter(|default| !default.is_missing()))
    })
}

fn update_entry(
    context: &Context<'_>,
    target: &Value,
    key: &Value,
    function: &Value,
    default: Option<&Value>,
) -> Result<Outcome> {
    let current = match crate::sequences::lookup(context, "update", target, key)? {
        Some(value) => value,
        None => match (target.tag(), default) {
            (Tag::List, _) => {
                let length = target.as_list().map_or(0, List::length);
                return Err(out_of_range("list", integer("update", "the index", key)?, length));
            }
            (_, Some(default)) => default.clone(),
            (_, None) => Value::NULL,
        },
    };
    let then = Box::new(Update { target: target.clone(), key: key.clone() });
    Ok(Outcome::Call { function: function.clone(), arguments: CallArguments::One(current), then })
}

/// `range(end)`, `range(start, end)`, `range(start, end, step)`.
fn range(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("range", arguments, 1, &["inclusive"])?;
    let inclusive = options.flag("inclusive");
    let arguments = Arguments::new(options.positional, &[]);
    let numbers: Vec<f64> = arguments.positional().iter().filter_map(Value::as_number).collect();
    if let [start, end, step] = numbers[..]
        && numbers.iter().any(|number| number.fract() != 0.0)
    {
        let floats = iterate::float_range(start, end, step, inclusive, context.most_items())?;
        return Ok(context.heap().list(floats).into());
    }
    let number = |index: usize, what: &str| match arguments.get(index) {
        Some(value) => integer("range", what, value).map(Some),
        None => Ok(None),
    };
    let (start, end) = match arguments.len() {
        1 => (Some(0), number(0, "the end")?),
        _ => (number(0, "the start")?, number(1, "the end")?),
    };
    let step = number(2, "the step")?.unwrap_or(1);
    if step == 0 {
        return Err(bad_value("the step of a range cannot be 0"));
    }
    Ok(context.heap().range(start, end, step, inclusive).into())
}

/// `next(generator)`: its next value, or null at the end.
fn next(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let generator = arguments.at(0);
    if generator.tag() != Tag::Generator {
        return Err(wrong("next", "a generator", generator));
    }
    let default = arguments.get(1).cloned().unwrap_or_default();
    Ok(Outcome::Next { generator: generator.clone(), then: Box::new(Next { default }) })
}

struct Next {
    default: Value,
}

impl Resume for Next {
    fn resume(self: Box<Self>, _: &mut Context<'_>, result: Value) -> Result<Outcome> {
        Ok(if result.is_missing() { self.default } else { result }.into())
    }

    fn name(&self) -> &'static str {
        "next"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.default);
    }
}

/// `node(head, props = null, children = [])`, and `%node`.
fn node(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let heap = context.heap();
    let props = arguments.get(1).cloned().unwrap_or_default();
    if !props.is_null() && props.as_record().is_none() {
        return Err(wrong("node", "a record of properties", &props));
    }
    let children = arguments.get(2).cloned().unwrap_or_else(|| heap.list(Vec::new()));
    if children.as_list().is_none() {
        return Err(wrong("node", "a list of children", &children));
    }
    Ok(heap.node(arguments.at(0).clone(), props, children).into())
}

/// `gensym(prefix)`: a symbol that no program has used.
fn gensym(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let prefix = match arguments.get(0) {
        Some(prefix) => match prefix.symbol_text() {
            Some(name) => name.to_owned(),
            None => prefix
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| arguments::bad_value(format!("gensym takes a name, not {}", describe(prefix))))?,
        },
        None => "g".into(),
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Ok(context.heap().symbol(&format!("{prefix}%{number}")).into())
}

const CHANGEABLE: Kinds = Kinds::LIST.and(Kinds::KEYED);

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("list(collection = [])", list, "A new list of all elements of a collection or generator.").on(Kinds::ITERABLE),
    Entry::function("push(list, ...values)", push, "Adds values at the end of a list; gives the list.").at_least(2).on(Kinds::LIST),
    Entry::function("pop(list)", pop, "Takes the last element out of a list, and gives it.").on(Kinds::LIST),
    Entry::function("shift(list)", shift, "Takes the first element out of a list, and gives it.").on(Kinds::LIST),
    Entry::function("insert(list, index, value)", insert, "Puts a value into a list before an index; gives the list.").on(Kinds::LIST),
    Entry::function("remove(container, key)", remove, "Takes an element out of a list by its index, or an entry out of a record or map by its key; gives its value.")
        .on(CHANGEABLE),
    Entry::function("remove_value(list, value)", remove_value, "Takes the first element that equals a value out of a list; whether there was one.")
        .on(Kinds::LIST),
    Entry::function("clear(container)", clear, "Takes everything out of a list, record or map; gives it.").on(CHANGEABLE),
    Entry::function("flatten(collection, depth = 1)", flatten, "A list in which lists are replaced by their elements, so many levels deep.").pure()
        .on(Kinds::LIST),
    Entry::function("swap(list, i, j)", swap, "Exchanges two elements of a list; gives the list.").on(Kinds::LIST),
    Entry::function("set(container, key, value)", set, "Sets an element of a list, or an entry of a record or map; gives the container.")
        .on(CHANGEABLE)
        .at(Place::Method),
    Entry::function(
        "update(container, key, f, default = null)",
        update,
        "Sets an element or entry to what a function gives for its value, or for the default if there is none; gives the container.",
    )
    .elsewhere("the entries of another one are taken over by a.extend(b)")
    .on(CHANGEABLE),
    Entry::function("range(start = 0, end, step = 1, inclusive: false)", range, "A range of integers, or a list of floats if a part of it is no whole number. With one argument it starts at 0; the end does not belong to it.").pure(),
    Entry::function("next(generator, default = null)", next, "The next value of a generator, or the default if it has ended.")
        .on(Kinds::of(&[Tag::Generator])),
    Entry::function("node(head, props = null, children = [])", node, "A node of a head, a record of properties and a list of children."),
    Entry::function("gensym(prefix = \"g\")", gensym, "A symbol that is used nowhere else."),
    Entry::function("%extend(list, values)", extend, "Adds all elements of something at the end of a list.").at(Place::Helper),
    Entry::function("%node(head, props, children)", node, "A node of a head, a record of properties and a list of children.")
        .at(Place::Helper),
];
