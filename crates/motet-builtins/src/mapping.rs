//! Making a list, or something of the same kind, by calling a function with each element.

use motet_vm::builtins::arguments::{self, callable, function_and_collection, with_function, wrong};
use motet_vm::builtins::iterate::{
    self, Callback, Each, Element, Step, Then, Walk, add_item, drive, expected, length, with_items,
};
use motet_vm::builtins::keyed::{empty_like, put_entry};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Result};

/// What becomes of the results of the function.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    /// A list of them.
    Map,
    /// A list of all that they hold.
    FlatMap,
    /// A list of those that are not null.
    FilterMap,
    /// Nothing.
    Each,
    /// They take the places of the values in a copy of the record or map.
    MapValues,
}

struct Mapping {
    purpose: Purpose,
    callback: Callback,
    items: Vec<Value>,
    /// Of `MapValues`: the key whose value is being made.
    key: Value,
    /// Of `MapValues`: the result.
    container: Value,
}

impl Each for Mapping {
    fn name(&self) -> &'static str {
        match self.purpose {
            Purpose::Map => "map",
            Purpose::FlatMap => "flat_map",
            Purpose::FilterMap => "filter_map",
            Purpose::Each => "each",
            Purpose::MapValues => "map_values",
        }
    }

    fn element(&mut self, _: &mut Context<'_>, element: Element) -> Result<Then> {
        let then = self.callback.call(&element);
        if self.purpose == Purpose::MapValues {
            self.key = element.key;
        }
        Ok(then)
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        match self.purpose {
            Purpose::Map => add_item(context, self.name(), &mut self.items, result)?,
            Purpose::FilterMap if result.is_null() => {}
            Purpose::FilterMap => add_item(context, self.name(), &mut self.items, result)?,
            Purpose::Each => {}
            Purpose::MapValues => {
                put_entry(&self.container, std::mem::take(&mut self.key), result, context.heap());
            }
            Purpose::FlatMap => {
                let mut walk = Walk::over(context, "flat_map", &result)?;
                loop {
                    match walk.step(context.heap()) {
                        Step::Element(element) => add_item(context, "flat_map", &mut self.items, element.value)?,
                        Step::End => break,
                        Step::Ask(generator) => {
                            return Err(wrong("flat_map", "a function that gives lists", &generator)
                                .with_hint("list(generator) collects its values"));
                        }
                    }
                }
            }
        }
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        Ok(match self.purpose {
            Purpose::Each => Value::NULL,
            Purpose::MapValues => std::mem::take(&mut self.container),
            _ => context.heap().list(std::mem::take(&mut self.items)),
        }
        .into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.callback.function);
        self.items.iter().chain([&self.key, &self.container]).for_each(visit);
    }
}

fn start(context: &mut Context<'_>, arguments: Arguments<'_>, purpose: Purpose, name: &'static str) -> Result<Outcome> {
    let (function, over) = function_and_collection(name, &arguments)?;
    let room = match purpose {
        Purpose::Map => expected(context, name, over)?.min(1 << 16),
        _ => 0,
    };
    let container = if purpose == Purpose::MapValues { empty_like(over, context.heap()) } else { Value::NULL };
    if purpose == Purpose::MapValues && container.is_null() {
        return Err(wrong(name, "a record or a map", over));
    }
    let callback = Callback::new(function);
    drive(context, over, Mapping { purpose, callback, items: Vec::with_capacity(room), key: Value::NULL, container })
}

fn map(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Purpose::Map, "map")
}

fn flat_map(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Purpose::FlatMap, "flat_map")
}

fn filter_map(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Purpose::FilterMap, "filter_map")
}

fn each(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Purpose::Each, "each")
}

fn map_values(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    start(context, arguments, Purpose::MapValues, "map_values")
}

/// `scan(f, xs, initial)`: the results on the way of a `reduce`.
struct Scan {
    function: Value,
    state: Value,
    items: Vec<Value>,
}

