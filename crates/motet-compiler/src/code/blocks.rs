//! The control flow of a function's steps.

use super::steps::{Label, Steps};
use motet_code::Op;

/// Steps that run one after the other, unless one of them throws.
#[derive(Debug)]
pub(crate) struct Block {
    pub start: usize,
    pub end: usize,
    /// The block behind it, if control can fall into it.
    pub next: Option<usize>,
    /// The block that its last step may jump to.
    pub jump: Option<usize>,
    /// The innermost handler around it.
    pub handler: Option<usize>,
    pub reachable: bool,
}

pub(crate) struct Blocks {
    pub blocks: Vec<Block>,
    /// For each handler, the block of its target.
    pub targets: Vec<usize>,
    /// For each step, its block.
    of_step: Vec<u32>,
}

impl Blocks {
    /// Jumps to jumps are shortened first.
    pub fn new(steps: &mut Steps) -> Blocks {
        shorten_jumps(steps);
        let starts = block_starts(steps);
        let mut of_step = vec![0; steps.steps.len()];
        let mut blocks: Vec<Block> = Vec::new();
        for (step, starts_here) in starts.iter().enumerate() {
            if *starts_here {
                blocks.push(Block { start: step, end: step, next: None, jump: None, handler: None, reachable: false });
            }
            let last = blocks.len() - 1;
            blocks[last].end = step + 1;
            of_step[step] = last as u32;
        }
        let count = blocks.len();
        for (at, block) in blocks.iter_mut().enumerate() {
            let last = steps.steps[block.end - 1];
            block.jump = last.jump.map(|label| of_step[steps.target(label)] as usize);
            block.next = (!last.op().ends_block() && at + 1 < count).then_some(at + 1);
        }
        // Innermost first: the first range around a block is its handler.
        for (number, handler) in steps.handlers.iter().enumerate() {
            let (start, end) = (steps.target(handler.start), steps.target(handler.end));
            let first = blocks.partition_point(|block| block.start < start);
            for block in blocks[first..].iter_mut().take_while(|block| block.start < end) {
                block.handler.get_or_insert(number);
            }
        }
        let targets = steps.handlers.iter().map(|handler| of_step[steps.target(handler.target)] as usize).collect();
        let mut blocks = Blocks { blocks, targets, of_step };
        blocks.mark_reachable();
        blocks
    }

    pub fn of_label(&self, steps: &Steps, label: Label) -> usize {
        match self.of_step.get(steps.target(label)) {
            Some(block) => *block as usize,
            // A label behind the last step ends a handler's range.
            None => self.blocks.len(),
        }
    }

    fn mark_reachable(&mut self) {
        let mut pending = vec![0];
        while let Some(at) = pending.pop() {
            let block = &mut self.blocks[at];
            if std::mem::replace(&mut block.reachable, true) {
                continue;
            }
            pending.extend(block.next.into_iter().chain(block.jump));
            pending.extend(block.handler.map(|handler| self.targets[handler]));
        }
    }
}

/// Lets jumps to unconditional jumps go where those go.
fn shorten_jumps(steps: &mut Steps) {
    const LONGEST_CHAIN: usize = 16;
    for at in 0..steps.steps.len() {
        let Some(mut label) = steps.steps[at].jump else { continue };
        if steps.steps[at].op() == Op::Loop {
            continue;
        }
        for _ in 0..LONGEST_CHAIN {
            match steps.steps.get(steps.target(label)) {
                Some(next) if next.op() == Op::Jump => match next.jump {
                    Some(further) if further != label => label = further,
                    _ => break,
                },
                _ => break,
            }
        }
        steps.steps[at].jump = Some(label);
    }
}

fn block_starts(steps: &Steps) -> Vec<bool> {
    let mut starts = vec![false; steps.steps.len() + 1];
    starts[0] = true;
    for (at, step) in steps.steps.iter().enumerate() {
        if let Some(label) = step.jump {
            starts[steps.target(label)] = true;
            starts[at + 1] = true;
        }
        if step.op().ends_block() {
            starts[at + 1] = true;
        }
    }
    for handler in &steps.handlers {
        for label in [handler.start, handler.end, handler.target] {
            starts[steps.target(label)] = true;
        }
    }
    starts.truncate(steps.steps.len());
    starts
}
