//! Reductions: one number of many elements, along an axis or of all of them.
//!
//! **NaN.** What is computed of a NaN is NaN: sums, means, least and greatest elements. The functions whose names begin with
//! `nan_` leave NaN out; where nothing else is there, they give NaN too.

use crate::buffer::{C64, Element};
use crate::dtype::DType;
use crate::lanes::{Lanes, given_axes, keeps_axes, number_option, sum_by, sum_of};
use crate::tensor::{argument, checked_bytes, checked_size, give, give_result};
use crate::view::View;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, number, overflow, wrong};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

const OPTIONS: &[&str] = &["axis", "keepdims", "sample", "ddof"];

/// A reduction as a call asks for it.
struct Reduction<'a> {
    name: &'static str,
    given: WithOptions<'a>,
    view: View,
    lanes: Lanes,
}

impl<'a> Reduction<'a> {
    /// `at` is where the axis may stand among the positional arguments.
    fn of(context: &Context<'_>, name: &'static str, arguments: Arguments<'a>, at: usize) -> Result<Reduction<'a>> {
        let given = WithOptions::of(name, arguments, at, OPTIONS)?;
        let view = argument(name, arguments.at(0))?.clone();
        let axes = given_axes(name, &given, at, view.rank())?;
        let lanes = Lanes::of(&view, axes.as_deref(), keeps_axes(&given));
        checked_size(context, name, &lanes.shape, DType::C64)?;
        let reduction = Reduction { name, given, view, lanes };
        reduction.takes(context, usize::from(!reduction.lanes.view.is_packed()))?;
        Ok(reduction)
    }

    fn dtype(&self) -> DType {
        self.view.dtype()
    }

    /// Says whether the program may hold so many copies of the elements besides.
    fn takes(&self, context: &Context<'_>, copies: usize) -> Result<()> {
        checked_bytes(context, self.name, (copies * self.view.len()).saturating_mul(self.dtype().bytes().max(8)))
    }

    /// The lanes with elements of another kind.
    fn widened<T: Element>(&mut self, context: &Context<'_>) -> Result<()>
    where
        bool: crate::buffer::Convert<T>,
        i64: crate::buffer::Convert<T>,
        f32: crate::buffer::Convert<T>,
        f64: crate::buffer::Convert<T>,
        C64: crate::buffer::Convert<T>,
    {
        if self.dtype() != T::DTYPE {
            self.takes(context, 1)?;
            let items = self.lanes.view.widened::<T>().into_owned();
            self.lanes.view = View::of_items(self.lanes.view.shape.clone(), items);
        }
        Ok(())
    }

    /// Each lane has an element at least.
    fn needs_elements(&self) -> Result<()> {
        if self.lanes.length > 0 || self.lanes.count() == 0 {
            return Ok(());
        }
        Err(bad_value(format!(
            "{} of no elements: the shape is {}",
            self.name,
            crate::view::shown_shape(&self.view.shape)
        )))
    }

    fn refuse_complex(&self) -> Result<()> {
        if self.dtype() != DType::C64 {
            return Ok(());
        }
        Err(Error::type_error(format!("{} takes real numbers: complex ones have no order", self.name))
            .with_hint("real(t), imag(t) and abs(t) are tensors of floats"))
    }

    fn give<T: Element>(&self, context: &Context<'_>, items: Vec<T>) -> Outcome {
        give_result(context, View::of_items(self.lanes.shape.clone(), items)).into()
    }

    /// A reduction of floats, with a result of the same size.
    fn of_floats(mut self, context: &mut Context<'_>, lane: impl Fn(&[f64]) -> f64) -> Result<Outcome> {
        let is_single = self.dtype() == DType::F32;
        self.widened::<f64>(context)?;
        let items = self.lanes.each(context, |_, items: &[f64]| Ok(lane(items)))?;
        if is_single {
            return Ok(self.give(context, items.into_iter().map(|item| item as f32).collect()));
        }
        Ok(self.give(context, items))
    }
}

fn sum(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut reduction = Reduction::of(context, "sum", arguments, 1)?;
    match reduction.dtype() {
        DType::Bool => {
            let count = |items: &[bool]| items.iter().filter(|&&item| item).count() as i64;
            let items = reduction.lanes.each(context, |_, items: &[bool]| Ok(count(items)))?;
            Ok(reduction.give(context, items))
        }
        DType::I64 => {
            let total = |_: &mut Context<'_>, items: &[i64]| {
                let sum: i128 = items.iter().map(|&item| i128::from(item)).sum();
                i64::try_from(sum).map_err(|_| too_large("sum"))
            };
            let items = reduction.lanes.each(context, total)?;
            Ok(reduction.give(context, items))
        }
        DType::C64 => {
            let items = reduction.lanes.each(context, |_, items: &[C64]| Ok(sum_of(items)))?;
            Ok(reduction.give(context, items))
        }
        DType::F32 => reduction.of_floats(context, sum_of),
        DType::F64 => {
            reduction.widened::<f64>(context)?;
            reduction.of_floats(context, sum_of)
        }
    }
}

#[cold]
fn too_large(name: &str) -> Error {
    overflow(format!("this {name}")).with_hint("t.astype(\"f64\") is a tensor of floats")
}

fn product(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut reduction = Reduction::of(context, "product", arguments, 1)?;
    match reduction.dtype() {
        DType::Bool | DType::I64 => {
            reduction.widened::<i64>(context)?;
            let multiply = |_: &mut Context<'_>, items: &[i64]| {
                // A zero makes all else harmless.
                if items.contains(&0) {
                    return Ok(0);
                }
                items
                    .iter()
                    .try_fold(1i64, |product, &item| product.checked_mul(item))
                    .ok_or_else(|| too_large("product"))
            };
            let items = reduction.lanes.each(context, multiply)?;
            Ok(reduction.give(context, items))
        }
        DType::C64 => {
            let items = reduction.lanes.each(context, |_, items: &[C64]| Ok(items.iter().product::<C64>()))?;
            Ok(reduction.give(context, items))
        }
        _ => reduction.of_floats(context, |items| items.iter().product()),
    }
}

