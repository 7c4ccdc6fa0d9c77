//! The tree to code: where variables live, which registers hold what, which operations compute it. Ownership of registers
//! is none of its business: `code` settles that afterwards.

mod arithmetic;
mod assign;
mod calls;
mod classes;
mod closures;
mod conditions;
mod constants;
mod control;
mod data;
mod emitter;
mod fields;
mod finish;
mod loops;
mod matching;
mod patterns;
mod prologue;
mod tries;
mod types;
mod unused;
mod values;
mod variables;

use crate::lower::{OwnMethods, Warnings};
use crate::tree::{Function, FunctionId, Known, Variable, VariableId};
use emitter::Emitter;
use motet_code::{Capture, Function as Code, Source};
use motet_syntax::Diagnostic;
use std::collections::HashMap;
use std::sync::Arc;

/// Functions that are compiled already.
pub(crate) type Compiled = HashMap<FunctionId, Arc<Code>>;

/// What all functions of a module share while code is written.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub variables: &'a [Variable],
    pub functions: &'a [Option<Function>],
    pub source: &'a Arc<Source>,
    /// Whether to use operations that know their operands.
    pub specialise: bool,
    /// See `CompileOptions::pure`.
    pub pure: &'a dyn Fn(&str) -> Option<&'static str>,
    pub own_methods: &'a OwnMethods,
    pub warnings: &'a Warnings,
}

/// Compiles all static functions that are not compiled yet, in the order in which they were completed: each uses only
/// earlier ones.
pub(crate) fn constants(
    shared: Shared<'_>,
    order: &[FunctionId],
    compiled: &mut Compiled,
) -> Result<(), Box<Diagnostic>> {
    for id in order {
        let is_static = shared.functions[id.0 as usize].as_ref().is_some_and(|function| function.is_static);
        if is_static && !compiled.contains_key(id) {
            let code = shared.compile(*id, compiled, Vec::new())?;
            compiled.insert(*id, code);
        }
    }
    Ok(())
}

/// Compiles a function and those inside it; the static functions that it uses are compiled.
pub(crate) fn standalone(
    id: FunctionId,
    shared: Shared<'_>,
    compiled: &mut Compiled,
) -> Result<Arc<Code>, Box<Diagnostic>> {
    if let Some(code) = compiled.get(&id) {
        return Ok(code.clone());
    }
    // Only a piece of a session captures anything here: cells, which the running session gives it in this order.
    let captures = shared.function(id).captures.iter().filter(|variable| shared.static_function(**variable).is_none());
    let captures = (0..captures.count() as u16).map(Capture::Captured).collect();
    shared.compile(id, compiled, captures)
}

impl Shared<'_> {
    pub fn function(&self, id: FunctionId) -> &Function {
        self.functions[id.0 as usize].as_ref().expect("lowering completed every function that the tree names")
    }

    /// The static function that a variable names.
    pub fn static_function(&self, variable: VariableId) -> Option<FunctionId> {
        match self.variables[variable.0 as usize].known {
            Known::Function(id) if self.function(id).is_static => Some(id),
            _ => None,
        }
    }

    pub fn compile(
        &self,
        id: FunctionId,
        compiled: &mut Compiled,
        captures: Vec<Capture>,
    ) -> Result<Arc<Code>, Box<Diagnostic>> {
        let mut emitter = Emitter::new(*self, self.function(id), compiled);
        emitter.function_body();
        emitter.finish(captures)
    }
}
