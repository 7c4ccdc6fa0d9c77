//! Order: sorted tensors, the places of sorted elements, distinct elements, histograms.
//!
//! **NaN** comes last, in both directions. Of equal elements the places keep their order.

use crate::buffer::with_type;
use crate::dtype::DType;
use crate::order::{Ordered, places_of_lanes, sort_here, sort_lanes};
use crate::shaping::axis_of;
use crate::tensor::{argument, checked_bytes, checked_size, give};
use crate::view::View;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, number, wrong};
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

/// Elements above which sorting leaves the task's thread: it knows no safe points.
const MANY: usize = 1 << 17;

/// What is made of an array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Sorted,
    Places,
}

/// An array sorted along an axis.
fn sorted(context: &mut Context<'_>, view: &View, axis: usize, made: Made, is_descending: bool) -> Result<View> {
    // The axis becomes the last one, and goes back afterwards.
    let mut order: Vec<usize> = (0..view.rank()).filter(|&other| other != axis).collect();
    order.push(axis);
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &from)| back[from] = at);
    let turned = view.permuted(&order);
    // Of nothing there are no lanes, and one element is in order.
    let length = view.shape[axis].max(1);
    let shape = turned.shape.clone();
    macro_rules! made {
        ($type:ty) => {{
            let items = turned.items::<$type>();
            match made {
                Made::Sorted => View::of_items(shape, sort_lanes(context, items.into_owned(), length, is_descending)?),
                Made::Places => View::of_items(shape, places_of_lanes(context, &items, length, is_descending)?),
            }
        }};
    }
    let result = match view.dtype() {
        DType::Bool => made!(bool),
        DType::I64 => made!(i64),
        DType::F32 => made!(f32),
        DType::F64 | DType::C64 => made!(f64),
    };
    Ok(result.permuted(&back))
}

fn refuse_complex(name: &str, view: &View) -> Result<()> {
    if view.dtype() != DType::C64 {
        return Ok(());
    }
    Err(Error::type_error(format!("{name} takes real numbers: complex ones have no order"))
        .with_hint("real(t), imag(t) and abs(t) are tensors of floats"))
}

fn along(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, made: Made) -> Result<Outcome> {
    let given = WithOptions::of(name, arguments, 1, &["axis", "descending"])?;
    let view = argument(name, arguments.at(0))?.clone();
    refuse_complex(name, &view)?;
    if view.rank() == 0 {
        return Err(wrong(name, "a tensor with axes", arguments.at(0)));
    }
    let axis = given.option("axis").map_or(Ok(view.rank() - 1), |axis| axis_of(name, &axis, view.rank()))?;
    let is_descending = given.flag("descending");
    checked_size(context, name, &view.shape, DType::C64)?;
    // Keys and places, sorted and merged.
    let bytes = if made == Made::Sorted { 3 * 8 } else { 2 * 16 + 8 };
    checked_bytes(context, name, view.len().saturating_mul(bytes))?;
    let view = sorted(context, &view, axis, made, is_descending)?;
    Ok(give(context, view).into())
}

fn sort(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    along(context, arguments, "sort", Made::Sorted)
}

fn argsort(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    along(context, arguments, "argsort", Made::Places)
}

/// The distinct elements in order, and how often each is there.
fn distinct<T: Ordered>(view: &View) -> (View, View) {
    let mut items = view.items::<T>().into_owned();
    sort_here(&mut items, false);
    let (mut values, mut counts): (Vec<T>, Vec<i64>) = (Vec::new(), Vec::new());
    for item in items {
        match (values.last(), counts.last_mut()) {
            (Some(last), Some(count)) if last.key() == item.key() => *count += 1,
            _ => {
                values.push(item);
                counts.push(1);
            }
        }
    }
    let shape: crate::view::Shape = [values.len()].as_slice().into();
    (View::of_items(shape.clone(), values), View::of_items(shape, counts))
}

fn distinct_of(view: &View) -> (View, View) {
    match view.dtype() {
        DType::Bool => distinct::<bool>(view),
        DType::I64 => distinct::<i64>(view),
        DType::F32 => distinct::<f32>(view),
        DType::F64 | DType::C64 => distinct::<f64>(view),
    }
}

/// A record of two tensors.
fn record(context: &Context<'_>, names: [&str; 2], views: [View; 2]) -> Value {
    let heap = context.heap();
    let record = heap.record(2);
    let fields = record.as_record().expect("just made");
    for (name, view) in names.into_iter().zip(views) {
        fields.set(Symbol::intern(name), give(context, view), heap).expect("just made");
    }
    record
}

