//! Singular values and what follows from them; eigenvalues.

use crate::factors::{asymmetry, no_mirror};
use crate::matrix::{Element, Matrix, array, vector, with_matrix};
use crate::routine::{Failure, Given, run};
use crate::scaling;
use crate::solving::finite;
use faer::{Mat, Side, c64};
use motet_vm::builtins::arguments::{WithOptions, bad_value, number};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// The error of a method that comes to no end: for finite matrices it is not known to happen.
#[cold]
pub(crate) fn no_end(name: &str) -> Failure {
    Failure::new(format!("{name} has come to no end with this matrix"))
}

/// What singular values count as none, beside the largest one.
pub(crate) fn tolerance(values: &[f64], (rows, columns): (usize, usize)) -> f64 {
    values.first().copied().unwrap_or(0.0) * f64::EPSILON * rows.max(columns) as f64
}

/// Singular values, the largest first.
pub(crate) fn values_of<T: Element>(name: &str, a: &mut Mat<T>) -> std::result::Result<Vec<f64>, Failure> {
    if a.nrows() == 0 || a.ncols() == 0 {
        return Ok(Vec::new());
    }
    let power = scaling::bring_near_one(a);
    let values = a.singular_values().map_err(|_| no_end(name))?;
    all_finite(name, values.into_iter().map(|value| value * scaling::power(power)).collect())
}

/// Numbers of a result, none of which is too large.
fn all_finite(name: &str, values: Vec<f64>) -> std::result::Result<Vec<f64>, Failure> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(values);
    }
    Err(Failure::new(format!("{name}: a number of the result is too large for floats")))
}

/// A matrix with elements and the tolerance that a call names.
fn given(context: &mut Context<'_>, name: &str, arguments: Arguments<'_>) -> Result<(Matrix, Option<f64>)> {
    let options = WithOptions::of(name, arguments, 1, &["tolerance"])?;
    let matrix = Matrix::of(context, name, arguments.at(0))?;
    let tolerance = options.option("tolerance").map(|tolerance| number(name, &tolerance)).transpose()?;
    if tolerance.is_some_and(|tolerance| tolerance.is_nan() || tolerance < 0.0) {
        return Err(bad_value(format!("{name} takes a tolerance of 0 or more")));
    }
    Ok((matrix, tolerance))
}

pub(crate) fn svd(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let is_full = WithOptions::of("svd", arguments, 1, &["full"])?.flag("full");
    let a = Matrix::of(context, "svd", arguments.at(0))?;
    let (rows, columns) = a.shape();
    let most = rows.max(columns);
    run(context, "svd", if is_full { (most, most) } else { (rows, columns) }, (12, 10), move || {
        with_matrix!(a, mut a => {
            let power = scaling::bring_near_one(&mut a);
            let svd = if is_full { a.svd() } else { a.thin_svd() }.map_err(|_| no_end("svd"))?;
            let values = svd.S().column_vector().iter().map(|value| value.parts().re * scaling::power(power));
            let values = all_finite("svd", values.collect())?;
            Ok(Given::Record(vec![
                ("u", Given::Array(array(svd.U()))),
                ("s", Given::Array(vector(values.into_iter()))),
                ("vt", Given::Array(array(svd.V().adjoint().to_owned().as_ref()))),
            ]))
        })
    })
}

pub(crate) fn singular_values(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::of(context, "singular_values", arguments.at(0))?;
    run(context, "singular_values", a.shape(), (6, 4), move || {
        let values = with_matrix!(a, mut a => values_of("singular_values", &mut a))?;
        Ok(Given::Array(vector(values.into_iter())))
    })
}

pub(crate) fn rank(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, wanted) = given(context, "rank", arguments)?;
    let shape = a.shape();
    run(context, "rank", shape, (6, 4), move || {
        let values = with_matrix!(a, mut a => values_of("rank", &mut a))?;
        let least = wanted.unwrap_or_else(|| tolerance(&values, shape));
        Ok(Given::Count(values.iter().filter(|&&value| value > least).count()))
    })
}

pub(crate) fn cond(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, _) = given(context, "cond", arguments)?;
    let (rows, columns) = a.shape();
    if rows == 0 || columns == 0 {
        return Err(bad_value(format!(
            "cond takes a matrix with elements, and this one has the shape [{rows}, {columns}]"
        )));
    }
    run(context, "cond", (rows, columns), (6, 4), move || {
        let values = with_matrix!(a, mut a => values_of("cond", &mut a))?;
        let (first, last) = (values[0], values[values.len() - 1]);
        Ok(Given::Number(if first == 0.0 { f64::INFINITY } else { first / last }))
    })
}

pub(crate) fn pinv(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, wanted) = given(context, "pinv", arguments)?;
    run(context, "pinv", a.shape(), (14, 10), move || with_matrix!(a, a => pseudoinverse(a, wanted)))
}

