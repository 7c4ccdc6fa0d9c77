//! What a compiled function is, and what its dispatches find in their buffers.

use motet_middle::{Trap, Type};

/// Words of the control buffer: how many instances there are.
pub const CONTROL_INSTANCES: usize = 0;
/// Fuel of each lane for this dispatch.
pub const CONTROL_BUDGET: usize = 1;
/// Instances that have not ended: the kernel adds them up.
pub const CONTROL_RUNNING: usize = 2;
/// Always 0. The driver cannot know that, so it cannot compute with constants what it would compute wrongly.
pub const CONTROL_ZERO: usize = 3;
/// Words of memory of each instance.
pub const CONTROL_STRIDE: usize = 4;
/// Words of the control buffer.
pub const CONTROL_WORDS: usize = 8;

/// Lanes of a workgroup.
pub const GROUP_LANES: u32 = 32;

/// Words of an instance's state: the loop at which it goes on, or 0 at the start.
pub const STATE_RESUME: u32 = 0;
/// And how it stands: 0 while it runs.
pub const STATE_STATUS: u32 = 1;
/// It returned.
pub const STATUS_DONE: u32 = 1;
/// It trapped: this, and the number of the site.
pub const STATUS_TRAPPED: u32 = 2;

/// A variable in an instance's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateVariable {
    /// Its first word; a variable of 64 bits has a second one behind it.
    pub word: u32,
    /// Its type.
    pub of: Type,
}

/// A compiled function.
///
/// Binding 0 is the control buffer, binding 1 the state: word `w` of instance `i` of `n` is at `w * n + i`; binding 2 the
/// memories, one behind the other. All are 32-bit words.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// SPIR-V 1.3, with the entry point `main`.
    pub words: Vec<u32>,
    /// Words of an instance's state.
    pub state_words: u32,
    /// The parameters.
    pub parameters: Vec<StateVariable>,
    /// The results, once the instance is done.
    pub results: Vec<StateVariable>,
    /// Globals of the module that the function uses, with their numbers. The host writes what they hold at the start.
    pub globals: Vec<(u32, StateVariable)>,
    /// Where the function can trap: reason, function, place in its source.
    pub sites: Vec<(Trap, u32, u32)>,
    /// Operations, with those of inlined calls.
    pub operations: usize,
    /// Accesses to memory, likewise.
    pub accesses: usize,
    /// Those of 64 bits among them.
    pub wide_accesses: usize,
    /// Loops, likewise; 0 means that one dispatch is enough.
    pub loops: u32,
}

impl Kernel {
    /// Milliseconds of a processor that a driver like lavapipe's takes to compile it, about. Measured on programs from C: an
    /// empty kernel 45, an operation half of one, an access to memory 9, one of 64 bits 22.
    pub fn estimated_milliseconds(&self) -> u64 {
        let narrow = self.accesses - self.wide_accesses;
        45 + self.operations as u64 / 2 + narrow as u64 * 9 + self.wide_accesses as u64 * 22
    }
}
