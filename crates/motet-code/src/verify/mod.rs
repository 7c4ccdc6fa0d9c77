//! What is checked of code before it exists as a [`Function`](crate::Function), so that the interpreter need not check it
//! while it runs.
//!
//! - [`structure`]: registers lie in the window, constants have the kind that the operation expects, jumps land on
//!   instructions, the code does not run off its end, caches are empty, and every way backwards has a safe point.
//! - [`flow`]: on every path the register rule of [`op`](crate::op) holds, a register that is read as a cell or as an
//!   iterator holds one, and a handler finds what it keeps.
//!
//! Functions are verified one by one, inner ones first, because a function holds only functions that exist. What an inner
//! function relies on in the one that makes closures of it is noted in its [`Needs`].

mod flow;
mod structure;

use crate::function::{FunctionFlags, FunctionParts, ModuleParts};

/// Why code was refused. Code that the compiler made is never refused: this is a bug of the compiler.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyError {
    pub function: Box<str>,
    pub instruction: usize,
    pub message: String,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "invalid code in {} at {}: {}", self.function, self.instruction, self.message)
    }
}

impl std::error::Error for VerifyError {}

/// What a function's code relies on in those who run it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// For each captured value, what it must be.
    pub captures: Box<[CaptureNeed]>,
    /// The code is a module's main function: it imports or exports. Nothing else may hold or call it.
    pub module: bool,
    /// How many imports the module must have.
    pub imports: usize,
}

/// What the code needs a captured value to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaptureNeed {
    /// The code does not look at it.
    #[default]
    Nothing,
    /// A value of the language.
    Value,
    /// A variable's cell.
    Cell,
    /// The cell of a variable that may be assigned.
    Variable,
}

impl CaptureNeed {
    /// What satisfies both needs; none if nothing does.
    fn and(self, other: CaptureNeed) -> Option<CaptureNeed> {
        use CaptureNeed::*;
        match (self, other) {
            (Nothing, need) | (need, Nothing) => Some(need),
            (Value, Value) => Some(Value),
            (Value, _) | (_, Value) => None,
            (Variable, _) | (_, Variable) => Some(Variable),
            (Cell, Cell) => Some(Cell),
        }
    }
}

pub(crate) fn verify_function(function: &FunctionParts) -> Result<Needs, VerifyError> {
    let structure = structure::check(function)?;
    flow::check(function, &structure.starts)?;
    Ok(structure.needs)
}

/// It can be a module's main function.
fn is_plain(function: &FunctionParts) -> bool {
    // A piece of a session may capture mutable names; it is called where it was made, and sent nowhere.
    let flags = FunctionFlags { mutable_capture: None, ..function.flags };
    function.parameters == Default::default() && flags == Default::default()
}

pub(crate) fn verify_module(module: &ModuleParts) -> Result<(), VerifyError> {
    let main = &module.main;
    let error = |message: &str| VerifyError { function: main.name.clone(), instruction: 0, message: message.into() };
    // Its exports need not be there: the end of a module that loops for ever or throws is not reached.
    if !is_plain(main) {
        return Err(error("the main function of a module takes nothing"));
    }
    if main.captures.len() != module.session.len() {
        return Err(error("the main function captures other cells than the session has"));
    }
    if main.needs().imports > module.imports.len() {
        return Err(error("the module imports what it does not name"));
    }
    Ok(())
}
