//! What a compiled program is, and what its dispatches find in their buffers.

use crate::program::StateLayout;
use motet_middle::{Trap, Type};

/// Words of the control buffer: how many instances there are.
pub const CONTROL_INSTANCES: usize = 0;
/// The most fuel that a lane spends in this dispatch.
pub const CONTROL_BUDGET: usize = 1;
/// Words of the stack of each instance.
pub const CONTROL_STACK: usize = 2;
/// Always 0. The driver cannot know that, so it cannot compute with constants what it would compute wrongly.
pub const CONTROL_ZERO: usize = 3;
/// Words of memory of each instance.
pub const CONTROL_STRIDE: usize = 4;
/// Words of the control buffer.
pub const CONTROL_WORDS: usize = 8;

/// Lanes of a workgroup.
pub const GROUP_LANES: u32 = 32;

/// Words of an instance's state: how it stands.
pub const STATE_STATUS: u32 = 0;
/// The function that runs; after a call of the host's, what the host is asked for.
pub const STATE_FUNCTION: u32 = 1;
/// Where its frame begins on the stack.
pub const STATE_FRAME: u32 = 2;
/// Frames below.
pub const STATE_DEPTH: u32 = 3;
/// Fuel that the instance has left; a dispatch spends no more of it than the control buffer's budget.
pub const STATE_FUEL: u32 = 4;
/// Words before globals, memories and tables.
pub(crate) const STATE_WORDS: u32 = 5;

/// It runs.
pub const STATUS_RUNNING: u32 = 0;
/// The function that the host called has returned, or none was called yet.
pub const STATUS_DONE: u32 = 1;
/// It waits for the host.
pub const STATUS_ASKS: u32 = 2;
/// Its stack has no room for the next frame.
pub const STATUS_STACK: u32 = 3;
/// It trapped: this, and the number of the site.
pub const STATUS_TRAPPED: u32 = 4;

/// Words of a frame: where the frame of its caller begins.
pub const FRAME_CALLER: u32 = 0;
/// The function that called; [`NO_CALLER`] if it was the host.
pub const FRAME_FUNCTION: u32 = 1;
/// Where it goes on: the number of a loop or a call, 0 at the start.
pub const FRAME_RESUME: u32 = 2;
/// The parameters when it begins and the results when it has returned, in order, each in one word or two.
pub const FRAME_VALUES: u32 = 3;
/// The host.
pub const NO_CALLER: u32 = 0xFFFF_FFFF;

/// Calls that can wait for one another.
pub const MOST_FRAMES_DEEP: u32 = 4_096;

/// How the memories of instances lie in their buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryLayout {
    /// One instance behind the other: best where each lane goes to memory by itself.
    #[default]
    Linear,
    /// Word by word: the first word of all instances, then the second of all. Lanes that read the same address read neighbouring
    /// words, which a GPU fetches together.
    Interleaved,
}

impl std::fmt::Display for MemoryLayout {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            MemoryLayout::Linear => "linear",
            MemoryLayout::Interleaved => "interleaved",
        })
    }
}

/// Something that the host does for an instance that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Lets a memory grow.
    MemoryGrow(u32),
    /// Writes data of a part to a memory.
    MemoryInit {
        /// The memory.
        memory: u32,
        /// The part.
        part: usize,
        /// The data.
        data: u32,
    },
    /// Empties data of a part.
    DataDrop {
        /// The part.
        part: usize,
        /// The data.
        data: u32,
    },
    /// Lets a table grow.
    TableGrow(u32),
    /// Fills a part of a table.
    TableFill(u32),
    /// Copies elements.
    TableCopy {
        /// The table that is written.
        to: u32,
        /// The table that is read.
        from: u32,
    },
    /// Writes elements of a part to a table.
    TableInit {
        /// The table.
        table: u32,
        /// The part.
        part: usize,
        /// The elements.
        elements: u32,
    },
    /// Empties elements of a part.
    ElementsDrop {
        /// The part.
        part: usize,
        /// The elements.
        elements: u32,
    },
}

/// An operation that the host carries out, with its values and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What is done.
    pub task: Task,
    /// What it takes.
    pub parameters: Vec<Type>,
    /// What it gives.
    pub results: Vec<Type>,
    /// The function that it stands in.
    pub function: u32,
    /// Its place in the source.
    pub place: u32,
}

/// A compiled program: kernels, of which each runs some of its functions.
///
/// Binding 0 is the control buffer, binding 1 the state: word `w` of instance `i` of `n` is at `w * n + i`; binding 2 the
/// memories, as the layout says, and binding 3 the stacks, one instance behind the other. All are 32-bit words.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The kernels.
    pub kernels: Vec<Kernel>,
    /// Where the state lies.
    pub state: StateLayout,
    /// What instances ask the host for, besides functions of its own: the request's number less
    /// [`crate::HOST_OPERATION`] is the index.
    pub services: Vec<Service>,
    /// Words that must be free on a stack behind the frame of a function that runs.
    pub stack_slack: u32,
    /// Whether functions may call one another without end.
    pub recursive: bool,
}

/// Some functions of a compiled program.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// SPIR-V 1.3, with the entry point `main`.
    pub words: Vec<u32>,
    /// The functions, in order.
    pub functions: Vec<u32>,
    /// Where they can trap: reason, function, place in its source.
    pub sites: Vec<(Trap, u32, u32)>,
    /// What a driver needs to compile it.
    pub cost: Cost,
    /// Loops, with those of inlined calls.
    pub loops: u32,
}

/// What functions consist of, with the calls that are inlined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Operations.
    pub operations: usize,
    /// Accesses to memory.
    pub accesses: usize,
    /// Those of 64 bits among them.
    pub wide_accesses: usize,
    /// Functions with frames.
    pub framed: usize,
}

impl Cost {
    /// Both together.
    pub fn plus(self, other: Cost) -> Cost {
        Cost {
            operations: self.operations + other.operations,
            accesses: self.accesses + other.accesses,
            wide_accesses: self.wide_accesses + other.wide_accesses,
            framed: self.framed + other.framed,
        }
    }

    /// Milliseconds of a processor that a driver like lavapipe's takes to compile it, about. Measured on programs from C: an
    /// empty kernel 45, an operation half of one, an access to memory 9, one of 64 bits 22, a function with frames 25. All
    /// functions of a kernel stand in one loop, and what they take together grows with the square of their number: of 80
    /// functions 4.5 seconds are for that alone.
    pub fn estimated_milliseconds(&self) -> u64 {
        let narrow = self.accesses - self.wide_accesses;
        let framed = self.framed as u64;
        let functions = framed * 25 + framed * framed * 7 / 10;
        45 + functions + self.operations as u64 / 2 + narrow as u64 * 9 + self.wide_accesses as u64 * 22
    }
}

impl Kernel {
    /// What a driver is expected to take: see [`Cost::estimated_milliseconds`].
    pub fn estimated_milliseconds(&self) -> u64 {
        self.cost.estimated_milliseconds()
    }
}
