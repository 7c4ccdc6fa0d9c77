//! Results on their way from one isolate to others, and the futures that several isolates hold.

use crate::concurrency::{Completer, Completion, Ending, ThreadReference};
use crate::future::FUTURE;
use crate::memory::{ForeignKind, ForeignObject, Heap, Parcel, Value};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A result that one isolate may take, or several may copy. Its lock is a leaf: nothing is called while it is held but
/// the copying of a value that belongs to the package alone.
pub(crate) struct Package {
    parcel: Mutex<Option<Parcel>>,
    /// Its number in the trace until it has arrived somewhere, 0 without one.
    flow: AtomicU64,
}

/// The core of a future whose result crosses threads; both success and failure are values.
pub(crate) type ResultCore = Completion<Package, Package>;

/// Who completes such a core.
pub(crate) type ResultCompleter = Completer<Package, Package>;

impl Package {
    /// `flow`: its number in the trace, 0 without one.
    pub fn new(parcel: Parcel, flow: u64) -> Package {
        Package { parcel: Mutex::new(Some(parcel)), flow: AtomicU64::new(flow) }
    }

    /// The value, for an isolate. What is mutable is moved to the last reader, and copied for the others.
    pub fn open(&self, heap: &Heap, is_last: bool) -> Value {
        let mut slot = self.parcel.lock();
        let Some(parcel) = slot.take() else { return Value::NULL };
        let value = parcel.unpack(heap);
        if !is_last {
            // What has crossed once can cross again: nothing in it belongs to a thread.
            *slot = Parcel::pack(&value, heap).ok();
        }
        value
    }
}

/// What cancelling a future means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelMode {
    /// The task that produces the result is asked to stop, and settles the future then.
    Ask,
    /// The future is settled at once: nothing is running for it that could be stopped.
    AtOnce,
}

/// A future that several isolates may hold.
pub(crate) struct SharedFuture {
    pub core: Arc<ResultCore>,
    pub cancel: CancelMode,
    /// The thread that produces the result, for messages.
    pub thread: Option<u32>,
    /// Where it was made, so that it is known there when it comes back.
    pub home: Option<Home>,
}

/// The errand that waits for a shared future in the thread that made it.
pub(crate) struct Home {
    pub thread: ThreadReference,
    pub token: u64,
}

/// What a shared future has come to, for one isolate.
pub(crate) enum Arrival {
    Success(Value),
    Failure(Value),
    Cancelled,
    Abandoned,
}

impl SharedFuture {
    pub fn asking(core: Arc<ResultCore>) -> SharedFuture {
        SharedFuture { core, cancel: CancelMode::Ask, thread: None, home: None }
    }

    /// The result, if it is there. `is_last`: it will not be read again.
    pub fn open(&self, heap: &Heap, is_last: bool) -> Option<Arrival> {
        self.core.read(|outcome| match outcome {
            Ending::Success(package) => Arrival::Success(package.open(heap, is_last)),
            Ending::Failure(package) => Arrival::Failure(package.open(heap, is_last)),
            Ending::Cancelled => Arrival::Cancelled,
            Ending::Abandoned => Arrival::Abandoned,
        })
    }

    /// The number of the result in the trace, for the first who asks; 0 without one.
    pub fn take_flow(&self) -> u64 {
        let flow = self.core.read(|outcome| match outcome {
            Ending::Success(package) | Ending::Failure(package) => package.flow.swap(0, Ordering::Relaxed),
            Ending::Cancelled | Ending::Abandoned => 0,
        });
        flow.unwrap_or_default()
    }

    pub fn cancel(&self) -> bool {
        match self.cancel {
            CancelMode::Ask => self.core.request_cancel(),
            CancelMode::AtOnce => self.core.cancel(),
        }
    }
}

impl ForeignObject for SharedFuture {
    fn kind(&self) -> &'static ForeignKind {
        &FUTURE
    }

    fn stands_for(&self) -> Option<u128> {
        Some(Arc::as_ptr(&self.core).addr() as u128)
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Future {}>", if self.core.is_pending() { "pending" } else { "done" }))
    }
}
