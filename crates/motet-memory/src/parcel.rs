//! Values on their way to another isolate.

use super::copy::{copy_out, register};
use super::freeze::publish;
use super::frozen::Frozen;
use super::header::Header;
use super::heap::Heap;
use super::path::Refusal;
use super::reach::reachable_bytes;
use super::release::drop_heap_later;
use super::value::Value;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A value detached from every isolate: what was mutable is copied, what was frozen is shared.
pub struct Parcel {
    value: ManuallyDrop<Value>,
    /// What there is to know about the copies; none if everything is shared.
    copies: Option<Box<Copies>>,
}

#[derive(Default)]
struct Copies {
    /// Containers that may be part of cycles.
    suspects: Vec<NonNull<Header>>,
    bytes: u64,
    /// Tells the account of what is under way; only in programs whose memory is limited.
    account: Option<Account>,
}

/// What is called when a parcel has arrived, or is dropped.
type Account = Box<dyn Fn() + Send + Sync>;

// SAFETY: the graph behind the value consists of new objects, to which nothing else refers, and of frozen ones. The first
// move whole, with their counts; the second are counted atomically.
unsafe impl Send for Parcel {}

impl Parcel {
    /// Copies a value out of its isolate. Fails on what cannot leave it, an open generator for instance, with the path.
    ///
    /// Functions and classes in it are frozen, if what they hold is immutable; nothing else of the original changes.
    pub fn pack(value: &Value, sender: &Heap) -> Result<Parcel, Refusal> {
        // A function that can be shared is, as in the copy; but there is no copy then.
        if let Some(frozen) = Frozen::new(value).or_else(|| share_function(value, sender)) {
            return Ok(frozen.into());
        }
        let scratch = Heap::new();
        let (value, suspects) = copy_out(value, sender, &scratch)?;
        let copies = Copies { suspects, bytes: scratch.allocated(), account: None };
        Ok(Parcel { value: ManuallyDrop::new(value), copies: Some(Box::new(copies)) })
    }

    /// Bytes that it keeps from being used otherwise, frozen parts included: those may belong to others too, but
    /// perhaps no other owner is left that counts them.
    pub fn bytes_under_way(&self) -> usize {
        size_of::<Parcel>() + reachable_bytes([&*self.value])
    }

    /// Sets what is called once, when the parcel has arrived or is dropped.
    pub fn when_gone(&mut self, account: impl Fn() + Send + Sync + 'static) {
        self.copies.get_or_insert_default().account = Some(Box::new(account));
    }

    /// Hands the value to an isolate, without another copy.
    pub fn unpack(self, heap: &Heap) -> Value {
        // What is taken out leaves nothing to drop.
        ManuallyDrop::new(self).take(heap)
    }

    fn take(&mut self, heap: &Heap) -> Value {
        if let Some(copies) = self.copies.take() {
            if let Some(account) = &copies.account {
                account();
            }
            heap.account(copies.bytes as usize);
            for suspect in copies.suspects {
                register(suspect, heap);
            }
        }
        std::mem::replace(&mut *self.value, Value::NULL)
    }
}

/// A function that holds nothing mutable, frozen.
fn share_function(value: &Value, sender: &Heap) -> Option<Frozen> {
    value.as_closure()?;
    publish(value, sender).ok()?;
    Frozen::new(value)
}

impl From<Frozen> for Parcel {
    fn from(frozen: Frozen) -> Parcel {
        Parcel { value: ManuallyDrop::new(frozen.into_value()), copies: None }
    }
}

/// A parcel that was not opened: its cycles are freed too.
impl Drop for Parcel {
    fn drop(&mut self) {
        let matters = |copies: &Copies| !copies.suspects.is_empty() || copies.account.is_some();
        if self.copies.as_deref().is_some_and(matters) {
            let heap = Heap::new();
            drop(self.take(&heap));
            drop_heap_later(heap);
        } else {
            drop(std::mem::replace(&mut *self.value, Value::NULL));
        }
    }
}
