//! What other threads need of one: where to leave messages, and whom to wake.

use super::message::{Message, Request};
use crate::concurrency::{Activity, Bell, Capacity, Mailbox, ReadyQueue};
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// See the module. One for each use of a thread slot.
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
            bell,
        }
    }

    /// Somebody gets a reference.
    pub fn sender(&self) -> Sender {
        self.senders.count.fetch_add(1, Ordering::Relaxed);
        Sender(self.senders.clone())
    }

    /// Nobody else holds a reference, so nothing will be sent any more.
    pub fn is_forgotten(&self) -> bool {
        self.senders.count.load(Ordering::Acquire) == 0
    }

    /// A task was switched to.
    pub fn count_step(&self) {
        let steps = self.steps.load(Ordering::Relaxed);
        self.steps.store(steps + 1, Ordering::Release);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(bell) = self.0.bell.upgrade()
        {
            bell.ring(crate::concurrency::Reasons::MESSAGE);
        }
    }
}
