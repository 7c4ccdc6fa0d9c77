//! Loops.

use super::emitter::{Emitter, Exit, OpenLoop, OpenTry, Want};
use super::variables::Place;
use crate::code::Label;
use crate::tree::{Expr, Loop, LoopId, LoopKind, Pattern, PatternKind, RangeParts, VariableId};
use motet_code::Op;

impl Emitter<'_, '_> {
    pub fn looping(&mut self, parts: &Loop, want: Want) {
        let (want, returned) = self.settle(want);
        let result = match want {
            Want::Into(register) if parts.has_value => Some(register),
            _ => None,
        };
        let break_label = self.label();
        let continue_label = self.label();
        let tries = self.tries.len();
        // What iterating needs stays taken while the body is written.
        let next = self.next;
        let open = OpenLoop { id: parts.id, break_label, continue_label, result, tries };
        let exit = self.label();
        match &parts.kind {
            LoopKind::While(condition) => self.while_loop(condition, &parts.body, open, exit),
            LoopKind::Forever => {
                let top = self.steps.here();
                self.loop_body(&parts.body, open);
                self.jump(Op::Loop, 0, 0, top);
            }
            LoopKind::Counted { variable, range } => self.counted(*variable, range, &parts.body, open, exit),
            LoopKind::Each { iterable, index, value, text } => {
                self.each(iterable, index.as_ref(), (value, text), &parts.body, open, exit);
            }
        }
        self.next = next;
        self.bind(exit);
        // Without a value every way out gives null.
        if result.is_none() {
            self.bind(break_label);
        }
        if let Want::Into(register) = want {
            self.op(Op::Null, register, 0, 0);
        }
        if result.is_some() {
            self.bind(break_label);
        }
        if let Some(register) = returned {
            self.return_register(register);
        }
    }

    /// The body, up to the place where `continue` leads.
    fn loop_body(&mut self, body: &Expr, open: OpenLoop) {
        let continue_label = open.continue_label;
        self.loops.push(open);
        self.emit(body, Want::Discard);
        self.loops.pop();
        self.bind(continue_label);
    }

    fn while_loop(&mut self, condition: &Expr, body: &Expr, open: OpenLoop, exit: Label) {
        let top = self.steps.here();
        let next = self.next;
        self.branch(condition, false, exit);
        self.next = next;
        self.loop_body(body, open);
        self.jump(Op::Loop, 0, 0, top);
    }

    /// The counter is the loop's variable.
    fn counted(&mut self, variable: Option<VariableId>, range: &RangeParts, body: &Expr, open: OpenLoop, exit: Label) {
        let counter = self.reserve(1);
        self.emit(&range.start, Want::Into(counter));
        let end = self.reserve(1);
        self.emit(&range.end, Want::Into(end));
        let step = self.reserve(1);
        match &range.step {
            Some(value) => self.emit(value, Want::Into(step)),
            None => self.wide(Op::Int, step, 1),
        }
        let flags = if range.inclusive { motet_code::VARIANT } else { 0 };
        let prepare = motet_code::Instruction::new(Op::ForPrepare, counter, 0, 0).with_flags(flags);
        self.steps.jump(prepare, exit, self.span);
        let top = self.steps.here();
        if let Some(variable) = variable {
            self.homes.insert(variable, (counter, self.tries.len()));
        }
        self.loop_body(body, open);
        self.jump(Op::ForLoop, counter, 0, top);
    }

    fn each(
        &mut self,
        iterable: &Expr,
        index: Option<&Pattern>,
        (value, text): (&Pattern, &str),
        body: &Expr,
        open: OpenLoop,
        exit: Label,
    ) {
        let iterator = self.reserve(2);
        let next = self.next;
        let iterable = self.operand(iterable);
        self.op(Op::Iterate, iterator, iterable, 0);
        self.next = next;
        let top = self.steps.here();
        match index {
            Some(index) => {
                let pair = self.reserve(2);
                self.jump(Op::NextPair, iterator, pair, exit);
                self.bind_item(index, pair, text);
                self.bind_item(value, pair + 1, text);
            }
            None => {
                let item = self.reserve(1);
                self.jump(Op::Next, iterator, item, exit);
                self.bind_item(value, item, text);
            }
        }
        self.loop_body(body, open);
        self.jump(Op::Loop, 0, 0, top);
    }

