//! Tensors as values of programs: foreign objects of one kind.
//!
//! **Who may see what.** A tensor is a view of a buffer that is counted. Slices, copies and messages share the buffer until one
//! of them is written to, which makes a buffer of its own first. So a tensor changes only by what is done to itself, and is
//! sent as a pointer.
//!
//! **Freezing.** A frozen tensor is read by any thread. What it shows is then settled once and read without a lock. The lock
//! of one that is not frozen is never contended, since the tensor belongs to one isolate.

use crate::buffer::{Buffer, C64, with_items};
use crate::dtype::DType;
use crate::print;
use crate::view::{Shape, View, size_of_shape};
use motet_vm::builtins::arguments::{float_to_int, too_big, wrong};
use motet_vm::memory::{ForeignKind, ForeignObject, Heap, SharedForeign, Value};
use motet_vm::{Context, Error, ErrorKind, Result};
use parking_lot::{RwLock, RwLockReadGuard};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

pub(crate) static TENSOR: ForeignKind = ForeignKind::new("Tensor").answering_functions();

/// See the module.
pub(crate) struct Tensor {
    open: RwLock<View>,
    /// The same, once it is frozen and has been read.
    settled: OnceLock<View>,
    /// It was made as a part of another one.
    is_part: bool,
}

/// What a tensor shows, while it is looked at.
pub(crate) enum Reading<'a> {
    Open(RwLockReadGuard<'a, View>),
    Settled(&'a View),
}

impl Deref for Reading<'_> {
    type Target = View;

    fn deref(&self) -> &View {
        match self {
            Reading::Open(view) => view,
            Reading::Settled(view) => view,
        }
    }
}

impl Tensor {
    fn new(view: View) -> Tensor {
        Tensor { open: RwLock::new(view), settled: OnceLock::new(), is_part: false }
    }

    /// The tensor that a value is.
    pub fn of(value: &Value) -> Option<&Tensor> {
        value.as_foreign()?.downcast()
    }

    fn view(&self) -> Reading<'_> {
        match self.settled.get() {
            Some(view) => Reading::Settled(view),
            None => Reading::Open(self.open.read_recursive()),
        }
    }
}

/// What the tensor shows that a value is.
pub(crate) fn read(value: &Value) -> Option<Reading<'_>> {
    let tensor = Tensor::of(value)?;
    if value.is_frozen() {
        tensor.settled.get_or_init(|| tensor.open.read_recursive().clone());
    }
    Some(tensor.view())
}

/// The same, of an argument that must be a tensor.
pub(crate) fn argument<'a>(function: &str, value: &'a Value) -> Result<Reading<'a>> {
    read(value).ok_or_else(|| wrong(function, "a tensor", value).with_hint("tensor(x) makes one of lists and numbers"))
}

/// Changes what a tensor shows.
pub(crate) fn change<R>(value: &Value, change: impl FnOnce(&mut View) -> Result<R>) -> Result<R> {
    let tensor = Tensor::of(value).ok_or_else(|| wrong("this", "a tensor", value))?;
    if value.is_frozen() {
        return Err(Error::new(ErrorKind::FrozenError, "this Tensor is frozen, so it cannot be changed")
            .with_hint("change a copy of it: copy(t)"));
    }
    if tensor.is_part && value.is_unique() {
        return Err(Error::type_error(
            "this would change a part of a tensor that nothing holds, so the change would be lost",
        )
        .with_hint("all indexes stand between one pair of brackets: t[0, 1] = x, not t[0][1] = x"));
    }
    change(&mut tensor.open.write())
}

/// The buffer of a temporary that no other value shows, to be filled anew: of an operand that ends with this operation.
pub(crate) fn take_buffer<R>(value: &Value, take: impl FnOnce(&mut View) -> Option<R>) -> Option<R> {
    let tensor = Tensor::of(value).filter(|_| value.is_unique() && !value.is_frozen())?;
    take(&mut tensor.open.write())
}

/// A new tensor.
pub(crate) fn give(context: &Context<'_>, view: View) -> Value {
    give_with(context.heap(), view)
}

pub(crate) fn give_with(heap: &Heap, view: View) -> Value {
    heap.foreign(Box::new(Tensor::new(view)))
}

/// A new tensor, or a number if there are no axes.
pub(crate) fn give_result(context: &Context<'_>, view: View) -> Value {
    if view.rank() == 0 { view.value_at(view.offset, context.heap()) } else { give(context, view) }
}

/// A part of a tensor as a tensor, or an element as a number.
pub(crate) fn give_part(heap: &Heap, view: View) -> Value {
    if view.rank() == 0 {
        return view.value_at(view.offset, heap);
    }
    heap.foreign(Box::new(Tensor { is_part: true, ..Tensor::new(view) }))
}

/// How many elements a shape has, if the program may hold so many more.
pub(crate) fn checked_size(context: &Context<'_>, function: &str, shape: &[usize], dtype: DType) -> Result<usize> {
    let most = context.most_items().saturating_mul(size_of::<Value>()) / dtype.bytes();
    match size_of_shape(shape) {
        Some(size) if size <= most => Ok(size),
        Some(size) => Err(too_big(function, size, most, "elements")),
        None => {
            let shown = crate::view::shown_shape(shape);
            Err(too_big(function, format!("a tensor of shape {shown}: too many"), most, "elements"))
        }
    }
}

/// Says whether the program may hold so many bytes more: what a native makes besides its result counts too.
pub(crate) fn checked_bytes(context: &Context<'_>, function: &str, bytes: usize) -> Result<()> {
    let most = context.most_items().saturating_mul(size_of::<Value>());
    if bytes <= most { Ok(()) } else { Err(too_big(function, bytes, most, "bytes")) }
}

