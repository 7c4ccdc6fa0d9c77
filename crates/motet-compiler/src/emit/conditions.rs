//! Conditions: comparisons and logic that jump instead of making a boolean.

use super::emitter::{Emitter, Want};
use crate::code::Label;
use crate::tree::{Comparison, Expr, ExprKind};
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    /// Jumps to the label if the condition's truth is `when`, else goes on.
    pub fn branch(&mut self, condition: &Expr, when: bool, target: Label) {
        self.at(condition, |emitter| emitter.branch_kind(condition, when, target));
    }

    fn branch_kind(&mut self, condition: &Expr, when: bool, target: Label) {
        match &condition.kind {
            ExprKind::Not(operand) => self.branch(operand, !when, target),
            ExprKind::And(operands) => self.branch_all(operands, true, when, target),
            ExprKind::Or(operands) => self.branch_all(operands, false, when, target),
            ExprKind::Compare(comparison, operands) => {
                self.branch_comparison(*comparison, &operands[0], &operands[1], when, target);
            }
            ExprKind::Chain { operands, operators } => self.branch_chain(operands, operators, when, target),
            ExprKind::Bool(value) => {
                if *value == when {
                    self.jump_to(target);
                }
            }
            _ => {
                let value = self.operand(condition);
                let op = if when { Op::JumpIf } else { Op::JumpIfNot };
                self.jump(op, value, 0, target);
            }
        }
    }

    /// `a && b …` (`all`) or `a || b …`.
    fn branch_all(&mut self, operands: &[Expr], all: bool, when: bool, target: Label) {
        let Some((last, first)) = operands.split_last() else { return };
        if all != when {
            // Each operand alone can decide for the jump.
            for operand in operands {
                self.branch(operand, when, target);
            }
            return;
        }
        let decided = self.label();
        for operand in first {
            self.branch(operand, !when, decided);
        }
        self.branch(last, when, target);
        self.bind(decided);
    }

    fn branch_comparison(&mut self, comparison: Comparison, left: &Expr, right: &Expr, when: bool, target: Label) {
        if self.branch_on_constant(comparison, left, right, when, target)
            || self.branch_on_constant(turned(comparison), right, left, when, target)
        {
            return;
        }
        let (left, right) = self.operands(left, right);
        self.branch_registers(comparison, left, right, when, target);
    }

    pub fn branch_registers(&mut self, comparison: Comparison, left: u16, right: u16, when: bool, target: Label) {
        let (op, swapped) = match (comparison, when) {
            (Comparison::Eq, true) | (Comparison::Ne, false) => (Op::JumpEq, false),
            (Comparison::Eq, false) | (Comparison::Ne, true) => (Op::JumpNotEq, false),
            (Comparison::Lt, true) => (Op::JumpLt, false),
            (Comparison::Lt, false) => (Op::JumpNotLt, false),
            (Comparison::Le, true) => (Op::JumpLe, false),
            (Comparison::Le, false) => (Op::JumpNotLe, false),
            (Comparison::Gt, true) => (Op::JumpLt, true),
            (Comparison::Gt, false) => (Op::JumpNotLt, true),
            (Comparison::Ge, true) => (Op::JumpLe, true),
            (Comparison::Ge, false) => (Op::JumpNotLe, true),
        };
        let (left, right) = if swapped { (right, left) } else { (left, right) };
        self.jump(op, left, right, target);
    }

    /// The forms whose right operand is part of the instruction, a constant, or null.
    fn branch_on_constant(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
        when: bool,
        target: Label,
    ) -> bool {
        let equal = matches!(comparison, Comparison::Eq) == when;
        let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
        match &right.kind {
            ExprKind::Null if is_equality => {
                let left = self.operand(left);
                self.jump(if equal { Op::JumpIfNull } else { Op::JumpIfNotNull }, left, 0, target);
                true
            }
            _ if !self.shared.specialise => false,
            ExprKind::Int(value) if i16::try_from(*value).is_ok() => {
                let op = match (comparison, when) {
                    (Comparison::Eq, true) | (Comparison::Ne, false) => Op::JumpEqI,
                    (Comparison::Eq, false) | (Comparison::Ne, true) => Op::JumpNotEqI,
                    (Comparison::Lt, true) => Op::JumpLtI,
                    (Comparison::Lt, false) => Op::JumpNotLtI,
                    (Comparison::Le, true) => Op::JumpLeI,
                    (Comparison::Le, false) => Op::JumpNotLeI,
                    (Comparison::Gt, true) => Op::JumpGtI,
                    (Comparison::Gt, false) => Op::JumpNotGtI,
                    (Comparison::Ge, true) => Op::JumpGeI,
                    (Comparison::Ge, false) => Op::JumpNotGeI,
                };
                let left = self.operand(left);
                self.jump(op, left, *value as i16 as u16, target);
                true
            }
            kind => {
                let op = match (kind, comparison, when) {
                    (ExprKind::Float(_), Comparison::Lt, true) => Op::JumpLtK,
                    (ExprKind::Float(_), Comparison::Lt, false) => Op::JumpNotLtK,
                    (ExprKind::Float(_), Comparison::Gt, true) => Op::JumpGtK,
                    (ExprKind::Float(_), Comparison::Gt, false) => Op::JumpNotGtK,
                    (ExprKind::Float(_) | ExprKind::Int(_) | ExprKind::Str(_), _, _) if is_equality => {
                        if equal {
                            Op::JumpEqK
                        } else {
                            Op::JumpNotEqK
                        }
                    }
                    _ => return false,
                };
                let constant = match kind {
                    ExprKind::Float(value) => Constant::Float(*value),
                    ExprKind::Int(value) => Constant::Int(*value),
                    ExprKind::Str(text) => Constant::Str(text.clone()),
                    _ => return false,
                };
                let Some(constant) = self.short_constant(constant) else { return false };
                let left = self.operand(left);
                self.jump(op, left, constant, target);
                true
            }
        }
    }

    /// `a < b <= c`: each operand is computed once, and none behind the first comparison that fails.
    fn branch_chain(&mut self, operands: &[Expr], operators: &[Comparison], when: bool, target: Label) {
        let failed = if when { self.label() } else { target };
        let mut left = self.operand_before(&operands[0], &operands[1..]);
        for (at, operator) in operators.iter().enumerate() {
            let right = self.operand_before(&operands[at + 1], &operands[at + 2..]);
            if when && at + 1 == operators.len() {
                self.branch_registers(*operator, left, right, true, target);
            } else {
                self.branch_registers(*operator, left, right, false, failed);
            }
            left = right;
        }
        if when {
            self.bind(failed);
        }
    }

    /// A condition as a boolean.
    pub fn condition_value(&mut self, condition: &Expr, want: Want) {
        let (yes, end) = (self.label(), self.label());
        self.branch(condition, true, yes);
        let to = self.destination(want);
        self.op(Op::Bool, to, 0, 0);
        self.jump_to(end);
        self.bind(yes);
        self.op(Op::Bool, to, 1, 0);
        self.bind(end);
        self.deliver(to, want);
    }

    /// The first operand on which `decides` jumps, else the last one.
    pub fn logic_value(&mut self, operands: &[Expr], decides: Op, want: Want) {
        let Some((last, first)) = operands.split_last() else { return };
        let end = self.label();
        let (want, returned) = self.settle(want);
        for operand in first {
            match want {
                Want::Into(to) => {
                    self.emit(operand, want);
                    self.jump(decides, to, 0, end);
                }
                _ => match decides {
                    Op::JumpIf => self.branch(operand, true, end),
                    Op::JumpIfNot => self.branch(operand, false, end),
                    _ => {
                        let next = self.next;
                        let value = self.operand(operand);
                        self.jump(decides, value, 0, end);
                        self.next = next;
                    }
                },
            }
        }
        self.emit(last, want);
        self.bind(end);
        if let Some(register) = returned {
            self.return_register(register);
        }
    }
}

/// The comparison with its operands exchanged.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
        other => other,
    }
}