    /// Binds what an iterator gave: a plain name is the register itself.
    fn bind_item(&mut self, pattern: &Pattern, item: u16, text: &str) {
        if let PatternKind::Bind(variable) = pattern.kind
            && !self.shared.variables[variable.0 as usize].captured
        {
            self.homes.insert(variable, (item, self.tries.len()));
            return;
        }
        if let PatternKind::Bind(variable) = pattern.kind {
            self.homes.remove(&variable);
        }
        self.allocate_pattern(pattern);
        if let PatternKind::Bind(variable) = pattern.kind
            && let Place::Register(_) = self.place_of(variable)
        {
            self.homes.insert(variable, (item, self.tries.len()));
            return;
        }
        self.bind_pattern(pattern, item, text);
    }

    pub fn break_loop(&mut self, id: LoopId, value: Option<&Expr>) {
        let Some(open) = self.loops.iter().find(|open| open.id == id) else { return };
        let (result, tries) = (open.result, open.tries);
        if self.finally_to_pass(tries).is_some() {
            let register = value.map(|value| self.operand(value));
            return self.leave(Exit::Break(id), register);
        }
        match (value, result) {
            (Some(value), Some(result)) => self.emit(value, Want::Into(result)),
            (Some(value), None) => self.emit(value, Want::Discard),
            (None, Some(result)) => self.op(Op::Null, result, 0, 0),
            (None, None) => {}
        }
        self.leave(Exit::Break(id), None);
    }

    /// Leaves by way of the next `finally` if there is one, which the value passes, else directly.
    pub fn leave(&mut self, exit: Exit, value: Option<u16>) {
        let tries = match exit {
            Exit::Return => 0,
            Exit::Break(id) | Exit::Continue(id) => {
                self.loops.iter().find(|open| open.id == id).map_or(0, |open| open.tries)
            }
        };
        if let Some(at) = self.finally_to_pass(tries)
            && let OpenTry::Finally(finally) = &mut self.tries[at]
        {
            let number = match finally.exits.iter().position(|known| *known == exit) {
                Some(number) => number,
                None => {
                    finally.exits.push(exit);
                    finally.exits.len() - 1
                }
            };
            let (label, mode, kept) = (finally.label, finally.mode, finally.value);
            match value {
                Some(value) => self.copy(kept, value),
                None => self.op(Op::Null, kept, 0, 0),
            }
            self.wide(Op::Int, mode, super::tries::FIRST_EXIT + number as i32);
            return self.jump_to(label);
        }
        let open = match exit {
            Exit::Return => {
                if let Some(value) = value {
                    self.return_register(value);
                }
                return;
            }
            Exit::Break(id) | Exit::Continue(id) => self.loops.iter().find(|open| open.id == id),
        };
        let Some(open) = open else { return };
        let (result, break_label, continue_label) = (open.result, open.break_label, open.continue_label);
        if let Exit::Continue(_) = exit {
            return self.jump_to(continue_label);
        }
        if let (Some(result), Some(value)) = (result, value) {
            self.copy(result, value);
        }
        self.jump_to(break_label);
    }

    /// `yield*`: yields what another iterable gives.
    pub fn yield_all(&mut self, values: &Expr, want: Want) {
        let iterator = self.reserve(2);
        let next = self.next;
        let values = self.operand(values);
        self.op(Op::Iterate, iterator, values, 0);
        self.next = next;
        let (top, exit) = (self.steps.here(), self.label());
        let item = self.reserve(1);
        self.jump(Op::Next, iterator, item, exit);
        let sent = self.reserve(1);
        self.op(Op::Yield, sent, item, 0);
        self.jump(Op::Loop, 0, 0, top);
        self.bind(exit);
        self.null(want);
    }
}
