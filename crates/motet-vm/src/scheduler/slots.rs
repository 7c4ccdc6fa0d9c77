//! Where suspended tasks are found.
//!
//! A task has a slot from its start to its end. Tasks come and go in a slot, and each is suspended many times; both are
//! counted, so that a [`TaskId`] and a [`Token`] each mean one task, one suspension.

use super::Task;

/// A task, as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TaskId {
    slot: u32,
    /// How many tasks had the slot before.
    generation: u32,
}

/// One suspension of a task, or an errand. What wakers carry.
pub(crate) type Token = u64;

#[derive(Default)]
struct Slot {
    generation: u32,
    /// Suspensions so far, of all tasks of the slot.
    suspensions: u32,
    taken: bool,
    /// Its token is in the queue of the ready.
    is_ready: bool,
    task: Option<Box<Task>>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
    taken: usize,
}

impl Slots {
    /// Tasks that have a slot: waiting, ready or running.
    pub fn len(&self) -> usize {
        self.taken
    }

    /// Places that it has memory for.
    pub fn capacity(&self) -> usize {
        self.slots.capacity() + self.free.capacity()
    }

    /// Forgets all slots, none of which is taken, and keeps their memory.
    pub fn clear(&mut self) {
        debug_assert_eq!(self.taken, 0);
        self.slots.clear();
        self.free.clear();
    }

    /// A slot for a new task.
    pub fn take(&mut self) -> TaskId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^31 tasks at once")
        });
        self.taken += 1;
        let place = &mut self.slots[slot as usize];
        place.taken = true;
        TaskId { slot, generation: place.generation }
    }

    /// The task has ended.
    pub fn free(&mut self, id: TaskId) {
        let slot = &mut self.slots[id.slot as usize];
        debug_assert!(slot.taken && slot.generation == id.generation && slot.task.is_none());
        slot.generation = slot.generation.wrapping_add(1);
        slot.suspensions = slot.suspensions.wrapping_add(1);
        slot.taken = false;
        slot.is_ready = false;
        self.taken -= 1;
        self.free.push(id.slot);
    }

    /// The token of the task's current suspension, or of its next one if it runs.
    pub fn token(&self, id: TaskId) -> Token {
        u64::from(id.slot) << 32 | u64::from(self.slots[id.slot as usize].suspensions)
    }

    /// The token of the last suspension of a task that runs.
    pub fn former_token(&self, id: TaskId) -> Token {
        u64::from(id.slot) << 32 | u64::from(self.slots[id.slot as usize].suspensions.wrapping_sub(1))
    }

    /// Puts a task that waits into its slot.
    pub fn suspend(&mut self, id: TaskId, task: Box<Task>) {
        let slot = &mut self.slots[id.slot as usize];
        debug_assert!(slot.taken && slot.generation == id.generation && slot.task.is_none());
        slot.task = Some(task);
        slot.is_ready = false;
    }

    /// The task that waits under a token.
    pub fn waiting(&mut self, token: Token) -> Option<&mut Task> {
        let slot = self.slots.get_mut((token >> 32) as usize)?;
        let is_meant = slot.suspensions == token as u32;
        slot.task.as_deref_mut().filter(|_| is_meant)
    }

    /// The task with an id, unless it runs or has ended.
    pub fn task(&mut self, id: TaskId) -> Option<&mut Task> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        let is_meant = slot.generation == id.generation;
        slot.task.as_deref_mut().filter(|_| is_meant)
    }

    /// Marks that a waiting task is in the queue of the ready; false if it was.
    pub fn mark_ready(&mut self, token: Token) -> bool {
        let slot = &mut self.slots[(token >> 32) as usize];
        !std::mem::replace(&mut slot.is_ready, true)
    }

    /// Takes the task out: it goes on, and its token means nothing any more.
    pub fn resume(&mut self, token: Token) -> Option<Box<Task>> {
        let slot = self.slots.get_mut((token >> 32) as usize)?;
        if slot.suspensions != token as u32 {
            return None;
        }
        slot.suspensions = slot.suspensions.wrapping_add(1);
        slot.is_ready = false;
        slot.task.take()
    }

    /// All tasks that do not run.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.slots.iter().filter_map(|slot| slot.task.as_deref())
    }

    /// The ids of all tasks that do not run.
    pub fn ids(&self) -> Vec<TaskId> {
        self.iter().map(|task| task.record.id).collect()
    }
}

impl TaskId {
    /// The number that messages show; 0 would mean the whole thread.
    pub fn number(self) -> u64 {
        u64::from(self.slot) + 1
    }
}
