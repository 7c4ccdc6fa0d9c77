//! The module `fft`: Fourier transforms, convolutions, windows.

use crate::buffer::C64;
use crate::dtype::DType;
use crate::make::view_of;
use crate::shaping::axis_of;
use crate::tensor::{checked_size, give};
use crate::view::{Shape, View};
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, number, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use parking_lot::Mutex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Elements above which a transform leaves the task's thread: it knows no safe points.
const MANY: usize = 1 << 14;

/// Plans of recent lengths: making one takes as long as some transforms by it. What one consists of follows from its length
/// alone.
static PLANS: Mutex<Vec<(usize, Way, Plan)>> = Mutex::new(Vec::new());
const MOST_PLANS: usize = 8;
/// Elements above which a plan is not kept.
const MOST_KEPT: usize = 1 << 21;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Back,
    RealForward,
    RealBack,
}

#[derive(Clone)]
enum Plan {
    Complex(Arc<dyn Fft<f64>>),
    RealForward(Arc<dyn RealToComplex<f64>>),
    RealBack(Arc<dyn ComplexToReal<f64>>),
}

/// The plan for a length.
fn plan(length: usize, way: Way) -> Plan {
    if let Some((.., plan)) = PLANS.lock().iter().find(|(known, of, _)| (*known, *of) == (length, way)) {
        return plan.clone();
    }
    let plan = match way {
        Way::Forward => Plan::Complex(FftPlanner::new().plan_fft_forward(length)),
        Way::Back => Plan::Complex(FftPlanner::new().plan_fft_inverse(length)),
        Way::RealForward => Plan::RealForward(RealFftPlanner::new().plan_fft_forward(length)),
        Way::RealBack => Plan::RealBack(RealFftPlanner::new().plan_fft_inverse(length)),
    };
    if length <= MOST_KEPT {
        let mut plans = PLANS.lock();
        if plans.len() == MOST_PLANS {
            plans.remove(0);
        }
        plans.push((length, way, plan.clone()));
    }
    plan
}

/// Transforms lanes of complex numbers of a length, one after the other.
fn transform(items: &mut [C64], length: usize, way: Way) {
    if let Plan::Complex(plan) = plan(length, way) {
        plan.process(items);
    }
}

/// What a call transforms.
#[derive(Clone, Copy)]
enum Kind {
    Forward,
    Inverse,
    /// Of real numbers: the half of the result that says all.
    Real,
    /// Back from that half, to so many real numbers.
    InverseReal(usize),
}

/// The lanes of real numbers along the last axis, each as the half of its transform that says all of it.
fn halves(view: &View) -> View {
    let length = *view.shape.last().unwrap_or(&0);
    let mut shape = view.shape.clone();
    *shape.last_mut().expect("the caller looked") = if length == 0 { 0 } else { length / 2 + 1 };
    if length == 0 || view.is_empty() {
        return View::of_items::<C64>(shape, Vec::new());
    }
    let Plan::RealForward(plan) = plan(length, Way::RealForward) else { unreachable!("as asked for") };
    let mut items = view.widened::<f64>().into_owned();
    let mut results = vec![C64::default(); items.len() / length * (length / 2 + 1)];
    let mut scratch = plan.make_scratch_vec();
    for (lane, result) in items.chunks_exact_mut(length).zip(results.chunks_exact_mut(length / 2 + 1)) {
        plan.process_with_scratch(lane, result, &mut scratch).expect("lengths as planned");
    }
    View::of_items(shape, results)
}

