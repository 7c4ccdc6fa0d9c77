//! Threads and messages.

use super::arguments::{callable, required_arguments};
use super::entry::{Entry, Field, Place};
use crate::concurrency::{
    PendingSend, Registration, Sending, StaleThread, ThreadEnd, ThreadEntry, ThreadReference, ThreadState,
    TrySendError, completion,
};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::future::FUTURE;
use crate::isolate::Isolate;
use crate::memory::{Symbol, Value};
use crate::native::{Arguments, Outcome, Resume, WaitKind};
use crate::signals::{COMPUTED, Computed};
use crate::threads::{
    CancelMode, Handle, MESSAGE, Message, MessageObject, Request, ResultCompleter, SharedFuture, THREAD, THREADS,
    ThreadObject, spawn as start,
};
use crate::workers::{JOB, JobObject, pending_of};
use std::sync::Arc;

fn stale(StaleThread(reference): StaleThread) -> Error {
    Error::new(ErrorKind::StaleThread, format!("thread {} has ended", reference.number()))
        .with_hint("its number may belong to another thread by now; references to the old one stay invalid")
}

fn reference(arguments: &Arguments<'_>) -> ThreadReference {
    ThreadObject::reference_of(arguments.at(0)).expect("a method of threads")
}

fn entry(context: &Context<'_>, reference: ThreadReference) -> Result<Arc<ThreadEntry<Handle>>> {
    context.isolate.thread().program().threads().table().get(reference).map_err(stale)
}

/// A reference to any thread, as this isolate holds it.
fn thread_value(isolate: &Isolate, reference: ThreadReference) -> Value {
    let here = isolate.thread();
    if reference == here.reference() {
        isolate.heap.foreign(Box::new(ThreadObject::own(here.program(), reference)))
    } else {
        isolate.heap.shared_foreign(Arc::new(ThreadObject::new(here.program(), reference)))
    }
}

pub(super) static FIELDS: &[Field] = &[
    Field {
        kind: &MESSAGE,
        name: "payload",
        read: |_, object| MessageObject::of(object).map(MessageObject::payload),
        documentation: "What was sent.",
    },
    Field {
        kind: &MESSAGE,
        name: "sender",
        read: |isolate, object| MessageObject::of(object).map(|message| thread_value(isolate, message.sender())),
        documentation: "The thread that sent it.",
    },
    Field {
        kind: &THREADS,
        name: "current",
        read: |isolate, _| Some(thread_value(isolate, isolate.thread().reference())),
        documentation: "The thread that runs.",
    },
    Field {
        kind: &THREADS,
        name: "main",
        read: |isolate, _| Some(thread_value(isolate, isolate.thread().program().main())),
        documentation: "The first thread of the program.",
    },
    Field {
        kind: &JOB,
        name: "done",
        read: |_, object| JobObject::of(object).map(|job| Value::bool(job.is_done())),
        documentation: "Whether it has ended.",
    },
    Field {
        kind: &JOB,
        name: "progress",
        read: |isolate, object| JobObject::of(object).map(|job| job.progress.to_value(&isolate.heap)),
        documentation: "How far it has come, as a signal.",
    },
    Field {
        kind: &COMPUTED,
        name: "pending",
        read: |isolate, object| {
            Computed::of(object).and_then(|computed| pending_of(&computed)).map(|signal| signal.to_value(&isolate.heap))
        },
        documentation: "Whether `latest` computes a newer value, as a signal.",
    },
    Field {
        kind: &FUTURE,
        name: "state",
        read: |isolate, object| {
            crate::future::Future::of(object).map(|future| isolate.heap.string(future.state_name()))
        },
        documentation: "\"pending\", \"done\", \"failed\" or \"cancelled\".",
    },
    Field {
        kind: &THREAD,
        name: "id",
        read: |_, object| ThreadObject::reference_of(object).map(|thread| Value::int(thread.number().into())),
        documentation: "Its number.",
    },
    Field {
        kind: &THREAD,
        name: "state",
        read: |isolate, object| {
            let thread = ThreadObject::reference_of(object)?;
            let state = isolate.thread().program().threads().table().state(thread);
            Some(isolate.heap.string(state_name(state)))
        },
        documentation: "\"running\", \"stopping\" or \"ended\".",
    },
];

