//! Where the parts of a function's blocks begin and end, and how many loops lie in them.

use crate::compiler::Refusal;
use motet_middle::{Function, FunctionKind, Module, Operation, Signature};

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

/// Loops in a part of a body, with those of the functions that it calls.
pub(crate) fn loops(module: &Module, body: &[Operation]) -> u32 {
    body.iter()
        .map(|operation| match operation {
            Operation::Loop(_) => 1,
            Operation::Call(callee) => match &module.functions[*callee as usize].1 {
                FunctionKind::Defined(function) => loops(module, &function.body),
                FunctionKind::Imported(_) => 0,
            },
            _ => 0,
        })
        .sum()
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

/// Operations that a function is inlined into: more are refused.
pub(crate) const MOST_OPERATIONS: usize = 6_000;
/// Calls that are inlined into one another.
const MOST_CALLS_DEEP: usize = 16;
/// Blocks in one another.
const MOST_NESTED: usize = 48;

fn has_references(signature: &Signature) -> bool {
    signature.parameters.iter().chain(&signature.results).any(|of| of.is_reference())
}

/// Refuses functions that cannot be compiled, before anything is written: gives the operations of all that is inlined.
pub(crate) fn check(module: &Module, function: u32, callers: &mut Vec<u32>) -> Result<usize, Refusal> {
    let name = || module.name_of(function);
    let refuse = |why: &str| Refusal { function: name(), why: why.to_owned() };
    if callers.contains(&function) {
        return Err(refuse("it calls itself"));
    }
    if callers.len() > MOST_CALLS_DEEP {
        return Err(refuse("its calls nest too deeply to be inlined"));
    }
    let FunctionKind::Defined(defined) = &module.functions[function as usize].1 else {
        return Err(refuse("it is the host's"));
    };
    let signature = module.signature_of(function);
    if has_references(signature) || defined.locals.iter().any(|of| of.is_reference()) {
        return Err(refuse("it uses tables or references"));
    }
    callers.push(function);
    let mut total = defined.body.len();
    let mut nested = 0_usize;
    for operation in &defined.body {
        match operation {
            Operation::Block(signature) | Operation::Loop(signature) | Operation::If(signature) => {
                if has_references(&module.signatures[*signature as usize]) {
                    return Err(refuse("it uses tables or references"));
                }
                nested += 1;
            }
            Operation::End => nested = nested.saturating_sub(1),
            Operation::Call(callee) => total += check(module, *callee, callers)?,
            Operation::BranchTable(targets) if targets.len() > 256 => {
                return Err(refuse("a branch has more than 256 targets"));
            }
            Operation::CallIndirect { .. } => return Err(refuse("it calls through a table")),
            Operation::MemoryGrow => return Err(refuse("it lets its memory grow")),
            Operation::MemoryCopy
            | Operation::MemoryFill
            | Operation::MemoryInit(_)
            | Operation::DataDrop(_)
            | Operation::ElementsDrop(_) => return Err(refuse("it copies or fills memory in bulk")),
            Operation::TableGet(_)
            | Operation::TableSet(_)
            | Operation::TableSize(_)
            | Operation::TableGrow(_)
            | Operation::TableFill(_)
            | Operation::TableCopy { .. }
            | Operation::TableInit { .. }
            | Operation::Null(_)
            | Operation::IsNull
            | Operation::FunctionReference(_) => return Err(refuse("it uses tables or references")),
            _ => {}
        }
        if nested > MOST_NESTED {
            return Err(refuse("its blocks nest too deeply for drivers"));
        }
        if total > MOST_OPERATIONS {
            return Err(refuse("it is too large for drivers, with all that it calls"));
        }
    }
    callers.pop();
    Ok(total)
}
