//! What is asked of classes: the cases of enums and other statics that are objects, and whether a value is an instance.

use super::Translation;
use super::objects::only;
use super::state::Borrowed;
use crate::ir::{Condition, Operation, Reason, Width};
use motet_code::{Instruction, LAST_B, LAST_C};
use motet_vm::jit::{FixedStatic, places};
use motet_vm::memory::{Class, Record, Tag};

impl Translation<'_> {
    /// `a = b.c` of a class, whose static was the same object each time; false if it is left to the VM.
    pub(super) fn get_static(&mut self, at: usize, i: Instruction) -> bool {
        let Some(tag) = self.frame().unit.seen.fixed(at) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(class) = self.object(i.b(), Tag::Class, exit) else { return false };
        // What the instruction has read last in this isolate.
        let handle = self.emit(Operation::Handle(self.frame().whose));
        let offset = places::FUNCTION_STATICS as i32;
        let there = self.emit(Operation::Load { width: Width::Int, address: handle, offset });
        let zero = self.int(0);
        let is = self.compare_ints(Condition::NotEqual, there, zero);
        self.guard(is, exit);
        let first = self.emit(Operation::Load { width: Width::Address, address: handle, offset });
        let offset = (at * size_of::<FixedStatic>()) as i32;
        let known = self.emit(Operation::Field { address: first, offset });
        let offset = FixedStatic::CLASS_OFFSET as i32;
        let wanted = self.emit(Operation::Load { width: Width::Address, address: known, offset });
        let is = self.emit(Operation::SameAddress { left: class, right: wanted });
        self.guard(is, exit);
        let offset = Class::VERSION_OFFSET as i32;
        let version = self.emit(Operation::Load { width: Width::Half, address: class, offset });
        let offset = FixedStatic::VERSION_OFFSET as i32;
        let seen = self.emit(Operation::Load { width: Width::Half, address: known, offset });
        let is = self.compare_ints(Condition::Equal, version, seen);
        self.guard(is, exit);
        let offset = FixedStatic::TAG_OFFSET as i32;
        let found = self.emit(Operation::Load { width: Width::Half, address: known, offset });
        let wanted = self.int(tag as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
        let offset = FixedStatic::ADDRESS_OFFSET as i32;
        let address = self.emit(Operation::Load { width: Width::Address, address: known, offset });
        if i.flags() & LAST_B != 0 {
            self.drop_last(i.b());
        }
        self.state.set_borrowed(i.a() as usize, Borrowed { tag, address, root: None });
        true
    }

    /// `a = b is c` of an instance and a class of the program; false if it is left to the VM.
    pub(super) fn instance_of(&mut self, at: usize, i: Instruction) -> bool {
        let seen = self.seen(at);
        let is_object = |register: u16| self.state.may_be_object(register as usize);
        if only(seen.b) != Some(Tag::Instance)
            || only(seen.c) != Some(Tag::Class)
            || !is_object(i.b())
            || !is_object(i.c())
        {
            return false;
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(instance) = self.object(i.b(), Tag::Instance, exit) else { return false };
        let Some(kind) = self.object(i.c(), Tag::Class, exit) else { return false };
        // Types that are built in are classes without a place and without a parent.
        let [place, parent] = [Class::PLACE_OFFSET, Class::PARENT_OFFSET]
            .map(|offset| self.emit(Operation::Load { width: Width::Int, address: kind, offset: offset as i32 }));
        let zero = self.int(0);
        let condition = self.compare_ints(Condition::NotEqual, place, zero);
        let either = self.emit(Operation::SelectInt { condition, then: place, otherwise: parent });
        let is = self.compare_ints(Condition::NotEqual, either, zero);
        self.guard(is, exit);
        let offset = Record::CLASS_OFFSET as i32;
        let class = self.emit(Operation::Load { width: Width::Address, address: instance, offset });
        let answer = self.emit(Operation::Descends { class, kind });
        for (register, flag) in [(i.b(), LAST_B), (i.c(), LAST_C)] {
            if i.flags() & flag != 0 {
                self.drop_last(register);
            }
        }
        self.state.set(i.a() as usize, answer, false);
        true
    }
}
