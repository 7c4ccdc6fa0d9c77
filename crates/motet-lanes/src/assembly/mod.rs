//! The assembly text: a program a human can read and write.
//!
//! One instruction a line, `label:` in front of it or alone, `;` starts a comment. Operands follow the mnemonic,
//! separated by commas: registers `r0` to `r63` and `f0` to `f31`, numbers (`42`, `-7`, `0xFF`, `0b101`, `1_000`,
//! `'a'`; `1.5` where a float stands), heap addresses `[r1 + 8]`, labels. `.raw 0x2A00000000000001` stands for eight
//! bytes as they are.
//!
//! Knows the instruction list and nothing of devices.

mod diagnostic;
mod disassemble;
mod encode;
mod lex;

pub use diagnostic::{AssemblyError, Diagnostic};
pub use disassemble::{disassemble, disassemble_with_blocks};
pub use encode::assemble;
