//! Blocks, conditions, ways out, and the rest of control flow that has no file of its own.

use super::emitter::{Emitter, Exit, OpenTry, Returns, Want};
use crate::tree::{Assert, Block, Check, Comparison, Expr, ExprKind, If, Pattern, PatternKind, Rest, VariableId};
use motet_code::{Constant, Op};
use std::collections::HashSet;

impl Emitter<'_, '_> {
    pub fn control(&mut self, expr: &Expr, want: Want) {
        match &expr.kind {
            ExprKind::Block(block) => self.block(block, want),
            ExprKind::If(branches) => self.if_else(branches, want),
            ExprKind::Loop(open) => self.looping(open, want),
            ExprKind::Break(id, value) => self.break_loop(*id, value.as_deref()),
            ExprKind::Continue(id) => self.leave(Exit::Continue(*id), None),
            ExprKind::Return(value) => self.return_value(value.as_deref()),
            ExprKind::Throw(value) => {
                let value = self.operand(value);
                self.throw(value);
            }
            ExprKind::Yield(value) => {
                let value = self.operand(value);
                let to = self.destination(want);
                self.op(Op::Yield, to, value, 0);
                self.deliver(to, want);
            }
            ExprKind::YieldAll(values) => self.yield_all(values, want),
            ExprKind::Await(value) => {
                let value = self.operand(value);
                let to = self.destination(want);
                self.op(Op::Await, to, value, 0);
                self.deliver(to, want);
            }
            ExprKind::Try(parts) => self.try_catch(parts, want),
            ExprKind::Check(check) => self.checked(check, want),
            ExprKind::Assert(assert) => self.assertion(assert, want),
            ExprKind::Import(index) => {
                let to = self.window(want);
                self.wide(Op::Import, to, *index as i32);
                self.deliver(to, want);
            }
            _ => {}
        }
    }

    /// Variables that a statement of the block defines get their registers when it is reached, those that are defined
    /// inside expressions before the first statement: registers above an expression's are not free for variables.
    fn block(&mut self, block: &Block, want: Want) {
        let mut direct = HashSet::new();
        for statement in &block.statements {
            defined_variables(statement, &mut |variable| {
                direct.insert(variable);
            });
        }
        for variable in &block.variables {
            let early = self.shared.variables[variable.0 as usize].early;
            if (early || !direct.contains(variable)) && self.needs_home(*variable) {
                self.allocate(*variable);
            }
        }
        let Some((last, statements)) = block.statements.split_last() else {
            return self.null(want);
        };
        for statement in statements {
            self.allocate_defined(statement);
            self.emit(statement, Want::Discard);
        }
        self.allocate_defined(last);
        self.emit(last, want);
    }

    fn allocate_defined(&mut self, statement: &Expr) {
        defined_variables(statement, &mut |variable| {
            if self.needs_home(variable) {
                self.allocate(variable);
            }
        });
    }

    pub fn null(&mut self, want: Want) {
        match want {
            Want::Discard => {}
            Want::Into(to) => self.op(Op::Null, to, 0, 0),
            Want::Return => self.return_value(None),
        }
    }

    fn if_else(&mut self, branches: &If, want: Want) {
        let end = self.label();
        for (at, (condition, body)) in branches.branches.iter().enumerate() {
            let next = self.label();
            let registers = self.next;
            self.branch(condition, false, next);
            self.next = registers;
            self.emit(body, want);
            let is_last = at + 1 == branches.branches.len() && branches.otherwise.is_none() && want == Want::Discard;
            if want != Want::Return && !is_last {
                self.jump_to(end);
            }
            self.bind(next);
        }
        match &branches.otherwise {
            Some(otherwise) => self.emit(otherwise, want),
            None => self.null(want),
        }
        self.bind(end);
    }

    /// `return`, with a value or without.
    pub fn return_value(&mut self, value: Option<&Expr>) {
        match (value, self.returns, self.finally_to_pass(0)) {
            (Some(value), _, _) => self.emit(value, Want::Return),
            (None, Returns::Directly, None) if self.tries.is_empty() => self.op(Op::ReturnNull, 0, 0, 0),
            (None, Returns::Constructor, None) => self.return_register(0),
            (None, _, _) => {
                let register = self.reserve(1);
                self.op(Op::Null, register, 0, 0);
                self.return_register(register);
            }
        }
    }

    /// Returns the value of a register.
    pub fn return_register(&mut self, register: u16) {
        if self.finally_to_pass(0).is_some() {
            return self.leave(Exit::Return, Some(register));
        }
        match self.returns {
            Returns::Constructor if self.tries.is_empty() => self.op(Op::ReturnSelf, 0, 0, 0),
            Returns::Constructor => {
                let label = self.label();
                self.return_stubs.push((label, None));
                self.jump_to(label);
            }
            Returns::Epilogue { result, label } => {
                self.copy(result, register);
                self.jump_to(label);
            }
            Returns::Directly if self.tries.is_empty() => {
                let register = self.taken(register);
                self.op(Op::Return, register, 0, 0);
            }
            // What the handler needs is still owned here, so the return happens outside of its range.
            Returns::Directly => {
                let value = self.reserve(1);
                self.copy(value, register);
                let label = self.label();
                self.return_stubs.push((label, Some(value)));
                self.jump_to(label);
            }
        }
    }

