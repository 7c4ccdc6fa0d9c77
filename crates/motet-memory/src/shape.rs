//! Shapes: which fields a record or an instance has, in which slots. Objects that got the same names in the same order
//! have the same shape, so "shape 17 has `x` in slot 2" may be cached beside an instruction.
//!
//! Shapes form trees that belong to the process and only grow: a transition adds one name. The root of plain records is
//! [`ShapeId::EMPTY`]; each class has a root of its own, so a shape implies the class. Reading a shape takes no lock, nor
//! does following a shape's first transition; following another takes a read lock of that shape, adding one its write lock.
//!
//! The tree of a class is freed with the class: no object of its shapes is left then. Its numbers are not given again,
//! because inline caches may still hold them; a number without a shape takes a few bytes.
//!
//! A program that uses records as tables with made-up keys would grow the trees without end. So a record leaves them for
//! **dictionary mode** when it gets more than [`MAX_SLOTS`] fields, when its shape has fanned out too far, or when there
//! are [`MAX_SHAPES`] shapes; with keys that are data rather than code, already when it gets one that is no symbol
//! ([`super::symbol`]) or when data has made [`MOST_OF_DATA`] shapes. A dictionary shape says only which class it is of; the
//! object has a hash index of its own, which dies with it.

use super::append_only::AppendOnly;
use super::symbol::Symbol;
use hashbrown::HashMap;
use parking_lot::RwLock;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};

/// Fields beyond this make a dictionary.
pub const MAX_SLOTS: usize = 64;
/// Transitions from one shape beyond this lead to dictionaries.
const MAX_FANOUT: usize = 256;
/// The same for the root of plain records: every first key of every literal of a large program hangs there.
const MAX_ROOT_FANOUT: usize = 4096;
/// Transitions are not added beyond this number of shapes.
const MAX_SHAPES: usize = 1 << 18;
/// Shapes that fields named by data have made, in the whole process; each takes a few hundred bytes. Rows of data have few
/// different shapes. A program that makes many gets dictionaries.
const MOST_OF_DATA: usize = 4096;
/// Shapes with more names than this have a sorted index.
const LINEAR_SEARCH: usize = 8;

/// A shape, as a number.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(pub u32);

struct Shape {
    /// The root of the tree, which stands for the class; [`ShapeId::NONE`] in the root itself.
    root: ShapeId,
    is_dictionary: bool,
    /// Its last name came from data.
    is_of_data: bool,
    /// Slot by slot.
    names: Box<[Symbol]>,
    /// Names and slots sorted by name, if there are many.
    index: Box<[(Symbol, u32)]>,
    /// The first transition: the name in the upper half, the shape in the lower; 0 if there is none (no transition leads
    /// to shape 0).
    first: AtomicU64,
    others: RwLock<HashMap<Symbol, ShapeId, foldhash::fast::FixedState>>,
    /// On roots: the dictionary shape of the tree.
    dictionary: OnceLock<ShapeId>,
}

/// The shapes by their numbers; null where the tree has been freed.
static SHAPES: LazyLock<AppendOnly<AtomicPtr<Shape>>> = LazyLock::new(|| {
    let shapes = AppendOnly::new();
    shapes.push(entry(Shape::new(ShapeId::NONE, false, Box::default())));
    shapes
});

/// Shapes that are there.
static LIVE: AtomicUsize = AtomicUsize::new(1);
/// Those of them that data has made.
static OF_DATA: AtomicUsize = AtomicUsize::new(0);

/// Where the name of a new field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Code mentions the field.
    Code,
    /// The name is a value: `record[name] = …`.
    Data,
}

fn entry(shape: Shape) -> AtomicPtr<Shape> {
    AtomicPtr::new(Box::into_raw(Box::new(shape)))
}

impl Shape {
    fn new(root: ShapeId, is_dictionary: bool, names: Box<[Symbol]>) -> Shape {
        let mut index = Box::default();
        if names.len() > LINEAR_SEARCH {
            let mut sorted: Vec<_> = names.iter().copied().zip(0..).collect();
            sorted.sort_unstable();
            index = sorted.into();
        }
        Shape {
            root,
            is_dictionary,
            is_of_data: false,
            names,
            index,
            first: AtomicU64::new(0),
            others: RwLock::new(HashMap::with_hasher(foldhash::fast::FixedState::default())),
            dictionary: OnceLock::new(),
        }
    }

    fn find(&self, name: Symbol) -> Option<u32> {
        if self.index.is_empty() {
            self.names.iter().position(|&other| other == name).map(|slot| slot as u32)
        } else {
            self.index.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| self.index[at].1)
        }
    }
}

/// Who asks for a shape holds its class, or an object of it, which holds the class: so the tree is there, and stays there
/// as long as it is asked for. The tree of plain records is never freed.
#[inline]
fn get(id: ShapeId) -> &'static Shape {
    let shape = SHAPES.get(id.0).expect("shape ids come from the table").load(Ordering::Acquire);
    assert!(!shape.is_null(), "a shape is asked for as long as its class is there");
    // SAFETY: the pointer is a box's, which is freed only by `free_tree`, when the class and all its objects are gone; see
    // above. It does not move.
    unsafe { &*shape }
}

