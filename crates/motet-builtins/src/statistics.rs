//! Statistics of numbers, and ways to choose and order elements.

use motet_vm::builtins::arguments::{WithOptions, bad_value, count, number, too_big, wrong};
use motet_vm::builtins::iterate::{self, with_items};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};

/// The numbers that a function got, which has at least `least` of them.
fn numbers(function: &str, items: &[Value], least: usize) -> Result<Vec<f64>> {
    if items.len() < least {
        return Err(bad_value(format!(
            "{function} needs at least {least} number{}",
            if least == 1 { "" } else { "s" }
        )));
    }
    items.iter().map(|item| number(function, item)).collect()
}

/// The mean, and the sum of the squares of the distances from it: in two passes, which lose nothing to large means.
fn spread(numbers: &[f64]) -> (f64, f64) {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    (mean, numbers.iter().map(|number| (number - mean).powi(2)).sum())
}

fn variance_of(name: &str, items: &[Value], sample: bool) -> Result<f64> {
    let numbers = numbers(name, items, if sample { 2 } else { 1 })?;
    let divisor = if sample { numbers.len() - 1 } else { numbers.len() };
    Ok(spread(&numbers).1 / divisor as f64)
}

/// `variance(xs)`, `variance(xs, sample: true)`.
fn variance(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("variance", arguments, 1, SAMPLE)?;
    let held = vec![Value::bool(options.flag("sample"))];
    with_items(context, "variance", arguments.at(0), held, |_, items, held| {
        Ok(Value::float(variance_of("variance", &items, held[0].is_truthy())?).into())
    })
}

/// `std(xs)`, `std(xs, sample: true)`.
fn std(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("std", arguments, 1, SAMPLE)?;
    let held = vec![Value::bool(options.flag("sample"))];
    with_items(context, "std", arguments.at(0), held, |_, items, held| {
        Ok(Value::float(variance_of("std", &items, held[0].is_truthy())?.sqrt()).into())
    })
}

