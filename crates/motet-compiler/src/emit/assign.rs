//! Assignments. An operation's result goes straight into the variable's register, because the old value is dead by then;
//! where an error handler may still need the old value, it goes through another register and `Assign`.

use super::arithmetic::plain;
use super::emitter::{Emitter, Want};
use super::variables::Place;
use crate::tree::{
    Arithmetic, Assign, Compound, CompoundAssign, Destructure, Expr, ExprKind, Item, Target, VariableId,
};
use motet_code::Op;

/// Lists up to this length are made by one operation.
pub(crate) const CHUNK: usize = 64;

impl Emitter<'_, '_> {
    pub fn assign(&mut self, assign: &Assign, want: Want) {
        match &assign.target {
            Target::Variable(variable) => self.assign_variable(*variable, &assign.value, want),
            Target::Field { object, name } => {
                let object = self.operand_before(object, [&assign.value]);
                let value = self.assigned_value(&assign.value, want);
                let name = self.symbol(name);
                self.op_variant(Op::SetField, object, name, value, assign.checked);
                self.deliver(value, want);
            }
            Target::Index { object, index } => {
                let object = self.operand_before(object, [index, &assign.value]);
                if let Some(index) = self.small_index(index) {
                    let value = self.assigned_value(&assign.value, want);
                    self.op(Op::SetIndexI, object, index as u16, value);
                    return self.deliver(value, want);
                }
                let index = self.operand_before(index, [&assign.value]);
                let value = self.assigned_value(&assign.value, want);
                self.op(Op::SetIndex, object, index, value);
                self.deliver(value, want);
            }
        }
    }

    /// An index that may be part of the instruction.
    pub fn small_index(&self, index: &Expr) -> Option<i16> {
        match index.kind {
            ExprKind::Int(value) if self.shared.specialise => i16::try_from(value).ok(),
            _ => None,
        }
    }

    /// The value to assign, in the register where it is wanted.
    fn assigned_value(&mut self, value: &Expr, want: Want) -> u16 {
        match want {
            Want::Into(register) => {
                self.emit(value, want);
                register
            }
            Want::Discard | Want::Return => self.operand(value),
        }
    }

    fn assign_variable(&mut self, variable: VariableId, value: &Expr, want: Want) {
        match self.place_of(variable) {
            Place::Register(home) => {
                if !self.appends(home, variable, value) {
                    self.assign_register(home, variable, value);
                }
                self.deliver(home, want);
            }
            place => {
                if let Some(added) = sum_with(variable, value) {
                    return self.add_to_cell(place, variable, added, want);
                }
                let value = self.assigned_value(value, want);
                self.set_cell(place, value);
                self.deliver(value, want);
            }
        }
    }

    fn set_cell(&mut self, place: Place, value: u16) {
        match place {
            Place::Cell(home) => self.op(Op::CellSet, home, value, 0),
            Place::CapturedCell(index) => self.op(Op::CapturedSet, index, value, 0),
            // Everything that is assigned and captured lives in a cell; nothing else is assigned.
            Place::Register(_) | Place::Captured(_) | Place::Own | Place::Static(_) => {}
        }
    }

    /// Whether an error in the code that is written may lead to a handler that can read the variable.
    fn handler_may_read(&self, variable: VariableId) -> bool {
        self.homes.get(&variable).is_some_and(|(_, tries)| *tries < self.tries.len())
    }

    fn assign_register(&mut self, home: u16, variable: VariableId, value: &Expr) {
        let direct = !self.handler_may_read(variable) && writes_last(value);
        if direct {
            // Windows must not start at the variable: they are filled before the value is complete.
            if home + 1 == self.next {
                self.reserve(1);
            }
            return self.emit(value, Want::Into(home));
        }
        let computed = self.operand(value);
        self.store(home, computed);
    }

    /// Gives a variable that may own a value a new one.
    fn store(&mut self, home: u16, value: u16) {
        if home != value {
            self.op(Op::Assign, home, value, 0);
        }
    }

