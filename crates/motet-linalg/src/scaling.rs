//! Very large and very small numbers, brought near 1 by powers of two: that changes no digit, and no product of what is left is too
//! large for floats.

use crate::matrix::Element;
use faer::Mat;

/// The larger one of the parts of a number.
pub(crate) fn size_of<T: Element>(item: T) -> f64 {
    let parts = item.parts();
    parts.re.abs().max(parts.im.abs())
}

/// The power of two that a number lies above; that of 0 is 0.
pub(crate) fn exponent(size: f64) -> i32 {
    // Its reciprocal is a float too.
    const MOST: f64 = 1000.0;
    if size == 0.0 { 0 } else { size.log2().floor().clamp(-MOST, MOST) as i32 }
}

pub(crate) fn power(exponent: i32) -> f64 {
    2f64.powi(exponent)
}

/// The size of the largest element.
pub(crate) fn largest<T: Element>(a: &Mat<T>) -> f64 {
    (0..a.ncols()).flat_map(|column| a.col(column).iter()).fold(0.0, |most, &item| size_of(item).max(most))
}

/// Each element times a number.
pub(crate) fn multiply<T: Element>(a: &mut Mat<T>, factor: f64) {
    if factor != 1.0 {
        for column in 0..a.ncols() {
            a.col_mut(column).iter_mut().for_each(|item| *item *= T::of_real(factor));
        }
    }
}

/// Divides a matrix of very large or very small numbers by a power of four, and says by which one.
pub(crate) fn bring_near_one<T: Element>(a: &mut Mat<T>) -> i32 {
    const FAR: i32 = 200;
    let exponent = exponent(largest(a)) & !1;
    if exponent.abs() < FAR {
        return 0;
    }
    multiply(a, power(-exponent));
    exponent
}
