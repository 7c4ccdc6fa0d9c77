//! Where the parts of a function's blocks begin and end.

use motet_middle::{Function, Operation};

/// The ends that belong to an operation that begins a block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ends {
    pub otherwise: Option<usize>,
    pub end: usize,
}

/// For each operation that begins a block, its ends.
pub(crate) fn ends(function: &Function) -> Vec<Ends> {
    let mut ends = vec![Ends::default(); function.body.len()];
    let mut open = Vec::new();
    for (index, operation) in function.body.iter().enumerate() {
        match operation {
            Operation::Block(_) | Operation::Loop(_) | Operation::If(_) => open.push(index),
            Operation::Else => {
                if let Some(&start) = open.last() {
                    ends[start].otherwise = Some(index);
                }
            }
            Operation::End => {
                if let Some(start) = open.pop() {
                    ends[start].end = index;
                }
            }
            _ => {}
        }
    }
    ends
}

/// Whether a part of a body may go elsewhere than behind its end.
pub(crate) fn branches(body: &[Operation]) -> bool {
    body.iter().any(|operation| {
        matches!(
            operation,
            Operation::Branch(_)
                | Operation::BranchIf(_)
                | Operation::BranchTable(_)
                | Operation::Return
                | Operation::Trap(_)
                | Operation::Call(_)
        )
    })
}
