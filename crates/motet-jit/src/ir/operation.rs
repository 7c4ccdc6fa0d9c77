//! The operations of the typed form.

use super::{
    Callee, Condition, ExitId, FloatFunction, FloatOperator, Frame, IntOperator, Register, Type, Value, Whose, Width,
};
use motet_memory::Tag;

/// Functions that became parts of the code and run here, outermost first: they get frames where the VM or another function
/// may look at them.
pub type Parts = Vec<Frame>;

/// Functions of the VM that code calls. None of them throws or looks at frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helper {
    /// Drops what a register owns; afterwards it owns nothing.
    Release,
    /// Puts a copy of what stands at the second address at the first one, which owns nothing.
    Clone,
    /// Takes what the third address has to the place at the second one, in the object that the first one holds.
    Store,
    /// The same with a copy of it.
    StoreCopy,
    /// Takes what the second address has to the end of the list at the first one.
    Push,
    /// How two texts are ordered: -1, 0, 1, or `UNDECIDED`.
    CompareTexts,
    /// Two texts put together, as a reference; if the third word is not zero, it takes the reference to the first one.
    Join,
    /// An integer as text, likewise.
    TextOfInt,
    /// What so many places, from one on, hold is put together, likewise. They own nothing afterwards.
    Concat,
    /// Whether so many places, from one on, hold what can be put together so.
    AreParts,
    /// Puts the character of a text that an iterator's number leads to at a place that owns nothing; gives the next number,
    /// or less than zero at the end.
    NextCharacter,
    /// Where the value of a key is in a map, or where null is. A key is two words, tag and payload.
    Entry,
    /// Whether a map has a key.
    HasEntry,
    /// Sets the value of a key to what is taken from a place.
    SetEntry,
    /// The same with a copy of it.
    SetEntryCopy,
    /// How many entries a map has.
    Entries,
}

impl Helper {
    /// It changes an object.
    pub fn changes(self) -> bool {
        matches!(self, Helper::Store | Helper::StoreCopy | Helper::Push | Helper::SetEntry | Helper::SetEntryCopy)
    }

    /// The type of what it gives; none if it gives nothing.
    pub fn makes(self) -> Option<Type> {
        match self {
            Helper::Release | Helper::Clone | Helper::Store | Helper::StoreCopy | Helper::Push => None,
            Helper::SetEntry | Helper::SetEntryCopy => None,
            Helper::Join | Helper::TextOfInt | Helper::Concat | Helper::Entry => Some(Type::Address),
            Helper::CompareTexts | Helper::AreParts | Helper::NextCharacter | Helper::HasEntry | Helper::Entries => {
                Some(Type::Int)
            }
        }
    }
}

