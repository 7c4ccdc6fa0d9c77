//! Sorting, by the natural order, by a key, or by a comparator. All of it is stable.
//!
//! [`Merge`] is a merge sort from the bottom up that can stop before each comparison: it asks for the order of two elements
//! and goes on when it is told. So a comparator written in the language is called like any other callback (it may await,
//! throw, be cancelled), nothing is allocated for a comparison, and a comparator that contradicts itself gives some order
//! and no crash.

use motet_vm::builtins::arguments::{WithOptions, callable, describe, is_callable, is_future, wrong};
use motet_vm::builtins::iterate::{Callback, Each, Element, Then, drive, needed_arguments, with_items};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::jit::Answers;
use motet_vm::memory::{Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::objects::COMPARE;
use motet_vm::{Context, Error, Result};
use std::cmp::Ordering;

/// A merge sort that asks for comparisons.
struct Merge<T> {
    /// Sorted runs of `width` elements, the last one shorter.
    items: Vec<T>,
    /// Where the runs that are being merged go.
    merged: Vec<T>,
    width: usize,
    /// The runs being merged: `left..middle` and `right..end`.
    left: usize,
    middle: usize,
    right: usize,
    end: usize,
    /// The question is about the last element of the left run and the first of the right one: if those are in order, so is
    /// all of it.
    is_first: bool,
}

impl<T: Default> Merge<T> {
    fn new(items: Vec<T>) -> Merge<T> {
        Merge::of_runs(items, 1)
    }

    /// Merges runs of `width` elements, each of which is sorted.
    fn of_runs(items: Vec<T>, width: usize) -> Merge<T> {
        let merged = Vec::with_capacity(items.len());
        let mut merge = Merge { items, merged, width, left: 0, middle: 0, right: 0, end: 0, is_first: false };
        merge.next_pair(0);
        merge
    }

    /// Takes the two runs that begin at `start`.
    fn next_pair(&mut self, start: usize) {
        let length = self.items.len();
        self.left = start;
        self.middle = (start + self.width).min(length);
        self.right = self.middle;
        self.end = (self.middle + self.width).min(length);
        // With one element on the left, it would be the same question twice.
        self.is_first = self.middle - self.left > 1;
    }

    /// The next question: is the first of these before the second? None: all is sorted, and there are no more questions.
    #[inline]
    fn question(&mut self) -> Option<(&T, &T)> {
        loop {
            if self.left < self.middle && self.right < self.end {
                let left = if self.is_first { self.middle - 1 } else { self.left };
                return Some((&self.items[self.right], &self.items[left]));
            }
            let rest = (self.left..self.middle).chain(self.right..self.end);
            self.merged.extend(rest.map(|place| std::mem::take(&mut self.items[place])));
            if self.end < self.items.len() {
                self.next_pair(self.end);
                continue;
            }
            std::mem::swap(&mut self.items, &mut self.merged);
            self.merged.clear();
            self.width = self.width.saturating_mul(2);
            if self.width >= self.items.len() {
                return None;
            }
            self.next_pair(0);
        }
    }

    /// The answer to the question.
    #[inline]
    fn answer(&mut self, right_is_before: bool) {
        let place = if std::mem::take(&mut self.is_first) {
            if !right_is_before {
                // In order already: the whole of both runs is taken over.
                let all = self.left..self.end;
                self.merged.extend(all.map(|place| std::mem::take(&mut self.items[place])));
                (self.left, self.right) = (self.middle, self.end);
            }
            return;
        } else if right_is_before {
            self.right += 1;
            self.right - 1
        } else {
            self.left += 1;
            self.left - 1
        };
        self.merged.push(std::mem::take(&mut self.items[place]));
    }

    fn into_items(self) -> Vec<T> {
        self.items
    }
}

/// The error that two values have no order.
#[cold]
pub(super) fn not_comparable(function: &str, a: &Value, b: &Value) -> Error {
    let error = Error::type_error(format!("{function} cannot compare {} with {}", describe(a), describe(b)));
    match function {
        "sort" | "min" | "max" => error.with_hint(format!("say what to compare: {function}(xs, by: x => …)")),
        _ => error,
    }
}

/// Where a value stands among values that have an order: NaN comes last, so that sorting floats cannot fail.
fn order(context: &mut Context<'_>, function: &str, a: &Value, b: &Value) -> Result<Ordering> {
    context.work(1)?;
    context.compare(a, b)?.map_or_else(
        || {
            let is_nan = |value: &Value| value.as_float().is_some_and(f64::is_nan);
            match (is_nan(a), is_nan(b)) {
                (true, true) => Ok(Ordering::Equal),
                (true, false) if b.as_number().is_some() => Ok(Ordering::Greater),
                (false, true) if a.as_number().is_some() => Ok(Ordering::Less),
                _ => Err(not_comparable(function, a, b)),
            }
        },
        Ok,
    )
}

/// Sorts by the natural order of the keys.
fn sort_pairs<T: Default>(
    context: &mut Context<'_>,
    function: &str,
    mut merge: Merge<T>,
    key: impl Fn(&T) -> &Value,
    descending: bool,
) -> Result<Vec<T>> {
    let before = if descending { Ordering::Greater } else { Ordering::Less };
    while let Some((right, left)) = merge.question() {
        let right_is_before = order(context, function, key(right), key(left))? == before;
        merge.answer(right_is_before);
    }
    Ok(merge.into_items())
}

/// Elements that are sorted without a safe point: a few milliseconds.
const RUN: usize = 1 << 16;
/// Bytes that texts may have on average to be sorted so.
const SHORT: usize = 256;

/// Sorts values by their natural order.
fn sort_values(
    context: &mut Context<'_>,
    function: &str,
    mut items: Vec<Value>,
    descending: bool,
) -> Result<Vec<Value>> {
    // The two common kinds have a total order that Rust knows, and equal ones cannot be told apart.
    let order: fn(&Value, &Value) -> Ordering = if items.iter().all(|item| item.tag() == Tag::Int) {
        |a, b| a.as_int().cmp(&b.as_int())
    } else if items.iter().all(|item| item.tag() == Tag::String) && are_short(&items) {
        |a, b| a.as_str().cmp(&b.as_str())
    } else {
        return sort_pairs(context, function, Merge::new(items), |item| item, descending);
    };
    for run in items.chunks_mut(RUN) {
        context.work(run.len())?;
        run.sort_unstable_by(order);
    }
    if items.len() > RUN {
        let mut merge = Merge::of_runs(items, RUN);
        while let Some((right, left)) = merge.question() {
            context.work(1)?;
            let right_is_before = order(right, left) == Ordering::Less;
            merge.answer(right_is_before);
        }
        items = merge.into_items();
    }
    if descending {
        items.reverse();
    }
    Ok(items)
}

/// The strings are so short that comparing them takes no time worth looking at.
fn are_short(items: &[Value]) -> bool {
    let bytes = items.iter().filter_map(Value::as_str).map(str::len).fold(0, usize::saturating_add);
    bytes <= items.len().saturating_mul(SHORT)
}

/// What is sorted: an element, or an element with its key.
trait Item: Default + 'static {
    fn key(&self) -> &Value;

    fn into_element(self) -> Value;

    fn trace(&self, visit: &mut dyn FnMut(&Value));
}

