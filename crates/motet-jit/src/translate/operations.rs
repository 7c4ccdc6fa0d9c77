//! Each operation of the bytecode in the typed form. What is not here the VM does, by its own functions: all registers are
//! brought into the window before.

use super::Translation;
use super::numbers::{Arithmetic, Operand};
use super::objects::only;
use super::state::Borrowed;
use crate::ir::{Condition, End, Helper, Operation, Reason, Value, Width};
use motet_code::roles::{Role, visit};
use motet_code::{Constant, Instruction, LAST_A, LAST_B, LAST_C, Op};
use motet_vm::jit::{Fixed, Tags};
use motet_vm::memory::Tag;

/// Beyond so many wrong guesses about an instruction, the VM does it.
const MOST_FAILURES: u8 = 12;

/// Operations that the VM does not do for code.
fn is_for_code(op: Op) -> bool {
    use Op::*;
    matches!(op, Copy | Move | Assign | Clear | Null | Bool | Int | Not | Jump | Loop | JumpIf | JumpIfNot | JumpIfNull)
        || matches!(op, JumpIfNotNull | JumpIfPresent | ForLoop | Return | ReturnNull | ReturnSelf | Yield | Await)
        || matches!(op, TailCall | TailKnown | TailSelf | TailMethod | Import | Exports | MatchFail | Throw | Rethrow)
}

