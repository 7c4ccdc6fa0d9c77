//! What is left of a program's limits, for all its isolates together.
//!
//! Code that uses something up says so here. The first thread to find nothing left notes which limit it was, and tells
//! all isolates by their interrupt words; each of them ends at its next safe point. Time is watched by the machine's
//! `watchdog`.

use super::watchdog::{Watch, Watchdog};
use crate::concurrency::Reasons;
use crate::error::{Error, ErrorKind};
use crate::limits::{Limits, Role};
use crate::memory::account::Lease;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// See the module.
pub(crate) struct Budget {
    limits: Limits,
    role: Role,
    steps_used: AtomicU64,
    memory_held: AtomicU64,
    output_used: AtomicU64,
    notice: Arc<Notice>,
    watchdog: Arc<Watchdog>,
    /// From the start on, if time is limited.
    watch: OnceLock<Option<Watch>>,
    /// The allocator counts what the program holds.
    counts_process: bool,
    /// From the start on, if memory is limited and the allocator counts.
    lease: OnceLock<Option<Lease>>,
    /// How much the program held when all isolates were asked to look for garbage; [`NOT_ASKED`] if they were not.
    asked_at: AtomicI64,
}

/// A limit that has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    Steps(u64),
    Memory(u64),
    Time(Duration),
    Output(u64),
    /// The embedder ended the call.
    Cancelled,
}

/// Has all isolates of the program stop at their next safe points for a reason, from any thread.
pub(crate) type Nudge = Box<dyn Fn(Reasons) + Send + Sync>;

const NOT_ASKED: i64 = i64::MAX;

/// What the watchdog shares with the budget.
#[derive(Default)]
struct Notice {
    reached: OnceLock<Reached>,
    nudge: OnceLock<Nudge>,
}

impl Notice {
    fn reach(&self, limit: Reached) {
        if self.reached.set(limit).is_ok()
            && let Some(nudge) = self.nudge.get()
        {
            nudge(Reasons::LIMIT);
        }
    }
}

impl Budget {
    /// None if there are no limits and the program cannot be cancelled: then nothing is counted.
    pub fn new(
        limits: &Limits,
        role: Role,
        counts_process: bool,
        can_be_cancelled: bool,
        watchdog: &Arc<Watchdog>,
    ) -> Option<Arc<Budget>> {
        if limits.is_none() && !can_be_cancelled {
            return None;
        }
        Some(Arc::new(Budget {
            limits: limits.clone(),
            role,
            steps_used: AtomicU64::new(0),
            memory_held: AtomicU64::new(0),
            output_used: AtomicU64::new(0),
            notice: Arc::default(),
            watchdog: watchdog.clone(),
            watch: OnceLock::new(),
            counts_process,
            lease: OnceLock::new(),
            asked_at: AtomicI64::new(NOT_ASKED),
        }))
    }

    /// Sets, once, what is called when a limit is reached.
    pub fn tell(&self, nudge: Nudge) {
        // A program is made once.
        let _ = self.notice.nudge.set(nudge);
    }

    /// Ends the program, as a limit would.
    pub fn cancel(&self) {
        self.notice.reach(Reached::Cancelled);
    }

    /// The program starts, or goes on: its time runs from the first call.
    pub fn start(&self) {
        if let Some(time) = self.limits.time {
            self.watch.get_or_init(|| {
                let notice = Arc::clone(&self.notice);
                self.watchdog.watch(time, Box::new(move || notice.reach(Reached::Time(time))))
            });
        }
        if let Some(limit) = self.limits.memory
            && self.counts_process
        {
            self.lease.get_or_init(|| Lease::begin(limit, self.role == Role::Macros));
        }
    }

