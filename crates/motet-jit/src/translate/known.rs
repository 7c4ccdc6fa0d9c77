//! What is known of objects, and what of it a loop keeps or wants.

use crate::ir::{Function, Type, Value};
use motet_vm::memory::Tag;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Of an object no more shapes are known than this.
const MOST_SHAPES: usize = 4;

/// What a slot of a record holds, or a captured variable: a number or a boolean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    pub slot: u32,
    pub value: Value,
    /// It was read, not only written.
    pub was_read: bool,
}

/// What is known of an object that a register holds.
#[derive(Clone, Debug)]
pub struct Object {
    /// Counted from the first one of all.
    pub register: usize,
    pub tag: Tag,
    pub address: Value,
    /// It has this shape; of closures, the number of the function.
    pub shape: Option<u32>,
    /// If that is not known, it has one of these; none if that is not known either.
    pub among: Rc<[u32]>,
    /// It has at least so many slots inside.
    pub slots: u32,
    /// It is neither frozen nor read by a builtin.
    pub is_writable: bool,
    /// A list's first item and length.
    pub items: Option<(Value, Value)>,
    /// What is in its slots, as far as it is known.
    pub contents: Vec<Content>,
}

impl Object {
    pub fn new(register: usize, tag: Tag, address: Value) -> Object {
        let (among, contents) = (Rc::new([]), Vec::new());
        Object { register, tag, address, shape: None, among, slots: 0, is_writable: false, items: None, contents }
    }

    /// The shapes that it may have; none if that is not known.
    pub fn shapes(&self) -> &[u32] {
        self.shape.as_ref().map_or(&self.among, std::slice::from_ref)
    }

    /// It is known to have one of these shapes.
    pub fn is_one_of(&self, shapes: &[u32]) -> bool {
        !self.shapes().is_empty() && self.shapes().iter().all(|shape| shapes.contains(shape))
    }

    /// It has one of these shapes.
    pub fn set_shapes(&mut self, shapes: &[u32]) {
        match *shapes {
            [shape] => (self.shape, self.among) = (Some(shape), Rc::new([])),
            _ => (self.shape, self.among) = (None, shapes.into()),
        }
    }

    /// What stays true whatever happens to the object. A closure does not change.
    pub fn without_contents(&self) -> Object {
        match self.tag {
            Tag::Closure => self.clone(),
            _ => Object::new(self.register, self.tag, self.address),
        }
    }

    /// Whether it may be the record at an address that has a shape, if that is known.
    pub fn may_be(&self, address: Value, shape: Option<u32>) -> bool {
        let differ = matches!((self.shape, shape), (Some(own), Some(other)) if own != other);
        self.address == address || self.tag != Tag::Closure && !differ
    }

    /// The values that say what is known, in an order that is the same wherever the same is known.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        let items = self.items.into_iter().flat_map(|(first, length)| [first, length]);
        let contents = self.contents.iter().map(|content| content.value);
        std::iter::once(self.address).chain(items).chain(contents)
    }

    /// What is known of it, said by other values.
    pub fn with_values(&self, mut other: impl FnMut(Value) -> Value) -> Object {
        let address = other(self.address);
        let items = self.items.map(|(first, length)| (other(first), other(length)));
        let contents = self.contents.iter().map(|content| Content { value: other(content.value), ..*content });
        let contents = contents.collect();
        Object { address, items, contents, ..self.clone() }
    }

    /// As much of it as is known of another one, said by the values of this one.
    pub fn like(&self, other: &Object) -> Option<Object> {
        let items = other.items.map_or(Some(None), |_| self.items.map(Some))?;
        let contents =
            other.contents.iter().map(|content| Some(Content { value: self.content(content.slot)?, ..*content }));
        let contents = contents.collect::<Option<Vec<Content>>>()?;
        Some(Object { address: self.address, items, contents, ..other.clone() })
    }

    pub fn content(&self, slot: u32) -> Option<Value> {
        self.contents.iter().find(|content| content.slot == slot).map(|content| content.value)
    }

    /// What is true of both, which are objects of one kind.
    pub fn meet(&self, other: &Object, function: &Function) -> Object {
        let mut lost = Lost::default();
        lost.add_all(self, other, function);
        let mut met = self.without(&lost);
        if met.shapes().is_empty() && !self.shapes().is_empty() && !other.shapes().is_empty() {
            let further = other.shapes().iter().filter(|shape| !self.shapes().contains(shape));
            let shapes: Vec<u32> = self.shapes().iter().chain(further).copied().collect();
            if shapes.len() <= MOST_SHAPES {
                met.set_shapes(&shapes);
            }
        }
        met
    }

    /// What is left of it.
    pub fn without(&self, lost: &Lost) -> Object {
        Object {
            shape: self.shape.filter(|_| !lost.shape),
            among: if lost.shape { Rc::new([]) } else { self.among.clone() },
            slots: if lost.slots { 0 } else { self.slots },
            is_writable: self.is_writable && !lost.is_writable,
            items: self.items.filter(|_| !lost.items),
            contents: self.contents.iter().filter(|content| !lost.contents.contains(&content.slot)).copied().collect(),
            ..self.clone()
        }
    }
}

