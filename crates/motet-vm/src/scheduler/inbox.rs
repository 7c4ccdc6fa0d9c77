//! Messages: taken from the mailbox, and given to callbacks by tasks that do nothing else.
//!
//! Until the first callback is registered, messages stay in the mailbox. After that they are taken in batches. A task calls
//! the callbacks with a message one after the other, starts at once, and goes on with the next message of the batch if the
//! isolate has nothing else to do.
//!
//! **One message at a time.** The next message begins when the callbacks of the one before are through, also if they wait:
//! so a callback may rely on what it read before it waited. There are two exceptions. While a callback waits for room in
//! another mailbox, the next message begins, with a task of its own: two threads that flood one another would else wait for
//! ever (T-16). And if all callbacks were registered as concurrent, each message has a task of its own from the beginning.
//!
//! The mailboxes are only looked into after the bell has said that something came: each look takes a lock.
//!
//! While a task runs, messages push it aside at its safe points, unless a callback, an effect, a comparator, a constructor
//! or a `hold` is what runs: then they are asked for again at the next safe point.

use super::{Cancellation, MessageCallback, Scheduler, Task, TaskId, Tasks, Wait, WaitKind};
use crate::builtins::signals::EffectsElsewhere;
use crate::concurrency::Reasons;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::interpreter::{Control, coroutine_resuming, unwind};
use crate::isolate::Coroutine;
use crate::memory::Value;
use crate::native::{CallArguments, Outcome, Resume};
use crate::scheduler::Token;
use crate::threads::{Message, MessageObject, Request, ResultCompleter};
use motet_code::{Source, Span};
use std::sync::Arc;

/// Messages taken from the mailbox together: as many as it holds.
const BATCH: usize = usize::MAX;

