//! `try`. The code of `finally` stands once: every way out notes in a register where it wants to go, passes through, and is
//! sent on behind it.

use super::emitter::{Emitter, OpenFinally, OpenTry, Want};
use crate::code::{HandlerRange, Label};
use crate::tree::{Catch, Expr, Try};
use motet_code::Op;

/// What `mode` says at the end of `finally`: go on behind the `try`, throw the error again, or another way out.
const FELL_THROUGH: i32 = 0;
const FAILED: i32 = 1;
pub(crate) const FIRST_EXIT: i32 = 2;

impl Emitter<'_, '_> {
    pub fn try_catch(&mut self, parts: &Try, want: Want) {
        let (want, returned) = self.settle(want);
        match &parts.finally {
            None => self.catching(&parts.body, &parts.catches, want),
            Some(finally) => self.with_finally(parts, finally, want),
        }
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    fn catching(&mut self, body: &Expr, catches: &[Catch], want: Want) {
        if catches.is_empty() {
            return self.emit(body, want);
        }
        let error = self.reserve(1);
        let end = self.label();
        let start = self.steps.here();
        self.tries.push(OpenTry::Catch);
        self.emit(body, want);
        self.tries.pop();
        let stop = self.steps.here();
        self.jump_to(end);
        let target = self.steps.here();
        self.steps.handlers.push(HandlerRange { start, end: stop, target, error, catches: true });
        let mut caught_all = false;
        for catch in catches {
            caught_all |= catch.class.is_none();
            self.catch(catch, error, end, want);
        }
        if !caught_all {
            self.op(Op::Rethrow, error, 0, 0);
        }
        self.bind(end);
    }

    fn catch(&mut self, catch: &Catch, error: u16, end: Label, want: Want) {
        let next = self.label();
        let registers = self.next;
        if let Some(class) = &catch.class {
            let test = self.reserve(1);
            let class = self.operand(class);
            self.op(Op::InstanceOf, test, error, class);
            self.jump(Op::JumpIfNot, test, 0, next);
            self.next = registers;
        }
        if let Some(variable) = catch.variable {
            let cell = self.shared.variables[variable.0 as usize].early;
            if cell {
                self.define_from(variable, error);
            } else {
                self.homes.insert(variable, (error, self.tries.len()));
            }
        }
        self.emit(&catch.body, want);
        self.next = registers;
        self.jump_to(end);
        self.bind(next);
    }

    fn with_finally(&mut self, parts: &Try, finally: &Expr, want: Want) {
        let value = self.reserve(1);
        let mode = self.reserve(1);
        let label = self.label();
        self.tries.push(OpenTry::Finally(OpenFinally { label, mode, value, exits: Vec::new() }));
        let start = self.steps.here();
        match want {
            Want::Discard => {
                self.catching(&parts.body, &parts.catches, Want::Discard);
                self.op(Op::Null, value, 0, 0);
            }
            _ => self.catching(&parts.body, &parts.catches, Want::Into(value)),
        }
        let stop = self.steps.here();
        let exits = match self.tries.pop() {
            Some(OpenTry::Finally(open)) => open.exits,
            _ => Vec::new(),
        };
        self.wide(Op::Int, mode, FELL_THROUGH);
        self.jump_to(label);
        let target = self.steps.here();
        self.steps.handlers.push(HandlerRange { start, end: stop, target, error: value, catches: false });
        self.wide(Op::Int, mode, FAILED);
        self.bind(label);
        self.emit(finally, Want::Discard);
        let (failed, through) = (self.label(), self.label());
        self.jump(Op::JumpEqI, mode, FAILED as u16, failed);
        let ways: Vec<Label> = exits.iter().map(|_| self.label()).collect();
        for (number, way) in ways.iter().enumerate() {
            self.jump(Op::JumpEqI, mode, (FIRST_EXIT + number as i32) as u16, *way);
        }
        if let Want::Into(register) = want {
            self.copy(register, value);
        }
        self.jump_to(through);
        for (exit, way) in exits.into_iter().zip(ways) {
            self.bind(way);
            self.leave(exit, Some(value));
        }
        self.bind(failed);
        self.op(Op::Rethrow, value, 0, 0);
        self.bind(through);
    }
}
