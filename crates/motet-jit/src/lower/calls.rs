//! Calls: of functions of the program, and of the VM for an instruction. And the room that they want.

use super::{Lowering, flags, place};
use crate::ir::{Callee, Environment, ExitId, Frame, Value, Whose};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self as clif, InstBuilder, types};
use motet_code::Instruction;
use motet_vm::jit::{Machine, delivery_to, places};
use motet_vm::memory::Value as Register;
use std::mem::offset_of;

/// The innermost function that runs.
#[derive(Clone, Copy)]
pub(super) struct Running {
    /// Where its frame is, in bytes behind the one of the function that is compiled.
    pub frame: i32,
    /// The handle of its code.
    pub handle: clif::Value,
    /// Where its register 0 is.
    pub window: u32,
}

impl Lowering<'_, '_> {
    pub(super) fn room(&mut self, registers: u32, frames: u32, exit: ExitId) {
        let base = self.builder.use_var(self.base);
        let end = self.builder.ins().iadd_imm_s(base, place(registers) as i64);
        self.leave_unless_below(end, offset_of!(Machine, register_end), true, exit);
        if frames > 0 {
            let frame = self.frame.expect("a parameter");
            let last = self.builder.ins().iadd_imm_s(frame, frames as i64 * places::FRAME_BYTES as i64);
            self.leave_unless_below(last, offset_of!(Machine, frame_end), false, exit);
        }
    }

