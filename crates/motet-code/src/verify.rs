//! One pass over code before it is loaded, so that the interpreter need not check operands: registers lie in the window,
//! constants have the kind that the operation expects, jumps land on instructions, the code does not run off its end.
//! Liveness is not verified here; a debug build of the VM checks it as it runs.

use crate::constant::Constant;
use crate::function::{Capture, Function};
use crate::instruction::Instruction;
use crate::op::{Op, Operand};
use std::collections::HashSet;

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

/// Checks a function, and those inside it.
pub fn verify(function: &Function) -> Result<(), VerifyError> {
    verify_new(function, &mut HashSet::new())
}

/// Checks a function and those inside it, each once: functions share constants, so that there may be many more paths than
/// functions.
fn verify_new(function: &Function, verified: &mut HashSet<*const Function>) -> Result<(), VerifyError> {
    if !verified.insert(function) {
        return Ok(());
    }
    let starts = instruction_starts(function)?;
    let check = Check { function, starts: &starts };
    if (function.registers as usize) <= function.parameters.count() {
        return Err(check.error(0, "the window does not hold the parameters".into()));
    }
    let mut at = 0;
    while at < function.code.len() {
        at = check.instruction(at)?;
    }
    for handler in &function.handlers {
        let inside = |at: u32| starts.get(at as usize).copied().unwrap_or(false);
        if !inside(handler.start) || !inside(handler.target) || handler.end as usize > function.code.len() {
            return Err(check.error(handler.start as usize, "a handler lies outside the code".into()));
        }
        check.register(handler.start as usize, handler.error as usize)?;
        for register in &handler.keep {
            check.register(handler.start as usize, *register as usize)?;
        }
    }
    for inner in &function.functions {
        for capture in &inner.captures {
            let (number, limit) = match capture {
                Capture::Register(register) => (*register, function.registers as usize),
                Capture::Captured(index) => (*index, function.captures.len()),
            };
            if number as usize >= limit {
                return Err(check.error(0, format!("{} captures what does not exist", inner.name)));
            }
        }
        verify_new(inner, verified)?;
    }
    for constant in &function.constants {
        if let Constant::Function(inner) = constant {
            if !inner.captures.is_empty() {
                return Err(check.error(0, format!("{} is a constant but captures", inner.name)));
            }
            // A function holds no constant of itself (`Op::CallSelf`), so this ends.
            verify_new(inner, verified)?;
        }
    }
    Ok(())
}

/// For each word whether an instruction starts there.
fn instruction_starts(function: &Function) -> Result<Vec<bool>, VerifyError> {
    let mut starts = vec![false; function.code.len()];
    let mut at = 0;
    let mut last = None;
    while at < function.code.len() {
        starts[at] = true;
        let Some(op) = Instruction(function.code[at]).op() else {
            return Err(VerifyError {
                function: function.name.clone(),
                instruction: at,
                message: "unknown operation".into(),
            });
        };
        last = Some(op);
        at += op.length();
    }
    if at != function.code.len() || !last.is_some_and(Op::ends_block) {
        return Err(VerifyError {
            function: function.name.clone(),
            instruction: at,
            message: "the code runs off its end".into(),
        });
    }
    Ok(starts)
}

struct Check<'a> {
    function: &'a Function,
    starts: &'a [bool],
}

impl Check<'_> {
    fn error(&self, instruction: usize, message: String) -> VerifyError {
        VerifyError { function: self.function.name.clone(), instruction, message }
    }

    fn register(&self, at: usize, register: usize) -> Result<(), VerifyError> {
        if register < self.function.registers as usize {
            Ok(())
        } else {
            Err(self.error(at, format!("register {register} lies outside the window of {}", self.function.registers)))
        }
    }

    fn instruction(&self, at: usize) -> Result<usize, VerifyError> {
        let instruction = Instruction(self.function.code[at]);
        let op = instruction.op().expect("instruction_starts looked at it");
        let next = at + op.length();
        let info = op.info();
        for (kind, number) in [(info.a, instruction.a()), (info.b, instruction.b()), (info.c, instruction.c())] {
            self.operand(at, next, instruction, kind, number as usize)?;
        }
        if matches!(op, Op::MethodNamed | Op::SuperNamed) {
            self.names(at, self.function.code[at + 1] as usize)?;
        }
        Ok(next)
    }

    fn operand(
        &self,
        at: usize,
        next: usize,
        instruction: Instruction,
        kind: Operand,
        number: usize,
    ) -> Result<(), VerifyError> {
        match kind {
            Operand::None | Operand::Immediate | Operand::WideImmediate | Operand::Count => Ok(()),
            Operand::Def | Operand::Use | Operand::Take | Operand::Update | Operand::DefTop => {
                self.register(at, number)
            }
            Operand::TakeRange => self.register(at, number + (instruction.c() as usize).saturating_sub(1)),
            Operand::RecordValues => {
                let count = self.names(at, instruction.c() as usize)?;
                self.register(at, number + count.saturating_sub(1))
            }
            Operand::Window => self.register(at, number + instruction.b() as usize),
            Operand::Counter => self.register(at, number + 2),
            Operand::Iterator | Operand::IteratorDef | Operand::DefPair => self.register(at, number + 1),
            Operand::Constant => self.constant(at, number).map(|_| ()),
            Operand::WideConstant => self.constant(at, instruction.bc() as u32 as usize).map(|_| ()),
            Operand::Name => match self.constant(at, number)? {
                Constant::Symbol(_) => Ok(()),
                _ => Err(self.error(at, format!("constant {number} is not a name"))),
            },
            Operand::Names => self.names(at, number).map(|_| ()),
            Operand::Known => match self.constant(at, number)? {
                Constant::Function(_) => Ok(()),
                _ => Err(self.error(at, format!("constant {number} is not a function"))),
            },
            Operand::Prototype if number < self.function.functions.len() => Ok(()),
            Operand::Prototype => Err(self.error(at, format!("there is no function {number}"))),
            Operand::Captured if number < self.function.captures.len() => Ok(()),
            Operand::Captured => Err(self.error(at, format!("nothing is captured as {number}"))),
            Operand::Jump => self.jump(at, next as i64 + number as u16 as i16 as i64),
            Operand::WideJump => self.jump(at, next as i64 + instruction.bc() as i64),
        }
    }

    fn jump(&self, at: usize, target: i64) -> Result<(), VerifyError> {
        match usize::try_from(target).ok().and_then(|target| self.starts.get(target)) {
            Some(true) => Ok(()),
            _ => Err(self.error(at, format!("a jump to {target}, where no instruction starts"))),
        }
    }

    fn constant(&self, at: usize, index: usize) -> Result<&Constant, VerifyError> {
        self.function.constants.get(index).ok_or_else(|| self.error(at, format!("there is no constant {index}")))
    }

    fn names(&self, at: usize, index: usize) -> Result<usize, VerifyError> {
        match self.constant(at, index)? {
            Constant::Names(names) => Ok(names.len()),
            _ => Err(self.error(at, format!("constant {index} is not a list of names"))),
        }
    }
}
