//! In which order the blocks of the bytecode are translated.

use super::Unit;
use std::collections::HashMap;

/// Which blocks of the bytecode are translated, and in which order.
pub(super) struct Plan {
    /// Where they begin.
    pub order: Vec<usize>,
    /// Heads of loops: jumped to from behind in the order.
    pub heads: Vec<usize>,
}

impl Plan {
    pub fn new(unit: &Unit, entry: usize, is_part: bool) -> Plan {
        let mut state: HashMap<usize, u8> = HashMap::new();
        let (mut order, mut heads) = (Vec::new(), Vec::new());
        let mut stack = vec![(entry, successors(unit, entry), 0)];
        state.insert(entry, 1);
        if !is_part {
            // Where the code is entered, other jumps may come to as well.
            heads.push(entry);
        }
        while let Some((at, after, next)) = stack.pop() {
            let Some(&target) = after.get(next) else {
                state.insert(at, 2);
                order.push(at);
                continue;
            };
            stack.push((at, after, next + 1));
            match state.get(&target) {
                None => {
                    state.insert(target, 1);
                    stack.push((target, successors(unit, target), 0));
                }
                Some(1) if !heads.contains(&target) => heads.push(target),
                Some(_) => {}
            }
        }
        order.reverse();
        Plan { order, heads }
    }
}

/// The blocks that follow one, of those that were seen to run.
fn successors(unit: &Unit, start: usize) -> Vec<usize> {
    let mut at = start;
    loop {
        if !unit.seen.at(at).ran {
            return Vec::new();
        }
        let (_, op) = unit.flow.read(at);
        let next = at + op.length();
        let target = unit.flow.target(at);
        if op.ends_block() {
            return target.into_iter().collect();
        }
        if target.is_some() || unit.flow.is_leader[next] {
            return std::iter::once(next).chain(target).collect();
        }
        at = next;
    }
}
