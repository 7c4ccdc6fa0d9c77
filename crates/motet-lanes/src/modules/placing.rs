//! Where the process of a module lies: its cells and memories are taken from pools when it gets a slot, and given back when
//! it ends. A memory grows between two epochs, when no kernel looks.

use super::SERVICE_GROW;
use super::layout::*;
use super::link::Image;
use crate::host::state::{Host, Shared};
use crate::layout::{BLOCKED_IO, DESK_ANSWERED, DESK_ARGUMENT, PROCESS_GENERATION, PROCESS_REASON, PROCESS_STATUS};
use crate::process::Record;
use motet_middle::Memory as Pages;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// What grows answers where there is no room.
const CANNOT_GROW: u64 = 0xFFFF_FFFF;

/// What a process starts with.
pub(crate) struct Start {
    pub image: Arc<Image>,
    /// What some cells hold instead of what the image says.
    pub cells: Vec<(u32, u64)>,
    pub fuel: u64,
    /// Bytes that each of its memories may grow to.
    pub memory_limit: u64,
    /// Whether its first memory is wanted when it has ended.
    pub keeps_memory: bool,
}

/// Where a process lies.
#[derive(Debug)]
pub(crate) struct Placed {
    pub cells_at: usize,
    cells: usize,
    /// First word and length of each memory.
    memories: Vec<(usize, usize)>,
}

impl Start {
    pub fn cell_count(&self) -> usize {
        LISTS_START as usize + self.image.cells.len()
    }
}

impl Shared {
    /// Finds room for a process and fills it. Nothing if there is no room now; a process that is no module's needs none.
    pub fn place(&self, host: &mut Host, record: &Record) -> Option<Option<u32>> {
        let Some((start, placed)) = &record.module else { return Some(None) };
        let cells = start.cell_count();
        let cells_at = host.cells.take(cells)?;
        let mut memories = Vec::new();
        for memory in &start.image.memories {
            let words = memory.minimum as usize * (Pages::PAGE as usize / 4);
            match host.memories.take(words) {
                Some(at) => memories.push((at, words)),
                None => {
                    for (at, words) in memories {
                        host.memories.give(at, words);
                    }
                    host.cells.give(cells_at, cells);
                    return None;
                }
            }
        }
        let shared = &self.memory;
        shared.set_cell(cells_at + HEADER_FUEL as usize, start.fuel);
        let lists = cells_at + LISTS_START as usize;
        for (at, &cell) in (lists..).zip(&start.image.cells) {
            shared.set_cell(at, cell);
        }
        for (memory, &(at, words)) in start.image.memories.iter().zip(&memories) {
            let listed = cells_at + memory.listed as usize;
            shared.set_cell(listed, at as u64);
            shared.set_cell(listed + 1, words as u64 * 4);
            for word in &shared.heap[at..at + words] {
                word.store(0, Ordering::Relaxed);
            }
        }
        for &(cell, value) in &start.cells {
            shared.set_cell(cells_at + cell as usize, value);
        }
        *placed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Placed { cells_at, cells, memories });
        // Pools are limited to what a buffer can bind, which 32 bits can tell.
        Some(Some(cells_at as u32))
    }

    /// Gives the room of a process back.
    pub fn vacate(&self, host: &mut Host, record: &Record) {
        let Some((_, placed)) = &record.module else { return };
        if let Some(placed) = placed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            host.cells.give(placed.cells_at, placed.cells);
            for (at, words) in placed.memories {
                host.memories.give(at, words);
            }
        }
    }

    /// What a process's program laid out in cells, as it is now.
    pub fn module_cells(&self, record: &Record) -> Vec<u64> {
        let Some((_, placed)) = &record.module else { return Vec::new() };
        match &*placed.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(placed) => {
                (LISTS_START as usize..placed.cells).map(|cell| self.memory.cell(placed.cells_at + cell)).collect()
            }
            None => Vec::new(),
        }
    }

    /// The first memory of a process that wants it kept.
    pub fn module_memory(&self, record: &Record) -> Vec<u8> {
        match &record.module {
            Some((start, _)) if start.keeps_memory => {
                self.memory_range(record).map_or(Vec::new(), |(at, bytes)| self.memory.pool_bytes(at, bytes))
            }
            _ => Vec::new(),
        }
    }

    /// First byte and length of a process's first memory.
    pub fn memory_range(&self, record: &Record) -> Option<(usize, usize)> {
        let (_, placed) = record.module.as_ref()?;
        let placed = placed.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, words) = *placed.as_ref()?.memories.first()?;
        Some((at * 4, words * 4))
    }

    /// Carries out what processes ask for that only the runtime can: memories that grow. Only between epochs.
    pub fn grow_memories(&self, host: &mut Host) {
        for slot in 0..self.memory.layout.slots {
            let asks = self.memory.process(slot, PROCESS_STATUS) == BLOCKED_IO
                && self.memory.process(slot, PROCESS_REASON) == SERVICE_GROW
                && self.memory.desk(slot, DESK_ANSWERED) == 0;
            if !asks {
                continue;
            }
            let generation = self.memory.process(slot, PROCESS_GENERATION);
            if let Some(record) = host.residents.get(&generation).map(Arc::clone) {
                self.grow_memory(host, &record, self.memory.desk(slot, DESK_ARGUMENT));
            }
            self.memory.set_desk(slot, DESK_ANSWERED, 1);
        }
    }

    fn grow_memory(&self, host: &mut Host, record: &Record, argument: u32) {
        let Some((start, placed)) = &record.module else { return };
        let mut placed = placed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(placed) = &mut *placed else { return };
        let asked_at = placed.cells_at + (STACK_START + argument) as usize;
        let pages = self.memory.cell(asked_at) & 0xFFFF_FFFF;
        let listed = self.memory.cell(asked_at + 1) as u32;
        let index = start.image.memories.iter().position(|memory| memory.listed == listed);
        let Some(index) = index else { return };
        let (at, words) = placed.memories[index];
        let page_words = u64::from(Pages::PAGE) / 4;
        let old_pages = words as u64 / page_words;
        let most = u64::from(start.image.memories[index].maximum.unwrap_or(65_536));
        let most = most.min(start.memory_limit / u64::from(Pages::PAGE));
        let new_pages = old_pages + pages;
        let new_words = (new_pages * page_words) as usize;
        let grown = if new_pages > most { None } else { self.moved(host, at, words, new_words) };
        let Some(new_at) = grown else {
            self.memory.set_cell(asked_at, CANNOT_GROW);
            return;
        };
        placed.memories[index] = (new_at, new_words);
        let listed = placed.cells_at + listed as usize;
        self.memory.set_cell(listed, new_at as u64);
        self.memory.set_cell(listed + 1, new_words as u64 * 4);
        self.memory.set_cell(asked_at, old_pages);
    }

    /// Makes a memory larger, where it is if there is room behind it.
    fn moved(&self, host: &mut Host, at: usize, words: usize, new_words: usize) -> Option<usize> {
        let heap = &self.memory.heap;
        let clear = |from: usize, to: usize| {
            for word in &heap[from..to] {
                word.store(0, Ordering::Relaxed);
            }
        };
        if words > 0 && host.memories.take_at(at + words, new_words - words) {
            clear(at + words, at + new_words);
            return Some(at);
        }
        let new_at = host.memories.take(new_words)?;
        for (old, new) in heap[at..at + words].iter().zip(&heap[new_at..]) {
            new.store(old.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        clear(new_at + words, new_at + new_words);
        host.memories.give(at, words);
        Some(new_at)
    }
}
