//! Blocks, branches and returns.

use super::{Compiler, Frame, Value};
use crate::modules::instructions::Opcode;

impl Compiler<'_> {
    pub(super) fn enter(&mut self, signature: u32, to_else: Option<usize>, is_loop: bool) {
        let signature = &self.module.signatures[signature as usize];
        let (parameters, results) = (signature.parameters.len(), signature.results.len());
        self.last_home = None;
        self.frames.push(Frame {
            start: is_loop.then_some(self.code.len() as u32),
            to_end: Vec::new(),
            to_else,
            height: self.stack.len() - parameters,
            parameters,
            results,
        });
    }

    pub(super) fn end(&mut self, reachable: bool) {
        let frame = self.frames.pop().expect("blocks end as often as they begin");
        if self.frames.is_empty() {
            if reachable {
                self.leave(frame.results);
            }
            return;
        }
        if reachable {
            self.settle_from(frame.height);
        }
        for jump in frame.to_end.iter().copied().chain(frame.to_else) {
            self.patch(jump);
        }
        self.last_home = None;
        self.stack.truncate(frame.height);
        for _ in 0..frame.results {
            self.push(Value::Home);
        }
    }

    pub(super) fn other_half(&mut self, reachable: bool) {
        let height = self.frames.last().expect("an else stands in a condition").height;
        if reachable {
            self.settle_from(height);
            let jump = self.jump(Opcode::Jump, 0);
            self.innermost().to_end.push(jump);
        }
        if let Some(jump) = self.innermost().to_else.take() {
            self.patch(jump);
        }
        let parameters = self.innermost().parameters;
        self.stack.truncate(height);
        for _ in 0..parameters {
            self.push(Value::Home);
        }
    }

    pub(super) fn innermost(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("operations stand in a block")
    }

    /// Values that a branch carries, and where they go.
    pub(super) fn carried(&self, depth: u32) -> (usize, usize, bool) {
        let index = self.frames.len() - 1 - depth as usize;
        let frame = &self.frames[index];
        let count = if frame.start.is_some() { frame.parameters } else { frame.results };
        (count, frame.height, index == 0)
    }

    /// Emits the moves and the jump of a branch, whose values are at home.
    pub(super) fn branch(&mut self, depth: u32) {
        let (count, height, leaves) = self.carried(depth);
        if leaves {
            return self.leave(count);
        }
        let from = self.stack.len() - count;
        if from != height {
            for number in 0..count {
                self.spares = 0;
                let goal = self.home(height + number);
                self.move_to(goal, self.stack[from + number], from + number);
            }
        } else {
            // The stack is looked at again behind a conditional branch.
            self.settle_from(from);
        }
        let index = self.frames.len() - 1 - depth as usize;
        match self.frames[index].start {
            Some(start) => self.emit(Opcode::Jump, 0, 0, 0, start),
            None => {
                let jump = self.jump(Opcode::Jump, 0);
                self.frames[index].to_end.push(jump);
            }
        }
    }

    /// Whether a branch needs moves before its jump.
    pub(super) fn needs_moves(&self, depth: u32) -> bool {
        let (count, height, leaves) = self.carried(depth);
        leaves || (count > 0 && self.stack.len() - count != height)
    }

    pub(super) fn conditional_branch(&mut self, condition: u8, depth: u32) {
        if self.needs_moves(depth) {
            let over = self.jump(Opcode::JumpUnless, condition);
            self.branch(depth);
            self.patch(over);
            return;
        }
        let index = self.frames.len() - 1 - depth as usize;
        match self.frames[index].start {
            Some(start) => self.emit(Opcode::JumpIf, 0, condition, 0, start),
            None => {
                let jump = self.jump(Opcode::JumpIf, condition);
                self.frames[index].to_end.push(jump);
            }
        }
    }

    /// Leaves the function: results go to the first registers.
    pub(super) fn leave(&mut self, count: usize) {
        let from = self.stack.len() - count;
        // A result must not overwrite a local that a later one is a copy of.
        let clash = (from..self.stack.len())
            .any(|height| matches!(self.stack[height], Value::Local(local) if (local as usize) < count && local as usize != height - from));
        if clash {
            for height in from..self.stack.len() {
                let value = self.stack[height];
                let home = self.home(height);
                self.spares = 0;
                self.move_to(home, value, height);
            }
        }
        for number in 0..count {
            let height = from + number;
            let value = if clash { Value::Home } else { self.stack[height] };
            self.spares = 0;
            self.move_to(number as u32, value, height);
        }
        self.emit(Opcode::Return, 0, 0, 0, 0);
    }

    // --- Operations that work on registers that follow each other. ---

    pub(super) fn branch_table(&mut self, depths: &[u32]) {
        let (index, height) = self.pop();
        let (count, ..) = self.carried(depths[0]);
        self.settle_from(self.stack.len() - count);
        self.spares = 0;
        let index = self.operand(index, height);
        self.emit(Opcode::JumpTable, 0, index, 0, depths.len() as u32 - 1);
        let table: Vec<usize> = depths.iter().map(|_| self.jump(Opcode::Jump, 0)).collect();
        let mut done: Vec<(u32, u32)> = Vec::new();
        for (&depth, &jump) in depths.iter().zip(&table) {
            if !self.needs_moves(depth) {
                let index = self.frames.len() - 1 - depth as usize;
                match self.frames[index].start {
                    Some(start) => self.code[jump][1] = start,
                    None => self.frames[index].to_end.push(jump),
                }
                continue;
            }
            let known = done.iter().find(|(of, _)| *of == depth).map(|(_, at)| *at);
            let at = known.unwrap_or_else(|| {
                let at = self.code.len() as u32;
                self.branch(depth);
                done.push((depth, at));
                at
            });
            self.code[jump][1] = at;
        }
        self.last_home = None;
    }
}
