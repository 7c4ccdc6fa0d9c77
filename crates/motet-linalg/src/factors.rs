//! LU, QR, Cholesky.

use crate::matrix::{Element, Matrix, array, with_matrix};
use crate::routine::{Failure, Given, run};
use crate::scaling::{self, largest};
use crate::solving::finite;
use faer::linalg::solvers::LltError;
use faer::{Mat, MatRef, Side};
use motet_vm::builtins::arguments::{WithOptions, bad_value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn with_elements(context: &mut Context<'_>, name: &str, arguments: &Arguments<'_>) -> Result<Matrix> {
    let matrix = Matrix::of(context, name, arguments.at(0))?;
    let (rows, columns) = matrix.shape();
    if rows == 0 || columns == 0 {
        return Err(bad_value(format!(
            "{name} takes a matrix with elements, and this one has the shape [{rows}, {columns}]"
        )));
    }
    Ok(matrix)
}

/// A factor of a matrix that was divided by a power of two.
fn times<T: Element>(name: &str, factor: MatRef<'_, T>, power: i32) -> std::result::Result<Mat<T>, Failure> {
    let mut factor = factor.to_owned();
    scaling::multiply(&mut factor, scaling::power(power));
    finite(name, factor)
}

pub(crate) fn lu(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = with_elements(context, "lu", &arguments)?;
    run(context, "lu", a.shape(), (1, 5), move || {
        with_matrix!(a, mut a => {
            let power = scaling::bring_near_one(&mut a);
            let factors = a.partial_piv_lu();
            let (order, _) = factors.P().arrays();
            let u = times("lu", factors.U(), power)?;
            Ok(Given::Record(vec![
                ("l", Given::Array(array(factors.L()))),
                ("u", Given::Array(array(u.as_ref()))),
                ("rows", Given::Integers(order.iter().map(|&row| row as i64).collect())),
            ]))
        })
    })
}

pub(crate) fn qr(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = with_elements(context, "qr", &arguments)?;
    let is_full = WithOptions::of("qr", arguments, 1, &["full"])?.flag("full");
    let (rows, columns) = a.shape();
    let most = rows.max(columns);
    run(context, "qr", if is_full { (most, most) } else { (rows, columns) }, (4, 6), move || {
        with_matrix!(a, mut a => {
            let power = scaling::bring_near_one(&mut a);
            let factors = a.qr();
            let r = times("qr", factors.thin_R(), power)?;
            // Below the triangle there are as many rows of zeros as `q` has more columns.
            let rows = if is_full { rows } else { r.nrows() };
            let r = Mat::from_fn(rows, columns, |row, column| if row < r.nrows() { r[(row, column)] } else { Element::of_real(0.0) });
            let q = if is_full { factors.compute_Q() } else { factors.compute_thin_Q() };
            Ok(Given::Record(vec![
                ("q", Given::Array(array(q.as_ref()))),
                ("r", Given::Array(array(r.as_ref()))),
            ]))
        })
    })
}

/// The place where a matrix is not its own mirror image; complex elements are conjugated there.
pub(crate) fn asymmetry<T: Element>(a: &Mat<T>) -> Option<(usize, usize)> {
    let size = largest(a);
    for column in 0..a.ncols() {
        for row in 0..=column {
            let distance = a[(row, column)].parts() - a[(column, row)].parts().conj();
            if scaling::size_of(distance) > 1e-10 * size {
                return Some((row, column));
            }
        }
    }
    None
}

/// The error of a matrix that must be its own mirror image.
pub(crate) fn no_mirror(name: &str, (row, column): (usize, usize)) -> Failure {
    Failure::new(format!(
        "{name} takes a symmetric matrix, or a Hermitian one, and here the elements at [{row}, {column}] and [{column}, {row}] differ"
    ))
}

fn lower<T: Element>(a: &mut Mat<T>) -> std::result::Result<Given, Failure> {
    if let Some(place) = asymmetry(a) {
        return Err(no_mirror("cholesky", place));
    }
    let power = scaling::bring_near_one(a);
    match a.llt(Side::Lower) {
        Ok(factor) => Ok(Given::Array(array(times("cholesky", factor.L(), power / 2)?.as_ref()))),
        Err(LltError::NonPositivePivot { index }) => Err(Failure::new(format!(
            "cholesky takes a positive definite matrix, and of this one the first {} rows and columns are not",
            index + 1
        ))
        .with_hint("eigh(a).values are all above 0 for a positive definite one; lu(a) takes others")),
    }
}

pub(crate) fn cholesky(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "cholesky", arguments.at(0))?;
    run(context, "cholesky", a.shape(), (1, 3), move || with_matrix!(a, mut a => lower(&mut a)))
}
