//! Comparisons beyond two integers or two floats, as values and as jumps.

use super::calls::{attempt, call_for_operation};
use super::operands::{borrow, code, constant, put, take, use_a, use_b, use_c};
use super::operators::{self, is_object};
use super::{Control, unwind};
use crate::error::{Error, Result};
use crate::isolate::{Delivery, Isolate};
use crate::memory::{LONG_TEXT, Tag, Value, compare_within, is_equal_within};
use crate::objects::who_decides;
use motet_code::{Instruction, LAST_A, LAST_B, LAST_C, Op};
use std::cmp::Ordering;

/// What is compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
}

/// Whether the test holds. NaN is in no order with anything.
fn holds(isolate: &mut Isolate, test: Test, left: &Value, right: &Value) -> Result<bool> {
    if test == Test::Equal {
        return isolate.patiently(|patience| is_equal_within(left, right, patience));
    }
    let ordering = match isolate.patiently(|patience| compare_within(left, right, patience))? {
        Some(ordering) => ordering,
        None if left.as_number().is_some() && right.as_number().is_some() => return Ok(false),
        None => return Err(no_order(isolate, left, right)),
    };
    Ok(test.of_ordering()(ordering))
}

impl Test {
    /// The same test with its operands exchanged.
    pub(super) fn reversed(self) -> Test {
        match self {
            Test::Less => Test::Greater,
            Test::LessEqual => Test::GreaterEqual,
            Test::Greater => Test::Less,
            Test::GreaterEqual => Test::LessEqual,
            Test::Equal => Test::Equal,
        }
    }

    /// Its place among the tests that objects are asked for (`Names::tests`).
    pub(super) fn place(self) -> Option<usize> {
        match self {
            Test::Less => Some(0),
            Test::LessEqual => Some(1),
            Test::Greater => Some(2),
            Test::GreaterEqual => Some(3),
            Test::Equal => None,
        }
    }

    /// Whether it holds for two values in this order.
    pub(super) fn of_ordering(self) -> fn(Ordering) -> bool {
        match self {
            Test::Less => Ordering::is_lt,
            Test::LessEqual => Ordering::is_le,
            Test::Greater => Ordering::is_gt,
            Test::GreaterEqual => Ordering::is_ge,
            Test::Equal => Ordering::is_eq,
        }
    }
}

#[cold]
fn no_order(isolate: &Isolate, left: &Value, right: &Value) -> Error {
    let object = if is_object(left) || !is_object(right) { left } else { right };
    let (left_value, right_value) = (left, right);
    let (left, right) = (isolate.type_name(left), isolate.type_name(right));
    let error = Error::type_error(format!("{left} and {right} have no order"));
    if is_object(object) {
        return error.with_hint(format!("{} has no method compare(other)", isolate.type_name(object)));
    }
    match (super::arithmetic::number_in_text(left_value, right_value), left, right) {
        (Some(hint), ..) => error.with_hint(hint),
        (None, "Null", _) => error.with_hint("the left side is null; `??` gives a value in place of null"),
        (None, _, "Null") => error.with_hint("the right side is null; `??` gives a value in place of null"),
        _ => error.with_hint("numbers, strings and lists can be compared with their like"),
    }
}

/// The arguments of `%all_equal` for the instances in two containers that decide whether those are equal; none if that is
/// known.
fn questions(isolate: &mut Isolate, left: &Value, right: &Value) -> Result<Option<Vec<Value>>> {
    if !matches!(left.tag(), Tag::List | Tag::Record | Tag::Map | Tag::Node | Tag::Instance) {
        return Ok(None);
    }
    let (equal, questions) = isolate.equality_of_contents(left, right)?;
    Ok((equal && !questions.is_empty()).then_some(questions))
}

/// A comparing jump. If the test decides so, the saved counter is moved.
fn decide(isolate: &mut Isolate, i: Instruction, test: Test, sense: bool, left: Value, right: Value) -> Control {
    // The counter stands behind the instruction.
    // SAFETY: the running frame's counter is in its code, and the verifier checked the target.
    let target = unsafe { (*isolate.coroutine.top).pc.offset(i.c() as i16 as isize) };
    if test == Test::Equal
        && let Some([asked, method, other]) = who_decides(isolate, &left, &right)
    {
        let target = code(isolate).instruction_at(target);
        let detail = (target as u32) << 1 | sense as u32;
        return call_for_operation(isolate, asked, method, vec![other], Delivery::Branch, detail);
    }
    if test == Test::Equal
        && let Some(questions) = attempt!(isolate, questions(isolate, &left, &right))
    {
        let target = code(isolate).instruction_at(target);
        let detail = (target as u32) << 1 | sense as u32;
        let helper = attempt!(isolate, isolate.helper("%all_equal"));
        return call_for_operation(isolate, Value::TRUE, helper, questions, Delivery::Branch, detail);
    }
    if test != Test::Equal && (is_object(&left) || is_object(&right)) {
        let detail = (code(isolate).instruction_at(target) as u32) << 1 | sense as u32;
        if let Some(control) = operators::compare(isolate, &left, &right, test, Delivery::Branch, detail) {
            return control;
        }
    }
    let holds = attempt!(isolate, holds(isolate, test, &left, &right));
    if holds == sense {
        // SAFETY: the top frame is the running one.
        unsafe { (*isolate.coroutine.top).pc = target };
    }
    Control::Next
}

