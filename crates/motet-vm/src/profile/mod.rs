//! Where a program spends its processor time: samples of the stacks of its tasks.
//!
//! | module | its one job |
//! |---|---|
//! | `clock` | asks all isolates that run for a sample, again and again |
//! | `tree` | counts stacks |
//! | `sampling` | an isolate that was asked notes the stack of its running task |
//!
//! **How a sample is taken.** The clock rings the bells of isolates that are awake, with a reason of its own. An isolate that is
//! profiled runs in a copy of the interpreter's loop that looks for this reason before each instruction, and notes its stack.
//! Safe points hear it too, as they hear a cancellation: that of machine code, which leaves before the stack is read, and that at
//! the end of a builtin, which is the builtin that was seen then. Programs without a profile run in the loop as it always was.
//!
//! **What a sample counts for** is the processor time that the thread has used since its last one. So a thread that waits
//! counts for nothing, and a builtin that reaches no safe point for a second counts for this second. What threads had used when
//! they ended without a further sample goes to the next first sample of another one: threads that live for less than the
//! time between two samples count, all together, for what they use.
//!
//! **What that cannot see.** Machine code looks at the heads of its loops, and where the VM does something for it: there counts what
//! has run since, functions that became a part of the code too.
//!
//! [`Sampling::Steps`] counts safe points instead of time. Then a program is sampled alike in each run.

mod clock;
mod sampling;
mod tree;

pub(crate) use sampling::{At, Sampler};
pub use tree::{Place, Sample, Samples};

use crate::concurrency::Bell;
use clock::Clock;
use parking_lot::Mutex;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tree::Tree;

/// When samples are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Each time that so much time has passed; a sample counts in nanoseconds of processor time.
    Time(Duration),
    /// Each time that so many calls and turns of loops have run in an isolate; a sample counts for so many. Programs are
    /// slower then, as they are with a limit of steps.
    Steps(NonZeroU64),
}

impl Default for Sampling {
    fn default() -> Sampling {
        Sampling::Time(Duration::from_millis(1))
    }
}

/// See the module. What it has counted can be asked for at any time; isolates hand in theirs when their threads end.
pub struct Profile {
    sampling: Sampling,
    clock: Clock,
    /// A leaf: nothing is called while it is held.
    tree: Mutex<Tree>,
    /// Nanoseconds that threads used after their last samples.
    left_over: AtomicU64,
    has_begun: AtomicBool,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Profile").field("sampling", &self.sampling).finish_non_exhaustive()
    }
}

impl Profile {
    /// One that has counted nothing.
    pub fn new(sampling: Sampling) -> Arc<Profile> {
        let interval = match sampling {
            Sampling::Time(interval) => Some(interval),
            Sampling::Steps(_) => None,
        };
        let clock = Clock::new(interval);
        Arc::new(Profile {
            sampling,
            clock,
            tree: Mutex::default(),
            left_over: AtomicU64::new(0),
            has_begun: AtomicBool::new(false),
        })
    }

    /// When samples are taken.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Whether a program has begun to run.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// What threads that have ended have handed in so far.
    pub fn samples(&self) -> Samples {
        self.tree.lock().samples()
    }

    fn begin(&self, bell: &Arc<Bell>) {
        self.has_begun.store(true, Ordering::Relaxed);
        self.clock.watch(bell);
    }

    fn end(&self, bell: &Arc<Bell>, tree: &Tree, left_over: u64) {
        self.clock.forget(bell);
        self.left_over.fetch_add(left_over, Ordering::Relaxed);
        if !tree.is_empty() {
            self.tree.lock().add(tree);
        }
    }
}
