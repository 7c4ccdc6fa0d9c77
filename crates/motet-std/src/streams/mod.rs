//! Streams of bytes that something outside sends or takes: pipes of other programs, connections, bodies of answers. One kind
//! of object for all, so that what a program knows of one it knows of all.
//!
//! | module | its one job |
//! |---|---|
//! | `reading` | what has come and was not taken so far: lines, pieces, the rest |
//! | `returned` | what cancelled readers had taken, on its way back |
//! | `closing` | being closed while a task waits |
//! | `natives` | what programs call |
//!
//! A task that is cancelled while it reads loses nothing: what has come stays for the next one. Closing a stream ends every
//! wait for it at once and gives the descriptor back.

mod closing;
mod natives;
mod reading;
mod returned;

pub use closing::Closing;
pub use natives::MODULE;

use crate::runtime::{Cancelled, drive, within};
use motet_vm::builtins::arguments::MAX_TEXT;
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::Outcome;
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use reading::Reading;
use std::any::Any;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;

pub(crate) type Answer<T> = std::result::Result<T, OperationError>;

pub static STREAM: ForeignKind = ForeignKind::new("Stream");

/// The most bytes of a line, unless the program says otherwise.
const MOST_IN_LINE: usize = 1 << 24;
/// The most bytes that are read to the end, unless the program says otherwise.
const MOST_AT_ONCE: usize = 1 << 28;

type Source = Box<dyn AsyncRead + Send + Unpin>;
type Sink = Box<dyn AsyncWrite + Send + Unpin>;

/// See the module. Threads may share one: what they read, they take from one another.
pub struct Stream {
    /// What messages call it.
    name: Box<str>,
    reading: Mutex<Reading>,
    /// None once writing has ended.
    sink: Mutex<Option<Sink>>,
    closing: Closing,
    /// Both ends of a connection.
    addresses: Option<(String, String)>,
    /// What lives as long as the stream does.
    _keeps: Option<Arc<dyn Any + Send + Sync>>,
}

impl ForeignObject for Stream {
    fn kind(&self) -> &'static ForeignKind {
        &STREAM
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Stream {}>", self.name))
    }
}

impl Stream {
    pub fn new(name: impl Into<Box<str>>, source: Option<Source>, sink: Option<Sink>) -> Stream {
        Stream {
            name: name.into(),
            reading: Mutex::new(Reading::of(source)),
            sink: Mutex::new(sink),
            closing: Closing::default(),
            addresses: None,
            _keeps: None,
        }
    }

    /// A connection from one address to another.
    pub fn between(mut self, local: String, remote: String) -> Stream {
        self.addresses = Some((local, remote));
        self
    }

    /// Something lives as long as the stream.
    pub fn keeping(mut self, thing: Arc<dyn Any + Send + Sync>) -> Stream {
        self._keeps = Some(thing);
        self
    }

    /// It as a value of programs.
    pub fn value(self: Arc<Self>, context: &Context<'_>) -> Value {
        context.heap().shared_foreign(self)
    }

    fn failure(&self, what: &str, error: &io::Error) -> OperationError {
        crate::access::failure(what, &self.name, error)
    }

    fn closed(&self) -> OperationError {
        OperationError::new(ErrorKind::Closed, format!("{} has been closed", self.name))
    }

    /// Ends every wait, and gives back what the stream holds of the system.
    pub fn close(&self) {
        self.closing.close();
        self.release();
    }

    /// What is in use now is released by the work that uses it.
    fn release(&self) {
        if let Ok(mut reading) = self.reading.try_lock() {
            reading.end();
        }
        if let Ok(mut sink) = self.sink.try_lock() {
            *sink = None;
        }
    }

    /// Work that ends when the stream is closed.
    async fn while_open<T>(&self, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        let done = self.closing.or(work).await;
        if self.closing.is_closed() {
            self.release();
        }
        done.unwrap_or_else(|| Err(self.closed()))
    }

    /// Writes all of it.
    pub async fn write(&self, content: &[u8]) -> Answer<()> {
        let mut sink = self.sink.lock().await;
        let Some(sink) = &mut *sink else {
            return Err(OperationError::new(ErrorKind::Closed, format!("writing to {} has ended", self.name)));
        };
        let written = async {
            sink.write_all(content).await?;
            sink.flush().await
        };
        written.await.map_err(|error| self.failure("write to", &error))
    }

    /// The other side reads to the end, and may go on sending.
    async fn end_writing(&self) -> Answer<()> {
        let Some(mut sink) = self.sink.lock().await.take() else { return Ok(()) };
        match sink.shutdown().await {
            // The other side is gone, which ends it as well.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotConnected | io::ErrorKind::BrokenPipe) => Ok(()),
            ended => ended.map_err(|error| self.failure("end writing to", &error)),
        }
    }
}

/// Suspends the task while something is done with a stream.
fn with_stream<T: Send + 'static, W>(
    context: &mut Context<'_>,
    name: &'static str,
    stream: Arc<Stream>,
    limit: Option<Duration>,
    work: impl FnOnce(Arc<Stream>) -> W,
    value: impl FnOnce(&mut Context<'_>, T) -> Result<Value> + 'static,
) -> Result<Outcome>
where
    W: Future<Output = Answer<T>> + Send + 'static,
{
    let work = work(stream.clone());
    let run = |cancelled: Cancelled| async move {
        let what = format!("{name} of {}", stream.name);
        cancelled.or(within(limit, &what, stream.while_open(work))).await
    };
    context.wait_for(name, |operation| drive(operation, run), value)
}

/// What one read may give: what the program says, what it may hold, and what fits a text.
fn most_of(context: &Context<'_>, asked: Option<usize>, otherwise: usize) -> usize {
    asked.unwrap_or(otherwise).min(context.most_text()).min(MAX_TEXT)
}
