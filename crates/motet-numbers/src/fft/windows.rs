//! What stands beside transforms: frequencies, and windows.

use super::input;
use crate::dtype::DType;
use crate::tensor::{checked_size, give};
use crate::view::View;
use motet_vm::builtins::arguments::{bad_value, count, number};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `fftfreq(n, d = 1)`: the frequencies of the elements of a transform.
pub(super) fn freq(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let length = count("fftfreq", "the number of elements", arguments.at(0))?;
    let distance = arguments.get(1).map_or(Ok(1.0), |distance| number("fftfreq", distance))?;
    checked_size(context, "fftfreq", &[length], DType::F64)?;
    context.work(length / 8)?;
    let positive = length.div_ceil(2);
    let items = (0..length).map(|at| if at < positive { at as f64 } else { at as f64 - length as f64 });
    let items: Vec<f64> = items.map(|number| number / (length as f64 * distance)).collect();
    Ok(give(context, View::of_items([length].as_slice().into(), items)).into())
}

/// All axes turned around by half of their length, or by the rest of it.
fn shifted(context: &mut Context<'_>, arguments: Arguments<'_>, name: &str, is_back: bool) -> Result<Outcome> {
    let mut view = input(context, name, arguments.at(0))?;
    checked_size(context, name, &view.shape, DType::C64)?;
    context.work(view.len() / 4 * view.rank())?;
    for axis in 0..view.rank() {
        let length = view.shape[axis];
        let first = if is_back { length / 2 } else { length.div_ceil(2) };
        let parts =
            [view.sliced(axis, first.min(length.saturating_sub(1)), length - first, 1), view.sliced(axis, 0, first, 1)];
        view = crate::shaping::joined(&parts, axis);
    }
    Ok(give(context, view).into())
}

pub(super) fn shift(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    shifted(context, arguments, "fftshift", false)
}

pub(super) fn ishift(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    shifted(context, arguments, "ifftshift", true)
}

/// `rfftfreq(n, d = 1)`: the frequencies of the elements of a transform of real numbers.
pub(super) fn real_freq(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let length = count("rfftfreq", "the number of elements", arguments.at(0))?;
    let distance = arguments.get(1).map_or(Ok(1.0), |distance| number("rfftfreq", distance))?;
    let half = if length == 0 { 0 } else { length / 2 + 1 };
    checked_size(context, "rfftfreq", &[half], DType::F64)?;
    context.work(half / 8)?;
    let items: Vec<f64> = (0..half).map(|at| at as f64 / (length as f64 * distance)).collect();
    Ok(give(context, View::of_items([half].as_slice().into(), items)).into())
}

/// A window: weights that fall off towards the ends, by cosines of an angle that goes once around.
fn window(context: &mut Context<'_>, arguments: &Arguments<'_>, name: &str, weights: [f64; 3]) -> Result<Outcome> {
    let length = count(name, "the number of elements", arguments.at(0))?;
    checked_size(context, name, &[length], DType::F64)?;
    context.work(length)?;
    let last = length.saturating_sub(1).max(1) as f64;
    let weight = |at: usize| {
        let angle = std::f64::consts::TAU * at as f64 / last;
        if length == 1 { 1.0 } else { weights[0] - weights[1] * angle.cos() + weights[2] * (2.0 * angle).cos() }
    };
    Ok(give(context, View::of_items([length].as_slice().into(), (0..length).map(weight).collect::<Vec<f64>>())).into())
}

pub(super) fn hann(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    window(context, &arguments, "hann", [0.5, 0.5, 0.0])
}

pub(super) fn hamming(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    window(context, &arguments, "hamming", [0.54, 0.46, 0.0])
}

pub(super) fn blackman(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    window(context, &arguments, "blackman", [0.42, 0.5, 0.08])
}

/// Bessel's function of order 0 of an imaginary number, which Kaiser's window is made of.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for index in 1..2000 {
        let part = x / (2.0 * f64::from(index));
        term *= part * part;
        sum += term;
        if term < sum * f64::EPSILON / 4.0 {
            break;
        }
    }
    sum
}

/// `kaiser(n, beta)`.
pub(super) fn kaiser(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "kaiser";
    let length = count(NAME, "the number of elements", arguments.at(0))?;
    let beta = number(NAME, arguments.at(1))?;
    if !(0.0..=700.0).contains(&beta) {
        return Err(bad_value(format!("kaiser takes a beta from 0 to 700, not {beta}")));
    }
    checked_size(context, NAME, &[length], DType::F64)?;
    let (whole, middle) = (bessel(beta), length.saturating_sub(1) as f64 / 2.0);
    let mut weights = Vec::with_capacity(length);
    for at in 0..length {
        context.work(16 + beta as usize)?;
        let place = if length == 1 { 0.0 } else { (at as f64 - middle) / middle };
        weights.push(bessel(beta * (1.0 - place * place).max(0.0).sqrt()) / whole);
    }
    Ok(give(context, View::of_items([length].as_slice().into(), weights)).into())
}
