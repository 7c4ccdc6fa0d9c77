//! The 16 bytes that every object starts with.

use super::component;
use super::count::Count;
use super::heap::Heap;
use super::shape::ShapeId;
use super::tag::Tag;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// What an object can be, beside its kind. Only the owning isolate writes flags, and only while the object is local; a
/// shared object's flags never change.
pub mod flag {
    /// Immutable, with all that it reaches.
    pub const FROZEN: u8 = 1;
    /// In its heap's buffer of candidates, which keeps the memory when the object dies.
    pub const BUFFERED: u8 = 2;
    /// Dead and emptied, but still in the buffer.
    pub const DEAD: u8 = 4;
    /// Member of a frozen cycle: the count word names the component that counts for all of it.
    pub const COMPONENT: u8 = 8;
    /// Visited by the cycle collection that is running.
    pub const TRIAL: u8 = 16;
    /// A cell that may be assigned more than once; a class whose instances are compared by value.
    pub const KIND_A: u8 = 32;
    /// Found to be alive by the cycle collection that is running.
    pub const ALIVE: u8 = 128;
    /// Dead and on a list of objects to be freed, which uses the shape and aux words.
    pub const DYING: u8 = 64;
}

/// The first 16 bytes of every object. `shape` is at the same offset for every kind, so that an inline cache may compare
/// it before it knows the kind; kinds without fields have [`ShapeId::NONE`] there.
#[repr(C)]
pub struct Header {
    count: Count,
    kind: Tag,
    flags: Cell<u8>,
    /// Guards that natives hold: a number of readers, or [`WRITER`]. Frozen objects have none: they are never written.
    borrows: Cell<u8>,
    /// Slots inside the object (records and instances).
    capacity: u8,
    shape: Cell<u32>,
    /// Kinds that values are stored into: the place in the buffer of candidates. Strings and made symbols: the hash, 0 if not yet computed.
    /// Closures: the function's id. Shared foreign objects: their stamp.
    aux: AtomicU32,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Header>() == 16 && std::mem::offset_of!(Header, shape) == 8);

/// The value of `borrows` while a native changes the object.
const WRITER: u8 = u8::MAX;

/// Why an object cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// It is frozen: the language's `FrozenError`.
    Frozen,
    /// A native is reading it.
    InUse,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            WriteError::Frozen => "it is frozen; change a copy(…) instead",
            WriteError::InUse => "it is being read by a builtin",
        })
    }
}

impl std::error::Error for WriteError {}

/// Where its parts lie, for machine code.
impl Header {
    pub const COUNT_OFFSET: usize = std::mem::offset_of!(Header, count);
    /// Flags, and behind them the byte of the borrows: together they are what [`Header::NOT_WRITABLE`] tests.
    pub const FLAGS_OFFSET: usize = std::mem::offset_of!(Header, flags);
    pub const CAPACITY_OFFSET: usize = std::mem::offset_of!(Header, capacity);
    pub const SHAPE_OFFSET: usize = std::mem::offset_of!(Header, shape);
    /// Of a closure, its function's id; of a shared foreign object, its stamp.
    pub const AUX_OFFSET: usize = std::mem::offset_of!(Header, aux);
    /// An object may be changed if none of these bits is set in the 16 bits at [`Header::FLAGS_OFFSET`], little end first.
    pub const NOT_WRITABLE: u16 = 0xff00 | flag::FROZEN as u16;
}

#[cfg(not(loom))]
const _: () = assert!(std::mem::offset_of!(Header, borrows) == Header::FLAGS_OFFSET + 1);

impl Header {
    /// The header of a new object.
    #[inline(always)]
    pub(super) fn new(kind: Tag) -> Header {
        Header::with(kind, 0, ShapeId::NONE, 0)
    }

