//! What the host keeps under its lock.

use super::code_pool::CodePool;
use super::gaps::Gaps;
use super::memory::Memory;
use crate::error::LaneError;
use crate::layout::*;
use crate::modules::Start;
use crate::process::{Program, Record};
use crate::settings::{Idle, Settings};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the conductor is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConductorCommand {
    Stand,
    Run,
    Quit,
}

/// A spawn that waits behind the ring.
pub(crate) struct Request {
    pub record: Arc<Record>,
    pub priority: u32,
    pub argument: u32,
}

/// The input events of one process that are on their way to it.
#[derive(Default)]
pub(crate) struct Inbox {
    /// Events that went into the ring. The kernel counts those it delivered in the mailbox's tail.
    pub sent: u32,
    /// Events that wait behind the ring, because the process has no slot yet or its mailbox has no room.
    pub waiting: VecDeque<[u32; EVENT_WORDS as usize]>,
}

/// Counters since the runtime was made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Frames.
    pub frames: u64,
    /// Dispatches.
    pub epochs: u64,
    /// Processes asked for.
    pub spawned: u64,
    /// Processes that have ended.
    pub ended: u64,
    /// Instructions carried out.
    pub instructions: u64,
    /// Rectangles for which the vertex output had no room.
    pub quads_lost: u64,
    /// Input events whose process had ended.
    pub events_lost: u64,
    /// How long the longest epoch took.
    pub longest_epoch: Duration,
}

/// The host's state.
pub(crate) struct Host {
    pub wish: ConductorCommand,
    /// An epoch runs even without work: the first after `start`.
    pub fresh_start: bool,
    pub in_flight: bool,
    /// Callers who wait for the space between two epochs.
    pub visitors: u32,
    pub failure: Option<LaneError>,
    /// How often those who wait for a change were told that there is something else to look at.
    pub pokes: u64,
    pub next_generation: u32,
    pub spawn_tail: u32,
    pub backlog: VecDeque<Request>,
    pub free_tail: u32,
    /// Processes that have not ended, by generation: in the backlog, in the ring, or in a slot.
    pub residents: HashMap<u32, Arc<Record>>,
    pub kills: Vec<Arc<Record>>,
    pub focus: Option<Arc<Record>>,
    /// Processes whose request was looked at and waits for what is not there yet.
    pub deferred: HashSet<u32>,
    pub input_tail: u32,
    /// By generation, so that a process that reads no events holds up those of no other.
    pub inboxes: BTreeMap<u32, Inbox>,
    pub code: CodePool,
    /// Room for the cells and memories of modules, in cells and words.
    pub cells: Gaps,
    pub memories: Gaps,
    /// Counted up to the last epoch's end; `instructions` without those of living processes.
    pub totals: Statistics,
}

/// A runtime's heart, shared by its face, its conductor and its handles.
pub(crate) struct Shared {
    pub memory: Memory,
    pub settings: Settings,
    host: Mutex<Host>,
    /// Rung when the conductor has something to look at.
    pub doorbell: Condvar,
    /// Rung when an epoch has ended, a process has ended, or the runtime has failed.
    pub settled: Condvar,
}

impl Shared {
    pub fn new(memory: Memory, settings: Settings) -> Shared {
        let host = Host {
            wish: ConductorCommand::Stand,
            fresh_start: false,
            in_flight: false,
            visitors: 0,
            failure: None,
            pokes: 0,
            next_generation: 1,
            spawn_tail: 0,
            backlog: VecDeque::new(),
            free_tail: memory.layout.slots,
            residents: HashMap::new(),
            kills: Vec::new(),
            focus: None,
            deferred: HashSet::new(),
            input_tail: 0,
            inboxes: BTreeMap::new(),
            code: CodePool::new(settings.code_pool_bytes as usize),
            cells: Gaps::new(memory.layout.cells() as usize),
            memories: Gaps::new(memory.layout.pool_words() as usize),
            totals: Statistics::default(),
        };
        Shared { memory, settings, host: Mutex::new(host), doorbell: Condvar::new(), settled: Condvar::new() }
    }

