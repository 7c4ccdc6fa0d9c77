//! Arithmetic and comparisons.

use super::Lowering;
use crate::ir::{Condition, FloatFunction, FloatOperator, IntOperator, Operation};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self as clif, InstBuilder, types};

impl Lowering<'_, '_> {
    pub(super) fn number(&mut self, operation: &Operation) -> clif::Value {
        match operation {
            Operation::Checked { operator: IntOperator::Add, left, right, exit }
                if let Some(number) = self.integer(*right) =>
            {
                // Comparing with what there was is one instruction less than looking at the processor's flag.
                let (left, right) = (self.value(*left), self.value(*right));
                let sum = self.builder.ins().iadd(left, right);
                let wraps = if number < 0 { IntCC::SignedGreaterThan } else { IntCC::SignedLessThan };
                let overflows = self.builder.ins().icmp(wraps, sum, left);
                self.leave_if(overflows, true, *exit);
                sum
            }
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
            Operation::Wrapping {
                operator: operator @ (IntOperator::FloorDivide | IntOperator::Modulo),
                left,
                right,
            } => {
                // What is not greater than 0 has been left for before.
                let divisor = self.integer(*right).filter(|divisor| *divisor > 0);
                let (left, right) = (self.value(*left), self.value(*right));
                self.floor(*operator, left, right, divisor)
            }
            Operation::Wrapping { operator, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                self.wrapping(*operator, left, right)
            }
            Operation::FloatArithmetic { operator: FloatOperator::Divide, left, right }
                if let Some(factor) = self.float(*right).and_then(exact_reciprocal) =>
            {
                let left = self.value(*left);
                let factor = self.builder.ins().f64const(factor);
                self.builder.ins().fmul(left, factor)
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
            Operation::ToFloat(value) if let Some(number) = self.integer(*value) => {
                self.builder.ins().f64const(number as f64)
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
            IntOperator::FloorDivide | IntOperator::Modulo => unreachable!("they have a function of their own"),
        }
    }

    /// The quotient, rounded down, or what is left, by a divisor greater than 0.
    fn floor(
        &mut self,
        operator: IntOperator,
        left: clif::Value,
        right: clif::Value,
        divisor: Option<i64>,
    ) -> clif::Value {
        let divides = operator == IntOperator::FloorDivide;
        if let Some(power) = divisor.filter(|divisor| divisor.count_ones() == 1) {
            return match divides {
                true => self.builder.ins().sshr_imm_u(left, i64::from(power.trailing_zeros())),
                false => self.builder.ins().band_imm_s(left, power - 1),
            };
        }
        let quotient = match divisor {
            Some(divisor) => self.quotient(left, divisor),
            None => self.builder.ins().sdiv(left, right),
        };
        let whole = self.builder.ins().imul(quotient, right);
        let rest = self.builder.ins().isub(left, whole);
        let is_negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, rest, 0);
        let lower = match divides {
            true => self.builder.ins().iadd_imm_s(quotient, -1),
            false => self.builder.ins().iadd(rest, right),
        };
        self.builder.ins().select(is_negative, lower, if divides { quotient } else { rest })
    }

    /// The quotient, rounded towards 0, by a number greater than 1: a product, whose upper half is shifted.
    fn quotient(&mut self, left: clif::Value, divisor: i64) -> clif::Value {
        let (factor, shift) = reciprocal(divisor);
        let wide = self.builder.ins().iconst(types::I64, factor);
        let mut upper = self.builder.ins().smulhi(left, wide);
        if factor < 0 {
            // It stands for a number that is 2^64 more.
            upper = self.builder.ins().iadd(upper, left);
        }
        let shifted = self.builder.ins().sshr_imm_u(upper, shift);
        let sign = self.builder.ins().ushr_imm_u(left, 63);
        self.builder.ins().iadd(shifted, sign)
    }
}

/// One divided by a power of two, so that multiplying by it is dividing by that.
fn exact_reciprocal(divisor: f64) -> Option<f64> {
    const FRACTION: u64 = (1 << 52) - 1;
    let reciprocal = 1.0 / divisor;
    let is_power = divisor.is_normal() && divisor.to_bits() & FRACTION == 0;
    (is_power && reciprocal.is_normal()).then_some(reciprocal)
}

/// A factor and a shift that stand for dividing by a number greater than 1: the factor is 2^(64 + shift) divided by the number,
/// rounded up, in 64 bits. The shift is the least with which that is exact for all dividends (Granlund and Montgomery, 1994).
fn reciprocal(divisor: i64) -> (i64, i64) {
    let divisor = divisor as u128;
    let largest = (1u128 << 63) - (1u128 << 63) % divisor - 1;
    let mut shift = 0;
    loop {
        let power = 1u128 << (64 + shift);
        let up = divisor - power % divisor;
        if power > largest * up {
            return (((power + up) / divisor) as u64 as i64, shift);
        }
        shift += 1;
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

#[cfg(test)]
mod tests {
    use super::{exact_reciprocal, reciprocal};

    /// As the code does it.
    fn quotient(left: i64, divisor: i64) -> i64 {
        let (factor, shift) = reciprocal(divisor);
        let mut upper = ((i128::from(left) * i128::from(factor)) >> 64) as i64;
        if factor < 0 {
            upper = upper.wrapping_add(left);
        }
        (upper >> shift) + (left as u64 >> 63) as i64
    }

    #[test]
    fn a_product_is_the_quotient_for_all_divisors_at_the_edges() {
        let edges = |number: i64| (-3..=3).map(move |near| number.wrapping_add(near));
        let powers = || (0..63).map(|power| 1i64 << power);
        let divisors: Vec<i64> = (2..2_000)
            .chain([1_000_000_007, 6_700_417, 10_000_000_000])
            .chain(powers().flat_map(edges))
            .chain(edges(i64::MAX))
            .filter(|divisor| *divisor > 1)
            .collect();
        let numbers: Vec<i64> =
            powers().flat_map(|power| edges(power).chain(edges(-power))).chain(edges(i64::MIN)).collect();
        for divisor in divisors {
            let multiples =
                [1, 2, i64::MAX / divisor, i64::MIN / divisor].map(|times: i64| times.wrapping_mul(divisor));
            for left in numbers.iter().copied().chain(multiples.into_iter().flat_map(edges)) {
                assert_eq!(quotient(left, divisor), left / divisor, "{left} / {divisor}");
            }
        }
    }

    #[test]
    fn only_powers_of_two_have_an_exact_reciprocal() {
        let cases =
            [(2.0, Some(0.5)), (-0.25, Some(-4.0)), (1.0, Some(1.0)), (f64::MIN_POSITIVE, Some(2f64.powi(1022)))];
        for (divisor, wanted) in cases {
            assert_eq!(exact_reciprocal(divisor), wanted, "{divisor}");
        }
        for divisor in [0.0, -0.0, 3.0, f64::NAN, f64::INFINITY, 2f64.powi(1023), 5e-324] {
            assert_eq!(exact_reciprocal(divisor), None, "{divisor}");
        }
    }
}
