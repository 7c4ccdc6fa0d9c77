//! Waiting for the first of several things: futures, channels, threads.

use super::arguments::describe;
use super::entry::{Entry, Place};
use crate::concurrency::{Mailbox, Registration, TryReceiveError};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::future::{Future, FutureState};
use crate::memory::{ForeignKind, ForeignObject, Value};
use crate::native::{Arguments, Outcome, Resume, WaitKind};
use crate::scheduler::{Timer, Token};
use crate::threads::{Carried, Channel, ThreadObject};
use std::sync::Arc;
use std::time::Duration;

/// One thing to wait for.
enum Selectable {
    Future(Value),
    Channel(Arc<Mailbox<Carried>>),
    Thread(Arc<crate::concurrency::ThreadEnd>),
    /// Boxed, because the others are small and many tasks wait for them.
    Time(Box<SelectableTime>),
    /// It is there already.
    Value(Value),
}

/// A time, which begins when the task has to wait. What is chosen or fails first ends it.
struct SelectableTime {
    after: Duration,
    timer: Option<Timer>,
}

struct Selecting {
    sources: Vec<Selectable>,
    /// What was registered with other threads; dropped, it is withdrawn.
    registrations: Vec<Registration>,
    /// Its token is with the futures.
    waits: bool,
}

impl Selecting {
    /// The first that has something, with its value.
    fn look(&self, context: &mut Context<'_>) -> Result<Option<(usize, Value)>> {
        for (index, source) in self.sources.iter().enumerate() {
            let value = match source {
                Selectable::Value(value) => value.clone(),
                Selectable::Time(time) => match time.timer.as_ref().and_then(|timer| Future::of(&timer.future)) {
                    Some(future) if let FutureState::Done(value) = future.observe() => value,
                    _ => continue,
                },
                Selectable::Thread(end) if end.is_pending() => continue,
                Selectable::Thread(_) => Value::NULL,
                Selectable::Channel(mailbox) => match mailbox.try_receive() {
                    Ok(carried) => context.isolate.scheduler().take_from_channel(carried),
                    Err(TryReceiveError::Empty) => continue,
                    Err(TryReceiveError::Closed) => return Err(super::channels::closed("nothing more comes from")),
                },
                Selectable::Future(future) => match Future::of(future).map(Future::observe) {
                    Some(FutureState::Done(value)) => value,
                    Some(FutureState::Failed(error)) => {
                        crate::interpreter::unwind::continue_trace_in(context.isolate, "select", &error);
                        return Err(Error::thrown(error));
                    }
                    _ => continue,
                },
            };
            return Ok(Some((index, value)));
        }
        Ok(None)
    }

    /// Leaves the token of the next suspension with all sources; false if one of them has something meanwhile.
    fn register(&mut self, context: &mut Context<'_>) -> bool {
        let token = context.isolate.tasks.upcoming_token();
        for source in &mut self.sources {
            let registration = match source {
                Selectable::Value(_) => return false,
                Selectable::Future(future) => {
                    add_waiter(future, token);
                    continue;
                }
                Selectable::Time(time) => {
                    let after = time.after;
                    let timer = time.timer.get_or_insert_with(|| context.isolate.scheduler().timer(after));
                    add_waiter(&timer.future, token);
                    continue;
                }
                Selectable::Channel(mailbox) => mailbox.wait_to_receive(context.isolate.upcoming_waker()),
                Selectable::Thread(end) => end.wait(context.isolate.upcoming_waker()),
            };
            let Some(registration) = registration else { return false };
            self.registrations.push(registration);
        }
        true
    }

    fn withdraw(&mut self, token: Token) {
        self.registrations.clear();
        for source in &self.sources {
            let future = match source {
                Selectable::Future(future) => Some(future),
                Selectable::Time(time) => time.timer.as_ref().map(|timer| &timer.future),
                Selectable::Channel(_) | Selectable::Thread(_) | Selectable::Value(_) => None,
            };
            if let Some(body) = future.and_then(Future::of) {
                body.remove_waiter(token);
            }
        }
    }

    /// It is over, well or not.
    fn end_timers(&self, context: &mut Context<'_>) {
        for source in &self.sources {
            if let Selectable::Time(time) = source
                && let Some(timer) = &time.timer
            {
                context.isolate.scheduler().cancel_timer(timer);
            }
        }
    }

