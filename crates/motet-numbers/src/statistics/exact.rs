//! The laws of the distances that tests of Kolmogorov and Smirnov measure.

use crate::dtype::DType;
use crate::make::view_of;
use crate::tensor::{checked_bytes, give};
use crate::view::View;
use motet_vm::builtins::arguments::{bad_value, count, number, wrong};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// Samples for which the law of one distance is computed exactly.
const MOST_EXACT: usize = 1000;
/// Pairs of numbers for which the law of the distance of two samples is.
const MOST_PAIRS: usize = 1 << 24;

/// How likely a distance of `z`, times the root of the size, or a greater one is for very many numbers.
fn limit_law(z: f64) -> f64 {
    if z <= 0.0 {
        return 1.0;
    }
    if z < 1.0 {
        // The other form of the same series, which is short here.
        let tau = std::f64::consts::TAU;
        let factor = -std::f64::consts::PI * std::f64::consts::PI / (8.0 * z * z);
        let sum: f64 = (1..6).map(|k| (factor * f64::from((2 * k - 1) * (2 * k - 1))).exp()).sum();
        return 1.0 - tau.sqrt() / z * sum;
    }
    let mut sum = 0.0;
    for k in 1..50 {
        let term = (-2.0 * f64::from(k * k) * z * z).exp();
        sum += if k % 2 == 1 { term } else { -term };
        if term < 1e-18 {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

/// The product of two square matrices.
fn product(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut result = vec![0.0; size * size];
    for row in 0..size {
        for middle in 0..size {
            let factor = a[row * size + middle];
            for column in 0..size {
                result[row * size + column] += factor * b[middle * size + column];
            }
        }
    }
    result
}

/// How likely the distance of `n` numbers from their law is `d` or greater (Marsaglia, Tsang, Wang).
fn kolmogorov(context: &mut Context<'_>, n: usize, d: f64) -> Result<f64> {
    let size = n as f64;
    if d <= 0.5 / size {
        return Ok(1.0);
    }
    if d >= 1.0 {
        return Ok(0.0);
    }
    // Far out, two tails of one side each: no sample of the usual kind is far on both.
    if size * d * d > 4.0 || d >= 0.5 {
        return one_sided(context, n, d).map(|tail| 2.0 * tail);
    }
    if n > MOST_EXACT {
        return Ok(limit_law(d * size.sqrt() + 1.0 / (6.0 * size.sqrt()) + (d * size.sqrt() - 1.0) / (4.0 * size)));
    }
    let k = (size * d) as usize + 1;
    let m = 2 * k - 1;
    let h = k as f64 - size * d;
    let mut matrix = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..m {
            matrix[i * m + j] = if i + 1 < j { 0.0 } else { 1.0 };
        }
    }
    for i in 0..m {
        matrix[i * m] -= h.powi(i as i32 + 1);
        matrix[(m - 1) * m + i] -= h.powi((m - i) as i32);
    }
    matrix[(m - 1) * m] += if 2.0 * h > 1.0 { (2.0 * h - 1.0).powi(m as i32) } else { 0.0 };
    for i in 0..m {
        for j in 0..=i.min(m - 1) {
            for g in 1..=(i + 1 - j) {
                matrix[i * m + j] /= g as f64;
            }
        }
    }
    // The matrix to the power of n, by squares; exponents of ten go aside.
    let mut power: Option<(Vec<f64>, i32)> = None;
    let (mut square, mut scale) = (matrix, 0);
    let mut left = n;
    loop {
        context.work(m * m * m / 4)?;
        if left & 1 == 1 {
            power = Some(match power {
                None => (square.clone(), scale),
                Some((power, own)) => (product(&power, &square, m), own + scale),
            });
        }
        left >>= 1;
        if let Some((power, own)) = &mut power {
            tame(power, own, (k - 1) * m + k - 1);
        }
        if left == 0 {
            break;
        }
        square = product(&square, &square, m);
        scale *= 2;
        tame(&mut square, &mut scale, (k - 1) * m + k - 1);
    }
    let (power, mut scale) = power.unwrap_or_default();
    let mut chance = power[(k - 1) * m + k - 1];
    for i in 1..=n {
        chance = chance * i as f64 / size;
        if chance < 1e-140 {
            chance *= 1e140;
            scale -= 140;
        }
    }
    Ok((1.0 - chance * 10f64.powi(scale)).clamp(0.0, 1.0))
}

/// Keeps a matrix in the range of floats.
fn tame(matrix: &mut [f64], scale: &mut i32, middle: usize) {
    if matrix[middle] > 1e140 {
        matrix.iter_mut().for_each(|x| *x *= 1e-140);
        *scale += 140;
    }
}

/// How likely the greatest distance to one side is `d` or more (Smirnov).
fn one_sided(context: &mut Context<'_>, n: usize, d: f64) -> Result<f64> {
    use super::special::ln_gamma;
    let size = n as f64;
    let most = (size * (1.0 - d)).floor() as usize;
    let mut sum = 0.0;
    for j in 0..=most {
        context.work(2)?;
        let (j, part) = (j as f64, j as f64 / size + d);
        let ways = ln_gamma(size + 1.0) - ln_gamma(j + 1.0) - ln_gamma(size - j + 1.0);
        let rest = if size - j == 0.0 { 0.0 } else { (size - j) * (1.0 - part).max(0.0).ln() };
        sum += (ways + rest + (j - 1.0) * part.ln()).exp();
    }
    Ok((d * sum).min(1.0))
}

/// How likely the distance of two samples of one law is `d` or greater, by all ways of mixing them.
fn smirnov(context: &mut Context<'_>, n: usize, m: usize, d: f64) -> Result<f64> {
    if d <= 0.0 {
        return Ok(1.0);
    }
    if n.saturating_mul(m) > MOST_PAIRS {
        let size = (n as f64) * (m as f64) / (n as f64 + m as f64);
        return Ok(limit_law(d * size.sqrt()));
    }
    // Ways that stay nearer than d, as parts of all ways up to each place. What has left counts no more.
    let (n, m) = (n.min(m), n.max(m));
    let (rows, columns) = (n as f64, m as f64);
    let bound = (d * rows * columns - 1e-7).ceil() - 0.5;
    let is_inside = |i: usize, j: usize| (i as f64 * columns - j as f64 * rows).abs() < bound;
    let mut outside = vec![0.0; m + 1];
    for j in 1..=m {
        outside[j] = if is_inside(0, j) { outside[j - 1] } else { 1.0 };
    }
    for i in 1..=n {
        context.work(1 + m)?;
        if !is_inside(i, 0) {
            outside[0] = 1.0;
        }
        for j in 1..=m {
            outside[j] = if is_inside(i, j) {
                let part = i as f64 / (i + j) as f64;
                part * outside[j] + (1.0 - part) * outside[j - 1]
            } else {
                1.0
            };
        }
    }
    Ok(outside[m])
}

fn kolmogorov_native(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let n = count("ks_test", "the number of elements", arguments.at(0))?;
    let chance = kolmogorov(context, n, number("ks_test", arguments.at(1))?)?;
    Ok(Value::float(chance).into())
}

fn smirnov_native(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let n = count("ks_test", "the number of elements", arguments.at(0))?;
    let m = count("ks_test", "the number of elements", arguments.at(1))?;
    let chance = smirnov(context, n, m, number("ks_test", arguments.at(2))?)?;
    Ok(Value::float(chance).into())
}

/// The row of numbers that tests take.
fn row(context: &mut Context<'_>, name: &str, value: &Value) -> Result<Vec<f64>> {
    let view = view_of(context, name, value, None)?;
    if view.rank() != 1 || view.dtype() == DType::C64 {
        return Err(wrong(name, "a row of real numbers", value));
    }
    checked_bytes(context, name, view.len().saturating_mul(32))?;
    let numbers = view.widened::<f64>().into_owned();
    if let Some(at) = numbers.iter().position(|x| x.is_nan()) {
        return Err(bad_value(format!("{name} takes numbers, and the one at [{at}] is missing (NaN)"))
            .with_hint("t[t.is_finite()] is what is there"));
    }
    Ok(numbers)
}

/// The numbers in order.
fn sorted(context: &mut Context<'_>, mut numbers: Vec<f64>) -> Result<Vec<f64>> {
    context.work(numbers.len() * 4)?;
    numbers.sort_unstable_by(f64::total_cmp);
    Ok(numbers)
}

/// `distance(a, b)`: the greatest difference between the parts of two samples that lie up to a place.
fn distance(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (row(context, "ks_test", arguments.at(0))?, row(context, "ks_test", arguments.at(1))?);
    let (a, b) = (sorted(context, a)?, sorted(context, b)?);
    let (mut i, mut j, mut far) = (0, 0, 0.0f64);
    context.work((a.len() + b.len()) / 4)?;
    while i < a.len() && j < b.len() {
        let place = a[i].min(b[j]);
        while i < a.len() && a[i] <= place {
            i += 1;
        }
        while j < b.len() && b[j] <= place {
            j += 1;
        }
        far = far.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    Ok(Value::float(far).into())
}

/// `ranks(x)`: equal numbers share the mean of their ranks.
fn ranks(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let numbers = row(context, "ranks", arguments.at(0))?;
    context.work(numbers.len() * 4)?;
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_unstable_by(|&x, &y| numbers[x].total_cmp(&numbers[y]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut first = 0;
    while first < order.len() {
        let equal = order[first..].iter().take_while(|&&at| numbers[at] == numbers[order[first]]).count();
        for &at in &order[first..first + equal] {
            ranks[at] = first as f64 + (equal as f64 + 1.0) / 2.0;
        }
        first += equal;
    }
    Ok(give(context, View::of_items([ranks.len()].as_slice().into(), ranks)).into())
}

pub(crate) const DISTANCE: Entry = Entry::function(
    "distance(a, b)",
    distance,
    "The greatest difference between the parts of two samples that lie up to a place.",
)
.at(Place::Hidden)
.pure();

pub(crate) const RANKS: Entry = Entry::function(
    "ranks(x)",
    ranks,
    "The place of each number among all, from 1 on; equal numbers share the mean of theirs.",
)
.pure();

pub(crate) const KOLMOGOROV: Entry = Entry::function(
    "kolmogorov(n, distance)",
    kolmogorov_native,
    "How likely so great a distance of n numbers from their law is.",
)
.at(Place::Hidden)
.pure();

pub(crate) const SMIRNOV: Entry = Entry::function(
    "smirnov(n, m, distance)",
    smirnov_native,
    "How likely so great a distance of two samples of one law is.",
)
.at(Place::Hidden)
.pure();
