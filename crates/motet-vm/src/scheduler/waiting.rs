//! Suspending the running task, and giving a task what it waited for.

use super::{
    Cancellation, ChannelWait, DELIVERY, Pending, Scheduler, Stop, Task, TaskId, TaskRecord, Token, Wait, WaitKind,
};
use super::{NextValueUse, scope::Scope};
use crate::concurrency::{Reasons, Receiving, Registration};
use crate::error::Result;
use crate::future::{Future, FutureState, Origin};
use crate::interpreter::{CallShape, Control, Target, deliver, give, start_coroutine, unwind};
use crate::isolate::{Coroutine, Delivery};
use crate::memory::Value;
use crate::threads::Channel;
use std::rc::Rc;

impl Scheduler<'_> {
    /// A new task that calls a function, in its turn.
    pub(crate) fn start_task(&mut self, function: Value, arguments: Vec<Value>) -> Result<(TaskId, Value)> {
        self.start_task_with(function, CallShape::positional(arguments))
    }

    /// The same with arguments of any form.
    pub(crate) fn start_task_with(&mut self, function: Value, shape: CallShape) -> Result<(TaskId, Value)> {
        let coroutine = start_coroutine(self.isolate, function, shape, DELIVERY)?;
        Ok(self.add_task(coroutine))
    }

    /// A new task, which runs in its turn.
    pub(crate) fn add_task(&mut self, coroutine: Box<Coroutine>) -> (TaskId, Value) {
        let scope = self.isolate.tasks.current.as_ref().and_then(|record| record.scope.clone());
        let record = self.new_task(scope, &coroutine);
        let (id, future) = (record.id, record.future.clone());
        let token = self.put_to_start(coroutine, record);
        self.wake(token);
        (id, future)
    }

    /// A new task that runs before others, at the next safe point of the running one if that may be interrupted.
    pub(crate) fn add_prompt_task(&mut self, coroutine: Box<Coroutine>) {
        let record =
            self.new_task(self.isolate.tasks.current.as_ref().and_then(|record| record.scope.clone()), &coroutine);
        let token = self.put_to_start(coroutine, record);
        self.isolate.tasks.slots.mark_ready(token);
        self.isolate.tasks.prompt.push_back(token);
        self.isolate.interrupt.ring(Reasons::READY);
    }

    /// A task that serves messages: it runs before all others, belongs to no scope, and has no future. `flow`: what
    /// it serves, in the trace.
    pub(super) fn add_server(&mut self, coroutine: Box<Coroutine>, flow: u64) -> TaskId {
        let id = self.isolate.tasks.slots.take();
        self.trace_start(id, &coroutine);
        self.trace_serves(id, flow);
        let record = TaskRecord {
            id,
            future: Value::NULL,
            scope: None,
            code: std::ptr::null(),
            serves: true,
            cancelled: Cancellation::No,
            stop: Stop::No,
            told_again: false,
            nesting: 0,
            observer: None,
        };
        let token = self.put_to_start(coroutine, record);
        self.isolate.tasks.slots.mark_ready(token);
        self.isolate.tasks.ready.push_front(token);
        id
    }

    /// A task that has not run yet stands in its slot.
    fn put_to_start(&mut self, coroutine: Box<Coroutine>, record: TaskRecord) -> Token {
        let id = record.id;
        self.isolate
            .tasks
            .slots
            .suspend(id, Box::new(Task { coroutine, chain: Vec::new(), wait: Wait::Start, record }));
        self.isolate.tasks.slots.token(id)
    }

    fn new_task(&mut self, scope: Option<Rc<Scope>>, coroutine: &Coroutine) -> TaskRecord {
        let id = self.isolate.tasks.slots.take();
        // A limit of the program's memory has to be checked when many tasks were started.
        self.isolate.heap.account(size_of::<Coroutine>() + coroutine.bytes());
        let future = Future::pending(&self.isolate.heap, &self.isolate.tasks.exports, Origin::Task(id));
        self.enter_scope(id, scope.as_ref());
        let code = coroutine.frames().first().map_or(std::ptr::null(), |frame| frame.loaded);
        self.trace_start(id, coroutine);
        let stop = match &self.isolate.tasks.current {
            // Else it could put its end off for ever, with ever new tasks.
            Some(parent) if parent.stop == Stop::Caught => Stop::Caught,
            _ => Stop::No,
        };
        let cancelled = Cancellation::No;
        let (serves, told_again) = (false, false);
        TaskRecord { id, future, scope, code, serves, cancelled, stop, told_again, nesting: 0, observer: None }
    }

    /// A task of a call of an async function: it starts at once and runs to its first `await`; the caller gets its future
    /// and goes on when the task waits or has ended.
    pub(crate) fn start_task_now(&mut self, coroutine: Box<Coroutine>, target: Target) -> Control {
        let scope = self.isolate.tasks.current.as_ref().and_then(|record| record.scope.clone());
        let nesting = self.isolate.tasks.current.as_ref().map_or(0, |record| record.nesting) + 1;
        if nesting >= self.isolate.settings.depth_limit {
            let error = self.isolate.depth_error();
            return unwind::throw(self.isolate, error);
        }
        let record = TaskRecord { nesting, ..self.new_task(scope, &coroutine) };
        let future = record.future.clone();
        if target.delivery == Delivery::Task {
            // The call is the last act of the running task, which ends with the future as its result.
            let token = self.put_to_start(coroutine, record);
            self.isolate.tasks.slots.mark_ready(token);
            self.isolate.tasks.ready.push_front(token);
            return deliver(self.isolate, future, target);
        }
        let control = deliver(self.isolate, future, target);
        debug_assert!(control != Control::Exit);
        self.push_aside();
        self.trace_run(record.id);
        self.isolate.tasks.current = Some(record);
        self.isolate.nothing = Some(std::mem::replace(&mut self.isolate.coroutine, coroutine));
        Control::Reload
    }

    /// Suspends the running task; it goes on as the next one.
    pub(super) fn push_aside(&mut self) {
        let token = self.suspend_current(Wait::Turn);
        if self.isolate.tasks.slots.mark_ready(token) {
            self.isolate.tasks.ready.push_front(token);
        }
    }

    /// The running task becomes a suspended one.
    fn suspend_current(&mut self, wait: Wait) -> Token {
        let mut record = self.isolate.tasks.current.take().expect("a task is running");
        if !matches!(wait, Wait::Turn) {
            record.nesting = 0;
        }
        let id = record.id;
        let coroutine = std::mem::replace(&mut self.isolate.coroutine, self.isolate.nothing.take().unwrap_or_default());
        if record.stop == Stop::Caught && !matches!(wait, Wait::Turn) {
            record.cancelled = Cancellation::ForGood;
        }
        let throws_at_once = record.cancelled != Cancellation::No && !matches!(wait, Wait::Turn);
        let task = Task { coroutine, chain: std::mem::take(&mut self.isolate.chain), wait, record };
        self.trace_pause(&task);
        self.isolate.tasks.slots.suspend(id, Box::new(task));
        let token = self.isolate.tasks.slots.token(id);
        if throws_at_once {
            self.wake(token);
        }
        token
    }

    /// The running task is about to be suspended only to let others go first.
    pub(crate) fn wake_after_suspension(&mut self) {
        let token = self.isolate.tasks.upcoming_token();
        self.isolate.tasks.ready.push_back(token);
    }

    /// Suspends the running task until a future of this isolate is complete.
    pub(crate) fn suspend(&mut self, future: Value, pending: Pending) -> Control {
        Future::of(&future).expect("a future").add_waiter(self.isolate.tasks.upcoming_token());
        self.suspend_current(Wait::Future(future, pending));
        Control::Exit
    }

    /// Suspends the running task, whose topmost native has left its token where it waits.
    pub(crate) fn suspend_native(&mut self, kind: WaitKind) -> Control {
        self.suspend_current(Wait::Native(kind));
        Control::Exit
    }

    /// Makes a suspended task the running one, and gives it what it waited for.
    #[allow(clippy::boxed_local, reason = "tasks are kept in boxes")]
    pub(super) fn switch_to(&mut self, task: Box<Task>) -> Control {
        let Task { coroutine, chain, wait, record } = *task;
        let cancelled = record.cancelled;
        let id = record.id;
        let former = std::mem::replace(&mut self.isolate.coroutine, coroutine);
        if let Some(spare) = self.isolate.nothing.replace(former) {
            self.isolate.tasks.keep_spare(spare);
        }
        self.isolate.chain = chain;
        self.isolate.tasks.current = Some(record);
        self.trace_run(id);
        self.isolate.thread().handle().count_step();
        if cancelled != Cancellation::No {
            return self.cancel_here(id, wait, cancelled);
        }
        match wait {
            Wait::Start | Wait::Turn => Control::Reload,
            Wait::Native(_) => {
                self.isolate.native_result = Value::NULL;
                Control::Reload
            }
            Wait::Future(future, pending) => {
                let state = Future::of(&future).expect("tasks wait for futures").observe();
                match (state, pending) {
                    (FutureState::Done(value), Pending::Register(register)) => {
                        // SAFETY: the task was suspended by an instruction that writes this register, which owns nothing.
                        unsafe { self.isolate.frame().base.add(register as usize).write(value) };
                        Control::Reload
                    }
                    (FutureState::Done(value), Pending::Native) => {
                        self.isolate.native_result = value;
                        Control::Reload
                    }
                    (FutureState::Failed(error), _) => self.throw_awaited(error),
                    // A token that came too early.
                    (FutureState::Pending, pending) => self.suspend(future, pending),
                }
            }
            Wait::Channel(wait) => {
                let ChannelWait { channel, asked, registration } = *wait;
                self.next_of_channel(channel, asked, Some(registration))
            }
        }
    }

    /// The running task, just resumed, was cancelled while it waited.
    fn cancel_here(&mut self, id: TaskId, wait: Wait, how: Cancellation) -> Control {
        self.isolate.tasks.current.as_mut().expect("a task is running").cancelled = Cancellation::No;
        let former_token = self.isolate.tasks.slots.former_token(id);
        let error = self.error_of(how);
        match wait {
            // It has not begun, so there is nothing in it that could catch the error.
            Wait::Start => {
                let mut unused = std::mem::take(&mut self.isolate.coroutine);
                unused.surrender(&mut drop);
                self.task_ended(Err(error))
            }
            Wait::Future(future, _) => {
                if let Some(body) = Future::of(&future) {
                    body.remove_waiter(former_token);
                }
                self.throw_cancellation(error, how)
            }
            Wait::Turn | Wait::Native(_) | Wait::Channel(_) => self.throw_cancellation(error, how),
        }
    }

    /// The next value of such an object.
    pub(crate) fn next_of_foreign(&mut self, value: Value, asked: NextValueUse) -> Control {
        self.next_of_channel(value, asked, None)
    }

    /// The next message of a channel, for a loop. `registration`: the place that it had among the waiting.
    fn next_of_channel(&mut self, value: Value, asked: NextValueUse, registration: Option<Registration>) -> Control {
        let mailbox = &Channel::of(&value).expect("loops over channels come here").mailbox;
        match mailbox.receive_or_wait(registration, || self.isolate.upcoming_waker()) {
            Receiving::Message(carried) => {
                let message = self.take_from_channel(carried);
                give(self.isolate, asked, Some(message))
            }
            Receiving::Closed => give(self.isolate, asked, None),
            Receiving::Waiting(registration) => {
                let wait = ChannelWait { channel: value, asked, registration };
                self.suspend_current(Wait::Channel(Box::new(wait)));
                Control::Exit
            }
        }
    }
}
