//! How many items a participant takes at a time.
//!
//! The first chunk is one item, because one may take a second. From then on a chunk is as large as takes about
//! [`TARGET`], by what the last one took: so the common cursor and the clock cost nothing to speak of, and what is left at
//! the end is spread evenly.

use std::time::{Duration, Instant};

/// What a chunk is to take.
const TARGET: Duration = Duration::from_micros(500);
/// Chunks grow by this at most, from one to the next.
const GROWTH: usize = 8;

/// The chunk size of one participant.
pub(super) struct Pace {
    size: usize,
    began: Instant,
}

impl Pace {
    pub fn new() -> Pace {
        Pace { size: 1, began: Instant::now() }
    }

    /// The size of the next chunk, of which each of so many participants should find one: `left` items are left.
    pub fn next(&mut self, left: usize, participants: usize) -> usize {
        self.began = Instant::now();
        self.size.min(left / (2 * participants)).max(1)
    }

    /// A chunk of so many items is done.
    pub fn done(&mut self, items: usize) {
        self.size = size_after(items, self.began.elapsed());
    }
}

/// The size that follows a chunk of so many items that took so long.
fn size_after(items: usize, took: Duration) -> usize {
    let fits = TARGET.as_nanos().saturating_mul(items as u128) / took.as_nanos().max(1);
    usize::try_from(fits).unwrap_or(usize::MAX).clamp(1, items.saturating_mul(GROWTH).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w01_chunks_follow_the_measured_cost() {
        assert_eq!(size_after(1, Duration::from_millis(30)), 1, "expensive items one by one");
        assert_eq!(size_after(1, Duration::from_nanos(50)), 8, "cheap ones in growing chunks");
        assert_eq!(size_after(10_000, Duration::from_micros(500)), 10_000);
        assert_eq!(size_after(10_000, Duration::from_millis(5)), 1_000, "and smaller ones when they become expensive");
        assert_eq!(size_after(usize::MAX, Duration::ZERO), usize::MAX);
    }

    #[test]
    fn w01_the_rest_is_shared_out() {
        let mut pace = Pace { size: 1_000, began: Instant::now() };
        assert_eq!(pace.next(100_000, 4), 1_000);
        assert_eq!(pace.next(80, 4), 10);
        assert_eq!(pace.next(3, 4), 1);
    }
}
