//! Making tensors: of lists and numbers, of zeros and ones, of numbers in a row.

use crate::buffer::{Element, Scalar, with_type};
use crate::dtype::DType;
use crate::tensor::{argument, checked_bytes, checked_size, give, read, zeros};
use crate::view::{MOST_AXES, Shape, View};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, describe, number, too_big, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

/// The dtype that a call asks for.
pub(crate) fn wanted(function: &str, given: &WithOptions<'_>) -> Result<Option<DType>> {
    given.option("dtype").map(|dtype| DType::of(function, &dtype)).transpose()
}

/// A tensor of whatever stands for one: a tensor, a number, lists in lists.
pub(crate) fn view_of(context: &mut Context<'_>, function: &str, value: &Value, dtype: Option<DType>) -> Result<View> {
    let view = match read(value) {
        Some(view) => view.clone(),
        None => nested(context, function, value, dtype)?,
    };
    match dtype {
        Some(dtype) if dtype != view.dtype() => as_type(context, function, &view, dtype),
        _ => Ok(view),
    }
}

/// The same elements as another kind.
pub(crate) fn as_type(context: &mut Context<'_>, function: &str, view: &View, dtype: DType) -> Result<View> {
    checked_size(context, function, &view.shape, dtype)?;
    context.work(view.len() / 4)?;
    let buffer = with_type!(dtype, T => view.converted::<T>().map(|items| T::into_buffer(items.into_owned())));
    match buffer {
        Ok(buffer) => Ok(View::new(view.shape.clone(), buffer)),
        Err(at) => {
            let mut place = None;
            let mut number = 0;
            view.places(|found| {
                if number == at {
                    place = Some(found);
                }
                number += 1;
            });
            let value = place.map_or(Value::NULL, |place| view.value_at(place, context.heap()));
            Err(bad_value(format!(
                "{function}: {} at {} is no {}",
                describe(&value),
                shown_place(&view.shape, at),
                dtype.name()
            )))
        }
    }
}

/// The index of the element of this number, as a program writes it.
pub(crate) fn shown_place(shape: &[usize], number: usize) -> String {
    let mut left = number;
    let mut index: Vec<String> = Vec::new();
    for &length in shape.iter().rev() {
        index.push((left % length.max(1)).to_string());
        left /= length.max(1);
    }
    index.reverse();
    format!("[{}]", index.join(", "))
}

/// Lists in lists, as an array whose elements are found one after the other.
struct Nested<'a> {
    function: &'a str,
    shape: Shape,
    dtype: DType,
    numbers: Vec<Scalar>,
}

impl Nested<'_> {
    /// The lengths along the first elements decide the shape.
    fn measure(&mut self, value: &Value) -> Result<()> {
        let mut value = value.clone();
        loop {
            if self.shape.len() > MOST_AXES {
                return Err(too_big(self.function, self.shape.len(), MOST_AXES, "axes"));
            }
            if let Some(view) = read(&value) {
                self.shape.extend_from_slice(&view.shape);
                return Ok(());
            }
            let Some(length) = length(&value) else { return Ok(()) };
            self.shape.push(length);
            let first = value.as_list().and_then(|list| list.get(0));
            match first {
                Some(first) => value = first,
                None => return Ok(()),
            }
        }
    }

    fn add(&mut self, context: &mut Context<'_>, value: &Value, depth: usize, path: &mut Vec<usize>) -> Result<()> {
        context.work(1)?;
        let is_element = depth == self.shape.len();
        if let Some(view) = read(value) {
            if view.shape[..] != self.shape[depth..] {
                return Err(self.uneven(
                    path,
                    &format!("a tensor of shape {}", crate::view::shown_shape(&view.shape)),
                    depth,
                ));
            }
            self.dtype = self.dtype.max(view.dtype());
            context.work(view.len())?;
            let heap = context.heap();
            let numbers = &mut self.numbers;
            view.places(|place| numbers.extend(Scalar::of(&view.value_at(place, heap))));
            return Ok(());
        }
        if let Some(length) = length(value) {
            if is_element || self.shape[depth] != length {
                return Err(self.uneven(path, &elements(length), depth));
            }
            return self.add_items(context, value, depth, path);
        }
        if !is_element {
            return Err(self.uneven(path, &describe(value), depth));
        }
        let number = match Scalar::of(value) {
            Some(number) => number,
            // What is missing.
            None if value.is_null() => Scalar::F64(f64::NAN),
            None => {
                let error = wrong(self.function, "numbers, booleans and lists of them", value);
                return Err(if path.is_empty() {
                    error
                } else {
                    error.with_hint(format!("found at {path:?}; a list of other values stays a list"))
                });
            }
        };
        self.dtype = self.dtype.max(number.dtype());
        if self.numbers.len() == self.numbers.capacity() && self.numbers.len() > context.most_items() {
            return Err(too_big(self.function, self.numbers.len(), context.most_items(), "elements"));
        }
        self.numbers.push(number);
        Ok(())
    }

    fn add_items(
        &mut self,
        context: &mut Context<'_>,
        value: &Value,
        depth: usize,
        path: &mut Vec<usize>,
    ) -> Result<()> {
        path.push(0);
        if let Some(list) = value.as_list() {
            for index in 0.. {
                let Some(item) = list.get(index) else { break };
                path[depth] = index;
                self.add(context, &item, depth + 1, path)?;
            }
        } else if let Some(range) = value.as_range() {
            for index in 0..length(value).unwrap_or(0) {
                let number = motet_vm::builtins::iterate::range_at(range, index as u64);
                self.add(context, &Value::int(number), depth + 1, path)?;
            }
        } else if let Some(bytes) = value.as_bytes() {
            for &byte in bytes {
                self.add(context, &Value::int(byte.into()), depth + 1, path)?;
            }
        }
        path.pop();
        Ok(())
    }

    #[cold]
    fn uneven(&self, path: &[usize], found: &str, depth: usize) -> Error {
        let wanted = match self.shape.get(depth) {
            Some(&length) => elements(length),
            None => "a number".to_owned(),
        };
        bad_value(format!(
            "{}: the lists are uneven: at {path:?} is {found}, and where the first is, {wanted}",
            self.function
        ))
        .with_hint("each row has as many elements as the first one")
    }
}

