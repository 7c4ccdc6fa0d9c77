//! Batches of instances: their buffers, and the dispatches that run them.

use super::foreign::Foreign;
use super::{CompiledEnd, CompiledHost, CompiledInstance, CompiledProgram, CompiledStart, Visit};
use crate::error::LaneError;
use crate::modules::link::Step;
use crate::modules::service::Words;
use crate::vulkan::buffer::{SharedWords, Usage};
use crate::vulkan::dispatch::Dispatch;
use motet_middle::{Memory, Type};
use motet_spirv::{
    CONTROL_BUDGET, CONTROL_INSTANCES, CONTROL_STACK, CONTROL_STRIDE, CONTROL_WORDS, GROUP_LANES, MemoryLayout,
    STATE_FUEL, STATE_STATUS, STATUS_DONE, STATUS_RUNNING, width,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a dispatch may take before the device counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Turns of loops of one dispatch where the driver has no limit: few enough for every watchdog.
const MOST_TURNS: u32 = 1 << 16;
/// Words of a stack at the start.
const FIRST_STACK: u32 = 256;
/// Words of a memory's page.
const PAGE_WORDS: u32 = Memory::PAGE / 4;

/// A run of instances.
pub(super) struct Run<'r> {
    pub program: &'r CompiledProgram,
    pub starts: &'r [CompiledStart],
    pub keeps_memory: bool,
    pub host: &'r mut dyn CompiledHost,
    /// What each instance has left up to now.
    pub left: Vec<CompiledInstance>,
    pub foreign: Foreign,
    /// Instances that are to be killed, of whatever batch.
    pub kills: BTreeSet<usize>,
}

/// How far an instance is.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// Which instance it is.
    pub number: usize,
    /// The step that it is at.
    pub step: usize,
    /// Whether a call of this step runs.
    pub calls: bool,
    /// Whether it is over.
    pub over: bool,
    /// Whether its end was told.
    told: bool,
    /// Whether it waits for what the host has not yet.
    pub waits: bool,
    /// Fuel that it has, and how much of that stands in its state.
    fuel: u64,
    given: u32,
    /// Whether a dispatch has run it since it began.
    has_run: bool,
    /// Data (true) and elements (false) of parts that were emptied.
    pub dropped: BTreeSet<(bool, usize, u32)>,
}

/// How much room each instance of a batch has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Words of a stack.
    pub stack: u32,
    /// Pages of each memory.
    pub pages: Vec<u32>,
}

impl Room {
    fn memory_words(&self) -> u64 {
        self.pages.iter().map(|&pages| u64::from(pages) * u64::from(PAGE_WORDS)).sum()
    }
}

/// Instances that run together.
pub(super) struct Batch {
    pub lanes: Vec<Lane>,
    pub room: Room,
    layout: MemoryLayout,
    control: Arc<SharedWords>,
    pub state: Arc<SharedWords>,
    memory: Arc<SharedWords>,
    pub stack: Arc<SharedWords>,
}

impl Batch {
    /// A word of an instance's state.
    pub fn word(&self, lane: usize, word: u32) -> u32 {
        self.state[word as usize * self.lanes.len() + lane].load(Ordering::Relaxed)
    }

    pub fn set_word(&self, lane: usize, word: u32, value: u32) {
        self.state[word as usize * self.lanes.len() + lane].store(value, Ordering::Relaxed);
    }

    fn stack_at(&self, lane: usize, word: u32) -> usize {
        lane * self.room.stack as usize + word as usize
    }

    /// A word of an instance's stack.
    pub fn stack_word(&self, lane: usize, word: u32) -> u32 {
        self.stack[self.stack_at(lane, word)].load(Ordering::Relaxed)
    }

    pub fn set_stack_word(&self, lane: usize, word: u32, value: u32) {
        self.stack[self.stack_at(lane, word)].store(value, Ordering::Relaxed);
    }

    /// Values on an instance's stack.
    pub fn values(&self, lane: usize, at: u32, types: &[Type]) -> Vec<u64> {
        let mut at = at;
        let value = |&of: &Type| {
            let low = u64::from(self.stack_word(lane, at));
            let high = if width(of) == 2 { u64::from(self.stack_word(lane, at + 1)) } else { 0 };
            at += width(of);
            high << 32 | low
        };
        types.iter().map(value).collect()
    }

