//! Checks that a function is well formed: what is compiled was made by a program, and a mistake there would be a wrong answer
//! somewhere else.

use super::blocks::{dominates, dominators, order};
use super::{Block, Callee, Condition, End, Exit, Function, Operation, Type, Value, Width};
use std::fmt;

/// What is wrong with a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub block: u32,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "block{}: {}", self.block, self.what)
    }
}

/// Blocks exist and end; jumps bring the arguments that blocks take, and go backwards to heads of loops only; a value is made
/// once, before it is used, and is of the type that its user wants; exits know what they save.
pub fn verify(function: &Function) -> Result<(), Problem> {
    let problem = |block: usize, what: String| Problem { block: block as u32, what };
    let order = order(function)?;
    let dominators = dominators(function, &order);
    let mut made_in: Vec<Option<(usize, usize)>> = vec![None; function.types.len()];
    for (number, block) in function.blocks.iter().enumerate() {
        let results = block.operations.iter().enumerate().filter_map(|(at, made)| Some((made.result?, at + 1)));
        for (value, at) in block.parameters.iter().map(|value| (*value, 0)).chain(results) {
            match made_in.get_mut(value.0 as usize) {
                Some(place @ None) => *place = Some((number, at)),
                Some(Some(_)) => return Err(problem(number, format!("v{} is made twice", value.0))),
                None => return Err(problem(number, format!("v{} has no type", value.0))),
            }
        }
    }
    for &number in &order {
        let block = &function.blocks[number];
        let seen = |value: Value, at: usize| match made_in.get(value.0 as usize).copied().flatten() {
            Some((place, made)) if place == number => made <= at,
            Some((place, _)) => dominates(&dominators, place, number),
            None => false,
        };
        let usable = |value: Value, at: usize| {
            if seen(value, at) {
                Ok(())
            } else {
                Err(problem(number, format!("v{} is used before it is made", value.0)))
            }
        };
        let usable_at_exit = |exit: &Exit, at: usize| {
            if exit.borrowed.iter().any(|(_, _, value)| function.type_of(*value) != Type::Address) {
                return Err(problem(number, "an object is an address".into()));
            }
            let mut operands = Vec::new();
            exit.clone().visit(&mut |value| operands.push(*value));
            operands.into_iter().try_for_each(|value| usable(value, at))
        };
        for (at, made) in block.operations.iter().enumerate() {
            let mut operands = Vec::new();
            made.operation.clone().visit(&mut |value| operands.push(*value));
            for value in operands {
                usable(value, at)?;
            }
            operation(function, &made.operation).map_err(|what| problem(number, what))?;
            if made.operation.makes() != made.result.map(|value| function.type_of(value)) {
                return Err(problem(number, format!("{:?} makes something else than is said", made.operation)));
            }
            if let Some(exit) = made.operation.exit() {
                let Some(exit) = function.exits.get(exit.0 as usize) else {
                    return Err(problem(number, format!("there is no exit {}", exit.0)));
                };
                usable_at_exit(exit, at)?;
            }
        }
        let last = block.operations.len();
        let mut operands = Vec::new();
        block.end.clone().visit(&mut |value| operands.push(*value));
        for value in operands {
            usable(value, last)?;
        }
        let edge = |(target, arguments): &(Block, Vec<Value>)| {
            let Some(to) = function.blocks.get(target.0 as usize) else {
                return Err(problem(number, format!("there is no block{}", target.0)));
            };
            let types = |values: &[Value]| values.iter().map(|value| function.type_of(*value)).collect::<Vec<Type>>();
            if types(arguments) != types(&to.parameters) {
                return Err(problem(number, format!("block{} takes other arguments", target.0)));
            }
            Ok(())
        };
        match &block.end {
            End::Jump(target, arguments) => edge(&(*target, arguments.clone()))?,
            End::Branch { condition, then, otherwise } => {
                if function.type_of(*condition) != Type::Bool {
                    return Err(problem(number, "a condition is a boolean".into()));
                }
                edge(then)?;
                edge(otherwise)?;
            }
            End::Exit(exit) => {
                let Some(exit) = function.exits.get(exit.0 as usize) else {
                    return Err(problem(number, format!("there is no exit {}", exit.0)));
                };
                usable_at_exit(exit, last)?;
            }
            End::Return | End::LastStep { .. } => {}
            End::Tail { callee, environment } => {
                if environment.iter().chain([callee]).any(|value| function.type_of(*value) != Type::Address) {
                    return Err(problem(number, "a function and a closure are addresses".into()));
                }
            }
            End::Open => return Err(problem(number, "it does not end".into())),
        }
    }
    Ok(())
}