/// So many elements, as messages say it.
fn elements(count: usize) -> String {
    if count == 1 { "1 element".into() } else { format!("{count} elements") }
}

/// How many elements something has that is an axis.
fn length(value: &Value) -> Option<usize> {
    if let Some(range) = value.as_range() {
        let length = motet_vm::builtins::iterate::range_length(range).unwrap_or(u64::MAX);
        return Some(usize::try_from(length).unwrap_or(usize::MAX));
    }
    value.as_list().map(|list| list.length()).or_else(|| value.as_bytes().map(<[u8]>::len))
}

fn nested(context: &mut Context<'_>, function: &str, value: &Value, wanted: Option<DType>) -> Result<View> {
    let mut nested = Nested { function, shape: Shape::new(), dtype: DType::Bool, numbers: Vec::new() };
    nested.measure(value)?;
    let size = checked_size(context, function, &nested.shape, DType::C64)?;
    if size > 0 || nested.shape.is_empty() {
        checked_bytes(context, function, size.saturating_mul(size_of::<Scalar>() + DType::C64.bytes()))?;
        nested.numbers.reserve_exact(size);
        nested.add(context, value, 0, &mut Vec::new())?;
    } else {
        // What is empty says nothing about its elements.
        nested.dtype = wanted.unwrap_or(DType::F64);
        check_empty(value, 0, &nested)?;
    }
    let dtype = wanted.unwrap_or(nested.dtype);
    let buffer = with_type!(dtype, T => {
        let items: std::result::Result<Vec<T>, usize> =
            nested.numbers.iter().enumerate().map(|(at, number)| number.to::<T>().ok_or(at)).collect();
        items.map(T::into_buffer)
    });
    match buffer {
        Ok(buffer) => Ok(View::new(nested.shape, buffer)),
        Err(at) => Err(bad_value(format!(
            "{function}: the element at {} is no {}",
            shown_place(&nested.shape, at),
            dtype.name()
        ))),
    }
}

/// Lists without elements are as even as others.
fn check_empty(value: &Value, depth: usize, nested: &Nested<'_>) -> Result<()> {
    let Some(list) = value.as_list() else { return Ok(()) };
    for index in 0.. {
        let Some(item) = list.get(index) else { break };
        if length(&item) != nested.shape.get(depth + 1).copied() {
            return Err(nested.uneven(&[index], &describe(&item), depth + 1));
        }
        check_empty(&item, depth + 1, nested)?;
    }
    Ok(())
}

/// `tensor(data, dtype: null)`.
fn tensor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("tensor", arguments, 1, &["dtype"])?;
    let dtype = wanted("tensor", &given)?;
    let view = view_of(context, "tensor", arguments.at(0), dtype)?;
    Ok(give(context, view).into())
}

/// A shape: as a list, or as numbers.
pub(crate) fn shape_of(function: &str, given: &[Value]) -> Result<Shape> {
    let list = match given {
        [one] => one.as_list().map(|list| list.items().to_vec()),
        _ => None,
    };
    let lengths = list.as_deref().unwrap_or(given);
    if lengths.len() > MOST_AXES {
        return Err(too_big(function, lengths.len(), MOST_AXES, "axes"));
    }
    lengths.iter().map(|length| count(function, "a length", length)).collect()
}

