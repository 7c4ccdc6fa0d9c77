//! Threads of a program: a use of a slot in the table, running on an OS thread of the pool.
//!
//! **The order of an end** is what makes a finished thread reusable at once (T-07), by whoever hears of its end in
//! whatever way. The work returns; its OS thread is offered as idle; the slot is freed, and references are stale; the
//! work's report is made (it completes the future of a `spawn_return`); those who joined are told. So one who has awaited
//! a result, or joined, finds a slot and a parked OS thread.

use super::pool::{Pool, PoolError, PoolSettings};
use super::table::{Claim, ClaimError, ThreadEntry, ThreadReference, ThreadTable};
use std::sync::Arc;

/// How many threads there may be, and how they are started.
#[derive(Clone)]
pub struct ThreadSettings {
    /// Threads at once, the main thread included.
    pub limit: usize,
    pub pool: PoolSettings,
}

impl Default for ThreadSettings {
    fn default() -> ThreadSettings {
        let pool = PoolSettings { name: "motet thread".to_owned(), ..PoolSettings::default() };
        ThreadSettings { limit: ThreadTable::<()>::DEFAULT_LIMIT, pool }
    }
}

/// The threads of one program. `H` is what other threads need of each.
pub struct Threads<H> {
    table: Arc<ThreadTable<H>>,
    pool: Arc<Pool>,
}

impl<H: Send + Sync + 'static> Threads<H> {
    /// The main thread alone.
    pub fn new(settings: ThreadSettings, main: H) -> Result<Threads<H>, ClaimError> {
        Threads::on(Arc::new(Pool::new(settings.pool)), settings.limit, main)
    }

    /// The main thread alone; others run on a pool that is shared with other programs.
    pub fn on(pool: Arc<Pool>, limit: usize, main: H) -> Result<Threads<H>, ClaimError> {
        Ok(Threads { table: ThreadTable::new(limit, main)?, pool })
    }

    pub fn table(&self) -> &Arc<ThreadTable<H>> {
        &self.table
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Starts a thread. `handle` makes what others need of it; `work` runs on the thread and returns its report, which is
    /// made when the thread is free again; what the report gives is dropped after those who joined have been told. If the work panics, it has no report, and the thread ends.
    pub fn spawn<W, R, L>(
        &self,
        parent: ThreadReference,
        handle: impl FnOnce(ThreadReference) -> H,
        work: W,
    ) -> Result<ThreadReference, ClaimError>
    where
        W: FnOnce(&Arc<ThreadEntry<H>>) -> R + Send + 'static,
        R: FnOnce() -> L + 'static,
    {
        self.spawn_on(&self.pool, parent, handle, work)
    }

    /// The same on an OS thread of another pool.
    pub fn spawn_on<W, R, L>(
        &self,
        pool: &Pool,
        parent: ThreadReference,
        handle: impl FnOnce(ThreadReference) -> H,
        work: W,
    ) -> Result<ThreadReference, ClaimError>
    where
        W: FnOnce(&Arc<ThreadEntry<H>>) -> R + Send + 'static,
        R: FnOnce() -> L + 'static,
    {
        let claim = self.table.claim(parent, handle)?;
        let reference = claim.reference();
        let job = move || {
            let report = work(claim.entry());
            Some(Box::new(move || end(claim, report)) as Box<dyn FnOnce()>)
        };
        match pool.run(Box::new(job)) {
            Ok(()) => Ok(reference),
            // The claim went with the job, and the slot is free again.
            Err(PoolError::ShutDown) => Err(ClaimError::ShutDown),
            Err(PoolError::System(error)) => Err(ClaimError::System(error)),
        }
    }

    /// Refuses new threads and waits for the running ones, which the caller has asked to stop.
    pub fn shut_down(&self) {
        self.pool.shut_down();
    }
}

/// Frees the slot, reports, tells those who joined, and lets go of what the report gave.
fn end<H: Send + Sync + 'static, L>(mut claim: Claim<H>, report: impl FnOnce() -> L) {
    claim.free_number();
    let last = report();
    drop(claim);
    drop(last);
}

#[cfg(all(test, not(loom)))]
mod tests;
