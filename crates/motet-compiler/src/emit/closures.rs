//! Functions as values.

use super::emitter::{Emitter, Want};
use super::variables::Place;
use crate::tree::FunctionId;
use motet_code::{Capture, Constant, Function, Op};
use std::sync::Arc;

impl Emitter<'_, '_> {
    /// The code of a static function: it was compiled before any function that uses it.
    pub fn compiled_function(&mut self, id: FunctionId) -> Arc<Function> {
        self.compiled.get(&id).expect("static functions are compiled first").clone()
    }

    /// The value of a function expression.
    pub fn closure(&mut self, id: FunctionId, want: Want) {
        if want == Want::Discard {
            return;
        }
        let to = self.destination(want);
        if self.shared.function(id).is_static {
            let code = self.compiled_function(id);
            self.load_constant(to, Constant::Function(code));
            return self.deliver(to, want);
        }
        let mut captures = Vec::new();
        let shared = self.shared;
        for variable in &shared.function(id).captures {
            if self.static_function(*variable).is_some() {
                continue;
            }
            captures.push(match self.place_of(*variable) {
                Place::Register(home) | Place::Cell(home) => Capture::Register(home),
                Place::Captured(index) | Place::CapturedCell(index) => Capture::Captured(index),
                Place::Own | Place::Static(_) => {
                    let register = self.reserve(1);
                    self.read(*variable, Want::Into(register));
                    Capture::Register(register)
                }
            });
        }
        let captures_nothing = captures.is_empty();
        let code = match shared.compile(id, self.compiled, captures) {
            Ok(code) => code,
            Err(diagnostic) => {
                self.problem.get_or_insert(*diagnostic);
                return;
            }
        };
        if captures_nothing {
            self.load_constant(to, Constant::Function(code));
            return self.deliver(to, want);
        }
        let Ok(index) = u16::try_from(self.prototypes.len()) else {
            return self.too_large("it makes too many closures");
        };
        self.prototypes.push(code);
        self.op(Op::Closure, to, index, 0);
        self.deliver(to, want);
    }
}
