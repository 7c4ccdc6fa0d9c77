//! Walking over anything that `for` walks over, and natives that do so with a callback.
//!
//! A native that needs each element of something says what it does with one by implementing [`Each`], and [`drive`]
//! does the rest. It steps through lists, ranges, strings, bytes, records and maps itself. For the next value of a
//! generator, and to call a function, it returns to the interpreter each time. So elements come one by one; what a
//! callback does to a list that is being walked over shows: elements added behind the walk are visited, removed ones
//! are not.
//!
//! Records and maps give their values, as `for (value in record)` does. A callback that needs two arguments gets more: key
//! and value of a record or map, element and index of everything else.

use super::arguments::{bad_value, too_big, wrong};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::interpreter::operators::{bound_operator, is_object};
use crate::interpreter::sequence_length;
use crate::jit::Answers;
use crate::memory::{Heap, Range, Tag, Value, account};
use crate::native::{CallArguments, NativeFunction, Outcome, Resume};
use crate::threads::Channel;

/// An element of a walk.
pub struct Element {
    /// The key, or the index.
    pub key: Value,
    pub value: Value,
    /// It comes from a record or a map.
    pub is_keyed: bool,
}

/// How far a walk has come.
pub enum Walk {
    List {
        list: Value,
        next: usize,
    },
    /// `left` more integers, from `next` on.
    Range {
        next: i64,
        step: i64,
        left: u64,
        index: i64,
    },
    /// From this byte on.
    Text {
        text: Value,
        byte: usize,
        index: i64,
    },
    Bytes {
        bytes: Value,
        next: usize,
    },
    /// A record or a map.
    Entries {
        container: Value,
        place: usize,
    },
    Generator {
        generator: Value,
        index: i64,
    },
    /// A foreign object that is a sequence.
    Sequence {
        object: Value,
        next: usize,
    },
}

/// What a walk answers.
pub enum Step {
    Element(Element),
    /// Ask this generator, and give the answer to [`Walk::asked`].
    Ask(Value),
    End,
}

fn indexed(index: i64, value: Value) -> Step {
    Step::Element(Element { key: Value::int(index), value, is_keyed: false })
}

impl Walk {
    /// A walk over a value that can be walked over.
    pub fn over(context: &Context<'_>, function: &str, value: &Value) -> Result<Walk> {
        Ok(match value.tag() {
            Tag::List => Walk::List { list: value.clone(), next: 0 },
            Tag::Node => match value.as_node() {
                Some(node) => Walk::List { list: node.children.clone(), next: 0 },
                None => unreachable!("the tag says so"),
            },
            Tag::Range => match value.as_range() {
                Some(range) => {
                    let left = range_length(range).unwrap_or(u64::MAX);
                    Walk::Range { next: range.start.unwrap_or(0), step: range.step, left, index: 0 }
                }
                None => unreachable!("the tag says so"),
            },
            Tag::String => Walk::Text { text: value.clone(), byte: 0, index: 0 },
            Tag::Bytes => Walk::Bytes { bytes: value.clone(), next: 0 },
            Tag::Record | Tag::Map => Walk::Entries { container: value.clone(), place: 0 },
            Tag::Generator => Walk::Generator { generator: value.clone(), index: 0 },
            Tag::Foreign if Channel::of(value).is_some() => Walk::Generator { generator: value.clone(), index: 0 },
            Tag::Foreign if sequence_length(value).is_some() => Walk::Sequence { object: value.clone(), next: 0 },
            _ => match super::cases::cases(value) {
                Some(cases) => Walk::List { list: context.heap().list(cases), next: 0 },
                None => return Err(not_iterable(function, value)),
            },
        })
    }

    /// The next step.
    #[inline]
    pub fn step(&mut self, heap: &Heap) -> Step {
        match self {
            Walk::List { list, next } => match list.as_list().and_then(|list| list.get(*next)) {
                Some(value) => {
                    *next += 1;
                    indexed(*next as i64 - 1, value)
                }
                None => Step::End,
            },
            Walk::Range { left: 0, .. } => Step::End,
            Walk::Range { next, step, left, index } => {
                let value = *next;
                *next = next.wrapping_add(*step);
                *left -= 1;
                *index += 1;
                indexed(*index - 1, Value::int(value))
            }
            Walk::Text { text, byte, index } => match text.as_str().and_then(|text| text[*byte..].chars().next()) {
                Some(character) => {
                    *byte += character.len_utf8();
                    *index += 1;
                    indexed(*index - 1, heap.character(character))
                }
                None => Step::End,
            },
            Walk::Bytes { bytes, next } => match bytes.as_bytes().and_then(|bytes| bytes.get(*next)) {
                Some(&byte) => {
                    *next += 1;
                    indexed(*next as i64 - 1, Value::int(byte as i64))
                }
                None => Step::End,
            },
            Walk::Entries { container, place } => match next_entry(container, place, heap) {
                Some((key, value)) => Step::Element(Element { key, value, is_keyed: true }),
                None => Step::End,
            },
            Walk::Generator { generator, .. } => Step::Ask(generator.clone()),
            Walk::Sequence { object, next } => {
                match object.as_foreign().and_then(|object| object.object().element(*next, heap)) {
                    Some(value) => {
                        *next += 1;
                        indexed(*next as i64 - 1, value)
                    }
                    None => Step::End,
                }
            }
        }
    }

