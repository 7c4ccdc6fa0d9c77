//! Order: sorted tensors, the places of sorted elements, distinct elements, histograms.
//!
//! **NaN** comes last, in both directions. Of equal elements the places keep their order.

use crate::buffer::{Element, with_type};
use crate::dtype::DType;
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

/// Elements from which on digits are sorted by: counting them costs more for fewer.
const MANY_DIGITS: usize = 1 << 12;
/// Bits of a digit: so many counts stay in the cache that is next to the core.
const DIGIT: u32 = 11;
const DIGITS: u32 = u64::BITS.div_ceil(DIGIT);

/// Elements that have an order: each as an integer whose order is theirs.
trait Ordered: Element {
    fn key(self) -> i64;
    /// All of the element, as bits in its order; NaN is above all others.
    fn bits(self) -> u64;
    /// What `bits` was made of.
    fn of_bits(bits: u64) -> Self;
}

/// A signed integer as one without a sign, in the same order.
fn lifted(key: i64) -> u64 {
    key as u64 ^ 1 << 63
}

/// The key of NaN, behind all others.
const LAST: i64 = i64::MAX;

impl Ordered for bool {
    fn key(self) -> i64 {
        self.into()
    }

    fn bits(self) -> u64 {
        self.into()
    }

    fn of_bits(bits: u64) -> bool {
        bits != 0
    }
}

impl Ordered for i64 {
    fn key(self) -> i64 {
        self
    }

    fn bits(self) -> u64 {
        lifted(self)
    }

    fn of_bits(bits: u64) -> i64 {
        lifted(bits as i64) as i64
    }
}

impl Ordered for f64 {
    #[inline]
    fn key(self) -> i64 {
        if self.is_nan() {
            return LAST;
        }
        // Both zeros are equal.
        let bits = (self + 0.0).to_bits() as i64;
        bits ^ ((bits >> 63) as u64 >> 1) as i64
    }

    #[inline]
    fn bits(self) -> u64 {
        if self.is_nan() {
            return u64::MAX;
        }
        // Negative numbers the other way round, below the others.
        let bits = self.to_bits();
        bits ^ (((bits as i64 >> 63) as u64) | 1 << 63)
    }

    #[inline]
    fn of_bits(bits: u64) -> f64 {
        if bits == u64::MAX {
            return f64::NAN;
        }
        f64::from_bits(bits ^ (((!bits as i64 >> 63) as u64) | 1 << 63))
    }
}

impl Ordered for f32 {
    fn key(self) -> i64 {
        f64::from(self).key()
    }

    fn bits(self) -> u64 {
        f64::from(self).bits()
    }

    fn of_bits(bits: u64) -> f32 {
        f64::of_bits(bits) as f32
    }
}

fn is_nan<T: Ordered>(item: T) -> bool {
    matches!(T::DTYPE, DType::F32 | DType::F64) && item.key() == LAST
}

/// Sorts by digits of keys, the last digit first: a pass over all for each that is not the same everywhere. Equal keys keep
/// their order.
fn by_digits<T: Copy>(mut items: Vec<T>, key: impl Fn(&T) -> u64) -> Vec<T> {
    let digit = |key: u64, number: u32| (key >> (number * DIGIT)) as usize & ((1 << DIGIT) - 1);
    let mut counts = vec![[0usize; 1 << DIGIT]; DIGITS as usize];
    for item in &items {
        let key = key(item);
        counts.iter_mut().enumerate().for_each(|(number, counts)| counts[digit(key, number as u32)] += 1);
    }
    let mut others = items.clone();
    for (number, counts) in counts.iter_mut().enumerate() {
        if counts.contains(&items.len()) {
            continue;
        }
        // Counts become the places where each digit begins.
        let mut place = 0;
        for count in counts.iter_mut() {
            place += std::mem::replace(count, place);
        }
        for item in &items {
            let next = &mut counts[digit(key(item), number as u32)];
            others[*next] = *item;
            *next += 1;
        }
        std::mem::swap(&mut items, &mut others);
    }
    items
}

fn sort_items<T: Ordered>(items: &mut [T], is_descending: bool) {
    if items.len() < MANY_DIGITS {
        items.sort_unstable_by_key(|item| item.key());
    } else {
        let sorted = by_digits(items.iter().map(|item| item.bits()).collect(), |&bits| bits);
        items.iter_mut().zip(sorted).for_each(|(item, bits)| *item = T::of_bits(bits));
    }
    if is_descending {
        let numbers = items.iter().rev().skip_while(|item| is_nan(**item)).count();
        items[..numbers].reverse();
    }
}