impl Item for Value {
    fn key(&self) -> &Value {
        self
    }

    fn into_element(self) -> Value {
        self
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(self);
    }
}

impl Item for (Value, Value) {
    fn key(&self) -> &Value {
        &self.1
    }

    fn into_element(self) -> Value {
        self.0
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0);
        visit(&self.1);
    }
}

/// Sorting with a comparator.
struct Comparing<T> {
    merge: Merge<T>,
    function: Value,
    descending: bool,
}

impl<T: Item> Comparing<T> {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let descending = self.descending;
        let mut answers = Answers::default();
        while let Some((right, left)) = self.merge.question() {
            let (first, second) = if descending { (left, right) } else { (right, left) };
            if let Some(result) = answers.of(context, &self.function, [first.key(), second.key()]) {
                let answer = is_before(&result)?;
                self.merge.answer(answer);
                continue;
            }
            let arguments = CallArguments::Two(first.key().clone(), second.key().clone());
            return Ok(Outcome::Call { function: self.function.clone(), arguments, then: self });
        }
        Ok(context.heap().list(self.merge.into_items().into_iter().map(Item::into_element).collect()).into())
    }
}

/// Sorts by the natural order of the keys, which objects among them decide.
fn sort_items<T: Item>(
    context: &mut Context<'_>,
    items: Vec<T>,
    descending: bool,
    sort_plain: fn(&mut Context<'_>, Vec<T>, bool) -> Result<Vec<T>>,
) -> Result<Outcome> {
    if items.iter().any(|item| context.has_order(item.key())) {
        let function = COMPARE.native.value();
        return Box::new(Comparing { merge: Merge::new(items), function, descending }).go_on(context);
    }
    let sorted = sort_plain(context, items, descending)?;
    Ok(context.heap().list(sorted.into_iter().map(Item::into_element).collect()).into())
}

/// What a comparator said: is its first argument before the second?
fn is_before(result: &Value) -> Result<bool> {
    if let Some(answer) = result.as_bool() {
        return Ok(answer);
    }
    match result.as_number() {
        Some(number) => Ok(number < 0.0),
        None if is_future(result) => Err(wrong("sort", "a comparator that gives a boolean or a number", result)
            .with_hint("wait for its result: `await f`")),
        None => Err(wrong("sort", "a comparator that gives a boolean or a number", result)
            .with_hint("(a, b) => a < b, or (a, b) => a - b")),
    }
}

impl<T: Item> Resume for Comparing<T> {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let answer = is_before(&result)?;
        self.merge.answer(answer);
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "sort"
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        self.merge.items.iter().chain(&self.merge.merged).for_each(|item| item.trace(visit));
    }
}

