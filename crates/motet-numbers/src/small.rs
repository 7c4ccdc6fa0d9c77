//! Linear equations of a few unknowns, for the modules in Motet: regression, Newton's method, stiff equations.
//!
//! Matrices are packed row by row. What is larger goes to the module `linalg`.

use crate::buffer::C64;
use crate::dtype::DType;
use crate::make::view_of;
use crate::state::{like, numbers_of};
use crate::tensor::{checked_bytes, give};
use crate::view::{Shape, View, shown_shape};
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// Beside the largest of a matrix, what is smaller counts as none.
const NOTHING: f64 = f64::EPSILON;

/// The floats of a matrix or a vector, and its shape.
fn floats(context: &mut Context<'_>, name: &str, value: &Value, rank: usize) -> Result<(Vec<f64>, Shape)> {
    let view = view_of(context, name, value, None)?;
    if view.rank() != rank || view.dtype() == DType::C64 {
        let wanted = if rank == 2 { "a matrix of real numbers" } else { "a row of real numbers" };
        return Err(wrong(name, wanted, value));
    }
    checked_bytes(context, name, view.len().saturating_mul(4 * size_of::<C64>()))?;
    Ok((view.widened::<f64>().into_owned(), view.shape.clone()))
}

/// What solves linear equations best, by rotations of columns (Householder), of which the longest comes first.
struct Fit {
    solution: Vec<f64>,
    rank: usize,
    /// The inverse of the matrix times its transposed one, for the errors of the solution; none if columns depend on others.
    spread: Option<Vec<f64>>,
}

fn fit(context: &mut Context<'_>, mut a: Vec<f64>, [rows, columns]: [usize; 2], mut b: Vec<f64>) -> Result<Fit> {
    let mut order: Vec<usize> = (0..columns).collect();
    let most = rows.min(columns);
    let mut rank = 0;
    let mut first = 0.0;
    for step in 0..most {
        context.work(rows * (columns - step) / 2 + 1)?;
        let length = |a: &[f64], column: usize| -> f64 {
            let scale = (step..rows).fold(0.0f64, |most, row| most.max(a[row * columns + column].abs()));
            if scale == 0.0 || !scale.is_finite() {
                return scale;
            }
            scale * (step..rows).map(|row| (a[row * columns + column] / scale).powi(2)).sum::<f64>().sqrt()
        };
        let longest = (step..columns).max_by(|&x, &y| length(&a, x).total_cmp(&length(&a, y))).unwrap_or(step);
        for row in 0..rows {
            a.swap(row * columns + step, row * columns + longest);
        }
        order.swap(step, longest);
        let size = length(&a, step);
        if step == 0 {
            first = size;
        }
        if size <= NOTHING * first * rows.max(columns) as f64 {
            break;
        }
        rank += 1;
        // A mirror that leaves the first element of the column alone.
        let head = a[step * columns + step];
        let image = if head > 0.0 { -size } else { size };
        let mut mirror: Vec<f64> = (step..rows).map(|row| a[row * columns + step]).collect();
        mirror[0] -= image;
        let square: f64 = mirror.iter().map(|x| x * x).sum();
        if square > 0.0 {
            for column in step..columns {
                let along: f64 = mirror.iter().enumerate().map(|(at, x)| x * a[(step + at) * columns + column]).sum();
                let factor = 2.0 * along / square;
                mirror.iter().enumerate().for_each(|(at, x)| a[(step + at) * columns + column] -= factor * x);
            }
            let along: f64 = mirror.iter().zip(&b[step..]).map(|(x, y)| x * y).sum();
            let factor = 2.0 * along / square;
            mirror.iter().zip(&mut b[step..]).for_each(|(x, y)| *y -= factor * x);
        }
    }
    let mut turned = vec![0.0; columns];
    for row in (0..rank).rev() {
        let known: f64 = (row + 1..rank).map(|column| a[row * columns + column] * turned[column]).sum();
        turned[row] = (b[row] - known) / a[row * columns + row];
    }
    let mut solution = vec![0.0; columns];
    order.iter().zip(&turned).for_each(|(&column, &x)| solution[column] = x);
    let spread = if rank == columns { Some(spread(context, &a, columns, &order)?) } else { None };
    Ok(Fit { solution, rank, spread })
}

/// The inverse of R transposed times R, with its rows and columns where they belong.
fn spread(context: &mut Context<'_>, a: &[f64], columns: usize, order: &[usize]) -> Result<Vec<f64>> {
    let mut inverse = vec![0.0; columns * columns];
    for column in 0..columns {
        context.work(columns * columns / 8 + 1)?;
        inverse[column * columns + column] = 1.0 / a[column * columns + column];
        for row in (0..column).rev() {
            let known: f64 = (row + 1..=column).map(|at| a[row * columns + at] * inverse[at * columns + column]).sum();
            inverse[row * columns + column] = -known / a[row * columns + row];
        }
    }
    let mut spread = vec![0.0; columns * columns];
    for x in 0..columns {
        context.work(columns * columns / 8 + 1)?;
        for y in 0..columns {
            let sum: f64 = (x.max(y)..columns).map(|at| inverse[x * columns + at] * inverse[y * columns + at]).sum();
            spread[order[x] * columns + order[y]] = sum;
        }
    }
    Ok(spread)
}

