//! Lists, fields and captured variables, as far as numbers and copies of values go. What changes an object beyond a number in
//! a place of it is left to the VM.

use super::Translation;
use crate::ir::{Condition, ExitId, IntOperator, Operation, Value, Width};
use motet_vm::jit::{Appended, Tags};
use motet_vm::memory::{Closure, Header, ListPlaces, Record, Tag, Value as Register};

/// The tag that was seen, if it was one alone.
pub(super) fn only(tags: Tags) -> Option<Tag> {
    const OBJECTS: [Tag; 16] = [
        Tag::MadeSymbol,
        Tag::String,
        Tag::Bytes,
        Tag::Range,
        Tag::Complex,
        Tag::List,
        Tag::Record,
        Tag::Instance,
        Tag::Map,
        Tag::Cell,
        Tag::Closure,
        Tag::Class,
        Tag::BoundMethod,
        Tag::Node,
        Tag::Generator,
        Tag::Foreign,
    ];
    OBJECTS.into_iter().find(|tag| tags == Tags::of(*tag))
}

/// Where a field is.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub place: Value,
    /// Which one of its object, if that is known.
    pub number: Option<u32>,
}

/// Behind so many wrong guesses, no more is looked for than is used.
const FEW: u8 = 3;

/// What an inline cache of a field holds.
pub(super) fn shape_and_slot(cache: u64) -> (u32, u32) {
    ((cache as u32).wrapping_sub(1), (cache >> 32) as u32)
}

