//! What a profile asks about code that runs.

use super::Loaded;
use super::layout::Ended;
use crate::native::NativeFunction;
use motet_code::{Instruction, Op, OpInfo, Operand};

impl Ended {
    /// The instruction that ends before the counter: the call that is in progress.
    pub(crate) fn instruction_before(&self) -> usize {
        self.loaded().instruction_before(self.pc)
    }

    /// The instruction at the counter.
    pub(crate) fn next_instruction(&self) -> usize {
        let loaded = self.loaded();
        // A function may begin in front of its first instruction.
        if self.pc < loaded.code { 0 } else { loaded.instruction_at(self.pc) }
    }

    /// The instruction that has just run, as far as the code shows it: the one before the counter, unless jumps lead to the counter.
    pub(crate) fn instruction_that_ran(&self) -> usize {
        let next = self.next_instruction();
        let jumps_there = |(at, op, i): (usize, Op, Instruction)| {
            let offset = match op.info() {
                OpInfo { b: Operand::WideJump, .. } => i64::from(i.bc()),
                OpInfo { c: Operand::Jump, .. } => i64::from(i.c() as i16),
                _ => return false,
            };
            at as i64 + op.length() as i64 + offset == next as i64
        };
        if next == 0 || instructions(self.loaded()).any(jumps_there) { next } else { self.instruction_before() }
    }

    /// The name of the builtin that an instruction calls, as far as the code shows it: of a method its name, of a function
    /// what the last constant is that is put in the callee's register. `word` is the last word of the instruction.
    pub(crate) fn builtin_called(&self, word: usize) -> Option<&'static str> {
        let loaded = self.loaded();
        let call = instructions(loaded).take_while(|(at, _, _)| *at <= word).last()?;
        let (at, op, call) = call;
        match op {
            Op::Method => Some(loaded.name(call.c()).as_str()),
            Op::Call => {
                let before = instructions(loaded).take_while(|(before, _, _)| *before < at);
                let callee = before.filter(|(_, op, i)| *op == Op::Constant && i.a() == call.a()).last();
                let (_, _, callee) = callee?;
                let value = loaded.constant(usize::try_from(callee.bc()).ok()?);
                NativeFunction::of(value).map(|function| function.name)
            }
            _ => None,
        }
    }

    fn loaded(&self) -> &Loaded {
        // SAFETY: it was made of a frame of a script function, and loaded code lives as long as the isolate.
        unsafe { &*self.loaded }
    }
}

/// The instructions of a function with their places, as they were compiled.
fn instructions(loaded: &Loaded) -> impl Iterator<Item = (usize, Op, Instruction)> {
    let code = &loaded.function.code;
    let mut at = 0;
    std::iter::from_fn(move || {
        let instruction = Instruction(*code.get(at)?);
        let op = instruction.op()?;
        let place = at;
        at += op.length();
        Some((place, op, instruction))
    })
}
