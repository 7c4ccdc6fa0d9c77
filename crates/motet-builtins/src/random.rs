//! Random numbers, and time. Neither is for secrets.
//!
//! Both kinds of source are SplitMix64: a counter whose values are mixed. The common source of the process is one atomic
//! counter, so threads need no state of their own; a source with a seed is an object of its isolate.

use motet_vm::builtins::arguments::{self, bad_value, integer, too_big, wrong};
use motet_vm::builtins::iterate::{range_length, with_items};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{ForeignKind, ForeignObject, Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Result};
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

static COMMON: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(RandomState::new().build_hasher().finish()));

fn mixed(counter: u64) -> u64 {
    let counter = (counter ^ (counter >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let counter = (counter ^ (counter >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    counter ^ (counter >> 31)
}

/// A source of random numbers with a seed.
struct Random {
    counter: Cell<u64>,
}

pub(super) static RANDOM: ForeignKind = ForeignKind::new("Random");

impl ForeignObject for Random {
    fn kind(&self) -> &'static ForeignKind {
        &RANDOM
    }
}

/// 64 random bits from a source; null is the common one.
fn bits(source: &Value) -> u64 {
    match source.as_foreign().and_then(|foreign| foreign.downcast::<Random>()) {
        Some(random) => {
            let counter = random.counter.get().wrapping_add(STEP);
            random.counter.set(counter);
            mixed(counter)
        }
        None => mixed(COMMON.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP)),
    }
}

/// A float from 0 to before 1, with all 53 bits random.
fn unit(source: &Value) -> f64 {
    (bits(source) >> 11) as f64 / (1u64 << 53) as f64
}

/// An integer below a bound, without a measurable bias.
fn below(source: &Value, bound: u64) -> u64 {
    ((bits(source) as u128 * bound as u128) >> 64) as u64
}

/// The source, and the arguments behind it: a method of a source has it as its first argument.
fn source_of<'a>(arguments: &Arguments<'a>) -> (Value, &'a [Value]) {
    match arguments.positional() {
        [source, rest @ ..] if source.as_foreign().is_some_and(|foreign| foreign.downcast::<Random>().is_some()) => {
            (source.clone(), rest)
        }
        all => (Value::NULL, all),
    }
}

/// `random()`, `random(high)`, `random(low, high)`; `random([2, 3])` is a tensor, if this build has some.
fn random(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, limits) = source_of(&arguments);
    if let [shape] = limits
        && shape.as_list().is_some()
        && source.is_null()
        && let Some(function) = context.builtin("rand")
    {
        return Ok(Outcome::TailCall { function, arguments: CallArguments::One(shape.clone()) });
    }
    let limit = |value: &Value| arguments::number("random", value);
    let (low, high) = match limits {
        [] => (0.0, 1.0),
        [high] => (0.0, limit(high)?),
        [low, high] => (limit(low)?, limit(high)?),
        _ => return Err(wrong("random", "two limits at most", &limits[2])),
    };
    Ok(Value::float(low + (high - low) * unit(&source)).into())
}

/// `random_int(high)`, `random_int(low, high)`, `random_int(range)`: as in ranges, `high` is excluded.
fn random_int(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, limits) = source_of(&arguments);
    let limit = |value: &Value| integer("random_int", "a limit", value);
    let (start, step, length) = match limits {
        [] => return Err(bad_value("random_int takes a limit").with_hint("random_int(6) gives 0 to 5")),
        [only] => match only.as_range() {
            Some(range) => (range.start.unwrap_or(0), range.step, range_length(range)),
            None => (0, 1, u64::try_from(limit(only)?).ok()),
        },
        [low, high] => {
            let (low, high) = (limit(low)?, limit(high)?);
            (low, 1, u64::try_from(high as i128 - low as i128).ok())
        }
        _ => return Err(wrong("random_int", "two limits at most", &limits[2])),
    };
    let Some(length @ 1..) = length else { return Err(bad_value("there is no integer between these limits")) };
    let value = start as i128 + step as i128 * below(&source, length) as i128;
    Ok(Value::int(value as i64).into())
}

/// `choice(xs)`: one of the elements.
fn choice(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, rest) = source_of(&arguments);
    let Some(over) = rest.first() else { return Err(wrong("choice", "a collection", &Value::NULL)) };
    with_items(context, "choice", over, vec![source], |_, items, held| {
        if items.is_empty() {
            return Err(bad_value("choice of nothing has no result"));
        }
        Ok(items[below(&held[0], items.len() as u64) as usize].clone().into())
    })
}

/// `shuffle(xs)`: a new list in random order.
pub(super) fn shuffle(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, rest) = source_of(&arguments);
    let Some(over) = rest.first() else { return Err(wrong("shuffle", "a collection", &Value::NULL)) };
    with_items(context, "shuffle", over, vec![source], |context, mut items, held| {
        for last in (1..items.len()).rev() {
            items.swap(last, below(&held[0], last as u64 + 1) as usize);
        }
        Ok(context.heap().list(items).into())
    })
}

/// `random_list(count)`: so many random floats.
fn random_list(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, rest) = source_of(&arguments);
    let Some(count) = rest.first() else { return Err(wrong("random_list", "a count", &Value::NULL)) };
    let count = arguments::count("random_list", "the count", count)?;
    if count > context.most_items() {
        return Err(too_big("random_list", count, context.most_items(), "elements"));
    }
    Ok(context.heap().list((0..count).map(|_| Value::float(unit(&source))).collect()).into())
}

/// `rng(seed)`: a source that gives the same numbers for the same seed.
fn rng(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let seed = match arguments.get(0) {
        Some(seed) => integer("rng", "the seed", seed)? as u64,
        None => bits(&Value::NULL),
    };
    Ok(context.heap().foreign(Box::new(Random { counter: Cell::new(seed) })).into())
}

/// `now()`: milliseconds since 1970.
fn now(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Value::float(elapsed.as_micros() as f64 / 1000.0).into())
}

/// `clock()`: milliseconds that only ever grow.
fn clock(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    Ok(Value::float(START.elapsed().as_nanos() as f64 / 1e6).into())
}

const COLLECTION: Kinds = Kinds::of(&[Tag::List, Tag::String, Tag::Range]);

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "random(low = 0, high = 1)",
        random,
        "A random float from `low` to before `high`; with one argument, from 0 to before it. `random([2, 3])` is a tensor of floats from 0 to before 1, as `rand(2, 3)` is.",
    )
    .at(Place::Both(crate::math::NAMESPACE))
    .also_of(&RANDOM),
    Entry::function(
        "random_int(low = 0, high)",
        random_int,
        "A random integer from `low` to before `high`, or out of a range.",
    )
    .also_of(&RANDOM),
    Entry::function("choice(collection)", choice, "One of the elements, at random.").on(COLLECTION).also_of(&RANDOM),
    Entry::function("shuffle(collection)", shuffle, "A new list of the elements in random order.")
        .pure_or("shuffle_in_place")
        .on(COLLECTION)
        .also_of(&RANDOM),
    Entry::function("random_list(count)", random_list, "A list of so many random floats from 0 to before 1.")
        .also_of(&RANDOM),
    Entry::function(
        "rng(seed = random)",
        rng,
        "A source of random numbers that gives the same ones for the same seed; it has the methods random, random_int, choice, shuffle and random_list.",
    ),
    Entry::function("now()", now, "The time in milliseconds since the beginning of 1970."),
    Entry::function(
        "clock()",
        clock,
        "Milliseconds since some moment; unlike `now` it never goes back, so differences are durations.",
    ),
];
