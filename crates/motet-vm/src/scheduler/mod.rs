//! Tasks: coroutines that the isolate runs one at a time, and what they wait for.
//!
//! | module | its one job |
//! |---|---|
//! | `slots` | where suspended tasks are found |
//! | `errands` | what else tokens mean |
//! | `turns` | running one task after the other; waiting when none can run |
//! | `waiting` | suspending a task, and giving it what it waited for |
//! | `futures` | completing, cancelling, and what comes from other threads |
//! | `crossing` | values on their way out and in |
//! | `inbox` | messages and the tasks that run their callbacks |
//! | `scope` | tasks that may not outlive a piece of code |
//! | `ending` | the ends of tasks, threads and programs; errors that were not caught |
//! | `deadlock` | saying which task waits for which |
//! | `stopping` | how tasks end that are told to |
//! | `tracing` | what the timeline of a traced program is told |
//!
//! **The protocol.** A task runs until it waits or ends; then the scheduler takes the next one that is ready. A
//! suspended task stands in a slot, under a [`Token`] that is valid for this one suspension. What can make it go on
//! holds the token (a future of this isolate), or a waker with it (everything that other threads touch). A token that
//! comes too late finds another suspension and is ignored, and one that comes too early only makes the task look again.
//!
//! With nothing ready, the isolate waits on its bell until its next timer. It looks at the bell between tasks and at safe
//! points: tokens of other threads, messages, requests to stop. A message callback may push the running task aside there;
//! nothing else does.

mod crossing;
mod deadlock;
mod ending;
mod errands;
mod futures;
mod inbox;
mod scope;
mod slots;
mod stopping;
mod tracing;
mod turns;
mod waiting;

pub use deadlock::WaitKind;
pub(crate) use futures::Timer;
pub(crate) use futures::deadline;
pub(crate) use scope::Scope;
pub(crate) use slots::{TaskId, Token};
pub(crate) use turns::Limited;

use crate::concurrency::{Registration, Timers};
use crate::future::{Exports, FutureError};
use crate::isolate::{Coroutine, Delivery, Effects, Ended, Isolate, Loaded, Observer};
use crate::memory::Value;
use crate::threads::{Message, SharedFuture};
use errands::Errands;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use slots::Slots;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Weak;

/// Runs the tasks of an isolate. It is a view of the isolate, which holds the tasks beside the heap and the code that they
/// need: what the interpreter does with a running task is the isolate's, and what concerns which task runs is the
/// scheduler's.
pub(crate) struct Scheduler<'i> {
    isolate: &'i mut Isolate,
}

impl<'i> Scheduler<'i> {
    #[inline]
    pub fn of(isolate: &'i mut Isolate) -> Scheduler<'i> {
        Scheduler { isolate }
    }
}

/// A coroutine that waits for the generator that it resumed.
pub(crate) struct GeneratorCaller {
    pub coroutine: Box<Coroutine>,
    /// Calls in progress in it and in those that wait for it: the depth of the chain without walking it.
    pub depth: usize,
    /// The generator whose body runs instead.
    pub generator: Value,
    pub asked: NextValueUse,
}

/// What a suspended coroutine does with the next value of a generator.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NextValueUse {
    /// An iterator instruction: the value goes to a register; at the end the code goes on at an instruction.
    /// `pair`: the running number goes to `value`, the value to the register behind it.
    Loop { iterator: u16, value: u16, pair: bool, end: u32 },
    /// The native on top of the coroutine's `natives`: it is resumed with the value, or with `Missing` at the end.
    Native,
}

/// What a future's result is for, when a task waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    /// The result goes to a register.
    Register(u16),
    /// The native on top of `natives` is resumed with it.
    Native,
}

/// Why a task is suspended.
enum Wait {
    /// It has not run yet.
    Start,
    /// It was pushed aside at a safe point, or let others go first.
    Turn,
    /// For a future of this isolate.
    Future(Value, Pending),
    /// The native on top of its coroutine knows; resumed, it looks again.
    Native(WaitKind),
    /// A loop over a channel.
    Channel(Box<ChannelWait>),
}

struct ChannelWait {
    channel: Value,
    asked: NextValueUse,
    registration: Registration,
}

/// A task that is not running.
struct Task {
    coroutine: Box<Coroutine>,
    chain: Vec<GeneratorCaller>,
    wait: Wait,
    record: TaskRecord,
}

