//! Which functions are compiled, which of them are inlined, and which share a kernel.
//!
//! A function has frames of its own if the host or a table calls it, if it begins a cycle of calls, or if it is too large or
//! too nested to be inlined. All others are inlined where they are called.

use crate::bulk;
use crate::compiler::Refusal;
use crate::kernel::Cost;
use crate::program::{MOST_FUNCTIONS, Origin, Program};
use motet_middle::{Constant, Function, FunctionKind, Operation};
use std::collections::HashSet;

/// Operations of a function that has frames, with all that is inlined into it. More are refused.
const MOST_OPERATIONS: usize = 6_000;
/// Operations that are inlined.
const MOST_INLINED: usize = 1_000;
/// What is inlined into functions which would be too large, or take a driver for too long: operations and accesses to memory.
const FEW_INLINED: usize = 60;
const FEW_ACCESSES: usize = 3;
/// Operations that are inlined in any case.
const VERY_FEW_INLINED: usize = 10;
/// Milliseconds of a driver that a function may take with all that is inlined, before less is; and before next to nothing is.
const LONGEST_INLINED: u64 = 2_000;
const LONGEST_FUNCTION: u64 = 3_500;
/// Blocks in one another, in a function.
const MOST_NESTED: usize = 48;
/// And in one that is inlined.
const MOST_NESTED_INLINED: usize = 16;
/// Targets of a branch.
const MOST_TARGETS: usize = 256;
/// Operations of a kernel that holds more than one function, and milliseconds of its estimate.
const MOST_TOGETHER: usize = 12_000;
const LONGEST_TOGETHER: u64 = 2_500;
/// Functions of a kernel: what drivers take for them grows with the square of their number.
const MOST_FRAMED_TOGETHER: usize = 24;

/// What is known about a function.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// With what is inlined.
    cost: Cost,
    /// Loops and calls that leave the function, likewise.
    points: u32,
    nested: usize,
}

/// How a program is compiled.
#[derive(Debug)]
pub(crate) struct Plan {
    framed: Vec<bool>,
    known: Vec<Option<Known>>,
    /// For each kernel, its functions, in order.
    pub kernels: Vec<Vec<u32>>,
    /// Whether functions call one another in a cycle, or through tables.
    pub recursive: bool,
    /// The number of the first of the functions that copy and fill.
    pub bulk: u32,
    /// All functions that are compiled, callees before their callers.
    order: Vec<u32>,
}

/// The body of a function, with the part that it belongs to.
pub(crate) fn body<'p>(program: &Program<'p>, number: u32) -> Option<(usize, &'p Function)> {
    match program.functions[number as usize].origin {
        Origin::Defined { part, function } => match &program.parts[part].module.functions[function as usize].1 {
            FunctionKind::Defined(defined) => Some((part, defined)),
            FunctionKind::Imported(_) => None,
        },
        _ => None,
    }
}

impl Plan {
    /// The function that an operation calls by its number in the program.
    pub fn callee(&self, program: &Program<'_>, part: usize, operation: &Operation) -> Option<u32> {
        let part = &program.parts[part];
        let copies = |which| part.memories.first().map(|&memory| self.bulk + memory * 2 + which);
        match operation {
            Operation::Call(callee) => Some(part.functions[*callee as usize]),
            Operation::MemoryCopy => copies(bulk::COPY),
            Operation::MemoryFill => copies(bulk::FILL),
            _ => None,
        }
    }

    /// Whether a call of this function is a call at run time, rather than its body in the place of the call.
    pub fn is_framed(&self, function: u32) -> bool {
        self.framed[function as usize]
    }

    /// Loops and calls in a part of a body, with those of what is inlined there: the points at which a dispatch may go on.
    pub fn points(&self, program: &Program<'_>, part: usize, body: &[Operation]) -> u32 {
        body.iter().map(|operation| self.points_of(program, part, operation)).sum()
    }

    fn points_of(&self, program: &Program<'_>, part: usize, operation: &Operation) -> u32 {
        match operation {
            Operation::Loop(_)
            | Operation::CallIndirect { .. }
            | Operation::MemoryGrow
            | Operation::MemoryInit(_)
            | Operation::DataDrop(_)
            | Operation::TableGrow(_)
            | Operation::TableFill(_)
            | Operation::TableCopy { .. }
            | Operation::TableInit { .. }
            | Operation::ElementsDrop(_) => 1,
            _ => match self.callee(program, part, operation) {
                Some(callee) if self.is_framed(callee) => 1,
                Some(callee) => self.known[callee as usize].map_or(0, |known| known.points),
                None => 0,
            },
        }
    }

