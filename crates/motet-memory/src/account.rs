//! The account of a process's memory: how many bytes its allocator has given out and not got back.
//!
//! A process that runs one program and has an allocator that counts (the command has one) bounds the program's memory
//! here, at one door. All that allocates is counted: a new builtin, a table inside a library, a buffer on a thread of
//! the pool. Processes without such an allocator count what values hold instead ([`super::reachable_bytes`]).
//!
//! **How it is counted.** Each OS thread has a counter of its own and adds it to the shared one in slices of 32 KiB, so that
//! threads do not write to one cache line at every allocation. Memory that another thread frees balances in the sum. The
//! counters are thread-local, and belong to no program: they are part of the allocator. Counting is off until a program
//! with a limit begins, because all others should not pay for it.
//!
//! **What happens at the limit.** Programs look at their safe points and end with an error. What allocates much between two
//! safe points passes a *ceiling* above the limit, which the allocator itself watches: large blocks before they are made,
//! small ones with each slice. There the process ends at once, because an allocator can neither fail gracefully nor throw:
//! the hooks of [`install`] write out what was printed and say why.

use parking_lot::Mutex;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Bytes that a thread counts before it tells the others.
const SLICE: i64 = 32 << 10;
/// A block of this size is looked at before it is made.
pub const LARGE: usize = 64 << 10;
/// How far the memory of a program may go beyond its limit: the larger of this and a tenth of the limit. What is not
/// counted, and the slices of all threads, need a quarter of it.
const SLACK: u64 = 8_000_000;

/// Why the process cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// A program is about to go far beyond its limit of this many bytes; it is the macros of a program that is compiled.
    Limit { bytes: u64, is_macro: bool },
    /// The system has no block of this size.
    System { bytes: usize },
}

/// What the account needs of the process.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Bytes of memory of its own that the process has in use, as the system counts.
    pub resident: fn() -> Option<u64>,
    /// Gives back to the system what the allocator holds and nothing uses.
    pub give_back: fn(),
    /// Ends the process. It must not wait for a lock: the thread that calls it may hold any.
    pub end: fn(Exhausted) -> !,
}

static HOOKS: OnceLock<Hooks> = OnceLock::new();
static IS_METERED: AtomicBool = AtomicBool::new(false);
/// What all threads have told.
static TOLD: Line = Line(AtomicI64::new(0));
/// Where the process ends.
static CEILING: Line = Line(AtomicI64::new(i64::MAX));
static LEASES: Mutex<Vec<Terms>> = Mutex::new(Vec::new());
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// On a cache line of its own.
#[repr(align(128))]
struct Line(AtomicI64);

struct Counter {
    /// What this thread has not told yet.
    untold: Cell<i64>,
    /// Bytes allocated by this thread, whatever was freed.
    allocated: Cell<u64>,
    /// It is registered that the rest is told when the thread ends.
    is_registered: Cell<bool>,
    /// The thread is ending the process: it may allocate what it needs.
    is_exempt: Cell<bool>,
}

/// Tells the rest when its thread ends.
struct Rest;

impl Drop for Rest {
    fn drop(&mut self) {
        COUNTER.with(tell);
    }
}

thread_local! {
    static COUNTER: Counter = const {
        Counter {
            untold: Cell::new(0),
            allocated: Cell::new(0),
            is_registered: Cell::new(false),
            is_exempt: Cell::new(false),
        }
    };
    static REST: Rest = const { Rest };
}

fn tell(counter: &Counter) {
    TOLD.0.fetch_add(counter.untold.take(), Ordering::Relaxed);
}

/// Says once what the process does when its memory is at an end; called before any program begins, by a process whose
/// allocator calls [`before`], [`allocated`] and [`freed`].
pub fn install(hooks: Hooks) {
    // A second call has nothing to add.
    let _ = HOOKS.set(hooks);
}

/// Whether the allocator has to count.
#[inline(always)]
pub fn is_metered() -> bool {
    IS_METERED.load(Ordering::Relaxed)
}

/// The allocator gives out a block that takes so many bytes.
#[inline]
pub fn allocated(bytes: usize) {
    COUNTER.with(|counter| {
        counter.allocated.set(counter.allocated.get() + bytes as u64);
        count(counter, bytes as i64);
    });
}

/// The allocator gets one back.
#[inline]
pub fn freed(bytes: usize) {
    COUNTER.with(|counter| count(counter, -(bytes as i64)));
}

#[inline]
fn count(counter: &Counter, change: i64) {
    let untold = counter.untold.get() + change;
    counter.untold.set(untold);
    if untold.abs() >= SLICE {
        tell_slice(counter);
    }
}

#[cold]
#[inline(never)]
fn tell_slice(counter: &Counter) {
    tell(counter);
    if !counter.is_registered.replace(true) {
        // On a thread that is ending already, what follows stays untold: less than a slice.
        let _ = REST.try_with(|_| {});
    }
    if !counter.is_exempt.get() && TOLD.0.load(Ordering::Relaxed) > CEILING.0.load(Ordering::Relaxed) {
        end_at_ceiling();
    }
}

/// The allocator is about to give out a block of [`LARGE`] size or more.
#[inline]
pub fn before(bytes: usize) {
    if bytes as u64 > room() as u64 && !COUNTER.with(|counter| counter.is_exempt.get()) {
        end_at_ceiling();
    }
}

/// The system gave no memory. Does not come back if the process has said what to do then.
#[cold]
pub fn system_has_none(bytes: usize) {
    if let Some(hooks) = HOOKS.get() {
        COUNTER.with(|counter| counter.is_exempt.set(true));
        (hooks.end)(Exhausted::System { bytes });
    }
}