/// `unique(t, counts: false)`.
fn unique(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("unique", arguments, 1, &["counts"])?;
    let view = argument("unique", arguments.at(0))?.clone();
    refuse_complex("unique", &view)?;
    let has_counts = given.flag("counts");
    let finish = move |context: &mut Context<'_>, (values, counts): (View, View)| {
        Ok(match has_counts {
            true => record(context, ["values", "counts"], [values, counts]),
            false => give(context, values),
        })
    };
    checked_size(context, "unique", &view.shape, DType::C64)?;
    if view.len() <= MANY {
        context.work(view.len() * 4)?;
        let found = distinct_of(&view);
        return Ok(finish(context, found)?.into());
    }
    context.offload("unique", view.len() * 24, move || Ok(distinct_of(&view)), finish)
}

/// `histogram(t, bins: 10, range: null)`: a record of counts and edges.
fn histogram(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "histogram";
    let given = WithOptions::of(NAME, arguments, 1, &["bins", "range"])?;
    let view = argument(NAME, arguments.at(0))?.clone();
    refuse_complex(NAME, &view)?;
    checked_bytes(context, NAME, view.len() * DType::F64.bytes())?;
    let items = view.widened::<f64>();
    let bins = given.option("bins");
    let edges = match &bins {
        Some(bins) if bins.as_int().is_none() => {
            let edges = crate::make::view_of(context, NAME, bins, Some(DType::F64))?.items::<f64>().into_owned();
            if edges.len() < 2 || !edges.is_sorted_by(|a, b| a < b) {
                return Err(bad_value("histogram takes a number of bins, or the edges between them from the least on"));
            }
            edges
        }
        bins => {
            let bins = bins.as_ref().map_or(Ok(10), |bins| count(NAME, "the number of bins", bins))?;
            if bins == 0 {
                return Err(bad_value("histogram takes one bin at least"));
            }
            checked_size(context, NAME, &[bins], DType::C64)?;
            let (low, high) = range(context, &given, &items)?;
            context.work(bins)?;
            (0..=bins)
                .map(|at| if at == bins { high } else { low + (high - low) * (at as f64 / bins as f64) })
                .collect()
        }
    };
    let mut counts = vec![0i64; edges.len() - 1];
    let last = counts.len() - 1;
    context.work(items.len() * 2)?;
    for &item in items.iter() {
        // The last bin has both of its ends; what lies outside, NaN too, is in none.
        if item >= edges[0] && item <= edges[last + 1] {
            let bin = edges.partition_point(|&edge| edge <= item).saturating_sub(1).min(last);
            counts[bin] += 1;
        }
    }
    let counts = View::of_items([counts.len()].as_slice().into(), counts);
    let edges = View::of_items([edges.len()].as_slice().into(), edges);
    Ok(record(context, ["counts", "edges"], [counts, edges]).into())
}

/// From where to where bins go.
fn range(context: &mut Context<'_>, given: &WithOptions<'_>, items: &[f64]) -> Result<(f64, f64)> {
    if let Some(range) = given.option("range") {
        let ends = range.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
        let [low, high] = ends.as_slice() else { return Err(wrong("histogram", "a range of two numbers", &range)) };
        let (low, high) = (number("histogram", low)?, number("histogram", high)?);
        let is_ordered = low < high && (high - low).is_finite();
        if !is_ordered {
            return Err(bad_value("the range of a histogram goes from the lower end to the higher one"));
        }
        return Ok((low, high));
    }
    context.work(items.len() / 8)?;
    let there = items.iter().copied().filter(|item| item.is_finite());
    let (low, high) =
        there.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), item| (low.min(item), high.max(item)));
    Ok(match (low <= high, low == high) {
        (false, _) => (0.0, 1.0),
        (true, true) => (low - 0.5, high + 0.5),
        (true, false) => (low, high),
    })
}

/// `nonzero(t)`: the indexes of what is true or not 0, a tensor for each axis.
fn nonzero(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("nonzero", arguments.at(0))?.clone();
    Ok(nonzero_of(context, &view)?.into())
}

fn nonzero_of(context: &mut Context<'_>, view: &View) -> Result<Value> {
    checked_bytes(context, "nonzero", view.len().saturating_mul(8 * (2 + view.rank())))?;
    context.work(view.len() / 4)?;
    let numbers: Vec<usize> = with_type!(view.dtype(), T => {
        let items = view.items::<T>();
        items.iter().enumerate().filter(|(_, item)| **item != T::default()).map(|(at, _)| at).collect()
    });
    let mut step = view.len();
    let mut axes = Vec::new();
    for &length in &view.shape {
        step /= length.max(1);
        let indexes = numbers.iter().map(|number| (number / step.max(1) % length.max(1)) as i64).collect();
        axes.push(give(context, View::of_items([numbers.len()].as_slice().into(), indexes)));
    }
    Ok(context.heap().list(axes))
}

