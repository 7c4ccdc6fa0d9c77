//! What other threads need of one: where to leave messages, and whom to wake.

use super::message::{Message, Request};
use crate::concurrency::{Activity, Bell, Capacity, Mailbox, ReadyQueue, Reasons, Reuse};
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// See the module. Threads that follow one another may have the same one, if no reference to it is left.
pub(crate) struct Handle {
    pub bell: Arc<Bell>,
    pub ready: Arc<ReadyQueue>,
    /// What callbacks are for: it waits here until the first one is registered.
    pub inbox: Arc<Mailbox<Message>>,
    /// Functions to run, which wait for no callback. A mailbox of their own, so that messages that wait do not hold them
    /// up.
    pub requests: Arc<Mailbox<Request>>,
    /// References that others hold; `keep_alive` ends with the last one.
    senders: Arc<Senders>,
    /// Task switches so far: whether anything has happened between two looks at the whole program (T-23). Written by the
    /// thread alone, and so often that it has a cache line of its own: senders read what is beside it.
    pub steps: CachePadded<AtomicU64>,
    /// How often the thread was asked to stop since it looked. The bell only says that it was: two stops in a row are two.
    stops: AtomicU32,
}

/// Counts the references to a thread that others hold.
struct Senders {
    count: AtomicUsize,
    bell: Weak<Bell>,
}

/// A reference that counts.
pub(crate) struct Sender(Arc<Senders>);

impl Handle {
    pub fn new(activity: &Arc<Activity>, capacity: Capacity) -> Handle {
        let bell = Bell::new(activity.clone());
        Handle {
            ready: ReadyQueue::new(bell.clone()),
            inbox: Mailbox::owned(bell.clone(), capacity),
            requests: Mailbox::owned(bell.clone(), capacity),
            senders: Arc::new(Senders { count: AtomicUsize::new(0), bell: Arc::downgrade(&bell) }),
            steps: CachePadded::new(AtomicU64::new(0)),
            stops: AtomicU32::new(0),
            bell,
        }
    }

    /// A new reference.
    pub fn sender(&self) -> Sender {
        self.senders.count.fetch_add(1, Ordering::Relaxed);
        Sender(self.senders.clone())
    }

    /// No other code holds a reference, so nothing will be sent any more.
    pub fn is_forgotten(&self) -> bool {
        self.senders.count.load(Ordering::Acquire) == 0
    }

    /// Asks the thread to stop.
    pub fn stop(&self) {
        self.stops.fetch_add(1, Ordering::Relaxed);
        self.bell.ring(Reasons::STOP);
    }

    /// How often it was asked to stop since this was called last.
    pub fn take_stops(&self) -> u32 {
        self.stops.swap(0, Ordering::Relaxed)
    }

    /// A task was switched to.
    pub fn count_step(&self) {
        let steps = self.steps.load(Ordering::Relaxed);
        self.steps.store(steps + 1, Ordering::Release);
    }
}

impl Reuse for Handle {
    fn renew(&mut self) -> bool {
        // No other owner has a part of it, so none can get one meanwhile.
        let parts = (Arc::get_mut(&mut self.ready), Arc::get_mut(&mut self.inbox), Arc::get_mut(&mut self.requests));
        let (Some(ready), Some(inbox), Some(requests)) = parts else { return false };
        let bell_is_own = Arc::strong_count(&self.bell) == BELLS && Arc::weak_count(&self.bell) == 1;
        if !bell_is_own || Arc::get_mut(&mut self.senders).is_none() || !inbox.renew() || !requests.renew() {
            return false;
        }
        ready.renew();
        self.bell.take();
        self.senders.count.store(0, Ordering::Relaxed);
        self.steps.store(0, Ordering::Relaxed);
        self.stops.store(0, Ordering::Relaxed);
        true
    }
}

/// The parts of a handle that have its bell, and the handle itself; senders know it weakly.
const BELLS: usize = 4;

impl Drop for Sender {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(bell) = self.0.bell.upgrade()
        {
            bell.ring(Reasons::MESSAGE);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn handle() -> Handle {
        Handle::new(&Activity::new(), Capacity::MAILBOX)
    }

    #[test]
    fn t06_a_handle_that_nobody_knows_is_as_good_as_new() {
        let mut handle = handle();
        handle.ready.waker(7).wake();
        handle.ready.close();
        drop((handle.inbox.abandon(), handle.requests.abandon()));
        handle.count_step();
        handle.stop();
        drop(handle.sender());
        assert!(handle.renew());
        assert!(handle.bell.take().is_empty() && handle.is_forgotten());
        assert_eq!((handle.steps.load(Ordering::Relaxed), handle.take_stops()), (0, 0));
        handle.ready.waker(8).wake();
        assert_eq!(handle.bell.take(), Reasons::READY);
        let mut tokens = Vec::new();
        handle.ready.take(&mut tokens);
        assert_eq!(tokens, [8]);
        assert_eq!(handle.inbox.counts(), crate::concurrency::Counts::default());
        assert_eq!(handle.requests.try_receive().err(), Some(crate::concurrency::TryReceiveError::Empty));
    }

    #[test]
    fn t08_a_handle_of_which_somebody_knows_a_part_is_not_used_again() {
        type Keep = fn(&Handle) -> Box<dyn std::any::Any>;
        let keeps: [Keep; 5] = [
            |handle| Box::new(handle.bell.clone()),
            |handle| Box::new(handle.ready.waker(1)),
            |handle| Box::new(handle.inbox.clone()),
            |handle| Box::new(handle.requests.clone()),
            |handle| Box::new(handle.sender()),
        ];
        for keep in keeps {
            let mut handle = handle();
            let part = keep(&handle);
            assert!(!handle.renew());
            drop(part);
            assert!(handle.renew());
        }
    }
}
