//! Lists, fields and captured variables, as far as numbers and copies of values go. What changes an object beyond a number in
//! a place of it is left to the VM.

use super::Translation;
use crate::ir::{Condition, ExitId, Helper, IntOperator, Operation, Reason, Type, Value, Width, tag_of};
use motet_code::{Instruction, LAST_A, LAST_B};
use motet_vm::jit::Tags;
use motet_vm::memory::{Cell, Closure, Header, ListPlaces, Record, Tag, Value as Register};

/// The tag that was seen, if it was one alone.
fn only(tags: Tags) -> Option<Tag> {
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

/// What an inline cache of a field holds.
fn shape_and_slot(cache: u64) -> (u32, u32) {
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
        if !self.state.is_window(register as usize) {
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
    fn guard_writable(&mut self, register: u16, address: Value, exit: ExitId) {
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
        if let Some(object) = self.state.object(register as usize) {
            object.is_writable = true;
        }
    }

    /// The address of an element of a list, if there is one.
    fn element(&mut self, register: u16, index: Value, exit: ExitId) -> Option<Value> {
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
        let items = Operation::Load { width: Width::Address, address, offset: places.items as i32 };
        let items = self.emit(items);
        let length = self.emit(Operation::Load { width: Width::Int, address, offset: places.length as i32 });
        if let Some(object) = self.state.object(register as usize) {
            object.items = Some((items, length));
        }
        (items, length)
    }

    /// The address of the slot that an inline cache names, in the object itself.
    fn slot(&mut self, at: usize, register: u16, seen: Tags, exit: ExitId) -> Option<Value> {
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
        let object = self.state.object(register as usize)?.clone();
        if object.shape != Some(shape) {
            let found = Operation::Load { width: Width::Half, address, offset: Header::SHAPE_OFFSET as i32 };
            let found = self.emit(found);
            let wanted = self.int(shape as i64);
            let is = self.compare_ints(Condition::Equal, found, wanted);
            self.guard(is, exit);
        }
        if object.slots <= slot {
            let found = Operation::Load { width: Width::Byte, address, offset: Header::CAPACITY_OFFSET as i32 };
            let found = self.emit(found);
            let number = self.int(slot as i64);
            let is = self.compare_ints(Condition::Greater, found, number);
            self.guard(is, exit);
        }
        if let Some(object) = self.state.object(register as usize) {
            object.shape = Some(shape);
            object.slots = object.slots.max(slot + 1);
        }
        let at = Operation::Int(slot as i64);
        let index = self.emit(at);
        let first = self.emit(Operation::Field { address, offset: Record::SLOTS_OFFSET as i32 });
        Some(self.emit(Operation::Element { address: first, index }))
    }

    /// The same where objects of several shapes come.
    fn slot_of_many(&mut self, register: u16, tag: Tag, caches: &[u64], exit: ExitId) -> Option<Value> {
        let address = self.object(register, tag, exit)?;
        let known = self.state.object(register as usize)?.shape;
        let found = Operation::Load { width: Width::Half, address, offset: Header::SHAPE_OFFSET as i32 };
        let found = self.emit(found);
        let (mut slot, mut is_known) = (self.int(0), self.int(0));
        let one = self.int(1);
        for (shape, place) in caches.iter().map(|cache| shape_and_slot(*cache)) {
            if known.is_some_and(|known| known != shape) {
                continue;
            }
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
        Some(self.emit(Operation::Element { address: first, index: slot }))
    }

    /// A number at a place in memory, if that is what was seen there.
    fn load(&mut self, place: Value, of: Type, exit: ExitId) -> Option<Value> {
        let wanted = tag_of(of)?;
        let tag =
            self.emit(Operation::Load { width: Width::Byte, address: place, offset: Register::TAG_OFFSET as i32 });
        let wanted = self.int(wanted as i64);
        let is = self.compare_ints(Condition::Equal, tag, wanted);
        self.guard(is, exit);
        let width = if of == Type::Int { Width::Int } else { Width::Float };
        Some(self.emit(Operation::Load { width, address: place, offset: Register::PAYLOAD_OFFSET as i32 }))
    }

    /// What stands at a place becomes the result of an instruction that reads an object: a number, or a copy. False: nothing
    /// that is known was seen there.
    fn fetch(&mut self, at: usize, to: u16, from: Option<(u16, bool)>, place: Value, exit: ExitId) -> bool {
        let seen = self.seen(at).result;
        if let Some(of @ (Type::Int | Type::Float)) = Self::seen_type(seen) {
            let Some(value) = self.load(place, of, exit) else { return false };
            if let Some((register, true)) = from {
                self.drop_last(register);
            }
            self.state.set(to as usize, value, false);
            return true;
        }
        // A method that is taken out of its object is bound to it, and some names have no value yet.
        if seen.is_empty() || seen.contains(Tag::Closure) || seen.contains(Tag::Missing) {
            return false;
        }
        if from.is_some_and(|(register, takes)| takes && register == to) {
            return false;
        }
        let tag =
            self.emit(Operation::Load { width: Width::Byte, address: place, offset: Register::TAG_OFFSET as i32 });
        for rare in [Tag::Closure, Tag::Missing] {
            let rare = self.int(rare as i64);
            let fine = self.compare_ints(Condition::NotEqual, tag, rare);
            self.guard(fine, exit);
        }
        let target = self.emit(Operation::AddressOf(to as u32));
        self.emit_nothing(Operation::Call { helper: Helper::Clone, arguments: vec![target, place] });
        if let Some((register, true)) = from {
            self.drop_last(register);
        }
        self.state.set_window(to as usize);
        true
    }

    /// Puts a number in the place of what is no object.
    fn store(&mut self, place: Value, value: Value, exit: ExitId) -> bool {
        let Some(tag) = tag_of(self.out.type_of(value)) else { return false };
        let old =
            self.emit(Operation::Load { width: Width::Byte, address: place, offset: Register::TAG_OFFSET as i32 });
        let first = self.int(Tag::FIRST_HEAP as i64);
        let fine = self.compare_ints(Condition::Less, old, first);
        self.guard(fine, exit);
        self.write_number(place, tag, value);
        true
    }

    fn write_number(&mut self, place: Value, tag: Tag, value: Value) {
        let width = if tag == Tag::Int { Width::Int } else { Width::Float };
        let tag = self.int(tag as i64);
        let (tag_at, payload_at) = (Register::TAG_OFFSET as i32, Register::PAYLOAD_OFFSET as i32);
        self.emit_nothing(Operation::Store { width: Width::Byte, address: place, offset: tag_at, value: tag });
        self.emit_nothing(Operation::Store { width, address: place, offset: payload_at, value });
    }

    /// Adds a number to the one at a place, if both are of one type.
    fn add_at(&mut self, place: Value, value: Value, exit: ExitId) -> bool {
        let of = self.out.type_of(value);
        let Some(tag) = tag_of(of) else { return false };
        let Some(old) = self.load(place, of, exit) else { return false };
        let sum = self.sum(old, value, exit);
        let width = if tag == Tag::Int { Width::Int } else { Width::Float };
        let offset = Register::PAYLOAD_OFFSET as i32;
        self.emit_nothing(Operation::Store { width, address: place, offset, value: sum });
        true
    }

    /// `a = b[c]`; false if it is left to the VM.
    pub(super) fn get_index(&mut self, at: usize, i: Instruction, index: Option<u16>) -> bool {
        let seen = self.seen(at);
        if only(seen.b) != Some(Tag::List) || !self.state.is_window(i.b() as usize) {
            return false;
        }
        let index = match index {
            Some(register) => match self.number(at, register, seen.c) {
                Some(value) if self.out.type_of(value) == Type::Int => value,
                _ => return false,
            },
            None if (i.c() as i16) < 0 => return false,
            None => self.int(i.c() as i64),
        };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.element(i.b(), index, exit) else { return false };
        self.fetch(at, i.a(), Some((i.b(), i.flags() & LAST_B != 0)), place, exit)
    }

    /// `a[b] = c` and `a[b] += c`; false if it is left to the VM.
    pub(super) fn set_index(&mut self, at: usize, i: Instruction, adds: bool) -> bool {
        let seen = self.seen(at);
        if only(seen.a) != Some(Tag::List) || !self.state.is_window(i.a() as usize) {
            return false;
        }
        let Some(index) = self.number(at, i.b(), seen.b) else { return false };
        let Some(value) = self.number(at, i.c(), seen.c) else { return false };
        if self.out.type_of(index) != Type::Int {
            return false;
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.element(i.a(), index, exit) else { return false };
        let Some(address) = self.state.object(i.a() as usize).map(|object| object.address) else { return false };
        self.guard_writable(i.a(), address, exit);
        let done = if adds { self.add_at(place, value, exit) } else { self.store(place, value, exit) };
        if done && i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
        done
    }

    /// `a = b.c`; false if it is left to the VM.
    pub(super) fn get_field(&mut self, at: usize, i: Instruction) -> bool {
        let seen = self.seen(at);
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.slot(at, i.b(), seen.b, exit) else { return false };
        self.fetch(at, i.a(), Some((i.b(), i.flags() & LAST_B != 0)), place, exit)
    }

    /// `a.b = c` and `a.b += c`; false if it is left to the VM.
    pub(super) fn set_field(&mut self, at: usize, i: Instruction, adds: bool) -> bool {
        let seen = self.seen(at);
        let Some(value) = self.number(at, i.c(), seen.c) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.slot(at, i.a(), seen.a, exit) else { return false };
        let Some(address) = self.state.object(i.a() as usize).map(|object| object.address) else { return false };
        self.guard_writable(i.a(), address, exit);
        let done = if adds { self.add_at(place, value, exit) } else { self.store(place, value, exit) };
        if done && i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
        done
    }

    /// The place of what a cell holds that a register of the window has.
    fn cell(&mut self, register: u16, exit: ExitId) -> Option<Value> {
        let address = self.object(register, Tag::Cell, exit)?;
        Some(self.emit(Operation::Field { address, offset: Cell::VALUE_OFFSET as i32 }))
    }

    /// The place of a captured value.
    fn captured(&mut self, index: u16) -> Value {
        let address = match self.frame().environment {
            Some(address) => address,
            None => self.emit(Operation::Environment),
        };
        let offset = Closure::CAPTURES_OFFSET + index as usize * size_of::<Register>();
        self.emit(Operation::Field { address, offset: offset as i32 })
    }

    fn captured_cell(&mut self, index: u16) -> Value {
        let place = self.captured(index);
        let offset = Register::PAYLOAD_OFFSET as i32;
        let address = self.emit(Operation::Load { width: Width::Address, address: place, offset });
        self.emit(Operation::Field { address, offset: Cell::VALUE_OFFSET as i32 })
    }

    /// `a = what cell b holds`; false if it is left to the VM.
    pub(super) fn get_cell(&mut self, at: usize, i: Instruction) -> bool {
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.cell(i.b(), exit) else { return false };
        self.fetch_any(at, i.a(), Some((i.b(), i.flags() & LAST_B != 0)), place, exit)
    }

    pub(super) fn add_cell(&mut self, at: usize, i: Instruction) -> bool {
        let Some(value) = self.number(at, i.b(), self.seen(at).b) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.cell(i.a(), exit) else { return false };
        let done = self.add_at(place, value, exit);
        if done && i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
        done
    }

    pub(super) fn get_captured(&mut self, at: usize, i: Instruction, is_cell: bool) -> bool {
        let exit = self.exit_at(at, Reason::Guard);
        let place = if is_cell { self.captured_cell(i.b()) } else { self.captured(i.b()) };
        self.fetch_any(at, i.a(), None, place, exit)
    }

    pub(super) fn add_captured(&mut self, at: usize, i: Instruction) -> bool {
        let Some(value) = self.number(at, i.b(), self.seen(at).b) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let place = self.captured_cell(i.a());
        self.add_at(place, value, exit)
    }

    /// The same as [`Translation::fetch`], of a variable, which may hold a function.
    fn fetch_any(&mut self, at: usize, to: u16, from: Option<(u16, bool)>, place: Value, exit: ExitId) -> bool {
        let seen = self.seen(at).result;
        if seen != Tags::of(Tag::Closure) {
            return self.fetch(at, to, from, place, exit);
        }
        if from.is_some_and(|(register, takes)| takes && register == to) {
            return false;
        }
        let tag =
            self.emit(Operation::Load { width: Width::Byte, address: place, offset: Register::TAG_OFFSET as i32 });
        let wanted = self.int(Tag::Closure as i64);
        let fine = self.compare_ints(Condition::Equal, tag, wanted);
        self.guard(fine, exit);
        let target = self.emit(Operation::AddressOf(to as u32));
        self.emit_nothing(Operation::Call { helper: Helper::Clone, arguments: vec![target, place] });
        if let Some((register, true)) = from {
            self.drop_last(register);
        }
        self.state.set_window(to as usize);
        true
    }

    /// `Next` over a list; false if it is left to the VM.
    pub(super) fn next_of_list(&mut self, at: usize, i: Instruction, next: usize, target: usize) -> bool {
        let seen = self.seen(at);
        let Some(places) = self.lists else { return false };
        let place_register = i.a() + 1;
        if only(seen.a) != Some(Tag::List) || seen.result.is_empty() || !self.state.is_window(i.a() as usize) {
            return false;
        }
        let Some(index) = self.number(at, place_register, Tags::of(Tag::Int)) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(address) = self.object(i.a(), Tag::List, exit) else { return false };
        let (items, length) = self.items(i.a(), address, places);
        let inside = self.compare_ints(Condition::Below, index, length);
        let (there, here) = (self.out.block(), self.out.block());
        self.end(crate::ir::End::Branch {
            condition: inside,
            then: (here, Vec::new()),
            otherwise: (there, Vec::new()),
        });
        let before = (self.state.clone(), self.exit);
        self.go(there, target);
        if self.failed {
            return true;
        }
        self.block = here;
        (self.state, self.exit) = before;
        let place = self.emit(Operation::Element { address: items, index });
        let one = self.int(1);
        let further = self.emit(Operation::Wrapping { operator: IntOperator::Add, left: index, right: one });
        if let Some(of @ (Type::Int | Type::Float)) = Self::seen_type(seen.result) {
            let value = self.load(place, of, exit).expect("a number has a tag");
            self.state.set(i.b() as usize, value, false);
        } else {
            let to = self.emit(Operation::AddressOf(i.b() as u32));
            self.emit_nothing(Operation::Call { helper: Helper::Clone, arguments: vec![to, place] });
            self.state.set_window(i.b() as usize);
        }
        self.state.set(place_register as usize, further, false);
        self.jump(next);
        true
    }
}
