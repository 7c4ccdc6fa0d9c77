//! Futures of this isolate: completing them, cancelling them, and those that other threads complete.

use super::errands::Errand;
use super::{Cancellation, Scheduler, Token};
use crate::concurrency::{Reasons, TimerKey, Waker};
use crate::error::{Body, Error, ErrorKind};
use crate::future::{Completed, Future, Origin};
use crate::interpreter::{Control, unwind};
use crate::memory::Value;
use crate::threads::{Arrival, CancelMode, Home, ResultCompleter, SharedFuture};
use crate::workers::JobObject;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many futures of jobs are kept before those without a holder are forgotten.
const JOBS_IN_MIND: usize = 64;

/// A future that a time completes.
pub(crate) struct Timer {
    pub future: Value,
    token: Token,
    key: TimerKey,
}

impl Scheduler<'_> {
    /// Throws the error of a future that the running task awaited. Its trace goes on with the calls that led here, if it
    /// comes from another thread.
    pub(crate) fn throw_awaited(&mut self, error: Value) -> Control {
        unwind::continue_trace(self.isolate, &error);
        unwind::rethrow(self.isolate, error)
    }

    /// Completes a future and makes those ready who wait for it.
    pub(crate) fn complete(&mut self, future: &Value, result: std::result::Result<Value, Value>) {
        let Some(completed) = Future::of(future).expect("a future").complete(result.clone()) else { return };
        self.isolate.heap.note_change(future);
        for token in completed.waiters() {
            self.wake(token);
        }
        let Completed { failure, export, .. } = completed;
        if let Some(token) = export.as_ref().and_then(|export| export.cancel) {
            self.isolate.tasks.errands.remove(token);
        }
        if let Some(completer) = export.and_then(|export| export.completer) {
            if let Some(failure) = &failure {
                failure.observed.set(true);
            }
            let package = self.package(result);
            // The other side may have stopped waiting.
            drop(completer.complete(package));
        }
        if let Some(failure) = failure.filter(|failure| !self.isolate.is_cancellation(&failure.error)) {
            self.note_failure(failure);
        }
    }

    /// A future that completes with null after a time.
    pub(crate) fn timer(&mut self, after: Duration) -> Timer {
        let future = self.isolate.new_future();
        let token = self.isolate.tasks.errands.add(Errand::Timer(future.clone()));
        let key = self.isolate.tasks.timers.set(deadline(after), token);
        Timer { future, token, key }
    }

    /// The timer is not needed any more.
    pub(crate) fn cancel_timer(&mut self, timer: &Timer) {
        self.isolate.tasks.timers.cancel(timer.key);
        self.isolate.tasks.errands.remove(timer.token);
    }

    /// The future of this isolate that a value is, or means: one that another thread completes has one here.
    pub(crate) fn future_here(&mut self, value: &Value) -> Option<Value> {
        if Future::of(value).is_some() {
            return Some(value.clone());
        }
        let shared = match JobObject::of(value) {
            Some(job) => job.shared.clone(),
            None => value.as_foreign()?.shared_as::<SharedFuture>()?,
        };
        Some(self.receive_future(shared))
    }

    /// A future of this isolate that completes when another thread says so, which it has just been asked to.
    pub(crate) fn new_future_elsewhere(&mut self, mut shared: SharedFuture) -> Value {
        shared.home =
            Some(Home { thread: self.isolate.thread().reference(), token: self.isolate.tasks.errands.upcoming() });
        self.await_elsewhere(Arc::new(shared), true)
    }

    /// The future of this isolate for one that was made here and has gone round, while it is pending.
    fn future_at_home(&self, shared: &Arc<SharedFuture>) -> Option<Value> {
        let home = shared.home.as_ref().filter(|home| home.thread == self.isolate.thread().reference())?;
        match self.isolate.tasks.errands.get(home.token)? {
            Errand::Arrive(future, known, _) if Arc::ptr_eq(known, shared) => Some(future.clone()),
            _ => None,
        }
    }

    /// A future of this isolate that completes when one of another thread does.
    pub(crate) fn receive_future(&mut self, shared: Arc<SharedFuture>) -> Value {
        if let Some(known) = self.future_at_home(&shared) {
            return known;
        }
        let address = Arc::as_ptr(&shared.core) as usize;
        if let Some(known) = self.isolate.tasks.arriving.get(&address) {
            return known.clone();
        }
        if let Some((holders, known)) = self.isolate.tasks.jobs.get(&address)
            && holders.strong_count() > 0
        {
            return known.clone();
        }
        self.await_elsewhere(shared, false)
    }

    /// `made_here`: under the token that it has as its home.
    fn await_elsewhere(&mut self, shared: Arc<SharedFuture>, made_here: bool) -> Value {
        let future =
            Future::pending(&self.isolate.heap, &self.isolate.tasks.exports, Origin::Elsewhere(shared.clone()));
        let token = self.isolate.tasks.errands.upcoming();
        match shared.core.wait(self.isolate.thread().handle().ready.waker(token)) {
            Some(registration) => {
                if !made_here {
                    self.isolate.tasks.arriving.insert(Arc::as_ptr(&shared.core) as usize, future.clone());
                }
                self.isolate.tasks.errands.add(Errand::Arrive(future.clone(), shared, registration));
            }
            None => self.arrive(future.clone(), shared),
        }
        future
    }

    /// The future of a job that was started here. Its error is reported if no code asks about it while the job is held.
    pub(crate) fn receive_job(&mut self, job: &Arc<SharedFuture>) {
        let future = self.receive_future(job.clone());
        if self.isolate.tasks.jobs.len() >= self.isolate.tasks.jobs_limit {
            self.forget_jobs();
            self.isolate.tasks.jobs_limit = (self.isolate.tasks.jobs.len() * 2).max(JOBS_IN_MIND);
        }
        let address = Arc::as_ptr(&job.core) as usize;
        self.isolate.tasks.jobs.insert(address, (Arc::downgrade(job), future));
    }

    /// Forgets the futures of jobs that are not held any more.
    pub(super) fn forget_jobs(&mut self) {
        self.isolate.tasks.jobs.retain(|_, (holders, _)| holders.strong_count() > 0);
    }

    /// A future that another thread completes has ended.
    pub(super) fn arrive(&mut self, future: Value, shared: Arc<SharedFuture>) {
        if !self.isolate.tasks.arriving.is_empty() {
            self.isolate.tasks.arriving.remove(&(Arc::as_ptr(&shared.core) as usize));
        }
        // So that this isolate's own references do not count.
        if let Some(body) = Future::of(&future) {
            body.set_origin(Origin::Native);
        }
        self.trace_arrival(&future, &shared);
        let is_last = Arc::strong_count(&shared.core) == 1 && Arc::strong_count(&shared) == 1;
        let result = match shared.open(&self.isolate.heap, is_last).expect("it has ended") {
            Arrival::Success(value) => Ok(value),
            Arrival::Failure(error) => Err(error),
            Arrival::Cancelled => Err(self.isolate.cancelled_error()),
            Arrival::Abandoned if shared.cancel == CancelMode::AtOnce => Err(self.isolate.new_error(
                ErrorKind::StaleThread,
                "the message got no reply",
                Some("its callbacks ended without m.reply(…), or the thread ended"),
            )),
            Arrival::Abandoned => {
                Err(self.isolate.new_error(ErrorKind::StaleThread, "the thread ended and gave no result", None))
            }
        };
        if self.isolate.tasks.is_winding_down() {
            // Threads that are being stopped give no results, and their ends are not news.
            self.complete_quietly(&future, result);
        } else {
            self.complete(&future, result);
        }
    }

    /// This thread ends, and others still work for it: should they fail, no task is left here to report it. The main
    /// thread takes their results.
    pub(crate) fn leave_results(&mut self) {
        let here = self.isolate.thread();
        let is_own = |shared: &SharedFuture| {
            let made_here = shared.home.as_ref().is_some_and(|home| home.thread == here.reference());
            let address = Arc::as_ptr(&shared.core) as usize;
            // Who sent a message is not told of its reply any more.
            shared.cancel == CancelMode::Ask && (made_here || self.isolate.tasks.jobs.contains_key(&address))
        };
        let left = self.isolate.tasks.errands.iter().filter_map(|errand| match errand {
            Errand::Arrive(future, shared, _) => {
                let is_awaited = Future::of(future).is_some_and(Future::is_awaited);
                Some(shared.clone()).filter(|shared| !is_awaited && is_own(shared))
            }
            Errand::Timer(_) | Errand::Cancel(_) => None,
        });
        let left: Vec<_> = left.collect();
        here.program().leave_results(left);
    }

    /// The main thread takes the results that threads have left which have ended.
    pub(super) fn take_left_results(&mut self) {
        let here = self.isolate.thread();
        if here.reference().is_main() && here.program().has_left_results() {
            for shared in here.program().clone().take_left_results() {
                self.receive_future(shared);
            }
        }
    }

    /// Something is on its way here whose failure would have to be reported: other threads work on it, or have done so.
    pub(super) fn awaits_results(&self) -> bool {
        let own = self.isolate.thread().reference().number();
        self.isolate.interrupt.word().raised().contains(Reasons::READY)
            || self.isolate.tasks.errands.iter().any(|errand| match errand {
                Errand::Arrive(_, shared, _) => shared.thread != Some(own),
                Errand::Timer(_) | Errand::Cancel(_) => false,
            })
    }

    /// Cancels a future: the task or thread that completes it is to stop. False if it has ended already.
    pub(crate) fn cancel_future(&mut self, future: &Value) -> bool {
        let Some(body) = Future::of(future) else { return false };
        if !body.is_pending() {
            return false;
        }
        match body.origin() {
            Origin::Task(task) => self.cancel_task(task),
            Origin::Elsewhere(shared) => return shared.cancel(),
            Origin::Native => {
                let error = self.isolate.cancelled_error();
                self.complete(future, Err(error));
            }
        }
        true
    }

    /// A token under which another isolate cancels a task of this one.
    pub(super) fn cancel_token(&mut self, task: super::TaskId) -> Token {
        self.isolate.tasks.errands.add(Errand::Cancel(task))
    }

    /// The holder of the other side of a future can cancel a task of this isolate by it, until the errand that this
    /// gives ends.
    pub(crate) fn cancel_with(&mut self, completer: &ResultCompleter, task: super::TaskId) -> Token {
        let token = self.cancel_token(task);
        completer.on_cancel(self.isolate.thread().handle().ready.waker(token));
        token
    }

    /// How another thread cancels the running task, until [`Scheduler::forget_cancel`].
    pub(crate) fn cancel_waker(&mut self) -> (Token, Waker) {
        let task = self.isolate.tasks.current.as_ref().expect("a task is running").id;
        let token = self.cancel_token(task);
        (token, self.isolate.thread().handle().ready.waker(token))
    }

    /// The task can no longer be cancelled by this token; true if it has been.
    pub(crate) fn forget_cancel(&mut self, token: Token) -> bool {
        self.isolate.tasks.errands.remove(token).is_none()
    }

    /// The running task, which was cancelled too late for what it waited for, is cancelled after that. `error`: what it was
    /// told instead, which may be something else.
    pub(crate) fn cancel_after_this(&mut self, error: &Error) {
        if matches!(error.body(), Body::Thrown(error) if self.isolate.is_cancellation(error))
            && let Some(record) = &mut self.isolate.tasks.current
        {
            record.cancelled = Cancellation::AfterThis;
            self.isolate.interrupt.ring(Reasons::CANCEL);
        }
    }

    /// The running task is not to be cancelled after all.
    pub(crate) fn forgive(&mut self) {
        if let Some(record) = &mut self.isolate.tasks.current {
            record.cancelled = Cancellation::No;
        }
    }
}

/// A time from now. So far ahead that the clock has no name for it is as good as its end.
pub(crate) fn deadline(after: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(after).or_else(|| now.checked_add(FAR)).unwrap_or(now)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use crate::builtins::Builtins;
    use crate::main_isolate::MainIsolate;
    use crate::settings::Settings;
    use std::sync::Arc;

    #[test]
    fn t21_a_future_that_was_sent_away_leaves_no_errand_behind() {
        let mut main =
            MainIsolate::new(Builtins::of_machine(), Arc::new(Settings::default()), Box::new(std::io::sink()));
        let isolate = main.isolate();
        let pause = isolate.extern_value("pause").expect("a builtin");
        let (_, future) = isolate.scheduler().start_task(pause, Vec::new()).expect("it can be called");
        let parcel = isolate.scheduler().pack(&future).expect("futures go by reference");
        assert!(!isolate.tasks.errands.is_empty(), "who gets it may cancel the task");
        isolate.scheduler().finish(&future).expect("it ends well");
        assert!(isolate.tasks.errands.is_empty());
        drop(parcel);
    }
}
