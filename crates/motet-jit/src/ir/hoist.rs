//! Brings out of loops what is the same each time: floats of integers, and what is calculated of floats that the loop does not
//! change. It is cheap, and leaves by no exit, so it does no harm where the loop would not have come to it.

use super::blocks::{dominates, dominators, order};
use super::{Block, End, Function, Operation};

/// See the module.
pub fn hoist(function: &mut Function) {
    if !function.blocks.iter().any(|block| block.is_head) {
        return;
    }
    // What is wrong with the blocks, the verifier says.
    let Ok(order) = order(function) else { return };
    let mut home = homes(function);
    // Inner loops first: what they bring out may leave the loop around them, too.
    for found in loops(function, &order) {
        for block in order.iter().copied().filter(|block| found.is_in[*block]) {
            let operations = std::mem::take(&mut function.blocks[block].operations);
            let (mut gone, mut stay) = (Vec::new(), Vec::with_capacity(operations.len()));
            for mut made in operations {
                let mut is_same = is_hoisted(&made.operation);
                made.operation.visit(&mut |value| is_same &= !found.is_in[home[value.0 as usize]]);
                match made.result {
                    Some(result) if is_same => {
                        home[result.0 as usize] = found.front;
                        gone.push(made);
                    }
                    _ => stay.push(made),
                }
            }
            function.blocks[block].operations = stay;
            function.blocks[found.front].operations.append(&mut gone);
        }
    }
}

/// Integers that are constants are not: they would take a register each, and processors have few.
fn is_hoisted(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Float(_)
            | Operation::ToFloat(_)
            | Operation::FloatArithmetic { .. }
            | Operation::FloatFunction { .. }
    )
}

/// The block that makes each value, or takes it.
fn homes(function: &Function) -> Vec<usize> {
    let mut homes = vec![0; function.types.len()];
    for (number, block) in function.blocks.iter().enumerate() {
        let made = block.operations.iter().filter_map(|made| made.result);
        for value in block.parameters.iter().copied().chain(made) {
            homes[value.0 as usize] = number;
        }
    }
    homes
}

/// A loop that is entered from one block, which leads nowhere else.
struct Loop {
    front: usize,
    /// By block.
    is_in: Vec<bool>,
    blocks: usize,
}

/// The loops, inner ones before those around them.
fn loops(function: &Function, order: &[usize]) -> Vec<Loop> {
    let dominators = dominators(function, order);
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); function.blocks.len()];
    for &number in order {
        for Block(target) in function.blocks[number].end.targets() {
            before[target as usize].push(number);
        }
    }
    let mut loops = Vec::new();
    for head in order.iter().copied().filter(|number| function.blocks[*number].is_head) {
        let (mut back, entering): (Vec<usize>, Vec<usize>) =
            before[head].iter().partition(|from| dominates(&dominators, head, **from));
        let [front] = entering[..] else { continue };
        if back.is_empty() || !matches!(function.blocks[front].end, End::Jump(..)) {
            continue;
        }
        let mut found = Loop { front, is_in: vec![false; function.blocks.len()], blocks: 1 };
        found.is_in[head] = true;
        while let Some(block) = back.pop() {
            if !std::mem::replace(&mut found.is_in[block], true) {
                found.blocks += 1;
                back.extend(&before[block]);
            }
        }
        loops.push(found);
    }
    loops.sort_by_key(|found| found.blocks);
    loops
}