impl Scheduler<'_> {
    /// Registers a function to be called with each message.
    pub(crate) fn on_message(&mut self, function: Value, is_concurrent: bool) {
        let place = self.isolate.code_place();
        self.isolate.tasks.callbacks.push(MessageCallback { function, place });
        self.isolate.tasks.concurrent_callbacks += usize::from(is_concurrent);
        self.isolate.tasks.registering = true;
        // Messages that waited for it.
        self.isolate.interrupt.ring(Reasons::MESSAGE);
    }

    /// Starts a task for the next message or function that was sent here; between tasks. It and the tasks that are ready
    /// take turns: a task that computes for long would keep messages waiting, many messages would keep tasks waiting.
    pub(super) fn serve_messages(&mut self) {
        let had_its_turn = std::mem::take(&mut self.isolate.tasks.served_last);
        if !self.isolate.tasks.heard && self.isolate.tasks.batch.is_empty() {
            return;
        }
        if had_its_turn && !self.isolate.tasks.ready.is_empty() {
            // The task that runs now stops for it at its first safe point, if it may.
            self.isolate.interrupt.ring(Reasons::MESSAGE);
        } else {
            self.serve_next();
        }
    }

    /// Starts a task for the next message or function that was sent here, if there is one that may begin.
    fn serve_next(&mut self) {
        let Some(served) = self.next_served() else { return };
        self.begin_serving(served);
    }

    fn begin_serving(&mut self, served: Served) {
        let Served { coroutine, flow, is_message } = served;
        let id = self.add_server(coroutine, flow);
        if is_message {
            self.isolate.tasks.serving.push(id);
        }
        self.isolate.tasks.served_last = true;
    }

    /// A task that served a message has ended.
    pub(super) fn end_message(&mut self, id: TaskId) {
        if let Some(at) = self.isolate.tasks.serving.iter().position(|serving| *serving == id) {
            self.isolate.tasks.serving.swap_remove(at);
        }
    }

    /// The callbacks may be called with the next message, though others are not through.
    fn may_begin_message(&mut self) -> bool {
        if self.isolate.tasks.concurrent_callbacks == self.isolate.tasks.callbacks.len() {
            return true;
        }
        let Tasks { serving, slots, .. } = &mut self.isolate.tasks;
        serving.iter().all(|id| {
            let waits_for_room = |task: &mut Task| matches!(task.wait, Wait::Native(WaitKind::Mailbox(_)));
            slots.task(*id).is_some_and(waits_for_room)
        })
    }

    /// Messages came while a task runs.
    pub(super) fn messages_at_safe_point(&mut self) -> Control {
        // The safe point at the end of `on_message`: those registered in a row are to get the same messages.
        if std::mem::take(&mut self.isolate.tasks.registering) {
            self.isolate.interrupt.ring(Reasons::MESSAGE);
            return Control::Next;
        }
        if self.isolate.tasks.holds > 0 || self.isolate.tasks.current.as_ref().is_some_and(|record| record.serves) {
            // The end of the hold rings again, and after a callback the scheduler looks for more.
            return Control::Next;
        }
        if !self.may_be_interrupted() {
            self.isolate.interrupt.ring(Reasons::MESSAGE);
            return Control::Next;
        }
        let Some(served) = self.next_served() else { return Control::Next };
        self.push_aside();
        self.begin_serving(served);
        Control::Exit
    }

    /// Tasks that are to run soon push the running one aside; the scheduler runs them next.
    pub(super) fn prompt_tasks_at_safe_point(&mut self) -> Control {
        if self.isolate.tasks.holds > 0 || self.isolate.tasks.current.as_ref().is_some_and(|record| record.serves) {
            // They run when the task waits or ends.
            return Control::Next;
        }
        if !self.may_be_interrupted() {
            self.isolate.interrupt.ring(Reasons::READY);
            return Control::Next;
        }
        self.push_aside();
        Control::Exit
    }

    /// Starts a task for the effects that have to run because a signal was set elsewhere; between tasks.
    pub(super) fn serve_effects(&mut self) {
        let has_ended = self.isolate.tasks.stopping && self.isolate.tasks.judge.main_has_ended;
        if std::mem::take(&mut self.isolate.tasks.effects.are_waiting)
            && !has_ended
            && self.isolate.tasks.holds == 0
            && self.isolate.has_effects_to_run()
        {
            let coroutine = coroutine_resuming(self.isolate, Box::new(EffectsElsewhere));
            self.add_server(coroutine, 0);
        }
    }

    /// The same while a task runs, which is pushed aside.
    pub(super) fn effects_at_safe_point(&mut self) -> Control {
        if self.isolate.tasks.holds > 0 || self.isolate.tasks.current.as_ref().is_some_and(|record| record.serves) {
            // The end of the hold rings again, and after a callback the scheduler looks.
            return Control::Next;
        }
        if !self.may_be_interrupted() {
            self.isolate.interrupt.ring(Reasons::EFFECT);
            return Control::Next;
        }
        if !self.isolate.has_effects_to_run() {
            self.isolate.tasks.effects.are_waiting = false;
            return Control::Next;
        }
        self.push_aside();
        self.serve_effects();
        Control::Exit
    }

    /// The next request or message; none if there is nothing to serve.
    fn next_served(&mut self) -> Option<Served> {
        if self.isolate.tasks.heard
            && let Ok(request) = self.isolate.thread().handle().requests.try_receive()
        {
            let Request { function, place, reply, flow } = request;
            let function = function.unpack(&self.isolate.heap);
            let coroutine = coroutine_resuming(self.isolate, Box::new(Serve::Request { function, place, reply }));
            return Some(Served { coroutine, flow, is_message: false });
        }
        let Message { payload, sender, reply, flow } = self.next_message(true)?;
        let payload = payload.unpack(&self.isolate.heap);
        let message = self.isolate.heap.foreign(Box::new(MessageObject::new(payload, sender, reply)));
        let coroutine = coroutine_resuming(self.isolate, Box::new(Serve::Message { message, next: 0 }));
        Some(Served { coroutine, flow, is_message: true })
    }

    /// The next message for the callbacks, if there are any and may be called. `looks`: also in the mailbox, of which the
    /// requests have been found empty.
    fn next_message(&mut self, looks: bool) -> Option<Message> {
        if self.isolate.tasks.callbacks.is_empty() || self.isolate.tasks.holds > 0 {
            if looks {
                // The first callback rings, and the end of the hold.
                self.isolate.tasks.heard = false;
            }
            return None;
        }
        // `looks`: another task than the one that serves messages asks.
        if looks && !self.isolate.tasks.serving.is_empty() && !self.may_begin_message() {
            return None;
        }
        if looks && self.isolate.tasks.heard && self.isolate.tasks.batch.is_empty() {
            // What comes from now on rings again.
            self.isolate.tasks.heard = false;
            let mut batch = std::mem::take(&mut self.isolate.tasks.batch);
            // Closed or empty, there is nothing.
            let _ = self.isolate.thread().handle().inbox.receive(&mut batch, BATCH);
            self.isolate.tasks.batch = batch;
        }
        self.isolate.tasks.batch.pop_front()
    }

    /// Puts the next message in the place of one whose callbacks are through, so that not each needs a task of its own.
    /// It is one that was taken from the mailbox with the former, as long as the scheduler would have nothing else to
    /// do. In a trace each has its own.
    fn go_on_with_next(&mut self, message: &mut Value) -> bool {
        let is_free = !self.is_traced()
            && !self.isolate.tasks.stopping
            && self.isolate.tasks.ready.is_empty()
            && self.isolate.tasks.timers.is_empty()
            && self.isolate.tasks.serving.len() == 1
            && self
                .isolate
                .tasks
                .current
                .as_ref()
                .is_some_and(|record| record.serves && record.cancelled == Cancellation::No)
            && self.isolate.interrupt.word().raised().without(Reasons::MESSAGE).is_empty();
        if !is_free {
            return false;
        }
        let Some(Message { payload, sender, reply, .. }) = self.next_message(false) else { return false };
        let payload = payload.unpack(&self.isolate.heap);
        match MessageObject::of(message).filter(|_| message.is_unique()) {
            Some(object) => object.renew(payload, sender, reply),
            None => *message = self.isolate.heap.foreign(Box::new(MessageObject::new(payload, sender, reply))),
        }
        self.isolate.thread().handle().count_step();
        true
    }

    /// A message callback may push the running code aside.
    fn may_be_interrupted(&self) -> bool {
        let coroutines =
            std::iter::once(&*self.isolate.coroutine).chain(self.isolate.chain.iter().map(|link| &*link.coroutine));
        coroutines.into_iter().all(|coroutine| {
            let shielded = coroutine.natives.iter().any(|native| native.keeps_messages_out());
            let constructs = coroutine.frames().iter().any(|frame| {
                // SAFETY: loaded code lives as long as the isolate.
                !frame.is_native() && unsafe { &*frame.loaded }.function.flags.constructor
            });
            !shielded && !constructs
        })
    }

    /// A `hold` is left: what it kept out may come.
    pub(crate) fn leave_hold(&mut self) {
        self.isolate.tasks.holds = self.isolate.tasks.holds.saturating_sub(1);
        if self.isolate.tasks.holds == 0 {
            self.isolate.interrupt.ring(Reasons::MESSAGE | Reasons::EFFECT);
        }
    }

    /// No other code holds a reference to this thread, and nothing that was sent is left.
    pub(crate) fn is_forgotten(&self) -> bool {
        let here = self.isolate.thread();
        let handle = here.handle();
        if self.isolate.tasks.judge.serving_is_over {
            return true;
        }
        !here.reference().is_main()
            && handle.is_forgotten()
            && self.isolate.tasks.batch.is_empty()
            && handle.requests.is_empty()
            && (handle.inbox.is_empty() || self.isolate.tasks.callbacks.is_empty())
    }

    /// The running task is about to be suspended because it keeps the thread alive.
    pub(crate) fn serve_from_now(&mut self) {
        let token = self.isolate.tasks.upcoming_token();
        self.isolate.tasks.servers.push(token);
    }

    /// Has those who keep the thread alive look again, if nothing can come any more.
    pub(super) fn end_serving(&mut self) {
        if !self.isolate.tasks.servers.is_empty() && self.isolate.tasks.ready.is_empty() && self.is_forgotten() {
            for token in std::mem::take(&mut self.isolate.tasks.servers) {
                self.wake(token);
            }
        }
    }

    /// Something lies in the mailboxes that can be served.
    pub(super) fn has_messages(&self) -> bool {
        let handle = self.isolate.thread().handle();
        let can_call = !self.isolate.tasks.callbacks.is_empty();
        !handle.requests.is_empty() || can_call && !(self.isolate.tasks.batch.is_empty() && handle.inbox.is_empty())
    }

    /// The work of a spawned thread has ended: nothing more is accepted, and what was accepted is served. Closing comes
    /// first, so nothing is lost between the two, and threads that flood one another end.
    pub(crate) fn finish_messages(&mut self) -> Result<()> {
        let handle = self.isolate.thread().handle();
        handle.inbox.close();
        handle.requests.close();
        while !self.isolate.tasks.stopping && self.has_messages() && self.isolate.limit_error().is_none() {
            self.isolate.tasks.heard = true;
            self.turn();
            self.finish_tasks()?;
        }
        Ok(())
    }

    /// Messages that will not be served any more: their senders are told.
    pub(crate) fn close_mailboxes(&mut self) {
        let handle = self.isolate.thread().handle();
        let (messages, requests) = (handle.inbox.abandon(), handle.requests.abandon());
        drop((messages, requests));
        self.isolate.tasks.batch.clear();
    }
}