impl Translation<'_> {
    pub(super) fn compare_ints(&mut self, condition: Condition, left: Value, right: Value) -> Value {
        self.emit(Operation::CompareInts { condition, left, right })
    }

    pub(super) fn guard(&mut self, value: Value, exit: ExitId) {
        self.emit_nothing(Operation::Guard { value, expected: true, exit });
    }

    /// The address of the object that a register of the window holds, if it is of a kind.
    pub(super) fn object(&mut self, register: u16, tag: Tag, exit: ExitId) -> Option<Value> {
        if !self.state.may_be_object(register as usize) {
            return None;
        }
        if let Some(object) = self.state.object(register as usize) {
            return (object.tag == tag).then_some(object.address);
        }
        let found = self.emit(Operation::Tag(register as u32));
        let wanted = self.int(tag as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
        let address = self.emit(Operation::Payload { register: register as u32, width: Width::Address });
        self.state.set_object(register as usize, tag, address);
        Some(address)
    }

    /// Leaves unless the object in a register may be changed.
    pub(super) fn guard_writable(&mut self, register: u16, address: Value, exit: ExitId) {
        if self.state.object(register as usize).is_some_and(|object| object.is_writable) {
            return;
        }
        // Flags and borrows stand side by side; of the 32 bits the upper half is capacity and what comes behind.
        let word = Operation::Load { width: Width::Half, address, offset: Header::FLAGS_OFFSET as i32 };
        let word = self.emit(word);
        let mask = self.int(Header::NOT_WRITABLE as i64);
        let bits = self.emit(Operation::Wrapping { operator: IntOperator::And, left: word, right: mask });
        let zero = self.int(0);
        let is = self.compare_ints(Condition::Equal, bits, zero);
        self.guard(is, exit);
        self.state.note(register as usize, |object| object.is_writable = true);
    }

    /// The address of an element of a list, if there is one.
    pub(super) fn element(&mut self, register: u16, index: Value, exit: ExitId) -> Option<Value> {
        let places = self.lists?;
        let address = self.object(register, Tag::List, exit)?;
        let (items, length) = self.items(register, address, places);
        let inside = self.compare_ints(Condition::Below, index, length);
        self.guard(inside, exit);
        Some(self.emit(Operation::Element { address: items, index }))
    }

    pub(super) fn items(&mut self, register: u16, address: Value, places: ListPlaces) -> (Value, Value) {
        if let Some(items) = self.state.object(register as usize).and_then(|object| object.items) {
            return items;
        }
        let (items, length) = self.load_items(address, places);
        self.state.note(register as usize, |object| object.items = Some((items, length)));
        (items, length)
    }

    pub(super) fn load_items(&mut self, address: Value, places: ListPlaces) -> (Value, Value) {
        let items = Operation::Load { width: Width::Address, address, offset: places.items as i32 };
        let items = self.emit(items);
        let length = self.emit(Operation::Load { width: Width::Int, address, offset: places.length as i32 });
        (items, length)
    }

    /// The address of the slot that an inline cache names, in the object itself.
    pub(super) fn slot(&mut self, at: usize, register: u16, seen: Tags, exit: ExitId) -> Option<Slot> {
        let tag = only(seen).filter(|tag| matches!(tag, Tag::Record | Tag::Instance))?;
        let caches = self.frame().unit.seen.fields(at).to_vec();
        let cache = match caches[..] {
            [only] => only,
            [] => self.words()[at + 1],
            _ => return self.slot_of_many(register, tag, &caches, exit),
        };
        if cache == 0 {
            return None;
        }
        let (shape, slot) = shape_and_slot(cache);
        let address = self.object(register, tag, exit)?;
        self.guard_shape(register, shape, exit);
        // All that the function uses are mostly inside, so they are looked for at once.
        let last = self.frame().unit.last_slots.get(&shape).copied().unwrap_or(slot).max(slot);
        let is_inside = self.has_slot(register, slot);
        if !is_inside {
            self.guard_slots(register, if self.seen(at).failures > FEW { slot + 1 } else { last + 1 }, exit);
        }
        Some(Slot { place: self.place_in(tag, address, slot), number: Some(slot) })
    }

    /// Leaves unless the object in a register has a shape, or is a closure of a function.
    pub(super) fn guard_shape(&mut self, register: u16, shape: u32, exit: ExitId) {
        let Some(object) = self.state.object(register as usize) else { return };
        if object.shape == Some(shape) {
            return;
        }
        let (tag, address) = (object.tag, object.address);
        self.state.note(register as usize, |object| object.set_shapes(&[shape]));
        let offset = if tag == Tag::Closure { Header::AUX_OFFSET } else { Header::SHAPE_OFFSET };
        let found = self.emit(Operation::Load { width: Width::Half, address, offset: offset as i32 });
        let wanted = self.int(shape as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
    }

    /// Leaves unless the object in a register has so many slots inside.
    pub(super) fn guard_slots(&mut self, register: u16, slots: u32, exit: ExitId) {
        let Some(object) = self.state.object(register as usize).filter(|object| object.slots < slots) else { return };
        let address = object.address;
        self.state.note(register as usize, |object| object.slots = slots);
        let found = Operation::Load { width: Width::Byte, address, offset: Header::CAPACITY_OFFSET as i32 };
        let found = self.emit(found);
        let number = self.int(slots as i64 - 1);
        let is = self.compare_ints(Condition::Greater, found, number);
        self.guard(is, exit);
    }

    /// Whether an object is known to have a slot inside, or a closure a variable.
    pub(super) fn has_slot(&self, register: u16, slot: u32) -> bool {
        let object = self.state.object(register as usize);
        object.is_some_and(|object| object.shape.is_some() && (object.tag == Tag::Closure || object.slots > slot))
    }

    /// Where a slot of a record is, or a variable of a closure.
    pub(super) fn place_in(&mut self, tag: Tag, address: Value, slot: u32) -> Value {
        let first = if tag == Tag::Closure { Closure::CAPTURES_OFFSET } else { Record::SLOTS_OFFSET };
        let offset = first + slot as usize * size_of::<Register>();
        self.emit(Operation::Field { address, offset: offset as i32 })
    }

    /// The place of a field that the object gets now, in the object itself.
    pub(super) fn slot_of_new(
        &mut self,
        register: u16,
        tag: Option<Tag>,
        next: Appended,
        exit: ExitId,
    ) -> Option<Slot> {
        let tag = tag.filter(|tag| matches!(tag, Tag::Record | Tag::Instance))?;
        let address = self.object(register, tag, exit)?;
        self.guard_shape(register, next.before, exit);
        self.guard_slots(register, next.slot + 1, exit);
        Some(Slot { place: self.place_in(tag, address, next.slot), number: Some(next.slot) })
    }

    /// The same where objects of several shapes come.
    fn slot_of_many(&mut self, register: u16, tag: Tag, caches: &[u64], exit: ExitId) -> Option<Slot> {
        let address = self.object(register, tag, exit)?;
        let object = self.state.object(register as usize)?.clone();
        let may_be = |shape: u32| object.shapes().is_empty() || object.shapes().contains(&shape);
        let places: Vec<(u32, u32)> =
            caches.iter().map(|cache| shape_and_slot(*cache)).filter(|(shape, _)| may_be(*shape)).collect();
        let &(_, number) = places.first()?;
        if places.iter().all(|(_, slot)| *slot == number) {
            let shapes: Vec<u32> = places.iter().map(|(shape, _)| *shape).collect();
            self.guard_shapes(register, &shapes, exit);
            self.guard_slots(register, number + 1, exit);
            return Some(Slot { place: self.place_in(tag, address, number), number: Some(number) });
        }
        let found = self.shape_at(address);
        let (mut slot, mut is_known) = (self.int(0), self.int(0));
        let one = self.int(1);
        for (shape, place) in places {
            let (wanted, place) = (self.int(shape as i64), self.int(place as i64));
            let condition = self.compare_ints(Condition::Equal, found, wanted);
            slot = self.emit(Operation::SelectInt { condition, then: place, otherwise: slot });
            is_known = self.emit(Operation::SelectInt { condition, then: one, otherwise: is_known });
        }
        let is = self.compare_ints(Condition::Equal, is_known, one);
        self.guard(is, exit);
        let capacity = Operation::Load { width: Width::Byte, address, offset: Header::CAPACITY_OFFSET as i32 };
        let capacity = self.emit(capacity);
        let is = self.compare_ints(Condition::Greater, capacity, slot);
        self.guard(is, exit);
        let first = self.emit(Operation::Field { address, offset: Record::SLOTS_OFFSET as i32 });
        Some(Slot { place: self.emit(Operation::Element { address: first, index: slot }), number: None })
    }

    /// Leaves unless the object in a register has one of some shapes.
    pub(super) fn guard_shapes(&mut self, register: u16, shapes: &[u32], exit: ExitId) {
        let Some(object) = self.state.object(register as usize).filter(|object| !object.is_one_of(shapes)) else {
            return;
        };
        let found = self.shape_at(object.address);
        let is = self.is_one_of(found, shapes);
        self.guard(is, exit);
        self.state.note(register as usize, |object| object.set_shapes(shapes));
    }

    /// The shape of the object at an address.
    pub(super) fn shape_at(&mut self, address: Value) -> Value {
        self.emit(Operation::Load { width: Width::Half, address, offset: Header::SHAPE_OFFSET as i32 })
    }

    /// Whether a shape is one of some.
    pub(super) fn is_one_of(&mut self, found: Value, shapes: &[u32]) -> Value {
        if let [shape] = *shapes {
            let wanted = self.int(shape as i64);
            return self.compare_ints(Condition::Equal, found, wanted);
        }
        let (mut is_known, one) = (self.int(0), self.int(1));
        for shape in shapes {
            let wanted = self.int(*shape as i64);
            let condition = self.compare_ints(Condition::Equal, found, wanted);
            is_known = self.emit(Operation::SelectInt { condition, then: one, otherwise: is_known });
        }
        self.compare_ints(Condition::Equal, is_known, one)
    }
}