fn mean_of(items: &[f64]) -> f64 {
    sum_of(items) / items.len() as f64
}

fn mean(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let reduction = Reduction::of(context, "mean", arguments, 1)?;
    reduction.needs_elements()?;
    if reduction.dtype() == DType::C64 {
        let items = reduction.lanes.each(context, |_, items: &[C64]| Ok(sum_of(items) / items.len() as f64))?;
        return Ok(reduction.give(context, items));
    }
    reduction.of_floats(context, mean_of)
}

/// The mean of the squares of the distances from the mean; NaN where that divides by nothing.
fn variance_of(items: &[f64], less: f64) -> f64 {
    let mean = mean_of(items);
    let squares = sum_by(items, |item| (item - mean) * (item - mean));
    let divisor = items.len() as f64 - less;
    if divisor > 0.0 { squares / divisor } else { f64::NAN }
}

/// How much less than the number of elements a variance is divided by.
fn less(reduction: &Reduction<'_>) -> Result<f64> {
    let is_sample = reduction.given.flag("sample");
    Ok(number_option(reduction.name, &reduction.given, "ddof")?.unwrap_or(f64::from(u8::from(is_sample))))
}

fn variance(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let reduction = Reduction::of(context, "variance", arguments, 1)?;
    reduction.needs_elements()?;
    reduction.refuse_complex()?;
    let less = less(&reduction)?;
    reduction.of_floats(context, |items| variance_of(items, less))
}

fn std(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let reduction = Reduction::of(context, "std", arguments, 1)?;
    reduction.needs_elements()?;
    reduction.refuse_complex()?;
    let less = less(&reduction)?;
    reduction.of_floats(context, |items| variance_of(items, less).sqrt())
}

