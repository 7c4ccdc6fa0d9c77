//! Minima and maxima of a long series at every scale, so that drawing costs as much as there are pixels, and a single
//! outlier among ten million points stays visible at every zoom.
//!
//! Level 0 has a minimum and a maximum for each block of 16 values, each further level one for each four of the level
//! below: 17 % of the memory of the values. Values that are no numbers are in no block; a block of nothing else is empty.
//!
//! Here is how a pyramid is asked, and the one of values that stand still, which all cores build. A series that grows
//! (`live`) has one for each of its chunks.

/// Values of a block of the lowest level.
pub const BLOCK: usize = 16;
/// Blocks of a level that become one of the next.
pub const FACTOR: usize = 4;
/// So many values are a part of the work that builds a pyramid.
const PART: usize = 1 << 18;

/// Lowest and highest; low above high: nothing.
pub type Span = [f64; 2];

pub const EMPTY: Span = [f64::INFINITY, f64::NEG_INFINITY];

/// Values with their spans at each scale.
pub trait Scales {
    fn levels(&self) -> usize;
    /// Lowest and highest of some values.
    fn of_values(&self, from: usize, to: usize) -> Span;
    /// Lowest and highest of some blocks of a level.
    fn of_blocks(&self, level: usize, from: usize, to: usize) -> Span;

    /// Lowest and highest of some values, by the largest blocks that lie in between.
    fn span(&self, from: usize, to: usize) -> Span {
        if from >= to { EMPTY } else { span_above(self, 0, from, to) }
    }
}

/// The ends are those of values at level 0, and of blocks of the level below at the others.
fn span_above<S: Scales + ?Sized>(scales: &S, level: usize, from: usize, to: usize) -> Span {
    let plain = |from: usize, to: usize| match level {
        0 => scales.of_values(from, to),
        _ => scales.of_blocks(level - 1, from, to),
    };
    let size = if level == 0 { BLOCK } else { FACTOR };
    let (first, last) = (from.div_ceil(size), to / size);
    if first >= last || level >= scales.levels() {
        return plain(from, to);
    }
    let inner = span_above(scales, level + 1, first, last);
    join(join(plain(from, first * size), inner), plain(last * size, to))
}

/// The pyramid of values that stand still.
#[derive(Clone, Debug, Default)]
pub struct Pyramid {
    levels: Vec<Vec<Span>>,
}

pub fn join(a: Span, b: Span) -> Span {
    [a[0].min(b[0]), a[1].max(b[1])]
}

pub fn span_of(values: impl Iterator<Item = f64>) -> Span {
    // `min` and `max` leave out what is no number.
    values.fold(EMPTY, |span, value| [span[0].min(value), span[1].max(value)])
}

impl Pyramid {
    /// Long series are shared out among the cores.
    pub fn new(values: &[f64]) -> Pyramid {
        let mut lowest = vec![EMPTY; values.len().div_ceil(BLOCK)];
        let fill = |spans: &mut [Span], values: &[f64]| {
            for (span, block) in spans.iter_mut().zip(values.chunks(BLOCK)) {
                *span = span_of(block.iter().copied());
            }
        };
        if values.len() <= PART {
            fill(&mut lowest, values);
        } else {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let part = values.len().div_ceil(cores).next_multiple_of(BLOCK).max(PART);
            std::thread::scope(|scope| {
                for (spans, values) in lowest.chunks_mut(part / BLOCK).zip(values.chunks(part)) {
                    scope.spawn(move || fill(spans, values));
                }
            });
        }
        let mut levels = vec![lowest];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below.chunks(FACTOR).map(|spans| spans.iter().copied().fold(EMPTY, join)).collect();
            levels.push(above);
        }
        Pyramid { levels }
    }

    /// Lowest and highest of some of the values that it was made of.
    pub fn span(&self, values: &[f64], from: usize, to: usize) -> Span {
        Of { pyramid: self, values }.span(from, to.min(values.len()))
    }
}

/// A pyramid with its values.
struct Of<'a> {
    pyramid: &'a Pyramid,
    values: &'a [f64],
}

impl Scales for Of<'_> {
    fn levels(&self) -> usize {
        self.pyramid.levels.len()
    }

    fn of_values(&self, from: usize, to: usize) -> Span {
        span_of(self.values[from..to].iter().copied())
    }

    fn of_blocks(&self, level: usize, from: usize, to: usize) -> Span {
        self.pyramid.levels[level][from..to].iter().copied().fold(EMPTY, join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(values: &[f64], from: usize, to: usize) -> Span {
        span_of(values[from.min(values.len())..to.min(values.len())].iter().copied())
    }

    /// A small generator, the same in every run.
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        std::iter::successors(Some(seed), |last| Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)))
            .map(|number| number >> 33)
    }

    #[test]
    fn it_agrees_with_looking_at_all_values() {
        let mut random = numbers(7);
        for length in [0, 1, 15, 16, 17, 63, 64, 65, 1000, 4097, 2 * PART + 17] {
            let values: Vec<f64> = (0..length)
                .map(|_| match random.next().unwrap_or_default() % 50 {
                    0 => f64::NAN,
                    number => number as f64,
                })
                .collect();
            let pyramid = Pyramid::new(&values);
            for _ in 0..if length > PART { 4 } else { 300 } {
                let mut ends = [0, 0].map(|_| random.next().unwrap_or_default() as usize % (length + 2));
                ends.sort_unstable();
                assert_eq!(
                    pyramid.span(&values, ends[0], ends[1]),
                    slow(&values, ends[0], ends[1]),
                    "{length} {ends:?}"
                );
            }
        }
    }

    #[test]
    fn one_outlier_among_a_million_is_seen_at_every_scale() {
        let mut values = vec![0.0; 1_000_000];
        values[654_321] = 1.0;
        let pyramid = Pyramid::new(&values);
        for pixels in [10, 100, 1000, 4000] {
            let wide = values.len() / pixels;
            let seen = (0..pixels).filter(|pixel| pyramid.span(&values, pixel * wide, (pixel + 1) * wide)[1] == 1.0);
            assert_eq!(seen.count(), 1);
        }
    }
}