/// Collects the key of each element.
struct Keys {
    by: Callback,
    /// Elements with their keys; the last key is still to come.
    pairs: Vec<(Value, Value)>,
    descending: bool,
}

impl Each for Keys {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn element(&mut self, _: &mut Context<'_>, element: Element) -> Result<Then> {
        let then = self.by.call(&element);
        self.pairs.push((element.value, Value::NULL));
        Ok(then)
    }

    fn result(&mut self, _: &mut Context<'_>, result: Value) -> Result<Then> {
        self.pairs.last_mut().expect("an element is waiting for its key").1 = result;
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        sort_items(context, std::mem::take(&mut self.pairs), self.descending, |context, pairs, descending| {
            sort_pairs(context, "sort", Merge::new(pairs), |pair| &pair.1, descending)
        })
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.by.function);
        for (element, key) in &self.pairs {
            visit(element);
            visit(key);
        }
    }
}

pub(super) const OPTIONS: &[&str] = &["by", "descending"];
const ORDER: &[&str] = &["descending"];

/// `sort(xs)`, `sort(xs, (a, b) => a < b)`, `sort(xs, x => x.key)`, `sort(xs, by: f, descending: true)`.
pub(super) fn sort(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let arguments = WithOptions::of("sort", arguments, 1, OPTIONS)?;
    let descending = arguments.flag("descending");
    let (over, function) = match arguments.positional {
        [over] => (over, None),
        [function, over] if is_callable(function) => (over, Some(function)),
        [over, function, ..] => (over, Some(callable("sort", function)?)),
        [] => unreachable!("the arity says one at least"),
    };
    if let Some(by) = arguments.option("by") {
        let by = Callback::new(callable("sort", &by)?);
        return drive(context, over, Keys { by, pairs: Vec::new(), descending });
    }
    match function {
        None => with_items(context, "sort", over, vec![Value::bool(descending)], |context, items, held| {
            sort_items(context, items, held[0].is_truthy(), |context, items, descending| {
                sort_values(context, "sort", items, descending)
            })
        }),
        Some(function) if needed_arguments(function) == 1 => {
            drive(context, over, Keys { by: Callback::new(function), pairs: Vec::new(), descending })
        }
        Some(function) => {
            let held = vec![function.clone(), Value::bool(descending)];
            with_items(context, "sort", over, held, |context, items, mut held| {
                let descending = held.pop().is_some_and(|flag| flag.is_truthy());
                let function = held.pop().unwrap_or_default();
                Box::new(Comparing { merge: Merge::new(items), function, descending }).go_on(context)
            })
        }
    }
}

