//! Laws as values of programs: objects with methods, which all threads share.

use super::draws::Draws;
use super::each;
use super::law::{LAWS, Law};
use crate::dtype::DType;
use crate::make::{shape_of, shown_place, view_of};
use crate::random::seed;
use crate::tensor::{checked_size, give_result};
use crate::view::View;
use motet_vm::builtins::arguments::{WithOptions, bad_value, describe, text, wrong};
use motet_vm::builtins::{Entry, Field, Place};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

pub(crate) static DISTRIBUTION: ForeignKind = ForeignKind::new("Distribution");

struct Distribution(Law);

impl ForeignObject for Distribution {
    fn kind(&self) -> &'static ForeignKind {
        &DISTRIBUTION
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        other.downcast_ref::<Distribution>().is_some_and(|other| self.0 == other.0)
    }

    fn hash(&self) -> Option<u64> {
        let (name, parameters) = self.0.parts();
        let start = name.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte));
        // Both zeros are equal.
        Some(
            parameters.iter().fold(start, |hash, x| {
                (hash ^ (x + 0.0).to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
            }),
        )
    }

    fn display(&self) -> Option<String> {
        let (name, parameters) = self.0.parts();
        let shown: Vec<String> = parameters.iter().map(f64::to_string).collect();
        Some(format!("{name}({})", shown.join(", ")))
    }
}

/// The law that a method was called of.
fn law(arguments: &Arguments<'_>) -> Result<Law> {
    let value = arguments.at(0);
    let foreign = value.as_foreign().and_then(|foreign| foreign.shared_as::<Distribution>());
    foreign.map(|found| found.0).ok_or_else(|| wrong("this", "a distribution", value))
}

/// `distribution(name, ...parameters)`: what the source of the module makes distributions with.
fn make(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = text("distribution", arguments.at(0))?.as_str();
    let Some((name, parameters, make)) = LAWS.iter().find(|(known, ..)| *known == name) else {
        return Err(bad_value(format!("there is no distribution {name}")));
    };
    if arguments.len() <= parameters.len() {
        return Err(bad_value(format!("{name} takes {} parameters", parameters.len())));
    }
    let mut numbers = Vec::with_capacity(parameters.len());
    for (at, (parameter, bound)) in parameters.iter().enumerate() {
        let value = arguments.at(at + 1);
        let number = value.as_number().ok_or_else(|| wrong(name, &format!("a number as {parameter}"), value))?;
        if !bound.holds(number) {
            return Err(bad_value(format!(
                "{parameter} of {name} is {}, not {}",
                bound.description(),
                describe(value)
            )));
        }
        numbers.push(number);
    }
    let law = make(&numbers);
    if let Law::Uniform { low, high } = law
        && (low >= high || !(high - low).is_finite())
    {
        return Err(bad_value(format!("uniform goes from the lower end to the higher one, not from {low} to {high}")));
    }
    Ok(context.heap().shared_foreign(Arc::new(Distribution(law))).into())
}

fn pdf(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let law = law(&arguments)?;
    each(context, "pdf", &[arguments.at(1)], 4, |x| law.density(x[0]))
}

fn cdf(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let law = law(&arguments)?;
    each(context, "cdf", &[arguments.at(1)], law.units(), |x| law.parts_at(x[0])[0])
}

fn sf(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let law = law(&arguments)?;
    each(context, "sf", &[arguments.at(1)], law.units(), |x| law.parts_at(x[0])[1])
}

fn quantile(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let law = law(&arguments)?;
    let value = arguments.at(1);
    let is_outside = |part: f64| !part.is_nan() && !(0.0..=1.0).contains(&part);
    match value.as_number() {
        Some(part) if is_outside(part) => return Err(no_part(&describe(value), "")),
        Some(_) => {}
        None => {
            let view = view_of(context, "quantile", value, None)?;
            context.work(view.len() / 4)?;
            if view.dtype() != DType::C64 {
                let items = view.widened::<f64>();
                if let Some(at) = items.iter().position(|&part| is_outside(part)) {
                    return Err(no_part(&items[at].to_string(), &format!(" at {}", shown_place(&view.shape, at))));
                }
            }
        }
    }
    // A place is found by looking at some ten others.
    each(context, "quantile", &[value], law.units().saturating_mul(12), |x| law.quantile(x[0]))
}

