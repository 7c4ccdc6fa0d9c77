//! One function while its code is written: registers, labels, what encloses the place that is written.

use super::constants::Constants;
use super::{Compiled, Shared};
use crate::code::{Label, Steps};
use crate::tree::{Expr, Function, LoopId, VariableId};
use motet_code::{Constant, Function as Code, Instruction, Op, Span};
use motet_syntax::Diagnostic;
use std::collections::HashMap;
use std::sync::Arc;

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Nothing: only effects count.
    Discard,
    /// It goes to a register that nothing reads until the value is complete: it may be written early.
    Into(u16),
    /// The function returns it.
    Return,
}

/// A loop around the place that is written.
pub(crate) struct OpenLoop {
    pub id: LoopId,
    pub break_label: Label,
    pub continue_label: Label,
    /// Where the value of a `break` goes.
    pub result: Option<u16>,
    /// How many `try` enclose the loop.
    pub tries: usize,
}

/// A `try` around the place that is written.
pub(crate) enum OpenTry {
    Catch,
    Finally(OpenFinally),
}

/// A `finally` to pass on every way out. There is one copy of it: `mode` says where to go on behind it.
pub(crate) struct OpenFinally {
    pub label: Label,
    pub mode: u16,
    pub value: u16,
    /// Ways out beside falling through and errors; `mode` counts from `FIRST_EXIT`.
    pub exits: Vec<Exit>,
}

/// A way out of a `try` with `finally`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Return,
    Break(LoopId),
    Continue(LoopId),
}

/// How the function returns.
#[derive(Clone, Copy)]
pub(crate) enum Returns {
    Directly,
    /// What is returned is self.
    Constructor,
    /// The result is checked first.
    Epilogue {
        result: u16,
        label: Label,
    },
}

pub(crate) struct Emitter<'a, 'c> {
    pub shared: Shared<'a>,
    pub function: &'a Function,
    pub compiled: &'c mut Compiled,
    pub steps: Steps,
    pub constants: Constants,
    pub prototypes: Vec<Arc<Code>>,
    /// Registers of variables, with the number of `try` around their definition.
    pub homes: HashMap<VariableId, (u16, usize)>,
    /// Captured variables by their number.
    pub captures: HashMap<VariableId, u16>,
    pub capture_list: Vec<VariableId>,
    /// The first free register.
    pub next: u16,
    pub registers: u16,
    pub span: Span,
    pub loops: Vec<OpenLoop>,
    pub tries: Vec<OpenTry>,
    pub returns: Returns,
    /// Returns from inside a `try` leave its range before they return.
    pub return_stubs: Vec<(Label, Option<u16>)>,
    /// The pattern that is written is one of `let`, not of an arm.
    pub must_fit: bool,
    /// Where null in an optional link leads.
    pub chain_exits: Vec<Label>,
    pub problem: Option<Diagnostic>,
}

/// Registers beyond this are refused: operations name several in a row.
const MAX_REGISTERS: u16 = 65_000;

impl<'a, 'c> Emitter<'a, 'c> {
    pub fn new(shared: Shared<'a>, function: &'a Function, compiled: &'c mut Compiled) -> Emitter<'a, 'c> {
        let parameters = function.parameters.count() as u16;
        let mut emitter = Emitter {
            shared,
            function,
            compiled,
            steps: Steps::default(),
            constants: Constants::default(),
            prototypes: Vec::new(),
            homes: HashMap::new(),
            captures: HashMap::new(),
            capture_list: Vec::new(),
            next: parameters + 1,
            registers: parameters + 1,
            span: function.span,
            loops: Vec::new(),
            tries: Vec::new(),
            returns: Returns::Directly,
            return_stubs: Vec::new(),
            must_fit: false,
            chain_exits: Vec::new(),
            problem: None,
        };
        for variable in &function.captures {
            if emitter.static_function(*variable).is_none() {
                emitter.captures.insert(*variable, emitter.capture_list.len() as u16);
                emitter.capture_list.push(*variable);
            }
        }
        if let Some(variable) = function.self_variable {
            emitter.homes.insert(variable, (0, 0));
        }
        emitter
    }

