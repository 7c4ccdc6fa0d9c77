//! Arithmetic and comparisons.

use super::Lowering;
use crate::ir::{Condition, FloatFunction, FloatOperator, IntOperator, Operation};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self as clif, InstBuilder, types};

impl Lowering<'_, '_> {
    pub(super) fn number(&mut self, operation: &Operation) -> clif::Value {
        match operation {
            Operation::Checked { operator, left, right, exit } => {
                let (left, right) = (self.value(*left), self.value(*right));
                let (result, overflows) = match operator {
                    IntOperator::Add => self.builder.ins().sadd_overflow(left, right),
                    IntOperator::Subtract => self.builder.ins().ssub_overflow(left, right),
                    IntOperator::Multiply => self.builder.ins().smul_overflow(left, right),
                    other => unreachable!("{other:?} is not checked"),
                };
                self.leave_if(overflows, true, *exit);
                result
            }
            Operation::Wrapping { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.wrapping(*operator, left, right)
            }
            Operation::FloatArithmetic { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                match operator {
                    FloatOperator::Add => self.builder.ins().fadd(left, right),
                    FloatOperator::Subtract => self.builder.ins().fsub(left, right),
                    FloatOperator::Multiply => self.builder.ins().fmul(left, right),
                    FloatOperator::Divide => self.builder.ins().fdiv(left, right),
                }
            }
            Operation::FloatFunction { function, value } => {
                let value = self.value(*value);
                match function {
                    FloatFunction::Negate => self.builder.ins().fneg(value),
                    FloatFunction::SquareRoot => self.builder.ins().sqrt(value),
                    FloatFunction::Absolute => self.builder.ins().fabs(value),
                    FloatFunction::Floor => self.builder.ins().floor(value),
                    FloatFunction::Ceiling => self.builder.ins().ceil(value),
                }
            }
            Operation::ToInt(value) => {
                let value = self.value(*value);
                self.builder.ins().fcvt_to_sint_sat(types::I64, value)
            }
            Operation::SelectInt { condition, then, otherwise }
            | Operation::SelectFloat { condition, then, otherwise } => {
                let (then, otherwise) = (self.value(*then), self.value(*otherwise));
                let condition = self.value(*condition);
                self.builder.ins().select(condition, then, otherwise)
            }
            Operation::ToFloat(value) => {
                let value = self.value(*value);
                self.builder.ins().fcvt_from_sint(types::F64, value)
            }
            Operation::CompareInts { condition, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.builder.ins().icmp(codes(*condition).0, left, right)
            }
            Operation::SameAddress { left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.builder.ins().icmp(IntCC::Equal, left, right)
            }
            Operation::CompareFloats { condition, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                let code = codes(*condition).1.expect("the function is verified");
                self.builder.ins().fcmp(code, left, right)
            }
            Operation::Not(value) => {
                let value = self.value(*value);
                self.builder.ins().bxor_imm_u(value, 1)
            }
            other => unreachable!("{other:?} is none of numbers"),
        }
    }

    fn wrapping(&mut self, operator: IntOperator, left: clif::Value, right: clif::Value) -> clif::Value {
        match operator {
            IntOperator::Add => self.builder.ins().iadd(left, right),
            IntOperator::Subtract => self.builder.ins().isub(left, right),
            IntOperator::Multiply => self.builder.ins().imul(left, right),
            IntOperator::And => self.builder.ins().band(left, right),
            IntOperator::Modulo => {
                // The remainder has the sign of the dividend; the divisor is greater than 0.
                let rest = self.builder.ins().srem(left, right);
                let sum = self.builder.ins().iadd(rest, right);
                let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, rest, 0);
                self.builder.ins().select(is_negative, sum, rest)
            }
            IntOperator::FloorDivide => {
                let quotient = self.builder.ins().sdiv(left, right);
                let rest = self.builder.ins().srem(left, right);
                let less = self.builder.ins().iadd_imm_s(quotient, -1);
                let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, rest, 0);
                self.builder.ins().select(is_negative, less, quotient)
            }
        }
    }
}

/// A condition of integers, and of floats.
fn codes(condition: Condition) -> (IntCC, Option<FloatCC>) {
    match condition {
        Condition::Equal => (IntCC::Equal, Some(FloatCC::Equal)),
        Condition::NotEqual => (IntCC::NotEqual, Some(FloatCC::NotEqual)),
        Condition::Less => (IntCC::SignedLessThan, Some(FloatCC::LessThan)),
        Condition::LessEqual => (IntCC::SignedLessThanOrEqual, Some(FloatCC::LessThanOrEqual)),
        Condition::Greater => (IntCC::SignedGreaterThan, Some(FloatCC::GreaterThan)),
        Condition::GreaterEqual => (IntCC::SignedGreaterThanOrEqual, Some(FloatCC::GreaterThanOrEqual)),
        Condition::Below => (IntCC::UnsignedLessThan, None),
    }
}
