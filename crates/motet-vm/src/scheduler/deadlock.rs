//! Saying who waits for whom (T-23).
//!
//! When everything in the program sleeps and nothing is on its way (`concurrency::deadlock`), the main isolate hears of
//! it. It asks all isolates to describe their waits, and sleeps; when all have and sleep again, it hears a second time.
//! If a task ran anywhere meanwhile, the descriptions mean nothing, and it asks again. Else it judges: threads that only
//! serve messages keep a program alive no longer than its other work; everything else that waits now waits forever.

use super::{Scheduler, Task, Wait};
use crate::concurrency::{Party, Reasons, Wait as Described};
use crate::future::{Future, Origin};
use crate::interpreter::coroutine_resuming;
use crate::isolate::{Coroutine, Frame};
use motet_code::{Source, Span};
use std::sync::Arc;

/// What a native's wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// A time.
    Time,
    /// A message in a channel.
    Message,
    /// Room in a channel.
    Room,
    /// Room in the mailbox of a thread.
    Mailbox(u32),
    /// The end of a thread.
    End(u32),
    /// One of several things.
    Several,
    /// A mutex.
    Mutex,
    /// Those who take part in a parallel call.
    Workers,
    /// The tasks of a scope.
    Scope,
    /// Messages, for as long as there may be any.
    Serving,
    /// An operation outside the program, by the name of the builtin that started it.
    Operation(&'static str),
}

/// The main isolate's state while it looks into a deadlock.
#[derive(Default)]
pub(super) struct Judge {
    /// Isolates are describing their waits; so many task switches had happened before.
    asked_at: Option<u64>,
    pub main_has_ended: bool,
    /// The program is being ended: what waits has been cancelled.
    pub is_ending: bool,
    /// Nothing could go on before.
    pub was_stuck: bool,
    /// What the last judgement found: whatever waits only serves messages.
    pub only_servers_wait: bool,
    /// The main thread serves messages no longer: no sender is left.
    pub serving_is_over: bool,
    text: String,
    /// Where a task of the main thread waits.
    pub place: Option<(Arc<Source>, Span)>,
}

impl Judge {
    pub fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

impl Scheduler<'_> {
    /// Nothing in the program can go on by itself. True if that is so, looked at closely.
    pub(super) fn judge_quiescence(&mut self) -> bool {
        if !self.isolate.tasks.ready.is_empty() {
            return false;
        }
        let program = self.isolate.thread().program().clone();
        let steps = program.steps();
        let others = program.other_bells();
        let is_complete = self.isolate.tasks.judge.asked_at.take() == Some(steps);
        if !is_complete && !others.is_empty() {
            program.waits.begin();
            self.isolate.tasks.judge.asked_at = Some(steps);
            for bell in others {
                bell.ring(Reasons::DESCRIBE);
            }
            return false;
        }
        if others.is_empty() {
            program.waits.begin();
        }
        self.describe_waits();
        let mut deadlock = program.waits.finish();
        if !program.is_ending()
            && let Some(share) = program.workers.help_out()
        {
            let coroutine = coroutine_resuming(self.isolate, Box::new(share));
            self.add_task(coroutine);
            return false;
        }
        let is_server = |wait: &Described| wait.waits_for == SERVING;
        let only_servers_wait = deadlock.waits.iter().all(is_server);
        if only_servers_wait && self.end_own_serving() {
            return false;
        }
        self.isolate.tasks.judge.only_servers_wait = only_servers_wait;
        self.isolate.tasks.judge.place = self.isolate.tasks.slots.iter().find_map(place_of_task);
        deadlock.waits.retain(|wait| !is_server(wait));
        self.isolate.tasks.judge.text = deadlock.to_string();
        true
    }

    /// All other work has ended: `keep_alive` in the main thread has, too. False if it was not called.
    fn end_own_serving(&mut self) -> bool {
        let servers = std::mem::take(&mut self.isolate.tasks.servers);
        self.isolate.tasks.judge.serving_is_over = !servers.is_empty();
        servers.into_iter().fold(false, |any, token| self.wakes(token) | any)
    }

    /// Adds what the tasks of this isolate wait for to the program's report.
    pub(super) fn describe_waits(&mut self) {
        let here = self.isolate.thread();
        let thread = here.reference().number();
        let waits: Vec<Described> = self.isolate.tasks.slots.iter().map(|task| describe(task, thread)).collect();
        for wait in waits {
            here.program().waits.add(wait);
        }
    }
}

/// How a report says that a thread serves messages.
const SERVING: &str = "messages";

pub(super) fn describe(task: &Task, thread: u32) -> Described {
    let of_thread = |number: u32| Some(Party { thread: number, task: 0 });
    let (waits_for, on) = match &task.wait {
        Wait::Start | Wait::Turn => ("its turn".into(), None),
        Wait::Future(future, _) => match Future::of(future).map(Future::origin) {
            Some(Origin::Task(other)) => ("a task to end".into(), Some(Party { thread, task: other.number() })),
            Some(Origin::Elsewhere(shared)) => match shared.thread {
                Some(number) => (format!("an answer of thread {number}"), of_thread(number)),
                None => ("a future of another thread".into(), None),
            },
            _ => ("a future that nothing completes".into(), None),
        },
        Wait::Channel(_) => ("a message in a channel".into(), None),
        Wait::Native(kind) => match *kind {
            WaitKind::Time => ("a time".into(), None),
            WaitKind::Message => ("a message in a channel".into(), None),
            WaitKind::Room => ("room in a channel".into(), None),
            WaitKind::Mailbox(number) => (format!("room in the mailbox of thread {number}"), of_thread(number)),
            WaitKind::End(number) => (format!("the end of thread {number}"), of_thread(number)),
            WaitKind::Several => ("one of several things".into(), None),
            WaitKind::Mutex => ("a mutex".into(), None),
            WaitKind::Workers => ("the workers of a parallel call".into(), None),
            WaitKind::Scope => ("the tasks of its scope".into(), None),
            WaitKind::Serving => (SERVING.into(), None),
            WaitKind::Operation(name) => (name.into(), None),
        },
    };
    let waiter = Party { thread, task: task.record.id.number() };
    let place = place_of_task(task);
    let place = place.map_or_else(|| "a builtin".into(), |(source, span)| source.place(span.start));
    Described { waiter, waits_for, on, place }
}

/// Where a task waits: its innermost script call, or the function that it began with.
fn place_of_task(task: &Task) -> Option<(Arc<Source>, Span)> {
    let coroutines = std::iter::once(&*task.coroutine).chain(task.chain.iter().rev().map(|link| &*link.coroutine));
    // SAFETY: loaded code lives as long as the isolate.
    let began = || unsafe { task.record.code.as_ref() };
    let began = || began().map(|code| (code.function.source.clone(), code.function.span));
    coroutines.into_iter().find_map(place_of).or_else(began)
}

/// The source place of the innermost script call. A call that ended in a builtin counts.
fn place_of(coroutine: &Coroutine) -> Option<(Arc<Source>, Span)> {
    let innermost = coroutine.frames().iter().rev().find_map(Frame::at)?;
    Some(innermost.place())
}
