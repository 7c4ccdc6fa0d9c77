//! What the participants of one parallel call share: the function and the items, both frozen; a cursor; results and the
//! first error.
//!
//! **The first error** is the one with the lowest index, as if the items had been gone through in order. Chunks are taken
//! in order, so whatever comes before an item that failed is being worked on, and is worked on to its end; whatever comes
//! after it is not begun, and where it is running, it is cancelled.
//!
//! **The end.** A participant is counted from when it joins until it leaves, whatever makes it leave. The caller ends the
//! call when it is the last: it closes the batch, so that no worker joins any more.

use super::chunks::Pace;
use super::progress::Meter;
use crate::builtins::Callback;
use crate::concurrency::{Rank, RankedMutex, Waker};
use crate::memory::{Frozen, Parcel, Value};
use crate::native::CallArguments;
use crate::signals::{Guest, SharedView};
use crate::sync::{AtomicU64, AtomicUsize, Ordering};
use crate::threads::Package;
use std::ops::Range;

/// What is gone through.
pub(crate) enum Items {
    /// A frozen list.
    List(Frozen),
    /// A record or a map: frozen lists of its keys and of its values.
    Entries { keys: Frozen, values: Frozen },
    /// So many integers.
    Integers { start: i64, step: i64, count: usize },
}

impl Items {
    pub fn len(&self) -> usize {
        match self {
            Items::List(list) | Items::Entries { values: list, .. } => {
                list.value().as_list().map_or(0, |list| list.length())
            }
            Items::Integers { count, .. } => *count,
        }
    }

    pub fn at(&self, index: usize) -> Value {
        match self {
            Items::List(list) | Items::Entries { values: list, .. } => item(list, index),
            Items::Integers { start, step, .. } => {
                // Within the range, whose ends are integers.
                Value::int(start.wrapping_add(step.wrapping_mul(index as i64)))
            }
        }
    }

    /// What the function is called with for an item.
    #[inline]
    pub fn arguments(&self, callback: &Callback, index: usize) -> CallArguments {
        match self {
            Items::Entries { keys, values } => callback.keyed_arguments(item(keys, index), item(values, index)),
            _ => callback.arguments(self.at(index), index),
        }
    }
}

fn item(list: &Frozen, index: usize) -> Value {
    list.value().as_list().and_then(|list| list.get(index)).unwrap_or_default()
}

/// What becomes of the function's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A list of them.
    Map,
    /// Those are kept for which the result is true; here: their indices.
    Filter,
    /// Nothing.
    For,
    /// Each chunk is folded into one value. The chunks' sizes depend on the number of items alone, so that the result
    /// does not depend on time.
    Reduce,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Map => "parallel_map",
            Kind::Filter => "parallel_filter",
            Kind::For => "parallel_for",
            Kind::Reduce => "parallel_reduce",
        }
    }
}

/// See the module.
pub(crate) struct Batch {
    pub kind: Kind,
    pub function: Frozen,
    pub items: Items,
    /// Of `Reduce`: what the fold of each chunk starts with, if not with the chunk's first item.
    pub initial: Option<Frozen>,
    /// Values print so.
    pub gene: bool,
    /// How many may take part.
    participants: usize,
    cursor: AtomicUsize,
    /// The lowest index that failed, or `usize::MAX`.
    failed_at: AtomicUsize,
    done: AtomicU64,
    meter: Option<Box<dyn Meter>>,
    /// What is looked at, if the call is made by the function of a computed value or an effect.
    pub view: Option<SharedView>,
    state: RankedMutex<State>,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    /// Results of helpers: the index of the first item, and a list.
    results: Vec<(usize, Parcel)>,
    failure: Option<(usize, Package)>,
    members: Vec<Option<Member>>,
    /// What helpers have read.
    guests: Vec<Guest>,
    /// The caller, when it waits for the others.
    waiter: Option<Waker>,
}

struct Member {
    /// The first item of the chunk it is at.
    at: usize,
    /// Has its task cancelled.
    cancel: Option<Waker>,
}

impl Batch {
    pub fn new(
        kind: Kind,
        function: Frozen,
        items: Items,
        initial: Option<Frozen>,
        gene: bool,
        participants: usize,
        meter: Option<Box<dyn Meter>>,
    ) -> Batch {
        Batch {
            kind,
            function,
            items,
            initial,
            gene,
            participants: participants.max(1),
            cursor: AtomicUsize::new(0),
            failed_at: AtomicUsize::new(usize::MAX),
            done: AtomicU64::new(0),
            meter,
            view: None,
            state: RankedMutex::new(Rank::Batch, State::default()),
        }
    }

    /// The next chunk for a participant; none if there is nothing left to do.
    pub(super) fn claim(&self, pace: &mut Pace) -> Option<Range<usize>> {
        let length = self.items.len();
        let position = self.cursor.load(Ordering::Relaxed);
        if position >= length.min(self.failed_at.load(Ordering::Acquire)) {
            return None;
        }
        let size = match self.kind {
            Kind::Reduce => reduce_chunk(length),
            _ => pace.next(length - position, self.participants),
        };
        let start = self.cursor.fetch_add(size, Ordering::Relaxed);
        let end = start.saturating_add(size).min(length);
        (start < end).then_some(start..end)
    }

