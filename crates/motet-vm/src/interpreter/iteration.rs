//! Loops and generators.
//!
//! An iterator is two registers: what is walked over, and a number. The number is the next index of a list, the next
//! place of a map or record, or the next integer of a range. Of a string it has the byte offset in the low half and the
//! character's index in the high half. A generator needs none; the number counts its values for `for (i, x in …)`.

use super::operands::{borrow, code, put, register, use_b};
use super::operators::{self, is_object};
use super::{Control, unwind};
use crate::error::{Error, Result};
use crate::isolate::{Coroutine, Isolate};
use crate::memory::{ForeignKind, ForeignObject, HoldsValues, Tag, Value};
use crate::scheduler::{GeneratorCaller, NextValueUse};
use crate::threads::Channel;
use motet_code::{Instruction, VARIANT};
use std::cell::RefCell;

/// A `for` loop over integers is a safe point once in so many iterations: the test hangs on the counter, so that the others
/// pay nothing for it. Entering a loop is one, too, or loops inside loops would multiply the number.
pub(crate) const SLICE: u64 = 32;
/// In the iterations left: each iteration is counted. The number is then `SLICE` times as large, so
/// that every iteration comes to where the test hangs.
pub(crate) const COUNTED: u64 = 1 << 63;
/// A loop of more iterations is taken as one of so many. They would take centuries.
const MOST_ITERATIONS: u64 = (1 << 57) - 1;

/// `ForPrepare`: start, end and step become variable, iterations left after the first, and step.
#[inline(never)]
pub(super) fn for_prepare(isolate: &mut Isolate, i: Instruction) -> Control {
    let mut numbers = [0i64; 3];
    for (index, number) in numbers.iter_mut().enumerate() {
        let value = borrow(isolate, i.a() + index as u16);
        *number = match value.tag() {
            Tag::Int => value.payload() as i64,
            Tag::Float if value.as_float().is_some_and(|float| float.fract() == 0.0 && float.abs() < 9e15) => {
                value.as_float().map_or(0, |float| float as i64)
            }
            Tag::Null if index == 1 => i64::MAX,
            Tag::Null if index == 2 => 1,
            _ => {
                let kind = isolate.type_name(value);
                let error = Error::type_error(format!("a range is of integers, not of {kind}"))
                    .with_hint("a loop over floats is one over a list: `for (x in range(0, 1, step)) { … }`");
                return unwind::throw(isolate, error);
            }
        };
    }
    let [start, end, step] = numbers;
    if step == 0 {
        let error = Error::new(crate::error::ErrorKind::ValueError, "the step of a range cannot be 0");
        return unwind::throw(isolate, error);
    }
    let count = iterations(start, end, step, i.flags() & VARIANT != 0);
    // The verifier checked the jump; the counter stands behind the instruction.
    let is_counted = isolate.counts_steps() || isolate.is_sampled_by_steps();
    match count.checked_sub(1) {
        Some(left) => {
            let left = left.min(MOST_ITERATIONS);
            let left = if is_counted { COUNTED | (left * SLICE) } else { left };
            put(isolate, i.a(), Value::int(start));
            put(isolate, i.a() + 1, Value::int(left as i64));
            put(isolate, i.a() + 2, Value::int(step));
        }
        None => jump(isolate, i.bc() as isize),
    }
    if is_counted { Control::Next } else { safe_point(isolate) }
}

fn safe_point(isolate: &mut Isolate) -> Control {
    if isolate.interrupt.word().is_raised() { isolate.interrupted() } else { Control::Next }
}

/// `ForLoop` of a program whose steps are counted.
#[cold]
#[inline(never)]
pub(super) fn counted_loop(isolate: &mut Isolate, i: Instruction) -> Control {
    let [value, left, step] = [0, 1, 2].map(|index| borrow(isolate, i.a() + index).payload());
    if left == COUNTED {
        return Control::Next;
    }
    put(isolate, i.a(), Value::int(value.wrapping_add(step) as i64));
    put(isolate, i.a() + 1, Value::int((left - SLICE) as i64));
    jump(isolate, i.bc() as isize);
    safe_point(isolate)
}

