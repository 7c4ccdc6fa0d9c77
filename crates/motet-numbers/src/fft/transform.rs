//! Transforms of lanes, by rustfft and realfft, and the plans for their lengths.

use crate::buffer::{C64, with_type};
use crate::shaping::joined;
use crate::view::View;
use parking_lot::Mutex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Plans of recent lengths: making one takes as long as some transforms by it. What one consists of follows from its length
/// alone.
static PLANS: Mutex<Vec<(usize, Way, Plan)>> = Mutex::new(Vec::new());
const MOST_PLANS: usize = 8;
/// Elements above which a plan is not kept.
const MOST_KEPT: usize = 1 << 21;

/// What plans differ in beside the length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
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
pub(super) fn transform(items: &mut [C64], length: usize, way: Way) {
    if let Plan::Complex(plan) = plan(length, way) {
        plan.process(items);
    }
}

/// How lanes are transformed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

/// An axis with its first elements, or with zeros behind them.
pub(super) fn resized(view: &View, axis: usize, length: usize) -> View {
    let known = view.shape[axis];
    if length <= known {
        return view.sliced(axis, 0, length, 1);
    }
    let mut shape = view.shape.clone();
    shape[axis] = length - known;
    let zeros =
        with_type!(view.dtype(), T => View::of_items(shape.clone(), vec![T::default(); shape.iter().product()]));
    joined(&[view.clone(), zeros], axis)
}

/// The lanes along an axis, each transformed.
pub(super) fn along(view: &View, axis: usize, kind: Kind) -> View {
    let mut order: Vec<usize> = (0..view.rank()).collect();
    order.swap(axis, view.rank() - 1);
    transformed(&view.permuted(&order), kind).permuted(&order)
}
