//! A typed form of functions between bytecode and machine code. It knows no back end, so that other devices can take it.
//!
//! A function is a graph of blocks in static single assignment: a value is made once, by a parameter of a block or by an
//! operation, and blocks pass values on as arguments. Loops are kept as such: a block says that it is the head of one, and
//! only jumps to heads go backwards ([`verify`] checks it).
//!
//! Numbers are values. What owns memory is never one: it stays in the *window*, the registers of the interpreter, which
//! operations name by number. An [`Exit`] says how the interpreter goes on where compiled code does not.

mod blocks;
mod hoist;
mod kinds;
mod leaf;
mod operation;
mod text;
mod tidy;
mod verify;

pub use hoist::hoist;
pub use kinds::{Condition, FloatFunction, FloatOperator, IntOperator, Width};
pub use leaf::is_leaf;
pub use operation::{Helper, Operation, Parts};
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

/// A function that is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Callee {
    /// The handle of its code.
    pub handle: Value,
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
    /// The same at the end of a builtin.
    Builtin,
    /// The end of what is compiled.
    Done,
    /// There are too few registers or frames, or too little of the stack.
    Room,
    /// There is no room for the call that is next.
    Call,
    /// No more steps may be taken, and the next instruction is one.
    Steps,
    /// The same, and the end of the instruction before is one.
    Behind,
}

/// What the interpreter needs to go on at an instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    pub reason: Reason,
    pub at: u32,
    /// Registers whose values are not in the window.
    pub values: Vec<(Register, Value)>,
    /// Registers that get a reference to an object of their own, with its tag.
    pub borrowed: Vec<(Register, Tag, Value)>,
    /// Registers that are null, although the window says something else.
    pub nulls: Vec<Register>,
    /// Functions that became parts of this one and that run here, outermost first.
    pub frames: Vec<Frame>,
}

/// A function that became a part of another one, and runs behind an exit.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// By the number of its link.
    pub callee: u32,
    /// Its register 0.
    pub window: Register,
    /// Where its caller goes on.
    pub returns_to: u32,
    pub environment: Environment,
    /// The register of its caller that gets its result; none if that is where its window begins.
    pub result: Option<u16>,
}

impl Frame {
    /// Shows the value that it uses, to be read or replaced.
    pub fn visit(&mut self, see: &mut dyn FnMut(&mut Value)) {
        if let Environment::Value(value) = &mut self.environment {
            see(value);
        }
    }
}

/// The closure that runs in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Nothing,
    /// Its register 0 holds it.
    Register0,
    /// What keeps it alive is the class of the object in its register 0.
    Value(Value),
    /// That of its caller, which is the same function.
    Caller,
}

/// Whose code something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the function that is compiled.
    Own,
    /// That of a function that it was linked to, by the number of the link.
    Link(u32),
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

impl Exit {
    /// Shows the values that it uses, to be read or replaced.
    pub fn visit(&mut self, see: &mut dyn FnMut(&mut Value)) {
        self.values.iter_mut().for_each(|(_, value)| see(value));
        self.borrowed.iter_mut().for_each(|(_, _, value)| see(value));
        self.frames.iter_mut().for_each(|frame| frame.visit(see));
    }
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