/// How many values a range has; at most `u64::MAX`.
pub(crate) fn iterations(start: i64, end: i64, step: i64, inclusive: bool) -> u64 {
    let (low, high, size) =
        if step > 0 { (start, end, step.unsigned_abs()) } else { (end, start, step.unsigned_abs()) };
    if low > high || low == high && !inclusive {
        return 0;
    }
    let distance = high.wrapping_sub(low) as u64;
    if inclusive { (distance / size).saturating_add(1) } else { (distance - 1) / size + 1 }
}

/// Moves the saved counter.
fn jump(isolate: &mut Isolate, offset: isize) {
    // SAFETY: the verifier checked that an instruction is there.
    unsafe { (*isolate.coroutine.top).pc = (*isolate.coroutine.top).pc.offset(offset) };
}

#[inline(never)]
pub(super) fn iterate(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    begin(isolate, value, i.a())
}

/// Makes an iterator over a value in two registers.
pub(super) fn begin(isolate: &mut Isolate, value: Value, target: u16) -> Control {
    let start = match value.tag() {
        Tag::List | Tag::String | Tag::Record | Tag::Map | Tag::Generator | Tag::Bytes => 0,
        Tag::Range => value.as_range().expect("a range").start.unwrap_or(0),
        Tag::Node => {
            let children = value.as_node().expect("a node").children.clone();
            put(isolate, target, children);
            put(isolate, target + 1, Value::int(0));
            return Control::Next;
        }
        Tag::Foreign if Channel::of(&value).is_some() || sequence_length(&value).is_some() => 0,
        _ => {
            if let Some(cases) = crate::builtins::cases::cases(&value) {
                put(isolate, target, isolate.heap.list(cases));
                put(isolate, target + 1, Value::int(0));
                return Control::Next;
            }
            if is_object(&value)
                && let Some(control) = operators::iterate(isolate, &value, target.into())
            {
                return control;
            }
            let kind = isolate.type_name(&value);
            let error = Error::type_error(format!("cannot walk over {kind}"));
            let error = if value.is_null() {
                error.with_hint("the value is null")
            } else if value.tag() == Tag::Int {
                error.with_hint("`for (i in 0..n) { … }` counts")
            } else if is_object(&value) {
                error.with_hint(format!("{kind} has no method iterate(), which gives a list or a generator"))
            } else {
                error
            };
            return unwind::throw(isolate, error);
        }
    };
    put(isolate, target, value);
    put(isolate, target + 1, Value::int(start));
    Control::Next
}

/// The length of a foreign object that is a sequence.
pub(crate) fn sequence_length(value: &Value) -> Option<usize> {
    value.as_foreign()?.object().length()
}

/// One step of an iterator that is no generator: the index or key, the value, and the next number.
fn step(isolate: &Isolate, iterable: &Value, number: i64, with_key: bool) -> Option<(Value, Value, i64)> {
    match iterable.tag() {
        Tag::List => {
            let value = iterable.as_list()?.get(number as usize)?;
            Some((Value::int(number), value, number + 1))
        }
        Tag::String => {
            let text = iterable.as_str()?;
            let (offset, index) = ((number & 0xffff_ffff) as usize, number >> 32);
            let character = text.get(offset..)?.chars().next()?;
            let next = (offset + character.len_utf8()) as i64 | (index + 1) << 32;
            Some((Value::int(index), isolate.heap.character(character), next))
        }
        Tag::Range => {
            let range = iterable.as_range()?;
            let inside = match range.end {
                None => true,
                Some(end) if range.step > 0 => number < end || range.inclusive && number == end,
                Some(end) => number > end || range.inclusive && number == end,
            };
            // The end of the integers ends an open range as well.
            let index = (number - range.start.unwrap_or(0)) / range.step;
            inside.then(|| (Value::int(index), Value::int(number), number.checked_add(range.step).unwrap_or(i64::MIN)))
        }
        Tag::Record => {
            let (key, value, next) = iterable.as_record()?.next(number as usize)?;
            let key = key.to_string_value(&isolate.heap);
            // With one name, a loop over a record or map gets the keys.
            Some(if with_key { (key, value, next as i64) } else { (Value::NULL, key, next as i64) })
        }
        Tag::Map => {
            let (key, value, next) = iterable.as_map()?.next(number as usize)?;
            Some(if with_key { (key, value, next as i64) } else { (Value::NULL, key, next as i64) })
        }
        Tag::Bytes => {
            let byte = *iterable.as_bytes()?.get(number as usize)?;
            Some((Value::int(number), Value::int(byte as i64), number + 1))
        }
        Tag::Foreign => {
            let value = iterable.as_foreign()?.object().element(number as usize, &isolate.heap)?;
            Some((Value::int(number), value, number + 1))
        }
        _ => None,
    }
}

