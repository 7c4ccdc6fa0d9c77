//! The module `fft`: Fourier transforms, convolutions, windows.
//!
//! | module | its one job |
//! |---|---|
//! | `transform` | transforms of lanes, and the plans for their lengths |
//! | `rows` | convolution and correlation |
//! | `windows` | frequencies and windows |

mod rows;
mod transform;
mod windows;

use crate::dtype::DType;
use crate::make::view_of;
use crate::shaping::axis_of;
use crate::tensor::{checked_size, give};
use crate::view::{Shape, View};
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use transform::{Kind, along, resized};

/// Elements above which a transform leaves the task's thread: it knows no safe points.
const MANY: usize = 1 << 14;

fn input(context: &mut Context<'_>, name: &str, value: &Value) -> Result<View> {
    let view = view_of(context, name, value, None)?;
    if view.rank() == 0 {
        return Err(wrong(name, "a tensor with axes", value));
    }
    Ok(view)
}

/// What is done along one axis: it gets another length first, if one is given.
struct Step {
    axis: usize,
    length: Option<usize>,
    kind: Kind,
}

/// Has the steps done, away from the task's thread if they take long.
fn run(context: &mut Context<'_>, name: &'static str, view: View, steps: Vec<Step>) -> Result<Outcome> {
    let mut shape: Shape = view.shape.clone();
    let mut most = view.len();
    for step in &steps {
        let length = match step.kind {
            Kind::InverseReal(length) => length,
            _ => step.length.unwrap_or(shape[step.axis]),
        };
        if length == 0 && !shape.contains(&0) {
            return Err(bad_value(format!("{name} takes as the number of elements 1 or more, not 0")));
        }
        shape[step.axis] = length.max(shape[step.axis]);
        checked_size(context, name, &shape, DType::C64)?;
        most = most.max(shape.iter().product());
        shape[step.axis] = if step.kind == Kind::Real { length / 2 + 1 } else { length };
    }
    let make = move |mut view: View| {
        for Step { axis, length, kind } in steps {
            if let Some(length) = length {
                view = resized(&view, axis, length);
            }
            view = along(&view, axis, kind);
        }
        view
    };
    if most <= MANY {
        context.work(most * 8)?;
        return Ok(give(context, make(view)).into());
    }
    // The elements as complex ones, what the routine works in, and the result.
    let bytes = most * 64;
    context.offload(name, bytes, move || Ok(make(view)), |context, view| Ok(give(context, view)))
}

/// How many real numbers a transform of real numbers stands for.
fn whole(view: &View, axis: usize) -> usize {
    view.shape[axis].saturating_sub(1) * 2
}

#[cold]
fn no_real(name: &str, value: &Value) -> motet_vm::Error {
    let complex = &name[1..];
    wrong(name, "a tensor of real numbers", value).with_hint(format!("{complex}(t) takes complex ones"))
}

/// `fft(t, n = null, axis: -1)` and the like.
fn one_axis(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    kind: fn(usize) -> Kind,
) -> Result<Outcome> {
    let given = WithOptions::of(name, arguments, 1, &["axis"])?;
    let view = input(context, name, arguments.at(0))?;
    let axis = given.option("axis").map_or(Ok(view.rank() - 1), |axis| axis_of(name, &axis, view.rank()))?;
    let length = given.at(1).filter(|length| !length.is_null());
    let length = length.map(|length| count(name, "the number of elements", length)).transpose()?;
    let step = match kind(length.unwrap_or_else(|| whole(&view, axis))) {
        kind @ Kind::InverseReal(_) => Step { axis, length: None, kind },
        Kind::Real if view.dtype() == DType::C64 => return Err(no_real(name, arguments.at(0))),
        kind => Step { axis, length, kind },
    };
    run(context, name, view, vec![step])
}

/// `fftn(t, axes: null, shape: null)` and the like; without axes the last `usual` ones, or all.
fn axes(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    usual: Option<usize>,
    kind: fn(usize) -> Kind,
) -> Result<Outcome> {
    let given = WithOptions::of(name, arguments, 1, &["axes", "shape"])?;
    let view = input(context, name, arguments.at(0))?;
    let rank = view.rank();
    let lengths = match given.option("shape") {
        None => None,
        Some(value) => {
            let list = value.as_list().ok_or_else(|| wrong(name, "a list of lengths as shape", &value))?;
            Some(list.items().iter().map(|length| count(name, "a length", length)).collect::<Result<Vec<usize>>>()?)
        }
    };
    let axes: Vec<usize> = match given.option("axes") {
        Some(value) => {
            let list = value.as_list().ok_or_else(|| wrong(name, "a list of axes as axes", &value))?;
            let axes = list.items().iter().map(|axis| axis_of(name, axis, rank)).collect::<Result<Vec<usize>>>()?;
            if (1..axes.len()).any(|at| axes[..at].contains(&axes[at])) {
                return Err(bad_value(format!("{name}: an axis stands twice in {axes:?}")));
            }
            axes
        }
        None => {
            let usual = lengths.as_ref().map(Vec::len).or(usual).unwrap_or(rank);
            if rank < usual {
                return Err(wrong(name, &format!("a tensor of {usual} axes at least"), arguments.at(0)));
            }
            (rank - usual..rank).collect()
        }
    };
    if axes.is_empty() || lengths.as_ref().is_some_and(|lengths| lengths.len() != axes.len()) {
        let found = lengths.map_or(0, |lengths| lengths.len());
        return Err(bad_value(format!("{name} takes a length for each axis, not {found} for {} axes", axes.len())));
    }
    let last = axes.len() - 1;
    let length = |at: usize| lengths.as_ref().map(|lengths| lengths[at]);
    let step = |at: usize, kind: Kind| Step { axis: axes[at], length: length(at), kind };
    // Real numbers lie along the last axis: it is transformed first, and last on the way back.
    let steps = match kind(length(last).unwrap_or_else(|| whole(&view, axes[last]))) {
        Kind::Real if view.dtype() == DType::C64 => return Err(no_real(name, arguments.at(0))),
        Kind::Real => {
            let others = (0..last).rev().map(|at| step(at, Kind::Forward));
            std::iter::once(step(last, Kind::Real)).chain(others).collect()
        }
        kind @ Kind::InverseReal(_) => {
            let others = (0..last).map(|at| step(at, Kind::Inverse));
            others.chain(std::iter::once(Step { axis: axes[last], length: None, kind })).collect()
        }
        kind => (0..=last).rev().map(|at| step(at, kind)).collect(),
    };
    run(context, name, view, steps)
}

