//! What works on lists, strings, bytes, ranges, records and maps alike: looking up, searching, taking parts, putting
//! together.

use motet_vm::builtins::arguments::{self, bad_value, count, end_of_slice, integer, place, text, too_big, wrong};
use motet_vm::builtins::iterate::{
    Each, Element, Step, Then, Walk, add_item, drive, length, range_at, range_length, with_items,
};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{Range, Symbol, Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::objects::{Equality, Order, with_keys};
use motet_vm::{Context, Result};
use std::cmp::Ordering;

/// What is ordered and has a length.
const SEQUENCE: Kinds = Kinds::of(&[Tag::List, Tag::String, Tag::Bytes, Tag::Range]);
const SEQUENCE_OR_GENERATOR: Kinds = SEQUENCE.and(Kinds::of(&[Tag::Generator]));
const SIZED: Kinds = SEQUENCE.and(Kinds::KEYED);

/// Whether an integer belongs to a range.
pub(super) fn range_has(range: &Range, value: i64) -> bool {
    place_in_range(range, value).is_some()
}

/// Where an integer stands in a range.
fn place_in_range(range: &Range, value: i64) -> Option<i128> {
    let (start, step) = (range.start.unwrap_or(0) as i128, range.step as i128);
    let distance = value as i128 - start;
    let place = distance / step;
    let is_there =
        distance % step == 0 && place >= 0 && range_length(range).is_none_or(|length| place < length as i128);
    is_there.then_some(place)
}

/// The integer that a value equals.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_int().or_else(|| {
        let float = value.as_float()?;
        arguments::float_to_int(float).filter(|&integer| float == integer as f64)
    })
}

/// The element at an index, or the value of a key; None if there is none.
pub(super) fn lookup(context: &Context<'_>, function: &str, container: &Value, key: &Value) -> Result<Option<Value>> {
    let index = || integer(function, "the index", key);
    Ok(match container.tag() {
        Tag::List => {
            let list = container.as_list().expect("the tag says so");
            place(index()?, list.length()).and_then(|at| list.get(at))
        }
        Tag::String => {
            let text = container.as_string().expect("the tag says so");
            let at = place(index()?, text.length());
            at.and_then(|at| text.character_at(at)).map(|character| context.heap().character(character))
        }
        Tag::Bytes => {
            let bytes = container.as_bytes().expect("the tag says so");
            place(index()?, bytes.len()).map(|at| Value::int(bytes[at] as i64))
        }
        Tag::Range => {
            let range = container.as_range().expect("the tag says so");
            let length = range_length(range).and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
            place(index()?, length).map(|at| Value::int(range_at(range, at as u64)))
        }
        Tag::Map => container.as_map().expect("the tag says so").get(key),
        Tag::Record | Tag::Instance => {
            let fields = container.as_fields().expect("the tag says so");
            fields.get(crate::records::name_of(key)?)
        }
        Tag::Null => None,
        _ => return Err(wrong(function, "a collection", container)),
    })
}

/// `get(container, key, default = null)`.
fn get(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (container, key) = (arguments.at(0), arguments.at(1));
    if !context.key_asks(key) {
        let value = lookup(context, "get", container, key)?;
        return Ok(value.or_else(|| arguments.get(2).cloned()).unwrap_or_default().into());
    }
    let held = vec![arguments.at(0).clone(), arguments.get(2).cloned().unwrap_or_default()];
    with_keys(context, arguments.at(0), vec![arguments.at(1).clone()], held, |context, keys, mut held| {
        let value = lookup(context, "get", &held[0], &keys[0])?;
        Ok(value.unwrap_or_else(|| std::mem::take(&mut held[1])).into())
    })
}

/// `has(container, key)`.
fn has(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (container, key) = (arguments.at(0), arguments.at(1));
    if !context.key_asks(key) {
        return Ok(Value::bool(lookup(context, "has", container, key)?.is_some()).into());
    }
    let held = vec![arguments.at(0).clone()];
    with_keys(context, arguments.at(0), vec![arguments.at(1).clone()], held, |context, keys, held| {
        Ok(Value::bool(lookup(context, "has", &held[0], &keys[0])?.is_some()).into())
    })
}

/// Looks for a value among elements.
struct Search {
    name: &'static str,
    wanted: Value,
    /// What is asked for is the index.
    wants_index: bool,
    /// The index of the element about which its class is being asked.
    asked: Value,
}

