//! What all programs of one embedder share, whether they run one after the other or at once: builtins, globals, OS threads,
//! idle isolates, the output. All of it is immutable or synchronised in itself.
//!
//! The locks here are leaves: nothing is called while one is held.

use super::program::{Report, Reporter};
use crate::builtins::Builtins;
use crate::concurrency::pool::Pool;
use crate::concurrency::{Bell, PoolSettings, QuietThreads};
use crate::isolate::watchdog::Watchdog;
use crate::isolate::{IdleIsolate, Isolate};
use crate::memory::Frozen;
use crate::offload::Routines;
use crate::settings::Settings;
use crate::signals::Graph;
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// See the module.
pub(crate) struct Machine {
    pub builtins: Arc<Builtins>,
    pub output: SharedOutput,
    /// The bell of all idle isolates; it is never rung.
    pub detached_bell: Arc<Bell>,
    /// The signals that its threads share.
    pub graph: Arc<Graph>,
    /// What isolates hold that belong to no program.
    pub no_settings: Arc<Settings>,
    /// OS threads of spawned threads.
    pub thread_pool: Arc<Pool>,
    /// OS threads of workers, which may have a priority of their own.
    pub worker_pool: Arc<Pool>,
    /// What natives have running outside of isolates.
    pub routines: Arc<Routines>,
    /// Ends programs whose time is over.
    pub watchdog: Arc<Watchdog>,
    reporter: Mutex<Reporter>,
    globals: RwLock<HashMap<Box<str>, Frozen>>,
    /// How often a global was defined. Loaded code holds the values of globals, so isolates of another generation have
    /// other code.
    generation: AtomicU64,
    /// The last is the one whose memory is warm.
    idle: Mutex<Vec<IdleIsolate>>,
}

/// More isolates than this do not lie idle: what calls and threads need at once was a peak.
const MAX_IDLE: usize = 256;

impl Drop for Machine {
    fn drop(&mut self) {
        self.graph.end();
    }
}

impl Machine {
    /// `on_worker_start` runs first on each OS thread of the workers: for its priority, for instance.
    pub fn new(
        builtins: Arc<Builtins>,
        output: Box<dyn Write + Send>,
        on_worker_start: Option<Arc<dyn Fn() + Send + Sync>>,
    ) -> Arc<Machine> {
        let pool = |name: &str, on_start| {
            Arc::new(Pool::new(PoolSettings { name: name.to_owned(), on_start, ..PoolSettings::default() }))
        };
        Arc::new(Machine {
            builtins,
            output: SharedOutput::new(output),
            detached_bell: Bell::detached(),
            graph: Graph::new(),
            no_settings: Arc::default(),
            thread_pool: pool("motet thread", None),
            worker_pool: pool("motet worker", on_worker_start),
            routines: Routines::new(pool("motet routine", None)),
            watchdog: Arc::default(),
            reporter: Mutex::new(Arc::new(to_standard_error)),
            globals: RwLock::default(),
            generation: AtomicU64::new(0),
            idle: Mutex::default(),
        })
    }

    /// Begins a quiet time of spawned threads and workers.
    pub fn quiet_threads(&self) -> QuietThreads {
        QuietThreads::begin([&*self.thread_pool, &*self.worker_pool])
    }

    pub fn set_reporter(&self, reporter: Reporter) {
        *self.reporter.lock() = reporter;
    }

    pub fn reporter(&self) -> Reporter {
        self.reporter.lock().clone()
    }

    /// Defines a global for all isolates whose code is loaded later.
    pub fn set_global(&self, name: &str, value: Frozen) {
        let mut globals = self.globals.write();
        let former = globals.insert(name.into(), value);
        self.generation.fetch_add(1, Ordering::Release);
        drop(globals);
        drop(former);
    }

    pub fn global(&self, name: &str) -> Option<Frozen> {
        self.globals.read().get(name).cloned()
    }

    pub fn global_names(&self) -> Vec<Box<str>> {
        self.globals.read().keys().cloned().collect()
    }

    /// Changes whenever a global is defined.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// An isolate that belongs to no thread of the language: one that has been used before, if there is one.
    pub fn isolate(&self) -> Box<Isolate> {
        let generation = self.generation();
        loop {
            let Some(idle) = self.idle.lock().pop() else { return Box::new(Isolate::new_idle(self)) };
            let isolate = idle.into_isolate();
            if isolate.generation() == generation {
                return isolate;
            }
        }
    }

    /// Keeps an isolate whose thread has ended and which has been reset, if it may move to another OS thread.
    pub fn keep(&self, isolate: Box<Isolate>) {
        let Some(isolate) = IdleIsolate::new(isolate, &self.detached_bell) else { return };
        let mut idle = self.idle.lock();
        if idle.len() < MAX_IDLE {
            idle.push(isolate);
        } else {
            drop(idle);
            drop(isolate);
        }
    }

    #[cfg(test)]
    pub fn idle_isolates(&self) -> usize {
        self.idle.lock().len()
    }
}

/// What happens to reports unless the embedder wants something else.
fn to_standard_error(report: Report<'_>) {
    let text = match report {
        Report::Uncaught { thread, error } => format!("error in thread {thread}: {error}\n"),
        // The call that it ends gives it to the embedder.
        Report::Deadlock { .. } => return,
        Report::Leak { thread, what } => format!("warning: thread {thread} left {what} behind\n"),
    };
    // With standard error closed there is no place left to report to.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Where all threads print: one write at a time.
#[derive(Clone)]
pub(crate) struct SharedOutput(Arc<Output>);

struct Output {
    writer: Mutex<Box<dyn Write + Send>>,
    /// Something was printed since it was flushed.
    is_unwritten: AtomicBool,
}

impl SharedOutput {
    pub fn new(output: Box<dyn Write + Send>) -> SharedOutput {
        SharedOutput(Arc::new(Output { writer: Mutex::new(output), is_unwritten: AtomicBool::new(false) }))
    }

    /// A thread is about to wait: what was printed is to be seen meanwhile.
    pub fn write_out(&self) {
        // A thread that prints at the same time looks here itself before it waits. Its output may be full, so it is not
        // waited for.
        if self.0.is_unwritten.load(Ordering::Relaxed)
            && let Some(mut writer) = self.0.writer.try_lock()
        {
            self.0.is_unwritten.store(false, Ordering::Relaxed);
            // The flush at the end of the program reports what goes wrong.
            let _ = writer.flush();
        }
    }

    fn printed(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        let writer = self.0.writer.lock();
        self.0.is_unwritten.store(true, Ordering::Relaxed);
        writer
    }
}

impl Write for SharedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.printed().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.printed().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.writer.lock().flush()
    }
}
