//! A series that a program appends to while windows show it. Program and UI thread have the values in common: what was
//! appended is never copied and never moves.
//!
//! **The protocol.** Values lie in chunks, each with the spans of its values at every scale ([`super::pyramid`]). One
//! thread appends at a time: it writes the values and spans behind the end, which no reader looks at, and then moves the
//! end under the lock of what is published. A reader takes the table of chunks and the end under the same lock, for as long
//! as a pointer is copied; all that lies before the end stays as it is from then on. Cells are atomic so that a span which
//! already covers a value behind the end is no race: it is too wide for a moment, and the next look is right.
//!
//! **Waking.** An append tells the windows that show the series, once until one of them looks again: a look first takes the
//! mark away and then reads, so an append that it did not see finds the mark gone, and tells.

use super::curve::Curve;
use super::pyramid::{BLOCK, EMPTY, FACTOR, Scales, Span, join, span_of};
use crate::link::WindowLink;
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use parking_lot::Mutex;
use std::sync::atomic::Ordering;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

pub static LIVE_SERIES: ForeignKind = ForeignKind::new("LiveSeries");

/// Values of the first chunk, and of the largest ones.
const SMALLEST: usize = 1 << 10;
const LARGEST: usize = 1 << 16;

/// A number that one thread writes while others may read.
struct Cell(AtomicU64);

impl Cell {
    fn new(number: f64) -> Cell {
        Cell(AtomicU64::new(number.to_bits()))
    }

    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    fn set(&self, number: f64) {
        self.0.store(number.to_bits(), Relaxed);
    }
}

fn cells(count: usize, number: f64) -> Box<[Cell]> {
    (0..count).map(|_| Cell::new(number)).collect()
}

/// Lowest and highest values of blocks.
struct Spans {
    lows: Box<[Cell]>,
    highs: Box<[Cell]>,
}

/// Values that lie together, with their spans at each scale.
struct Chunk {
    /// None: x counts.
    xs: Option<Box<[Cell]>>,
    ys: Box<[Cell]>,
    levels: Vec<Spans>,
    /// From where to where x reaches, once it is full and has been asked.
    x_span: OnceLock<Span>,
}

impl Chunk {
    fn new(capacity: usize, has_xs: bool) -> Chunk {
        let mut levels = Vec::new();
        let mut blocks = capacity.div_ceil(BLOCK);
        loop {
            levels.push(Spans { lows: cells(blocks, EMPTY[0]), highs: cells(blocks, EMPTY[1]) });
            if blocks == 1 {
                break;
            }
            blocks = blocks.div_ceil(FACTOR);
        }
        Chunk { xs: has_xs.then(|| cells(capacity, 0.0)), ys: cells(capacity, 0.0), levels, x_span: OnceLock::new() }
    }

    fn capacity(&self) -> usize {
        self.ys.len()
    }

    /// Writes values that no reader looks at yet.
    fn write(&self, at: usize, xs: &[f64], ys: &[f64]) {
        if let Some(cells) = &self.xs {
            cells[at..].iter().zip(xs).for_each(|(cell, x)| cell.set(*x));
        }
        self.ys[at..].iter().zip(ys).for_each(|(cell, y)| cell.set(*y));
        let mut from = 0;
        while from < ys.len() {
            let mut block = (at + from) / BLOCK;
            let to = ((block + 1) * BLOCK - at).min(ys.len());
            let span = span_of(ys[from..to].iter().copied());
            for level in &self.levels {
                let (low, high) = (&level.lows[block], &level.highs[block]);
                low.set(low.get().min(span[0]));
                high.set(high.get().max(span[1]));
                block /= FACTOR;
            }
            from = to;
        }
    }

    fn bytes(&self) -> usize {
        let of_xs = self.xs.as_ref().map_or(0, |xs| xs.len());
        let of_levels: usize = self.levels.iter().map(|level| 2 * level.lows.len()).sum();
        (self.ys.len() + of_xs + of_levels) * size_of::<Cell>()
    }
}

impl Scales for Chunk {
    fn levels(&self) -> usize {
        self.levels.len()
    }

    fn of_values(&self, from: usize, to: usize) -> Span {
        span_of(self.ys[from..to].iter().map(Cell::get))
    }

