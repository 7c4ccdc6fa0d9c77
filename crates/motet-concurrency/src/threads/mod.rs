//! Threads of a program: a use of a slot in the table, running on an OS thread of the pool.
//!
//! **The order of an end** is what makes a finished thread reusable at once (T-07), by any code that learns of its end,
//! in whatever way. The work returns, and its OS thread is offered as idle. The slot is freed, and references are
//! stale. The work's report is made, which completes the future of a `spawn_return`. The threads that joined are told.
//! The work clears up, which no thread waits for. So code that has awaited a result, or joined, finds a slot and a
//! parked OS thread.

use super::parker::Bell;
use super::pool::{Pool, PoolError, PoolSettings, Report};
use super::table::{Claim, ClaimError, Remains, Reuse, ThreadEntry, ThreadReference, ThreadTable};
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

impl<H: Reuse + Send + Sync + 'static> Threads<H> {
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
    /// made when the thread is free again. If the work panics, it has no report, and the thread ends.
    pub fn spawn<W, R>(
        &self,
        parent: ThreadReference,
        handle: impl FnOnce(ThreadReference) -> H,
        work: W,
    ) -> Result<ThreadReference, ClaimError>
    where
        W: FnOnce(&Arc<ThreadEntry<H>>) -> R + Send + 'static,
        R: FnOnce() + 'static,
    {
        let claim = self.claim(parent, handle)?;
        let work = move |entry: &Arc<ThreadEntry<H>>| {
            let report = work(entry);
            move || {
                report();
                || ()
            }
        };
        self.start_on(&self.pool, None, claim, work)
    }

    /// A slot for a thread that will be started.
    pub fn claim(
        &self,
        parent: ThreadReference,
        handle: impl FnOnce(ThreadReference) -> H,
    ) -> Result<Claim<H>, ClaimError> {
        self.table.claim(parent, handle)
    }

    /// Starts a thread that has a slot, on an OS thread of a pool. The report of its work gives what is done last of all, when
    /// everybody has been told. `spawner`: the bell of the isolate that spawns, which is
    /// told if a thread had to be woken.
    pub fn start_on<W, R, L>(
        &self,
        pool: &Pool,
        spawner: Option<&Bell>,
        claim: Claim<H>,
        work: W,
    ) -> Result<ThreadReference, ClaimError>
    where
        W: FnOnce(&Arc<ThreadEntry<H>>) -> R + Send + 'static,
        R: FnOnce() -> L + 'static,
        L: FnOnce() + 'static,
    {
        let reference = claim.reference();
        let job = move || {
            let report = work(claim.entry());
            Some(Box::new(End { stage: Stage::Done(claim, report) }) as Box<dyn Report>)
        };
        match pool.run(Box::new(job)) {
            Ok(wakes) => {
                if let (true, Some(spawner)) = (wakes, spawner) {
                    spawner.has_woken();
                }
                Ok(reference)
            }
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

/// The end of a thread, told in the order that the module says.
struct End<H: Send + Sync + 'static, R, L> {
    stage: Stage<H, R, L>,
}

enum Stage<H: Send + Sync + 'static, R, L> {
    Done(Claim<H>, R),
    Told(Remains<H>, L),
    Telling,
}

impl<H, R, L> Report for End<H, R, L>
where
    H: Reuse + Send + Sync + 'static,
    R: FnOnce() -> L,
    L: FnOnce(),
{
    fn tell(&mut self) {
        if let Stage::Done(mut claim, report) = std::mem::replace(&mut self.stage, Stage::Telling) {
            claim.free_number();
            let last = report();
            self.stage = Stage::Told(claim.end(), last);
        }
    }

    fn clear_up(self: Box<Self>) {
        if let Stage::Told(remains, last) = self.stage {
            last();
            remains.leave_to_next();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
