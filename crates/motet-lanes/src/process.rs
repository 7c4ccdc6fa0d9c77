//! Programs, processes and what is left of them when they have ended.

use crate::error::LaneError;
use crate::host::state::Shared;
use crate::instructions::{FLOAT_REGISTERS, INTEGER_REGISTERS};
use crate::layout;
use crate::modules::{Placed, Start};
use motet_middle::Trap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// A program in a runtime's code pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Program {
    pub(crate) number: u64,
    pub(crate) offset: u32,
    pub(crate) length: u32,
}

impl Program {
    /// Where it starts in the code pool, in bytes.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// How many bytes it takes.
    pub fn length(&self) -> u32 {
        self.length
    }
}

/// Why a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// It halted.
    Halted,
    /// It came to a byte that is no opcode.
    InvalidOpcode,
    /// It left its program: past the end, or by a jump.
    OutsideCode,
    /// It called deeper than its heap holds return addresses.
    StackOverflow,
    /// It returned more often than it was called.
    StackUnderflow,
    /// The host ended it.
    Killed,
    /// It came to what its module cannot go on from.
    Trapped(Trap),
}

impl EndCause {
    pub(crate) fn from_word(word: u32) -> EndCause {
        match word {
            layout::END_HALTED => EndCause::Halted,
            layout::END_INVALID_OPCODE => EndCause::InvalidOpcode,
            layout::END_STACK_OVERFLOW => EndCause::StackOverflow,
            layout::END_STACK_UNDERFLOW => EndCause::StackUnderflow,
            layout::END_KILLED => EndCause::Killed,
            // The kernel writes no other word.
            other => Trap::from_number(other.wrapping_sub(layout::END_TRAPPED))
                .map_or(EndCause::OutsideCode, EndCause::Trapped),
        }
    }
}

impl fmt::Display for EndCause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            EndCause::Trapped(trap) => return write!(out, "trapped: {trap}"),
            EndCause::Halted => "halted",
            EndCause::InvalidOpcode => "invalid opcode",
            EndCause::OutsideCode => "left its program",
            EndCause::StackOverflow => "stack overflow",
            EndCause::StackUnderflow => "stack underflow",
            EndCause::Killed => "killed",
        };
        out.write_str(text)
    }
}

/// What a slot is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Free.
    Empty,
    /// Could run.
    Ready,
    /// Runs in the present frame.
    Running,
    /// Waits for the host's answer.
    BlockedOnService,
    /// Waits for an input event.
    BlockedOnInput,
    /// Has ended, and is not collected yet.
    Dead,
}

impl Status {
    pub(crate) fn from_word(word: u32) -> Status {
        match word {
            layout::READY => Status::Ready,
            layout::RUNNING => Status::Running,
            layout::BLOCKED_IO => Status::BlockedOnService,
            layout::BLOCKED_INPUT => Status::BlockedOnInput,
            layout::DEAD => Status::Dead,
            _ => Status::Empty,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Status::Empty => "empty",
            Status::Ready => "ready",
            Status::Running => "running",
            Status::BlockedOnService => "waits for service",
            Status::BlockedOnInput => "waits for input",
            Status::Dead => "dead",
        })
    }
}

/// A slot as it is seen from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotView {
    /// The slot's number.
    pub slot: u32,
    /// What it is doing.
    pub status: Status,
    /// Which spawn filled it; 0 if none ever did.
    pub generation: u32,
    /// Its process's priority.
    pub priority: u32,
    /// Index of its process's next instruction.
    pub pc: u32,
    /// Instructions that its process has carried out.
    pub instructions: u64,
}

/// Part of a heap.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeapPage {
    pub address: u32,
    pub bytes: Vec<u8>,
}

/// What an ended process leaves: everything that it computed.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessEnd {
    /// The slot that it had; none if it was killed before it got one.
    pub slot: Option<u32>,
    /// Why it ended.
    pub cause: EndCause,
    /// Its integer registers.
    pub registers: [i32; INTEGER_REGISTERS],
    /// Its float registers.
    pub float_registers: [f32; FLOAT_REGISTERS],
    /// Instructions that it carried out.
    pub instructions: u64,
    pub(crate) heap_bytes: u32,
    /// Those that it wrote to; the others hold zeros.
    pub(crate) pages: Vec<HeapPage>,
    /// Where it stood.
    pub(crate) pc: u32,
    /// What its program laid out in cells, and the bytes of its first memory; empty but for modules.
    pub(crate) cells: Vec<u64>,
    pub(crate) module_memory: Vec<u8>,
}

impl ProcessEnd {
    pub(crate) fn never_ran(heap_bytes: u32) -> ProcessEnd {
        ProcessEnd {
            slot: None,
            cause: EndCause::Killed,
            registers: [0; INTEGER_REGISTERS],
            float_registers: [0.0; FLOAT_REGISTERS],
            instructions: 0,
            heap_bytes,
            pages: Vec::new(),
            pc: 0,
            cells: Vec::new(),
            module_memory: Vec::new(),
        }
    }

    /// Bytes of its heap as it left them.
    pub fn memory(&self, address: u32, length: u32) -> Result<Vec<u8>, LaneError> {
        check_range(self.heap_bytes, address, length)?;
        let mut bytes = vec![0; length as usize];
        for page in &self.pages {
            let page_end = page.address + page.bytes.len() as u32;
            let start = address.max(page.address);
            let end = (address + length).min(page_end);
            if start < end {
                let from = (start - page.address) as usize..(end - page.address) as usize;
                let to = (start - address) as usize..(end - address) as usize;
                bytes[to].copy_from_slice(&page.bytes[from]);
            }
        }
        Ok(bytes)
    }
}