    /// Looks for the last time if there is something, or an error.
    fn found(&self, context: &mut Context<'_>) -> Result<Option<Outcome>> {
        let found = self.look(context);
        if !matches!(found, Ok(None)) {
            self.end_timers(context);
        }
        Ok(found?.map(|(index, value)| pair(context, index as i64, value)))
    }

    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            if let Some(outcome) = self.found(context)? {
                return Ok(outcome);
            }
            if self.register(context) {
                self.waits = true;
                return Ok(Outcome::Wait { kind: WaitKind::Several, then: self });
            }
            let token = context.isolate.tasks.upcoming_token();
            self.withdraw(token);
        }
    }
}

fn add_waiter(future: &Value, token: Token) {
    if let Some(body) = Future::of(future) {
        body.add_waiter(token);
    }
}

fn pair(context: &Context<'_>, index: i64, value: Value) -> Outcome {
    context.heap().list(vec![Value::int(index), value]).into()
}

impl Resume for Selecting {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        if std::mem::take(&mut self.waits) {
            // After the look: a channel that told this task and is left without a look passes the message on.
            let found = self.found(context);
            let token = context.isolate.tasks.former_token();
            self.withdraw(token);
            if let Some(outcome) = found? {
                return Ok(outcome);
            }
        }
        self.go_on(context)
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let token = context.isolate.tasks.former_token();
        self.withdraw(token);
        self.end_timers(context);
        Err(error)
    }

    fn name(&self) -> &'static str {
        "select"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        for source in &self.sources {
            match source {
                Selectable::Future(value) | Selectable::Value(value) => visit(value),
                Selectable::Time(time) => time.timer.iter().for_each(|timer| visit(&timer.future)),
                Selectable::Channel(_) | Selectable::Thread(_) => {}
            }
        }
    }
}

fn select(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = arguments.at(0).as_list().map(|list| list.items().to_vec()).unwrap_or_default();
    let mut sources = Vec::with_capacity(given.len());
    for value in given {
        let isolate = &mut *context.isolate;
        sources.push(if let Some(time) = value.as_foreign().and_then(|foreign| foreign.downcast::<Time>()) {
            Selectable::Time(Box::new(SelectableTime { after: time.0, timer: None }))
        } else if let Some(future) = isolate.scheduler().future_here(&value) {
            Selectable::Future(future)
        } else if let Some(channel) = Channel::of(&value) {
            Selectable::Channel(channel.mailbox.clone())
        } else if let Some(reference) = ThreadObject::reference_of(&value) {
            match isolate.thread().program().threads().table().end(reference) {
                Some(end) => Selectable::Thread(end),
                None => Selectable::Value(Value::NULL),
            }
        } else if value.as_foreign().is_some() {
            let message = format!("select waits for futures, channels and threads, not for {}", describe(&value));
            return Err(Error::type_error(message));
        } else {
            Selectable::Value(value)
        });
    }
    // A million tasks may wait so: nothing has more room than it needs.
    let registered =
        sources.iter().filter(|source| matches!(source, Selectable::Channel(_) | Selectable::Thread(_))).count();
    let selecting = Box::new(Selecting { sources, registrations: Vec::with_capacity(registered), waits: false });
    if arguments.at(1).is_truthy() {
        return selecting.go_on(context);
    }
    Ok(match selecting.look(context)? {
        Some((index, value)) => pair(context, index as i64, value),
        None => pair(context, -1, Value::NULL),
    })
}

/// A time as a source of `select`. No program sees it.
struct Time(Duration);

static TIME: ForeignKind = ForeignKind::new("Time");

impl ForeignObject for Time {
    fn kind(&self) -> &'static ForeignKind {
        &TIME
    }
}

/// `sleep(time)` as a source of `select`.
fn time(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let after = super::tasks::duration("sleep", arguments.at(0))?;
    Ok(context.heap().foreign(Box::new(Time(after))).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%select(sources, wait)", select, "Waits for the first of several things.").at(Place::Helper),
    Entry::function("%timer(milliseconds)", time, "A time that `select` waits for.").at(Place::Helper),
];
