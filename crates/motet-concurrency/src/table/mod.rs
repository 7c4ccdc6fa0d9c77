//! The table of threads: which numbers are in use, and what a reference to a thread stands for.
//!
//! A number is a slot, used again and again; a use is told from another by its secret, 64 random bits that the slot and
//! every reference of that use hold. A reference whose secret is not the slot's is stale: its thread has ended (T-08).
//!
//! **The protocol.** A [`Claim`] is one use of a slot, from before its thread starts until after it has ended, whatever
//! ends it: it is a guard. Claiming takes the lowest free number (one lock), then fills the slot (another lock, that
//! slot's). Ending takes both locks: it empties the slot, so that the reference is stale, and frees the number; then it
//! wakes those that joined. So code that learns of the end, by being woken or by finding the reference stale, can claim
//! the number (T-07): code that finds it stale and claims waits for the first lock, behind which the number is free.
//!
//! Looking up a reference takes the lock of that slot alone and compares the secret under it: there is no moment at
//! which a stale reference reaches the next use of its slot. A sender that talks to one thread again and again keeps
//! its entry, which is of that use alone, and asks it whether it has ended. That reads a cache line which is not
//! written. Taking the lock and counting the reference would be felt by the other thread.
//!
//! An entry that no other part refers to when its thread has ended is used again by the next claim (`Reuse`): what
//! others need of a thread is several allocations, which take as long as all the rest of a claim.
//!
//! Slot 0 is the main thread: claimed when the table is made, never ended, its own parent (T-02).

use super::completion::{Completer, Completion, completion};
use super::locks::{Rank, RankedMutex};
use crate::sync::{AtomicBool, Ordering};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

/// A reference to one use of a thread slot. Freely copied between threads.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadReference {
    number: u32,
    secret: Secret,
}

impl ThreadReference {
    /// The number of the slot; 0 is the main thread.
    pub fn number(self) -> u32 {
        self.number
    }

    pub fn is_main(self) -> bool {
        self.number == 0
    }
}

/// Shows the number only: secrets are never printed.
impl fmt::Debug for ThreadReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<thread {}>", self.number)
    }
}

/// What tells one use of a slot from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Secret(u64);

/// Random bits for the next uses of slots. The system is asked for many at once: asking takes as long as the rest of a
/// claim.
#[derive(Default)]
struct Secrets(Vec<Secret>);

impl Secrets {
    const AT_ONCE: usize = 32;

    fn next(&mut self) -> std::io::Result<Secret> {
        if self.0.is_empty() {
            let mut bytes = [0; Secrets::AT_ONCE * size_of::<u64>()];
            getrandom::fill(&mut bytes)?;
            let (words, _) = bytes.as_chunks();
            self.0.extend(words.iter().map(|word| Secret(u64::from_ne_bytes(*word))));
        }
        Ok(self.0.pop().expect("just filled"))
    }
}

/// The reference's thread has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleThread(pub ThreadReference);

/// Why no thread could be claimed.
#[derive(Debug)]
pub enum ClaimError {
    /// All numbers are in use: so many, the main thread included.
    Limit(usize),
    /// The operating system gave no random bits, or no thread.
    System(std::io::Error),
    /// The threads are being shut down.
    ShutDown,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClaimError::Limit(limit) => write!(formatter, "all {limit} threads are in use, the main thread included"),
            ClaimError::System(error) => write!(formatter, "the system gave no thread: {error}"),
            ClaimError::ShutDown => formatter.write_str("the program is ending"),
        }
    }
}

impl std::error::Error for ClaimError {}

/// What a thread's reference says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadState {
    Running,
    /// It has been asked to stop.
    Stopping,
    Ended,
}

/// The end of a thread's work: a future without a result.
pub type End = Completion<(), Infallible>;

/// One use of a slot. `H` is what other threads need of it: mailbox, bell, ready queue.
pub struct ThreadEntry<H> {
    reference: ThreadReference,
    parent: ThreadReference,
    handle: H,
    stopping: AtomicBool,
    /// Set before the slot is emptied.
    ended: AtomicBool,
    end: Arc<End>,
}

/// What others need of a thread, if the next thread may have it too.
pub trait Reuse {
    /// Makes it as good as new; false if it cannot be, because another owner refers to a part of it.
    fn renew(&mut self) -> bool {
        false
    }
}

impl Reuse for () {
    fn renew(&mut self) -> bool {
        true
    }
}

/// Entries that lie ready to be used again.
const SPARE_ENTRIES: usize = 16;