/// Operations.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    Int(i64),
    Float(u64),
    Bool(bool),
    /// Checked: leaves by the exit where the result does not fit.
    Checked {
        operator: IntOperator,
        left: Value,
        right: Value,
        exit: ExitId,
    },
    /// Where the result does not fit, its lower bits.
    Wrapping {
        operator: IntOperator,
        left: Value,
        right: Value,
    },
    FloatArithmetic {
        operator: FloatOperator,
        left: Value,
        right: Value,
    },
    FloatFunction {
        function: FloatFunction,
        value: Value,
    },
    /// The nearest float.
    ToFloat(Value),
    /// Of a float that is a whole number and fits.
    ToInt(Value),
    /// The one integer or the other.
    SelectInt {
        condition: Value,
        then: Value,
        otherwise: Value,
    },
    /// The one float or the other.
    SelectFloat {
        condition: Value,
        then: Value,
        otherwise: Value,
    },
    CompareInts {
        condition: Condition,
        left: Value,
        right: Value,
    },
    SameAddress {
        left: Value,
        right: Value,
    },
    CompareFloats {
        condition: Condition,
        left: Value,
        right: Value,
    },
    /// Whether two texts are equal. Leaves if both are long, which the interpreter counts as work.
    SameText {
        left: Value,
        right: Value,
        exit: ExitId,
    },
    /// A byte of a text, as an integer.
    ByteOf {
        text: Value,
        at: Value,
    },
    /// The text of one ASCII character, which is always there.
    Character(Value),
    Not(Value),
    /// The address of a register of the window.
    AddressOf(Register),
    /// So many bytes behind an address.
    Field {
        address: Value,
        offset: i32,
    },
    /// The handle of a function's code in the isolate that runs it: other isolates have other ones.
    Handle(Whose),
    /// The address of the closure that runs, if the function captures anything; 0 otherwise.
    Environment,
    /// Reads memory.
    Load {
        width: Width,
        address: Value,
        offset: i32,
    },
    /// Writes memory.
    Store {
        width: Width,
        address: Value,
        offset: i32,
        value: Value,
    },
    /// The address of element `index` of elements of 16 bytes.
    Element {
        address: Value,
        index: Value,
    },
    /// A register's tag, as an integer.
    Tag(Register),
    /// A register's payload; the type is that of the width.
    Payload {
        register: Register,
        width: Width,
    },
    /// Writes a number, or a boolean, to a register that owns nothing.
    Put {
        register: Register,
        value: Value,
    },
    /// Writes a tag without looking at the payload: null.
    PutNull {
        register: Register,
    },
    /// Writes an object, whose reference was counted, to a register that owns nothing.
    PutObject {
        register: Register,
        tag: Tag,
        address: Value,
    },
    /// Counts one more reference to the object at an address.
    Retain(Value),
    /// Whether a class, by its address, is another one or descends from it.
    Descends {
        class: Value,
        kind: Value,
    },
    /// Puts the value of the signal or the computed value at an address into a register that owns nothing; leaves by the exit
    /// if it is not known at once.
    Signal {
        register: Register,
        object: Value,
        exit: ExitId,
    },
    /// Leaves by the exit unless the value is what is expected.
    Guard {
        value: Value,
        expected: bool,
        exit: ExitId,
    },
    /// Leaves by the exit if something interrupts the program.
    SafePoint {
        exit: ExitId,
    },
    /// Counts a step; leaves by the exit if there is none left.
    Count {
        exit: ExitId,
    },
    /// Leaves by the exit if too little of the stack is left.
    Stack {
        exit: ExitId,
    },
    /// Leaves by the exit unless there are so many registers from register 0 on, and so many more frames.
    Room {
        registers: u32,
        frames: u32,
        /// Functions are called that the code knows: there is stack for that, too.
        is_calling: bool,
        exit: ExitId,
    },
    /// Leaves by the exit now and then, so that tests see each of them taken.
    Fuse {
        exit: ExitId,
    },
    Call {
        helper: Helper,
        arguments: Vec<Value>,
    },
    /// Has the VM do the instruction at `at`, of the word `word`. Registers are in the window before, all of them. True: it
    /// did not go on behind the instruction, but at its target. Leaves where the VM does. `reads`: it is `a = b.value`, which is done
    /// without that if it is a signal whose value is known at once.
    Step {
        at: u32,
        word: u64,
        next: u32,
        reads: bool,
        parts: Parts,
    },
    /// The handle of the function that an instruction calls, whose window is to begin at a register. Leaves if it is not
    /// plain, or if there is no room; a last call wants no frame.
    Find {
        at: u32,
        word: u64,
        next: u32,
        window: Register,
        is_last: bool,
        exit: ExitId,
        parts: Parts,
    },
    /// The closure of the function that was found.
    FoundEnvironment,
    /// Calls a function that was found, like `CallFunction`; its result is for a register, and is where its window begins.
    CallFound {
        next: u32,
        window: Register,
        callee: Value,
        environment: Value,
        result: Register,
        parts: Parts,
    },
    /// Calls a function of the program, whose window begins at a register. Registers are in the window before, all of them;
    /// behind it the result is in that register. Leaves where the callee does. That there is room for a callee that is known, the
    /// code has looked where it began.
    CallFunction {
        at: u32,
        word: u64,
        next: u32,
        window: Register,
        /// None: the VM finds it where the call is done.
        callee: Option<Callee>,
        parts: Parts,
    },
}

