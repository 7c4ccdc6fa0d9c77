//! Registers of the window, objects, and what counts references to them.

use super::{Lowering, flags, place};
use crate::ir::{ExitId, Helper, Operation, Value, Width};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self as clif, InstBuilder, types};
use motet_code::{Instruction, LAST_B};
use motet_vm::jit::{Machine, TAKEN, places};
use motet_vm::memory::{Class, Header, Tag, Value as Register};
use std::mem::offset_of;

impl Lowering<'_, '_> {
    pub(super) fn read(&mut self, operation: &Operation) -> clif::Value {
        match operation {
            Operation::AddressOf(register) => {
                let base = self.builder.use_var(self.base);
                self.builder.ins().iadd_imm_s(base, place(*register) as i64)
            }
            Operation::Field { address, offset } => {
                let address = self.value(*address);
                self.builder.ins().iadd_imm_s(address, *offset as i64)
            }
            Operation::Handle(whose) => self.handle(*whose),
            Operation::Environment => {
                let frame = self.frame.expect("a parameter");
                self.builder.ins().load(types::I64, flags(), frame, places::FRAME_ENVIRONMENT as i32)
            }
            Operation::Load { width, address, offset } => {
                let address = self.value(*address);
                self.load(*width, address, *offset)
            }
            Operation::Element { address, index } => {
                let (address, index) = (self.value(*address), self.value(*index));
                let offset = self.builder.ins().ishl_imm_u(index, size_of::<Register>().ilog2() as i64);
                self.builder.ins().iadd(address, offset)
            }
            Operation::Tag(register) => {
                let base = self.builder.use_var(self.base);
                self.load(Width::Byte, base, place(*register) + Register::TAG_OFFSET as i32)
            }
            Operation::Payload { register, width } => {
                let base = self.builder.use_var(self.base);
                self.load(*width, base, place(*register) + Register::PAYLOAD_OFFSET as i32)
            }
            other => unreachable!("{other:?} reads nothing"),
        }
    }

    pub(super) fn change(&mut self, operation: &Operation) {
        match operation {
            Operation::Store { width, address, offset, value } => {
                let (address, value) = (self.value(*address), self.value(*value));
                match width {
                    Width::Byte => self.builder.ins().istore8(flags(), value, address, *offset),
                    Width::Half | Width::SignedHalf => self.builder.ins().istore32(flags(), value, address, *offset),
                    _ => self.builder.ins().store(flags(), value, address, *offset),
                };
            }
            Operation::Put { register, value } => {
                let of = self.function.type_of(*value);
                let value = self.value(*value);
                match crate::ir::tag_of(of) {
                    None => self.put_bool(*register, value),
                    Some(tag) => {
                        // The whole word, as the VM may read it.
                        let tag = self.builder.ins().iconst(types::I64, tag as i64);
                        self.store(tag, place(*register) + Register::TAG_OFFSET as i32);
                        self.store(value, place(*register) + Register::PAYLOAD_OFFSET as i32);
                    }
                }
            }
            Operation::PutObject { register, tag, address } => {
                let address = self.value(*address);
                let tag = self.builder.ins().iconst(types::I64, *tag as i64);
                self.store(tag, place(*register) + Register::TAG_OFFSET as i32);
                self.store(address, place(*register) + Register::PAYLOAD_OFFSET as i32);
            }
            Operation::Retain(address) => self.retain(*address),
            Operation::PutNull { register } => {
                let tag = self.builder.ins().iconst(types::I64, Tag::Null as i64);
                self.store(tag, place(*register) + Register::TAG_OFFSET as i32);
                let zero = self.builder.ins().iconst(types::I64, 0);
                self.store(zero, place(*register) + Register::PAYLOAD_OFFSET as i32);
            }
            other => unreachable!("{other:?} changes nothing"),
        }
    }

    fn call_with_context(&mut self, at: usize, arguments: &[clif::Value]) -> clif::Value {
        let context = self.context.expect("a parameter");
        let all: Vec<clif::Value> = std::iter::once(context).chain(arguments.iter().copied()).collect();
        self.call_through(at, &all)
    }

