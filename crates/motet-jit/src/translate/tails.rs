//! The last act of a part that is a call: the function goes on in the part's window and in its frame.

use super::methods::{Choice, Choices};
use super::{Edge, Frame, Translation, Unit};
use crate::ir::{self, Environment, Value};
use motet_code::{Instruction, Op};
use motet_vm::jit::{Callee, Refused};
use std::rc::Rc;

/// What the closure of a function is, and whether its register 0 owns something.
type Callees = (Environment, Option<Value>, bool);

impl Translation<'_> {
    /// Translates such a call, which ends the block. What cannot go on here makes the part a call.
    pub(super) fn tail_of_part(&mut self, at: usize, i: Instruction, op: Op) -> Result<(), Refused> {
        if op == Op::TailMethod {
            let (choices, tag) = self.choices(at, i.a(), i.b());
            let choices = match choices {
                Choices::Some(choices) if choices.iter().all(|choice| choice.is_part) => choices,
                Choices::Unseen => {
                    self.leave_unseen(at);
                    return Ok(());
                }
                _ => {
                    self.stay();
                    return Ok(());
                }
            };
            let edges = self.for_each(at, i.a(), tag, choices, |this, choice, closure| {
                let Choice { name, callee, .. } = choice;
                let environment = this.environment_of(closure);
                this.go_on_in(at, i, name, callee, (environment, closure, true))
            })?;
            self.returns.extend(edges.into_iter().flatten());
            return Ok(());
        }
        let name = self.seen(at).callee;
        let callee = (self.request.callee)(name).filter(|_| name != 0 && matches!(op, Op::TailCall | Op::TailKnown));
        let Some(callee) = callee.filter(|callee| self.may_be_part(at, name, callee, i.b(), false)) else {
            self.stay();
            return Ok(());
        };
        let Some(callees) = self.callee(at, i, op, &callee.function) else {
            self.stay();
            return Ok(());
        };
        let edges = self.go_on_in(at, i, name, callee, callees)?;
        self.returns.extend(edges.into_iter().flatten());
        Ok(())
    }

    fn go_on_in(
        &mut self,
        at: usize,
        i: Instruction,
        name: u64,
        callee: Callee,
        (environment, closure, owns_callee): Callees,
    ) -> Result<Option<Vec<Edge>>, Refused> {
        self.count(at);
        self.move_callee(i, owns_callee);
        self.move_arguments(i);
        self.state.forget_from(i.b() as usize + 1);
        let link = self.link(&callee.function);
        let path = self.path_to(at, name);
        let running = self.frames.last_mut().expect("a part is translated");
        let ended = running.made.take();
        let made = ended.clone().map(|made| ir::Frame { callee: link, environment, ..made });
        let (offset, needed) = (running.offset, running.needed.clone());
        let frame = Frame {
            path,
            unit: Rc::new(Unit::new(callee.function, callee.seen, callee.words, callee.constants)),
            whose: ir::Whose::Link(link),
            name,
            heads: Vec::new(),
            made,
            environment: closure,
            owns_callee,
            offset,
            needed,
        };
        let returned = self.translate_part(frame)?;
        self.frames.last_mut().expect("the part that ended").made = ended;
        Ok(returned)
    }

    /// What is called, or its receiver, becomes register 0.
    fn move_callee(&mut self, i: Instruction, owns_callee: bool) {
        let borrowed = self.state.borrowed(i.a() as usize);
        let own = self.state.object(0).map(|object| object.address);
        if owns_callee && borrowed.is_some_and(|borrowed| Some(borrowed.address) == own) {
            // A method calls one of the same object, which stays where it is.
            self.state.set_window(i.a() as usize);
            return;
        }
        if self.frame().owns_callee {
            self.drop_last(0);
        }
        self.state.set_window(0);
        if !owns_callee {
            return;
        }
        match self.state.borrowed(i.a() as usize) {
            Some(borrowed) => self.state.set_borrowed(0, borrowed),
            None => self.move_raw(0, i.a()),
        }
        self.state.set_window(i.a() as usize);
    }
}
