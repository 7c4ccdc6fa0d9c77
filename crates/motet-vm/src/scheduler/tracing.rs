//! What the timeline of a traced program is told (`trace`), and when a profiled one is sampled. Everything here is asked for at task switches and sends, and
//! answered at once when the program is not traced; nothing of it is in the interpreter's loop.

use super::{Scheduler, Task, TaskId, Wait, deadlock};
use crate::future::Future;
use crate::isolate::Coroutine;
use crate::memory::Value;
use crate::threads::SharedFuture;
use crate::trace::Recorder;

impl Scheduler<'_> {
    /// The work of a thread begins; `flow`: its spawn, or 0.
    pub(crate) fn begin_trace(&mut self, flow: u64) {
        let here = self.isolate.thread();
        let trace = here.program().settings.trace.clone();
        let thread = here.reference().number();
        self.isolate.recorder = trace.map(|trace| Box::new(Recorder::new(&trace, thread, flow)));
        self.isolate.begin_profile();
    }

    /// The work of a thread has ended.
    pub(crate) fn end_trace(&mut self) {
        self.isolate.recorder = None;
        self.isolate.sampler = None;
    }

    /// The program is traced.
    #[inline]
    pub(super) fn is_traced(&self) -> bool {
        self.isolate.recorder.is_some()
    }

    /// Something is sent: its number in the trace, which goes with it; 0 if the program is not traced.
    #[inline]
    pub(crate) fn trace_send(&mut self, what: &str) -> u64 {
        if self.is_traced() { self.recorder().send(what) } else { 0 }
    }

    /// There is a new task.
    #[inline]
    pub(super) fn trace_start(&mut self, task: TaskId, coroutine: &Coroutine) {
        if self.is_traced() {
            self.record_start(task, coroutine);
        }
    }

    /// A new task serves what was sent under this number.
    #[inline]
    pub(super) fn trace_serves(&mut self, task: TaskId, flow: u64) {
        if self.is_traced() {
            self.recorder().serves(task, flow);
        }
    }

    /// The result of another thread has come, which a task may wait for.
    #[inline]
    pub(super) fn trace_arrival(&mut self, future: &Value, result: &SharedFuture) {
        if self.is_traced() {
            self.record_arrival(future, result);
        }
    }

    /// The running task has received what was sent under this number.
    #[inline]
    pub(crate) fn trace_receive(&mut self, flow: u64) {
        if self.is_traced() {
            self.recorder().receive(flow);
        }
    }

    /// A task goes on.
    #[inline]
    pub(super) fn trace_run(&mut self, task: TaskId) {
        if self.is_traced() {
            self.recorder().run(task);
        }
    }

    /// The running task has been suspended.
    #[inline]
    pub(super) fn trace_pause(&mut self, task: &Task) {
        if self.is_traced() {
            self.record_pause(task);
        }
    }

    /// The running task has ended.
    #[inline]
    pub(super) fn trace_end(&mut self, failed: bool) {
        if self.is_traced() {
            self.recorder().end(failed);
        }
    }

    /// Out of the way of programs that are not traced.
    #[cold]
    #[inline(never)]
    fn recorder(&mut self) -> &mut Recorder<TaskId> {
        self.isolate.recorder.as_mut().expect("the program is traced")
    }

    #[cold]
    fn record_start(&mut self, task: TaskId, coroutine: &Coroutine) {
        let function = coroutine.frames().iter().find(|frame| !frame.is_native());
        // SAFETY: loaded code lives as long as the isolate, and this frame is not a native's.
        match function.map(|frame| &unsafe { &*frame.loaded }.function) {
            Some(function) => {
                let name = if function.name.is_empty() { "fn" } else { &function.name };
                self.recorder().start(task, name, &function.source.place(function.span.start));
            }
            None => {
                let name = coroutine.natives.first().map_or("builtin", |native| native.name());
                self.recorder().start(task, name, "a builtin");
            }
        }
    }

    #[cold]
    fn record_arrival(&mut self, future: &Value, result: &SharedFuture) {
        let flow = result.take_flow();
        let waiter = Future::of(future).and_then(Future::first_waiter);
        let task = waiter.and_then(|token| self.isolate.tasks.slots.waiting(token)).map(|task| task.record.id);
        match task {
            Some(task) => self.recorder().serves(task, flow),
            None => self.recorder().receive(flow),
        }
    }

    #[cold]
    fn record_pause(&mut self, task: &Task) {
        let thread = self.isolate.thread().reference().number();
        let waits = (!matches!(task.wait, Wait::Turn)).then(|| deadlock::describe(task, thread));
        match waits {
            Some(wait) => self.recorder().pause(Some(&wait.waits_for), &wait.place),
            None => self.recorder().pause(None, ""),
        }
    }
}
