//! Access to objects for the loop's fast paths, without guards and without counting.
//!
//! The contract of all of it: the loop is running an operation, so no native is, and no guard of a container is alive.
//! What is borrowed here is not kept beyond the operation, nor beyond the next write to the place it came from.

use crate::memory::{Closure, Record, Tag, Value};
use std::mem::ManuallyDrop;

/// `target += value` for two integers (without overflow) or two floats; false if they are anything else.
#[inline(always)]
pub fn add_numbers(target: &mut Value, value: &Value) -> bool {
    if target.tag() == Tag::Int && value.tag() == Tag::Int {
        if let Some(sum) = (target.payload() as i64).checked_add(value.payload() as i64) {
            // SAFETY: the old value is a number, which owns nothing.
            unsafe { std::ptr::write(target, Value::int(sum)) };
            return true;
        }
    } else if target.tag() == Tag::Float && value.tag() == Tag::Float {
        let sum = f64::from_bits(target.payload()) + f64::from_bits(value.payload());
        // SAFETY: as above.
        unsafe { std::ptr::write(target, Value::float(sum)) };
        return true;
    }
    false
}

/// One iteration more of a `for` loop over integers, of which `left` are left: moves its variable on.
///
/// # Safety
/// `counter` is the first of the three registers that `ForPrepare` filled.
#[inline(always)]
pub unsafe fn step_counter(counter: *mut Value, left: u64) {
    // SAFETY: the three are integers and stay so; only their payloads are written.
    unsafe {
        let payload = |register: usize| counter.add(register).byte_add(Value::PAYLOAD_OFFSET).cast::<u64>();
        payload(1).write(left - 1);
        payload(0).write(payload(0).read().wrapping_add(payload(2).read()));
    }
}

/// Two numbers as floats.
#[inline(always)]
pub fn numbers(left: &Value, right: &Value) -> Option<(f64, f64)> {
    Some((left.as_number()?, right.as_number()?))
}

/// What a captured variable's cell holds.
///
/// # Safety
/// `cell` is a cell (the compiler's doing), and the module's contract holds.
#[inline(always)]
pub unsafe fn cell_value(cell: &Value) -> &Value {
    debug_assert!(cell.tag() == Tag::Cell);
    // SAFETY: the caller's promise.
    unsafe { cell.as_cell().unwrap_unchecked().get_unguarded() }
}

/// The same, for writing a number over a number.
///
/// # Safety
/// As for [`cell_value`]; the cell is not frozen, or nothing is written.
#[inline(always)]
#[allow(clippy::mut_from_ref, reason = "interior mutability, as the contract says")]
pub unsafe fn cell_value_mut(cell: &Value) -> &mut Value {
    debug_assert!(cell.tag() == Tag::Cell);
    // SAFETY: the caller's promise; cells of variables that may be assigned are never frozen.
    unsafe { &mut *cell.as_cell().unwrap_unchecked().place_unguarded() }
}

/// The closure behind a frame's environment.
///
/// # Safety
/// The frame is alive, so something keeps the closure alive.
#[inline(always)]
pub unsafe fn closure<'a>(environment: u64) -> &'a Closure {
    debug_assert!(environment != 0);
    // SAFETY: an environment is the payload of a closure's value.
    let value = ManuallyDrop::new(unsafe { Value::from_raw(Tag::Closure, environment) });
    let closure: *const Closure = value.as_closure().expect("the tag says so");
    // SAFETY: it is alive, says the caller; the borrow ends with the operation.
    unsafe { &*closure }
}

/// A captured value.
///
/// # Safety
/// As for [`closure`]; the verifier checked the index.
#[inline(always)]
pub unsafe fn captured<'a>(environment: u64, index: u16) -> &'a Value {
    // SAFETY: the caller's promise.
    unsafe { closure(environment).captures().get_unchecked(index as usize) }
}

/// The id of the function behind a closure's payload.
///
/// # Safety
/// As for [`closure`].
#[inline(always)]
pub unsafe fn closure_function_id(environment: u64) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { closure(environment).function_id() }
}

/// What a method cache compares: kind and shape, never 0.
#[inline(always)]
pub fn cache_key(receiver: &Value) -> u64 {
    let shape = match receiver.header() {
        Some(header) => header.shape().0,
        None => 0,
    };
    1 << 40 | (receiver.tag() as u64) << 32 | shape as u64
}