fn sort_by(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let arguments = WithOptions::of("sort_by", arguments, 2, ORDER)?;
    let (function, over) = match arguments.positional {
        [function, over] if is_callable(function) => (function, over),
        [over, function] => (callable("sort_by", function)?, over),
        _ => unreachable!("the arity says two"),
    };
    let descending = arguments.flag("descending");
    drive(context, over, Keys { by: Callback::new(function), pairs: Vec::new(), descending })
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "sort(collection, f = null, by: f, descending: false)",
        sort,
        "A new, sorted list. A function of two parameters compares: it says whether the first comes before the second, or gives a number below 0 if so. A function of one parameter, or `by`, gives what to sort by.",
    ).pure_or("sort_in_place")
    .on(Kinds::ITERABLE),
    Entry::function("sort_by(f, collection, descending: false)", sort_by, "A new list, sorted by what a function gives for each element.").pure_or("sort_in_place")
        .on(Kinds::ITERABLE),
];

#[cfg(test)]
mod tests {
    use super::Merge;

    /// Sorts pairs by their first part, so that the second one shows whether the sort is stable.
    fn sorted(items: Vec<(u32, usize)>) -> (Vec<(u32, usize)>, usize) {
        let mut questions = 0;
        let mut merge = Merge::new(items);
        while let Some((right, left)) = merge.question() {
            let answer = right.0 < left.0;
            merge.answer(answer);
            questions += 1;
        }
        (merge.into_items(), questions)
    }

    #[test]
    fn merges_stably() {
        let mut state = 12345u32;
        for length in (0..70).chain([127, 128, 129, 1000, 4097]) {
            let items: Vec<(u32, usize)> = (0..length)
                .map(|place| {
                    state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
                    (state >> 16 & 31, place)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort();
            assert_eq!(sorted(items).0, expected, "{length} elements");
        }
    }

    #[test]
    fn merges_runs_that_are_sorted() {
        let mut items: Vec<(u32, usize)> = (0..1000).map(|place| ((place * 7919 % 1000) as u32, place)).collect();
        let mut expected = items.clone();
        expected.sort();
        items.chunks_mut(64).for_each(|run| run.sort());
        let mut merge = Merge::of_runs(items, 64);
        while let Some((right, left)) = merge.question() {
            let answer = right < left;
            merge.answer(answer);
        }
        assert_eq!(merge.into_items(), expected);
    }

    #[test]
    fn asks_little_about_what_is_in_order() {
        let (items, questions) = sorted((0..1024).map(|number| (number, 0)).collect());
        assert!(items.is_sorted());
        assert_eq!(questions, 1023);
    }

    #[test]
    fn contradictions_do_no_harm() {
        let mut merge = Merge::new((0..1000usize).map(|number| (number as u32, number)).collect::<Vec<_>>());
        let mut flip = false;
        while merge.question().is_some() {
            flip = !flip;
            merge.answer(flip);
        }
        let mut items = merge.into_items();
        items.sort();
        assert_eq!(items.len(), 1000);
        assert!(items.iter().enumerate().all(|(place, item)| item.1 == place));
    }
}