impl Translation<'_> {
    /// Translates one instruction. False: it ended the block.
    pub(super) fn instruction(&mut self, at: usize) -> bool {
        let (i, op) = self.flow().read(at);
        let next = at + op.length();
        let seen = self.seen(at);
        let (a, b, c) = (i.a() as usize, i.b(), i.c());
        let left = Operand::Register(b, seen.b);
        let right = Operand::Register(c, seen.c);
        let target = self.flow().target(at);
        if seen.failures > MOST_FAILURES && !is_for_code(op) {
            // What is here is of many kinds.
            return self.step(at, i, op, next);
        }
        match op {
            Op::Copy => self.copy(at, i.a(), b, false),
            Op::Move => self.copy(at, i.a(), b, true),
            Op::Assign => {
                if i.a() == b {
                    return self.step(at, i, op, next);
                }
                if self.state.is_window(a) {
                    self.release(i.a());
                }
                self.copy(at, i.a(), b, i.flags() & LAST_B != 0);
            }
            Op::Clear => {
                if self.state.is_window(a) {
                    self.release(i.a());
                }
                self.state.set_window(a);
            }
            Op::Null => self.state.set_null(a, false),
            Op::Bool => {
                let value = self.emit(Operation::Bool(b != 0));
                self.state.set(a, value, false);
            }
            Op::Int => {
                let value = self.int(i.bc() as i64);
                self.state.set(a, value, false);
            }
            Op::Constant => match self.flow().function.constants.get(i.bc() as u32 as usize) {
                Some(Constant::Int(number)) => {
                    let value = self.int(*number);
                    self.state.set(a, value, false);
                }
                Some(Constant::Float(number)) => {
                    let value = self.emit(Operation::Float(number.to_bits()));
                    self.state.set(a, value, false);
                }
                _ => self.constant(i),
            },

            Op::Add if self.join(at, i, right) => {}
            Op::AddK if self.join(at, i, Operand::Constant(c)) => {}
            Op::AddTo if self.append(at, i) => {}
            Op::Concat => return self.concat(at, i) || self.step(at, i, op, next),
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::FloorDiv | Op::Mod => {
                let result = self.arithmetic(at, operator(op), left, right);
                return self.result(at, i, op, next, result);
            }
            Op::AddI | Op::SubI | Op::MulI | Op::FloorDivI | Op::ModI => {
                let result = self.arithmetic(at, operator(op), left, Operand::Immediate(c as i16));
                return self.result(at, i, op, next, result);
            }
            Op::AddK | Op::SubK | Op::MulK | Op::DivK | Op::ModK => {
                let result = self.arithmetic(at, operator(op), left, Operand::Constant(c));
                return self.result(at, i, op, next, result);
            }
            Op::KSub | Op::KMul | Op::KDiv => {
                let result = self.arithmetic(at, operator(op), Operand::Constant(b), right);
                return self.result(at, i, op, next, result);
            }
            Op::AddTo | Op::SubFrom => {
                let target = Operand::Register(i.a(), seen.a);
                let result = self.arithmetic(at, operator(op), target, left);
                return self.result(at, i, op, next, result);
            }
            Op::AddToI => {
                let target = Operand::Register(i.a(), seen.a);
                let result = self.arithmetic(at, Arithmetic::Add, target, Operand::Immediate(b as i16));
                return self.result(at, i, op, next, result);
            }
            Op::Neg => {
                let result = self.negative(at, b, seen.b);
                return self.result(at, i, op, next, result);
            }
            Op::Not => {
                let truth = self.truth(at, b, seen.b);
                let result = self.emit(Operation::Not(truth));
                if i.flags() & LAST_B != 0 {
                    self.drop_last(b);
                }
                self.state.set(a, result, false);
            }
            Op::Eq | Op::Ne | Op::Lt | Op::Le => {
                let condition = match op {
                    Op::Eq => Condition::Equal,
                    Op::Ne => Condition::NotEqual,
                    Op::Lt => Condition::Less,
                    _ => Condition::LessEqual,
                };
                let result = match self.compare_texts(at, i, condition, [(left, LAST_B), (right, LAST_C)]) {
                    None => self.compare(at, condition, left, right),
                    result => result,
                };
                return self.result(at, i, op, next, result);
            }

            Op::Jump => {
                self.jump(target.expect("it jumps"));
                return false;
            }
            Op::Loop => {
                let target = target.expect("it jumps");
                self.safe_point(target);
                self.jump(target);
                return false;
            }
            Op::JumpIf | Op::JumpIfNot => {
                let truth = self.truth(at, i.a(), seen.a);
                if i.flags() & LAST_A != 0 {
                    self.drop_last(i.a());
                }
                self.branch(truth, op == Op::JumpIf, target.expect("it jumps"), next);
                return false;
            }
            Op::JumpIfNull | Op::JumpIfNotNull => {
                let is_null = self.has_tag(i.a(), Tag::Null);
                if i.flags() & LAST_A != 0 {
                    self.drop_last(i.a());
                }
                self.branch(is_null, op == Op::JumpIfNull, target.expect("it jumps"), next);
                return false;
            }
            Op::JumpIfPresent => {
                let is_missing = self.has_tag(i.a(), Tag::Missing);
                self.branch(is_missing, false, target.expect("it jumps"), next);
                return false;
            }
            Op::GetIndex | Op::GetIndexI => {
                let index = (op == Op::GetIndex).then_some(c);
                let is_done =
                    self.get_index(at, i, index) || self.get_entry(at, i, index) || self.get_character(at, i, index);
                return is_done || self.step(at, i, op, next);
            }
            Op::SetIndex | Op::AddIndex => {
                let adds = op == Op::AddIndex;
                return self.set_index(at, i, adds) || self.set_entry(at, i, adds) || self.step(at, i, op, next);
            }
            Op::GetField if self.get_signal(at, i) => {}
            Op::GetField if let Some(done) = self.call_getter(at, i) => return done,
            Op::GetField => return self.get_field(at, i) || self.step(at, i, op, next),
            Op::SetField | Op::AddField => {
                return self.set_field(at, i, op == Op::AddField) || self.step(at, i, op, next);
            }
            Op::InstanceOf => return self.instance_of(at, i) || self.step(at, i, op, next),
            Op::CellGet => return self.get_cell(at, i) || self.step(at, i, op, next),
            Op::CellAdd => return self.add_cell(at, i) || self.step(at, i, op, next),
            Op::Captured => return self.get_captured(at, i, false) || self.step(at, i, op, next),
            Op::CapturedGet => return self.get_captured(at, i, true) || self.step(at, i, op, next),
            Op::CapturedAdd => return self.add_captured(at, i) || self.step(at, i, op, next),
            Op::Iterate => return self.iterate(at, i) || self.step(at, i, op, next),
            Op::Next => {
                let target = target.expect("it jumps");
                if !self.next_of_list(at, i, next, target) && !self.next_of_text(at, i, next, target) {
                    return self.step(at, i, op, next);
                }
                return false;
            }

            _ if let Some((condition, sense)) = jump_test(op) => {
                let (left, right) = (Operand::Register(i.a(), seen.a), self.right_of_jump(op, b, seen.b));
                let holds = match self.compare_texts(at, i, condition, [(left, LAST_A), (right, LAST_B)]) {
                    None => self.compare(at, condition, left, right),
                    holds => holds,
                };
                match holds {
                    Some(holds) => {
                        self.branch(holds, sense, target.expect("it jumps"), next);
                        return false;
                    }
                    None => return self.step(at, i, op, next),
                }
            }

            Op::ForPrepare => {
                let target = target.expect("it jumps");
                if !self.for_prepare(at, i, next, target) {
                    return self.step(at, i, op, next);
                }
                return false;
            }
            Op::ForLoop => {
                self.for_loop(at, i, next, target.expect("it jumps"));
                return false;
            }

            Op::Return | Op::ReturnNull | Op::ReturnSelf if self.is_part() => {
                self.return_from_part(at, i, op);
                return false;
            }
            Op::Return | Op::ReturnNull | Op::ReturnSelf => {
                self.return_from_function(i, op);
                return false;
            }
            Op::TailCall | Op::TailKnown | Op::TailSelf | Op::TailMethod => {
                self.tail_call(at, i, op);
                return false;
            }
            Op::Yield | Op::Await | Op::Import | Op::Exports | Op::MatchFail | Op::Throw | Op::Rethrow => {
                self.yields |= matches!(op, Op::Yield | Op::Await);
                let exit = self.exit_at(at, Reason::Done);
                self.end(End::Exit(exit));
                return false;
            }
            _ => return self.step(at, i, op, next),
        }
        true
    }

    /// What an operation made, or has the VM do it.
    fn result(&mut self, at: usize, i: Instruction, op: Op, next: usize, result: Option<Value>) -> bool {
        match result {
            Some(value) => {
                self.state.set(i.a() as usize, value, false);
                true
            }
            None => self.step(at, i, op, next),
        }
    }

    /// A constant that is no number.
    fn constant(&mut self, i: Instruction) {
        let index = i.bc() as u32 as usize;
        let (tag, payload) = self.frame().unit.constants[index];
        let fixed = Fixed { whose: self.frame().whose.into(), index: index as u32, tag, payload };
        let is_extern = matches!(self.flow().function.constants.get(index), Some(Constant::Extern(_)));
        if tag.is_heap() {
            // The function keeps it.
            let address = self.address_of_constant(index);
            if is_extern {
                self.addresses.insert(address, fixed);
            }
            return self.state.set_borrowed(i.a() as usize, Borrowed { tag, address, root: None });
        }
        if is_extern {
            self.fixed.push(fixed);
        }
        let to = self.emit(Operation::AddressOf(i.a() as u32));
        let tag_word = self.int(tag as i64);
        let payload_word = self.int(payload as i64);
        self.store_parts(to, tag_word, payload_word);
        self.state.set_window(i.a() as usize);
        if tag == Tag::Native {
            self.state.set_native(i.a() as usize, payload);
        }
    }

    /// A register becomes a copy of another, or takes its value.
    pub(super) fn copy(&mut self, at: usize, to: u16, from: u16, takes: bool) {
        let seen = self.seen(at).b;
        if self.state.is_null(from as usize) {
            self.state.set_null(to as usize, false);
        } else if let Some(value) = self.number(at, from, seen) {
            self.state.set(to as usize, value, false);
        } else if let Some(borrowed) = self.state.borrowed(from as usize) {
            self.state.set_borrowed(to as usize, borrowed);
        } else if takes {
            self.move_raw(to, from);
        } else if let Some(borrowed) = self.borrow(at, from, seen) {
            self.state.set_borrowed(to as usize, borrowed);
        } else {
            let target = self.emit(Operation::AddressOf(to as u32));
            let source = self.emit(Operation::AddressOf(from as u32));
            self.emit_nothing(Operation::Call { helper: Helper::Clone, arguments: vec![target, source] });
            self.state.set_window(to as usize);
        }
        if takes {
            // Dead, and owning nothing.
            self.state.set_window(from as usize);
        }
    }

    /// The object in a register, if one kind was seen there.
    pub(super) fn borrow(&mut self, at: usize, register: u16, seen: Tags) -> Option<Borrowed> {
        let tag = only(seen)?;
        let exit = self.exit_at(at, Reason::Guard);
        let address = self.object(register, tag, exit)?;
        Some(Borrowed { tag, address, root: self.state.root(register as usize) })
    }

    /// A register of the window takes the value of another one.
    pub(super) fn move_raw(&mut self, to: u16, from: u16) {
        let target = self.emit(Operation::AddressOf(to as u32));
        let tag = self.emit(Operation::Tag(from as u32));
        let payload = self.emit(Operation::Payload { register: from as u32, width: Width::Int });
        self.store_parts(target, tag, payload);
        self.emit_nothing(Operation::PutNull { register: from as u32 });
        self.state.move_window(to as usize, from as usize);
    }

    /// Writes a value, as words: so the VM may read it.
    pub(super) fn store_parts(&mut self, address: Value, tag: Value, payload: Value) {
        for (offset, value) in [(jit_layout::TAG, tag), (jit_layout::PAYLOAD, payload)] {
            self.emit_nothing(Operation::Store { width: Width::Int, address, offset, value });
        }
    }

    /// A register of the window gives up what it owns: what was borrowed from that gets references of its own.
    pub(super) fn part_with(&mut self, register: u16) {
        let root = self.state.offset + register as usize;
        for borrower in self.state.borrowers(root) {
            if self.is_needed(self.at, borrower) {
                self.write_at(borrower);
            } else {
                self.state.forget_borrowed(borrower);
            }
        }
    }

    /// Drops what a register of the window owns.
    pub(super) fn release(&mut self, register: u16) {
        self.part_with(register);
        let address = self.emit(Operation::AddressOf(register as u32));
        self.emit_nothing(Operation::Call { helper: Helper::Release, arguments: vec![address] });
    }

    /// The register was used for the last time.
    pub(super) fn drop_last(&mut self, register: u16) {
        if self.state.is_window(register as usize) {
            self.release(register);
        }
        self.state.set_window(register as usize);
    }

    fn right_of_jump(&self, op: Op, b: u16, seen: Tags) -> Operand {
        match op.info().b {
            motet_code::Operand::Immediate => Operand::Immediate(b as i16),
            motet_code::Operand::Constant => Operand::Constant(b),
            _ => Operand::Register(b, seen),
        }
    }

    /// Has the VM do an instruction. False: it ended the block.
    fn step(&mut self, at: usize, i: Instruction, op: Op, next: usize) -> bool {
        if !self.gets_frame() {
            return false;
        }
        self.steps += 1;
        self.calls |= self.seen(at).calls;
        self.bring_all(at);
        let parts = self.parts();
        let reads = op == Op::GetField && i.a() != i.b() && self.may_be_signal(at, i);
        let taken = self.emit(Operation::Step { at: at as u32, word: i.0, next: next as u32, reads, parts });
        self.forget_all(i, op);
        match self.flow().target(at) {
            None => true,
            Some(target) => {
                self.branch(taken, true, target, next);
                false
            }
        }
    }

    /// The window has all that is alive where an instruction begins.
    pub(super) fn bring_all(&mut self, at: usize) {
        for register in 1..self.state.len() {
            if self.is_needed(at, register) {
                self.write_at(register);
            }
        }
    }

    /// Something ran that may have changed any object, and the registers that an instruction changes.
    pub(super) fn forget_all(&mut self, i: Instruction, op: Op) {
        let mut changed = Vec::new();
        visit(i, op, &self.flow().context(), &mut |register, role| match role {
            Role::Use(flag) | Role::UseCell(flag) if i.flags() & flag == 0 => {}
            Role::Borrow => {}
            _ => changed.push(register as usize),
        });
        for register in changed {
            self.state.set_window(register);
        }
        self.state.forget_contents();
    }
}

