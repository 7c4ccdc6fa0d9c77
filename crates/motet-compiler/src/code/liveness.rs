//! Gives code the form that the VM relies on: **a dead register never owns a value** (`motet_code::op`).
//!
//! A backward dataflow finds where each register is live. At its last use a register is taken (`LAST` flags, `Move`); what
//! dies on an edge without a use is cleared where the edge leads; what is written and never read is cleared at once. Every
//! step inside a handler's range may jump to the handler, so what is live there is live throughout the range.
//!
//! Registers are looked at in groups of 64, one word for each block, so that time and memory grow with the code and not
//! with its square even where a function has tens of thousands of variables.

use super::blocks::Blocks;
use super::steps::{Step, Steps};
use motet_code::roles::{Kind, Role, RoleContext, visit};
use motet_code::{Instruction, LAST_B, Op};

/// What the pass needs to know of the function beside its steps.
pub(crate) struct Context<'a> {
    pub roles: RoleContext<'a>,
    pub registers: usize,
    /// Registers 1 to `parameters` hold the arguments.
    pub parameters: usize,
}

/// Steps in final order, their flags set, with the clears.
pub(crate) struct Owned {
    pub steps: Vec<Step>,
    /// For each label, the index of its step.
    pub labels: Vec<u32>,
    pub handlers: Vec<OwnedHandler>,
}

pub(crate) struct OwnedHandler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub error: u16,
    pub catches: bool,
    pub keep: Vec<u16>,
}

/// One register in one step.
#[derive(Clone, Copy)]
struct Occurrence {
    step: u32,
    bit: u8,
    role: Role,
}

/// What the analysis of all groups decided.
struct Decisions {
    flags: Vec<u8>,
    /// `Copy` and `Assign` become `Move` or `Copy`.
    replaced: Vec<(u32, Op)>,
    /// Clears behind a step, and at the entry of a block.
    behind: Vec<(u32, u16)>,
    at_entry: Vec<(u32, u16)>,
    keep: Vec<Vec<u16>>,
}

/// Marks last uses, adds clears, drops what cannot be reached.
pub(crate) fn own(mut steps: Steps, context: &Context<'_>) -> Owned {
    let blocks = Blocks::new(&mut steps);
    let groups = occurrences(&steps, &blocks, context);
    let mut decisions = Decisions {
        flags: steps.steps.iter().map(|step| step.instruction.flags()).collect(),
        replaced: Vec::new(),
        behind: Vec::new(),
        at_entry: Vec::new(),
        keep: vec![Vec::new(); steps.handlers.len()],
    };
    for (number, occurrences) in groups.iter().enumerate() {
        if !occurrences.is_empty() || number * 64 <= context.parameters {
            Group::new(number, occurrences, &steps, &blocks, context).decide(&mut decisions);
        }
    }
    rebuild(&steps, &blocks, decisions)
}

/// For each group of registers, what happens to them, in the order of the steps; only what can be reached.
fn occurrences(steps: &Steps, blocks: &Blocks, context: &Context<'_>) -> Vec<Vec<Occurrence>> {
    let mut groups = vec![Vec::new(); context.registers.div_ceil(64).max(1)];
    for block in blocks.blocks.iter().filter(|block| block.reachable) {
        for at in block.start..block.end {
            visit(steps.steps[at].instruction, steps.steps[at].op(), &context.roles, &mut |register, role| {
                let occurrence = Occurrence { step: at as u32, bit: (register % 64) as u8, role };
                groups[register as usize / 64].push(occurrence);
            });
        }
    }
    groups
}

/// The analysis of 64 registers.
struct Group<'a> {
    number: usize,
    occurrences: &'a [Occurrence],
    steps: &'a Steps,
    blocks: &'a Blocks,
    context: &'a Context<'a>,
    /// For each block, the range of its occurrences.
    ranges: Vec<(u32, u32)>,
    live_in: Vec<u64>,
}

