//! Which functions change nothing but their own window: where they leave, nothing has happened.

use super::{End, Function, Operation, Value};
use std::collections::HashSet;

/// See the module. A function with loops is none: what it did until something interrupts it would be done again.
pub fn is_leaf(function: &Function) -> bool {
    let mut places: HashSet<Value> = HashSet::new();
    let has_loops = function.blocks.iter().any(|block| block.is_head);
    function.blocks.iter().enumerate().all(|(number, block)| {
        let is_fine = |operation: &Operation| match operation {
            Operation::SafePoint { .. } => number == 0 || !has_loops,
            Operation::Step { .. }
            | Operation::Count { .. }
            | Operation::Find { .. }
            | Operation::CallFound { .. }
            | Operation::CallFunction { .. } => false,
            Operation::Call { helper, .. } => !helper.changes(),
            _ => true,
        };
        let mut own = block.operations.iter().map(|made| {
            if let (Operation::AddressOf(_), Some(place)) = (&made.operation, made.result) {
                places.insert(place);
            }
            // A place is used in the block that it is made in.
            let changes = matches!(&made.operation, Operation::Store { address, .. } if !places.contains(address));
            is_fine(&made.operation) && !changes
        });
        own.all(|is| is) && !matches!(block.end, End::Tail { .. } | End::LastStep { .. })
    })
}