impl Search {
    fn new(name: &'static str, wanted: &Value, wants_index: bool) -> Search {
        Search { name, wanted: wanted.clone(), wants_index, asked: Value::NULL }
    }

    fn answer(&self, equal: bool, index: Value) -> Then {
        match equal {
            false => Then::Next,
            true => Then::Finish(if self.wants_index { index } else { Value::TRUE }),
        }
    }
}

impl Each for Search {
    fn name(&self) -> &'static str {
        self.name
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        Ok(match context.equality(&element.value, &self.wanted)? {
            Equality::Known(equal) => self.answer(equal, element.key),
            Equality::Ask(function, arguments) => {
                self.asked = element.key;
                Then::Call(function, arguments)
            }
        })
    }

    fn result(&mut self, _: &mut Context<'_>, answer: Value) -> Result<Then> {
        let index = std::mem::take(&mut self.asked);
        Ok(self.answer(answer.is_truthy(), index))
    }

    fn end(&mut self, _: &mut Context<'_>) -> Result<Outcome> {
        Ok(if self.wants_index { Value::NULL } else { Value::FALSE }.into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        [&self.wanted, &self.asked].into_iter().for_each(visit);
    }
}

/// `contains(collection, value)`: of a record or map, whether it has the key.
fn contains(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    holds(context, arguments.at(0), arguments.at(1))
}

/// `%in(value, collection)`: `value in collection`.
fn is_in(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    holds(context, arguments.at(1), arguments.at(0))
}

fn holds(context: &mut Context<'_>, over: &Value, wanted: &Value) -> Result<Outcome> {
    if over.tag() == Tag::Instance && context.operator_method(over, "iterate").is_some() {
        return drive(context, over, Search::new("contains", wanted, false));
    }
    let answer = match over.tag() {
        Tag::String => over.as_str().unwrap_or_default().contains(text("contains in a string", wanted)?.as_str()),
        Tag::Range => {
            whole(wanted).is_some_and(|integer| range_has(over.as_range().expect("the tag says so"), integer))
        }
        Tag::Record | Tag::Map | Tag::Instance => {
            return with_keys(context, over, vec![wanted.clone()], vec![over.clone()], |context, keys, held| {
                Ok(Value::bool(lookup(context, "contains", &held[0], &keys[0])?.is_some()).into())
            });
        }
        _ => return drive(context, over, Search::new("contains", wanted, false)),
    };
    Ok(Value::bool(answer).into())
}

/// The number of characters before a byte.
fn character_index(text: &str, byte: usize) -> Value {
    Value::int(text[..byte].chars().count() as i64)
}

/// `index_of(collection, value)`: null if it is not there.
fn index_of(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (over, wanted) = (arguments.at(0), arguments.at(1));
    if let Some(source) = over.as_string() {
        let from = match arguments.get(2) {
            Some(from) => end_of_slice(integer("index_of", "the start", from)?, source.length()),
            None => 0,
        };
        let from = source.byte_offset(from).unwrap_or(source.byte_length());
        let found = source.as_str()[from..].find(text("index_of in a string", wanted)?.as_str());
        return Ok(found.map_or(Value::NULL, |at| character_index(source.as_str(), from + at)).into());
    }
    if let (Some(list), Some(from)) = (over.as_list(), arguments.get(2)) {
        let from = end_of_slice(integer("index_of", "the start", from)?, list.length());
        let items = list.items().to_vec();
        let places = from.min(items.len())..items.len();
        return Box::new(SearchInList {
            name: "index_of",
            wanted: wanted.clone(),
            items,
            places,
            from_end: false,
            asked: 0,
        })
        .go_on(context);
    }
    if let (Some(range), None) = (over.as_range(), arguments.get(2)) {
        let place = whole(wanted).and_then(|integer| place_in_range(range, integer));
        return Ok(place.and_then(|place| i64::try_from(place).ok()).map_or(Value::NULL, Value::int).into());
    }
    drive(context, over, Search::new("index_of", wanted, true))
}

/// `last_index_of(collection, value)`.
fn last_index_of(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (over, wanted) = (arguments.at(0), arguments.at(1));
    if let Some(source) = over.as_str() {
        let found = source.rfind(text("last_index_of in a string", wanted)?.as_str());
        return Ok(found.map_or(Value::NULL, |at| character_index(source, at)).into());
    }
    if let Some(range) = over.as_range() {
        let place = whole(wanted).and_then(|integer| place_in_range(range, integer));
        return Ok(place.and_then(|place| i64::try_from(place).ok()).map_or(Value::NULL, Value::int).into());
    }
    with_items(context, "last_index_of", over, vec![wanted.clone()], |context, items, mut held| {
        let (wanted, places) = (std::mem::take(&mut held[0]), 0..items.len());
        Box::new(SearchInList { name: "last_index_of", wanted, items, places, from_end: true, asked: 0 }).go_on(context)
    })
}

