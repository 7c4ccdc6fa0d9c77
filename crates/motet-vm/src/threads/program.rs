//! What all isolates of one program share. All of it is synchronised in itself, and none of it is held while a program's
//! code runs.

use super::handle::Handle;
use crate::builtins::Builtins;
use crate::concurrency::{
    Activity, Bell, Capacity, Hold, Reasons, Report as WaitReport, ThreadReference, ThreadSettings, Threads,
};
use crate::isolate::budget::Budget;
use crate::isolate::{Isolate, Uncaught};
use crate::memory::Frozen;
use crate::settings::Settings;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Something that went wrong where nobody can catch it.
#[derive(Debug)]
pub enum Report<'a> {
    /// An error ended a thread, or a task that nobody awaited, or was thrown by a message callback.
    Uncaught { thread: u32, error: &'a Uncaught },
    /// A thread left something behind that its reset had to repair.
    Leak { thread: u32, what: &'a str },
}

/// Shows reports to the user. Called from any thread, without a lock held.
pub type Reporter = Arc<dyn Fn(Report<'_>) + Send + Sync>;

/// See the module.
pub(crate) struct Program {
    threads: Threads<Handle>,
    activity: Arc<Activity>,
    /// Who waits for whom, while a deadlock is looked into.
    pub waits: WaitReport,
    pub builtins: Arc<Builtins>,
    pub settings: Arc<Settings>,
    pub output: SharedOutput,
    /// What is left of the program's limits, if it has any.
    pub budget: Option<Arc<Budget>>,
    reporter: Mutex<Reporter>,
    /// Globals of the embedder, for the isolates of threads.
    globals: Mutex<HashMap<Box<str>, Frozen>>,
    /// Isolates whose thread has ended, for the next one. The last is the one whose memory is warm.
    idle: Mutex<Vec<IdleIsolate>>,
    /// Errors that were reported because nobody could catch them.
    failures: AtomicUsize,
    leaks: AtomicU64,
    /// Threads started so far.
    pub spawned: AtomicU64,
    /// The program is ending: threads that serve messages are to stop.
    ending: AtomicBool,
}

impl Program {
    /// A program of which only the main thread runs. The hold is the main isolate's.
    pub fn new(
        builtins: Arc<Builtins>,
        settings: Arc<Settings>,
        output: Box<dyn Write + Send>,
    ) -> (Arc<Program>, Hold) {
        let activity = Activity::new();
        let main = Handle::new(&activity, mailbox_capacity(&settings));
        activity.report_to(&main.bell);
        let hold = activity.hold();
        let thread_settings = ThreadSettings { limit: settings.thread_limit, ..ThreadSettings::default() };
        let threads = Threads::new(thread_settings, main).expect("the system gives random numbers");
        let budget = Budget::new(&settings.limits);
        if let Some(budget) = &budget {
            // The table and not the program: what the budget calls must not own the budget.
            let table = threads.table().clone();
            budget.tell(Box::new(move || {
                table.all().iter().for_each(|entry| entry.handle().bell.ring(Reasons::LIMIT));
            }));
        }
        let program = Arc::new(Program {
            threads,
            activity,
            waits: WaitReport::new(),
            builtins,
            settings,
            output: SharedOutput(Arc::new(Mutex::new(output))),
            budget,
            reporter: Mutex::new(Arc::new(to_standard_error)),
            globals: Mutex::default(),
            idle: Mutex::default(),
            failures: AtomicUsize::new(0),
            leaks: AtomicU64::new(0),
            spawned: AtomicU64::new(0),
            ending: AtomicBool::new(false),
        });
        (program, hold)
    }

    pub fn threads(&self) -> &Threads<Handle> {
        &self.threads
    }

    pub fn hold(&self) -> Hold {
        self.activity.hold()
    }

    /// What other threads need of a new one.
    pub fn new_handle(&self) -> Handle {
        Handle::new(&self.activity, mailbox_capacity(&self.settings))
    }

    pub fn main(&self) -> ThreadReference {
        self.threads.table().main().reference()
    }

    pub fn set_reporter(&self, reporter: Reporter) {
        *self.reporter.lock() = reporter;
    }

    /// Reports what nobody can catch.
    pub fn report(&self, report: Report<'_>) {
        match report {
            Report::Uncaught { .. } => _ = self.failures.fetch_add(1, Ordering::AcqRel),
            Report::Leak { .. } => _ = self.leaks.fetch_add(1, Ordering::AcqRel),
        }
        // The reporter writes, perhaps to what the user reads after the output.
        let reporter = self.reporter.lock().clone();
        reporter(report);
    }

    /// How many errors were reported.
    pub fn failures(&self) -> usize {
        self.failures.load(Ordering::Acquire)
    }

    pub fn leaks(&self) -> u64 {
        self.leaks.load(Ordering::Acquire)
    }

    pub fn set_global(&self, name: &str, value: Frozen) {
        self.globals.lock().insert(name.into(), value);
    }

    pub fn global(&self, name: &str) -> Option<Frozen> {
        self.globals.lock().get(name).cloned()
    }

    /// An isolate that another thread has left behind, reset.
    pub fn take_idle(&self) -> Option<IdleIsolate> {
        self.idle.lock().pop()
    }

    pub fn keep_idle(&self, isolate: IdleIsolate) {
        self.idle.lock().push(isolate);
    }

    /// Task switches of all threads so far.
    pub fn steps(&self) -> u64 {
        let threads = self.threads.table().all();
        threads.iter().map(|entry| entry.handle().steps.load(Ordering::Acquire)).sum()
    }

    /// The bells of all threads but the main one.
    pub fn other_bells(&self) -> Vec<Arc<Bell>> {
        let threads = self.threads.table().all();
        let others = threads.iter().filter(|entry| !entry.reference().is_main());
        others.map(|entry| entry.handle().bell.clone()).collect()
    }

    /// Asks a thread to stop; false if it has ended.
    pub fn stop(&self, reference: ThreadReference) -> bool {
        let entry = self.threads.table().mark_stopping(reference);
        if let Some(entry) = &entry {
            entry.handle().bell.ring(Reasons::STOP);
        }
        entry.is_some()
    }

    /// Asks all threads but the main one to stop.
    pub fn end(&self) {
        self.ending.store(true, Ordering::Release);
        for entry in self.threads.table().all() {
            if !entry.reference().is_main() {
                self.stop(entry.reference());
            }
        }
    }

    /// Threads that start now stop at once.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// The next run of this program, by the same embedder, may start threads again.
    pub fn begin_again(&self) {
        self.ending.store(false, Ordering::Release);
    }
}

fn mailbox_capacity(settings: &Settings) -> Capacity {
    std::num::NonZeroUsize::new(settings.mailbox_capacity).map_or(Capacity::MAILBOX, Capacity::Bounded)
}

/// What happens to reports unless the embedder wants something else.
fn to_standard_error(report: Report<'_>) {
    let text = match report {
        Report::Uncaught { thread, error } => format!("error in thread {thread}: {error}\n"),
        Report::Leak { thread, what } => format!("warning: thread {thread} left {what} behind\n"),
    };
    // A closed standard error leaves nobody to tell.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Where all threads of a program print: one write at a time.
#[derive(Clone)]
pub(crate) struct SharedOutput(Arc<Mutex<Box<dyn Write + Send>>>);

impl Write for SharedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().flush()
    }
}

/// An isolate between two threads of the language.
pub(crate) struct IdleIsolate(Isolate);

impl IdleIsolate {
    /// # Safety
    /// The isolate is reset: no task, future, message or global is left in it, and no value of it is held outside.
    pub unsafe fn new(isolate: Isolate) -> IdleIsolate {
        IdleIsolate(isolate)
    }

    pub fn into_isolate(self) -> Isolate {
        self.0
    }
}

// SAFETY: what an isolate is made of refers to other parts of the same isolate (values with counts of their own, `Rc`s, and
// pointers to loaded code) or to what is shared and counted atomically. After a reset, which whoever makes an `IdleIsolate`
// promises, nothing outside refers into it: so it moves whole, with its counts. It depends on no thread (V-03), and passing
// it through the lock of `Program::idle` orders what the two threads do with it.
unsafe impl Send for IdleIsolate {}
