//! A part of a buffer as an array: its shape, and how far apart neighbours along each axis lie.
//!
//! Slices, transposed tensors and what is broadcast are views of one buffer. The last axis runs fastest: a view whose elements
//! lie one after the other in this order is *packed*, and most work is done on packed elements.

use crate::buffer::{Any, Buffer, Convert, Element, with_items};
use crate::dtype::DType;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

pub(crate) type Shape = SmallVec<[usize; 4]>;
pub(crate) type Strides = SmallVec<[isize; 4]>;

/// Axes that a tensor may have.
pub(crate) const MOST_AXES: usize = 32;

#[derive(Clone)]
pub(crate) struct View {
    pub shape: Shape,
    /// Elements from one to the next along each axis.
    pub strides: Strides,
    /// Where the first element is.
    pub offset: usize,
    pub buffer: Arc<Buffer>,
}

/// How many elements a shape has; none if that is beyond all memory.
pub(crate) fn size_of_shape(shape: &[usize]) -> Option<usize> {
    // An axis of length 0 makes all others harmless.
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(1usize, |size, &length| size.checked_mul(length))
        .filter(|&size| size <= isize::MAX as usize / 16)
}

/// The strides of packed elements.
pub(crate) fn packed_strides(shape: &[usize]) -> Strides {
    let mut strides: Strides = SmallVec::from_elem(1, shape.len());
    let mut step = 1isize;
    for axis in (0..shape.len()).rev() {
        strides[axis] = step;
        step = step.wrapping_mul(shape[axis].max(1) as isize);
    }
    strides
}

/// A shape as messages show it.
pub(crate) fn shown_shape(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("[{}]", axes.join(", "))
}

impl View {
    /// All elements of a new buffer.
    pub fn new(shape: Shape, buffer: Buffer) -> View {
        debug_assert_eq!(size_of_shape(&shape), Some(buffer.len()));
        let strides = packed_strides(&shape);
        View { shape, strides, offset: 0, buffer: Arc::new(buffer) }
    }

    pub fn of_items<T: Element>(shape: Shape, items: Vec<T>) -> View {
        View::new(shape, T::into_buffer(items))
    }

    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    pub fn dtype(&self) -> DType {
        self.buffer.dtype()
    }

    pub fn is_packed(&self) -> bool {
        let mut step = 1isize;
        for (&length, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if length != 1 && stride != step {
                return self.is_empty();
            }
            step *= length as isize;
        }
        true
    }

    /// The elements, if they are packed and of this type.
    pub fn packed<T: Element>(&self) -> Option<&[T]> {
        let items = T::items(&self.buffer)?;
        if self.is_empty() {
            return Some(&[]);
        }
        self.is_packed().then(|| &items[self.offset..self.offset + self.len()])
    }

    /// Calls a function for each run of elements along the last axis: with the place of the first, their number and their
    /// distance.
    pub fn runs(&self, mut run: impl FnMut(usize, usize, isize)) {
        if self.is_empty() {
            return;
        }
        if self.is_packed() {
            return run(self.offset, self.len(), 1);
        }
        let (outer, last) = (self.rank() - 1, self.rank() - 1);
        let mut index: SmallVec<[usize; 4]> = SmallVec::from_elem(0, outer);
        let mut place = self.offset as isize;
        loop {
            run(place as usize, self.shape[last], self.strides[last]);
            let mut axis = outer;
            loop {
                if axis == 0 {
                    return;
                }
                axis -= 1;
                index[axis] += 1;
                place += self.strides[axis];
                if index[axis] < self.shape[axis] {
                    break;
                }
                place -= self.strides[axis] * self.shape[axis] as isize;
                index[axis] = 0;
            }
        }
    }

    /// The place of each element in the buffer, in order.
    pub fn places(&self, mut visit: impl FnMut(usize)) {
        self.runs(|start, count, stride| {
            let mut place = start as isize;
            for _ in 0..count {
                visit(place as usize);
                place += stride;
            }
        });
    }

