//! Instructions that read and write elements, fields and captured variables, as far as numbers and copies of values go. What
//! changes an object beyond a number in a place of it is left to the VM.

use super::Translation;
use super::objects::{Slot, only};
use super::places::{Kind, Read};
use super::state::Borrowed;
use crate::ir::{Condition, ExitId, Helper, IntOperator, Operation, Reason, Type, Value, Width};
use motet_code::{Constant, Instruction, LAST_A, LAST_B, LAST_C};
use motet_vm::jit::Tags;
use motet_vm::memory::{Cell, Header, Tag, Value as Register};

impl Translation<'_> {
    /// `a = b[c]`; false if it is left to the VM.
    pub(super) fn get_index(&mut self, at: usize, i: Instruction, index: Option<u16>) -> bool {
        let seen = self.seen(at);
        if only(seen.b) != Some(Tag::List) || !self.state.may_be_object(i.b() as usize) {
            return false;
        }
        let Some(index) = self.index(at, i, index) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.element(i.b(), index, exit) else { return false };
        self.fetch(self.read(at, i, Kind::Other), place, exit)
    }

    /// The index in a register, or the one that the instruction names, if it is an integer that counts from the beginning.
    pub(super) fn index(&mut self, at: usize, i: Instruction, register: Option<u16>) -> Option<Value> {
        let Some(register) = register else {
            return ((i.c() as i16) >= 0).then(|| self.int(i.c() as i64));
        };
        let seen = self.seen(at).c;
        self.number(at, register, seen).filter(|value| self.out.type_of(*value) == Type::Int)
    }

    /// An instruction that reads a place of the object in its register b.
    fn read(&self, at: usize, i: Instruction, kind: Kind) -> Read {
        let from = Some((i.b(), i.flags() & LAST_B != 0));
        Read { at, to: i.a(), from, key: None, root: self.state.root(i.b() as usize), kind, counts: false }
    }

    /// `a[b] = c` and `a[b] += c`; false if it is left to the VM.
    pub(super) fn set_index(&mut self, at: usize, i: Instruction, adds: bool) -> bool {
        let seen = self.seen(at);
        if only(seen.a) != Some(Tag::List) || !self.state.may_be_object(i.a() as usize) {
            return false;
        }
        let Some(index) = self.number(at, i.b(), seen.b) else { return false };
        let value = self.number(at, i.c(), seen.c);
        if self.out.type_of(index) != Type::Int || adds && value.is_none() {
            return false;
        }
        if value.is_none() {
            self.prepare_store(at, i);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.element(i.a(), index, exit) else { return false };
        let done = self.put(i, Slot { place, number: None }, value, adds, exit);
        if done && i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
        done
    }

    /// Puts what register c holds, or is, in a place of the object in register a, or adds it; false if that is left to the VM.
    fn put(&mut self, i: Instruction, to: Slot, value: Option<Value>, adds: bool, exit: ExitId) -> bool {
        let Some((tag, address)) = self.state.object(i.a() as usize).map(|object| (object.tag, object.address)) else {
            return false;
        };
        self.guard_writable(i.a(), address, exit);
        let known = to.number.and_then(|slot| self.state.content(address, slot));
        let now = match value {
            Some(value) if adds => {
                let Some(sum) = self.add_at(to.place, known, value, exit) else { return false };
                // It was read, too.
                to.number.into_iter().for_each(|slot| self.state.note_read(address, slot, sum));
                Some(sum)
            }
            Some(value) if known.is_some() => {
                self.write_at_place(to.place, value);
                Some(value)
            }
            Some(value) => {
                self.store(to.place, value, exit);
                Some(value)
            }
            None => {
                self.store_any(i, to.place);
                None
            }
        };
        if tag != Tag::List {
            self.state.note_written(address, to.number, now);
        }
        true
    }

    /// `a = b.c`; false if it is left to the VM.
    pub(super) fn get_field(&mut self, at: usize, i: Instruction) -> bool {
        let seen = self.seen(at);
        if seen.b == Tags::of(Tag::Class) {
            return self.get_static(at, i);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(slot) = self.slot(at, i.b(), seen.b, exit) else { return false };
        let object = self.state.object(i.b() as usize).map(|object| object.address);
        let known = slot.number.zip(object);
        self.fetch_known(self.read(at, i, Kind::Field), slot.place, known, exit)
    }

    /// Like `fetch`, of a slot of the object at an address, whose content may be known and is known afterwards.
    fn fetch_known(&mut self, read: Read, place: Value, known: Option<(u32, Value)>, exit: ExitId) -> bool {
        let Some((slot, address)) = known else { return self.fetch(read, place, exit) };
        let to = read.to;
        if let Some(value) = self.state.content(address, slot) {
            self.has_read(read.at, read.counts, [read.key, read.from]);
            self.state.set(to as usize, value, false);
            return true;
        }
        let done = self.fetch(read, place, exit);
        if let (true, Some(value)) = (done, self.state.value(to as usize)) {
            self.state.note_read(address, slot, value);
        }
        done
    }

    /// Whether `a = b.c` reads the value of signals, as far as was seen.
    pub(super) fn may_be_signal(&self, at: usize, i: Instruction) -> bool {
        let name = &self.flow().function.constants[i.c() as usize];
        self.seen(at).b == Tags::of(Tag::Foreign) && matches!(name, Constant::Symbol(name) if **name == *"value")
    }

    /// `a = b.value` of a signal or a computed value; false if it is left to the VM.
    pub(super) fn get_signal(&mut self, at: usize, i: Instruction) -> bool {
        let is_value = self.may_be_signal(at, i);
        // The result comes before the object goes.
        let takes = i.flags() & LAST_B != 0;
        let is_in_place = i.a() == i.b() && takes && self.state.is_window(i.b() as usize);
        if !is_value || is_in_place || !self.state.may_be_object(i.b() as usize) {
            return false;
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(object) = self.object(i.b(), Tag::Foreign, exit) else { return false };
        self.emit_nothing(Operation::Signal { register: i.a() as u32, object, exit });
        if takes {
            self.drop_last(i.b());
        }
        self.state.set_window(i.a() as usize);
        true
    }

    /// `a.b = c` and `a.b += c`; false if it is left to the VM.
    pub(super) fn set_field(&mut self, at: usize, i: Instruction, adds: bool) -> bool {
        let seen = self.seen(at);
        let value = self.number(at, i.c(), seen.c);
        let next = self.frame().unit.seen.appended(at).filter(|_| !adds);
        if adds && value.is_none() || !self.state.may_be_object(i.a() as usize) {
            return false;
        }
        if value.is_none() {
            self.prepare_store(at, i);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let place = match next {
            Some(next) => self.slot_of_new(i.a(), only(seen.a), next, exit),
            None => self.slot(at, i.a(), seen.a, exit),
        };
        let Some(place) = place else { return false };
        let Some(address) = self.state.object(i.a() as usize).map(|object| object.address) else { return false };
        let done = self.put(i, place, value, adds, exit);
        if let (true, Some(next)) = (done, next) {
            let value = self.int(next.after as i64);
            let offset = Header::SHAPE_OFFSET as i32;
            self.emit_nothing(Operation::Store { width: Width::Half, address, offset, value });
            self.state.set_shape(address, next.after);
        }
        if done && i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
        done
    }

    /// Before a value that may own something is stored over another one: it is in the window, and what other registers have
    /// borrowed is their own, because it may be that which goes.
    pub(super) fn prepare_store(&mut self, at: usize, i: Instruction) {
        for register in 0..self.state.len() {
            // What code itself keeps is in no object.
            let is_kept = self.state.root_at(register).is_none();
            if self.state.is_borrowed_at(register) && !is_kept && self.is_needed(at, register) {
                self.write_at(register);
            }
        }
        self.write(i.c() as usize);
    }

    /// Stores a register of the window at a place in the object in register a.
    fn store_any(&mut self, i: Instruction, place: Value) {
        let object = self.emit(Operation::AddressOf(i.a() as u32));
        let source = self.emit(Operation::AddressOf(i.c() as u32));
        let takes = i.flags() & LAST_C != 0;
        let helper = if takes { Helper::Store } else { Helper::StoreCopy };
        self.emit_nothing(Operation::Call { helper, arguments: vec![object, place, source] });
        if takes {
            self.state.set_window(i.c() as usize);
        }
    }

    /// The place of what a cell holds that a register of the window has.
    fn cell(&mut self, register: u16, exit: ExitId) -> Option<Value> {
        let address = self.object(register, Tag::Cell, exit)?;
        Some(self.emit(Operation::Field { address, offset: Cell::VALUE_OFFSET as i32 }))
    }

    fn captured_cell(&mut self, index: u16) -> Value {
        let closure = self.environment().expect("who captures something has a closure");
        let place = self.place_in(Tag::Closure, closure, index as u32);
        let offset = Register::PAYLOAD_OFFSET as i32;
        let address = self.emit(Operation::Load { width: Width::Address, address: place, offset });
        self.emit(Operation::Field { address, offset: Cell::VALUE_OFFSET as i32 })
    }

    /// `a = what cell b holds`; false if it is left to the VM.
    pub(super) fn get_cell(&mut self, at: usize, i: Instruction) -> bool {
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.cell(i.b(), exit) else { return false };
        self.fetch(self.read(at, i, Kind::Other), place, exit)
    }

    pub(super) fn add_cell(&mut self, at: usize, i: Instruction) -> bool {
        let Some(value) = self.number(at, i.b(), self.seen(at).b) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(place) = self.cell(i.a(), exit) else { return false };
        let done = self.add_at(place, None, value, exit).is_some();
        if done && i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
        done
    }

    pub(super) fn get_captured(&mut self, at: usize, i: Instruction, is_cell: bool) -> bool {
        let exit = self.exit_at(at, Reason::Guard);
        // The closure that runs is there as long as register 0 is.
        let root = self.state.root(0);
        let read = Read { at, to: i.a(), from: None, key: None, root, kind: Kind::Other, counts: false };
        if is_cell {
            let place = self.captured_cell(i.b());
            return self.fetch(read, place, exit);
        }
        let closure = self.environment().expect("who captures something has a closure");
        let place = self.place_in(Tag::Closure, closure, i.b() as u32);
        self.fetch_known(read, place, Some((i.b() as u32, closure)), exit)
    }

    pub(super) fn add_captured(&mut self, at: usize, i: Instruction) -> bool {
        let Some(value) = self.number(at, i.b(), self.seen(at).b) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let place = self.captured_cell(i.a());
        self.add_at(place, None, value, exit).is_some()
    }

    /// `Iterate` over a list or a text; false if it is left to the VM.
    pub(super) fn iterate(&mut self, at: usize, i: Instruction) -> bool {
        let Some(tag @ (Tag::List | Tag::String)) = only(self.seen(at).b) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        if self.object(i.b(), tag, exit).is_none() {
            return false;
        }
        self.copy(at, i.a(), i.b(), i.flags() & LAST_B != 0);
        let first = self.int(0);
        self.state.set(i.a() as usize + 1, first, false);
        true
    }

    /// `Next` over a list; false if it is left to the VM.
    pub(super) fn next_of_list(&mut self, at: usize, i: Instruction, next: usize, target: usize) -> bool {
        let seen = self.seen(at);
        let Some(places) = self.lists else { return false };
        let place_register = i.a() + 1;
        if only(seen.a) != Some(Tag::List) || seen.result.is_empty() || !self.state.may_be_object(i.a() as usize) {
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
        } else if let Some(tag) = only(seen.result) {
            let root = self.state.root(i.a() as usize);
            let address = self.object_at(place, tag, exit);
            self.state.set_borrowed(i.b() as usize, Borrowed { tag, address, root });
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
