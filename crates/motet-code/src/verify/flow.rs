//! The register rule over all paths: registers are written only while they own nothing, read only while they hold what the
//! operation expects, and nothing is owned when the function returns.
//!
//! A forward dataflow. What is known of a register at a place is the set of what it may hold there, so paths meet by union.
//! Registers do not depend on one another, so a function with very many is looked at in slices, each with bounded memory.
//!
//! An error may come from any instruction of a handler's range, before or after the instruction has done its work, and from
//! a safe point behind a jump; the handler gets what those places have in common.

use super::{CaptureNeed, VerifyError};
use crate::function::{Capture, FunctionParts, Handler};
use crate::instruction::{Instruction, VARIANT};
use crate::op::{Op, Operand};
use crate::roles::{Kind, Role, RoleContext, visit};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// What a register may hold, as bits; no bit: the place is not reached.
type State = u8;
/// Nothing that may be read; it owns nothing.
const DEAD: State = 1;
const NUMBER: State = 2;
const VALUE: State = 4;
/// An argument that was left out.
const MISSING: State = 8;
const CELL: State = 16;
const VARIABLE: State = 32;
const ITERATOR: State = 64;
const PLACE: State = 128;

const READABLE: State = NUMBER | VALUE;
const CELLS: State = CELL | VARIABLE;
const OWNING: State = VALUE | CELLS | ITERATOR;

/// States of all block starts together, in bytes.
const SLICE: usize = 8 << 20;
const NONE: u32 = u32::MAX;

pub(super) fn check(function: &FunctionParts, starts: &[bool]) -> Result<(), VerifyError> {
    let flow = Flow::new(function, starts);
    let registers = function.registers as usize;
    let width = (SLICE / flow.blocks.len()).max(64);
    let mut first = 1;
    while first < registers {
        let slice = first..(first + width).min(registers);
        first = slice.end;
        Slice::new(&flow, slice).run()?;
    }
    Ok(())
}

/// A place where paths may meet, and what follows up to the next one.
struct Block {
    start: u32,
    /// The handler around all of it.
    handler: u32,
}

struct Flow<'a> {
    function: &'a FunctionParts,
    context: RoleContext<'a>,
    blocks: Vec<Block>,
    /// For each word, the block that starts there.
    block_at: Vec<u32>,
}

impl<'a> Flow<'a> {
    fn new(function: &'a FunctionParts, starts: &[bool]) -> Flow<'a> {
        let mut leaders = vec![false; starts.len() + 1];
        leaders[0] = true;
        for at in (0..starts.len()).filter(|at| starts[*at]) {
            let (instruction, op) = read(function, at);
            let next = at + op.length();
            if let Some(target) = jump_target(instruction, op, next) {
                leaders[target] = true;
                leaders[next] = true;
            }
        }
        for handler in &function.handlers {
            for place in [handler.start, handler.end, handler.target] {
                leaders[place as usize] = true;
            }
        }
        let mut blocks = Vec::new();
        let mut block_at = vec![NONE; starts.len()];
        for at in (0..starts.len()).filter(|at| leaders[*at]) {
            block_at[at] = blocks.len() as u32;
            blocks.push(Block { start: at as u32, handler: NONE });
        }
        // Innermost first: the first range around a block is its handler.
        for (number, handler) in function.handlers.iter().enumerate() {
            let first = block_at[handler.start as usize] as usize;
            for block in blocks[first..].iter_mut().take_while(|block| block.start < handler.end) {
                if block.handler == NONE {
                    block.handler = number as u32;
                }
            }
        }
        let method = function.flags.method;
        let context = RoleContext { constants: &function.constants, functions: &function.functions, method };
        Flow { function, context, blocks, block_at }
    }

    fn handler(&self, block: usize) -> Option<&'a Handler> {
        self.function.handlers.get(self.blocks[block].handler as usize)
    }
}

fn read(function: &FunctionParts, at: usize) -> (Instruction, Op) {
    let instruction = Instruction(function.code[at]);
    (instruction, instruction.op().expect("the structure was checked"))
}

fn jump_target(instruction: Instruction, op: Op, next: usize) -> Option<usize> {
    let info = op.info();
    let distance = if info.b == Operand::WideJump {
        instruction.bc() as i64
    } else if info.c == Operand::Jump {
        instruction.c() as i16 as i64
    } else {
        return None;
    };
    Some((next as i64 + distance) as usize)
}

/// The analysis of some of the registers.
struct Slice<'a> {
    flow: &'a Flow<'a>,
    registers: Range<usize>,
    /// For each block, what each register may hold where it starts.
    states: Vec<State>,
    pending: BinaryHeap<Reverse<u32>>,
    is_pending: Vec<bool>,
}

