//! Work of natives that cannot be sliced: a routine of a foreign library, which knows no safe points.
//!
//! It runs on a thread of a pool, while the task that asked for it waits and other tasks of its isolate go on. A task that is
//! cancelled, or whose program ends, waits no longer: the routine goes on to its end, unheard, and its result is dropped.
//! So what it may take of memory is bounded before it begins, from the sizes of its arguments, and it gets no more processor
//! than its one thread.
//!
//! Routines that nothing waits for any more do not keep others from running. Of the others so many run at once as the
//! machine has cores, two at least; the rest wait for their turn.

use crate::concurrency::pool::{Job, Pool, PoolError};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::budget::Budget;
use crate::memory::Value;
use crate::native::Outcome;
use crate::operation::{Operation, OperationError};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The routines of all programs of a machine.
pub(crate) struct Routines {
    pool: Arc<Pool>,
    most: usize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// Those that run and that a task waits for.
    running: usize,
    waiting: VecDeque<Routine>,
}

struct Routine {
    turn: Arc<Turn>,
    work: Box<dyn FnOnce() + Send>,
}

/// A routine's place among those that run: given back when it ends, or when nothing waits for it any more.
struct Turn {
    routines: Arc<Routines>,
    is_held: AtomicBool,
}

impl Routines {
    pub fn new(pool: Arc<Pool>) -> Arc<Routines> {
        let most = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        Arc::new(Routines { pool, most, queue: Mutex::default() })
    }

    fn turn(self: &Arc<Self>) -> Arc<Turn> {
        Arc::new(Turn { routines: self.clone(), is_held: AtomicBool::new(false) })
    }

    fn begin(self: &Arc<Self>, routine: Routine) -> std::result::Result<(), PoolError> {
        let mut queue = self.queue.lock();
        if queue.running >= self.most {
            queue.waiting.push_back(routine);
            return Ok(());
        }
        queue.running += 1;
        routine.turn.is_held.store(true, Ordering::Release);
        drop(queue);
        self.run(routine)
    }

    fn run(&self, routine: Routine) -> std::result::Result<(), PoolError> {
        let Routine { turn, work } = routine;
        let held = turn.clone();
        let job: Job = Box::new(move || {
            work();
            turn.give_back();
            None
        });
        self.pool.run(job).map(|_| ()).inspect_err(|_| held.give_back())
    }
}

impl Turn {
    fn give_back(&self) {
        if !self.is_held.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut queue = self.routines.queue.lock();
        queue.running -= 1;
        let next = if queue.running < self.routines.most { queue.waiting.pop_front() } else { None };
        if let Some(next) = &next {
            queue.running += 1;
            next.turn.is_held.store(true, Ordering::Release);
        }
        drop(queue);
        if let Some(next) = next {
            // Without a thread the operation is dropped, and its task is told that it was given up.
            let _ = self.routines.run(next);
        }
    }
}