fn pseudoinverse<T: Element>(mut a: Mat<T>, wanted: Option<f64>) -> std::result::Result<Given, Failure> {
    let power = scaling::bring_near_one(&mut a);
    let wanted = wanted.map(|wanted| wanted * scaling::power(-power));
    let svd = a.thin_svd().map_err(|_| no_end("pinv"))?;
    let values: Vec<f64> = svd.S().column_vector().iter().map(|value| value.parts().re).collect();
    let least = wanted.unwrap_or_else(|| tolerance(&values, a.shape()));
    let mut scaled = svd.V().to_owned();
    for (column, &value) in values.iter().enumerate() {
        let factor = T::of_real(if value > least { 1.0 / value } else { 0.0 });
        for row in 0..scaled.nrows() {
            scaled[(row, column)] *= factor;
        }
    }
    let mut inverse = scaled * svd.U().adjoint();
    scaling::multiply(&mut inverse, scaling::power(-power));
    Ok(Given::Array(array(finite("pinv", inverse)?.as_ref())))
}

pub(crate) fn null_space(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, wanted) = given(context, "null_space", arguments)?;
    let (rows, columns) = a.shape();
    // The whole basis of the columns, however few rows there are.
    run(context, "null_space", (rows.max(columns), columns), (12, 10), move || {
        with_matrix!(a, mut a => {
            let power = scaling::bring_near_one(&mut a);
            let wanted = wanted.map(|wanted| wanted * scaling::power(-power));
            let svd = a.svd().map_err(|_| no_end("null_space"))?;
            let values: Vec<f64> = svd.S().column_vector().iter().map(|value| value.parts().re).collect();
            let least = wanted.unwrap_or_else(|| tolerance(&values, a.shape()));
            let rank = values.iter().filter(|&&value| value > least).count();
            let basis = svd.V();
            Ok(Given::Array(array(basis.subcols(rank, basis.ncols() - rank).to_owned().as_ref())))
        })
    })
}

/// Complex numbers times a power of two, none of which is too large.
fn all_times(name: &str, values: Vec<c64>, power: i32) -> std::result::Result<Vec<c64>, Failure> {
    let values: Vec<c64> = values.into_iter().map(|value| value * scaling::power(power)).collect();
    if values.iter().all(|value| value.is_finite()) {
        return Ok(values);
    }
    Err(Failure::new(format!("{name}: a number of the result is too large for floats")))
}

pub(crate) fn eig(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "eig", arguments.at(0))?;
    run(context, "eig", a.shape(), (25, 10), move || {
        let (found, power) = with_matrix!(a, mut a => {
            let power = scaling::bring_near_one(&mut a);
            (a.eigen(), power)
        });
        let found = found.map_err(|_| no_end("eig"))?;
        let values = all_times("eig", found.S().column_vector().iter().copied().collect(), power)?;
        // Columns of length 1.
        let vectors = found.U();
        let lengths: Vec<f64> = (0..vectors.ncols())
            .map(|column| vectors.col(column).iter().map(c64::norm_sqr).sum::<f64>().sqrt())
            .collect();
        let vectors =
            Mat::from_fn(vectors.nrows(), vectors.ncols(), |row, column| vectors[(row, column)] / lengths[column]);
        Ok(Given::Record(vec![
            ("values", Given::Array(vector(values.into_iter()))),
            ("vectors", Given::Array(array(vectors.as_ref()))),
        ]))
    })
}

pub(crate) fn eigenvalues(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "eigenvalues", arguments.at(0))?;
    run(context, "eigenvalues", a.shape(), (10, 6), move || {
        let (values, power) = with_matrix!(a, mut a => {
            let power = scaling::bring_near_one(&mut a);
            (a.eigenvalues(), power)
        });
        let values = all_times("eigenvalues", values.map_err(|_| no_end("eigenvalues"))?, power)?;
        Ok(Given::Array(vector(values.into_iter())))
    })
}

/// A symmetric or Hermitian matrix, near 1, and the power of two that it was divided by.
fn mirrored<T: Element>(name: &str, a: &mut Mat<T>) -> std::result::Result<i32, Failure> {
    if let Some(place) = asymmetry(a) {
        return Err(no_mirror(name, place).with_hint("eig(a) takes others"));
    }
    Ok(scaling::bring_near_one(a))
}

pub(crate) fn eigh(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "eigh", arguments.at(0))?;
    run(context, "eigh", a.shape(), (9, 8), move || {
        with_matrix!(a, mut a => {
            let power = mirrored("eigh", &mut a)?;
            let found = a.self_adjoint_eigen(Side::Lower).map_err(|_| no_end("eigh"))?;
            let values = found.S().column_vector().iter().map(|value| value.parts().re * scaling::power(power));
            let values = all_finite("eigh", values.collect())?;
            Ok(Given::Record(vec![
                ("values", Given::Array(vector(values.into_iter()))),
                ("vectors", Given::Array(array(found.U()))),
            ]))
        })
    })
}

pub(crate) fn eigvalsh(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "eigvalsh", arguments.at(0))?;
    run(context, "eigvalsh", a.shape(), (4, 5), move || {
        with_matrix!(a, mut a => {
            let power = mirrored("eigvalsh", &mut a)?;
            let values = a.self_adjoint_eigenvalues(Side::Lower).map_err(|_| no_end("eigvalsh"))?;
            let values = all_finite("eigvalsh", values.into_iter().map(|value| value * scaling::power(power)).collect())?;
            Ok(Given::Array(vector(values.into_iter())))
        })
    })
}
