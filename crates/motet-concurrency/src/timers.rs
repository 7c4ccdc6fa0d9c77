//! The timers of one isolate: when to wake which task. No thread, no lock: the isolate asks for the earliest deadline when
//! it has nothing else to do, and waits for it on its bell.

use std::collections::BTreeMap;
use std::time::Instant;

/// A timer that was set. Timers of one deadline ring in the order in which they were set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerKey {
    deadline: Instant,
    number: u64,
}

/// Timers by deadline; setting, cancelling and taking one are O(log n).
#[derive(Default)]
pub struct Timers {
    tokens: BTreeMap<TimerKey, u64>,
    issued: u64,
}

impl Timers {
    pub fn new() -> Timers {
        Timers::default()
    }

    /// Sets a timer for the task that waits under this token.
    pub fn set(&mut self, deadline: Instant, token: u64) -> TimerKey {
        let key = TimerKey { deadline, number: self.issued };
        self.issued += 1;
        self.tokens.insert(key, token);
        key
    }

    /// Cancels a timer; false if it has rung, or was cancelled already.
    pub fn cancel(&mut self, key: TimerKey) -> bool {
        self.tokens.remove(&key).is_some()
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.tokens.first_key_value().map(|(key, _)| key.deadline)
    }

    /// Takes the token of the earliest timer that is due.
    pub fn take_due(&mut self, now: Instant) -> Option<u64> {
        let first = self.tokens.first_entry()?;
        (first.key().deadline <= now).then(|| first.remove())
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn t20_timers_ring_by_deadline_then_by_order() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut timers = Timers::new();
        timers.set(at(20), 1);
        let cancelled = timers.set(at(10), 2);
        timers.set(at(10), 3);
        timers.set(at(10), 4);
        assert_eq!(timers.next_deadline(), Some(at(10)));
        assert_eq!(timers.take_due(at(9)), None);
        assert!(timers.cancel(cancelled));
        assert!(!timers.cancel(cancelled));
        assert_eq!(timers.take_due(at(10)), Some(3));
        assert_eq!(timers.take_due(at(10)), Some(4));
        assert_eq!(timers.take_due(at(10)), None);
        assert_eq!(timers.take_due(at(21)), Some(1));
        assert!(timers.is_empty());
        assert_eq!(timers.next_deadline(), None);
    }

    proptest! {
        /// Whatever is set and not cancelled rings once, in order.
        #[test]
        fn timers_are_a_stable_sort(deadlines in prop::collection::vec((0..50_u64, any::<bool>()), 0..100)) {
            let start = Instant::now();
            let mut timers = Timers::new();
            let mut expected = Vec::new();
            for (token, &(offset, cancelled)) in deadlines.iter().enumerate() {
                let key = timers.set(start + Duration::from_millis(offset), token as u64);
                if cancelled {
                    prop_assert!(timers.cancel(key));
                } else {
                    expected.push((offset, token as u64));
                }
            }
            expected.sort();
            let end = start + Duration::from_secs(1);
            let rung: Vec<u64> = std::iter::from_fn(|| timers.take_due(end)).collect();
            prop_assert_eq!(rung, expected.into_iter().map(|(_, token)| token).collect::<Vec<_>>());
        }
    }
}
