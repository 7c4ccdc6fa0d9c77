//! What concurrent code synchronises with: the real thing, or loom's, which explores every interleaving (build with
//! `--cfg loom`). Nothing else names loom outside of models, here and in the
//! crates that build on this one.
//!
//! Three things are the standard library's in both builds: `Arc`, because loom's has neither `Weak` nor coercion to trait
//! objects; `OnceLock`, which is only used where it is set before threads meet; and time.

#[cfg(loom)]
pub(crate) use self::modelled::Alarm;
#[cfg(loom)]
pub use self::modelled::{Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use self::real::Alarm;
#[cfg(loom)]
pub use loom::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(not(loom))]
pub use parking_lot::{Mutex, MutexGuard};
#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// Threads: spawning by name and stack size, waiting for their end.
pub mod thread {
    #[cfg(loom)]
    pub use loom::thread::{JoinHandle, current, yield_now};
    #[cfg(not(loom))]
    pub use std::thread::{JoinHandle, current, yield_now};

    /// Starts an OS thread.
    #[cfg(not(loom))]
    pub fn spawn(
        name: String,
        stack_size: Option<usize>,
        body: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<JoinHandle<()>> {
        let mut builder = std::thread::Builder::new().name(name);
        if let Some(bytes) = stack_size {
            builder = builder.stack_size(bytes);
        }
        builder.spawn(body)
    }

    /// Starts a modelled thread.
    #[cfg(loom)]
    pub fn spawn(
        _name: String,
        _stack_size: Option<usize>,
        body: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<JoinHandle<()>> {
        Ok(loom::thread::spawn(body))
    }
}

/// Waiting for one's turn, in a loop that another thread is about to end.
pub mod hint {
    #[cfg(loom)]
    pub use loom::hint::spin_loop;
    #[cfg(not(loom))]
    pub use std::hint::spin_loop;
}

#[cfg(not(loom))]
mod real {
    use super::Mutex;
    use std::thread::Thread;
    use std::time::Instant;

    /// Puts one thread at a time to sleep until another wakes it. A wake before the sleep is remembered; sleep may also
    /// end for no reason, so it stands in a loop around a condition.
    pub(crate) struct Alarm {
        sleeper: Mutex<Option<Thread>>,
    }

    impl Alarm {
        pub fn new() -> Alarm {
            Alarm { sleeper: Mutex::new(None) }
        }

        /// Says that the calling thread is about to sleep: before it publishes that it wants to be woken.
        pub fn set(&self) {
            *self.sleeper.lock() = Some(std::thread::current());
        }

        /// Sleeps until a wake, or the deadline.
        pub fn sleep(&self, deadline: Option<Instant>) {
            match deadline {
                None => std::thread::park(),
                Some(deadline) => std::thread::park_timeout(deadline.saturating_duration_since(Instant::now())),
            }
        }

        /// Wakes the thread that called [`Alarm::set`] last.
        pub fn wake(&self) {
            let sleeper = self.sleeper.lock().clone();
            if let Some(thread) = sleeper {
                thread.unpark();
            }
        }
    }
}

#[cfg(loom)]
mod modelled {
    use std::ops::{Deref, DerefMut};
    use std::time::Instant;

    /// loom's mutex with parking_lot's face.
    pub struct Mutex<T>(loom::sync::Mutex<T>);

    pub struct MutexGuard<'a, T>(loom::sync::MutexGuard<'a, T>);

    impl<T> Mutex<T> {
        pub fn new(value: T) -> Mutex<T> {
            Mutex(loom::sync::Mutex::new(value))
        }

        pub fn lock(&self) -> MutexGuard<'_, T> {
            MutexGuard(self.0.lock().expect("loom's mutexes are not poisoned"))
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.0
        }
    }

    /// The alarm of models. Not `loom::thread::park`: an unpark that arrives late would there wake a thread that waits for
    /// a mutex. There is no time in a model: deadlines never pass.
    pub(crate) struct Alarm {
        rung: loom::sync::Mutex<bool>,
        changed: loom::sync::Condvar,
    }

    impl Alarm {
        pub fn new() -> Alarm {
            Alarm { rung: loom::sync::Mutex::new(false), changed: loom::sync::Condvar::new() }
        }

        pub fn set(&self) {}

        pub fn sleep(&self, _deadline: Option<Instant>) {
            let mut rung = self.rung.lock().expect("loom's mutexes are not poisoned");
            while !*rung {
                rung = self.changed.wait(rung).expect("loom's mutexes are not poisoned");
            }
            *rung = false;
        }

        pub fn wake(&self) {
            *self.rung.lock().expect("loom's mutexes are not poisoned") = true;
            self.changed.notify_one();
        }
    }
}

/// Explores a larger model: all interleavings with up to three preemptions, which is where faults of such protocols show,
/// in seconds instead of hours. Models of two threads are explored without a bound, by `loom::model`.
#[cfg(loom)]
pub fn model_bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}