    /// Puts the value of a signal into a register: here, if it is what the function is expected to read first; else the VM does,
    /// or code leaves.
    pub(super) fn read_signal(&mut self, register: u32, object: Value, exit: ExitId) {
        let context = self.context.expect("a parameter");
        let object = self.value(object);
        let (here, elsewhere, next) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let stamp = self.load(Width::Half, object, Header::AUX_OFFSET as i32);
        let expects = offset_of!(Machine, expects) as i32;
        let expected = self.load(Width::Half, context, expects);
        let is_expected = self.builder.ins().icmp(IntCC::Equal, stamp, expected);
        self.builder.ins().brif(is_expected, here, &[], elsewhere, &[]);
        self.builder.switch_to_block(here);
        let taken = self.builder.ins().iconst(types::I64, TAKEN as i64);
        self.builder.ins().istore32(flags(), taken, context, expects);
        let words = offset_of!(Machine, expected) as i32;
        for (word, at) in [(0, Register::TAG_OFFSET), (1, Register::PAYLOAD_OFFSET)] {
            let word = self.load(Width::Int, context, words + word * size_of::<u64>() as i32);
            self.store(word, place(register) + at as i32);
        }
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(elsewhere);
        let frames = self.function.exits[exit.0 as usize].frames.len();
        let is_known = self.ask_for_signal(register, object, (frames * places::FRAME_BYTES) as i32);
        self.leave_if(is_known, false, exit);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
    }

    /// Reads the field `value` of what a register holds in a window, if it is a signal whose value is known at once; goes to the
    /// block that this gives then. The frame that runs is so many bytes behind that of the function that is compiled.
    pub(super) fn read_field(&mut self, (window, i): (u32, Instruction), frame: i32) -> clif::Block {
        let (tries, known, other, next) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        let (to, from) = (window + i.a() as u32, window + i.b() as u32);
        let base = self.builder.use_var(self.base);
        let tag = self.load(Width::Byte, base, place(from) + Register::TAG_OFFSET as i32);
        let is_foreign = self.builder.ins().icmp_imm_u(IntCC::Equal, tag, Tag::Foreign as i64);
        self.builder.ins().brif(is_foreign, tries, &[], other, &[]);
        self.builder.switch_to_block(tries);
        let object = self.load(Width::Address, base, place(from) + Register::PAYLOAD_OFFSET as i32);
        let is_known = self.ask_for_signal(to, object, frame);
        self.builder.ins().brif(is_known, known, &[], other, &[]);
        self.builder.switch_to_block(known);
        if i.flags() & LAST_B != 0 {
            let register = self.builder.ins().iadd_imm_s(base, place(from) as i64);
            self.release(register);
        }
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(other);
        next
    }

    /// Has the VM put the value of a signal into a register, in code whose frame is so many bytes behind that of the function that
    /// is compiled; zero if it is not known at once.
    fn ask_for_signal(&mut self, register: u32, object: clif::Value, frame: i32) -> clif::Value {
        let base = self.builder.use_var(self.base);
        let target = self.builder.ins().iadd_imm_s(base, place(register) as i64);
        let window = self.builder.ins().iadd_imm_s(base, place(self.translated.registers as u32) as i64);
        let behind = self.frame_at(frame + places::FRAME_BYTES as i32);
        self.call_with_context(offset_of!(Machine, signal), &[target, object, window, behind])
    }

