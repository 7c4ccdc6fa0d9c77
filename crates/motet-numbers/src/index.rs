//! `t[i, j]`: elements, slices, masks and lists of indexes, to be read and to be set.
//!
//! Numbers and ranges give a view. A list of indexes or a mask chooses elements one by one; several of them are taken
//! together, as NumPy does: `t[[0, 1], [2, 3]]` is the elements at `[0, 2]` and `[1, 3]`.

use crate::buffer::{Convert, Element, Scalar, with_type};
use crate::make::{shown_place, view_of};
use crate::tensor::{argument, change, checked_size, give, give_part, read};
use crate::view::{Shape, View, common_shape, shown_shape};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, describe, end_of_slice, integer, out_of_range, place};
use motet_vm::memory::{Range, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};

/// What a part of an index chooses along the axes that it is for.
enum Chosen {
    One(usize),
    Slice {
        start: usize,
        count: usize,
        step: isize,
    },
    /// These places, in an array of this shape.
    Places {
        places: Vec<usize>,
        shape: Shape,
    },
}

/// A view, and the axes of it along which places are chosen.
struct Selection {
    view: View,
    chosen: Vec<(usize, Vec<usize>)>,
    /// The shape of what the choices give together, and the axis that it stands at.
    shape: Shape,
    at: usize,
}

fn slice(range: &Range, length: usize) -> Result<Chosen> {
    if range.step == 1 {
        let start = end_of_slice(range.start.unwrap_or(0), length);
        let end = match range.end {
            Some(end) if !(range.inclusive && end == -1) => {
                end_of_slice(end.saturating_add(i64::from(range.inclusive)), length)
            }
            _ => length,
        };
        return Ok(Chosen::Slice { start, count: end.saturating_sub(start), step: 1 });
    }
    // Steps: the integers of the range, as far as there are elements. Its ends may be any integers.
    let (length, step) = (length as i128, i128::from(range.step));
    let from_end = |index: i64| if index < 0 { i128::from(index) + length } else { index.into() };
    let is_back = step < 0;
    let start = range.start.map_or(if is_back { length - 1 } else { 0 }, from_end);
    let end = match range.end {
        None => {
            if is_back {
                -1
            } else {
                length
            }
        }
        // Downwards from a number that counts from the beginning, -1 lies before the first element.
        Some(end) if is_back && range.start.is_none_or(|start| start >= 0) => end.into(),
        Some(end) => from_end(end),
    };
    let end = if range.inclusive { end + step.signum() } else { end };
    // What lies beyond the ends is stepped over.
    let beyond = if is_back { start - (length - 1) } else { -start };
    let first = start + beyond.max(0).unsigned_abs().div_ceil(step.unsigned_abs()) as i128 * step;
    let distance = if is_back { first - end.max(-1) } else { end.min(length) - first };
    let count = if (0..length).contains(&first) && distance > 0 {
        distance.unsigned_abs().div_ceil(step.unsigned_abs()) as usize
    } else {
        0
    };
    let (start, step) = if count > 1 { (first as usize, step as isize) } else { (first.max(0) as usize, 1) };
    Ok(Chosen::Slice { start: if count > 0 { start } else { 0 }, count, step })
}

#[cold]
fn outside(index: i64, axis: usize, view: &View) -> Error {
    if view.rank() == 1 {
        return out_of_range("tensor", index, view.shape[0]);
    }
    let length = view.shape[axis];
    let message = format!("index {index} is outside axis {axis} of a tensor of shape {}", shown_shape(&view.shape));
    let valid = match length {
        0 => "the axis is empty".into(),
        _ => format!("the indexes of axis {axis} are 0 to {}", length - 1),
    };
    Error::new(ErrorKind::IndexError, message).with_hint(valid)
}

