//! Registers of the window, objects, and what counts references to them.

use super::{Lowering, flags, place};
use crate::ir::{Helper, Operation, Value, Width};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self as clif, InstBuilder, types};
use motet_vm::jit::{Machine, places};
use motet_vm::memory::{Tag, Value as Register};
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
            Operation::PutNull { register } => {
                let tag = self.builder.ins().iconst(types::I8, Tag::Null as i64);
                self.store(tag, place(*register) + Register::TAG_OFFSET as i32);
                let zero = self.builder.ins().iconst(types::I64, 0);
                self.store(zero, place(*register) + Register::PAYLOAD_OFFSET as i32);
            }
            other => unreachable!("{other:?} changes nothing"),
        }
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

    pub(super) fn call(&mut self, helper: Helper, arguments: &[Value]) {
        let arguments: Vec<clif::Value> = arguments.iter().map(|value| self.value(*value)).collect();
        match helper {
            Helper::Release => {
                let tag = self.load(Width::Byte, arguments[0], Register::TAG_OFFSET as i32);
                let first = Tag::FIRST_HEAP as i64;
                let owns = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, tag, first);
                let (cold, next) = (self.builder.create_block(), self.builder.create_block());
                self.builder.set_cold_block(cold);
                self.builder.ins().brif(owns, cold, &[], next, &[]);
                self.builder.switch_to_block(cold);
                self.call_through(offset_of!(Machine, release), &arguments);
                self.builder.ins().jump(next, &[]);
                self.builder.switch_to_block(next);
            }
            Helper::Clone => {
                self.call_through(offset_of!(Machine, clone), &arguments);
            }
        }
    }
}
