//! Spans: years, months, weeks, days and parts of days. How long one is depends on where it begins, so spans have no order,
//! and a span is no duration.

use super::SPAN;
use jiff::Span;
use motet_vm::builtins::duration_of;
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use std::hash::BuildHasher;
use std::time::Duration;

/// A span as programs hold it.
pub(super) struct SpanValue(pub Span);

/// By how much a moment is moved.
pub(crate) enum Amount {
    Span(Span),
    /// A duration: so many seconds, whatever the calendar says.
    Exact(Duration),
}

impl SpanValue {
    pub fn of(value: &Value) -> Option<&Span> {
        value.as_foreign()?.downcast::<SpanValue>().map(|span| &span.0)
    }
}

impl Amount {
    pub fn of(value: &Value) -> Option<Amount> {
        match SpanValue::of(value) {
            Some(span) => Some(Amount::Span(*span)),
            None => duration_of(value).map(Amount::Exact),
        }
    }
}

impl ForeignObject for SpanValue {
    fn kind(&self) -> &'static ForeignKind {
        &SPAN
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        other.downcast_ref::<SpanValue>().is_some_and(|other| self.0.fieldwise() == other.0.fieldwise())
    }

    fn hash(&self) -> Option<u64> {
        // Spans of the same parts are written alike.
        Some(foldhash::fast::FixedState::default().hash_one(self.0.to_string()))
    }

    fn display(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}
