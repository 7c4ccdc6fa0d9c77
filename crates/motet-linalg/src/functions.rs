//! The exponential function of matrices, and norms.

use crate::matrix::{Element, Matrix, array, with_matrix};
use crate::routine::{Failure, Given, run};
use crate::solving::{Factored, finite};
use crate::spectra::values_of;
use faer::{Mat, MatRef};
use motet_numbers::arrays::{Array, Items};
use motet_vm::builtins::arguments::{WithOptions, bad_value, describe};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

/// The largest sum of the sizes of a column.
fn largest_column<T: Element>(a: MatRef<'_, T>) -> f64 {
    (0..a.ncols()).map(|column| a.col(column).iter().map(|item| item.parts().norm()).sum()).fold(0.0, f64::max)
}

/// Higham's: a fraction of order 13, of the matrix halved until it is small, squared as often.
fn exponential<T: Element>(a: Mat<T>) -> std::result::Result<Mat<T>, Failure> {
    const SMALL: f64 = 5.371_920_351_148_152;
    const B: [f64; 14] = [
        64_764_752_532_480_000.0,
        32_382_376_266_240_000.0,
        7_771_770_303_897_600.0,
        1_187_353_796_428_800.0,
        129_060_195_264_000.0,
        10_559_470_521_600.0,
        670_442_572_800.0,
        33_522_128_640.0,
        1_323_241_920.0,
        40_840_800.0,
        960_960.0,
        16_380.0,
        182.0,
        1.0,
    ];
    let size = largest_column(a.as_ref());
    if size > 1e15 {
        return Err(Failure::new(format!(
            "expm: the sums of the columns come to {size:e}, and the last digit of an element then changes the whole result"
        )));
    }
    let halvings = (size / SMALL).log2().ceil().max(0.0) as i32;
    let n = a.nrows();
    let scaled =
        |matrix: &Mat<T>, factor: f64| Mat::from_fn(n, n, |row, column| matrix[(row, column)] * T::of_real(factor));
    let a = scaled(&a, 0.5f64.powi(halvings));
    let a2 = &a * &a;
    let a4 = &a2 * &a2;
    let a6 = &a4 * &a2;
    // The sum of powers with four coefficients: of a6, a4, a2 and of none.
    let sum = |b6: f64, b4: f64, b2: f64, b0: f64| {
        Mat::from_fn(n, n, |row, column| {
            let at = (row, column);
            let start = if row == column { T::of_real(b0) } else { T::of_real(0.0) };
            start + a6[at] * T::of_real(b6) + a4[at] * T::of_real(b4) + a2[at] * T::of_real(b2)
        })
    };
    let odd = &a * (&a6 * sum(B[13], B[11], B[9], 0.0) + sum(B[7], B[5], B[3], B[1]));
    let even = &a6 * sum(B[12], B[10], B[8], 0.0) + sum(B[6], B[4], B[2], B[0]);
    let mut result = Factored::of("expm", &even - &odd)?.solve(&even + &odd);
    for _ in 0..halvings {
        result = &result * &result;
    }
    finite("expm", result)
}

pub(crate) fn expm(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "expm", arguments.at(0))?;
    run(context, "expm", a.shape(), (70, 14), move || {
        with_matrix!(a, a => {
            if a.nrows() == 0 {
                return Ok(Given::Array(array(a.as_ref())));
            }
            Ok(Given::Array(array(exponential(a)?.as_ref())))
        })
    })
}

/// What a norm measures.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Power(f64),
    Frobenius,
    Nuclear,
}

/// The kind of the norm of a matrix.
fn kind_of(value: Option<&Value>) -> Result<Kind> {
    let Some(value) = value else { return Ok(Kind::Frobenius) };
    match (value.as_number(), value.as_str()) {
        (Some(power), _) if [1.0, 2.0, f64::INFINITY].contains(&power.abs()) => Ok(Kind::Power(power)),
        (_, Some("fro")) => Ok(Kind::Frobenius),
        (_, Some("nuc")) => Ok(Kind::Nuclear),
        _ => Err(unknown(value, true)),
    }
}

/// The power of the norm of vectors.
fn power_of(value: Option<&Value>) -> Result<f64> {
    let Some(value) = value else { return Ok(2.0) };
    value.as_number().filter(|power| !power.is_nan()).ok_or_else(|| unknown(value, false))
}