    /// Takes a step.
    pub(super) fn count(&mut self, exit: ExitId) {
        let context = self.context.expect("a parameter");
        let at = offset_of!(Machine, steps) as i32;
        let left = self.builder.ins().load(types::I64, flags(), context, at);
        let is_none = self.builder.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, left, 0);
        self.leave_if(is_none, true, exit);
        let left = self.builder.ins().iadd_imm_s(left, -1);
        self.builder.ins().store(flags(), left, context, at);
    }

    /// The handle of a function's code in this isolate.
    pub(super) fn handle(&mut self, whose: Whose) -> clif::Value {
        let frame = self.frame.expect("a parameter");
        let own = self.builder.ins().load(types::I64, flags(), frame, places::FRAME_FUNCTION as i32);
        match whose {
            Whose::Own => own,
            Whose::Link(number) => self.linked(own, number),
        }
    }

    fn linked(&mut self, own: clif::Value, number: u32) -> clif::Value {
        let links = self.builder.ins().load(types::I64, flags(), own, places::FUNCTION_LINKS as i32);
        let at = number as usize * size_of::<u64>();
        self.builder.ins().load(types::I64, flags(), links, at as i32)
    }

    fn leave_unless_below(&mut self, address: clif::Value, end: usize, or_equal: bool, exit: ExitId) {
        let is_above = self.is_above(address, end, or_equal);
        self.leave_if(is_above, true, exit);
    }

    /// Whether an address is not below one that the context has, or at it if that is fine.
    fn is_above(&mut self, address: clif::Value, end: usize, or_equal: bool) -> clif::Value {
        let context = self.context.expect("a parameter");
        let end = self.builder.ins().load(types::I64, flags(), context, end as i32);
        let condition = if or_equal { IntCC::UnsignedGreaterThan } else { IntCC::UnsignedGreaterThanOrEqual };
        self.builder.ins().icmp(condition, address, end)
    }

    /// Goes to a block if something holds, and on if not.
    fn branch_away(&mut self, condition: clif::Value, away: clif::Block) {
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, away, &[], next, &[]);
        self.builder.switch_to_block(next);
    }

    /// Gives the parts that run their frames, as the VM would have made them.
    pub(super) fn running(&mut self, parts: &[Frame]) -> Running {
        let outermost = self.frame.expect("a parameter");
        let own = self.handle(Whose::Own);
        let mut running = Running { frame: 0, handle: own, window: 0 };
        let base = self.builder.use_var(self.base);
        for part in parts {
            self.store_counter(&running, part.returns_to);
            let environment = match part.environment {
                Environment::Nothing => self.builder.ins().iconst(types::I64, 0),
                Environment::Register0 => {
                    let at = place(part.window) + Register::PAYLOAD_OFFSET as i32;
                    self.builder.ins().load(types::I64, flags(), base, at)
                }
                Environment::Value(value) => self.value(value),
                Environment::Caller => {
                    let at = running.frame + places::FRAME_ENVIRONMENT as i32;
                    self.builder.ins().load(types::I64, flags(), outermost, at)
                }
            };
            let window = self.builder.ins().iadd_imm_s(base, place(part.window) as i64);
            let handle = self.linked(own, part.callee);
            let frame = running.frame + places::FRAME_BYTES as i32;
            let delivery = part.result.map_or(0, delivery_to);
            self.fill_frame(frame, window, handle, environment, delivery);
            running = Running { frame, handle, window: part.window };
        }
        running
    }

    /// Where the function of a frame goes on.
    fn store_counter(&mut self, running: &Running, next: u32) {
        let code = self.builder.ins().load(types::I64, flags(), running.handle, places::FUNCTION_CODE as i32);
        let counter = self.builder.ins().iadd_imm_s(code, next as i64 * size_of::<u64>() as i64);
        let frame = self.frame.expect("a parameter");
        self.builder.ins().store(flags(), counter, frame, running.frame + places::FRAME_COUNTER as i32);
    }

    /// The address of a frame that is so many bytes behind the one of the function that is compiled.
    pub(super) fn frame_at(&mut self, distance: i32) -> clif::Value {
        let frame = self.frame.expect("a parameter");
        if distance == 0 { frame } else { self.builder.ins().iadd_imm_s(frame, distance as i64) }
    }

    /// A frame of a function; where it is that function says.
    fn fill_frame(
        &mut self,
        distance: i32,
        base: clif::Value,
        handle: clif::Value,
        environment: clif::Value,
        delivery: u64,
    ) {
        let frame = self.frame.expect("a parameter");
        let delivery = self.builder.ins().iconst(types::I64, delivery as i64);
        for (value, at) in [
            (base, places::FRAME_BASE),
            (handle, places::FRAME_FUNCTION),
            (environment, places::FRAME_ENVIRONMENT),
            (delivery, places::FRAME_DELIVERY),
        ] {
            self.builder.ins().store(flags(), value, frame, distance + at as i32);
        }
    }

    pub(super) fn step(&mut self, (at, word, next): (u32, u64, u32), reads: bool, parts: &[Frame]) -> clif::Value {
        let running = self.running(parts);
        let is_read = reads.then(|| self.read_field((running.window, Instruction(word)), running.frame));
        self.do_step(&running, at, word, next);
        if let Some(is_read) = is_read {
            self.builder.ins().jump(is_read, &[]);
            self.builder.switch_to_block(is_read);
        }
        let context = self.context.expect("a parameter");
        let at = offset_of!(Machine, jumped) as i32;
        self.builder.ins().load(types::I8, flags(), context, at)
    }

    /// Has the VM do an instruction, and leaves if it says so.
    fn do_step(&mut self, running: &Running, at: u32, word: u64, next: u32) {
        let frame = self.frame_at(running.frame);
        let base = self.have_done(offset_of!(Machine, step), frame, at, word, next);
        self.leave_if_null(base);
        let base = self.builder.ins().iadd_imm_s(base, -(place(running.window) as i64));
        self.builder.def_var(self.base, base);
    }

    /// Has the VM do an instruction by one of its functions.
    pub(super) fn have_done(&mut self, by: usize, frame: clif::Value, at: u32, word: u64, next: u32) -> clif::Value {
        let context = self.context.expect("a parameter");
        let place = self.builder.ins().iconst(types::I64, (at as i64) << 32 | next as i64);
        let word = self.builder.ins().iconst(types::I64, word as i64);
        self.call_through(by, &[context, frame, place, word])
    }

    pub(super) fn is_stack_short(&mut self) -> clif::Value {
        let context = self.context.expect("a parameter");
        let stack = self.builder.ins().get_stack_pointer(types::I64);
        let end = self.builder.ins().load(types::I64, flags(), context, offset_of!(Machine, stack_end) as i32);
        self.builder.ins().icmp(IntCC::UnsignedLessThan, stack, end)
    }

    /// Another function goes on in the frame.
    pub(super) fn tail(&mut self, callee: Value, environment: Option<Value>) {
        let (context, frame) = (self.context.expect("a parameter"), self.frame.expect("a parameter"));
        let callee = self.value(callee);
        let environment = match environment {
            Some(value) => self.value(value),
            None => self.builder.ins().iconst(types::I64, 0),
        };
        self.builder.ins().store(flags(), callee, frame, places::FRAME_FUNCTION as i32);
        self.builder.ins().store(flags(), environment, frame, places::FRAME_ENVIRONMENT as i32);
        let entry = self.builder.ins().load(types::I64, flags(), callee, places::FUNCTION_ENTRY as i32);
        let signature = self.signature(3);
        let base = self.builder.use_var(self.base);
        let call = self.builder.ins().call_indirect(signature, entry, &[context, base, frame]);
        let returned = self.builder.inst_results(call)[0];
        self.builder.ins().return_(&[returned]);
    }

    fn leave_if_null(&mut self, base: clif::Value) {
        let (left, go_on) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(left);
        self.builder.ins().brif(base, go_on, &[], left, &[]);
        self.builder.switch_to_block(left);
        self.leave();
        self.builder.switch_to_block(go_on);
    }

    pub(super) fn call_function(
        &mut self,
        (at, word, next): (u32, u64, u32),
        running: Running,
        window: u32,
        callee: Option<&Callee>,
    ) {
        let Some(callee) = callee else { return self.call_what_is_found((at, word, next), running, window) };
        let base = self.builder.use_var(self.base);
        let callee_base = self.builder.ins().iadd_imm_s(base, place(window) as i64);
        // There is room for it: the code has looked where it began.
        let handle = self.value(callee.handle);
        let environment = match callee.environment {
            Some(value) => self.value(value),
            None => self.builder.ins().iconst(types::I64, 0),
        };
        self.enter_callee((next, window), running, callee_base, handle, environment, 0);
    }

    fn call_what_is_found(&mut self, (at, word, next): (u32, u64, u32), running: Running, window: u32) {
        let context = self.context.expect("a parameter");
        let (cold, no_room, behind) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(cold);
        let base = self.builder.use_var(self.base);
        let callee_base = self.builder.ins().iadd_imm_s(base, place(window) as i64);
        let frame = self.frame_at(running.frame);
        let handle = self.have_done(offset_of!(Machine, find), frame, at, word, next);
        let is_found = self.builder.create_block();
        self.builder.ins().brif(handle, is_found, &[], cold, &[]);
        self.builder.switch_to_block(is_found);
        let registers = self.builder.ins().load(types::I64, flags(), handle, places::FUNCTION_REGISTERS as i32);
        let bytes = self.builder.ins().imul_imm_s(registers, size_of::<Register>() as i64);
        let end = self.builder.ins().iadd(callee_base, bytes);
        let environment = offset_of!(Machine, environment) as i32;
        let environment = self.builder.ins().load(types::I64, flags(), context, environment);
        let is_above = self.is_above(end, offset_of!(Machine, register_end), true);
        self.branch_away(is_above, no_room);
        let callee_frame = self.frame_at(running.frame + places::FRAME_BYTES as i32);
        let is_above = self.is_above(callee_frame, offset_of!(Machine, frame_end), false);
        self.branch_away(is_above, no_room);
        let is_short = self.is_stack_short();
        self.branch_away(is_short, no_room);

        self.enter_callee((next, window), running, callee_base, handle, environment, 0);
        self.builder.ins().jump(behind, &[]);

        self.builder.switch_to_block(no_room);
        self.builder.set_cold_block(no_room);
        let place = self.builder.ins().iconst(types::I64, (at as i64) << 32 | next as i64);
        let frame = self.frame_at(running.frame);
        self.call_through(offset_of!(Machine, enter_found), &[context, frame, place, callee_base, handle]);
        self.leave();
        self.builder.switch_to_block(cold);
        self.do_step(&running, at, word, next);
        self.builder.ins().jump(behind, &[]);
        self.builder.switch_to_block(behind);
    }

    /// Calls a function that there is room for: fills its frame, and goes on where it returns.
    pub(super) fn enter_callee(
        &mut self,
        (next, window): (u32, u32),
        running: Running,
        callee_base: clif::Value,
        handle: clif::Value,
        environment: clif::Value,
        delivery: u64,
    ) {
        let context = self.context.expect("a parameter");
        let callee_frame = self.frame_at(running.frame + places::FRAME_BYTES as i32);
        self.store_counter(&running, next);
        self.fill_frame(running.frame + places::FRAME_BYTES as i32, callee_base, handle, environment, delivery);
        let entry = self.builder.ins().load(types::I64, flags(), handle, places::FUNCTION_ENTRY as i32);
        let signature = self.signature(3);
        let call = self.builder.ins().call_indirect(signature, entry, &[context, callee_base, callee_frame]);
        let returned = self.builder.inst_results(call)[0];
        self.leave_if_null(returned);
        let base = self.builder.ins().iadd_imm_s(returned, -(place(window) as i64));
        self.builder.def_var(self.base, base);
    }

    /// Finds the function that an instruction calls, and makes sure that there is room for it.
    pub(super) fn find(
        &mut self,
        (at, word, next): (u32, u64, u32),
        running: Running,
        (window, is_last): (u32, bool),
        exit: ExitId,
    ) -> clif::Value {
        let frame = self.frame_at(running.frame);
        let handle = self.have_done(offset_of!(Machine, find), frame, at, word, next);
        self.leave_if(handle, false, exit);
        let registers = self.builder.ins().load(types::I64, flags(), handle, places::FUNCTION_REGISTERS as i32);
        let bytes = self.builder.ins().imul_imm_s(registers, size_of::<Register>() as i64);
        let base = self.builder.use_var(self.base);
        let first = self.builder.ins().iadd_imm_s(base, place(window) as i64);
        let end = self.builder.ins().iadd(first, bytes);
        let is_above = self.is_above(end, offset_of!(Machine, register_end), true);
        self.leave_if(is_above, true, exit);
        if !is_last {
            let callee_frame = self.frame_at(running.frame + places::FRAME_BYTES as i32);
            let is_above = self.is_above(callee_frame, offset_of!(Machine, frame_end), false);
            self.leave_if(is_above, true, exit);
        }
        let is_short = self.is_stack_short();
        self.leave_if(is_short, true, exit);
        handle
    }
}
