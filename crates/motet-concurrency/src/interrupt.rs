//! The interrupt word of an isolate: why it should stop at its next safe point, and whether it sleeps.
//!
//! **The protocol.** Any thread raises reasons (a read-modify-write with release: what it wrote before is visible to
//! the isolate that takes them). The isolate tests the word at its safe points with one relaxed load; if it is not
//! zero, it takes all reasons (an exchange with acquire) and acts on them. A reason says "look", not how often: raising
//! one that is already there changes nothing, so a taker looks at everything that the reason stands for.
//!
//! Two bits of the same word say that the isolate sleeps. One word for both questions is what makes lost wake-ups
//! impossible without a fence. The isolate goes to sleep by exchanging *zero* for a sleeping bit, which fails if a
//! reason is there. A raiser that finds only a sleeping bit knows that it is the one that must wake. No test-then-set
//! is left between the two. `parker` builds waiting upon this.

use crate::sync::{AtomicU32, Ordering};
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// A set of reasons to stop at a safe point.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasons(u32);

impl Reasons {
    pub const NONE: Reasons = Reasons(0);
    /// The mailbox holds something.
    pub const MESSAGE: Reasons = Reasons(1);
    /// Tokens of suspended tasks are in the ready queue.
    pub const READY: Reasons = Reasons(1 << 1);
    /// The isolate's own earliest timer may be due.
    pub const TIMER: Reasons = Reasons(1 << 2);
    /// A task or the whole work is to be cancelled.
    pub const CANCEL: Reasons = Reasons(1 << 3);
    /// The isolate is to end.
    pub const STOP: Reasons = Reasons(1 << 4);
    /// The collector of cycles wants to run.
    pub const COLLECT: Reasons = Reasons(1 << 5);
    /// A limit (time, memory, instructions) is reached.
    pub const LIMIT: Reasons = Reasons(1 << 6);
    /// A profile wants a sample of what runs. An isolate that sleeps does not hear of it.
    pub const SAMPLE: Reasons = Reasons(1 << 7);
    /// Effects have to run because a signal changed elsewhere.
    pub const EFFECT: Reasons = Reasons(1 << 8);
    /// Say who waits for what: `deadlock`.
    pub const DESCRIBE: Reasons = Reasons(1 << 9);
    /// Nothing in the whole program can go on by itself: `deadlock`.
    pub const QUIESCENT: Reasons = Reasons(1 << 10);

    /// The session's prompt wants the running piece to end, or has another.
    pub const INTERRUPT: Reasons = Reasons(1 << 11);

    /// Each step of the program is counted, or memory is looked at: raised all the time that its tasks run.
    pub const COUNT: Reasons = Reasons(1 << 12);

    const NAMES: [&str; 13] = [
        "message",
        "ready",
        "timer",
        "cancel",
        "stop",
        "collect",
        "limit",
        "sample",
        "effect",
        "describe",
        "quiescent",
        "interrupt",
        "count",
    ];

    /// The word that holds these and nothing else.
    pub const fn bits(self) -> u32 {
        self.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if all of `other` are among these.
    pub const fn contains(self, other: Reasons) -> bool {
        self.0 & other.0 == other.0
    }

    /// True if any of `other` is among these.
    pub const fn intersects(self, other: Reasons) -> bool {
        self.0 & other.0 != 0
    }

    /// These without `other`.
    pub const fn without(self, other: Reasons) -> Reasons {
        Reasons(self.0 & !other.0)
    }

    /// Both.
    pub const fn union(self, other: Reasons) -> Reasons {
        Reasons(self.0 | other.0)
    }
}

impl BitOr for Reasons {
    type Output = Reasons;

    fn bitor(self, other: Reasons) -> Reasons {
        self.union(other)
    }
}

impl BitOrAssign for Reasons {
    fn bitor_assign(&mut self, other: Reasons) {
        *self = self.union(other);
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Reasons::NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0);
        formatter.debug_set().entries(names.map(|(_, name)| name)).finish()
    }
}

/// The isolate sleeps until a reason is raised; it is not counted as active.
const ASLEEP: u32 = 1 << 31;
/// The isolate sleeps until a reason is raised or a deadline passes; it is still counted as active.
const DOZING: u32 = 1 << 30;

/// How an isolate sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sleep {
    /// Only a raised reason ends it.
    Deep,
    /// A deadline ends it too.
    Timed,
}

/// The word as a raiser last saw it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen(u32);

impl Seen {
    /// The isolate sleeps, or is being woken.
    pub(super) fn is_asleep(self) -> bool {
        self.0 & (ASLEEP | DOZING) != 0
    }

    /// The sleep that a raise must end: the isolate sleeps, and no reason has been raised since.
    pub(super) fn sleep_to_end(self) -> Option<Sleep> {
        match self.0 {
            ASLEEP => Some(Sleep::Deep),
            DOZING => Some(Sleep::Timed),
            _ => None,
        }
    }
}

