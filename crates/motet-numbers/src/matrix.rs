//! Products of matrices.

use crate::arrays::{Routine, Routines, routines};
use crate::buffer::{C64, Element};
use crate::dtype::DType;
use crate::make::view_of;
use crate::mismatch::expressions;
use crate::tensor::{argument, checked_size, give_result};
use crate::view::{Shape, View, common_shape, shown_shape};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, overflow, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

/// Multiplications that take as long as a unit of work.
const PER_UNIT: usize = 16;

/// Packed rows of a product, to which a part of the sums is added: columns of `a`, which are rows of `b`.
pub struct Part<'a, T> {
    /// It begins with the first column of the part; its rows begin `length` elements apart.
    pub a: &'a [T],
    pub length: usize,
    /// The rows of the part.
    pub b: &'a [T],
    pub rows: usize,
    pub depth: usize,
    pub columns: usize,
}

/// Elements that are multiplied.
trait Factor: Element {
    /// Multiplications between two looks at what may end a product: some milliseconds.
    const PIECE: usize;

    /// Adds to the results; true if one does not fit.
    fn add(part: &Part<'_, Self>, results: &mut [Self]) -> bool;
}

/// Multiplications from which on another routine is better than the one that is always there.
const LARGE: usize = 1 << 14;

/// The better routine for a part, if it is large and there is one.
fn better<T>(part: &Part<'_, T>, routine: impl Fn(&Routines) -> Routine<T>) -> Option<Routine<T>> {
    if part.rows * part.depth * part.columns < LARGE { None } else { routines().map(routine) }
}

/// The routine in the manner of BLAS of a kind of float.
macro_rules! by_routine {
    ($type:ty, $routine:path, $better:expr) => {
        impl Factor for $type {
            const PIECE: usize = 1 << 27;

            fn add(part: &Part<'_, $type>, results: &mut [$type]) -> bool {
                let better: Option<Routine<$type>> = $better(part);
                if let Some(better) = better {
                    better(part, results);
                    return false;
                }
                let Part { a, length, b, rows, depth, columns } = *part;
                assert!(a.len() >= (rows - 1) * length + depth && length >= depth);
                assert!(b.len() == depth * columns && results.len() == rows * columns);
                // SAFETY: by the lengths above, `a` has `rows` rows of `depth` elements that begin `length` apart, `b` `depth`
                // packed rows of `columns`, and the results `rows` packed rows of `columns`; nothing else refers to the results.
                unsafe {
                    $routine(
                        rows,
                        depth,
                        columns,
                        1.0,
                        a.as_ptr(),
                        length as isize,
                        1,
                        b.as_ptr(),
                        columns as isize,
                        1,
                        1.0,
                        results.as_mut_ptr(),
                        columns as isize,
                        1,
                    );
                }
                false
            }
        }
    };
}

by_routine! { f64, matrixmultiply::dgemm, |part| better(part, |known| known.real) }
by_routine! { f32, matrixmultiply::sgemm, |_| None }

/// Row by row, so that neighbours lie together.
fn plainly<T: Element>(part: &Part<'_, T>, results: &mut [T], add: impl Fn(T, T, T) -> (T, bool)) -> bool {
    let Part { a, length, b, depth, columns, .. } = *part;
    let mut is_marked = false;
    for (row, results) in results.chunks_exact_mut(columns).enumerate() {
        for (at, &factor) in a[row * length..][..depth].iter().enumerate() {
            for (result, &other) in results.iter_mut().zip(&b[at * columns..][..columns]) {
                let (sum, mark) = add(*result, factor, other);
                *result = sum;
                is_marked |= mark;
            }
        }
    }
    is_marked
}

impl Factor for i64 {
    const PIECE: usize = 1 << 22;

    fn add(part: &Part<'_, i64>, results: &mut [i64]) -> bool {
        plainly(part, results, |sum, a, b| {
            let (product, is_large) = a.overflowing_mul(b);
            let (sum, is_larger) = sum.overflowing_add(product);
            (sum, is_large | is_larger)
        })
    }
}

impl Factor for C64 {
    const PIECE: usize = 1 << 24;

