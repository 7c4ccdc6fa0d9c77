//! Values on their way to another isolate.

use super::copy::{copy_out, register};
use super::frozen::Frozen;
use super::header::Header;
use super::heap::Heap;
use super::path::Refusal;
use super::value::Value;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A value detached from every isolate: what was mutable is copied, what was frozen is shared.
pub struct Parcel {
    value: ManuallyDrop<Value>,
    /// What there is to know about the copies; none if everything is shared.
    copies: Option<Box<Copies>>,
}

struct Copies {
    /// Containers that may be part of cycles.
    suspects: Vec<NonNull<Header>>,
    bytes: u64,
}

// SAFETY: the graph behind the value consists of new objects, to which nothing else refers, and of frozen ones. The first
// move whole, with their counts; the second are counted atomically.
unsafe impl Send for Parcel {}

impl Parcel {
    /// Copies a value out of its isolate. Fails on what cannot leave it, an open generator for instance, with the path.
    ///
    /// Functions and classes in it are frozen, if what they hold is immutable; nothing else of the original changes.
    pub fn pack(value: &Value, sender: &Heap) -> Result<Parcel, Refusal> {
        if let Some(frozen) = Frozen::new(value) {
            return Ok(frozen.into());
        }
        let scratch = Heap::new();
        let (value, suspects) = copy_out(value, sender, &scratch)?;
        let copies = Copies { suspects, bytes: scratch.allocated() };
        Ok(Parcel { value: ManuallyDrop::new(value), copies: Some(Box::new(copies)) })
    }

    /// Hands the value to an isolate, without another copy.
    pub fn unpack(self, heap: &Heap) -> Value {
        // What is taken out leaves nothing to drop.
        ManuallyDrop::new(self).take(heap)
    }

    fn take(&mut self, heap: &Heap) -> Value {
        if let Some(copies) = self.copies.take() {
            heap.account(copies.bytes as usize);
            for suspect in copies.suspects {
                register(suspect, heap);
            }
        }
        std::mem::replace(&mut *self.value, Value::NULL)
    }
}

impl From<Frozen> for Parcel {
    fn from(frozen: Frozen) -> Parcel {
        Parcel { value: ManuallyDrop::new(frozen.into_value()), copies: None }
    }
}

/// A parcel that nobody wanted: its cycles are freed too.
impl Drop for Parcel {
    fn drop(&mut self) {
        if self.copies.as_ref().is_some_and(|copies| !copies.suspects.is_empty()) {
            let heap = Heap::new();
            drop(self.take(&heap));
        } else {
            drop(std::mem::replace(&mut *self.value, Value::NULL));
        }
    }
}
