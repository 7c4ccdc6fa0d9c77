//! Arithmetic and comparisons as values.

use super::emitter::{Emitter, Want};
use crate::tree::{Arithmetic, Comparison, Expr, ExprKind};
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    /// `a + b + c …`, from the left.
    pub fn arithmetic(&mut self, operation: Arithmetic, operands: &[Expr], want: Want) {
        let [first, middle @ .., last] = operands else { return };
        let Some((second, middle)) = middle.split_first() else {
            let to = self.destination(want);
            self.binary(operation, first, last, to);
            return self.deliver(to, want);
        };
        let sum = self.reserve(1);
        self.binary(operation, first, second, sum);
        for operand in middle {
            self.accumulate(operation, sum, operand, sum);
        }
        let to = self.destination(want);
        self.accumulate(operation, sum, last, to);
        self.deliver(to, want);
    }

    /// One step of a chain: `to = sum op operand`.
    fn accumulate(&mut self, operation: Arithmetic, sum: u16, operand: &Expr, to: u16) {
        let next = self.next;
        if let Some((op, immediate)) = self.with_immediate(operation, operand) {
            self.op(op, to, sum, immediate as u16);
        } else if let Some((op, constant)) = self.with_constant(operation, operand) {
            self.op(op, to, sum, constant);
        } else {
            let operand = self.operand(operand);
            if operation == Arithmetic::Add && to == sum && self.shared.specialise {
                // A string grows in place.
                self.op(Op::AddTo, sum, operand, 0);
            } else {
                self.op(plain(operation), to, sum, operand);
            }
        }
        self.next = next;
    }

    /// `to = left op right`; `to` is written last.
    pub fn binary(&mut self, operation: Arithmetic, left: &Expr, right: &Expr, to: u16) {
        let next = self.next;
        if let Some((op, immediate)) = self.with_immediate(operation, right) {
            let left = self.operand(left);
            self.op(op, to, left, immediate as u16);
        } else if let Some((op, constant)) = self.with_constant(operation, right) {
            let left = self.operand(left);
            self.op(op, to, left, constant);
        } else if let Some((op, constant)) = self.constant_with(operation, left) {
            let right = self.operand(right);
            self.op(op, to, constant, right);
        } else {
            let (left, right) = self.operands(left, right);
            self.op(plain(operation), to, left, right);
        }
        self.next = next;
    }

    /// The operation whose right operand is part of the instruction.
    pub fn with_immediate(&self, operation: Arithmetic, right: &Expr) -> Option<(Op, i16)> {
        if !self.shared.specialise {
            return None;
        }
        let ExprKind::Int(value) = right.kind else { return None };
        let value = i16::try_from(value).ok()?;
        let op = match operation {
            Arithmetic::Add => Op::AddI,
            Arithmetic::Sub => Op::SubI,
            Arithmetic::Mul => Op::MulI,
            Arithmetic::FloorDiv if value != 0 => Op::FloorDivI,
            Arithmetic::Mod if value != 0 => Op::ModI,
            _ => return None,
        };
        Some((op, value))
    }

    /// A number that an operation may take as a constant.
    fn number(&self, expr: &Expr) -> Option<Constant> {
        match expr.kind {
            _ if !self.shared.specialise => None,
            ExprKind::Int(value) => Some(Constant::Int(value)),
            ExprKind::Float(value) => Some(Constant::Float(value)),
            _ => None,
        }
    }

    /// The operation whose right operand is a constant number.
    fn with_constant(&mut self, operation: Arithmetic, right: &Expr) -> Option<(Op, u16)> {
        let constant = self.number(right)?;
        let is_zero = matches!(constant, Constant::Int(0)) || matches!(constant, Constant::Float(zero) if zero == 0.0);
        let op = match operation {
            Arithmetic::Add => Op::AddK,
            Arithmetic::Sub => Op::SubK,
            Arithmetic::Mul => Op::MulK,
            // Division by zero takes the general way.
            Arithmetic::Div if !is_zero => Op::DivK,
            Arithmetic::Mod if !is_zero => Op::ModK,
            _ => return None,
        };
        Some((op, self.short_constant(constant)?))
    }

    /// The operation whose left operand is a constant number.
    fn constant_with(&mut self, operation: Arithmetic, left: &Expr) -> Option<(Op, u16)> {
        let op = match operation {
            Arithmetic::Sub => Op::KSub,
            Arithmetic::Mul => Op::KMul,
            Arithmetic::Div => Op::KDiv,
            _ => return None,
        };
        let constant = self.number(left)?;
        Some((op, self.short_constant(constant)?))
    }

    pub fn comparison_value(&mut self, comparison: Comparison, operands: &[Expr; 2], want: Want) {
        let (left, right) = self.operands(&operands[0], &operands[1]);
        let to = self.destination(want);
        match comparison {
            Comparison::Eq => self.op(Op::Eq, to, left, right),
            Comparison::Ne => self.op(Op::Ne, to, left, right),
            Comparison::Lt => self.op(Op::Lt, to, left, right),
            Comparison::Le => self.op(Op::Le, to, left, right),
            Comparison::Gt => self.op(Op::Lt, to, right, left),
            Comparison::Ge => self.op(Op::Le, to, right, left),
        }
        self.deliver(to, want);
    }
}

pub(crate) fn plain(operation: Arithmetic) -> Op {
    match operation {
        Arithmetic::Add => Op::Add,
        Arithmetic::Sub => Op::Sub,
        Arithmetic::Mul => Op::Mul,
        Arithmetic::Div => Op::Div,
        Arithmetic::FloorDiv => Op::FloorDiv,
        Arithmetic::Mod => Op::Mod,
        Arithmetic::Pow => Op::Pow,
        Arithmetic::MatMul => Op::MatMul,
    }
}
