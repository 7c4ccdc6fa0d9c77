//! Messages: taken from the mailbox, and given to callbacks by tasks of their own.
//!
//! Until the first callback is registered, messages stay in the mailbox. After that they are taken in batches; each gets a
//! task that calls the callbacks one after the other, and that starts at once. A callback that waits lets the next message
//! begin: a thread whose callbacks all waited for room in other mailboxes would else stop serving its own (T-16).
//!
//! While a task runs, messages push it aside at its safe points, unless a callback, an effect, a comparator, a constructor
//! or a `hold` is what runs: then they are asked for again at the next safe point.

use crate::concurrency::Reasons;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::interpreter::{Control, coroutine_resuming};
use crate::isolate::{Coroutine, Isolate};
use crate::memory::Value;
use crate::native::{CallArguments, Outcome, Resume};
use crate::threads::{Message, MessageObject, Request, ResultCompleter};

/// Messages taken from the mailbox together: as many as it holds.
const BATCH: usize = usize::MAX;

impl Isolate {
    /// Registers a function to be called with each message.
    pub(crate) fn on_message(&mut self, function: Value) {
        self.tasks.callbacks.push(function);
        self.tasks.registering = true;
        // Messages that waited for it.
        self.interrupt.ring(Reasons::MESSAGE);
    }

    /// Starts a task for the next message or function that was sent here; between tasks. It and the tasks that are ready
    /// take turns: a task that computes for long would keep messages waiting, many messages would keep tasks waiting.
    pub(super) fn serve_messages(&mut self) {
        let has_its_turn = !std::mem::take(&mut self.tasks.served_last) || self.tasks.ready.is_empty();
        if !has_its_turn {
            // The task that runs now stops for it at its first safe point, if it may.
            self.interrupt.ring(Reasons::MESSAGE);
        } else if let Some((coroutine, flow)) = self.next_served() {
            self.add_task_next(coroutine, flow);
            self.tasks.served_last = true;
        }
    }

    /// Messages came while a task runs.
    pub(super) fn messages_at_safe_point(&mut self) -> Control {
        // The safe point at the end of `on_message`: those registered in a row are to get the same messages.
        if std::mem::take(&mut self.tasks.registering) {
            self.interrupt.ring(Reasons::MESSAGE);
            return Control::Next;
        }
        if self.tasks.holds > 0 || self.tasks.current.as_ref().is_some_and(|about| about.serves) {
            // The end of the hold rings again, and after a callback the scheduler looks for more.
            return Control::Next;
        }
        if !self.may_be_interrupted() {
            self.interrupt.ring(Reasons::MESSAGE);
            return Control::Next;
        }
        let Some((coroutine, flow)) = self.next_served() else { return Control::Next };
        self.push_aside();
        self.add_task_next(coroutine, flow);
        self.tasks.served_last = true;
        Control::Exit
    }

    /// A task that runs before all others that are ready. `flow`: what it serves, in the trace.
    fn add_task_next(&mut self, coroutine: Box<Coroutine>, flow: u64) {
        let (id, _) = self.add_task(coroutine);
        self.trace_serves(id, flow);
        if let Some(task) = self.tasks.slots.task(id) {
            task.about.serves = true;
        }
        if let Some(token) = self.tasks.ready.pop_back() {
            self.tasks.ready.push_front(token);
        }
    }

    /// The task of the next request or message, with its number in the trace; none if there is nothing to serve.
    fn next_served(&mut self) -> Option<(Box<Coroutine>, u64)> {
        let requests = self.here().handle().requests.clone();
        if let Ok(request) = requests.try_receive() {
            // More may have come, which this look took the ring of.
            if !requests.is_empty() || !self.tasks.batch.is_empty() {
                self.interrupt.ring(Reasons::MESSAGE);
            }
            let Request { function, reply, flow } = request;
            let function = function.unpack(&self.heap);
            return Some((coroutine_resuming(self, Box::new(Serve::Request { function, reply })), flow));
        }
        if self.tasks.callbacks.is_empty() || self.tasks.holds > 0 {
            return None;
        }
        if self.tasks.batch.is_empty() {
            let inbox = self.here().handle().inbox.clone();
            let mut batch = std::mem::take(&mut self.tasks.batch);
            // Closed or empty, there is nothing.
            let _ = inbox.receive(&mut batch, BATCH);
            self.tasks.batch = batch;
        }
        let Message { payload, sender, reply, flow } = self.tasks.batch.pop_front()?;
        if !self.tasks.batch.is_empty() {
            self.interrupt.ring(Reasons::MESSAGE);
        }
        let payload = payload.unpack(&self.heap);
        let message = self.heap.foreign(Box::new(MessageObject::new(payload, sender, reply)));
        Some((coroutine_resuming(self, Box::new(Serve::Message { message, next: 0 })), flow))
    }

