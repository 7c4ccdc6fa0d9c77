//! Which thread of which program an isolate is at the moment.

use crate::concurrency::{Hold, ThreadEntry, ThreadReference};
use crate::threads::{Handle, Program};
use std::sync::Arc;

/// See the module. An isolate between two threads has none.
pub(crate) struct Here {
    program: Arc<Program>,
    entry: Arc<ThreadEntry<Handle>>,
    /// The main isolate counts as active while it lives; a worker's hold is its job's.
    _hold: Option<Hold>,
}

impl Here {
    /// The main thread.
    pub fn main(program: Arc<Program>, hold: Hold) -> Here {
        let main = program.main();
        let entry = program.threads().table().get(main).expect("the main thread does not end");
        Here { program, entry, _hold: Some(hold) }
    }

    /// A spawned thread.
    pub fn worker(program: Arc<Program>, entry: Arc<ThreadEntry<Handle>>) -> Here {
        Here { program, entry, _hold: None }
    }

    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    pub fn reference(&self) -> ThreadReference {
        self.entry.reference()
    }

    pub fn handle(&self) -> &Handle {
        self.entry.handle()
    }
}