    /// What a generator answered.
    pub fn asked(&mut self, answer: Value) -> Step {
        let Walk::Generator { index, .. } = self else { unreachable!("only generators are asked") };
        if answer.is_missing() {
            return Step::End;
        }
        *index += 1;
        indexed(*index - 1, answer)
    }

    /// How many elements are to come, if that is known; a guess for making room.
    pub fn expected(&self) -> usize {
        match self {
            Walk::List { list, .. } => list.as_list().map_or(0, |list| list.length()),
            Walk::Range { left, .. } => usize::try_from(*left).unwrap_or(usize::MAX),
            Walk::Text { text, .. } => text.as_string().map_or(0, |text| text.length()),
            Walk::Bytes { bytes, .. } => bytes.as_bytes().map_or(0, <[u8]>::len),
            Walk::Entries { container, .. } => length(container).unwrap_or(0),
            Walk::Generator { .. } => 0,
            Walk::Sequence { object, .. } => sequence_length(object).unwrap_or(0),
        }
    }

    pub fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match self {
            Walk::List { list: value, .. } | Walk::Sequence { object: value, .. } => visit(value),
            Walk::Entries { container, .. } => visit(container),
            Walk::Generator { generator, .. } => visit(generator),
            Walk::Text { text: leaf, .. } | Walk::Bytes { bytes: leaf, .. } => visit(leaf),
            Walk::Range { .. } => {}
        }
    }
}

#[cold]
fn not_iterable(function: &str, value: &Value) -> Error {
    let error = wrong(function, "something to walk over (a list, range, string, record, map or generator)", value);
    match value.tag() {
        Tag::Int => error.with_hint("to count, use a range: 0..n"),
        Tag::Instance => error.with_hint("give its class a method iterate() that gives a list or a generator"),
        _ => error,
    }
}

/// The next entry of a record or a map.
fn next_entry(container: &Value, place: &mut usize, heap: &Heap) -> Option<(Value, Value)> {
    if let Some(record) = container.as_record() {
        let (name, value, next) = record.next(*place)?;
        *place = next;
        return Some((name.to_string_value(heap), value));
    }
    let (key, value, next) = container.as_map()?.next(*place)?;
    *place = next;
    Some((key, value))
}

/// All keys of a record or a map, and all values.
pub fn entries(container: &Value, heap: &Heap) -> (Vec<Value>, Vec<Value>) {
    let mut place = 0;
    std::iter::from_fn(|| next_entry(container, &mut place, heap)).unzip()
}

/// The number of elements; None for values that have none.
pub fn length(value: &Value) -> Option<usize> {
    Some(match value.tag() {
        Tag::String => value.as_string()?.length(),
        Tag::List => value.as_list()?.length(),
        Tag::Record => value.as_record()?.length(),
        Tag::Map => value.as_map()?.length(),
        Tag::Bytes => value.as_bytes()?.len(),
        Tag::Node => value.as_node()?.children.as_list()?.length(),
        Tag::Foreign => return sequence_length(value),
        _ => return None,
    })
}

/// How many integers a range has; None if it has no end.
pub fn range_length(range: &Range) -> Option<u64> {
    let (start, end) = (range.start.unwrap_or(0) as i128, range.end? as i128);
    let step = range.step as i128;
    let distance = if step > 0 { end - start } else { start - end } + range.inclusive as i128;
    let length = if distance <= 0 { 0 } else { (distance + step.abs() - 1) / step.abs() };
    u64::try_from(length).ok()
}

/// The integer at a place of a range, which is less than its length if it has one.
pub fn range_at(range: &Range, at: u64) -> i64 {
    let value = range.start.unwrap_or(0) as i128 + range.step as i128 * at as i128;
    // Places lie below the range's length, so the value lies between its ends.
    value as i64
}

