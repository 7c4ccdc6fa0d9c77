//! The end of a function: its steps become code.

use super::emitter::Emitter;
use crate::code::{self, Context};
use motet_code::roles::RoleContext;
use motet_code::{Capture, Function, FunctionFlags, FunctionParts, Op};
use motet_syntax::Diagnostic;
use std::sync::Arc;

impl Emitter<'_, '_> {
    /// The finished function; `captures` says where the code that makes closures of it finds what it captures.
    pub fn finish(mut self, captures: Vec<Capture>) -> Result<Arc<Function>, Box<Diagnostic>> {
        if let Some(problem) = self.problem {
            return Err(Box::new(problem));
        }
        let function = self.function;
        let (constants, offset) = std::mem::take(&mut self.constants).finish();
        for step in self.steps.steps.iter_mut().filter(|step| step.op() == Op::Constant) {
            step.instruction.set_bc(step.instruction.bc() + offset as i32);
        }
        let context = Context {
            roles: RoleContext { constants: &constants, functions: &self.prototypes, method: function.flags.method },
            registers: self.registers as usize,
            parameters: function.parameters.count(),
        };
        let owned = code::own(std::mem::take(&mut self.steps), &context);
        let kept: usize = owned.handlers.iter().map(|handler| handler.keep.len()).sum();
        let encoded = if kept > MAX_KEPT { None } else { code::encode(&owned) };
        let Some(encoded) = encoded else {
            self.too_large("its code is too long");
            return Err(Box::new(self.problem.expect("it was just noted")));
        };
        let captured = || self.capture_list.iter().map(|variable| &self.shared.variables[variable.0 as usize]);
        let names = captured().map(|variable| variable.name.clone());
        let mutable_capture = captured().position(|variable| variable.mutable).and_then(|at| u16::try_from(at).ok());
        let parts = FunctionParts {
            name: function.name.clone(),
            parameters: function.parameters.clone(),
            flags: FunctionFlags { mutable_capture, ..function.flags },
            registers: self.registers,
            code: encoded.code.into(),
            constants: constants.into(),
            functions: self.prototypes.into(),
            captures: captures.into(),
            capture_names: names.collect(),
            handlers: encoded.handlers.into(),
            spans: encoded.spans.into(),
            span: function.span,
            source: self.shared.source.clone(),
        };
        match Function::new(parts) {
            Ok(function) => Ok(Arc::new(function)),
            Err(error) => {
                debug_assert!(false, "the compiler made wrong code: {error}");
                let message = format!("this is a fault of Motet, not of the program: {error}");
                Err(Box::new(Diagnostic::error(message, function.span)))
            }
        }
    }
}

/// How many registers all handlers of a function may keep: many variables around many `try` would need memory with
/// the product of both.
const MAX_KEPT: usize = 8_000_000;