impl<'a> Group<'a> {
    fn new(
        number: usize,
        occurrences: &'a [Occurrence],
        steps: &'a Steps,
        blocks: &'a Blocks,
        context: &'a Context<'a>,
    ) -> Group<'a> {
        let mut ranges = Vec::with_capacity(blocks.blocks.len());
        let mut at = 0;
        for block in &blocks.blocks {
            let start = at;
            while at < occurrences.len() && (occurrences[at].step as usize) < block.end {
                at += 1;
            }
            ranges.push((start as u32, at as u32));
        }
        let live_in = vec![0; blocks.blocks.len()];
        let mut group = Group { number, occurrences, steps, blocks, context, ranges, live_in };
        group.find_live();
        group
    }

    fn in_block(&self, block: usize) -> &'a [Occurrence] {
        let (start, end) = self.ranges[block];
        &self.occurrences[start as usize..end as usize]
    }

    /// What the handler around a block still uses.
    fn needed_by_handler(&self, block: usize) -> u64 {
        self.blocks.blocks[block].handler.map_or(0, |handler| self.kept(handler))
    }

    fn kept(&self, handler: usize) -> u64 {
        let error = self.steps.handlers[handler].error;
        self.live_in[self.blocks.targets[handler]] & !self.bit_of(error)
    }

    /// The bit of a register, if it is of this group.
    fn bit_of(&self, register: u16) -> u64 {
        if register as usize / 64 == self.number { 1 << (register % 64) } else { 0 }
    }

    fn live_out(&self, block: usize) -> u64 {
        let block = &self.blocks.blocks[block];
        block.next.into_iter().chain(block.jump).fold(0, |live, next| live | self.live_in[next])
    }

    fn find_live(&mut self) {
        let effects: Vec<(u64, u64)> = (0..self.blocks.blocks.len()).map(|block| self.effect(block)).collect();
        loop {
            let mut changed = false;
            for block in (0..self.blocks.blocks.len()).rev() {
                if !self.blocks.blocks[block].reachable {
                    continue;
                }
                let (read, written) = effects[block];
                let live = read | self.live_out(block) & !written | self.needed_by_handler(block);
                changed |= live != self.live_in[block];
                self.live_in[block] = live;
            }
            if !changed {
                return;
            }
        }
    }

    /// What a block reads before it writes it, and what it writes.
    fn effect(&self, block: usize) -> (u64, u64) {
        let (mut read, mut written) = (0, 0);
        for occurrence in self.in_block(block).iter().rev() {
            let bit = 1 << occurrence.bit;
            if occurrence.role.reads() {
                read |= bit;
            } else if occurrence.role.defines() {
                read &= !bit;
                written |= bit;
            }
        }
        (read, written)
    }

    fn register(&self, bit: u32) -> u16 {
        (self.number * 64) as u16 + bit as u16
    }

    fn decide(&self, decisions: &mut Decisions) {
        let mut owned_out = Vec::with_capacity(self.blocks.blocks.len());
        for block in 0..self.blocks.blocks.len() {
            owned_out.push(if self.blocks.blocks[block].reachable {
                self.decide_block(block, decisions)
            } else {
                Flow::default()
            });
        }
        self.clear_at_entries(&owned_out, decisions);
        for handler in 0..self.steps.handlers.len() {
            let kept = self.kept(handler);
            if self.blocks.blocks[self.blocks.targets[handler]].reachable {
                decisions.keep[handler].extend(bits(kept).map(|bit| self.register(bit)));
            }
        }
    }

    /// Decides about the steps of one block, from its end; gives what it does to ownership.
    fn decide_block(&self, block: usize, decisions: &mut Decisions) -> Flow {
        let needed = self.needed_by_handler(block);
        let mut live = self.live_out(block) | needed;
        // Whether a register may own something at the end; decided by the last thing that happens to it.
        let mut flow = Flow { passed: !0, owned: 0, not_on_jump: 0, not_on_next: 0 };
        let occurrences = self.in_block(block);
        let last_step = self.blocks.blocks[block].end as u32 - 1;
        let branches = self.steps.steps[last_step as usize].jump.is_some();
        let mut end = occurrences.len();
        while end > 0 {
            let step = occurrences[end - 1].step;
            let start = occurrences[..end].iter().rposition(|other| other.step != step).map_or(0, |at| at + 1);
            let of_step = &occurrences[start..end];
            end = start;
            let live_behind = live;
            // A branch cannot be followed by a clear: what dies there is cleared where it leads.
            let is_branch = branches && step == last_step;
            for occurrence in of_step.iter().rev() {
                let bit = 1_u64 << occurrence.bit;
                if occurrence.role.defines() {
                    live &= !bit;
                }
            }
            live |= needed;
            self.decide_writes(of_step, live_behind, needed, is_branch, decisions, &mut flow);
            self.decide_reads(of_step, live_behind, live, is_branch, decisions, &mut flow);
            for occurrence in of_step {
                if occurrence.role.reads() {
                    live |= 1 << occurrence.bit;
                }
            }
        }
        flow
    }

    fn decide_writes(
        &self,
        of_step: &[Occurrence],
        live_behind: u64,
        needed: u64,
        is_branch: bool,
        decisions: &mut Decisions,
        flow: &mut Flow,
    ) {
        for occurrence in of_step.iter().rev() {
            let bit = 1_u64 << occurrence.bit;
            let step = &self.steps.steps[occurrence.step as usize];
            let dies = live_behind & bit == 0;
            let owns = match occurrence.role {
                Role::Define(kind) => kind != Kind::Number,
                Role::Update | Role::Advance(_) => true,
                Role::UpdateNumber => false,
                Role::Assign => {
                    if needed & bit == 0 {
                        decisions.replaced.push((occurrence.step, Op::Copy));
                    }
                    true
                }
                _ => continue,
            };
            if owns && is_branch {
                match step.op() {
                    Op::Next | Op::NextPair if occurrence.role.defines() => flow.not_on_jump |= bit,
                    Op::JumpIfPresent => flow.not_on_next |= bit,
                    _ => {}
                }
            } else if owns && dies {
                decisions.behind.push((occurrence.step, self.register(occurrence.bit.into())));
            }
            flow.note(bit, owns && (is_branch || !dies));
        }
    }

    fn decide_reads(
        &self,
        of_step: &[Occurrence],
        live_behind: u64,
        live: u64,
        is_branch: bool,
        decisions: &mut Decisions,
        flow: &mut Flow,
    ) {
        // `live` is what later steps need of the values that were there before this step.
        let mut taken = 0;
        for occurrence in of_step.iter().rev() {
            let bit = 1_u64 << occurrence.bit;
            let written = of_step.iter().any(|other| other.bit == occurrence.bit && other.role.updates());
            if live & bit != 0 || taken & bit != 0 || written {
                continue;
            }
            match occurrence.role {
                Role::Use(flag) | Role::UseCell(flag) => {
                    // One operand of a step takes the value, the others borrow it.
                    taken |= bit;
                    decisions.flags[occurrence.step as usize] |= flag;
                    flow.note(bit, false);
                }
                Role::Take => {
                    taken |= bit;
                    flow.note(bit, false);
                }
                Role::Clear => flow.note(bit, false),
                Role::Borrow if is_branch => flow.note(bit, true),
                Role::Borrow => {
                    taken |= bit;
                    let register = self.register(occurrence.bit.into());
                    if live_behind & bit == 0 {
                        decisions.behind.push((occurrence.step, register));
                    }
                    flow.note(bit, false);
                }
                _ => {}
            }
        }
    }

    /// Clears at the entry of each block what may come in and is not used there.
    fn clear_at_entries(&self, flows: &[Flow], decisions: &mut Decisions) {
        let count = self.blocks.blocks.len();
        let mut owned_in = vec![0_u64; count];
        let mut incoming = vec![0_u64; count];
        for register in 1..=self.context.parameters.min(u16::MAX as usize) {
            incoming[0] |= self.bit_of(register as u16);
        }
        for (handler, target) in self.blocks.targets.iter().enumerate() {
            if self.blocks.blocks[*target].reachable {
                incoming[*target] |= self.kept(handler) | self.bit_of(self.steps.handlers[handler].error);
            }
        }
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for (at, block) in self.blocks.blocks.iter().enumerate().filter(|(_, block)| block.reachable) {
                let owned = incoming[at] & self.live_in[at];
                owned_in[at] = owned;
                let flow = &flows[at];
                let out = flow.owned | owned & flow.passed;
                for (next, excluded) in [(block.next, flow.not_on_next), (block.jump, flow.not_on_jump)] {
                    if let Some(next) = next {
                        let before = incoming[next];
                        incoming[next] |= out & !excluded;
                        // What is not live there is cleared, and need not be carried on.
                        changed |= (incoming[next] & !before) & self.live_in[next] != 0;
                    }
                }
            }
        }
        for (at, _) in self.blocks.blocks.iter().enumerate().filter(|(_, block)| block.reachable) {
            let dead = incoming[at] & !self.live_in[at];
            decisions.at_entry.extend(bits(dead).map(|bit| (at as u32, self.register(bit))));
        }
    }
}