/// What a field cache holds for a shape and a slot; never 0, which is an empty cache.
#[inline(always)]
pub fn field_cache(shape: u32, slot: u32) -> u64 {
    shape.wrapping_add(1) as u64 | (slot as u64) << 32
}

/// The slot that a field cache names, if the object has the cached shape.
///
/// # Safety
/// The module's contract.
#[inline(always)]
pub unsafe fn cached_slot(object: &Value, cache: u64) -> Option<*mut Value> {
    let fields = object.as_fields()?;
    if fields.shape().0.wrapping_add(1) == cache as u32 {
        // SAFETY: the cache was filled for this shape, which has the slot.
        Some(unsafe { fields.slot_unchecked((cache >> 32) as u32) })
    } else {
        None
    }
}

/// The same, for a slot that lies in the object itself, or null: the loop leaves the others to functions, whose calls would
/// take registers from all its operations.
///
/// # Safety
/// The module's contract.
#[inline(always)]
unsafe fn own_slot(fields: &Record, cache: u64) -> *mut Value {
    if fields.shape().0.wrapping_add(1) != cache as u32 {
        return std::ptr::null_mut();
    }
    // SAFETY: the cache was filled for this shape, which has the slot.
    unsafe { fields.own_slot_unchecked((cache >> 32) as u32) }
}

/// What the slot that a field cache names holds, if it lies in the object itself. Other threads may read it at the same
/// time, if the object is frozen.
///
/// # Safety
/// The module's contract.
#[inline(always)]
pub unsafe fn cached_own_slot(object: &Value, cache: u64) -> Option<&Value> {
    let fields = object.as_fields()?;
    // SAFETY: the caller's promise; nothing writes to the slot during the operation.
    unsafe { own_slot(fields, cache).as_ref() }
}

/// The same, for writing, if the object may be changed.
///
/// # Safety
/// The module's contract.
#[inline(always)]
#[allow(clippy::mut_from_ref, reason = "interior mutability, as the contract says")]
pub unsafe fn cached_own_writable_slot(object: &Value, cache: u64) -> Option<&mut Value> {
    let fields = object.as_fields()?;
    if fields.check_writable().is_err() {
        return None;
    }
    // SAFETY: the caller's promise; an object that may be changed belongs to this thread alone, and this is the only
    // reference to the slot during the operation.
    unsafe { own_slot(fields, cache).as_mut() }
}

/// The slot that a cache names, wherever it lies, if the object may be changed.
///
/// # Safety
/// The module's contract.
#[inline(always)]
pub unsafe fn cached_writable_slot(object: &Value, cache: u64) -> Option<*mut Value> {
    let fields = object.as_fields()?;
    if fields.shape().0.wrapping_add(1) == cache as u32 && fields.check_writable().is_ok() {
        // SAFETY: the cache was filled for this shape, which has the slot.
        Some(unsafe { fields.slot_unchecked((cache >> 32) as u32) })
    } else {
        None
    }
}

/// The items of a list.
///
/// # Safety
/// The module's contract.
#[inline(always)]
pub unsafe fn list_items(value: &Value) -> Option<&[Value]> {
    // SAFETY: nothing changes the list during the operation.
    value.as_list().map(|list| unsafe { list.items_unguarded() })
}

/// The items of a list that may be changed.
///
/// # Safety
/// The module's contract; values that can hold others are not stored this way.
#[inline(always)]
#[allow(clippy::mut_from_ref, reason = "interior mutability, as the contract says")]
pub unsafe fn list_items_mut(value: &Value) -> Option<&mut Vec<Value>> {
    let list = value.as_list()?;
    if list.check_writable().is_ok() {
        // SAFETY: writable, no guard is alive, and this is the only reference during the operation.
        Some(unsafe { list.items_mut_unguarded() })
    } else {
        None
    }
}

/// The closure behind a frame's environment, as a value of its own.
///
/// # Safety
/// As for [`closure`].
pub unsafe fn closure_value(environment: u64) -> Value {
    // SAFETY: an environment is the payload of a live closure; the value that borrows it is not dropped.
    let borrowed = ManuallyDrop::new(unsafe { Value::from_raw(Tag::Closure, environment) });
    Value::clone(&borrowed)
}