    /// There is an item left that no participant has begun with.
    pub(super) fn has_more(&self) -> bool {
        let end = self.items.len().min(self.failed_at.load(Ordering::Acquire));
        self.cursor.load(Ordering::Relaxed) < end
    }

    /// An item before this one failed.
    pub(super) fn has_failed_before(&self, index: usize) -> bool {
        self.failed_at.load(Ordering::Acquire) < index
    }

    /// Joins; none if there is nothing to do. Gives the member's number.
    pub(super) fn join(&self) -> Option<usize> {
        let mut state = self.state.lock();
        if state.is_closed || !self.has_more() && !state.members.is_empty() {
            return None;
        }
        let member = Some(Member { at: 0, cancel: None });
        match state.members.iter().position(Option::is_none) {
            Some(free) => {
                state.members[free] = member;
                Some(free)
            }
            None => {
                state.members.push(member);
                Some(state.members.len() - 1)
            }
        }
    }

    /// A member begins with a chunk, and can be cancelled from now on. False if that would be in vain.
    ///
    /// Whether its items come after one that failed elsewhere is known by the first: a failure inside the chunk is the
    /// member's own.
    pub(super) fn begin_chunk(&self, member: usize, start: usize, cancel: impl FnOnce() -> Waker) -> bool {
        let cancel = cancel();
        let mut state = self.state.lock();
        // The call may have been given up: the first item, which comes after no other, would never be cancelled.
        if state.is_closed || self.has_failed_before(start) {
            drop(state);
            drop(cancel);
            return false;
        }
        let former = state.members[member].replace(Member { at: start, cancel: Some(cancel) });
        drop(state);
        drop(former);
        true
    }

    /// A member leaves. The caller is told, if it waits.
    pub(super) fn leave(&self, member: usize) {
        let mut state = self.state.lock();
        let former = state.members[member].take();
        let waiter = state.waiter.take();
        drop(state);
        drop(former);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// For the caller: closes the batch if it is the only member left; else has it told when another one leaves.
    pub(super) fn close_or_wait(&self, waker: impl FnOnce() -> Waker) -> bool {
        let waker = waker();
        let mut state = self.state.lock();
        if state.members.iter().flatten().count() <= 1 {
            state.is_closed = true;
            drop(state);
            drop(waker);
            return true;
        }
        let former = state.waiter.replace(waker);
        drop(state);
        drop(former);
        false
    }

    /// Adds the results of a chunk.
    pub(super) fn add_results(&self, start: usize, results: Parcel) {
        self.state.lock().results.push((start, results));
    }

    /// The results of all helpers.
    pub(super) fn take_results(&self) -> Vec<(usize, Parcel)> {
        std::mem::take(&mut self.state.lock().results)
    }

    /// A helper has read what it needs.
    pub(super) fn add_guest(&self, guest: Guest) {
        self.state.lock().guests.push(guest);
    }

    /// What all helpers have read.
    pub(super) fn take_guests(&self) -> Vec<Guest> {
        std::mem::take(&mut self.state.lock().guests)
    }

    /// The first error, if helpers met with any.
    pub(super) fn take_failure(&self) -> Option<(usize, Package)> {
        self.state.lock().failure.take()
    }

    /// So many items more are done.
    pub(super) fn count(&self, items: usize) {
        let done = self.done.fetch_add(items as u64, Ordering::Relaxed) + items as u64;
        if let Some(meter) = &self.meter {
            meter.set(done);
        }
    }

    /// All items are done.
    pub(super) fn is_complete(&self) -> bool {
        self.done.load(Ordering::Acquire) == self.items.len() as u64
    }

    /// An item failed; the error is given unless the caller keeps it. What comes after the item is cancelled.
    pub(super) fn fail(&self, index: usize, error: Option<Package>) {
        let mut state = self.state.lock();
        let is_first = index < self.failed_at.fetch_min(index, Ordering::AcqRel);
        let former = if is_first {
            match error {
                Some(error) => state.failure.replace((index, error)),
                None => state.failure.take(),
            }
        } else {
            None
        };
        let wakers = later_members(&mut state, index);
        drop(state);
        drop(former);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The call is over without a result: the caller was cancelled. No worker joins any more.
    pub(super) fn abandon(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        self.failed_at.store(0, Ordering::Release);
        let mut wakers: Vec<Waker> =
            state.members.iter_mut().flatten().filter_map(|member| member.cancel.take()).collect();
        wakers.extend(state.waiter.take());
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// The cancel hooks of those who work on what comes after an index.
fn later_members(state: &mut State, index: usize) -> Vec<Waker> {
    let later = state.members.iter_mut().flatten().filter(|member| member.at > index);
    later.filter_map(|member| member.cancel.take()).collect()
}

/// Items in a chunk of a `parallel_reduce`: as many as there are chunks, so that the folds in the chunks and the fold of
/// their results are short alike.
fn reduce_chunk(length: usize) -> usize {
    length.isqrt().max(1)
}
