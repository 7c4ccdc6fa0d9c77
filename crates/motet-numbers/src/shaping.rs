//! The shape of tensors: other shapes of the same elements, and arrays put together and taken apart.

use crate::buffer::{Element, with_type};
use crate::dtype::DType;
use crate::make::{as_type, view_of};
use crate::mismatch::expressions;
use crate::tensor::{argument, checked_size, give, give_part};
use crate::view::{Shape, View, common_shape, shown_shape};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, integer, place, too_big, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};

/// The axis that a number means, counted from the end if it is negative.
pub(crate) fn axis_of(function: &str, value: &Value, rank: usize) -> Result<usize> {
    let number = integer(function, "an axis", value)?;
    place(number, rank).ok_or_else(|| no_axis(function, number, rank))
}

#[cold]
fn no_axis(function: &str, number: i64, rank: usize) -> Error {
    let message = format!("{function}: there is no axis {number} in a tensor of {rank} axes");
    Error::new(ErrorKind::IndexError, message).with_hint(match rank {
        0 => "it is a single number".to_owned(),
        1 => "its only axis is 0".to_owned(),
        _ => format!("the axes are 0 to {}, and -1 is the last one", rank - 1),
    })
}

/// Arrays of one kind, equal but along an axis, behind one another along it.
pub(crate) fn joined(parts: &[View], axis: usize) -> View {
    let mut shape = parts[0].shape.clone();
    shape[axis] = parts.iter().map(|part| part.shape[axis]).sum();
    with_type!(parts[0].dtype(), T => {
        let mut items: Vec<T> = Vec::with_capacity(shape.iter().product());
        let packed: Vec<_> = parts.iter().map(|part| part.items::<T>()).collect();
        let outer: usize = shape[..axis].iter().product();
        for row in 0..outer {
            for part in &packed {
                let length = part.len() / outer;
                items.extend_from_slice(&part[row * length..][..length]);
            }
        }
        View::of_items(shape, items)
    })
}

/// `reshape(t, ...shape)`: one length may be -1, which stands for what is left.
fn reshape(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "reshape";
    let view = argument(NAME, arguments.at(0))?.clone();
    let given = &arguments.positional()[1..];
    let list = match given {
        [one] => one.as_list().map(|list| list.items().to_vec()),
        _ => None,
    };
    let lengths = list.as_deref().unwrap_or(given);
    if lengths.len() > crate::view::MOST_AXES {
        return Err(bad_value(format!("{NAME}: a tensor has at most {} axes", crate::view::MOST_AXES)));
    }
    let mut open = None;
    let mut shape = Shape::new();
    for (axis, length) in lengths.iter().enumerate() {
        if length.as_int() == Some(-1) && open.is_none() {
            open = Some(axis);
            shape.push(1);
        } else {
            shape.push(count(NAME, "a length", length)?);
        }
    }
    let size = view.len();
    if let Some(axis) = open {
        let others = crate::view::size_of_shape(&shape).unwrap_or(usize::MAX);
        if others > 0 && size.is_multiple_of(others) {
            shape[axis] = size / others;
        }
    }
    if crate::view::size_of_shape(&shape) != Some(size) {
        let wanted: Vec<String> = lengths.iter().map(|length| length.as_int().unwrap_or(0).to_string()).collect();
        return Err(bad_value(format!(
            "{NAME}: {size} elements of shape {} do not fit the shape [{}]",
            shown_shape(&view.shape),
            wanted.join(", ")
        ))
        .with_hint("the lengths multiplied are the number of elements; -1 stands for one of them"));
    }
    context.work(if view.is_packed() { 1 } else { size / 8 })?;
    Ok(give(context, view.reshaped(shape)).into())
}

fn ravel(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("ravel", arguments.at(0))?.clone();
    let shape: Shape = [view.len()].as_slice().into();
    Ok(give(context, view.reshaped(shape)).into())
}

