//! Which registers an instruction reads, takes and writes. The compiler's liveness analysis and the verifier share this, so
//! what the one writes is what the other checks.

use crate::constant::Constant;
use crate::function::{Capture, Function};
use crate::instruction::{Instruction, LAST_A, LAST_B, LAST_C, VARIANT};
use crate::op::{Op, Operand};
use std::sync::Arc;

/// What a register that was written holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any value of the language.
    Value,
    /// A value that owns nothing: null, a boolean, a number.
    Number,
    /// The cell of a captured variable that is never assigned again.
    Cell,
    /// The cell of a captured variable that may be assigned.
    Variable,
    /// What an iterator walks over.
    Iterator,
    /// How far an iterator has come.
    Place,
}

/// What an instruction does with one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads it; the flag says that it is taken.
    Use(u8),
    /// The same, of a register that holds a cell.
    UseCell(u8),
    /// Reads it and cannot take it.
    Borrow,
    /// Reads and takes it.
    Take,
    /// Reads and writes it in place.
    Update,
    /// Reads and writes one of the two registers of an iterator.
    Advance(Kind),
    /// Writes it.
    Define(Kind),
    /// Reads a number and writes a number.
    UpdateNumber,
    /// `Assign`: writes it; reads it only where a handler needs it.
    Assign,
    /// `Clear`: drops it, if it owns anything.
    Clear,
}

impl Role {
    /// What the register held before is needed.
    pub fn reads(self) -> bool {
        !matches!(self, Role::Define(_) | Role::Assign | Role::Clear)
    }

    /// It holds something new, whatever it held before.
    pub fn defines(self) -> bool {
        matches!(self, Role::Define(_) | Role::Assign)
    }

    /// It reads the register and writes it in place.
    pub fn updates(self) -> bool {
        matches!(self, Role::Update | Role::UpdateNumber | Role::Advance(_))
    }
}

/// What roles depend on beside the instruction.
#[derive(Clone, Copy)]
pub struct RoleContext<'a> {
    pub constants: &'a [Constant],
    /// The functions that `Closure` makes instances of.
    pub functions: &'a [Arc<Function>],
    /// Register 0 is self, and calls of the running function pass it on.
    pub method: bool,
}

/// Visits the registers of an instruction: reads before writes. Register 0 belongs to the frame and is left out.
pub fn visit(instruction: Instruction, op: Op, context: &RoleContext<'_>, visitor: &mut dyn FnMut(u16, Role)) {
    let mut visit = |register: u16, role: Role| {
        if register != 0 {
            visitor(register, role);
        }
    };
    let info = op.info();
    match op {
        Op::Clear => return visit(instruction.a(), Role::Clear),
        Op::Assign => {
            visit(instruction.b(), Role::Use(LAST_B));
            return visit(instruction.a(), Role::Assign);
        }
        Op::Closure => {
            let captures = context.functions.get(instruction.b() as usize).map_or(&[][..], |inner| &inner.captures);
            for capture in captures {
                if let Capture::Register(register) = capture {
                    visit(*register, Role::Borrow);
                }
            }
        }
        _ => {}
    }
    let mut operands =
        [(info.a, instruction.a(), LAST_A), (info.b, instruction.b(), LAST_B), (info.c, instruction.c(), LAST_C)];
    // Of operands in one register the last one here takes the value, and the interpreter must read the others before it.
    // What is stored into, `r.k = r`, is needed longest.
    if matches!(op, Op::SetField | Op::AddField | Op::SetIndex | Op::SetIndexI | Op::AddIndex) {
        operands.rotate_left(1);
    }
    let (a, b) = (instruction.a(), instruction.b());
    for (kind, register, flag) in operands {
        match kind {
            Operand::Use => visit(register, Role::Use(flag)),
            Operand::UseCell => visit(register, Role::UseCell(flag)),
            Operand::Take => visit(register, Role::Take),
            Operand::TakeRange => (0..instruction.c()).for_each(|offset| visit(register + offset, Role::Take)),
            Operand::RecordValues => {
                let count = match context.constants.get(instruction.c() as usize) {
                    Some(Constant::Names(names)) => names.len() as u16,
                    _ => 0,
                };
                (0..count).for_each(|offset| visit(register + offset, Role::Take));
            }
            Operand::Window => (first_taken(op, context.method)..=b).for_each(|offset| visit(a + offset, Role::Take)),
            Operand::Update => visit(register, Role::Update),
            Operand::Counter => (0..3).for_each(|offset| visit(register + offset, Role::UpdateNumber)),
            Operand::Iterator => {
                visit(register, Role::Advance(Kind::Iterator));
                visit(register + 1, Role::Advance(Kind::Place));
            }
            _ => {}
        }
    }
    for (kind, register, _) in operands {
        match kind {
            Operand::Def | Operand::DefTop => visit(register, Role::Define(result_kind(op, instruction, context))),
            Operand::DefCell => visit(register, Role::Define(cell_kind(op, instruction))),
            Operand::IteratorDef => {
                visit(register, Role::Define(Kind::Iterator));
                visit(register + 1, Role::Define(Kind::Place));
            }
            Operand::DefPair => (0..2).for_each(|offset| visit(register + offset, Role::Define(Kind::Value))),
            Operand::Window if !op.ends_block() => visit(a, Role::Define(Kind::Value)),
            _ => {}
        }
    }
}

/// The first register of a call's window that is taken: calls of functions that the code names leave the first one alone.
fn first_taken(op: Op, method: bool) -> u16 {
    match op {
        Op::CallKnown | Op::TailKnown => 1,
        Op::CallSelf | Op::TailSelf => u16::from(!method),
        _ => 0,
    }
}

/// What the register that an operation writes holds.
fn result_kind(op: Op, instruction: Instruction, context: &RoleContext<'_>) -> Kind {
    let number = match op {
        Op::Null | Op::Bool | Op::Int | Op::Not | Op::Eq | Op::Ne | Op::InstanceOf | Op::IsList | Op::HasKey => true,
        Op::Constant => matches!(
            context.constants.get(instruction.bc() as u32 as usize),
            Some(Constant::Int(_) | Constant::Float(_))
        ),
        _ => false,
    };
    if number { Kind::Number } else { Kind::Value }
}

fn cell_kind(op: Op, instruction: Instruction) -> Kind {
    if op == Op::CellEmpty && instruction.flags() & VARIANT == 0 { Kind::Cell } else { Kind::Variable }
}
