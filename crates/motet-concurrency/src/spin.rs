//! How long an idle thread spins before it parks.
//!
//! A wake through the kernel costs some 14 µs here and a look at a word 45 ns, so a reply that comes at once should be
//! spun for; but on two cores a spinner may hold the core that the other side needs. Hence these rules:
//!
//! - Spin only for as long as recent waits suggest. A wait that ended while spinning sets the budget to a few times what
//!   it took; one that was parked for and yet short opens the budget; one that was long halves it.
//! - For the first microseconds only look: two scripts that answer one another need one or two each, and a look that hits
//!   costs neither side a call of the kernel. After that, give the core away between looks: if the other side is on this
//!   core, it runs at once (5 µs a round trip instead of 30 µs through the kernel).
//! - A thread that has just woken another through the kernel and waits for its answer gives the core away at once. The
//!   answer takes longer than busy looks are worth. The scheduler likes to put the woken thread on the waker's core,
//!   where it runs as soon as it may.
//! - If giving the core away took long, others compute on it, and the scheduler let them have a whole slice (3 to 12 ms),
//!   where it would have let a *woken* thread interrupt them. Then park early, for many waits to come.
//! - Never spin on a machine of one core.

use crate::sync::{hint, thread};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// No wait is spun for longer.
const LONGEST: Duration = Duration::from_micros(50);
/// Every wait is spun for this long, so that a thread which has become quick is noticed.
const SHORTEST: Duration = Duration::from_micros(1);
/// A parked wait up to this long may have been two kernel wake-ups and nothing else: spinning would have been shorter.
const SHORT_WAIT: Duration = Duration::from_micros(80);
/// Looks before the core is given away between them: some 4 µs, a third of what waking a parked thread takes.
const BUSY_LOOKS: u32 = 100;
/// Busy looks between two readings of the clock.
const LOOKS_PER_READING: u32 = 8;
/// Giving the core away for so long means that it is contended.
const SLOW_YIELD: Duration = Duration::from_micros(300);
/// So many waits that outlast the busy looks are parked for at once after a slow yield.
const WAITS_WITHOUT_YIELDS: u32 = 2000;

/// True if spinning makes sense at all on this machine. Asked of the system once: it reads files to answer.
fn several_cores() -> bool {
    static CORES: AtomicUsize = AtomicUsize::new(0);
    let mut cores = CORES.load(Ordering::Relaxed);
    if cores == 0 {
        cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        CORES.store(cores, Ordering::Relaxed);
    }
    cores > 1
}

/// The longest spin for a thread that had to be woken: that takes up to 60 µs if its core sleeps, and parking meanwhile would
/// cost as much again on the way back.
const LONGEST_ANSWER: Duration = Duration::from_micros(120);

/// How long to spin for waits of one kind, as recent ones suggest.
struct Learned {
    nanoseconds: AtomicU32,
    longest: Duration,
    /// A parked wait up to this long opens the budget.
    short: Duration,
}

impl Learned {
    fn new(longest: Duration, short: Duration, first: Duration) -> Learned {
        let learned = Learned { nanoseconds: AtomicU32::new(0), longest, short };
        learned.set(first);
        learned
    }

    fn get(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed).into())
    }

    fn set(&self, budget: Duration) {
        let budget = budget.clamp(SHORTEST, self.longest);
        self.nanoseconds.store(u32::try_from(budget.as_nanos()).expect("microseconds"), Ordering::Relaxed);
    }

    fn succeeded(&self, start: Instant) {
        self.set((start.elapsed() * 8).max(self.get() / 2));
    }

    fn parked(&self, start: Instant) {
        let short = start.elapsed() <= self.short;
        self.set(if short { self.longest } else { self.get() / 2 });
    }
}

/// What a thread has learned from its recent waits. Only that thread uses it; it is atomic because it lives among what
/// other threads reach. No protocol hangs on it, and models know nothing of time: these are never loom's atomics.
pub(super) struct SpinBudget {
    usual: Learned,
    /// Of waits for a thread that had to be woken.
    answers: Learned,
    /// How many waits are still to go without giving the core away.
    contended: AtomicU32,
    /// The next wait is for a thread that had to be woken.
    wakes: AtomicBool,
}

/// How a spin ended.
pub(super) enum Spun {
    /// What was waited for is there.
    Done,
    /// It is not; the caller parks, and reports back with [`SpinBudget::parked`].
    Park(Parking),
}

/// When a wait began that has to be parked for.
pub(super) struct Parking {
    start: Instant,
    is_answer: bool,
}

impl SpinBudget {
    pub(super) fn new() -> SpinBudget {
        SpinBudget {
            usual: Learned::new(LONGEST, SHORT_WAIT, LONGEST / 5),
            answers: Learned::new(LONGEST_ANSWER, 2 * LONGEST_ANSWER, LONGEST_ANSWER),
            contended: AtomicU32::new(0),
            wakes: AtomicBool::new(false),
        }
    }