/// Back from such halves to so many real numbers.
fn of_halves(view: &View, wanted: usize) -> View {
    let length = *view.shape.last().unwrap_or(&0);
    let mut shape = view.shape.clone();
    *shape.last_mut().expect("the caller looked") = wanted;
    if length == 0 || wanted == 0 || view.is_empty() {
        let size = shape.iter().product();
        return View::of_items(shape, vec![0.0; size]);
    }
    let Plan::RealBack(plan) = plan(wanted, Way::RealBack) else { unreachable!("as asked for") };
    let items = view.widened::<C64>();
    let mut half = plan.make_input_vec();
    let mut scratch = plan.make_scratch_vec();
    let mut results = vec![0.0; items.len() / length * wanted];
    for (lane, result) in items.chunks_exact(length).zip(results.chunks_exact_mut(wanted)) {
        // What is missing is 0, and the ends of a half are real: no other numbers are their mirror images.
        let known = half.len().min(length);
        half[..known].copy_from_slice(&lane[..known]);
        half[known..].fill(C64::default());
        half[0].im = 0.0;
        if wanted.is_multiple_of(2)
            && let Some(last) = half.last_mut()
        {
            last.im = 0.0;
        }
        plan.process_with_scratch(&mut half, result, &mut scratch).expect("lengths as planned");
    }
    let scale = 1.0 / wanted as f64;
    results.iter_mut().for_each(|item| *item *= scale);
    View::of_items(shape, results)
}

/// The lanes along the last axis, each transformed.
fn transformed(view: &View, kind: Kind) -> View {
    match kind {
        Kind::Real => return halves(view),
        Kind::InverseReal(wanted) => return of_halves(view, wanted),
        Kind::Forward | Kind::Inverse => {}
    }
    let shape = view.shape.clone();
    let length = *shape.last().unwrap_or(&0);
    let mut items = view.widened::<C64>().into_owned();
    if length == 0 || items.is_empty() {
        return View::of_items::<C64>(shape, items);
    }
    let is_back = matches!(kind, Kind::Inverse);
    transform(&mut items, length, if is_back { Way::Back } else { Way::Forward });
    if is_back {
        let scale = 1.0 / length as f64;
        items.iter_mut().for_each(|item| *item *= scale);
    }
    View::of_items(shape, items)
}

/// The same along another axis.
fn along(view: &View, axis: usize, kind: Kind) -> View {
    let mut order: Vec<usize> = (0..view.rank()).collect();
    order.swap(axis, view.rank() - 1);
    transformed(&view.permuted(&order), kind).permuted(&order)
}

/// Has it done away from the task's thread, if it takes long.
fn away(
    context: &mut Context<'_>,
    name: &'static str,
    view: View,
    make: impl FnOnce(&View) -> View + Send + 'static,
) -> Result<Outcome> {
    checked_size(context, name, &view.shape, DType::C64)?;
    if view.len() <= MANY {
        context.work(view.len() * 8)?;
        return Ok(give(context, make(&view)).into());
    }
    // The elements as complex ones, what the routine works in, and the result.
    let bytes = view.len() * 64;
    context.offload(name, bytes, move || Ok(make(&view)), |context, view| Ok(give(context, view)))
}

fn input(context: &mut Context<'_>, name: &str, value: &Value) -> Result<View> {
    let view = view_of(context, name, value, None)?;
    if view.rank() == 0 {
        return Err(wrong(name, "a tensor with axes", value));
    }
    Ok(view)
}

fn one_axis(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, kind: Kind) -> Result<Outcome> {
    let given = WithOptions::of(name, arguments, 1, &["axis"])?;
    let view = input(context, name, arguments.at(0))?;
    if matches!(kind, Kind::Real) && view.dtype() == DType::C64 {
        return Err(wrong(name, "a tensor of real numbers", arguments.at(0)).with_hint("fft(t) takes complex ones"));
    }
    let axis = given.option("axis").map_or(Ok(view.rank() - 1), |axis| axis_of(name, &axis, view.rank()))?;
    away(context, name, view, move |view| along(view, axis, kind))
}

fn fft(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    one_axis(context, arguments, "fft", Kind::Forward)
}

fn ifft(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    one_axis(context, arguments, "ifft", Kind::Inverse)
}

fn rfft(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    one_axis(context, arguments, "rfft", Kind::Real)
}