macro_rules! transforms {
    ($($function:ident: $by:ident($($how:expr),*);)*) => {
        $(fn $function(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            $by(context, arguments, stringify!($function), $($how),*)
        })*
    };
}

transforms! {
    fft: one_axis(|_| Kind::Forward);
    ifft: one_axis(|_| Kind::Inverse);
    rfft: one_axis(|_| Kind::Real);
    irfft: one_axis(Kind::InverseReal);
    fft2: axes(Some(2), |_| Kind::Forward);
    ifft2: axes(Some(2), |_| Kind::Inverse);
    rfft2: axes(Some(2), |_| Kind::Real);
    irfft2: axes(Some(2), Kind::InverseReal);
    fftn: axes(None, |_| Kind::Forward);
    ifftn: axes(None, |_| Kind::Inverse);
    rfftn: axes(None, |_| Kind::Real);
    irfftn: axes(None, Kind::InverseReal);
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "fft",
    documentation: "Fourier transforms, convolutions and windows.",
    entries: &[
        Entry::function(
            "fft(tensor, n = null, axis: -1)",
            fft,
            "The discrete Fourier transform along an axis, of `n` elements: the first ones, or with zeros behind them.",
        )
        .pure(),
        Entry::function("ifft(tensor, n = null, axis: -1)", ifft, "The inverse of `fft`.").pure(),
        Entry::function(
            "rfft(tensor, n = null, axis: -1)",
            rfft,
            "The transform of real numbers: the n / 2 + 1 elements that say all of it.",
        )
        .pure(),
        Entry::function("irfft(tensor, n = null, axis: -1)", irfft, "The inverse of `rfft`, of `n` real numbers.")
            .pure(),
        Entry::function("fft2(tensor, axes: null, shape: null)", fft2, "The transform along two axes, the last ones.")
            .pure(),
        Entry::function("ifft2(tensor, axes: null, shape: null)", ifft2, "The inverse of `fft2`.").pure(),
        Entry::function(
            "rfft2(tensor, axes: null, shape: null)",
            rfft2,
            "The same of real numbers: the half that says all of it.",
        )
        .pure(),
        Entry::function(
            "irfft2(tensor, axes: null, shape: null)",
            irfft2,
            "The inverse of `rfft2`; `shape` is that of the real numbers.",
        )
        .pure(),
        Entry::function("fftn(tensor, axes: null, shape: null)", fftn, "The transform along all axes, or some.").pure(),
        Entry::function("ifftn(tensor, axes: null, shape: null)", ifftn, "The inverse of `fftn`.").pure(),
        Entry::function(
            "rfftn(tensor, axes: null, shape: null)",
            rfftn,
            "The same of real numbers: the half that says all of it.",
        )
        .pure(),
        Entry::function(
            "irfftn(tensor, axes: null, shape: null)",
            irfftn,
            "The inverse of `rfftn`; `shape` is that of the real numbers.",
        )
        .pure(),
        Entry::function(
            "fftfreq(n, d = 1)",
            windows::freq,
            "The frequencies of the n elements of a transform of samples at a distance.",
        )
        .pure(),
        Entry::function("fftshift(tensor)", windows::shift, "With frequency 0 in the middle.").pure(),
        Entry::function("ifftshift(tensor)", windows::ishift, "The inverse of `fftshift`.").pure(),
        Entry::function(
            "convolve(a, b, mode: \"full\")",
            rows::convolve,
            "The convolution of two rows of numbers: \"full\", \"same\" or \"valid\".",
        )
        .pure(),
        Entry::function("correlate(a, b, mode: \"full\")", rows::correlate, "The correlation of two rows of numbers.")
            .pure(),
        Entry::function("hann(n)", windows::hann, "The weights of Hann's window.").pure(),
        Entry::function("hamming(n)", windows::hamming, "The weights of Hamming's window.").pure(),
        Entry::function("blackman(n)", windows::blackman, "The weights of Blackman's window.").pure(),
        Entry::function(
            "kaiser(n, beta)",
            windows::kaiser,
            "The weights of Kaiser's window: the larger `beta`, the narrower it is; 8.6 is near Blackman's.",
        )
        .pure(),
        Entry::function(
            "rfftfreq(n, d = 1)",
            windows::real_freq,
            "The frequencies of the elements of `rfft` of n samples at a distance.",
        )
        .pure(),
    ],
    source: None,
};