/// The axes in the opposite order.
pub(crate) fn turned(view: &View) -> View {
    let order: Vec<usize> = (0..view.rank()).rev().collect();
    view.permuted(&order)
}

/// `transpose(t, ...axes)`.
fn transpose(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "transpose";
    let view = argument(NAME, arguments.at(0))?.clone();
    let given = &arguments.positional()[1..];
    if given.is_empty() {
        return Ok(give(context, turned(&view)).into());
    }
    let list = match given {
        [one] => one.as_list().map(|list| list.items().to_vec()),
        _ => None,
    };
    let given = list.as_deref().unwrap_or(given);
    let order = given.iter().map(|axis| axis_of(NAME, axis, view.rank())).collect::<Result<Vec<usize>>>()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().ne(0..view.rank()) {
        return Err(bad_value(format!("{NAME} takes each of the {} axes once", view.rank())));
    }
    Ok(give(context, view.permuted(&order)).into())
}

/// `swap_axes(t, a, b)`.
fn swap_axes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("swap_axes", arguments.at(0))?.clone();
    let (a, b) =
        (axis_of("swap_axes", arguments.at(1), view.rank())?, axis_of("swap_axes", arguments.at(2), view.rank())?);
    let mut order: Vec<usize> = (0..view.rank()).collect();
    order.swap(a, b);
    Ok(give(context, view.permuted(&order)).into())
}

/// `squeeze(t)`: without axes of length 1.
fn squeeze(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut view = argument("squeeze", arguments.at(0))?.clone();
    let only = arguments.get(1).map(|axis| axis_of("squeeze", axis, view.rank())).transpose()?;
    if let Some(axis) = only
        && view.shape[axis] != 1
    {
        return Err(bad_value(format!("squeeze: axis {axis} of shape {} has not length 1", shown_shape(&view.shape))));
    }
    for axis in (0..view.rank()).rev() {
        if view.shape[axis] == 1 && only.is_none_or(|only| only == axis) {
            view.shape.remove(axis);
            view.strides.remove(axis);
        }
    }
    Ok(give(context, view).into())
}

/// `expand(t, axis)`: with a new axis of length 1.
fn expand_dims(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut view = argument("expand_dims", arguments.at(0))?.clone();
    if view.rank() == crate::view::MOST_AXES {
        return Err(bad_value(format!("a tensor has at most {} axes", crate::view::MOST_AXES)));
    }
    let axis = axis_of("expand_dims", arguments.at(1), view.rank() + 1)?;
    view.shape.insert(axis, 1);
    view.strides.insert(axis, 0);
    Ok(give(context, view).into())
}

/// `broadcast(t, ...shape)`.
fn broadcast(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "broadcast";
    let view = argument(NAME, arguments.at(0))?.clone();
    let shape = crate::make::shape_of(NAME, &arguments.positional()[1..])?;
    checked_size(context, NAME, &shape, view.dtype())?;
    if common_shape(&view.shape, &shape).ok().as_ref() != Some(&shape) {
        return Err(bad_value(format!(
            "{NAME}: a tensor of shape {} does not fit the shape {}",
            shown_shape(&view.shape),
            shown_shape(&shape)
        ))
        .with_hint("its axes, from the last one on, are as long or have length 1"));
    }
    Ok(give(context, view.broadcast(&shape)).into())
}

/// `flip(t, axis: null)`: backwards along an axis, or along all.
fn flip(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("flip", arguments, 1, &["axis"])?;
    let mut view = argument("flip", arguments.at(0))?.clone();
    let axis = given.option("axis").or_else(|| given.at(1).cloned());
    let axis = axis.map(|axis| axis_of("flip", &axis, view.rank())).transpose()?;
    for along in 0..view.rank() {
        if axis.is_none_or(|axis| axis == along) && view.shape[along] > 0 {
            let length = view.shape[along];
            view = view.sliced(along, length - 1, length, -1);
        }
    }
    Ok(give(context, view).into())
}

