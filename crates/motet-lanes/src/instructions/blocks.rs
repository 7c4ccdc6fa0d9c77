//! Basic blocks: stretches of a program that run from their first instruction to their last without a jump in or out.
//!
//! A compiler of lane code works on blocks, and `motet lanes asm --blocks` shows them. How an instruction goes on is derived
//! here from the list, once for all of them.

use super::{INSTRUCTION_BYTES, Opcode};
use std::ops::Range;

/// Where a process goes on after a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// At the instruction behind it.
    Falls,
    /// At the instruction with this index.
    Jumps(usize),
    /// There or behind it, as a register says.
    Branches(usize),
    /// There, and behind it when the function that begins there returns.
    Calls(usize),
    /// Where the function was called, which only the stack knows.
    Returns,
    /// Nowhere: the process halts, or ends because the instruction is none, jumps out of the program, or was the last one.
    Ends,
}

/// A stretch of straight code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The indices of its instructions.
    pub instructions: Range<usize>,
    pub exit: Exit,
}

impl Block {
    /// The first instructions of the blocks that can run after it. Those after a return are the callers'.
    pub fn successors(&self) -> Vec<usize> {
        let behind = self.instructions.end;
        match self.exit {
            Exit::Falls => vec![behind],
            Exit::Jumps(target) => vec![target],
            Exit::Branches(target) | Exit::Calls(target) if target == behind => vec![behind],
            Exit::Branches(target) | Exit::Calls(target) => vec![target, behind],
            Exit::Returns | Exit::Ends => Vec::new(),
        }
    }
}

/// The blocks of a program, in order. Together they hold every instruction once.
pub fn blocks(code: &[u8]) -> Vec<Block> {
    let (words, _) = code.as_chunks::<INSTRUCTION_BYTES>();
    let count = words.len();
    let exits: Vec<Option<Exit>> = words.iter().enumerate().map(|(at, word)| exit_of(word, at, count)).collect();
    let mut begins = vec![false; count];
    for (at, exit) in exits.iter().enumerate() {
        let Some(exit) = exit else { continue };
        if let Exit::Jumps(target) | Exit::Branches(target) | Exit::Calls(target) = *exit {
            begins[target] = true;
        }
        if at + 1 < count {
            begins[at + 1] = true;
        }
    }
    let mut blocks = Vec::new();
    let mut first = 0;
    for (at, exit) in exits.into_iter().enumerate() {
        let is_last = exit.is_some() || begins.get(at + 1).is_some_and(|begins| *begins);
        if is_last {
            let exit = exit.unwrap_or(Exit::Falls);
            blocks.push(Block { instructions: first..at + 1, exit });
            first = at + 1;
        }
    }
    blocks
}

/// How an instruction ends its block; none if it goes on to the next one and to nothing else.
fn exit_of(word: &[u8; INSTRUCTION_BYTES], at: usize, count: usize) -> Option<Exit> {
    let [opcode, _, _, _, immediate @ ..] = *word;
    let target = usize::try_from(i32::from_le_bytes(immediate)).ok().filter(|target| *target < count);
    let is_last = at + 1 == count;
    let exit = match (Opcode::from_byte(opcode), target) {
        (Some(Opcode::Jump), Some(target)) => Exit::Jumps(target),
        (Some(Opcode::JumpIf | Opcode::JumpUnless), Some(target)) if !is_last => Exit::Branches(target),
        // The process ends unless it jumps.
        (Some(Opcode::JumpIf | Opcode::JumpUnless), Some(target)) => Exit::Jumps(target),
        (Some(Opcode::JumpIf | Opcode::JumpUnless), None) if !is_last => Exit::Falls,
        (Some(Opcode::Call), Some(target)) if !is_last => Exit::Calls(target),
        (Some(Opcode::Call), Some(target)) => Exit::Jumps(target),
        (Some(Opcode::Return), _) => Exit::Returns,
        (Some(Opcode::Jump | Opcode::JumpIf | Opcode::JumpUnless | Opcode::Call | Opcode::Halt) | None, _) => {
            Exit::Ends
        }
        (Some(_), _) if is_last => Exit::Ends,
        (Some(_), _) => return None,
    };
    Some(exit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembly::assemble;
    use crate::instructions::{ALL, Operand};

    fn blocks_of(text: &str) -> Vec<Block> {
        blocks(&assemble("test", text).expect("it is a program"))
    }

    #[test]
    fn a_loop_has_three_blocks() {
        let found = blocks_of("const r1, 3\nagain: sub r1, r1, 1\njump_if r1, again\nhalt");
        let expected = [(0..1, Exit::Falls), (1..3, Exit::Branches(1)), (3..4, Exit::Ends)];
        let expected = expected.map(|(instructions, exit)| Block { instructions, exit });
        assert_eq!(found, expected);
        assert_eq!(found[1].successors(), [1, 3]);
    }

    #[test]
    fn a_call_goes_to_the_function_and_behind_itself() {
        let found = blocks_of("call f\nhalt\nf: yield\nret");
        assert_eq!(found[0].successors(), [2, 1]);
        assert_eq!(found[2], Block { instructions: 2..4, exit: Exit::Returns });
    }

    #[test]
    fn code_that_jumps_out_or_is_none_ends_the_process() {
        assert_eq!(blocks_of("jump 9\nnop")[0].exit, Exit::Ends);
        assert_eq!(blocks_of(".raw 0x77\nnop").len(), 2);
        assert!(blocks(&[]).is_empty());
    }

    #[test]
    fn whatever_names_a_target_ends_a_block() {
        for instruction in ALL.iter().filter(|instruction| instruction.operands.contains(&Operand::Target)) {
            let code = [instruction.opcode.encode(0, 0, 0, 1), Opcode::Halt.encode(0, 0, 0, 0)].concat();
            let found = blocks(&code);
            assert_eq!(found[0].instructions, 0..1, "{}", instruction.mnemonic);
            assert!(found[0].successors().contains(&1), "{}", instruction.mnemonic);
        }
    }

    #[test]
    fn the_blocks_of_any_bytes_hold_each_instruction_once_and_lead_to_blocks() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for length in 0..300_usize {
            let mut code = Vec::new();
            for _ in 0..length {
                let opcode = ALL[random() as usize % ALL.len()].opcode;
                let target = (random() as usize % (length + 2)) as i32 - 1;
                code.extend(opcode.encode(random() as u8, random() as u8, random() as u8, target));
            }
            let found = blocks(&code);
            let mut next = 0;
            for block in &found {
                assert_eq!(block.instructions.start, next);
                assert!(block.instructions.end > next);
                next = block.instructions.end;
            }
            assert_eq!(next, length);
            let begins: Vec<usize> = found.iter().map(|block| block.instructions.start).collect();
            for successor in found.iter().flat_map(Block::successors) {
                assert!(begins.binary_search(&successor).is_ok(), "{successor} is inside of a block");
            }
        }
    }
}
