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

/// A request, with the memory of the process that waits for the answer.
pub struct ModuleService<'s> {
    shared: &'s Shared,
    record: &'s Record,
    cells_at: usize,
    /// Which service.
    pub service: u32,
    /// Which spawn of its runtime the process came from, counted from 0.
    pub number: u32,
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
    /// An argument, as bits.
    pub fn argument(&self, number: usize) -> u64 {
        self.shared.memory.cell(self.cells_at + number)
    }

    /// An argument of 32 bits.
    pub fn word(&self, number: usize) -> u32 {
        self.argument(number) as u32
    }

    fn place(&self, address: u32, length: usize) -> Option<usize> {
        let (at, bytes) = self.shared.memory_range(self.record)?;
        let end = (address as usize).checked_add(length)?;
        (end <= bytes).then_some(at + address as usize)
    }

    /// Bytes of the process's memory; nothing if there are not so many.
    pub fn read(&self, address: u32, length: usize) -> Option<Vec<u8>> {
        Some(self.shared.memory.pool_bytes(self.place(address, length)?, length))
    }

    /// A word of the process's memory.
    pub fn read_word(&self, address: u32) -> Option<u32> {
        let bytes = self.read(address, 4)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Writes to the process's memory; nothing if there is not so much.
    #[must_use]
    pub fn write(&self, address: u32, bytes: &[u8]) -> Option<()> {
        self.shared.memory.set_pool_bytes(self.place(address, bytes.len())?, bytes);
        Some(())
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
                let reply = answer(&ModuleService { shared, record, cells_at, service, number });
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