    /// Plans, or says what is in the way. `bulk` is the number of the first function that copies.
    pub fn new(program: &Program<'_>, bulk: u32) -> Result<Plan, Refusal> {
        let count = program.functions.len();
        if count > MOST_FUNCTIONS || program.signatures.len() > MOST_FUNCTIONS {
            let why = format!("it has more than {MOST_FUNCTIONS} functions or signatures");
            return Err(Refusal { function: "the program".to_owned(), why });
        }
        let is_host = |number: u32| body(program, number).is_none();
        let mut plan = Plan {
            framed: (0..count as u32).map(is_host).collect(),
            known: vec![None; count],
            kernels: Vec::new(),
            recursive: false,
            bulk,
            order: Vec::new(),
        };
        let mut roots = program.entries.clone();
        roots.extend(targets(program));
        for &root in &roots {
            plan.framed[root as usize] = true;
        }
        for &root in &roots {
            plan.visit(program, root)?;
        }
        // What was inlined at first may have got frames since.
        for number in plan.order.clone() {
            if let Some((part, function)) = body(program, number) {
                plan.known[number as usize] = Some(plan.sum(program, part, function));
            }
        }
        plan.share();
        Ok(plan)
    }

    /// Looks at a function and all that it calls, callees first. Without recursion of our own: calls may nest deeply.
    fn visit(&mut self, program: &Program<'_>, root: u32) -> Result<(), Refusal> {
        // The function, and how far its body was looked at.
        let mut path: Vec<(u32, usize)> = vec![(root, 0)];
        let mut on_path = HashSet::from([root]);
        if self.known[root as usize].is_some() || body(program, root).is_none() {
            return Ok(());
        }
        while let Some((number, at)) = path.pop() {
            let Some((part, function)) = body(program, number) else { continue };
            let mut descends = None;
            for (index, operation) in function.body.iter().enumerate().skip(at) {
                let Some(callee) = self.callee(program, part, operation) else { continue };
                if on_path.contains(&callee) {
                    self.framed[callee as usize] = true;
                    self.recursive = true;
                } else if self.known[callee as usize].is_none() && body(program, callee).is_some() {
                    descends = Some((index + 1, callee));
                    break;
                }
            }
            match descends {
                Some((index, callee)) => {
                    path.push((number, index));
                    path.push((callee, 0));
                    on_path.insert(callee);
                }
                None => {
                    self.settle(program, number)?;
                    on_path.remove(&number);
                }
            }
        }
        Ok(())
    }

    /// Decides about a function whose callees are known.
    fn settle(&mut self, program: &Program<'_>, number: u32) -> Result<(), Refusal> {
        let Some((part, function)) = body(program, number) else { return Ok(()) };
        let refuse = |why: String| Refusal { function: program.name_of(number), why };
        let (mut nested, mut most_nested) = (0_usize, 0);
        for operation in &function.body {
            match operation {
                Operation::Block(_) | Operation::Loop(_) | Operation::If(_) => nested += 1,
                Operation::End => nested = nested.saturating_sub(1),
                Operation::BranchTable(targets) if targets.len() > MOST_TARGETS => {
                    return Err(refuse(format!("a branch has more than {MOST_TARGETS} targets")));
                }
                Operation::CallIndirect { .. } => self.recursive = true,
                _ => {}
            }
            most_nested = most_nested.max(nested);
        }
        if most_nested > MOST_NESTED {
            return Err(refuse("its blocks nest too deeply for drivers".to_owned()));
        }
        let mut known = self.sum(program, part, function);
        // The larger ones are not inlined then; and where that is not enough by far, none that are more than a few operations.
        let stages = [
            (MOST_OPERATIONS / 2, LONGEST_INLINED, FEW_INLINED, FEW_ACCESSES),
            (MOST_OPERATIONS, LONGEST_FUNCTION, VERY_FEW_INLINED, 0),
        ];
        for (most, longest, operations, accesses) in stages {
            let cost = known.cost;
            if cost.operations <= most && cost.estimated_milliseconds() <= longest {
                break;
            }
            for operation in &function.body {
                let Some(callee) = self.callee(program, part, operation) else { continue };
                let Some(inlined) = self.known[callee as usize] else { continue };
                if inlined.cost.operations > operations || inlined.cost.accesses > accesses {
                    self.framed[callee as usize] = true;
                }
            }
            known = self.sum(program, part, function);
        }
        if known.cost.operations > MOST_OPERATIONS {
            return Err(refuse("it is too large for drivers".to_owned()));
        }
        if known.cost.operations > MOST_INLINED || most_nested > MOST_NESTED_INLINED {
            self.framed[number as usize] = true;
        }
        // Nests of what is inlined count where it stands.
        known.nested = known.nested.max(most_nested);
        if known.nested > MOST_NESTED_INLINED {
            self.framed[number as usize] = true;
        }
        self.known[number as usize] = Some(known);
        self.order.push(number);
        Ok(())
    }

