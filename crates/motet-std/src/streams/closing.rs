//! Being closed while tasks wait.

use crate::runtime::unless;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Closed once, and never open again.
#[derive(Default)]
pub struct Closing {
    is_closed: AtomicBool,
    news: Notify,
}

impl Closing {
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.news.notify_waiters();
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// What the work gives; none once this is closed, and the work is dropped where it waits.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        // Registered before the look at the flag, so that a close between the two is heard.
        let mut closed = pin!(self.news.notified());
        closed.as_mut().enable();
        if self.is_closed() {
            return None;
        }
        unless(closed, work).await
    }
}
