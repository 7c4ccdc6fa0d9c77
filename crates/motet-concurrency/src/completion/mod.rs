//! The core of a future: it completes once, from any thread, and any number of tasks may wait for it and read it (T-21).
//!
//! It has two sides. The [`Completer`] is unique and completes it; dropped without having done so, it *abandons* it, so
//! that no reader waits for a thread that has died. [`Completion`] is the side of the readers; it is shared by `Arc`,
//! and when the last of them is gone, completing it merely drops the result.
//!
//! **The protocol.** Everything is behind one lock. The side that settles it (the completer, or a reader that cancels)
//! puts the outcome in place and takes all waiters and the cancel hook out in one critical section, then publishes the
//! state and wakes the waiters. A waiter registers under the lock and learns there whether it is too late to wait: so
//! each one either finds the outcome or is woken. Wakers run, and results and hooks are dropped, after the lock is
//! released.
//!
//! **Cancelling** has two strengths. [`Completion::request_cancel`] asks the producer, whose hook is woken and who decides
//! when it settles (a running thread: at its next safe point, after its `finally` blocks). [`Completion::cancel`]
//! settles at once, for producers that have nothing to clean up, such as replies; what they then produce is handed back
//! to them.

use super::locks::{Rank, RankedMutex};
use super::waiters::{Ticket, Waiters};
use super::waker::{Registration, WaitPlace, Waker};
use crate::sync::{AtomicU8, Ordering};
use std::sync::Arc;

/// How a future ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending<T, E> {
    Success(T),
    Failure(E),
    Cancelled,
    /// The producer is gone and never completed it.
    Abandoned,
}

impl<T, E> From<Result<T, E>> for Ending<T, E> {
    fn from(result: Result<T, E>) -> Ending<T, E> {
        match result {
            Ok(value) => Ending::Success(value),
            Err(error) => Ending::Failure(error),
        }
    }
}

impl<T, E> Ending<T, E> {
    fn state(&self) -> CompletionState {
        match self {
            Ending::Success(_) => CompletionState::Succeeded,
            Ending::Failure(_) => CompletionState::Failed,
            Ending::Cancelled => CompletionState::Cancelled,
            Ending::Abandoned => CompletionState::Abandoned,
        }
    }
}

/// What is known of a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CompletionState {
    Pending,
    Succeeded,
    Failed,
    Cancelled,
    Abandoned,
}

impl CompletionState {
    const ALL: [CompletionState; 5] = [
        CompletionState::Pending,
        CompletionState::Succeeded,
        CompletionState::Failed,
        CompletionState::Cancelled,
        CompletionState::Abandoned,
    ];
}

/// A future, as its readers hold it. Always in an `Arc`.
pub struct Completion<T, E> {
    /// The state, readable without the lock; it leaves `Pending` once, after the outcome is in place.
    state: AtomicU8,
    core: RankedMutex<Core<T, E>>,
}

struct Core<T, E> {
    outcome: Option<Ending<T, E>>,
    waiters: Waiters<Waker>,
    cancel_requested: bool,
    /// Wakes the producer when cancellation is requested.
    cancel_hook: Option<Waker>,
}

/// Who settles a future.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Its work is done: it needs no hook.
    Producer,
    /// It cancels, and the producer is told.
    Reader,
}

/// The side that completes a future.
pub struct Completer<T: Send + 'static, E: Send + 'static> {
    /// None once it has completed.
    completion: Option<Arc<Completion<T, E>>>,
}

/// A future that is pending, and who completes it.
pub fn completion<T: Send + 'static, E: Send + 'static>() -> (Completer<T, E>, Arc<Completion<T, E>>) {
    let core = Core { outcome: None, waiters: Waiters::new(), cancel_requested: false, cancel_hook: None };
    let completion = Arc::new(Completion {
        state: AtomicU8::new(CompletionState::Pending as u8),
        core: RankedMutex::new(Rank::Completion, core),
    });
    (Completer { completion: Some(completion.clone()) }, completion)
}

impl<T: Send + 'static, E: Send + 'static> Completion<T, E> {
    /// A future that has ended already.
    pub fn settled(outcome: Ending<T, E>) -> Arc<Completion<T, E>> {
        let (completer, completion) = completion();
        completer.complete(outcome).unwrap_or_else(|_| unreachable!("a new completion is pending"));
        completion
    }

    pub fn state(&self) -> CompletionState {
        CompletionState::ALL[usize::from(self.state.load(Ordering::Acquire))]
    }

    pub fn is_pending(&self) -> bool {
        self.state() == CompletionState::Pending
    }

    /// Shows the outcome, if there is one. The lock is held meanwhile: `look` should only copy or share what it finds.
    pub fn read<R>(&self, look: impl FnOnce(&Ending<T, E>) -> R) -> Option<R> {
        if self.is_pending() {
            return None;
        }
        self.core.lock().outcome.as_ref().map(look)
    }

