//! Room for programs.

use super::gaps::Gaps;
use crate::error::LaneError;
use crate::process::Program;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Programs start where an instruction can.
const ALIGNMENT: usize = 8;

/// Numbers are unique in the process, so that a program of one runtime is never taken for one of another.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// Which parts of the pool are taken.
#[derive(Debug)]
pub(crate) struct CodePool {
    gaps: Gaps,
    programs: HashMap<u64, Loaded>,
}

#[derive(Debug)]
struct Loaded {
    offset: usize,
    reserved: usize,
    processes: usize,
}

impl CodePool {
    pub fn new(bytes: usize) -> CodePool {
        CodePool { gaps: Gaps::new(bytes), programs: HashMap::new() }
    }

    /// Reserves room for a program of that many bytes.
    pub fn load(&mut self, bytes: usize) -> Result<Program, LaneError> {
        let reserved = bytes.next_multiple_of(ALIGNMENT);
        let Some(offset) = self.gaps.take(reserved) else {
            return Err(LaneError::CodePoolFull { bytes, largest_gap: self.gaps.largest() });
        };
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        self.programs.insert(number, Loaded { offset, reserved, processes: 0 });
        // Pools are limited to what a buffer can bind, which 32 bits can tell.
        Ok(Program { number, offset: offset as u32, length: bytes as u32 })
    }

    /// Gives a program's room back, unless processes still run it.
    pub fn unload(&mut self, program: Program) -> Result<(), LaneError> {
        let loaded = self.programs.get(&program.number).ok_or(LaneError::UnknownProgram)?;
        if loaded.processes > 0 {
            return Err(LaneError::ProgramInUse { processes: loaded.processes });
        }
        let Loaded { offset, reserved, .. } = *loaded;
        self.programs.remove(&program.number);
        self.gaps.give(offset, reserved);
        Ok(())
    }

    /// Notes that one more process runs the program.
    pub fn enter(&mut self, program: Program) -> Result<(), LaneError> {
        self.programs.get_mut(&program.number).ok_or(LaneError::UnknownProgram)?.processes += 1;
        Ok(())
    }

    /// Notes that one process less runs it.
    pub fn leave(&mut self, program: Program) {
        if let Some(loaded) = self.programs.get_mut(&program.number) {
            loaded.processes -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l06_gaps_melt_together_in_any_order() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut pool = CodePool::new(96);
            let programs = [pool.load(32).unwrap(), pool.load(25).unwrap(), pool.load(32).unwrap()];
            assert_eq!(programs.map(|program| program.offset), [0, 32, 64]);
            assert_eq!(pool.load(1), Err(LaneError::CodePoolFull { bytes: 1, largest_gap: 0 }));
            for index in order {
                pool.unload(programs[index]).unwrap();
            }
            assert_eq!(pool.load(96).unwrap().offset, 0);
        }
    }

    #[test]
    fn l06_a_gap_is_used_again() {
        let mut pool = CodePool::new(64);
        let first = pool.load(16).unwrap();
        pool.load(16).unwrap();
        pool.unload(first).unwrap();
        assert_eq!(pool.load(8).unwrap().offset, 0);
        assert_eq!(pool.load(40), Err(LaneError::CodePoolFull { bytes: 40, largest_gap: 32 }));
        assert_eq!(pool.load(32).unwrap().offset, 32);
    }

    #[test]
    fn l01_a_program_in_use_stays() {
        let mut pool = CodePool::new(64);
        let program = pool.load(16).unwrap();
        pool.enter(program).unwrap();
        assert_eq!(pool.unload(program), Err(LaneError::ProgramInUse { processes: 1 }));
        pool.leave(program);
        pool.unload(program).unwrap();
        assert_eq!(pool.unload(program), Err(LaneError::UnknownProgram));
        assert_eq!(pool.enter(program), Err(LaneError::UnknownProgram));
    }
}
