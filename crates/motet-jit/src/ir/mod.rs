//! A typed form of functions between bytecode and machine code. It knows no back end, so that other devices can take it.
//!
//! A function is a graph of blocks in static single assignment: a value is made once, by a parameter of a block or by an
//! operation, and blocks pass values on as arguments. Loops are kept as such: a block says that it is the head of one, and
//! only jumps to heads go backwards ([`verify`] checks it).
//!
//! Numbers are values. What owns memory is never one: it stays in the *window*, the registers of the interpreter, which
//! operations name by number. An [`Exit`] says how the interpreter goes on where compiled code does not.

mod text;
mod tidy;
mod verify;

pub use text::TextOf;
pub use tidy::tidy;
pub use verify::{Problem, verify};

use motet_memory::Tag;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An integer of 64 bits with a sign.
    Int,
    /// A float of 64 bits.
    Float,
    Bool,
    /// The address of something that does not move while the value is used.
    Address,
}

/// A value's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// A block's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block(pub u32);

/// An exit's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExitId(pub u32);

/// A register of the window, counted from register 0 of the function that is entered.
pub type Register = u32;

/// Comparisons. Of floats, all but `NotEqual` are false if one of them is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// Of integers only, both taken as numbers without a sign.
    Below,
}

/// Operators of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOperator {
    Add,
    Subtract,
    Multiply,
    And,
    /// Floored; the divisor is greater than 0.
    FloorDivide,
    /// With the sign of the divisor, which is greater than 0.
    Modulo,
}

/// Operators of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Functions of one float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatFunction {
    Negate,
    SquareRoot,
    Absolute,
    Floor,
    Ceiling,
}

/// How much of memory is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A byte without a sign, as an integer.
    Byte,
    /// 32 bits without a sign, as an integer.
    Half,
    /// 32 bits with a sign, as an integer.
    SignedHalf,
    Int,
    Float,
    Address,
}

impl Width {
    /// The type of the value.
    pub fn of(self) -> Type {
        match self {
            Width::Byte | Width::Half | Width::SignedHalf | Width::Int => Type::Int,
            Width::Float => Type::Float,
            Width::Address => Type::Address,
        }
    }
}

/// Functions of the VM that code calls. None of them throws or looks at frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helper {
    /// Drops what a register owns; afterwards it holds null.
    Release,
    /// Puts a copy of what stands at the second address at the first one, which owns nothing.
    Clone,
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
    CompareFloats {
        condition: Condition,
        left: Value,
        right: Value,
    },
    Not(Value),
    /// The address of a register of the window.
    AddressOf(Register),
    /// So many bytes behind an address.
    Field {
        address: Value,
        offset: i32,
    },
    /// An address that stays.
    Address(u64),
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
    /// Leaves by the exit if too little of the stack is left.
    Stack {
        exit: ExitId,
    },
    /// Leaves by the exit unless there are so many registers from register 0 on, and so many more frames.
    Room {
        registers: u32,
        frames: u32,
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
    /// did not go on behind the instruction, but at its target. Leaves where the VM does.
    Step {
        at: u32,
        word: u64,
        next: u32,
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
    },
    /// Calls a function of the program, whose window begins at a register. Registers are in the window before, all of them;
    /// behind it the result is in that register. Leaves where the callee does, and has the VM call if there is no room.
    CallFunction {
        at: u32,
        word: u64,
        next: u32,
        window: Register,
        /// None: the VM finds it where the call is done.
        callee: Option<Callee>,
    },
}

/// A function that is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Callee {
    /// The handle of its code.
    pub handle: u64,
    /// How many registers it has.
    pub registers: u32,
    /// Its closure; none if it captures nothing.
    pub environment: Option<Value>,
}

/// An operation, and the value that it makes, if it makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub result: Option<Value>,
    pub operation: Operation,
}