    pub fn set_values(&self, lane: usize, at: u32, types: &[Type], values: &[u64]) {
        let mut at = at;
        for (&of, &bits) in types.iter().zip(values) {
            self.set_stack_word(lane, at, bits as u32);
            if width(of) == 2 {
                self.set_stack_word(lane, at + 1, (bits >> 32) as u32);
            }
            at += width(of);
        }
    }

    /// Words of an instance's memories before this one.
    fn words_before(&self, memory: u32) -> usize {
        let pages: u32 = self.room.pages[..memory as usize].iter().sum();
        pages as usize * PAGE_WORDS as usize
    }

    /// A memory of an instance, and what lies behind it.
    pub fn memory(&self, lane: usize, memory: u32) -> Words<'_> {
        let before = self.words_before(memory);
        match self.layout {
            MemoryLayout::Linear => {
                let start = lane * self.room.memory_words() as usize + before;
                Words { words: self.memory.get(start..).unwrap_or_default(), step: 1 }
            }
            MemoryLayout::Interleaved => {
                let start = before * self.lanes.len() + lane;
                Words { words: self.memory.get(start..).unwrap_or_default(), step: self.lanes.len() }
            }
        }
    }
}

impl<'r> Run<'r> {
    /// Runs all instances.
    pub fn all(&mut self) -> Result<(), LaneError> {
        let room = Room {
            stack: FIRST_STACK + self.program.compiled.stack_slack,
            pages: self.program.image.memories.iter().map(|memory| memory.minimum).collect(),
        };
        let most = self.most(&room);
        if most == 0 {
            let bytes = room.memory_words() * 4;
            let limit = self.program.gpu.info().largest_buffer;
            return Err(LaneError::LimitExceeded { what: "the module's memory", bytes, limit });
        }
        let lane = |(number, start): (usize, &CompiledStart)| Lane { number, fuel: start.fuel, ..Lane::default() };
        let lanes: Vec<Lane> = self.starts.iter().enumerate().map(lane).collect();
        for lanes in lanes.chunks(most) {
            let batch = self.batch(lanes.to_vec(), room.clone())?;
            for lane in 0..lanes.len() {
                self.begin(&batch, lane);
            }
            let mut waiting = vec![batch];
            while let Some(mut batch) = waiting.pop() {
                if let Some(wanted) = self.run_batch(&mut batch)? {
                    waiting.extend(self.with_room(batch, wanted)?);
                }
            }
        }
        Ok(())
    }

    /// Instances that fit into one buffer each.
    pub fn most(&self, room: &Room) -> usize {
        let largest = self.program.gpu.info().largest_buffer.min(u64::from(u32::MAX));
        let words = room.memory_words().max(u64::from(self.program.compiled.state.words)).max(u64::from(room.stack));
        usize::try_from(largest / 4 / words.max(1)).unwrap_or(usize::MAX)
    }

    fn batch(&self, lanes: Vec<Lane>, room: Room) -> Result<Batch, LaneError> {
        let count = lanes.len();
        let words = |what, words: usize, usage| {
            SharedWords::new(self.program.gpu.device(), what, words.max(4), usage).map(Arc::new)
        };
        let control = words("the control block", CONTROL_WORDS, Usage::Host)?;
        let state_words = self.program.compiled.state.words as usize;
        let state = words("the instances' variables", state_words * count, Usage::Host)?;
        let memory = words("the memories", room.memory_words() as usize * count, Usage::Device)?;
        let stack = words("the instances' stacks", room.stack as usize * count, Usage::Device)?;
        control[CONTROL_INSTANCES].store(count as u32, Ordering::Relaxed);
        control[CONTROL_STRIDE].store(room.memory_words() as u32, Ordering::Relaxed);
        control[CONTROL_STACK].store(room.stack, Ordering::Relaxed);
        control[CONTROL_BUDGET].store(self.budget(), Ordering::Relaxed);
        let batch = Batch { lanes, room, layout: self.program.layout, control, state, memory, stack };
        let layout = &self.program.compiled.state;
        for (number, &at) in (0..).zip(&layout.memories) {
            let start = batch.words_before(number) as u32;
            (0..count).for_each(|lane| batch.set_word(lane, at, start));
        }
        Ok(batch)
    }

