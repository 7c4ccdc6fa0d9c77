//! Which thread of which program an isolate is at the moment.

use crate::concurrency::{Hold, StaleThread, ThreadEntry, ThreadReference};
use crate::execution::ExecutionContext;
use crate::threads::{Handle, Program};
use std::sync::Arc;

/// See the module. An isolate between two threads has none.
pub(crate) struct CurrentThread {
    program: Arc<Program>,
    entry: Arc<ThreadEntry<Handle>>,
    /// The thread that was sent to last.
    recent: Option<Arc<ThreadEntry<Handle>>>,
    /// What the embedder's call brought along, as far as it concerns this thread.
    context: ExecutionContext,
    /// The main isolate counts as active while it lives; a worker's hold is its job's.
    _hold: Option<Hold>,
}

impl CurrentThread {
    /// The main thread.
    pub fn main(program: Arc<Program>, hold: Hold) -> CurrentThread {
        let main = program.main();
        let entry = program.threads().table().get(main).expect("the main thread does not end");
        let context = program.context.clone();
        CurrentThread { program, entry, recent: None, context, _hold: Some(hold) }
    }

    /// A spawned thread.
    pub fn worker(program: Arc<Program>, entry: Arc<ThreadEntry<Handle>>) -> CurrentThread {
        let context = program.context.for_worker_thread();
        CurrentThread { program, entry, recent: None, context, _hold: None }
    }

    /// What a reference stands for, to be given back with [`CurrentThread::keep_recent`]: most send to one thread again and again.
    pub fn take_recent(&mut self, reference: ThreadReference) -> Result<Arc<ThreadEntry<Handle>>, StaleThread> {
        match self.recent.take() {
            Some(entry) if entry.reference() == reference && !entry.has_ended() => Ok(entry),
            _ => self.program.threads().table().get(reference),
        }
    }

    /// See [`CurrentThread::take_recent`].
    pub fn keep_recent(&mut self, entry: Arc<ThreadEntry<Handle>>) {
        self.recent = Some(entry);
    }

    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    pub fn context(&self) -> &ExecutionContext {
        &self.context
    }

    pub fn reference(&self) -> ThreadReference {
        self.entry.reference()
    }

    pub fn handle(&self) -> &Handle {
        self.entry.handle()
    }
}
