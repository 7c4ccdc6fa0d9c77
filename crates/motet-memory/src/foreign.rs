//! Objects whose insides are Rust: generators' bodies, futures, channels, threads, file handles.
//!
//! A **local** one belongs to its isolate and may hold values. A **shared** one is `Send + Sync`, so Rust's rules keep
//! values out of it, and it crosses threads by reference.
//!
//! Here an object says what needs no program: its kind, equality, hash, order, how it prints, what it holds and how it is
//! sent. What programs do with it are natives in the table of its kind: methods, and operators by their names (`add`,
//! `get_index`, `iterate`, …: docs/language.md, "Methods that the language asks").

use super::header::Header;
use super::heap::Heap;
use super::shape::ShapeId;
use super::tag::Tag;
use super::value::{Body, Value};
use std::any::Any;
use std::cmp::Ordering;
use std::sync::Arc;

/// A kind of foreign object: a static for each. Its address is its identity, which nothing else has; its name is what
/// people read, and several kinds may have the same.
#[derive(Debug)]
pub struct ForeignKind {
    name: &'static str,
    answers_functions: bool,
}

impl ForeignKind {
    pub const fn new(name: &'static str) -> ForeignKind {
        ForeignKind { name, answers_functions: false }
    }

    /// A function of the library that is called with such an object first is the method of this name, if the kind has it:
    /// `sin(t)` is `t.sin()`.
    pub const fn answering_functions(mut self) -> ForeignKind {
        self.answers_functions = true;
        self
    }

    pub fn answers_functions(&self) -> bool {
        self.answers_functions
    }

    /// As `typeof` and messages show it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The number that stands for the kind in this process.
    pub fn number(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl PartialEq for ForeignKind {
    fn eq(&self, other: &ForeignKind) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for ForeignKind {}

/// What [`ForeignObject::stamp`] may be. Objects of an isolate have smaller numbers in the same word: their places among the
/// candidates for a collection.
pub const STAMPS: std::ops::Range<u32> = 1 << 31..u32::MAX - 1;

/// An object whose insides are Rust.
pub trait ForeignObject: Any {
    /// What it is, which decides its methods: objects of several Rust types may be of one kind.
    fn kind(&self) -> &'static ForeignKind;

    /// Objects of several kinds that may equal one another, or are ordered, name one kind of these here, all the same one.
    /// Then `equals` and `compare` get objects of all these kinds.
    fn family(&self) -> &'static ForeignKind {
        self.kind()
    }

    /// The integer or the float that it equals: they are one key of maps. None if there is none, or it is no number.
    fn plain_number(&self) -> Option<Value> {
        None
    }

    /// Its text with so many digits behind the point, if it is a number.
    fn fixed(&self, _digits: usize) -> Option<String> {
        None
    }

    /// The kind's name, unless the embedder's types share one kind.
    fn type_name(&self) -> &'static str {
        self.kind().name()
    }

    /// The values inside, if there are any.
    fn values(&self) -> Option<&dyn HoldsValues> {
        None
    }

    /// Bytes behind it that are not values, for limits of memory.
    fn bytes(&self) -> usize {
        0
    }

    /// What arrives on another thread when this local object is sent: something shared in its place, or why nothing can be.
    fn send(&self) -> Result<Arc<dyn SharedForeign>, &'static str> {
        Err("it belongs to its thread")
    }

    /// A copy for another holder: what `copy` makes, and what a message brings. None for what cannot be copied, or need not be,
    /// since all share it: then `send` is asked.
    fn copied(&self) -> Option<Box<dyn ForeignObject + Send>> {
        None
    }

    /// The local object itself, if `freeze` may let any thread read it: that its type is `Send + Sync` is the proof that
    /// they can. Natives that change it refuse where its value is frozen.
    fn freezable(&self) -> Option<&dyn SharedForeign> {
        None
    }

    /// How many elements it has, if it is a sequence: `for` walks over it, and patterns of lists take it apart.
    fn length(&self) -> Option<usize> {
        None
    }

    /// An element of a sequence; none behind its end.
    fn element(&self, _index: usize, _heap: &Heap) -> Option<Value> {
        None
    }

    /// The elements of a sequence from an index on, as a sequence of the same kind.
    fn rest(&self, _from: usize, _heap: &Heap) -> Option<Value> {
        None
    }

    /// How long its axes are, if it is an array of numbers.
    fn shape(&self) -> Option<Vec<usize>> {
        None
    }

    /// The elements of an array of numbers, the last axis running fastest; none if floats cannot hold them.
    fn numbers(&self) -> Option<Vec<f64>> {
        None
    }

    /// The names of its columns, if it is a table: then `length` says how many rows it has.
    fn column_names(&self) -> Option<Vec<&str>> {
        None
    }

    /// A cell of a table; null if it is missing.
    fn table_cell(&self, _row: usize, _column: usize, _heap: &Heap) -> Value {
        Value::NULL
    }

    /// Where a moment lies: seconds since 1970 by the calendar that shows it.
    fn seconds(&self) -> Option<f64> {
        None
    }

    /// What a member that it does not have may have been meant for: what to write instead.
    fn missing_member(&self, _name: &str) -> Option<String> {
        None
    }

