//! Running one task after the other, and waiting when none can run.

use super::errands::{Errand, Errands};
use super::{Cancellation, Scheduler, TaskId, TaskRecord, Token};
use crate::concurrency::Reasons;
use crate::interpreter::{Control, run, unwind};
use crate::isolate::Where;
use crate::memory::Value;
use crate::threads::ResultCore;
use std::time::Instant;

/// Which instruction the error of a limit names: the one before which the program stopped, as at the head of a loop, or the
/// one after which it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limited {
    Before,
    After,
}

/// What happened in a turn of the scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A task ran, or something else went on.
    Ran,
    /// Nothing in the whole program can go on by itself (`deadlock`).
    Stuck,
}

impl Scheduler<'_> {
    /// Runs the next ready task until it waits or ends. With none ready, waits for something to happen.
    pub(crate) fn turn(&mut self) -> Turn {
        if self.isolate.interrupt.word().is_raised() {
            let reasons = self.isolate.interrupt.take();
            if self.attend(reasons) == Turn::Stuck {
                return Turn::Stuck;
            }
            if reasons.contains(Reasons::INTERRUPT) {
                // A session was called. What it was called for is looked at before anything waits: the bell has been taken,
                // and would not wake it.
                return Turn::Ran;
            }
        }
        self.ring_timers();
        self.serve_messages();
        self.serve_effects();
        self.end_serving();
        while let Some(token) = self.isolate.tasks.prompt.pop_back() {
            self.isolate.tasks.ready.push_front(token);
        }
        if let Some(token) = self.isolate.tasks.ready.pop_front() {
            if let Some(task) = self.isolate.tasks.slots.resume(token) {
                self.run_task(task);
            }
            return Turn::Ran;
        }
        self.take_left_results();
        self.report_failures();
        if !self.isolate.interrupt.word().is_raised() {
            self.isolate.output.write_out();
        }
        self.isolate.interrupt.wait(self.isolate.tasks.timers.next_deadline());
        Turn::Ran
    }

    fn run_task(&mut self, task: Box<super::Task>) {
        if self.switch_to(task) == Control::Reload {
            run(self.isolate);
        }
    }

    /// Acts on what the bell says, between tasks.
    fn attend(&mut self, reasons: Reasons) -> Turn {
        self.look_around(reasons);
        if reasons.contains(Reasons::STOP) {
            self.stop_here();
        }
        if reasons.contains(Reasons::DESCRIBE) {
            self.describe_waits();
        }
        if reasons.contains(Reasons::SAMPLE)
            && let Some(sampler) = &mut self.isolate.sampler
        {
            sampler.sample_between_tasks();
        }
        // Anything else that was said means that something goes on.
        if reasons.without(Reasons::LIMIT | Reasons::COUNT | Reasons::SAMPLE) == Reasons::QUIESCENT
            && self.judge_quiescence()
        {
            return Turn::Stuck;
        }
        Turn::Ran
    }

    /// What is done alike between tasks and at safe points.
    fn look_around(&mut self, reasons: Reasons) {
        if reasons.contains(Reasons::COLLECT) {
            self.isolate.heap.collect();
        }
        if reasons.contains(Reasons::READY) {
            self.take_ready();
        }
        self.isolate.tasks.heard |= reasons.contains(Reasons::MESSAGE);
        if reasons.contains(Reasons::EFFECT) {
            self.isolate.tasks.effects.are_waiting = true;
        }
        if reasons.contains(Reasons::INTERRUPT)
            && let Some((task, for_good)) = self.isolate.pieces.take_interrupt()
        {
            self.interrupt_task(task, for_good);
        }
    }

    /// The safe point of a running task.
    pub(crate) fn interrupted(&mut self, limited: Limited) -> Control {
        if self.isolate.takes_step() {
            return Control::Next;
        }
        let reasons = self.isolate.interrupt.take();
        if reasons.contains(Reasons::SAMPLE) {
            self.isolate.take_sample(limited.into());
        }
        self.look_around(reasons);
        if reasons.contains(Reasons::STOP) {
            self.stop_here();
        }
        if reasons.intersects(Reasons::LIMIT | Reasons::COUNT)
            && let Some(error) = self.isolate.count_steps(1, Where::BetweenInstructions)
        {
            if limited == Limited::Before {
                self.isolate.coroutine.begin_instruction();
            }
            return unwind::throw(self.isolate, error);
        }
        // A program that runs is not stuck; these are raised again when it sleeps.
        if let Some(record) = &mut self.isolate.tasks.current
            && record.cancelled == Cancellation::AfterThis
        {
            record.cancelled = Cancellation::Now;
            self.isolate.interrupt.ring(Reasons::CANCEL);
        } else if let Some(record) = &mut self.isolate.tasks.current
            && record.cancelled != Cancellation::No
        {
            let how = std::mem::replace(&mut record.cancelled, Cancellation::No);
            // The error is that of the instruction that was about to run: the first of a loop, say, whose `try` catches it.
            self.isolate.coroutine.begin_instruction();
            let error = self.error_of(how);
            return self.throw_cancellation(error, how);
        }
        if self.isolate.tasks.effects.are_waiting {
            if reasons.contains(Reasons::MESSAGE) {
                self.isolate.interrupt.ring(Reasons::MESSAGE);
            }
            let control = self.effects_at_safe_point();
            if control != Control::Next {
                return control;
            }
        }
        if !self.isolate.tasks.prompt.is_empty() {
            if reasons.contains(Reasons::MESSAGE) {
                self.isolate.interrupt.ring(Reasons::MESSAGE);
            }
            let control = self.prompt_tasks_at_safe_point();
            if control != Control::Next {
                return control;
            }
        }
        if reasons.contains(Reasons::MESSAGE) {
            return self.messages_at_safe_point();
        }
        Control::Next
    }

    /// Makes ready what other threads said is.
    fn take_ready(&mut self) {
        let mut tokens = std::mem::take(&mut self.isolate.tasks.tokens);
        self.isolate.thread().handle().ready.take(&mut tokens);
        for token in tokens.drain(..) {
            self.wake(token);
        }
        self.isolate.tasks.tokens = tokens;
    }

    /// Rings the next timer that is due. What it lets go on runs before the timer after it rings: however late the isolate
    /// looks, what was to happen first does, so that a timeout does not overtake what came in time.
    fn ring_timers(&mut self) {
        if self.isolate.tasks.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(token) = self.isolate.tasks.timers.take_due(now) {
            self.wake(token);
            if !self.isolate.tasks.ready.is_empty() {
                return;
            }
        }
    }

    /// The same, for who has to know: true if a task is ready by it.
    pub(crate) fn wakes(&mut self, token: Token) -> bool {
        let is_meant = self.isolate.tasks.slots.waiting(token).is_some();
        self.wake(token);
        is_meant
    }

    /// What stands behind a token can go on.
    pub(crate) fn wake(&mut self, token: Token) {
        if Errands::is_errand(token) {
            match self.isolate.tasks.errands.remove(token) {
                Some(Errand::Arrive(future, shared, registration)) => {
                    ResultCore::fulfil(registration);
                    self.arrive(future, shared);
                }
                Some(Errand::Timer(future)) => self.complete(&future, Ok(Value::NULL)),
                Some(Errand::Cancel(task)) => self.cancel_task(task),
                None => {}
            }
        } else if self.isolate.tasks.slots.waiting(token).is_some() && self.isolate.tasks.slots.mark_ready(token) {
            self.isolate.tasks.ready.push_back(token);
        }
    }

    /// Has a task throw `Cancelled` where it is, or before it begins.
    pub(crate) fn cancel_task(&mut self, id: TaskId) {
        self.cancel_task_so(id, Cancellation::Now);
    }

    /// The same; `for_good`: nothing in it catches that.
    pub(crate) fn interrupt_task(&mut self, id: TaskId, for_good: bool) {
        self.cancel_task_so(id, if for_good { Cancellation::ForGood } else { Cancellation::Now });
    }

    pub(super) fn cancel_task_so(&mut self, id: TaskId, how: Cancellation) {
        let put = |record: &mut TaskRecord| {
            if record.cancelled != Cancellation::ForGood {
                record.cancelled = how;
            }
        };
        if let Some(record) = self.isolate.tasks.current.as_mut().filter(|record| record.id == id) {
            put(record);
            self.isolate.interrupt.ring(Reasons::CANCEL);
        } else if let Some(task) = self.isolate.tasks.slots.task(id) {
            put(&mut task.record);
            let token = self.isolate.tasks.slots.token(id);
            self.wake(token);
        }
    }

    /// The thread is to stop: all its tasks are cancelled.
    pub(crate) fn stop_here(&mut self) {
        self.isolate.tasks.stopping = true;
        // None: the program ends.
        let stops = self.isolate.thread().handle().take_stops();
        self.stop_tasks(stops > 0);
        if stops > 1 {
            self.stop_tasks(true);
        }
    }
}
