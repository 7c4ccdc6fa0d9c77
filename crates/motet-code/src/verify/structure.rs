//! Each instruction by itself: operands, constants, jumps, flags, words.

use super::{CaptureNeed, Needs, VerifyError, is_plain};
use crate::constant::{Constant, Datum};
use crate::function::{Capture, FunctionParts};
use crate::instruction::{Instruction, LAST_A, LAST_B, LAST_C, VARIANT};
use crate::op::{Op, Operand};

/// Code is no longer than this, so that places and distances fit where the interpreter keeps them.
const LONGEST: usize = 1 << 30;
/// Quoted data is nested no deeper than this: values are made of it by recursion. Readers and macros stay below.
const DEEPEST_DATUM: usize = 600;

/// What the pass found out.
pub(super) struct Structure {
    /// For each word whether an instruction starts there.
    pub starts: Vec<bool>,
    pub needs: Needs,
}

pub(super) fn check(function: &FunctionParts) -> Result<Structure, VerifyError> {
    let starts = instruction_starts(function)?;
    let needs = Needs { captures: vec![CaptureNeed::Nothing; function.captures.len()].into(), ..Needs::default() };
    let mut check = Check { function, starts: &starts, needs };
    check.shape()?;
    check.inner_functions()?;
    check.constants()?;
    let mut at = 0;
    while at < function.code.len() {
        at = check.instruction(at)?;
    }
    check.handlers()?;
    let needs = check.needs;
    if needs.module && !is_plain(function) {
        return Err(VerifyError {
            function: function.name.clone(),
            instruction: 0,
            message: "a function that imports or exports takes nothing".into(),
        });
    }
    Ok(Structure { starts, needs })
}

fn instruction_starts(function: &FunctionParts) -> Result<Vec<bool>, VerifyError> {
    let error = |instruction: usize, message: &str| {
        Err(VerifyError { function: function.name.clone(), instruction, message: message.into() })
    };
    if function.code.len() > LONGEST {
        return error(0, "the code is too long");
    }
    let mut starts = vec![false; function.code.len()];
    let mut at = 0;
    let mut last = None;
    while at < function.code.len() {
        starts[at] = true;
        let Some(op) = Instruction(function.code[at]).op() else { return error(at, "unknown operation") };
        last = Some(op);
        at += op.length();
    }
    if at != function.code.len() || !last.is_some_and(Op::ends_block) {
        return error(at, "the code runs off its end");
    }
    Ok(starts)
}

struct Check<'a> {
    function: &'a FunctionParts,
    starts: &'a [bool],
    needs: Needs,
}