    fn of_blocks(&self, level: usize, from: usize, to: usize) -> Span {
        let Spans { lows, highs } = &self.levels[level];
        let spans = lows[from..to].iter().zip(&highs[from..to]);
        spans.map(|(low, high)| [low.get(), high.get()]).fold(EMPTY, join)
    }
}

/// A chunk, and the number of its first value among all that were ever appended.
#[derive(Clone)]
struct Placed {
    start: usize,
    chunk: Arc<Chunk>,
}

/// What readers see.
#[derive(Clone)]
struct Published {
    chunks: Arc<Vec<Placed>>,
    /// The numbers of the first value that is kept, and of the next one that will be appended.
    first: usize,
    end: usize,
    is_sorted: bool,
}

/// What programs call it with when they make one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveConfig {
    /// So many values are kept at most.
    pub keep: Option<usize>,
    /// How far apart values are that have no x of their own.
    pub step: Option<f64>,
}

/// See the module.
pub struct LiveSeries {
    config: LiveConfig,
    /// Held by the thread that appends. Readers do not wait for it.
    writing: Mutex<Written>,
    published: Mutex<Published>,
    watchers: Mutex<Vec<Weak<WindowLink>>>,
    /// The watchers have been told, and none of them has looked since.
    is_told: AtomicBool,
}

/// What the writer remembers.
#[derive(Default)]
struct Written {
    /// Whether its values have an x each: the first append says so.
    has_xs: Option<bool>,
    last_x: Option<f64>,
}

/// Values are of the other sort than those that came before: with x, or without.
#[derive(Debug, PartialEq, Eq)]
pub struct Mixed;

impl LiveSeries {
    pub fn new(config: LiveConfig) -> LiveSeries {
        LiveSeries {
            config,
            writing: Mutex::default(),
            published: Mutex::new(Published { chunks: Arc::default(), first: 0, end: 0, is_sorted: true }),
            watchers: Mutex::default(),
            is_told: AtomicBool::new(false),
        }
    }

    /// The series that a value is.
    pub fn of(value: &Value) -> Option<Arc<LiveSeries>> {
        value.as_foreign()?.shared_as()
    }

    /// Appends values; without `xs` x counts.
    pub fn append(&self, xs: &[f64], ys: &[f64]) -> Result<(), Mixed> {
        if ys.is_empty() {
            return Ok(());
        }
        {
            let mut written = self.writing.lock();
            let has_xs = !xs.is_empty();
            if *written.has_xs.get_or_insert(has_xs) != has_xs {
                return Err(Mixed);
            }
            let before = written.last_x.iter().chain(xs);
            let is_sorted = before.clone().zip(before.skip(1)).all(|(a, b)| a <= b);
            written.last_x = xs.last().copied().or(written.last_x);
            self.write(xs, ys, has_xs, is_sorted);
        }
        self.tell();
        Ok(())
    }

    /// By the thread that holds `writing`.
    fn write(&self, xs: &[f64], ys: &[f64], has_xs: bool, is_sorted: bool) {
        let mut next = self.published.lock().clone();
        next.is_sorted &= is_sorted;
        // What would be dropped at once is not even written.
        let mut from = self.config.keep.map_or(0, |keep| ys.len().saturating_sub(keep));
        if from > 0 {
            next = Published { chunks: Arc::default(), first: next.end + from, end: next.end + from, ..next };
        }
        while from < ys.len() {
            let (place, room) = match next.chunks.last() {
                Some(last) => (next.end - last.start, last.start + last.chunk.capacity() - next.end),
                None => (0, 0),
            };
            if room == 0 {
                let capacity = (next.end - next.first + 1).next_power_of_two().clamp(SMALLEST, LARGEST);
                let chunk = Arc::new(Chunk::new(capacity, has_xs));
                Arc::make_mut(&mut next.chunks).push(Placed { start: next.end, chunk });
                continue;
            }
            let count = room.min(ys.len() - from);
            let last = next.chunks.last().expect("it has room");
            let of_xs = if has_xs { &xs[from..from + count] } else { &[] };
            last.chunk.write(place, of_xs, &ys[from..from + count]);
            next.end += count;
            from += count;
        }
        if let Some(keep) = self.config.keep {
            next.first = next.first.max(next.end.saturating_sub(keep));
            let gone = |placed: &Placed| placed.start + placed.chunk.capacity() <= next.first;
            let count = next.chunks.iter().take_while(|placed| gone(placed)).count();
            if count > 0 {
                Arc::make_mut(&mut next.chunks).drain(..count);
            }
        }
        let former = std::mem::replace(&mut *self.published.lock(), next);
        // Chunks that are no more are freed without the lock.
        drop(former);
    }