    /// A message callback may push the running code aside.
    fn may_be_interrupted(&self) -> bool {
        let coroutines = std::iter::once(&*self.coroutine).chain(self.chain.iter().map(|link| &*link.coroutine));
        coroutines.into_iter().all(|coroutine| {
            let shielded = coroutine.natives.iter().any(|native| native.keeps_messages_out());
            let constructs = coroutine.frames().iter().any(|frame| {
                // SAFETY: loaded code lives as long as the isolate.
                !frame.is_native() && unsafe { &*frame.loaded }.function.name.as_ref() == CONSTRUCTOR
            });
            !shielded && !constructs
        })
    }

    /// A `hold` is left: what it kept out may come.
    pub(crate) fn leave_hold(&mut self) {
        self.tasks.holds = self.tasks.holds.saturating_sub(1);
        if self.tasks.holds == 0 {
            self.interrupt.ring(Reasons::MESSAGE);
        }
    }

    /// Nobody else holds a reference to this thread, and nothing that was sent is left.
    pub(crate) fn is_forgotten(&self) -> bool {
        let here = self.here();
        let handle = here.handle();
        if self.tasks.judge.serving_is_over {
            return true;
        }
        !here.reference().is_main()
            && handle.is_forgotten()
            && self.tasks.batch.is_empty()
            && handle.requests.is_empty()
            && (handle.inbox.is_empty() || self.tasks.callbacks.is_empty())
    }

    /// The running task is about to be suspended because it keeps the thread alive.
    pub(crate) fn serve_from_now(&mut self) {
        let token = self.upcoming_token();
        self.tasks.servers.push(token);
    }

    /// Has those who keep the thread alive look again, if nothing can come any more.
    pub(super) fn end_serving(&mut self) {
        if !self.tasks.servers.is_empty() && self.tasks.ready.is_empty() && self.is_forgotten() {
            for token in std::mem::take(&mut self.tasks.servers) {
                self.wake(token);
            }
        }
    }

    /// Messages that nobody will serve any more: their senders hear of it.
    pub(crate) fn close_mailboxes(&mut self) {
        let handle = self.here().handle();
        let (messages, requests) = (handle.inbox.abandon(), handle.requests.abandon());
        drop((messages, requests));
        self.tasks.batch.clear();
    }
}

/// The name of constructors.
const CONSTRUCTOR: &str = "ctor";

/// The state of a task that serves what was sent.
enum Serve {
    /// `next`: the next callback.
    Message {
        message: Value,
        next: usize,
    },
    Request {
        function: Value,
        reply: Option<ResultCompleter>,
    },
    /// The function of a request runs.
    Running {
        reply: ResultCompleter,
    },
}

impl Serve {
    /// Calls the next callback, if it is still wanted.
    fn next_callback(context: &mut Context<'_>, message: Value, next: usize) -> Outcome {
        let callback = context.isolate.tasks.callbacks.get(next).cloned();
        let is_handled = MessageObject::of(&message).is_none_or(MessageObject::is_handled);
        match callback {
            Some(function) if !is_handled => Outcome::Call {
                function,
                arguments: CallArguments::One(message.clone()),
                then: Box::new(Serve::Message { message, next: next + 1 }),
            },
            _ => Outcome::Return(Value::NULL),
        }
    }
}

impl Resume for Serve {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        Ok(match *self {
            Serve::Message { message, next } => Serve::next_callback(context, message, next),
            Serve::Request { function, reply: None } => Outcome::TailCall { function, arguments: CallArguments::None },
            Serve::Request { function, reply: Some(reply) } => {
                Outcome::Call { function, arguments: CallArguments::None, then: Box::new(Serve::Running { reply }) }
            }
            Serve::Running { reply } => {
                let package = context.isolate.package(Ok(result));
                drop(reply.complete(package));
                Outcome::Return(Value::NULL)
            }
        })
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let instance = crate::interpreter::unwind::error_instance(context.isolate, error);
        match *self {
            Serve::Message { message, next } => {
                let object = MessageObject::of(&message).expect("it was made from one");
                if !object.wants_reply() || context.isolate.is_cancellation(&instance) {
                    return Err(Error::thrown(instance));
                }
                let package = context.isolate.package(Err(instance));
                object.reply(package);
                Ok(Serve::next_callback(context, message, next))
            }
            Serve::Running { reply } => {
                let package = context.isolate.package(Err(instance));
                drop(reply.complete(package));
                Ok(Outcome::Return(Value::NULL))
            }
            Serve::Request { .. } => Err(Error::thrown(instance)),
        }
    }

    fn name(&self) -> &'static str {
        "message"
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match self {
            Serve::Message { message, .. } => visit(message),
            Serve::Request { function, .. } => visit(function),
            Serve::Running { .. } => {}
        }
    }
}
