//! Heaps and deques: values in the order in which they are taken out. They belong to their thread.

use super::arguments::{WithOptions, bad_value, integer, out_of_range, place};
use super::entry::{Entry, Place};
use super::iterate::with_items;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::memory::{ForeignKind, ForeignObject, HoldsValues, SharedForeign, Value, compare};
use crate::native::{Arguments, Outcome};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

pub(super) static HEAP: ForeignKind = ForeignKind::new("Heap");
pub(super) static DEQUE: ForeignKind = ForeignKind::new("Deque");

type Sent = std::result::Result<Arc<dyn SharedForeign>, &'static str>;

/// What a heap holds of a value.
struct Item {
    priority: Value,
    /// Of equal ones, the first comes out first.
    order: u64,
    value: Value,
}

/// A binary heap: no item comes before the one at half its place.
struct Heap {
    items: RefCell<Vec<Item>>,
    added: Cell<u64>,
    /// The greatest comes first.
    descending: bool,
}

impl Heap {
    /// How two items are ordered; none if their priorities cannot be compared.
    fn order(&self, a: &Item, b: &Item) -> Option<Ordering> {
        let order = compare(&a.priority, &b.priority)?;
        let order = if self.descending { order.reverse() } else { order };
        Some(order.then(a.order.cmp(&b.order)))
    }

    fn push(&self, priority: Value, value: Value) -> Result<()> {
        let item = Item { priority, order: self.added.get(), value };
        let mut items = self.items.borrow_mut();
        // First where it goes, so that nothing has changed if it cannot be compared.
        let mut path = Vec::new();
        let mut at = items.len();
        while at > 0 {
            let parent = (at - 1) / 2;
            let order = self.order(&item, &items[parent]).ok_or_else(|| {
                Error::type_error(format!(
                    "a heap cannot compare {} with {}",
                    super::arguments::describe(&item.priority),
                    super::arguments::describe(&items[parent].priority)
                ))
                .with_hint("say what to compare: h.push(value, priority)")
            })?;
            if order.is_ge() {
                break;
            }
            path.push((at, parent));
            at = parent;
        }
        items.push(item);
        for (child, parent) in path {
            items.swap(child, parent);
        }
        self.added.set(self.added.get() + 1);
        Ok(())
    }

    fn pop(&self) -> Option<Item> {
        let mut items = self.items.borrow_mut();
        let last = items.len().checked_sub(1)?;
        items.swap(0, last);
        let first = items.pop();
        let mut at = 0;
        loop {
            let least =
                [2 * at + 1, 2 * at + 2].into_iter().filter(|&child| child < items.len()).fold(at, |least, child| {
                    match self.order(&items[child], &items[least]) {
                        Some(Ordering::Less) => child,
                        _ => least,
                    }
                });
            if least == at {
                return first;
            }
            items.swap(at, least);
            at = least;
        }
    }

    /// All values in the order in which they would come out.
    fn in_order(&self) -> Vec<Value> {
        let items = self.items.borrow();
        let mut order: Vec<&Item> = items.iter().collect();
        order.sort_by(|a, b| self.order(a, b).unwrap_or(Ordering::Equal));
        order.into_iter().map(|item| item.value.clone()).collect()
    }
}

impl ForeignObject for Heap {
    fn kind(&self) -> &'static ForeignKind {
        &HEAP
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn bytes(&self) -> usize {
        self.items.borrow().capacity() * size_of::<Item>()
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Heap of {}>", self.items.borrow().len()))
    }

    fn send(&self) -> Sent {
        Err("a heap belongs to its thread; send a list of its values")
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Heap {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        for item in self.items.borrow().iter() {
            visit(&item.priority);
            visit(&item.value);
        }
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        for item in self.items.take() {
            sink(item.priority);
            sink(item.value);
        }
    }
}

/// A queue with two ends.
struct Deque(RefCell<VecDeque<Value>>);

impl ForeignObject for Deque {
    fn kind(&self) -> &'static ForeignKind {
        &DEQUE
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn bytes(&self) -> usize {
        self.0.borrow().capacity() * size_of::<Value>()
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Deque of {}>", self.0.borrow().len()))
    }

