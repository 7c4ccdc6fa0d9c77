//! What a function is made of.

use crate::{Numeric, Trap, Type};

/// How a value is read from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Load {
    /// What comes of it.
    pub result: Type,
    /// Bytes that are read: 1, 2, 4 or 8.
    pub bytes: u8,
    /// Whether a narrow value is extended by its sign.
    pub signed: bool,
}

/// How a value is written to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// What is written.
    pub value: Type,
    /// Bytes that are written, the low ones: 1, 2, 4 or 8.
    pub bytes: u8,
}

/// One operation. Those that take operands take them from the stack, the last one first.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// A block: branches to it go behind its end. The number is its signature.
    Block(u32),
    /// A loop: branches to it go to its start.
    Loop(u32),
    /// Takes a condition; what follows runs if it is not 0, what stands behind `Else` if it is.
    If(u32),
    /// Begins the other half of an `If`.
    Else,
    /// Ends a block, a loop, a condition, or the function.
    End,
    /// Goes to the block that many levels out; 0 is the innermost.
    Branch(u32),
    /// Takes a condition, and goes there if it is not 0.
    BranchIf(u32),
    /// Takes an index, and goes to the block that the list names for it, or to the last one of the list.
    BranchTable(Box<[u32]>),
    /// Leaves the function.
    Return,
    /// Ends the program with this reason.
    Trap(Trap),
    /// Calls a function of the module.
    Call(u32),
    /// Takes an index, and calls the function that stands there in the table, if it has this signature.
    CallIndirect {
        /// The table.
        table: u32,
        /// The signature.
        signature: u32,
    },
    /// Takes a value away.
    Drop,
    /// Takes a condition and two values, and leaves the first one if the condition is not 0, else the second.
    Select,
    /// Reads a local; the parameters are the first ones.
    LocalGet(u32),
    /// Writes a local.
    LocalSet(u32),
    /// Writes a local and leaves the value.
    LocalTee(u32),
    /// Reads a global.
    GlobalGet(u32),
    /// Writes a global.
    GlobalSet(u32),
    /// A constant, as bits.
    Constant(Type, u64),
    /// Computes.
    Numeric(Numeric),
    /// Takes an address, and reads at the address plus the offset.
    Load(Load, u64),
    /// Takes an address and a value, and writes at the address plus the offset.
    Store(Store, u64),
    /// The memory's size in pages.
    MemorySize,
    /// Takes pages, and gives the old size in pages, or -1 where the memory cannot grow so far.
    MemoryGrow,
    /// Takes goal, origin and number of bytes.
    MemoryCopy,
    /// Takes goal, byte and number of bytes.
    MemoryFill,
    /// Takes goal, origin in the data and number of bytes.
    MemoryInit(u32),
    /// Empties the data.
    DataDrop(u32),
    /// Takes an index.
    TableGet(u32),
    /// Takes an index and a reference.
    TableSet(u32),
    /// The number of elements.
    TableSize(u32),
    /// Takes a reference and a number, and gives the old size, or -1.
    TableGrow(u32),
    /// Takes goal, reference and number.
    TableFill(u32),
    /// Takes goal, origin and number.
    TableCopy {
        /// The table that is written.
        to: u32,
        /// The table that is read.
        from: u32,
    },
    /// Takes goal, origin in the elements and number.
    TableInit {
        /// The table that is written.
        table: u32,
        /// The elements.
        elements: u32,
    },
    /// Empties the elements.
    ElementsDrop(u32),
    /// A reference to nothing.
    Null(Type),
    /// Takes a reference; 1 if it is null, else 0.
    IsNull,
    /// A reference to a function of the module.
    FunctionReference(u32),
}

impl Operation {
    /// Whether nothing that follows in its block runs.
    pub fn ends_its_block(&self) -> bool {
        matches!(self, Operation::Branch(_) | Operation::BranchTable(_) | Operation::Return | Operation::Trap(_))
    }
}