fn state_name(state: ThreadState) -> &'static str {
    match state {
        ThreadState::Running => "running",
        ThreadState::Stopping => "stopping",
        ThreadState::Ended => "ended",
    }
}

fn spawn(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (function, given, wants_result) = (arguments.at(0), arguments.at(1), arguments.at(2).is_truthy());
    let isolate = &mut *context.isolate;
    let gene = function.as_closure().is_some_and(|closure| closure.function().source.gene);
    let given = given.as_list().map(|list| list.items());
    let call = match given.filter(|given| !given.is_empty()) {
        Some(given) => isolate.heap.list(std::iter::once(function).chain(given.iter()).cloned().collect()),
        None => function.clone(),
    };
    let parcel = isolate.scheduler().pack_call(&call)?;
    let program = isolate.thread().program().clone();
    let parent = isolate.thread().reference();
    let flow = isolate.scheduler().trace_send("spawn");
    let (thread, future) = start(&program, &isolate.interrupt, parent, parcel, gene, wants_result, flow)?;
    Ok(match future {
        Some(future) => isolate.scheduler().new_future_elsewhere(future),
        None => isolate.heap.shared_foreign(Arc::new(thread)),
    }
    .into())
}

/// A future that a reply completes. Cancelled, it is over at once: nothing runs for it.
fn reply_future(isolate: &mut Isolate, thread: ThreadReference) -> (Value, ResultCompleter) {
    future_from(isolate, thread, CancelMode::AtOnce)
}

/// A future that a thread completes.
fn future_from(isolate: &mut Isolate, thread: ThreadReference, cancel: CancelMode) -> (Value, ResultCompleter) {
    let (completer, core) = completion();
    let shared = SharedFuture { core, cancel, thread: Some(thread.number()), home: None };
    (isolate.scheduler().new_future_elsewhere(shared), completer)
}

/// A task whose message waits for room.
struct Delivering<T: Send + 'static> {
    pending: PendingSend<T>,
    to: ThreadReference,
    /// What `send` gives.
    result: Value,
}

impl<T: Send + 'static> Resume for Delivering<T> {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        let Delivering { pending, to, result } = *self;
        deliver(pending.progress(), to, result)
    }

    /// Cancelled after the message had got room, the send has succeeded all the same.
    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let Delivering { pending, result, .. } = *self;
        match pending.withdraw() {
            Some(message) => {
                forget(context.isolate, &result);
                drop(message);
                Err(error)
            }
            None => {
                context.isolate.scheduler().cancel_after_this(&error);
                Ok(result.into())
            }
        }
    }

    fn name(&self) -> &'static str {
        "send"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.result);
    }
}

/// What follows from an attempt to send.
fn deliver<T: Send + 'static>(sending: Sending<T>, to: ThreadReference, result: Value) -> Result<Outcome> {
    match sending {
        Sending::Delivered => Ok(result.into()),
        Sending::Waiting(pending) => Ok(Outcome::Wait {
            kind: WaitKind::Mailbox(to.number()),
            then: Box::new(Delivering { pending, to, result }),
        }),
        Sending::Closed(_) => Err(stale(StaleThread(to))),
    }
}

fn full(error: bool, to: ThreadReference) -> Error {
    if !error {
        return stale(StaleThread(to));
    }
    Error::new(ErrorKind::MailboxFull, format!("the mailbox of thread {} is full", to.number()))
        .with_hint("without `wait: false`, send waits for room")
}

fn send_to(context: &mut Context<'_>, arguments: Arguments<'_>, wants_reply: bool) -> Result<Outcome> {
    let to = reference(&arguments);
    let isolate = &mut *context.isolate;
    let entry = isolate.thread_mut().take_recent(to).map_err(stale)?;
    let payload = isolate.scheduler().pack(arguments.at(1))?;
    let (result, reply) = if wants_reply {
        let (future, completer) = reply_future(isolate, to);
        (future, Some(completer))
    } else {
        (Value::NULL, None)
    };
    let flow = isolate.scheduler().trace_send("message");
    let message = Message { payload, sender: isolate.thread().reference(), reply, flow };
    let inbox = &entry.handle().inbox;
    if arguments.named("wait").is_some_and(|wait| !wait.is_truthy()) {
        return match inbox.try_send(message) {
            Ok(()) => Ok(result.into()),
            Err(refusal) => {
                forget(isolate, &result);
                Err(full(matches!(refusal, TrySendError::Full(_)), to))
            }
        };
    }
    let sending = inbox.send(message, || isolate.upcoming_waker());
    if matches!(sending, Sending::Closed(_)) {
        forget(isolate, &result);
    }
    isolate.thread_mut().keep_recent(entry);
    deliver(sending, to, result)
}

