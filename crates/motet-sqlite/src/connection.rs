//! A thread for each connection. SQLite blocks, so it has a thread of its own, which takes jobs in the order in which tasks
//! ask, and ends with the connection.
//!
//! **Cancelling.** A task that is cancelled has its job interrupted if it is the one that runs, and left out if it waits.
//! SQLite asks every thousand steps of a statement whether it goes on. (Its own way to interrupt would hit every statement of
//! the connection that has rows left.) What runs when the connection is closed is interrupted in the same way.
//!
//! **Transactions.** While one is open, jobs of its own handle run, and those of others wait, for as long as they would wait
//! for another program that holds the database. So no task's statements get into the transaction of another.

use crate::cell::Cell;
use crate::cursor::{Cursors, Portion};
use motet_vm::ErrorKind;
use motet_vm::operation::{Operation, OperationError};
use rusqlite::{Connection, ErrorCode};
use std::cell::{Cell as Slot, RefCell};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub type Answer<T> = Result<T, OperationError>;

/// Values for the parameters of a statement.
#[derive(Clone, Debug)]
pub enum Parameters {
    Positional(Vec<Cell>),
    Named(Vec<(String, Cell)>),
}

/// What the rows of one answer may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub rows: usize,
    pub bytes: usize,
}

/// What ends by itself; it gets an error instead of the connection if its turn does not come.
pub type Task = Box<dyn FnOnce(Answer<&Connection>) + Send>;

/// Something that the connection's thread does.
pub enum Work {
    Do(Task),
    OpenCursor {
        cursor: u64,
        sql: String,
        parameters: Parameters,
        operation: Operation<()>,
    },
    NextRows {
        cursor: u64,
        operation: Operation<Portion>,
    },
    CloseCursor {
        cursor: u64,
    },
    /// Begins a transaction, from then on of this handle.
    Begin {
        handle: u64,
        operation: Operation<()>,
    },
    /// Ends one: it stays, or everything is as before.
    End {
        handle: u64,
        keeps: bool,
        operation: Option<Operation<()>>,
    },
}

pub struct Job {
    number: u64,
    /// Which handle it came through: 0 is the connection itself.
    handle: u64,
    work: Work,
}

/// Steps of a statement between two looks at whether it goes on.
const STEPS: std::ffi::c_int = 1000;

#[derive(Default)]
struct Running(Mutex<Now>);

/// What the thread is at.
#[derive(Default)]
struct Now {
    /// The job that may be interrupted, or 0.
    number: u64,
    is_interrupted: bool,
    is_closed: bool,
}

impl Running {
    fn lock(&self) -> std::sync::MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, number: u64) {
        let mut now = self.lock();
        now.number = number;
        now.is_interrupted = false;
    }

    fn interrupt(&self, number: u64) {
        let mut now = self.lock();
        now.is_interrupted |= now.number == number;
    }

    fn ends(&self) -> bool {
        let now = self.lock();
        now.is_interrupted || now.is_closed
    }
}

/// A connection as programs use it, from any thread.
pub struct Shared {
    pub name: Arc<str>,
    /// None once it is closed.
    jobs: Mutex<Option<Sender<Job>>>,
    running: Arc<Running>,
    next_number: AtomicU64,
}

impl Shared {
    /// Opens a database on a thread of its own. Blocks.
    pub fn open(
        name: &str,
        busy: Duration,
        open: impl FnOnce() -> rusqlite::Result<Connection> + Send + 'static,
    ) -> Answer<Arc<Shared>> {
        let (jobs, received) = channel();
        let (opened, is_open) = channel();
        let running = Arc::<Running>::default();
        let (shared_running, shared_name) = (running.clone(), Arc::<str>::from(name));
        let worker_name = shared_name.clone();
        let work = move || {
            let asked = shared_running.clone();
            let opening = open().and_then(|mut connection| {
                connection.progress_handler(STEPS, Some(move || asked.ends()))?;
                Ok(connection)
            });
            let connection = match opening {
                Ok(connection) => connection,
                // The opener is there: it waits for this.
                Err(error) => {
                    let _ = opened.send(Err(failure(&worker_name, &error)));
                    return;
                }
            };
            let _ = opened.send(Ok(()));
            let worker = Worker {
                connection: &connection,
                name: worker_name,
                jobs: received,
                put_back: RefCell::default(),
                deferred: RefCell::default(),
                running: shared_running,
                transactions: RefCell::default(),
                busy,
                depth: Slot::new(0),
                cursors: Cursors::default(),
            };
            worker.serve(None);
        };
        let begun = std::thread::Builder::new().name("motet sqlite".to_owned()).spawn(work);
        begun
            .map_err(|error| OperationError::new(ErrorKind::IoError, format!("the system gave no thread: {error}")))?;
        is_open.recv().unwrap_or_else(|_| Err(closed(name)))?;
        let jobs = Mutex::new(Some(jobs));
        Ok(Arc::new(Shared { name: shared_name, jobs, running, next_number: AtomicU64::new(1) }))
    }