fn filled(context: &mut Context<'_>, arguments: Arguments<'_>, function: &str, with: Scalar) -> Result<Outcome> {
    let given = WithOptions::of(function, arguments, 1, &["dtype"])?;
    let dtype = wanted(function, &given)?.unwrap_or(DType::F64);
    let shape = shape_of(function, given.positional)?;
    let view = full_of(context, function, shape, with, dtype)?;
    Ok(give(context, view).into())
}

/// A tensor of equal elements.
pub(crate) fn full_of(context: &Context<'_>, function: &str, shape: Shape, with: Scalar, dtype: DType) -> Result<View> {
    let size = checked_size(context, function, &shape, dtype)?;
    let buffer = with_type!(dtype, T => match with.to::<T>() {
        None => return Err(bad_value(format!("{function}: {with:?} is no {}", dtype.name()))),
        Some(item) if item == T::default() => zeros(dtype, size),
        Some(item) => T::into_buffer(vec![item; size]),
    });
    Ok(View::new(shape, buffer))
}

/// `zeros(...shape, dtype: "f64")`.
fn zeros_native(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    filled(context, arguments, "zeros", Scalar::Bool(false))
}

fn ones(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    filled(context, arguments, "ones", Scalar::Bool(true))
}

/// `full(shape, value, dtype: null)`.
fn full(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("full", arguments, 2, &["dtype"])?;
    let value = Scalar::of(arguments.at(1)).ok_or_else(|| wrong("full", "a number to fill with", arguments.at(1)))?;
    let dtype = wanted("full", &given)?.unwrap_or(value.dtype());
    let shape = shape_of("full", std::slice::from_ref(arguments.at(0)))?;
    let view = full_of(context, "full", shape, value, dtype)?;
    Ok(give(context, view).into())
}

/// `zeros_like(t)` and `ones_like(t)`: of its shape and dtype.
fn zeros_like(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("zeros_like", arguments.at(0))?;
    let view = full_of(context, "zeros_like", view.shape.clone(), Scalar::Bool(false), view.dtype())?;
    Ok(give(context, view).into())
}

fn ones_like(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("ones_like", arguments.at(0))?;
    let view = full_of(context, "ones_like", view.shape.clone(), Scalar::Bool(true), view.dtype())?;
    Ok(give(context, view).into())
}

/// `eye(n, columns = n, dtype: "f64")`.
fn eye(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("eye", arguments, 1, &["dtype"])?;
    let dtype = wanted("eye", &given)?.unwrap_or(DType::F64);
    let rows = count("eye", "the number of rows", arguments.at(0))?;
    let columns = given.at(1).map_or(Ok(rows), |columns| count("eye", "the number of columns", columns))?;
    let shape: Shape = [rows, columns].as_slice().into();
    let size = checked_size(context, "eye", &shape, dtype)?;
    let mut buffer = zeros(dtype, size);
    with_type!(dtype, T => {
        let one = Scalar::Bool(true).to::<T>().unwrap_or_default();
        let items = T::items_mut(&mut buffer).expect("just made");
        items.iter_mut().step_by(columns + 1).take(rows.min(columns)).for_each(|item| *item = one);
    });
    Ok(give(context, View::new(shape, buffer)).into())
}

/// `arange(end)`, `arange(start, end, step = 1, dtype: null)`.
fn arange(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "arange";
    let given = WithOptions::of(NAME, arguments, 1, &["dtype"])?;
    let dtype = wanted(NAME, &given)?;
    let zero = Value::int(0);
    let one = Value::int(1);
    let (start, end) = match given.at(1) {
        None => (&zero, arguments.at(0)),
        Some(end) => (arguments.at(0), end),
    };
    let step = given.at(2).unwrap_or(&one);
    let view = match (start.as_int(), end.as_int(), step.as_int()) {
        (Some(start), Some(end), Some(step)) => integers(context, start, end, step)?,
        _ => {
            let (start, end, step) = (number(NAME, start)?, number(NAME, end)?, number(NAME, step)?);
            let most = context.most_items() * 2;
            if step == 0.0 || ![start, end, step].iter().all(|number| number.is_finite()) {
                return Err(bad_value("arange goes from number to number, by a step that is not 0"));
            }
            let length = ((end - start) / step).ceil().max(0.0);
            if length > most as f64 {
                return Err(too_big(NAME, format!("{length:e}"), most, "elements"));
            }
            let length = length as usize;
            context.work(length / 8)?;
            let items: Vec<f64> = (0..length).map(|index| start + index as f64 * step).collect();
            View::of_items([length].as_slice().into(), items)
        }
    };
    let view = match dtype {
        Some(dtype) if dtype != view.dtype() => as_type(context, NAME, &view, dtype)?,
        _ => view,
    };
    Ok(give(context, view).into())
}

