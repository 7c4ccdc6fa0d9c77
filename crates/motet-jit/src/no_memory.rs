//! In place of `memory` on systems on which this crate maps no code: programs stay interpreted there.

use motet_vm::jit::{Entry, MachineCode};
use std::io;

/// Whether there may be machine code here.
pub fn is_possible() -> bool {
    false
}

/// The code of one function, of which there is none.
pub enum Code {}

impl Code {
    pub fn new(_: &[u8]) -> io::Result<Code> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

// SAFETY: there is no code that could break the contract.
unsafe impl MachineCode for Code {
    fn entry(&self) -> Entry {
        match *self {}
    }

    fn bytes(&self) -> usize {
        match *self {}
    }

    fn code(&self) -> &[u8] {
        match *self {}
    }
}
