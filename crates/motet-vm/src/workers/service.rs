//! The life of a worker.

use super::queue::{Next, Work};
use super::share::Share;
use crate::concurrency::{ClaimError, Reasons, ThreadEntry, ThreadReference};
use crate::future::Future;
use crate::interpreter::{CallShape, coroutine_resuming};
use crate::isolate::{CurrentThread, Isolate};
use crate::memory::{FieldName, Value};
use crate::threads::{Handle, Package, Program, retire};
use std::sync::Arc;

/// Starts a worker.
pub(super) fn start(program: &Arc<Program>, parent: ThreadReference) -> Result<(), ClaimError> {
    // Counted from now on, so that the program does not count as stuck before the worker begins.
    let hold = program.hold();
    let shared = Arc::clone(program);
    let run = move |entry: &Arc<ThreadEntry<Handle>>| {
        serve(shared, entry);
        || move || drop(hold)
    };
    let claim = program.threads().claim(parent, |_| program.new_handle())?;
    program.threads().start_on(&program.machine.worker_pool, None, claim, run).map(|_| ())
}

/// From the first to the last act of a worker.
fn serve(program: Arc<Program>, entry: &Arc<ThreadEntry<Handle>>) {
    let mut isolate = program.machine.isolate();
    isolate.begin(CurrentThread::worker(program.clone(), entry.clone()), false);
    if program.is_ending() {
        entry.handle().bell.ring(Reasons::STOP);
    }
    isolate.scheduler().begin_trace(0);
    isolate.work(&program);
    isolate.scheduler().end_trace();
    isolate.scheduler().report_all_failures();
    isolate.scheduler().leave_results();
    retire(&program, entry, isolate);
}

impl Isolate {
    /// Does work until there is none.
    fn work(&mut self, program: &Arc<Program>) {
        let workers = &program.workers;
        let bell = self.interrupt.clone();
        loop {
            if self.tasks.stopping || self.limit_error().is_some() {
                // Jobs that are dropped are over: the tasks that await them are told.
                drop(workers.stop());
                self.scheduler().cancel_all();
                // What tasks of a program that ends throw is not news.
                let _ = self.scheduler().finish_tasks();
                return;
            }
            if self.tasks.has_ready() {
                self.scheduler().turn();
                continue;
            }
            match workers.next(self.tasks.count(), &bell) {
                Next::Work(work) => self.begin_work(work),
                Next::Sleep => {
                    self.scheduler().turn();
                    workers.is_awake(&bell);
                }
                Next::End => return,
            }
        }
    }

    fn begin_work(&mut self, work: Work) {
        match work {
            Work::Help(batch) => {
                self.set_gene(batch.gene);
                if let Some(share) = Share::helping(batch) {
                    let coroutine = coroutine_resuming(self, Box::new(share));
                    // It reports its errors to the batch.
                    self.scheduler().add_task(coroutine);
                }
            }
            Work::Latest(waiting) => {
                self.set_gene(waiting.gene());
                let coroutine = coroutine_resuming(self, Box::new(waiting.into_run()));
                self.scheduler().add_task(coroutine);
            }
            Work::Job(job) => {
                self.set_gene(job.gene);
                let call = job.call.unpack(&self.heap);
                let mut items: Vec<Value> = call.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
                drop(call);
                let function = items.remove(0);
                let names = job.names.iter().map(|name| FieldName::new(name, &self.heap)).collect();
                match self.scheduler().start_task_with(function, CallShape { arguments: items, names }) {
                    Ok((task, future)) => {
                        let cancel = self.scheduler().cancel_with(&job.completer, task);
                        Future::of(&future).expect("a task has one").deliver_to(job.shared, job.completer, cancel);
                    }
                    Err(error) => {
                        let error = crate::interpreter::unwind::error_instance(self, error);
                        let package: Result<Package, Package> = self.scheduler().package(Err(error));
                        // Perhaps no task waits for it any more.
                        drop(job.completer.complete(package));
                    }
                }
            }
        }
    }
}