/// `irfft(t, n = null, axis: -1)`.
fn irfft(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "irfft";
    let given = WithOptions::of(NAME, arguments, 1, &["axis"])?;
    let view = input(context, NAME, arguments.at(0))?;
    let axis = given.option("axis").map_or(Ok(view.rank() - 1), |axis| axis_of(NAME, &axis, view.rank()))?;
    let length = match given.at(1) {
        Some(length) => count(NAME, "the number of elements", length)?,
        None => view.shape[axis].saturating_sub(1) * 2,
    };
    let mut shape = view.shape.clone();
    shape[axis] = length;
    checked_size(context, NAME, &shape, DType::C64)?;
    away(context, NAME, view, move |view| along(view, axis, Kind::InverseReal(length)))
}

fn two_axes(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, kind: Kind) -> Result<Outcome> {
    let view = input(context, name, arguments.at(0))?;
    let rank = view.rank();
    if rank < 2 {
        return Err(wrong(name, "a tensor of two axes at least", arguments.at(0)));
    }
    away(context, name, view, move |view| along(&along(view, rank - 1, kind), rank - 2, kind))
}

fn fft2(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    two_axes(context, arguments, "fft2", Kind::Forward)
}

fn ifft2(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    two_axes(context, arguments, "ifft2", Kind::Inverse)
}

