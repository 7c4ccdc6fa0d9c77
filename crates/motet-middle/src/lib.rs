//! The typed middle form: what front ends produce and what back ends turn into the code of a device.
//!
//! A [`Module`] holds functions whose bodies are structured: blocks, loops and conditions that nest, branches that name
//! a level of nesting, and typed operations that take their operands from a stack and leave their results there. Each
//! operation has a place in its source. A front end keeps these promises, so that back ends need not look:
//!
//! - operands have the types that the operation asks for;
//! - nothing stands behind an operation that never ends (a branch, a return, a trap) but the end of its block;
//! - every index names something that exists.
//!
//! Nothing in here belongs to one front end or to one device. The crate knows neither text nor bytes nor devices.

#![forbid(unsafe_code)]

mod module;
mod numeric;
mod operation;
mod trap;

pub use module::{
    Constant, Data, Elements, Export, Function, FunctionKind, Global, Import, ItemKind, Memory, Module, Placement,
    Signature, Table,
};
pub use numeric::Numeric;
pub use operation::{Load, Operation, Store};
pub use trap::Trap;

use std::fmt;

/// The type of a value. Every value fits into 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// 32 bits, an integer whose operations say whether it has a sign.
    I32,
    /// 64 bits, likewise.
    I64,
    /// A float of 32 bits.
    F32,
    /// A float of 64 bits.
    F64,
    /// A function, or null.
    Function,
    /// Something of the host's, or null.
    Foreign,
}

impl Type {
    /// Whether it is a reference.
    pub fn is_reference(self) -> bool {
        matches!(self, Type::Function | Type::Foreign)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Function => "funcref",
            Type::Foreign => "externref",
        })
    }
}