/// Looks for a value in some places of a list, the first or the last ones first.
struct SearchInList {
    name: &'static str,
    wanted: Value,
    items: Vec<Value>,
    /// Where it may still be.
    places: std::ops::Range<usize>,
    from_end: bool,
    /// The place of the element about which its class is being asked.
    asked: usize,
}

impl SearchInList {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            let next = if self.from_end { self.places.next_back() } else { self.places.next() };
            let Some(at) = next else { return Ok(Value::NULL.into()) };
            context.work(1)?;
            match context.equality(&self.items[at], &self.wanted)? {
                Equality::Known(false) => {}
                Equality::Known(true) => return Ok(Value::int(at as i64).into()),
                Equality::Ask(function, arguments) => {
                    self.asked = at;
                    return Ok(Outcome::Call { function, arguments, then: self });
                }
            }
        }
    }
}

impl Resume for SearchInList {
    fn resume(self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        if answer.is_truthy() { Ok(Value::int(self.asked as i64).into()) } else { self.go_on(context) }
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().chain([&self.wanted]).for_each(visit);
    }
}

/// The elements `start..end` of a sequence with a length.
fn part(context: &Context<'_>, function: &str, over: &Value, start: usize, end: usize) -> Result<Value> {
    let heap = context.heap();
    let end = end.max(start);
    Ok(match over.tag() {
        Tag::List => heap.list(over.as_list().expect("the tag says so").items()[start..end].to_vec()),
        Tag::String => heap.string(over.as_string().expect("the tag says so").slice(start, end).unwrap_or_default()),
        Tag::Bytes => heap.bytes(&over.as_bytes().expect("the tag says so")[start..end]),
        Tag::Range => {
            let range = over.as_range().expect("the tag says so");
            if start == end {
                return Ok(heap.range(Some(0), Some(0), 1, false));
            }
            let (first, last) = (range_at(range, start as u64), range_at(range, end as u64 - 1));
            heap.range(Some(first), Some(last), range.step, true)
        }
        _ => return Err(wrong(function, "a list, a string, bytes or a range", over)),
    })
}

/// The length of a sequence that `part` can cut.
fn sequence_length(function: &str, over: &Value) -> Result<usize> {
    match over.as_range() {
        Some(range) => {
            Ok(range_length(range).and_then(|length| usize::try_from(length).ok()).unwrap_or(i64::MAX as usize))
        }
        None => length(over)
            .filter(|_| SEQUENCE.contains(over.tag()))
            .ok_or_else(|| wrong(function, "a list, a string, bytes or a range", over)),
    }
}

/// `slice(sequence, start, end = length)`.
fn slice(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    let length = sequence_length("slice", over)?;
    let start = end_of_slice(integer("slice", "the start", arguments.at(1))?, length);
    let end = match arguments.get(2).filter(|end| !end.is_null()) {
        Some(end) => end_of_slice(integer("slice", "the end", end)?, length),
        None => length,
    };
    Ok(part(context, "slice", over, start, end)?.into())
}

/// Takes elements from a walk that knows no length.
struct Take {
    left: usize,
    items: Vec<Value>,
}

impl Each for Take {
    fn name(&self) -> &'static str {
        "take"
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        add_item(context, "take", &mut self.items, element.value)?;
        self.left -= 1;
        Ok(match self.left {
            0 => Then::Finish(context.heap().list(std::mem::take(&mut self.items))),
            _ => Then::Next,
        })
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        Ok(context.heap().list(std::mem::take(&mut self.items)).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visit);
    }
}

fn take(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    let wanted = count("take", "the number of elements", arguments.at(1))?;
    if SEQUENCE.contains(over.tag()) {
        let length = sequence_length("take", over)?;
        return Ok(part(context, "take", over, 0, wanted.min(length))?.into());
    }
    if wanted == 0 {
        return Ok(context.heap().list(Vec::new()).into());
    }
    drive(context, over, Take { left: wanted, items: Vec::new() })
}

