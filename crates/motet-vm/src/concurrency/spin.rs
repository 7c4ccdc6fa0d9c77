//! How long an idle thread spins before it parks.
//!
//! A wake through the kernel costs some 14 µs here and a round of spinning 60 ns, so a reply that comes at once should be
//! spun for; but on two cores a spinner may hold the core that the other side needs. Hence three rules. Spin only for as
//! long as recent waits suggest: a wait that ended while spinning keeps the budget at a few times what it took, a wait that
//! was parked for and yet short opens the budget, one that was long halves it. Give the core away between looks once the
//! first microseconds have passed: then whoever is runnable on it runs. And never spin on a machine of one core.

use crate::sync::{AtomicU32, Ordering, hint, thread};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// No wait is spun for longer.
const LONGEST: Duration = Duration::from_micros(50);
/// Every wait is spun for this long, so that a thread which has become quick is noticed.
const SHORTEST: Duration = Duration::from_micros(1);
/// A parked wait up to this long may have been two kernel wake-ups and nothing else: spinning would have been shorter.
const SHORT_WAIT: Duration = Duration::from_micros(80);
/// Looks before the core is given away between them.
const BUSY_LOOKS: u32 = 100;
/// Looks between two readings of the clock.
const LOOKS_PER_READING: u32 = 8;

/// Whether spinning makes sense at all on this machine.
static SEVERAL_CORES: LazyLock<bool> =
    LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1));

/// What a thread has learned from its recent waits. Only that thread uses it; it is atomic because it lives among what
/// other threads reach.
pub(super) struct SpinBudget {
    nanoseconds: AtomicU32,
}

/// How a spin ended.
pub(super) enum Spun {
    /// What was waited for is there.
    Done,
    /// It is not; the caller parks, and reports back with [`SpinBudget::parked`].
    Park(Instant),
}

impl SpinBudget {
    pub(super) fn new() -> SpinBudget {
        let budget = SpinBudget { nanoseconds: AtomicU32::new(0) };
        budget.set(LONGEST / 5);
        budget
    }

    fn get(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed).into())
    }

    fn set(&self, budget: Duration) {
        let budget = budget.clamp(SHORTEST, LONGEST);
        self.nanoseconds.store(u32::try_from(budget.as_nanos()).expect("microseconds"), Ordering::Relaxed);
    }

    /// Spins until `done`, or until the budget is used up.
    pub(super) fn spin(&self, done: impl Fn() -> bool) -> Spun {
        let start = Instant::now();
        if cfg!(loom) || !*SEVERAL_CORES {
            return Spun::Park(start);
        }
        let budget = self.get();
        for look in 1_u32.. {
            if done() {
                if look > LOOKS_PER_READING {
                    self.set((start.elapsed() * 8).max(budget / 2));
                }
                return Spun::Done;
            }
            if look < BUSY_LOOKS {
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
            if look.is_multiple_of(LOOKS_PER_READING) && start.elapsed() >= budget {
                break;
            }
        }
        Spun::Park(start)
    }

    /// A wait that began at `start` had to be parked for.
    pub(super) fn parked(&self, start: Instant) {
        let budget = self.get();
        let next = if start.elapsed() <= SHORT_WAIT { LONGEST } else { budget / 2 };
        self.set(next);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn long_waits_close_the_budget_and_short_ones_open_it() {
        let spin = SpinBudget::new();
        let long_ago = Instant::now() - Duration::from_secs(1);
        for _ in 0..20 {
            spin.parked(long_ago);
        }
        assert_eq!(spin.get(), SHORTEST);
        // Scheduling may make any one reading long; of many, one is short.
        let opened = (0..1000).any(|_| {
            spin.parked(Instant::now());
            spin.get() == LONGEST
        });
        assert!(opened);
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
        assert!(*SEVERAL_CORES == (looks.get() > 0));
        assert!(matches!(spin.spin(|| true), Spun::Done) || !*SEVERAL_CORES);
    }
}