/// Where the first element is that comes before all others. NaN comes before everything, so that it shows.
fn first_place<T: Copy>(items: &[T], is_nan: impl Fn(T) -> bool, precedes: impl Fn(T, T) -> bool) -> usize {
    let mut best = 0;
    for (at, &item) in items.iter().enumerate() {
        if is_nan(item) {
            return at;
        }
        if precedes(item, items[best]) {
            best = at;
        }
    }
    best
}

/// The least or the greatest element, or where it is.
fn extreme(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    is_greatest: bool,
    is_place: bool,
) -> Result<Outcome> {
    let reduction = Reduction::of(context, name, arguments, 1)?;
    reduction.needs_elements()?;
    reduction.refuse_complex()?;
    macro_rules! found {
        ($type:ty, $is_nan:expr) => {{
            let place = |items: &[$type]| match is_greatest {
                true => first_place(items, $is_nan, |a, b| a > b),
                false => first_place(items, $is_nan, |a, b| a < b),
            };
            if is_place {
                let places = reduction.lanes.each(context, |_, items: &[$type]| Ok(place(items) as i64))?;
                return Ok(reduction.give(context, places));
            }
            let items = reduction.lanes.each(context, |_, items: &[$type]| Ok(items[place(items)]))?;
            Ok(reduction.give(context, items))
        }};
    }
    match reduction.dtype() {
        DType::Bool => found!(bool, |_| false),
        DType::I64 => found!(i64, |_| false),
        DType::F32 => found!(f32, f32::is_nan),
        _ => found!(f64, f64::is_nan),
    }
}

fn min(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    extreme(context, arguments, "min", false, false)
}

fn max(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    extreme(context, arguments, "max", true, false)
}

fn argmin(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    extreme(context, arguments, "argmin", false, true)
}

fn argmax(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    extreme(context, arguments, "argmax", true, true)
}

/// A reduction of booleans.
fn of_booleans<R: Element>(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    lane: impl Fn(&[bool]) -> R,
) -> Result<Outcome> {
    let reduction = Reduction::of(context, name, arguments, 1)?;
    if reduction.dtype() != DType::Bool {
        return Err(
            wrong(name, "a tensor of booleans", arguments.at(0)).with_hint("t.ne(0) says which elements are not 0")
        );
    }
    let items = reduction.lanes.each(context, |_, items: &[bool]| Ok(lane(items)))?;
    Ok(reduction.give(context, items))
}

fn all(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_booleans(context, arguments, "all", |items| items.iter().all(|&item| item))
}

fn any(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_booleans(context, arguments, "any", |items| items.contains(&true))
}

/// The number at a part of the way through the sorted ones, between neighbours by their distance; NaN if there is one.
fn quantile_of(items: &mut [f64], part: f64) -> f64 {
    if items.iter().any(|item| item.is_nan()) {
        return f64::NAN;
    }
    let place = part * (items.len() - 1) as f64;
    let (_, &mut below, behind) = items.select_nth_unstable_by(place.floor() as usize, f64::total_cmp);
    let above = if place.fract() == 0.0 { below } else { behind.iter().copied().fold(f64::INFINITY, f64::min) };
    if below == above { below } else { below + (above - below) * place.fract() }
}

fn median(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let reduction = Reduction::of(context, "median", arguments, 1)?;
    reduction.needs_elements()?;
    reduction.refuse_complex()?;
    reduction.takes(context, 2)?;
    reduction.of_floats(context, |items| quantile_of(&mut items.to_vec(), 0.5))
}

