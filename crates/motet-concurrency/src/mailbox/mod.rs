//! Mailboxes and channels: a bounded queue that any thread may send to.
//!
//! A mailbox has an owner, the isolate that reads it, whose bell rings when messages come. A channel has none: tasks of
//! any isolate receive from it. Otherwise they are the same thing.
//!
//! **No call blocks.** Where an operation cannot be done now, the caller leaves a waker and suspends its task; its OS
//! thread goes on serving its own mailbox, so two threads that flood one another cannot deadlock (T-16).
//!
//! **Sending.** A message goes into the queue if there is room. If not, [`Mailbox::send`] leaves the message *with the
//! mailbox*, in a line of waiting senders. The receiver that takes messages out moves those in line into the queue,
//! first come, first served, and wakes their senders, which have then nothing left to do. So a sender needs one wake at
//! most, no sender overtakes (a newcomer finds the queue full as long as there is a line), and messages of one sender
//! stay in order. A sender that goes away takes its message back.
//!
//! **Receiving.** Messages stay in the queue until they are taken; a waiting receiver is only told to look. Each arriving
//! message tells one, in the order of the line. One who finds nothing (another was faster) waits again *with its old
//! ticket*, in its old place; looking and waiting are one step ([`Mailbox::receive_or_wait`]). One who leaves after having been told (it was cancelled, or another arm of its select was
//! first) tells the next in its stead, if there is anything to take. So while messages and waiting receivers are both there,
//! one of the receivers has been woken and has not acted yet.
//!
//! **The owner** is told once per batch: by the first message since it last took, and again if it left some behind. It
//! takes everything at once by exchanging its empty buffer for the queue, so senders meet the owner in the lock only once
//! per batch.
//!
//! **Accounts.** Under the lock, always: `sent = received + dropped + len`. A message that was handed back (full, closed,
//! withdrawn) was never sent, and is counted as refused.
//!
//! Wakers run, and messages are dropped, after the lock is released.

use super::interrupt::Reasons;
use super::locks::{Rank, RankedGuard, RankedMutex};
use super::parker::Bell;
use super::waiters::{Ticket, Waiters};
use super::waker::{Registration, WaitPlace, Waker};
use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How many messages a mailbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    Bounded(NonZeroUsize),
    Unbounded,
}

impl Capacity {
    /// A thread's mailbox, unless a setting says otherwise (T-16).
    pub const MAILBOX: Capacity = Capacity::Bounded(NonZeroUsize::new(1000).expect("not zero"));

    fn limit(self) -> usize {
        match self {
            Capacity::Bounded(limit) => limit.get(),
            Capacity::Unbounded => usize::MAX,
        }
    }
}

/// A queue of messages. Always in an `Arc`.
///
/// Sender and receiver hand one another what they write, a cache line at a time. So the lock and all that changes with
/// each message are on one line of their own, and what changes rarely is behind it.
#[repr(C, align(64))]
pub struct Mailbox<T> {
    state: RankedMutex<State<T>>,
    owner: Option<Arc<Bell>>,
    capacity: usize,
}

#[repr(C)]
struct State<T> {
    /// The owner has been told, and has not emptied the queue since.
    owner_told: bool,
    closed: bool,
    messages: VecDeque<T>,
    counts: Counts,
    /// Who found no message and has not been told of one since.
    receivers: Waiters<Waker>,
    /// Who found no room; not empty only while the queue is full, or closed.
    senders: Waiters<WaitingSender<T>>,
}

/// What a small message touches is on the mailbox's first line.
#[cfg(all(not(debug_assertions), not(loom)))]
const _: () = {
    let state = std::mem::offset_of!(State<u64>, counts) + std::mem::offset_of!(Counts, refused);
    assert!(size_of::<RankedMutex<State<u64>>>() - size_of::<State<u64>>() + state <= 64);
};

struct WaitingSender<T> {
    message: T,
    /// Taken when the mailbox is closed and the sender has been told.
    waker: Option<Waker>,
}

