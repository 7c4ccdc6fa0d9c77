//! Functions as text, for people and for tests.

use super::{Block, End, Environment, Exit, Function, Operation, Type, Value, Whose};
use std::fmt;

/// Shows a function.
pub struct TextOf<'a>(pub &'a Function);

struct Values<'a>(&'a [Value]);

impl fmt::Display for Values<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(out, "{separator}v{}", value.0)?;
        }
        Ok(())
    }
}

fn name(of: Type) -> &'static str {
    match of {
        Type::Int => "int",
        Type::Float => "float",
        Type::Bool => "bool",
        Type::Address => "address",
    }
}

impl fmt::Display for TextOf<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.0;
        writeln!(out, "{}", function.name)?;
        for (number, block) in function.blocks.iter().enumerate() {
            if matches!(block.end, End::Open) {
                continue;
            }
            write!(out, "block{number}(")?;
            for (at, value) in block.parameters.iter().enumerate() {
                let separator = if at == 0 { "" } else { ", " };
                write!(out, "{separator}v{}: {}", value.0, name(function.type_of(*value)))?;
            }
            let head = if block.is_head { " loop" } else { "" };
            let cold = if block.is_cold { " cold" } else { "" };
            writeln!(out, "){head}{cold}:")?;
            for made in &block.operations {
                match made.result {
                    Some(value) => write!(out, "    v{}: {} = ", value.0, name(function.type_of(value)))?,
                    None => write!(out, "    ")?,
                }
                operation(out, &made.operation)?;
                writeln!(out)?;
            }
            let edge = |(block, arguments): &(Block, Vec<Value>)| format!("block{}({})", block.0, Values(arguments));
            match &block.end {
                End::Jump(block, arguments) => {
                    writeln!(out, "    jump block{}({})", block.0, Values(arguments))?;
                }
                End::Branch { condition, then, otherwise } => {
                    writeln!(out, "    if v{} {} else {}", condition.0, edge(then), edge(otherwise))?;
                }
                End::Exit(exit) => writeln!(out, "    leave by exit{}", exit.0)?,
                End::Return => writeln!(out, "    return")?,
                End::Tail { callee, environment: None } => writeln!(out, "    go on in v{}", callee.0)?,
                End::Tail { callee, environment: Some(value) } => {
                    writeln!(out, "    go on in v{} of v{}", callee.0, value.0)?;
                }
                End::LastStep { at, .. } => writeln!(out, "    last step {at}")?,
                End::Open => {}
            }
        }
        for (number, Exit { reason, at, values, borrowed, nulls, frames }) in function.exits.iter().enumerate() {
            write!(out, "exit{number}: at {at}, {reason:?}")?;
            for (register, value) in values {
                write!(out, ", r{register} = v{}", value.0)?;
            }
            for (register, tag, value) in borrowed {
                write!(out, ", r{register} = {tag:?} v{}", value.0)?;
            }
            for register in nulls {
                write!(out, ", r{register} = null")?;
            }
            for frame in frames {
                write!(out, ", in r{}", frame.window)?;
                if let Environment::Value(value) = frame.environment {
                    write!(out, " of v{}", value.0)?;
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

fn operation(out: &mut fmt::Formatter<'_>, operation: &Operation) -> fmt::Result {
    match operation {
        Operation::Int(number) => write!(out, "{number}"),
        Operation::Float(bits) => write!(out, "{:?}", f64::from_bits(*bits)),
        Operation::Bool(value) => write!(out, "{value}"),
        Operation::Checked { operator, left, right, exit } => {
            write!(out, "{operator:?} v{} v{} or exit{}", left.0, right.0, exit.0)
        }
        Operation::Wrapping { operator, left, right } => write!(out, "wrapping {operator:?} v{} v{}", left.0, right.0),
        Operation::FloatArithmetic { operator, left, right } => write!(out, "{operator:?} v{} v{}", left.0, right.0),
        Operation::FloatFunction { function, value } => write!(out, "{function:?} v{}", value.0),
        Operation::ToInt(value) => write!(out, "int v{}", value.0),
        Operation::SelectInt { condition, then, otherwise } | Operation::SelectFloat { condition, then, otherwise } => {
            write!(out, "v{} if v{} else v{}", then.0, condition.0, otherwise.0)
        }
        Operation::ToFloat(value) => write!(out, "float v{}", value.0),
        Operation::CompareInts { condition, left, right } | Operation::CompareFloats { condition, left, right } => {
            write!(out, "{condition:?} v{} v{}", left.0, right.0)
        }
        Operation::SameAddress { left, right } => write!(out, "same v{} v{}", left.0, right.0),
        Operation::SameText { left, right, exit } => {
            write!(out, "same text v{} v{} or exit{}", left.0, right.0, exit.0)
        }
        Operation::ByteOf { text, at } => write!(out, "byte v{} of v{}", at.0, text.0),
        Operation::Character(value) => write!(out, "character v{}", value.0),
        Operation::Not(value) => write!(out, "not v{}", value.0),
        Operation::AddressOf(register) => write!(out, "address of r{register}"),
        Operation::Field { address, offset } => write!(out, "v{} + {offset}", address.0),
        Operation::Handle(Whose::Own) => write!(out, "own handle"),
        Operation::Handle(Whose::Link(number)) => write!(out, "handle of link {number}"),
        Operation::Environment => write!(out, "environment"),
        Operation::Load { width, address, offset } => write!(out, "load {width:?} v{}+{offset}", address.0),
        Operation::Store { width, address, offset, value } => {
            write!(out, "store {width:?} v{}+{offset} = v{}", address.0, value.0)
        }
        Operation::Element { address, index } => write!(out, "element v{} of v{}", index.0, address.0),
        Operation::Tag(register) => write!(out, "tag r{register}"),
        Operation::Payload { register, width } => write!(out, "payload {width:?} r{register}"),
        Operation::Put { register, value } => write!(out, "put r{register} = v{}", value.0),
        Operation::PutNull { register } => write!(out, "put r{register} = null"),
        Operation::PutObject { register, tag, address } => write!(out, "put r{register} = {tag:?} v{}", address.0),
        Operation::Signal { register, object, exit } => {
            write!(out, "put r{register} = value of signal v{} or exit{}", object.0, exit.0)
        }
        Operation::Retain(address) => write!(out, "retain v{}", address.0),
        Operation::Descends { class, kind } => write!(out, "v{} descends from v{}", class.0, kind.0),
        Operation::Guard { value, expected, exit } => {
            write!(out, "guard v{} is {expected} or exit{}", value.0, exit.0)
        }
        Operation::SafePoint { exit } => write!(out, "safe point or exit{}", exit.0),
        Operation::Count { exit } => write!(out, "count or exit{}", exit.0),
        Operation::Stack { exit } => write!(out, "stack or exit{}", exit.0),
        Operation::Room { registers, frames, is_calling, exit } => {
            let calls = if *is_calling { ", calls" } else { "" };
            write!(out, "room for {registers} registers, {frames} frames{calls} or exit{}", exit.0)
        }
        Operation::Fuse { exit } => write!(out, "fuse or exit{}", exit.0),
        Operation::Call { helper, arguments } => write!(out, "{helper:?}({})", Values(arguments)),
        Operation::Find { at, exit, .. } => write!(out, "find {at} or exit{}", exit.0),
        Operation::FoundEnvironment => write!(out, "environment of what was found"),
        Operation::CallFound { next, window, callee, environment, result, .. } => {
            write!(out, "call v{} of v{} in r{window}, for r{result}, ..{next}", callee.0, environment.0)
        }
        Operation::CallFunction { at, next, window, callee, .. } => {
            let found = if callee.is_none() { " what is found" } else { "" };
            write!(out, "call {at}..{next} in r{window}{found}")?;
            callee.as_ref().map_or(Ok(()), |callee| write!(out, ": v{}", callee.handle.0))?;
            let environment = callee.as_ref().and_then(|callee| callee.environment);
            environment.map_or(Ok(()), |value| write!(out, " of v{}", value.0))
        }
        Operation::Step { at, next, .. } => write!(out, "step {at}..{next}"),
    }
}
