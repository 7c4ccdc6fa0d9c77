//! Functions that distributions are made of. Sums and fractions take about as many terms as the root of their parameters; where
//! those are beyond `LARGE`, curves that they come close to stand in for them.

use std::f64::consts::{PI, SQRT_2, TAU};

/// Parameters above which limits are used: they are exact to ten digits there.
const LARGE: f64 = 1e10;
/// Parameters above which two are nearly a normal distribution, where one of them is beyond `LARGE`.
const MANY: f64 = 1e6;
/// Terms at most: more than any parameter below `LARGE` needs.
const MOST_TERMS: usize = 2_000_000;
/// What stands for a divisor of 0.
const LEAST: f64 = 1e-300;

/// Gamma of a number: (x - 1)! for a whole one.
pub(crate) fn gamma_of(x: f64) -> f64 {
    libm::tgamma(x)
}

/// The logarithm of what gamma is, without its sign.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The derivative of the logarithm of gamma: a series for large numbers, which others are led to step by step.
pub(crate) fn digamma(x: f64) -> f64 {
    if x.is_nan() || x == f64::NEG_INFINITY || (x <= 0.0 && x == x.floor()) {
        return f64::NAN;
    }
    if x < 0.0 {
        return digamma(1.0 - x) - PI / (PI * x).tan();
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    // Bernoulli's numbers, each divided by twice its order.
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0];
    let square = 1.0 / (x * x);
    sum + x.ln() - 0.5 / x - SERIES.iter().rev().fold(0.0, |sum, term| (sum + term) * square)
}

pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    let sum = a + b;
    let (least, most) = (a.min(b), a.max(b));
    // Where both are large, the difference of their large logarithms would say little.
    if least > 15.0 {
        return 0.5 * (TAU / most).ln() + (least - 0.5) * (least / sum).ln() - most * (least / most).ln_1p()
            + stirling_error(least)
            + stirling_error(most)
            - stirling_error(sum);
    }
    ln_gamma(a) + ln_gamma(b) - ln_gamma(sum)
}

pub(crate) fn beta(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if a > 0.0 && b > 0.0 && sum < 170.0 { gamma_of(a) / gamma_of(sum) * gamma_of(b) } else { ln_beta(a, b).exp() }
}

pub(crate) fn erf(x: f64) -> f64 {
    libm::erf(x)
}

pub(crate) fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// A quotient of polynomials, whose coefficients begin with those of power 0; the divisor begins with 1.
fn quotient(x: f64, above: [f64; 8], below: [f64; 7]) -> f64 {
    let value = |coefficients: &[f64]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    value(&above) / (1.0 + x * value(&below))
}

/// The place of the normal distribution where the part between it and the middle is `middle`, and beyond it `tail`, which is
/// less than a half (Wichura's AS 241).
fn normal_place(middle: f64, tail: f64) -> f64 {
    if middle.abs() <= 0.425 {
        return middle
            * quotient(
                0.180625 - middle * middle,
                [
                    3.387_132_872_796_366_5,
                    133.141_667_891_784_38,
                    1_971.590_950_306_551_3,
                    13_731.693_765_509_46,
                    45_921.953_931_549_87,
                    67_265.770_927_008_7,
                    33_430.575_583_588_13,
                    2_509.080_928_730_122_7,
                ],
                [
                    42.313_330_701_600_91,
                    687.187_007_492_057_9,
                    5_394.196_021_424_751,
                    21_213.794_301_586_597,
                    39_307.895_800_092_71,
                    28_729.085_735_721_943,
                    5_226.495_278_852_854,
                ],
            );
    }
    let root = (-tail.ln()).sqrt();
    let place = if root <= 5.0 {
        quotient(
            root - 1.6,
            [
                1.423_437_110_749_683_5,
                4.630_337_846_156_546,
                5.769_497_221_460_691,
                3.647_848_324_763_204_5,
                1.270_458_252_452_368_4,
                0.241_780_725_177_450_6,
                0.022_723_844_989_269_184,
                0.000_774_545_014_278_341_4,
            ],
            [
                2.053_191_626_637_759,
                1.676_384_830_183_803_8,
                0.689_767_334_985_1,
                0.148_103_976_427_480_08,
                0.015_198_666_563_616_457,
                0.000_547_593_808_499_534_5,
                1.050_750_071_644_416_9e-9,
            ],
        )
    } else {
        quotient(
            root - 5.0,
            [
                6.657_904_643_501_103,
                5.463_784_911_164_114,
                1.784_826_539_917_291_3,
                0.296_560_571_828_504_87,
                0.026_532_189_526_576_124,
                0.001_242_660_947_388_078_4,
                2.711_555_568_743_487_6e-5,
                2.010_334_399_292_288_1e-7,
            ],
            [
                0.599_832_206_555_888,
                0.136_929_880_922_735_8,
                0.014_875_361_290_850_615,
                0.000_786_869_131_145_613_3,
                1.846_318_317_510_054_8e-5,
                1.421_511_758_316_446e-7,
                2.044_263_103_389_939_7e-15,
            ],
        )
    };
    place.copysign(middle)
}