    /// What every instance begins with.
    fn begin(&self, batch: &Batch, lane: usize) {
        let layout = &self.program.compiled.state;
        batch.set_word(lane, STATE_STATUS, STATUS_DONE);
        batch.set_word(lane, STATE_FUEL, 0);
        for (memory, &at) in self.program.image.memories.iter().zip(&layout.memories) {
            batch.set_word(lane, at + 1, memory.minimum);
        }
        for (table, &at) in self.program.image.parts.tables.iter().zip(&layout.tables) {
            batch.set_word(lane, at, table.minimum);
        }
    }

    /// The same instances with more room; in two batches where that does not fit into one.
    fn with_room(&self, batch: Batch, room: Room) -> Result<Vec<Batch>, LaneError> {
        let count = batch.lanes.len();
        let parts = if self.most(&room) >= count { 1 } else { 2 };
        let room = if parts == 1 { room } else { batch.room.clone() };
        let mut batches = Vec::new();
        for numbers in (0..count).collect::<Vec<_>>().chunks(count.div_ceil(parts)) {
            let lanes = numbers.iter().map(|&lane| batch.lanes[lane].clone()).collect();
            let goal = self.batch(lanes, room.clone())?;
            for (lane, &from) in numbers.iter().enumerate() {
                self.copy(&batch, from, &goal, lane);
            }
            batches.push(goal);
        }
        Ok(batches)
    }

