//! What the timeline of a traced program is told (`trace`). Everything here is asked for at task switches and sends, and
//! answered at once when nobody traces; nothing of it is in the interpreter's loop.

use super::{Task, TaskId, Wait, deadlock};
use crate::isolate::{Coroutine, Isolate};
use crate::trace::Recorder;

impl Isolate {
    /// The work of a thread begins; `flow`: its spawn, or 0.
    pub(crate) fn begin_trace(&mut self, flow: u64) {
        let here = self.here();
        let trace = here.program().settings.trace.clone();
        let thread = here.reference().number();
        self.recorder = trace.map(|trace| Box::new(Recorder::new(&trace, thread, flow)));
    }

    /// The work of a thread has ended.
    pub(crate) fn end_trace(&mut self) {
        self.recorder = None;
    }

    /// Somebody wants to know what happens.
    pub(super) fn is_traced(&self) -> bool {
        self.recorder.is_some()
    }

    /// Something is sent: its number in the trace, which goes with it; 0 if nobody traces.
    pub(crate) fn trace_send(&mut self, what: &str) -> u64 {
        self.recorder.as_mut().map_or(0, |recorder| recorder.send(what))
    }

    /// There is a new task.
    pub(super) fn trace_start(&mut self, task: TaskId, coroutine: &Coroutine) {
        let Some(recorder) = &mut self.recorder else { return };
        let function = coroutine.frames().iter().find(|frame| !frame.is_native());
        // SAFETY: loaded code lives as long as the isolate, and this frame is not a native's.
        match function.map(|frame| &unsafe { &*frame.loaded }.function) {
            Some(function) => {
                let name = if function.name.is_empty() { "fn" } else { &function.name };
                recorder.start(task, name, &deadlock::place(&function.source, function.span));
            }
            None => {
                recorder.start(task, coroutine.natives.first().map_or("builtin", |native| native.name()), "a builtin")
            }
        }
    }

    /// A new task serves what was sent under this number.
    pub(super) fn trace_serves(&mut self, task: TaskId, flow: u64) {
        if let Some(recorder) = &mut self.recorder {
            recorder.serves(task, flow);
        }
    }

    /// A task goes on.
    pub(super) fn trace_run(&mut self, task: TaskId) {
        if let Some(recorder) = &mut self.recorder {
            recorder.run(task);
        }
    }

    /// The running task has been suspended.
    pub(super) fn trace_pause(&mut self, task: &Task) {
        if self.recorder.is_none() {
            return;
        }
        let thread = self.here().reference().number();
        let waits = (!matches!(task.wait, Wait::Turn)).then(|| deadlock::describe(task, thread));
        if let Some(recorder) = &mut self.recorder {
            match waits {
                Some(wait) => recorder.pause(Some(&wait.waits_for), &wait.place),
                None => recorder.pause(None, ""),
            }
        }
    }

    /// The running task has ended.
    pub(super) fn trace_end(&mut self, failed: bool) {
        if let Some(recorder) = &mut self.recorder {
            recorder.end(failed);
        }
    }
}
