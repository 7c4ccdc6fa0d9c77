//! Channels between tasks, of one thread or of several.

use super::arguments::{bad_value, count};
use super::entry::Entry;
use crate::concurrency::{Mailbox, PendingSend, Receiving, Registration, Sending, TrySendError};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Value;
use crate::native::{Arguments, Outcome, Resume, WaitKind};
use crate::threads::{CHANNEL, Carried, Channel};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn channel(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let capacity = match arguments.get(0) {
        None => None,
        Some(value) => Some(
            NonZeroUsize::new(count("channel", "the capacity", value)?)
                .ok_or_else(|| bad_value("a channel holds at least 1 value").with_hint("channel() has no limit"))?,
        ),
    };
    Ok(context.heap().shared_foreign(Arc::new(Channel::new(capacity))).into())
}

fn mailbox<'a>(arguments: &Arguments<'a>) -> &'a Arc<Mailbox<Carried>> {
    &Channel::of(arguments.at(0)).expect("a method of channels").mailbox
}

pub(super) fn closed(what: &str) -> Error {
    Error::new(ErrorKind::Closed, format!("{what} a closed channel"))
        .with_hint("`for (x in channel)` ends when the channel is closed and empty")
}

/// A task that waits for room.
struct SendingTo {
    pending: PendingSend<Carried>,
}

impl Resume for SendingTo {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        match self.pending.progress() {
            Sending::Delivered => Ok(Value::NULL.into()),
            // Its waker is told once, so this is only for a token that came early; it stays in line.
            Sending::Waiting(pending) => {
                Ok(Outcome::Wait { kind: WaitKind::Room, then: Box::new(SendingTo { pending }) })
            }
            Sending::Closed(_) => Err(closed("this was sent to")),
        }
    }

    /// Cancelled after the value had been taken, the send has succeeded all the same: who tries again would send it twice.
    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        if self.pending.withdraw().is_some() {
            return Err(error);
        }
        context.isolate.scheduler().cancel_after_this(&error);
        Ok(Value::NULL.into())
    }

    fn name(&self) -> &'static str {
        "send"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn send(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mailbox = mailbox(&arguments);
    let isolate = &mut *context.isolate;
    let carried = isolate.scheduler().put_into_channel(arguments.at(1))?;
    if arguments.named("wait").is_some_and(|wait| !wait.is_truthy()) {
        return match mailbox.try_send(carried) {
            Ok(()) => Ok(Value::TRUE.into()),
            Err(TrySendError::Full(_)) => Ok(Value::FALSE.into()),
            Err(TrySendError::Closed(_)) => Err(closed("this was sent to")),
        };
    }
    match mailbox.send(carried, || isolate.upcoming_waker()) {
        Sending::Delivered => Ok(Value::NULL.into()),
        Sending::Waiting(pending) => Ok(Outcome::Wait { kind: WaitKind::Room, then: Box::new(SendingTo { pending }) }),
        Sending::Closed(_) => Err(closed("this was sent to")),
    }
}

/// A task that waits for a message.
struct Awaiting {
    mailbox: Arc<Mailbox<Carried>>,
    place: Option<Registration>,
}

impl Resume for Awaiting {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        match self.mailbox.receive_or_wait(self.place.take(), || context.isolate.upcoming_waker()) {
            Receiving::Message(carried) => Ok(context.isolate.scheduler().take_from_channel(carried).into()),
            Receiving::Closed => Err(closed("nothing more comes from")),
            Receiving::Waiting(place) => {
                self.place = Some(place);
                Ok(Outcome::Wait { kind: WaitKind::Message, then: self })
            }
        }
    }

    fn name(&self) -> &'static str {
        "recv"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn receive(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mailbox = mailbox(&arguments);
    match mailbox.receive_or_wait(None, || context.isolate.upcoming_waker()) {
        Receiving::Message(carried) => Ok(context.isolate.scheduler().take_from_channel(carried).into()),
        Receiving::Closed => Err(closed("nothing more comes from")),
        Receiving::Waiting(place) => {
            let then = Box::new(Awaiting { mailbox: mailbox.clone(), place: Some(place) });
            Ok(Outcome::Wait { kind: WaitKind::Message, then })
        }
    }
}

fn try_receive(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    match mailbox(&arguments).try_receive() {
        Ok(carried) => Ok(context.isolate.scheduler().take_from_channel(carried).into()),
        Err(_) => Ok(arguments.get(1).cloned().unwrap_or_default().into()),
    }
}

fn close(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    mailbox(&arguments).close();
    Ok(Value::NULL.into())
}

fn is_closed(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::bool(mailbox(&arguments).is_closed()).into())
}

fn length(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(mailbox(&arguments).len() as i64).into())
}

const fn method(signature: &'static str, call: super::entry::Call, documentation: &'static str) -> Entry {
    Entry::method(&CHANNEL, signature, call, documentation)
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "channel(capacity = null)",
        channel,
        "A queue between tasks, of this thread or of others. Without a capacity it holds any number of values.",
    ),
    method(
        "send(channel, value, wait: true)",
        send,
        "Puts a value into the channel; waits while there is no room. With `wait: false` it does not wait, and says whether \
         there was room.",
    ),
    method("recv(channel)", receive, "Takes the oldest value out; waits while there is none."),
    method(
        "try_recv(channel, default = null)",
        try_receive,
        "Takes the oldest value out, or gives the default if there is none.",
    ),
    method("close(channel)", close, "Ends sending. What is inside can still be received."),
    method("is_closed(channel)", is_closed, "Whether the channel has been closed."),
    method("len(channel)", length, "How many values are inside."),
];
