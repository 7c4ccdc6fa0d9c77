//! Taking in what ended: results go to the handles, slots go back to the kernel.
//!
//! Safe while an epoch runs: a dead slot belongs to the host until its number stands in the ring of free slots.

use super::state::{Host, Shared};
use crate::layout::*;
use crate::process::{EndCause, HeapPage, ProcessEnd, Record};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Shared {
    /// Takes in every process that has ended; tells whether there was one.
    pub fn collect(&self, host: &mut Host) -> bool {
        let mut any = false;
        for slot in 0..self.memory.layout.slots {
            if self.memory.process(slot, PROCESS_STATUS) == DEAD {
                self.collect_slot(host, slot);
                any = true;
            }
        }
        any
    }

    fn collect_slot(&self, host: &mut Host, slot: u32) {
        let memory = &self.memory;
        host.totals.instructions += memory.executed(slot);
        let generation = memory.process(slot, PROCESS_GENERATION);
        if let Some(record) = host.residents.get(&generation).map(Arc::clone) {
            // The map's reference, and the one above: without a handle, the result cannot be asked for.
            if Arc::strong_count(&record) > 2 {
                // Set once: the record leaves the map below, and only residents are collected.
                let _ = record.outcome.set(self.outcome(slot, &record));
            }
            self.vacate(host, &record);
            host.dismiss(generation);
        }
        memory.set_desk(slot, DESK_EXECUTED_LOW, 0);
        memory.set_desk(slot, DESK_EXECUTED_HIGH, 0);
        memory.set_process(slot, PROCESS_STATUS, EMPTY);
        memory.control[memory.layout.free_entry(host.free_tail)].store(slot, Ordering::Relaxed);
        host.free_tail = host.free_tail.wrapping_add(1);
        memory.set_control(CONTROL_FREE_TAIL, host.free_tail);
    }

    fn outcome(&self, slot: u32, record: &Record) -> ProcessEnd {
        let memory = &self.memory;
        let page_bytes = memory.layout.page_words() * 4;
        let written = memory.process(slot, PROCESS_WRITTEN_PAGES);
        let pages = (0..HEAP_PAGES).filter(|page| written & (1 << page) != 0).map(|page| HeapPage {
            address: page * page_bytes,
            bytes: memory.heap_bytes(slot, page * page_bytes, page_bytes),
        });
        ProcessEnd {
            slot: Some(slot),
            cause: EndCause::from_word(memory.process(slot, PROCESS_REASON)),
            registers: std::array::from_fn(|register| {
                memory.process(slot, PROCESS_REGISTERS + register as u32).cast_signed()
            }),
            float_registers: std::array::from_fn(|register| {
                f32::from_bits(memory.process(slot, PROCESS_REGISTERS + INTEGER_REGISTERS + register as u32))
            }),
            instructions: memory.executed(slot),
            heap_bytes: memory.layout.heap_bytes,
            pages: pages.collect(),
            pc: memory.process(slot, PROCESS_PC),
            cells: self.module_cells(record),
            module_memory: self.module_memory(record),
        }
    }

    /// Carries out the kills that waited for a slot or for an epoch's end. Only between epochs.
    pub fn carry_out_kills(&self, host: &mut Host) {
        let waiting = std::mem::take(&mut host.kills);
        for record in waiting {
            if !host.residents.contains_key(&record.generation) {
                continue;
            }
            match self.memory.slot_of(record.generation) {
                Some(slot) => {
                    self.memory.set_process(slot, PROCESS_REASON, END_KILLED);
                    self.memory.set_process(slot, PROCESS_STATUS, DEAD);
                }
                None => match host.backlog.iter().position(|request| request.record.generation == record.generation) {
                    Some(index) => {
                        host.backlog.remove(index);
                        // Set once: the record leaves the map of residents here.
                        let _ = record.outcome.set(ProcessEnd::never_ran(self.memory.layout.heap_bytes));
                        host.dismiss(record.generation);
                    }
                    // In the ring: the kernel will give it a slot, and then it can be ended.
                    None => host.kills.push(record),
                },
            }
        }
        self.collect(host);
    }
}
