//! Calls: windows of registers that hold what is called and its arguments.

use super::emitter::{Emitter, Returns, Want};
use super::variables::Place;
use crate::tree::{Arguments, Call, Expr, ExprKind, FunctionKind, Item, MethodCall, SuperCall};
use motet_code::{Constant, Op};

/// Calls with more arguments pass a list.
const MOST_ARGUMENTS: usize = 200;

/// How arguments lie in the window.
enum Passed {
    /// In registers, so many.
    Positional(u16),
    /// The same, the last ones named by a constant.
    Named(u16, u16),
    /// A list and a record.
    Spread,
}

impl Emitter<'_, '_> {
    /// Whether a call whose value is returned may take the place of this function's frame.
    fn may_tail_call(&self) -> bool {
        let flags = self.function.flags;
        self.tries.is_empty()
            && matches!(self.returns, Returns::Directly)
            && self.function.kind != FunctionKind::Main
            && !flags.generator
            && !flags.asynchronous
    }

    pub fn call(&mut self, call: &Call, want: Want) {
        let place = match call.callee.kind {
            ExprKind::Variable(variable) => Some(self.place_of(variable)),
            _ => None,
        };
        let arguments = &call.arguments;
        let positional = arguments.named.is_empty() && arguments.record.is_none() && !needs_list(&arguments.positional);
        let tail = want == Want::Return && self.may_tail_call();
        let base = self.window(want);
        let flags = self.function.flags;
        match place {
            Some(Place::Static(id)) if positional && self.shared.specialise => {
                let code = self.compiled_function(id);
                if let Some(constant) = self.short_constant(Constant::Function(code)) {
                    let count = self.positional(&call.arguments.positional);
                    let op = if tail { Op::TailKnown } else { Op::CallKnown };
                    self.op(op, base, count, constant);
                    return self.called(base, tail, want);
                }
            }
            // A method that calls itself keeps its self only this way.
            Some(Place::Own)
                if positional
                    && !flags.generator
                    && !flags.asynchronous
                    && (self.shared.specialise || flags.method) =>
            {
                if flags.method {
                    self.copy(base, 0);
                }
                let count = self.positional(&call.arguments.positional);
                let op = if tail { Op::TailSelf } else { Op::CallSelf };
                self.op(op, base, count, 0);
                return self.called(base, tail, want);
            }
            _ => {}
        }
        self.emit(&call.callee, Want::Into(base));
        match self.arguments(&call.arguments) {
            Passed::Positional(count) => {
                let op = if tail { Op::TailCall } else { Op::Call };
                self.op(op, base, count, 0);
                return self.called(base, tail, want);
            }
            Passed::Named(count, names) => self.op_variant(Op::CallNamed, base, count, names, tail),
            Passed::Spread => self.op_variant(Op::CallSpread, base, 2, 0, tail),
        }
        self.deliver(base, want);
    }

    /// The result is in the first register of the window, unless the call was the function's last.
    fn called(&mut self, base: u16, tail: bool, want: Want) {
        if !tail {
            self.deliver(base, want);
        }
    }

    pub fn method_call(&mut self, call: &MethodCall, want: Want) {
        let base = self.window(want);
        self.emit(&call.object, Want::Into(base));
        if call.optional {
            self.end_chain_at_null(base);
        }
        // In a chain that null can end, code follows the call.
        let tail = want == Want::Return && self.may_tail_call();
        let name = self.symbol(&call.name);
        let passed = self.arguments(&call.arguments);
        if let Some(place) = call.place {
            self.span = place;
        }
        match passed {
            Passed::Positional(count) => {
                let op = if tail { Op::TailMethod } else { Op::Method };
                self.op(op, base, count, name);
                return self.called(base, tail, want);
            }
            Passed::Named(count, names) => {
                let flags = if tail { motet_code::VARIANT } else { 0 };
                let instruction = motet_code::Instruction::new(Op::MethodNamed, base, count, name).with_flags(flags);
                self.steps.push_word(instruction, u32::from(names), self.span);
            }
            Passed::Spread => self.op_variant(Op::MethodSpread, base, 2, name, tail),
        }
        self.deliver(base, want);
    }

    pub fn super_call(&mut self, call: &SuperCall, want: Want) {
        let base = self.window(want);
        self.emit(&call.self_value, Want::Into(base));
        let passed = self.arguments(&call.arguments);
        let class = self.reserve(1);
        self.emit(&call.class, Want::Into(class));
        let name = self.symbol(&call.name);
        match passed {
            Passed::Positional(count) => self.op(Op::Super, base, count + 1, name),
            Passed::Named(count, names) => {
                self.op_word(Op::SuperNamed, [base, count + 1, name], u32::from(names));
            }
            Passed::Spread => self.op(Op::SuperSpread, base, 3, name),
        }
        self.deliver(base, want);
    }

    /// Positional arguments in the registers behind the window's first.
    fn positional(&mut self, arguments: &[Item]) -> u16 {
        for argument in arguments {
            if let Item::Value(value) = argument {
                let register = self.reserve(1);
                self.emit(value, Want::Into(register));
            }
        }
        arguments.len() as u16
    }

    fn arguments(&mut self, arguments: &Arguments) -> Passed {
        let named_by_value = arguments.record.is_some() || arguments.named.len() > MOST_ARGUMENTS;
        if needs_list(&arguments.positional) || named_by_value {
            let list = self.reserve(1);
            self.list(&arguments.positional, Want::Into(list));
            let record = self.reserve(1);
            if let Some(named) = &arguments.record {
                self.emit(named, Want::Into(record));
            } else if arguments.named.is_empty() {
                self.op(Op::Null, record, 0, 0);
            } else {
                self.named_record(&arguments.named, record);
            }
            return Passed::Spread;
        }
        let count = self.positional(&arguments.positional);
        if arguments.named.is_empty() {
            return Passed::Positional(count);
        }
        for (_, value) in &arguments.named {
            let register = self.reserve(1);
            self.emit(value, Want::Into(register));
        }
        let names: Vec<Box<str>> = arguments.named.iter().map(|(name, _)| name.clone()).collect();
        let names = self.required_constant(Constant::Names(names.into()));
        Passed::Named(count + arguments.named.len() as u16, names)
    }

    fn named_record(&mut self, named: &[(Box<str>, Expr)], to: u16) {
        let named: Vec<(&str, &Expr)> = named.iter().map(|(name, value)| (&**name, value)).collect();
        self.record_chunks(&named, to);
    }

    /// Calls a helper with values that are in registers, into a new register.
    pub fn helper(&mut self, name: &str, arguments: &[u16]) -> u16 {
        let base = self.reserve(1);
        self.load_constant(base, Constant::Extern(name.into()));
        for argument in arguments {
            let register = self.reserve(1);
            self.copy(register, *argument);
        }
        self.op(Op::Call, base, arguments.len() as u16, 0);
        base
    }
}

fn needs_list(arguments: &[Item]) -> bool {
    arguments.len() > MOST_ARGUMENTS || arguments.iter().any(|argument| matches!(argument, Item::Spread(_)))
}