    /// The lock. A panic elsewhere leaves the state whole: nothing between two changes that belong together panics.
    pub fn host(&self) -> MutexGuard<'_, Host> {
        self.host.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` gives a value, the runtime fails, or the time is over.
    pub fn wait_for<T>(
        &self,
        timeout: Duration,
        mut ready: impl FnMut(&mut Host) -> Option<T>,
    ) -> Result<T, LaneError> {
        let deadline = Instant::now().checked_add(timeout);
        let mut host = self.host();
        loop {
            if let Some(value) = ready(&mut host) {
                return Ok(value);
            }
            if let Some(failure) = &host.failure {
                return Err(failure.clone());
            }
            host = match deadline {
                None => self.settled.wait(host).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(LaneError::TimedOut { after: timeout });
                    }
                    self.settled.wait_timeout(host, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Does something between two epochs, when the memory is the host's alone.
    pub fn between_epochs<T>(&self, visit: impl FnOnce(&mut Host) -> T) -> Result<T, LaneError> {
        {
            let mut host = self.host();
            host.visitors += 1;
            self.ask_to_leave(&host);
        }
        let patience = self.settings.patience.saturating_mul(2);
        let mut visit = Some(visit);
        let result = self.wait_for(patience, |host| {
            if host.in_flight {
                return None;
            }
            visit.take().map(|visit| visit(host))
        });
        self.host().visitors -= 1;
        self.doorbell.notify_all();
        result
    }

    /// Lets the present epoch end at its next frame.
    pub fn ask_to_leave(&self, host: &Host) {
        if host.in_flight {
            self.memory.set_control(CONTROL_LEAVE, 1);
        }
    }

    /// Whether an epoch would do anything.
    pub fn has_work(&self, host: &Host) -> bool {
        if self.settings.idle == Idle::Spin || host.fresh_start {
            return true;
        }
        let memory = &self.memory;
        let spawns_wait = memory.control(CONTROL_SPAWN_HEAD) != host.spawn_tail || !host.backlog.is_empty();
        let slots_free = memory.control(CONTROL_FREE_HEAD) != host.free_tail;
        (spawns_wait && slots_free)
            || self.input_can_move(host)
            || (0..memory.layout.slots).any(|slot| memory.can_run(slot))
    }

    /// Frames up to now, those of the present epoch included.
    pub fn frames(&self, host: &Host) -> u64 {
        let present = if host.in_flight { self.memory.control(CONTROL_FRAMES) } else { 0 };
        host.totals.frames + u64::from(present)
    }

    /// The counters as of now.
    pub fn statistics(&self, host: &Host) -> Statistics {
        let memory = &self.memory;
        let living = (0..memory.layout.slots)
            .filter(|&slot| !matches!(memory.process(slot, PROCESS_STATUS), EMPTY))
            .map(|slot| memory.executed(slot));
        Statistics {
            frames: self.frames(host),
            instructions: host.totals.instructions + living.sum::<u64>(),
            quads_lost: host.totals.quads_lost + u64::from(memory.control(CONTROL_QUADS_LOST)),
            events_lost: host.totals.events_lost + u64::from(memory.control(CONTROL_EVENTS_LOST)),
            ..host.totals
        }
    }
}

impl Host {
    /// Fails if the runtime has.
    pub fn check(&self) -> Result<(), LaneError> {
        match &self.failure {
            None => Ok(()),
            Some(failure) => Err(failure.clone()),
        }
    }

    /// Notes a process that has not been seen yet.
    pub fn admit(&mut self, program: Program, start: Option<Start>) -> Result<Arc<Record>, LaneError> {
        self.code.enter(program)?;
        let generation = self.next_generation;
        // 0 is left out, because memory that was never written holds it.
        self.next_generation = self.next_generation.checked_add(1).unwrap_or(1);
        let record = Arc::new(Record::new(generation, program, start));
        self.residents.insert(generation, Arc::clone(&record));
        self.totals.spawned += 1;
        Ok(record)
    }

    /// Lets a resident go.
    pub fn dismiss(&mut self, generation: u32) -> Option<Arc<Record>> {
        let record = self.residents.remove(&generation)?;
        record.ended.store(true, Ordering::Release);
        self.code.leave(record.program);
        self.deferred.remove(&generation);
        if let Some(inbox) = self.inboxes.remove(&generation) {
            self.totals.events_lost += inbox.waiting.len() as u64;
        }
        self.totals.ended += 1;
        if self.focus.as_ref().is_some_and(|focus| focus.generation == generation) {
            self.focus = None;
        }
        Some(record)
    }
}