    /// The elements in order.
    pub fn items<T: Element>(&self) -> Cow<'_, [T]> {
        if let Some(items) = self.packed() {
            return Cow::Borrowed(items);
        }
        let items = T::items(&self.buffer).expect("the caller looked at the dtype");
        let mut result = Vec::with_capacity(self.len());
        self.runs(|start, count, stride| match stride {
            1 => result.extend_from_slice(&items[start..start + count]),
            _ => result.extend((0..count as isize).map(|step| items[(start as isize + step * stride) as usize])),
        });
        Cow::Owned(result)
    }

    /// The elements in order as another kind; the number of the first one that it cannot hold.
    pub fn converted<T: Element>(&self) -> Result<Cow<'_, [T]>, usize>
    where
        bool: Convert<T>,
        i64: Convert<T>,
        f32: Convert<T>,
        f64: Convert<T>,
        crate::buffer::C64: Convert<T>,
    {
        if T::DTYPE == self.dtype() {
            return Ok(self.items());
        }
        fn all<S: Element + Convert<T>, T>(view: &View, _: &[S]) -> Result<Vec<T>, usize> {
            let items = view.items::<S>();
            let mut result = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                result.push(item.convert().ok_or(at)?);
            }
            Ok(result)
        }
        with_items!(&*self.buffer, items => all(self, items)).map(Cow::Owned)
    }

    /// The elements as a kind that they are promoted to, which holds all of them.
    pub fn widened<T: Element>(&self) -> Cow<'_, [T]>
    where
        bool: Convert<T>,
        i64: Convert<T>,
        f32: Convert<T>,
        f64: Convert<T>,
        crate::buffer::C64: Convert<T>,
    {
        self.converted().expect("promotion loses nothing")
    }

    /// The same elements packed in a buffer of their own.
    pub fn repacked(&self) -> View {
        fn copy<T: Element>(view: &View, _: &[T]) -> Buffer {
            T::into_buffer(view.items::<T>().into_owned())
        }
        View::new(self.shape.clone(), with_items!(&*self.buffer, items => copy(self, items)))
    }

    /// Packed, without copying what is so already.
    pub fn into_packed(self) -> View {
        if self.is_packed() { self } else { self.repacked() }
    }

    /// The buffer for writing: a copy of its own if others have it too.
    pub fn unshared(&mut self) -> &mut Buffer {
        if Arc::get_mut(&mut self.buffer).is_none() {
            *self = self.repacked();
        }
        Arc::get_mut(&mut self.buffer).expect("just made")
    }

    /// The part at one index of an axis, which goes.
    pub fn at(&self, axis: usize, index: usize) -> View {
        let mut view = self.clone();
        view.offset = (view.offset as isize + view.strides[axis] * index as isize) as usize;
        view.shape.remove(axis);
        view.strides.remove(axis);
        view
    }

    /// So many elements along an axis, from a start on, so far apart.
    pub fn sliced(&self, axis: usize, start: usize, count: usize, step: isize) -> View {
        let mut view = self.clone();
        view.shape[axis] = count;
        if count > 0 {
            view.offset = (view.offset as isize + view.strides[axis] * start as isize) as usize;
        }
        view.strides[axis] *= step;
        view
    }

    /// The axes in another order.
    pub fn permuted(&self, order: &[usize]) -> View {
        let mut view = self.clone();
        view.shape = order.iter().map(|&axis| self.shape[axis]).collect();
        view.strides = order.iter().map(|&axis| self.strides[axis]).collect();
        view
    }

    /// The same elements in another shape of the same size.
    pub fn reshaped(self, shape: Shape) -> View {
        let packed = self.into_packed();
        let strides = packed_strides(&shape);
        View { shape, strides, ..packed }
    }

    /// As an array of this shape, along whose new or longer axes elements are repeated. The shape is one that it fits.
    pub fn broadcast(&self, shape: &[usize]) -> View {
        let mut view = self.clone();
        view.strides = broadcast_strides(&self.shape, &self.strides, shape);
        view.shape = shape.into();
        view
    }

    /// Lets go of the buffer: the view can be walked over from now on, and no more.
    pub fn forget_buffer(&mut self) {
        self.buffer = Arc::new(Buffer::Bool(Vec::new()));
    }

    /// Bytes of memory that are counted for this view: its part of a buffer that several share.
    pub fn bytes(&self) -> usize {
        self.buffer.len() * self.dtype().bytes() / Arc::strong_count(&self.buffer)
    }

    /// The element at a place of the buffer.
    pub fn value_at(&self, place: usize, heap: &motet_vm::memory::Heap) -> motet_vm::memory::Value {
        fn one<T: Any>(items: &[T], place: usize, heap: &motet_vm::memory::Heap) -> motet_vm::memory::Value {
            items[place].value(heap)
        }
        with_items!(&*self.buffer, items => one(items, place, heap))
    }
}