impl Operation {
    /// The type of what it makes; none if it makes nothing.
    pub fn makes(&self) -> Option<Type> {
        Some(match self {
            Operation::Int(_)
            | Operation::Checked { .. }
            | Operation::Wrapping { .. }
            | Operation::SelectInt { .. }
            | Operation::ToInt(_)
            | Operation::ByteOf { .. }
            | Operation::Tag(_) => Type::Int,
            Operation::Float(_)
            | Operation::FloatArithmetic { .. }
            | Operation::FloatFunction { .. }
            | Operation::SelectFloat { .. }
            | Operation::ToFloat(_) => Type::Float,
            Operation::Bool(_)
            | Operation::CompareInts { .. }
            | Operation::CompareFloats { .. }
            | Operation::SameAddress { .. }
            | Operation::SameText { .. }
            | Operation::Not(_)
            | Operation::Descends { .. }
            | Operation::Step { .. } => Type::Bool,
            Operation::AddressOf(_)
            | Operation::Element { .. }
            | Operation::Field { .. }
            | Operation::Handle(_)
            | Operation::Find { .. }
            | Operation::FoundEnvironment
            | Operation::Character(_)
            | Operation::Environment => Type::Address,
            Operation::Call { helper, .. } => return helper.makes(),
            Operation::Load { width, .. } | Operation::Payload { width, .. } => width.of(),
            Operation::Store { .. }
            | Operation::Put { .. }
            | Operation::PutNull { .. }
            | Operation::PutObject { .. }
            | Operation::Retain(_)
            | Operation::Signal { .. }
            | Operation::Guard { .. }
            | Operation::SafePoint { .. }
            | Operation::Count { .. }
            | Operation::Stack { .. }
            | Operation::Room { .. }
            | Operation::Fuse { .. }
            | Operation::CallFunction { .. }
            | Operation::CallFound { .. } => return None,
        })
    }

    /// Shows the values that it uses, to be read or replaced.
    pub fn visit(&mut self, see: &mut dyn FnMut(&mut Value)) {
        match self {
            Operation::Checked { left, right, .. }
            | Operation::Wrapping { left, right, .. }
            | Operation::FloatArithmetic { left, right, .. }
            | Operation::CompareInts { left, right, .. }
            | Operation::SameAddress { left, right }
            | Operation::SameText { left, right, .. }
            | Operation::CompareFloats { left, right, .. } => {
                see(left);
                see(right);
            }
            Operation::FloatFunction { value, .. }
            | Operation::ToFloat(value)
            | Operation::ToInt(value)
            | Operation::Not(value)
            | Operation::Character(value)
            | Operation::Retain(value)
            | Operation::PutObject { address: value, .. }
            | Operation::Put { value, .. }
            | Operation::Signal { object: value, .. }
            | Operation::Guard { value, .. } => see(value),
            Operation::Load { address, .. } | Operation::Field { address, .. } => see(address),
            Operation::Store { address, value, .. } => {
                see(address);
                see(value);
            }
            Operation::SelectInt { condition, then, otherwise }
            | Operation::SelectFloat { condition, then, otherwise } => {
                see(condition);
                see(then);
                see(otherwise);
            }
            Operation::Element { address: one, index: other }
            | Operation::ByteOf { text: one, at: other }
            | Operation::Descends { class: one, kind: other } => {
                see(one);
                see(other);
            }
            Operation::Call { arguments, .. } => arguments.iter_mut().for_each(see),
            Operation::CallFound { callee, environment, parts, .. } => {
                see(callee);
                see(environment);
                parts.iter_mut().for_each(|part| part.visit(see));
            }
            Operation::CallFunction { callee, parts, .. } => {
                if let Some(callee) = callee {
                    see(&mut callee.handle);
                    callee.environment.iter_mut().for_each(&mut *see);
                }
                parts.iter_mut().for_each(|part| part.visit(see));
            }
            Operation::Find { parts, .. } | Operation::Step { parts, .. } => {
                parts.iter_mut().for_each(|part| part.visit(see));
            }
            Operation::Int(_)
            | Operation::Float(_)
            | Operation::Bool(_)
            | Operation::AddressOf(_)
            | Operation::Environment
            | Operation::Handle(_)
            | Operation::Tag(_)
            | Operation::Payload { .. }
            | Operation::PutNull { .. }
            | Operation::SafePoint { .. }
            | Operation::Count { .. }
            | Operation::Stack { .. }
            | Operation::Room { .. }
            | Operation::Fuse { .. }
            | Operation::FoundEnvironment => {}
        }
    }

    /// The functions that get frames for it.
    pub fn parts(&self) -> &[Frame] {
        match self {
            Operation::Step { parts, .. }
            | Operation::Find { parts, .. }
            | Operation::CallFound { parts, .. }
            | Operation::CallFunction { parts, .. } => parts,
            _ => &[],
        }
    }

    /// The exit that it may take.
    pub fn exit(&self) -> Option<ExitId> {
        match self {
            Operation::Checked { exit, .. }
            | Operation::SameText { exit, .. }
            | Operation::Guard { exit, .. }
            | Operation::Signal { exit, .. }
            | Operation::SafePoint { exit }
            | Operation::Count { exit }
            | Operation::Stack { exit }
            | Operation::Find { exit, .. }
            | Operation::Room { exit, .. }
            | Operation::Fuse { exit } => Some(*exit),
            _ => None,
        }
    }
}
