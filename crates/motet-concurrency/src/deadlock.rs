//! Knowing that nothing in a program can go on, and saying who waits for whom (T-23).
//!
//! **The protocol.** [`Activity`] counts what may still make progress by itself: every isolate that is awake or waits
//! with a deadline, and every [`Hold`]. A hold is an operation of I/O that has been started, spawned work that has not
//! begun, a window that may send an event, or an embedder that may. When the count falls to zero, everything sleeps and
//! nothing is left to wake a sleeper; the thread that made the last step rings the reporter's bell (the main isolate's)
//! with [`Reasons::QUIESCENT`].
//!
//! **Why this is exact.** A wake-up that is on its way counts. A ring that will wake a sleeper counts the sleeper
//! before its reason appears (see `parker`). The ringer is itself counted until it sleeps, ends or lets go of its hold,
//! which it does later. So the count cannot be zero while a reason, a message or a completion is in flight. And it is
//! not above zero for long once nothing is: each ring that counted a sleeper in vain takes that back. It follows that a
//! thread that rings without being counted (a thread outside the program without a hold) breaks the rule; the worst
//! that happens is a report that comes too early.
//!
//! **Descriptions cost nothing until they are needed.** The reporter, woken, calls [`Report::begin`], rings every isolate
//! with [`Reasons::DESCRIBE`] and waits again. Each wakes, adds to the report what its tasks wait for, and goes back to
//! sleep; when all sleep again, the reporter is rung a second time and the report is complete.
//!
//! Quiescence is a fact, a deadlock a judgement: a program of which only `keep_alive` threads remain is quiescent and has
//! simply ended. The reporter judges.

use super::interrupt::Reasons;
use super::locks::{Rank, RankedMutex};
use super::parker::Bell;
use crate::sync::{AtomicUsize, Ordering};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

/// Counts what may still make progress.
pub struct Activity {
    active: AtomicUsize,
    reporter: OnceLock<Weak<Bell>>,
}

impl Activity {
    /// Nothing is active yet: the caller's first [`Activity::hold`] follows.
    pub fn new() -> Arc<Activity> {
        Arc::new(Activity { active: AtomicUsize::new(0), reporter: OnceLock::new() })
    }

    /// Says whose bell is rung when the program has become quiescent. Once, before any isolate waits.
    pub fn report_to(&self, bell: &Arc<Bell>) {
        let first = self.reporter.set(Arc::downgrade(bell)).is_ok();
        assert!(first, "a program has one reporter");
    }

    /// Counts something that may make progress, until the hold is dropped. Called by someone who is counted, or before
    /// the program starts.
    pub fn hold(self: &Arc<Activity>) -> Hold {
        self.begin();
        Hold(self.clone())
    }

    /// How much is active at this moment, for statistics.
    pub fn active(&self) -> usize {
        self.active.load(Ordering::Relaxed)
    }

    /// One more is active.
    pub(super) fn begin(&self) {
        self.active.fetch_add(1, Ordering::AcqRel);
    }

    /// One less is active; the last one tells the reporter.
    pub(super) fn end(&self) {
        let before = self.active.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(before > 0, "something ended that was not counted");
        if before == 1
            && let Some(reporter) = self.reporter.get().and_then(Weak::upgrade)
        {
            reporter.ring(Reasons::QUIESCENT);
        }
    }
}

/// Something that may make progress, or wake someone who then does.
pub struct Hold(Arc<Activity>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A task of a thread, as a party of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// The number of the thread.
    pub thread: u32,
    /// The token of the task within it; zero for the thread as a whole.
    pub task: u64,
}

impl fmt::Display for Party {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            0 => write!(formatter, "thread {}", self.thread),
            task => write!(formatter, "thread {} task {task}", self.thread),
        }
    }
}

/// One party's wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub waiter: Party,
    /// What for, in words: `a message`, `the end of thread 3`, `room in a channel`.
    pub waits_for: String,
    /// Who would have to act, where that is known.
    pub on: Option<Party>,
    /// Where in the program: `file:line:column`.
    pub place: String,
}

/// Where the descriptions gather.
pub struct Report {
    waits: RankedMutex<Vec<Wait>>,
}

impl Default for Report {
    fn default() -> Report {
        Report::new()
    }
}

impl Report {
    pub fn new() -> Report {
        Report { waits: RankedMutex::new(Rank::Report, Vec::new()) }
    }

    /// Begins a round of descriptions.
    pub fn begin(&self) {
        self.waits.lock().clear();
    }

    /// Adds one wait.
    pub fn add(&self, wait: Wait) {
        self.waits.lock().push(wait);
    }

    /// Ends the round: all that was said, ordered by thread and task.
    pub fn finish(&self) -> Deadlock {
        let mut waits = std::mem::take(&mut *self.waits.lock());
        waits.sort_by_key(|wait| (wait.waiter.thread, wait.waiter.task));
        Deadlock { waits }
    }
}

/// Which task waits for what, when none can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    pub waits: Vec<Wait>,
}

impl Deadlock {
    /// A circle of parties each of which waits on the next, if the waits contain one: indices into `waits`.
    pub fn circle(&self) -> Option<Vec<usize>> {
        (0..self.waits.len()).find_map(|start| {
            let mut path = vec![start];
            while let Some(next) = self.next(*path.last().expect("a path has a start")) {
                if let Some(first) = path.iter().position(|&index| index == next) {
                    return Some(path.split_off(first));
                }
                path.push(next);
            }
            None
        })
    }