    /// Counts one more reference to an object: here, if it is this isolate's alone and the count has room.
    fn retain(&mut self, address: Value) {
        let address = self.value(address);
        let (here, elsewhere, next) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(elsewhere);
        let count = self.load(Width::Half, address, Header::COUNT_OFFSET as i32);
        // As `Count::increment_local`: one comparison for both ends.
        let less = self.builder.ins().iadd_imm_s(count, -1);
        let is_local = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, less, i32::MAX as i64 - 1);
        self.builder.ins().brif(is_local, here, &[], elsewhere, &[]);
        self.builder.switch_to_block(here);
        let more = self.builder.ins().iadd_imm_s(count, 1);
        self.builder.ins().istore32(flags(), more, address, Header::COUNT_OFFSET as i32);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(elsewhere);
        self.call_through(offset_of!(Machine, retain), &[address]);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
    }

    /// Gives up what a register owns: here, if others remain that are this isolate's.
    fn release(&mut self, register: clif::Value) {
        let (owning, here, last, next) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        self.builder.set_cold_block(last);
        let tag = self.load(Width::Byte, register, Register::TAG_OFFSET as i32);
        let owns = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, tag, Tag::FIRST_HEAP as i64);
        self.builder.ins().brif(owns, owning, &[], next, &[]);
        self.builder.switch_to_block(owning);
        let address = self.load(Width::Address, register, Register::PAYLOAD_OFFSET as i32);
        let count = self.builder.ins().sload32(flags(), address, Header::COUNT_OFFSET as i32);
        let others = self.builder.ins().icmp_imm_s(IntCC::SignedGreaterThan, count, 1);
        self.builder.ins().brif(others, here, &[], last, &[]);
        self.builder.switch_to_block(here);
        let fewer = self.builder.ins().iadd_imm_s(count, -1);
        self.builder.ins().istore32(flags(), fewer, address, Header::COUNT_OFFSET as i32);
        let null = self.builder.ins().iconst(types::I64, Tag::Null as i64);
        self.builder.ins().store(flags(), null, register, Register::TAG_OFFSET as i32);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(last);
        self.call_through(offset_of!(Machine, release), &[register]);
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
    }

    /// Whether a class is another one or descends from it: looks at one after the other up to the last.
    pub(super) fn descends(&mut self, class: Value, kind: Value) -> clif::Value {
        let (class, kind) = (self.value(class), self.value(kind));
        let (head, further, done) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let found = self.builder.append_block_param(done, types::I8);
        let own = self.builder.append_block_param(head, types::I64);
        self.builder.ins().jump(head, &[class.into()]);
        self.builder.switch_to_block(head);
        let is = self.builder.ins().icmp(IntCC::Equal, own, kind);
        self.builder.ins().brif(is, done, &[is.into()], further, &[]);
        self.builder.switch_to_block(further);
        let parent = self.load(Width::Address, own, Class::PARENT_OFFSET as i32);
        self.builder.ins().brif(parent, head, &[parent.into()], done, &[is.into()]);
        self.builder.switch_to_block(done);
        found
    }

    fn load(&mut self, width: Width, address: clif::Value, offset: i32) -> clif::Value {
        match width {
            Width::Byte => self.builder.ins().uload8(types::I64, flags(), address, offset),
            Width::Half => self.builder.ins().uload32(flags(), address, offset),
            Width::SignedHalf => self.builder.ins().sload32(flags(), address, offset),
            Width::Int | Width::Address => self.builder.ins().load(types::I64, flags(), address, offset),
            Width::Float => self.builder.ins().load(types::F64, flags(), address, offset),
        }
    }

    pub(super) fn store(&mut self, value: clif::Value, at: i32) {
        let base = self.builder.use_var(self.base);
        self.builder.ins().store(flags(), value, base, at);
    }

    /// A boolean's tag says which it is; its payload is zero.
    pub(super) fn put_bool(&mut self, register: u32, value: clif::Value) {
        let tag = self.builder.ins().iadd_imm_u(value, Tag::False as i64);
        self.store(tag, place(register) + Register::TAG_OFFSET as i32);
        let zero = self.builder.ins().iconst(types::I64, 0);
        self.store(zero, place(register) + Register::PAYLOAD_OFFSET as i32);
    }

    /// Gives what the helper does, if it gives something.
    pub(super) fn call(&mut self, helper: Helper, arguments: &[Value]) -> Option<clif::Value> {
        let arguments: Vec<clif::Value> = arguments.iter().map(|value| self.value(*value)).collect();
        match helper {
            Helper::Release => self.release(arguments[0]),
            Helper::Clone => {
                self.call_through(offset_of!(Machine, clone), &arguments);
            }
            Helper::Store => _ = self.call_with_context(offset_of!(Machine, store), &arguments),
            Helper::StoreCopy => _ = self.call_with_context(offset_of!(Machine, store_copy), &arguments),
            Helper::Push => _ = self.call_with_context(offset_of!(Machine, push), &arguments),
            Helper::CompareTexts
            | Helper::Join
            | Helper::TextOfInt
            | Helper::Concat
            | Helper::AreParts
            | Helper::NextCharacter
            | Helper::Entry
            | Helper::HasEntry
            | Helper::SetEntry
            | Helper::SetEntryCopy
            | Helper::Entries => return Some(self.ask_for(helper, &arguments)),
        }
        None
    }
}