/// The places of the elements in their order.
fn places<T: Ordered>(items: &[T], is_descending: bool) -> Vec<i64> {
    let key = |item: T| if is_descending && !is_nan(item) { !item.key() } else { item.key() };
    if items.len() >= MANY_DIGITS && u32::try_from(items.len()).is_ok() {
        let keyed: Vec<(u64, u32)> =
            items.iter().enumerate().map(|(at, &item)| (lifted(key(item)), at as u32)).collect();
        return by_digits(keyed, |&(key, _)| key).into_iter().map(|(_, at)| at.into()).collect();
    }
    let mut keyed: Vec<(i64, usize)> = items.iter().enumerate().map(|(at, &item)| (key(item), at)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, at)| at as i64).collect()
}

/// What is made of an array.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Sorted,
    Places,
}

/// An array sorted along an axis.
fn sorted(view: &View, axis: usize, made: Made, is_descending: bool) -> View {
    // The axis becomes the last one, and goes back afterwards.
    let mut order: Vec<usize> = (0..view.rank()).filter(|&other| other != axis).collect();
    order.push(axis);
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &from)| back[from] = at);
    let turned = view.permuted(&order);
    let length = view.shape[axis];
    fn make<T: Ordered>(turned: &View, length: usize, made: Made, is_descending: bool) -> View {
        let mut items = turned.items::<T>().into_owned();
        let shape = turned.shape.clone();
        if length == 0 {
            return match made {
                Made::Sorted => View::of_items(shape, items),
                Made::Places => View::of_items::<i64>(shape, Vec::new()),
            };
        }
        match made {
            Made::Sorted => {
                items.chunks_exact_mut(length).for_each(|lane| sort_items(lane, is_descending));
                View::of_items(shape, items)
            }
            Made::Places => {
                let lanes = items.chunks_exact(length);
                View::of_items(shape, lanes.flat_map(|lane| places(lane, is_descending)).collect::<Vec<i64>>())
            }
        }
    }
    let result = match view.dtype() {
        DType::Bool => make::<bool>(&turned, length, made, is_descending),
        DType::I64 => make::<i64>(&turned, length, made, is_descending),
        DType::F32 => make::<f32>(&turned, length, made, is_descending),
        DType::F64 | DType::C64 => make::<f64>(&turned, length, made, is_descending),
    };
    result.permuted(&back)
}

/// Has something made of an array, away from the task's thread if that takes long.
fn away(
    context: &mut Context<'_>,
    name: &'static str,
    view: View,
    make: impl FnOnce(&View) -> View + Send + 'static,
) -> Result<Outcome> {
    checked_size(context, name, &view.shape, DType::C64)?;
    if view.len() <= MANY {
        context.work(view.len() * 4)?;
        return Ok(give(context, make(&view)).into());
    }
    let bytes = view.len() * 40;
    context.offload(name, bytes, move || Ok(make(&view)), |context, view| Ok(give(context, view)))
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
    away(context, name, view, move |view| sorted(view, axis, made, is_descending))
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
    sort_items(&mut items, false);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of all sizes and signs, with NaN, infinities and both zeros.
    fn floats(count: usize) -> Vec<f64> {
        let mut word = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            word
        };
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.0, -1.0];
        (0..count).map(|at| if at.is_multiple_of(11) { special[at / 11 % 7] } else { f64::from_bits(next()) }).collect()
    }

    #[test]
    fn sorting_by_digits_gives_the_order_of_keys() {
        let items = floats(MANY_DIGITS + 1000);
        for is_descending in [false, true] {
            let mut sorted = items.clone();
            sort_items(&mut sorted, is_descending);
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.key());
            if is_descending {
                let numbers = expected.iter().filter(|item| !item.is_nan()).count();
                expected[..numbers].reverse();
            }
            let keys = |items: &[f64]| items.iter().map(|item| item.key()).collect::<Vec<i64>>();
            assert_eq!(keys(&sorted), keys(&expected));
            let found = places(&items, is_descending);
            let at = |place: &i64| items[*place as usize];
            assert_eq!(keys(&found.iter().map(at).collect::<Vec<f64>>()), keys(&expected));
            let is_stable = found.windows(2).all(|pair| at(&pair[0]).key() != at(&pair[1]).key() || pair[0] < pair[1]);
            assert!(is_stable);
        }
        for item in [3.5, -3.5, 0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 5e-324, -1e300] {
            assert_eq!(f64::of_bits(item.bits()).to_bits(), item.to_bits());
        }
        for item in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(i64::of_bits(item.bits()), item);
        }
        assert!(f64::of_bits(f64::NAN.bits()).is_nan());
    }
}