/// The strides by which an array is walked as if it had a shape that it is broadcast to.
pub(crate) fn broadcast_strides(from: &[usize], strides: &[isize], to: &[usize]) -> Strides {
    let missing = to.len() - from.len();
    (0..to.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(own) if from[own] == to[axis] => strides[own],
            _ => 0,
        })
        .collect()
}

/// The shape that two arrays have together; the axis, counted from the last one, that does not fit.
pub(crate) fn common_shape(a: &[usize], b: &[usize]) -> Result<Shape, usize> {
    if a == b {
        return Ok(a.into());
    }
    let rank = a.len().max(b.len());
    let mut shape: Shape = SmallVec::from_elem(1, rank);
    for from_end in 1..=rank {
        let length = |shape: &[usize]| shape.len().checked_sub(from_end).map_or(1, |axis| shape[axis]);
        shape[rank - from_end] = match (length(a), length(b)) {
            (x, y) if x == y => x,
            (1, y) => y,
            (x, 1) => x,
            _ => return Err(from_end),
        };
    }
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(axes: &[usize]) -> Shape {
        axes.into()
    }

    fn counted(axes: &[usize]) -> View {
        let count = axes.iter().product::<usize>() as i64;
        View::of_items(shape(axes), (0..count).collect())
    }

    #[test]
    fn parts_are_views_of_one_buffer() {
        let view = counted(&[3, 4]);
        assert_eq!(&*view.at(0, 1).items::<i64>(), &[4, 5, 6, 7]);
        assert_eq!(&*view.at(1, 2).items::<i64>(), &[2, 6, 10]);
        assert_eq!(&*view.sliced(1, 3, 2, -2).items::<i64>(), &[3, 1, 7, 5, 11, 9]);
        assert_eq!(&*view.permuted(&[1, 0]).items::<i64>(), &[0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        assert_eq!(&*view.permuted(&[1, 0]).reshaped(shape(&[2, 6])).at(0, 1).items::<i64>(), &[2, 6, 10, 3, 7, 11]);
        assert!(Arc::ptr_eq(&view.buffer, &view.at(0, 1).buffer));
    }

    #[test]
    fn shapes_fit_or_name_the_axis() {
        assert_eq!(common_shape(&[2, 3], &[3]), Ok(shape(&[2, 3])));
        assert_eq!(common_shape(&[2, 1], &[1, 3]), Ok(shape(&[2, 3])));
        assert_eq!(common_shape(&[2, 3], &[2]), Err(1));
        assert_eq!(common_shape(&[0, 3], &[1]), Ok(shape(&[0, 3])));
        assert_eq!(common_shape(&[], &[4]), Ok(shape(&[4])));
        assert_eq!(common_shape(&[2, 3], &[4, 3]), Err(2));
        assert_eq!(size_of_shape(&[usize::MAX, 2]), None);
        assert_eq!(size_of_shape(&[usize::MAX, usize::MAX, 0]), Some(0));
    }

    #[test]
    fn a_shared_buffer_is_copied_before_it_is_written() {
        let mut view = counted(&[2, 2]);
        let mut row = view.at(0, 1);
        i64::items_mut(row.unshared()).expect("integers")[0] = 9;
        assert_eq!((&*view.items::<i64>(), &*row.items::<i64>()), (&[0, 1, 2, 3][..], &[9, 3][..]));
        // Alone again, nothing is copied.
        drop(row);
        let before = Arc::as_ptr(&view.buffer);
        view.unshared();
        assert_eq!(before, Arc::as_ptr(&view.buffer));
    }
}
