//! How tasks end that are told to.
//!
//! A task that is cancelled throws once, and may catch that. If its whole thread is being stopped, or the program ends, it
//! may put its end off only to tidy up: `finally` runs, and may wait. One that has caught the error with `catch` and waits
//! again ends with an error that nothing catches. So does one that is told once more by `stop`, wherever it is.
//!
//! In a deadlock, every wait throws `Deadlock`. When nothing can go on a second time, nothing catches it any more.

use super::{Cancellation, Scheduler, Stop};
use crate::concurrency::Reasons;
use crate::error::{Error, ErrorKind};
use crate::future::Future;
use crate::interpreter::{Control, unwind};
use crate::memory::Value;
use crate::threads::Report;

/// What to do about a deadlock.
const HINT: &str = "something must complete, send to or end what they wait for";

impl Scheduler<'_> {
    /// The running task throws: if it had caught its end, it has not put it off.
    #[inline]
    pub(crate) fn note_leaving(&mut self) {
        if let Some(record) = &mut self.isolate.tasks.current
            && record.stop == Stop::Caught
        {
            record.stop = Stop::Leaving;
        }
    }

    /// The running task has caught an error.
    #[inline]
    pub(crate) fn note_catch(&mut self, error: &Value) {
        let Some(stop) = self.isolate.tasks.current.as_ref().map(|record| record.stop) else { return };
        if (stop == Stop::Leaving || stop == Stop::Told && self.isolate.is_cancellation(error))
            && let Some(record) = &mut self.isolate.tasks.current
        {
            record.stop = Stop::Caught;
            if std::mem::take(&mut record.told_again) {
                record.cancelled = Cancellation::ForGood;
                self.isolate.interrupt.ring(Reasons::CANCEL);
            }
        }
    }

    /// Tells all tasks that they are to end; those that were told before and have caught it end for good. `is_asked`: a
    /// program has called `stop`, which counts each time; else the whole program ends.
    pub(super) fn stop_tasks(&mut self, is_asked: bool) {
        let program = self.isolate.thread().program();
        let first = if program.is_ending_for_good() {
            Cancellation::ForGood
        } else if program.deadlock().is_some() {
            Cancellation::Deadlock
        } else {
            Cancellation::Now
        };
        let running = self.isolate.tasks.current.as_ref().map(|record| record.id);
        for id in self.isolate.tasks.slots.ids().into_iter().chain(running) {
            let record = match self.isolate.tasks.current.as_mut().filter(|record| record.id == id) {
                Some(record) => record,
                None => &mut self.isolate.tasks.slots.task(id).expect("it was found").record,
            };
            let how = match record.stop {
                Stop::No => first,
                Stop::Caught => Cancellation::ForGood,
                Stop::Told | Stop::Leaving if first == Cancellation::ForGood => first,
                // It has thrown what it was told, and is tidying up: a second stop ends that.
                Stop::Told | Stop::Leaving if is_asked && record.cancelled == Cancellation::No => Cancellation::ForGood,
                Stop::Told | Stop::Leaving => {
                    // If it catches what it has been told, it is told at once.
                    record.told_again |= is_asked;
                    continue;
                }
            };
            if record.stop == Stop::No {
                record.stop = Stop::Told;
            }
            self.cancel_task_so(id, how);
        }
    }

    /// The thread is being stopped, and the task that it was started for has ended. Tasks that began since are told as well,
    /// unless one that tidies up waits for them: else a program could put off its end by starting tasks.
    pub(super) fn stop_latecomers(&mut self) {
        for id in self.isolate.tasks.slots.ids() {
            let record = &mut self.isolate.tasks.slots.task(id).expect("it was found").record;
            if record.stop == Stop::No && !Future::of(&record.future).is_some_and(Future::is_awaited) {
                record.stop = Stop::Told;
                self.cancel_task_so(id, Cancellation::Now);
            }
        }
    }

    /// The running task served messages until its thread was stopped: that is how serving ends, and no error. If the thread is
    /// stopped again, the task is told like one that has not been told before.
    pub(crate) fn note_served(&mut self) {
        if let Some(record) = &mut self.isolate.tasks.current {
            record.stop = Stop::No;
            if std::mem::take(&mut record.told_again) {
                record.stop = Stop::Told;
                record.cancelled = Cancellation::Now;
                self.isolate.interrupt.ring(Reasons::CANCEL);
            }
        }
    }

    /// What a task throws that is cancelled in this way.
    pub(super) fn error_of(&mut self, how: Cancellation) -> Value {
        match self.isolate.thread().program().deadlock() {
            Some(text) if matches!(how, Cancellation::Deadlock | Cancellation::ForGood) => {
                self.isolate.new_error(ErrorKind::Deadlock, &text, Some(HINT))
            }
            _ => self.isolate.cancelled_error(),
        }
    }

    pub(super) fn throw_cancellation(&mut self, error: Value, how: Cancellation) -> Control {
        if how == Cancellation::ForGood {
            unwind::throw_past_handlers(self.isolate, error)
        } else {
            unwind::rethrow(self.isolate, error)
        }
    }

    /// Nothing in the program can go on: says so, and has every wait throw. The second time nothing catches it. False if
    /// nothing is left that waits.
    pub(super) fn break_deadlock(&mut self) -> bool {
        let program = self.isolate.thread().program().clone();
        let text = self.isolate.tasks.judge.take_text();
        if !text.is_empty() {
            let error = self.isolate.new_error(ErrorKind::Deadlock, &text, Some(HINT));
            if let Some(place) = self.isolate.tasks.judge.place.take() {
                unwind::set_place(self.isolate, &error, "waiting".into(), place);
            }
            let error = crate::interpreter::uncaught(self.isolate, &error);
            program.report(Report::Deadlock { error: &error });
            program.note_deadlock(&text);
        }
        let is_first =
            !std::mem::replace(&mut self.isolate.tasks.judge.was_stuck, true) && !self.isolate.tasks.judge.is_ending;
        if is_first {
            program.end();
            self.cancel_all_so(Cancellation::Deadlock);
            return true;
        }
        let was_ending_for_good = program.is_ending_for_good();
        program.end_for_good();
        self.cancel_all_so(Cancellation::ForGood);
        !was_ending_for_good
    }

    /// The error that the running task throws where it is, if it is cancelled.
    pub(crate) fn take_cancellation(&mut self) -> Option<Error> {
        let record = self.isolate.tasks.current.as_mut()?;
        match record.cancelled {
            Cancellation::No => None,
            Cancellation::AfterThis => {
                // Not in what it is just doing.
                self.isolate.interrupt.ring(Reasons::CANCEL);
                None
            }
            how => {
                record.cancelled = Cancellation::No;
                let error = self.error_of(how);
                self.isolate.throws_for_good = how == Cancellation::ForGood;
                Some(Error::thrown(error))
            }
        }
    }

    fn cancel_all_so(&mut self, how: Cancellation) {
        for id in self.isolate.tasks.slots.ids() {
            self.cancel_task_so(id, how);
        }
    }

    /// The error that a program ends with whose main code waits in a deadlock.
    pub(super) fn deadlock_error(&mut self) -> Error {
        let text =
            self.isolate.thread().program().deadlock().unwrap_or_else(|| self.isolate.tasks.judge.take_text().into());
        Error::new(ErrorKind::Deadlock, &*text).with_hint(HINT)
    }
}