fn drop_first(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    let unwanted = count("drop", "the number of elements", arguments.at(1))?;
    if SEQUENCE.contains(over.tag()) {
        let length = sequence_length("drop", over)?;
        return Ok(part(context, "drop", over, unwanted.min(length), length)?.into());
    }
    with_items(context, "drop", over, vec![Value::int(unwanted as i64)], |context, mut items, held| {
        let unwanted = held[0].as_int().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        items.drain(..unwanted.min(items.len()));
        Ok(context.heap().list(items).into())
    })
}

/// The first element of a walk.
struct First {
    default: Value,
}

impl Each for First {
    fn name(&self) -> &'static str {
        "first"
    }

    fn element(&mut self, _: &mut Context<'_>, element: Element) -> Result<Then> {
        Ok(Then::Finish(element.value))
    }

    fn end(&mut self, _: &mut Context<'_>) -> Result<Outcome> {
        Ok(std::mem::take(&mut self.default).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.default);
    }
}

fn first(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    drive(context, arguments.at(0), First { default: arguments.get(1).cloned().unwrap_or_default() })
}

fn last(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    let default = arguments.get(1).cloned().unwrap_or_default();
    if SEQUENCE.contains(over.tag()) {
        return Ok(lookup(context, "last", over, &Value::int(-1))?.unwrap_or(default).into());
    }
    with_items(context, "last", over, vec![default], |_, mut items, mut held| {
        Ok(items.pop().or_else(|| held.pop()).unwrap_or_default().into())
    })
}

/// `reverse(sequence)`.
pub(super) fn reverse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    if let Some(source) = over.as_str() {
        return Ok(context.heap().string(&source.chars().rev().collect::<String>()).into());
    }
    if let Some(bytes) = over.as_bytes() {
        let bytes: Vec<u8> = bytes.iter().rev().copied().collect();
        return Ok(context.heap().bytes(bytes).into());
    }
    if let Some(range) = over.as_range() {
        let Some(length) = range_length(range) else {
            return Err(bad_value("a range without an end cannot be reversed"));
        };
        let heap = context.heap();
        let step = range.step.checked_neg().ok_or_else(|| arguments::overflow("the reversed step"))?;
        return Ok(match length.checked_sub(1) {
            None => heap.range(Some(0), Some(0), 1, false),
            Some(last) => heap.range(Some(range_at(range, last)), Some(range_at(range, 0)), step, true),
        }
        .into());
    }
    with_items(context, "reverse", over, Vec::new(), |context, mut items, _| {
        items.reverse();
        Ok(context.heap().list(items).into())
    })
}

/// `concat(a, b, …)`: strings to a string, bytes to bytes, all else to a list.
fn concat(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let parts = arguments.positional();
    let all = |tag: Tag| parts.iter().all(|part| part.tag() == tag);
    if parts.is_empty() {
        return Ok(context.heap().list(Vec::new()).into());
    }
    if all(Tag::String) || all(Tag::Bytes) {
        let sizes = parts.iter().map(|part| part.as_str().map_or_else(|| length(part).unwrap_or(0), str::len));
        let size: usize = sizes.sum();
        if size > context.most_text() {
            return Err(too_big("concat", size, context.most_text(), "bytes"));
        }
        return Ok(if all(Tag::String) {
            context.heap().string(&parts.iter().filter_map(Value::as_str).collect::<String>())
        } else {
            context.heap().bytes(parts.iter().filter_map(Value::as_bytes).collect::<Vec<_>>().concat())
        }
        .into());
    }
    if let Some(outcome) = concat_objects(context, parts) {
        return Ok(outcome);
    }
    let parts = context.heap().list(parts.to_vec());
    drive(context, &parts, Concat { items: Vec::new() })
}

/// `concat([a, b])` of objects that say what they are together, such as tensors: what `a.concat(b)` gives.
fn concat_objects(context: &mut Context<'_>, parts: &[Value]) -> Option<Outcome> {
    let [list] = parts else { return None };
    let mut objects = list.as_list()?.items().to_vec();
    if objects.is_empty() || objects.iter().any(|object| object.tag() != Tag::Foreign) {
        return None;
    }
    let function = context.method_of(&objects.remove(0), Symbol::intern("concat"))?;
    Some(Outcome::TailCall { function, arguments: CallArguments::Many(objects) })
}

struct Concat {
    items: Vec<Value>,
}