/// How many arguments a function needs.
pub fn needed_arguments(function: &Value) -> usize {
    if let Some(closure) = function.as_closure() {
        return closure.function().parameters.required as usize;
    }
    if let Some(native) = NativeFunction::of(function) {
        return native.arity.0;
    }
    if let Some(host) = crate::embedder::EmbedderFunction::of(function) {
        return host.arity();
    }
    function.as_bound_method().map_or(1, |method| {
        let receiver = usize::from(method.function.as_closure().is_none());
        needed_arguments(&method.function).saturating_sub(receiver)
    })
}

/// A function that is called with elements.
pub struct Callback {
    pub function: Value,
    wants_both: bool,
}

impl Callback {
    pub fn new(function: &Value) -> Callback {
        Callback { function: function.clone(), wants_both: needed_arguments(function) == 2 }
    }

    /// What the function is called with for an element that has an index.
    #[inline]
    pub fn arguments(&self, value: Value, index: usize) -> CallArguments {
        if self.wants_both { CallArguments::Two(value, Value::int(index as i64)) } else { CallArguments::One(value) }
    }

    /// What the function is called with for an element that has a key.
    #[inline]
    pub fn keyed_arguments(&self, key: Value, value: Value) -> CallArguments {
        if self.wants_both { CallArguments::Two(key, value) } else { CallArguments::One(value) }
    }

    /// Calls the function with an element.
    #[inline]
    pub fn call(&self, element: &Element) -> Then {
        let arguments = if !self.wants_both {
            CallArguments::One(element.value.clone())
        } else if element.is_keyed {
            self.keyed_arguments(element.key.clone(), element.value.clone())
        } else {
            CallArguments::Two(element.value.clone(), element.key.clone())
        };
        Then::Call(self.function.clone(), arguments)
    }
}

/// What happens after an element, or after a callback's result.
pub enum Then {
    /// The next element.
    Next,
    /// Call a function; its result goes to [`Each::result`].
    Call(Value, CallArguments),
    /// Stop here, with this result.
    Finish(Value),
}

/// What a native does with the elements of something.
pub trait Each: 'static {
    fn name(&self) -> &'static str;

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then>;

    /// The result of the callback that `element` or `result` asked for.
    fn result(&mut self, _context: &mut Context<'_>, _result: Value) -> Result<Then> {
        unreachable!("{} calls nothing", self.name())
    }

    /// All elements were there.
    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome>;

    /// Shows the values that it holds to the cycle collector.
    fn trace(&self, visit: &mut dyn FnMut(&Value));
}

/// How many elements are to come, if that is known: see [`Walk::expected`].
pub fn expected(context: &Context<'_>, function: &str, over: &Value) -> Result<usize> {
    // An object may decide what it gives.
    if is_object(over) { Ok(0) } else { Ok(Walk::over(context, function, over)?.expected()) }
}

/// Runs an [`Each`] over a value.
pub fn drive<E: Each>(context: &mut Context<'_>, over: &Value, each: E) -> Result<Outcome> {
    if is_object(over) {
        let name = context.isolate.names.iterate;
        if let Some(function) = bound_operator(context.isolate, over, name) {
            return Ok(Outcome::Call { function, arguments: CallArguments::None, then: Box::new(Iterated { each }) });
        }
    }
    let walk = Walk::over(context, each.name(), over)?;
    Box::new(Drive { walk, each, is_asking: false }).go_on(context, Then::Next)
}

/// Waits for what an object's `iterate` gives.
struct Iterated<E> {
    each: E,
}

impl<E: Each> Resume for Iterated<E> {
    fn resume(self: Box<Self>, context: &mut Context<'_>, over: Value) -> Result<Outcome> {
        drive(context, &over, self.each)
    }

    fn name(&self) -> &'static str {
        self.each.name()
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.each.trace(visit);
    }
}

struct Drive<E> {
    walk: Walk,
    each: E,
    /// The result that comes is a generator's.
    is_asking: bool,
}

impl<E: Each> Drive<E> {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>, mut then: Then) -> Result<Outcome> {
        let mut answers = Answers::default();
        loop {
            match then {
                Then::Finish(value) => return Ok(Outcome::Return(value)),
                Then::Call(function, arguments) => {
                    let answer = match &arguments {
                        CallArguments::One(a) => answers.of(context, &function, [a]),
                        CallArguments::Two(a, b) => answers.of(context, &function, [a, b]),
                        CallArguments::Three(a, b, c) => answers.of(context, &function, [a, b, c]),
                        CallArguments::None | CallArguments::Many(_) => None,
                    };
                    let Some(answer) = answer else { return Ok(Outcome::Call { function, arguments, then: self }) };
                    then = self.each.result(context, answer)?;
                }
                Then::Next => match self.walk.step(context.heap()) {
                    Step::Element(element) => {
                        context.work(1)?;
                        then = self.each.element(context, element)?;
                    }
                    Step::Ask(generator) => {
                        self.is_asking = true;
                        return Ok(Outcome::Next { generator, then: self });
                    }
                    Step::End => return self.each.end(context),
                },
            }
        }
    }
}