/// What became of the messages so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Counts {
    /// Came into the queue.
    pub sent: u64,
    /// Were taken out by a receiver.
    pub received: u64,
    /// Were handed back to their senders: no room, closed, or withdrawn.
    pub refused: u64,
    /// Were still inside when the mailbox was abandoned.
    pub dropped: u64,
}

/// Why a message could not be sent at once. The message comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    Full(T),
    Closed(T),
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            TrySendError::Full(_) => "the mailbox is full",
            TrySendError::Closed(_) => "the mailbox is closed",
        })
    }
}

/// Why nothing could be received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryReceiveError {
    /// Nothing is there yet.
    Empty,
    /// Nothing is there and nothing will come.
    Closed,
}

/// Nothing is in the mailbox and nothing will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// What became of a message that was sent with patience.
pub enum Sending<T: Send + 'static> {
    /// It is in the queue.
    Delivered,
    /// It stands in line; the waker will be told when that changes.
    Waiting(PendingSend<T>),
    /// The mailbox is closed: here it is again.
    Closed(T),
}

/// What became of an attempt to receive with patience.
pub enum Receiving<T> {
    Message(T),
    /// Nothing is there yet; the waker will be told when that may have changed.
    Waiting(Registration),
    /// Nothing is there and nothing will come.
    Closed,
}

/// Whom to tell, once the lock is released.
#[must_use]
struct Tell {
    owner: bool,
    receiver: Option<Waker>,
}

