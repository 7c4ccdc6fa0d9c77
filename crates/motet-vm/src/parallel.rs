//! Work of one native on all cores: pieces of a slice that it fills.
//!
//! The caller takes pieces like everybody else, so the work goes on without any other thread, and it stands at a safe point
//! before each of its own. Threads of the worker pool help as long as there are pieces. The caller returns when no helper works
//! on a piece any more, also where a limit or a cancellation ends the work: what is filled belongs to it.

use crate::concurrency::pool::Pool;
use crate::context::Context;
use crate::error::Result;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;

/// Pieces below which no other thread is asked.
const FEWEST_PIECES: usize = 4;

/// What the caller and its helpers share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// What helpers do; none when the caller wants no help any more.
    help: Option<&'static (dyn Fn() + Sync)>,
    /// Helpers that are at it.
    running: usize,
    has_panicked: bool,
}

/// A helper at work. Whatever ends it, the caller hears of it.
struct Helping<'a>(&'a Shared);

impl Drop for Helping<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.running -= 1;
        state.has_panicked |= std::thread::panicking();
        self.0.changed.notify_all();
    }
}

/// Ends the help: no helper begins any more, and those that have begun are waited for.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.help = None;
        self.0.changed.wait_while(&mut state, |state| state.running > 0);
    }
}

/// Runs `own` here, and `help` on up to so many other threads meanwhile.
fn with_helpers<R>(pool: &Pool, helpers: usize, help: &(dyn Fn() + Sync), own: impl FnOnce() -> R) -> R {
    // SAFETY: only the lifetime changes. A helper calls this while it is counted as running, and becomes so only under the
    // lock and while `help` is there. `ending` is dropped before this function returns or unwinds: it takes `help` away, and
    // then waits until no helper is counted. So no call outlives the borrow.
    let lasting = unsafe { std::mem::transmute::<&(dyn Fn() + Sync), &'static (dyn Fn() + Sync)>(help) };
    let state = State { help: Some(lasting), running: 0, has_panicked: false };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
    let ending = Ending(&shared);
    for _ in 0..helpers {
        let shared = shared.clone();
        let job = Box::new(move || {
            let help = {
                let mut state = shared.state.lock();
                state.running += usize::from(state.help.is_some());
                state.help
            };
            if let Some(help) = help {
                let _helping = Helping(&shared);
                help();
            }
            None
        });
        // Without a thread there is less help.
        if pool.run(job).is_err() {
            break;
        }
    }
    let result = own();
    drop(ending);
    assert!(!shared.state.lock().has_panicked, "a helper has panicked");
    result
}

impl Context<'_> {
    /// Fills a slice in pieces of a length, on all cores if there are many. `fill` gets the number of a piece and the piece.
    /// One takes about so many `units` of work; see [`Context::work`], whose errors end all of it.
    pub fn in_parallel<T: Send>(
        &mut self,
        slice: &mut [T],
        length: usize,
        units: usize,
        fill: &(dyn Fn(usize, &mut [T]) + Sync),
    ) -> Result<()> {
        let pieces = slice.len().div_ceil(length);
        let one_by_one = |context: &mut Context<'_>, slice: &mut [T]| {
            for (number, piece) in slice.chunks_mut(length).enumerate() {
                context.work(units)?;
                fill(number, piece);
            }
            Ok(())
        };
        if pieces < FEWEST_PIECES {
            return one_by_one(self, slice);
        }
        let program = self.isolate.thread().program().clone();
        let participants = program.workers.limit().min(pieces);
        if participants == 1 {
            return one_by_one(self, slice);
        }
        let left = Mutex::new(Some(slice.chunks_mut(length).enumerate()));
        let next = || left.lock().as_mut()?.next();
        let help = || {
            while let Some((number, piece)) = next() {
                fill(number, piece);
            }
        };
        with_helpers(&program.machine.worker_pool, participants - 1, &help, || {
            while let Some((number, piece)) = next() {
                if let Err(error) = self.work(units) {
                    *left.lock() = None;
                    return Err(error);
                }
                fill(number, piece);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concurrency::pool::PoolSettings;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn helpers_end_before_the_caller_goes_on() {
        let pool = Pool::new(PoolSettings::default());
        for round in 0..200 {
            let (count, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let help = || {
                while count.fetch_add(1, Ordering::Relaxed) < 50 {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            };
            let result = with_helpers(&pool, round % 4, &help, || {
                help();
                round
            });
            assert_eq!((result, done.load(Ordering::Relaxed)), (round, 50));
        }
        pool.shut_down();
    }

    #[test]
    #[should_panic(expected = "a helper has panicked")]
    fn a_panic_of_a_helper_is_one_of_the_caller() {
        let pool = Pool::new(PoolSettings::default());
        let door = std::sync::Barrier::new(2);
        let help = || {
            door.wait();
            panic!("this is a test");
        };
        with_helpers(&pool, 1, &help, || door.wait());
    }
}
