//! Giving up references, and freeing objects whose last reference is gone.
//!
//! Freeing never recurses on Rust's stack, so that a list nested a million deep can be dropped. A dead object is put on
//! a list, its children are given up one by one, and those that die in turn are put on the same list. The list needs no
//! memory: it is linked through the shape and aux words of the dead headers.
//!
//! What foreign objects hold dies on that list too, whatever lies between: a channel in a message in a channel, a computed
//! value that reads another one. Their destructors are Rust's and know nothing of lists, so the list is the OS thread's: it
//! is what its stack would be if freeing recursed, is empty whenever nothing is being freed, and belongs to no program.
//!
//! Three things are special. An object in a heap's buffer of candidates loses its contents but keeps its memory until the
//! heap looks at the buffer: no other moment knows the heap. A member of a frozen component dies with the whole
//! component, whose members are freed together. And a foreign object hands over its values first
//! ([`super::HoldsValues::surrender`]), so that a long chain of foreign objects does not recurse either.

use super::component;
use super::header::{Header, flag};
use super::heap::Heap;
use super::record::Record;
use super::string::Str;
use super::tag::Tag;
use super::trace;
use super::value::Value;
use super::{Class, Foreign, List, Map, census, closure, small};
use std::cell::Cell;
#[cfg(not(loom))]
use std::cell::RefCell;
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

/// Dead objects, linked through the eight bytes from the shape word on, which a dead object does not need.
struct Dead {
    first: Cell<Option<NonNull<Header>>>,
    /// A caller further up the stack takes objects off the list until it is empty.
    is_drained: Cell<bool>,
    /// There are heaps to drop when the list is empty.
    has_heaps: Cell<bool>,
}

// Models of threads (loom) run on one OS thread, and would share the list.
#[cfg(not(loom))]
thread_local! {
    static DEAD: Dead = const { Dead::new() };
    /// Heaps whose last objects are on the list.
    static HEAPS: RefCell<Vec<Heap>> = const { RefCell::new(Vec::new()) };
}

const LINK_OFFSET: usize = 8;

impl Dead {
    const fn new() -> Dead {
        Dead { first: Cell::new(None), is_drained: Cell::new(false), has_heaps: Cell::new(false) }
    }

    /// The list of this OS thread.
    #[inline(always)]
    fn with<R>(work: impl FnOnce(&Dead) -> R) -> R {
        #[cfg(not(loom))]
        return DEAD.with(work);
        #[cfg(loom)]
        work(&Dead::new())
    }

    /// # Safety
    /// The object is dead, the caller's alone, and on no list.
    #[inline(always)]
    unsafe fn push(&self, object: NonNull<Header>) {
        // SAFETY: the object is the caller's alone.
        unsafe { object.as_ref() }.set(flag::DYING);
        // SAFETY: the header is 16 bytes, 8-aligned; the buffer of candidates, which may still know it, sees the flag.
        unsafe { object.byte_add(LINK_OFFSET).cast::<Option<NonNull<Header>>>().write(self.first.get()) };
        self.first.set(Some(object));
    }

    #[inline(always)]
    fn pop(&self) -> Option<NonNull<Header>> {
        let object = self.first.get()?;
        // SAFETY: `push` wrote the link, and dead objects are not touched in between.
        self.first.set(unsafe { object.byte_add(LINK_OFFSET).cast::<Option<NonNull<Header>>>().read() });
        Some(object)
    }

    /// Frees what is on the list, and what dies with it.
    fn drain(&self) {
        /// Also if foreign code panics: the next who frees something goes on.
        struct Drained<'a>(&'a Dead);
        impl Drop for Drained<'_> {
            fn drop(&mut self) {
                self.0.is_drained.set(false);
            }
        }
        self.is_drained.set(true);
        let _drained = Drained(self);
        loop {
            while let Some(object) = self.pop() {
                // SAFETY: only dead objects are on the list.
                unsafe { self.take_apart(object) };
            }
            if !self.has_heaps.get() {
                return;
            }
            self.drop_a_heap();
        }
    }

    /// # Safety
    /// The object was on the list.
    #[inline(always)]
    unsafe fn take_apart(&self, object: NonNull<Header>) {
        // SAFETY: the object keeps its memory until it is deallocated, below.
        let header = unsafe { object.as_ref() };
        if header.has(flag::COMPONENT) {
            // SAFETY: the component's last reference is gone; all its members die here.
            return unsafe { free_component(header.count().component(), self) };
        }
        if header.kind().is_traced() {
            // SAFETY: the object is dead, no other code sees its contents.
            unsafe { trace::take_children(object, &mut |child| bury(child, self)) };
        }
        if header.has(flag::BUFFERED) {
            header.set(flag::DEAD);
        } else {
            // SAFETY: dead, emptied, and no buffer knows it.
            unsafe { deallocate(object) };
        }
    }

    #[cold]
    fn drop_a_heap(&self) {
        #[cfg(not(loom))]
        let heap = HEAPS.with_borrow_mut(|heaps| {
            let heap = heaps.pop();
            self.has_heaps.set(!heaps.is_empty());
            heap
        });
        #[cfg(not(loom))]
        drop(heap);
    }
}