impl<T: Send + 'static> Mailbox<T> {
    /// The mailbox of the isolate whose bell this is.
    pub fn owned(owner: Arc<Bell>, capacity: Capacity) -> Arc<Mailbox<T>> {
        Mailbox::build(Some(owner), capacity)
    }

    /// A channel: a mailbox without an owner.
    pub fn channel(capacity: Capacity) -> Arc<Mailbox<T>> {
        Mailbox::build(None, capacity)
    }

    fn build(owner: Option<Arc<Bell>>, capacity: Capacity) -> Arc<Mailbox<T>> {
        let state = State {
            messages: VecDeque::new(),
            senders: Waiters::new(),
            receivers: Waiters::new(),
            owner_told: false,
            closed: false,
            counts: Counts::default(),
        };
        Arc::new(Mailbox { state: RankedMutex::new(Rank::Mailbox, state), owner, capacity: capacity.limit() })
    }

    /// Sends if there is room.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut state = self.state.lock();
        if state.closed {
            state.counts.refused += 1;
            return Err(TrySendError::Closed(message));
        }
        if state.messages.len() >= self.capacity {
            state.counts.refused += 1;
            return Err(TrySendError::Full(message));
        }
        let tell = state.accept(message);
        drop(state);
        self.tell(tell);
        Ok(())
    }

    /// Sends, or stands in line. The waker is made only in the second case, with the mailbox locked.
    pub fn send(self: &Arc<Mailbox<T>>, message: T, waker: impl FnOnce() -> Waker) -> Sending<T> {
        let mut state = self.state.lock();
        if state.closed {
            state.counts.refused += 1;
            return Sending::Closed(message);
        }
        if state.messages.len() >= self.capacity {
            let ticket = state.senders.push(WaitingSender { message, waker: Some(waker()) });
            return Sending::Waiting(PendingSend { mailbox: self.clone(), ticket, in_line: true });
        }
        let tell = state.accept(message);
        drop(state);
        self.tell(tell);
        Sending::Delivered
    }

    /// Takes the oldest message.
    pub fn try_receive(&self) -> Result<T, TryReceiveError> {
        let mut state = self.state.lock();
        let Some(message) = state.messages.pop_front() else {
            return Err(if state.closed { TryReceiveError::Closed } else { TryReceiveError::Empty });
        };
        state.counts.received += 1;
        self.after_taking(state);
        Ok(message)
    }

    /// Takes up to `at_most` messages, oldest first, to the end of `batch`; says how many. Taking everything into an empty
    /// batch exchanges buffers and copies nothing.
    pub fn receive(&self, batch: &mut VecDeque<T>, at_most: usize) -> Result<usize, Closed> {
        let mut state = self.state.lock();
        if state.messages.is_empty() && state.closed {
            return Err(Closed);
        }
        let count = state.messages.len().min(at_most);
        if batch.is_empty() && count == state.messages.len() {
            std::mem::swap(batch, &mut state.messages);
        } else {
            batch.extend(state.messages.drain(..count));
        }
        state.counts.received += count as u64;
        self.after_taking(state);
        Ok(count)
    }

    /// Waits for a message: the waker is told when there may be one. None if the caller should look at once, because
    /// a message is there, or the mailbox is closed.
    pub fn wait_to_receive(self: &Arc<Mailbox<T>>, waker: Waker) -> Option<Registration> {
        let mut state = self.state.lock();
        if state.closed || !state.messages.is_empty() {
            return None;
        }
        let ticket = state.receivers.push(waker);
        Some(Registration::new(self.clone(), ticket))
    }

    /// Takes the oldest message, or waits for one: the waker, which is made only then, is told when there may be one. Who
    /// has waited before gives the registration of that, which must come from this mailbox, and keeps its place.
    ///
    /// Who takes a message passes nothing on, unlike one who leaves: as long as receivers wait that have not been told,
    /// there are no more messages than receivers that have been told and have not acted.
    pub fn receive_or_wait(
        self: &Arc<Mailbox<T>>,
        registration: Option<Registration>,
        waker: impl FnOnce() -> Waker,
    ) -> Receiving<T> {
        debug_assert!(registration.as_ref().is_none_or(|registration| registration.is_at(self)));
        let mut state = self.state.lock();
        if let Some(message) = state.messages.pop_front() {
            state.counts.received += 1;
            let left = registration.and_then(|registration| state.receivers.remove(registration.fulfil()));
            self.after_taking(state);
            drop(left);
            return Receiving::Message(message);
        }
        if state.closed {
            // Leaving locks again.
            drop(state);
            return Receiving::Closed;
        }
        let (registration, former) = match registration {
            Some(registration) => {
                let former = state.receivers.insert(registration.ticket(), waker());
                (registration, former)
            }
            None => (Registration::new(self.clone(), state.receivers.push(waker())), None),
        };
        drop(state);
        drop(former);
        Receiving::Waiting(registration)
    }

    /// Ends sending. What is inside can still be received; waiting senders get their messages back.
    pub fn close(&self) {
        self.shut(|_| VecDeque::new());
    }

    /// Ends sending and receiving, because the receiver is gone: hands out what was inside, which is counted as
    /// dropped.
    pub fn abandon(&self) -> VecDeque<T> {
        self.shut(|state| {
            state.counts.dropped += state.messages.len() as u64;
            std::mem::take(&mut state.messages)
        })
    }

    fn shut(&self, take: impl FnOnce(&mut State<T>) -> VecDeque<T>) -> VecDeque<T> {
        let mut state = self.state.lock();
        state.closed = true;
        let messages = take(&mut state);
        let mut wakers: Vec<Waker> = state.senders.iter_mut().filter_map(|sender| sender.waker.take()).collect();
        state.receivers.take().hand_out(|waker| wakers.push(waker));
        drop(state);
        if let Some(owner) = &self.owner {
            owner.ring(Reasons::MESSAGE);
        }
        for waker in wakers {
            waker.wake();
        }
        messages
    }

    /// Becomes as new, for another owner of the same bell; false if something waits in it.
    pub fn renew(&mut self) -> bool {
        let mut state = self.state.lock();
        if !state.messages.is_empty() || state.senders.len() + state.receivers.len() > 0 {
            return false;
        }
        (state.owner_told, state.closed, state.counts) = (false, false, Counts::default());
        true
    }

    /// How many messages are in the queue.
    pub fn len(&self) -> usize {
        self.state.lock().messages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many senders stand in line.
    pub fn waiting_senders(&self) -> usize {
        self.state.lock().senders.len()
    }

    /// How many receivers wait and have not been told.
    pub fn waiting_receivers(&self) -> usize {
        self.state.lock().receivers.len()
    }

    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// What became of the messages so far.
    pub fn counts(&self) -> Counts {
        self.state.lock().counts
    }

    /// Fills the room that was made from the line of senders, and tells those concerned. The caller took messages.
    fn after_taking(&self, mut state: RankedGuard<'_, State<T>>) {
        let mut wakers = Vec::new();
        if state.senders.len() > 0 && !state.closed {
            while state.messages.len() < self.capacity
                && let Some(sender) = state.senders.pop()
            {
                let tell = state.accept(sender.message);
                wakers.extend(sender.waker);
                wakers.extend(tell.receiver);
            }
        }
        // The owner took less than there is now: it is told again.
        state.owner_told = !state.messages.is_empty();
        let ring = state.owner_told;
        drop(state);
        self.tell(Tell { owner: ring, receiver: None });
        for waker in wakers {
            waker.wake();
        }
    }

    fn tell(&self, tell: Tell) {
        if tell.owner
            && let Some(owner) = &self.owner
        {
            owner.ring(Reasons::MESSAGE);
        }
        if let Some(receiver) = tell.receiver {
            receiver.wake();
        }
    }
}