/// The places that a list or a tensor of indexes chooses along an axis, or along several if it is a mask.
fn places(context: &mut Context<'_>, view: &View, axis: usize, index: &Value) -> Result<Vec<Chosen>> {
    let chosen = match read(index) {
        Some(chosen) => chosen.clone(),
        None if index.as_list().is_some_and(|list| list.length() == 0) => {
            return Ok(vec![Chosen::Places { places: Vec::new(), shape: [0].as_slice().into() }]);
        }
        None => view_of(context, "an index", index, None)?,
    };
    context.work(chosen.len())?;
    match chosen.dtype() {
        crate::dtype::DType::I64 => {
            let Some(&length) = view.shape.get(axis) else { return Err(no_axis(view, axis)) };
            let items = chosen.items::<i64>();
            let places: std::result::Result<Vec<usize>, i64> =
                items.iter().map(|&index| place(index, length).ok_or(index)).collect();
            let places = places.map_err(|index| outside(index, axis, view))?;
            Ok(vec![Chosen::Places { places, shape: chosen.shape.clone() }])
        }
        crate::dtype::DType::Bool => {
            let rank = chosen.rank();
            let part = view.shape.get(axis..axis + rank).unwrap_or_default();
            if chosen.shape[..] != *part {
                let message = format!(
                    "a mask of shape {} does not fit a tensor of shape {}",
                    shown_shape(&chosen.shape),
                    shown_shape(&view.shape)
                );
                let hint = match rank {
                    1 if axis < view.rank() => {
                        format!("axis {axis} has {} elements, and the mask {}", view.shape[axis], chosen.shape[0])
                    }
                    _ => "a mask has the shape of the tensor, or of its first axes".into(),
                };
                return Err(Error::new(ErrorKind::IndexError, message).with_hint(hint));
            }
            let items = chosen.items::<bool>();
            let numbers: Vec<usize> =
                items.iter().enumerate().filter(|(_, is_chosen)| **is_chosen).map(|(at, _)| at).collect();
            let shape: Shape = [numbers.len()].as_slice().into();
            let mut size = chosen.len();
            let mut result = Vec::new();
            for &length in part {
                size /= length.max(1);
                let step = size.max(1);
                let places = numbers.iter().map(|number| number / step % length.max(1)).collect();
                result.push(Chosen::Places { places, shape: shape.clone() });
            }
            Ok(result)
        }
        other => Err(bad_index(&format!("a tensor of {}", other.name()))),
    }
}

#[cold]
fn bad_index(found: &str) -> Error {
    Error::type_error(format!("a tensor is indexed by integers, ranges, lists of integers and masks, not by {found}"))
}

#[cold]
fn no_axis(view: &View, axis: usize) -> Error {
    let message = format!("a tensor of shape {} has no axis {axis} to index", shown_shape(&view.shape));
    Error::new(ErrorKind::IndexError, message).with_hint(match view.rank() {
        0 => "it is a single number: t.item()".to_owned(),
        rank => format!("it takes {rank} indexes at most"),
    })
}

fn chosen(context: &mut Context<'_>, view: &View, axis: usize, index: &Value) -> Result<Vec<Chosen>> {
    let is_list = index.as_list().is_some() || read(index).is_some();
    if axis >= view.rank() && !(is_list && view.rank() == 0) {
        return Err(no_axis(view, axis));
    }
    if let Some(number) = index.as_int() {
        return match place(number, view.shape[axis]) {
            Some(index) => Ok(vec![Chosen::One(index)]),
            None => Err(outside(number, axis, view)),
        };
    }
    if let Some(range) = index.as_range() {
        return Ok(vec![slice(range, view.shape[axis])?]);
    }
    if is_list {
        return places(context, view, axis, index);
    }
    if index.as_float().is_some() {
        return Ok(vec![match place(integer("an index", "a part of it", index)?, view.shape[axis]) {
            Some(index) => Chosen::One(index),
            None => return Err(outside(integer("an index", "a part of it", index)?, axis, view)),
        }]);
    }
    let error = bad_index(&describe(index));
    Err(match index.as_bool() {
        Some(_) => error.with_hint("`==` compares whole tensors; t.eq(x) compares element by element and gives a mask"),
        None => error,
    })
}

/// What indexes choose of a view.
fn select(context: &mut Context<'_>, whole: &View, indexes: &[Value]) -> Result<Selection> {
    let mut view = whole.clone();
    // The axis of the whole, and of what is left of it.
    let (mut axis, mut own) = (0, 0);
    let mut lists: Vec<(usize, Vec<usize>, Shape)> = Vec::new();
    for index in indexes {
        for part in chosen(context, whole, axis, index)? {
            match part {
                Chosen::One(index) => view = view.at(own, index),
                Chosen::Slice { start, count, step } => {
                    view = view.sliced(own, start, count, step);
                    own += 1;
                }
                Chosen::Places { places, shape } => {
                    lists.push((own, places, shape));
                    own += 1;
                }
            }
            axis += 1;
        }
    }
    let mut shape = Shape::new();
    for (_, _, own) in &lists {
        shape = common_shape(&shape, own).map_err(|_| {
            let message = format!(
                "lists of indexes of different lengths: {} and {}",
                shown_shape(&shape),
                shown_shape(own)
            );
            Error::new(ErrorKind::IndexError, message)
                .with_hint("several lists are taken together, element by element: t[[0, 1], [2, 3]]; for rows and columns write t[rows, ..][.., columns]")
        })?;
    }
    let at = lists.first().map_or(0, |list| list.0);
    let chosen = lists
        .into_iter()
        .map(|(axis, places, own)| {
            if own == shape {
                return (axis, places);
            }
            let numbers = View::of_items(own, places.iter().map(|&place| place as i64).collect());
            (axis, numbers.broadcast(&shape).items::<i64>().iter().map(|&place| place as usize).collect())
        })
        .collect();
    Ok(Selection { view, chosen, shape, at })
}