/// What the isolate knows of a task, running or not.
pub(crate) struct TaskRecord {
    pub id: TaskId,
    /// Null if the task serves messages: then it has no future.
    pub future: Value,
    /// The scope that it was started in.
    pub scope: Option<Rc<Scope>>,
    /// The function that it began with, for the place of a wait whose calls are all builtins; null if it began with one.
    code: *const Loaded,
    /// It runs the callbacks of a message, which no other message interrupts.
    serves: bool,
    /// The task is to throw when it goes on.
    cancelled: Cancellation,
    /// How far it is with its end, if its thread is being stopped.
    stop: Stop,
    /// Its thread was stopped again before it had caught what it was told.
    told_again: bool,
    /// Tasks that were started one inside the other, each before the one around it first waited. They count like calls.
    nesting: usize,
    /// What it has to do with signals, once it has.
    pub observer: Option<Box<Observer>>,
}

/// How far a task is with its end, which it may put off only for tidying up: it has `finally` for that, which may wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// Its thread is not being stopped, or it has not been told.
    No,
    /// It was cancelled.
    Told,
    /// It has caught that. If it waits again, or is told again, it ends for good.
    Caught,
    /// It had caught that, and has thrown something itself.
    Leaving,
}

/// Whether a task is to throw when it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cancellation {
    No,
    /// `Cancelled`, at its next safe point or wait.
    Now,
    /// `Deadlock`, in the same way.
    Deadlock,
    /// `Cancelled`, which nothing can catch any more.
    ForGood,
    /// `Cancelled`, but not in what it is just doing, which has been done: at the safe point after the next one, or at its
    /// next wait.
    AfterThis,
}

/// All tasks of an isolate, and what they wait for.
pub(crate) struct Tasks {
    slots: Slots,
    ready: VecDeque<Token>,
    /// Tasks that run before those that are ready, and push the running one aside at its next safe point.
    prompt: VecDeque<Token>,
    pub current: Option<TaskRecord>,
    pub timers: Timers,
    errands: Errands,
    /// Futures of other threads that are pending and known here, by the address of their cores; but for those that were
    /// made here, which know their errand.
    arriving: HashMap<usize, Value, FixedState>,
    /// Futures of jobs that were started here, as long as the job is held: by the address of their cores.
    jobs: HashMap<usize, (Weak<SharedFuture>, Value), FixedState>,
    /// Those without a holder are forgotten when there are so many.
    jobs_limit: usize,
    pub exports: Rc<Exports>,
    /// Errors of futures that have not been asked about so far.
    failures: Vec<Rc<FutureError>>,
    /// Those that were asked about are forgotten when there are so many.
    failures_limit: usize,
    /// Functions to call with each message, in order.
    callbacks: Vec<MessageCallback>,
    /// So many of them let the next message begin while they wait.
    pub concurrent_callbacks: usize,
    /// Tasks whose callbacks serve a message.
    serving: Vec<TaskId>,
    /// A callback has just been registered, and perhaps another follows.
    registering: bool,
    /// Messages taken from the mailbox together.
    batch: VecDeque<Message>,
    /// The bell has said that something came, and the mailboxes have not been seen empty since.
    heard: bool,
    /// The last task that was chosen serves a message.
    served_last: bool,
    /// Tasks that keep the thread alive.
    servers: Vec<Token>,
    /// `hold { … }`s that were entered and not left.
    pub holds: usize,
    /// The thread is to end.
    pub stopping: bool,
    /// Coroutines that can be used again.
    #[allow(clippy::vec_box, reason = "they are handed out in their boxes, which saves allocating them")]
    spare: Vec<Box<Coroutine>>,
    /// Tokens that other threads made ready; kept for its memory.
    tokens: Vec<u64>,
    judge: deadlock::Judge,
    pub effects: Effects,
}

impl Default for Tasks {
    fn default() -> Tasks {
        Tasks {
            slots: Slots::default(),
            ready: VecDeque::new(),
            prompt: VecDeque::new(),
            current: None,
            timers: Timers::new(),
            errands: Errands::default(),
            arriving: HashMap::with_hasher(FixedState::default()),
            jobs: HashMap::with_hasher(FixedState::default()),
            jobs_limit: 0,
            exports: Rc::default(),
            failures: Vec::new(),
            failures_limit: 0,
            callbacks: Vec::new(),
            concurrent_callbacks: 0,
            serving: Vec::new(),
            registering: false,
            batch: VecDeque::new(),
            heard: false,
            served_last: false,
            servers: Vec::new(),
            holds: 0,
            stopping: false,
            spare: Vec::new(),
            tokens: Vec::new(),
            judge: deadlock::Judge::default(),
            effects: Effects::default(),
        }
    }
}

/// Places of tasks that one thread had and the next one of its isolate need not allocate.
const PLACES_KEPT: usize = 256;
/// Coroutines kept for use again.
const SPARE_COROUTINES: usize = 64;

/// A function that is called with each message.
struct MessageCallback {
    function: Value,
    /// Where it was registered.
    place: Option<Ended>,
}