/// The future of a message that was not sent: no code holds it, so its failure is not reported.
fn forget(isolate: &mut Isolate, future: &Value) {
    isolate.scheduler().cancel_future(future);
}

fn send(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let wants_reply = arguments.named("reply").is_some_and(Value::is_truthy);
    send_to(context, arguments, wants_reply)
}

fn send_expect_reply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    send_to(context, arguments, true)
}

fn run(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let to = reference(&arguments);
    let function = callable("run", arguments.at(1))?;
    if required_arguments(function) > 0 {
        return Err(Error::new(ErrorKind::ArityError, "run takes a function without parameters")
            .with_hint("what it needs can be captured: t.run(() => f(x))"));
    }
    let entry = entry(context, to)?;
    let place = if function.as_closure().is_none() { context.place() } else { None };
    let isolate = &mut *context.isolate;
    let packed = isolate.scheduler().pack(function)?;
    let (result, reply) = if arguments.named("reply").is_some_and(Value::is_truthy) {
        let (future, completer) = future_from(isolate, to, CancelMode::Ask);
        (future, Some(completer))
    } else {
        (Value::NULL, None)
    };
    let request = Request { function: packed, place, reply, flow: isolate.scheduler().trace_send("run") };
    let sending = entry.handle().requests.send(request, || isolate.upcoming_waker());
    deliver(sending, to, result)
}

/// A task that waits for the end of a thread.
struct Joining {
    end: Arc<ThreadEnd>,
    number: u32,
    place: Option<Registration>,
}

impl Resume for Joining {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        if !self.end.is_pending() {
            return Ok(Value::NULL.into());
        }
        self.place = self.end.wait(context.isolate.upcoming_waker());
        match self.place {
            Some(_) => Ok(Outcome::Wait { kind: WaitKind::End(self.number), then: self }),
            None => Ok(Value::NULL.into()),
        }
    }

    fn name(&self) -> &'static str {
        "join"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn join(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let of = reference(&arguments);
    let here = context.isolate.thread();
    if of == here.reference() {
        return Err(Error::new(ErrorKind::ValueError, "a thread cannot wait for its own end"));
    }
    match here.program().threads().table().end(of) {
        None => Ok(Value::NULL.into()),
        Some(end) => Box::new(Joining { end, number: of.number(), place: None }).resume(context, Value::NULL),
    }
}

fn stop(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let of = reference(&arguments);
    if of.is_main() {
        return Err(Error::new(ErrorKind::ValueError, "the main thread cannot be stopped")
            .with_hint("it ends when its own code does"));
    }
    Ok(Value::bool(context.isolate.thread().program().stop(of)).into())
}

fn parent(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let entry = entry(context, reference(&arguments))?;
    Ok(thread_value(context.isolate, entry.parent()).into())
}

fn state(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let state = context.isolate.thread().program().threads().table().state(reference(&arguments));
    Ok(context.heap().string(state_name(state)).into())
}

fn only_own(context: &Context<'_>, arguments: &Arguments<'_>, method: &str) -> Result<()> {
    if reference(arguments) == context.isolate.thread().reference() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::ValueError, format!("only a thread itself can call {method}"))
        .with_hint(format!("thread.current.{method}(…), in the code that the thread runs")))
}

fn on_message(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    only_own(context, &arguments, "on_message")?;
    let function = callable("on_message", arguments.at(1))?.clone();
    let is_concurrent = arguments.named("concurrent").is_some_and(Value::is_truthy);
    context.isolate.scheduler().on_message(function, is_concurrent);
    Ok(Value::NULL.into())
}

/// A task that keeps its thread alive for messages.
struct Serving;

impl Resume for Serving {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        if isolate.tasks.stopping || isolate.scheduler().is_forgotten() {
            return Ok(Value::NULL.into());
        }
        isolate.scheduler().serve_from_now();
        Ok(Outcome::Wait { kind: WaitKind::Serving, then: self })
    }

    /// To be stopped is how serving ends.
    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        if !context.isolate.tasks.stopping {
            return Err(error);
        }
        context.isolate.scheduler().note_served();
        Ok(Value::NULL.into())
    }

    fn name(&self) -> &'static str {
        "keep_alive"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn keep_alive(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    only_own(context, &arguments, "keep_alive")?;
    Box::new(Serving).resume(context, Value::NULL)
}