/// The task of a request or message.
struct Served {
    coroutine: Box<Coroutine>,
    /// Its number in the trace.
    flow: u64,
    is_message: bool,
}

/// The state of a task that serves what was sent.
enum Serve {
    /// `next`: the next callback.
    Message {
        message: Value,
        next: usize,
    },
    Request {
        function: Value,
        place: Option<(Arc<Source>, Span)>,
        reply: Option<ResultCompleter>,
    },
    /// A builtin runs whose result nothing waits for. `place`: where it was sent.
    Unanswered {
        place: (Arc<Source>, Span),
    },
    /// The function of a request runs. By the errand it is cancelled.
    Running {
        reply: ResultCompleter,
        cancel: Token,
    },
}

impl Serve {
    /// Calls the next callback, if it is still wanted; then comes the next message, or the end of the task.
    fn next_callback(mut self: Box<Self>, context: &mut Context<'_>) -> Outcome {
        let isolate = &mut *context.isolate;
        loop {
            let Serve::Message { message, next } = &mut *self else { return Outcome::Return(Value::NULL) };
            let is_handled = MessageObject::of(message).is_none_or(MessageObject::is_handled);
            if let Some(MessageCallback { function, place }) = isolate.tasks.callbacks.get(*next)
                && !is_handled
            {
                let (function, arguments) = (function.clone(), CallArguments::One(message.clone()));
                if let Some(frame) = isolate.coroutine.last_frame_mut() {
                    // A builtin has no place of its own.
                    frame.set_place(*place);
                }
                *next += 1;
                return Outcome::Call { function, arguments, then: self };
            }
            *next = 0;
            if !isolate.scheduler().go_on_with_next(message) {
                return Outcome::Return(Value::NULL);
            }
        }
    }
}

