//! The shared memory of a runtime, word by word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::LaneError;
use crate::gpu::Gpu;
use crate::layout::*;
use crate::vulkan::buffer::{SharedWords, Usage};

/// All buffers of a runtime.
pub(crate) struct Memory {
    pub processes: Arc<SharedWords>,
    pub code: Arc<SharedWords>,
    pub heap: Arc<SharedWords>,
    pub control: Arc<SharedWords>,
    pub input: Arc<SharedWords>,
    pub quads: Arc<SharedWords>,
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
            heap: words("the heaps", u64::from(layout.slots) * u64::from(layout.heap_words()), Usage::Device)?,
            control: words("the control block", layout.control_words().into(), Usage::Host)?,
            input: words("the input queues", layout.input_words().into(), Usage::Host)?,
            quads: words("the vertex output", layout.quad_words().into(), Usage::Host)?,
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

    /// Whether an epoch would do anything for this slot.
    pub fn can_run(&self, slot: u32) -> bool {
        match self.process(slot, PROCESS_STATUS) {
            READY | RUNNING => true,
            BLOCKED_INPUT => self.desk(slot, DESK_MAILBOX_HEAD) != self.desk(slot, DESK_MAILBOX_TAIL),
            BLOCKED_IO => self.desk(slot, DESK_ANSWERED) != 0,
            _ => false,
        }
    }

    /// Copies bytes out of a process's heap.
    pub fn heap_bytes(&self, slot: u32, address: u32, length: u32) -> Vec<u8> {
        let start = slot as usize * self.layout.heap_bytes as usize + address as usize;
        let byte = |at: usize| self.heap[at / 4].load(Ordering::Acquire).to_le_bytes()[at % 4];
        (start..start + length as usize).map(byte).collect()
    }
}