    /// The wait of the party that the given wait is on: the task's own, or any of a thread waited on as a whole.
    fn next(&self, index: usize) -> Option<usize> {
        let on = self.waits[index].on?;
        let is_meant = |party: Party| party == on || (on.task == 0 && party.thread == on.thread);
        self.waits.iter().position(|wait| is_meant(wait.waiter))
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("deadlock: every task waits for another")?;
        for wait in &self.waits {
            write!(formatter, "\n  {} waits for {}, at {}", wait.waiter, wait.waits_for, wait.place)?;
        }
        if let Some(circle) = self.circle() {
            formatter.write_str("\n  in a circle: ")?;
            for index in &circle {
                write!(formatter, "{} → ", self.waits[*index].waiter)?;
            }
            write!(formatter, "{}", self.waits[circle[0]].waiter)?;
        }
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn t23_the_end_of_the_last_hold_rings_the_reporter() {
        let activity = Activity::new();
        let bell = Bell::new(activity.clone());
        activity.report_to(&bell);
        let main = activity.hold();
        let operation = activity.hold();
        drop(operation);
        assert!(!bell.word().is_raised(), "the main isolate is awake");
        assert!(bell.wait(None), "asleep, it is the last");
        assert_eq!(bell.take(), Reasons::QUIESCENT);
        assert_eq!(activity.active(), 1, "and awake again");
        drop(main);
    }

    #[test]
    fn t23_a_started_operation_is_no_deadlock() {
        let activity = Activity::new();
        let bell = Bell::new(activity.clone());
        activity.report_to(&bell);
        let _main = activity.hold();
        let operation = activity.hold();
        let completes = bell.clone();
        let thread = std::thread::spawn(move || {
            completes.ring(Reasons::READY);
            drop(operation);
        });
        assert!(bell.wait(None));
        assert_eq!(bell.take(), Reasons::READY);
        thread.join().unwrap();
        assert!(!bell.word().is_raised());
    }

    #[test]
    fn t23_a_circle_is_found_and_shown() {
        let party = |thread, task| Party { thread, task };
        let wait = |waiter, on, place: &str| Wait {
            waiter,
            waits_for: "a reply".to_owned(),
            on: Some(on),
            place: place.to_owned(),
        };
        let report = Report::new();
        report.begin();
        report.add(wait(party(2, 5), party(1, 0), "b.soc:2:1"));
        report.add(wait(party(1, 3), party(2, 5), "a.soc:9:4"));
        report.add(wait(party(0, 1), party(1, 3), "a.soc:1:1"));
        let deadlock = report.finish();
        assert_eq!(deadlock.circle(), Some(vec![1, 2]));
        assert_eq!(
            deadlock.to_string(),
            "deadlock: every task waits for another\n  \
             thread 0 task 1 waits for a reply, at a.soc:1:1\n  \
             thread 1 task 3 waits for a reply, at a.soc:9:4\n  \
             thread 2 task 5 waits for a reply, at b.soc:2:1\n  \
             in a circle: thread 1 task 3 → thread 2 task 5 → thread 1 task 3"
        );
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use super::*;
    use loom::sync::atomic::{AtomicUsize as LoomCount, Ordering as LoomOrdering};

    /// Two isolates; one rings the other and both go to sleep. The reporter hears of quiescence, once, and only after the
    /// ring has been heard: no interleaving reports too early, none never.
    #[test]
    fn loom_t23_quiescence_is_reported_exactly_once_and_after_all_rings() {
        loom::model(|| {
            let activity = Activity::new();
            let main = Bell::new(activity.clone());
            let worker = Bell::new(activity.clone());
            activity.report_to(&main);
            let _main_hold = activity.hold();
            let worker_hold = activity.hold();
            let heard = Arc::new(LoomCount::new(0));

            let (bell, count) = (worker.clone(), heard.clone());
            let thread = loom::thread::spawn(move || {
                assert!(bell.wait(None));
                assert_eq!(bell.take(), Reasons::MESSAGE);
                count.fetch_add(1, LoomOrdering::Relaxed);
                drop(worker_hold);
            });

            worker.ring(Reasons::MESSAGE);
            assert!(main.wait(None));
            assert_eq!(main.take(), Reasons::QUIESCENT);
            assert_eq!(heard.load(LoomOrdering::Relaxed), 1, "the ring was heard before the report");
            thread.join().unwrap();
            assert!(!main.word().is_raised());
            assert_eq!(activity.active(), 1);
        });
    }

    /// The race that makes counting after the ring wrong: the sleeper hears, acts and sleeps again at once, while the
    /// ringer has not come further than the ring.
    #[test]
    fn loom_t23_a_quick_sleeper_is_no_deadlock() {
        loom::model(|| {
            let activity = Activity::new();
            let main = Bell::new(activity.clone());
            activity.report_to(&main);
            let _main_hold = activity.hold();
            let worker_hold = activity.hold();
            let done = Arc::new(LoomCount::new(0));

            let (bell, count) = (main.clone(), done.clone());
            let thread = loom::thread::spawn(move || {
                bell.ring(Reasons::MESSAGE);
                count.fetch_add(1, LoomOrdering::Relaxed);
                drop(worker_hold);
            });

            let mut heard = Reasons::NONE;
            while !heard.contains(Reasons::QUIESCENT) {
                assert!(main.wait(None));
                heard |= main.take();
            }
            assert_eq!(heard, Reasons::MESSAGE | Reasons::QUIESCENT);
            assert_eq!(done.load(LoomOrdering::Relaxed), 1, "the worker had ended");
            thread.join().unwrap();
        });
    }
}