/// `least_squares(a, b)`: the solution, how many columns count, and the spread of the solution or null.
fn least_squares(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "regression";
    let (a, shape) = floats(context, NAME, arguments.at(0), 2)?;
    let (b, right) = floats(context, NAME, arguments.at(1), 1)?;
    let (rows, columns) = (shape[0], shape[1]);
    if rows != right[0] {
        return Err(bad_value(format!(
            "{NAME} takes as many rows of x as y has elements, not {rows} and {}",
            right[0]
        )));
    }
    if let Some(at) = a.iter().chain(&b).position(|x| !x.is_finite()) {
        let (what, at) = if at < a.len() { ("x", at / columns) } else { ("y", at - a.len()) };
        return Err(bad_value(format!("{NAME} takes finite numbers, and row {at} of {what} has another"))
            .with_hint("leave out what is missing: rows where is_finite holds"));
    }
    let Fit { solution, rank, spread } = fit(context, a, [rows, columns], b)?;
    let solution = give(context, View::of_items([columns].as_slice().into(), solution));
    let spread = match spread {
        Some(spread) => give(context, View::of_items([columns, columns].as_slice().into(), spread)),
        None => Value::NULL,
    };
    Ok(context.heap().list(vec![solution, Value::int(rank as i64), spread]).into())
}

/// `factored(matrix)`: the factors of a square matrix, and in a last column the rows that they are of; null if it is
/// singular.
fn factored(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "the derivatives";
    let (matrix, shape) = floats(context, NAME, arguments.at(0), 2)?;
    let n = shape[0];
    if shape[1] != n {
        return Err(bad_value(format!("{NAME} are a square matrix, not one of shape {}", shown_shape(&shape))));
    }
    let width = n + 1;
    let mut factors = vec![0.0; n * width];
    for (row, part) in matrix.chunks_exact(n.max(1)).enumerate() {
        factors[row * width..][..n].copy_from_slice(part);
        factors[row * width + n] = row as f64;
    }
    for step in 0..n {
        context.work((n - step) * (n - step) / 8 + 1)?;
        let size = |row: usize| factors[row * width + step].abs();
        let best = (step..n).max_by(|&x, &y| size(x).total_cmp(&size(y))).unwrap_or(step);
        let pivot = factors[best * width + step];
        if pivot == 0.0 || !pivot.is_finite() {
            return Ok(Value::NULL.into());
        }
        if best != step {
            let (upper, lower) = factors.split_at_mut(best * width);
            upper[step * width..][..width].swap_with_slice(&mut lower[..width]);
        }
        let (upper, lower) = factors.split_at_mut((step + 1) * width);
        let row = &upper[step * width..];
        for other in lower.chunks_exact_mut(width) {
            let factor = other[step] / pivot;
            other[step] = factor;
            if factor != 0.0 {
                other[step + 1..n].iter_mut().zip(&row[step + 1..n]).for_each(|(x, y)| *x -= factor * y);
            }
        }
    }
    Ok(give(context, View::of_items([n, width].as_slice().into(), factors)).into())
}

/// `solution(factors, right)`: the solution for a right side, a number, a list or a tensor as that is.
fn solution(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "the derivatives";
    let (factors, shape) = floats(context, NAME, arguments.at(0), 2)?;
    let (n, width) = (shape[0], shape[1]);
    let right = numbers_of(context, arguments.at(1))?;
    if right.len() != n || width != n + 1 {
        return Err(bad_value(format!("{NAME} are {n} rows for {} numbers", right.len())));
    }
    context.work(n * n / 4 + 1)?;
    let mut x: Vec<f64> = (0..n).map(|row| right[factors[row * width + n] as usize]).collect();
    for row in 0..n {
        let known: f64 = factors[row * width..][..row].iter().zip(&x).map(|(a, x)| a * x).sum();
        x[row] -= known;
    }
    for row in (0..n).rev() {
        let known: f64 = factors[row * width..][row + 1..n].iter().zip(&x[row + 1..]).map(|(a, x)| a * x).sum();
        x[row] = (x[row] - known) / factors[row * width + row];
    }
    Ok(like(context, arguments.at(1), x).into())
}

pub(crate) const LEAST_SQUARES: Entry = Entry::function(
    "least_squares(a, b)",
    least_squares,
    "The numbers whose products with the columns come nearest to b, the number of columns that count, and their spread.",
)
.at(Place::Hidden)
.pure();

pub(crate) const FACTORED: Entry =
    Entry::function("factored(matrix)", factored, "The factors of a square matrix; null if it is singular.")
        .at(Place::Hidden)
        .pure();

pub(crate) const SOLUTION: Entry =
    Entry::function("solution(factors, right)", solution, "The solution of linear equations for a right side.")
        .at(Place::Hidden)
        .pure();