#[cold]
fn unknown(found: &Value, is_matrix: bool) -> Error {
    let known = if is_matrix {
        "\"fro\", \"nuc\", 1, -1, 2, -2, infinity and -infinity"
    } else {
        "numbers: 2, 1, infinity, …"
    };
    let what = if is_matrix { "matrices" } else { "vectors" };
    bad_value(format!("norm knows no kind {} for {what}: the kinds are {known}", describe(found)))
}

/// The size of a vector. Its elements are divided by the largest one first, so that no square is too large.
fn size_of_vector(items: impl Iterator<Item = f64> + Clone, power: f64) -> f64 {
    let largest = items.clone().fold(0.0, |most: f64, item| if item.is_nan() { item } else { most.max(item) });
    match power {
        f64::INFINITY => largest,
        f64::NEG_INFINITY => items.fold(f64::INFINITY, f64::min),
        0.0 => items.filter(|&item| item != 0.0).count() as f64,
        1.0 => items.sum(),
        _ if power > 0.0 && largest > 0.0 && largest.is_finite() => {
            largest * items.map(|item| (item / largest).powf(power)).sum::<f64>().powf(1.0 / power)
        }
        _ if power > 0.0 => largest,
        _ => items.map(|item| item.powf(power)).sum::<f64>().powf(1.0 / power),
    }
}

pub(crate) fn norm(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "norm";
    let given = WithOptions::of(NAME, arguments, 1, &["axis"])?;
    let array = Array::of(context, NAME, arguments.at(0))?;
    let kind = given.at(1).filter(|kind| !kind.is_null());
    if let Some(axis) = given.option("axis") {
        let axis = array.axis(NAME, &axis)?;
        let power = power_of(kind)?;
        context.work(array.len())?;
        return Ok(along(&array, axis, power).give(context).into());
    }
    match array.shape.len() {
        0 | 1 => {
            let power = power_of(kind)?;
            context.work(array.len())?;
            Ok(Value::float(size_of_vector(array.sizes().into_iter(), power)).into())
        }
        2 if array.is_empty() => Err(bad_value(format!(
            "norm takes a matrix with elements, and this one has the shape {}",
            array.shown_shape()
        ))),
        2 => {
            let kind = kind_of(kind)?;
            let a = Matrix::of(context, NAME, arguments.at(0))?;
            run(context, NAME, a.shape(), (6, 4), move || with_matrix!(a, a => norm_of(a, kind)))
        }
        _ => Err(bad_value(format!(
            "norm takes a vector or a matrix, and this tensor has the shape {}",
            array.shown_shape()
        ))
        .with_hint("norm(t, axis: -1) gives the sizes of the vectors along an axis")),
    }
}

/// The sizes of the vectors along an axis.
fn along(array: &Array, axis: usize, power: f64) -> Array {
    let sizes = array.sizes();
    let length = array.shape[axis];
    let inner: usize = array.shape[axis + 1..].iter().product();
    let mut shape = array.shape.clone();
    shape.remove(axis);
    let count: usize = shape.iter().product();
    let lane = |at: usize| {
        let first = at / inner * length * inner + at % inner;
        let sizes = &sizes;
        size_of_vector((0..length).map(move |step| sizes[first + step * inner]), power)
    };
    Array { shape, items: Items::Real((0..count).map(lane).collect()) }
}

fn norm_of<T: Element>(mut a: Mat<T>, kind: Kind) -> std::result::Result<Given, Failure> {
    let size = |item: &T| item.parts().norm();
    let of_columns = |a: &Mat<T>| (0..a.ncols()).map(|at| a.col(at).iter().map(size).sum()).collect();
    let of_rows = |a: &Mat<T>| (0..a.nrows()).map(|at| a.row(at).iter().map(size).sum()).collect();
    let most = |sums: Vec<f64>| sums.into_iter().fold(0.0, f64::max);
    let least = |sums: Vec<f64>| sums.into_iter().fold(f64::INFINITY, f64::min);
    Ok(Given::Number(match kind {
        Kind::Frobenius => {
            let items: Vec<f64> = (0..a.ncols()).flat_map(|at| a.col(at).iter().map(size)).collect();
            size_of_vector(items.into_iter(), 2.0)
        }
        Kind::Nuclear => values_of("norm", &mut a)?.iter().sum(),
        Kind::Power(1.0) => most(of_columns(&a)),
        Kind::Power(-1.0) => least(of_columns(&a)),
        Kind::Power(2.0) => values_of("norm", &mut a)?[0],
        Kind::Power(-2.0) => values_of("norm", &mut a)?.last().copied().unwrap_or(0.0),
        Kind::Power(f64::INFINITY) => most(of_rows(&a)),
        Kind::Power(_) => least(of_rows(&a)),
    }))
}
