//! Giving an OS thread a lower priority than the threads that must answer a user.
//!
//! On Linux an unprivileged thread may raise its niceness and never lower it again, so a thread that is made nice stays so
//! until it ends: see [`super::pool`]. Other systems let threads go on with the priority that they have; what starts a
//! pool there may set one itself, by `on_start`.
//!
//! Threads that belong to the process, not to a pool, ask [`is_quiet_time`] when they begin something.

pub(super) use system::OsThread;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Quiet times of any pool of the process. Only asked, never waited for, so it orders nothing.
static QUIET_TIMES: AtomicUsize = AtomicUsize::new(0);

/// A quiet time, counted until this is dropped.
pub(super) struct Counted;

impl Counted {
    pub fn begin() -> Counted {
        QUIET_TIMES.fetch_add(1, Ordering::Relaxed);
        Counted
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        QUIET_TIMES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a window of this process is open, so that what computes is to leave the processor to what draws.
pub fn is_quiet_time() -> bool {
    QUIET_TIMES.load(Ordering::Relaxed) > 0
}

/// Makes the calling thread as nice as can be, until it ends; so is every program that it starts.
pub fn make_this_thread_nice() {
    OsThread::current().make_nice();
}

#[cfg(all(target_os = "linux", not(loom)))]
mod system {
    use rustix::process::setpriority_process;
    use rustix::thread::{Pid, gettid};

    /// The niceness that leaves other threads the processor whenever they want it.
    const NICEST: i32 = 19;

    /// A thread of this process. It names that thread only while the thread runs.
    #[derive(Clone, Copy)]
    pub struct OsThread(Pid);

    impl OsThread {
        pub fn current() -> OsThread {
            OsThread(gettid())
        }

        /// Makes the thread as nice as can be. The caller knows that it has not ended.
        pub fn make_nice(self) {
            // Linux keeps a niceness for each thread and takes the number of one here. Where a filter of system calls
            // refuses it, the thread computes at the priority that it has: slower windows, and no other result.
            let _ = setpriority_process(Some(self.0), NICEST);
        }
    }
}

#[cfg(not(all(target_os = "linux", not(loom))))]
mod system {
    /// A thread whose priority is left alone.
    #[derive(Clone, Copy)]
    pub struct OsThread;

    impl OsThread {
        pub fn current() -> OsThread {
            OsThread
        }

        pub fn make_nice(self) {}
    }
}
