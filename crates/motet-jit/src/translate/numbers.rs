//! Operations on numbers: what the interpreter's loop does itself, with the same bits. All else is left to it.

use super::Translation;
use crate::ir::{Condition, ExitId, FloatFunction, FloatOperator, IntOperator, Operation, Reason, Type, Value};
use motet_code::Constant;
use motet_vm::jit::Tags;
use motet_vm::memory::Tag;

/// Operators of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
}

/// A register, or a number that the code names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand {
    /// With the tags that were seen in it here.
    Register(u16, Tags),
    Immediate(i16),
    Constant(u16),
}

impl Translation<'_> {
    /// The value of a register, if it is a number or a boolean of one type here: known, or seen and guarded.
    pub(super) fn number(&mut self, at: usize, register: u16, seen: Tags) -> Option<Value> {
        let register = register as usize;
        if let Some(value) = self.state.value(register) {
            return Some(value);
        }
        if !self.state.is_window(register) || register == 0 {
            return None;
        }
        let of = Self::seen_type(seen)?;
        let exit = self.exit_at(at, Reason::Guard);
        let value = self.load_as(register as u32, of, exit);
        self.state.set(register, value, true);
        Some(value)
    }

    fn operand(&mut self, at: usize, operand: Operand) -> Option<Value> {
        match operand {
            Operand::Register(register, seen) => self.number(at, register, seen),
            Operand::Immediate(number) => Some(self.int(number as i64)),
            Operand::Constant(index) => match self.flow().function.constants.get(index as usize)? {
                Constant::Int(number) => Some(self.int(*number)),
                Constant::Float(number) => Some(self.emit(Operation::Float(number.to_bits()))),
                _ => None,
            },
        }
    }

    /// The result of an operator, if both operands are numbers and the interpreter's loop knows their types.
    pub(super) fn arithmetic(
        &mut self,
        at: usize,
        operator: Arithmetic,
        left: Operand,
        right: Operand,
    ) -> Option<Value> {
        let left = self.operand(at, left)?;
        let right = self.operand(at, right)?;
        let is_number = |of: Type| matches!(of, Type::Int | Type::Float);
        let types = (self.out.type_of(left), self.out.type_of(right));
        if !is_number(types.0) || !is_number(types.1) {
            return None;
        }
        if types == (Type::Int, Type::Int) {
            let rounds = matches!(operator, Arithmetic::FloorDivide | Arithmetic::Modulo);
            if rounds && self.constants.get(&right).is_some_and(|number| *number <= 0) {
                return None;
            }
            let exit = self.exit_at(at, Reason::Guard);
            let checked = |operator| Operation::Checked { operator, left, right, exit };
            let operation = match operator {
                Arithmetic::Add => checked(IntOperator::Add),
                Arithmetic::Subtract => checked(IntOperator::Subtract),
                Arithmetic::Multiply => checked(IntOperator::Multiply),
                Arithmetic::FloorDivide | Arithmetic::Modulo => {
                    self.guard_positive(right, exit);
                    let floor = operator == Arithmetic::FloorDivide;
                    let operator = if floor { IntOperator::FloorDivide } else { IntOperator::Modulo };
                    Operation::Wrapping { operator, left, right }
                }
                Arithmetic::Divide => {
                    let left = self.emit(Operation::ToFloat(left));
                    let right = self.emit(Operation::ToFloat(right));
                    Operation::FloatArithmetic { operator: FloatOperator::Divide, left, right }
                }
            };
            return Some(self.emit(operation));
        }
        let operator = match operator {
            Arithmetic::Add => FloatOperator::Add,
            Arithmetic::Subtract => FloatOperator::Subtract,
            Arithmetic::Multiply => FloatOperator::Multiply,
            Arithmetic::Divide => FloatOperator::Divide,
            Arithmetic::FloorDivide | Arithmetic::Modulo => return None,
        };
        let left = self.as_float(left);
        let right = self.as_float(right);
        Some(self.emit(Operation::FloatArithmetic { operator, left, right }))
    }

    /// The sum of two integers, or of two floats.
    pub(super) fn sum(&mut self, left: Value, right: Value, exit: ExitId) -> Value {
        self.emit(match self.out.type_of(left) {
            Type::Float => Operation::FloatArithmetic { operator: FloatOperator::Add, left, right },
            _ => Operation::Checked { operator: IntOperator::Add, left, right, exit },
        })
    }

    pub(super) fn as_float(&mut self, value: Value) -> Value {
        if self.out.type_of(value) == Type::Float { value } else { self.emit(Operation::ToFloat(value)) }
    }

    fn guard_positive(&mut self, value: Value, exit: ExitId) {
        if self.constants.get(&value).is_some_and(|number| *number > 0) {
            return;
        }
        let zero = self.int(0);
        let positive = self.emit(Operation::CompareInts { condition: Condition::Greater, left: value, right: zero });
        self.emit_nothing(Operation::Guard { value: positive, expected: true, exit });
    }

    /// Whether a comparison holds, if both are integers or both floats; an integer that the code names becomes a float
    /// beside one.
    pub(super) fn compare(&mut self, at: usize, condition: Condition, left: Operand, right: Operand) -> Option<Value> {
        let named = matches!(right, Operand::Immediate(_));
        let left = self.operand(at, left)?;
        let mut right = self.operand(at, right)?;
        if named && self.out.type_of(left) == Type::Float {
            right = self.as_float(right);
        }
        match (self.out.type_of(left), self.out.type_of(right)) {
            (Type::Int, Type::Int) => Some(self.emit(Operation::CompareInts { condition, left, right })),
            (Type::Float, Type::Float) => Some(self.emit(Operation::CompareFloats { condition, left, right })),
            _ => None,
        }
    }

    pub(super) fn negative(&mut self, at: usize, register: u16, seen: Tags) -> Option<Value> {
        let value = self.number(at, register, seen)?;
        match self.out.type_of(value) {
            Type::Float => Some(self.emit(Operation::FloatFunction { function: FloatFunction::Negate, value })),
            Type::Int => {
                let zero = self.int(0);
                let exit = self.exit_at(at, Reason::Guard);
                let operator = IntOperator::Subtract;
                Some(self.emit(Operation::Checked { operator, left: zero, right: value, exit }))
            }
            _ => None,
        }
    }

    /// Whether a register counts as true. Leaves if it is a future, which the interpreter refuses.
    pub(super) fn truth(&mut self, at: usize, register: u16, seen: Tags) -> Value {
        if self.state.is_null(register as usize) {
            return self.emit(Operation::Bool(false));
        }
        if let Some(value) = self.number(at, register, seen) {
            return match self.out.type_of(value) {
                Type::Bool => value,
                _ => self.emit(Operation::Bool(true)),
            };
        }
        if let Some(borrowed) = self.state.borrowed(register as usize) {
            if borrowed.tag != Tag::Foreign {
                return self.emit(Operation::Bool(true));
            }
            self.write(register as usize);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let tag = self.emit(Operation::Tag(register as u32));
        let foreign = self.int(Tag::Foreign as i64);
        let fine = self.emit(Operation::CompareInts { condition: Condition::NotEqual, left: tag, right: foreign });
        self.emit_nothing(Operation::Guard { value: fine, expected: true, exit });
        let first = self.int(Tag::True as i64);
        self.emit(Operation::CompareInts { condition: Condition::GreaterEqual, left: tag, right: first })
    }

    /// Whether a register has a tag.
    pub(super) fn has_tag(&mut self, register: u16, tag: Tag) -> Value {
        if self.state.is_null(register as usize) {
            return self.emit(Operation::Bool(tag == Tag::Null));
        }
        if self.state.value(register as usize).is_some() {
            return self.emit(Operation::Bool(false));
        }
        if let Some(borrowed) = self.state.borrowed(register as usize) {
            return self.emit(Operation::Bool(borrowed.tag == tag));
        }
        let found = self.emit(Operation::Tag(register as u32));
        let wanted = self.int(tag as i64);
        self.emit(Operation::CompareInts { condition: Condition::Equal, left: found, right: wanted })
    }
}
