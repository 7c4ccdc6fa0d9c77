//! Expressions: the one place through which all emission passes.

use super::emitter::{Emitter, Want};
use super::variables::Place;
use crate::tree::{Expr, ExprKind};
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    /// Writes code for an expression.
    pub fn emit(&mut self, expr: &Expr, want: Want) {
        if want == Want::Discard {
            self.warn_of_unused(expr);
        }
        self.at(expr, |emitter| emitter.emit_kind(expr, want));
    }

    fn emit_kind(&mut self, expr: &Expr, want: Want) {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Imaginary(_)
            | ExprKind::Str(_)
            | ExprKind::Symbol(_)
            | ExprKind::Datum(_)
            | ExprKind::Extern(_) => self.literal(&expr.kind, want),
            ExprKind::Variable(variable) => self.read(*variable, want),
            ExprKind::Negate(_)
            | ExprKind::Not(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Compare(..)
            | ExprKind::Chain { .. }
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Coalesce(_) => self.operation(expr, want),
            ExprKind::Range(_) | ExprKind::Concat(_) | ExprKind::List(_) | ExprKind::Record(_) => {
                self.data(expr, want);
            }
            ExprKind::Field(_)
            | ExprKind::Index(_)
            | ExprKind::OptionalChain(_)
            | ExprKind::Call(_)
            | ExprKind::MethodCall(_)
            | ExprKind::SuperCall(_) => self.link(expr, want),
            ExprKind::Function(id) => self.closure(*id, want),
            ExprKind::Class(class) => self.class(class, want),
            ExprKind::Define(variable, value) => self.define(*variable, value, want),
            ExprKind::Destructure(destructure) => self.destructure(destructure, want),
            ExprKind::Assign(assign) => self.assign(assign, want),
            ExprKind::CompoundAssign(assign) => self.compound_assign(assign, want),
            ExprKind::Match(_) => self.matching(expr, want),
            _ => self.control(expr, want),
        }
    }

    fn operation(&mut self, expr: &Expr, want: Want) {
        match &expr.kind {
            ExprKind::Negate(operand) => self.unary(Op::Neg, operand, want),
            ExprKind::Not(operand) => self.unary(Op::Not, operand, want),
            ExprKind::Arithmetic(operation, operands) => self.arithmetic(*operation, operands, want),
            ExprKind::Compare(comparison, operands) => self.comparison_value(*comparison, operands, want),
            ExprKind::And(operands) => self.logic_value(operands, Op::JumpIfNot, want),
            ExprKind::Or(operands) => self.logic_value(operands, Op::JumpIf, want),
            ExprKind::Coalesce(operands) => self.logic_value(operands.as_slice(), Op::JumpIfNotNull, want),
            _ => self.condition_value(expr, want),
        }
    }

    fn unary(&mut self, op: Op, operand: &Expr, want: Want) {
        let operand = self.operand(operand);
        let to = self.destination(want);
        self.op(op, to, operand, 0);
        self.deliver(to, want);
    }

    fn literal(&mut self, kind: &ExprKind, want: Want) {
        if want == Want::Discard {
            return;
        }
        let to = self.destination(want);
        match kind {
            ExprKind::Bool(value) => self.op(Op::Bool, to, u16::from(*value), 0),
            ExprKind::Int(value) => match i32::try_from(*value) {
                Ok(value) => self.wide(Op::Int, to, value),
                Err(_) => self.load_constant(to, Constant::Int(*value)),
            },
            ExprKind::Float(value) => self.load_constant(to, Constant::Float(*value)),
            ExprKind::Imaginary(value) => self.load_constant(to, Constant::Imaginary(*value)),
            ExprKind::Str(text) => self.load_constant(to, Constant::Str(text.clone())),
            ExprKind::Symbol(name) => self.load_constant(to, Constant::Symbol(name.clone())),
            ExprKind::Datum(datum) => self.load_constant(to, Constant::Datum(datum.clone())),
            ExprKind::Extern(name) => self.load_constant(to, Constant::Extern(name.clone())),
            _ => self.op(Op::Null, to, 0, 0),
        }
        self.deliver(to, want);
    }

    /// A register that holds the value of an expression: a variable's own, or a new one.
    pub fn operand(&mut self, expr: &Expr) -> u16 {
        if let ExprKind::Variable(variable) = expr.kind
            && let Place::Register(home) = self.place_of(variable)
        {
            return home;
        }
        let register = self.reserve(1);
        self.emit(expr, Want::Into(register));
        register
    }

    /// The same, for an operand that is read only after `later` ones are computed: a variable that they may assign is
    /// copied.
    pub fn operand_before<'e>(&mut self, expr: &Expr, later: impl IntoIterator<Item = &'e Expr>) -> u16 {
        if let ExprKind::Variable(variable) = expr.kind
            && self.shared.variables[variable.0 as usize].assigned
            && later.into_iter().any(|later| later.assigns)
        {
            let register = self.reserve(1);
            self.emit(expr, Want::Into(register));
            return register;
        }
        self.operand(expr)
    }

    pub fn operands(&mut self, left: &Expr, right: &Expr) -> (u16, u16) {
        let left = self.operand_before(left, [right]);
        (left, self.operand(right))
    }

    /// Turns the tail position into a plain register for constructs that go on behind their value.
    pub fn settle(&mut self, want: Want) -> (Want, Option<u16>) {
        match want {
            Want::Return => {
                let register = self.reserve(1);
                (Want::Into(register), Some(register))
            }
            Want::Discard | Want::Into(_) => (want, None),
        }
    }
}
