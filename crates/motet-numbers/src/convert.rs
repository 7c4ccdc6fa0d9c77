//! Tensors as other things: lists, bytes, single numbers, other kinds of elements.

use crate::buffer::{Buffer, C64};
use crate::dtype::DType;
use crate::make::as_type;
use crate::tensor::{argument, checked_size, give};
use crate::view::{Shape, View};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, too_big, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `astype(t, dtype)`.
fn astype(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("astype", arguments.at(0))?.clone();
    let dtype = DType::of("astype", arguments.at(1))?;
    let view = if dtype == view.dtype() { view } else { as_type(context, "astype", &view, dtype)? };
    Ok(give(context, view).into())
}

/// Lists in lists, as deep as there are axes.
fn lists(context: &mut Context<'_>, view: &View) -> Result<Value> {
    if view.rank() == 0 {
        return Ok(view.value_at(view.offset, context.heap()));
    }
    context.work(view.shape[0])?;
    let items = if view.rank() == 1 {
        let heap = context.heap();
        let mut items = Vec::with_capacity(view.len());
        view.places(|place| items.push(view.value_at(place, heap)));
        items
    } else {
        (0..view.shape[0]).map(|index| lists(context, &view.at(0, index))).collect::<Result<Vec<Value>>>()?
    };
    Ok(context.heap().list(items))
}

fn to_list(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("to_list", arguments.at(0))?.clone();
    // Lists of no elements count too.
    let lists_in_it = view.shape.iter().scan(1usize, |size, &length| {
        *size = size.saturating_mul(length);
        Some(*size)
    });
    let items = lists_in_it.fold(0, usize::saturating_add);
    if items > context.most_items() {
        return Err(too_big("to_list", items, context.most_items(), "elements"));
    }
    Ok(lists(context, &view)?.into())
}

/// `item(t)`: the number of a tensor that has one.
fn item(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("item", arguments.at(0))?;
    if view.len() != 1 {
        let shape = crate::view::shown_shape(&view.shape);
        return Err(bad_value(format!(
            "item gives the number of a tensor with one element, not of one of shape {shape}"
        )));
    }
    Ok(view.value_at(view.offset, context.heap()).into())
}

/// The elements in order as bytes, the lowest byte of each first.
pub(crate) fn bytes_of(view: &View) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(view.len() * view.dtype().bytes());
    match view.dtype() {
        DType::Bool => bytes.extend(view.items::<bool>().iter().map(|&item| u8::from(item))),
        DType::I64 => view.items::<i64>().iter().for_each(|item| bytes.extend_from_slice(&item.to_le_bytes())),
        DType::F32 => view.items::<f32>().iter().for_each(|item| bytes.extend_from_slice(&item.to_le_bytes())),
        DType::F64 => view.items::<f64>().iter().for_each(|item| bytes.extend_from_slice(&item.to_le_bytes())),
        DType::C64 => view.items::<C64>().iter().for_each(|item| {
            bytes.extend_from_slice(&item.re.to_le_bytes());
            bytes.extend_from_slice(&item.im.to_le_bytes());
        }),
    }
    bytes
}

/// The elements that bytes stand for; the bytes are a whole number of them.
pub(crate) fn of_bytes(bytes: &[u8], dtype: DType) -> Buffer {
    fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
        bytes.chunks_exact(N).map(|chunk| chunk.try_into().expect("so many bytes"))
    }
    match dtype {
        DType::Bool => Buffer::Bool(bytes.iter().map(|&byte| byte != 0).collect()),
        DType::I64 => Buffer::I64(words(bytes).map(i64::from_le_bytes).collect()),
        DType::F32 => Buffer::F32(words(bytes).map(f32::from_le_bytes).collect()),
        DType::F64 => Buffer::F64(words(bytes).map(f64::from_le_bytes).collect()),
        DType::C64 => {
            let mut parts = words(bytes).map(f64::from_le_bytes);
            let mut items = Vec::with_capacity(bytes.len() / 16);
            while let (Some(re), Some(im)) = (parts.next(), parts.next()) {
                items.push(C64::new(re, im));
            }
            Buffer::C64(items)
        }
    }
}

fn to_bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("to_bytes", arguments.at(0))?.clone();
    let size = view.len() * view.dtype().bytes();
    if size > context.most_text() {
        return Err(too_big("to_bytes", size, context.most_text(), "bytes"));
    }
    context.work(size / 64)?;
    Ok(context.heap().bytes(bytes_of(&view)).into())
}

/// `from_bytes(bytes, dtype: "f64", shape: null)`.
fn from_bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "from_bytes";
    let given = WithOptions::of(NAME, arguments, 1, &["dtype", "shape"])?;
    let Some(bytes) = arguments.at(0).as_bytes() else { return Err(wrong(NAME, "bytes", arguments.at(0))) };
    let dtype = crate::make::wanted(NAME, &given)?.unwrap_or(DType::F64);
    if !bytes.len().is_multiple_of(dtype.bytes()) {
        return Err(bad_value(format!(
            "{NAME}: {} bytes are no whole number of {}, of {} bytes each",
            bytes.len(),
            dtype.name(),
            dtype.bytes()
        )));
    }
    let size = bytes.len() / dtype.bytes();
    let shape: Shape = match given.option("shape") {
        Some(shape) => crate::make::shape_of(NAME, std::slice::from_ref(&shape))?,
        None => [size].as_slice().into(),
    };
    if crate::view::size_of_shape(&shape) != Some(size) {
        return Err(bad_value(format!(
            "{NAME}: {size} elements do not fit the shape {}",
            crate::view::shown_shape(&shape)
        )));
    }
    checked_size(context, NAME, &shape, dtype)?;
    context.work(size / 8)?;
    Ok(give(context, View::new(shape, of_bytes(bytes, dtype))).into())
}

/// `copy(t)`: one that can be changed.
fn copy(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("copy", arguments.at(0))?.clone();
    Ok(give(context, view).into())
}

macro_rules! methods {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        &[$(Entry::method(&crate::tensor::TENSOR, $signature, $call, $documentation).pure(),)*]
    };
}

pub(crate) static METHODS: &[Entry] = methods! {
    "astype(tensor, dtype)" astype "The elements as another kind: floats lose what stands behind their points as integers; what the kind cannot hold is an error.";
    "copy(tensor)" copy "A tensor of the same elements that can be changed; they are copied when one of the two is.";
    "to_list(tensor)" to_list "The elements as lists in lists.";
    "tolist(tensor)" to_list "The same, by its name in NumPy.";
    "item(tensor)" item "The number of a tensor with one element.";
    "to_bytes(tensor)" to_bytes "The elements in order as bytes, the lowest byte of each first.";
};

/// What the module `tensors` exports.
pub(crate) static EXPORTS: &[Entry] = &[
    crate::npy::FROM_NPY,
    crate::npy::TO_NPY,
    crate::random::RANDOM_INTEGERS,
    Entry::function(
        "from_bytes(bytes, dtype: \"f64\", shape: null)",
        from_bytes,
        "A tensor of the bytes that `t.to_bytes()` gives, perhaps in a shape.",
    )
    .pure(),
];
