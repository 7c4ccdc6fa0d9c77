//! Operands of the running instruction, for cold functions.
//!
//! Verified code names only registers of the window and constants that exist, so these are safe to call from a cold
//! function, which runs while the loop's state is saved and the top frame is the running one.

use crate::isolate::{Isolate, Loaded};
use crate::memory::{Symbol, Value};
use motet_code::{Instruction, LAST_A, LAST_B, LAST_C};

/// The running function's code.
pub(super) fn code(isolate: &Isolate) -> &Loaded {
    // SAFETY: loaded code lives as long as the isolate, and the top frame is not a native's while an operation runs.
    unsafe { &*isolate.frame().loaded }
}

/// A register of the running window.
pub(super) fn register(isolate: &Isolate, index: u16) -> *mut Value {
    isolate.frame().base.wrapping_add(index as usize)
}

/// A register's value, borrowed: for the time of the operation, and not across a write to it.
pub(super) fn borrow<'a>(isolate: &Isolate, index: u16) -> &'a Value {
    // SAFETY: see the module; the registers do not move before a frame is pushed.
    unsafe { &*register(isolate, index) }
}

/// Writes a register that owns nothing.
pub(super) fn put(isolate: &Isolate, index: u16, value: Value) {
    // SAFETY: see the module.
    unsafe { register(isolate, index).write(value) }
}

/// Takes a register's value.
pub(super) fn take(isolate: &Isolate, index: u16) -> Value {
    // SAFETY: see the module.
    unsafe { register(isolate, index).replace(Value::NULL) }
}

/// A register's value: taken if this is its last use, else copied.
fn used(isolate: &Isolate, index: u16, last: bool) -> Value {
    if last { take(isolate, index) } else { borrow(isolate, index).clone() }
}

pub(super) fn use_a(isolate: &Isolate, i: Instruction) -> Value {
    used(isolate, i.a(), i.flags() & LAST_A != 0)
}

pub(super) fn use_b(isolate: &Isolate, i: Instruction) -> Value {
    used(isolate, i.b(), i.flags() & LAST_B != 0)
}

pub(super) fn use_c(isolate: &Isolate, i: Instruction) -> Value {
    used(isolate, i.c(), i.flags() & LAST_C != 0)
}

pub(super) fn constant(isolate: &Isolate, index: u16) -> Value {
    code(isolate).constant(index as usize).clone()
}

pub(super) fn name(isolate: &Isolate, index: u16) -> Symbol {
    code(isolate).name(index)
}
