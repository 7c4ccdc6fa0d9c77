//! The count protocol: how many references an object has, and who may touch that number.
//!
//! One signed word has three modes:
//!
//! * **positive**: `n` references, all of them on one isolate. Only that isolate reads or writes the word, so plain loads
//!   and stores do (relaxed ones, which compile to the same instructions).
//! * **negative**: `-n` references, on any thread. Every change is one atomic read-modify-write.
//! * **zero**: immortal. It is not counted.
//!
//! An object starts at 1 and is shared once, by [`Count::share`], while its owner is still the only one who can reach
//! it; the hand-over to another thread (a mailbox, a lock) publishes the change. It never goes back.
//!
//! The decrement that takes a shared word from -1 to 0 is the last reference going. It is a release, so that all that
//! other threads did to the object happens before; the thread that saw -1 acquires it and then owns the memory. The
//! word then reads "immortal", which does no harm: no reference to the object is left.
//!
//! Counts do not overflow: a local one that would becomes immortal, a shared one saturates around [`PINNED`], far enough
//! from both ends that no number of threads in flight can carry it out again. Both leak an object with a billion
//! references, and neither frees one too early.

use motet_concurrency::sync::{AtomicI32, Ordering};

/// Shared counts at or below this are saturated.
const SATURATED: i32 = -(1 << 30);
/// Where a saturated count is put back, in the middle of the saturated half.
const PINNED: i32 = -(1 << 30) - (1 << 29);

/// A reference count; see the module.
#[repr(transparent)]
pub struct Count(AtomicI32);

impl Count {
    /// One reference, on this isolate.
    pub fn one() -> Count {
        Count(AtomicI32::new(1))
    }

    /// Exactly one reference, and a local one: no other code can see the object.
    #[inline(always)]
    pub fn is_unique(&self) -> bool {
        self.load() == 1
    }

    /// Owned by one isolate.
    #[inline(always)]
    pub fn is_local(&self) -> bool {
        self.load() > 0
    }

    #[inline(always)]
    fn load(&self) -> i32 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn store(&self, count: i32) {
        self.0.store(count, Ordering::Relaxed);
    }

    /// Counts one more reference, if the word is local and has room. False: use [`Count::increment_shared`].
    #[inline(always)]
    pub fn increment_local(&self) -> bool {
        let count = self.load();
        // One compare for both ends: 0 < count < MAX.
        if (count as u32).wrapping_sub(1) < i32::MAX as u32 - 1 {
            self.store(count + 1);
            true
        } else {
            false
        }
    }

    /// Counts one more reference where [`Count::increment_local`] did not.
    pub fn increment_shared(&self) {
        match self.load() {
            0 => {}
            i32::MAX => self.store(0),
            _ => {
                let before = self.0.fetch_sub(1, Ordering::Relaxed);
                if before <= SATURATED {
                    self.store(PINNED);
                }
            }
        }
    }

    /// Counts one reference less, if others remain on this isolate. False: use [`Count::decrement_last`].
    #[inline(always)]
    pub fn decrement_local(&self) -> bool {
        let count = self.load();
        if count > 1 {
            self.store(count - 1);
            true
        } else {
            false
        }
    }

    /// Counts one reference less where [`Count::decrement_local`] did not. True: it was the last, the object is the
    /// caller's to free.
    #[inline]
    pub fn decrement_last(&self) -> bool {
        match self.load() {
            0 => false,
            1 => true,
            count if count > 1 => {
                self.store(count - 1);
                false
            }
            _ => {
                let before = self.0.fetch_add(1, Ordering::Release);
                if before == -1 {
                    // Reads what the decrements of all threads wrote in turn, so it acquires from each of them. A fence would do
                    // too, but ThreadSanitizer does not understand fences.
                    self.0.load(Ordering::Acquire);
                    return true;
                }
                if before <= SATURATED {
                    self.store(PINNED);
                }
                false
            }
        }
    }

    /// Turns a local count into a shared one with the same number of references. The caller's isolate is the only one
    /// that can reach the object.
    pub fn share(&self) {
        let count = self.load();
        debug_assert!(count > 0, "only a local count can be shared");
        self.store(-count);
    }

    /// Stops counting. The caller's isolate is the only one that can reach the object.
    pub fn make_immortal(&self) {
        self.store(0);
    }

    /// The number of references of a local object, for the cycle collector and freeze.
    pub(super) fn local(&self) -> i32 {
        self.load()
    }

    /// Sets the number of references of a local object, for the cycle collector, which takes references away on trial.
    pub(super) fn set_local(&self, count: i32) {
        self.store(count);
    }

    /// Stores the word that stands for membership in a frozen component; see `component`.
    pub(super) fn set_component(&self, index: u32) {
        self.store(-(index as i32) - 1);
    }

    /// Reads back what [`Count::set_component`] stored.
    #[inline]
    pub(super) fn component(&self) -> u32 {
        (-(self.load() + 1)) as u32
    }
}