#[cold]
fn no_part(found: &str, place: &str) -> Error {
    bad_value(format!("quantile takes parts from 0 to 1, not {found}{place}"))
}

/// `sample(distribution, ...shape, seed: null)`: without a shape one number.
fn sample(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "sample";
    let given = WithOptions::of(NAME, arguments, 1, &["seed"])?;
    let law = law(&arguments)?;
    let seed = seed(NAME, &given)?;
    let shape = shape_of(NAME, &given.positional[1..])?;
    let size = checked_size(context, NAME, &shape, DType::F64)?;
    let units = 16 + law.units() / 16;
    let length = (super::PIECE / units).clamp(1, 1 << 14);
    let mut numbers = vec![0.0; size];
    context.in_parallel(&mut numbers, length, length * units, &|piece, part| {
        for (at, number) in part.iter_mut().enumerate() {
            *number = law.draw(&mut Draws::new(seed, piece * length + at));
        }
    })?;
    let view = if law.is_of_whole_numbers() {
        View::of_items(shape, numbers.iter().map(|&number| number as i64).collect::<Vec<i64>>())
    } else {
        View::of_items(shape, numbers)
    };
    Ok(give_result(context, view).into())
}

pub(crate) const MAKE: Entry =
    Entry::function("distribution(name, ...parameters)", make, "A distribution of this name with these parameters.")
        .at(Place::Hidden)
        .pure();

macro_rules! methods {
    ($($name:ident $signature:literal $call:ident $documentation:literal;)*) => {
        $(pub(crate) const $name: Entry = Entry::method(&DISTRIBUTION, $signature, $call, $documentation).pure();)*
    };
}

methods! {
    PDF "pdf(distribution, x)" pdf "How dense its numbers lie at x; of whole numbers, how likely x is. Lists and tensors element by element.";
    PMF "pmf(distribution, x)" pdf "The same, by its name for whole numbers.";
    CDF "cdf(distribution, x)" cdf "The part of its numbers that are at most x.";
    SF "sf(distribution, x)" sf "The part of its numbers that are above x: 1 - cdf(x), exact far out.";
    QUANTILE "quantile(distribution, part)" quantile "The number up to which this part of its numbers lies: the inverse of `cdf`.";
    PPF "ppf(distribution, part)" quantile "The same, by its name in SciPy.";
}

pub(crate) const SAMPLE: Entry = Entry::method(
    &DISTRIBUTION,
    "sample(distribution, ...shape, seed: null)",
    sample,
    "A random number of it, or a tensor of them; the same `seed` gives the same ones, on any number of cores.",
)
.pure();

fn field(value: &Value, read: impl Fn(&Law) -> f64) -> Option<Value> {
    let distribution = value.as_foreign()?.shared_as::<Distribution>()?;
    Some(Value::float(read(&distribution.0)))
}