/// What a block does to the ownership of registers.
#[derive(Default)]
struct Flow {
    /// Untouched: owned behind it if owned before it.
    passed: u64,
    /// May own something behind it, whatever was before.
    owned: u64,
    /// Written by the last step, but not where it jumps, or not where it goes on.
    not_on_jump: u64,
    not_on_next: u64,
}

impl Flow {
    /// The last thing that happens to a register decides; steps are visited from the end.
    fn note(&mut self, bit: u64, owned: bool) {
        if self.passed & bit != 0 {
            self.passed &= !bit;
            if owned {
                self.owned |= bit;
            }
        }
    }
}

fn bits(mut set: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(bit)
    })
}

/// Puts the steps together again.
fn rebuild(steps: &Steps, blocks: &Blocks, mut decisions: Decisions) -> Owned {
    let mut flagged: Vec<Step> = steps.steps.clone();
    for (step, flags) in flagged.iter_mut().zip(&decisions.flags) {
        step.instruction = step.instruction.with_flags(*flags);
    }
    for (step, op) in decisions.replaced {
        flagged[step as usize].instruction.set_op(op);
    }
    for step in &mut flagged {
        if step.op() == Op::Copy && step.instruction.flags() & LAST_B != 0 {
            step.instruction = Instruction::new(Op::Move, step.instruction.a(), step.instruction.b(), 0);
        }
    }
    decisions.behind.sort_unstable();
    decisions.behind.dedup();
    decisions.at_entry.sort_unstable();
    let mut behind = decisions.behind.into_iter().peekable();
    let mut at_entry = decisions.at_entry.into_iter().peekable();
    let mut out: Vec<Step> = Vec::with_capacity(flagged.len());
    let mut starts = Vec::with_capacity(blocks.blocks.len() + 1);
    for (number, block) in blocks.blocks.iter().enumerate() {
        starts.push(out.len() as u32);
        if !block.reachable {
            continue;
        }
        let clear = |register: u16, span| Step {
            instruction: Instruction::new(Op::Clear, register, 0, 0),
            word: 0,
            jump: None,
            span,
        };
        while let Some((_, register)) = at_entry.next_if(|(block, _)| *block as usize == number) {
            out.push(clear(register, flagged[block.start].span));
        }
        for (at, step) in flagged.iter().enumerate().take(block.end).skip(block.start) {
            let leads_on = step.op() == Op::Jump && block.jump == next_reachable(blocks, number);
            if !leads_on {
                out.push(*step);
            }
            while let Some((_, register)) = behind.next_if(|(step, _)| *step as usize == at) {
                out.push(clear(register, step.span));
            }
        }
    }
    starts.push(out.len() as u32);
    let labels = (0..steps.labels.len() as u32)
        .map(|label| match steps.labels[label as usize] {
            u32::MAX => u32::MAX,
            _ => starts[blocks.of_label(steps, super::steps::Label(label))],
        })
        .collect();
    let handlers = steps.handlers.iter().zip(decisions.keep).enumerate().filter_map(|(number, (handler, keep))| {
        let start = starts[blocks.of_label(steps, handler.start)];
        let end = starts[blocks.of_label(steps, handler.end)];
        let target = blocks.targets[number];
        (start < end && blocks.blocks[target].reachable).then(|| OwnedHandler {
            start,
            end,
            target: starts[target],
            error: handler.error,
            catches: handler.catches,
            keep,
        })
    });
    let handlers = handlers.collect();
    Owned { steps: out, labels, handlers }
}

fn next_reachable(blocks: &Blocks, number: usize) -> Option<usize> {
    let behind = blocks.blocks.get(number + 1..)?;
    behind.iter().position(|block| block.reachable).map(|offset| number + 1 + offset)
}