    /// What the allocator has counted of the program, if it does and memory is limited.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.get()?.as_ref()
    }

    /// The allocator has counted more than the limit. True, once, if isolates should look for garbage first: the one that
    /// says so does, and those of other threads are asked to. The limit is reached if that does not help soon.
    pub fn exceeds(&self, lease: &Lease) -> bool {
        let held = lease.held();
        let Err(asked_at) = self.asked_at.compare_exchange(NOT_ASKED, held, Ordering::Relaxed, Ordering::Relaxed)
        else {
            if let Some(nudge) = self.notice.nudge.get() {
                nudge(Reasons::COLLECT);
            }
            return true;
        };
        if held.saturating_sub(asked_at) >= lease.grace() {
            self.reach_memory();
        }
        false
    }

    /// The program keeps within its limit. If that is so by some way, garbage may be looked for again when it does not.
    #[inline]
    pub fn keeps_within(&self, lease: &Lease) {
        if self.asked_at.load(Ordering::Relaxed) != NOT_ASKED && lease.is_relieved() {
            self.asked_at.store(NOT_ASKED, Ordering::Relaxed);
        }
    }

    /// The limit of memory is reached.
    pub fn reach_memory(&self) {
        if let Some(limit) = self.limits.memory {
            self.notice.reach(Reached::Memory(limit));
        }
    }

    /// True if isolates have to look here at every safe point.
    pub fn is_counting(&self) -> bool {
        self.limits.steps.is_some() || self.limits.memory.is_some()
    }

    /// True if each step of the program is counted.
    pub fn counts_steps(&self) -> bool {
        self.limits.steps.is_some()
    }

    /// True if memory is limited.
    pub fn limits_memory(&self) -> bool {
        self.limits.memory.is_some()
    }

    /// Steps until the limit is reached, if no other isolate takes any.
    pub fn steps_left(&self) -> u64 {
        let used = self.steps_used.load(Ordering::Relaxed);
        self.limits.steps.map_or(u64::MAX, |limit| limit.saturating_sub(used))
    }

    /// Counts steps.
    pub fn step(&self, count: u64) {
        if let Some(limit) = self.limits.steps
            && self.steps_used.fetch_add(count, Ordering::Relaxed).saturating_add(count) > limit
        {
            self.notice.reach(Reached::Steps(limit));
        }
    }

    /// True if what isolates say that they hold is counted: no allocator does it.
    pub fn counts_values(&self) -> bool {
        self.limits.memory.is_some() && self.lease().is_none()
    }

    /// Bytes that may be allocated before it is worth looking at how many are in use.
    pub fn allocation_between_looks(&self) -> Option<u64> {
        self.limits.memory.map(|limit| (limit / 8).max(1))
    }

    /// An isolate holds so many bytes now, instead of those that it said before.
    pub fn holds(&self, before: u64, now: u64) {
        let others = self.memory_held.fetch_sub(before, Ordering::Relaxed) - before;
        self.memory_held.fetch_add(now, Ordering::Relaxed);
        if let Some(limit) = self.limits.memory
            && others.saturating_add(now) > limit
        {
            self.notice.reach(Reached::Memory(limit));
        }
    }

    /// Asks for the permission to print; false if there is none left.
    pub fn print(&self, bytes: usize) -> bool {
        let Some(limit) = self.limits.output else { return true };
        let used = self.output_used.fetch_add(bytes as u64, Ordering::Relaxed);
        let fits = used.saturating_add(bytes as u64) <= limit;
        if !fits {
            self.notice.reach(Reached::Output(limit));
        }
        fits
    }

    /// Bytes that may still be printed.
    pub fn output_left(&self) -> usize {
        let used = self.output_used.load(Ordering::Relaxed);
        let left = self.limits.output.map_or(u64::MAX, |limit| limit.saturating_sub(used));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// The error that ends the program, once a limit has been reached.
    pub fn error(&self) -> Option<Error> {
        let (what, limit) = match *self.notice.reached.get()? {
            Reached::Steps(limit) => (format!("more than {limit} steps"), "steps"),
            Reached::Memory(limit) => (format!("more than {limit} bytes of memory"), "memory"),
            Reached::Time(limit) => (format!("more than {limit:?} of time"), "time"),
            Reached::Output(limit) => (format!("more than {limit} bytes of output"), "output"),
            Reached::Cancelled => return Some(Error::new(ErrorKind::Cancelled, "the call was cancelled")),
        };
        let (subject, prefix) = match self.role {
            Role::Program => ("the program", "max"),
            Role::Macros => ("the macros of the program", "macro"),
        };
        let error = Error::new(ErrorKind::LimitError, format!("{subject} used {what}"));
        Some(error.with_hint(format!("the limit is a setting: --{prefix}-{limit}")))
    }

    /// True once a limit has been reached.
    pub fn is_spent(&self) -> bool {
        self.notice.reached.get().is_some()
    }
}