/// The number whose `erf` this is.
pub(crate) fn erf_inverse(y: f64) -> f64 {
    match y {
        1.0 => f64::INFINITY,
        -1.0 => f64::NEG_INFINITY,
        _ if y.abs() < 1.0 => normal_place(y / 2.0, (1.0 - y.abs()) / 2.0) / SQRT_2,
        _ => f64::NAN,
    }
}

/// The number whose `erfc` this is.
pub(crate) fn erfc_inverse(y: f64) -> f64 {
    match y {
        0.0 => f64::INFINITY,
        2.0 => f64::NEG_INFINITY,
        _ if y > 0.0 && y < 2.0 => normal_place((1.0 - y) / 2.0, y.min(2.0 - y) / 2.0) / SQRT_2,
        _ => f64::NAN,
    }
}

/// The parts of the normal distribution below and above a place.
pub(crate) fn normal(z: f64) -> [f64; 2] {
    [0.5 * libm::erfc(-z / SQRT_2), 0.5 * libm::erfc(z / SQRT_2)]
}

/// How far Stirling's formula is off: ln n! - ln (sqrt(2 pi n) (n / e)^n) (Loader).
fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * TAU.ln();
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / n
}

/// x ln (x / mean) + mean - x, exact where both are near (Loader).
fn deviance(x: f64, mean: f64) -> f64 {
    let distance = x - mean;
    if distance.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let ratio = distance / (x + mean);
    let mut sum = distance * ratio;
    let mut term = 2.0 * x * ratio;
    for index in 1..1000 {
        term *= ratio * ratio;
        let next = sum + term / f64::from(2 * index + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// mean^x e^-mean / gamma(x + 1): Poisson's law, also between whole numbers.
pub(crate) fn poisson_mass(x: f64, mean: f64) -> f64 {
    if mean == 0.0 {
        return if x == 0.0 { 1.0 } else { 0.0 };
    }
    if x < 0.0 || !x.is_finite() || !mean.is_finite() {
        return 0.0;
    }
    if x <= mean * LEAST {
        return (-mean).exp();
    }
    if mean < x * LEAST {
        return (-mean + x * mean.ln() - ln_gamma(x + 1.0)).exp();
    }
    (-stirling_error(x) - deviance(x, mean)).exp() / (TAU * x).sqrt()
}

/// The binomial law of `n` trials of chance `p`, where `q` is the rest, also between whole numbers.
pub(crate) fn binomial_mass(x: f64, n: f64, p: f64, q: f64) -> f64 {
    if p == 0.0 {
        return if x == 0.0 { 1.0 } else { 0.0 };
    }
    if q == 0.0 {
        return if x == n { 1.0 } else { 0.0 };
    }
    if x == 0.0 {
        return if p < 0.1 { -deviance(n, n * q) - n * p } else { n * q.ln() }.exp();
    }
    if x == n {
        return if q < 0.1 { -deviance(n, n * p) - n * q } else { n * p.ln() }.exp();
    }
    if x < 0.0 || x > n {
        return 0.0;
    }
    let exponent =
        stirling_error(n) - stirling_error(x) - stirling_error(n - x) - deviance(x, n * p) - deviance(n - x, n * q);
    let size = TAU.ln() + x.ln() + (-x / n).ln_1p();
    (exponent - 0.5 * size).exp()
}

/// The parts of the incomplete gamma function below and above a place; together 1.
pub(crate) fn gamma_parts(shape: f64, x: f64) -> [f64; 2] {
    if shape.is_nan() || x.is_nan() || shape < 0.0 || x < 0.0 {
        return [f64::NAN; 2];
    }
    if x == f64::INFINITY || (shape == 0.0 && x > 0.0) {
        return [1.0, 0.0];
    }
    if x == 0.0 || shape == f64::INFINITY {
        return [0.0, 1.0];
    }
    if shape > LARGE {
        // Wilson and Hilferty: the cube root is nearly normal.
        let part = 1.0 / (9.0 * shape);
        return normal(((x / shape).cbrt() - 1.0 + part) / part.sqrt());
    }
    let mass = poisson_mass(shape, x);
    if x < shape + 1.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for index in 1..MOST_TERMS {
            term *= x / (shape + index as f64);
            sum += term;
            if term < sum * f64::EPSILON / 4.0 {
                break;
            }
        }
        let below = (mass * sum).min(1.0);
        return [below, 1.0 - below];
    }
    // A continued fraction, from its front on (Lentz).
    let mut b = x + 1.0 - shape;
    let mut c = 1.0 / LEAST;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for index in 1..MOST_TERMS {
        let index = index as f64;
        let a = -index * (index - shape);
        b += 2.0;
        d = 1.0 / not_zero(a * d + b);
        c = not_zero(b + a / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    let above = (mass * shape * fraction).clamp(0.0, 1.0);
    [1.0 - above, above]
}

fn not_zero(x: f64) -> f64 {
    if x.abs() < LEAST { LEAST } else { x }
}

/// The parts of the incomplete beta function below and above a place `x`, where `y` is 1 - x; together 1.
pub(crate) fn beta_parts(a: f64, b: f64, x: f64, y: f64) -> [f64; 2] {
    if a.is_nan() || b.is_nan() || x.is_nan() || a < 0.0 || b < 0.0 || !(0.0..=1.0).contains(&x) {
        return [f64::NAN; 2];
    }
    if x == 0.0 || (b == 0.0 && x < 1.0) {
        return [0.0, 1.0];
    }
    if y <= 0.0 || a == 0.0 {
        return [1.0, 0.0];
    }
    // The other way round the fraction takes few terms.
    if x > (a + 1.0) / (a + b + 2.0) {
        let [above, below] = beta_below(b, a, y, x);
        return [below, above];
    }
    beta_below(a, b, x, y)
}

fn beta_below(a: f64, b: f64, x: f64, y: f64) -> [f64; 2] {
    if a.max(b) > LARGE && a.min(b) > MANY {
        let part = 1.0 / (1.0 + b / a);
        return normal((x * (1.0 - part) - y * part) * (a + b).sqrt() / (part * (1.0 - part)).sqrt());
    }
    if a.max(b) > LARGE {
        // What is rare among many is nearly gamma's law.
        let small = a.min(b);
        let [below, above] = if b >= a {
            gamma_parts(small, (b + (a - 1.0) / 2.0) * -(-x).ln_1p())
        } else {
            let [below, above] = gamma_parts(small, (a + (b - 1.0) / 2.0) * -x.ln());
            [above, below]
        };
        return [below, above];
    }
    let front = binomial_mass(a, a + b, x, y) * b / (a + b);
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for index in 1..MOST_TERMS {
        let m = index as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / not_zero(1.0 + even * d);
        c = not_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / not_zero(1.0 + odd * d);
        c = not_zero(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    let below = (front * fraction).clamp(0.0, 1.0);
    [below, 1.0 - below]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: f64, expected: f64, digits: f64) {
        assert!((found - expected).abs() <= digits * expected.abs(), "{found:e} is not {expected:e}");
    }

    /// Values of the tables of Abramowitz and Stegun.
    #[test]
    fn functions_have_their_published_values() {
        assert_near(gamma_of(0.5), PI.sqrt(), 1e-15);
        assert_eq!(gamma_of(11.0), 3_628_800.0);
        assert_near(ln_gamma(101.0), 363.739_375_555_563_5, 1e-14);
        assert_near(digamma(1.0), -0.577_215_664_901_532_9, 1e-14);
        assert_near(erf(0.5), 0.520_499_877_813_046_5, 1e-14);
        assert_near(erf_inverse(0.520_499_877_813_046_5), 0.5, 1e-13);
        for y in [1e-300, 1e-30, 1e-9, 0.003, 0.1, 0.8, 1.0, 1.3, 1.999] {
            assert_near(erfc(erfc_inverse(y)), y, 1e-12);
        }
        for y in [1e-300, 1e-9, 0.1, 0.7, 0.9, 0.999_999] {
            assert_near(erf(erf_inverse(y)), y, 1e-13);
            assert_near(erf(erf_inverse(-y)), -y, 1e-13);
        }
        assert_near(beta(2.5, 3.5), 0.036_815_538_909_255_39, 1e-13);
        assert_near(ln_beta(200.0, 300.0), ln_gamma(200.0) + ln_gamma(300.0) - ln_gamma(500.0), 1e-13);
        assert_near(gamma_parts(1.0, 2.0)[1], (-2.0f64).exp(), 1e-15);
        assert_near(beta_parts(2.0, 3.0, 0.5, 0.5)[0], 0.6875, 1e-14);
    }

    #[test]
    fn parts_are_whole_where_limits_begin() {
        for shape in [LARGE, LARGE * 1.01] {
            let z = 1.5;
            let x = shape + z * shape.sqrt();
            let [below, above] = gamma_parts(shape, x);
            assert_near(below + above, 1.0, 1e-14);
            assert_near(above, normal(z)[1], 1e-4);
        }
        for (a, b) in [(LARGE * 2.0, 3.0), (3.0, LARGE * 2.0)] {
            let mean = a / (a + b);
            let [below, above] = beta_parts(a, b, mean, b / (a + b));
            assert!(below > 0.3 && above > 0.3, "{below} {above}");
        }
    }
}