fn stats(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    let isolate = &*context.isolate;
    let program = isolate.thread().program();
    let threads = program.threads();
    let inbox = isolate.thread().handle().inbox.counts();
    let numbers = [
        ("running", threads.table().count() as u64),
        ("limit", threads.table().limit() as u64),
        ("started", program.spawned.load(std::sync::atomic::Ordering::Relaxed)),
        ("os_threads", threads.pool().started() as u64),
        ("idle", threads.pool().idle() as u64),
        ("leaks", program.leaks()),
        ("tasks", isolate.tasks.count() as u64),
        ("received", inbox.received),
        ("waiting_messages", inbox.sent - inbox.received - inbox.dropped),
    ];
    let record = isolate.heap.record(numbers.len());
    let fields = record.as_record().expect("just made");
    for (name, number) in numbers {
        let set = fields.set(Symbol::intern(name), Value::int(number as i64), &isolate.heap);
        set.expect("a new record is not frozen");
    }
    Ok(record.into())
}

fn message<'a>(arguments: &Arguments<'a>) -> &'a MessageObject {
    MessageObject::of(arguments.at(0)).expect("a method of messages")
}

fn payload(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(message(&arguments).payload().into())
}

fn sender(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(thread_value(context.isolate, message(&arguments).sender()).into())
}

fn mark_handled(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    message(&arguments).mark_handled();
    Ok(Value::NULL.into())
}

fn reply(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let message = message(&arguments);
    if !message.wants_reply() {
        return Err(Error::new(ErrorKind::ValueError, "this message wants no reply, or has got it")
            .with_hint("its sender asks for one: t.send(v, reply: true)"));
    }
    let parcel = context.isolate.scheduler().pack(arguments.at(1))?;
    let flow = context.isolate.scheduler().trace_send("reply");
    message.reply(Ok(crate::threads::Package::new(parcel, flow)));
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%spawn(function, arguments, wants_result)", spawn, "Starts a thread.").at(Place::Helper),
    Entry::method(
        &THREADS,
        "stats(thread)",
        stats,
        "Numbers about the program's threads, and the tasks and messages of this one.",
    ),
    Entry::method(
        &THREAD,
        "send(thread, value, reply: false, wait: true)",
        send,
        "Sends a message. With `reply: true`, gives a future of the reply. A full mailbox is waited for, or, with \
         `wait: false`, is the error `MailboxFull`.",
    ),
    Entry::method(
        &THREAD,
        "send_expect_reply(thread, value)",
        send_expect_reply,
        "Sends a message and gives a future of the reply.",
    ),
    Entry::method(
        &THREAD,
        "run(thread, f, reply: false)",
        run,
        "Has a thread call a function. With `reply: true`, gives a future of its result.",
    ),
    Entry::method(&THREAD, "join(thread)", join, "Waits for the end of a thread. A thread that failed ends, too."),
    Entry::method(&THREAD, "stop(thread)", stop, "Has a thread stop at its next safe point. False if it has ended."),
    Entry::method(&THREAD, "parent(thread)", parent, "The thread that started this one; the main thread's is itself."),
    Entry::method(&THREAD, "state(thread)", state, "`running`, `stopping` or `ended`."),
    Entry::method(
        &THREAD,
        "on_message(thread, f, concurrent: false)",
        on_message,
        "Calls a function with each message that comes, one message after the other, also if it waits. With \
         `concurrent: true`, the next message begins while it waits.",
    ),
    Entry::method(
        &THREAD,
        "keep_alive(thread)",
        keep_alive,
        "Serves messages until the thread is stopped, the last reference to it is gone, or the program's other work has ended.",
    ),
    Entry::method(&MESSAGE, "payload(message)", payload, "What was sent."),
    Entry::method(&MESSAGE, "sender(message)", sender, "The thread that sent it."),
    Entry::method(
        &MESSAGE,
        "mark_handled(message)",
        mark_handled,
        "Callbacks registered later do not get the message.",
    ),
    Entry::method(&MESSAGE, "reply(message, value)", reply, "Gives the sender the reply it waits for."),
];
