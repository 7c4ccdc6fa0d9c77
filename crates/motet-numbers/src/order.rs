//! Sorting on all cores: pieces are sorted for themselves, then neighbours are merged until one is left.
//!
//! Elements are sorted as words whose order is theirs, so that a comparison is that of two integers.

use crate::buffer::Element;
use crate::dtype::DType;
use motet_vm::{Context, Result};

/// Elements of a piece: sorting one takes some milliseconds, in which nothing can end it.
const PIECE: usize = 1 << 17;
/// Results of a merge between two looks at what may end it.
const MERGED: usize = 1 << 16;
/// Units of work that sorting takes for each element.
const UNITS: usize = 2;

/// Elements that have an order.
pub(crate) trait Ordered: Element {
    /// An integer whose order is that of the elements; NaN comes last, and both zeros are one.
    fn key(self) -> i64;
    /// All of the element, as bits in its order; NaN is above all others.
    fn bits(self) -> u64;
    /// What `bits` was made of.
    fn of_bits(bits: u64) -> Self;
}

/// A signed integer as one without a sign, in the same order.
fn lifted(key: i64) -> u64 {
    key as u64 ^ 1 << 63
}

/// The key of NaN, behind all others.
const LAST: i64 = i64::MAX;

impl Ordered for bool {
    fn key(self) -> i64 {
        self.into()
    }

    fn bits(self) -> u64 {
        self.into()
    }

    fn of_bits(bits: u64) -> bool {
        bits != 0
    }
}

impl Ordered for i64 {
    fn key(self) -> i64 {
        self
    }

    fn bits(self) -> u64 {
        lifted(self)
    }

    fn of_bits(bits: u64) -> i64 {
        lifted(bits as i64) as i64
    }
}

impl Ordered for f64 {
    #[inline]
    fn key(self) -> i64 {
        if self.is_nan() {
            return LAST;
        }
        // Both zeros are equal.
        let bits = (self + 0.0).to_bits() as i64;
        bits ^ ((bits >> 63) as u64 >> 1) as i64
    }

    #[inline]
    fn bits(self) -> u64 {
        if self.is_nan() {
            return u64::MAX;
        }
        // Negative numbers the other way round, below the others.
        let bits = self.to_bits();
        bits ^ (((bits as i64 >> 63) as u64) | 1 << 63)
    }

    #[inline]
    fn of_bits(bits: u64) -> f64 {
        if bits == u64::MAX {
            return f64::NAN;
        }
        f64::from_bits(bits ^ (((!bits as i64 >> 63) as u64) | 1 << 63))
    }
}

impl Ordered for f32 {
    fn key(self) -> i64 {
        f64::from(self).key()
    }

    fn bits(self) -> u64 {
        f64::from(self).bits()
    }

    fn of_bits(bits: u64) -> f32 {
        f64::of_bits(bits) as f32
    }
}

fn is_nan<T: Ordered>(item: T) -> bool {
    matches!(T::DTYPE, DType::F32 | DType::F64) && item.key() == LAST
}

