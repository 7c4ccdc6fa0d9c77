//! Two rows of numbers: convolution and correlation.

use super::transform::{Way, transform};
use super::{MANY, input};
use crate::buffer::C64;
use crate::dtype::DType;
use crate::tensor::{checked_size, give};
use crate::view::{Shape, View};
use motet_vm::builtins::arguments::{WithOptions, bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

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

pub(super) fn convolve(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    two_rows(context, arguments, "convolve", false)
}

pub(super) fn correlate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    two_rows(context, arguments, "correlate", true)
}
