//! Linear equations, inverses, determinants.

use crate::matrix::{Element, Matrix, array, as_given, vector, with_matrix};
use crate::routine::{Failure, Given, run};
use crate::scaling;
use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, Solve};
use faer::{Mat, c64};
use motet_numbers::arrays::{Array, Items};
use motet_vm::builtins::arguments::bad_value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

const SINGULAR_HINT: &str = "lstsq and pinv take singular matrices too";

/// The factors of a square matrix whose rows were multiplied by powers of two, so that each has its largest element near 1.
pub(crate) struct Factored<T: Element> {
    factors: PartialPivLu<T>,
    powers: Vec<i32>,
}

impl<T: Element> Factored<T> {
    /// An error if the matrix is singular, or if that is not to be told from its digits.
    pub fn of(name: &str, mut matrix: Mat<T>) -> std::result::Result<Factored<T>, Failure> {
        let n = matrix.nrows();
        let powers: Vec<i32> = (0..n)
            .map(|row| {
                scaling::exponent(matrix.row(row).iter().fold(0.0, |most, &item| scaling::size_of(item).max(most)))
            })
            .collect();
        for column in 0..n {
            for (row, &power) in powers.iter().enumerate() {
                matrix[(row, column)] *= T::of_real(scaling::power(-power));
            }
        }
        let sizes: Vec<f64> = (0..n)
            .map(|column| matrix.col(column).iter().fold(0.0, |most, &item| scaling::size_of(item).max(most)))
            .collect();
        let factors = matrix.partial_piv_lu();
        let upper = factors.U();
        for (at, size) in sizes.into_iter().enumerate() {
            let pivot = scaling::size_of(upper[(at, at)]);
            // What is left of a column is no more than its rounding.
            let least = size * f64::EPSILON * n as f64;
            if pivot == 0.0 || pivot <= least && n > 1 {
                let how = if pivot == 0.0 { "is singular" } else { "is singular but for rounding" };
                return Err(Failure::new(format!(
                    "{name} takes a matrix that can be inverted, and this one {how}: column {at} follows from those before it"
                ))
                .with_hint(SINGULAR_HINT));
            }
        }
        Ok(Factored { factors, powers })
    }

    pub fn solve(&self, mut right: Mat<T>) -> Mat<T> {
        for column in 0..right.ncols() {
            for (row, &power) in self.powers.iter().enumerate() {
                right[(row, column)] *= T::of_real(scaling::power(-power));
            }
        }
        self.factors.solve(&right)
    }

    fn inverse(&self) -> Mat<T> {
        let mut inverse = self.factors.inverse();
        for (column, &power) in self.powers.iter().enumerate() {
            for row in 0..inverse.nrows() {
                inverse[(row, column)] *= T::of_real(scaling::power(-power));
            }
        }
        inverse
    }
}

/// A result that is too large for floats is none.
pub(crate) fn finite<T: Element>(name: &str, matrix: Mat<T>) -> std::result::Result<Mat<T>, Failure> {
    let is_finite = (0..matrix.ncols()).all(|column| matrix.col(column).iter().all(|item| item.parts().is_finite()));
    if is_finite {
        return Ok(matrix);
    }
    Err(Failure::new(format!("{name}: a number of the result is too large for floats")))
}

pub(crate) fn solve(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "solve";
    let a = Matrix::square(context, NAME, arguments.at(0))?;
    let (b, is_vector) = Matrix::columns(context, NAME, arguments.at(1))?;
    let ((rows, _), (right, columns)) = (a.shape(), b.shape());
    if rows != right {
        return Err(bad_value(format!(
            "solve takes as many rows on the right as the matrix has: {rows} of the matrix and {right} of the right side"
        )));
    }
    if rows == 0 || columns == 0 {
        return Ok(with_matrix!(b, b => as_given(b.as_ref(), is_vector)).give(context).into());
    }
    fn solved<T: Element>(a: Mat<T>, b: Mat<T>, is_vector: bool) -> std::result::Result<Given, Failure> {
        let x = finite(NAME, Factored::of(NAME, a)?.solve(b))?;
        Ok(Given::Array(as_given(x.as_ref(), is_vector)))
    }
    run(context, NAME, (rows, rows.max(columns)), (1, 4), move || match a.alike(b) {
        (Matrix::Real(a), Matrix::Real(b)) => solved(a, b, is_vector),
        (a, b) => solved(a.into_complex(), b.into_complex(), is_vector),
    })
}

pub(crate) fn inverse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "inverse";
    let a = Matrix::square(context, NAME, arguments.at(0))?;
    run(context, NAME, a.shape(), (3, 4), move || {
        with_matrix!(a, a => {
            if a.nrows() == 0 {
                return Ok(Given::Array(array(a.as_ref())));
            }
            let inverse = finite(NAME, Factored::of(NAME, a)?.inverse())?;
            Ok(Given::Array(array(inverse.as_ref())))
        })
    })
}

/// A determinant: a number whose larger part lies from 1 to 2, or 0, and the power of two that it is multiplied by.
#[derive(Clone, Copy)]
struct Determinant {
    number: c64,
    power: i64,
}