impl Each for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        if matches!(element.value.tag(), Tag::String | Tag::Generator | Tag::Foreign) {
            return Err(wrong("concat", "several strings or several lists", &element.value)
                .with_hint("list(x) makes a list of the characters of a string or the values of a generator"));
        }
        let mut walk = Walk::over(context, "concat", &element.value)?;
        while let Step::Element(element) = walk.step(context.heap()) {
            add_item(context, "concat", &mut self.items, element.value)?;
        }
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        Ok(context.heap().list(std::mem::take(&mut self.items)).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visit);
    }
}

/// `repeat(sequence, count)`.
fn repeat(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    let times = count("repeat", "the count", arguments.at(1))?;
    let heap = context.heap();
    let size = |unit: usize| unit as u128 * times as u128;
    if let Some(source) = over.as_str() {
        if size(source.len()) > context.most_text() as u128 {
            return Err(too_big("repeat", size(source.len()), context.most_text(), "bytes"));
        }
        return Ok(heap.string(&source.repeat(times)).into());
    }
    let Some(list) = over.as_list() else { return Err(wrong("repeat", "a string or a list", over)) };
    if size(list.length()) > context.most_items() as u128 {
        return Err(too_big("repeat", size(list.length()), context.most_items(), "elements"));
    }
    let items = list.items();
    Ok(heap.list(std::iter::repeat_n(&items[..], times).flatten().cloned().collect()).into())
}

/// `chunks(collection, size)`.
fn chunks(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    pieces(context, arguments, "chunks")
}

/// `windows(collection, size)`.
fn windows(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    pieces(context, arguments, "windows")
}

/// Cuts the elements of something into lists.
fn pieces(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str) -> Result<Outcome> {
    let size = count(name, "the size", arguments.at(1))?;
    if size == 0 {
        return Err(bad_value(format!("the size of {name} is 1 or more, not 0")));
    }
    drive(context, arguments.at(0), Cut { name, size, items: Vec::new() })
}

struct Cut {
    name: &'static str,
    size: usize,
    items: Vec<Value>,
}

impl Each for Cut {
    fn name(&self) -> &'static str {
        self.name
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        add_item(context, self.name, &mut self.items, element.value)?;
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        let overlap = self.name == "windows";
        let windows = self.items.len().saturating_sub(self.size) as u128 + 1;
        if overlap && windows * self.size as u128 > context.most_items() as u128 {
            return Err(too_big(self.name, windows * self.size as u128, context.most_items(), "elements"));
        }
        let (mut pieces, mut start) = (Vec::new(), 0);
        while start < self.items.len() && !(overlap && start + self.size > self.items.len()) {
            let end = start.saturating_add(self.size).min(self.items.len());
            context.work(end - start)?;
            let piece = context.heap().list(self.items[start..end].to_vec());
            add_item(context, self.name, &mut pieces, piece)?;
            start = if overlap { start + 1 } else { end };
        }
        Ok(context.heap().list(pieces).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visit);
    }
}

fn is_empty(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let over = arguments.at(0);
    let length = match over.as_range() {
        Some(range) => range_length(range).map_or(1, |length| length.min(1) as usize),
        None => length(over).ok_or_else(|| wrong("is_empty", "a collection or a string", over))?,
    };
    Ok(Value::bool(length == 0).into())
}

/// `binary_search(sorted, value)`: the index, or null.
fn binary_search(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (over, wanted) = (arguments.at(0), arguments.at(1));
    let Some(list) = over.as_list() else { return Err(wrong("binary_search", "a sorted list", over)) };
    let (list, high) = (over.clone(), list.length());
    Box::new(Bisection { list, wanted: wanted.clone(), low: 0, high }).go_on(context)
}

/// Looks for a value between two places of a sorted list.
struct Bisection {
    list: Value,
    wanted: Value,
    low: usize,
    high: usize,
}

impl Bisection {
    fn item(&self, at: usize) -> Option<Value> {
        self.list.as_list()?.get(at)
    }

    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            let middle = self.low + (self.high - self.low) / 2;
            let is_searching = self.low < self.high;
            // The list may have become shorter while a class was asked.
            let Some(item) = self.item(middle) else { return Ok(Value::NULL.into()) };
            if !is_searching {
                return Ok(match context.equality(&item, &self.wanted)? {
                    Equality::Known(true) => Value::int(self.low as i64).into(),
                    Equality::Known(false) => Value::NULL.into(),
                    Equality::Ask(function, arguments) => Outcome::Call { function, arguments, then: self },
                });
            }
            match context.order(&item, &self.wanted)? {
                Order::Known(order) => self.narrow(middle, order, &item)?,
                Order::Ask(function, arguments) => return Ok(Outcome::Call { function, arguments, then: self }),
            }
        }
    }

    fn narrow(&mut self, middle: usize, order: Option<Ordering>, item: &Value) -> Result<()> {
        match order {
            Some(Ordering::Less) => self.low = middle + 1,
            Some(_) => self.high = middle,
            None => return Err(crate::sorting::not_comparable("binary_search", item, &self.wanted)),
        }
        Ok(())
    }
}