    /// Takes registers at the top.
    pub fn reserve(&mut self, count: u16) -> u16 {
        let first = self.next;
        if first.checked_add(count).is_none_or(|end| end > MAX_REGISTERS) {
            self.too_large("it needs too many registers");
            return 1;
        }
        self.next = first + count;
        self.registers = self.registers.max(self.next);
        first
    }

    /// The register of a `Want::Into` if it is the topmost, else a new one: where a window of registers starts.
    pub fn window(&mut self, want: Want) -> u16 {
        match want {
            Want::Into(register) if register + 1 == self.next => register,
            _ => self.reserve(1),
        }
    }

    /// Where an operation writes its result.
    pub fn destination(&mut self, want: Want) -> u16 {
        match want {
            Want::Into(register) => register,
            Want::Discard | Want::Return => self.reserve(1),
        }
    }

    /// A value has been written to the register that `destination` or `window` gave.
    pub fn deliver(&mut self, register: u16, want: Want) {
        match want {
            Want::Discard => {}
            Want::Into(wanted) => self.copy(wanted, register),
            Want::Return => self.return_register(register),
        }
    }

    pub fn copy(&mut self, to: u16, from: u16) {
        if to != from {
            self.op(Op::Copy, to, from, 0);
        }
    }

    pub fn too_large(&mut self, why: &str) {
        if self.problem.is_none() {
            let name: &str = if self.function.name.is_empty() { "this function" } else { &self.function.name };
            self.problem = Some(
                Diagnostic::error(format!("function too large: {name}"), self.function.span)
                    .note(why)
                    .hint("split it into smaller functions"),
            );
        }
    }

    pub fn op(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.steps.push(Instruction::new(op, a, b, c), self.span);
    }

    pub fn op_variant(&mut self, op: Op, a: u16, b: u16, c: u16, variant: bool) {
        let flags = if variant { motet_code::VARIANT } else { 0 };
        self.steps.push(Instruction::new(op, a, b, c).with_flags(flags), self.span);
    }

    pub fn op_word(&mut self, op: Op, operands: [u16; 3], word: u32) {
        let [a, b, c] = operands;
        self.steps.push_word(Instruction::new(op, a, b, c), word, self.span);
    }

    pub fn wide(&mut self, op: Op, a: u16, bc: i32) {
        self.steps.push(Instruction::wide(op, a, bc), self.span);
    }

    /// An operation that jumps, or that tests one or two operands and jumps.
    pub fn jump(&mut self, op: Op, a: u16, b: u16, target: Label) {
        self.steps.jump(Instruction::new(op, a, b, 0), target, self.span);
    }

    pub fn jump_to(&mut self, target: Label) {
        self.jump(Op::Jump, 0, 0, target);
    }

    pub fn label(&mut self) -> Label {
        self.steps.label()
    }

    pub fn bind(&mut self, label: Label) {
        self.steps.bind(label);
    }

    /// A constant that an operand of 16 bits names.
    pub fn short_constant(&mut self, constant: Constant) -> Option<u16> {
        self.constants.near(constant)
    }

    /// The same where there is no other way to name it.
    pub fn required_constant(&mut self, constant: Constant) -> u16 {
        match self.short_constant(constant) {
            Some(index) => index,
            None => {
                self.too_large("it needs too many constants");
                0
            }
        }
    }

    pub fn symbol(&mut self, name: &str) -> u16 {
        self.required_constant(Constant::Symbol(name.into()))
    }

    pub fn load_constant(&mut self, to: u16, constant: Constant) {
        let index = self.constants.far(constant);
        self.wide(Op::Constant, to, index as i32);
    }

    /// Runs a part of the emission with the place of an expression, and frees the registers it took.
    pub fn at<T>(&mut self, expr: &Expr, emit: impl FnOnce(&mut Self) -> T) -> T {
        let (span, next) = (self.span, self.next);
        self.span = expr.span;
        let result = emit(self);
        (self.span, self.next) = (span, next);
        result
    }
}
