//! Arguments as matrices, and matrices as values.

use faer::{Mat, MatRef, c64};
use motet_numbers::arrays::{Array, Items};
use motet_vm::builtins::arguments::bad_value;
use motet_vm::memory::Value;
use motet_vm::{Context, Error, Result};
use std::ops::{Add, Mul, MulAssign};

/// A matrix, of floats unless one of its elements is complex.
#[derive(Clone, Debug)]
pub(crate) enum Matrix {
    Real(Mat<f64>),
    Complex(Mat<c64>),
}

/// What the elements of matrices are.
pub(crate) trait Element:
    faer::traits::ComplexField<Real = f64> + Add<Output = Self> + Mul<Output = Self> + MulAssign + Send + Sync + Copy
{
    fn items(items: Vec<Self>) -> Items;
    /// The real part, and the imaginary one.
    fn parts(self) -> c64;
    fn of_real(real: f64) -> Self;
}

impl Element for f64 {
    fn items(items: Vec<f64>) -> Items {
        Items::Real(items)
    }

    fn parts(self) -> c64 {
        c64::new(self, 0.0)
    }

    fn of_real(real: f64) -> f64 {
        real
    }
}

impl Element for c64 {
    fn items(items: Vec<c64>) -> Items {
        Items::Complex(items)
    }

    fn parts(self) -> c64 {
        self
    }

    fn of_real(real: f64) -> c64 {
        c64::new(real, 0.0)
    }
}

/// Does the same with a matrix of either kind.
macro_rules! with_matrix {
    ($matrix:expr, $name:pat => $body:expr) => {
        match $matrix {
            $crate::matrix::Matrix::Real($name) => $body,
            $crate::matrix::Matrix::Complex($name) => $body,
        }
    };
}
pub(crate) use with_matrix;

impl Matrix {
    /// The matrix that an argument stands for: finite numbers in rows and columns.
    pub fn of(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Matrix> {
        let array = Array::of(context, function, value)?;
        if array.shape.len() != 2 {
            return Err(no_matrix(function, &array));
        }
        array.must_be_finite(context, function)?;
        Ok(Matrix::of_array(array))
    }

    /// The same, of as many rows as columns.
    pub fn square(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Matrix> {
        let matrix = Matrix::of(context, function, value)?;
        let (rows, columns) = matrix.shape();
        if rows == columns {
            return Ok(matrix);
        }
        Err(bad_value(format!("{function} takes a square matrix, and this one has the shape [{rows}, {columns}]")))
    }

    /// A matrix, or the column that a vector is.
    pub fn columns(context: &mut Context<'_>, function: &str, value: &Value) -> Result<(Matrix, bool)> {
        let mut array = Array::of(context, function, value)?;
        let is_vector = array.shape.len() == 1;
        if is_vector {
            array.shape.push(1);
        }
        if array.shape.len() != 2 {
            return Err(no_matrix(function, &array));
        }
        array.must_be_finite(context, function)?;
        Ok((Matrix::of_array(array), is_vector))
    }

    fn of_array(array: Array) -> Matrix {
        let (rows, columns) = (array.shape[0], array.shape[1]);
        match array.items {
            Items::Real(items) => Matrix::Real(MatRef::from_row_major_slice(&items, rows, columns).to_owned()),
            Items::Complex(items) => Matrix::Complex(MatRef::from_row_major_slice(&items, rows, columns).to_owned()),
        }
    }

    pub fn shape(&self) -> (usize, usize) {
        with_matrix!(self, matrix => matrix.shape())
    }

    pub fn is_complex(&self) -> bool {
        matches!(self, Matrix::Complex(_))
    }

    pub fn into_complex(self) -> Mat<c64> {
        match self {
            Matrix::Complex(matrix) => matrix,
            Matrix::Real(matrix) => {
                Mat::from_fn(matrix.nrows(), matrix.ncols(), |row, column| c64::new(matrix[(row, column)], 0.0))
            }
        }
    }

    /// Both of the same kind.
    pub fn alike(self, other: Matrix) -> (Matrix, Matrix) {
        if self.is_complex() == other.is_complex() {
            return (self, other);
        }
        (Matrix::Complex(self.into_complex()), Matrix::Complex(other.into_complex()))
    }
}

#[cold]
fn no_matrix(function: &str, array: &Array) -> Error {
    bad_value(format!("{function} takes a matrix, and this tensor has the shape {}", array.shown_shape())).with_hint(
        match array.shape.len() {
            3 => "of several matrices, each by itself: stack([...t].map(linalg.inverse))",
            _ => "a matrix has two axes: t.reshape(rows, columns)",
        },
    )
}

/// A matrix as an array of the program.
pub(crate) fn array<T: Element>(matrix: MatRef<'_, T>) -> Array {
    let (rows, columns) = matrix.shape();
    let mut items = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        items.extend((0..columns).map(|column| matrix[(row, column)]));
    }
    Array { shape: vec![rows, columns], items: T::items(items) }
}

/// Numbers as a vector of the program.
pub(crate) fn vector<T: Element>(items: impl Iterator<Item = T>) -> Array {
    let items: Vec<T> = items.collect();
    Array { shape: vec![items.len()], items: T::items(items) }
}

/// A matrix, or the vector that its only column is.
pub(crate) fn as_given<T: Element>(matrix: MatRef<'_, T>, is_vector: bool) -> Array {
    let mut array = array(matrix);
    if is_vector {
        array.shape.pop();
    }
    array
}
