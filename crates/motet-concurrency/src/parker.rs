//! The bell of an isolate: other threads ring it, the isolate hears it at its safe points or is woken by it.
//!
//! **The protocol.** The bell is an [`InterruptWord`] and a place to sleep. An isolate with nothing to do calls
//! [`Bell::wait`]:
//!
//! 1. it spins for a while on the word (`spin` says how long);
//! 2. it sets the alarm (which remembers which OS thread sleeps), then exchanges the word's zero for a sleeping bit. If a
//!    reason came first, the exchange fails and the wait is over;
//! 3. if it sleeps without a deadline, it hands in its place among the active (`deadlock`);
//! 4. it sleeps on the alarm until the word shows a reason, or the deadline has passed. Then it takes the bit off.
//!
//! [`Bell::ring`] adds reasons to the word. If it finds the isolate asleep and no reason there yet, it is the one ring of
//! this sleep that must wake it, and does; all other rings are one atomic instruction.
//!
//! **No wake-up is lost**: going to sleep and raising are read-modify-writes of one word, so one is first. If the reason
//! is first, step 2 fails; if sleep is first, the raiser sees it, and the alarm remembers a wake that comes before step 4.
//!
//! **The count of the active is never too low.** A ring that is going to wake a deep sleeper counts it as active *before*
//! the reason appears, and takes that back if the word changed meanwhile. Counting afterwards would be wrong: the sleeper
//! may see the reason, act and fall asleep again before the ringer comes to count, and the count would miss the ringer.

use super::deadlock::Activity;
use super::interrupt::{InterruptWord, Reasons, Sleep};
use super::spin::{SpinBudget, Spun};
use crate::sync::Alarm;
use crossbeam_utils::CachePadded;
use std::sync::Arc;
use std::time::Instant;

/// Where an isolate is interrupted and where it waits.
pub struct Bell {
    /// Alone on its cache line: the isolate reads it all the time, and counting references to the bell must not slow that.
    word: CachePadded<InterruptWord>,
    alarm: Alarm,
    spin: SpinBudget,
    activity: Option<Arc<Activity>>,
}

impl Bell {
    /// The bell of an isolate whose idleness matters to the detection of deadlocks. The isolate holds a
    /// [`super::Hold`] of the same activity while it lives.
    pub fn new(activity: Arc<Activity>) -> Arc<Bell> {
        Bell::build(Some(activity))
    }

    /// The bell of a thread that is no part of a program: the pool's idle ones, or an embedder's.
    pub fn detached() -> Arc<Bell> {
        Bell::build(None)
    }

    fn build(activity: Option<Arc<Activity>>) -> Arc<Bell> {
        Arc::new(Bell {
            word: CachePadded::new(InterruptWord::new()),
            alarm: Alarm::new(),
            spin: SpinBudget::new(),
            activity,
        })
    }

    /// The word that the safe point tests. Its address is stable.
    pub fn word(&self) -> &InterruptWord {
        &self.word
    }

    /// Takes all reasons. Only the isolate itself calls it.
    pub fn take(&self) -> Reasons {
        self.word.take()
    }

    /// Raises reasons, and wakes the isolate if it sleeps. Whatever the reasons stand for must be in place before.
    #[inline]
    pub fn ring(&self, reasons: Reasons) {
        self.rings_awake(reasons);
    }

    /// The same; true if the isolate was asleep and is being woken.
    pub(super) fn rings_awake(&self, reasons: Reasons) -> bool {
        let mut seen = self.word.look();
        loop {
            let wakes = seen.sleep_to_end();
            // What lies beside the word is touched only for a sleeper: the isolate writes there while it waits.
            let counted = if wakes == Some(Sleep::Deep) { self.activity.as_deref() } else { None };
            if let Some(activity) = counted {
                activity.begin();
            }
            match self.word.try_raise(seen, reasons) {
                Ok(()) => {
                    if wakes.is_some() {
                        self.alarm.wake();
                    }
                    return wakes.is_some();
                }
                Err(now) => seen = now,
            }
            if let Some(activity) = counted {
                activity.end();
            }
        }
    }

