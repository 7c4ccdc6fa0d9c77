//! Giving up references and freeing what nobody refers to.
//!
//! Freeing never recurses on Rust's stack, so that a list nested a million deep can be dropped: a dead object is put on a
//! list, its children are given up one by one, and those that die in turn are put on the same list. The list needs no
//! memory: it is linked through the shape and aux words of the dead headers.
//!
//! Three things are special. An object in a heap's buffer of candidates loses its contents but keeps its memory until the
//! heap looks at the buffer: no other moment knows the heap. A member of a frozen component dies with the whole
//! component, whose members are freed together. And a foreign object hands over its values first
//! ([`super::HoldsValues::surrender`]), so that a long chain of foreign objects does not recurse either.

use super::component;
use super::header::{Header, flag};
use super::record::Record;
use super::string::Str;
use super::tag::Tag;
use super::trace;
use super::value::Value;
use super::{Class, Foreign, List, Map, census, closure, small};
use std::ptr::NonNull;

/// Gives up one reference.
///
/// # Safety
/// The caller owns the reference and does not use it again.
#[inline(always)]
pub(super) unsafe fn give_up(object: NonNull<Header>) {
    // SAFETY: the caller's reference keeps the object alive until `release` says that it was the last.
    if unsafe { object.as_ref() }.release() {
        // SAFETY: it was the last reference, so the object is ours alone.
        unsafe { free(object) }
    }
}

/// Dead objects, linked through the eight bytes from the shape word on, which nobody needs any more.
struct Dead(Option<NonNull<Header>>);

const LINK_OFFSET: usize = 8;

impl Dead {
    /// # Safety
    /// The object is dead, the caller's alone, and on no list.
    unsafe fn push(&mut self, object: NonNull<Header>) {
        // SAFETY: the object is the caller's alone.
        unsafe { object.as_ref() }.set(flag::DYING);
        // SAFETY: the header is 16 bytes, 8-aligned; the buffer of candidates, which may still know it, sees the flag.
        unsafe { object.byte_add(LINK_OFFSET).cast::<Option<NonNull<Header>>>().write(self.0) };
        self.0 = Some(object);
    }

    fn pop(&mut self) -> Option<NonNull<Header>> {
        let object = self.0?;
        // SAFETY: `push` wrote the link, and dead objects are not touched in between.
        self.0 = unsafe { object.byte_add(LINK_OFFSET).cast::<Option<NonNull<Header>>>().read() };
        Some(object)
    }
}

/// Frees an object and all that dies with it.
///
/// # Safety
/// The last reference to the object was given up, by the caller.
#[cold]
#[inline(never)]
unsafe fn free(object: NonNull<Header>) {
    let mut dead = Dead(None);
    // SAFETY: the object is dead and the caller's alone.
    unsafe { dead.push(object) };
    while let Some(object) = dead.pop() {
        // SAFETY: only dead objects are on the list.
        let header = unsafe { object.as_ref() };
        if header.has(flag::COMPONENT) {
            // SAFETY: the component's last reference is gone; all its members die here.
            unsafe { free_component(header.count().component(), &mut dead) };
            continue;
        }
        if header.kind().is_traced() {
            // SAFETY: the object is dead, nobody else sees its contents.
            unsafe { trace::take_children(object, &mut |child| bury(child, &mut dead)) };
        }
        if header.has(flag::BUFFERED) {
            header.set(flag::DEAD);
        } else {
            // SAFETY: dead, emptied, and no buffer knows it.
            unsafe { deallocate(object) };
        }
    }
}

/// Gives up the reference that a value owns; if that kills the object, it goes on the list.
fn bury(child: Value, dead: &mut Dead) {
    if child.is_heap() {
        let object = child.pointer();
        std::mem::forget(child);
        // SAFETY: the child's reference is ours; if it was the last, the object is dead and ours alone.
        unsafe {
            if object.as_ref().release() {
                dead.push(object);
            }
        }
    }
}

/// # Safety
/// The component's last outside reference is gone.
unsafe fn free_component(index: u32, dead: &mut Dead) {
    let members = component::take_members(index);
    for &member in &members {
        // SAFETY: all members are dead and ours alone; references among them are not counted, so they are forgotten.
        unsafe {
            trace::take_children(member, &mut |child| {
                let inside = child.header().is_some_and(|h| h.has(flag::COMPONENT) && h.count().component() == index);
                if inside { std::mem::forget(child) } else { bury(child, dead) }
            });
        }
    }
    for member in members {
        // SAFETY: dead and emptied; frozen objects are in no buffer.
        unsafe { deallocate(member) };
    }
    component::recycle(index);
}

/// Returns an object's memory.
///
/// # Safety
/// The object is dead, its children were taken, and nothing points to it any more.
pub(super) unsafe fn deallocate(object: NonNull<Header>) {
    census::died();
    // SAFETY: the kind says which type the object was allocated as; each arm undoes its own allocation.
    unsafe {
        match object.as_ref().kind() {
            Tag::String => Str::deallocate(object.cast()),
            Tag::Bytes => drop(Box::from_raw(object.cast::<small::Bytes>().as_ptr())),
            Tag::Range => drop(Box::from_raw(object.cast::<small::Range>().as_ptr())),
            Tag::Complex => drop(Box::from_raw(object.cast::<small::Complex>().as_ptr())),
            Tag::List => drop(Box::from_raw(object.cast::<List>().as_ptr())),
            Tag::Record | Tag::Instance => Record::deallocate(object.cast()),
            Tag::Map => drop(Box::from_raw(object.cast::<Map>().as_ptr())),
            Tag::Cell => drop(Box::from_raw(object.cast::<small::Cell>().as_ptr())),
            Tag::Closure => closure::Closure::deallocate(object.cast()),
            Tag::Class => drop(Box::from_raw(object.cast::<Class>().as_ptr())),
            Tag::BoundMethod => drop(Box::from_raw(object.cast::<closure::BoundMethod>().as_ptr())),
            Tag::Node => drop(Box::from_raw(object.cast::<small::Node>().as_ptr())),
            Tag::Generator | Tag::Foreign => drop(Box::from_raw(object.cast::<Foreign>().as_ptr())),
            Tag::Null | Tag::False | Tag::True | Tag::Int | Tag::Float | Tag::Symbol | Tag::Native | Tag::Missing => {
                unreachable!("not an object")
            }
        }
    }
}
