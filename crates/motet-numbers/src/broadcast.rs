//! Walking over two arrays as if they had one shape.

use crate::buffer::Element;
use crate::room::{Room, filled};
use crate::view::{Shape, broadcast_strides, packed_strides};
use motet_vm::{Context, Result};
use smallvec::SmallVec;

/// Elements between two looks at what may end a routine.
pub(crate) const CHUNK: usize = 1 << 15;

/// Packed elements of an array that is walked over in a shape that it is broadcast to.
pub(crate) struct Side<'a, T> {
    pub items: &'a [T],
    pub shape: &'a [usize],
}

/// An axis of the walk: how long it is, and the distances of neighbours in both arrays.
type Axis = (usize, isize, isize);

/// A walk over two arrays: axes that lie in one another are joined, so most walks have one.
pub(crate) struct Walk {
    outer: SmallVec<[Axis; 4]>,
    inner: Axis,
}

impl Walk {
    pub fn new(shape: &[usize], a: &[usize], b: &[usize]) -> Walk {
        let a = broadcast_strides(a, &packed_strides(a), shape);
        let b = broadcast_strides(b, &packed_strides(b), shape);
        let mut axes: SmallVec<[Axis; 4]> = SmallVec::new();
        for axis in (0..shape.len()).rev().filter(|&axis| shape[axis] != 1) {
            match axes.last_mut() {
                Some(last) if a[axis] == last.1 * last.0 as isize && b[axis] == last.2 * last.0 as isize => {
                    last.0 *= shape[axis];
                }
                _ => axes.push((shape[axis], a[axis], b[axis])),
            }
        }
        let inner = if axes.is_empty() { (1, 0, 0) } else { axes.remove(0) };
        Walk { outer: axes, inner }
    }

    /// Where a row begins in both arrays. Rows are counted along the outer axes, of which the first runs fastest.
    fn row(&self, mut number: usize) -> (isize, isize) {
        let (mut a, mut b) = (0, 0);
        for &(length, step_a, step_b) in &self.outer {
            let index = (number % length) as isize;
            number /= length;
            a += index * step_a;
            b += index * step_b;
        }
        (a, b)
    }

    /// Where the elements of a pair are in both arrays.
    fn at(&self, number: usize) -> (usize, usize) {
        let (length, step_a, step_b) = self.inner;
        let (row_a, row_b) = self.row(number / length);
        let within = (number % length) as isize;
        ((row_a + within * step_a) as usize, (row_b + within * step_b) as usize)
    }

    /// Computes the results from a number on, as many as there is room for; true if one of them is marked.
    fn fill<T: Copy, R>(
        &self,
        a: &[T],
        b: &[T],
        mut first: usize,
        results: &mut Room<'_, R>,
        apply: impl Fn(T, T) -> (R, bool),
    ) -> bool {
        let (length, step_a, step_b) = self.inner;
        let mut is_marked = false;
        while results.left() > 0 {
            let (row, within) = (first / length, first % length);
            let count = (length - within).min(results.left());
            let (row_a, row_b) = self.row(row);
            let start_a = (row_a + within as isize * step_a) as usize;
            let start_b = (row_b + within as isize * step_b) as usize;
            let mut one = |x: T, y: T| {
                let (value, mark) = apply(x, y);
                is_marked |= mark;
                value
            };
            match (step_a, step_b) {
                (1, 1) => {
                    let operands = a[start_a..start_a + count].iter().zip(&b[start_b..start_b + count]);
                    results.put(operands.map(|(&x, &y)| one(x, y)));
                }
                (1, 0) => {
                    let y = b[start_b];
                    results.put(a[start_a..start_a + count].iter().map(|&x| one(x, y)));
                }
                (0, 1) => {
                    let x = a[start_a];
                    results.put(b[start_b..start_b + count].iter().map(|&y| one(x, y)));
                }
                _ => results.put((0..count as isize).map(|index| {
                    let (at_a, at_b) = (start_a as isize + index * step_a, start_b as isize + index * step_b);
                    one(a[at_a as usize], b[at_b as usize])
                })),
            }
            first += count;
        }
        is_marked
    }

    /// The same where the results take the place of the first array, which has the shape of the walk.
    fn fill_first<T: Copy>(&self, b: &[T], first: usize, results: &mut [T], apply: impl Fn(T, T) -> T) {
        let (length, _, step_b) = self.inner;
        let mut done = 0;
        while done < results.len() {
            let (row, within) = ((first + done) / length, (first + done) % length);
            let count = (length - within).min(results.len() - done);
            let start_b = (self.row(row).1 + within as isize * step_b) as usize;
            let part = &mut results[done..done + count];
            match step_b {
                1 => part
                    .iter_mut()
                    .zip(&b[start_b..start_b + count])
                    .for_each(|(result, &y)| *result = apply(*result, y)),
                0 => {
                    let y = b[start_b];
                    part.iter_mut().for_each(|result| *result = apply(*result, y));
                }
                _ => {
                    for (index, result) in part.iter_mut().enumerate() {
                        *result = apply(*result, b[(start_b as isize + index as isize * step_b) as usize]);
                    }
                }
            }
            done += count;
        }
    }
}

/// Elements that take as long as a unit of work, by what is done with each.
#[derive(Clone, Copy)]
pub(crate) enum Cost {
    /// An addition.
    Small,
    /// A function such as a sine.
    Large,
}

impl Cost {
    pub fn units(self, elements: usize) -> usize {
        match self {
            Cost::Small => elements / 8,
            Cost::Large => elements * 2,
        }
    }
}

/// What an operation gives for all pairs of elements. It marks results that do not fit; then the number of the first such pair
/// is the error.
pub(crate) fn pairs<T: Element, R: Element>(
    context: &mut Context<'_>,
    cost: Cost,
    shape: &Shape,
    (a, b): (&Side<'_, T>, &Side<'_, T>),
    apply: impl Fn(T, T) -> (R, bool) + Sync,
) -> Result<std::result::Result<Vec<R>, usize>> {
    let size = shape.iter().product();
    if size == 0 {
        return Ok(Ok(Vec::new()));
    }
    let walk = Walk::new(shape, a.shape, b.shape);
    let (results, is_marked) =
        filled(context, cost, size, |first, room| walk.fill(a.items, b.items, first, room, &apply))?;
    if is_marked {
        let is_first = |&number: &usize| {
            let (at_a, at_b) = walk.at(number);
            apply(a.items[at_a], b.items[at_b]).1
        };
        return Ok(Err((0..size).find(is_first).unwrap_or(0)));
    }
    Ok(Ok(results))
}

/// The same in place of the first array, which has the shape of the result. For operations whose results all fit.
pub(crate) fn pairs_in_place<T: Element>(
    context: &mut Context<'_>,
    cost: Cost,
    shape: &Shape,
    a: &mut [T],
    b: &Side<'_, T>,
    apply: impl Fn(T, T) -> T + Sync,
) -> Result<()> {
    if a.is_empty() {
        return Ok(());
    }
    let walk = Walk::new(shape, shape, b.shape);
    context.in_parallel(a, CHUNK, cost.units(CHUNK), &|number, part| {
        walk.fill_first(b.items, number * CHUNK, part, &apply);
    })
}
