//! What values reach, and how much memory that takes. Objects do not know their heap, so what a heap has in use is found by
//! walking.

use super::header::Header;
use super::tag::Tag;
use super::trace::visit_children;
use super::value::Value;
use super::{Class, Foreign, ForeignKind, closure, small, string};
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::ptr::NonNull;

/// Bytes of all objects that the roots reach, frozen ones included: those may belong to others too, but a program must not
/// get around its limit by freezing. No guard on a container may be alive for writing.
pub fn reachable_bytes<'a>(roots: impl IntoIterator<Item = &'a Value>) -> usize {
    let mut bytes = 0;
    walk(roots, |object| {
        // SAFETY: the walk gives objects that are alive, and nothing changes meanwhile.
        bytes += unsafe { bytes_of(object) };
        true
    });
    bytes
}

/// Whether a value is, or reaches, a foreign object of one of these kinds. No guard on a container may be alive for writing.
pub fn reaches_kind(root: &Value, kinds: &[&ForeignKind]) -> bool {
    let mut is_found = false;
    walk([root], |object| {
        // SAFETY: the walk gives objects that are alive, and the kind says which body it has.
        is_found = unsafe {
            object.as_ref().kind() == Tag::Foreign && kinds.contains(&object.cast::<Foreign>().as_ref().object().kind())
        };
        !is_found
    });
    is_found
}

/// Shows each object that the roots reach, until one answer is false.
fn walk<'a>(roots: impl IntoIterator<Item = &'a Value>, mut look: impl FnMut(NonNull<Header>) -> bool) {
    let mut met: HashSet<NonNull<Header>, FixedState> = HashSet::with_hasher(FixedState::default());
    let mut waiting: Vec<NonNull<Header>> = Vec::new();
    let mut meet = |value: &Value, waiting: &mut Vec<NonNull<Header>>| {
        let Some(header) = value.header() else { return };
        // What has one reference is met once; most objects have, and need no place in the set.
        if header.count().is_unique() || met.insert(value.pointer()) {
            waiting.push(value.pointer());
        }
    };
    for root in roots {
        meet(root, &mut waiting);
    }
    while let Some(object) = waiting.pop() {
        if !look(object) {
            return;
        }
        // SAFETY: reachable from a root that the caller holds; nothing changes during the walk.
        unsafe { visit_children(object, &mut |_, value| meet(value, &mut waiting)) };
    }
}

/// # Safety
/// The object is alive and does not change meanwhile.
unsafe fn bytes_of(object: NonNull<Header>) -> usize {
    // SAFETY: the kind says which body the object has.
    unsafe {
        match object.as_ref().kind() {
            Tag::String | Tag::MadeSymbol => object.cast::<string::Str>().as_ref().bytes_in_use(),
            Tag::Bytes => size_of::<small::Bytes>() + object.cast::<small::Bytes>().as_ref().bytes.len(),
            Tag::Range => size_of::<small::Range>(),
            Tag::Complex => size_of::<small::Complex>(),
            Tag::List => object.cast::<super::List>().as_ref().bytes(),
            Tag::Record | Tag::Instance => object.cast::<super::Record>().as_ref().bytes(),
            Tag::Map => size_of::<super::Map>() + object.cast::<super::Map>().as_ref().bytes(),
            Tag::Cell => size_of::<small::Cell>(),
            Tag::Closure => object.cast::<closure::Closure>().as_ref().bytes(),
            Tag::Class => size_of::<Class>(),
            Tag::BoundMethod => size_of::<closure::BoundMethod>(),
            Tag::Node => size_of::<small::Node>(),
            Tag::Generator | Tag::Foreign => {
                let foreign = object.cast::<Foreign>().as_ref();
                size_of::<Foreign>() + foreign.object().bytes()
            }
            _ => 0,
        }
    }
}
