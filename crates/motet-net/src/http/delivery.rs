//! What an answer gave before it breaks off reaches the client before the break.
//!
//! hyper collects what a body gives, and drops what it has not written when the body fails. So the failure of a body is held
//! back until the connection has written all that came before it: the connection counts how often it has, and the body waits
//! for the next time.

use super::body::Sent;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

/// How often a connection has written all that it had.
#[derive(Default)]
pub struct Flushes(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    count: u64,
    /// The body that waits for the next one.
    waiting: Option<Waker>,
}

impl Flushes {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All has been written.
    pub fn note(&self) {
        let mut counted = self.lock();
        counted.count += 1;
        let waiting = counted.waiting.take();
        drop(counted);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    fn poll_after(&self, seen: u64, context: &Context<'_>) -> Poll<()> {
        let mut counted = self.lock();
        if counted.count > seen {
            return Poll::Ready(());
        }
        counted.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}

/// The body of an answer on its way.
pub struct Delivered {
    sent: Sent,
    flushes: Arc<Flushes>,
    /// Why it breaks off, and how often all had been written when it did.
    broken: Option<(u64, io::Error)>,
}

impl Delivered {
    pub fn new(sent: Sent, flushes: Arc<Flushes>) -> Delivered {
        Delivered { sent, flushes, broken: None }
    }
}

impl Body for Delivered {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let own = self.get_mut();
        let (seen, error) = match own.broken.take() {
            Some(broken) => broken,
            None => match ready!(Pin::new(&mut own.sent).poll_frame(context)) {
                Some(Err(error)) => (own.flushes.lock().count, error),
                frame => return Poll::Ready(frame),
            },
        };
        if own.flushes.poll_after(seen, context).is_pending() {
            own.broken = Some((seen, error));
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(error)))
    }

    fn is_end_stream(&self) -> bool {
        self.broken.is_none() && self.sent.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.sent.size_hint()
    }
}