    fn sum(&self, program: &Program<'_>, part: usize, function: &Function) -> Known {
        let mut sum = Known::default();
        let mut nested = 0_usize;
        for operation in &function.body {
            sum.cost.operations += 1;
            match operation {
                Operation::Block(_) | Operation::Loop(_) | Operation::If(_) => nested += 1,
                Operation::End => nested = nested.saturating_sub(1),
                Operation::Load(load, _) => sum.cost = sum.cost.plus(access(load.bytes)),
                Operation::Store(store, _) => sum.cost = sum.cost.plus(access(store.bytes)),
                _ => {}
            }
            sum.points += self.points_of(program, part, operation);
            if let Some(callee) = self.callee(program, part, operation)
                && !self.is_framed(callee)
                && let Some(known) = self.known[callee as usize]
            {
                sum.cost = sum.cost.plus(known.cost);
                sum.nested = sum.nested.max(nested + 1 + known.nested);
            }
        }
        sum
    }

    /// Deals the functions with frames out to kernels.
    fn share(&mut self) {
        let mut together = Cost::default();
        for (number, known) in self.known.iter().enumerate() {
            let (Some(known), true) = (known, self.framed[number]) else { continue };
            let own = Cost { framed: 1, ..known.cost };
            let sum = together.plus(own);
            let is_full = sum.framed > MOST_FRAMED_TOGETHER
                || sum.operations > MOST_TOGETHER
                || sum.estimated_milliseconds() > LONGEST_TOGETHER;
            match self.kernels.last_mut() {
                Some(last) if !is_full => {
                    last.push(number as u32);
                    together = sum;
                }
                _ => {
                    self.kernels.push(vec![number as u32]);
                    together = own;
                }
            }
        }
    }

    /// What a function consists of, with what is inlined into it.
    pub fn cost(&self, function: u32) -> Cost {
        self.known[function as usize].map_or(Cost::default(), |known| known.cost)
    }
}

fn access(bytes: u8) -> Cost {
    Cost { accesses: 1, wide_accesses: usize::from(bytes == 8), ..Cost::default() }
}

/// Functions that tables may call.
fn targets(program: &Program<'_>) -> Vec<u32> {
    let bodies = || {
        program.parts.iter().flat_map(|part| {
            part.module.functions.iter().filter_map(move |(_, kind)| match kind {
                FunctionKind::Defined(function) => Some((part, function)),
                FunctionKind::Imported(_) => None,
            })
        })
    };
    let calls = |operation: &Operation| matches!(operation, Operation::CallIndirect { .. });
    if !bodies().any(|(_, function)| function.body.iter().any(calls)) {
        return Vec::new();
    }
    let mut targets = Vec::new();
    for part in &program.parts {
        let globals = part.module.globals.iter().filter_map(|global| global.initial);
        let items = part.module.elements.iter().flat_map(|elements| elements.items.iter().copied());
        for constant in globals.chain(items) {
            if let Constant::Function(function) = constant {
                targets.push(part.functions[function as usize]);
            }
        }
    }
    for (part, function) in bodies() {
        for operation in &function.body {
            if let Operation::FunctionReference(function) = operation {
                targets.push(part.functions[*function as usize]);
            }
        }
    }
    targets.sort_unstable();
    targets.dedup();
    targets
}