/// `Next`, for everything but lists.
#[inline(never)]
pub(super) fn next(isolate: &mut Isolate, i: Instruction) -> Control {
    advance(isolate, i, false)
}

#[inline(never)]
pub(super) fn next_pair(isolate: &mut Isolate, i: Instruction) -> Control {
    advance(isolate, i, true)
}

fn advance(isolate: &mut Isolate, i: Instruction, pair: bool) -> Control {
    let iterable = borrow(isolate, i.a());
    let number = borrow(isolate, i.a() + 1).payload() as i64;
    if iterable.tag() == Tag::Generator || iterable.tag() == Tag::Foreign && sequence_length(iterable).is_none() {
        // SAFETY: the verifier checked the jump.
        let end = unsafe { (*isolate.coroutine.top).pc.offset(i.c() as i16 as isize) };
        let end = code(isolate).instruction_at(end) as u32;
        let asked = NextValueUse::Loop { iterator: i.a(), value: i.b(), pair, end };
        let iterable = iterable.clone();
        if iterable.tag() == Tag::Foreign {
            return isolate.scheduler().next_of_foreign(iterable, asked);
        }
        return resume_generator(isolate, iterable, asked);
    }
    match step(isolate, iterable, number, pair) {
        Some((key, value, next)) => {
            put(isolate, i.a() + 1, Value::int(next));
            if pair {
                put(isolate, i.b(), key);
                put(isolate, i.b() + 1, value);
            } else {
                put(isolate, i.b(), value);
            }
        }
        None => jump(isolate, i.c() as i16 as isize),
    }
    Control::Next
}

/// What a generator is about.
enum State {
    Suspended(Box<Coroutine>),
    /// The same, with the next value already there: `has_next` has asked for it.
    Peeked(Box<Coroutine>, Value),
    Running,
    /// With the value that the body returned.
    Done(Value),
}

/// The insides of a generator.
struct Generator {
    state: RefCell<State>,
}

static GENERATOR: ForeignKind = ForeignKind::new("Generator");

impl ForeignObject for Generator {
    fn kind(&self) -> &'static ForeignKind {
        &GENERATOR
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn bytes(&self) -> usize {
        match &*self.state.borrow() {
            State::Suspended(coroutine) | State::Peeked(coroutine, _) => coroutine.bytes(),
            State::Running | State::Done(_) => 0,
        }
    }

    fn send(&self) -> std::result::Result<std::sync::Arc<dyn crate::memory::SharedForeign>, &'static str> {
        Err("a generator belongs to its thread; send a list of its values")
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Generator {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match &*self.state.borrow() {
            State::Suspended(coroutine) => coroutine.trace(visit),
            State::Peeked(coroutine, next) => {
                visit(next);
                coroutine.trace(visit);
            }
            State::Running => {}
            State::Done(value) => visit(value),
        }
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        match self.state.replace(State::Done(Value::NULL)) {
            State::Suspended(mut coroutine) => coroutine.surrender(sink),
            State::Peeked(mut coroutine, next) => {
                sink(next);
                coroutine.surrender(sink);
            }
            State::Running => {}
            State::Done(value) => sink(value),
        }
    }
}

/// A generator whose body has not started.
pub(super) fn new_generator(isolate: &Isolate, coroutine: Box<Coroutine>) -> Value {
    isolate.heap.generator(Box::new(Generator { state: RefCell::new(State::Suspended(coroutine)) }))
}

fn generator(value: &Value) -> &Generator {
    value.as_foreign().and_then(|foreign| foreign.downcast()).expect("a generator")
}

/// Marks a generator whose body ended, with what it returned, or by an error.
pub(super) fn finish_generator(value: &Value, result: Value) {
    *generator(value).state.borrow_mut() = State::Done(result);
}

/// Puts a value back that was asked for: the generator gives it next.
pub(crate) fn put_back(isolate: &Isolate, value: &Value, next: Value) {
    let state = &generator(value).state;
    let held = state.replace(State::Running);
    *state.borrow_mut() = match held {
        State::Suspended(coroutine) => State::Peeked(coroutine, next),
        other => other,
    };
    isolate.heap.note_change(value);
}