fn integers(context: &mut Context<'_>, start: i64, end: i64, step: i64) -> Result<View> {
    if step == 0 {
        return Err(bad_value("arange goes from number to number, by a step that is not 0"));
    }
    let distance = if step > 0 { end as i128 - start as i128 } else { start as i128 - end as i128 };
    let size = step.unsigned_abs() as i128;
    let length = usize::try_from((distance.max(0) + size - 1) / size).unwrap_or(usize::MAX);
    checked_size(context, "arange", &[length], DType::I64)?;
    context.work(length / 8)?;
    // Each lies between the ends.
    let items: Vec<i64> = (0..length as i64).map(|index| start.wrapping_add(index.wrapping_mul(step))).collect();
    Ok(View::of_items([length].as_slice().into(), items))
}

/// `linspace(start, end, count = 50, endpoint: true)`.
fn linspace(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let items = spaced(context, arguments, "linspace")?;
    Ok(give(context, View::of_items([items.len()].as_slice().into(), items)).into())
}

/// `logspace(start, end, count = 50, base: 10)`: from 10^start to 10^end.
fn logspace(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("logspace", arguments, 2, &["base", "endpoint"])?;
    let base = given.option("base").map_or(Ok(10.0), |base| number("logspace", &base))?;
    let mut items = spaced(context, arguments, "logspace")?;
    items.iter_mut().for_each(|item| *item = base.powf(*item));
    Ok(give(context, View::of_items([items.len()].as_slice().into(), items)).into())
}

fn spaced(context: &mut Context<'_>, arguments: Arguments<'_>, function: &str) -> Result<Vec<f64>> {
    let given = WithOptions::of(function, arguments, 2, &["base", "endpoint"])?;
    let (start, end) = (number(function, arguments.at(0))?, number(function, arguments.at(1))?);
    let length = given.at(2).map_or(Ok(50), |length| count(function, "the number of elements", length))?;
    let has_end = given.option("endpoint").is_none_or(|endpoint| endpoint.is_truthy());
    checked_size(context, function, &[length], DType::F64)?;
    context.work(length / 4)?;
    let steps = if has_end { length.saturating_sub(1) } else { length } as f64;
    let last = length.saturating_sub(1);
    Ok((0..length)
        .map(|index| match index {
            // The end is met to the bit.
            _ if index == last && has_end && index > 0 => end,
            _ => start + (end - start) * (index as f64 / steps.max(1.0)),
        })
        .collect())
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "tensor(data, dtype: null)",
        tensor,
        "A tensor of numbers, booleans, or lists of them in lists: `tensor([[1, 2], [3, 4]])`. The elements are of one kind, which `dtype` may name: \"f64\", \"f32\", \"i64\", \"bool\", or \"c64\", which is complex. null is NaN.",
    )
    .pure(),
    Entry::function("zeros(...shape, dtype: \"f64\")", zeros_native, "A tensor of zeros: `zeros(2, 3)`, `zeros([2, 3])`.").at_least(1)
    .pure(),
    Entry::function("ones(...shape, dtype: \"f64\")", ones, "A tensor of ones.").at_least(1)
    .pure(),
    Entry::function("full(shape, value, dtype: null)", full, "A tensor of equal elements: `full([2, 3], 7)`.").pure(),
    Entry::function("eye(rows, columns = rows, dtype: \"f64\")", eye, "The unit matrix: ones where row and column are equal.").pure(),
    Entry::function(
        "arange(start, end = start, step = 1, dtype: null)",
        arange,
        "A tensor of the numbers from `start`, or from 0 with one argument, to before `end`.",
    )
    .pure(),
    Entry::function(
        "linspace(start, end, count = 50, endpoint: true)",
        linspace,
        "A tensor of so many numbers at equal distances, both ends among them.",
    )
    .pure(),
    Entry::function(
        "logspace(start, end, count = 50, base: 10, endpoint: true)",
        logspace,
        "The same of powers: from `base ^ start` to `base ^ end`.",
    )
    .pure(),
];

pub(crate) static METHODS: &[Entry] = &[
    Entry::method(&crate::tensor::TENSOR, "zeros_like(tensor)", zeros_like, "Zeros of its shape and dtype.").pure(),
    Entry::method(&crate::tensor::TENSOR, "ones_like(tensor)", ones_like, "Ones of its shape and dtype.").pure(),
];