/// The tensors of a call: as a list, or one after the other.
pub(crate) fn several(context: &mut Context<'_>, function: &str, given: &[Value]) -> Result<Vec<View>> {
    let list = match given {
        [one] => one.as_list().map(|list| list.items().to_vec()),
        _ => None,
    };
    let parts = list.as_deref().unwrap_or(given);
    if parts.is_empty() {
        return Err(bad_value(format!("{function} takes one tensor at least")));
    }
    let mut views = parts.iter().map(|part| view_of(context, function, part, None)).collect::<Result<Vec<View>>>()?;
    let dtype = views.iter().map(View::dtype).reduce(DType::with).unwrap_or(DType::F64);
    for view in &mut views {
        if view.dtype() != dtype {
            *view = as_type(context, function, view, dtype)?;
        }
    }
    Ok(views)
}

/// `concat(...tensors, axis: 0)`.
fn concat(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "concat";
    let given = WithOptions::of(NAME, arguments, 1, &["axis"])?;
    let parts = several(context, NAME, given.positional)?;
    let first = &parts[0];
    if first.rank() == 0 {
        return Err(
            wrong(NAME, "tensors with axes", &given.positional[0]).with_hint("stack(a, b) makes an axis of numbers")
        );
    }
    let axis = given.option("axis").map_or(Ok(0), |axis| axis_of(NAME, &axis, first.rank()))?;
    for (number, part) in parts.iter().enumerate() {
        let differs =
            (0..first.rank()).find(|&along| along != axis && part.shape.get(along) != Some(&first.shape[along]));
        if part.rank() != first.rank() || differs.is_some() {
            let [left, right] = if parts.len() == 2 {
                expressions(context, NAME)
            } else {
                ["the first tensor".into(), format!("tensor {number}")]
            };
            let at = differs.map_or(String::new(), |along| format!(": axis {along} differs"));
            return Err(bad_value(format!(
                "cannot concat {left} of shape {} and {right} of shape {} along axis {axis}{at}",
                shown_shape(&first.shape),
                shown_shape(&part.shape)
            ))
            .with_hint("all axes but the one along which they are put together are equally long"));
        }
    }
    let mut shape = first.shape.clone();
    shape[axis] = parts.iter().map(|part| part.shape[axis]).sum();
    let size = checked_size(context, NAME, &shape, first.dtype())?;
    context.work(size / 8)?;
    Ok(give(context, joined(&parts, axis)).into())
}

/// `stack(...tensors, axis: 0)`: along a new axis.
fn stack(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "stack";
    let given = WithOptions::of(NAME, arguments, 1, &["axis"])?;
    let mut parts = several(context, NAME, given.positional)?;
    let first = parts[0].shape.clone();
    if let Some(part) = parts.iter().find(|part| part.shape != first) {
        return Err(bad_value(format!(
            "stack takes tensors of one shape, not of {} and {}",
            shown_shape(&first),
            shown_shape(&part.shape)
        ))
        .with_hint("concat(a, b) puts tensors together along an axis that they have"));
    }
    if first.len() == crate::view::MOST_AXES {
        return Err(bad_value(format!("a tensor has at most {} axes", crate::view::MOST_AXES)));
    }
    let axis = given.option("axis").map_or(Ok(0), |axis| axis_of(NAME, &axis, first.len() + 1))?;
    for part in &mut parts {
        part.shape.insert(axis, 1);
        part.strides.insert(axis, 0);
    }
    let mut shape = parts[0].shape.clone();
    shape[axis] = parts.len();
    let size = checked_size(context, NAME, &shape, parts[0].dtype())?;
    context.work(size / 8)?;
    Ok(give(context, joined(&parts, axis)).into())
}

