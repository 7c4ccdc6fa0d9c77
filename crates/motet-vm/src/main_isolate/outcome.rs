//! How a program or a call ended badly, in a form that outlives the isolate.

use motet_code::{Source, Span};
use std::sync::Arc;

/// A place in a trace.
#[derive(Clone, Debug)]
pub struct TraceEntry {
    /// The function; `top level` for a module's own code, `fn` for a function without a name.
    pub function: Box<str>,
    /// None: a native.
    pub place: Option<(Arc<Source>, Span)>,
    /// How many entries were left out after this one.
    pub omitted: usize,
    /// This is no call: the entries before it are of this thread, those after it of the one that awaited it.
    pub thread: Option<u32>,
}

/// An error that nothing caught.
#[derive(Clone, Debug)]
pub struct Uncaught {
    /// Name of the error's class.
    pub kind: Box<str>,
    pub message: Box<str>,
    pub hint: Option<Box<str>>,
    /// Innermost first.
    pub trace: Vec<TraceEntry>,
    pub cause: Option<Box<Uncaught>>,
}

impl std::fmt::Display for Uncaught {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Uncaught {}