    /// A number that nothing else of this connection has.
    pub fn number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Has something done for an operation. Cancelled, it is interrupted.
    pub fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        handle: u64,
        operation: Operation<T>,
        work: impl FnOnce(Operation<T>) -> Work,
    ) -> Answer<()> {
        let number = self.number();
        let running = self.running.clone();
        operation.on_cancel(move || running.interrupt(number));
        let work = work(operation);
        self.send(Job { number, handle, work })
    }

    fn send(&self, job: Job) -> Answer<()> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(closed(&self.name)) }
    }

    /// What nothing waits for.
    pub fn tell(&self, handle: u64, work: Work) {
        // A connection that is closed has ended all of it.
        let _ = self.send(Job { number: self.number(), handle, work });
    }

    /// Ends the connection: what runs is interrupted, what waits is given up.
    pub fn close(&self) {
        self.running.lock().is_closed = true;
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

pub fn closed(name: &str) -> OperationError {
    OperationError::new(ErrorKind::Closed, format!("the connection to {name} has been closed"))
}

/// What SQLite says, with the name of the database.
pub fn failure(name: &str, error: &rusqlite::Error) -> OperationError {
    let code = error.sqlite_error_code();
    let message = match error {
        rusqlite::Error::SqlInputError { msg, sql, offset, .. } => {
            let place = usize::try_from(*offset).ok().and_then(|offset| sql.get(..offset));
            match place {
                Some(before) if !sql.trim().is_empty() => {
                    let (line, column) = (
                        before.matches('\n').count() + 1,
                        before.rsplit('\n').next().unwrap_or("").chars().count() + 1,
                    );
                    format!("{msg}, at line {line}, column {column} of the statement")
                }
                _ => msg.clone(),
            }
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let failed = OperationError::new(ErrorKind::IoError, format!("{name}: {message}"));
    match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            failed.with_hint("another connection holds it; `busy: milliseconds` of sqlite.open says how long to wait")
        }
        // A task that was cancelled does not hear of it: what a task hears of was interrupted by the end of the connection.
        Some(ErrorCode::OperationInterrupted) => closed(name),
        Some(ErrorCode::ReadOnly) => failed.with_hint("it was opened to be read alone, or the file cannot be written"),
        Some(ErrorCode::NotADatabase) => failed.with_hint("the file is no SQLite database, or is damaged"),
        Some(ErrorCode::AuthorizationForStatementDenied) => {
            OperationError::new(ErrorKind::PermissionError, format!("{name}: this statement opens another file"))
                .with_hint("in a sandbox, a database is opened by sqlite.open alone")
        }
        _ => failed,
    }
}

/// The connection's thread.
pub struct Worker<'c> {
    pub connection: &'c Connection,
    pub name: Arc<str>,
    jobs: Receiver<Job>,
    /// Jobs that came while something further in ran, and are not for it.
    put_back: RefCell<VecDeque<Job>>,
    /// Jobs that wait for the end of a transaction, with the time until which they wait.
    deferred: RefCell<VecDeque<(Instant, Job)>>,
    running: Arc<Running>,
    /// Handles of open transactions, the innermost one last.
    transactions: RefCell<Vec<u64>>,
    busy: Duration,
    /// Cursors that are open one inside the other.
    pub depth: Slot<usize>,
    pub cursors: Cursors,
}

/// Why a cursor goes on.
pub enum Turn {
    Next(Operation<Portion>, u64),
    Close,
    /// A job that is for a cursor further out: this one reads the rest of its rows, and gives way.
    GiveWay,
    /// The connection is closed.
    End,
}

