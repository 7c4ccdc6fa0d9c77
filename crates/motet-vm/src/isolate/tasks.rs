//! Tasks: coroutines that the isolate runs one at a time, and the futures they wait for.
//!
//! A task runs until it awaits something that is not complete, or ends. Then the driver takes the next ready one. When
//! none is ready it waits for the earliest timer.

use super::{Coroutine, Delivery, Frame, Isolate, Uncaught};
use crate::error::{Error, ErrorKind, Result};
use crate::future::{Future, FutureState};
use crate::interpreter::{CallShape, Control, Target, deliver, run, start_coroutine, unwind};
use crate::memory::Value;
use motet_code::{Instruction, LAST_B};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// A task, as long as it lives; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TaskId(pub u64);

/// A coroutine that waits for the generator that it resumed.
pub(crate) struct Link {
    pub coroutine: Box<Coroutine>,
    /// The generator whose body runs instead.
    pub generator: Value,
    pub asked: Asked,
}

/// What a suspended coroutine does with the next value of a generator.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// An iterator instruction: the value goes to a register; at the end the code goes on at an instruction.
    /// `pair`: the running number goes to `value`, the value to the register behind it.
    Loop { iterator: u16, value: u16, pair: bool, end: u32 },
    /// The native on top of the coroutine's `natives`: it is resumed with the value, or with `Missing` at the end.
    Native,
}

/// What a suspended task does with the result it waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    /// Not started: nothing.
    Start,
    /// The result goes to a register.
    Register(u16),
    /// The native on top of `natives` is resumed with it.
    Native,
}

/// Who waits for a future.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiter(pub TaskId);

/// A task that is not running.
struct Task {
    coroutine: Box<Coroutine>,
    chain: Vec<Link>,
    future: Value,
    pending: Pending,
    /// The future that it waits for.
    waits_for: Option<Value>,
}

/// All tasks of an isolate.
#[derive(Default)]
pub(crate) struct Tasks {
    next: u64,
    pub running: Option<TaskId>,
    running_future: Value,
    suspended: HashMap<TaskId, Task>,
    ready: VecDeque<TaskId>,
    timers: BinaryHeap<Reverse<(Instant, u64)>>,
    timer_futures: HashMap<u64, Value>,
    next_timer: u64,
    /// Errors of tasks that nobody awaited.
    pub unobserved: Vec<Uncaught>,
}

impl Isolate {
    /// A new task that calls a function without waiting for its turn behind others that are ready.
    pub(crate) fn start_task(&mut self, function: Value, arguments: Vec<Value>) -> Result<(TaskId, Value)> {
        self.start_task_with(function, CallShape::positional(arguments))
    }

    /// The same with arguments of any form.
    pub(crate) fn start_task_with(&mut self, function: Value, shape: CallShape) -> Result<(TaskId, Value)> {
        let coroutine = start_coroutine(self, function, shape, Delivery::Task)?;
        Ok(self.add_task(coroutine))
    }

    fn add_task(&mut self, coroutine: Box<Coroutine>) -> (TaskId, Value) {
        let future = Future::pending(&self.heap);
        let id = TaskId(self.tasks.next);
        self.tasks.next += 1;
        let task =
            Task { coroutine, chain: Vec::new(), future: future.clone(), pending: Pending::Start, waits_for: None };
        self.tasks.suspended.insert(id, task);
        self.tasks.ready.push_back(id);
        (id, future)
    }

    /// A task of a call of an async function: it starts at once and runs to its first `await`; the caller gets its future
    /// and goes on when the task waits or has ended.
    pub(crate) fn start_task_now(&mut self, coroutine: Box<Coroutine>, target: Target) -> Control {
        let (id, future) = self.add_task(coroutine);
        // The caller goes on right after the new task.
        let control = deliver(self, future, target);
        debug_assert!(control != Control::Exit);
        let caller = self.tasks.running.take().expect("a task is running");
        let task = Task {
            coroutine: std::mem::take(&mut self.coroutine),
            chain: std::mem::take(&mut self.chain),
            future: std::mem::take(&mut self.tasks.running_future),
            pending: Pending::Start,
            waits_for: None,
        };
        self.tasks.suspended.insert(caller, task);
        self.tasks.ready.retain(|ready| *ready != id);
        self.tasks.ready.push_front(caller);
        self.tasks.ready.push_front(id);
        Control::Exit
    }

    /// Runs tasks until this one has ended, and gives its result.
    pub(crate) fn finish(&mut self, future: &Value) -> Result<Value> {
        loop {
            match Future::of(future).expect("a future").state() {
                FutureState::Done(value) => return Ok(value),
                FutureState::Failed(error) => return Err(Error::thrown(error)),
                FutureState::Pending => {}
            }
            if !self.run_next() {
                return Err(Error::new(ErrorKind::Deadlock, "every task waits for another")
                    .with_hint("something must complete what they await"));
            }
        }
    }