/// A new buffer of zeros.
pub(crate) fn zeros(dtype: DType, size: usize) -> Buffer {
    match dtype {
        DType::Bool => Buffer::Bool(vec![false; size]),
        DType::I64 => Buffer::I64(vec![0; size]),
        DType::F32 => Buffer::F32(vec![0.0; size]),
        DType::F64 => Buffer::F64(vec![0.0; size]),
        DType::C64 => Buffer::C64(vec![C64::default(); size]),
    }
}

/// Elements that decide a hash.
const HASHED: usize = 16;

impl ForeignObject for Tensor {
    fn kind(&self) -> &'static ForeignKind {
        &TENSOR
    }

    fn bytes(&self) -> usize {
        self.view().bytes()
    }

    fn copied(&self) -> Option<Box<dyn ForeignObject + Send>> {
        Some(Box::new(Tensor::new(self.view().clone())))
    }

    fn send(&self) -> std::result::Result<Arc<dyn SharedForeign>, &'static str> {
        Ok(Arc::new(Tensor::new(self.view().clone())))
    }

    fn freezable(&self) -> Option<&dyn SharedForeign> {
        Some(self)
    }

    fn length(&self) -> Option<usize> {
        self.view().shape.first().copied()
    }

    fn element(&self, index: usize, heap: &Heap) -> Option<Value> {
        let view = self.view();
        let length = *view.shape.first()?;
        (index < length).then(|| give_part(heap, view.at(0, index)))
    }

    fn rest(&self, from: usize, heap: &Heap) -> Option<Value> {
        let view = self.view();
        let length = *view.shape.first()?;
        let from = from.min(length);
        Some(give_part(heap, view.sliced(0, from, length - from, 1)))
    }

    fn shape(&self) -> Option<Vec<usize>> {
        Some(self.view().shape.to_vec())
    }

    fn numbers(&self) -> Option<Vec<f64>> {
        let view = self.view();
        (view.dtype() != DType::C64).then(|| view.widened::<f64>().into_owned())
    }

    fn no_condition(&self) -> Option<(&'static str, &'static str)> {
        Some((
            "a tensor is no condition: some of its elements may hold and others not",
            "t.all() says whether all elements are true, t.any() whether one is; two masks together are a.logical_and(b)",
        ))
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        let Some(other) = other.downcast_ref::<Tensor>() else { return false };
        if std::ptr::eq(self, other) {
            return true;
        }
        is_equal(&self.view(), &other.view())
    }

    fn hash(&self) -> Option<u64> {
        let view = self.view();
        let mut hash = view.rank() as u64;
        let mut add = |word: u64| hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        view.shape.iter().for_each(|&length| add(length as u64));
        let mut left = HASHED;
        let mut add_number = |number: f64| {
            if left > 0 {
                left -= 1;
                // Both zeros are equal.
                add((number + 0.0).to_bits());
            }
        };
        match &*view.buffer {
            Buffer::Bool(items) => first_places(&view, HASHED, |at| add_number(u8::from(items[at]).into())),
            Buffer::I64(items) => first_places(&view, HASHED, |at| add_number(items[at] as f64)),
            Buffer::F32(items) => first_places(&view, HASHED, |at| add_number(items[at].into())),
            Buffer::F64(items) => first_places(&view, HASHED, |at| add_number(items[at])),
            Buffer::C64(items) => first_places(&view, HASHED, |at| add_number(items[at].re)),
        }
        Some(hash)
    }

    fn display(&self) -> Option<String> {
        Some(print::text(&self.view()))
    }
}

/// The places of the first elements.
fn first_places(view: &View, count: usize, visit: impl FnMut(usize)) {
    // One row after the other would do, but the first elements of each axis tell as much and take no walk.
    let mut part = view.clone();
    while part.len() > count && part.rank() > 1 {
        part = part.at(0, 0);
    }
    if part.rank() > 0 && part.len() > count {
        part = part.sliced(0, 0, count, 1);
    }
    part.places(visit);
}

/// Of the same shape, with equal elements: whatever holds them, as 1 equals 1.0.
pub(crate) fn is_equal(a: &View, b: &View) -> bool {
    fn same<T: crate::buffer::Element>(a: &View, b: &View, _: &[T]) -> bool {
        a.items::<T>() == b.items::<T>()
    }
    if a.shape != b.shape {
        return false;
    }
    match (a.dtype(), b.dtype()) {
        (x, y) if x == y => with_items!(&*a.buffer, items => same(a, b, items)),
        (DType::Bool, _) | (_, DType::Bool) => false,
        (DType::I64, DType::C64) => is_equal_to_integers(&b.widened::<C64>(), &a.items()),
        (DType::C64, DType::I64) => is_equal_to_integers(&a.widened::<C64>(), &b.items()),
        (DType::C64, _) | (_, DType::C64) => a.widened::<C64>() == b.widened::<C64>(),
        (DType::I64, _) => is_equal_to_integers(&b.widened::<C64>(), &a.items()),
        (_, DType::I64) => is_equal_to_integers(&a.widened::<C64>(), &b.items()),
        _ => a.widened::<f64>() == b.widened::<f64>(),
    }
}

/// An integer beyond 53 bits equals no float that is only near it.
fn is_equal_to_integers(numbers: &[C64], integers: &[i64]) -> bool {
    let is_same = |number: &C64, integer: &i64| {
        number.im == 0.0 && *integer as f64 == number.re && float_to_int(number.re) == Some(*integer)
    };
    numbers.iter().zip(integers).all(|(number, integer)| is_same(number, integer))
}

/// A shape as programs see it.
pub(crate) fn shape_value(heap: &Heap, shape: &Shape) -> Value {
    heap.list(shape.iter().map(|&length| Value::int(length as i64)).collect())
}
