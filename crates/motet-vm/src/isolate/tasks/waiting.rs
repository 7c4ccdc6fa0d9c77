//! Suspending the running task, and giving a task what it waited for.

use super::{Cancellation, ChannelWait, DELIVERY, Pending, Stop, Task, TaskId, TaskRecord, Token, Wait, WaitKind};
use super::{NextValueUse, scope::Scope};
use crate::concurrency::{Reasons, Receiving, Registration, Waker};
use crate::error::Result;
use crate::future::{Future, FutureState, Origin};
use crate::interpreter::{CallShape, Control, Target, deliver, give, start_coroutine, unwind};
use crate::isolate::{Coroutine, Delivery, Isolate};
use crate::memory::Value;
use crate::threads::Channel;
use motet_code::{Instruction, LAST_B};
use std::rc::Rc;

impl Isolate {
    /// A new task that calls a function, in its turn.
    pub(crate) fn start_task(&mut self, function: Value, arguments: Vec<Value>) -> Result<(TaskId, Value)> {
        self.start_task_with(function, CallShape::positional(arguments))
    }

    /// The same with arguments of any form.
    pub(crate) fn start_task_with(&mut self, function: Value, shape: CallShape) -> Result<(TaskId, Value)> {
        let coroutine = start_coroutine(self, function, shape, DELIVERY)?;
        Ok(self.add_task(coroutine))
    }

    /// A new task, which runs in its turn.
    pub(crate) fn add_task(&mut self, coroutine: Box<Coroutine>) -> (TaskId, Value) {
        let scope = self.tasks.current.as_ref().and_then(|record| record.scope.clone());
        let record = self.new_task(scope, &coroutine);
        let (id, future) = (record.id, record.future.clone());
        let token = self.put_to_start(coroutine, record);
        self.wake(token);
        (id, future)
    }

    /// A new task that runs before others, at the next safe point of the running one if that may be interrupted.
    pub(crate) fn add_prompt_task(&mut self, coroutine: Box<Coroutine>) {
        let record = self.new_task(self.tasks.current.as_ref().and_then(|record| record.scope.clone()), &coroutine);
        let token = self.put_to_start(coroutine, record);
        self.tasks.slots.mark_ready(token);
        self.tasks.prompt.push_back(token);
        self.interrupt.ring(Reasons::READY);
    }

    /// A task that serves messages: it runs before all others, belongs to no scope, and has no future. `flow`: what
    /// it serves, in the trace.
    pub(super) fn add_server(&mut self, coroutine: Box<Coroutine>, flow: u64) -> TaskId {
        let id = self.tasks.slots.take();
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
        self.tasks.slots.mark_ready(token);
        self.tasks.ready.push_front(token);
        id
    }

    /// A task that has not run yet stands in its slot.
    fn put_to_start(&mut self, coroutine: Box<Coroutine>, record: TaskRecord) -> Token {
        let id = record.id;
        self.tasks.slots.suspend(id, Box::new(Task { coroutine, chain: Vec::new(), wait: Wait::Start, record }));
        self.tasks.slots.token(id)
    }

    /// A coroutine for a new task; one that has been used before, if there is one.
    pub(crate) fn fresh_coroutine(&mut self) -> Box<Coroutine> {
        self.tasks.spare.pop().unwrap_or_default()
    }