/// `quantile(t, q, axis: null)`.
fn quantile(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let reduction = Reduction::of(context, "quantile", arguments, 2)?;
    let part = number("quantile", arguments.at(1))?;
    if !(0.0..=1.0).contains(&part) {
        return Err(bad_value("quantile takes a part from 0 to 1: 0.5 is the median"));
    }
    reduction.needs_elements()?;
    reduction.refuse_complex()?;
    reduction.takes(context, 2)?;
    reduction.of_floats(context, |items| quantile_of(&mut items.to_vec(), part))
}

/// A reduction of what is there: NaN is left out.
fn without_nan(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    lane: impl Fn(&[f64]) -> f64,
) -> Result<Outcome> {
    let reduction = Reduction::of(context, name, arguments, 1)?;
    reduction.refuse_complex()?;
    reduction.takes(context, 2)?;
    reduction.of_floats(context, |items| {
        let there: Vec<f64> = items.iter().copied().filter(|item| !item.is_nan()).collect();
        lane(&there)
    })
}

fn or_nan(items: &[f64], lane: impl Fn(&[f64]) -> f64) -> f64 {
    if items.is_empty() { f64::NAN } else { lane(items) }
}

fn nan_sum(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_nan(context, arguments, "nan_sum", sum_of)
}

fn nan_mean(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_nan(context, arguments, "nan_mean", |items| or_nan(items, mean_of))
}

fn nan_min(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_nan(context, arguments, "nan_min", |items| items.iter().copied().fold(f64::NAN, f64::min))
}

fn nan_max(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_nan(context, arguments, "nan_max", |items| items.iter().copied().fold(f64::NAN, f64::max))
}

fn nan_std(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let less = less(&Reduction::of(context, "nan_std", arguments, 1)?)?;
    without_nan(context, arguments, "nan_std", |items| or_nan(items, |items| variance_of(items, less).sqrt()))
}

fn nan_median(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    // It puts one more copy in order.
    Reduction::of(context, "nan_median", arguments, 1)?.takes(context, 3)?;
    without_nan(context, arguments, "nan_median", |items| or_nan(items, |items| quantile_of(&mut items.to_vec(), 0.5)))
}

/// Sums or products of all elements up to each; without an axis of the elements in order.
fn running(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, is_sum: bool) -> Result<Outcome> {
    let mut reduction = Reduction::of(context, name, arguments, 1)?;
    let axes = given_axes(name, &reduction.given, 1, reduction.view.rank())?;
    if axes.as_ref().is_some_and(|axes| axes.len() != 1) {
        return Err(bad_value(format!("{name} goes along one axis")));
    }
    let shape = match axes {
        Some(_) => reduction.view.shape.clone(),
        None => [reduction.view.len()].as_slice().into(),
    };
    let length = reduction.lanes.length;
    macro_rules! run {
        ($type:ty, $add:expr, $multiply:expr) => {{
            reduction.widened::<$type>(context)?;
            let items = reduction.lanes.transformed(
                context,
                |_, items: &[$type], results: &mut Vec<$type>| {
                    let mut so_far: Option<$type> = None;
                    for &item in items {
                        let next = match so_far {
                            None => Some(item),
                            Some(so_far) if is_sum => $add(so_far, item),
                            Some(so_far) => $multiply(so_far, item),
                        };
                        let next = next.ok_or_else(|| too_large(if is_sum { "sum" } else { "product" }))?;
                        results.push(next);
                        so_far = Some(next);
                    }
                    Ok(())
                },
                length,
            )?;
            View::of_items(shape, items)
        }};
    }
    let view = match reduction.dtype() {
        DType::Bool | DType::I64 => run!(i64, i64::checked_add, i64::checked_mul),
        DType::C64 => run!(C64, |a: C64, b: C64| Some(a + b), |a: C64, b: C64| Some(a * b)),
        DType::F32 => run!(f32, |a: f32, b: f32| Some(a + b), |a: f32, b: f32| Some(a * b)),
        DType::F64 => run!(f64, |a: f64, b: f64| Some(a + b), |a: f64, b: f64| Some(a * b)),
    };
    Ok(give(context, view).into())
}