impl<T> State<T> {
    /// Takes a message into the queue. There is room.
    fn accept(&mut self, message: T) -> Tell {
        self.messages.push_back(message);
        self.counts.sent += 1;
        let owner = !std::mem::replace(&mut self.owner_told, true);
        Tell { owner, receiver: self.receivers.pop() }
    }
}

impl<T: Send + 'static> WaitPlace for Mailbox<T> {
    /// A receiver leaves.
    fn leave(&self, ticket: Ticket) {
        let mut state = self.state.lock();
        let left = state.receivers.remove(ticket);
        // It had been told already: the next is told in its stead.
        let next = if left.is_none() && !state.messages.is_empty() { state.receivers.pop() } else { None };
        drop(state);
        drop(left);
        if let Some(next) = next {
            next.wake();
        }
    }
}

/// A message that stands in line. Dropping it takes the message out of the line.
#[must_use = "dropping it withdraws the message"]
pub struct PendingSend<T: Send + 'static> {
    mailbox: Arc<Mailbox<T>>,
    ticket: Ticket,
    /// The message may still be in line.
    in_line: bool,
}

impl<T: Send + 'static> PendingSend<T> {
    /// What has become of the message: to be asked after the waker was told.
    pub fn progress(mut self) -> Sending<T> {
        let mut state = self.mailbox.state.lock();
        if state.closed {
            let sender = state.senders.remove(self.ticket);
            state.counts.refused += u64::from(sender.is_some());
            drop(state);
            self.in_line = false;
            match sender {
                Some(sender) => Sending::Closed(sender.message),
                None => Sending::Delivered,
            }
        } else if state.senders.contains(self.ticket) {
            drop(state);
            Sending::Waiting(self)
        } else {
            drop(state);
            self.in_line = false;
            Sending::Delivered
        }
    }

    /// Takes the message back, unless it has been delivered.
    pub fn withdraw(mut self) -> Option<T> {
        self.leave_line()
    }

    fn leave_line(&mut self) -> Option<T> {
        if !std::mem::replace(&mut self.in_line, false) {
            return None;
        }
        let mut state = self.mailbox.state.lock();
        let sender = state.senders.remove(self.ticket)?;
        state.counts.refused += 1;
        drop(state);
        Some(sender.message)
    }
}

impl<T: Send + 'static> Drop for PendingSend<T> {
    fn drop(&mut self) {
        self.leave_line();
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod loom_models;
