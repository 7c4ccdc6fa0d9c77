//! Where each word lies in the memory that host and kernel share.
//!
//! All of it is 32-bit words. The constants below reach the kernel as WGSL constants of the same names, so that both
//! sides read one definition. Sizes that the settings decide are in [`Layout`].

use crate::settings::Settings;

macro_rules! words {
    ($($(#[doc = $text:literal])* $name:ident = $value:expr;)*) => {
        $($(#[doc = $text])* pub(crate) const $name: u32 = $value;)*

        /// The constants above, for the kernel's text.
        pub(crate) const CONSTANTS: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

words! {
    // --- A process: 432 bytes, its home between time slices. ---
    /// Index of the next instruction.
    PROCESS_PC = 0;
    /// Byte address of the stack's top in the process's heap; the stack grows down.
    PROCESS_STACK = 1;
    /// One of the states below. Stored last, when all else of the process stands.
    PROCESS_STATUS = 2;
    /// Byte offset of the program in the code pool.
    PROCESS_CODE_OFFSET = 3;
    /// Bytes of the program.
    PROCESS_CODE_LENGTH = 4;
    /// Byte offset of the heap in the heap pool.
    PROCESS_HEAP_OFFSET = 5;
    /// Bytes of the heap.
    PROCESS_HEAP_SIZE = 6;
    /// 64 integer registers, then 32 float registers.
    PROCESS_REGISTERS = 7;
    /// What a blocked process waits for, or why a dead one ended.
    PROCESS_REASON = 103;
    /// Higher runs first where processes outnumber lanes.
    PROCESS_PRIORITY = 104;
    /// The spawn that filled the slot; a handle knows its own, so that a recycled slot is never mistaken.
    PROCESS_GENERATION = 105;
    /// Which 32nds of the heap this process wrote to, a bit each.
    PROCESS_WRITTEN_PAGES = 106;
    /// Which 32nds of the heap an earlier process left written; cleared before the first step.
    PROCESS_STALE_PAGES = 107;
    /// Words of a process.
    PROCESS_WORDS = 108;

    INTEGER_REGISTERS = 64;
    FLOAT_REGISTERS = 32;
    ALL_REGISTERS = 96;

    // --- States. ---
    EMPTY = 0;
    READY = 1;
    RUNNING = 2;
    BLOCKED_IO = 3;
    BLOCKED_INPUT = 4;
    DEAD = 5;

    // --- Reasons of dead processes, and the one of a process that waits for input. ---
    END_HALTED = 0;
    END_INVALID_OPCODE = 1;
    END_OUTSIDE_CODE = 2;
    END_STACK_OVERFLOW = 3;
    END_STACK_UNDERFLOW = 4;
    END_KILLED = 5;
    /// And the number of the trap.
    END_TRAPPED = 16;
    WAITS_FOR_INPUT = 0xffffffff;

    // --- The control block: a header, the spawn ring, the ring of free slots, a desk for each slot. ---
    /// Highest slot ever used, plus one.
    CONTROL_PROCESS_COUNT = 0;
    /// Host to kernel: leave at the next frame.
    CONTROL_LEAVE = 1;
    /// Frames of the present epoch.
    CONTROL_FRAMES = 2;
    CONTROL_SPAWN_HEAD = 3;
    CONTROL_SPAWN_TAIL = 4;
    CONTROL_FREE_HEAD = 5;
    CONTROL_FREE_TAIL = 6;
    /// Host to kernel: frames that this epoch may take.
    CONTROL_FRAME_LIMIT = 7;
    /// Frames before this epoch, to tell who ran longest ago.
    CONTROL_FRAME_BASE = 8;
    /// Groups that have not left the epoch. What comes for one that has must wait for the next epoch.
    CONTROL_GROUPS_HERE = 9;
    /// Host to kernel: go on with frames although nothing is to do.
    CONTROL_SPIN = 10;
    CONTROL_QUAD_COUNT = 11;
    /// Rectangles for which there was no room.
    CONTROL_QUADS_LOST = 12;
    CONTROL_INPUT_HEAD = 13;
    CONTROL_INPUT_TAIL = 14;
    /// Events whose process had ended when they arrived.
    CONTROL_EVENTS_LOST = 15;
    CONTROL_HEADER_WORDS = 16;

    // --- A spawn request. ---
    SPAWN_CODE_OFFSET = 0;
    SPAWN_CODE_LENGTH = 1;
    SPAWN_PRIORITY = 2;
    SPAWN_GENERATION = 3;
    SPAWN_ARGUMENT = 4;
    SPAWN_WORDS = 8;
    /// Requests that one frame takes.
    SPAWNS_A_FRAME = 16;

    // --- A desk: what a slot needs beside its process. ---
    /// The frame in which the slot last ran.
    DESK_LAST_RUN = 0;
    DESK_EXECUTED_LOW = 1;
    DESK_EXECUTED_HIGH = 2;
    /// 1 when the host has answered a service request.
    DESK_ANSWERED = 3;
    DESK_ANSWER = 4;
    DESK_ARGUMENT = 5;
    DESK_MAILBOX_HEAD = 6;
    DESK_MAILBOX_TAIL = 7;
    DESK_WORDS = 8;

    // --- Input: a ring of events, then a mailbox for each slot. ---
    RING_EVENT_SLOT = 0;
    RING_EVENT_GENERATION = 1;
    RING_EVENT_PAYLOAD = 2;
    RING_EVENT_WORDS = 8;
    EVENT_WORDS = 4;
    EVENTS_A_FRAME = 32;

    // --- Rectangles: six vertices of two vectors of four floats. ---
    QUAD_VECTORS = 12;

    /// Pages of a heap: as many as a word has bits.
    HEAP_PAGES = 32;
    /// Steps of a run: after that many, lanes that stepped aside go on with the others.
    RUN_STEPS = 16;
    /// Registers that one turn of a copy loop moves.
    COPY_WIDTH = 12;
    /// Words that one turn of the loop that clears a heap clears.
    CLEAR_WIDTH = 16;
    /// Pages that a lane clears in one frame.
    CLEAR_PAGES = 2;
}

const _: () = assert!(PROCESS_WORDS * 4 == 432 && PROCESS_STALE_PAGES + 1 == PROCESS_WORDS);
const _: () = assert!(PROCESS_REGISTERS + ALL_REGISTERS == PROCESS_REASON);
const _: () = assert!(ALL_REGISTERS.is_multiple_of(COPY_WIDTH));

/// Which programs a runtime runs. Each kind has a kernel of its own; rings, scheduling and epochs are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KernelKind {
    /// Programs of lane instructions.
    Lanes,
    /// Modules.
    Modules {
        /// Cells for all processes together.
        cells: u32,
        /// Bytes for all memories together.
        memory_bytes: u32,
    },
}

/// The sizes that follow from the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    pub kernel: KernelKind,
    pub slots: u32,
    pub lanes: u32,
    pub groups: u32,
    pub group_slots: u32,
    pub group_lanes: u32,
    pub time_slice: u32,
    pub heap_bytes: u32,
    pub code_bytes: u32,
    pub ring: u32,
    pub events: u32,
    pub mailbox: u32,
    pub quads: u32,
}

impl Layout {
    pub fn new(settings: &Settings, kernel: KernelKind) -> Layout {
        let groups = settings.lanes / settings.group_lanes;
        Layout {
            kernel,
            slots: settings.processes,
            lanes: settings.lanes,
            groups,
            group_slots: settings.processes / groups,
            group_lanes: settings.group_lanes,
            time_slice: settings.time_slice,
            heap_bytes: settings.heap_bytes,
            code_bytes: settings.code_pool_bytes,
            ring: settings.spawn_ring,
            events: settings.input_events,
            mailbox: settings.mailbox_events,
            quads: settings.quads,
        }
    }

    pub fn spawn_entry(&self, position: u32) -> usize {
        (CONTROL_HEADER_WORDS + position % self.ring * SPAWN_WORDS) as usize
    }

    pub fn free_ring_start(&self) -> u32 {
        CONTROL_HEADER_WORDS + self.ring * SPAWN_WORDS
    }

    pub fn free_entry(&self, position: u32) -> usize {
        (self.free_ring_start() + position % self.slots) as usize
    }

    pub fn desks_start(&self) -> u32 {
        self.free_ring_start() + self.slots
    }

    pub fn desk(&self, slot: u32, word: u32) -> usize {
        (self.desks_start() + slot * DESK_WORDS + word) as usize
    }

    /// Which slots each group serves in this epoch, `group_slots` of them for each group.
    pub fn roster_start(&self) -> u32 {
        self.desks_start() + self.slots * DESK_WORDS
    }

    /// The place in the roster of a group's n-th slot.
    pub fn roster_entry(&self, group: u32, number: u32) -> usize {
        (self.roster_start() + group * self.group_slots + number) as usize
    }

    /// Whether slots outnumber lanes, so that the kernel has to choose.
    pub fn shares_lanes(&self) -> bool {
        self.group_slots != self.group_lanes
    }

    pub fn control_words(&self) -> u32 {
        self.roster_start() + self.slots
    }

    pub fn process(&self, slot: u32, word: u32) -> usize {
        (slot * PROCESS_WORDS + word) as usize
    }

    pub fn process_words(&self) -> u32 {
        self.slots * PROCESS_WORDS
    }

    pub fn ring_event(&self, position: u32, word: u32) -> usize {
        (position % self.events * RING_EVENT_WORDS + word) as usize
    }

    pub fn mailboxes_start(&self) -> u32 {
        self.events * RING_EVENT_WORDS
    }

    pub fn input_words(&self) -> u32 {
        self.mailboxes_start() + self.slots * self.mailbox * EVENT_WORDS
    }

    pub fn heap_words(&self) -> u32 {
        self.heap_bytes / 4
    }

    /// Words of all heaps or memories together.
    pub fn pool_words(&self) -> u64 {
        match self.kernel {
            KernelKind::Lanes => u64::from(self.slots) * u64::from(self.heap_words()),
            KernelKind::Modules { memory_bytes, .. } => u64::from(memory_bytes) / 4,
        }
    }

    /// Cells of all modules together.
    pub fn cells(&self) -> u32 {
        match self.kernel {
            KernelKind::Lanes => 0,
            KernelKind::Modules { cells, .. } => cells,
        }
    }

    /// Runs of steps in a slice. Modules step aside more often, for memory and calls, so that a slice has more of them.
    pub fn runs(&self) -> u32 {
        match self.kernel {
            KernelKind::Lanes => self.time_slice.div_ceil(RUN_STEPS),
            KernelKind::Modules { .. } => self.time_slice.div_ceil(4),
        }
    }

    pub fn page_words(&self) -> u32 {
        self.heap_words() / HEAP_PAGES
    }

    pub fn quad_words(&self) -> u32 {
        self.quads * QUAD_VECTORS * 4
    }

    /// Turns of all loops that a lane may take in one frame. The driver of a software device may count them: see
    /// `Gpu::loop_limit`.
    pub fn loop_turns_a_frame(&self) -> u32 {
        let runs = self.runs();
        let copies = 2 * ALL_REGISTERS / COPY_WIDTH;
        let clearing = CLEAR_PAGES * (1 + self.page_words() / CLEAR_WIDTH);
        let spawning = (SPAWNS_A_FRAME.min(self.group_lanes) * ALL_REGISTERS).div_ceil(self.group_lanes);
        let slots_a_lane = self.group_slots / self.group_lanes;
        let choosing = if slots_a_lane > 1 { slots_a_lane * (2 + self.group_slots) } else { 0 };
        if let KernelKind::Modules { .. } = self.kernel {
            let copies = 2 * (1 + crate::modules::layout::WINDOW / 4);
            return runs * (RUN_STEPS + 2) + copies + spawning + choosing + 16;
        }
        // Each loop's last look at its condition may count as a turn too; one for the frame, one for each loop.
        self.time_slice + 2 * runs + copies + clearing + spawning + choosing + 16
    }
}
