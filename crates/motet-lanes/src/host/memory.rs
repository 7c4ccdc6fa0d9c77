//! The shared memory of a runtime, word by word.

use crate::error::LaneError;
use crate::gpu::Gpu;
use crate::layout::*;
use crate::vulkan::buffer::{SharedWords, Usage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// All buffers of a runtime.
pub(crate) struct Memory {
    pub processes: Arc<SharedWords>,
    pub code: Arc<SharedWords>,
    pub heap: Arc<SharedWords>,
    pub control: Arc<SharedWords>,
    pub input: Arc<SharedWords>,
    pub quads: Arc<SharedWords>,
    /// The cells of modules, two words each, the low one first.
    pub cells: Option<Arc<SharedWords>>,
    pub layout: Layout,
}

impl Memory {
    pub fn new(gpu: &Gpu, layout: Layout) -> Result<Memory, LaneError> {
        let words = |what, words: u64, usage| {
            let words = usize::try_from(words).unwrap_or(usize::MAX / 4);
            SharedWords::new(gpu.device(), what, words, usage).map(Arc::new)
        };
        let memory = Memory {
            processes: words("the process table", layout.process_words().into(), Usage::Host)?,
            code: words("the code pool", u64::from(layout.code_bytes) / 4, Usage::Device)?,
            heap: words("the heaps", layout.pool_words(), Usage::Device)?,
            control: words("the control block", layout.control_words().into(), Usage::Host)?,
            input: words("the input queues", layout.input_words().into(), Usage::Host)?,
            quads: words("the vertex output", layout.quad_words().into(), Usage::Host)?,
            cells: match layout.kernel {
                KernelKind::Lanes => None,
                KernelKind::Modules { cells, .. } => Some(words("the cells", u64::from(cells) * 2, Usage::Host)?),
            },
            layout,
        };
        for slot in 0..layout.slots {
            memory.control[layout.free_entry(slot)].store(slot, Ordering::Relaxed);
        }
        memory.set_control(CONTROL_FREE_TAIL, layout.slots);
        Ok(memory)
    }

    /// A word of the control header. Acquires, so that what the kernel wrote before it is seen as well.
    pub fn control(&self, word: u32) -> u32 {
        self.control[word as usize].load(Ordering::Acquire)
    }

    /// Stores a word of the control header. Releases what was written before it.
    pub fn set_control(&self, word: u32, value: u32) {
        self.control[word as usize].store(value, Ordering::Release);
    }

    pub fn process(&self, slot: u32, word: u32) -> u32 {
        self.process_word(slot, word).load(Ordering::Acquire)
    }

    pub fn set_process(&self, slot: u32, word: u32, value: u32) {
        self.process_word(slot, word).store(value, Ordering::Release);
    }

    fn process_word(&self, slot: u32, word: u32) -> &AtomicU32 {
        &self.processes[self.layout.process(slot, word)]
    }

    pub fn desk(&self, slot: u32, word: u32) -> u32 {
        self.control[self.layout.desk(slot, word)].load(Ordering::Acquire)
    }

    pub fn set_desk(&self, slot: u32, word: u32, value: u32) {
        self.control[self.layout.desk(slot, word)].store(value, Ordering::Release);
    }

    /// Instructions that the process in this slot has carried out.
    pub fn executed(&self, slot: u32) -> u64 {
        u64::from(self.desk(slot, DESK_EXECUTED_HIGH)) << 32 | u64::from(self.desk(slot, DESK_EXECUTED_LOW))
    }

    /// The slot that holds the process of this generation, whatever its state but `EMPTY`.
    pub fn slot_of(&self, generation: u32) -> Option<u32> {
        (0..self.layout.slots).find(|&slot| {
            self.process(slot, PROCESS_STATUS) != EMPTY && self.process(slot, PROCESS_GENERATION) == generation
        })
    }

    /// Deals the slots out among the groups for the next epoch, those that could run first: by priority, and among
    /// equals those that ran longest ago. The first of each group together are the first of all. Only between epochs.
    pub fn deal_roster(&self, now: u32) {
        let layout = &self.layout;
        if !layout.shares_lanes() {
            return;
        }
        let mut slots: Vec<u32> = (0..layout.slots).collect();
        slots.sort_by_key(|&slot| {
            let priority = self.can_run(slot).then(|| self.process(slot, PROCESS_PRIORITY));
            let age = now.wrapping_sub(self.desk(slot, DESK_LAST_RUN));
            std::cmp::Reverse((priority, age))
        });
        for (position, slot) in (0..).zip(slots) {
            let entry = layout.roster_entry(position % layout.groups, position / layout.groups);
            self.control[entry].store(slot, Ordering::Relaxed);
        }
    }

    /// Whether an epoch would do anything for this slot.
    pub fn can_run(&self, slot: u32) -> bool {
        match self.process(slot, PROCESS_STATUS) {
            READY | RUNNING => true,
            BLOCKED_INPUT => self.desk(slot, DESK_MAILBOX_HEAD) != self.desk(slot, DESK_MAILBOX_TAIL),
            BLOCKED_IO => self.desk(slot, DESK_ANSWERED) != 0,
            _ => false,
        }
    }

    /// A cell of a module's process.
    pub fn cell(&self, at: usize) -> u64 {
        let Some(cells) = &self.cells else { return 0 };
        let [low, high] = [0, 1].map(|half| u64::from(cells[at * 2 + half].load(Ordering::Acquire)));
        high << 32 | low
    }

    pub fn set_cell(&self, at: usize, value: u64) {
        let Some(cells) = &self.cells else { return };
        cells[at * 2].store(value as u32, Ordering::Release);
        cells[at * 2 + 1].store((value >> 32) as u32, Ordering::Release);
    }

    /// Copies bytes out of a process's heap.
    pub fn heap_bytes(&self, slot: u32, address: u32, length: u32) -> Vec<u8> {
        self.pool_bytes(slot as usize * self.layout.heap_bytes as usize + address as usize, length as usize)
    }

    /// Copies bytes out of the heaps or memories.
    pub fn pool_bytes(&self, start: usize, length: usize) -> Vec<u8> {
        let byte = |at: usize| self.heap[at / 4].load(Ordering::Acquire).to_le_bytes()[at % 4];
        (start..start + length).map(byte).collect()
    }

    /// Writes bytes into the heaps or memories. Only while no kernel does.
    pub fn set_pool_bytes(&self, start: usize, bytes: &[u8]) {
        for (at, &byte) in (start..).zip(bytes) {
            let word = &self.heap[at / 4];
            let mut whole = word.load(Ordering::Relaxed).to_le_bytes();
            whole[at % 4] = byte;
            word.store(u32::from_le_bytes(whole), Ordering::Release);
        }
    }
}