    fn add(part: &Part<'_, C64>, results: &mut [C64]) -> bool {
        match better(part, |known| known.complex) {
            Some(better) => {
                better(part, results);
                false
            }
            None => plainly(part, results, |sum, a, b| (sum + a * b, false)),
        }
    }
}

/// The product of packed matrices, on all cores if they are large. It is divided into parts by its sizes alone, so that each
/// sum is rounded in the same way on any number of cores.
fn multiplied<T: Factor>(
    context: &mut Context<'_>,
    a: &[T],
    b: &[T],
    [rows, length, columns]: [usize; 3],
) -> Result<Vec<T>> {
    /// Rows that are worth the effort of packing the other matrix for the processor's caches.
    const WORTH: usize = 64;
    /// Elements of the other matrix in one part.
    const PACKED: usize = 1 << 22;
    let mut results = vec![T::default(); rows * columns];
    if results.is_empty() || length == 0 {
        return Ok(results);
    }
    let is_marked = AtomicBool::new(false);
    let most_depth = (PACKED / columns).clamp(128, 1024);
    for start in (0..length).step_by(most_depth) {
        let depth = most_depth.min(length - start);
        let b = &b[start * columns..][..depth * columns];
        let work = depth * columns;
        let together = (T::PIECE / work).min(rows.div_ceil(8)).max(WORTH).min(rows);
        let units = work.saturating_mul(together) / PER_UNIT;
        context.in_parallel(&mut results, together * columns, units, &|number, piece| {
            let a = &a[number * together * length + start..];
            let part = Part { a, length, b, rows: piece.len() / columns, depth, columns };
            if T::add(&part, piece) {
                is_marked.store(true, Ordering::Relaxed);
            }
        })?;
    }
    if is_marked.into_inner() {
        return Err(
            overflow("an element of this product of matrices").with_hint("t.astype(\"f64\") is a tensor of floats")
        );
    }
    Ok(results)
}

#[cold]
fn does_not_fit(context: &Context<'_>, sign: &str, a: &View, b: &View, why: &str) -> Error {
    let [left, right] = expressions(context, sign);
    let error = bad_value(format!(
        "cannot multiply {left} of shape {} and {right} of shape {} as matrices: {why}",
        shown_shape(&a.shape),
        shown_shape(&b.shape),
    ));
    let last_but_one = |view: &View| view.rank().checked_sub(2).map(|axis| view.shape[axis]);
    let name = |text: &str| text.trim_matches('`').to_owned();
    let fits_inside = a.shape.last() == b.shape.get(b.rank().saturating_sub(2));
    if b.rank() > 1 && !fits_inside && a.shape.last() == b.shape.last() {
        return error.with_hint(format!("turned it fits: ({}).T", name(&right)));
    }
    if a.rank() > 1 && !fits_inside && last_but_one(a) == last_but_one(b) {
        return error.with_hint(format!("turned it fits: ({}).T", name(&left)));
    }
    error.with_hint("`*` multiplies element by element")
}

/// `left @ right`: matrices, rows of matrices, and a tensor of one axis as a row or a column.
fn product(context: &mut Context<'_>, sign: &str, left: &Value, right: &Value) -> Result<Outcome> {
    let (a, b) = (view_of(context, sign, left, None)?, view_of(context, sign, right, None)?);
    for (view, value) in [(&a, left), (&b, right)] {
        if view.rank() == 0 {
            return Err(wrong(sign, "tensors with axes", value).with_hint("`*` multiplies by a number"));
        }
    }
    // A single axis is a row on the left and a column on the right, and goes from the result.
    let whole_a = if a.rank() == 1 { a.clone().reshaped([1, a.shape[0]].as_slice().into()) } else { a.clone() };
    let whole_b = if b.rank() == 1 { b.clone().reshaped([b.shape[0], 1].as_slice().into()) } else { b.clone() };
    let (outer_a, outer_b) = (whole_a.rank() - 2, whole_b.rank() - 2);
    let (rows, length) = (whole_a.shape[outer_a], whole_a.shape[outer_a + 1]);
    let (other, columns) = (whole_b.shape[outer_b], whole_b.shape[outer_b + 1]);
    if length != other {
        let why = format!("the last axis of the first has {length} elements, and axis {outer_b} of the second {other}");
        return Err(does_not_fit(context, sign, &a, &b, &why));
    }
    let outer = common_shape(&whole_a.shape[..outer_a], &whole_b.shape[..outer_b])
        .map_err(|_| does_not_fit(context, sign, &a, &b, "their first axes do not fit"))?;
    let mut shape = outer.clone();
    shape.extend([rows, columns]);
    let dtype = a.dtype().with(b.dtype()).number_kind();
    checked_size(context, sign, &shape, dtype)?;
    let with_outer = |view: &View, rank: usize| {
        let mut whole = outer.clone();
        whole.extend_from_slice(&view.shape[rank..]);
        view.broadcast(&whole)
    };
    let (whole_a, whole_b) = (with_outer(&whole_a, outer_a), with_outer(&whole_b, outer_b));
    macro_rules! multiply {
        ($type:ty) => {{
            let (a, b) = (whole_a.widened::<$type>(), whole_b.widened::<$type>());
            let sizes = [rows, length, columns];
            let count: usize = outer.iter().product();
            let items = if count == 1 {
                multiplied(context, &a, &b, sizes)?
            } else {
                let mut items = Vec::with_capacity(count * rows * columns);
                for number in 0..count {
                    let (a, b) = (
                        &a[number * rows * length..][..rows * length],
                        &b[number * length * columns..][..length * columns],
                    );
                    items.extend(multiplied(context, a, b, sizes)?);
                }
                items
            };
            View::of_items(shape.clone(), items)
        }};
    }
    let result = match dtype {
        DType::F64 => multiply!(f64),
        DType::F32 => multiply!(f32),
        DType::C64 => multiply!(C64),
        DType::I64 | DType::Bool => multiply!(i64),
    };
    let mut kept: Shape = outer;
    kept.extend((a.rank() > 1).then_some(rows));
    kept.extend((b.rank() > 1).then_some(columns));
    Ok(give_result(context, result.reshaped(kept)).into())
}

fn matrix_multiply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    product(context, "@", arguments.at(0), arguments.at(1))
}

