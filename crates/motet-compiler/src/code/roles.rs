//! Which registers a step reads, takes and writes.

use super::steps::Step;
use motet_code::{Constant, LAST_A, LAST_B, LAST_C, Op, Operand};

/// What a step does with one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads it; the flag says that it is taken.
    Use(u8),
    /// Reads it and cannot take it.
    Borrow,
    /// Reads and takes it.
    Take,
    /// Reads and writes it in place.
    Update,
    /// Writes it, and it may own something afterwards.
    Define,
    /// Writes what owns nothing: null, a boolean, a number.
    DefineNumber,
    /// Reads a number and writes a number.
    UpdateNumber,
    /// `Assign`: writes it; reads it only where a handler needs it.
    Assign,
    /// `Clear`: drops it, if it owns anything.
    Clear,
}

/// What roles depend on beside the step.
pub(crate) struct RoleContext<'a> {
    pub constants: &'a [Constant],
    /// For each prototype, the registers that making a closure reads.
    pub captured_registers: &'a [Vec<u16>],
    /// Register 0 is self, and calls of the running function pass it on.
    pub method: bool,
}

/// Visits the registers of a step: reads before writes. Register 0 belongs to the frame and is left out.
pub(crate) fn visit(step: &Step, context: &RoleContext<'_>, visitor: &mut dyn FnMut(u16, Role)) {
    let mut visit = |register: u16, role: Role| {
        if register != 0 {
            visitor(register, role);
        }
    };
    let instruction = step.instruction;
    let op = step.op();
    let info = op.info();
    match op {
        Op::Clear => return visit(instruction.a(), Role::Clear),
        Op::Assign => {
            visit(instruction.b(), Role::Use(LAST_B));
            return visit(instruction.a(), Role::Assign);
        }
        Op::Closure => {
            if let Some(registers) = context.captured_registers.get(instruction.b() as usize) {
                registers.iter().for_each(|register| visit(*register, Role::Borrow));
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
            Operand::Take => visit(register, Role::Take),
            Operand::TakeRange => (0..instruction.c()).for_each(|offset| visit(register + offset, Role::Take)),
            Operand::RecordValues => {
                let count = match context.constants.get(instruction.c() as usize) {
                    Some(Constant::Names(names)) => names.len() as u16,
                    _ => 0,
                };
                (0..count).for_each(|offset| visit(register + offset, Role::Take));
            }
            Operand::Window => {
                // Calls of functions that the code names leave the first register alone.
                let first = match op {
                    Op::CallKnown | Op::TailKnown => 1,
                    Op::CallSelf | Op::TailSelf => u16::from(!context.method),
                    _ => 0,
                };
                (first..=b).for_each(|offset| visit(a + offset, Role::Take));
            }
            Operand::Update => visit(register, Role::Update),
            Operand::Counter => (0..3).for_each(|offset| visit(register + offset, Role::UpdateNumber)),
            Operand::Iterator => (0..2).for_each(|offset| visit(register + offset, Role::Update)),
            _ => {}
        }
    }
    for (kind, register, _) in operands {
        match kind {
            Operand::Def | Operand::DefTop => visit(register, if_number(op, step, context)),
            Operand::IteratorDef | Operand::DefPair => (0..2).for_each(|offset| visit(register + offset, Role::Define)),
            Operand::Window if !op.ends_block() => visit(a, Role::Define),
            _ => {}
        }
    }
}

/// The role of the register that an operation writes.
fn if_number(op: Op, step: &Step, context: &RoleContext<'_>) -> Role {
    let number = match op {
        Op::Null | Op::Bool | Op::Int | Op::Not | Op::Eq | Op::Ne | Op::InstanceOf | Op::IsList | Op::HasKey => true,
        Op::Constant => matches!(
            context.constants.get(step.instruction.bc() as u32 as usize),
            Some(Constant::Int(_) | Constant::Float(_))
        ),
        _ => false,
    };
    if number { Role::DefineNumber } else { Role::Define }
}
