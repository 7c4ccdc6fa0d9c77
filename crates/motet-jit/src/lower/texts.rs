//! Texts, and what the VM does with texts and maps.

use super::{Lowering, flags};
use crate::ir::{ExitId, Helper, Operation, Value};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self as clif, InstBuilder, types};
use motet_vm::jit::{Data, Machine};
use motet_vm::memory::{LONG_TEXT, Str};
use std::mem::offset_of;

impl Lowering<'_, '_> {
    pub(super) fn text(&mut self, operation: &Operation) -> clif::Value {
        match operation {
            Operation::SameText { left, right, exit } => self.same_text(*left, *right, *exit),
            Operation::ByteOf { text, at } => {
                let (text, at) = (self.value(*text), self.value(*at));
                let address = self.builder.ins().iadd(text, at);
                self.builder.ins().uload8(types::I64, flags(), address, Str::BYTES_OFFSET as i32)
            }
            Operation::Character(code) => {
                let code = self.value(*code);
                let context = self.context.expect("a parameter");
                let at = offset_of!(Machine, characters) as i32;
                let characters = self.builder.ins().load(types::I64, flags(), context, at);
                let offset = self.builder.ins().ishl_imm_u(code, size_of::<u64>().ilog2() as i64);
                let place = self.builder.ins().iadd(characters, offset);
                self.builder.ins().load(types::I64, flags(), place, 0)
            }
            other => unreachable!("{other:?} is not about texts"),
        }
    }

    /// Texts that differ mostly do so in their lengths or their first bytes. The VM compares the rest.
    fn same_text(&mut self, left: Value, right: Value, exit: ExitId) -> clif::Value {
        let (left, right) = (self.value(left), self.value(right));
        let [long, short, further, bytes, first, rest, done] = [(); 7].map(|()| self.builder.create_block());
        let answer = self.builder.append_block_param(done, types::I8);
        let length = |this: &mut Self, text| {
            let at = Str::LENGTH_OFFSET as i32;
            this.builder.ins().load(types::I64, flags(), text, at)
        };
        let (left_length, right_length) = (length(self, left), length(self, right));
        let limit = LONG_TEXT as i64;
        let is_long = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, left_length, limit);
        self.builder.set_cold_block(long);
        self.builder.ins().brif(is_long, long, &[], short, &[]);

        self.builder.switch_to_block(long);
        let exit = self.exit_block(exit);
        let is_long = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, right_length, limit);
        self.builder.ins().brif(is_long, exit, &[], short, &[]);

        self.builder.switch_to_block(short);
        let is_same = self.builder.ins().icmp(IntCC::Equal, left, right);
        self.builder.ins().brif(is_same, done, &[is_same.into()], further, &[]);

        self.builder.switch_to_block(further);
        let is_equal = self.builder.ins().icmp(IntCC::Equal, left_length, right_length);
        self.builder.ins().brif(is_equal, bytes, &[], done, &[is_equal.into()]);

        self.builder.switch_to_block(bytes);
        let is_empty = self.builder.ins().icmp_imm_s(IntCC::Equal, left_length, 0);
        self.builder.ins().brif(is_empty, done, &[is_empty.into()], first, &[]);
        self.builder.switch_to_block(first);
        let byte =
            |this: &mut Self, text| this.builder.ins().uload8(types::I64, flags(), text, Str::BYTES_OFFSET as i32);
        let (one, other) = (byte(self, left), byte(self, right));
        let is_equal = self.builder.ins().icmp(IntCC::Equal, one, other);
        self.builder.ins().brif(is_equal, rest, &[], done, &[is_equal.into()]);

        self.builder.switch_to_block(rest);
        let answered = self.ask(offset_of!(Data, same_text), &[left, right]);
        let answered = self.builder.ins().ireduce(types::I8, answered);
        self.builder.ins().jump(done, &[answered.into()]);
        self.builder.switch_to_block(done);
        answer
    }

    /// Calls one of the functions for texts and maps.
    fn ask(&mut self, at: usize, arguments: &[clif::Value]) -> clif::Value {
        let context = self.context.expect("a parameter");
        let data = self.builder.ins().load(types::I64, flags(), context, offset_of!(Machine, data) as i32);
        let function = self.builder.ins().load(types::I64, flags(), data, at as i32);
        let signature = self.signature(arguments.len());
        let call = self.builder.ins().call_indirect(signature, function, arguments);
        self.builder.inst_results(call)[0]
    }

    /// The same for a helper.
    pub(super) fn ask_for(&mut self, helper: Helper, arguments: &[clif::Value]) -> clif::Value {
        let (at, wants_context) = match helper {
            Helper::CompareTexts => (offset_of!(Data, compare_texts), false),
            Helper::Join => (offset_of!(Data, join), true),
            Helper::TextOfInt => (offset_of!(Data, text_of_int), true),
            Helper::Concat => (offset_of!(Data, concat), true),
            Helper::AreParts => (offset_of!(Data, are_parts), false),
            Helper::NextCharacter => (offset_of!(Data, next_character), true),
            Helper::Entry => (offset_of!(Data, entry), false),
            Helper::HasEntry => (offset_of!(Data, has_entry), false),
            Helper::SetEntry => (offset_of!(Data, set_entry), true),
            Helper::SetEntryCopy => (offset_of!(Data, set_entry_copy), true),
            Helper::Entries => (offset_of!(Data, entries), false),
            Helper::Release | Helper::Clone | Helper::Store | Helper::StoreCopy | Helper::Push => {
                unreachable!("{helper:?} is not about texts and maps")
            }
        };
        let context = wants_context.then(|| self.context.expect("a parameter"));
        let all: Vec<clif::Value> = context.into_iter().chain(arguments.iter().copied()).collect();
        self.ask(at, &all)
    }
}
