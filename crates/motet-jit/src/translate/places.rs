//! What stands at a place in memory: an element of a list, a field, a captured variable.

use super::Translation;
use super::objects::only;
use super::state::Borrowed;
use crate::ir::{Condition, ExitId, Helper, Operation, Type, Value, Width, tag_of};
use motet_vm::memory::{Tag, Value as Register};

/// An instruction that reads a place.
pub(super) struct Read {
    pub at: usize,
    /// Where its result goes.
    pub to: u16,
    /// The register of the object that has the place, and whether it is used for the last time.
    pub from: Option<(u16, bool)>,
    /// The same of the register that has the key.
    pub key: Option<(u16, bool)>,
    /// What keeps that object alive.
    pub root: Option<usize>,
    pub kind: Kind,
    /// It is a step.
    pub counts: bool,
}

/// What has the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A function there may be a method, which is bound to its object.
    Field,
    Other,
}

impl Translation<'_> {
    /// A number at a place in memory, if that is what was seen there.
    pub(super) fn load(&mut self, place: Value, of: Type, exit: ExitId) -> Option<Value> {
        let wanted = tag_of(of)?;
        self.guard_tag_at(place, wanted, exit);
        let width = if of == Type::Int { Width::Int } else { Width::Float };
        Some(self.emit(Operation::Load { width, address: place, offset: Register::PAYLOAD_OFFSET as i32 }))
    }

    /// A boolean at a place in memory, likewise.
    pub(super) fn load_bool(&mut self, place: Value, exit: ExitId) -> Value {
        let tag = self.tag_at(place);
        self.bool_of(tag, exit)
    }

    fn tag_at(&mut self, place: Value) -> Value {
        self.emit(Operation::Load { width: Width::Byte, address: place, offset: Register::TAG_OFFSET as i32 })
    }

    /// Leaves unless a place holds a value with this tag.
    fn guard_tag_at(&mut self, place: Value, tag: Tag, exit: ExitId) {
        let found = self.tag_at(place);
        let wanted = self.int(tag as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
    }

    /// The address of an object of a kind at a place.
    pub(super) fn object_at(&mut self, place: Value, tag: Tag, exit: ExitId) -> Value {
        self.guard_tag_at(place, tag, exit);
        let offset = Register::PAYLOAD_OFFSET as i32;
        self.emit(Operation::Load { width: Width::Address, address: place, offset })
    }

    /// What stands at a place becomes the result of an instruction that reads an object: a number, or something else of the
    /// kind that was seen, or a copy of whatever is there. False: nothing that is known was seen there.
    pub(super) fn fetch(&mut self, read: Read, place: Value, exit: ExitId) -> bool {
        let Read { at, to, from, key, root, kind, counts } = read;
        let seen = self.seen(at).result;
        match Self::seen_type(seen) {
            Some(of @ (Type::Int | Type::Float)) => {
                let value = self.load(place, of, exit).expect("a number has a tag");
                self.has_read(at, counts, [key, from]);
                self.state.set(to as usize, value, false);
                return true;
            }
            Some(_) => {
                let value = self.load_bool(place, exit);
                self.has_read(at, counts, [key, from]);
                self.state.set(to as usize, value, false);
                return true;
            }
            None => {}
        }
        // A method that is taken out of its object is bound to it, and some names have no value yet.
        let is_bound = kind == Kind::Field && seen.contains(Tag::Closure);
        if seen.is_empty() || is_bound || seen.contains(Tag::Missing) {
            return false;
        }
        if let Some(tag) = only(seen) {
            let address = self.object_at(place, tag, exit);
            let borrowed = Borrowed { tag, address, root };
            match from {
                // What holds it goes.
                Some((register, true)) if self.state.is_window(register as usize) => {
                    self.count_if(counts, at);
                    self.emit_nothing(Operation::Retain(address));
                    self.has_read(at, false, [key, from]);
                    self.emit_nothing(Operation::PutObject { register: to as u32, tag, address });
                    self.state.set_window(to as usize);
                    self.state.set_object(to as usize, tag, address);
                }
                _ => {
                    self.has_read(at, counts, [key, from]);
                    self.state.set_borrowed(to as usize, borrowed);
                }
            }
            return true;
        }
        if from.is_some_and(|(register, takes)| takes && register == to) && self.state.is_window(to as usize) {
            return false;
        }
        let tag = self.tag_at(place);
        let rare = if kind == Kind::Field { &[Tag::Missing, Tag::Closure][..] } else { &[Tag::Missing] };
        for rare in rare.iter().copied() {
            let rare = self.int(rare as i64);
            let fine = self.compare_ints(Condition::NotEqual, tag, rare);
            self.guard(fine, exit);
        }
        // The key may be where the result goes.
        self.has_read(at, counts, [key, None]);
        let target = self.emit(Operation::AddressOf(to as u32));
        self.emit_nothing(Operation::Call { helper: Helper::Clone, arguments: vec![target, place] });
        self.has_read(at, false, [None, from]);
        self.state.set_window(to as usize);
        true
    }

    /// All that may make the interpreter do the instruction again has been looked at: drops what it has read for the last time.
    pub(super) fn has_read(&mut self, at: usize, counts: bool, read: [Option<(u16, bool)>; 2]) {
        self.count_if(counts, at);
        for (register, is_last) in read.into_iter().flatten() {
            if is_last {
                self.drop_last(register);
            }
        }
    }

    fn count_if(&mut self, counts: bool, at: usize) {
        if counts {
            self.count(at);
        }
    }

    /// Puts a number, or a boolean, in the place of what is no object.
    pub(super) fn store(&mut self, place: Value, value: Value, exit: ExitId) -> bool {
        let old = self.tag_at(place);
        let first = self.int(Tag::FIRST_HEAP as i64);
        let fine = self.compare_ints(Condition::Less, old, first);
        self.guard(fine, exit);
        self.write_at_place(place, value);
        true
    }

    /// Writes a number, or a boolean, over one.
    pub(super) fn write_at_place(&mut self, place: Value, value: Value) {
        let (tag, width, payload) = self.parts_of(value);
        let (tag_at, payload_at) = (Register::TAG_OFFSET as i32, Register::PAYLOAD_OFFSET as i32);
        self.emit_nothing(Operation::Store { width: Width::Byte, address: place, offset: tag_at, value: tag });
        self.emit_nothing(Operation::Store { width, address: place, offset: payload_at, value: payload });
    }

    /// The tag and the payload of a number or a boolean.
    pub(super) fn parts_of(&mut self, value: Value) -> (Value, Width, Value) {
        match tag_of(self.out.type_of(value)) {
            Some(Tag::Int) => (self.int(Tag::Int as i64), Width::Int, value),
            Some(tag) => (self.int(tag as i64), Width::Float, value),
            None => {
                let (then, otherwise) = (self.int(Tag::True as i64), self.int(Tag::False as i64));
                let tag = self.emit(Operation::SelectInt { condition: value, then, otherwise });
                (tag, Width::Int, self.int(0))
            }
        }
    }

    /// Adds a number to the one at a place, which may be known, if both are of one type. Gives the sum.
    pub(super) fn add_at(&mut self, place: Value, known: Option<Value>, value: Value, exit: ExitId) -> Option<Value> {
        let of = self.out.type_of(value);
        let tag = tag_of(of)?;
        let old = match known.filter(|known| self.out.type_of(*known) == of) {
            Some(known) => known,
            None => self.load(place, of, exit)?,
        };
        let sum = self.sum(old, value, exit);
        let width = if tag == Tag::Int { Width::Int } else { Width::Float };
        let offset = Register::PAYLOAD_OFFSET as i32;
        self.emit_nothing(Operation::Store { width, address: place, offset, value: sum });
        Some(sum)
    }
}
