//! The runtimes that all operations of the process run on, whatever isolate started them: an ordinary one, and one for the
//! time of a window, whose threads leave the processor to what draws, and so do the programs that they start. A thread
//! that is nice cannot go back, so there are two.
//!
//! A thread of its own drives what the system tells by events: the ends of other programs, and their pipes. What only
//! blocks (files) goes to a pool of threads that come and go. Nothing of a program lives here: an operation comes in with
//! all that it needs, and its result leaves through `motet_vm::operation`.

use motet_vm::operation::{Operation, OperationError};
use motet_vm::{ErrorKind, is_quiet_time, make_this_thread_nice};
use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

type Answer<T> = Result<T, OperationError>;

/// Begun by the first operation. It ends with the process.
static ORDINARY: Mutex<Option<Handle>> = Mutex::new(None);

/// The same for operations that begin while a window is open.
static NICE: Mutex<Option<Handle>> = Mutex::new(None);

fn runtime() -> Answer<Handle> {
    let is_nice = is_quiet_time();
    let place = if is_nice { &NICE } else { &ORDINARY };
    let mut runtime = place.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*runtime {
        return Ok(handle.clone());
    }
    let handle = begin(is_nice).map_err(|error| {
        OperationError::new(ErrorKind::IoError, format!("the system gave no thread for input and output: {error}"))
    })?;
    *runtime = Some(handle.clone());
    Ok(handle)
}

fn begin(is_nice: bool) -> io::Result<Handle> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().thread_name("motet file");
    if is_nice {
        builder.on_thread_start(make_this_thread_nice);
    }
    let runtime = builder.build()?;
    let handle = runtime.handle().clone();
    let drive = move || {
        if is_nice {
            make_this_thread_nice();
        }
        runtime.block_on(pending::<()>());
    };
    std::thread::Builder::new().name("motet io".to_owned()).spawn(drive)?;
    Ok(handle)
}

/// Does work that blocks, and completes the operation with it. Cancelled before it begins, it does not; begun, it goes on
/// to its end, and its result is dropped.
pub fn block<T: Send + 'static>(
    operation: Operation<T>,
    work: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<()> {
    runtime()?.spawn_blocking(move || {
        if !operation.is_cancelled() {
            operation.complete(work());
        }
    });
    Ok(())
}

/// Does work that blocks, for operations that it completes itself.
pub fn spawn(work: impl FnOnce() + Send + 'static) -> Answer<()> {
    runtime()?.spawn_blocking(work);
    Ok(())
}

/// Work that waits for events and has not ended.
static DRIVEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

struct Driven;

impl Driven {
    fn change(by: impl FnOnce(usize) -> usize) {
        let mut driven = DRIVEN.0.lock().unwrap_or_else(PoisonError::into_inner);
        *driven = by(*driven);
        DRIVEN.1.notify_all();
    }

    fn new() -> Driven {
        Driven::change(|driven| driven + 1);
        Driven
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        Driven::change(|driven| driven - 1);
    }
}

/// Waits until the work of cancelled operations has ended, so that the programs that they started are gone, and removes what
/// programs made for a while. For the end of the process, when nothing else is under way.
pub fn settle() {
    wait_for_driven();
    crate::modules::files::remove_temporaries();
}

fn wait_for_driven() {
    let mut driven = DRIVEN.0.lock().unwrap_or_else(PoisonError::into_inner);
    while *driven > 0 {
        driven = DRIVEN.1.wait(driven).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Told when no task waits for an operation any more.
#[derive(Clone, Default)]
pub struct Cancelled(Arc<Notify>);

impl Cancelled {
    /// What the work gives; none if it was cancelled first, and is dropped where it waits.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        unless(self.0.notified(), work).await
    }
}

/// What the work gives; none if the event came first, and the work is dropped where it waits. Work that could go on does
/// not once the event is there: a task that was cancelled takes nothing from those that wait behind it.
pub async fn unless<T>(event: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut event, mut work) = (pin!(event), pin!(work));
    poll_fn(|context| match event.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(context).map(Some),
    })
    .await
}

/// The same within a limit of time: a `Timeout` that names `what` when it is over.
pub async fn within<T>(limit: Option<Duration>, what: &str, work: impl Future<Output = Answer<T>>) -> Answer<T> {
    let Some(limit) = limit else { return work.await };
    match tokio::time::timeout(limit, work).await {
        Ok(answer) => answer,
        Err(_) => {
            let message = format!("{what} took longer than {} ms", limit.as_millis());
            Err(OperationError::new(ErrorKind::Timeout, message))
        }
    }
}

/// Begins work of the runtime's own that no task waits for: it ends by itself.
pub fn begin_beside(work: impl Future<Output = ()> + Send + 'static) -> Answer<()> {
    runtime()?.spawn(work);
    Ok(())
}

/// The same, of which the process waits for the end: for what must be tidied up.
pub fn begin_driven(work: impl Future<Output = ()> + Send + 'static) -> Answer<()> {
    let driven = Driven::new();
    runtime()?.spawn(async move {
        work.await;
        drop(driven);
    });
    Ok(())
}

/// Does work that waits for events, and completes the operation with it. Cancelled, the work ends what it has begun and
/// gives nothing.
pub fn drive<T: Send + 'static, W>(operation: Operation<T>, work: impl FnOnce(Cancelled) -> W) -> Answer<()>
where
    W: Future<Output = Option<Answer<T>>> + Send + 'static,
{
    let cancelled = Cancelled::default();
    let notify = cancelled.0.clone();
    operation.on_cancel(move || notify.notify_one());
    let work = work(cancelled);
    let runtime = runtime()?;
    let driven = Driven::new();
    runtime.spawn(async move {
        if let Some(result) = work.await {
            operation.complete(result);
        }
        drop(driven);
    });
    Ok(())
}