/// Where a block goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Jump(Block, Vec<Value>),
    Branch {
        condition: Value,
        then: (Block, Vec<Value>),
        otherwise: (Block, Vec<Value>),
    },
    Exit(ExitId),
    /// The function returns: its result is in register 0.
    Return,
    /// Another function goes on in the window and the frame: its arguments and what belongs in register 0 are there.
    Tail {
        /// The handle of its code.
        callee: Value,
        /// Its closure; none if it captures nothing.
        environment: Option<Value>,
    },
    /// The VM does a call that is the last act of the function. Registers are in the window, all of them.
    LastStep {
        at: u32,
        word: u64,
        next: u32,
    },
    /// Not yet said.
    Open,
}

/// A block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockData {
    pub parameters: Vec<Value>,
    pub operations: Vec<Made>,
    pub end: End,
    /// The head of a loop: jumps backwards go here.
    pub is_head: bool,
    /// Rarely run.
    pub is_cold: bool,
}

/// Why the interpreter goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Something is of another type than was seen, does not fit, or is rare.
    Guard,
    /// What is here has not run while types were noted.
    Unseen,
    /// Something interrupts the program.
    SafePoint,
    /// The end of what is compiled.
    Done,
    /// There are too few registers or frames.
    Room,
}

/// What the interpreter needs to go on at an instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    pub reason: Reason,
    pub at: u32,
    /// Registers whose values are not in the window.
    pub values: Vec<(Register, Value)>,
    /// Registers that are null, although the window says something else.
    pub nulls: Vec<Register>,
    /// Functions that became parts of this one and that run here, outermost first.
    pub frames: Vec<Frame>,
}

/// A function that became a part of another one, and runs behind an exit.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The handle of its code.
    pub callee: u64,
    /// Its register 0.
    pub window: Register,
    /// Where its caller goes on.
    pub returns_to: u32,
    pub environment: Environment,
}

/// The closure that runs in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Nothing,
    /// Its register 0 holds it.
    Register0,
    /// The one at this address.
    At(u64),
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: String,
    /// Types of values, by their numbers.
    pub types: Vec<Type>,
    /// The first is where it is entered; it has no parameters.
    pub blocks: Vec<BlockData>,
    pub exits: Vec<Exit>,
}

impl Function {
    pub fn new(name: String) -> Function {
        Function { name, types: Vec::new(), blocks: Vec::new(), exits: Vec::new() }
    }

    pub fn block(&mut self) -> Block {
        let block = BlockData {
            parameters: Vec::new(),
            operations: Vec::new(),
            end: End::Open,
            is_head: false,
            is_cold: false,
        };
        self.blocks.push(block);
        Block(self.blocks.len() as u32 - 1)
    }

    pub fn value(&mut self, of: Type) -> Value {
        self.types.push(of);
        Value(self.types.len() as u32 - 1)
    }

    pub fn type_of(&self, value: Value) -> Type {
        self.types[value.0 as usize]
    }

    pub fn at(&self, block: Block) -> &BlockData {
        &self.blocks[block.0 as usize]
    }