    fn new_task(&mut self, scope: Option<Rc<Scope>>, coroutine: &Coroutine) -> TaskRecord {
        let id = self.tasks.slots.take();
        // A limit of the program's memory has to be checked when many tasks were started.
        self.heap.account(size_of::<Coroutine>() + coroutine.bytes());
        let future = Future::pending(&self.heap, &self.tasks.exports, Origin::Task(id));
        self.enter_scope(id, scope.as_ref());
        let code = coroutine.frames().first().map_or(std::ptr::null(), |frame| frame.loaded);
        self.trace_start(id, coroutine);
        let stop = match &self.tasks.current {
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
        let scope = self.tasks.current.as_ref().and_then(|record| record.scope.clone());
        let nesting = self.tasks.current.as_ref().map_or(0, |record| record.nesting) + 1;
        if nesting >= self.settings.depth_limit {
            let error = self.depth_error();
            return unwind::throw(self, error);
        }
        let record = TaskRecord { nesting, ..self.new_task(scope, &coroutine) };
        let future = record.future.clone();
        if target.delivery == Delivery::Task {
            // The call is the last act of the running task, which ends with the future as its result.
            let token = self.put_to_start(coroutine, record);
            self.tasks.slots.mark_ready(token);
            self.tasks.ready.push_front(token);
            return deliver(self, future, target);
        }
        let control = deliver(self, future, target);
        debug_assert!(control != Control::Exit);
        self.push_aside();
        self.trace_run(record.id);
        self.tasks.current = Some(record);
        self.nothing = Some(std::mem::replace(&mut self.coroutine, coroutine));
        Control::Reload
    }

    /// Suspends the running task; it goes on as the next one.
    pub(super) fn push_aside(&mut self) {
        let token = self.suspend_current(Wait::Turn);
        if self.tasks.slots.mark_ready(token) {
            self.tasks.ready.push_front(token);
        }
    }

    /// The running task becomes a suspended one.
    fn suspend_current(&mut self, wait: Wait) -> Token {
        let mut record = self.tasks.current.take().expect("a task is running");
        if !matches!(wait, Wait::Turn) {
            record.nesting = 0;
        }
        let id = record.id;
        let coroutine = std::mem::replace(&mut self.coroutine, self.nothing.take().unwrap_or_default());
        if record.stop == Stop::Caught && !matches!(wait, Wait::Turn) {
            record.cancelled = Cancellation::ForGood;
        }
        let throws_at_once = record.cancelled != Cancellation::No && !matches!(wait, Wait::Turn);
        let task = Task { coroutine, chain: std::mem::take(&mut self.chain), wait, record };
        self.trace_pause(&task);
        self.tasks.slots.suspend(id, Box::new(task));
        let token = self.tasks.slots.token(id);
        if throws_at_once {
            self.wake(token);
        }
        token
    }

    /// The token under which the running task will wait if it is suspended next: for futures of this isolate and timers.
    pub(crate) fn upcoming_token(&self) -> Token {
        self.tasks.slots.token(self.tasks.current.as_ref().expect("a task is running").id)
    }

    /// The token under which the running task waited last: to take it back from futures of this isolate.
    pub(crate) fn former_token(&self) -> Token {
        self.tasks.slots.former_token(self.tasks.current.as_ref().expect("a task is running").id)
    }

    /// A waker of the running task's next suspension, for what other threads touch.
    pub(crate) fn upcoming_waker(&self) -> Waker {
        self.thread().handle().ready.waker(self.upcoming_token())
    }

    /// The running task is about to be suspended only to let others go first.
    pub(crate) fn wake_after_suspension(&mut self) {
        let token = self.upcoming_token();
        self.tasks.ready.push_back(token);
    }

    /// Suspends the running task until a future of this isolate is complete.
    pub(crate) fn suspend(&mut self, future: Value, pending: Pending) -> Control {
        Future::of(&future).expect("a future").add_waiter(self.upcoming_token());
        self.suspend_current(Wait::Future(future, pending));
        Control::Exit
    }

    /// Suspends the running task, whose topmost native has left its token where it waits.
    pub(crate) fn suspend_native(&mut self, kind: WaitKind) -> Control {
        self.suspend_current(Wait::Native(kind));
        Control::Exit
    }

    /// `Await`: register b's future, its result to register a.
    #[cold]
    pub(crate) fn await_register(&mut self, instruction: Instruction) -> Control {
        // SAFETY: verified operands of the running frame's window.
        let value = unsafe {
            let register = self.frame().base.add(instruction.b() as usize);
            if instruction.flags() & LAST_B != 0 { register.replace(Value::NULL) } else { (*register).clone() }
        };
        let put = |isolate: &Isolate, value: Value| {
            // SAFETY: as above; `Await` writes a register that owns nothing.
            unsafe { isolate.frame().base.add(instruction.a() as usize).write(value) };
            Control::Next
        };
        let Some(future) = self.future_here(&value) else { return put(self, value) };
        drop(value);
        match Future::of(&future).expect("a future of this isolate").observe() {
            FutureState::Done(result) => put(self, result),
            FutureState::Failed(error) => self.throw_awaited(error),
            FutureState::Pending => self.suspend(future, Pending::Register(instruction.a())),
        }
    }

    /// Makes a suspended task the running one, and gives it what it waited for.
    #[allow(clippy::boxed_local, reason = "tasks are kept in boxes")]
    pub(super) fn switch_to(&mut self, task: Box<Task>) -> Control {
        let Task { coroutine, chain, wait, record } = *task;
        let cancelled = record.cancelled;
        let id = record.id;
        let former = std::mem::replace(&mut self.coroutine, coroutine);
        if let Some(spare) = self.nothing.replace(former) {
            self.tasks.keep_spare(spare);
        }
        self.chain = chain;
        self.tasks.current = Some(record);
        self.trace_run(id);
        self.thread().handle().count_step();
        if cancelled != Cancellation::No {
            return self.cancel_here(id, wait, cancelled);
        }
        match wait {
            Wait::Start | Wait::Turn => Control::Reload,
            Wait::Native(_) => {
                self.native_result = Value::NULL;
                Control::Reload
            }
            Wait::Future(future, pending) => {
                let state = Future::of(&future).expect("tasks wait for futures").observe();
                match (state, pending) {
                    (FutureState::Done(value), Pending::Register(register)) => {
                        // SAFETY: the task was suspended by an instruction that writes this register, which owns nothing.
                        unsafe { self.frame().base.add(register as usize).write(value) };
                        Control::Reload
                    }
                    (FutureState::Done(value), Pending::Native) => {
                        self.native_result = value;
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
        self.tasks.current.as_mut().expect("a task is running").cancelled = Cancellation::No;
        let former_token = self.tasks.slots.former_token(id);
        let error = self.error_of(how);
        match wait {
            // It has not begun, so there is nothing in it that could catch the error.
            Wait::Start => {
                let mut unused = std::mem::take(&mut self.coroutine);
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

    /// Foreign objects that `for` can walk over: channels.
    pub(crate) fn is_iterable_foreign(&self, value: &Value) -> bool {
        Channel::of(value).is_some()
    }

    /// The next value of such an object.
    pub(crate) fn next_of_foreign(&mut self, value: Value, asked: NextValueUse) -> Control {
        self.next_of_channel(value, asked, None)
    }

    /// The next message of a channel, for a loop. `registration`: the place that it had among the waiting.
    fn next_of_channel(&mut self, value: Value, asked: NextValueUse, registration: Option<Registration>) -> Control {
        let mailbox = &Channel::of(&value).expect("loops over channels come here").mailbox;
        match mailbox.receive_or_wait(registration, || self.upcoming_waker()) {
            Receiving::Message(carried) => {
                let message = self.take_from_channel(carried);
                give(self, asked, Some(message))
            }
            Receiving::Closed => give(self, asked, None),
            Receiving::Waiting(registration) => {
                let wait = ChannelWait { channel: value, asked, registration };
                self.suspend_current(Wait::Channel(Box::new(wait)));
                Control::Exit
            }
        }
    }

    /// Puts a frame on the running coroutine.
    pub(crate) fn push_frame(&mut self, frame: crate::isolate::Frame) -> Result<()> {
        if self.depth() >= self.settings.depth_limit {
            return Err(self.depth_error());
        }
        self.coroutine.push(frame);
        Ok(())
    }
}