impl Selection {
    fn is_view(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The shape of what is chosen.
    fn shape(&self) -> Shape {
        let mut shape = Shape::new();
        for axis in 0..=self.view.rank() {
            if axis == self.at && !self.is_view() {
                shape.extend_from_slice(&self.shape);
            }
            if axis < self.view.rank() && !self.chosen.iter().any(|(chosen, _)| *chosen == axis) {
                shape.push(self.view.shape[axis]);
            }
        }
        shape
    }

    /// The places of the chosen elements in the buffer, in the order of the shape.
    fn places(&self, context: &mut Context<'_>) -> Result<Vec<usize>> {
        let mut result = Vec::with_capacity(self.shape().iter().product());
        // Axes before the choices, those that are chosen along, and the others.
        let (mut before, mut after): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for axis in (0..self.view.rank()).filter(|axis| !self.chosen.iter().any(|(chosen, _)| chosen == axis)) {
            if axis < self.at { before.push(axis) } else { after.push(axis) }
        }
        let count: usize = self.shape.iter().product();
        let (outer, inner) = (self.view.permuted(&before), self.view.permuted(&after));
        if outer.is_empty() || inner.is_empty() || count == 0 {
            return Ok(result);
        }
        let (mut starts, mut inside) = (Vec::new(), Vec::new());
        distances(&outer, &mut starts);
        distances(&inner, &mut inside);
        for start in starts {
            for number in 0..count {
                context.work(1 + inside.len() / 8)?;
                let chosen: isize =
                    self.chosen.iter().map(|(axis, places)| self.view.strides[*axis] * places[number] as isize).sum();
                let base = self.view.offset as isize + start + chosen;
                result.extend(inside.iter().map(|distance| (base + distance) as usize));
            }
        }
        Ok(result)
    }
}

/// How far each element lies from the first one, in order.
fn distances(view: &View, result: &mut Vec<isize>) {
    let mut index = vec![0usize; view.rank()];
    let mut distance = 0isize;
    'all: loop {
        result.push(distance);
        let mut axis = view.rank();
        loop {
            if axis == 0 {
                break 'all;
            }
            axis -= 1;
            index[axis] += 1;
            distance += view.strides[axis];
            if index[axis] < view.shape[axis] {
                break;
            }
            distance -= view.strides[axis] * view.shape[axis] as isize;
            index[axis] = 0;
        }
    }
}

/// `t[i]`, `t[i, j]`.
fn get_index(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("an index", arguments.at(0))?;
    let indexes = &arguments.positional()[1..];
    if let Some(place) = element(&view, indexes) {
        return Ok(view.value_at(place, context.heap()).into());
    }
    let view = view.clone();
    let selection = select(context, &view, indexes)?;
    if selection.is_view() {
        return Ok(give_part(context.heap(), selection.view).into());
    }
    let shape = selection.shape();
    checked_size(context, "an index", &shape, view.dtype())?;
    let places = selection.places(context)?;
    let taken = with_type!(view.dtype(), T => {
        let items = T::items(&view.buffer).expect("its dtype");
        View::of_items(shape, places.iter().map(|&place| items[place]).collect::<Vec<T>>())
    });
    Ok(give(context, taken).into())
}

/// The place of the element that as many integers as there are axes mean.
fn element(view: &View, indexes: &[Value]) -> Option<usize> {
    if indexes.len() != view.rank() {
        return None;
    }
    let mut at = view.offset as isize;
    for (axis, index) in indexes.iter().enumerate() {
        at += place(index.as_int()?, view.shape[axis])? as isize * view.strides[axis];
    }
    Some(at as usize)
}