impl<'a> Slice<'a> {
    fn new(flow: &'a Flow<'a>, registers: Range<usize>) -> Slice<'a> {
        let blocks = flow.blocks.len();
        Slice {
            states: vec![0; blocks * registers.len()],
            flow,
            registers,
            pending: BinaryHeap::new(),
            is_pending: vec![false; blocks],
        }
    }

    fn run(mut self) -> Result<(), VerifyError> {
        let mut row = self.entry();
        self.meet(0, &row);
        let width = self.registers.len();
        let mut caught = vec![DEAD; width];
        // In the order of the code, so that nearly all is known of a block before it is looked at.
        while let Some(Reverse(block)) = self.pending.pop() {
            let block = block as usize;
            self.is_pending[block] = false;
            row.copy_from_slice(&self.states[block * width..(block + 1) * width]);
            self.block(block, &mut row, &mut caught)?;
        }
        Ok(())
    }

    /// What registers hold when the function begins: its arguments.
    fn entry(&self) -> Vec<State> {
        let parameters = &self.flow.function.parameters;
        let positional = parameters.names.len();
        let rest = positional + usize::from(parameters.rest.is_some());
        let named = rest + parameters.named.len();
        let state = |register: usize| {
            let index = register - 1;
            let always = index < parameters.required as usize
                || (positional..rest).contains(&index)
                || (rest..named).contains(&index) && parameters.named[index - rest].required;
            match index {
                _ if always || parameters.takes_named && index == named => VALUE,
                _ if index < named => VALUE | MISSING,
                _ => DEAD,
            }
        };
        self.registers.clone().map(state).collect()
    }

    /// Adds a path into a block.
    fn meet(&mut self, block: usize, row: &[State]) {
        let width = self.registers.len();
        let known = &mut self.states[block * width..(block + 1) * width];
        let mut changed = 0;
        for (known, new) in known.iter_mut().zip(row) {
            changed |= !*known & *new;
            *known |= *new;
        }
        if changed != 0 && !std::mem::replace(&mut self.is_pending[block], true) {
            self.pending.push(Reverse(block as u32));
        }
    }

    /// Adds a path into a handler: it finds what it keeps, and the error.
    fn meet_handler(&mut self, handler: &Handler, row: &[State], caught: &mut [State]) {
        caught.fill(DEAD);
        for register in &handler.keep {
            if let Some(slot) = self.slot(*register) {
                caught[slot] = row[slot];
            }
        }
        if let Some(slot) = self.slot(handler.error) {
            caught[slot] = VALUE;
        }
        self.meet(self.flow.block_at[handler.target as usize] as usize, caught);
    }

    fn slot(&self, register: u16) -> Option<usize> {
        let register = register as usize;
        self.registers.contains(&register).then(|| register - self.registers.start)
    }

    fn block(&mut self, block: usize, row: &mut [State], caught: &mut [State]) -> Result<(), VerifyError> {
        let flow = self.flow;
        let handler = flow.handler(block);
        let mut at = flow.blocks[block].start as usize;
        if let Some(handler) = handler {
            self.meet_handler(handler, row, caught);
        }
        loop {
            let (instruction, op) = read(flow.function, at);
            let next = at + op.length();
            // What `Next` writes is written only where it does not jump.
            let before = matches!(op, Op::Next | Op::NextPair).then(|| row.to_vec());
            let changed = self.step(at, instruction, op, row, handler)?;
            if let Some(handler) = handler
                && changed
            {
                self.meet_handler(handler, row, caught);
            }
            if let Some(target) = jump_target(instruction, op, next) {
                if let Some(before) = before {
                    let written = if op == Op::Next { 1 } else { 2 };
                    let mut jumped = row.to_vec();
                    for slot in (0..written).filter_map(|offset| self.slot(instruction.b() + offset)) {
                        jumped[slot] = before[slot];
                    }
                    self.meet(flow.block_at[target] as usize, &jumped);
                } else {
                    self.meet(flow.block_at[target] as usize, row);
                }
                // An error at the safe point behind the jump counts as one of the instruction before its target.
                let before_target = (flow.block_at[target] as usize).saturating_sub(1);
                if matches!(op, Op::Loop | Op::ForLoop)
                    && let Some(handler) = flow.handler(before_target)
                {
                    self.meet_handler(handler, row, caught);
                }
            }
            if op == Op::JumpIfPresent
                && let Some(slot) = self.slot(instruction.a())
            {
                row[slot] = DEAD;
            }
            if op.ends_block() {
                return Ok(());
            }
            if flow.block_at[next] != NONE {
                self.meet(flow.block_at[next] as usize, row);
                return Ok(());
            }
            at = next;
        }
    }

    /// Does to the registers what an instruction does. Tells whether one that the handler keeps was changed.
    fn step(
        &self,
        at: usize,
        instruction: Instruction,
        op: Op,
        row: &mut [State],
        handler: Option<&Handler>,
    ) -> Result<bool, VerifyError> {
        let keep: &[u16] = handler.map_or(&[], |handler| &handler.keep);
        if let Some(problem) =
            self.window(instruction, op, row, keep).err().or_else(|| self.closure(instruction, op, row).err())
        {
            return Err(self.error(at, problem));
        }
        let flags = instruction.flags();
        let mut problem = None;
        let mut changed = false;
        visit(instruction, op, &self.flow.context, &mut |register, role| {
            let Some(slot) = self.slot(register) else { return };
            let state = &mut row[slot];
            let expected = match role {
                Role::Update if op == Op::JumpIfPresent => READABLE | MISSING,
                Role::UpdateNumber if op == Op::ForLoop => NUMBER,
                Role::UseCell(_) if op == Op::CellAdd => VARIABLE,
                Role::UseCell(_) => CELLS,
                Role::Advance(kind) => state_of(kind),
                // What it holds is looked at in `closure`.
                Role::Borrow => !DEAD,
                Role::Define(_) => !OWNING,
                Role::Clear | Role::Assign => !0,
                Role::Use(_) | Role::Take | Role::Update | Role::UpdateNumber => READABLE,
            };
            if *state & !expected != 0 {
                problem.get_or_insert(match role {
                    Role::Define(_) => format!("writes r{register}, which owns something"),
                    _ if *state & DEAD != 0 => format!("reads r{register}, which holds nothing"),
                    _ => format!("reads r{register}, which holds something else"),
                });
            }
            let takes = match role {
                Role::Use(flag) | Role::UseCell(flag) => flags & flag != 0,
                Role::Take => true,
                _ => false,
            };
            let kept = !keep.is_empty() && keep.binary_search(&register).is_ok();
            if takes && kept {
                problem.get_or_insert(format!("takes r{register}, which the handler needs"));
            }
            let after = match role {
                Role::Define(kind) => state_of(kind),
                Role::UpdateNumber => NUMBER,
                Role::Update if op == Op::JumpIfPresent => *state & !MISSING,
                Role::Update | Role::Assign => VALUE,
                Role::Clear => DEAD,
                _ if takes => DEAD,
                _ => *state,
            };
            changed |= kept && after != *state;
            *state = after;
        });
        if let Some(problem) = problem {
            return Err(self.error(at, problem));
        }
        if leaves(instruction, op)
            && let Some(slot) = row.iter().position(|state| state & OWNING != 0)
        {
            let register = self.registers.start + slot;
            // The result of a tail call of the other kind, which never arrives here.
            if !(instruction.flags() & VARIANT != 0 && register == instruction.a() as usize) {
                return Err(self.error(at, format!("leaves the function while r{register} owns something")));
            }
        }
        Ok(changed)
    }

    /// A called function's window lies over all registers behind the call's, so nothing there survives.
    fn window(&self, instruction: Instruction, op: Op, row: &mut [State], keep: &[u16]) -> Result<(), String> {
        let info = op.info();
        let (a, last) = (
            instruction.a() as usize,
            match info.a {
                Operand::Window => instruction.a() as usize + instruction.b() as usize,
                Operand::DefTop => instruction.a() as usize,
                _ => return Ok(()),
            },
        );
        if keep.last().is_some_and(|register| *register as usize >= a) {
            return Err("a handler keeps what the called function may overwrite".into());
        }
        let above = (last + 1).max(self.registers.start) - self.registers.start;
        let Some(above) = row.get_mut(above..) else { return Ok(()) };
        if above.iter().any(|state| state & OWNING != 0) {
            return Err("a register behind the call's window owns something".into());
        }
        above.fill(DEAD);
        Ok(())
    }

    /// What a closure captures is what its function needs.
    fn closure(&self, instruction: Instruction, op: Op, row: &[State]) -> Result<(), String> {
        if op != Op::Closure {
            return Ok(());
        }
        let inner = &self.flow.function.functions[instruction.b() as usize];
        for (capture, need) in inner.captures.iter().zip(&inner.needs().captures) {
            let Capture::Register(register) = capture else { continue };
            let Some(slot) = self.slot(*register) else { continue };
            let expected = match need {
                CaptureNeed::Nothing => READABLE | CELLS,
                CaptureNeed::Value => READABLE,
                CaptureNeed::Cell => CELLS,
                CaptureNeed::Variable => VARIABLE,
            };
            if row[slot] & !expected != 0 {
                return Err(format!("{} captures r{register}, which does not hold what it needs", inner.name));
            }
        }
        Ok(())
    }

    fn error(&self, at: usize, message: String) -> VerifyError {
        let instruction = Instruction(self.flow.function.code[at]);
        let message = format!("{instruction:?}: {message}");
        VerifyError { function: self.flow.function.name.clone(), instruction: at, message }
    }
}

fn state_of(kind: Kind) -> State {
    match kind {
        Kind::Value => VALUE,
        Kind::Number => NUMBER,
        Kind::Cell => CELL,
        Kind::Variable => VARIABLE,
        Kind::Iterator => ITERATOR,
        Kind::Place => PLACE,
    }
}

/// The function's frame is gone afterwards, and nothing drops what its registers own.
fn leaves(instruction: Instruction, op: Op) -> bool {
    match op {
        Op::CallNamed | Op::CallSpread | Op::MethodNamed | Op::MethodSpread => instruction.flags() & VARIANT != 0,
        Op::Jump | Op::Loop | Op::Throw | Op::Rethrow | Op::MatchFail => false,
        _ => op.ends_block(),
    }
}