    /// The same for an isolate that is awake; one that sleeps is left alone, and so may be one that is rung by others at the
    /// same time. True if it was rung.
    pub fn ring_if_awake(&self, reasons: Reasons) -> bool {
        let seen = self.word.look();
        !seen.is_asleep() && self.word.try_raise(seen, reasons).is_ok()
    }

    /// Gives the core away once, if no other thread that computes would keep it.
    pub(super) fn give_way(&self) {
        self.spin.give_way();
    }

    /// The isolate has just had another thread woken and may wait for its answer next: that takes a while, and perhaps this
    /// core. Only the isolate itself calls it.
    pub(super) fn has_woken(&self) {
        self.spin.has_woken();
    }

    /// Waits until a reason is raised or the deadline has passed; true if there is a reason to take. Only the isolate
    /// itself calls it, on whatever thread it is at the moment.
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        if self.word.is_called() {
            return true;
        }
        match self.spin.spin(|| self.word.is_called()) {
            Spun::Done => true,
            Spun::Park(parking) => {
                let called = self.park(deadline);
                self.spin.parked(&parking);
                called
            }
        }
    }

    fn park(&self, deadline: Option<Instant>) -> bool {
        self.alarm.set();
        let sleep = if deadline.is_some() { Sleep::Timed } else { Sleep::Deep };
        if !self.word.fall_asleep(sleep) {
            return true;
        }
        if let (Sleep::Deep, Some(activity)) = (sleep, &self.activity) {
            activity.end();
        }
        while !self.word.is_called() && deadline.is_none_or(|deadline| Instant::now() < deadline) {
            self.alarm.sleep(deadline);
        }
        self.word.get_up()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn t04_a_ring_ends_a_wait_and_a_wait_after_it_returns_at_once() {
        let bell = Bell::detached();
        let ringer = bell.clone();
        let thread = std::thread::spawn(move || ringer.ring(Reasons::MESSAGE));
        assert!(bell.wait(None));
        thread.join().unwrap();
        assert!(bell.wait(None), "the reason was not taken");
        assert_eq!(bell.take(), Reasons::MESSAGE);
    }

    #[test]
    fn only_who_is_awake_is_rung_that_way() {
        let bell = Bell::detached();
        assert!(bell.ring_if_awake(Reasons::SAMPLE));
        assert_eq!(bell.take(), Reasons::SAMPLE);
        assert!(bell.word().fall_asleep(Sleep::Deep));
        assert!(!bell.ring_if_awake(Reasons::SAMPLE));
        assert!(!bell.word().get_up());
    }

    #[test]
    fn a_deadline_ends_a_wait() {
        let bell = Bell::detached();
        let deadline = Instant::now() + Duration::from_millis(2);
        assert!(!bell.wait(Some(deadline)));
        assert!(Instant::now() >= deadline);
        assert!(bell.take().is_empty());
        // A deadline that has passed is no wait at all.
        assert!(!bell.wait(Some(deadline)));
    }

    #[test]
    fn a_bell_may_move_between_threads() {
        let bell = Bell::detached();
        for _ in 0..100 {
            let waiter = bell.clone();
            let thread = std::thread::spawn(move || {
                assert!(waiter.wait(None));
                waiter.take()
            });
            bell.ring(Reasons::READY);
            assert_eq!(thread.join().unwrap(), Reasons::READY);
        }
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use super::*;
    use crate::sync::model_bounded;

    #[test]
    fn loom_no_ring_is_lost() {
        model_bounded(|| {
            let bell = Bell::detached();
            let ringers: Vec<_> = [Reasons::MESSAGE, Reasons::READY]
                .into_iter()
                .map(|reason| {
                    let bell = bell.clone();
                    loom::thread::spawn(move || bell.ring(reason))
                })
                .collect();
            let mut heard = Reasons::NONE;
            while heard != (Reasons::MESSAGE | Reasons::READY) {
                assert!(bell.wait(None));
                heard |= bell.take();
            }
            for ringer in ringers {
                ringer.join().unwrap();
            }
            assert!(!bell.word().is_raised());
        });
    }
}