/// `t[i] = x`, `t[i, j] = x`: the last argument is what is set.
fn set_index(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (target, rest) = (arguments.at(0), &arguments.positional()[1..]);
    let Some((value, indexes)) = rest.split_last() else { return Ok(Value::NULL.into()) };
    if let Some(number) = Scalar::of(value) {
        let is_set = change(target, |view| {
            let Some(_) = element(view, indexes) else { return Ok(false) };
            view.unshared();
            let place = element(view, indexes).expect("the same indexes");
            let dtype = view.dtype();
            let is_held = with_type!(dtype, T => match number.to::<T>().filter(|_| holds(dtype, number)) {
                Some(item) => {
                    T::items_mut(view.unshared()).expect("its dtype")[place] = item;
                    true
                }
                None => false,
            });
            if is_held { Ok(true) } else { Err(not_held(value, dtype)) }
        })?;
        if is_set {
            return Ok(Value::NULL.into());
        }
    }
    let source = view_of(context, "an element", value, None)?;
    // What the indexes choose is found before the tensor is changed: it may stand among the indexes itself.
    let (shape, dtype) = {
        let view = argument("an index", target)?.clone();
        (select(context, &view, indexes)?.shape(), view.dtype())
    };
    checked_size(context, "an index", &shape, dtype)?;
    if common_shape(&shape, &source.shape).ok().as_ref() != Some(&shape) {
        return Err(does_not_fit(&source.shape, &shape));
    }
    context.work(source.len() / 8)?;
    with_type!(dtype, T => {
        let items = in_kind::<T>(&source.broadcast(&shape), value)?;
        drop(source);
        change(target, |view| {
            view.unshared();
            Ok(())
        })?;
        // The places are those of the buffer that is written.
        let selection = {
            let view = argument("an index", target)?.clone();
            let mut selection = select(context, &view, indexes)?;
            selection.view.forget_buffer();
            selection
        };
        let places = if selection.is_view() { None } else { Some(selection.places(context)?) };
        change(target, |view| {
            let written = T::items_mut(view.unshared()).expect("its dtype");
            let mut items = items.iter();
            let mut write = |place: usize| {
                if let Some(item) = items.next() {
                    written[place] = *item;
                }
            };
            match &places {
                Some(places) => places.iter().for_each(|&place| write(place)),
                None => selection.view.places(write),
            }
            Ok(())
        })
    })?;
    Ok(Value::NULL.into())
}

/// A fraction is not cut off where a program does not say so.
fn holds(dtype: crate::dtype::DType, number: Scalar) -> bool {
    match (dtype, number) {
        (crate::dtype::DType::I64, Scalar::F64(float)) => float.fract() == 0.0,
        (crate::dtype::DType::Bool, number) => matches!(number, Scalar::Bool(_)),
        _ => true,
    }
}

/// Elements as the kind of the tensor that gets them.
fn in_kind<T: Element>(source: &View, value: &Value) -> Result<Vec<T>>
where
    bool: Convert<T>,
    i64: Convert<T>,
    f32: Convert<T>,
    f64: Convert<T>,
    crate::buffer::C64: Convert<T>,
{
    use crate::dtype::DType;
    let is_whole = match (T::DTYPE, source.dtype()) {
        (DType::I64, DType::F32 | DType::F64) => source.widened::<f64>().iter().all(|float| float.fract() == 0.0),
        (DType::Bool, other) => other == DType::Bool,
        _ => true,
    };
    match source.converted::<T>() {
        Ok(items) if is_whole => Ok(items.into_owned()),
        Err(at) if is_whole => {
            Err(not_held(value, T::DTYPE).with_hint(format!("found at {}", shown_place(&source.shape, at))))
        }
        _ => Err(not_held(value, T::DTYPE)),
    }
}

#[cold]
fn not_held(value: &Value, dtype: crate::dtype::DType) -> Error {
    let error = Error::type_error(format!("a tensor of {} cannot hold {}", dtype.name(), describe(value)));
    match dtype {
        crate::dtype::DType::Bool => error,
        _ => error.with_hint("t.astype(\"f64\") is a tensor of floats, t.astype(\"c64\") of complex numbers"),
    }
}

#[cold]
fn does_not_fit(found: &[usize], wanted: &[usize]) -> Error {
    bad_value(format!(
        "a part of shape {} cannot be set to a tensor of shape {}",
        shown_shape(wanted),
        shown_shape(found)
    ))
    .with_hint("the shapes are equal, or the axes of what is set are missing or have length 1")
}

pub(crate) static METHODS: &[Entry] = &[
    Entry::method(
        &crate::tensor::TENSOR,
        "get_index(tensor, ...indexes)",
        get_index,
        "What `t[i, j]` means: an element, or a part.",
    )
    .at_least(2),
    Entry::method(&crate::tensor::TENSOR, "set_index(tensor, ...indexes)", set_index, "What `t[i, j] = x` means.")
        .at_least(3),
];