    /// Why it decides no condition, and what does; none if it counts as true.
    fn no_condition(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// A number by which machine code knows what an object shares with other threads: no two things that are there at once have
    /// the same. It is one of [`STAMPS`], or zero, which says nothing. Asked once, when an object is made of it.
    fn stamp(&self) -> u32 {
        0
    }

    /// What it stands for, if several objects may stand for one thing: those of one kind that stand for the same are
    /// equal.
    fn stands_for(&self) -> Option<u128> {
        None
    }

    /// Whether it equals another object of its family, which is not the same object. A kind that says more here than
    /// `stands_for` does says the same in `hash`.
    fn equals(&self, other: &dyn ForeignObject) -> bool {
        self.stands_for().is_some_and(|thing| other.stands_for() == Some(thing))
    }

    /// A hash that equal objects of the kind have in common; none if each equals only itself.
    fn hash(&self) -> Option<u64> {
        self.stands_for().map(|thing| (thing as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (thing >> 64) as u64)
    }

    /// Its order beside another object of its family; none if there is none. It decides `<`, `sort`, `min` and `max`.
    fn compare(&self, _other: &dyn ForeignObject) -> Option<Ordering> {
        None
    }

    /// How it prints; `<type>` unless it says otherwise.
    fn display(&self) -> Option<String> {
        None
    }
}

/// A foreign object that holds values.
///
/// # Safety
/// `trace` calls `visit` and does nothing else to any value: the cycle collector has taken counts apart while it runs, so a
/// value that is cloned or dropped then may be freed too early or never.
///
/// Reporting wrong values breaks nothing: cycles leak, or the collector empties containers that are still in use.
pub unsafe trait HoldsValues {
    /// Calls the function once for every value held inside: each one that `surrender` would hand over.
    fn trace(&self, visit: &mut dyn FnMut(&Value));

    /// Hands over every value held inside, because the object dies or is part of a garbage cycle. It may be used again
    /// after that, and then holds nothing.
    fn surrender(&self, sink: &mut dyn FnMut(Value));
}

/// A foreign object that any thread may use.
pub trait SharedForeign: ForeignObject + Send + Sync {}

impl<T: ForeignObject + Send + Sync> SharedForeign for T {}

enum Insides {
    Local(Box<dyn ForeignObject>),
    Shared(Arc<dyn SharedForeign>),
}

/// A generator's or a foreign object's object.
#[repr(C)]
pub struct Foreign {
    header: Header,
    insides: Insides,
}

// SAFETY: repr(C), header first; generators, the other kind with this body, are only reached through `Value::as_foreign`.
unsafe impl Body for Foreign {
    const TAG: Tag = Tag::Foreign;
}

impl Heap {
    /// A foreign object that belongs to this isolate.
    pub fn foreign(&self, object: Box<dyn ForeignObject>) -> Value {
        self.account(size_of::<Foreign>() + size_of_val(&*object) + object.bytes());
        Value::boxed(Foreign { header: Header::new(Tag::Foreign), insides: Insides::Local(object) })
    }

    /// A generator. Its frames are in `body`.
    pub fn generator(&self, body: Box<dyn ForeignObject>) -> Value {
        self.account(size_of::<Foreign>() + size_of_val(&*body) + body.bytes());
        let header = Header::new(Tag::Generator);
        let address = Box::into_raw(Box::new(Foreign { header, insides: Insides::Local(body) }));
        // SAFETY: a new object of the kind in its header, with one reference.
        unsafe { Value::from_raw(Tag::Generator, address as u64) }
    }

    /// A foreign object that any thread may use.
    pub fn shared_foreign(&self, object: Arc<dyn SharedForeign>) -> Value {
        self.account(size_of::<Foreign>());
        let stamp = object.stamp();
        debug_assert!(stamp == 0 || STAMPS.contains(&stamp));
        let header = Header::with(Tag::Foreign, 0, ShapeId::NONE, stamp);
        Value::boxed(Foreign { header, insides: Insides::Shared(object) })
    }
}

impl dyn ForeignObject {
    /// The object, if it is of this type: what `equals` and `compare` get.
    #[inline]
    pub fn downcast_ref<T: ForeignObject>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

impl Foreign {
    #[inline]
    pub fn object(&self) -> &dyn ForeignObject {
        match &self.insides {
            Insides::Local(object) => &**object,
            Insides::Shared(object) => &**object,
        }
    }

    /// The insides, if they are of this type.
    #[inline]
    pub fn downcast<T: ForeignObject>(&self) -> Option<&T> {
        (self.object() as &dyn Any).downcast_ref()
    }

    /// Another handle on shared insides.
    pub fn shared(&self) -> Option<Arc<dyn SharedForeign>> {
        match &self.insides {
            Insides::Local(_) => None,
            Insides::Shared(object) => Some(object.clone()),
        }
    }

    /// Another handle on shared insides, if they are of this type.
    pub fn shared_as<T: SharedForeign>(&self) -> Option<Arc<T>> {
        (self.shared()? as Arc<dyn Any + Send + Sync>).downcast().ok()
    }

    pub fn is_shared(&self) -> bool {
        matches!(self.insides, Insides::Shared(_))
    }
}
