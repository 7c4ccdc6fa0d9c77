//! Random tensors: each element is computed from a seed and its number, by Philox 4x32-10, so the same seed gives the same
//! elements on any number of cores.

use crate::broadcast::Cost;
use crate::buffer::{Element, with_type};
use crate::dtype::DType;
use crate::make::shape_of;
use crate::room;
use crate::tensor::{argument, checked_size, give, give_result};
use crate::view::{Shape, View};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, integer, number, wrong};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use std::hash::{BuildHasher, RandomState};

/// Ten rounds of Philox 4x32: the words that a key gives for a counter.
pub(crate) fn philox(seed: u64, stream: u64, counter: u64) -> [u32; 4] {
    const FACTORS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    let mut words = [counter as u32, (counter >> 32) as u32, stream as u32, (stream >> 32) as u32];
    let mut key = [seed as u32, (seed >> 32) as u32];
    for _ in 0..10 {
        let (a, b) = (FACTORS[0] * u64::from(words[0]), FACTORS[1] * u64::from(words[2]));
        words = [(b >> 32) as u32 ^ words[1] ^ key[0], b as u32, (a >> 32) as u32 ^ words[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(STEPS[0]), key[1].wrapping_add(STEPS[1])];
    }
    words
}

/// The two numbers of 64 bits that an element may use.
fn words(seed: u64, number: usize) -> [u64; 2] {
    let [a, b, c, d] = philox(seed, 0, number as u64);
    [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
}

/// From 0 to before 1.
pub(crate) fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1u64 << 53) as f64
}

/// From 0 to before a bound, each number as likely as another but for one part in 2^64.
fn below(word: u64, bound: u64) -> u64 {
    ((u128::from(word) * u128::from(bound)) >> 64) as u64
}

/// The seed that a call names; another one each time if it names none.
pub(crate) fn seed(function: &str, given: &WithOptions<'_>) -> Result<u64> {
    match given.option("seed") {
        Some(seed) => Ok(integer(function, "the seed", &seed)? as u64),
        None => Ok(RandomState::new().hash_one(0)),
    }
}

fn filled<T: Element>(
    context: &mut Context<'_>,
    function: &str,
    shape: Shape,
    one: impl Fn(usize) -> T + Sync,
) -> Result<Outcome> {
    let size = checked_size(context, function, &shape, DType::F64)?;
    let (items, _) = room::filled(context, Cost::Large, size, |first, room| {
        room.put((first..).map(&one));
        false
    })?;
    Ok(give_result(context, View::of_items(shape, items)).into())
}

fn shape(function: &str, given: &WithOptions<'_>) -> Result<Shape> {
    shape_of(function, given.positional)
}

/// `rand(...shape, low: 0, high: 1, seed: null)`.
fn uniform(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "rand";
    let given = WithOptions::of(NAME, arguments, 0, &["low", "high", "seed"])?;
    let low = given.option("low").map_or(Ok(0.0), |low| number(NAME, &low))?;
    let high = given.option("high").map_or(Ok(1.0), |high| number(NAME, &high))?;
    let is_ordered = low <= high && (high - low).is_finite();
    if !is_ordered {
        return Err(bad_value("rand goes from the lower end to the higher one"));
    }
    let seed = seed(NAME, &given)?;
    filled(context, NAME, shape(NAME, &given)?, move |at| low + (high - low) * unit(words(seed, at)[0]))
}

/// `randn(...shape, mean: 0, std: 1, seed: null)`.
fn normal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "randn";
    let given = WithOptions::of(NAME, arguments, 0, &["mean", "std", "seed"])?;
    let mean = given.option("mean").map_or(Ok(0.0), |mean| number(NAME, &mean))?;
    let std = given.option("std").map_or(Ok(1.0), |std| number(NAME, &std))?;
    let is_usable = std >= 0.0 && std.is_finite() && mean.is_finite();
    if !is_usable {
        return Err(bad_value("randn takes a finite mean, and a standard deviation of 0 or more"));
    }
    let seed = seed(NAME, &given)?;
    filled(context, NAME, shape(NAME, &given)?, move |at| {
        // Box and Muller: a length and an angle.
        let [a, b] = words(seed, at);
        let length = (-2.0 * (1.0 - unit(a)).ln()).sqrt();
        mean + std * length * (std::f64::consts::TAU * unit(b)).cos()
    })
}

/// `random_integers(low, high, shape, seed: null)`: from `low` to before `high`.
fn integers(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "random_integers";
    let given = WithOptions::of(NAME, arguments, 3, &["seed"])?;
    let (low, high) =
        (integer(NAME, "the lower end", arguments.at(0))?, integer(NAME, "the higher end", arguments.at(1))?);
    if low >= high {
        return Err(bad_value(format!("there is no integer from {low} to before {high}")));
    }
    let bound = high.wrapping_sub(low) as u64;
    let seed = seed(NAME, &given)?;
    let shape = shape_of(NAME, std::slice::from_ref(arguments.at(2)))?;
    filled(context, NAME, shape, move |at| low.wrapping_add(below(words(seed, at)[0], bound) as i64))
}

/// `shuffle(t, seed: null)`: the parts along the first axis in random order.
fn shuffle(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "shuffle";
    let given = WithOptions::of(NAME, arguments, 1, &["seed"])?;
    let seed = seed(NAME, &given)?;
    let view = argument(NAME, arguments.at(0))?.clone();
    let Some(&length) = view.shape.first() else { return Err(wrong(NAME, "a tensor with axes", arguments.at(0))) };
    checked_size(context, NAME, &view.shape, DType::C64)?;
    let mut order: Vec<usize> = (0..length).collect();
    for at in (1..length).rev() {
        context.work(4)?;
        order.swap(at, below(words(seed, at)[0], at as u64 + 1) as usize);
    }
    context.work(view.len() / 4)?;
    let row = view.len() / length.max(1);
    let shape = view.shape.clone();
    let result = with_type!(view.dtype(), T => {
        let items = view.items::<T>();
        let mut result: Vec<T> = Vec::with_capacity(items.len());
        order.iter().for_each(|&at| result.extend_from_slice(&items[at * row..][..row]));
        View::of_items(shape, result)
    });
    Ok(give(context, result).into())
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "rand(...shape, low: 0, high: 1, seed: null)",
        uniform,
        "A tensor of random floats from `low` to before `high`; the same `seed` gives the same ones, on any number of cores.",
    )
    .pure(),
    Entry::function(
        "randn(...shape, mean: 0, std: 1, seed: null)",
        normal,
        "A tensor of random floats of a normal distribution.",
    )
    .pure(),
];

/// What the module `tensors` exports.
pub(crate) const RANDOM_INTEGERS: Entry = Entry::function(
    "random_integers(low, high, shape, seed: null)",
    integers,
    "A tensor of random integers from `low` to before `high`.",
)
.pure();

pub(crate) static METHODS: &[Entry] = &[Entry::method(
    &crate::tensor::TENSOR,
    "shuffle(tensor, seed: null)",
    shuffle,
    "The parts along the first axis in random order.",
)
.pure()];

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors that the authors of Philox publish.
    #[test]
    fn philox_gives_the_published_words() {
        assert_eq!(philox(0, 0, 0), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let all = u64::MAX;
        assert_eq!(philox(all, all, all), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let count = 100_000;
        let mean = (0..count).map(|at| unit(words(7, at)[0])).sum::<f64>() / count as f64;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        let sixes = (0..count).filter(|&at| below(words(7, at)[0], 6) == 5).count();
        assert!((sixes as f64 / count as f64 - 1.0 / 6.0).abs() < 0.005, "{sixes}");
    }
}