/// Where a value's parts lie in a register.
mod jit_layout {
    use motet_vm::memory::Value;

    pub const TAG: i32 = Value::TAG_OFFSET as i32;
    pub const PAYLOAD: i32 = Value::PAYLOAD_OFFSET as i32;
}

fn operator(op: Op) -> Arithmetic {
    match op {
        Op::Add | Op::AddI | Op::AddK | Op::AddTo => Arithmetic::Add,
        Op::Sub | Op::SubI | Op::SubK | Op::KSub | Op::SubFrom => Arithmetic::Subtract,
        Op::Mul | Op::MulI | Op::MulK | Op::KMul => Arithmetic::Multiply,
        Op::Div | Op::DivK | Op::KDiv => Arithmetic::Divide,
        Op::FloorDiv | Op::FloorDivI => Arithmetic::FloorDivide,
        Op::Mod | Op::ModI | Op::ModK => Arithmetic::Modulo,
        _ => unreachable!("operations of two numbers only"),
    }
}

/// What a comparing jump tests, and for which outcome it jumps.
fn jump_test(op: Op) -> Option<(Condition, bool)> {
    Some(match op {
        Op::JumpLt | Op::JumpLtI | Op::JumpLtK => (Condition::Less, true),
        Op::JumpNotLt | Op::JumpNotLtI | Op::JumpNotLtK => (Condition::Less, false),
        Op::JumpLe | Op::JumpLeI => (Condition::LessEqual, true),
        Op::JumpNotLe | Op::JumpNotLeI => (Condition::LessEqual, false),
        Op::JumpGtI | Op::JumpGtK => (Condition::Greater, true),
        Op::JumpNotGtI | Op::JumpNotGtK => (Condition::Greater, false),
        Op::JumpGeI => (Condition::GreaterEqual, true),
        Op::JumpNotGeI => (Condition::GreaterEqual, false),
        Op::JumpEq | Op::JumpEqI | Op::JumpEqK => (Condition::Equal, true),
        Op::JumpNotEq | Op::JumpNotEqI | Op::JumpNotEqK => (Condition::Equal, false),
        _ => return None,
    })
}