    /// `x = x + a + b` as additions to `x`, if nothing can tell the difference.
    fn appends(&mut self, home: u16, variable: VariableId, value: &Expr) -> bool {
        if !self.shared.specialise {
            return false;
        }
        let ExprKind::Arithmetic(Arithmetic::Add, operands) = &value.kind else { return false };
        let [first, added @ ..] = &operands[..] else { return false };
        if !is_variable(first, variable) || value.assigns {
            return false;
        }
        let alone = added.len() == 1;
        let unobserved = !self.handler_may_read(variable) && added.iter().all(|part| is_plain_other(part, variable));
        if !alone && !unobserved {
            return false;
        }
        for part in added {
            let next = self.next;
            self.add_to(home, part);
            self.next = next;
        }
        true
    }

    fn add_to(&mut self, home: u16, value: &Expr) {
        if let Some((Op::AddI, immediate)) = self.with_immediate(Arithmetic::Add, value) {
            self.op(Op::AddToI, home, immediate as u16, 0);
        } else {
            let value = self.operand(value);
            self.op(Op::AddTo, home, value, 0);
        }
    }

    fn add_to_cell(&mut self, place: Place, variable: VariableId, added: &Expr, want: Want) {
        let added = self.operand(added);
        match place {
            Place::Cell(home) => self.op(Op::CellAdd, home, added, 0),
            Place::CapturedCell(index) => self.op(Op::CapturedAdd, index, added, 0),
            Place::Register(_) | Place::Captured(_) | Place::Own | Place::Static(_) => {}
        }
        if want != Want::Discard {
            self.read(variable, want);
        }
    }

    pub fn compound_assign(&mut self, assign: &CompoundAssign, want: Want) {
        match &assign.target {
            Target::Variable(variable) => self.compound_variable(*variable, assign, want),
            Target::Field { object, name } => {
                let object = self.operand_before(object, [&assign.value]);
                let name = self.symbol(name);
                let read = |emitter: &mut Self, to| emitter.op(Op::GetField, to, object, name);
                let write = |emitter: &mut Self, value| emitter.op(Op::SetField, object, name, value);
                let add = |emitter: &mut Self, value| emitter.op(Op::AddField, object, name, value);
                self.compound_place(assign, want, &read, &write, &add);
            }
            Target::Index { object, index } => {
                let object = self.operand_before(object, [index, &assign.value]);
                let index = self.operand_before(index, [&assign.value]);
                let read = |emitter: &mut Self, to| emitter.op(Op::GetIndex, to, object, index);
                let write = |emitter: &mut Self, value| emitter.op(Op::SetIndex, object, index, value);
                let add = |emitter: &mut Self, value| emitter.op(Op::AddIndex, object, index, value);
                self.compound_place(assign, want, &read, &write, &add);
            }
        }
    }