    fn copy(&self, from: &Batch, lane: usize, to: &Batch, goal: usize) {
        let layout = &self.program.compiled.state;
        let starts: BTreeSet<u32> = layout.memories.iter().copied().collect();
        for word in (0..layout.words).filter(|word| !starts.contains(word)) {
            to.set_word(goal, word, from.word(lane, word));
        }
        for word in 0..from.room.stack.min(to.room.stack) {
            to.set_stack_word(goal, word, from.stack_word(lane, word));
        }
        for (number, &at) in (0..).zip(&layout.memories) {
            let words = from.word(lane, at + 1) as usize * PAGE_WORDS as usize;
            let (source, target) = (from.memory(lane, number), to.memory(goal, number));
            for at in 0..words {
                target.word(at).store(source.word(at).load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    }

    /// Turns of loops that a lane may take in a dispatch. A driver that limits them counts those of all lanes of a group that
    /// share instructions.
    fn budget(&self) -> u32 {
        match self.program.gpu.loop_limit() {
            u32::MAX => MOST_TURNS,
            limit => (limit / self.program.gpu.subgroup_lanes().max(1)).max(1),
        }
    }

    /// Runs a batch until all of it is over, or until it needs more room: then gives how much.
    fn run_batch(&mut self, batch: &mut Batch) -> Result<Option<Room>, LaneError> {
        let count = batch.lanes.len();
        let kernels = self.program.compiled.kernels.len();
        let mut dispatches: Vec<Option<Dispatch>> = (0..kernels).map(|_| None).collect();
        loop {
            let mut wanted = batch.room.clone();
            let mut works = vec![false; kernels];
            for lane in 0..count {
                if self.kills.contains(&batch.lanes[lane].number) && !batch.lanes[lane].over {
                    self.end(batch, lane, CompiledEnd::Killed);
                }
                if let Some(kernel) = self.attend(batch, lane, &mut wanted)? {
                    works[kernel] = true;
                }
            }
            (0..count).for_each(|lane| self.tell(batch, lane));
            if wanted != batch.room {
                return Ok(Some(wanted));
            }
            let is_over = batch.lanes.iter().all(|lane| lane.over);
            let waits = !works.contains(&true);
            if is_over {
                return Ok(None);
            }
            let Some(visits) = self.host.between(waits) else { break };
            let is_visited = !visits.is_empty();
            visits.into_iter().for_each(|visit| self.visit(batch, visit));
            // What was killed or woken has to be looked at first.
            if waits || is_visited {
                continue;
            }
            for kernel in (0..kernels).filter(|&kernel| works[kernel]) {
                let dispatch = match &mut dispatches[kernel] {
                    Some(dispatch) => dispatch,
                    empty => {
                        let buffers = [&batch.control, &batch.state, &batch.memory, &batch.stack];
                        let groups = (count as u32).div_ceil(GROUP_LANES);
                        let pipeline = self.program.pipeline(kernel)?;
                        empty.insert(Dispatch::record(&pipeline, buffers.map(Arc::clone).to_vec(), groups)?)
                    }
                };
                dispatch.submit()?;
                if !dispatch.wait(PATIENCE)? {
                    // The device may still write to what it was given.
                    std::mem::forget(dispatches);
                    return Err(LaneError::DeviceLost { during: "a compiled function" });
                }
            }
        }
        for lane in 0..count {
            if !batch.lanes[lane].over {
                self.end(batch, lane, CompiledEnd::Waits);
            }
            self.tell(batch, lane);
        }
        Ok(None)
    }

    /// Ends an instance from outside.
    pub fn end(&mut self, batch: &mut Batch, lane: usize, cause: CompiledEnd) {
        batch.lanes[lane].over = true;
        batch.set_word(lane, STATE_STATUS, STATUS_DONE);
        self.left[batch.lanes[lane].number].ended = Some(cause);
    }

    /// Tells the host of an instance that has ended.
    fn tell(&mut self, batch: &mut Batch, lane: usize) {
        if !batch.lanes[lane].over || batch.lanes[lane].told {
            return;
        }
        batch.lanes[lane].told = true;
        self.take_fuel(batch, lane);
        let number = batch.lanes[lane].number;
        let mut left = std::mem::take(&mut self.left[number]);
        if self.keeps_memory {
            left.memory = self.memory_of(batch, lane, 0, None).unwrap_or_default();
        }
        self.host.ended(number, left);
    }

    fn visit(&mut self, batch: &mut Batch, visit: Visit) {
        let lane_of = |batch: &Batch, number| batch.lanes.iter().position(|lane| lane.number == number && !lane.over);
        match visit {
            Visit::Kill(number) => _ = self.kills.insert(number),
            Visit::Wake => batch.lanes.iter_mut().for_each(|lane| lane.waits = false),
            Visit::Read { number, address, length, reply } => {
                let lane = lane_of(batch, number);
                reply(lane.and_then(|lane| self.memory_of(batch, lane, address, Some(length))));
            }
        }
    }

    /// Bytes of an instance's first memory, to its end if no length is given.
    fn memory_of(&self, batch: &Batch, lane: usize, address: u64, length: Option<usize>) -> Option<Vec<u8>> {
        let at = *self.program.compiled.state.memories.first()?;
        let size = batch.word(lane, at + 1) as usize * Memory::PAGE as usize;
        let start = usize::try_from(address).ok()?;
        let length = length.or(size.checked_sub(start))?;
        let end = start.checked_add(length).filter(|&end| end <= size)?;
        Some(batch.memory(lane, 0).read(start, end - start))
    }

    /// Counts the fuel that an instance has spent.
    fn take_fuel(&mut self, batch: &mut Batch, lane: usize) {
        let rest = batch.word(lane, STATE_FUEL);
        let of = &mut batch.lanes[lane];
        let spent = u64::from(of.given - rest);
        of.given = rest;
        if of.fuel != u64::MAX {
            of.fuel -= spent;
        }
        self.left[of.number].turns += spent;
    }

    /// Gives an instance fuel for the next dispatch; false if it has none left.
    pub fn give_fuel(&mut self, batch: &mut Batch, lane: usize) -> bool {
        /// What is given at once: few enough for a word, and enough for many dispatches.
        const PORTION: u64 = 1 << 31;
        self.take_fuel(batch, lane);
        let of = &mut batch.lanes[lane];
        // The dearest turn of a loop costs one for each loop of its kernel.
        let dearest = self.program.compiled.kernels.iter().map(|kernel| u64::from(kernel.loops) + 1).max().unwrap_or(1);
        if of.has_run && of.fuel < dearest {
            return false;
        }
        of.has_run = true;
        of.given = of.fuel.min(PORTION) as u32;
        batch.set_word(lane, STATE_FUEL, batch.lanes[lane].given);
        true
    }

    /// The step that an instance is at.
    pub fn step(&self, lane: &Lane) -> Option<&'r Step> {
        self.program.image.parts.steps.get(lane.step)
    }

    /// The kernel that has the function which an instance runs.
    pub fn kernel_of(&self, function: u32) -> Option<usize> {
        self.program.compiled.kernels.iter().position(|kernel| kernel.functions.binary_search(&function).is_ok())
    }
}

const _: () = assert!(STATUS_RUNNING == 0, "new state is set to something else before a dispatch sees it");