impl Tasks {
    /// The token under which the running task will wait if it is suspended next: for futures of this isolate and timers.
    pub fn upcoming_token(&self) -> Token {
        self.slots.token(self.current.as_ref().expect("a task is running").id)
    }

    /// The token under which the running task waited last: to take it back from futures of this isolate.
    pub fn former_token(&self) -> Token {
        self.slots.former_token(self.current.as_ref().expect("a task is running").id)
    }

    /// A coroutine for a new task; one that has been used before, if there is one.
    pub fn fresh_coroutine(&mut self) -> Box<Coroutine> {
        self.spare.pop().unwrap_or_default()
    }

    /// Shows all values that tasks hold.
    pub fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        for task in self.slots.iter() {
            task.coroutine.trace(visit);
            for link in &task.chain {
                link.coroutine.trace(visit);
                visit(&link.generator);
            }
            visit(&task.record.future);
            match &task.wait {
                Wait::Future(future, _) => visit(future),
                Wait::Channel(wait) => visit(&wait.channel),
                Wait::Start | Wait::Turn | Wait::Native(_) => {}
            }
        }
        self.current.iter().for_each(|record| visit(&record.future));
        self.callbacks.iter().for_each(|callback| visit(&callback.function));
        self.effects.trace(visit);
    }

    /// Bytes of the tasks that are not running, their values aside.
    pub fn bytes(&self) -> usize {
        let task = |task: &Task| {
            let outer: usize = task.chain.iter().map(|link| link.coroutine.bytes()).sum();
            size_of::<Task>() + size_of::<Coroutine>() + task.coroutine.bytes() + outer
        };
        self.slots.iter().map(task).sum()
    }

    /// Tasks that wait, or are ready.
    pub fn count(&self) -> usize {
        self.slots.len()
    }

    /// Timers that no future is behind. Those of futures that were not awaited go with them.
    pub fn forgotten_timers(&self) -> usize {
        let of_futures = self.errands.iter().filter(|errand| matches!(errand, errands::Errand::Timer(_))).count();
        self.timers.len().saturating_sub(of_futures)
    }

    /// No task, timer, message or future is left.
    pub fn is_reset(&self) -> bool {
        self.slots.len() == 0
            && self.ready.is_empty()
            && self.prompt.is_empty()
            && self.current.is_none()
            && self.timers.is_empty()
            && self.errands.is_empty()
            && self.arriving.is_empty()
            && self.jobs.is_empty()
            && self.failures.is_empty()
            && self.callbacks.is_empty()
            && self.batch.is_empty()
            && self.spare.iter().all(|spare| spare.is_reusable())
    }

    /// Becomes as new, for another thread, and shares nothing with other code. What is clean keeps its memory; what a
    /// mistake left behind is thrown away.
    pub fn renew(&mut self) {
        let is_small = self.slots.capacity() + self.errands.capacity() + self.ready.capacity() <= PLACES_KEPT;
        if !is_small || !self.is_reset() {
            *self = Tasks { spare: std::mem::take(&mut self.spare), ..Tasks::default() };
            return;
        }
        // All fields are named, so that none is forgotten. Those that are not looked at are empty, or kept.
        let Tasks {
            slots,
            ready: _,
            prompt: _,
            current: _,
            timers,
            errands,
            arriving: _,
            jobs: _,
            jobs_limit,
            exports,
            failures: _,
            failures_limit,
            callbacks: _,
            concurrent_callbacks,
            serving,
            registering,
            batch: _,
            heard,
            served_last,
            servers,
            holds,
            stopping,
            spare: _,
            tokens,
            judge,
            effects,
        } = self;
        slots.clear();
        errands.clear();
        servers.clear();
        serving.clear();
        tokens.clear();
        *timers = Timers::new();
        (*jobs_limit, *failures_limit, *holds, *concurrent_callbacks) = (0, 0, 0, 0);
        (*registering, *heard, *served_last, *stopping) = (false, false, false, false);
        *judge = deadlock::Judge::default();
        if !effects.is_new() {
            *effects = Effects::default();
        }
        // Futures that live on elsewhere know the old one.
        if Rc::get_mut(exports).is_none_or(|exports| !exports.is_empty()) {
            *exports = Rc::default();
        }
    }

    /// A task can go on.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty() || !self.prompt.is_empty()
    }

    /// The thread, or the program, is being ended, perhaps by a deadlock.
    fn is_winding_down(&self) -> bool {
        self.stopping || self.judge.is_ending || self.judge.was_stuck
    }

    fn keep_spare(&mut self, coroutine: Box<Coroutine>) {
        if self.spare.len() < SPARE_COROUTINES && coroutine.is_reusable() {
            self.spare.push(coroutine);
        }
    }
}

/// A result of a task is delivered so.
const DELIVERY: Delivery = Delivery::Task;