    /// Forgets all values. x counts from 0 again.
    pub fn clear(&self) {
        {
            let mut written = self.writing.lock();
            *written = Written::default();
            let empty = Published { chunks: Arc::default(), first: 0, end: 0, is_sorted: true };
            let former = std::mem::replace(&mut *self.published.lock(), empty);
            drop(former);
        }
        self.tell();
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        let published = self.published.lock();
        published.end - published.first
    }

    /// A window shows it from now on.
    pub fn watch(&self, link: &Arc<WindowLink>) {
        let mut watchers = self.watchers.lock();
        watchers.retain(|watcher| watcher.strong_count() > 0);
        if !watchers.iter().any(|watcher| std::ptr::eq(watcher.as_ptr(), Arc::as_ptr(link))) {
            watchers.push(Arc::downgrade(link));
        }
    }

    fn tell(&self) {
        if self.is_told.swap(true, Ordering::AcqRel) {
            return;
        }
        let watchers: Vec<Arc<WindowLink>> = self.watchers.lock().iter().filter_map(Weak::upgrade).collect();
        watchers.iter().for_each(|link| link.shows_more());
    }

    /// The values as they are now.
    pub fn look(&self) -> Snapshot {
        self.is_told.swap(false, Ordering::AcqRel);
        let published = self.published.lock().clone();
        Snapshot { published, step: self.config.step.unwrap_or(1.0), bounds: OnceLock::new() }
    }
}

impl ForeignObject for LiveSeries {
    fn kind(&self) -> &'static ForeignKind {
        &LIVE_SERIES
    }

    fn bytes(&self) -> usize {
        self.published.lock().chunks.iter().map(|placed| placed.chunk.bytes()).sum()
    }

    fn stands_for(&self) -> Option<u128> {
        Some(std::ptr::from_ref(self) as usize as u128)
    }

    fn display(&self) -> Option<String> {
        Some(format!("<LiveSeries of {}>", self.len()))
    }
}

/// The values of a series as they were at some time.
#[derive(Clone)]
pub struct Snapshot {
    published: Published,
    step: f64,
    /// Once they have been asked.
    bounds: OnceLock<Option<[f64; 4]>>,
}

impl Snapshot {
    /// It holds the same values as another one of the same series, or of a series that has none.
    pub fn is_same(&self, other: &Snapshot) -> bool {
        let (one, other) = (&self.published, &other.published);
        let chunk = |published: &Published| published.chunks.first().map(|placed| Arc::as_ptr(&placed.chunk));
        one.first == other.first && one.end == other.end && chunk(one) == chunk(other)
    }

    /// From where to where a chunk's x reach, as far as they belong to it.
    fn x_span(&self, placed: &Placed) -> Span {
        let Published { first, end, .. } = self.published;
        let chunk = &placed.chunk;
        let (from, to) = (first.max(placed.start) - placed.start, (end - placed.start).min(chunk.capacity()));
        match &chunk.xs {
            Some(xs) if to - from == chunk.capacity() => {
                *chunk.x_span.get_or_init(|| span_of(xs.iter().map(Cell::get)))
            }
            Some(xs) => span_of(xs[from..to].iter().map(Cell::get)),
            None => [placed.start + from, placed.start + to - 1].map(|number| number as f64 * self.step),
        }
    }

    /// The chunk that the value of a number lies in.
    fn chunk_of(&self, number: usize) -> &Placed {
        let chunks = &self.published.chunks;
        &chunks[chunks.partition_point(|placed| placed.start <= number) - 1]
    }
}

impl Curve for Snapshot {
    fn len(&self) -> usize {
        self.published.end - self.published.first
    }

    fn x(&self, index: usize) -> f64 {
        let number = self.published.first + index;
        let placed = self.chunk_of(number);
        match &placed.chunk.xs {
            Some(xs) => xs[number - placed.start].get(),
            None => number as f64 * self.step,
        }
    }

