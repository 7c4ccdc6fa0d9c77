//! Putting the elements of something together into one value: reduce, sum, min, max, join.

use crate::numbers::Number;
use crate::output::{Displayed, checked, display};
use motet_vm::builtins::arguments::{self, WithOptions, bad_value, callable, overflow, text, with_function, wrong};
use motet_vm::builtins::iterate::{
    Callback, Each, Element, Then, add_text, drive, needed_arguments, range_at, range_length,
};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{Range, Tag, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::objects::Order;
use motet_vm::{Context, Error, Result};
use std::cmp::Ordering;

/// `reduce(f, xs, initial)`. Without an initial value the first element is it.
struct Reduce {
    function: Value,
    /// A third argument, the index or key, is wanted.
    wants_key: bool,
    /// What there is so far; [`Value::MISSING`] before the first element.
    state: Value,
}

impl Each for Reduce {
    fn name(&self) -> &'static str {
        "reduce"
    }

    fn element(&mut self, _: &mut Context<'_>, element: Element) -> Result<Then> {
        if self.state.is_missing() {
            self.state = element.value;
            return Ok(Then::Next);
        }
        let state = std::mem::take(&mut self.state);
        let arguments = if self.wants_key {
            match element.is_keyed {
                // As in other callbacks, a key stands before its value and an index behind it.
                true => CallArguments::Three(state, element.key, element.value),
                false => CallArguments::Three(state, element.value, element.key),
            }
        } else {
            CallArguments::Two(state, element.value)
        };
        Ok(Then::Call(self.function.clone(), arguments))
    }

    fn result(&mut self, _: &mut Context<'_>, result: Value) -> Result<Then> {
        self.state = result;
        Ok(Then::Next)
    }

    fn end(&mut self, _: &mut Context<'_>) -> Result<Outcome> {
        if self.state.is_missing() {
            return Err(
                bad_value("reduce of nothing has no result").with_hint("give it an initial value: reduce(f, xs, 0)")
            );
        }
        Ok(std::mem::take(&mut self.state).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        visit(&self.state);
    }
}

fn reduce(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let all: Vec<&Value> = arguments.positional().iter().collect();
    let (function, others) = with_function("reduce", &all)?;
    let state = others.get(1).map_or(Value::MISSING, |&initial| initial.clone());
    let reduce = Reduce { function: function.clone(), wants_key: needed_arguments(function) == 3, state };
    drive(context, others[0], reduce)
}

/// What is done with numbers.
#[derive(Clone, Copy, PartialEq)]
enum Total {
    Sum,
    Product,
    Mean,
}

struct Adding {
    total: Total,
    number: Number,
    count: usize,
    /// Gives the number to add for an element.
    by: Option<Callback>,
    /// Of objects with a method `add`, such as durations, what there is so far; [`Value::MISSING`] of numbers.
    object: Value,
    /// What is being called is that method.
    adds: bool,
}

impl Adding {
    fn add_any(&mut self, context: &mut Context<'_>, value: Value) -> Result<Then> {
        if self.object.is_missing() && (Number::of(&value).is_some() || self.total == Total::Product) {
            self.add(&value)?;
            return Ok(Then::Next);
        }
        if self.object.is_missing() {
            if self.count > 0 || context.operator_method(&value, "add").is_none() {
                self.add(&value)?;
            }
            (self.object, self.count) = (value, 1);
            return Ok(Then::Next);
        }
        let object = std::mem::replace(&mut self.object, Value::NULL);
        let function = context.operator_method(&object, "add");
        let function = function.ok_or_else(|| wrong(self.name(), "numbers, or objects with a method add", &object))?;
        self.adds = true;
        Ok(Then::Call(function, CallArguments::One(value)))
    }

    fn add(&mut self, value: &Value) -> Result<()> {
        let Some(number) = Number::of(value) else {
            let error = wrong(self.name(), "numbers", value);
            return Err(match value.tag() {
                Tag::String if self.total == Total::Sum => error.with_hint("join(xs) puts strings together"),
                _ => error,
            });
        };
        self.add_number(number)
    }

    fn add_number(&mut self, number: Number) -> Result<()> {
        self.number = match self.total {
            Total::Product => self.number.multiply(number)?,
            // A mean of integers need not fit one: 2^62 and 2^62 have a mean, but no sum.
            Total::Mean => self.number.add(if let Number::Int(integer) = number {
                Number::Float(integer as f64)
            } else {
                number
            })?,
            Total::Sum => self.number.add(number)?,
        };
        self.count += 1;
        Ok(())
    }
}

impl Each for Adding {
    fn name(&self) -> &'static str {
        match self.total {
            Total::Sum => "sum",
            Total::Product => "product",
            Total::Mean => "mean",
        }
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        if let Some(by) = &self.by {
            return Ok(by.call(&element));
        }
        if self.object.is_missing()
            && let Some(number) = Number::of(&element.value)
        {
            self.add_number(number)?;
            return Ok(Then::Next);
        }
        self.add_any(context, element.value)
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        if std::mem::take(&mut self.adds) {
            self.object = result;
            self.count += 1;
            return Ok(Then::Next);
        }
        self.add_any(context, result)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        if !self.object.is_missing() {
            let object = std::mem::take(&mut self.object);
            if self.total != Total::Mean {
                return Ok(object.into());
            }
            let function = context.operator_method(&object, "divide");
            let function =
                function.ok_or_else(|| wrong("mean", "numbers, or objects with a method divide", &object))?;
            let arguments = CallArguments::One(Value::int(self.count as i64));
            return Ok(Outcome::TailCall { function, arguments });
        }
        let number = match self.total {
            Total::Mean if self.count == 0 => return Err(bad_value("mean of nothing has no result")),
            Total::Mean => self.number.divide_by(self.count),
            _ => self.number,
        };
        Ok(number.value(context).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(by) = &self.by {
            visit(&by.function);
        }
        visit(&self.object);
    }
}

/// The options of `sum`, `min`, `max` and their like, and a function that stands for `by`.
fn add_up(context: &mut Context<'_>, arguments: Arguments<'_>, total: Total, name: &'static str) -> Result<Outcome> {
    let arguments = WithOptions::of(name, arguments, 1, BY)?;
    let mut over: Vec<&Value> = arguments.positional.iter().collect();
    let by = match arguments.option("by") {
        Some(by) => Some(Callback::new(callable(name, &by)?)),
        None if over.len() == 2 => {
            let (function, others) = with_function(name, &over)?;
            over = others;
            Some(Callback::new(function))
        }
        None => None,
    };
    if by.is_none()
        && let Some(range) = over[0].as_range()
    {
        return match total {
            Total::Sum => sum_of_range(range),
            Total::Product => product_of_range(range),
            Total::Mean => mean_of_range(range),
        };
    }
    let number = Number::Int(if total == Total::Product { 1 } else { 0 });
    let number = if total == Total::Mean { Number::Float(0.0) } else { number };
    drive(context, over[0], Adding { total, number, count: 0, by, object: Value::MISSING, adds: false })
}

/// The sum of a range, without walking over it.
fn sum_of_range(range: &Range) -> Result<Outcome> {
    let Some(length) = range_length(range) else {
        return Err(bad_value("the sum of a range without an end is infinite"));
    };
    let (start, step, length) = (range.start.unwrap_or(0) as i128, range.step as i128, length as i128);
    let last = start + step * (length - 1).max(0);
    // One of the factors is even; dividing it first keeps the product within 128 bits.
    let ends = start + last;
    let sum = if length == 0 {
        Some(0)
    } else if length % 2 == 0 {
        ends.checked_mul(length / 2)
    } else {
        (ends / 2).checked_mul(length)
    };
    let sum = sum.and_then(|sum| i64::try_from(sum).ok()).ok_or_else(|| overflow("the sum of this range"))?;
    Ok(Value::int(sum).into())
}

/// The first and the last integer of a range; none if it is empty.
fn ends_of_range(function: &str, range: &Range) -> Result<Option<(i64, i64)>> {
    let Some(length) = range_length(range) else {
        return Err(bad_value(format!("the {function} of a range without an end is infinite")));
    };
    Ok(length.checked_sub(1).map(|last| (range_at(range, 0), range_at(range, last))))
}

/// The mean of a range lies between its ends.
fn mean_of_range(range: &Range) -> Result<Outcome> {
    match ends_of_range("mean", range)? {
        Some((first, last)) => Ok(Value::float((first as i128 + last as i128) as f64 / 2.0).into()),
        None => Err(bad_value("mean of nothing has no result")),
    }
}

/// The product of a range is 0 or no integer once it has many factors: all but three of them are 2 at least.
fn product_of_range(range: &Range) -> Result<Outcome> {
    let length = range_length(range).unwrap_or(u64::MAX);
    let mut product = Number::Int(1);
    for at in 0..length {
        let factor = range_at(range, at);
        if factor == 0 {
            return Ok(Value::int(0).into());
        }
        product = product.multiply(Number::Int(factor))?;
    }
    match product {
        Number::Int(product) => Ok(Value::int(product).into()),
        _ => unreachable!("integers give integers"),
    }
}

/// The least or the greatest integer of a range is one of its ends.
fn extreme_of_range(name: &str, range: &Range, better: Ordering) -> Result<Option<Value>> {
    let first = range.start.unwrap_or(0);
    let begins_with_it = (range.step > 0) == (better == Ordering::Less);
    if begins_with_it {
        return Ok((range_length(range) != Some(0)).then(|| Value::int(first)));
    }
    Ok(ends_of_range(name, range)?.map(|(_, last)| Value::int(last)))
}

fn sum(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    add_up(context, arguments, Total::Sum, "sum")
}

fn product(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    add_up(context, arguments, Total::Product, "product")
}

fn mean(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    add_up(context, arguments, Total::Mean, "mean")
}

/// `min` and `max`.
struct Extreme {
    name: &'static str,
    /// The order that a better key has to the best so far.
    better: Ordering,
    by: Option<Callback>,
    /// The best element so far, with its key; missing at first.
    best: Value,
    best_key: Value,
    /// The element whose key is being asked for.
    current: Value,
    /// Its key, about whose order an object is being asked.
    compared: Option<Value>,
    /// For no elements; missing: an error.
    default: Value,
}

impl Extreme {
    fn consider(&mut self, context: &mut Context<'_>, element: Value, key: Value) -> Result<Then> {
        if self.best.is_missing() {
            (self.best, self.best_key) = (element, key);
        } else if !is_nan(&self.best_key) {
            match context.order(&key, &self.best_key)? {
                Order::Known(order) => self.compare(order, element, key)?,
                Order::Ask(function, arguments) => {
                    self.current = element;
                    self.compared = Some(key);
                    return Ok(Then::Call(function, arguments));
                }
            }
        }
        Ok(Then::Next)
    }

    /// Takes an element for the best if its key is in the right order to the best one's.
    fn compare(&mut self, order: Option<Ordering>, element: Value, key: Value) -> Result<()> {
        let is_better = match order {
            Some(order) => order == self.better,
            // A number that is none is the result, as it is of arithmetic.
            None if is_nan(&key) => true,
            None => return Err(crate::sorting::not_comparable(self.name, &key, &self.best_key)),
        };
        if is_better {
            (self.best, self.best_key) = (element, key);
        }
        Ok(())
    }
}

fn is_nan(value: &Value) -> bool {
    value.as_float().is_some_and(f64::is_nan)
}

impl Each for Extreme {
    fn name(&self) -> &'static str {
        self.name
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        if let Some(by) = &self.by {
            let then = by.call(&element);
            self.current = element.value;
            return Ok(then);
        }
        self.consider(context, element.value.clone(), element.value)
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        let element = std::mem::take(&mut self.current);
        let Some(key) = self.compared.take() else { return self.consider(context, element, result) };
        let order = context.ordering(&result)?;
        self.compare(order, element, key)?;
        Ok(Then::Next)
    }

    fn end(&mut self, _: &mut Context<'_>) -> Result<Outcome> {
        let result = if self.best.is_missing() { &mut self.default } else { &mut self.best };
        if result.is_missing() {
            let name = self.name;
            return Err(bad_value(format!("{name} of nothing has no result"))
                .with_hint(format!("say what it is then: {name}(xs, default: 0)")));
        }
        Ok(std::mem::take(result).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(by) = &self.by {
            visit(&by.function);
        }
        let values = [&self.best, &self.best_key, &self.current, &self.default];
        values.into_iter().chain(&self.compared).for_each(visit);
    }
}

/// Of two integers, or two floats, the one that is better. Machine code does this by itself, so it is no work that is counted:
/// a limit of steps would come later there.
fn extreme_of_two(arguments: Arguments<'_>, better: Ordering) -> Option<Value> {
    let [a, b] = arguments.all() else { return None };
    let order = match (a.as_int(), b.as_int()) {
        (Some(a), Some(b)) => b.cmp(&a),
        _ => b.as_float()?.partial_cmp(&a.as_float()?)?,
    };
    (arguments.len() == 2).then(|| if order == better { b } else { a }.clone())
}

const BY: &[&str] = &["by"];
const EXTREME: &[&str] = &["by", "default"];

fn extreme(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    better: Ordering,
) -> Result<Outcome> {
    if let Some(found) = extreme_of_two(arguments, better) {
        return Ok(found.into());
    }
    let arguments = WithOptions::of(name, arguments, 1, EXTREME)?;
    let mut values: Vec<&Value> = arguments.positional.iter().collect();
    let option = arguments.option("by");
    let mut by = match &option {
        Some(by) => Some(Callback::new(callable(name, by)?)),
        None => None,
    };
    if by.is_none() && values.len() == 2 && values.iter().any(|value| arguments::is_callable(value)) {
        let (function, others) = with_function(name, &values)?;
        by = Some(Callback::new(function));
        values = others;
    }
    let default = arguments.option("default").unwrap_or(Value::MISSING);
    let missing = || Value::MISSING;
    let state = Extreme {
        name,
        better,
        by,
        best: missing(),
        best_key: missing(),
        current: Value::NULL,
        compared: None,
        default,
    };
    match values[..] {
        [only] if Number::of(only).is_some() => Ok(only.clone().into()),
        [only] if state.by.is_none() && only.as_range().is_some() => {
            let range = only.as_range().expect("it was asked");
            let mut state = state;
            if let Some(best) = extreme_of_range(name, range, better)? {
                state.best = best;
            }
            state.end(context)
        }
        [only] => drive(context, only, state),
        _ => {
            let list = context.heap().list(values.into_iter().cloned().collect());
            drive(context, &list, state)
        }
    }
}

fn min(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    extreme(context, arguments, "min", Ordering::Less)
}

fn max(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    extreme(context, arguments, "max", Ordering::Greater)
}

/// `join(xs, separator)`.
struct Join {
    separator: Value,
    text: String,
    is_first: bool,
}

impl Each for Join {
    fn name(&self) -> &'static str {
        "join"
    }

    fn element(&mut self, context: &mut Context<'_>, element: Element) -> Result<Then> {
        if !std::mem::take(&mut self.is_first) {
            add_text(context, "join", &mut self.text, self.separator.as_str().unwrap_or_default())?;
        }
        match element.value.as_str() {
            Some(part) => add_text(context, "join", &mut self.text, part)?,
            None => match display(context, &element.value)? {
                Displayed::Text(part) => add_text(context, "join", &mut self.text, &part)?,
                Displayed::Call(function) => return Ok(Then::Call(function, CallArguments::None)),
            },
        }
        Ok(Then::Next)
    }

    fn result(&mut self, context: &mut Context<'_>, result: Value) -> Result<Then> {
        add_text(context, "join", &mut self.text, checked(&result)?)?;
        Ok(Then::Next)
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<Outcome> {
        Ok(context.heap().string(&self.text).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.separator);
    }
}

/// `join(xs, ", ")`, and also `", ".join(xs)`.
fn join(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (mut over, mut separator) = (arguments.at(0), arguments.get(1));
    if over.tag() == Tag::String
        && let Some(list) = separator.filter(|value| value.tag() != Tag::String)
    {
        (over, separator) = (list, Some(over));
    }
    let separator = match separator {
        Some(separator) => {
            text("join", separator)
                .map_err(|error: Error| error.with_hint("join(xs, \", \") puts strings between elements"))?;
            separator.clone()
        }
        None => context.heap().string(""),
    };
    drive(context, over, Join { separator, text: String::new(), is_first: true })
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "reduce(f, collection, initial = first)",
        reduce,
        "Puts elements together: f(initial, first), then f(that, second), and so on.",
    )
    .on(Kinds::ITERABLE),
    Entry::function("sum(collection, f = null, by: f)", sum, "The sum of numbers, or of what a function gives for each element; 0 for none.").pure()
        .on(Kinds::ITERABLE),
    Entry::function("product(collection, f = null, by: f)", product, "The product of numbers, or of what a function gives for each element; 1 for none.").pure()
        .on(Kinds::ITERABLE),
    Entry::function("mean(collection, f = null, by: f)", mean, "The arithmetic mean of numbers, or of what a function gives for each element.").pure()
        .on(Kinds::ITERABLE),
    Entry::function(
        "min(...values, by: f, default: value)",
        min,
        "The smallest of several values, or of the elements of one collection; with `by`, the element for which a function gives the smallest value.",
    ).at(Place::Both(crate::math::NAMESPACE)).pure().at_least(1)
    .on(Kinds::ITERABLE),
    Entry::function(
        "max(...values, by: f, default: value)",
        max,
        "The greatest of several values, or of the elements of one collection; with `by`, the element for which a function gives the greatest value.",
    ).at(Place::Both(crate::math::NAMESPACE)).pure().at_least(1)
    .on(Kinds::ITERABLE),
    Entry::function("join(collection, separator = \"\")", join, "A string of all elements as text, with a separator between them.").pure()
        .on(Kinds::ITERABLE),
];
