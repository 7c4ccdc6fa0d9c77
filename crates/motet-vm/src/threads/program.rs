//! What all isolates of one program share. All of it is synchronised in itself, and none of it is held while a program's
//! code runs.

use super::handle::Handle;
use super::machine::{Machine, SharedOutput};
use super::package::SharedFuture;
use crate::concurrency::{Activity, Bell, Capacity, Hold, Reasons, Report as WaitReport, ThreadReference, Threads};
use crate::execution::ExecutionContext;
use crate::isolate::budget::Budget;
use crate::main_isolate::Uncaught;
use crate::settings::Settings;
use crate::workers::Workers;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Something that went wrong where it cannot be caught.
#[derive(Debug)]
pub enum Report<'a> {
    /// An error ended a thread, or a task that was not awaited, or was thrown by a message callback.
    Uncaught { thread: u32, error: &'a Uncaught },
    /// Everything waits, and nothing can happen any more. What waits throws the same; a call that this ends gives it.
    Deadlock { error: &'a Uncaught },
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
    /// What it shares with the embedder's other programs.
    pub machine: Arc<Machine>,
    pub settings: Arc<Settings>,
    /// What the embedder said about this call.
    pub context: ExecutionContext,
    pub output: SharedOutput,
    /// What is left of the program's limits, if it has any.
    pub budget: Option<Arc<Budget>>,
    /// The work of workers, and how many there are.
    pub workers: Workers,
    /// Errors that were reported because they could not be caught.
    failures: AtomicUsize,
    leaks: AtomicU64,
    /// Threads started so far.
    pub spawned: AtomicU64,
    /// Results that threads did not wait for which have ended: the main thread takes them, to report failures.
    left_results: Mutex<Vec<Arc<SharedFuture>>>,
    has_left_results: AtomicBool,
    /// The program is ending: threads that serve messages are to stop.
    ending: AtomicBool,
    /// Nothing catches what ends its tasks.
    ending_for_good: AtomicBool,
    /// What the deadlock is that ends this run.
    deadlock: Mutex<Option<Arc<str>>>,
    deadlocks: AtomicUsize,
}

impl Program {
    /// A program of which only the main thread runs. The hold is the main isolate's.
    pub fn new(machine: &Arc<Machine>, settings: Arc<Settings>, context: ExecutionContext) -> (Arc<Program>, Hold) {
        let activity = Activity::new();
        let main = Handle::new(&activity, mailbox_capacity(&settings));
        activity.report_to(&main.bell);
        let hold = activity.hold();
        let threads = Threads::on(machine.thread_pool.clone(), settings.thread_limit, main);
        let threads = threads.expect("the system gives random numbers");
        let workers = Workers::new(settings.workers);
        let limits = context.limits.as_ref().unwrap_or(&settings.limits);
        let counts_process = settings.counts_process;
        let budget =
            Budget::new(limits, context.role, counts_process, context.cancellation.is_some(), &machine.watchdog);
        if let Some(budget) = &budget {
            // The table and not the program: what the budget calls must not own the budget.
            let table = threads.table().clone();
            budget.tell(Box::new(move |reasons| {
                table.all().iter().for_each(|entry| entry.handle().bell.ring(reasons));
            }));
            if let Some(cancellation) = &context.cancellation {
                cancellation.watch(budget);
            }
        }
        let program = Arc::new(Program {
            threads,
            activity,
            waits: WaitReport::new(),
            machine: machine.clone(),
            settings,
            output: context.output.clone().unwrap_or_else(|| machine.output.clone()),
            context,
            budget,
            workers,
            failures: AtomicUsize::new(0),
            leaks: AtomicU64::new(0),
            spawned: AtomicU64::new(0),
            left_results: Mutex::default(),
            has_left_results: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            ending_for_good: AtomicBool::new(false),
            deadlock: Mutex::default(),
            deadlocks: AtomicUsize::new(0),
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

    /// Reports what cannot be caught.
    pub fn report(&self, report: Report<'_>) {
        match report {
            Report::Uncaught { .. } | Report::Deadlock { .. } => _ = self.failures.fetch_add(1, Ordering::AcqRel),
            Report::Leak { .. } => _ = self.leaks.fetch_add(1, Ordering::AcqRel),
        }
        // The reporter writes, perhaps to what the user reads after the output.
        self.machine.reporter()(report);
    }

    /// How many errors were reported.
    pub fn failures(&self) -> usize {
        self.failures.load(Ordering::Acquire)
    }

    pub fn leaks(&self) -> u64 {
        self.leaks.load(Ordering::Acquire)
    }

    /// A thread that ends leaves results to the main thread that it did not wait for.
    pub fn leave_results(&self, results: Vec<Arc<SharedFuture>>) {
        if !results.is_empty() {
            self.left_results.lock().extend(results);
            self.has_left_results.store(true, Ordering::Release);
            // It looks before it sleeps.
            self.threads.table().main().handle().bell.ring(Reasons::MESSAGE);
        }
    }

    pub fn has_left_results(&self) -> bool {
        self.has_left_results.load(Ordering::Acquire)
    }

    pub fn take_left_results(&self) -> Vec<Arc<SharedFuture>> {
        self.has_left_results.store(false, Ordering::Release);
        std::mem::take(&mut self.left_results.lock())
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

    /// Asks a thread to stop; false if it has ended. Asked again, it ends whatever it is doing.
    pub fn stop(&self, reference: ThreadReference) -> bool {
        let entry = self.threads.table().mark_stopping(reference);
        if let Some(entry) = &entry {
            entry.handle().stop();
        }
        entry.is_some()
    }

    /// Asks the whole program to stop.
    pub fn stop_all(&self) {
        self.end();
        self.stop(self.main());
    }

    /// Asks all threads but the main one to stop.
    pub fn end(&self) {
        self.ending.store(true, Ordering::Release);
        for entry in self.threads.table().all() {
            if !entry.reference().is_main() && self.threads.table().mark_stopping(entry.reference()).is_some() {
                // Not counted: a thread that was stopped just before has not been stopped twice.
                entry.handle().bell.ring(Reasons::STOP);
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
        self.ending_for_good.store(false, Ordering::Release);
        *self.deadlock.lock() = None;
    }

    /// Ends all threads, with what nothing catches.
    pub fn end_for_good(&self) {
        self.ending_for_good.store(true, Ordering::Release);
        self.end();
    }

    pub fn is_ending_for_good(&self) -> bool {
        self.ending_for_good.load(Ordering::Acquire)
    }

    /// A deadlock was found and reported.
    pub fn note_deadlock(&self, text: &str) {
        self.deadlocks.fetch_add(1, Ordering::Relaxed);
        *self.deadlock.lock() = Some(text.into());
    }

    /// The deadlock that ends this run, if one does.
    pub fn deadlock(&self) -> Option<Arc<str>> {
        self.deadlock.lock().clone()
    }

    /// How many deadlocks were found.
    pub fn deadlocks(&self) -> usize {
        self.deadlocks.load(Ordering::Relaxed)
    }
}

fn mailbox_capacity(settings: &Settings) -> Capacity {
    std::num::NonZeroUsize::new(settings.mailbox_capacity).map_or(Capacity::MAILBOX, Capacity::Bounded)
}