/// What a loop does not keep of an object that a register holds where it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Something of another kind may be in the register.
    pub register: bool,
    shape: bool,
    slots: bool,
    is_writable: bool,
    items: bool,
    contents: BTreeSet<u32>,
}

impl Lost {
    /// Adds what is known of the one and not of the other.
    pub fn add_all(&mut self, known: &Object, brought: &Object, function: &Function) {
        let of = |value| function.type_of(value);
        let lacks = |content: &&Content| brought.content(content.slot).map(of) != Some(of(content.value));
        self.merge(&Lost {
            register: known.tag != brought.tag,
            shape: !known.shapes().is_empty() && !brought.is_one_of(known.shapes()),
            slots: known.slots > brought.slots,
            is_writable: known.is_writable && !brought.is_writable,
            items: known.items.is_some() && brought.items.is_none(),
            contents: known.contents.iter().filter(lacks).map(|content| content.slot).collect(),
        });
    }

    pub fn merge(&mut self, other: &Lost) {
        self.register |= other.register;
        self.shape |= other.shape;
        self.slots |= other.slots;
        self.is_writable |= other.is_writable;
        self.items |= other.items;
        self.contents.extend(&other.contents);
    }
}

/// What a loop looks for, each time it goes round, of an object that a register holds where it begins: it is looked for once,
/// in front of the loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub tag: Tag,
    pub shape: Option<u32>,
    pub slots: u32,
    pub is_writable: bool,
    pub items: bool,
    pub contents: Vec<(u32, Type)>,
}

impl Wanted {
    /// What is known of an object at the end of a loop, and not where it begins. None: that is nothing.
    pub fn new(brought: &Object, known: Option<&Object>, function: &Function) -> Option<Wanted> {
        let has = |content: &Content| known.is_some_and(|known| known.content(content.slot).is_some());
        let read = brought.contents.iter().filter(|content| content.was_read && !has(content));
        let wanted = Wanted {
            tag: brought.tag,
            shape: brought.shape.filter(|_| known.is_none_or(|known| known.shape.is_none())),
            slots: if known.is_some_and(|known| known.slots >= brought.slots) { 0 } else { brought.slots },
            is_writable: brought.is_writable && known.is_none_or(|known| !known.is_writable),
            items: brought.items.is_some() && known.is_none_or(|known| known.items.is_none()),
            contents: read.map(|content| (content.slot, function.type_of(content.value))).collect(),
        };
        let nothing =
            Wanted { shape: None, slots: 0, is_writable: false, items: false, contents: Vec::new(), ..wanted };
        (known.is_none() || wanted != nothing).then_some(wanted)
    }

    /// Adds what else is wanted of the same object. False: nothing.
    pub fn add(&mut self, other: &Wanted) -> bool {
        let before = self.clone();
        if self.tag != other.tag {
            return false;
        }
        self.shape = self.shape.or(other.shape);
        self.slots = self.slots.max(other.slots);
        self.is_writable |= other.is_writable;
        self.items |= other.items;
        for (slot, of) in &other.contents {
            if !self.contents.iter().any(|(known, _)| known == slot) {
                self.contents.push((*slot, *of));
            }
        }
        *self != before
    }

    /// What of it the loop keeps. None: nothing.
    pub fn without(&self, lost: &Lost) -> Option<Wanted> {
        (!lost.register).then(|| Wanted {
            tag: self.tag,
            shape: self.shape.filter(|_| !lost.shape),
            slots: if lost.slots { 0 } else { self.slots },
            is_writable: self.is_writable && !lost.is_writable,
            items: self.items && !lost.items,
            contents: self.contents.iter().filter(|content| !lost.contents.contains(&content.0)).copied().collect(),
        })
    }
}