/// Every interleaving of the protocol, by loom: `RUSTFLAGS="--cfg loom" cargo test -p motet-memory --release loom`.
#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicUsize;
    use loom::thread;

    /// An object as the protocol sees it: contents that only the freeing thread may touch, and how often it was freed.
    struct Object {
        count: Count,
        contents: UnsafeCell<u32>,
        freed: AtomicUsize,
    }

    impl Object {
        fn new() -> Object {
            Object { count: Count::one(), contents: UnsafeCell::new(0), freed: AtomicUsize::new(0) }
        }

        fn retain(&self) {
            if !self.count.increment_local() {
                self.count.increment_shared();
            }
        }

        fn release(&self) {
            if !self.count.decrement_local() && self.count.decrement_last() {
                // Freeing writes to the contents; loom reports a race with any read that does not happen before.
                self.contents.with_mut(|contents| unsafe { *contents = 1 });
                self.freed.fetch_add(1, Ordering::Relaxed);
            }
        }

        fn read(&self) -> u32 {
            self.contents.with(|contents| unsafe { *contents })
        }
    }

    #[test]
    fn loom_a_shared_object_is_freed_once_after_all_reads() {
        loom::model(|| {
            let object = Arc::new(Object::new());
            object.retain();
            object.count.share();
            let other = {
                let object = object.clone();
                thread::spawn(move || {
                    object.retain();
                    assert_eq!(object.read(), 0);
                    object.release();
                    object.release();
                })
            };
            assert_eq!(object.read(), 0);
            object.release();
            other.join().unwrap();
            assert_eq!(object.freed.load(Ordering::Relaxed), 1);
        });
    }

    #[test]
    fn loom_of_three_threads_one_frees() {
        loom::model(|| {
            let object = Arc::new(Object::new());
            object.retain();
            object.retain();
            object.count.share();
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    let object = object.clone();
                    thread::spawn(move || {
                        assert_eq!(object.read(), 0);
                        object.release();
                    })
                })
                .collect();
            object.release();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_eq!(object.freed.load(Ordering::Relaxed), 1);
        });
    }

    /// What freeze does: the owner writes the contents while the object is local, shares the count with a plain store, and
    /// hands a reference over by a release store, as a mailbox does.
    #[test]
    fn loom_freezing_publishes_the_contents() {
        loom::model(|| {
            let object = Arc::new(Object::new());
            let mailbox = Arc::new(AtomicUsize::new(0));
            let receiver = {
                let (object, mailbox) = (object.clone(), mailbox.clone());
                thread::spawn(move || {
                    if mailbox.load(Ordering::Acquire) == 1 {
                        assert_eq!(object.read(), 7);
                        object.retain();
                        object.release();
                        object.release();
                        true
                    } else {
                        false
                    }
                })
            };
            object.contents.with_mut(|contents| unsafe { *contents = 7 });
            object.retain();
            object.count.share();
            mailbox.store(1, Ordering::Release);
            object.release();
            if !receiver.join().unwrap() {
                // It was not taken out of the mailbox.
                object.release();
            }
            assert_eq!(object.freed.load(Ordering::Relaxed), 1);
        });
    }

    #[test]
    fn loom_an_immortal_object_is_never_freed() {
        loom::model(|| {
            let object = Arc::new(Object::new());
            object.count.make_immortal();
            let other = {
                let object = object.clone();
                thread::spawn(move || {
                    object.retain();
                    object.release();
                    object.release();
                })
            };
            object.release();
            other.join().unwrap();
            assert_eq!(object.freed.load(Ordering::Relaxed), 0);
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn with(count: i32) -> Count {
        Count(AtomicI32::new(count))
    }

    #[test]
    fn a_local_count_that_overflows_becomes_immortal() {
        let count = with(i32::MAX);
        assert!(!count.increment_local());
        count.increment_shared();
        assert_eq!(count.load(), 0);
        assert!(!count.decrement_local() && !count.decrement_last());
    }

    #[test]
    fn a_shared_count_saturates_and_never_frees() {
        let count = with(SATURATED);
        count.increment_shared();
        assert_eq!(count.load(), PINNED);
        for _ in 0..10 {
            assert!(!count.decrement_last());
        }
        assert_eq!(count.load(), PINNED);
    }

    #[test]
    fn the_last_reference_is_told() {
        let count = Count::one();
        assert!(count.increment_local() && count.decrement_local() && !count.decrement_local());
        assert!(count.decrement_last());
        let count = with(2);
        count.share();
        assert!(!count.decrement_local() && !count.decrement_last() && count.decrement_last());
    }

    #[test]
    fn component_numbers_fit_the_word() {
        let count = Count::one();
        for index in [0, 1, i32::MAX as u32 - 1] {
            count.set_component(index);
            assert_eq!(count.component(), index);
            assert!(!count.increment_local() && !count.decrement_local());
        }
    }
}
