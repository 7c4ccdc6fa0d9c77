//! What an isolate keeps about its objects: how much it allocated, and which containers may be part of a garbage cycle.
//! The objects themselves come from the global allocator and are freed by their counts.

use super::cycles;
use super::header::{Header, flag};
use super::tag::Tag;
use super::value::Value;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Collections are not worth their while below this number of new candidates.
const MIN_CANDIDATES: usize = 4096;
/// A collection comes after this many bytes were allocated, even if there are few candidates: they may be big.
const MIN_BYTES: u64 = 64 << 20;
/// And this many for each object that the last collection visited, so that collecting costs little beside allocating.
const BYTES_PER_VISIT: u64 = 512;

/// The memory of one isolate. It makes objects, and takes note of stores into them. Neither `Send` nor `Sync`.
pub struct Heap {
    /// Bytes ever allocated through this heap; frees are not subtracted. See [`Heap::allocated`].
    allocated: Cell<u64>,
    /// An object's aux word is its place here. Places of objects that left are empty until the next collection.
    pub(super) candidates: RefCell<Vec<Option<NonNull<Header>>>>,
    /// Candidates added since the last collection.
    pub(super) fresh: Cell<usize>,
    /// Collect when there are as many.
    pub(super) threshold: Cell<usize>,
    /// Collect when this much was allocated.
    byte_limit: Cell<u64>,
    pub(super) collecting: Cell<bool>,
    pub(super) collections: Cell<u64>,
    /// Called when a collection starts to pay.
    alarm: RefCell<Option<Box<dyn Fn()>>>,
    /// Objects in the buffer are the heap's own, not another thread's.
    stays: PhantomData<*mut ()>,
}

impl Heap {
    pub fn new() -> Heap {
        Heap {
            allocated: Cell::new(0),
            candidates: RefCell::new(Vec::new()),
            fresh: Cell::new(0),
            threshold: Cell::new(MIN_CANDIDATES),
            byte_limit: Cell::new(MIN_BYTES),
            collecting: Cell::new(false),
            collections: Cell::new(0),
            alarm: RefCell::new(None),
            stays: PhantomData,
        }
    }

    /// Bytes allocated since the heap was made. Objects do not know their heap, so what was freed is not subtracted: to
    /// enforce a limit, compare how far this went since the last [`super::reachable_bytes`].
    pub fn allocated(&self) -> u64 {
        self.allocated.get()
    }

    /// Counts bytes that belong to the program and are allocated elsewhere.
    #[inline(always)]
    pub fn account(&self, bytes: usize) {
        self.allocated.set(self.allocated.get() + bytes as u64);
    }

    /// Enough containers were stored into, or enough was allocated, since the last collection that another one pays. For the interpreter's safe
    /// point.
    #[inline(always)]
    pub fn should_collect(&self) -> bool {
        self.fresh.get() >= self.threshold.get() || self.allocated.get() >= self.byte_limit.get()
    }

    /// Sets what is called when [`Heap::should_collect`] becomes true: it asks the isolate to stop at its next safe point.
    pub fn set_alarm(&self, alarm: Box<dyn Fn()>) {
        *self.alarm.borrow_mut() = Some(alarm);
    }

    /// Frees garbage cycles; gives the number of objects freed. Every value that Rust code holds counts as a root, so
    /// there are none to give. No guard on a container may be alive.
    pub fn collect(&self) -> usize {
        cycles::collect(self)
    }

    /// Collections so far.
    pub fn collections(&self) -> u64 {
        self.collections.get()
    }

    /// Becomes as new, for another use of its isolate. What lives on elsewhere is noted as at the end of a heap.
    pub fn renew(&mut self) {
        if self.candidates.get_mut().is_empty() {
            // Nothing outside refers to this heap, and it to nothing: only what it has counted is to be forgotten.
            self.allocated.set(0);
            self.threshold.set(MIN_CANDIDATES);
            self.byte_limit.set(MIN_BYTES);
            self.fresh.set(0);
            self.collections.set(0);
            *self.alarm.get_mut() = None;
        } else {
            *self = Heap::new();
        }
    }

    /// Containers that are watched because they may become part of a garbage cycle.
    pub fn candidates(&self) -> usize {
        self.candidates.borrow().iter().flatten().count()
    }

    /// There are none, not even places of what has left.
    pub fn watches_nothing(&self) -> bool {
        self.candidates.borrow().is_empty()
    }

    /// Says that a foreign object (a generator, say) got a new value inside, which no store into a container noted.
    #[inline]
    pub fn note_change(&self, value: &Value) {
        if let Some(header) = value.header()
            && header.count().is_local()
            && value.as_shared_foreign().is_none()
        {
            header.note_store(Tag::FIRST_TRACED, self);
        }
    }

    /// Puts a local object that is not in the buffer there.
    #[cold]
    #[inline(never)]
    pub(super) fn add_candidate(&self, header: &Header) {
        debug_assert!(header.count().is_local() && !header.has(flag::BUFFERED));
        let mut candidates = self.candidates.borrow_mut();
        header.set(flag::BUFFERED);
        header.set_aux(candidates.len() as u32);
        candidates.push(Some(NonNull::from(header)));
        self.fresh.set(self.fresh.get() + 1);
        if self.fresh.get() == self.threshold.get()
            && let Some(alarm) = &*self.alarm.borrow()
        {
            alarm();
        }
    }

    /// Takes a live object out of the buffer, because it is about to be shared.
    pub(super) fn remove_candidate(&self, header: &Header) {
        if !header.has(flag::BUFFERED) {
            return;
        }
        let mut candidates = self.candidates.borrow_mut();
        let at = header.aux() as usize;
        debug_assert!(candidates[at] == Some(NonNull::from(header)));
        candidates[at] = None;
        header.clear(flag::BUFFERED);
        header.set_aux(0);
    }

    /// After a collection that visited `work` objects and slots: the next one comes when as many stores, or
    /// allocations in proportion, have paid for it.
    pub(super) fn set_threshold(&self, work: usize) {
        self.fresh.set(0);
        self.threshold.set(work.max(MIN_CANDIDATES));
        self.byte_limit.set(self.allocated.get() + MIN_BYTES.max(work as u64 * BYTES_PER_VISIT));
        self.collections.set(self.collections.get() + 1);
    }
}

impl Default for Heap {
    fn default() -> Heap {
        Heap::new()
    }
}

/// The end of an isolate: what is garbage now is freed, cycles included. So frames and globals go before the heap. Values
/// that are still held somewhere live on and are freed by their counts; their cycles are not looked for any more.
impl Drop for Heap {
    fn drop(&mut self) {
        self.collect();
        // Clearing garbage may have run foreign code that stored again; what is left now is alive.
        for object in self.candidates.get_mut().drain(..).flatten() {
            // SAFETY: objects in the buffer keep their memory until they leave it.
            let header = unsafe { object.as_ref() };
            header.clear(flag::BUFFERED);
            if header.has(flag::DEAD) {
                // SAFETY: dead, emptied, and out of the buffer now.
                unsafe { super::release::deallocate(object) };
            }
        }
    }
}

/// Has the processor read what is needed soon, and waits for nothing.
#[inline(always)]
pub fn read_ahead<T>(soon: &T) {
    // SAFETY: it changes nothing, and the place is there.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(soon).cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = soon;
}
