//! Lists: values side by side.

use super::account;
use super::header::{Header, WriteError};
use super::heap::Heap;
use super::tag::Tag;
use super::value::{Body, Value};
use std::cell::UnsafeCell;
use std::ops::Deref;

/// A list's object.
#[repr(C)]
pub struct List {
    header: Header,
    items: UnsafeCell<Vec<Value>>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<List>() == 40);

// SAFETY: repr(C), header first, and lists are only made here.
unsafe impl Body for List {
    const TAG: Tag = Tag::List;
}

impl Heap {
    /// A new list.
    #[inline]
    pub fn list(&self, items: Vec<Value>) -> Value {
        self.account(size_of::<List>() + items.capacity() * size_of::<Value>());
        Value::boxed(List { header: Header::new(Tag::List), items: UnsafeCell::new(items) })
    }
}

/// Reading guard of a list; derefs to the items. While it is alive the list cannot be changed.
pub struct Items<'a>(&'a List);

impl Deref for Items<'_> {
    type Target = [Value];
    #[inline]
    fn deref(&self) -> &[Value] {
        // SAFETY: the guard is registered in the header, so the vector is not changed meanwhile; or the list is frozen.
        unsafe { &*self.0.items.get() }
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        self.0.header.end_read();
    }
}

/// Ends a write also when the writer panics.
struct Writing<'a>(&'a Header);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.end_write();
    }
}

/// Where the parts of a list's vector lie, from the list's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPlaces {
    /// The address of the first item.
    pub items: usize,
    pub length: usize,
    pub capacity: usize,
}

impl ListPlaces {
    /// How a vector lies in memory is the compiler's choice, so one is looked at; none if it is not understood.
    pub fn find() -> Option<ListPlaces> {
        let mut sample: Vec<Value> = Vec::with_capacity(5);
        sample.push(Value::NULL);
        if size_of::<Vec<Value>>() != size_of::<[usize; 3]>() || sample.capacity() != 5 {
            return None;
        }
        // SAFETY: a vector is an address and two numbers, which are as many words, all of them initialised.
        let words: [usize; 3] = unsafe { std::mem::transmute_copy(&sample) };
        let place = |wanted: usize| {
            let at = words.iter().position(|word| *word == wanted)?;
            Some(std::mem::offset_of!(List, items) + at * size_of::<usize>())
        };
        Some(ListPlaces { items: place(sample.as_ptr() as usize)?, length: place(1)?, capacity: place(5)? })
    }
}

impl List {
    /// The items, shared, for the rest of the module; the caller says why they are not changed.
    ///
    /// # Safety
    /// Nothing changes the list while the slice is alive.
    #[inline(always)]
    pub unsafe fn items_unguarded(&self) -> &[Value] {
        // SAFETY: the caller's promise.
        unsafe { &*self.items.get() }
    }