impl<E: Each> Resume for Drive<E> {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let then = if std::mem::take(&mut self.is_asking) {
            match self.walk.asked(result) {
                Step::Element(element) => self.each.element(context, element)?,
                Step::End => return self.each.end(context),
                Step::Ask(_) => unreachable!("it was asked"),
            }
        } else {
            self.each.result(context, result)?
        };
        self.go_on(context, then)
    }

    fn name(&self) -> &'static str {
        self.each.name()
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.walk.trace(visit);
        self.each.trace(visit);
    }
}

/// What is done with all elements of something, once they are there: with the elements and the values that were held.
pub type WithItems = fn(&mut Context<'_>, Vec<Value>, Vec<Value>) -> Result<Outcome>;

/// Collects the elements of something, then goes on with `then`.
pub fn with_items(
    context: &mut Context<'_>,
    name: &'static str,
    over: &Value,
    held: Vec<Value>,
    then: WithItems,
) -> Result<Outcome> {
    if let Some(list) = over.as_list() {
        let items = list.items().to_vec();
        return then(context, items, held);
    }
    let expected = expected(context, name, over)?;
    if expected > context.most_items() {
        return Err(too_big(name, expected, context.most_items(), "elements"));
    }
    drive(context, over, Collect { name, items: Vec::with_capacity(expected), held, then })
}

struct Collect {
    name: &'static str,
    items: Vec<Value>,
    held: Vec<Value>,
    then: WithItems,
}

impl Each for Collect {
    fn name(&self) -> &'static str {
        self.name
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        add_item(context, self.name, &mut self.items, element.value)?;
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        (self.then)(context, std::mem::take(&mut self.items), std::mem::take(&mut self.held))
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().chain(&self.held).for_each(visit);
    }
}

/// Adds an item to those that a builtin collects, up to the limit that keeps endless walks from filling the memory.
///
/// The limit is looked at when there is no room for one more: what it allows depends on what else the program holds.
pub fn add_item(context: &mut Context<'_>, name: &str, items: &mut Vec<Value>, item: Value) -> Result<()> {
    context.work(1)?;
    if items.len() == items.capacity() {
        make_room(context, name, items)?;
    }
    items.push(item);
    Ok(())
}

/// The same for the text that a builtin puts together.
pub fn add_text(context: &mut Context<'_>, name: &str, text: &mut String, part: &str) -> Result<()> {
    context.work(part.len() / BYTES_PER_UNIT)?;
    if text.capacity() - text.len() < part.len() {
        let most = context.most_text();
        let more = account::growth(text.capacity(), text.len(), part.len(), 1);
        // A string is made of it when it is complete.
        if text.len() + part.len() > most || more > account::room() / 2 {
            return Err(too_big(name, text.len() + part.len(), most, "bytes"));
        }
        text.reserve_exact(more);
    }
    text.push_str(part);
    Ok(())
}

/// Bytes that are copied in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 64;

#[cold]
#[inline(never)]
fn make_room(context: &mut Context<'_>, name: &str, items: &mut Vec<Value>) -> Result<()> {
    let held = items.len();
    let more = account::growth(items.capacity(), held, 1, size_of::<Value>()).max(4);
    let more = more.min(context.isolate.room_for_items(held));
    if more == 0 {
        return Err(too_big(name, format!("more than {held}"), held, "elements")
            .with_hint("is it endless? take(xs, n) gives its first n elements"));
    }
    items.reserve_exact(more);
    Ok(())
}

/// The floats from `start` to before `end`, or with it. Each is computed from the start, so errors do not add up; an end that
/// is met but for rounding counts as met.
pub fn float_range(start: f64, end: f64, step: f64, inclusive: bool, most: usize) -> Result<Vec<Value>> {
    if step == 0.0 || !step.is_finite() || !start.is_finite() || !end.is_finite() {
        return Err(bad_value("a range of floats goes from number to number, by a step that is not 0"));
    }
    let steps = (end - start) / step;
    let whole = steps.round();
    let meets_end = (steps - whole).abs() <= 1e-9 * whole.abs().max(1.0);
    let count = match (meets_end, inclusive) {
        (true, true) => whole + 1.0,
        (true, false) => whole,
        (false, _) => steps.ceil(),
    };
    if count > most as f64 {
        return Err(too_big("range", most.saturating_add(1), most, "elements"));
    }
    let count = if count > 0.0 { count as usize } else { 0 };
    Ok((0..count).map(|index| Value::float(start + index as f64 * step)).collect())
}
