//! The ends of tasks, threads and programs, and errors that were not caught.

use super::errands::Errand;
use super::scheduler::Turn;
use crate::error::Result;
use crate::future::{Future, FutureState};
use crate::interpreter::{self, Control};
use crate::isolate::Isolate;
use crate::memory::Value;
use crate::threads::Report;
use std::rc::Rc;

/// Failures that are kept in mind before those that were asked about are forgotten.
const FAILURES_IN_MIND: usize = 64;

impl Isolate {
    /// The running task has ended.
    pub(crate) fn task_ended(&mut self, result: std::result::Result<Value, Value>) -> Control {
        debug_assert!(self.chain.is_empty() && self.coroutine.is_empty());
        let record = self.tasks.current.take().expect("a task is running");
        self.tasks.slots.free(record.id);
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
            let error = result.as_ref().err().filter(|error| !self.is_cancellation(error)).cloned();
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

    /// Runs tasks until this future has ended, and gives its result.
    pub(crate) fn finish(&mut self, future: &Value) -> Result<Value> {
        loop {
            match Future::of(future).expect("a future").observe() {
                FutureState::Done(value) => return Ok(value),
                FutureState::Failed(error) => return Err(self.reason_of_end(error)),
                FutureState::Pending => {}
            }
            if let Some(error) = self.limit_error() {
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
        while self.tasks.count() > 0 {
            if !cancelled && self.limit_error().is_some() {
                self.cancel_all();
                cancelled = true;
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
        self.tasks.judge.main_has_ended = true;
        let mut deadlocked = false;
        let result = loop {
            let threads = self.thread().program().threads().table().count();
            // Who has ended has left its results.
            self.take_left_results();
            if self.tasks.count() == 0 {
                // Like effects, they hold no program.
                self.tasks.effects.latest.end();
            }
            if self.tasks.count() == 0 && threads == 1 && self.has_messages() {
                self.tasks.heard = true;
            } else if self.tasks.count() == 0 && threads == 1 && !self.awaits_results() {
                // What the last of them has set is still seen.
                if !self.has_effects_to_run() {
                    break if deadlocked { Err(self.deadlock_error()) } else { Ok(()) };
                }
                self.tasks.effects.are_waiting = true;
            }
            if let Some(error) = self.limit_error() {
                break Err(error);
            }
            if self.turn() == Turn::Stuck {
                if self.tasks.judge.only_servers_wait && !deadlocked {
                    break Ok(());
                }
                deadlocked = true;
                if !self.break_deadlock() {
                    break Err(self.deadlock_error());
                }
            }
        };
        self.tasks.judge.main_has_ended = false;
        result
    }

    /// Stops the threads that are left, waits for their ends, and reports what was not caught.
    pub(crate) fn end_program(&mut self) {
        let program = self.thread().program().clone();
        program.end();
        self.tasks.judge.is_ending = true;
        self.stop_tasks(false);
        while program.threads().table().count() > 1 || self.tasks.count() > 0 {
            if self.turn() == Turn::Stuck {
                self.break_deadlock();
            }
        }
        self.tasks.judge.is_ending = false;
        self.tasks.judge.was_stuck = false;
        // What came of a deadlock is known to be none.
        self.report_all_failures();
        program.begin_again();
    }

    /// Cancels every task that waits.
    pub(crate) fn cancel_all(&mut self) {
        for id in self.tasks.slots.ids() {
            self.cancel_task(id);
        }
    }

    /// Reports the errors of futures that are gone and were never asked about.
    pub(super) fn report_failures(&mut self) {
        if self.tasks.failures.is_empty() {
            return;
        }
        self.forget_jobs();
        let failures = std::mem::take(&mut self.tasks.failures);
        let (gone, kept): (Vec<_>, Vec<_>) =
            failures.into_iter().partition(|failure| Rc::strong_count(failure) == 1 || failure.observed.get());
        self.tasks.failures = kept;
        for failure in gone.into_iter().filter(|failure| !failure.observed.get()) {
            self.report_uncaught(&failure.error);
        }
    }

    /// The same while tasks keep the isolate busy, once there are many.
    pub(super) fn note_failure(&mut self, failure: Rc<crate::future::FutureError>) {
        self.tasks.failures.push(failure);
        if self.tasks.failures.len() >= self.tasks.failures_limit {
            self.report_failures();
            self.tasks.failures_limit = (self.tasks.failures.len() * 2).max(FAILURES_IN_MIND);
        }
    }

    /// At the end, also those of futures that are still held.
    pub(crate) fn report_all_failures(&mut self) {
        for failure in std::mem::take(&mut self.tasks.failures) {
            if !failure.observed.get() {
                self.report_uncaught(&failure.error);
            }
        }
    }

    /// Reports an error that can no longer be caught.
    pub(crate) fn report_uncaught(&mut self, error: &Value) {
        // Of a program that ends by a limit, only that is said.
        if self.is_cancellation(error) || self.is_ending {
            return;
        }
        let uncaught = interpreter::uncaught(self, error);
        let here = self.thread();
        here.program().report(Report::Uncaught { thread: here.reference().number(), error: &uncaught });
    }

    /// A thread that has ended left nothing whose end could be noticed: a reset drops no value, and gives back no
    /// memory that is counted.
    pub(crate) fn is_clear(&self) -> bool {
        self.budget.is_none()
            && self.coroutine.is_empty()
            && self.chain.is_empty()
            && self.native_result.is_null()
            && self.tasks.is_reset()
            && self.tasks.effects.is_new()
            && self.has_no_modules()
            && self.heap.watches_nothing()
    }

    /// Clears what a thread left behind, and says what its tasks, callbacks and futures should not have: a reset finds
    /// nothing to do but to forget globals (T-06).
    pub(crate) fn reset(&mut self) -> Option<String> {
        let mut left = Vec::new();
        let mut count = |number: usize, what: &str| {
            if number > 0 {
                left.push(format!("{number} {what}"));
            }
        };
        count(self.tasks.count(), "tasks");
        count(self.coroutine.depth() + self.chain.len(), "frames");
        // Those of futures that were not awaited go with them.
        let awaited = self.tasks.errands.iter().filter(|errand| matches!(errand, Errand::Timer(_))).count();
        count(self.tasks.timers.len().saturating_sub(awaited), "timers");
        self.coroutine.surrender(&mut drop);
        self.chain.clear();
        self.native_result = Value::NULL;
        self.tasks.renew();
        self.forget_modules();
        self.forget_memory();
        self.heap.collect();
        (!left.is_empty()).then(|| left.join(", "))
    }
}