/// `split(t, parts, axis: 0)`: into so many equal parts, or at these indexes.
fn split(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "split";
    let given = WithOptions::of(NAME, arguments, 2, &["axis"])?;
    let view = argument(NAME, arguments.at(0))?.clone();
    if view.rank() == 0 {
        return Err(wrong(NAME, "a tensor with axes", arguments.at(0)));
    }
    let axis = given.option("axis").map_or(Ok(0), |axis| axis_of(NAME, &axis, view.rank()))?;
    let length = view.shape[axis];
    let parts = arguments.at(1);
    let mut ends: Vec<usize> = match parts.as_list() {
        Some(list) => {
            let places = list.items().iter().map(|at| integer(NAME, "an index", at)).collect::<Result<Vec<i64>>>()?;
            places.into_iter().map(|at| motet_vm::builtins::arguments::end_of_slice(at, length)).collect()
        }
        None => {
            let parts = count(NAME, "the number of parts", parts)?;
            if parts == 0 || !length.is_multiple_of(parts) {
                return Err(bad_value(format!("split: axis {axis} of {length} elements has no {parts} equal parts"))
                    .with_hint("a list of indexes says where to split: t.split([2, 5])"));
            }
            (1..parts).map(|part| part * (length / parts)).collect()
        }
    };
    ends.push(length);
    // Each part is an object of its own.
    let most = context.most_items() / 16;
    if ends.len() > most {
        return Err(too_big(NAME, ends.len(), most, "parts"));
    }
    context.work(ends.len() * 8)?;
    let mut start = 0;
    let mut result = Vec::with_capacity(ends.len());
    for end in ends {
        let (first, count) = (start.min(length), end.saturating_sub(start));
        result.push(give_part(context.heap(), view.sliced(axis, first, count, 1)));
        start = end;
    }
    Ok(context.heap().list(result).into())
}

/// `repeat(t, count, axis: 0)`: each element so many times.
fn repeat(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "repeat";
    let given = WithOptions::of(NAME, arguments, 2, &["axis"])?;
    let view = argument(NAME, arguments.at(0))?.clone();
    let times = count(NAME, "the count", arguments.at(1))?;
    let view = match view.rank() {
        0 => view.reshaped([1].as_slice().into()),
        _ => view,
    };
    let axis = given.option("axis").map_or(Ok(0), |axis| axis_of(NAME, &axis, view.rank()))?;
    let mut wide = view.clone();
    wide.shape.insert(axis + 1, times);
    wide.strides.insert(axis + 1, 0);
    let mut shape = view.shape.clone();
    shape[axis] = shape[axis].saturating_mul(times);
    let size = checked_size(context, NAME, &shape, view.dtype())?;
    context.work(size / 4)?;
    Ok(give(context, wide.reshaped(shape)).into())
}

/// `tile(t, count)`: all of it so many times, along the first axis.
fn tile(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "tile";
    let view = argument(NAME, arguments.at(0))?.clone();
    let times = count(NAME, "the count", arguments.at(1))?;
    let view = match view.rank() {
        0 => view.reshaped([1].as_slice().into()),
        _ => view,
    };
    let mut wide = view.clone();
    wide.shape.insert(0, times);
    wide.strides.insert(0, 0);
    let mut shape = view.shape.clone();
    shape[0] = shape[0].saturating_mul(times);
    let size = checked_size(context, NAME, &shape, view.dtype())?;
    context.work(size / 4)?;
    Ok(give(context, wide.reshaped(shape)).into())
}

/// `meshgrid(x, y)`: the coordinates of all points of a grid, each a tensor.
fn meshgrid(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "meshgrid";
    let (x, y) = (view_of(context, NAME, arguments.at(0), None)?, view_of(context, NAME, arguments.at(1), None)?);
    for (view, value) in [(&x, arguments.at(0)), (&y, arguments.at(1))] {
        if view.rank() != 1 {
            return Err(wrong(NAME, "tensors of one axis", value));
        }
    }
    let shape: Shape = [y.len(), x.len()].as_slice().into();
    checked_size(context, NAME, &shape, DType::C64)?;
    let column = y.reshaped([shape[0], 1].as_slice().into());
    let grids = vec![give(context, x.broadcast(&shape)), give(context, column.broadcast(&shape))];
    Ok(context.heap().list(grids).into())
}