/// Drops a heap when all that is just being freed is gone. Its cycles are looked for then, and among what is being freed
/// there may be references to them.
pub(super) fn drop_heap_later(heap: Heap) {
    #[cfg(not(loom))]
    if DEAD.with(|dead| dead.is_drained.get()) {
        let mut heap = Some(heap);
        // If the thread is ending and has no such place any more, it is dropped here.
        if HEAPS.try_with(|heaps| heaps.borrow_mut().extend(heap.take())).is_ok() {
            DEAD.with(|dead| dead.has_heaps.set(true));
        }
        return;
    }
    drop(heap);
}

/// Does something that frees at once what it frees, also if it was called by the destructor of something that is being
/// freed: a program that it runs may wait for that.
pub fn freeing_apart<R>(work: impl FnOnce() -> R) -> R {
    /// Puts back what was there before.
    struct Before {
        first: Option<NonNull<Header>>,
        is_drained: bool,
    }
    impl Drop for Before {
        fn drop(&mut self) {
            // There is nothing on the list, unless a destructor has panicked: then that is never freed.
            Dead::with(|dead| {
                dead.first.set(self.first);
                dead.is_drained.set(self.is_drained);
            });
        }
    }
    let _before = Dead::with(|dead| Before { first: dead.first.take(), is_drained: dead.is_drained.replace(false) });
    work()
}

/// Frees an object and all that dies with it, at once, or when the freeing that is going on comes to it.
///
/// # Safety
/// The last reference to the object was given up, by the caller.
#[cold]
#[inline(never)]
unsafe fn free(object: NonNull<Header>) {
    Dead::with(|dead| {
        // SAFETY: the object is dead and the caller's alone.
        unsafe { dead.push(object) };
        if !dead.is_drained.get() {
            dead.drain();
        }
    });
}

/// Gives up the reference that a value owns; if that kills the object, it goes on the list.
fn bury(child: Value, dead: &Dead) {
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
unsafe fn free_component(index: u32, dead: &Dead) {
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
            Tag::String | Tag::MadeSymbol => Str::deallocate(object.cast()),
            Tag::Bytes => drop(Box::from_raw(object.cast::<small::Bytes>().as_ptr())),
            Tag::Range => drop(Box::from_raw(object.cast::<small::Range>().as_ptr())),
            Tag::Complex => drop(Box::from_raw(object.cast::<small::Complex>().as_ptr())),
            Tag::List => drop(Box::from_raw(object.cast::<List>().as_ptr())),
            Tag::Record | Tag::Instance => Record::deallocate(object.cast()),
            Tag::Map => drop(Box::from_raw(object.cast::<Map>().as_ptr())),
            Tag::Cell => drop(Box::from_raw(object.cast::<small::Cell>().as_ptr())),
            Tag::Closure => closure::Closure::deallocate(object.cast()),
            Tag::Class => {
                let class = Box::from_raw(object.cast::<Class>().as_ptr());
                // Instances hold their class, so there are none left.
                super::shape::free_tree(class.root_shape());
            }
            Tag::BoundMethod => drop(Box::from_raw(object.cast::<closure::BoundMethod>().as_ptr())),
            Tag::Node => drop(Box::from_raw(object.cast::<small::Node>().as_ptr())),
            Tag::Generator | Tag::Foreign => drop(Box::from_raw(object.cast::<Foreign>().as_ptr())),
            Tag::Null | Tag::False | Tag::True | Tag::Int | Tag::Float | Tag::Symbol | Tag::Native | Tag::Missing => {
                unreachable!("not an object")
            }
        }
    }
}