/// How many of `k` first results of a merge come from the first of two sorted runs. Of equal items those of the first run
/// come first.
fn share_of_first<T: Ord>(first: &[T], second: &[T], k: usize) -> usize {
    let (mut low, mut high) = (k.saturating_sub(second.len()), k.min(first.len()));
    while low < high {
        let middle = low.midpoint(high);
        if first[middle] <= second[k - middle - 1] {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Merges two sorted runs, from a result on, into as many results as there is room for.
fn merge<T: Ord + Copy>(first: &[T], second: &[T], from: usize, results: &mut [T]) {
    let mut i = share_of_first(first, second, from);
    let mut j = from - i;
    let mut done = 0;
    while let (Some(&x), Some(&y), true) = (first.get(i), second.get(j), done < results.len()) {
        let is_second = y < x;
        results[done] = if is_second { y } else { x };
        i += usize::from(!is_second);
        j += usize::from(is_second);
        done += 1;
    }
    let rest = &mut results[done..];
    let run = if i < first.len() { &first[i..] } else { &second[j..] };
    let count = rest.len();
    rest.copy_from_slice(&run[..count]);
}

/// Sorts on all cores. Equal items are the same to it: what has to keep its order says so by its items.
fn sort_in_parallel<T: Ord + Copy + Send + Sync>(context: &mut Context<'_>, mut items: Vec<T>) -> Result<Vec<T>> {
    context.in_parallel(&mut items, PIECE, PIECE * UNITS, &|_, piece| piece.sort_unstable())?;
    let mut others = items.clone();
    let mut length = PIECE;
    while length < items.len() {
        // Results are a part of two runs each: pieces do not cross their ends, since runs are pieces in number.
        context.in_parallel(&mut others, MERGED, MERGED, &|number, results| {
            let from = number * MERGED;
            let begin = from - from % (2 * length);
            let both = &items[begin..items.len().min(begin + 2 * length)];
            let (first, second) = both.split_at(length.min(both.len()));
            merge(first, second, from - begin, results);
        })?;
        std::mem::swap(&mut items, &mut others);
        length *= 2;
    }
    Ok(items)
}

/// Puts elements that go up in the asked order: NaN stays last.
fn turn<T: Ordered>(items: &mut [T], is_descending: bool) {
    if is_descending {
        let numbers = items.iter().rev().skip_while(|item| is_nan(**item)).count();
        items[..numbers].reverse();
    }
}

/// Sorts a few elements, or many away from a task.
pub(crate) fn sort_here<T: Ordered>(items: &mut [T], is_descending: bool) {
    items.sort_unstable_by_key(|item| item.bits());
    turn(items, is_descending);
}

/// Sorts lanes that lie one behind the other.
pub(crate) fn sort_lanes<T: Ordered>(
    context: &mut Context<'_>,
    mut items: Vec<T>,
    length: usize,
    is_descending: bool,
) -> Result<Vec<T>> {
    if length <= PIECE {
        let together = (PIECE / length).max(1) * length;
        context.in_parallel(&mut items, together, together * UNITS, &|_, lanes| {
            lanes.chunks_exact_mut(length).for_each(|lane| sort_here(lane, is_descending));
        })?;
        return Ok(items);
    }
    for lane in items.chunks_exact_mut(length) {
        let bits = crate::math::mapped(context, crate::broadcast::Cost::Small, lane, T::bits)?;
        let bits = sort_in_parallel(context, bits)?;
        context.in_parallel(lane, MERGED, MERGED / 8, &|number, part| {
            part.iter_mut().zip(&bits[number * MERGED..]).for_each(|(item, &bits)| *item = T::of_bits(bits));
        })?;
        context.work(length / 8)?;
        turn(lane, is_descending);
    }
    Ok(items)
}

/// The places of the elements of lanes in their order; those of equal elements keep theirs.
pub(crate) fn places_of_lanes<T: Ordered>(
    context: &mut Context<'_>,
    items: &[T],
    length: usize,
    is_descending: bool,
) -> Result<Vec<i64>> {
    let key = |item: T| if is_descending && !is_nan(item) { !item.key() } else { item.key() };
    let mut places = Vec::with_capacity(items.len());
    for lane in items.chunks_exact(length) {
        context.work(1 + length / 4)?;
        let keyed = lane.iter().enumerate().map(|(at, &item)| (key(item), at)).collect();
        places.extend(sort_in_parallel(context, keyed)?.into_iter().map(|(_, at)| at as i64));
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of a simple generator.
    fn words() -> impl FnMut() -> u64 {
        let mut word = 0x9e37_79b9_7f4a_7c15u64;
        move || {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            word
        }
    }

    #[test]
    fn merging_any_part_of_two_runs_gives_that_part_of_their_order() {
        let mut next = words();
        for (a, b, range) in [(0, 0, 1), (1, 0, 9), (0, 5, 9), (7, 9, 3), (40, 13, 1000), (13, 40, 2), (64, 64, 50)] {
            // Each item knows its run and its number there, which only the merge's own order can show.
            let mut run = |count: usize, name: u64| {
                let mut items: Vec<(u64, u64)> = (0..count).map(|_| (next() % range, name)).collect();
                items.sort_unstable();
                items
            };
            let (first, second) = (run(a, 0), run(b, 1));
            let mut expected = [first.as_slice(), &second].concat();
            expected.sort_unstable();
            for from in 0..=a + b {
                for to in from..=a + b {
                    let mut results = vec![(9, 9); to - from];
                    merge(&first, &second, from, &mut results);
                    assert_eq!(results, expected[from..to], "{a} and {b}: {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn bits_have_the_order_of_elements_and_become_them_again() {
        let mut next = words();
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 5e-324, -5e-324, 1.0, -1e300];
        let mut items: Vec<f64> = (0..2000).map(|_| f64::from_bits(next())).chain(special).collect();
        sort_here(&mut items, false);
        assert!(items.windows(2).all(|pair| pair[0] <= pair[1] || pair[1].is_nan()));
        sort_here(&mut items, true);
        assert!(items.windows(2).all(|pair| pair[0] >= pair[1] || pair[1].is_nan()));
        for item in special {
            let again = f64::of_bits(item.bits());
            assert!(again.to_bits() == item.to_bits() || item.is_nan() && again.is_nan());
        }
        for item in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(i64::of_bits(item.bits()), item);
        }
    }
}
