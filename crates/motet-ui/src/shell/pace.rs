//! When a window draws: at most once in 16.67 ms, by absolute deadlines of its own clock. The first change after a pause
//! draws at once. Nothing to do: no frames.

use std::time::{Duration, Instant};

/// Between two frames.
pub const FRAME: Duration = Duration::from_nanos(16_666_667);

/// See the module.
#[derive(Default)]
pub struct Pace {
    /// The deadline of the newest frame.
    last: Option<Instant>,
    /// When to draw, if at all.
    due: Option<Instant>,
}

impl Pace {
    /// Something is to be drawn as soon as may be.
    pub fn soon(&mut self, now: Instant) {
        self.at(now);
    }

    /// Something is to be drawn then.
    pub fn at(&mut self, time: Instant) {
        let earliest = self.last.map_or(time, |last| last + FRAME);
        let time = time.max(earliest);
        self.due = Some(self.due.map_or(time, |due| due.min(time)));
    }

    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A frame is drawn now. Deadlines stay on their grid unless one was missed.
    pub fn drawn(&mut self, now: Instant) {
        let due = self.due.take().unwrap_or(now);
        self.last = Some(if now.saturating_duration_since(due) < FRAME { due.min(now) } else { now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_after_a_pause_draws_at_once() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.soon(start);
        assert_eq!(pace.due(), Some(start));
        pace.drawn(start);
        assert_eq!(pace.due(), None, "nothing to do, no frame");
        let later = start + Duration::from_secs(1);
        pace.soon(later);
        assert_eq!(pace.due(), Some(later));
    }

    #[test]
    fn changes_in_a_row_are_drawn_on_a_grid() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.soon(start);
        pace.drawn(start);
        for frame in 1..=60u32 {
            // The change comes right after the frame, which was drawn two milliseconds late.
            let change = start + FRAME * (frame - 1) + Duration::from_millis(2);
            pace.soon(change);
            pace.soon(change);
            assert_eq!(pace.due(), Some(start + FRAME * frame));
            pace.drawn(start + FRAME * frame + Duration::from_millis(2));
        }
    }

    #[test]
    fn a_missed_deadline_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.soon(start);
        pace.drawn(start);
        pace.soon(start);
        let late = start + FRAME * 5;
        pace.drawn(late);
        pace.soon(late);
        assert_eq!(pace.due(), Some(late + FRAME));
    }

    #[test]
    fn a_later_wish_does_not_put_off_an_earlier_one() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.at(start + Duration::from_millis(500));
        pace.soon(start);
        assert_eq!(pace.due(), Some(start));
    }
}