/// Whether a generator's next value is there already.
pub(crate) fn is_peeked(value: &Value) -> bool {
    matches!(&*generator(value).state.borrow(), State::Peeked(..))
}

/// What a generator's body returned; none while it has not ended.
pub(super) fn generator_result(value: &Value) -> Option<Value> {
    match &*generator(value).state.borrow() {
        State::Done(result) => Some(result.clone()),
        _ => None,
    }
}

/// Runs a generator's body until its next value.
fn resume_generator(isolate: &mut Isolate, value: Value, asked: NextValueUse) -> Control {
    let state = generator(&value).state.replace(State::Running);
    match state {
        State::Suspended(coroutine) => {
            if isolate.depth() + coroutine.depth() > isolate.settings.depth_limit {
                *generator(&value).state.borrow_mut() = State::Suspended(coroutine);
                let error = isolate.depth_error();
                return unwind::throw(isolate, error);
            }
            let depth = isolate.depth();
            let caller = std::mem::replace(&mut isolate.coroutine, coroutine);
            isolate.chain.push(GeneratorCaller { coroutine: caller, depth, generator: value, asked });
            Control::Reload
        }
        State::Peeked(coroutine, next) => {
            *generator(&value).state.borrow_mut() = State::Suspended(coroutine);
            isolate.heap.note_change(&value);
            give(isolate, asked, Some(next))
        }
        State::Done(result) => {
            finish_generator(&value, result);
            give(isolate, asked, None)
        }
        State::Running => unwind::throw(isolate, Error::type_error("a generator cannot ask itself for values")),
    }
}

/// A native asks for the next value of a generator.
pub(super) fn next_for_native(isolate: &mut Isolate, value: Value) -> Control {
    if value.tag() == Tag::Foreign {
        return isolate.scheduler().next_of_foreign(value, NextValueUse::Native);
    }
    resume_generator(isolate, value, NextValueUse::Native)
}

/// Gives a value, or the end, to who asked; its coroutine is the running one again.
pub(crate) fn give(isolate: &mut Isolate, asked: NextValueUse, value: Option<Value>) -> Control {
    match asked {
        NextValueUse::Native => isolate.native_result = value.unwrap_or(Value::MISSING),
        NextValueUse::Loop { iterator, value: target, pair, end } => match value {
            Some(value) => {
                let target = if pair {
                    let count = borrow(isolate, iterator + 1).payload() as i64;
                    put(isolate, iterator + 1, Value::int(count + 1));
                    put(isolate, target, Value::int(count));
                    target + 1
                } else {
                    target
                };
                put(isolate, target, value);
            }
            None => {
                let target = code(isolate).at(end as usize);
                // SAFETY: the top frame is the one whose instruction asked.
                unsafe { (*isolate.coroutine.top).pc = target };
            }
        },
    }
    Control::Reload
}

/// `Yield`.
#[inline(never)]
pub(super) fn yield_value(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    // What `yield` gives when the body goes on.
    // SAFETY: an operand of the running window, which owns nothing.
    unsafe { register(isolate, i.a()).write(Value::NULL) };
    let Some(link) = isolate.chain.pop() else {
        let error = Error::type_error("yield outside a generator");
        return unwind::throw(isolate, error);
    };
    let body = std::mem::replace(&mut isolate.coroutine, link.coroutine);
    *generator(&link.generator).state.borrow_mut() = State::Suspended(body);
    isolate.heap.note_change(&link.generator);
    give(isolate, link.asked, Some(value))
}

/// The body of a generator returned; its coroutine is empty.
pub(super) fn generator_ended(isolate: &mut Isolate, result: Value) -> Control {
    let link = isolate.chain.pop().expect("a generator's body runs for someone");
    isolate.coroutine = link.coroutine;
    finish_generator(&link.generator, result);
    isolate.heap.note_change(&link.generator);
    give(isolate, link.asked, None)
}

/// How many values a range has, for `len` and indexing.
pub(crate) fn range_length(value: &Value) -> Result<usize> {
    let range = value.as_range().expect("a range");
    let Some(end) = range.end else {
        return Err(Error::new(crate::error::ErrorKind::ValueError, "an open range has no length"));
    };
    let count = iterations(range.start.unwrap_or(0), end, range.step, range.inclusive);
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}
