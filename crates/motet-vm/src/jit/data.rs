//! What machine code has the VM do with texts and maps. None of it throws, waits or looks at frames: what is not plain, code
//! leaves to the interpreter. So all but what is named stays in machine registers, and nothing that code knows of other
//! objects is forgotten.
//!
//! Objects are passed by their addresses, and stay the caller's; keys of maps by tag and payload.

use super::Machine;
use crate::isolate::Isolate;
use crate::memory::{Decimal, Heap, LONG_TEXT, Map, Str, Tag, Value, append_in_place};
use std::mem::ManuallyDrop;

/// What [`Data::compare_texts`] gives for long texts: the interpreter compares those, and counts it as work.
pub const UNDECIDED: i64 = 2;

/// The functions. Back ends use the places of the fields.
#[repr(C)]
pub struct Data {
    /// Whether two texts of one length are equal, of which one is short.
    pub same_text: unsafe extern "C" fn(u64, u64) -> u64,
    /// How two texts are ordered: -1, 0, 1, or [`UNDECIDED`].
    pub compare_texts: unsafe extern "C" fn(u64, u64) -> i64,
    /// Two texts put together, as a reference of the caller's. If the third word is not zero, the reference to the first one
    /// becomes part of it, and one that nothing else refers to grows in place.
    pub join: unsafe extern "C" fn(*mut Machine, u64, u64, u64) -> u64,
    /// The digits of an integer, likewise.
    pub text_of_int: unsafe extern "C" fn(*mut Machine, i64) -> u64,
    /// So many registers, from one on, of texts and integers put together, likewise. The registers are emptied.
    pub concat: unsafe extern "C" fn(*mut Machine, *mut Value, u64) -> u64,
    /// Whether so many registers, from one on, are of texts and integers.
    pub are_parts: unsafe extern "C" fn(*const Value, u64) -> u64,
    /// The character of a text that an iterator's number leads to, put in a register that owns nothing; gives the next
    /// number, or -1 at the end.
    pub next_character: unsafe extern "C" fn(*mut Machine, u64, i64, *mut Value) -> i64,
    /// Where a map has the value of a key; if it has no such key, where there is null.
    pub entry: unsafe extern "C" fn(u64, u64, u64) -> *const Value,
    /// Whether a map has a key.
    pub has_entry: unsafe extern "C" fn(u64, u64, u64) -> u64,
    /// Takes a value out of a register to a map that may be changed; the map keeps a reference of its own to the key.
    pub set_entry: unsafe extern "C" fn(*mut Machine, u64, u64, u64, *mut Value) -> u64,
    /// The same with a copy of it.
    pub set_entry_copy: unsafe extern "C" fn(*mut Machine, u64, u64, u64, *const Value) -> u64,
    /// How many entries a map has.
    pub entries: unsafe extern "C" fn(u64) -> u64,
}

pub(super) static DATA: Data = Data {
    same_text,
    compare_texts,
    join,
    text_of_int,
    concat,
    are_parts,
    next_character,
    entry,
    has_entry,
    set_entry,
    set_entry_copy,
    entries,
};

/// A value that the caller keeps.
///
/// # Safety
/// The object is alive, and of this kind; or the tag is none of objects.
unsafe fn borrowed(tag: Tag, payload: u64) -> ManuallyDrop<Value> {
    // SAFETY: the caller's promise; the value is not dropped.
    ManuallyDrop::new(unsafe { Value::from_raw(tag, payload) })
}

/// A key of a map that the caller keeps: an integer or a text.
///
/// # Safety
/// The payload is that of a value with this tag, which is alive.
unsafe fn key(tag: u64, payload: u64) -> ManuallyDrop<Value> {
    let tag = if tag == Tag::Int as u64 { Tag::Int } else { Tag::String };
    // SAFETY: the caller's promise: code passes no other tags.
    unsafe { borrowed(tag, payload) }
}

/// # Safety
/// The address is that of a text that is alive.
unsafe fn text<'a>(address: u64) -> &'a Str {
    // SAFETY: the caller's promise: an object's address leads to its body.
    unsafe { &*(address as *const Str) }
}

/// # Safety
/// The address is that of a map that is alive.
unsafe fn map<'a>(address: u64) -> &'a Map {
    // SAFETY: as above.
    unsafe { &*(address as *const Map) }
}

fn address_of(value: Value) -> u64 {
    value.into_raw().1
}

/// The isolate that code runs in, behind something that allocates.
///
/// # Safety
/// Code passes on what it was entered with, and nothing else uses the isolate.
unsafe fn with_heap<R>(machine: *mut Machine, work: impl FnOnce(&Heap) -> R) -> R {
    // SAFETY: the caller's promise.
    let isolate: &Isolate = unsafe { (*machine).isolate() };
    let result = work(&isolate.heap);
    isolate.look_behind_code();
    result
}

