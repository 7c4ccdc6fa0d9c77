//! The layout of an instruction: 64 bits, little end first: operation, flags, operands a, b, c.
//!
//! `b` and `c` together may be one wide operand of 32 bits. Some operations are followed by words that the interpreter uses
//! as inline caches; the compiler leaves them zero.

use crate::op::Op;

/// The operand is used for the last time here: the operation takes the value instead of borrowing it.
/// Numbers need no taking, so fast paths over numbers ignore these flags.
pub const LAST_A: u8 = 1;
pub const LAST_B: u8 = 2;
pub const LAST_C: u8 = 4;
/// Picks a variant of some operations (an inclusive range, a static method); the operation's documentation says which.
pub const VARIANT: u8 = 8;

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Instruction(pub u64);

impl Instruction {
    pub const fn new(op: Op, a: u16, b: u16, c: u16) -> Instruction {
        Instruction(op as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// An instruction whose second operand is 32 bits wide.
    pub const fn wide(op: Op, a: u16, bc: i32) -> Instruction {
        Instruction(op as u64 | (a as u64) << 16 | (bc as u32 as u64) << 32)
    }

    pub const fn with_flags(self, flags: u8) -> Instruction {
        Instruction(self.0 | (flags as u64) << 8)
    }

    /// The operation, or none if the byte names none (only in code that was not verified).
    pub fn op(self) -> Option<Op> {
        Op::from_byte(self.0 as u8)
    }

    pub const fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }

    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// `b` and `c` as one signed operand.
    pub const fn bc(self) -> i32 {
        (self.0 >> 32) as u32 as i32
    }

    pub fn set_a(&mut self, a: u16) {
        self.0 = self.0 & !(0xffff << 16) | (a as u64) << 16;
    }

    pub fn set_b(&mut self, b: u16) {
        self.0 = self.0 & !(0xffff << 32) | (b as u64) << 32;
    }

    pub fn set_c(&mut self, c: u16) {
        self.0 = self.0 & !(0xffff << 48) | (c as u64) << 48;
    }

    pub fn set_bc(&mut self, bc: i32) {
        self.0 = self.0 & 0xffff_ffff | (bc as u32 as u64) << 32;
    }

    /// The same operands under another operation.
    pub fn set_op(&mut self, op: Op) {
        self.0 = self.0 & !0xff | op as u64;
    }
}

impl std::fmt::Debug for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.op() {
            Some(op) => write!(f, "{} {} {} {} /{}", op.info().name, self.a(), self.b(), self.c(), self.flags()),
            None => write!(f, "?{:#x}", self.0),
        }
    }
}
