//! The module `linalg`: equations, factors, eigenvalues and norms of matrices.
//!
//! | module | its one job |
//! |---|---|
//! | `matrix` | arguments as matrices of floats or complex numbers, and back |
//! | `routine` | running a routine here, or on a thread of the pool if it takes long; its errors |
//! | `scaling` | very large and very small numbers, brought near 1 |
//! | `solving` | linear equations, inverses, determinants |
//! | `factors` | LU, QR, Cholesky |
//! | `spectra` | singular values and what follows from them, eigenvalues |
//! | `functions` | the exponential function of matrices, norms |
//! | `linalg.soc` | what products of tensors give, in Motet |
//!
//! A routine of faer knows no safe points. What takes long leaves the task's thread with its matrices, so that other tasks go
//! on and a stop abandons it; what it takes of memory is asked for before it begins.

mod factors;
mod functions;
mod matrix;
mod routine;
mod scaling;
mod solving;
mod spectra;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use matrix::Element;
use motet_numbers::arrays::{Part, Routines, multiply_by};
use motet_vm::builtins::{Entry, Library, NativeModule};

/// All that it brings.
pub static LIBRARY: Library = Library { modules: &[&MODULE], ..Library::EMPTY };

/// Has large products of tensors computed by faer, which knows the widest vectors of the processor.
pub fn take_products() {
    multiply_by(Routines { real: add_product, complex: add_product });
}

fn add_product<T: Element>(part: &Part<'_, T>, results: &mut [T]) {
    let Part { a, length, b, rows, depth, columns } = *part;
    let results = MatMut::from_row_major_slice_mut(results, rows, columns);
    let a = MatRef::from_row_major_slice_with_stride(a, rows, depth, length);
    let b = MatRef::from_row_major_slice(b, depth, columns);
    matmul(results, Accum::Add, a, b, T::of_real(1.0), Par::Seq);
}

macro_rules! entries {
    ($($signature:literal $call:path, $documentation:literal;)*) => {
        &[$(Entry::function($signature, $call, $documentation).pure(),)*]
    };
}

static MODULE: NativeModule = NativeModule {
    name: "linalg",
    documentation: "Linear algebra: equations, factors, eigenvalues and norms of matrices, which are tensors with two axes or lists of rows.",
    entries: entries! {
        "solve(a, b)" solving::solve, "The solution x of the linear equations a @ x = b; b is a vector or the columns of a matrix.";
        "inverse(a)" solving::inverse, "The inverse of a square matrix.";
        "inv(a)" solving::inverse, "The same, by its name in NumPy.";
        "det(a)" solving::det, "The determinant of a square matrix.";
        "slogdet(a)" solving::slogdet, "A record of the `sign` of the determinant and of the logarithm `log` of its size, for determinants that are too large or too small for floats.";
        "lstsq(a, b)" solving::lstsq, "The least squares: a record of the `x` for which a @ x is nearest to b, the `rank` of a, its `singular_values`, and the squares of the `residuals`.";
        "lu(a)" factors::lu, "A record of the factors `l` and `u` and of the `rows` in their order: a[rows] is l @ u.";
        "qr(a, full: false)" factors::qr, "A record of the factors `q`, whose columns are at right angles, and `r`: a is q @ r. With `full`, `q` is square.";
        "cholesky(a)" factors::cholesky, "The lower triangle l of a positive definite matrix: a is l @ l.T.";
        "svd(a, full: false)" spectra::svd, "A record of `u`, the singular values `s`, the largest first, and `vt`: a is (u * s) @ vt. With `full`, `u` and `vt` are square.";
        "singular_values(a)" spectra::singular_values, "The singular values of a matrix, the largest first.";
        "eig(a)" spectra::eig, "A record of the eigenvalues `values` of a square matrix, which are complex, and the columns `vectors`.";
        "eigenvalues(a)" spectra::eigenvalues, "The eigenvalues of a square matrix: complex numbers.";
        "eigh(a)" spectra::eigh, "A record of the eigenvalues `values` of a symmetric or Hermitian matrix, the least first, and the columns `vectors`.";
        "eigvalsh(a)" spectra::eigvalsh, "The eigenvalues of a symmetric or Hermitian matrix alone, the least first.";
        "eigvals(a)" spectra::eigenvalues, "The same as `eigenvalues`, by its name in NumPy.";
        "rank(a, tolerance: null)" spectra::rank, "How many of the columns are independent: singular values above the tolerance.";
        "matrix_rank(a, tolerance: null)" spectra::rank, "The same as `rank`, by its name in NumPy.";
        "cond(a)" spectra::cond, "How much a solution may change beside what it is the solution of: the ratio of the singular values.";
        "pinv(a, tolerance: null)" spectra::pinv, "The pseudoinverse: the inverse of what can be inverted.";
        "null_space(a, tolerance: null)" spectra::null_space, "Columns at right angles that the matrix brings to 0.";
        "expm(a)" functions::expm, "The exponential function of a square matrix.";
        "norm(x, kind = null, axis: null)" functions::norm, "The size of a vector: 2, 1, infinity, -infinity, 0 or another power; of a matrix: \"fro\", which is the default, \"nuc\", 1, 2, infinity and their negatives. With `axis` of the vectors along it.";
    },
    source: Some(include_str!("linalg.soc")),
};