impl Each for Scan {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn element(&mut self, _: &mut Context<'_>, element: Element) -> Result<Then> {
        Ok(Then::Call(self.function.clone(), CallArguments::Two(std::mem::take(&mut self.state), element.value)))
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        self.state = result.clone();
        add_item(context, "scan", &mut self.items, result)?;
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        Ok(context.heap().list(std::mem::take(&mut self.items)).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().chain([&self.function, &self.state]).for_each(visit);
    }
}

fn scan(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let all: Vec<&Value> = arguments.positional().iter().collect();
    let (function, others) = with_function("scan", &all)?;
    let scan = Scan { function: function.clone(), state: others[1].clone(), items: Vec::new() };
    drive(context, others[0], scan)
}

/// Steps through several things side by side, to the end of the shortest.
struct Zip {
    walks: Vec<Walk>,
    /// Elements of the row that is being put together.
    row: Vec<Value>,
    rows: Vec<Value>,
    /// What makes a row one value; null: a list does.
    function: Value,
    waits_for: Waiting,
}

enum Waiting {
    Generator,
    Function,
}

impl Zip {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            while self.row.len() < self.walks.len() {
                let next = self.row.len();
                match self.walks[next].step(context.heap()) {
                    Step::Element(element) => self.row.push(element.value),
                    Step::Ask(generator) => {
                        self.waits_for = Waiting::Generator;
                        return Ok(Outcome::Next { generator, then: self });
                    }
                    Step::End => return Ok(context.heap().list(std::mem::take(&mut self.rows)).into()),
                }
            }
            let row = std::mem::take(&mut self.row);
            if !self.function.is_null() {
                self.waits_for = Waiting::Function;
                let function = self.function.clone();
                return Ok(Outcome::Call { function, arguments: CallArguments::Many(row), then: self });
            }
            let row = context.heap().list(row);
            add_item(context, "zip", &mut self.rows, row)?;
        }
    }
}

impl Resume for Zip {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        match self.waits_for {
            Waiting::Function => add_item(context, "zip_with", &mut self.rows, result)?,
            Waiting::Generator => {
                let at = self.row.len();
                match self.walks[at].asked(result) {
                    Step::Element(element) => self.row.push(element.value),
                    _ => return Ok(context.heap().list(std::mem::take(&mut self.rows)).into()),
                }
            }
        }
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        if self.function.is_null() { "zip" } else { "zip_with" }
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.walks.iter().for_each(|walk| walk.trace(visit));
        self.row.iter().chain(&self.rows).chain([&self.function]).for_each(visit);
    }
}

fn start_zip(context: &mut Context<'_>, function: Value, over: &[&Value], name: &'static str) -> Result<Outcome> {
    // Objects say first what is walked over.
    if let Some(at) = over.iter().position(|value| context.operator_method(value, "iterate").is_some()) {
        let held = [function, Value::int(at as i64)].into_iter().chain(over.iter().map(|&value| value.clone()));
        return with_items(context, name, over[at], held.collect(), |context, items, mut held| {
            let at = held[1].as_int().unwrap_or_default() as usize;
            held[2 + at] = context.heap().list(items);
            let over: Vec<&Value> = held[2..].iter().collect();
            let name = if held[0].is_null() { "zip" } else { "zip_with" };
            start_zip(context, held[0].clone(), &over, name)
        });
    }
    let walks = over.iter().map(|value| Walk::over(context, name, value)).collect::<Result<Vec<_>>>()?;
    Box::new(Zip { walks, row: Vec::new(), rows: Vec::new(), function, waits_for: Waiting::Generator }).go_on(context)
}

fn zip(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over: Vec<&Value> = arguments.positional().iter().collect();
    start_zip(context, Value::NULL, &over, "zip")
}

fn zip_with(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let all: Vec<&Value> = arguments.positional().iter().collect();
    let (function, over) = with_function("zip_with", &all)?;
    start_zip(context, function.clone(), &over, "zip_with")
}