    fn send(&self) -> Sent {
        Err("a deque belongs to its thread; send a list of its values")
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Deque {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.borrow().iter().for_each(visit);
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        self.0.take().into_iter().for_each(sink);
    }
}

fn heap_of(value: &Value) -> &Heap {
    value.as_foreign().and_then(|foreign| foreign.downcast()).expect("a method of heaps")
}

fn deque_of(value: &Value) -> &Deque {
    value.as_foreign().and_then(|foreign| foreign.downcast()).expect("a method of deques")
}

/// `heap(collection, descending: false)`.
fn heap(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("heap", arguments, 0, &["descending"])?;
    let descending = options.flag("descending");
    let heap = Heap { items: RefCell::default(), added: Cell::new(0), descending };
    let value = context.heap().foreign(Box::new(heap));
    let Some(over) = options.at(0) else { return Ok(value.into()) };
    with_items(context, "heap", over, vec![value], |context, items, held| {
        let heap = heap_of(&held[0]);
        for item in items {
            heap.push(item.clone(), item)?;
        }
        context.heap().note_change(&held[0]);
        Ok(held[0].clone().into())
    })
}

/// `push(heap, value, priority)`.
fn push_to_heap(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (heap, value) = (arguments.at(0), arguments.at(1));
    heap_of(heap).push(arguments.get(2).unwrap_or(value).clone(), value.clone())?;
    context.heap().note_change(heap);
    Ok(heap.clone().into())
}

fn pop_from_heap(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    match heap_of(arguments.at(0)).pop() {
        Some(item) => Ok(item.value.into()),
        None => Err(nothing("pop", "heap")),
    }
}

#[cold]
fn nothing(function: &str, kind: &str) -> Error {
    bad_value(format!("{function} of an empty {kind}")).with_hint("its length says whether there is something: len(x)")
}

fn peek(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let items = heap_of(arguments.at(0)).items.borrow();
    Ok(items.first().map(|item| item.value.clone()).unwrap_or_default().into())
}

fn heap_length(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(heap_of(arguments.at(0)).items.borrow().len() as i64).into())
}

fn heap_items(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let items = heap_of(arguments.at(0)).in_order();
    Ok(context.heap().list(items).into())
}

/// `deque(collection)`.
fn deque(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(over) = arguments.get(0) else { return Ok(new_deque(context, Vec::new())) };
    with_items(context, "deque", over, Vec::new(), |context, items, _| Ok(new_deque(context, items)))
}

fn new_deque(context: &Context<'_>, items: Vec<Value>) -> Outcome {
    context.heap().foreign(Box::new(Deque(RefCell::new(items.into())))).into()
}

fn push_back(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let deque = arguments.at(0);
    deque_of(deque).0.borrow_mut().extend(arguments.positional()[1..].iter().cloned());
    context.heap().note_change(deque);
    Ok(deque.clone().into())
}

fn push_front(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let deque = arguments.at(0);
    arguments.positional()[1..].iter().for_each(|value| deque_of(deque).0.borrow_mut().push_front(value.clone()));
    context.heap().note_change(deque);
    Ok(deque.clone().into())
}

fn pop_back(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = deque_of(arguments.at(0)).0.borrow_mut().pop_back();
    value.map(Outcome::from).ok_or_else(|| nothing("pop", "deque"))
}

fn pop_front(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = deque_of(arguments.at(0)).0.borrow_mut().pop_front();
    value.map(Outcome::from).ok_or_else(|| nothing("pop_front", "deque"))
}

fn deque_length(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(deque_of(arguments.at(0)).0.borrow().len() as i64).into())
}

fn deque_items(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let items = deque_of(arguments.at(0)).0.borrow().iter().cloned().collect();
    Ok(context.heap().list(items).into())
}

fn deque_element(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let items = deque_of(arguments.at(0)).0.borrow();
    let index = integer("deque", "an index", arguments.at(1))?;
    match place(index, items.len()) {
        Some(at) => Ok(items[at].clone().into()),
        None => Err(out_of_range("deque", index, items.len())),
    }
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "heap(collection = [], descending: false)",
        heap,
        "A heap, which gives its least value first, or its greatest: `h.push(x)`, `h.pop()`.",
    ),
    Entry::function(
        "push(heap, value, priority = value)",
        push_to_heap,
        "Adds a value, which comes out in the order of the priorities.",
    )
    .at(Place::Method)
    .on_foreign(&HEAP),
    Entry::method(&HEAP, "pop(heap)", pop_from_heap, "Takes the first value out."),
    Entry::method(&HEAP, "peek(heap)", peek, "The first value, which stays; null if there is none."),
    Entry::method(&HEAP, "length(heap)", heap_length, "How many values it holds."),
    Entry::method(&HEAP, "iterate(heap)", heap_items, "A list of its values in order, which stay."),
    Entry::function("deque(collection = [])", deque, "A queue with two ends: `d.push(x)`, `d.pop_front()`."),
    Entry::function("push(deque, ...values)", push_back, "Adds values at its end.")
        .at(Place::Method)
        .on_foreign(&DEQUE),
    Entry::function("push_front(deque, ...values)", push_front, "Adds values at its beginning, one after the other.")
        .at(Place::Method)
        .on_foreign(&DEQUE),
    Entry::method(&DEQUE, "pop(deque)", pop_back, "Takes its last value out."),
    Entry::method(&DEQUE, "pop_front(deque)", pop_front, "Takes its first value out."),
    Entry::method(&DEQUE, "length(deque)", deque_length, "How many values it holds."),
    Entry::method(&DEQUE, "iterate(deque)", deque_items, "A list of its values, which stay."),
    Entry::method(&DEQUE, "get_index(deque, index)", deque_element, "What `d[i]` means."),
];