unsafe extern "C" fn same_text(left: u64, right: u64) -> u64 {
    // SAFETY: code names texts that registers hold or have borrowed.
    let (left, right) = unsafe { (text(left), text(right)) };
    u64::from(left.as_str() == right.as_str())
}

unsafe extern "C" fn compare_texts(left: u64, right: u64) -> i64 {
    // SAFETY: as above.
    let (left, right) = unsafe { (text(left), text(right)) };
    if left.byte_length() >= LONG_TEXT && right.byte_length() >= LONG_TEXT {
        return UNDECIDED;
    }
    left.as_str().cmp(right.as_str()) as i64
}

unsafe extern "C" fn join(machine: *mut Machine, left: u64, right: u64, takes: u64) -> u64 {
    // SAFETY: code names texts that registers hold or have borrowed, and gives up a reference to the left one if it says so.
    unsafe {
        let mut sum = borrowed(Tag::String, left);
        if takes == 0 {
            Value::retain(left);
        }
        let right = borrowed(Tag::String, right);
        let text = right.as_str().expect("a text");
        with_heap(machine, |heap| {
            if sum.is_same(&right) {
                // With room for itself: the right one must stay where it is.
                let length = 2 * text.len();
                let left = std::mem::replace(&mut *sum, heap.string_with_capacity(text, length));
                append_in_place(&mut sum, text, heap);
                drop(left);
            } else {
                append_in_place(&mut sum, text, heap);
            }
        });
        address_of(ManuallyDrop::into_inner(sum))
    }
}

unsafe extern "C" fn text_of_int(machine: *mut Machine, number: i64) -> u64 {
    // SAFETY: code passes on what it was entered with, and nothing else uses the isolate.
    unsafe { with_heap(machine, |heap| address_of(heap.string(Decimal::new(number).as_str()))) }
}

unsafe extern "C" fn are_parts(first: *const Value, count: u64) -> u64 {
    // SAFETY: code names registers of the running window.
    let parts = unsafe { std::slice::from_raw_parts(first, count as usize) };
    u64::from(parts.iter().all(|part| matches!(part.tag(), Tag::Int | Tag::String)))
}

unsafe extern "C" fn concat(machine: *mut Machine, first: *mut Value, count: u64) -> u64 {
    // SAFETY: code names registers of the running window, and passes on what it was entered with.
    unsafe {
        let parts = std::slice::from_raw_parts_mut(first, count as usize);
        let value = with_heap(machine, |heap| heap.string_of_values(parts).expect("code has looked at the parts"));
        parts.iter_mut().for_each(|part| drop(std::mem::take(part)));
        address_of(value)
    }
}

unsafe extern "C" fn next_character(machine: *mut Machine, walked: u64, number: i64, to: *mut Value) -> i64 {
    // SAFETY: code names a text that a register holds, and a register that owns nothing; it passes on what it was entered with.
    unsafe {
        let (offset, index) = ((number & 0xffff_ffff) as usize, number >> 32);
        let Some(character) = text(walked).as_str().get(offset..).and_then(|rest| rest.chars().next()) else {
            return -1;
        };
        to.write(with_heap(machine, |heap| heap.character(character)));
        (offset + character.len_utf8()) as i64 | (index + 1) << 32
    }
}

unsafe extern "C" fn entry(of: u64, tag: u64, payload: u64) -> *const Value {
    const NOTHING: &Value = &Value::NULL;
    // SAFETY: code names a map and a key that registers hold or have borrowed.
    let place = unsafe { map(of).place_of(&key(tag, payload)) };
    if place.is_null() { NOTHING } else { place }
}

unsafe extern "C" fn has_entry(of: u64, tag: u64, payload: u64) -> u64 {
    // SAFETY: as above.
    u64::from(unsafe { map(of).contains(&key(tag, payload)) })
}

unsafe extern "C" fn set_entry(machine: *mut Machine, of: u64, tag: u64, payload: u64, source: *mut Value) -> u64 {
    // SAFETY: as above; code names a register of the running window.
    unsafe { set(machine, map(of), &key(tag, payload), std::mem::take(&mut *source)) }
}

unsafe extern "C" fn set_entry_copy(
    machine: *mut Machine,
    of: u64,
    tag: u64,
    payload: u64,
    source: *const Value,
) -> u64 {
    // SAFETY: as above.
    unsafe { set(machine, map(of), &key(tag, payload), (*source).clone()) }
}

/// # Safety
/// Code passes on what it was entered with, and has looked whether the map may be changed.
unsafe fn set(machine: *mut Machine, map: &Map, key: &Value, value: Value) -> u64 {
    // SAFETY: the caller's promise.
    let set = unsafe { with_heap(machine, |heap| map.set(key.clone(), value, heap)) };
    debug_assert!(set.is_ok(), "code has looked whether the map may be changed");
    0
}

unsafe extern "C" fn entries(of: u64) -> u64 {
    // SAFETY: code names a map that a register holds or has borrowed.
    unsafe { map(of) }.length() as u64
}
