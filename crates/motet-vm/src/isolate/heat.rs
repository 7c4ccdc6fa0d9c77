//! What is known of a function's loops where programs may have machine code: how often they turned, what was seen to run,
//! and their code.

use super::loaded::Loaded;
use crate::jit::{Seen, Version};
use motet_code::{Function, Instruction, Op};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A jump backwards.
#[derive(Default)]
pub(crate) struct Spot {
    pub turns: u32,
    pub version: Option<Arc<Version>>,
    /// How many there have been.
    pub versions: u8,
    /// How often the version was left where it was not meant to be.
    pub exits: u32,
    /// Another version is made at the next turn.
    pub renews: bool,
}

/// See the module.
pub(crate) struct Heat {
    pub seen: Seen,
    /// By the instruction that jumps.
    pub spots: HashMap<u32, Spot>,
    pub fuse: u32,
    /// For each word, the instruction before the one that begins there, if that falls through to it and makes something;
    /// [`NONE`] otherwise.
    before: Box<[u32]>,
}

const NONE: u32 = u32::MAX;

impl Heat {
    pub fn before(&self, at: usize) -> Option<usize> {
        Some(self.before[at]).filter(|before| *before != NONE).map(|before| before as usize)
    }
}

/// Marks the jumps backwards of a function's code; none if the code is not understood.
pub(super) fn mark(function: &Function, code: &mut [u64]) -> Option<RefCell<Heat>> {
    let mut before = vec![NONE; code.len()];
    let mut last = NONE;
    let mut at = 0;
    while at < code.len() {
        before[at] = last;
        let op = Instruction(function.code[at]).op()?;
        if matches!(op, Op::Loop | Op::ForLoop) {
            mark_one(code, at);
        }
        let makes = op == Op::Next || matches!(op.info().a, motet_code::Operand::Def | motet_code::Operand::Window);
        last = if makes && !op.ends_block() { at as u32 } else { NONE };
        at += op.length();
    }
    let seen = Seen::new(code.len());
    Some(RefCell::new(Heat { seen, spots: HashMap::new(), fuse: 1, before: before.into() }))
}

fn mark_one(code: &mut [u64], at: usize) {
    let mut instruction = Instruction(code[at]);
    instruction.set_op(Op::Hot);
    code[at] = instruction.0;
}

impl Loaded {
    /// What is known of its loops, if it has any and the program may have machine code.
    pub(crate) fn heat(&self) -> Option<&RefCell<Heat>> {
        self.heat.as_ref()
    }

    /// An instruction is itself again.
    pub(crate) fn put_back(&self, at: usize) {
        let word = self.function.code[at];
        // SAFETY: code is written by the isolate's thread alone, here and where caches are filled.
        unsafe { self.at(at).write(word) };
    }

    /// Has each instruction noted the next time that it runs.
    pub(crate) fn note_all(&self) {
        let mut at = 0;
        while at < self.function.code.len() {
            let mut instruction = Instruction(self.function.code[at]);
            let op = instruction.op().expect("verified: an operation");
            if !matches!(op, Op::Loop | Op::ForLoop) {
                instruction.set_op(Op::Hot);
                // SAFETY: as above.
                unsafe { self.at(at).write(instruction.0) };
            }
            at += op.length();
        }
    }
}
