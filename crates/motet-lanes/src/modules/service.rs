//! What processes of modules ask the host for.

use super::layout::STACK_START;
use super::runtime::{ModuleProcess, ModuleRuntime};
use crate::error::LaneError;
use crate::events::ServiceRequest;
use crate::host::state::Shared;
use crate::layout::{DEAD, DESK_ANSWERED, DESK_ARGUMENT, END_HALTED, END_TRAPPED, PROCESS_REASON, PROCESS_STATUS};
use crate::process::Record;
use motet_middle::Trap;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};

/// A request, with the memory of the process that waits for the answer.
pub struct ModuleService<'s> {
    pub(crate) of: Asker<'s>,
    /// Which service.
    pub service: u32,
    /// Which spawn of its runtime the process came from, counted from 0.
    pub number: u32,
}

/// Who asks: a process that is interpreted, or an instance that is compiled.
#[derive(Clone, Copy)]
pub(crate) enum Asker<'s> {
    Interpreted { shared: &'s Shared, record: &'s Record, cells_at: usize },
    Compiled { arguments: &'s [u64], memory: Words<'s>, bytes: usize },
}

/// What the host does with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The process goes on with these results, as bits.
    Results(Vec<u64>),
    /// It waits on, and its request is not told again before [`ModuleRuntime::wake`].
    Later,
    /// It ends.
    End,
    /// It ends, for this reason.
    Trap(Trap),
}

impl ModuleService<'_> {
    /// The same request, of a process that is counted otherwise.
    pub(crate) fn numbered(&self, number: u32) -> ModuleService<'_> {
        ModuleService { of: self.of, service: self.service, number }
    }

    /// An argument, as bits.
    pub fn argument(&self, number: usize) -> u64 {
        match self.of {
            Asker::Interpreted { shared, cells_at, .. } => shared.memory.cell(cells_at + number),
            Asker::Compiled { arguments, .. } => arguments[number],
        }
    }

    /// An argument of 32 bits.
    pub fn word(&self, number: usize) -> u32 {
        self.argument(number) as u32
    }

    /// Bytes of the process's memory; nothing if there are not so many.
    pub fn read(&self, address: u32, length: usize) -> Option<Vec<u8>> {
        match self.of {
            Asker::Interpreted { shared, record, .. } => {
                Some(shared.memory.pool_bytes(place(shared, record, address, length)?, length))
            }
            Asker::Compiled { memory, bytes, .. } => {
                let end = (address as usize).checked_add(length)?;
                (end <= bytes).then(|| memory.read(address as usize, length))
            }
        }
    }

    /// A word of the process's memory.
    pub fn read_word(&self, address: u32) -> Option<u32> {
        let bytes = self.read(address, 4)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Writes to the process's memory; nothing if there is not so much.
    #[must_use]
    pub fn write(&self, address: u32, bytes: &[u8]) -> Option<()> {
        match self.of {
            Asker::Interpreted { shared, record, .. } => {
                shared.memory.set_pool_bytes(place(shared, record, address, bytes.len())?, bytes);
            }
            Asker::Compiled { memory, bytes: size, .. } => {
                let end = (address as usize).checked_add(bytes.len())?;
                if end > size {
                    return None;
                }
                memory.write(address as usize, bytes);
            }
        }
        Some(())
    }
}

fn place(shared: &Shared, record: &Record, address: u32, length: usize) -> Option<usize> {
    let (at, bytes) = shared.memory_range(record)?;
    let end = (address as usize).checked_add(length)?;
    (end <= bytes).then_some(at + address as usize)
}

/// The memory of an instance, in words that the device shares: each is `step` behind the one before.
#[derive(Clone, Copy)]
pub(crate) struct Words<'s> {
    pub words: &'s [AtomicU32],
    pub step: usize,
}

impl<'s> Words<'s> {
    pub fn word(self, at: usize) -> &'s AtomicU32 {
        &self.words[at * self.step]
    }

    /// Bytes from a place on.
    pub fn read(self, at: usize, length: usize) -> Vec<u8> {
        let byte = |at: usize| (self.word(at / 4).load(Ordering::Relaxed) >> (at % 4 * 8)) as u8;
        (at..at + length).map(byte).collect()
    }

    pub fn write(self, at: usize, bytes: &[u8]) {
        let mut rest = bytes;
        let mut at = at;
        while let Some(&first) = rest.first() {
            let word = self.word(at / 4);
            if at.is_multiple_of(4)
                && let Some(&[a, b, c, d]) = rest.first_chunk()
            {
                word.store(u32::from_le_bytes([a, b, c, d]), Ordering::Relaxed);
                (at, rest) = (at + 4, &rest[4..]);
                continue;
            }
            let shift = at % 4 * 8;
            let kept = word.load(Ordering::Relaxed) & !(0xFF << shift);
            word.store(kept | u32::from(first) << shift, Ordering::Relaxed);
            (at, rest) = (at + 1, &rest[1..]);
        }
    }
}

impl ModuleRuntime {
    /// Lets `answer` look at each request, between two epochs, when nothing else touches the memory of those who ask.
    pub fn serve(
        &self,
        requests: &[ServiceRequest],
        mut answer: impl FnMut(&ModuleService<'_>) -> Reply,
    ) -> Result<(), LaneError> {
        let shared = self.common().shared();
        shared.between_epochs(|host| {
            for request in requests {
                let record = &request.process.record;
                let Some((_, placed)) = &record.module else { continue };
                let cells_at = placed.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|of| of.cells_at);
                let (Some(cells_at), Some(slot)) = (cells_at, shared.memory.slot_of(record.generation)) else {
                    continue;
                };
                let argument = shared.memory.desk(slot, DESK_ARGUMENT);
                let cells_at = cells_at + (STACK_START + argument) as usize;
                let (service, number) = (request.service, record.generation.wrapping_sub(1));
                let reply =
                    answer(&ModuleService { of: Asker::Interpreted { shared, record, cells_at }, service, number });
                match reply {
                    Reply::Results(results) => {
                        for (at, value) in (cells_at..).zip(results) {
                            shared.memory.set_cell(at, value);
                        }
                        shared.memory.set_desk(slot, DESK_ANSWERED, 1);
                    }
                    Reply::Later => {
                        host.deferred.insert(record.generation);
                    }
                    Reply::End | Reply::Trap(_) => {
                        let reason = match reply {
                            Reply::Trap(trap) => END_TRAPPED + trap as u32,
                            _ => END_HALTED,
                        };
                        shared.memory.set_process(slot, PROCESS_REASON, reason);
                        shared.memory.set_process(slot, PROCESS_STATUS, DEAD);
                    }
                }
            }
            shared.collect(host);
        })?;
        shared.settled.notify_all();
        Ok(())
    }

    /// Lets the request of a process be told again that was answered by "later".
    pub fn wake(&self, process: &ModuleProcess) -> Result<(), LaneError> {
        self.common().check_own(process.process())?;
        let shared = self.common().shared();
        shared.host().deferred.remove(&process.process().generation());
        shared.settled.notify_all();
        Ok(())
    }
}
