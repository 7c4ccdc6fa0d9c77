//! What a native may use while it runs: nothing reaches it through globals or thread-locals.

use crate::isolate::Isolate;
use crate::memory::Heap;
use std::io::Write;

/// The execution context of one native call.
pub struct Context<'a> {
    pub(crate) isolate: &'a mut Isolate,
}

impl Context<'_> {
    /// The heap of the isolate: allocation and stores into containers need it.
    pub fn heap(&self) -> &Heap {
        &self.isolate.heap
    }

    /// Where `print` writes.
    pub fn output(&mut self) -> &mut dyn Write {
        self.isolate.output()
    }

    /// True if the running program is written in `.gene`, whose notation values are then printed in.
    pub fn gene(&self) -> bool {
        self.isolate.gene()
    }
}