#[cold]
#[inline(never)]
fn end_at_ceiling() {
    let Some(hooks) = HOOKS.get() else { return };
    COUNTER.with(|counter| counter.is_exempt.set(true));
    // A thread that begins or ends a program holds the lock: it does not end the process with another one's limit.
    let Some(leases) = LEASES.try_lock() else {
        COUNTER.with(|counter| counter.is_exempt.set(false));
        return;
    };
    let lowest = leases.iter().min_by_key(|terms| terms.ceiling()).copied();
    drop(leases);
    if let Some(terms) = lowest {
        (hooks.end)(Exhausted::Limit { bytes: terms.limit, is_macro: terms.is_macro });
    }
    COUNTER.with(|counter| counter.is_exempt.set(false));
}

/// Bytes that are given out at the moment, as far as this thread knows.
pub fn held() -> i64 {
    TOLD.0.load(Ordering::Relaxed) + COUNTER.with(|counter| counter.untold.get())
}

/// Bytes that this thread has allocated so far, whatever was freed.
pub fn allocated_here() -> u64 {
    COUNTER.with(|counter| counter.allocated.get())
}

/// Bytes that may be allocated before the process ends: what grows by doubling grows by less near the ceiling, so that
/// the program comes to a safe point first, and ends with an error.
pub fn room() -> usize {
    if !is_metered() {
        return usize::MAX;
    }
    match CEILING.0.load(Ordering::Relaxed) {
        i64::MAX => usize::MAX,
        ceiling => usize::try_from(ceiling.saturating_sub(held())).unwrap_or(0),
    }
}

/// How much room to make for a container that holds `length` of `capacity` items of `size` bytes and needs `additional`
/// more: twice as much as there is, but near the limit of the program less.
#[cold]
pub fn growth(capacity: usize, length: usize, additional: usize, size: usize) -> usize {
    let needed = (length + additional).saturating_sub(capacity);
    let usual = needed.max(capacity);
    let room = room();
    if room == usize::MAX || usual.saturating_mul(size.max(1)) < room / 4 {
        return usual + capacity - length;
    }
    needed.max((room / 8 / size.max(1)).min(usual)) + capacity - length
}

#[derive(Clone, Copy)]
struct Terms {
    number: u64,
    base: i64,
    limit: u64,
    is_macro: bool,
}

impl Terms {
    fn slack(&self) -> u64 {
        SLACK.max(self.limit / 10)
    }

    fn ceiling(&self) -> i64 {
        let above = self.limit.saturating_add(self.slack() / 4 * 3);
        self.base.saturating_add(i64::try_from(above).unwrap_or(i64::MAX))
    }
}

/// A program with a limit runs. What it holds is what the process holds more than when it began.
pub struct Lease {
    terms: Terms,
    /// What the system counted then.
    resident: u64,
}

impl Lease {
    /// None if no allocator counts.
    pub fn begin(limit: u64, is_macro: bool) -> Option<Lease> {
        let hooks = HOOKS.get()?;
        IS_METERED.store(true, Ordering::Relaxed);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let terms = Terms { number, base: held(), limit, is_macro };
        let mut leases = LEASES.lock();
        leases.push(terms);
        set_ceiling(&leases);
        drop(leases);
        Some(Lease { terms, resident: (hooks.resident)().unwrap_or(0) })
    }

    /// Bytes that the program holds.
    pub fn held(&self) -> i64 {
        held() - self.terms.base
    }

    /// The program holds more than it may.
    #[inline]
    pub fn is_exceeded(&self) -> bool {
        self.held() > i64::try_from(self.terms.limit).unwrap_or(i64::MAX)
    }

    /// Bytes beyond the limit that the program may still allocate while it looks for garbage.
    pub fn grace(&self) -> i64 {
        i64::try_from(self.terms.slack() / 8).unwrap_or(i64::MAX)
    }

    /// The program holds less than it may by so much that it is worth looking for garbage once more when it does not.
    pub fn is_relieved(&self) -> bool {
        self.held().saturating_add(self.grace()) < i64::try_from(self.terms.limit).unwrap_or(i64::MAX)
    }

    /// The process has more memory in use than the program may have, although less is given out: blocks that are still
    /// used lie scattered on pages between others that are not.
    pub fn is_scattered(&self) -> bool {
        let Some(hooks) = HOOKS.get() else { return false };
        let most = self.terms.limit.saturating_add(self.terms.slack() / 2);
        let exceeds = || (hooks.resident)().is_some_and(|now| now.saturating_sub(self.resident) > most);
        exceeds() && {
            (hooks.give_back)();
            exceeds()
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut leases = LEASES.lock();
        leases.retain(|terms| terms.number != self.terms.number);
        set_ceiling(&leases);
        IS_METERED.store(!leases.is_empty(), Ordering::Relaxed);
    }
}

fn set_ceiling(leases: &[Terms]) {
    let lowest = leases.iter().map(Terms::ceiling).min().unwrap_or(i64::MAX);
    CEILING.0.store(lowest, Ordering::Relaxed);
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_another_thread_frees_balances() {
        let before = held();
        allocated(10 * SLICE as usize);
        std::thread::spawn(|| {
            freed(10 * SLICE as usize - 100);
            freed(100);
        })
        .join()
        .expect("it counts and ends");
        assert_eq!(held(), before);
    }

    #[test]
    fn containers_grow_by_less_near_the_ceiling() {
        // Without a limit, by as much as they hold.
        assert_eq!(growth(100, 100, 1, 16), 100);
        assert_eq!(growth(100, 90, 20, 16), 110);
        assert_eq!(growth(0, 0, 7, 16), 7);
    }
}