    fn y(&self, index: usize) -> f64 {
        let number = self.published.first + index;
        let placed = self.chunk_of(number);
        placed.chunk.ys[number - placed.start].get()
    }

    fn is_sorted(&self) -> bool {
        self.published.is_sorted
    }

    fn bounds(&self) -> Option<[f64; 4]> {
        *self.bounds.get_or_init(|| {
            let [low, high] = self.span(0, self.len());
            let [left, right] = match self.published.is_sorted {
                true if self.len() > 0 => [self.x(0), self.x(self.len() - 1)],
                _ => self.published.chunks.iter().map(|placed| self.x_span(placed)).fold(EMPTY, join),
            };
            (low <= high && left <= right).then_some([left, right, low, high])
        })
    }

    fn index_at(&self, x: f64) -> usize {
        let Published { first, end, chunks, .. } = &self.published;
        if chunks.first().is_none_or(|placed| placed.chunk.xs.is_none()) {
            // What is no number is nowhere, and counts as the first.
            return ((x / self.step).ceil().max(*first as f64) as usize).min(*end) - first;
        }
        // The last chunk that begins left of x, and in it the first value that is not.
        let begins = |placed: &Placed| self.x(placed.start.max(*first) - first);
        let place = chunks.partition_point(|placed| begins(placed) < x);
        let Some(Placed { start, chunk }) = place.checked_sub(1).map(|place| &chunks[place]) else { return 0 };
        let xs = chunk.xs.as_deref().unwrap_or_default();
        let (from, to) = (first.max(start) - start, (end - start).min(chunk.capacity()));
        let within = xs[from..to].partition_point(|other| other.get() < x);
        start + from + within - first
    }