impl<H> ThreadEntry<H> {
    fn new(reference: ThreadReference, parent: ThreadReference, handle: H, end: Arc<End>) -> ThreadEntry<H> {
        let (stopping, ended) = (AtomicBool::new(false), AtomicBool::new(false));
        ThreadEntry { reference, parent, handle, stopping, ended, end }
    }

    /// Belongs to another use, with the same handle.
    fn begin_again(&mut self, reference: ThreadReference, parent: ThreadReference, end: Arc<End>) {
        (self.reference, self.parent, self.end) = (reference, parent, end);
        (self.stopping, self.ended) = (AtomicBool::new(false), AtomicBool::new(false));
    }

    /// The reference is stale, for code that kept the entry instead of looking it up again. Code that knows of the
    /// thread's end in another way finds this true too.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub fn reference(&self) -> ThreadReference {
        self.reference
    }

    /// Who spawned it; the main thread's parent is itself.
    pub fn parent(&self) -> ThreadReference {
        self.parent
    }

    pub fn handle(&self) -> &H {
        &self.handle
    }
}

/// All threads of a program.
pub struct ThreadTable<H> {
    numbers: RankedMutex<Numbers<H>>,
    slots: Box<[Slot<H>]>,
    main: Arc<ThreadEntry<H>>,
    /// The main thread ends with the table.
    _main_ends: Completer<(), Infallible>,
}

type Slot<H> = RankedMutex<Option<Arc<ThreadEntry<H>>>>;

/// Which numbers are taken, a bit each.
struct Numbers<H> {
    taken: Vec<u64>,
    limit: usize,
    secrets: Secrets,
    /// Renewed, and referred to from nowhere else.
    spare: Vec<Arc<ThreadEntry<H>>>,
}

impl<H> Numbers<H> {
    fn take_lowest(&mut self) -> Option<usize> {
        let (index, word) = self.taken.iter_mut().enumerate().find(|(_, word)| **word != u64::MAX)?;
        let bit = word.trailing_ones() as usize;
        let number = index * 64 + bit;
        (number < self.limit).then(|| {
            *word |= 1 << bit;
            number
        })
    }

    fn free(&mut self, number: usize) {
        self.taken[number / 64] &= !(1 << (number % 64));
    }

    fn count(&self) -> usize {
        self.taken.iter().map(|word| word.count_ones() as usize).sum()
    }
}

impl<H: Send + Sync + 'static> ThreadTable<H> {
    /// As many threads at once as the source asks for (T-07), the main thread included.
    pub const DEFAULT_LIMIT: usize = 64;

    /// A table in which only the main thread runs.
    pub fn new(limit: usize, main: H) -> Result<Arc<ThreadTable<H>>, ClaimError> {
        let mut secrets = Secrets::default();
        let reference = ThreadReference { number: 0, secret: secrets.next().map_err(ClaimError::System)? };
        let (ends, end) = completion();
        let main = Arc::new(ThreadEntry::new(reference, reference, main, end));
        let limit = limit.clamp(1, u32::MAX as usize);
        let mut numbers = Numbers { taken: vec![0; limit.div_ceil(64)], limit, secrets, spare: Vec::new() };
        numbers.take_lowest();
        let slots =
            (0..limit).map(|number| RankedMutex::new(Rank::ThreadSlot, (number == 0).then(|| main.clone()))).collect();
        let numbers = RankedMutex::new(Rank::ThreadNumbers, numbers);
        Ok(Arc::new(ThreadTable { numbers, slots, main, _main_ends: ends }))
    }

    /// The main thread.
    pub fn main(&self) -> &ThreadEntry<H> {
        &self.main
    }

    /// Claims the lowest free number for a new thread. `handle` makes what others need of it, if there is none to be used
    /// again; no lock is held.
    pub fn claim(
        self: &Arc<ThreadTable<H>>,
        parent: ThreadReference,
        handle: impl FnOnce(ThreadReference) -> H,
    ) -> Result<Claim<H>, ClaimError> {
        let (number, secret, spare) = {
            let mut numbers = self.numbers.lock();
            let secret = numbers.secrets.next().map_err(ClaimError::System)?;
            let number = numbers.take_lowest().ok_or(ClaimError::Limit(self.slots.len()))?;
            (number, secret, numbers.spare.pop())
        };
        // From here on, the number is freed even if `handle` panics.
        let number = ClaimedNumber { table: self.clone(), number };
        let reference = ThreadReference { number: number.number as u32, secret };
        let (ends, end) = completion();
        let entry = match spare {
            Some(mut entry) => {
                let known = Arc::get_mut(&mut entry).expect("a spare entry has one owner");
                known.begin_again(reference, parent, end);
                entry
            }
            None => Arc::new(ThreadEntry::new(reference, parent, handle(reference), end)),
        };
        *self.slots[number.number].lock() = Some(entry.clone());
        Ok(Claim { table: self.clone(), entry, number: Some(number), ends })
    }

    /// What the reference stands for.
    pub fn get(&self, reference: ThreadReference) -> Result<Arc<ThreadEntry<H>>, StaleThread> {
        let entry = self.slots.get(reference.number as usize).and_then(|slot| slot.lock().clone());
        entry.filter(|entry| entry.reference == reference).ok_or(StaleThread(reference))
    }

    /// The end of the thread's work, to be waited for; none if it has ended (T-13).
    pub fn end(&self, reference: ThreadReference) -> Option<Arc<End>> {
        self.get(reference).ok().map(|entry| entry.end.clone())
    }

    /// Marks that the thread is to stop, and gives the entry whose bell is to be rung; none if it has ended.
    pub fn mark_stopping(&self, reference: ThreadReference) -> Option<Arc<ThreadEntry<H>>> {
        let entry = self.get(reference).ok()?;
        entry.stopping.store(true, Ordering::Release);
        Some(entry)
    }

    pub fn state(&self, reference: ThreadReference) -> ThreadState {
        match self.get(reference) {
            Ok(entry) if entry.stopping.load(Ordering::Acquire) => ThreadState::Stopping,
            Ok(_) => ThreadState::Running,
            Err(_) => ThreadState::Ended,
        }
    }

    /// All threads that run at the moment, by number.
    pub fn all(&self) -> Vec<Arc<ThreadEntry<H>>> {
        self.slots.iter().filter_map(|slot| slot.lock().clone()).collect()
    }

    /// How many numbers are in use, the main thread's included.
    pub fn count(&self) -> usize {
        self.numbers.lock().count()
    }

    /// How many there can be.
    pub fn limit(&self) -> usize {
        self.slots.len()
    }
}