fn cumsum(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    running(context, arguments, "cumsum", true)
}

fn cumprod(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    running(context, arguments, "cumprod", false)
}

const fn reduction(signature: &'static str, call: motet_vm::builtins::Call, documentation: &'static str) -> Entry {
    Entry::method(&crate::tensor::TENSOR, signature, call, documentation).pure()
}

pub(crate) static METHODS: &[Entry] = &[
    reduction(
        "sum(tensor, along = null, axis: null, keepdims: false)",
        sum,
        "The sum of all elements, or the sums along an axis, or along a list of axes.",
    ),
    reduction(
        "product(tensor, along = null, axis: null, keepdims: false)",
        product,
        "The product of all elements, or the products along an axis.",
    ),
    reduction("prod(tensor, along = null, axis: null, keepdims: false)", product, "The same, by its name in NumPy."),
    reduction("mean(tensor, along = null, axis: null, keepdims: false)", mean, "The arithmetic mean."),
    reduction(
        "variance(tensor, along = null, axis: null, sample: false, ddof: 0, keepdims: false)",
        variance,
        "The mean of the squares of the distances from the mean: divided by n, or by n - 1 for a sample.",
    ),
    reduction(
        "std(tensor, along = null, axis: null, sample: false, ddof: 0, keepdims: false)",
        std,
        "The standard deviation: the square root of the variance.",
    ),
    reduction("min(tensor, along = null, axis: null, keepdims: false)", min, "The least element; NaN if there is one."),
    reduction(
        "max(tensor, along = null, axis: null, keepdims: false)",
        max,
        "The greatest element; NaN if there is one.",
    ),
    reduction(
        "argmin(tensor, along = null, axis: null, keepdims: false)",
        argmin,
        "Where the least element is: its number, or the numbers along an axis. The first NaN comes before all.",
    ),
    reduction(
        "argmax(tensor, along = null, axis: null, keepdims: false)",
        argmax,
        "Where the greatest element is: its number, or the numbers along an axis.",
    ),
    reduction("all(tensor, along = null, axis: null, keepdims: false)", all, "Whether all booleans are true."),
    reduction("any(tensor, along = null, axis: null, keepdims: false)", any, "Whether some boolean is true."),
    reduction(
        "median(tensor, along = null, axis: null, keepdims: false)",
        median,
        "The number in the middle, or the mean of the two there.",
    ),
    Entry::method(
        &crate::tensor::TENSOR,
        "quantile(tensor, part, along = null, axis: null, keepdims: false)",
        quantile,
        "The number below which a part of the elements lies: 0.5 is the median.",
    )
    .pure(),
    reduction(
        "cumsum(tensor, along = null, axis: null)",
        cumsum,
        "The sum of all elements up to each; without an axis, of the elements in order.",
    ),
    reduction("cumprod(tensor, along = null, axis: null)", cumprod, "The product of all elements up to each."),
    reduction("nan_sum(tensor, along = null, axis: null, keepdims: false)", nan_sum, "The sum without NaN."),
    reduction(
        "nan_mean(tensor, along = null, axis: null, keepdims: false)",
        nan_mean,
        "The mean without NaN; NaN if there is nothing else.",
    ),
    reduction(
        "nan_min(tensor, along = null, axis: null, keepdims: false)",
        nan_min,
        "The least element that is not NaN.",
    ),
    reduction(
        "nan_max(tensor, along = null, axis: null, keepdims: false)",
        nan_max,
        "The greatest element that is not NaN.",
    ),
    reduction(
        "nan_std(tensor, along = null, axis: null, sample: false, ddof: 0, keepdims: false)",
        nan_std,
        "The standard deviation without NaN.",
    ),
    reduction(
        "nan_median(tensor, along = null, axis: null, keepdims: false)",
        nan_median,
        "The number in the middle of what is not NaN.",
    ),
];
