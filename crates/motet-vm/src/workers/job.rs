//! Background jobs (W-02): a call that a worker makes, and a future of its result.

use super::queue::{Work, Workers, submit};
use crate::concurrency::{ClaimError, Ending, completion};
use crate::isolate::Isolate;
use crate::memory::{ForeignKind, ForeignObject, Frozen, Parcel, Value};
use crate::signals::Signal;
use crate::threads::{Program, ResultCompleter, SharedFuture};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// A job that no worker has begun with.
pub(crate) struct JobWork {
    pub id: u64,
    /// A list: the function, then its arguments.
    pub call: Parcel,
    /// Names of the last arguments.
    pub names: Vec<Box<str>>,
    pub completer: ResultCompleter,
    pub shared: Arc<SharedFuture>,
    pub gene: bool,
}

/// A job as programs hold it. Any thread may.
pub(crate) struct JobObject {
    id: u64,
    pub shared: Arc<SharedFuture>,
    /// How far it is, as far as it says so itself: from 0 to 1.
    pub progress: Signal,
    program: Weak<Program>,
}

static IDS: AtomicU64 = AtomicU64::new(1);

/// A job that has not begun: what programs hold, and what [`start`] gives to a worker.
pub(crate) struct NewJob {
    pub object: Arc<JobObject>,
    completer: ResultCompleter,
}

impl NewJob {
    pub fn new(program: &Arc<Program>) -> NewJob {
        let (completer, core) = completion();
        let shared = Arc::new(SharedFuture::asking(core));
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let nothing = Frozen::new(&Value::float(0.0)).expect("numbers are immutable");
        let progress = program.machine.graph.signal(nothing);
        let object = Arc::new(JobObject { id, shared, progress, program: Arc::downgrade(program) });
        NewJob { object, completer }
    }
}

/// Gives a job to a worker.
pub(crate) fn start(
    isolate: &Isolate,
    job: NewJob,
    call: Parcel,
    names: Vec<Box<str>>,
    gene: bool,
) -> Result<Arc<JobObject>, ClaimError> {
    let here = isolate.thread();
    let NewJob { object, completer } = job;
    let work = JobWork { id: object.id, call, names, completer, shared: object.shared.clone(), gene };
    submit(here.program(), here.reference(), Work::Job(work))?;
    Ok(object)
}

impl JobObject {
    /// The job behind a value.
    pub fn of(value: &Value) -> Option<&JobObject> {
        value.as_foreign()?.downcast()
    }

    /// Asks the job to stop; one that has not begun never will. False if it has ended.
    pub fn cancel(&self) -> bool {
        let waiting = self.workers(|workers| workers.withdraw_job(self.id));
        if let Some(work) = waiting {
            return work.completer.complete(Ending::Cancelled).is_ok();
        }
        self.shared.cancel()
    }

    fn workers<R>(&self, look: impl FnOnce(&Workers) -> Option<R>) -> Option<R> {
        look(&self.program.upgrade()?.workers)
    }

    pub fn is_done(&self) -> bool {
        !self.shared.core.is_pending()
    }
}

pub(crate) static JOB: ForeignKind = ForeignKind::new("Job");

impl ForeignObject for JobObject {
    fn kind(&self) -> &'static ForeignKind {
        &JOB
    }

    fn stands_for(&self) -> Option<u128> {
        Some(self.id.into())
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Job {}>", if self.is_done() { "done" } else { "running" }))
    }
}