    pub fn at_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block.0 as usize]
    }

    /// How many operations it has.
    pub fn size(&self) -> usize {
        self.blocks.iter().map(|block| block.operations.len() + 1).sum()
    }
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
            | Operation::Tag(_) => Type::Int,
            Operation::Float(_)
            | Operation::FloatArithmetic { .. }
            | Operation::FloatFunction { .. }
            | Operation::SelectFloat { .. }
            | Operation::ToFloat(_) => Type::Float,
            Operation::Bool(_)
            | Operation::CompareInts { .. }
            | Operation::CompareFloats { .. }
            | Operation::Not(_)
            | Operation::Step { .. } => Type::Bool,
            Operation::AddressOf(_)
            | Operation::Element { .. }
            | Operation::Field { .. }
            | Operation::Address(_)
            | Operation::Find { .. }
            | Operation::FoundEnvironment
            | Operation::Environment => Type::Address,
            Operation::Load { width, .. } | Operation::Payload { width, .. } => width.of(),
            Operation::Store { .. }
            | Operation::Put { .. }
            | Operation::PutNull { .. }
            | Operation::Guard { .. }
            | Operation::SafePoint { .. }
            | Operation::Stack { .. }
            | Operation::Room { .. }
            | Operation::Fuse { .. }
            | Operation::CallFunction { .. }
            | Operation::CallFound { .. }
            | Operation::Call { .. } => return None,
        })
    }

    /// Shows the values that it uses, to be read or replaced.
    pub fn visit(&mut self, see: &mut dyn FnMut(&mut Value)) {
        match self {
            Operation::Checked { left, right, .. }
            | Operation::Wrapping { left, right, .. }
            | Operation::FloatArithmetic { left, right, .. }
            | Operation::CompareInts { left, right, .. }
            | Operation::CompareFloats { left, right, .. } => {
                see(left);
                see(right);
            }
            Operation::FloatFunction { value, .. }
            | Operation::ToFloat(value)
            | Operation::ToInt(value)
            | Operation::Not(value)
            | Operation::Put { value, .. }
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
            Operation::Element { address, index } => {
                see(address);
                see(index);
            }
            Operation::Call { arguments, .. } => arguments.iter_mut().for_each(see),
            Operation::CallFound { callee, environment, .. } => {
                see(callee);
                see(environment);
            }
            Operation::CallFunction { callee, .. } => {
                callee.iter_mut().flat_map(|callee| &mut callee.environment).for_each(see);
            }
            Operation::Int(_)
            | Operation::Float(_)
            | Operation::Bool(_)
            | Operation::AddressOf(_)
            | Operation::Environment
            | Operation::Address(_)
            | Operation::Tag(_)
            | Operation::Payload { .. }
            | Operation::PutNull { .. }
            | Operation::SafePoint { .. }
            | Operation::Stack { .. }
            | Operation::Room { .. }
            | Operation::Fuse { .. }
            | Operation::Find { .. }
            | Operation::FoundEnvironment
            | Operation::Step { .. } => {}
        }
    }

    /// The exit that it may take.
    pub fn exit(&self) -> Option<ExitId> {
        match self {
            Operation::Checked { exit, .. }
            | Operation::Guard { exit, .. }
            | Operation::SafePoint { exit }
            | Operation::Stack { exit }
            | Operation::Find { exit, .. }
            | Operation::Room { exit, .. }
            | Operation::Fuse { exit } => Some(*exit),
            _ => None,
        }
    }
}

impl End {
    /// The blocks that follow.
    pub fn targets(&self) -> Vec<Block> {
        match self {
            End::Jump(target, _) => vec![*target],
            End::Branch { then, otherwise, .. } => vec![then.0, otherwise.0],
            End::Exit(_) | End::Return | End::Tail { .. } | End::LastStep { .. } | End::Open => Vec::new(),
        }
    }

    /// Shows the values that it uses, to be read or replaced.
    pub fn visit(&mut self, see: &mut dyn FnMut(&mut Value)) {
        match self {
            End::Jump(_, arguments) => arguments.iter_mut().for_each(see),
            End::Branch { condition, then, otherwise } => {
                see(condition);
                then.1.iter_mut().for_each(&mut *see);
                otherwise.1.iter_mut().for_each(see);
            }
            End::Tail { callee, environment } => {
                see(callee);
                environment.iter_mut().for_each(see);
            }
            End::Exit(_) | End::Return | End::LastStep { .. } | End::Open => {}
        }
    }
}

/// The tag that a register has which holds a value of this type; none for booleans, which are their tags, and addresses,
/// which no register holds.
pub fn tag_of(of: Type) -> Option<Tag> {
    match of {
        Type::Int => Some(Tag::Int),
        Type::Float => Some(Tag::Float),
        Type::Bool | Type::Address => None,
    }
}
