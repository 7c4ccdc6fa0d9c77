//! Changes as something that is waited for: by a thread, or by an async task.
//!
//! A subscription puts the newest value into a slot; the waiting thread takes it out. The subscription's end drops what
//! feeds the slot, and that closes it.

use super::error::Result;
use super::signal::converted;
use super::value::FromValue;
use motet_vm::memory::Frozen;
use motet_vm::signals::Watchable;
use motet_vm::{Subscription, Uncaught, watch_source};
use std::marker::PhantomData;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The changes of a signal or a computed value, one after the other.
///
/// As an iterator it waits for the next one; with the feature `futures` it is a `futures_core::Stream` as well, for async
/// code on any runtime. It gives what a callback would be told (see [`super::Subscription`]): the newest value whenever
/// there is another one, and errors as `Err`; who comes late finds the newest. It ends when the last handle on the machine
/// is dropped.
///
/// ```
/// use std::thread;
///
/// let vm = motet::Vm::new();
/// let price = vm.signal(1.0);
/// let mut prices = price.changes();
/// let setter = price.clone();
/// thread::spawn(move || setter.set(2.5));
/// assert_eq!(prices.next().unwrap()?, 2.5);
///
/// let rest = thread::spawn(move || prices.count());
/// drop(vm);
/// assert_eq!(rest.join().unwrap(), 0);
/// # Ok::<(), motet::Error>(())
/// ```
pub struct Changes<T> {
    slot: Arc<Slot>,
    _subscription: Subscription,
    value: PhantomData<fn() -> T>,
}

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    newest: Option<std::result::Result<Frozen, Box<Uncaught>>>,
    is_closed: bool,
    /// The async task that waits.
    #[cfg(feature = "futures")]
    waker: Option<std::task::Waker>,
}

impl Slot {
    /// Nothing panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and wakes the waiting thread.
    fn tell(&self, change: impl FnOnce(&mut State) -> Option<std::result::Result<Frozen, Box<Uncaught>>>) {
        let mut state = self.lock();
        let former = change(&mut state);
        #[cfg(feature = "futures")]
        let waker = state.waker.take();
        drop(state);
        self.changed.notify_all();
        #[cfg(feature = "futures")]
        if let Some(waker) = waker {
            waker.wake();
        }
        drop(former);
    }
}

/// What the subscription's callback holds.
struct Feeder(Arc<Slot>);

impl Drop for Feeder {
    fn drop(&mut self) {
        self.0.tell(|state| {
            state.is_closed = true;
            None
        });
    }
}

impl<T: FromValue> Changes<T> {
    pub(super) fn of(source: &Watchable) -> Changes<T> {
        let slot = Arc::<Slot>::default();
        let feeder = Feeder(slot.clone());
        let subscription =
            watch_source(source, Box::new(move |read| feeder.0.tell(|state| state.newest.replace(read))));
        Changes { slot, _subscription: subscription, value: PhantomData }
    }

    /// The newest value, if there is one that has not been taken; does not wait.
    pub fn try_next(&mut self) -> Option<Result<T>> {
        let newest = self.slot.lock().newest.take();
        newest.map(converted)
    }
}

impl<T: FromValue> Iterator for Changes<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let mut state = self.slot.lock();
        loop {
            if let Some(newest) = state.newest.take() {
                drop(state);
                return Some(converted(newest));
            }
            if state.is_closed {
                return None;
            }
            state = self.slot.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T: FromValue> std::iter::FusedIterator for Changes<T> {}

#[cfg(feature = "futures")]
impl<T: FromValue> futures_core::Stream for Changes<T> {
    type Item = Result<T>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<T>>> {
        let mut state = self.slot.lock();
        if let Some(newest) = state.newest.take() {
            drop(state);
            return std::task::Poll::Ready(Some(converted(newest)));
        }
        if state.is_closed {
            return std::task::Poll::Ready(None);
        }
        let former = state.waker.replace(context.waker().clone());
        drop(state);
        drop(former);
        std::task::Poll::Pending
    }
}