pub(crate) static FIELDS: &[Field] = &[
    Field {
        kind: &DISTRIBUTION,
        name: "mean",
        read: |_, value| field(value, Law::mean),
        documentation: "Its mean; NaN if it has none.",
    },
    Field {
        kind: &DISTRIBUTION,
        name: "variance",
        read: |_, value| field(value, Law::variance),
        documentation: "Its variance; NaN if it has none.",
    },
    Field {
        kind: &DISTRIBUTION,
        name: "std",
        read: |_, value| field(value, |law| law.variance().sqrt()),
        documentation: "Its standard deviation.",
    },
    Field {
        kind: &DISTRIBUTION,
        name: "median",
        read: |_, value| field(value, |law| law.quantile(0.5)),
        documentation: "The number in its middle.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Each law's own quantile lies where its parts say.
    #[test]
    fn quantiles_are_the_inverse_of_parts() {
        let values: &[&[f64]] = &[&[0.5, 0.9], &[2.0, 3.5], &[40.0, 0.25], &[1000.0, 1.0]];
        for (name, parameters, make) in LAWS {
            for numbers in values {
                let is_fitting = parameters.iter().zip(*numbers).all(|((_, bound), &x)| bound.holds(x));
                let law = make(numbers);
                if !is_fitting || matches!(law, Law::Uniform { low, high } if low >= high) {
                    continue;
                }
                for part in [1e-9, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0 - 1e-9] {
                    let x = law.quantile(part);
                    let [below, above] = law.parts_at(x);
                    assert!((below + above - 1.0).abs() < 1e-12, "{name} {numbers:?}: {below} + {above}");
                    if law.is_of_whole_numbers() {
                        assert!(below >= part * (1.0 - 1e-12), "{name} {numbers:?}: {part} is beyond {x}");
                        let before = law.parts_at(x - 1.0)[0];
                        assert!(before <= part || x == 0.0, "{name} {numbers:?}: {x} is too far for {part}");
                    } else if x > 0.0 && x.is_normal() {
                        let off = (below - part).abs().min((above - (1.0 - part)).abs());
                        // Where the law is steep, floats lie far apart: the nearest one, or one beside it.
                        let (before, after) = (x.next_down().next_down(), x.next_up().next_up());
                        let around = law.parts_at(before)[0]..=law.parts_at(after)[0];
                        assert!(
                            off < 1e-9 * part.min(1.0 - part) + 1e-15 || around.contains(&part),
                            "{name} {numbers:?}: {below} at {x}, not {part}"
                        );
                    }
                }
            }
        }
    }

    /// Means and variances of what is drawn are those of the law.
    #[test]
    fn what_is_drawn_has_the_mean_and_the_variance_of_its_law() {
        let laws = [
            Law::Normal { mean: 2.0, std: 3.0 },
            Law::Exponential { scale: 2.0 },
            Law::Gamma { shape: 0.4, scale: 2.0 },
            Law::Gamma { shape: 7.0, scale: 0.5 },
            Law::Beta { a: 0.3, b: 2.0 },
            Law::StudentT { df: 9.0 },
            Law::F { df1: 5.0, df2: 20.0 },
            Law::LogNormal { mean: 0.0, std: 0.4 },
            Law::Weibull { shape: 1.7, scale: 2.0 },
            Law::Pareto { shape: 6.0, scale: 1.0 },
            Law::Laplace { location: 1.0, scale: 2.0 },
            Law::Logistic { location: 1.0, scale: 2.0 },
            Law::Poisson { mean: 3.5 },
            Law::Poisson { mean: 240.0 },
            Law::Binomial { n: 12.0, p: 0.3 },
            Law::Binomial { n: 900.0, p: 0.71 },
            Law::Geometric { p: 0.2 },
            Law::NegativeBinomial { n: 3.5, p: 0.4 },
        ];
        let count = 40_000;
        for law in laws {
            let numbers: Vec<f64> = (0..count).map(|at| law.draw(&mut Draws::new(11, at))).collect();
            let mean = numbers.iter().sum::<f64>() / count as f64;
            let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count as f64;
            let std = law.variance().sqrt();
            assert!((mean - law.mean()).abs() < 5.0 * std / (count as f64).sqrt(), "{law:?}: mean {mean}");
            assert!((variance / law.variance() - 1.0).abs() < 0.08, "{law:?}: variance {variance}");
            // The distance of Kolmogorov between what was drawn and the law.
            let mut sorted = numbers;
            sorted.sort_by(f64::total_cmp);
            let far = sorted.iter().fold(0.0f64, |far, &x| {
                let upto = sorted.partition_point(|&other| other <= x) as f64 / count as f64;
                far.max((law.parts_at(x)[0] - upto).abs())
            });
            assert!(far < 2.0 / (count as f64).sqrt(), "{law:?}: {far}");
        }
    }
}
