//! Minima and maxima of a long series at every scale, so that drawing costs as much as there are pixels, and a single
//! outlier among ten million points stays visible at every zoom.
//!
//! Level 0 has a minimum and a maximum for each block of 16 values, each further level one for each four of the level
//! below: 17 % of the memory of the values. Values that are no numbers are in no block; a block of nothing else is empty.
//! Appending costs as much as is appended: of each level, only the last block changes.

/// Values of a block of the lowest level.
const BLOCK: usize = 16;
/// Blocks of a level that become one of the next.
const FACTOR: usize = 4;

/// Lowest and highest; low above high: nothing.
pub type Span = [f64; 2];

const EMPTY: Span = [f64::INFINITY, f64::NEG_INFINITY];

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Pyramid {
    levels: Vec<Vec<Span>>,
    length: usize,
}

fn join(a: Span, b: Span) -> Span {
    [a[0].min(b[0]), a[1].max(b[1])]
}

fn span_of(values: &[f64]) -> Span {
    // `min` and `max` leave out what is no number.
    values.iter().fold(EMPTY, |span, &value| [span[0].min(value), span[1].max(value)])
}

impl Pyramid {
    pub fn new(values: &[f64]) -> Pyramid {
        let mut pyramid = Pyramid::default();
        pyramid.extend(values);
        pyramid
    }

    /// Takes note of what was appended: `values` are all values, of which it knows the first.
    pub fn extend(&mut self, values: &[f64]) {
        let mut from = self.length / BLOCK;
        self.length = values.len();
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        self.levels[0].truncate(from);
        self.levels[0].extend(values[from * BLOCK..].chunks(BLOCK).map(span_of));
        let mut level = 0;
        while self.levels[level].len() > 1 {
            from /= FACTOR;
            if self.levels.len() == level + 1 {
                self.levels.push(Vec::new());
            }
            let (below, above) = self.levels.split_at_mut(level + 1);
            let (below, above) = (&below[level], &mut above[0]);
            above.truncate(from);
            above.extend(below[from * FACTOR..].chunks(FACTOR).map(|spans| spans.iter().copied().fold(EMPTY, join)));
            level += 1;
        }
    }

    /// Lowest and highest of some values.
    pub fn span(&self, values: &[f64], from: usize, to: usize) -> Span {
        let to = to.min(values.len());
        if from >= to {
            return EMPTY;
        }
        self.at(values, 0, from, to)
    }

    /// The same; the ends are those of values at level 0, and of blocks of the level below at the others.
    fn at(&self, values: &[f64], level: usize, from: usize, to: usize) -> Span {
        let size = if level == 0 { BLOCK } else { FACTOR };
        let plain = |from: usize, to: usize| match level {
            0 => span_of(&values[from..to]),
            _ => self.levels[level - 1][from..to].iter().copied().fold(EMPTY, join),
        };
        let (first, last) = (from.div_ceil(size), to / size);
        if first >= last || level >= self.levels.len() {
            return plain(from, to);
        }
        let inner = self.at(values, level + 1, first, last);
        join(join(plain(from, first * size), inner), plain(last * size, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(values: &[f64], from: usize, to: usize) -> Span {
        span_of(&values[from.min(values.len())..to.min(values.len())])
    }

    /// A small generator, the same in every run.
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        std::iter::successors(Some(seed), |last| Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)))
            .map(|number| number >> 33)
    }

    #[test]
    fn it_agrees_with_looking_at_all_values() {
        let mut random = numbers(7);
        for length in [0, 1, 15, 16, 17, 63, 64, 65, 1000, 4097] {
            let values: Vec<f64> = (0..length)
                .map(|_| match random.next().unwrap_or_default() % 50 {
                    0 => f64::NAN,
                    number => number as f64,
                })
                .collect();
            let pyramid = Pyramid::new(&values);
            for _ in 0..300 {
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
    fn appending_is_as_building_anew() {
        let mut random = numbers(11);
        let (mut values, mut pyramid) = (Vec::new(), Pyramid::default());
        for _ in 0..200 {
            let count = random.next().unwrap_or_default() as usize % 100;
            values.extend((0..count).map(|_| random.next().unwrap_or_default() as f64));
            pyramid.extend(&values);
            let anew = Pyramid::new(&values);
            assert_eq!(pyramid.levels, anew.levels);
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