    /// Runs all tasks to their ends.
    pub(crate) fn finish_all(&mut self) -> Result<()> {
        while !self.tasks.suspended.is_empty() {
            if !self.run_next() {
                return Err(Error::new(ErrorKind::Deadlock, "every task waits for another"));
            }
        }
        Ok(())
    }

    /// Runs one ready task until it waits or ends; false if there is none, and nothing that could make one ready.
    fn run_next(&mut self) -> bool {
        self.fire_timers();
        while self.tasks.ready.is_empty() {
            let Some(Reverse((deadline, _))) = self.tasks.timers.peek() else { return false };
            let wait = deadline.saturating_duration_since(Instant::now());
            // Nothing else can wake an isolate without threads.
            std::thread::park_timeout(wait);
            self.fire_timers();
        }
        let id = self.tasks.ready.pop_front().expect("one is ready");
        let task = self.tasks.suspended.remove(&id).expect("ready tasks are suspended");
        let before = self.switch_to(id, task);
        if before == Control::Reload {
            run(self);
        }
        true
    }

    /// Makes a suspended task the running one, and gives it what it waited for.
    fn switch_to(&mut self, id: TaskId, task: Task) -> Control {
        self.coroutine = task.coroutine;
        self.chain = task.chain;
        self.tasks.running = Some(id);
        self.tasks.running_future = task.future;
        let Some(awaited) = task.waits_for else { return Control::Reload };
        let state = Future::of(&awaited).expect("tasks wait for futures").state();
        match (state, task.pending) {
            (FutureState::Done(value), Pending::Register(register)) => {
                // SAFETY: the task was suspended by an instruction that writes this register, which owns nothing.
                unsafe { self.frame().base.add(register as usize).write(value) };
                Control::Reload
            }
            (FutureState::Done(value), Pending::Native) => {
                self.native_result = value;
                Control::Reload
            }
            (FutureState::Done(_), Pending::Start) => Control::Reload,
            (FutureState::Failed(error), _) => unwind::rethrow(self, error),
            (FutureState::Pending, _) => unreachable!("a task is woken when its future is complete"),
        }
    }

    /// Suspends the running task until a future is complete.
    pub(crate) fn suspend(&mut self, future: Value, pending: Pending) -> Control {
        let id = self.tasks.running.take().expect("a task is running");
        Future::of(&future).expect("a future").add_waiter(Waiter(id));
        let task = Task {
            coroutine: std::mem::take(&mut self.coroutine),
            chain: std::mem::take(&mut self.chain),
            future: std::mem::take(&mut self.tasks.running_future),
            pending,
            waits_for: Some(future),
        };
        self.tasks.suspended.insert(id, task);
        Control::Exit
    }

    /// The running task has ended.
    pub(crate) fn task_ended(&mut self, result: std::result::Result<Value, Value>) -> Control {
        self.tasks.running = None;
        let future = std::mem::take(&mut self.tasks.running_future);
        self.complete(&future, result);
        Control::Exit
    }

    /// Completes a future and makes the tasks that wait for it ready.
    pub(crate) fn complete(&mut self, future: &Value, result: std::result::Result<Value, Value>) {
        let waiters = Future::of(future).expect("a future").complete(result);
        self.heap.note_change(future);
        for Waiter(id) in waiters {
            self.tasks.ready.push_back(id);
        }
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
        let Some(future) = Future::of(&value) else { return put(self, value) };
        match future.state() {
            FutureState::Done(result) => put(self, result),
            FutureState::Failed(error) => unwind::rethrow(self, error),
            FutureState::Pending => self.suspend(value, Pending::Register(instruction.a())),
        }
    }

    /// A future that completes with null after a time.
    pub(crate) fn timer(&mut self, after: Duration) -> Value {
        let future = Future::pending(&self.heap);
        let number = self.tasks.next_timer;
        self.tasks.next_timer += 1;
        self.tasks.timers.push(Reverse((Instant::now() + after, number)));
        self.tasks.timer_futures.insert(number, future.clone());
        future
    }

    fn fire_timers(&mut self) {
        while let Some(&Reverse((deadline, number))) = self.tasks.timers.peek()
            && deadline <= Instant::now()
        {
            self.tasks.timers.pop();
            if let Some(future) = self.tasks.timer_futures.remove(&number) {
                self.complete(&future, Ok(Value::NULL));
            }
        }
    }

    /// Puts a frame on the running coroutine.
    pub(crate) fn push_frame(&mut self, frame: Frame) -> Result<()> {
        if self.depth() >= self.settings.depth_limit {
            return Err(self.depth_error());
        }
        self.coroutine.push(frame);
        Ok(())
    }
}
