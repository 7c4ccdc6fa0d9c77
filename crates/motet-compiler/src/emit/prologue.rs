//! What happens before and behind a function's body: defaults, patterns, types, contracts.

use super::emitter::{Emitter, Returns, Want};
use crate::tree::{Contract, FunctionKind, Parameter};
use motet_code::{Constant, Op};

impl Emitter<'_, '_> {
    pub fn function_body(&mut self) {
        let function = self.function;
        self.parameters(&function.parameter_bindings);
        self.contracts(&function.requires, "requires");
        match function.kind {
            FunctionKind::Main => {
                let exports = self.reserve(1);
                self.emit(&function.body, Want::Into(exports));
                self.op(Op::Exports, exports, 0, 0);
            }
            FunctionKind::Constructor => {
                self.returns = Returns::Constructor;
                self.emit(&function.body, Want::Discard);
                self.op(Op::ReturnSelf, 0, 0, 0);
            }
            FunctionKind::Plain | FunctionKind::Method | FunctionKind::Thunk => self.returning_body(),
        }
        for (label, value) in std::mem::take(&mut self.return_stubs) {
            self.bind(label);
            match value {
                Some(value) => self.op(Op::Return, value, 0, 0),
                None => self.op(Op::ReturnSelf, 0, 0, 0),
            }
        }
    }

    fn returning_body(&mut self) {
        let function = self.function;
        if function.ensures.is_empty() && function.result_type.is_none() {
            return self.emit(&function.body, Want::Return);
        }
        let result = self.reserve(1);
        let label = self.label();
        self.returns = Returns::Epilogue { result, label };
        self.emit(&function.body, Want::Into(result));
        self.bind(label);
        if let Some(check) = &function.result_type {
            self.check_type(result, check, "result");
        }
        if let Some(variable) = function.result {
            if self.shared.variables[variable.0 as usize].early {
                self.define_from(variable, result);
            } else {
                self.homes.insert(variable, (result, 0));
            }
        }
        self.contracts(&function.ensures, "ensures");
        self.op(Op::Return, result, 0, 0);
    }

    /// Parameters are in their registers; what is missing gets its default, one after the other.
    fn parameters(&mut self, parameters: &[Parameter]) {
        for (at, parameter) in parameters.iter().enumerate() {
            let register = at as u16 + 1;
            if self.shared.variables[parameter.variable.0 as usize].early {
                self.allocate(parameter.variable);
            } else {
                self.homes.insert(parameter.variable, (register, 0));
            }
        }
        for (at, parameter) in parameters.iter().enumerate() {
            let register = at as u16 + 1;
            if let Some(default) = &parameter.default {
                let given = self.label();
                self.jump(Op::JumpIfPresent, register, 0, given);
                self.emit(default, Want::Into(register));
                self.bind(given);
            }
            if let Some(check) = &parameter.check {
                let name = self.shared.variables[parameter.variable.0 as usize].name.clone();
                self.check_type(register, check, &name);
            }
            if self.shared.variables[parameter.variable.0 as usize].early {
                self.define_from(parameter.variable, register);
            }
            if let Some(pattern) = &parameter.pattern {
                let text = self.source_text(pattern.span);
                self.span = pattern.span;
                self.allocate_pattern(pattern);
                self.bind_pattern(pattern, register, &text);
                self.span = self.function.span;
            }
        }
    }

    fn source_text(&self, span: motet_syntax::form::Span) -> Box<str> {
        self.shared.source.text.get(span.range()).unwrap_or("").into()
    }

    fn contracts(&mut self, contracts: &[Contract], kind: &str) {
        for contract in contracts {
            let holds = self.label();
            let next = self.next;
            self.span = contract.condition.span;
            self.branch(&contract.condition, true, holds);
            self.next = next;
            let base = self.reserve(4);
            self.load_constant(base, Constant::Extern("%contract_failed".into()));
            self.load_constant(base + 1, Constant::Str(kind.into()));
            self.load_constant(base + 2, Constant::Str(contract.text.clone()));
            self.load_constant(base + 3, Constant::Str(self.function.name.clone()));
            self.op(Op::Call, base, 3, 0);
            self.next = next;
            self.bind(holds);
        }
        self.span = self.function.span;
    }
}