/// `where(condition, a, b)`.
fn choose(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "where";
    let condition = crate::make::view_of(context, NAME, arguments.at(0), None)?;
    if condition.dtype() != DType::Bool {
        return Err(
            wrong(NAME, "a tensor of booleans", arguments.at(0)).with_hint("t.ne(0) says which elements are not 0")
        );
    }
    let (Some(a), Some(b)) = (arguments.get(1), arguments.get(2)) else {
        if arguments.len() == 1 {
            return Ok(nonzero_of(context, &condition)?.into());
        }
        return Err(bad_value("where takes a condition, or a condition and two values").with_hint("where(t > 0, t, 0)"));
    };
    use crate::elementwise::Operand;
    let operands = [Operand::of(context, NAME, a)?, Operand::of(context, NAME, b)?];
    let dtype = operands[0].common_dtype(&operands[1]);
    let (a, b) = (operands[0].shape(), operands[1].shape());
    let misfit = |context: &Context<'_>, a: &[usize], b: &[usize], axis| {
        crate::mismatch::does_not_fit(context, (NAME, "choose between"), (a, b), axis)
    };
    let both = crate::view::common_shape(a, b).map_err(|axis| misfit(context, a, b, axis))?;
    let shape = crate::view::common_shape(&condition.shape, &both)
        .map_err(|axis| misfit(context, &condition.shape, &both, axis))?;
    let size = checked_size(context, NAME, &shape, dtype)?;
    // Both sides and the condition in this shape, and the result.
    checked_bytes(context, NAME, size.saturating_mul(3 * dtype.bytes() + 1))?;
    context.work(size / 2)?;
    let condition = condition.broadcast(&shape);
    let view = with_type!(dtype, T => {
        let [a, b] = operands.each_ref().map(|operand| operand.whole::<T>(&shape));
        let items = condition.items::<bool>();
        let (a, b) = (a.items::<T>(), b.items::<T>());
        let chosen = items.iter().zip(a.iter().zip(b.iter()));
        View::of_items(shape, chosen.map(|(&is_first, (&a, &b))| if is_first { a } else { b }).collect::<Vec<T>>())
    });
    Ok(crate::tensor::give_result(context, view).into())
}

/// `diff(t, axis: -1)`: each element less the one before it.
fn diff(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("diff", arguments, 1, &["axis"])?;
    let view = argument("diff", arguments.at(0))?.clone();
    if view.rank() == 0 {
        return Err(wrong("diff", "a tensor with axes", arguments.at(0)));
    }
    let axis = given.option("axis").map_or(Ok(view.rank() - 1), |axis| axis_of("diff", &axis, view.rank()))?;
    let length = view.shape[axis].saturating_sub(1);
    let after = give(context, view.sliced(axis, usize::from(length > 0), length, 1));
    let before = give(context, view.sliced(axis, 0, length, 1));
    crate::elementwise::operate(context, crate::elementwise::Operation::Subtract, &after, &before)
}

pub(crate) static METHODS: &[Entry] = &[
    Entry::method(&crate::tensor::TENSOR, "sort(tensor, axis: -1, descending: false)", sort, "The elements in order along an axis, NaN last.").pure(),
    Entry::method(&crate::tensor::TENSOR, "argsort(tensor, axis: -1, descending: false)", argsort, "The indexes of the elements in order along an axis, NaN last; equal elements keep theirs.").pure(),
    Entry::method(&crate::tensor::TENSOR, "unique(tensor, counts: false)", unique, "The distinct elements in order; with `counts` a record of the values and how often each is there.").pure(),
    Entry::method(&crate::tensor::TENSOR, "histogram(tensor, bins: 10, range: null)", histogram, "A record of `counts` and `edges`: how many elements lie between edges. `bins` is their number, or a list of the edges.").pure(),
    Entry::method(&crate::tensor::TENSOR, "nonzero(tensor)", nonzero, "The indexes of the elements that are true, or not 0: a tensor for each axis.").pure(),
    Entry::method(&crate::tensor::TENSOR, "diff(tensor, axis: -1)", diff, "Each element less the one before it, along an axis.").pure(),
];

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function("where(condition, a = null, b = null)", choose, "Elements of `a` where a condition is true, and of `b` where it is not; with the condition alone, where it is true.").pure(),
];