    /// The outcome: moved out if this is the last reference to a settled future, else a clone. A pending future is given
    /// back.
    pub fn into_outcome(self: Arc<Self>) -> Result<Ending<T, E>, Arc<Self>>
    where
        T: Clone,
        E: Clone,
    {
        if self.is_pending() {
            return Err(self);
        }
        match Arc::try_unwrap(self) {
            Ok(completion) => Ok(completion.core.lock().outcome.take().expect("a settled future has an outcome")),
            Err(shared) => Ok(shared.read(Ending::clone).expect("a settled future has an outcome")),
        }
    }

    /// Waits for the end: the waker is told. None if it has ended already.
    pub fn wait(self: &Arc<Self>, waker: Waker) -> Option<Registration> {
        let mut core = self.core.lock();
        if core.outcome.is_some() {
            return None;
        }
        let ticket = core.waiters.push(waker);
        Some(Registration::new(self.clone(), ticket))
    }

    /// Asks the producer to stop. False if it has ended already; asking twice is asking once.
    pub fn request_cancel(&self) -> bool {
        let mut core = self.core.lock();
        if core.outcome.is_some() {
            return false;
        }
        core.cancel_requested = true;
        let hook = core.cancel_hook.take();
        drop(core);
        if let Some(hook) = hook {
            hook.wake();
        }
        true
    }

    /// Settles it as cancelled, at once, and asks the producer to stop. False if it has ended already.
    pub fn cancel(&self) -> bool {
        self.settle(Ending::Cancelled, Side::Reader).map(Settled::wake).is_ok()
    }

    /// Ends the wait of a registration whose waker was told: a completion tells all its waiters when it is settled, and
    /// keeps none.
    pub fn fulfil(registration: Registration) {
        registration.fulfil();
    }

    /// Settles it; the waiters are still to be woken.
    fn settle(&self, outcome: Ending<T, E>, side: Side) -> Result<Settled, Ending<T, E>> {
        let state = outcome.state();
        let mut core = self.core.lock();
        if core.outcome.is_some() {
            return Err(outcome);
        }
        core.outcome = Some(outcome);
        self.state.store(state as u8, Ordering::Release);
        let hook = core.cancel_hook.take();
        core.cancel_requested |= side == Side::Reader;
        let waiters = core.waiters.take();
        drop(core);
        Ok(Settled { waiters, hook: hook.filter(|_| side == Side::Reader) })
    }
}

/// Whom to wake because a future was settled.
#[must_use]
struct Settled {
    waiters: Waiters<Waker>,
    hook: Option<Waker>,
}

impl Settled {
    fn wake(self) {
        self.waiters.hand_out(Waker::wake);
        if let Some(hook) = self.hook {
            hook.wake();
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Completer<T, E> {
    /// Completes the future. If a reader has cancelled it meanwhile, the outcome comes back.
    pub fn complete(mut self, outcome: impl Into<Ending<T, E>>) -> Result<(), Ending<T, E>> {
        let completion = self.completion.take().expect("a completer completes once");
        let settled = completion.settle(outcome.into(), Side::Producer)?;
        // Before the wake: so the reader that is woken finds itself the last one, and moves the outcome out.
        drop(completion);
        settled.wake();
        Ok(())
    }

    /// True if a reader wants the producer to stop.
    pub fn is_cancel_requested(&self) -> bool {
        self.shared().core.lock().cancel_requested
    }

    /// Has `hook` woken when cancellation is requested: at once, if it has been already.
    pub fn on_cancel(&self, hook: Waker) {
        let mut core = self.shared().core.lock();
        if core.cancel_requested {
            drop(core);
            hook.wake();
        } else {
            let former = core.cancel_hook.replace(hook);
            drop(core);
            drop(former);
        }
    }

    /// Another reader of the future.
    pub fn reader(&self) -> Arc<Completion<T, E>> {
        self.shared().clone()
    }

    fn shared(&self) -> &Arc<Completion<T, E>> {
        self.completion.as_ref().expect("a completer has completed only when it is consumed")
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Completer<T, E> {
    fn drop(&mut self) {
        if let Some(completion) = self.completion.take() {
            // Who has asked for that is told that it was done.
            let cancelled = completion.core.lock().cancel_requested;
            let outcome = if cancelled { Ending::Cancelled } else { Ending::Abandoned };
            // A reader may have cancelled it, which is as good.
            let _ = completion.settle(outcome, Side::Producer).map(Settled::wake);
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> WaitPlace for Completion<T, E> {
    fn leave(&self, ticket: Ticket) {
        let left = self.core.lock().waiters.remove(ticket);
        drop(left);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod loom_models;