fn reverse_matrix_multiply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    product(context, "@", arguments.at(1), arguments.at(0))
}

fn matmul(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    product(context, "matmul", arguments.at(0), arguments.at(1))
}

fn dot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    product(context, "dot", arguments.at(0), arguments.at(1))
}

/// `outer(a, b)`: the products of each element of one with each of the other.
fn outer(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (argument("outer", arguments.at(0))?.clone(), view_of(context, "outer", arguments.at(1), None)?);
    let column = a.clone().reshaped([a.len(), 1].as_slice().into());
    let row = b.clone().reshaped([1, b.len()].as_slice().into());
    let (column, row) = (crate::tensor::give(context, column), crate::tensor::give(context, row));
    crate::elementwise::operate(context, crate::elementwise::Operation::Multiply, &column, &row)
}

macro_rules! methods {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        &[$(Entry::method(&crate::tensor::TENSOR, $signature, $call, $documentation).pure(),)*]
    };
}

pub(crate) static METHODS: &[Entry] = methods! {
    "matrix_multiply(tensor, other)" matrix_multiply "What `@` means: the product of matrices.";
    "reverse_matrix_multiply(tensor, left)" reverse_matrix_multiply "The same with the other operand on the left.";
    "matmul(tensor, other)" matmul "The product of matrices: what `@` means.";
    "dot(tensor, other)" dot "The product of vectors or matrices: what `@` means.";
    "outer(tensor, other)" outer "The products of each element with each of another tensor: a matrix.";
};
