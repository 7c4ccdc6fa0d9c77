//! How another thread tells an isolate that one of its suspended tasks can go on.
//!
//! A task that has to wait leaves a [`Waker`] where it waits: a target and a token. The token means something to the
//! target only. An isolate numbers its tasks' suspensions and never uses a number again. So a wake that comes too late
//! (the task was cancelled, or another arm of its select was first) finds no task and is ignored. **A wake is a hint to
//! look again, never a promise.**
//!
//! The target of an isolate is its [`ReadyQueue`]: tokens gather there, and the first since the isolate last looked rings
//! its bell.
//!
//! A wait is undone by dropping its [`Registration`].

use super::interrupt::Reasons;
use super::locks::{Rank, RankedMutex};
use super::parker::Bell;
use super::waiters::Ticket;
use std::sync::Arc;

/// What can be told that a token is ready.
pub trait Wake: Send + Sync {
    /// Called from any thread, without a lock held; must not block, and must not panic.
    fn wake(&self, token: u64);
}

/// Wakes one suspended task, once.
#[derive(Clone)]
pub struct Waker {
    target: Arc<dyn Wake>,
    token: u64,
}

impl Waker {
    pub fn new(target: Arc<dyn Wake>, token: u64) -> Waker {
        Waker { target, token }
    }

    /// Says that the token is ready.
    pub fn wake(self) {
        self.target.wake(self.token);
    }
}

/// The tokens of one isolate that became ready since it last looked.
pub struct ReadyQueue {
    state: RankedMutex<State>,
    bell: Arc<Bell>,
}

struct State {
    tokens: Vec<u64>,
    closed: bool,
}

impl ReadyQueue {
    /// The queue of the isolate whose bell this is.
    pub fn new(bell: Arc<Bell>) -> Arc<ReadyQueue> {
        let state = State { tokens: Vec::new(), closed: false };
        Arc::new(ReadyQueue { state: RankedMutex::new(Rank::ReadyQueue, state), bell })
    }

    /// A waker of the task that waits under this token.
    pub fn waker(self: &Arc<ReadyQueue>, token: u64) -> Waker {
        Waker::new(self.clone(), token)
    }

    /// Takes all tokens, in the order in which they became ready, into an empty vector.
    pub fn take(&self, tokens: &mut Vec<u64>) {
        assert!(tokens.is_empty(), "earlier tokens would be lost in the queue");
        std::mem::swap(&mut self.state.lock().tokens, tokens);
    }

    /// Becomes as new, for another isolate.
    pub fn renew(&mut self) {
        let mut state = self.state.lock();
        state.closed = false;
        state.tokens.clear();
    }

    /// The isolate has ended: later wakes are ignored, and the queue grows no more.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.tokens = Vec::new();
    }
}

impl Wake for ReadyQueue {
    fn wake(&self, token: u64) {
        let first = {
            let mut state = self.state.lock();
            if state.closed {
                return;
            }
            state.tokens.push(token);
            state.tokens.len() == 1
        };
        if first {
            self.bell.ring(Reasons::READY);
        }
    }
}

/// Where one can wait, without its payload's type: so waits of different kinds stand in one list.
pub(super) trait WaitPlace: Send + Sync {
    /// The waiter with this ticket waits no longer. If it has been woken already, the wake is passed on where it is
    /// meant for one waiter only.
    fn leave(&self, ticket: Ticket);
}

/// One wait that is registered somewhere. Dropping it ends the wait.
#[must_use = "dropping a registration ends the wait"]
pub struct Registration {
    /// None once the wait is over.
    place: Option<Arc<dyn WaitPlace>>,
    ticket: Ticket,
}

impl Registration {
    pub(super) fn new(place: Arc<dyn WaitPlace>, ticket: Ticket) -> Registration {
        Registration { place: Some(place), ticket }
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// The wait is registered at this place.
    pub(super) fn is_at<P>(&self, place: &Arc<P>) -> bool {
        self.place.as_ref().is_some_and(|own| std::ptr::addr_eq(Arc::as_ptr(own), Arc::as_ptr(place)))
    }

    /// The wait has had what it was for, so nothing is to be undone; what is left of it is its ticket.
    pub(super) fn fulfil(mut self) -> Ticket {
        self.place = None;
        self.ticket
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.leave(self.ticket);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn t04_many_wakes_ring_once_until_taken() {
        let bell = Bell::detached();
        let ready = ReadyQueue::new(bell.clone());
        ready.waker(7).wake();
        assert_eq!(bell.take(), Reasons::READY);
        ready.waker(8).wake();
        assert!(!bell.word().is_raised(), "the isolate has not looked yet");
        let mut tokens = Vec::new();
        ready.take(&mut tokens);
        assert_eq!(tokens, [7, 8]);
        ready.waker(9).wake();
        assert_eq!(bell.take(), Reasons::READY);
    }

    #[test]
    fn a_closed_queue_ignores_wakes() {
        let bell = Bell::detached();
        let ready = ReadyQueue::new(bell.clone());
        ready.close();
        ready.waker(1).wake();
        assert!(!bell.word().is_raised());
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use super::*;
    use crate::sync::model_bounded;

    #[test]
    fn loom_no_token_is_lost() {
        model_bounded(|| {
            let bell = Bell::detached();
            let ready = ReadyQueue::new(bell.clone());
            let threads: Vec<_> = [1, 2]
                .into_iter()
                .map(|token| {
                    let waker = ready.waker(token);
                    loom::thread::spawn(move || waker.wake())
                })
                .collect();
            let mut seen = Vec::new();
            let mut tokens = Vec::new();
            while seen.len() < 2 {
                assert!(bell.wait(None));
                assert_eq!(bell.take(), Reasons::READY);
                ready.take(&mut tokens);
                seen.append(&mut tokens);
            }
            seen.sort_unstable();
            assert_eq!(seen, [1, 2]);
            for thread in threads {
                thread.join().unwrap();
            }
        });
    }
}