fn enumerate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let start = match arguments.get(1) {
        Some(start) => arguments::integer("enumerate", "the first number", start)?,
        None => 0,
    };
    with_items(context, "enumerate", arguments.at(0), vec![Value::int(start)], |context, items, held| {
        let start = held[0].as_int().unwrap_or_default();
        let mut pairs = Vec::with_capacity(items.len());
        for (offset, item) in items.into_iter().enumerate() {
            let number =
                start.checked_add(offset as i64).ok_or_else(|| arguments::overflow("the next number of enumerate"))?;
            context.work(1)?;
            pairs.push(context.heap().list(vec![Value::int(number), item]));
        }
        Ok(context.heap().list(pairs).into())
    })
}

/// Calls a function with 0, 1, 2 … and collects the results.
struct Generate {
    function: Value,
    items: Vec<Value>,
    count: usize,
}

impl Generate {
    fn go_on(self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let next = self.items.len();
        if next == self.count {
            return Ok(context.heap().list(self.items).into());
        }
        let arguments = match iterate::needed_arguments(&self.function) {
            0 => CallArguments::None,
            _ => CallArguments::One(Value::int(next as i64)),
        };
        Ok(Outcome::Call { function: self.function.clone(), arguments, then: self })
    }
}

impl Resume for Generate {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        self.items.push(result);
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "fill"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().chain([&self.function]).for_each(visit);
    }
}

/// `fill(n, value)` and `fill(n, f)`.
fn fill(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let count = arguments::count("fill", "the number of elements", arguments.at(0))?;
    if count > context.most_items() {
        return Err(arguments::too_big("fill", count, context.most_items(), "elements"));
    }
    let value = arguments.at(1);
    if callable("fill", value).is_ok() {
        return Box::new(Generate { function: value.clone(), items: Vec::new(), count }).go_on(context);
    }
    if matches!(value.tag(), Tag::List | Tag::Record | Tag::Map) {
        // Each element is one of its own: what changes one of them changes no other.
        let mut items = Vec::new();
        for _ in 0..count {
            context.work(1 + length(value).unwrap_or(0))?;
            let copy = motet_vm::memory::copy(value, context.heap());
            add_item(context, "fill", &mut items, copy)?;
        }
        return Ok(context.heap().list(items).into());
    }
    Ok(context.heap().list(vec![value.clone(); count]).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "map(f, collection)",
        map,
        "A list of what a function gives for each element. A function of two parameters gets element and index, or key and value of a record or map.",
    )
    .on(Kinds::ITERABLE),
    Entry::function("flat_map(f, collection)", flat_map, "Like `map`, with the lists that the function gives put together.")
        .on(Kinds::ITERABLE),
    Entry::function("filter_map(f, collection)", filter_map, "Like `map`, without the results that are null.").on(Kinds::ITERABLE),
    Entry::function("each(f, collection)", each, "Calls a function with each element.").on(Kinds::ITERABLE),
    Entry::function(
        "map_values(f, record)",
        map_values,
        "A record or map with the same keys, and what a function gives for each value (or key and value).",
    )
    .on(Kinds::KEYED),
    Entry::function(
        "scan(f, collection, initial)",
        scan,
        "The list of all intermediate results of a `reduce`.",
    )
    .on(Kinds::ITERABLE),
    Entry::function("zip(...collections)", zip, "A list of lists: the first elements, the second ones, … to the end of the shortest.").pure().at_least(1)
        .on(Kinds::ITERABLE),
    Entry::function(
        "zip_with(f, ...collections)",
        zip_with,
        "A list of what a function gives for the first elements, the second ones, … to the end of the shortest.",
    ).at_least(2)
    .on(Kinds::ITERABLE),
    Entry::function("enumerate(collection, start = 0)", enumerate, "A list of pairs: a number counted from `start`, and an element.").pure()
        .on(Kinds::ITERABLE),
    Entry::function(
        "fill(count, value)",
        fill,
        "A list of so many times a value; if it is a function, of what it gives for 0, 1, 2 and so on.",
    ),
];
