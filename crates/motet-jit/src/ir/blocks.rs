//! Blocks and the ways between them: an order, and which are reached through which.

use super::Function;
use super::verify::Problem;

/// The blocks that can be reached, each behind one that leads to it, as their numbers; jumps backwards go to heads.
pub fn order(function: &Function) -> Result<Vec<usize>, Problem> {
    let Some(first) = function.blocks.first() else {
        return Err(Problem { block: 0, what: "there are no blocks".into() });
    };
    if !first.parameters.is_empty() {
        return Err(Problem { block: 0, what: "the first block takes nothing".into() });
    }
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0u8; function.blocks.len()];
    let mut result = Vec::new();
    let mut stack = vec![(0usize, 0usize)];
    state[0] = 1;
    while let Some((number, next)) = stack.pop() {
        let targets = function.blocks[number].end.targets();
        let Some(target) = targets.get(next) else {
            state[number] = 2;
            result.push(number);
            continue;
        };
        stack.push((number, next + 1));
        let target = target.0 as usize;
        match state.get(target) {
            None => return Err(Problem { block: number as u32, what: format!("there is no block{target}") }),
            Some(0) => {
                state[target] = 1;
                stack.push((target, 0));
            }
            Some(1) if !function.blocks[target].is_head => {
                let what = format!("block{target} is no head of a loop, and is jumped back to");
                return Err(Problem { block: number as u32, what });
            }
            Some(_) => {}
        }
    }
    result.reverse();
    Ok(result)
}

/// The block that each block is reached through, by Cooper, Harvey and Kennedy.
pub fn dominators(function: &Function, order: &[usize]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut place = vec![NONE; function.blocks.len()];
    for (at, number) in order.iter().enumerate() {
        place[*number] = at;
    }
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); function.blocks.len()];
    for &number in order {
        for target in function.blocks[number].end.targets() {
            before[target.0 as usize].push(number);
        }
    }
    let mut result = vec![NONE; function.blocks.len()];
    result[0] = 0;
    let mut changed = true;
    while changed {
        changed = false;
        for &number in &order[1..] {
            let mut found = NONE;
            for &from in before[number].iter().filter(|from| result[**from] != NONE) {
                if found == NONE {
                    found = from;
                    continue;
                }
                let (mut left, mut right) = (found, from);
                while left != right {
                    while place[left] > place[right] {
                        left = result[left];
                    }
                    while place[right] > place[left] {
                        right = result[right];
                    }
                }
                found = left;
            }
            if result[number] != found {
                result[number] = found;
                changed = true;
            }
        }
    }
    result
}

pub fn dominates(dominators: &[usize], above: usize, mut below: usize) -> bool {
    while below != above {
        let next = dominators[below];
        if next == below || next == usize::MAX {
            return false;
        }
        below = next;
    }
    true
}
