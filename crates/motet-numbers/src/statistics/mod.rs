//! The modules `statistics` and `special`: distributions, tests, regression, and the functions that they are made of.
//!
//! | module | its one job |
//! |---|---|
//! | `special` | gamma, beta, erf and the like, of single numbers |
//! | `law` | what is known of each law |
//! | `draws` | numbers of a law, each computed from a seed and its own number |
//! | `distribution` | laws as values of programs |
//! | `exact` | the laws of Kolmogorov's and Smirnov's distances |
//! | `statistics.soc` | the rest of the module `statistics`, in Motet |

mod distribution;
mod draws;
mod exact;
mod law;
pub(crate) mod special;

pub(crate) use distribution::{DISTRIBUTION, FIELDS};

use crate::dtype::DType;
use crate::make::view_of;
use crate::small;
use crate::tensor::{checked_bytes, checked_size, give_result, read};
use crate::view::{Shape, View, common_shape, shown_shape};
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// Units of work that a piece of a tensor takes: some milliseconds.
const PIECE: usize = 1 << 17;

/// What a function gives for each element of up to three tensors, lists or numbers, as floats; `units` is what one takes.
fn each(
    context: &mut Context<'_>,
    name: &str,
    given: &[&Value],
    units: usize,
    apply: impl Fn(&[f64]) -> f64 + Sync,
) -> Result<Outcome> {
    let mut numbers = [0.0; 3];
    let numbers = &mut numbers[..given.len()];
    if given
        .iter()
        .zip(numbers.iter_mut())
        .all(|(value, number)| value.as_number().map(|found| *number = found).is_some())
    {
        context.work(units)?;
        return Ok(Value::float(apply(numbers)).into());
    }
    let mut views = Vec::with_capacity(given.len());
    let mut shape = Shape::new();
    for &value in given {
        let view = view_of(context, name, value, None)?;
        if view.dtype() == DType::C64 {
            return Err(wrong(name, "real numbers", value));
        }
        shape = common_shape(&shape, &view.shape).map_err(|_| {
            bad_value(format!(
                "{name} takes tensors that fit: {} is beside {}",
                shown_shape(&view.shape),
                shown_shape(&shape)
            ))
        })?;
        views.push(view);
    }
    let size = checked_size(context, name, &shape, DType::F64)?;
    checked_bytes(context, name, size.saturating_mul(8 * (1 + views.len())))?;
    context.work(size / 4)?;
    let sides: Vec<_> = views.iter().map(|view| view.broadcast(&shape)).collect();
    let sides: Vec<_> = sides.iter().map(|view| view.widened::<f64>()).collect();
    let mut results = vec![0.0; size];
    let length = (PIECE / units.max(1)).clamp(1, 1 << 14);
    context.in_parallel(&mut results, length, length.saturating_mul(units), &|piece, part| {
        let first = piece * length;
        let mut numbers = [0.0; 3];
        for (at, result) in part.iter_mut().enumerate() {
            for (number, side) in numbers.iter_mut().zip(&sides) {
                *number = side[first + at];
            }
            *result = apply(&numbers[..sides.len()]);
        }
    })?;
    Ok(give_result(context, View::of_items(shape, results)).into())
}

/// Units of work for the greatest parameter that a call names.
fn units_of(given: &[&Value]) -> usize {
    let size = given.iter().map(|value| match read(value) {
        // Each element may be the largest.
        Some(view) if view.dtype() != DType::C64 => {
            view.widened::<f64>().iter().fold(0.0, |most: f64, x| most.max(x.abs()))
        }
        _ => value.as_number().unwrap_or(1e10).abs(),
    });
    8 + size.fold(0.0, f64::max).min(1e10).sqrt() as usize
}

macro_rules! special {
    ($($call:ident $name:literal $count:literal |$x:ident| $apply:expr;)*) => {
        $(fn $call(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            let given: Vec<&Value> = (0..$count).map(|at| arguments.at(at)).collect();
            let units = if $count > 1 { units_of(&given) } else { 4 };
            each(context, $name, &given, units, |$x| $apply)
        })*
    };
}

special! {
    gamma "gamma" 1 |x| special::gamma_of(x[0]);
    lgamma "lgamma" 1 |x| special::ln_gamma(x[0]);
    digamma "digamma" 1 |x| special::digamma(x[0]);
    erf "erf" 1 |x| special::erf(x[0]);
    erfc "erfc" 1 |x| special::erfc(x[0]);
    erf_inverse "erf_inverse" 1 |x| special::erf_inverse(x[0]);
    erfc_inverse "erfc_inverse" 1 |x| special::erfc_inverse(x[0]);
    beta "beta" 2 |x| special::beta(x[0], x[1]);
    lbeta "lbeta" 2 |x| special::ln_beta(x[0], x[1]);
    gamma_lower "gamma_lower" 2 |x| special::gamma_parts(x[0], x[1])[0];
    gamma_upper "gamma_upper" 2 |x| special::gamma_parts(x[0], x[1])[1];
    beta_lower "beta_lower" 3 |x| special::beta_parts(x[0], x[1], x[2], 1.0 - x[2])[0];
}

/// The module `special`.
pub(crate) static SPECIAL: NativeModule = NativeModule {
    name: "special",
    documentation: "Functions of mathematics beyond those of `math`, of numbers and, element by element, of tensors.",
    entries: &[
        Entry::function("gamma(x)", gamma, "Gamma of a number: (x - 1)! for a whole one.").pure(),
        Entry::function("lgamma(x)", lgamma, "The logarithm of the absolute value of `gamma`.").pure(),
        Entry::function("digamma(x)", digamma, "The derivative of `lgamma`.").pure(),
        Entry::function("beta(a, b)", beta, "gamma(a) * gamma(b) / gamma(a + b), for numbers above 0.").pure(),
        Entry::function("lbeta(a, b)", lbeta, "The logarithm of `beta`.").pure(),
        Entry::function("erf(x)", erf, "The error function: the part of a normal distribution near its middle.").pure(),
        Entry::function("erfc(x)", erfc, "1 - erf(x), exact for large x.").pure(),
        Entry::function("erf_inverse(y)", erf_inverse, "The number whose `erf` this is.").pure(),
        Entry::function("erfc_inverse(y)", erfc_inverse, "The number whose `erfc` this is.").pure(),
        Entry::function(
            "gamma_lower(a, x)",
            gamma_lower,
            "The incomplete gamma function from 0 to x, as a part of the whole: SciPy's `gammainc`.",
        )
        .pure(),
        Entry::function("gamma_upper(a, x)", gamma_upper, "1 - gamma_lower(a, x), exact for large x.").pure(),
        Entry::function(
            "beta_lower(a, b, x)",
            beta_lower,
            "The incomplete beta function from 0 to x, as a part of the whole: SciPy's `betainc`.",
        )
        .pure(),
    ],
    source: None,
};

/// The module `statistics`.
pub(crate) static MODULE: NativeModule = NativeModule {
    name: "statistics",
    documentation: "Distributions, tests, correlation and regression, of lists and tensors of numbers. `mean`, `median`, `variance`, `std` and `quantile` need no module.",
    entries: &[
        distribution::MAKE,
        distribution::PDF,
        distribution::PMF,
        distribution::CDF,
        distribution::SF,
        distribution::QUANTILE,
        distribution::PPF,
        distribution::SAMPLE,
        exact::KOLMOGOROV,
        exact::SMIRNOV,
        exact::DISTANCE,
        exact::RANKS,
        small::LEAST_SQUARES,
    ],
    source: Some(include_str!("statistics.soc")),
};