/// `fftfreq(n, d = 1)`: the frequencies of the elements of a transform.
fn freq(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
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

fn shift(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    shifted(context, arguments, "fftshift", false)
}

fn ishift(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    shifted(context, arguments, "ifftshift", true)
}

/// The sums of products of two rows of numbers, one of them shifted: by transforms if both are long.
fn convolved(a: &[C64], b: &[C64]) -> Vec<C64> {
    const FEW: usize = 64;
    let length = a.len() + b.len() - 1;
    if a.len().min(b.len()) <= FEW {
        let mut result = vec![C64::default(); length];
        for (at, &x) in a.iter().enumerate() {
            result[at..].iter_mut().zip(b).for_each(|(sum, &y)| *sum += x * y);
        }
        return result;
    }
    let size = length.next_power_of_two();
    let spread = |items: &[C64]| {
        let mut whole = items.to_vec();
        whole.resize(size, C64::default());
        transform(&mut whole, size, Way::Forward);
        whole
    };
    let mut product: Vec<C64> = spread(a).iter().zip(spread(b)).map(|(x, y)| x * y).collect();
    transform(&mut product, size, Way::Back);
    product.truncate(length);
    product.iter_mut().for_each(|item| *item /= size as f64);
    product
}

fn two_rows(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    is_correlation: bool,
) -> Result<Outcome> {
    let given = WithOptions::of(name, arguments, 2, &["mode"])?;
    let (a, b) = (input(context, name, arguments.at(0))?, input(context, name, arguments.at(1))?);
    for (view, value) in [(&a, arguments.at(0)), (&b, arguments.at(1))] {
        if view.rank() != 1 || view.is_empty() {
            return Err(wrong(name, "tensors of one axis with elements", value));
        }
    }
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    let whole = a.len() + b.len() - 1;
    // Where the part begins that is wanted, and how long it is.
    let mode = given.option("mode");
    let (first, length) = match mode.as_ref().map_or(Some("full"), Value::as_str) {
        Some("full") => (0, whole),
        Some("same") => ((shorter - 1) / 2, longer),
        Some("valid") => (shorter - 1, longer - shorter + 1),
        _ => return Err(bad_value(format!("{name} has the modes \"full\", \"same\" and \"valid\""))),
    };
    let dtype = a.dtype().with(b.dtype());
    let shape: Shape = [whole].as_slice().into();
    checked_size(context, name, &shape, DType::C64)?;
    let both = move |b: &View| {
        let (x, mut y) = (a.widened::<C64>().into_owned(), b.widened::<C64>().into_owned());
        if is_correlation {
            y.reverse();
            y.iter_mut().for_each(|item| *item = item.conj());
        }
        let items = &convolved(&x, &y)[first..first + length];
        let shape: Shape = [length].as_slice().into();
        match dtype {
            DType::C64 => View::of_items(shape, items.to_vec()),
            _ => View::of_items(shape, items.iter().map(|item| item.re).collect::<Vec<f64>>()),
        }
    };
    if whole <= MANY {
        context.work(whole * shorter.min(64))?;
        return Ok(give(context, both(&b)).into());
    }
    context.offload(name, whole * 160, move || Ok(both(&b)), |context, view| Ok(give(context, view)))
}

fn convolve(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    two_rows(context, arguments, "convolve", false)
}

fn correlate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    two_rows(context, arguments, "correlate", true)
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

fn hann(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    window(context, &arguments, "hann", [0.5, 0.5, 0.0])
}

fn hamming(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    window(context, &arguments, "hamming", [0.54, 0.46, 0.0])
}

fn blackman(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
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
fn kaiser(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
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

/// `rfftfreq(n, d = 1)`: the frequencies of the elements of a transform of real numbers.
fn real_freq(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let length = count("rfftfreq", "the number of elements", arguments.at(0))?;
    let distance = arguments.get(1).map_or(Ok(1.0), |distance| number("rfftfreq", distance))?;
    let half = if length == 0 { 0 } else { length / 2 + 1 };
    checked_size(context, "rfftfreq", &[half], DType::F64)?;
    context.work(half / 8)?;
    let items: Vec<f64> = (0..half).map(|at| at as f64 / (length as f64 * distance)).collect();
    Ok(give(context, View::of_items([half].as_slice().into(), items)).into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "fft",
    documentation: "Fourier transforms, convolutions and windows.",
    entries: &[
        Entry::function("fft(tensor, axis: -1)", fft, "The discrete Fourier transform along an axis.").pure(),
        Entry::function("ifft(tensor, axis: -1)", ifft, "The inverse of `fft`.").pure(),
        Entry::function(
            "rfft(tensor, axis: -1)",
            rfft,
            "The transform of real numbers: the n / 2 + 1 elements that say all of it.",
        )
        .pure(),
        Entry::function("irfft(tensor, n = null, axis: -1)", irfft, "The inverse of `rfft`, of `n` real numbers.")
            .pure(),
        Entry::function("fft2(tensor)", fft2, "The transform along the last two axes.").pure(),
        Entry::function("ifft2(tensor)", ifft2, "The inverse of `fft2`.").pure(),
        Entry::function(
            "fftfreq(n, d = 1)",
            freq,
            "The frequencies of the n elements of a transform of samples at a distance.",
        )
        .pure(),
        Entry::function("fftshift(tensor)", shift, "With frequency 0 in the middle.").pure(),
        Entry::function("ifftshift(tensor)", ishift, "The inverse of `fftshift`.").pure(),
        Entry::function(
            "convolve(a, b, mode: \"full\")",
            convolve,
            "The convolution of two rows of numbers: \"full\", \"same\" or \"valid\".",
        )
        .pure(),
        Entry::function("correlate(a, b, mode: \"full\")", correlate, "The correlation of two rows of numbers.").pure(),
        Entry::function("hann(n)", hann, "The weights of Hann's window.").pure(),
        Entry::function("hamming(n)", hamming, "The weights of Hamming's window.").pure(),
        Entry::function("blackman(n)", blackman, "The weights of Blackman's window.").pure(),
        Entry::function(
            "kaiser(n, beta)",
            kaiser,
            "The weights of Kaiser's window: the larger `beta`, the narrower it is; 8.6 is near Blackman's.",
        )
        .pure(),
        Entry::function(
            "rfftfreq(n, d = 1)",
            real_freq,
            "The frequencies of the elements of `rfft` of n samples at a distance.",
        )
        .pure(),
    ],
    source: None,
};
