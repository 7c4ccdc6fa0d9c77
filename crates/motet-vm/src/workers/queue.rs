//! The work of a program that waits for a worker, and how many workers there are.
//!
//! **The protocol.** The thread that submits work finds a sleeping worker and rings it, or starts one if there may be
//! more. Else it leaves the work to the workers that are busy. Each of them looks here before it sleeps or ends, under
//! the same lock, so no work is left behind. A worker sleeps when all its tasks wait for something; it says so here
//! first, so that it is rung.

use super::batch::Batch;
use super::job::JobWork;
use super::latest::Waiting;
use super::service;
use super::share::Share;
use crate::concurrency::{Bell, ClaimError, Rank, RankedMutex, Reasons, ThreadReference};
use crate::threads::Program;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock, Weak};

/// Something for a worker to do.
pub(crate) enum Work {
    /// Take part in a parallel call.
    Help(Arc<Batch>),
    Job(JobWork),
    /// Compute a value anew.
    Latest(Waiting),
}

/// See the module.
pub(crate) struct Workers {
    state: RankedMutex<State>,
    /// Found out when it is first asked for: the system reads files to tell how many cores there are.
    limit: OnceLock<usize>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    /// Workers that exist.
    running: usize,
    /// Those that sleep although they have tasks.
    asleep: Vec<Arc<Bell>>,
    /// Parallel calls that have begun; those that have ended are forgotten when there are so many.
    calls: Vec<Weak<Batch>>,
    calls_limit: usize,
}

/// Parallel calls that are kept in mind before those that have ended are forgotten.
const CALLS_IN_MIND: usize = 16;

/// What a worker without a ready task is to do.
pub(super) enum Next {
    Work(Work),
    /// Sleep: its bell is rung when work comes.
    Sleep,
    /// End: it counts as a worker no more.
    End,
}

impl Workers {
    /// At most so many workers at once, or as many as there are cores.
    pub fn new(limit: Option<usize>) -> Workers {
        let limit = limit.map(|limit| OnceLock::from(limit.max(1))).unwrap_or_default();
        Workers { state: RankedMutex::new(Rank::Workers, State::default()), limit }
    }

    /// How many workers there may be.
    pub fn limit(&self) -> usize {
        *self.limit.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }

    /// The next piece of work, for a worker with so many tasks.
    pub(super) fn next(&self, tasks: usize, bell: &Arc<Bell>) -> Next {
        let mut state = self.state.lock();
        match state.waiting.pop_front() {
            Some(work) => Next::Work(work),
            None if tasks > 0 => {
                state.asleep.push(bell.clone());
                Next::Sleep
            }
            None => {
                state.running -= 1;
                Next::End
            }
        }
    }

    /// A worker sleeps no longer.
    pub(super) fn is_awake(&self, bell: &Arc<Bell>) {
        self.state.lock().asleep.retain(|other| !Arc::ptr_eq(other, bell));
    }

    /// A worker is told to stop. The last one takes the work that is left, which will not be done.
    pub(super) fn stop(&self) -> VecDeque<Work> {
        let mut state = self.state.lock();
        state.running -= 1;
        if state.running == 0 { std::mem::take(&mut state.waiting) } else { VecDeque::new() }
    }

    /// A parallel call begins.
    pub(super) fn add_call(&self, batch: &Arc<Batch>) {
        let mut state = self.state.lock();
        if state.calls.len() >= state.calls_limit {
            state.calls.retain(|call| call.strong_count() > 0);
            state.calls_limit = (state.calls.len() * 2).max(CALLS_IN_MIND);
        }
        state.calls.push(Arc::downgrade(batch));
    }

    /// A part in a parallel call that has elements with which no thread has begun. If every task of the program waits, one of
    /// them may be what another element waits for.
    pub fn help_out(&self) -> Option<Share> {
        let calls: Vec<Arc<Batch>> = self.state.lock().calls.iter().rev().filter_map(Weak::upgrade).collect();
        calls.into_iter().filter(|batch| batch.has_more()).find_map(Share::helping)
    }

    /// No worker needs to begin with a parallel call any more.
    pub fn withdraw_batch(&self, batch: &Arc<Batch>) {
        let mut state = self.state.lock();
        let (withdrawn, kept) = std::mem::take(&mut state.waiting)
            .into_iter()
            .partition(|work| matches!(work, Work::Help(other) if Arc::ptr_eq(other, batch)));
        state.waiting = kept;
        drop(state);
        drop::<VecDeque<Work>>(withdrawn);
    }

    /// Takes back a job that no worker has begun with.
    pub fn withdraw_job(&self, id: u64) -> Option<JobWork> {
        let mut state = self.state.lock();
        let at = state.waiting.iter().position(|work| matches!(work, Work::Job(job) if job.id == id))?;
        match state.waiting.remove(at) {
            Some(Work::Job(job)) => Some(job),
            _ => None,
        }
    }
}

/// What is to be done about work that waits now.
pub(super) enum Enqueued {
    /// Ring the bell of a worker that sleeps.
    Ring(Arc<Bell>),
    /// Start a worker, which is counted already.
    Start,
    /// Nothing: those that are busy will find it.
    Left,
}

impl Workers {
    /// Puts work where workers find it.
    pub(super) fn enqueue(&self, work: Work) -> Enqueued {
        let limit = self.limit();
        let mut state = self.state.lock();
        state.waiting.push_back(work);
        if let Some(bell) = state.asleep.pop() {
            return Enqueued::Ring(bell);
        }
        if state.running >= limit {
            return Enqueued::Left;
        }
        state.running += 1;
        Enqueued::Start
    }

    /// A worker that was to be started was not. If there is no other, the work goes back and will not be done.
    pub(super) fn not_started(&self) -> Option<VecDeque<Work>> {
        let mut state = self.state.lock();
        state.running -= 1;
        (state.running == 0).then(|| std::mem::take(&mut state.waiting))
    }
}

/// Has a worker do something. Fails if there is no worker and none can be started.
pub(crate) fn submit(program: &Arc<Program>, parent: ThreadReference, work: Work) -> Result<(), ClaimError> {
    let workers = &program.workers;
    match workers.enqueue(work) {
        Enqueued::Ring(bell) => bell.ring(Reasons::READY),
        Enqueued::Left => {}
        Enqueued::Start => {
            if let Err(error) = service::start(program, parent)
                && let Some(undone) = workers.not_started()
            {
                drop(undone);
                return Err(error);
            }
        }
    }
    Ok(())
}