    fn span(&self, from: usize, to: usize) -> Span {
        let (from, to) = (from + self.published.first, (to + self.published.first).min(self.published.end));
        let mut span = EMPTY;
        let mut at = from;
        while at < to {
            let placed = self.chunk_of(at);
            let end = (placed.start + placed.chunk.capacity()).min(to);
            span = join(span, placed.chunk.span(at - placed.start, end - placed.start));
            at = end;
        }
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(series: &LiveSeries) -> Vec<[f64; 2]> {
        let seen = series.look();
        (0..seen.len()).map(|index| [seen.x(index), seen.y(index)]).collect()
    }

    #[test]
    fn what_was_appended_is_there_in_its_order() {
        let series = LiveSeries::new(LiveConfig { step: Some(0.5), ..LiveConfig::default() });
        let mut wanted = Vec::new();
        for size in [1, 2, 1000, 1, 21, 5000, 100_000, 3] {
            let ys: Vec<f64> = (0..size).map(|index| (wanted.len() + index) as f64 * 3.0).collect();
            wanted.extend(
                ys.iter().enumerate().map(|(index, y)| [(wanted.len() + index) as f64 * 0.5, *y]).collect::<Vec<_>>(),
            );
            series.append(&[], &ys).unwrap();
        }
        assert!(all(&series) == wanted);
        let seen = series.look();
        for (from, to) in [(0, 1), (5, 900), (1000, 1030), (0, 106_028), (1023, 66_000), (7, 7)] {
            let low = if from == to { EMPTY } else { [from as f64 * 3.0, (to - 1) as f64 * 3.0] };
            assert_eq!(seen.span(from, to), low, "{from} to {to}");
        }
    }

    #[test]
    fn only_so_many_are_kept_and_x_goes_on() {
        let series = LiveSeries::new(LiveConfig { keep: Some(1500), step: None });
        for part in 0..40 {
            let ys: Vec<f64> = (0..100).map(|index| f64::from(part * 100 + index)).collect();
            series.append(&[], &ys).unwrap();
        }
        let wanted: Vec<[f64; 2]> = (2500..4000).map(|number| [f64::from(number); 2]).collect();
        assert!(all(&series) == wanted);
        assert!(series.bytes() < 100_000, "chunks that are no more are freed: {}", series.bytes());
        let long: Vec<f64> = (0..9000).map(f64::from).collect();
        series.append(&[], &long).unwrap();
        assert_eq!(all(&series)[0], [11_500.0, 7500.0], "of an append that is longer than what is kept, the end is");
        assert_eq!(series.len(), 1500);
        series.clear();
        assert_eq!(all(&series), Vec::<[f64; 2]>::new());
    }

    #[test]
    fn points_with_and_without_x_are_not_mixed() {
        let series = LiveSeries::new(LiveConfig::default());
        series.append(&[1.0, 2.0], &[5.0, f64::NAN]).unwrap();
        assert_eq!(series.append(&[], &[1.0]), Err(Mixed));
        assert!(series.look().is_sorted());
        assert_eq!(series.look().span(0, 2), [5.0, 5.0]);
        series.append(&[1.5], &[7.0]).unwrap();
        assert!(!series.look().is_sorted());
        series.clear();
        assert_eq!(series.append(&[], &[1.0]), Ok(()));
    }

    #[test]
    fn places_are_found_among_chunks() {
        for has_xs in [false, true] {
            let series = LiveSeries::new(LiveConfig { keep: Some(70_000), step: Some(0.5) });
            for part in 0..200 {
                let xs: Vec<f64> = (0..901).map(|n| f64::from(part * 901 + n) * 0.5).collect();
                series.append(if has_xs { &xs } else { &[] }, &xs).unwrap();
            }
            let seen = series.look();
            let last = seen.len() - 1;
            for x in
                [-1.0, 0.0, seen.x(0), seen.x(0) + 0.1, 70_000.25, 80_000.0, seen.x(last), seen.x(last) + 1.0, 1e18]
            {
                let wanted = (0..seen.len()).find(|index| seen.x(*index) >= x).unwrap_or(seen.len());
                assert_eq!(seen.index_at(x), wanted, "{x} {has_xs}");
            }
        }
        assert_eq!(LiveSeries::new(LiveConfig::default()).look().index_at(3.0), 0);
    }

    #[test]
    fn points_in_no_order_know_how_far_they_reach() {
        let series = LiveSeries::new(LiveConfig { keep: Some(100_000), step: None });
        assert_eq!(series.look().bounds(), None);
        let mut all: Vec<[f64; 2]> = Vec::new();
        for part in 0..300u32 {
            let xs: Vec<f64> =
                (0..997u32).map(|n| f64::from((n * 7919 + part * 31) % 1000) - f64::from(part)).collect();
            let ys: Vec<f64> = xs.iter().map(|x| x * 2.0).collect();
            all.extend(xs.iter().zip(&ys).map(|(x, y)| [*x, *y]));
            series.append(&xs, &ys).unwrap();
            if part % 50 == 7 || part == 299 {
                let kept = &all[all.len().saturating_sub(100_000)..];
                let [left, right] = span_of(kept.iter().map(|point| point[0]));
                let bounds = series.look().bounds().unwrap();
                assert_eq!(bounds[..2], [left, right], "{part}");
                assert!(bounds[2] <= left * 2.0 && bounds[3] >= right * 2.0);
            }
        }
        let (one, other) = (series.look(), series.look());
        assert!(one.is_same(&other));
        series.append(&[1.0], &[1.0]).unwrap();
        assert!(!one.is_same(&series.look()));
    }

    /// Two threads append while a third looks: what it sees is always whole, and its spans cover it.
    #[test]
    fn looks_while_others_append_see_whole_values() {
        let series = LiveSeries::new(LiveConfig { keep: Some(20_000), step: None });
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writer = |sign: f64| {
                for part in 0..400u32 {
                    let size = 1 + part % 97;
                    let ys: Vec<f64> = (0..size).map(|_| sign * f64::from(part + 1)).collect();
                    series.append(&[], &ys).unwrap();
                }
            };
            let looker = scope.spawn(|| {
                let mut looks = 0u32;
                loop {
                    let is_last = ended.load(Relaxed);
                    let seen = series.look();
                    let plain = span_of((0..seen.len()).map(|index| seen.y(index)));
                    let span = seen.span(0, seen.len());
                    assert!(span[0] <= plain[0] && span[1] >= plain[1]);
                    looks += 1;
                    if is_last {
                        return looks;
                    }
                }
            });
            let writers = [scope.spawn(move || writer(1.0)), scope.spawn(move || writer(-1.0))];
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            ended.store(true, Relaxed);
            assert!(looker.join().unwrap() > 0);
        });
        assert_eq!(series.look().span(0, 20_000), [-400.0, 400.0]);
    }
}
