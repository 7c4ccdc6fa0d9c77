//! Places: labels become distances, and jumps that 16 bits cannot hold are turned around over a long one.

use super::liveness::Owned;
use super::steps::Step;
use motet_code::{Handler, Instruction, Op, Operand, SpanEntry};

/// A function's code as the VM reads it.
pub(crate) struct Encoded {
    pub code: Vec<u64>,
    pub spans: Vec<SpanEntry>,
    pub handlers: Vec<Handler>,
}

/// Encodes steps whose ownership is settled; none if the code is too long for its jumps.
pub(crate) fn encode(owned: &Owned) -> Option<Encoded> {
    let (places, long) = place(&owned.steps, &owned.labels);
    i32::try_from(*places.last()?).ok()?;
    let mut code: Vec<u64> = Vec::with_capacity(places[owned.steps.len()]);
    let mut spans: Vec<SpanEntry> = Vec::new();
    for (at, step) in owned.steps.iter().enumerate() {
        let here = code.len();
        debug_assert_eq!(here, places[at]);
        if spans.last().is_none_or(|last| last.span != step.span) {
            spans.push(SpanEntry { instruction: here as u32, span: step.span });
        }
        let target = step.jump.map(|label| places[owned.labels[label.0 as usize] as usize]);
        encode_step(step, target, long[at], &mut code);
    }
    let handlers = owned.handlers.iter().map(|handler| Handler {
        start: places[handler.start as usize] as u32,
        end: places[handler.end as usize] as u32,
        target: places[handler.target as usize] as u32,
        error: handler.error,
        catches: handler.catches,
        keep: handler.keep.as_slice().into(),
    });
    let handlers = handlers.collect();
    Some(Encoded { code, spans, handlers })
}

/// Where each step starts, with the end behind the last; and which short jumps need a long one.
fn place(steps: &[Step], labels: &[u32]) -> (Vec<usize>, Vec<bool>) {
    /// So many times distances are measured anew; then all short jumps become long, whether they must or not.
    const ROUNDS: usize = 8;
    let mut long = vec![false; steps.len()];
    let mut places = vec![0; steps.len() + 1];
    for round in 0.. {
        for (at, step) in steps.iter().enumerate() {
            places[at + 1] = places[at] + step.op().length() + if long[at] { long_extra(step.op()) } else { 0 };
        }
        let mut changed = false;
        for (at, step) in steps.iter().enumerate() {
            let (Some(label), false) = (step.jump, long[at]) else { continue };
            if !is_short(step.op()) {
                continue;
            }
            let distance = places[labels[label.0 as usize] as usize] as i64 - places[at + 1] as i64;
            if i16::try_from(distance).is_err() || round >= ROUNDS {
                long[at] = true;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    (places, long)
}

fn is_short(op: Op) -> bool {
    let info = op.info();
    [info.a, info.b, info.c].contains(&Operand::Jump)
}

/// What a long jump adds to an operation: one jump over which the inverse condition leads, or two where there is none.
fn long_extra(op: Op) -> usize {
    if inverse(op).is_some() { 1 } else { 2 }
}

fn encode_step(step: &Step, target: Option<usize>, long: bool, code: &mut Vec<u64>) {
    let mut instruction = step.instruction;
    let op = step.op();
    let Some(target) = target else {
        code.push(instruction.0);
        for word in 1..op.length() {
            // An operand in a word stands in the first one.
            code.push(if word == 1 { u64::from(step.word) } else { 0 });
        }
        return;
    };
    let distance = |from: usize| target as i64 - from as i64;
    if !is_short(op) {
        instruction.set_bc(distance(code.len() + 1) as i32);
        code.push(instruction.0);
    } else if !long {
        instruction.set_c(distance(code.len() + 1) as i16 as u16);
        code.push(instruction.0);
    } else if let Some(inverse) = inverse(op) {
        instruction.set_op(inverse);
        instruction.set_c(1);
        code.push(instruction.0);
        code.push(Instruction::wide(Op::Jump, 0, distance(code.len() + 1) as i32).0);
    } else {
        instruction.set_c(1);
        code.push(instruction.0);
        code.push(Instruction::wide(Op::Jump, 0, 1).0);
        code.push(Instruction::wide(Op::Jump, 0, distance(code.len() + 1) as i32).0);
    }
}

/// The operation that jumps exactly when this one does not.
fn inverse(op: Op) -> Option<Op> {
    const PAIRS: &[(Op, Op)] = &[
        (Op::JumpLt, Op::JumpNotLt),
        (Op::JumpLe, Op::JumpNotLe),
        (Op::JumpEq, Op::JumpNotEq),
        (Op::JumpLtI, Op::JumpNotLtI),
        (Op::JumpLeI, Op::JumpNotLeI),
        (Op::JumpGtI, Op::JumpNotGtI),
        (Op::JumpGeI, Op::JumpNotGeI),
        (Op::JumpEqI, Op::JumpNotEqI),
        (Op::JumpLtK, Op::JumpNotLtK),
        (Op::JumpGtK, Op::JumpNotGtK),
        (Op::JumpEqK, Op::JumpNotEqK),
    ];
    PAIRS.iter().find_map(|(one, other)| {
        if *one == op {
            Some(*other)
        } else if *other == op {
            Some(*one)
        } else {
            None
        }
    })
}