    /// A register whose value an operation may take: neither the frame's own nor one that a handler needs.
    fn taken(&mut self, register: u16) -> u16 {
        let is_variable = || self.homes.values().any(|(home, _)| *home == register);
        if register == 0 || !self.tries.is_empty() && is_variable() {
            let copy = self.reserve(1);
            self.copy(copy, register);
            return copy;
        }
        register
    }

    pub fn throw(&mut self, register: u16) {
        let register = self.taken(register);
        self.op(Op::Throw, register, 0, 0);
    }

    /// The innermost `finally` among the `try` from number `tries` on.
    pub fn finally_to_pass(&self, tries: usize) -> Option<usize> {
        let found = self.tries[tries..].iter().rposition(|open| matches!(open, OpenTry::Finally(_)));
        found.map(|at| tries + at)
    }

    fn checked(&mut self, check: &Check, want: Want) {
        let (want, returned) = self.settle(want);
        let value = match want {
            Want::Into(register) => {
                self.emit(&check.value, want);
                register
            }
            _ => self.operand(&check.value),
        };
        self.check_type(value, &check.check, &check.what);
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    /// `assert`: a failed comparison shows both operands.
    fn assertion(&mut self, assert: &Assert, want: Want) {
        let holds = self.label();
        let (operator, left, right) = match &assert.condition.kind {
            ExprKind::Compare(comparison, operands) => {
                let (left, right) = self.operands(&operands[0], &operands[1]);
                self.branch_registers(*comparison, left, right, true, holds);
                (Some(sign(*comparison)), left, Some(right))
            }
            _ => {
                let value = self.operand(&assert.condition);
                self.jump(Op::JumpIf, value, 0, holds);
                (None, value, None)
            }
        };
        let base = self.reserve(6);
        self.load_constant(base, Constant::Extern("%assert_failed".into()));
        match operator {
            Some(operator) => self.load_constant(base + 1, Constant::Str(operator.into())),
            None => self.op(Op::Null, base + 1, 0, 0),
        }
        self.copy(base + 2, left);
        match right {
            Some(right) => self.copy(base + 3, right),
            None => self.op(Op::Null, base + 3, 0, 0),
        }
        match &assert.message {
            Some(message) => self.emit(message, Want::Into(base + 4)),
            None => self.op(Op::Null, base + 4, 0, 0),
        }
        self.load_constant(base + 5, Constant::Str(assert.text.clone()));
        self.op(Op::Call, base, 5, 0);
        self.bind(holds);
        self.null(want);
    }
}

/// The variables that a statement itself defines.
fn defined_variables(statement: &Expr, visit: &mut dyn FnMut(VariableId)) {
    match &statement.kind {
        ExprKind::Define(variable, _) => visit(*variable),
        ExprKind::Class(class) => visit(class.variable),
        ExprKind::Destructure(destructure) => pattern_variables(&destructure.pattern, visit),
        _ => {}
    }
}

/// The variables that a pattern binds; alternatives bind the same ones.
pub(crate) fn pattern_variables(pattern: &Pattern, visit: &mut dyn FnMut(VariableId)) {
    match &pattern.kind {
        PatternKind::Bind(variable) => visit(*variable),
        PatternKind::As(inner, variable) => {
            pattern_variables(inner, visit);
            visit(*variable);
        }
        PatternKind::Typed(inner, _) => pattern_variables(inner, visit),
        PatternKind::Or(patterns) => {
            if let Some(first) = patterns.first() {
                pattern_variables(first, visit);
            }
        }
        PatternKind::List { elements, rest } => {
            elements.iter().for_each(|element| pattern_variables(&element.pattern, visit));
            if let Rest::Bound(variable) = rest {
                visit(*variable);
            }
        }
        PatternKind::Record { fields, rest } => {
            fields.iter().for_each(|field| pattern_variables(&field.pattern, visit));
            if let Some(variable) = rest {
                visit(*variable);
            }
        }
        PatternKind::Class { positional, named, .. } => {
            positional.iter().for_each(|pattern| pattern_variables(pattern, visit));
            named.iter().for_each(|field| pattern_variables(&field.pattern, visit));
        }
        PatternKind::Wildcard | PatternKind::Equal(_) | PatternKind::Found(_) | PatternKind::Range(_) => {}
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => "==",
        Comparison::Ne => "!=",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
    }
}