/// The word itself. Its address does not change while its [`super::Bell`] lives, so an interpreter may keep a reference.
pub struct InterruptWord(AtomicU32);

impl InterruptWord {
    pub(super) fn new() -> InterruptWord {
        InterruptWord(AtomicU32::new(0))
    }

    /// The safe point's test: one relaxed load. A raise is seen after the time that a store takes to travel, and what
    /// it stands for only after [`InterruptWord::take`].
    #[inline(always)]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// The same for one reason, while others may be raised.
    #[inline(always)]
    pub fn is_raised_for(&self, reason: Reasons) -> bool {
        self.0.load(Ordering::Relaxed) & reason.0 != 0
    }

    /// The reasons that are raised, left where they are. Only the isolate itself, awake, asks; what they stand for is
    /// visible only after [`InterruptWord::take`].
    pub fn raised(&self) -> Reasons {
        Reasons(self.0.load(Ordering::Relaxed))
    }

    /// Takes all reasons. Only the isolate itself, awake, does this.
    pub fn take(&self) -> Reasons {
        let word = self.0.swap(0, Ordering::Acquire);
        debug_assert!(word & (ASLEEP | DOZING) == 0, "a sleeping isolate takes no reasons");
        Reasons(word)
    }

    /// Takes those reasons that are among `wanted`, and leaves the others raised.
    pub fn take_some(&self, wanted: Reasons) -> Reasons {
        Reasons(self.0.fetch_and(!wanted.0, Ordering::Acquire) & wanted.0)
    }

    /// The word, for [`InterruptWord::try_raise`].
    pub(super) fn look(&self) -> Seen {
        Seen(self.0.load(Ordering::Relaxed))
    }

    /// Raises reasons if the word is still as it was seen; else says how it is now.
    ///
    /// It writes even if nothing changes: only a read-modify-write is ordered after the taker's, a plain load could miss
    /// that the reasons have been taken meanwhile. Acquire, so that the raiser sees who went to sleep.
    pub(super) fn try_raise(&self, seen: Seen, reasons: Reasons) -> Result<(), Seen> {
        match self.0.compare_exchange(seen.0, seen.0 | reasons.0, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(now) => Err(Seen(now)),
        }
    }

    /// Announces sleep; false if a reason is raised already. Only the isolate itself does this.
    pub(super) fn fall_asleep(&self, sleep: Sleep) -> bool {
        let bit = match sleep {
            Sleep::Deep => ASLEEP,
            Sleep::Timed => DOZING,
        };
        self.0.compare_exchange(0, bit, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// True if a reason is raised; what it stands for is visible then.
    pub(super) fn is_called(&self) -> bool {
        self.0.load(Ordering::Acquire) & !(ASLEEP | DOZING) != 0
    }

    /// Ends the announced sleep; true if a reason is raised.
    pub(super) fn get_up(&self) -> bool {
        self.0.fetch_and(!(ASLEEP | DOZING), Ordering::AcqRel) & !(ASLEEP | DOZING) != 0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn raise(word: &InterruptWord, reasons: Reasons) -> Option<Sleep> {
        let seen = word.look();
        assert!(word.try_raise(seen, reasons).is_ok());
        seen.sleep_to_end()
    }

    #[test]
    fn t04_reasons_gather_until_taken() {
        let word = InterruptWord::new();
        assert!(!word.is_raised());
        assert_eq!(raise(&word, Reasons::MESSAGE), None);
        assert_eq!(raise(&word, Reasons::CANCEL | Reasons::MESSAGE), None);
        assert!(word.is_raised());
        assert_eq!(word.take_some(Reasons::CANCEL | Reasons::STOP), Reasons::CANCEL);
        assert_eq!(word.take(), Reasons::MESSAGE);
        assert!(!word.is_raised());
        assert_eq!(format!("{:?}", Reasons::MESSAGE | Reasons::QUIESCENT), r#"{"message", "quiescent"}"#);
    }

    #[test]
    fn the_first_raiser_of_a_sleeper_wakes_it_and_no_other() {
        let word = InterruptWord::new();
        assert!(word.fall_asleep(Sleep::Deep));
        assert!(!word.is_called());
        assert_eq!(raise(&word, Reasons::READY), Some(Sleep::Deep));
        assert_eq!(raise(&word, Reasons::TIMER), None);
        assert!(word.is_called());
        assert!(word.get_up());
        assert!(!word.fall_asleep(Sleep::Timed), "reasons are there");
        assert_eq!(word.take(), Reasons::READY | Reasons::TIMER);
        assert!(word.fall_asleep(Sleep::Timed));
        assert!(!word.get_up(), "the deadline passed");
    }
}
