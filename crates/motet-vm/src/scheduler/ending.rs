//! The ends of tasks, threads and programs, and errors that were not caught.

use super::Scheduler;
use super::turns::Turn;
use crate::error::Result;
use crate::future::{Future, FutureState};
use crate::interpreter::{self, CallShape, Control};
use crate::memory::{Value, freeing_apart};
use crate::threads::Report;
use std::rc::Rc;

/// Failures that are kept in mind before those that were asked about are forgotten.
const FAILURES_IN_MIND: usize = 64;

impl Scheduler<'_> {
    /// The running task has ended.
    pub(crate) fn task_ended(&mut self, result: std::result::Result<Value, Value>) -> Control {
        debug_assert!(self.isolate.chain.is_empty() && self.isolate.coroutine.is_empty());
        let record = self.isolate.tasks.current.take().expect("a task is running");
        self.isolate.tasks.slots.free(record.id);
        self.trace_end(result.is_err());
        if record.future.is_null() {
            self.end_message(record.id);
            // It served a message; an error of its callbacks has no future to go to.
            if let Err(error) = result {
                self.report_uncaught(&error);
            }
            return Control::Exit;
        }
        if let Some(scope) = &record.scope {
            let error = result.as_ref().err().filter(|error| !self.isolate.is_cancellation(error)).cloned();
            self.leave_scope(record.id, scope, error.as_ref());
            if error.is_some() {
                // The scope throws it.
                self.complete_quietly(&record.future, result);
                return Control::Exit;
            }
        }
        self.complete(&record.future, result);
        Control::Exit
    }

    /// Completes a future whose error is reported elsewhere.
    pub(super) fn complete_quietly(&mut self, future: &Value, result: std::result::Result<Value, Value>) {
        self.complete(future, result);
        if let Some(body) = Future::of(future) {
            body.observe();
        }
    }

    /// Calls a function and runs tasks until it has returned.
    pub(crate) fn call(&mut self, function: Value, shape: CallShape) -> Result<Value> {
        freeing_apart(|| {
            let (_, future) = self.start_task_with(function, shape)?;
            self.finish(&future)
        })
    }

    /// Runs tasks until this future has ended, and gives its result.
    pub(crate) fn finish(&mut self, future: &Value) -> Result<Value> {
        loop {
            match Future::of(future).expect("a future").observe() {
                FutureState::Done(value) => return Ok(value),
                FutureState::Failed(error) => return Err(self.isolate.reason_of_end(error)),
                FutureState::Pending => {}
            }
            if let Some(error) = self.isolate.limit_error() {
                return Err(error);
            }
            if self.turn() == Turn::Stuck && !self.break_deadlock() {
                return Err(self.deadlock_error());
            }
        }
    }

    /// Runs all tasks of the isolate to their ends.
    pub(crate) fn finish_tasks(&mut self) -> Result<()> {
        let mut cancelled = false;
        while self.isolate.tasks.count() > 0 {
            if !cancelled && self.isolate.limit_error().is_some() {
                self.cancel_all();
                cancelled = true;
            }
            if self.isolate.tasks.stopping {
                self.stop_latecomers();
            }
            if self.turn() == Turn::Stuck {
                return Err(self.deadlock_error());
            }
        }
        Ok(())
    }

    /// Runs the program to its end: all tasks of the main thread, and all threads but those that only serve messages.
    pub(crate) fn finish_program(&mut self) -> Result<()> {
        let result = self.finish_work();
        self.end_program();
        result
    }

    fn finish_work(&mut self) -> Result<()> {
        self.isolate.tasks.judge.main_has_ended = true;
        let mut deadlocked = false;
        let result = loop {
            let threads = self.isolate.thread().program().threads().table().count();
            // Who has ended has left its results.
            self.take_left_results();
            if self.isolate.tasks.count() == 0 {
                // Like effects, they hold no program.
                self.isolate.tasks.effects.latest.end();
            }
            if self.isolate.tasks.count() == 0 && threads == 1 && self.has_messages() {
                self.isolate.tasks.heard = true;
            } else if self.isolate.tasks.count() == 0 && threads == 1 && !self.awaits_results() {
                // What the last of them has set is still seen.
                if !self.isolate.has_effects_to_run() || self.isolate.tasks.stopping {
                    break if deadlocked { Err(self.deadlock_error()) } else { Ok(()) };
                }
                self.isolate.tasks.effects.are_waiting = true;
            }
            if let Some(error) = self.isolate.limit_error() {
                break Err(error);
            }
            if self.isolate.tasks.stopping {
                self.stop_latecomers();
            }
            if self.turn() == Turn::Stuck {
                if self.isolate.tasks.judge.only_servers_wait && !deadlocked {
                    break Ok(());
                }
                deadlocked = true;
                if !self.break_deadlock() {
                    break Err(self.deadlock_error());
                }
            }
        };
        self.isolate.tasks.judge.main_has_ended = false;
        result
    }

    /// Stops the threads that are left, waits for their ends, and reports what was not caught.
    pub(crate) fn end_program(&mut self) {
        let program = self.isolate.thread().program().clone();
        program.end();
        self.isolate.tasks.judge.is_ending = true;
        self.stop_tasks(false);
        while program.threads().table().count() > 1 || self.isolate.tasks.count() > 0 {
            if self.turn() == Turn::Stuck {
                self.break_deadlock();
            }
        }
        self.isolate.tasks.judge.is_ending = false;
        self.isolate.tasks.judge.was_stuck = false;
        self.isolate.tasks.stopping = false;
        // What came of a deadlock is known to be none.
        self.report_all_failures();
        program.begin_again();
    }

    /// Cancels every task that waits.
    pub(crate) fn cancel_all(&mut self) {
        for id in self.isolate.tasks.slots.ids() {
            self.cancel_task(id);
        }
    }

    /// Reports the errors of futures that are gone and were never asked about.
    pub(super) fn report_failures(&mut self) {
        if self.isolate.tasks.failures.is_empty() {
            return;
        }
        self.forget_jobs();
        let failures = std::mem::take(&mut self.isolate.tasks.failures);
        let (gone, kept): (Vec<_>, Vec<_>) =
            failures.into_iter().partition(|failure| Rc::strong_count(failure) == 1 || failure.observed.get());
        self.isolate.tasks.failures = kept;
        for failure in gone.into_iter().filter(|failure| !failure.observed.get()) {
            self.report_uncaught(&failure.error);
        }
    }

    /// The same while tasks keep the isolate busy, once there are many.
    pub(super) fn note_failure(&mut self, failure: Rc<crate::future::FutureError>) {
        self.isolate.tasks.failures.push(failure);
        if self.isolate.tasks.failures.len() >= self.isolate.tasks.failures_limit {
            self.report_failures();
            self.isolate.tasks.failures_limit = (self.isolate.tasks.failures.len() * 2).max(FAILURES_IN_MIND);
        }
    }

    /// At the end, also those of futures that are still held.
    pub(crate) fn report_all_failures(&mut self) {
        for failure in std::mem::take(&mut self.isolate.tasks.failures) {
            if !failure.observed.get() {
                self.report_uncaught(&failure.error);
            }
        }
    }

    /// Reports an error that can no longer be caught.
    pub(crate) fn report_uncaught(&mut self, error: &Value) {
        // Of a program that ends by a limit, only that is said.
        if self.isolate.is_cancellation(error) || self.isolate.is_ending {
            return;
        }
        let uncaught = interpreter::uncaught(self.isolate, error);
        let here = self.isolate.thread();
        here.program().report(Report::Uncaught { thread: here.reference().number(), error: &uncaught });
    }
}