impl Check<'_> {
    fn error<T>(&self, instruction: usize, message: impl Into<String>) -> Result<T, VerifyError> {
        Err(VerifyError { function: self.function.name.clone(), instruction, message: message.into() })
    }

    /// What is not code.
    fn shape(&self) -> Result<(), VerifyError> {
        let function = self.function;
        if (function.registers as usize) <= function.parameters.count() {
            return self.error(0, "the window does not hold the parameters");
        }
        if function.parameters.required as usize > function.parameters.names.len() {
            return self.error(0, "more parameters are required than there are");
        }
        let spans = function.spans.iter().map(|entry| entry.span).chain([function.span]);
        for span in spans {
            if function.source.text.get(span.start as usize..span.end as usize).is_none() {
                return self.error(0, "a place lies outside the source");
            }
        }
        Ok(())
    }

    /// What closures of the functions inside capture, and what those functions need of it, as far as this function's own
    /// captured values are concerned. `flow` looks at the registers.
    fn inner_functions(&mut self) -> Result<(), VerifyError> {
        for inner in &self.function.functions {
            if inner.needs().module {
                return self.error(0, format!("{} is the main function of a module", inner.name));
            }
            for (capture, need) in inner.captures.iter().zip(&inner.needs().captures) {
                match capture {
                    Capture::Register(0) if !self.function.flags.method => {
                        return self.error(0, format!("{} captures self, and there is none", inner.name));
                    }
                    Capture::Register(0) if matches!(need, CaptureNeed::Nothing | CaptureNeed::Value) => {}
                    Capture::Register(0) => return self.error(0, format!("{} takes self for a cell", inner.name)),
                    Capture::Register(register) if *register < self.function.registers => {}
                    Capture::Register(_) => {
                        return self.error(0, format!("{} captures what does not exist", inner.name));
                    }
                    Capture::Captured(index) => self.need(0, *index as usize, *need)?,
                }
            }
        }
        Ok(())
    }

    fn need(&mut self, at: usize, index: usize, need: CaptureNeed) -> Result<(), VerifyError> {
        let Some(known) = self.needs.captures.get(index).copied() else {
            return self.error(at, format!("nothing is captured as {index}"));
        };
        match known.and(need) {
            Some(both) => self.needs.captures[index] = both,
            None => return self.error(at, format!("captured {index} is used as a value and as a cell")),
        }
        Ok(())
    }

    fn constants(&self) -> Result<(), VerifyError> {
        for constant in &self.function.constants {
            match constant {
                Constant::Function(inner) if !inner.captures.is_empty() => {
                    return self.error(0, format!("{} is a constant but captures", inner.name));
                }
                Constant::Function(inner) if inner.needs().module => {
                    return self.error(0, format!("{} is the main function of a module", inner.name));
                }
                Constant::Datum(datum) if !is_shallow(datum, DEEPEST_DATUM) => {
                    return self.error(0, "quoted data is nested too deep");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn handlers(&self) -> Result<(), VerifyError> {
        for handler in &self.function.handlers {
            let at = handler.start as usize;
            let starts = |place: u32| self.starts.get(place as usize).copied().unwrap_or(false);
            let ends = starts(handler.end) || handler.end as usize == self.starts.len();
            if !starts(handler.start) || !starts(handler.target) || !ends || handler.start >= handler.end {
                return self.error(at, "a handler lies outside the code");
            }
            if handler.target < handler.end {
                // Errors are no safe point: a program that fails over and over could not be stopped.
                return self.error(at, "a handler leads backwards");
            }
            self.writable(at, handler.error as usize)?;
            let sorted = handler.keep.is_sorted_by(|one, next| one < next);
            if !sorted || handler.keep.contains(&handler.error) {
                return self.error(at, "what a handler keeps is not in order");
            }
            for register in &handler.keep {
                self.writable(at, *register as usize)?;
            }
        }
        Ok(())
    }

    fn register(&self, at: usize, register: usize) -> Result<(), VerifyError> {
        if register < self.function.registers as usize {
            Ok(())
        } else {
            let window = self.function.registers;
            self.error(at, format!("register {register} lies outside the window of {window}"))
        }
    }

    /// A register that the code may write or take: register 0 belongs to the frame.
    fn writable(&self, at: usize, register: usize) -> Result<(), VerifyError> {
        if register == 0 {
            return self.error(at, "register 0 belongs to the frame");
        }
        self.register(at, register)
    }

    fn instruction(&mut self, at: usize) -> Result<usize, VerifyError> {
        let instruction = Instruction(self.function.code[at]);
        let op = instruction.op().expect("instruction_starts looked at it");
        let next = at + op.length();
        let info = op.info();
        let operands =
            [(info.a, instruction.a(), LAST_A), (info.b, instruction.b(), LAST_B), (info.c, instruction.c(), LAST_C)];
        let mut flags = if takes_variant(op) { VARIANT } else { 0 };
        for (kind, number, last) in operands {
            self.operand(at, next, instruction, kind, number as usize, last)?;
            // `Copy` never takes: that is `Move`.
            if matches!(kind, Operand::Use | Operand::UseCell) && op != Op::Copy {
                flags |= last;
            }
            if kind == Operand::Update {
                let again = operands.iter().any(|(other, same, _)| *other == Operand::Use && *same == number);
                if again && instruction.flags() & (LAST_A | LAST_B | LAST_C) != 0 {
                    return self.error(at, "it takes the register that it changes");
                }
            }
        }
        if instruction.flags() & !flags != 0 {
            return self.error(at, "it has flags that mean nothing");
        }
        self.particulars(at, instruction, op)?;
        self.words(at, op)?;
        Ok(next)
    }

    /// What single operations rely on beyond the list.
    fn particulars(&mut self, at: usize, instruction: Instruction, op: Op) -> Result<(), VerifyError> {
        let function = self.function;
        let wants_count = |wanted: u16, found: u16| {
            if found == wanted { Ok(()) } else { self.error(at, format!("the count is {wanted}, not {found}")) }
        };
        match op {
            Op::CallSpread | Op::MethodSpread => wants_count(2, instruction.b())?,
            Op::SuperSpread => wants_count(3, instruction.b())?,
            Op::Range => wants_count(3, instruction.c())?,
            Op::CallNamed if self.names(at, instruction.c() as usize)? > instruction.b() as usize => {
                return self.error(at, "more arguments have names than there are");
            }
            Op::MethodNamed if self.word_names(at)? > instruction.b() as usize => {
                return self.error(at, "more arguments have names than there are");
            }
            Op::SuperNamed if self.word_names(at)? >= instruction.b() as usize => {
                return self.error(at, "more arguments have names than there are");
            }
            Op::Move if instruction.a() == instruction.b() => return self.error(at, "it moves a register to itself"),
            Op::Super if instruction.b() == 0 => return self.error(at, "the window holds no class"),
            Op::Class if self.names(at, instruction.c() as usize)? == 0 => {
                return self.error(at, "the class has no name");
            }
            Op::CallKnown | Op::TailKnown => {
                if let Some(Constant::Function(known)) = function.constants.get(instruction.c() as usize)
                    && known.flags.method
                {
                    return self.error(at, "a method is called without self");
                }
            }
            Op::TailSelf if instruction.a() <= instruction.b() => {
                return self.error(at, "the arguments lie among the parameters");
            }
            Op::ReturnSelf if !function.flags.method => return self.error(at, "there is no self"),
            Op::Yield if !function.flags.generator => return self.error(at, "only a generator yields"),
            Op::Import => {
                let Ok(index) = usize::try_from(instruction.bc()) else {
                    return self.error(at, "there is no such import");
                };
                self.needs.module = true;
                self.needs.imports = self.needs.imports.max(index + 1);
            }
            Op::Exports => self.needs.module = true,
            Op::Hot => return self.error(at, "only an isolate's own copy of code is marked as hot"),
            _ => {}
        }
        Ok(())
    }

    /// The words behind an instruction: operands, and caches, which the interpreter fills and trusts.
    fn words(&self, at: usize, op: Op) -> Result<(), VerifyError> {
        let words = &self.function.code[at + 1..at + op.length()];
        let allowed = match op {
            Op::MethodNamed | Op::SuperNamed => return Ok(()),
            Op::ClassMethod => 2,
            _ => 0,
        };
        if words.iter().any(|word| *word > allowed) {
            return self.error(at, "a cache is not empty");
        }
        Ok(())
    }

    fn operand(
        &mut self,
        at: usize,
        next: usize,
        instruction: Instruction,
        kind: Operand,
        number: usize,
        last: u8,
    ) -> Result<(), VerifyError> {
        match kind {
            Operand::None | Operand::Immediate | Operand::WideImmediate | Operand::Count => Ok(()),
            // Self may be read, and is never taken.
            Operand::Use if number == 0 && self.function.flags.method && instruction.flags() & last == 0 => Ok(()),
            Operand::Def
            | Operand::DefCell
            | Operand::Use
            | Operand::UseCell
            | Operand::Take
            | Operand::Update
            | Operand::DefTop => self.writable(at, number),
            Operand::TakeRange => self.range(at, number, instruction.c() as usize),
            Operand::RecordValues => {
                let count = self.names(at, instruction.c() as usize)?;
                self.range(at, number, count)
            }
            Operand::Window => self.range(at, number, instruction.b() as usize + 1),
            Operand::Counter => self.range(at, number, 3),
            Operand::Iterator | Operand::IteratorDef | Operand::DefPair => self.range(at, number, 2),
            Operand::Constant => self.constant(at, number).map(|_| ()),
            Operand::WideConstant => self.constant(at, instruction.bc() as u32 as usize).map(|_| ()),
            Operand::Name => match self.constant(at, number)? {
                Constant::Symbol(_) => Ok(()),
                _ => self.error(at, format!("constant {number} is not a name")),
            },
            Operand::Names => self.names(at, number).map(|_| ()),
            Operand::Known => match self.constant(at, number)? {
                Constant::Function(_) => Ok(()),
                _ => self.error(at, format!("constant {number} is not a function")),
            },
            Operand::Prototype if number < self.function.functions.len() => Ok(()),
            Operand::Prototype => self.error(at, format!("there is no function {number}")),
            Operand::Captured => self.need(at, number, CaptureNeed::Value),
            Operand::CapturedCell if instruction.op() == Some(Op::CapturedAdd) => {
                self.need(at, number, CaptureNeed::Variable)
            }
            Operand::CapturedCell => self.need(at, number, CaptureNeed::Cell),
            Operand::Jump => self.jump(at, next, number as u16 as i16 as i64),
            Operand::WideJump => self.jump(at, next, instruction.bc() as i64),
        }
    }

    /// `count` registers from `first` on.
    fn range(&self, at: usize, first: usize, count: usize) -> Result<(), VerifyError> {
        if count == 0 {
            self.register(at, first)
        } else {
            self.writable(at, first).and(self.register(at, first + count - 1))
        }
    }

    fn jump(&self, at: usize, next: usize, distance: i64) -> Result<(), VerifyError> {
        let target = next as i64 + distance;
        if !usize::try_from(target).ok().and_then(|target| self.starts.get(target)).is_some_and(|starts| *starts) {
            return self.error(at, format!("a jump to {target}, where no instruction starts"));
        }
        let op = Instruction(self.function.code[at]).op();
        if distance < 0 && !matches!(op, Some(Op::Loop | Op::ForLoop)) {
            return self.error(at, "a jump backwards without a safe point");
        }
        Ok(())
    }

    fn constant(&self, at: usize, index: usize) -> Result<&Constant, VerifyError> {
        match self.function.constants.get(index) {
            Some(constant) => Ok(constant),
            None => self.error(at, format!("there is no constant {index}")),
        }
    }

    fn names(&self, at: usize, index: usize) -> Result<usize, VerifyError> {
        match self.constant(at, index)? {
            Constant::Names(names) if names.len() <= u16::MAX as usize => Ok(names.len()),
            _ => self.error(at, format!("constant {index} is not a list of names")),
        }
    }

    /// The names that the word behind an instruction means.
    fn word_names(&self, at: usize) -> Result<usize, VerifyError> {
        let word = self.function.code[at + 1];
        self.names(at, usize::try_from(word).unwrap_or(usize::MAX))
    }
}

fn takes_variant(op: Op) -> bool {
    matches!(
        op,
        Op::CellEmpty
            | Op::ForPrepare
            | Op::CallNamed
            | Op::CallSpread
            | Op::MethodNamed
            | Op::MethodSpread
            | Op::Range
            | Op::IsList
            | Op::SetField
    )
}

/// The datum is nested at most `depth` deep.
fn is_shallow(datum: &Datum, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let shallow = |inner: &Datum| is_shallow(inner, depth);
    match datum {
        Datum::List(items) => items.iter().all(shallow),
        Datum::Record(entries) => entries.iter().all(|entry| shallow(&entry.value)),
        Datum::Node { head, props, children } => {
            shallow(head) && props.iter().all(|entry| shallow(&entry.value)) && children.iter().all(shallow)
        }
        _ => true,
    }
}