    #[inline(always)]
    pub(super) fn with(kind: Tag, capacity: u8, shape: ShapeId, aux: u32) -> Header {
        super::census::born();
        Header {
            count: Count::one(),
            kind,
            flags: Cell::new(0),
            borrows: Cell::new(0),
            capacity,
            shape: Cell::new(shape.0),
            aux: AtomicU32::new(aux),
        }
    }

    #[inline(always)]
    pub fn kind(&self) -> Tag {
        self.kind
    }

    #[inline(always)]
    pub(super) fn count(&self) -> &Count {
        &self.count
    }

    #[inline(always)]
    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    #[inline(always)]
    pub(super) fn set(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag);
    }

    #[inline(always)]
    pub(super) fn clear(&self, flag: u8) {
        self.flags.set(self.flags.get() & !flag);
    }

    #[inline(always)]
    pub fn is_frozen(&self) -> bool {
        self.has(flag::FROZEN)
    }

    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        ShapeId(self.shape.get())
    }

    #[inline(always)]
    pub(super) fn set_shape(&self, shape: ShapeId) {
        self.shape.set(shape.0);
    }

    #[inline(always)]
    pub(super) fn capacity(&self) -> u32 {
        self.capacity as u32
    }

    #[inline(always)]
    pub(super) fn aux(&self) -> u32 {
        self.aux.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn set_aux(&self, aux: u32) {
        self.aux.store(aux, Ordering::Relaxed);
    }

    /// Counts one more reference.
    #[inline(always)]
    pub(super) fn retain(&self) {
        if !self.count.increment_local() {
            self.retain_shared();
        }
    }

    #[cold]
    #[inline(never)]
    fn retain_shared(&self) {
        if self.has(flag::COMPONENT) {
            component::retain(self.count.component());
        } else {
            self.count.increment_shared();
        }
    }

    /// Counts one reference less. True: it was the last, and the caller frees the object.
    #[inline(always)]
    pub(super) fn release(&self) -> bool {
        if self.count.decrement_local() { false } else { self.release_last() }
    }

    #[inline]
    fn release_last(&self) -> bool {
        if self.has(flag::COMPONENT) { component::release(self.count.component()) } else { self.count.decrement_last() }
    }

    /// The object may be changed now.
    #[inline(always)]
    pub(super) fn check_writable(&self) -> Result<(), WriteError> {
        if (self.flags.get() & flag::FROZEN) | self.borrows.get() == 0 { Ok(()) } else { Err(self.why_not_writable()) }
    }

    #[cold]
    fn why_not_writable(&self) -> WriteError {
        if self.is_frozen() { WriteError::Frozen } else { WriteError::InUse }
    }

    /// Notes a reader, unless the object is frozen. Panics while a native changes the object, and at 254 readers: both are
    /// mistakes in the native, not in the program.
    #[inline]
    pub(super) fn begin_read(&self) {
        if !self.is_frozen() {
            assert!(self.borrows.get() < WRITER - 1, "a builtin reads a container that it is changing");
            self.borrows.set(self.borrows.get() + 1);
        }
    }

    #[inline]
    pub(super) fn end_read(&self) {
        if !self.is_frozen() {
            self.borrows.set(self.borrows.get() - 1);
        }
    }

    /// Takes the object for one writer.
    #[inline]
    pub(super) fn begin_write(&self) -> Result<(), WriteError> {
        self.check_writable()?;
        self.borrows.set(WRITER);
        Ok(())
    }

    #[inline]
    pub(super) fn end_write(&self) {
        self.borrows.set(0);
    }

    /// A native is changing the object now.
    pub(super) fn is_being_written(&self) -> bool {
        self.borrows.get() == WRITER
    }

    /// A guard is alive.
    pub(super) fn is_borrowed(&self) -> bool {
        self.borrows.get() != 0
    }

    /// Tells the heap that a value was stored into this object; see `cycles`.
    #[inline(always)]
    pub(super) fn note_store(&self, stored: Tag, heap: &Heap) {
        if stored.is_traced() && !self.has(flag::BUFFERED) {
            heap.add_candidate(self);
        }
    }
}