impl Determinant {
    fn of<T: Element>(mut a: Mat<T>) -> Determinant {
        let power = scaling::bring_near_one(&mut a);
        let power = i64::from(power) * a.nrows() as i64;
        let mut found = Determinant { number: c64::new(1.0, 0.0), power };
        if a.nrows() == 0 {
            return found;
        }
        let factors = a.partial_piv_lu();
        let (order, _) = factors.P().arrays();
        if is_odd(order) {
            found.number = -found.number;
        }
        for at in 0..a.nrows() {
            found.number *= factors.U()[(at, at)].parts();
            let power = scaling::exponent(scaling::size_of(found.number));
            found.number *= scaling::power(-power);
            found.power += i64::from(power);
        }
        found
    }

    /// As a number, if it is one of floats.
    fn number(self) -> std::result::Result<c64, Failure> {
        let what = match self.power {
            _ if self.number == c64::default() => return Ok(self.number),
            -1022..=1023 => return Ok(self.number * 2f64.powi(self.power as i32)),
            1024.. => "large",
            _ => "small",
        };
        Err(Failure::new(format!("det: the determinant is too {what} for floats, about 2 ^ {}", self.power))
            .with_hint("slogdet(a) gives its sign and its logarithm"))
    }
}

/// Whether an order of rows is made by an odd number of exchanges.
fn is_odd(order: &[usize]) -> bool {
    let mut seen = vec![false; order.len()];
    let mut is_odd = false;
    for start in 0..order.len() {
        let (mut at, mut length) = (start, 0);
        while !seen[at] {
            seen[at] = true;
            at = order[at];
            length += 1;
        }
        is_odd ^= length > 0 && length % 2 == 0;
    }
    is_odd
}

/// A number of the program: a complex one if the matrix is.
fn scalar(number: c64, is_complex: bool) -> Given {
    if is_complex {
        return Given::Array(Array { shape: Vec::new(), items: Items::Complex(vec![number]) });
    }
    Given::Number(number.re)
}

pub(crate) fn det(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "det", arguments.at(0))?;
    run(context, "det", a.shape(), (1, 3), move || {
        let is_complex = a.is_complex();
        Ok(scalar(with_matrix!(a, a => Determinant::of(a)).number()?, is_complex))
    })
}

pub(crate) fn slogdet(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let a = Matrix::square(context, "slogdet", arguments.at(0))?;
    run(context, "slogdet", a.shape(), (1, 3), move || {
        let is_complex = a.is_complex();
        let Determinant { number, power } = with_matrix!(a, a => Determinant::of(a));
        let size = number.norm();
        let sign = if size == 0.0 { number } else { number / size };
        let log = size.ln() + power as f64 * std::f64::consts::LN_2;
        Ok(Given::Record(vec![("sign", scalar(sign, is_complex)), ("log", Given::Number(log))]))
    })
}

pub(crate) fn lstsq(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "lstsq";
    let a = Matrix::of(context, NAME, arguments.at(0))?;
    let (b, is_vector) = Matrix::columns(context, NAME, arguments.at(1))?;
    let ((rows, columns), (right, wide)) = (a.shape(), b.shape());
    if rows != right {
        return Err(bad_value(format!(
            "lstsq takes as many rows on the right as the matrix has: {rows} of the matrix and {right} of the right side"
        )));
    }
    if rows == 0 || columns == 0 {
        return Err(bad_value(format!(
            "lstsq takes a matrix with elements, and this one has the shape [{rows}, {columns}]"
        )));
    }
    fn nearest<T: Element>(mut a: Mat<T>, mut b: Mat<T>, is_vector: bool) -> std::result::Result<Given, Failure> {
        let (of_a, of_b) = (scaling::bring_near_one(&mut a), scaling::bring_near_one(&mut b));
        let svd = a.thin_svd().map_err(|_| crate::spectra::no_end(NAME))?;
        let values: Vec<f64> = svd.S().column_vector().iter().map(|value| value.parts().re).collect();
        let least = crate::spectra::tolerance(&values, a.shape());
        let rank = values.iter().filter(|&&value| value > least).count();
        let mut along = svd.U().adjoint() * &b;
        for (at, &value) in values.iter().enumerate() {
            let factor = if value > least { 1.0 / value } else { 0.0 };
            for column in 0..along.ncols() {
                along[(at, column)] *= T::of_real(factor);
            }
        }
        let mut x = svd.V() * &along;
        let rest = &b - &a * &x;
        // Twice, since the square of the power may be no float.
        let of_rest = scaling::power(of_b);
        let square = |item: &T| item.parts().norm_sqr();
        let residuals: Vec<f64> = (0..rest.ncols())
            .map(|column| rest.col(column).iter().map(square).sum::<f64>() * of_rest * of_rest)
            .collect();
        scaling::multiply(&mut x, scaling::power(-of_a));
        scaling::multiply(&mut x, scaling::power(of_b));
        let x = finite(NAME, x)?;
        let values = values.into_iter().map(|value| value * scaling::power(of_a));
        Ok(Given::Record(vec![
            ("x", Given::Array(as_given(x.as_ref(), is_vector))),
            ("rank", Given::Count(rank)),
            (
                "residuals",
                if is_vector { Given::Number(residuals[0]) } else { Given::Array(vector(residuals.into_iter())) },
            ),
            ("singular_values", Given::Array(vector(values))),
        ]))
    }
    run(context, NAME, (rows, columns.max(wide)), (12, 8), move || match a.alike(b) {
        (Matrix::Real(a), Matrix::Real(b)) => nearest(a, b, is_vector),
        (a, b) => nearest(a.into_complex(), b.into_complex(), is_vector),
    })
}