impl Worker<'_> {
    /// Does jobs, until the connection is closed or something comes for the cursor `own`.
    pub fn serve(&self, own: Option<u64>) -> Turn {
        while let Some(job) = self.next_job() {
            if let Some(job) = self.admitted(job) {
                match job.work {
                    Work::NextRows { cursor, operation } => {
                        if let Some(operation) = self.cursors.next_read(cursor, operation) {
                            match own {
                                Some(own) if own == cursor => return Turn::Next(operation, job.number),
                                Some(_) => {
                                    let job = Job { work: Work::NextRows { cursor, operation }, ..job };
                                    self.put_back.borrow_mut().push_front(job);
                                    return Turn::GiveWay;
                                }
                                None => operation.complete(Err(closed(&self.name))),
                            }
                        }
                    }
                    Work::CloseCursor { cursor } => {
                        if own == Some(cursor) {
                            return Turn::Close;
                        }
                        self.cursors.forget(cursor);
                    }
                    work => self.run(job.number, work),
                }
            }
        }
        Turn::End
    }

    fn run(&self, number: u64, work: Work) {
        match work {
            Work::Do(work) => self.interruptible(number, || work(Ok(self.connection))),
            Work::OpenCursor { cursor, sql, parameters, operation } => {
                self.open_cursor(number, cursor, &sql, &parameters, operation);
            }
            Work::Begin { handle, operation } => {
                let begun = self.interruptible(number, || self.begin(handle));
                if begun.is_ok() && operation.is_cancelled() {
                    // The task is gone: nothing would end it.
                    let _ = self.end(handle, false);
                }
                operation.complete(begun);
            }
            Work::End { handle, keeps, operation } => {
                let ended = self.end(handle, keeps);
                if let Some(operation) = operation {
                    operation.complete(ended);
                }
            }
            Work::NextRows { .. } | Work::CloseCursor { .. } => unreachable!("`serve` has done these"),
        }
    }

    /// Does something that a cancelled task interrupts.
    pub fn interruptible<T>(&self, number: u64, work: impl FnOnce() -> T) -> T {
        self.running.set(number);
        let done = work();
        self.running.set(0);
        done
    }

    fn next_job(&self) -> Option<Job> {
        if let Some(job) = self.put_back.borrow_mut().pop_front() {
            return Some(job);
        }
        loop {
            if self.transactions.borrow().is_empty()
                && let Some((_, job)) = self.deferred.borrow_mut().pop_front()
            {
                return Some(job);
            }
            let deadline = self.deferred.borrow().front().map(|(deadline, _)| *deadline);
            let Some(deadline) = deadline else { return self.jobs.recv().ok() };
            match self.jobs.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => self.refuse_late(),
            }
        }
    }

    /// Jobs that have waited for a transaction as long as they may.
    fn refuse_late(&self) {
        let late = self.deferred.borrow_mut().pop_front();
        let Some((_, job)) = late else { return };
        let error =
            OperationError::new(ErrorKind::IoError, format!("{}: a transaction of this connection is open", self.name))
                .with_hint(
                    "inside of a transaction, use what its function gets: `db.transaction(tx => tx.execute(…))`",
                );
        refuse(job, error);
    }

    /// The job, if its turn has come: while a transaction is open, jobs of other handles wait.
    fn admitted(&self, job: Job) -> Option<Job> {
        if self.running.lock().is_closed {
            refuse(job, closed(&self.name));
            return None;
        }
        let open = self.transactions.borrow().last().copied().unwrap_or(0);
        let is_end = matches!(job.work, Work::End { .. } | Work::CloseCursor { .. });
        if job.handle == open || is_end {
            return Some(job);
        }
        let has_ended = job.handle != 0 && !self.transactions.borrow().contains(&job.handle);
        if has_ended {
            let error = OperationError::new(ErrorKind::Closed, "this transaction has ended");
            refuse(job, error);
            return None;
        }
        self.deferred.borrow_mut().push_back((Instant::now() + self.busy, job));
        None
    }

    fn begin(&self, handle: u64) -> Answer<()> {
        let depth = self.transactions.borrow().len();
        let sql = if depth == 0 { "BEGIN IMMEDIATE".to_owned() } else { format!("SAVEPOINT motet_{depth}") };
        self.connection.execute_batch(&sql).map_err(|error| failure(&self.name, &error))?;
        self.transactions.borrow_mut().push(handle);
        Ok(())
    }

    fn end(&self, handle: u64, keeps: bool) -> Answer<()> {
        let place = self.transactions.borrow().iter().position(|open| *open == handle);
        // One that was ended before, or by the end of the one around it.
        let Some(place) = place else { return Ok(()) };
        self.transactions.borrow_mut().truncate(place);
        let undo = if place == 0 {
            "ROLLBACK".to_owned()
        } else {
            format!("ROLLBACK TO motet_{place}; RELEASE motet_{place}")
        };
        let keep = if place == 0 { "COMMIT".to_owned() } else { format!("RELEASE motet_{place}") };
        let ended = self.connection.execute_batch(if keeps { &keep } else { &undo });
        if ended.is_err() && (keeps || place == 0) && !self.connection.is_autocommit() {
            // What could not be kept is undone, so that the connection can go on. SQLite has undone it itself if this fails.
            let _ = self.connection.execute_batch(&undo);
        }
        match ended {
            // An error may have ended the transaction before.
            Err(_) if !keeps && self.connection.is_autocommit() => Ok(()),
            ended => ended.map_err(|error| failure(&self.name, &error)),
        }
    }
}

/// Ends a job with an error.
fn refuse(job: Job, error: OperationError) {
    match job.work {
        Work::Do(work) => work(Err(error)),
        Work::OpenCursor { operation, .. } | Work::Begin { operation, .. } => operation.complete(Err(error)),
        Work::NextRows { operation, .. } => operation.complete(Err(error)),
        Work::End { operation: Some(operation), .. } => operation.complete(Err(error)),
        Work::End { operation: None, .. } | Work::CloseCursor { .. } => {}
    }
}