    /// `place op= value` for a field or an index, whose object and key are computed once.
    fn compound_place(
        &mut self,
        assign: &CompoundAssign,
        want: Want,
        read: &dyn Fn(&mut Self, u16),
        write: &dyn Fn(&mut Self, u16),
        add: &dyn Fn(&mut Self, u16),
    ) {
        if assign.operation == Compound::Arithmetic(Arithmetic::Add) {
            let value = self.operand(&assign.value);
            add(self, value);
            if want != Want::Discard {
                let to = self.destination(want);
                read(self, to);
                self.deliver(to, want);
            }
            return;
        }
        let (want, returned) = self.settle(want);
        let current = self.destination(want);
        read(self, current);
        match assign.operation {
            Compound::Arithmetic(operation) => {
                let result = self.reserve(1);
                self.apply(operation, current, &assign.value, result);
                write(self, result);
                self.deliver(result, want);
            }
            operation => {
                let end = self.label();
                self.jump(decides(operation), current, 0, end);
                self.emit(&assign.value, Want::Into(current));
                write(self, current);
                self.bind(end);
            }
        }
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    /// `to = current op value`
    fn apply(&mut self, operation: Arithmetic, current: u16, value: &Expr, to: u16) {
        match self.with_immediate(operation, value) {
            Some((op, immediate)) => self.op(op, to, current, immediate as u16),
            None => {
                let value = self.operand(value);
                self.op(plain(operation), to, current, value);
            }
        }
    }

    fn compound_variable(&mut self, variable: VariableId, assign: &CompoundAssign, want: Want) {
        let place = self.place_of(variable);
        let Place::Register(home) = place else {
            return self.compound_cell(variable, place, assign, want);
        };
        match assign.operation {
            Compound::Arithmetic(Arithmetic::Add) if !assign.value.assigns && self.shared.specialise => {
                self.add_to(home, &assign.value);
            }
            Compound::Arithmetic(operation) => {
                // The value may assign the variable, whose value before it counts.
                let current = if assign.value.assigns {
                    let copy = self.reserve(1);
                    self.copy(copy, home);
                    copy
                } else {
                    home
                };
                if self.handler_may_read(variable) {
                    let result = self.reserve(1);
                    self.apply(operation, current, &assign.value, result);
                    self.store(home, result);
                } else {
                    self.apply(operation, current, &assign.value, home);
                }
            }
            operation => {
                let end = self.label();
                self.jump(decides(operation), home, 0, end);
                let value = self.operand(&assign.value);
                self.store(home, value);
                self.bind(end);
            }
        }
        self.deliver(home, want);
    }

    fn compound_cell(&mut self, variable: VariableId, place: Place, assign: &CompoundAssign, want: Want) {
        match assign.operation {
            Compound::Arithmetic(Arithmetic::Add) => self.add_to_cell(place, variable, &assign.value, want),
            Compound::Arithmetic(operation) => {
                let current = self.reserve(1);
                self.read(variable, Want::Into(current));
                let result = self.reserve(1);
                self.apply(operation, current, &assign.value, result);
                self.set_cell(place, result);
                self.deliver(result, want);
            }
            operation => {
                let (want, returned) = self.settle(want);
                let end = self.label();
                let current = self.destination(want);
                self.read(variable, Want::Into(current));
                self.jump(decides(operation), current, 0, end);
                self.emit(&assign.value, Want::Into(current));
                self.set_cell(place, current);
                self.bind(end);
                if let Some(register) = returned {
                    self.return_register(register);
                }
            }
        }
    }

    /// `let [a, b] = …`
    pub fn destructure(&mut self, destructure: &Destructure, want: Want) {
        self.allocate_pattern(&destructure.pattern);
        let value = self.operand(&destructure.value);
        self.bind_pattern(&destructure.pattern, value, &destructure.text);
        self.deliver(value, want);
    }
}

/// Where `&&=`, `||=` and `??=` keep the value there is.
fn decides(operation: Compound) -> Op {
    match operation {
        Compound::And => Op::JumpIfNot,
        Compound::Or => Op::JumpIf,
        Compound::Coalesce | Compound::Arithmetic(_) => Op::JumpIfNotNull,
    }
}

fn is_variable(expr: &Expr, variable: VariableId) -> bool {
    matches!(expr.kind, ExprKind::Variable(found) if found == variable)
}

/// What `variable + added` adds.
fn sum_with(variable: VariableId, value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Arithmetic(Arithmetic::Add, operands) if !value.assigns => match &operands[..] {
            [first, added] if is_variable(first, variable) && is_plain_other(added, variable) => Some(added),
            _ => None,
        },
        _ => None,
    }
}

/// A value whose computation neither reads the variable nor runs other code of the program.
fn is_plain_other(expr: &Expr, variable: VariableId) -> bool {
    match &expr.kind {
        ExprKind::Variable(found) => *found != variable,
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => true,
        ExprKind::Concat(parts) => parts.iter().all(|part| is_plain_other(part, variable)),
        _ => false,
    }
}

/// Whether emitting an expression into a register writes it only when all its operands have been read.
fn writes_last(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(items) => items.len() <= CHUNK && items.iter().all(|item| matches!(item, Item::Value(_))),
        ExprKind::Concat(parts) => parts.len() <= CHUNK,
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Imaginary(_)
        | ExprKind::Str(_)
        | ExprKind::Symbol(_)
        | ExprKind::Datum(_)
        | ExprKind::Extern(_)
        | ExprKind::Variable(_)
        | ExprKind::Negate(_)
        | ExprKind::Not(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Compare(..)
        | ExprKind::Range(_)
        | ExprKind::Field(_)
        | ExprKind::Index(_)
        | ExprKind::Call(_)
        | ExprKind::MethodCall(_)
        | ExprKind::SuperCall(_)
        | ExprKind::Function(_)
        | ExprKind::Await(_)
        | ExprKind::Yield(_) => true,
        _ => false,
    }
}