/// `diag(t)`: the diagonal of a matrix, or the matrix with this diagonal.
fn diag(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("diag", arguments.at(0))?.clone();
    match view.rank() {
        2 => {
            let mut diagonal = view.clone();
            diagonal.shape = [view.shape[0].min(view.shape[1])].as_slice().into();
            diagonal.strides = [view.strides[0] + view.strides[1]].as_slice().into();
            Ok(give(context, diagonal).into())
        }
        1 => {
            let size = view.len();
            let shape: Shape = [size, size].as_slice().into();
            let total = checked_size(context, "diag", &shape, view.dtype())?;
            let mut buffer = crate::tensor::zeros(view.dtype(), total);
            with_type!(view.dtype(), T => {
                let items = T::items_mut(&mut buffer).expect("just made");
                view.items::<T>().iter().enumerate().for_each(|(at, &item)| items[at * (size + 1)] = item);
            });
            Ok(give(context, View::new(shape, buffer)).into())
        }
        _ => Err(wrong("diag", "a matrix, or a tensor of one axis", arguments.at(0))),
    }
}

macro_rules! methods {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        &[$(Entry::method(&crate::tensor::TENSOR, $signature, $call, $documentation).pure(),)*]
    };
}

pub(crate) static METHODS: &[Entry] = methods! {
    "reshape(tensor, ...shape)" reshape "The same elements in another shape; one length may be -1, for what is left.";
    "ravel(tensor)" ravel "The elements in one axis.";
    "flatten(tensor)" ravel "The elements in one axis.";
    "transpose(tensor, ...axes)" transpose "The axes in the opposite order, or in this one. `t.T` is the same as `t.transpose()`.";
    "swap_axes(tensor, a, b)" swap_axes "With two axes exchanged.";
    "squeeze(tensor, axis = null)" squeeze "Without the axes of length 1, or without this one.";
    "expand_dims(tensor, axis)" expand_dims "With a new axis of length 1.";
    "broadcast(tensor, ...shape)" broadcast "As a tensor of this shape: axes that are missing or have length 1 are repeated.";
    "diag(tensor)" diag "The diagonal of a matrix, or the matrix that has this one.";
    "tile(tensor, count)" tile "All of it so many times, along the first axis.";
};

/// Those that take keywords.
pub(crate) static MORE_METHODS: &[Entry] = &[
    Entry::method(
        &crate::tensor::TENSOR,
        "flip(tensor, along = null, axis: null)",
        flip,
        "Backwards along an axis, or along all of them; a view.",
    )
    .pure(),
    Entry::method(
        &crate::tensor::TENSOR,
        "reverse(tensor, along = null, axis: null)",
        flip,
        "Backwards along an axis, or along all of them; a view.",
    )
    .pure(),
    Entry::method(
        &crate::tensor::TENSOR,
        "concat(...tensors, axis: 0)",
        concat,
        "Tensors behind one another along an axis that they have.",
    )
    .at_least(1)
    .pure(),
    Entry::method(
        &crate::tensor::TENSOR,
        "split(tensor, parts, axis: 0)",
        split,
        "A list of so many equal parts, or of the parts between these indexes; views.",
    )
    .pure(),
    Entry::method(
        &crate::tensor::TENSOR,
        "repeat(tensor, count, axis: 0)",
        repeat,
        "Each element so many times, along an axis.",
    )
    .pure(),
];

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "stack(...tensors, axis: 0)",
        stack,
        "Tensors of one shape along a new axis: `stack(a, b)`, `stack([a, b])`.",
    )
    .at_least(1)
    .pure(),
    Entry::function(
        "concatenate(...tensors, axis: 0)",
        concat,
        "Tensors behind one another along an axis: `concatenate([a, b])`.",
    )
    .at_least(1)
    .pure(),
    Entry::function("meshgrid(x, y)", meshgrid, "A list of two tensors: the x and the y of all points of a grid.")
        .pure(),
];