impl Resume for Serve {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        Ok(match *self {
            Serve::Message { .. } => self.next_callback(context),
            Serve::Request { function, place: Some(place), reply: None } => {
                let then = Box::new(Serve::Unanswered { place });
                Outcome::Call { function, arguments: CallArguments::None, then }
            }
            Serve::Request { function, place: None, reply: None } => {
                Outcome::TailCall { function, arguments: CallArguments::None }
            }
            Serve::Unanswered { .. } => Outcome::Return(Value::NULL),
            // It was cancelled before it began.
            Serve::Request { reply: Some(reply), .. } if reply.is_cancel_requested() => Outcome::Return(Value::NULL),
            Serve::Request { function, reply: Some(reply), .. } => {
                let (cancel, waker) = context.isolate.scheduler().cancel_waker();
                reply.on_cancel(waker);
                let then = Box::new(Serve::Running { reply, cancel });
                Outcome::Call { function, arguments: CallArguments::None, then }
            }
            Serve::Running { reply, cancel } => {
                context.isolate.scheduler().forget_cancel(cancel);
                let package = context.isolate.scheduler().package(Ok(result));
                drop(reply.complete(package));
                Outcome::Return(Value::NULL)
            }
        })
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let instance = crate::interpreter::unwind::error_instance(context.isolate, error);
        match *self {
            Serve::Message { ref message, .. } => {
                let object = MessageObject::of(message).expect("it was made from one");
                if !object.wants_reply() || context.isolate.is_cancellation(&instance) {
                    return Err(Error::thrown(instance));
                }
                let package = context.isolate.scheduler().package(Err(instance));
                object.reply(package);
                Ok(self.next_callback(context))
            }
            Serve::Running { reply, cancel } => {
                context.isolate.scheduler().forget_cancel(cancel);
                let package = context.isolate.scheduler().package(Err(instance));
                drop(reply.complete(package));
                Ok(Outcome::Return(Value::NULL))
            }
            Serve::Request { .. } => Err(Error::thrown(instance)),
            Serve::Unanswered { place } => {
                let has_place =
                    unwind::trace_of(&instance).is_some_and(|trace| trace.0.iter().any(|entry| entry.place.is_some()));
                if !has_place {
                    unwind::set_place(context.isolate, &instance, "run".into(), place);
                }
                Err(Error::thrown(instance))
            }
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
            Serve::Running { .. } | Serve::Unanswered { .. } => {}
        }
    }
}
