//! The small objects: bytes, ranges, complex numbers, captured variables and nodes.

use super::header::{Header, WriteError, flag};
use super::heap::Heap;
use super::tag::Tag;
use super::value::{Body, Value};
use std::cell::UnsafeCell;
use std::ptr::NonNull;

/// An immutable string of bytes.
#[repr(C)]
pub struct Bytes {
    header: Header,
    pub bytes: Box<[u8]>,
}

/// A range of integers; immutable.
#[repr(C)]
pub struct Range {
    header: Header,
    /// None: open.
    pub start: Option<i64>,
    /// None: open.
    pub end: Option<i64>,
    pub step: i64,
    /// The end belongs to it.
    pub inclusive: bool,
}

/// A complex number; immutable.
#[repr(C)]
pub struct Complex {
    header: Header,
    pub re: f64,
    pub im: f64,
}

/// A captured variable that is assigned after its capture. A cell of an immutable binding is assigned once, when the
/// binding is reached; until then it holds [`Value::MISSING`]. Only such a cell, once assigned, can be frozen.
#[repr(C)]
pub struct Cell {
    header: Header,
    value: UnsafeCell<Value>,
}

/// A piece of .gene data: a head, properties and children. The node itself is immutable; its properties are a record and
/// its children a list, which change and freeze like any other.
#[repr(C)]
pub struct Node {
    header: Header,
    pub head: Value,
    /// A record, or null if there are none.
    pub props: Value,
    /// A list.
    pub children: Value,
}

// SAFETY: repr(C), header first, and these are the only bodies of their kinds.
unsafe impl Body for Bytes {
    const TAG: Tag = Tag::Bytes;
}
// SAFETY: as above.
unsafe impl Body for Range {
    const TAG: Tag = Tag::Range;
}
// SAFETY: as above.
unsafe impl Body for Complex {
    const TAG: Tag = Tag::Complex;
}
// SAFETY: as above.
unsafe impl Body for Cell {
    const TAG: Tag = Tag::Cell;
}
// SAFETY: as above.
unsafe impl Body for Node {
    const TAG: Tag = Tag::Node;
}

impl Heap {
    pub fn bytes(&self, bytes: impl Into<Box<[u8]>>) -> Value {
        let bytes = bytes.into();
        self.account(size_of::<Bytes>() + bytes.len());
        Value::boxed(Bytes { header: Header::new(Tag::Bytes), bytes })
    }

    #[inline]
    pub fn range(&self, start: Option<i64>, end: Option<i64>, step: i64, inclusive: bool) -> Value {
        self.account(size_of::<Range>());
        Value::boxed(Range { header: Header::new(Tag::Range), start, end, step, inclusive })
    }

    #[inline]
    pub fn complex(&self, re: f64, im: f64) -> Value {
        self.account(size_of::<Complex>());
        Value::boxed(Complex { header: Header::new(Tag::Complex), re, im })
    }

    /// A cell for a variable; `mutable` says that it may be assigned again. [`Value::MISSING`]: not yet bound.
    #[inline]
    pub fn cell(&self, value: Value, mutable: bool) -> Value {
        self.account(size_of::<Cell>());
        let header = Header::new(Tag::Cell);
        if mutable {
            header.set(flag::KIND_A);
        }
        Value::boxed(Cell { header, value: UnsafeCell::new(value) })
    }

    /// A node. `props` is a record or null, `children` a list.
    pub fn node(&self, head: Value, props: Value, children: Value) -> Value {
        debug_assert!(props.is_null() || props.as_record().is_some());
        debug_assert!(children.as_list().is_some());
        self.account(size_of::<Node>());
        Value::boxed(Node { header: Header::new(Tag::Node), head, props, children })
    }
}

impl Cell {
    /// Where the value lies.
    pub const VALUE_OFFSET: usize = std::mem::offset_of!(Cell, value);

    /// The variable may be assigned again.
    pub fn is_mutable(&self) -> bool {
        self.header.has(flag::KIND_A)
    }

    /// A copy of the variable's value; [`Value::MISSING`] before it is bound.
    #[inline(always)]
    pub fn get(&self) -> Value {
        // SAFETY: no reference outlives the clone, which runs no foreign code; only the owning isolate writes, and not
        // now.
        unsafe { (*self.value.get()).clone() }
    }

    /// The variable's value, without counting.
    ///
    /// # Safety
    /// Nothing assigns the variable while the reference is alive.
    #[inline(always)]
    pub unsafe fn get_unguarded(&self) -> &Value {
        // SAFETY: the caller's promise.
        unsafe { &*self.value.get() }
    }

    /// Takes the value out of a dead or garbage cell.
    ///
    /// # Safety
    /// Nothing refers to the value.
    pub(super) unsafe fn take(&self) -> Value {
        // SAFETY: the caller's promise.
        std::mem::replace(unsafe { &mut *self.value.get() }, Value::MISSING)
    }

    /// The variable's place, for the interpreter's own operations.
    ///
    /// # Safety
    /// Values that own nothing may be replaced by such values while no other reference to the place is alive; the cell is
    /// not frozen.
    #[inline(always)]
    pub unsafe fn place_unguarded(&self) -> *mut Value {
        self.value.get()
    }

    /// Gives a new cell its value.
    pub(super) fn fill(&self, value: Value) {
        debug_assert!(self.header.check_writable().is_ok());
        // SAFETY: the cell is new; the only references to it are the copier's.
        drop(unsafe { std::mem::replace(&mut *self.value.get(), value) });
    }

    /// Assigns the variable. That an immutable one is bound only once is the compiler's business.
    #[inline(always)]
    pub fn set(&self, value: Value, heap: &Heap) -> Result<(), WriteError> {
        self.header.check_writable()?;
        self.header.note_store(value.tag(), heap);
        // SAFETY: no reference to the old value is alive, see `get`; it is dropped when the cell is whole again.
        let old = unsafe { std::mem::replace(&mut *self.value.get(), value) };
        drop(old);
        Ok(())
    }
}

impl Node {
    /// Gives a new node its parts.
    ///
    /// # Safety
    /// The node is new, and no reference into it is alive.
    pub(super) unsafe fn fill(object: NonNull<Node>, [head, props, children]: [Value; 3]) {
        // SAFETY: the caller's promise.
        let node = unsafe { &mut *object.as_ptr() };
        (node.head, node.props, node.children) = (head, props, children);
    }

    /// Takes the parts of a dead node.
    ///
    /// # Safety
    /// It is dead and the caller's alone.
    pub(super) unsafe fn take(object: NonNull<Node>) -> [Value; 3] {
        // SAFETY: the caller's promise.
        let node = unsafe { &mut *object.as_ptr() };
        [std::mem::take(&mut node.head), std::mem::take(&mut node.props), std::mem::take(&mut node.children)]
    }
}