/// A number that is in use; freed when dropped.
struct ClaimedNumber<H: Send + Sync + 'static> {
    table: Arc<ThreadTable<H>>,
    number: usize,
}

impl<H: Send + Sync + 'static> Drop for ClaimedNumber<H> {
    fn drop(&mut self) {
        let mut numbers = self.table.numbers.lock();
        let mut slot = self.table.slots[self.number].lock();
        if let Some(entry) = &*slot {
            entry.ended.store(true, Ordering::Release);
        }
        let entry = slot.take();
        drop(slot);
        numbers.free(self.number);
        drop(numbers);
        drop(entry);
    }
}

/// One use of a slot, held by the thread that uses it. Dropping it ends the use and tells those who joined.
pub struct Claim<H: Send + Sync + 'static> {
    table: Arc<ThreadTable<H>>,
    entry: Arc<ThreadEntry<H>>,
    /// Declared, and so dropped, before the completer.
    number: Option<ClaimedNumber<H>>,
    /// Has no result to give: being dropped is the end of the work.
    ends: Completer<(), Infallible>,
}

/// What is left of a use that has ended.
pub struct Remains<H: Send + Sync + 'static> {
    table: Arc<ThreadTable<H>>,
    entry: Arc<ThreadEntry<H>>,
}

impl<H: Send + Sync + 'static> Claim<H> {
    pub fn reference(&self) -> ThreadReference {
        self.entry.reference
    }

    pub fn entry(&self) -> &Arc<ThreadEntry<H>> {
        &self.entry
    }

    /// Makes the reference stale and the number free, before those who joined are told: what the thread has to tell
    /// comes between the two.
    pub fn free_number(&mut self) {
        self.number = None;
    }

    /// Ends the use and tells those who joined.
    pub fn end(self) -> Remains<H> {
        let Claim { table, entry, number, ends } = self;
        drop(number);
        drop(ends);
        Remains { table, entry }
    }
}

impl<H: Reuse + Send + Sync + 'static> Remains<H> {
    /// Leaves the entry to the next thread, if nothing else refers to it. The code that ended the thread lets go of it
    /// before.
    pub fn leave_to_next(mut self) {
        let is_renewed = Arc::get_mut(&mut self.entry).is_some_and(|entry| entry.handle.renew());
        if is_renewed {
            let spare = &mut self.table.numbers.lock().spare;
            if spare.len() < SPARE_ENTRIES {
                spare.push(self.entry);
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod loom_models;
