//! Functions as values: code with captured values, and methods bound to their receiver. Both are immutable.

use super::header::Header;
use super::heap::Heap;
use super::shape::ShapeId;
use super::small::Cell;
use super::tag::Tag;
use super::value::{Body, Value};
use motet_code::{CaptureNeed, Function};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;

/// A function with the values that it captured, which follow it in memory.
#[repr(C)]
pub struct Closure {
    header: Header,
    function: Arc<Function>,
    length: usize,
    captures: [Value; 0],
}

/// A method with its receiver.
#[repr(C)]
pub struct BoundMethod {
    header: Header,
    pub receiver: Value,
    pub function: Value,
}

// SAFETY: repr(C), header first, and closures are only made here.
unsafe impl Body for Closure {
    const TAG: Tag = Tag::Closure;
}
// SAFETY: as above.
unsafe impl Body for BoundMethod {
    const TAG: Tag = Tag::BoundMethod;
}

/// Frozen closures are shared, and their code with them.
const _: () = {
    const fn is_shareable<T: Send + Sync>() {}
    is_shareable::<Arc<Function>>()
};

const CAPTURES: usize = std::mem::offset_of!(Closure, captures);

fn layout(length: usize) -> Layout {
    let captures = Layout::array::<Value>(length).expect("captures fit the address space");
    Layout::new::<Closure>().extend(captures).expect("captures fit the address space").0
}

impl Heap {
    /// A function with its captured values.
    ///
    /// # Panics
    /// They are not those that its code needs.
    pub fn closure(
        &self,
        function: Arc<Function>,
        captures: impl IntoIterator<Item = Value, IntoIter: ExactSizeIterator>,
    ) -> Value {
        // SAFETY: the captures are checked before the closure is given away.
        let value = unsafe { self.closure_unchecked(function, captures) };
        let closure = value.as_closure().expect("just made");
        assert!(closure.has_what_it_needs(), "{} does not get the captures that it needs", closure.function.name);
        value
    }

    /// The same without checking.
    ///
    /// # Safety
    /// The captures are what the function needs (`Function::needs`), or the closure gets them before it runs.
    pub unsafe fn closure_unchecked(
        &self,
        function: Arc<Function>,
        captures: impl IntoIterator<Item = Value, IntoIter: ExactSizeIterator>,
    ) -> Value {
        let captures = captures.into_iter();
        let length = captures.len();
        let layout = layout(length);
        self.account(layout.size());
        let id = function.id();
        // SAFETY: the layout is not empty. All captures are written before anyone sees the object; `take` keeps an
        // iterator that gives more than it said from writing past the end, and null stands for those that it does not give.
        unsafe {
            let Some(object) = NonNull::new(alloc(layout).cast::<Closure>()) else { handle_alloc_error(layout) };
            let header = Header::with(Tag::Closure, 0, ShapeId::NONE, id);
            object.write(Closure { header, function, length, captures: [] });
            let slots = object.byte_add(CAPTURES).cast::<Value>();
            for slot in 0..length {
                slots.add(slot).write(Value::NULL);
            }
            let value = Value::adopt(object.cast());
            for (slot, capture) in captures.take(length).enumerate() {
                slots.add(slot).write(capture);
            }
            value
        }
    }

    /// A method bound to its receiver.
    pub fn bound_method(&self, receiver: Value, function: Value) -> Value {
        self.account(size_of::<BoundMethod>());
        Value::boxed(BoundMethod { header: Header::new(Tag::BoundMethod), receiver, function })
    }
}

impl Closure {
    /// Where the first captured value lies.
    pub const CAPTURES_OFFSET: usize = CAPTURES;

    #[inline(always)]
    pub fn function(&self) -> &Arc<Function> {
        &self.function
    }

    /// As many captures as the function has, and cells where its code expects cells.
    fn has_what_it_needs(&self) -> bool {
        let needs = &self.function.needs().captures;
        let fits = |(value, need): (&Value, &CaptureNeed)| match need {
            CaptureNeed::Nothing => true,
            CaptureNeed::Value => !matches!(value.tag(), Tag::Cell | Tag::Missing),
            CaptureNeed::Cell => value.tag() == Tag::Cell,
            CaptureNeed::Variable => value.as_cell().is_some_and(Cell::is_mutable),
        };
        self.captures().len() == needs.len() && self.captures().iter().zip(needs).all(fits)
    }

    /// The function's id, without a second memory access.
    #[inline(always)]
    pub fn function_id(&self) -> u32 {
        self.header.aux()
    }

    #[inline(always)]
    pub fn captures(&self) -> &[Value] {
        // SAFETY: `length` values follow the fixed part, and never change while the closure lives.
        unsafe {
            let first = NonNull::from(self).byte_add(CAPTURES).cast::<Value>();
            std::slice::from_raw_parts(first.as_ptr(), self.length)
        }
    }

    /// Gives a new closure one of its captures.
    ///
    /// # Safety
    /// The closure is new, has this capture, and no reference to it is alive.
    pub(super) unsafe fn fill(object: NonNull<Closure>, at: usize, capture: Value) {
        // SAFETY: the caller's promise; captures follow the fixed part.
        unsafe { *object.byte_add(CAPTURES).cast::<Value>().as_ptr().add(at) = capture };
    }

    pub(super) fn bytes(&self) -> usize {
        layout(self.length).size()
    }

    /// Takes the captures of a dead closure.
    ///
    /// # Safety
    /// The closure is dead; this is called once.
    pub(super) unsafe fn take_captures(&self, sink: &mut dyn FnMut(Value)) {
        for capture in self.captures() {
            // SAFETY: each capture is read out once, and not looked at again.
            sink(unsafe { std::ptr::read(capture) });
        }
    }

    /// # Safety
    /// The closure is dead, and its captures were taken.
    pub(super) unsafe fn deallocate(object: NonNull<Closure>) {
        // SAFETY: allocated with this layout; the function is dropped once, here.
        unsafe {
            let layout = layout(object.as_ref().length);
            std::ptr::drop_in_place(object.as_ptr());
            dealloc(object.as_ptr().cast(), layout);
        }
    }
}

impl BoundMethod {
    /// Gives a new one its parts.
    ///
    /// # Safety
    /// It is new, and no reference into it is alive.
    pub(super) unsafe fn fill(object: NonNull<BoundMethod>, [receiver, function]: [Value; 2]) {
        // SAFETY: the caller's promise.
        let method = unsafe { &mut *object.as_ptr() };
        (method.receiver, method.function) = (receiver, function);
    }

    /// Takes the parts of a dead one.
    ///
    /// # Safety
    /// It is dead and the caller's alone.
    pub(super) unsafe fn take(object: NonNull<BoundMethod>) -> [Value; 2] {
        // SAFETY: the caller's promise.
        let method = unsafe { &mut *object.as_ptr() };
        [std::mem::take(&mut method.receiver), std::mem::take(&mut method.function)]
    }
}
