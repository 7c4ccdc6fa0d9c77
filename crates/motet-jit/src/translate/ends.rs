//! The ends of functions: calls that are their last act, and what they return.

use super::calls::is_plain;
use super::methods::Choices;
use super::state::Borrowed;
use super::{Edge, Translation};
use crate::ir::{self, Operation, Reason};
use motet_code::{Function, Instruction, Op};
use std::sync::Arc;

/// Behind so many wrong guesses, what is called is found where it is called.
const MANY: u8 = 6;

impl Translation<'_> {
    /// The last act of a function: a call that takes its window and its frame.
    pub(super) fn tail_call(&mut self, at: usize, i: Instruction, op: Op) {
        if self.is_part() {
            return self.stay();
        }
        // What is passed on is the callee's.
        for register in 0..self.state.len() {
            if self.state.borrowed(register).is_some() && self.is_needed(at, register) {
                self.write(register);
            }
        }
        let seen = self.seen(at);
        if op == Op::TailSelf && self.request.is_function && is_plain(self.request.function, i.b()) {
            return self.begin_again(i);
        }
        if op == Op::TailMethod && seen.calls {
            if !self.tail_of_one(at, i) {
                self.tail_found(at, i, op);
            }
            return;
        }
        if op == Op::TailCall && seen.calls && (seen.callee == 0 || seen.failures > MANY) {
            return self.tail_found(at, i, op);
        }
        let handle = if op == Op::TailSelf { self.request.name } else { seen.callee };
        let function = match handle {
            0 => None,
            own if own == self.request.name => Some(self.request.function.clone()),
            other => (self.request.callee)(other).filter(|callee| !callee.is_refused).map(|callee| callee.function),
        };
        let function =
            function.filter(|function| matches!(op, Op::TailCall | Op::TailKnown) && is_plain(function, i.b()));
        if let Some(function) = function
            && let Some((_, environment, owns_callee)) = self.callee(at, i, op, &function)
        {
            return self.tail_into(at, i, handle, &function, environment, owns_callee);
        }
        self.calls |= seen.calls;
        if seen.calls || !matches!(op, Op::TailCall | Op::TailMethod) {
            let exit = self.exit_at(at, Reason::Done);
            return self.end(ir::End::Exit(exit));
        }
        self.steps += 1;
        self.bring_all(at);
        let next = (at + op.length()) as u32;
        self.end(ir::End::LastStep { at: at as u32, word: i.0, next });
    }

    /// Another function takes the window and the frame.
    fn tail_into(
        &mut self,
        at: usize,
        i: Instruction,
        handle: u64,
        function: &Arc<Function>,
        environment: Option<ir::Value>,
        owns_callee: bool,
    ) {
        let exit = self.exit_at(at, Reason::Call);
        self.emit_nothing(Operation::Room { registers: function.registers as u32, frames: 0, is_calling: false, exit });
        self.emit_nothing(Operation::Stack { exit });
        self.release(0);
        if owns_callee {
            self.move_raw(0, i.a());
        }
        self.move_arguments(i);
        for register in 1..=i.b() {
            self.write(register as usize);
        }
        let callee = self.handle(handle, function);
        self.end(ir::End::Tail { callee, environment });
    }

    /// A method is the last act, if it is the same for all receivers that were seen. False: it is not.
    fn tail_of_one(&mut self, at: usize, i: Instruction) -> bool {
        let (Choices::Some(choices), tag) = self.choices(at, i.a(), i.b()) else { return false };
        if choices.len() != 1 || choices[0].callee.is_refused {
            return false;
        }
        let ended = self.for_each(at, i.a(), tag, choices, |this, choice, closure| {
            this.tail_into(at, i, choice.name, &choice.callee.function, closure, true);
            Ok(Some(Vec::new()))
        });
        debug_assert!(ended.is_ok());
        true
    }

    /// A method, or a closure, that is found where it is called is the last act.
    fn tail_found(&mut self, at: usize, i: Instruction, op: Op) {
        if !self.state.is_window(i.a() as usize) {
            let exit = self.exit_at(at, Reason::Done);
            return self.end(ir::End::Exit(exit));
        }
        let exit = self.exit_at(at, Reason::Done);
        let next = (at + op.length()) as u32;
        let callee = self.emit(Operation::Find {
            at: at as u32,
            word: i.0,
            next,
            window: 0,
            is_last: true,
            exit,
            parts: Vec::new(),
        });
        let environment = Some(self.emit(Operation::FoundEnvironment));
        self.release(0);
        self.move_raw(0, i.a());
        self.move_arguments(i);
        for register in 1..=i.b() {
            self.write(register as usize);
        }
        self.end(ir::End::Tail { callee, environment });
    }

    /// The function calls itself in the end: a loop.
    fn begin_again(&mut self, i: Instruction) {
        self.move_arguments(i);
        // A copy of self, in a method.
        self.release(i.a());
        self.state.set_window(i.a() as usize);
        self.safe_point(0);
        self.jump(0);
    }

    /// Arguments become parameters, which are dead by now.
    pub(super) fn move_arguments(&mut self, i: Instruction) {
        for to in 1..=i.b() {
            let from = i.a() + to;
            if from == to {
                continue;
            }
            if self.state.is_null(from as usize) {
                self.state.set_null(to as usize, false);
            } else if let Some(value) = self.state.value(from as usize) {
                self.state.set(to as usize, value, false);
            } else if let Some(borrowed) = self.state.borrowed(from as usize) {
                self.state.set_borrowed(to as usize, borrowed);
            } else {
                self.move_raw(to, from);
            }
            self.state.set_window(from as usize);
        }
    }

    /// The function that is compiled returns a register, or null, or itself.
    pub(super) fn return_from_function(&mut self, i: Instruction, op: Op) {
        match op {
            // It returns its callee or self, which stays where it is.
            Op::ReturnSelf => {}
            Op::Return if i.a() == 0 => {}
            Op::Return if let Some(Borrowed { tag, address, .. }) = self.state.borrowed(i.a() as usize) => {
                self.emit_nothing(Operation::Retain(address));
                self.state.set_window(i.a() as usize);
                self.release(0);
                self.emit_nothing(Operation::PutObject { register: 0, tag, address });
            }
            Op::Return => {
                self.release(0);
                let register = i.a() as usize;
                if let Some(value) = self.state.value(register) {
                    self.emit_nothing(Operation::Put { register: 0, value });
                } else if self.state.is_null(register) {
                    self.emit_nothing(Operation::PutNull { register: 0 });
                } else {
                    self.move_raw(0, i.a());
                }
            }
            _ => {
                self.release(0);
                self.emit_nothing(Operation::PutNull { register: 0 });
            }
        }
        self.end(ir::End::Return);
    }

    /// What a part returns without a reference of its own. Of what is borrowed from the part itself the register gets one.
    fn kept_by_caller(&mut self, register: u16) -> Option<Borrowed> {
        let borrowed = self.state.borrowed(register as usize).filter(|_| register != 0)?;
        if borrowed.root.is_some_and(|root| root >= self.state.offset) {
            self.write(register as usize);
            return None;
        }
        self.state.set_window(register as usize);
        Some(borrowed)
    }

    /// A part returns a register, or null, or itself.
    pub(super) fn return_from_part(&mut self, at: usize, i: Instruction, op: Op) {
        let owns_callee = self.frame().owns_callee;
        match op {
            Op::Return => {
                let register = i.a();
                let seen = self.seen(at).a;
                let value = if register == 0 { None } else { self.number(at, register, seen) };
                let borrowed = self.kept_by_caller(register);
                let is_null = self.state.is_null(register as usize);
                if register == 0 {
                    // It returns its callee or self, which stays where it is.
                } else {
                    if owns_callee {
                        self.drop_last(0);
                    }
                    match value {
                        Some(value) => self.state.set(0, value, false),
                        None if let Some(borrowed) = borrowed => self.state.set_borrowed(0, borrowed),
                        None if is_null => self.state.set_null(0, false),
                        None => self.move_raw(0, register),
                    }
                }
            }
            Op::ReturnNull => {
                if owns_callee {
                    self.drop_last(0);
                }
                self.state.set_null(0, false);
            }
            _ => {}
        }
        self.state.forget_from(1);
        let through = self.out.block();
        self.end(ir::End::Jump(through, Vec::new()));
        let state = self.state.clone();
        self.returns.push(Edge { through, state, is_entry: false });
    }
}
