//! Takes away parameters of blocks that are always the same value: a function is made with one for each number that is alive
//! where paths meet, and most of them do not change there.

use super::{Block, End, Function, Value};

/// See the module.
pub fn tidy(function: &mut Function) {
    let mut stands_for: Vec<Value> = (0..function.types.len() as u32).map(Value).collect();
    loop {
        let mut only: Vec<Vec<Only>> =
            function.blocks.iter().map(|block| vec![Only::Nothing; block.parameters.len()]).collect();
        for block in &function.blocks {
            let mut edge = |target: Block, arguments: &[Value]| {
                let parameters = &function.blocks[target.0 as usize].parameters;
                for ((known, argument), parameter) in only[target.0 as usize].iter_mut().zip(arguments).zip(parameters)
                {
                    let argument = find(&stands_for, *argument);
                    if argument == *parameter {
                        continue;
                    }
                    *known = match *known {
                        Only::Nothing => Only::This(argument),
                        Only::This(other) if other == argument => Only::This(argument),
                        _ => Only::Many,
                    };
                }
            };
            match &block.end {
                End::Jump(target, arguments) => edge(*target, arguments),
                End::Branch { then, otherwise, .. } => {
                    edge(then.0, &then.1);
                    edge(otherwise.0, &otherwise.1);
                }
                End::Exit(_) | End::Return | End::Tail { .. } | End::LastStep { .. } | End::Open => {}
            }
        }
        let mut changed = false;
        let mut keep: Vec<Vec<bool>> = Vec::with_capacity(only.len());
        for (block, only) in function.blocks.iter().zip(&only) {
            let kept = block.parameters.iter().zip(only).map(|(parameter, only)| match only {
                // Two that stand for each other are in blocks that nothing leads to.
                Only::This(value) if find(&stands_for, *value) != *parameter => {
                    stands_for[parameter.0 as usize] = *value;
                    changed = true;
                    false
                }
                _ => true,
            });
            keep.push(kept.collect());
        }
        if !changed {
            break;
        }
        for block in &mut function.blocks {
            match &mut block.end {
                End::Jump(target, arguments) => retain(arguments, &keep[target.0 as usize]),
                End::Branch { then, otherwise, .. } => {
                    retain(&mut then.1, &keep[then.0.0 as usize]);
                    retain(&mut otherwise.1, &keep[otherwise.0.0 as usize]);
                }
                End::Exit(_) | End::Return | End::Tail { .. } | End::LastStep { .. } | End::Open => {}
            }
        }
        for (block, keep) in function.blocks.iter_mut().zip(&keep) {
            retain(&mut block.parameters, keep);
        }
    }
    let mut rename = |value: &mut Value| *value = find(&stands_for, *value);
    for block in &mut function.blocks {
        for made in &mut block.operations {
            made.operation.visit(&mut rename);
        }
        block.end.visit(&mut rename);
    }
    for exit in &mut function.exits {
        exit.visit(&mut rename);
    }
}

/// What a parameter may be.
#[derive(Clone, Copy)]
enum Only {
    Nothing,
    This(Value),
    Many,
}

fn find(stands_for: &[Value], mut value: Value) -> Value {
    while stands_for[value.0 as usize] != value {
        value = stands_for[value.0 as usize];
    }
    value
}

fn retain(values: &mut Vec<Value>, keep: &[bool]) {
    let mut at = 0;
    values.retain(|_| {
        at += 1;
        keep[at - 1]
    });
}
