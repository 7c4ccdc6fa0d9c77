//! Channels: mailboxes without a thread. What is sent is copied or shared as between threads, also within one isolate, so
//! that it does not matter who receives.

use crate::concurrency::{Capacity, Mailbox};
use crate::memory::{ForeignKind, ForeignObject, Parcel, Value};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A value in a channel.
pub(crate) struct Carried {
    pub parcel: Parcel,
    /// Its number in the trace, 0 without one.
    pub flow: u64,
}

/// The insides of a channel; any thread may hold it.
pub(crate) struct Channel {
    pub mailbox: Arc<Mailbox<Carried>>,
}

impl Channel {
    /// Of a capacity, or unbounded.
    pub fn new(capacity: Option<NonZeroUsize>) -> Channel {
        let capacity = capacity.map_or(Capacity::Unbounded, Capacity::Bounded);
        Channel { mailbox: Mailbox::channel(capacity) }
    }

    /// The channel behind a value.
    pub fn of(value: &Value) -> Option<&Channel> {
        value.as_foreign()?.downcast()
    }
}

pub(crate) static CHANNEL: ForeignKind = ForeignKind::new("Channel");

impl ForeignObject for Channel {
    fn kind(&self) -> &'static ForeignKind {
        &CHANNEL
    }

    fn stands_for(&self) -> Option<u128> {
        Some(Arc::as_ptr(&self.mailbox).addr() as u128)
    }

    fn display(&self) -> Option<String> {
        let state = if self.mailbox.is_closed() { ", closed" } else { "" };
        Some(format!("<Channel of {}{state}>", self.mailbox.len()))
    }
}
