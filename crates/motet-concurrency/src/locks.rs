//! All locks of the concurrent core, in the order in which one thread may take them (V-05), and a mutex that checks it.
//!
//! The rule: a thread that holds a lock may only take locks of a higher rank, and never two of one rank. So no circle of
//! threads can wait for one another's locks. Debug builds check each acquisition; release builds pay nothing.
//!
//! Nearly always no second lock is held at all: wakers run, payloads are dropped and hooks are called after the lock is
//! released. That is the second rule, and the reason why the order below is hardly used.

use crate::sync::{Mutex, MutexGuard};
use std::ops::{Deref, DerefMut};

/// Every lock, lowest first. What is not in this list is a leaf that calls nothing while it is held: the symbol table's,
/// the alarm's in `sync`, those of `operation`, `vm::observer` and `isolate::watchdog`, and the trace's, which calls the
/// writer alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rank {
    /// The signals of a program, and what depends on them: `signals::graph`. Wakers run and values are dropped after it is
    /// released, as everywhere.
    Signals,
    /// Which thread numbers are taken: `table`.
    ThreadNumbers,
    /// What one thread number stands for: `table`.
    ThreadSlot,
    /// The parked OS threads: `pool`.
    Pool,
    /// The next job of one OS thread: `pool`.
    Seat,
    /// The work of workers: `workers::queue`.
    Workers,
    /// One parallel call: `workers::batch`.
    Batch,
    /// One mailbox or channel: `mailbox`.
    Mailbox,
    /// One future: `completion`.
    Completion,
    /// The tokens of one isolate that became ready: `waker`.
    ReadyQueue,
    /// The descriptions of who waits for what: `deadlock`.
    Report,
}

/// A mutex that knows its place in the order.
pub struct RankedMutex<T> {
    #[cfg(all(debug_assertions, not(loom)))]
    rank: Rank,
    inner: Mutex<T>,
}

/// The lock, held.
pub struct RankedGuard<'a, T> {
    inner: MutexGuard<'a, T>,
    #[cfg(all(debug_assertions, not(loom)))]
    _held: held::Held,
}

impl<T> RankedMutex<T> {
    /// A mutex of the given rank.
    pub fn new(rank: Rank, value: T) -> RankedMutex<T> {
        let _ = rank;
        RankedMutex {
            #[cfg(all(debug_assertions, not(loom)))]
            rank,
            inner: Mutex::new(value),
        }
    }

    /// Waits for the lock.
    ///
    /// # Panics
    ///
    /// In debug builds, if the calling thread holds a lock of the same or a higher rank.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn lock(&self) -> RankedGuard<'_, T> {
        // Before waiting: a wrong order is reported even where it would have been a deadlock.
        #[cfg(all(debug_assertions, not(loom)))]
        let held = held::Held::claim(self.rank);
        RankedGuard {
            inner: self.inner.lock(),
            #[cfg(all(debug_assertions, not(loom)))]
            _held: held,
        }
    }
}

impl<T> Deref for RankedGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for RankedGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

/// Which ranks the current OS thread holds. Diagnostics only: nothing of an isolate is kept here (V-03).
#[cfg(all(debug_assertions, not(loom)))]
mod held {
    use super::Rank;
    use std::cell::Cell;

    thread_local! {
        static HELD: Cell<u64> = const { Cell::new(0) };
    }

    pub(super) struct Held(Rank);

    impl Held {
        #[track_caller]
        pub(super) fn claim(rank: Rank) -> Held {
            let held = HELD.get();
            assert!(
                held >> (rank as u8) == 0,
                "lock order: {rank:?} is taken while a lock of rank {} is held; see concurrency/locks.rs",
                63 - held.leading_zeros()
            );
            HELD.set(held | 1 << (rank as u8));
            Held(rank)
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            HELD.set(HELD.get() & !(1 << (self.0 as u8)));
        }
    }
}

#[cfg(all(test, debug_assertions, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn v05_a_lock_of_a_higher_rank_may_follow() {
        let low = RankedMutex::new(Rank::ThreadNumbers, 1);
        let high = RankedMutex::new(Rank::Mailbox, 2);
        let first = low.lock();
        let second = high.lock();
        assert_eq!(*first + *second, 3);
        // Released in any order, both can be taken again.
        drop(first);
        drop(second);
        assert_eq!(*high.lock(), 2);
        assert_eq!(*low.lock(), 1);
    }

    #[test]
    #[should_panic(expected = "lock order: ThreadNumbers")]
    fn v05_a_lock_of_a_lower_rank_may_not() {
        let low = RankedMutex::new(Rank::ThreadNumbers, ());
        let high = RankedMutex::new(Rank::Mailbox, ());
        let _second = high.lock();
        let _first = low.lock();
    }

    #[test]
    #[should_panic(expected = "lock order: Mailbox")]
    fn v05_nor_two_of_one_rank() {
        let (one, other) = (RankedMutex::new(Rank::Mailbox, ()), RankedMutex::new(Rank::Mailbox, ()));
        let _one = one.lock();
        let _other = other.lock();
    }
}

/// A release build's ranked mutex is a mutex.
#[cfg(all(not(debug_assertions), not(loom)))]
const _: () = assert!(size_of::<RankedMutex<u64>>() == size_of::<Mutex<u64>>());