fn check_range(heap_bytes: u32, address: u32, length: u32) -> Result<(), LaneError> {
    match address.checked_add(length) {
        Some(end) if end <= heap_bytes => Ok(()),
        _ => Err(LaneError::OutOfRange {
            what: format!("the range of {length} bytes at {address} of a heap of {heap_bytes} bytes"),
        }),
    }
}

/// What the host knows of a process. Lives as long as the process or a handle.
pub(crate) struct Record {
    pub generation: u32,
    pub program: Program,
    /// Set when the host has let the process go; `outcome` is then set, unless no handle was left to read it.
    pub ended: AtomicBool,
    pub outcome: OnceLock<ProcessEnd>,
    /// What a module's process starts with, and where it lies.
    pub module: Option<(Start, Mutex<Option<Placed>>)>,
}

impl Record {
    pub fn new(generation: u32, program: Program, start: Option<Start>) -> Record {
        let module = start.map(|start| (start, Mutex::new(None)));
        Record { generation, program, ended: AtomicBool::new(false), outcome: OnceLock::new(), module }
    }
}

/// A handle to a process: it means this process for ever, also when its slot has gone to another.
///
/// What an ended process leaves is kept for as long as a handle to it.
#[derive(Clone)]
pub struct Process {
    pub(crate) record: Arc<Record>,
    pub(crate) shared: Arc<Shared>,
}

impl Process {
    /// Which spawn of its runtime it came from.
    pub fn generation(&self) -> u32 {
        self.record.generation
    }

    /// The program that it runs.
    pub fn program(&self) -> Program {
        self.record.program
    }

    /// The slot that it has or had; none while it waits for one.
    pub fn slot(&self) -> Option<u32> {
        match self.record.outcome.get() {
            Some(outcome) => outcome.slot,
            None => self.shared.memory.slot_of(self.record.generation),
        }
    }

    /// Instructions that it has carried out up to now; none while it waits for a slot.
    pub fn executed(&self) -> Option<u64> {
        self.read(|outcome| outcome.instructions, |slot| self.shared.memory.executed(slot)).ok()
    }

    /// Whether it has ended.
    pub fn is_dead(&self) -> bool {
        if self.record.ended.load(Ordering::Acquire) {
            return true;
        }
        let memory = &self.shared.memory;
        // Ended on the device, and not collected yet.
        memory
            .slot_of(self.record.generation)
            .is_some_and(|slot| memory.process(slot, layout::PROCESS_STATUS) == layout::DEAD)
    }

    /// What it left, once it has ended.
    pub fn outcome(&self) -> Option<&ProcessEnd> {
        self.record.outcome.get()
    }

    /// Waits until it has ended.
    pub fn wait(&self, timeout: Duration) -> Result<&ProcessEnd, LaneError> {
        self.shared.wait_for(timeout, |_| self.record.outcome.get().map(|_| ()))?;
        self.record.outcome.get().ok_or(LaneError::Ended)
    }

    /// An integer register: as it was left, or, while the process lives, as of its last time slice.
    pub fn read_register(&self, register: usize) -> Result<i32, LaneError> {
        if register >= INTEGER_REGISTERS {
            return Err(LaneError::OutOfRange { what: format!("the register r{register}") });
        }
        self.read(|outcome| outcome.registers[register], |slot| self.word(slot, register as u32).cast_signed())
    }

    /// A float register, likewise.
    pub fn read_float_register(&self, register: usize) -> Result<f32, LaneError> {
        if register >= FLOAT_REGISTERS {
            return Err(LaneError::OutOfRange { what: format!("the register f{register}") });
        }
        let index = layout::INTEGER_REGISTERS + register as u32;
        self.read(|outcome| outcome.float_registers[register], |slot| f32::from_bits(self.word(slot, index)))
    }

    /// Bytes of its heap: as they were left, or, while the process lives, as they are at some moment of the reading.
    pub fn read_memory(&self, address: u32, length: u32) -> Result<Vec<u8>, LaneError> {
        let memory = &self.shared.memory;
        check_range(memory.layout.heap_bytes, address, length)?;
        self.read(
            |outcome| outcome.memory(address, length),
            |slot| match memory.process(slot, layout::PROCESS_STALE_PAGES) {
                0 => Ok(memory.heap_bytes(slot, address, length)),
                // It has not started: what an earlier process left is still being cleared.
                _ => Ok(vec![0; length as usize]),
            },
        )?
    }

    /// Reads from what it left, or from its slot. The lock keeps the slot from being recycled meanwhile.
    fn read<T>(&self, ended: impl FnOnce(&ProcessEnd) -> T, living: impl FnOnce(u32) -> T) -> Result<T, LaneError> {
        let _host = self.shared.host();
        if let Some(outcome) = self.record.outcome.get() {
            return Ok(ended(outcome));
        }
        let slot = self.shared.memory.slot_of(self.record.generation).ok_or(LaneError::NotPlaced)?;
        Ok(living(slot))
    }

    fn word(&self, slot: u32, register: u32) -> u32 {
        self.shared.memory.process(slot, layout::PROCESS_REGISTERS + register)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Process")
            .field("generation", &self.record.generation)
            .field("program", &self.record.program)
            .field("ended", &self.is_dead())
            .finish()
    }
}
