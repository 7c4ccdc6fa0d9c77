//! What each operation becomes.

use super::{Compiler, MOST_REGISTERS, SPARE, SPARE_CALL, Value};
use crate::modules::instructions::{IMMEDIATE, Opcode};
use crate::modules::lower::{Plan, plan};
use motet_middle::{Load, Operation, Type};

impl Compiler<'_> {
    pub(super) fn binary(&mut self, opcode: Opcode) {
        let (right, right_height) = self.pop();
        let (left, left_height) = self.pop();
        let is_wide = opcode as u8 & 1 != 0;
        if let Value::Constant(bits) = right
            && let Some(immediate) = as_immediate(bits, is_wide)
        {
            let first = self.operand(left, left_height);
            return self.result(opcode, first, IMMEDIATE, immediate);
        }
        if let Value::Constant(bits) = left
            && is_commutative(opcode)
            && let Some(immediate) = as_immediate(bits, is_wide)
        {
            let first = self.operand(right, right_height);
            return self.result(opcode, first, IMMEDIATE, immediate);
        }
        let first = self.operand(left, left_height);
        let second = self.operand(right, right_height);
        self.result(opcode, first, second, 0);
    }

    pub(super) fn operation(&mut self, operation: &Operation) {
        let places_of = self.places_of;
        match *operation {
            Operation::Block(signature) => {
                self.settle_from(0);
                self.enter(signature, None, false);
            }
            Operation::Loop(signature) => {
                self.settle_from(0);
                self.enter(signature, None, true);
            }
            Operation::If(signature) => {
                let (condition, height) = self.pop();
                self.settle_from(0);
                self.spares = 0;
                let condition = self.operand(condition, height);
                let to_else = self.jump(Opcode::JumpUnless, condition);
                self.enter(signature, Some(to_else), false);
            }
            Operation::Else | Operation::End => unreachable!("they are the caller's"),
            Operation::Branch(depth) => self.branch(depth),
            Operation::BranchIf(depth) => {
                let (condition, height) = self.pop();
                // What the branch carries is at home on both ways, which may move a copy of the condition's local, but
                // not the condition: its home is above.
                let (count, ..) = self.carried(depth);
                self.settle_from(self.stack.len() - count);
                self.spares = 0;
                let condition = self.operand(condition, height);
                self.conditional_branch(condition, depth);
            }
            Operation::BranchTable(ref depths) => self.branch_table(depths),
            Operation::Return => {
                let count = self.frames[0].results;
                self.leave(count);
            }
            Operation::Trap(trap) => self.emit(Opcode::Trap, 0, 0, 0, trap as u32),
            Operation::Call(function) => {
                let signature = self.module.signature_of(function);
                let (taken, given) = (signature.parameters.len(), signature.results.len());
                let number = places_of.functions[function as usize];
                self.consecutive(taken, given, 0, |this, first| this.emit(Opcode::Call, first, 0, 0, number));
            }
            Operation::CallIndirect { table, signature } => {
                let of = &self.module.signatures[signature as usize];
                let (taken, given) = (of.parameters.len(), of.results.len());
                let (index, height) = self.pop();
                let index = self.operand(index, height);
                let signature = places_of.signatures[signature as usize];
                let table = places_of.tables[table as usize];
                // Arguments that go to spare registers use those for operands; the index takes the last of all.
                let index = if self.is_big && u32::from(index) >= SPARE && u32::from(index) < SPARE_CALL {
                    let last = (MOST_REGISTERS - 1) as u8;
                    self.emit(Opcode::Move, last, index, 0, 0);
                    last
                } else {
                    index
                };
                self.consecutive(taken, given, 0, |this, first| {
                    this.emit(Opcode::CallIndirect, first, index, 0, signature);
                    this.emit(Opcode::Operand, 0, 0, 0, table);
                });
            }
            Operation::Drop => {
                self.pop();
            }
            Operation::Select => {
                let (condition, condition_height) = self.pop();
                let (right, right_height) = self.pop();
                let (left, left_height) = self.pop();
                let condition = self.operand(condition, condition_height);
                let first = self.operand(left, left_height);
                let second = self.operand(right, right_height);
                self.result(Opcode::Select, first, second, u32::from(condition));
            }
            Operation::LocalGet(local) => self.push(Value::Local(local)),
            Operation::LocalSet(local) => self.set_local(local, false),
            Operation::LocalTee(local) => self.set_local(local, true),
            Operation::GlobalGet(global) => self.result(Opcode::CellGet, 0, 0, places_of.globals[global as usize]),
            Operation::GlobalSet(global) => {
                let (value, height) = self.pop();
                let register = self.operand(value, height);
                self.emit(Opcode::CellSet, 0, register, 0, places_of.globals[global as usize]);
            }
            Operation::Constant(_, bits) => self.push(Value::Constant(bits)),
            Operation::Numeric(numeric) => match plan(numeric) {
                Plan::Binary(opcode) => self.binary(opcode),
                Plan::Unary(opcode) => self.unary(opcode, 0, 0),
                Plan::Immediate(opcode, immediate) => self.unary(opcode, IMMEDIATE, immediate),
                Plan::Prepared(first, immediate, second) => {
                    self.unary(first, IMMEDIATE, immediate);
                    self.unary(second, 0, 0);
                }
                Plan::Same => {}
            },
            Operation::Load(load, offset) => self.unary(Opcode::Load, access(load), offset as u32),
            Operation::Store(store, offset) => {
                let (value, value_height) = self.pop();
                let (address, address_height) = self.pop();
                let value = self.operand(value, value_height);
                let address = self.operand(address, address_height);
                self.emit(Opcode::Store, value, address, store.bytes.trailing_zeros() as u8, offset as u32);
            }
            Operation::MemorySize => self.result(Opcode::MemorySize, 0, 0, 0),
            Operation::MemoryGrow => {
                let memory = places_of.memory;
                self.consecutive(1, 1, 2, |this, first| {
                    this.emit(Opcode::Constant, first + 1, 0, 0, memory);
                    this.emit(Opcode::Host, first, 0, 0, crate::modules::SERVICE_GROW);
                });
            }
            Operation::MemoryCopy => self.bulk(Opcode::MemoryCopy, 0, None),
            Operation::MemoryFill => self.bulk(Opcode::MemoryFill, 0, None),
            Operation::MemoryInit(data) => self.bulk(Opcode::MemoryInit, places_of.data[data as usize], None),
            Operation::DataDrop(data) => self.emit(Opcode::Drop, 0, 0, 0, places_of.data[data as usize]),
            Operation::TableGet(table) => self.unary(Opcode::TableGet, 0, places_of.tables[table as usize]),
            Operation::TableSet(table) => {
                let (value, value_height) = self.pop();
                let (index, index_height) = self.pop();
                let value = self.operand(value, value_height);
                let index = self.operand(index, index_height);
                self.emit(Opcode::TableSet, value, index, 0, places_of.tables[table as usize]);
            }
            Operation::TableSize(table) => self.result(Opcode::TableSize, 0, 0, places_of.tables[table as usize]),
            Operation::TableGrow(table) => self.table_grow(places_of.tables[table as usize]),
            Operation::TableFill(table) => self.bulk(Opcode::TableFill, places_of.tables[table as usize], None),
            Operation::TableCopy { to, from } => {
                let from = places_of.tables[from as usize];
                self.bulk(Opcode::TableCopy, places_of.tables[to as usize], Some(from));
            }
            Operation::TableInit { table, elements } => {
                let from = places_of.elements[elements as usize];
                self.bulk(Opcode::TableCopy, places_of.tables[table as usize], Some(from));
            }
            Operation::ElementsDrop(elements) => {
                self.emit(Opcode::Drop, 0, 0, 0, places_of.elements[elements as usize]);
            }
            Operation::Null(_) => self.push(Value::Constant(0)),
            Operation::IsNull => self.unary(Opcode::Equal64, IMMEDIATE, 0),
            Operation::FunctionReference(function) => {
                self.push(Value::Constant(u64::from(places_of.functions[function as usize]) + 1));
            }
        }
    }

    pub(super) fn unary(&mut self, opcode: Opcode, second: u8, immediate: u32) {
        let (value, height) = self.pop();
        let register = self.operand(value, height);
        self.result(opcode, register, second, immediate);
    }

    pub(super) fn bulk(&mut self, opcode: Opcode, listed: u32, other: Option<u32>) {
        self.consecutive(3, 0, 0, |this, first| {
            this.emit(opcode, first, 0, 0, listed);
            if let Some(other) = other {
                this.emit(Opcode::Operand, 0, 0, 0, other);
            }
        });
    }

    /// Takes a reference and a number. The new elements are null at first, and are then filled.
    pub(super) fn table_grow(&mut self, table: u32) {
        self.consecutive(2, 1, 6, |this, first| {
            let [reference, number, old, goal, value, count] = [0, 1, 2, 3, 4, 5].map(|offset| first + offset);
            this.emit(Opcode::TableGrow, old, number, 0, table);
            this.emit(Opcode::Equal, goal, old, IMMEDIATE, u32::MAX);
            let failed = this.jump(Opcode::JumpIf, goal);
            this.emit(Opcode::Move, goal, old, 0, 0);
            this.emit(Opcode::Move, value, reference, 0, 0);
            this.emit(Opcode::Move, count, number, 0, 0);
            this.emit(Opcode::TableFill, goal, 0, 0, table);
            this.patch(failed);
            this.emit(Opcode::Move, reference, old, 0, 0);
        });
    }
}

fn is_commutative(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        Add | Add64
            | Multiply
            | Multiply64
            | And
            | And64
            | Or
            | Or64
            | ExclusiveOr
            | ExclusiveOr64
            | Equal
            | Equal64
            | NotEqual
            | NotEqual64
    )
}

/// The immediate that stands for these bits, if there is one.
fn as_immediate(bits: u64, is_wide: bool) -> Option<u32> {
    let immediate = bits as u32;
    let read = if is_wide { i64::from(immediate.cast_signed()).cast_unsigned() } else { u64::from(immediate) };
    (read == bits).then_some(immediate)
}

/// The field that says how to load.
fn access(load: Load) -> u8 {
    let narrow = matches!(load.result, Type::I32 | Type::F32);
    load.bytes.trailing_zeros() as u8 | u8::from(load.signed) << 3 | u8::from(narrow) << 4
}