fn add(shape: Shape) -> ShapeId {
    LIVE.fetch_add(1, Ordering::Relaxed);
    ShapeId(SHAPES.push(entry(shape)))
}

/// Frees the shapes of a class that is gone.
///
/// # Safety
/// `root` is the root of a class of which no object is left, and nothing else asks for a shape of its tree from now on.
pub(super) unsafe fn free_tree(root: ShapeId) {
    debug_assert!(root != ShapeId::EMPTY, "plain records have no class that could go");
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        let Some(place) = SHAPES.get(id.0) else { continue };
        let shape = place.swap(ptr::null_mut(), Ordering::AcqRel);
        if shape.is_null() {
            continue;
        }
        // SAFETY: the pointer is a box's and was taken out of the table, so nothing frees it again, and no thread reads it any more.
        let shape = unsafe { Box::from_raw(shape) };
        LIVE.fetch_sub(1, Ordering::Relaxed);
        OF_DATA.fetch_sub(shape.is_of_data.into(), Ordering::Relaxed);
        let first = shape.first.load(Ordering::Acquire);
        if first != 0 {
            waiting.push(ShapeId(first as u32));
        }
        waiting.extend(shape.others.read().values());
        waiting.extend(shape.dictionary.get());
    }
}

/// How many shapes there are.
#[cfg(test)]
pub(super) fn count() -> usize {
    LIVE.load(Ordering::Relaxed)
}

impl ShapeId {
    /// The shape of `{}`.
    pub const EMPTY: ShapeId = ShapeId(0);
    /// In the header of objects that have no fields. Equal to no shape.
    pub const NONE: ShapeId = ShapeId(u32::MAX);

    /// A root for a new class.
    pub fn new_root() -> ShapeId {
        add(Shape::new(ShapeId::NONE, false, Box::default()))
    }

    /// The root of this shape's tree; equal for two objects exactly if they are of the same class, or both plain records.
    pub fn root(self) -> ShapeId {
        match get(self).root {
            ShapeId::NONE => self,
            root => root,
        }
    }

    /// Objects of this shape have their own hash index; slots mean nothing.
    #[inline]
    pub fn is_dictionary(self) -> bool {
        get(self).is_dictionary
    }

    /// The names, slot by slot; empty for a dictionary.
    #[inline]
    pub(super) fn names(self) -> &'static [Symbol] {
        &get(self).names
    }

    /// How many slots objects of this shape use.
    #[inline]
    pub fn slot_count(self) -> usize {
        get(self).names.len()
    }
}

/// The slot of a name, if objects of this shape have it. None for dictionaries: ask the object.
pub fn find_slot(shape: ShapeId, name: Symbol) -> Option<u32> {
    get(shape).find(name)
}

/// The dictionary shape of the tree that `shape` is in.
pub(super) fn dictionary(shape: ShapeId) -> ShapeId {
    let root = shape.root();
    *get(root).dictionary.get_or_init(|| add(Shape::new(root, true, Box::default())))
}

/// The shape of an object of this shape that gets one more field, in slot `shape.slot_count()`; a dictionary shape if the
/// tree may not grow. `shape` does not have the name, which code mentions.
pub fn transition(shape: ShapeId, name: Symbol) -> ShapeId {
    transition_by(shape, name, Origin::Code)
}

/// The same, for a field whose name may be data.
pub(super) fn transition_by(shape: ShapeId, name: Symbol, origin: Origin) -> ShapeId {
    let from = get(shape);
    if from.is_dictionary {
        return shape;
    }
    let unpack = |packed: u64| (packed != 0 && (packed >> 32) as u32 == name.0).then_some(ShapeId(packed as u32));
    let first = from.first.load(Ordering::Acquire);
    if let Some(next) = unpack(first) {
        return next;
    }
    if first != 0
        && let Some(&next) = from.others.read().get(&name)
    {
        return next;
    }
    let mut others = from.others.write();
    let first = from.first.load(Ordering::Acquire);
    if let Some(next) = unpack(first).or_else(|| others.get(&name).copied()) {
        return next;
    }
    let fanout = if shape == ShapeId::EMPTY { MAX_ROOT_FANOUT } else { MAX_FANOUT };
    if from.names.len() >= MAX_SLOTS || others.len() >= fanout || LIVE.load(Ordering::Relaxed) >= MAX_SHAPES {
        drop(others);
        return dictionary(shape);
    }
    let is_of_data = origin == Origin::Data;
    // Threads that come to the last ones at the same time may make a few more.
    if is_of_data && OF_DATA.load(Ordering::Relaxed) >= MOST_OF_DATA {
        drop(others);
        return dictionary(shape);
    }
    OF_DATA.fetch_add(is_of_data.into(), Ordering::Relaxed);
    let names = from.names.iter().copied().chain([name]).collect();
    let next = add(Shape { is_of_data, ..Shape::new(shape.root(), false, names) });
    if first == 0 {
        from.first.store((name.0 as u64) << 32 | next.0 as u64, Ordering::Release);
    } else {
        others.insert(name, next);
    }
    next
}