/// The number below which a part of all lies, between its two neighbours in proportion.
fn quantile_of(mut numbers: Vec<f64>, part: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let place = part * (numbers.len() - 1) as f64;
    let (below, above) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// `describe(xs)`: the numbers that one looks at first.
fn describe(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_items(context, "describe", arguments.at(0), Vec::new(), |context, items, _| {
        let numbers = numbers("describe", &items, 1)?;
        let count = numbers.len();
        let (mean, squares) = spread(&numbers);
        let mut sorted = numbers;
        sorted.sort_by(f64::total_cmp);
        let heap = context.heap();
        let record = heap.record(8);
        let fields = record.as_record().expect("just made");
        let parts = [
            ("mean", mean),
            ("std", (squares / count as f64).sqrt()),
            ("min", sorted[0]),
            ("q25", quantile_of(sorted.clone(), 0.25)),
            ("median", quantile_of(sorted.clone(), 0.5)),
            ("q75", quantile_of(sorted.clone(), 0.75)),
            ("max", sorted[count - 1]),
        ];
        fields.set(Symbol::intern("count"), Value::int(count as i64), heap).expect("just made");
        for (name, number) in parts {
            fields.set(Symbol::intern(name), Value::float(number), heap).expect("just made");
        }
        Ok(record.into())
    })
}

fn median(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_items(context, "median", arguments.at(0), Vec::new(), |_, items, _| {
        Ok(Value::float(quantile_of(numbers("median", &items, 1)?, 0.5)).into())
    })
}

/// `quantile(xs, 0.9)`.
fn quantile(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let part = number("quantile", arguments.at(1))?;
    if !(0.0..=1.0).contains(&part) {
        return Err(bad_value("quantile takes a part from 0 to 1"));
    }
    with_items(context, "quantile", arguments.at(0), vec![Value::float(part)], |_, items, held| {
        let part = held[0].as_float().unwrap_or_default();
        Ok(Value::float(quantile_of(numbers("quantile", &items, 1)?, part)).into())
    })
}

/// `factorial(n)`.
fn factorial(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let n = count("factorial", "the number", arguments.at(0))?;
    let product = (2..=n as u64).try_fold(1_i64, |product, factor| product.checked_mul(i64::try_from(factor).ok()?));
    let product = product.ok_or_else(|| {
        Error::new(ErrorKind::OverflowError, format!("factorial({n}) does not fit an integer of 64 bits"))
    })?;
    Ok(Value::int(product).into())
}

/// How many elements are chosen: the second argument, or all.
fn chosen(function: &'static str, arguments: &Arguments<'_>) -> Result<Value> {
    match arguments.get(1) {
        None => Ok(Value::NULL),
        Some(size) if size.as_int().is_some_and(|size| size >= 0) => Ok(size.clone()),
        Some(size) => Err(wrong(function, "how many elements to take", size)),
    }
}

/// All lists of `size` indexes below `length`, in order; with each index once, and only ascending ones if `ascending`.
fn choices(
    context: &Context<'_>,
    function: &str,
    length: usize,
    size: usize,
    ascending: bool,
) -> Result<Vec<Vec<usize>>> {
    let most = context.most_items();
    // How many there will be, each step of the product being a whole number.
    let count = (0..size.min(length) as u128).try_fold(1_u128, |count, at| {
        let count = count.checked_mul(length as u128 - at)?;
        Some(if ascending { count / (at + 1) } else { count })
    });
    let elements = count.and_then(|count| count.checked_mul(size.max(1) as u128)).unwrap_or(u128::MAX);
    if size <= length && elements > most as u128 {
        return Err(too_big(function, elements, most, "elements"));
    }
    let mut all = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    if size > length {
        return Ok(all);
    }
    loop {
        if open.len() == size {
            all.push(open.clone());
        } else {
            let free = |index: &usize| ascending || !open.contains(index);
            if let Some(index) = (next..length).find(free) {
                open.push(index);
                next = if ascending { index + 1 } else { 0 };
                continue;
            }
        }
        match open.pop() {
            Some(last) => next = last + 1,
            None => return Ok(all),
        }
    }
}

fn choose(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    function: &'static str,
    then: iterate::WithItems,
) -> Result<Outcome> {
    let size = chosen(function, &arguments)?;
    with_items(context, function, arguments.at(0), vec![size], then)
}

fn lists_of(
    context: &mut Context<'_>,
    function: &str,
    items: &[Value],
    size: &Value,
    ascending: bool,
) -> Result<Outcome> {
    let size = size.as_int().map_or(items.len(), |size| usize::try_from(size).unwrap_or(usize::MAX));
    let choices = choices(context, function, items.len(), size, ascending)?;
    let heap = context.heap();
    let lists = choices.into_iter().map(|chosen| heap.list(chosen.into_iter().map(|at| items[at].clone()).collect()));
    Ok(heap.list(lists.collect()).into())
}

fn permutations(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    choose(context, arguments, "permutations", |context, items, held| {
        lists_of(context, "permutations", &items, &held[0], false)
    })
}

fn combinations(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    choose(context, arguments, "combinations", |context, items, held| {
        lists_of(context, "combinations", &items, &held[0], true)
    })
}

const SAMPLE: &[&str] = &["sample"];

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("median(collection)", median, "The number in the middle, or the mean of the two there.")
        .pure()
        .on(Kinds::ITERABLE),
    Entry::function(
        "quantile(collection, part)",
        quantile,
        "The number below which a part of the numbers lies, between its neighbours in proportion; 0.5 is the median.",
    )
    .pure()
    .on(Kinds::ITERABLE),
    Entry::function(
        "describe(collection)",
        describe,
        "A record of the count, mean, standard deviation, minimum, quartiles and maximum of numbers.",
    )
    .pure()
    .on(Kinds::ITERABLE),
    Entry::function(
        "variance(collection, sample: false)",
        variance,
        "The mean of the squares of the distances from the mean: divided by n, or by n - 1 for a sample.",
    )
    .pure()
    .on(Kinds::ITERABLE),
    Entry::function("std(collection, sample: false)", std, "The standard deviation: the square root of the variance.")
        .pure()
        .on(Kinds::ITERABLE),
    Entry::function("factorial(n)", factorial, "The product of the integers from 1 to n.").pure(),
    Entry::function(
        "permutations(collection, size = all)",
        permutations,
        "All lists of so many elements, in every order.",
    )
    .pure()
    .on(Kinds::ITERABLE),
    Entry::function(
        "combinations(collection, size)",
        combinations,
        "All lists of so many elements, in the order of the collection.",
    )
    .pure()
    .on(Kinds::ITERABLE),
];
