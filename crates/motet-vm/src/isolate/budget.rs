//! What is left of a program's limits, for all its isolates together.
//!
//! Whoever uses something up says so here. The first to find nothing left notes which limit it was, and tells all isolates
//! by their interrupt words; each of them ends at its next safe point. Time is watched by the machine's `watchdog`.

use super::watchdog::{Watch, Watchdog};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// See the module.
pub(crate) struct Budget {
    limits: Limits,
    steps_used: AtomicU64,
    memory_held: AtomicU64,
    output_used: AtomicU64,
    notice: Arc<Notice>,
    watchdog: Arc<Watchdog>,
    /// From the start on, if time is limited.
    watch: OnceLock<Option<Watch>>,
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

/// Has all isolates of the program look at the budget soon, from any thread.
pub(crate) type Nudge = Box<dyn Fn() + Send + Sync>;

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
            nudge();
        }
    }
}

impl Budget {
    /// None if there are no limits and nobody can cancel the program: then nothing is counted.
    pub fn new(limits: &Limits, can_be_cancelled: bool, watchdog: &Arc<Watchdog>) -> Option<Arc<Budget>> {
        if limits.is_none() && !can_be_cancelled {
            return None;
        }
        Some(Arc::new(Budget {
            limits: limits.clone(),
            steps_used: AtomicU64::new(0),
            memory_held: AtomicU64::new(0),
            output_used: AtomicU64::new(0),
            notice: Arc::default(),
            watchdog: watchdog.clone(),
            watch: OnceLock::new(),
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
    }

    /// True if isolates have to look here at every safe point.
    pub fn is_counting(&self) -> bool {
        self.limits.steps.is_some() || self.limits.memory.is_some()
    }

    /// Counts a step.
    pub fn step(&self) {
        if let Some(limit) = self.limits.steps
            && self.steps_used.fetch_add(1, Ordering::Relaxed) >= limit
        {
            self.notice.reach(Reached::Steps(limit));
        }
    }

    /// True if the bytes that are held are counted.
    pub fn limits_memory(&self) -> bool {
        self.limits.memory.is_some()
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

    /// The error that ends the program, once a limit has been reached.
    pub fn error(&self) -> Option<Error> {
        let (what, option) = match *self.notice.reached.get()? {
            Reached::Steps(limit) => (format!("more than {limit} steps"), "--max-steps"),
            Reached::Memory(limit) => (format!("more than {limit} bytes of memory"), "--max-memory"),
            Reached::Time(limit) => (format!("more than {limit:?} of time"), "--max-time"),
            Reached::Output(limit) => (format!("more than {limit} bytes of output"), "--max-output"),
            Reached::Cancelled => return Some(Error::new(ErrorKind::Cancelled, "the call was cancelled")),
        };
        let error = Error::new(ErrorKind::LimitError, format!("the program used {what}"));
        Some(error.with_hint(format!("the limit is a setting: {option}")))
    }

    /// True once a limit has been reached.
    pub fn is_spent(&self) -> bool {
        self.notice.reached.get().is_some()
    }
}