/// Whether two texts are equal; none if they are no texts, or both long, which is work.
#[inline(always)]
fn same_texts(left: &Value, right: &Value) -> Option<bool> {
    let (left, right) = (left.as_str()?, right.as_str()?);
    (left.len() < LONG_TEXT || right.len() < LONG_TEXT).then(|| left == right)
}

/// Drops a register if it was used for the last time.
fn drop_used(isolate: &Isolate, i: Instruction, flag: u8, register: u16) {
    if i.flags() & flag != 0 {
        drop(take(isolate, register));
    }
}

/// Jumps, or not.
fn go(isolate: &mut Isolate, i: Instruction, jumps: bool) -> Control {
    if jumps {
        // SAFETY: the running frame's counter is in its code, and the verifier checked the target.
        unsafe { (*isolate.coroutine.top).pc = (*isolate.coroutine.top).pc.offset(i.c() as i16 as isize) };
    }
    Control::Next
}

#[cold]
#[inline(never)]
pub(super) fn jump(isolate: &mut Isolate, i: Instruction, test: Test, sense: bool) -> Control {
    if test == Test::Equal
        && let Some(is_same) = same_texts(borrow(isolate, i.a()), borrow(isolate, i.b()))
    {
        drop_used(isolate, i, LAST_A, i.a());
        drop_used(isolate, i, LAST_B, i.b());
        return go(isolate, i, is_same == sense);
    }
    let (left, right) = (use_a(isolate, i), use_b(isolate, i));
    decide(isolate, i, test, sense, left, right)
}

#[cold]
#[inline(never)]
pub(super) fn jump_immediate(isolate: &mut Isolate, i: Instruction, test: Test, sense: bool) -> Control {
    let left = use_a(isolate, i);
    decide(isolate, i, test, sense, left, Value::int(i.b() as i16 as i64))
}

#[cold]
#[inline(never)]
pub(super) fn jump_constant(isolate: &mut Isolate, i: Instruction, test: Test, sense: bool) -> Control {
    if test == Test::Equal
        && let Some(is_same) = same_texts(borrow(isolate, i.a()), code(isolate).constant(i.b() as usize))
    {
        drop_used(isolate, i, LAST_A, i.a());
        return go(isolate, i, is_same == sense);
    }
    let (left, right) = (use_a(isolate, i), constant(isolate, i.b()));
    decide(isolate, i, test, sense, left, right)
}

/// `Eq` and `Ne`.
#[inline(never)]
pub(super) fn equal_value(isolate: &mut Isolate, i: Instruction) -> Control {
    let wanted = i.op() == Some(Op::Eq);
    let (left, right) = (borrow(isolate, i.b()), borrow(isolate, i.c()));
    if let Some(is_same) = same_texts(left, right) {
        drop_used(isolate, i, LAST_B, i.b());
        drop_used(isolate, i, LAST_C, i.c());
        put(isolate, i.a(), Value::bool(is_same == wanted));
        return Control::Next;
    }
    if let Some([asked, method, other]) = who_decides(isolate, left, right) {
        drop((use_b(isolate, i), use_c(isolate, i)));
        // The method's answer is turned into a boolean by a native that knows which one is wanted.
        let helper = attempt!(isolate, isolate.helper(if wanted { "%equal" } else { "%unequal" }));
        return call_for_operation(isolate, asked, helper, vec![method, other], Delivery::Register, i.a() as u32);
    }
    if let Some(questions) = attempt!(isolate, questions(isolate, left, right)) {
        drop((use_b(isolate, i), use_c(isolate, i)));
        let helper = attempt!(isolate, isolate.helper("%all_equal"));
        return call_for_operation(isolate, Value::bool(wanted), helper, questions, Delivery::Register, i.a() as u32);
    }
    let result = attempt!(isolate, isolate.patiently(|patience| is_equal_within(left, right, patience))) == wanted;
    if i.flags() & LAST_B != 0 {
        drop(use_b(isolate, i));
    }
    drop(use_c(isolate, i));
    put(isolate, i.a(), Value::bool(result));
    Control::Next
}

/// `Lt` and `Le`.
#[inline(never)]
pub(super) fn order_value(isolate: &mut Isolate, i: Instruction) -> Control {
    let test = if i.op() == Some(Op::Lt) { Test::Less } else { Test::LessEqual };
    let (left, right) = (use_b(isolate, i), use_c(isolate, i));
    if is_object(&left) || is_object(&right) {
        let register = i.a().into();
        if let Some(control) = operators::compare(isolate, &left, &right, test, Delivery::Register, register) {
            return control;
        }
    }
    let result = attempt!(isolate, holds(isolate, test, &left, &right));
    put(isolate, i.a(), Value::bool(result));
    Control::Next
}

/// A future where a condition stands: it counts as true whatever comes of it, so it was not meant.
#[cold]
#[inline(never)]
pub(super) fn refuse_future(isolate: &mut Isolate, register: u16) -> Control {
    match crate::future::as_condition(borrow(isolate, register)) {
        Ok(()) => Control::Next,
        Err(error) => unwind::throw(isolate, error),
    }
}