    /// The vector, for the interpreter's own operations.
    ///
    /// # Safety
    /// No guard of this list is alive (true whenever the loop runs an operation) and no other reference from here; the
    /// list is not frozen. Who stores a value that can hold others calls [`List::note_store`].
    #[allow(clippy::mut_from_ref, reason = "interior mutability, as the contract says")]
    #[inline(always)]
    pub unsafe fn items_mut_unguarded(&self) -> &mut Vec<Value> {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.items.get() }
    }

    /// To be called after a store through [`List::items_mut_unguarded`]. As with [`super::Record::note_store`], the caller's
    /// own reference to the list came from a register.
    #[inline(always)]
    pub fn note_store(&self, stored: Tag, heap: &Heap) {
        if stored.is_traced() && !self.header.count().is_unique() && !self.header.is_frozen() {
            self.header.note_store(stored, heap);
        }
    }

    /// True if the interpreter may change the list.
    #[inline(always)]
    pub fn check_writable(&self) -> Result<(), WriteError> {
        self.header.check_writable()
    }

    /// Reads the items.
    #[inline]
    pub fn items(&self) -> Items<'_> {
        self.header.begin_read();
        Items(self)
    }

    #[inline(always)]
    pub fn length(&self) -> usize {
        self.items().len()
    }

    /// A copy of one item.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.items().get(index).cloned()
    }

    #[inline(always)]
    pub fn push(&self, value: Value, heap: &Heap) -> Result<(), WriteError> {
        self.header.check_writable()?;
        self.header.note_store(value.tag(), heap);
        // SAFETY: writable means that no guard is alive, and nothing else runs until the end of the push.
        let items = unsafe { &mut *self.items.get() };
        if items.len() == items.capacity() {
            grow(items, 1, heap);
        }
        items.push(value);
        Ok(())
    }

    /// Takes the last item.
    #[inline(always)]
    pub fn pop(&self) -> Result<Option<Value>, WriteError> {
        self.header.check_writable()?;
        // SAFETY: as in `push`.
        Ok(unsafe { &mut *self.items.get() }.pop())
    }

    /// Replaces an item; false if there is none at `index`.
    #[inline(always)]
    pub fn set(&self, index: usize, value: Value, heap: &Heap) -> Result<bool, WriteError> {
        self.header.check_writable()?;
        self.header.note_store(value.tag(), heap);
        // SAFETY: as in `push`; the old value is dropped after the vector is whole again and no reference to it is left,
        // because dropping may run foreign code.
        let old = match unsafe { &mut *self.items.get() }.get_mut(index) {
            Some(item) => std::mem::replace(item, value),
            None => return Ok(false),
        };
        drop(old);
        Ok(true)
    }

    /// Inserts before `index`, which is at most the length.
    pub fn insert(&self, index: usize, value: Value, heap: &Heap) -> Result<(), WriteError> {
        self.change(heap, |items| items.insert(index, value))
    }

    /// Takes an item out.
    pub fn remove(&self, index: usize) -> Result<Option<Value>, WriteError> {
        self.header.check_writable()?;
        // SAFETY: as in `push`.
        let items = unsafe { &mut *self.items.get() };
        Ok((index < items.len()).then(|| items.remove(index)))
    }

    /// Changes the vector at will. While the closure runs, reading the same list panics and changing it is an error.
    pub fn change<R>(&self, heap: &Heap, change: impl FnOnce(&mut Vec<Value>) -> R) -> Result<R, WriteError> {
        self.header.begin_write()?;
        let writing = Writing(&self.header);
        // SAFETY: the write is registered in the header, so no other reference to the vector is made until it ends.
        let items = unsafe { &mut *self.items.get() };
        let before = items.capacity();
        let result = change(items);
        heap.account(items.capacity().saturating_sub(before) * size_of::<Value>());
        drop(writing);
        self.header.note_store(Tag::List, heap);
        Ok(result)
    }

    /// Gives a new, empty list its items.
    pub(super) fn fill(&self, items: Vec<Value>, heap: &Heap) {
        heap.account(items.capacity() * size_of::<Value>());
        debug_assert!(self.header.check_writable().is_ok());
        // SAFETY: the list is new; the only references to it are the copier's.
        unsafe { *self.items.get() = items };
    }

    /// Bytes in the object and outside.
    pub(super) fn bytes(&self) -> usize {
        // SAFETY: no reference is kept.
        size_of::<List>() + unsafe { (*self.items.get()).capacity() } * size_of::<Value>()
    }

    /// The items of a dead or garbage list.
    ///
    /// # Safety
    /// No guard is alive.
    pub(super) unsafe fn take_items(&self) -> Vec<Value> {
        // SAFETY: the caller's promise.
        std::mem::take(unsafe { &mut *self.items.get() })
    }
}

#[cold]
fn grow(items: &mut Vec<Value>, additional: usize, heap: &Heap) {
    let before = items.capacity();
    items.reserve_exact(account::growth(before, items.len(), additional, size_of::<Value>()).max(4));
    heap.account((items.capacity() - before) * size_of::<Value>());
}