/// Types of operands.
fn operation(function: &Function, operation: &Operation) -> Result<(), String> {
    let want = |value: &Value, of: Type| {
        let found = function.type_of(*value);
        if found == of { Ok(()) } else { Err(format!("v{} is {found:?}, not {of:?}", value.0)) }
    };
    match operation {
        Operation::Checked { left, right, .. }
        | Operation::Wrapping { left, right, .. }
        | Operation::CompareInts { left, right, .. } => {
            want(left, Type::Int)?;
            want(right, Type::Int)
        }
        Operation::CompareFloats { condition: Condition::Below, .. } => Err("floats have signs".into()),
        Operation::FloatArithmetic { left, right, .. } | Operation::CompareFloats { left, right, .. } => {
            want(left, Type::Float)?;
            want(right, Type::Float)
        }
        Operation::FloatFunction { value, .. } => want(value, Type::Float),
        Operation::ToFloat(value) => want(value, Type::Int),
        Operation::ToInt(value) => want(value, Type::Float),
        Operation::SelectInt { condition, then, otherwise } => {
            want(condition, Type::Bool)?;
            want(then, Type::Int)?;
            want(otherwise, Type::Int)
        }
        Operation::SelectFloat { condition, then, otherwise } => {
            want(condition, Type::Bool)?;
            want(then, Type::Float)?;
            want(otherwise, Type::Float)
        }
        Operation::Not(value) | Operation::Guard { value, .. } => want(value, Type::Bool),
        Operation::Load { address, .. } | Operation::Field { address, .. } => want(address, Type::Address),
        Operation::Store { width, address, value, .. } => {
            want(address, Type::Address)?;
            want(value, width.of())
        }
        Operation::Element { address, index } => {
            want(address, Type::Address)?;
            want(index, Type::Int)
        }
        Operation::Payload { width: Width::Byte | Width::Half | Width::SignedHalf, .. } => {
            Err("a payload is read as a whole".into())
        }
        Operation::Retain(address)
        | Operation::PutObject { address, .. }
        | Operation::Signal { object: address, .. }
        | Operation::Descends { class: address, .. }
            if function.type_of(*address) != Type::Address =>
        {
            Err("an object is an address".into())
        }
        Operation::Descends { kind, .. } => want(kind, Type::Address),
        Operation::ByteOf { text, at } => {
            want(text, Type::Address)?;
            want(at, Type::Int)
        }
        Operation::Character(value) => want(value, Type::Int),
        Operation::SameAddress { left, right } | Operation::SameText { left, right, .. } => {
            want(left, Type::Address)?;
            want(right, Type::Address)
        }
        Operation::Put { value, .. } if function.type_of(*value) == Type::Address => {
            Err("an address is in no register".into())
        }
        Operation::CallFunction { callee: Some(Callee { handle, environment, .. }), .. } => {
            want(handle, Type::Address)?;
            environment.iter().try_for_each(|environment| want(environment, Type::Address))
        }
        Operation::CallFound { callee, environment, .. } => {
            want(callee, Type::Address)?;
            want(environment, Type::Address)
        }
        Operation::Call { arguments, .. } => arguments.iter().try_for_each(|argument| {
            // Words.
            want(argument, Type::Address).or_else(|_| want(argument, Type::Int))
        }),
        _ => Ok(()),
    }
}