    /// The thread has just woken another one, and may wait for it next.
    pub(super) fn has_woken(&self) {
        self.wakes.store(true, Ordering::Relaxed);
    }

    /// Spins until `done`, or until the budget is used up.
    pub(super) fn spin(&self, done: impl Fn() -> bool) -> Spun {
        let start = Instant::now();
        let is_answer = self.wakes.load(Ordering::Relaxed);
        let park = || Spun::Park(Parking { start, is_answer });
        if cfg!(loom) || !several_cores() {
            return park();
        }
        let learned = self.learned(is_answer);
        let budget = learned.get();
        if is_answer {
            self.wakes.store(false, Ordering::Relaxed);
        } else if budget > SHORTEST {
            for look in 1..=BUSY_LOOKS {
                if done() {
                    if look > LOOKS_PER_READING {
                        learned.succeeded(start);
                    }
                    return Spun::Done;
                }
                hint::spin_loop();
                if look.is_multiple_of(LOOKS_PER_READING) && start.elapsed() >= budget {
                    return park();
                }
            }
        }
        let contended = self.contended.load(Ordering::Relaxed);
        if contended > 0 {
            self.contended.store(contended - 1, Ordering::Relaxed);
            return park();
        }
        let mut elapsed = start.elapsed();
        while elapsed < budget {
            thread::yield_now();
            let before = std::mem::replace(&mut elapsed, start.elapsed());
            self.note_yield(elapsed - before);
            if done() {
                learned.succeeded(start);
                return Spun::Done;
            }
        }
        park()
    }

    fn learned(&self, is_answer: bool) -> &Learned {
        if is_answer { &self.answers } else { &self.usual }
    }

    /// Gives the core away once: to a thread that was just woken, and may be waiting for this core.
    pub(super) fn give_way(&self) {
        if cfg!(loom) || self.contended.load(Ordering::Relaxed) > 0 {
            return;
        }
        let start = Instant::now();
        thread::yield_now();
        self.note_yield(start.elapsed());
    }

    fn note_yield(&self, took: Duration) {
        if took >= SLOW_YIELD {
            self.contended.store(WAITS_WITHOUT_YIELDS, Ordering::Relaxed);
        }
    }

    /// A wait had to be parked for.
    pub(super) fn parked(&self, parking: &Parking) {
        self.learned(parking.is_answer).parked(parking.start);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn long_waits_close_the_budget_and_short_ones_open_it() {
        for is_answer in [false, true] {
            let spin = SpinBudget::new();
            let learned = spin.learned(is_answer);
            let long_ago = Instant::now() - Duration::from_secs(1);
            for _ in 0..20 {
                spin.parked(&Parking { start: long_ago, is_answer });
            }
            assert_eq!(learned.get(), SHORTEST);
            // Scheduling may make any one reading long; of many, one is short.
            let opened = (0..1000).any(|_| {
                spin.parked(&Parking { start: Instant::now(), is_answer });
                learned.get() == learned.longest
            });
            assert!(opened);
            assert_ne!(
                spin.learned(!is_answer).get(),
                SHORTEST,
                "of waits of one kind nothing is learned for the other"
            );
        }
    }

    #[test]
    fn only_the_wait_after_a_wake_is_for_an_answer() {
        let spin = SpinBudget::new();
        spin.has_woken();
        assert!(matches!(spin.spin(|| false), Spun::Park(Parking { is_answer: true, .. })));
        if several_cores() {
            assert!(matches!(spin.spin(|| false), Spun::Park(Parking { is_answer: false, .. })));
        }
    }

    #[test]
    fn a_spin_ends_with_its_budget() {
        let spin = SpinBudget::new();
        let looks = Cell::new(0_u64);
        let count = || {
            looks.set(looks.get() + 1);
            false
        };
        assert!(matches!(spin.spin(count), Spun::Park(_)));
        assert_eq!(several_cores(), looks.get() > 0);
        assert!(matches!(spin.spin(|| true), Spun::Done) || !several_cores());
    }

    #[test]
    fn on_a_contended_core_only_the_busy_looks_are_made() {
        let spin = SpinBudget::new();
        spin.usual.set(LONGEST);
        spin.contended.store(2, Ordering::Relaxed);
        for left in [1, 0] {
            let looks = Cell::new(0_u32);
            let count = || {
                looks.set(looks.get() + 1);
                false
            };
            assert!(matches!(spin.spin(count), Spun::Park(_)));
            assert!(looks.get() <= BUSY_LOOKS);
            // An interrupted thread may have used up its budget before.
            if looks.get() == BUSY_LOOKS {
                assert_eq!(spin.contended.load(Ordering::Relaxed), left);
            }
            spin.contended.store(left, Ordering::Relaxed);
        }
    }
}