impl Resume for Bisection {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        if self.low == self.high {
            let found = answer.is_truthy();
            return Ok(if found { Value::int(self.low as i64) } else { Value::NULL }.into());
        }
        let middle = self.low + (self.high - self.low) / 2;
        let (order, item) = (context.ordering(&answer)?, self.item(middle).unwrap_or_default());
        self.narrow(middle, order, &item)?;
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "binary_search"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        [&self.list, &self.wanted].into_iter().for_each(visit);
    }
}

/// `compare(a, b)`: -1, 0 or 1.
fn compare_values(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (arguments.at(0), arguments.at(1));
    match context.order(a, b)? {
        Order::Known(Some(order)) => Ok(Value::int(order as i64).into()),
        Order::Known(None) => Err(crate::sorting::not_comparable("compare", a, b)),
        Order::Ask(function, arguments) => Ok(Outcome::Call { function, arguments, then: Box::new(Sign) }),
    }
}

/// Makes -1, 0 or 1 of what a class answered.
struct Sign;

impl Resume for Sign {
    fn resume(self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        let order = context.ordering(&answer)?;
        Ok(order.map_or(Value::NULL, |order| Value::int(order as i64)).into())
    }

    fn name(&self) -> &'static str {
        "compare"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "get(container, key, default = null)",
        get,
        "The element at an index, or the value of a key; the default if there is none.",
    )
    .on(SIZED),
    Entry::function("has(container, key)", has, "Whether a collection has an element at an index, or a key.").pure().on(SIZED),
    Entry::function(
        "contains(collection, value)",
        contains,
        "Whether a value is among the elements; of a string, whether it has a part; of a record or map, whether it has a key.",
    ).pure()
    .on(Kinds::ITERABLE),
    Entry::function("%in(value, collection)", is_in, "Whether `contains(collection, value)`.").at(Place::Helper),
    Entry::function("index_of(collection, value, start = 0)", index_of, "The index of the first element that equals a value, or where a string has a part first; null if there is none.").pure()
        .on(Kinds::ITERABLE),
    Entry::function("last_index_of(collection, value)", last_index_of, "The index of the last element that equals a value, or where a string has a part last; null if there is none.").pure()
        .on(SEQUENCE_OR_GENERATOR),
    Entry::function("slice(sequence, start, end = length)", slice, "The elements from `start` to before `end`; negative numbers count from the end.").pure()
        .on(SEQUENCE),
    Entry::function("take(collection, count)", take, "The first elements, so many of them.").pure().on(Kinds::ITERABLE),
    Entry::function("drop(collection, count)", drop_first, "All elements but the first ones, so many of them.").pure_or("remove").on(Kinds::ITERABLE),
    Entry::function("first(collection, default = null)", first, "The first element, or the default if there is none.").pure().on(Kinds::ITERABLE),
    Entry::function("last(collection, default = null)", last, "The last element, or the default if there is none.").pure().on(Kinds::ITERABLE),
    Entry::function("reverse(sequence)", reverse, "A sequence with its elements in reverse order; the original stays as it is.").pure_or("reverse_in_place")
        .on(SEQUENCE_OR_GENERATOR),
    Entry::function("concat(...parts)", concat, "Several strings as one, several bytes as one, or a list of all elements of several collections.").pure_or("extend")
        .on(SEQUENCE),
    Entry::function("repeat(sequence, count)", repeat, "A string or list so many times.").pure().on(Kinds::STRING.and(Kinds::LIST)),
    Entry::function("chunks(collection, size)", chunks, "The elements in lists of a size, the last one maybe shorter.").pure().on(Kinds::ITERABLE),
    Entry::function("windows(collection, size)", windows, "All lists of so many neighbouring elements.").pure().on(Kinds::ITERABLE),
    Entry::function("is_empty(collection)", is_empty, "Whether there are no elements.").pure().on(SIZED),
    Entry::function("binary_search(sorted, value)", binary_search, "The index of a value in a sorted list, or null.").pure().on(Kinds::LIST),
    Entry::function("compare(a, b)", compare_values, "-1, 0 or 1: how two values are ordered.").pure(),
];