/// What a routine takes of a program's memory while it runs.
struct Charge {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Charge {
    fn new(budget: &Arc<Budget>, bytes: usize) -> Charge {
        let bytes = bytes as u64;
        budget.holds(0, bytes);
        Charge { budget: budget.clone(), bytes }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.holds(self.bytes, 0);
    }
}

impl Context<'_> {
    /// Runs `work` on a thread of the pool while the task waits, and makes a value of its result with `finish`. For what
    /// cannot be sliced; all else calls [`Context::work`].
    ///
    /// `bytes` is how much memory `work` takes at most, its result included: if the program may not have so much, the native
    /// fails before anything is begun. `work` gets what it needs by value; nothing of the isolate goes there. A panic in it
    /// is an error of the native.
    ///
    /// ```
    /// use motet_vm::memory::Value;
    /// use motet_vm::native::{Arguments, Outcome};
    /// use motet_vm::{Context, Result};
    ///
    /// /// A native around a routine that sorts in one go.
    /// fn sorted_length(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    ///     let mut bytes = arguments.at(0).as_bytes().unwrap_or_default().to_vec();
    ///     let most = 2 * bytes.len();
    ///     let sort = move || {
    ///         bytes.sort();
    ///         bytes.dedup();
    ///         Ok(bytes.len())
    ///     };
    ///     context.offload("sorted_length", most, sort, |_, length| Ok(Value::int(length as i64)))
    /// }
    /// ```
    pub fn offload<T, W, F>(&mut self, name: &'static str, bytes: usize, work: W, finish: F) -> Result<Outcome>
    where
        T: Send + 'static,
        W: FnOnce() -> std::result::Result<T, OperationError> + Send + 'static,
        F: FnOnce(&mut Context<'_>, T) -> Result<Value> + 'static,
    {
        let most = self.most_text();
        if bytes > most {
            let message = format!("{name} would take {bytes} bytes of memory, more than the limit of {most}");
            return Err(Error::new(ErrorKind::LimitError, message));
        }
        let charge = self.isolate.budget().filter(|budget| budget.counts_values());
        let charge = charge.map(|budget| Charge::new(budget, bytes));
        let routines = self.isolate.thread().program().machine.routines.clone();
        let start = move |operation: Operation<T>| {
            let turn = routines.turn();
            let abandoned = turn.clone();
            operation.on_cancel(move || abandoned.give_back());
            let work = Box::new(move || {
                if !operation.is_cancelled() {
                    operation.complete(work());
                }
                drop(charge);
            });
            routines.begin(Routine { turn, work }).map_err(|error| {
                OperationError::new(ErrorKind::Error, format!("{name} got no thread to run on: {error:?}"))
            })
        };
        self.wait_for(name, start, finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtins::Builtins;
    use crate::main_isolate::MainIsolate;
    use crate::native::{Arguments, NativeFunction};
    use crate::settings::Settings;
    use std::sync::Condvar;
    use std::time::Duration;

    /// A door that routines wait at.
    static DOOR: (std::sync::Mutex<bool>, Condvar) = (std::sync::Mutex::new(false), Condvar::new());

    fn stuck(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
        let wait = || {
            let is_open = DOOR.0.lock().expect("no test panics here");
            drop(DOOR.1.wait_while(is_open, |is_open| !*is_open));
            Ok(1)
        };
        context.offload("stuck", 0, wait, |_, number| Ok(Value::int(number)))
    }

    fn large(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
        context.offload("large", 2_000_000, || Ok(2), |_, number| Ok(Value::int(number)))
    }

    static STUCK: NativeFunction = NativeFunction::for_test("stuck", stuck);
    static LARGE: NativeFunction = NativeFunction::for_test("large", large);

    fn isolate(change: impl FnOnce(&mut Settings)) -> MainIsolate {
        let mut settings = Settings::default();
        change(&mut settings);
        MainIsolate::new(Builtins::of_machine(), Arc::new(settings), Box::new(std::io::sink()))
    }

    #[test]
    fn a_limit_of_time_abandons_a_routine_and_others_still_run() {
        for _ in 0..8 {
            let mut isolate = isolate(|settings| settings.limits.time = Some(Duration::from_millis(20)));
            let error = isolate.call(STUCK.value(), Vec::new()).expect_err("the door is shut");
            let error = isolate.uncaught(error);
            assert_eq!(&*error.kind, "LimitError", "{error}");
            isolate.isolate().scheduler().end_program();
        }
        // More than there may be at once are stuck by now, and none of them is in the way.
        *DOOR.0.lock().expect("no test panics here") = true;
        DOOR.1.notify_all();
        let mut isolate = isolate(|_| ());
        let value = isolate.call(STUCK.value(), Vec::new()).expect("the door is open");
        assert_eq!(value.as_int(), Some(1));
    }

    #[test]
    fn memory_is_bounded_before_it_begins() {
        let mut small = isolate(|settings| settings.limits.memory = Some(1_000_000));
        let error = small.call(LARGE.value(), Vec::new()).expect_err("it is more than the limit");
        assert!(small.uncaught(error).message.contains("large would take 2000000 bytes"));
        let mut isolate = isolate(|_| ());
        assert_eq!(isolate.call(LARGE.value(), Vec::new()).expect("no limit").as_int(), Some(2));
    }
}
