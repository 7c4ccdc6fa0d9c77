//! The life of a spawned thread: its isolate takes the function and its arguments out of their parcel, runs the function
//! and all tasks that it starts to their ends, is reset, and waits for the next one.
//!
//! **The order of its end.** Its mailboxes are closed, so that senders hear of it. The isolate is reset and put away. Then
//! its number is free, then the future of a `spawn_return` is completed, then those who joined are told, and last the
//! thread counts as active no more (`concurrency::threads`).
//!
//! An isolate in which nothing is left whose end could be noticed is put away after all waiters have been told: they
//! would wait for it in vain. The next thread on this OS thread begins after that.

use super::handle::Handle;
use super::object::ThreadObject;
use super::package::{CancelMode, Package, ResultCompleter, SharedFuture};
use super::program::{Program, Report};
use crate::concurrency::{Bell, ClaimError, Reasons, ThreadEntry, ThreadReference, completion};
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::{CurrentThread, Isolate};
use crate::memory::Parcel;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a thread is to do.
struct Work {
    /// The function; with arguments, a list of it and them.
    call: Parcel,
    /// Who waits for the result.
    result: Option<ResultCompleter>,
    gene: bool,
    /// The number of the spawn in the trace, 0 without one.
    flow: u64,
}

/// How a thread's work ended.
type Ended = Option<(ResultCompleter, std::result::Result<Package, Package>)>;

/// Starts a thread that calls a function; `call` is the function, or a list of it and its arguments. Gives the thread, and
/// the future of its result if one is wanted.
pub(crate) fn spawn(
    program: &Arc<Program>,
    spawner: &Bell,
    parent: ThreadReference,
    call: Parcel,
    gene: bool,
    wants_result: bool,
    flow: u64,
) -> Result<(ThreadObject, Option<SharedFuture>)> {
    let (completer, core) = if wants_result {
        let (completer, core) = completion();
        (Some(completer), Some(core))
    } else {
        (None, None)
    };
    let work = Work { call, result: completer, gene, flow };
    // Counted from now on, so that the program does not count as stuck before the thread begins.
    let hold = program.hold();
    let shared = Arc::clone(program);
    let run = move |entry: &Arc<ThreadEntry<Handle>>| {
        let (ended, isolate) = live(&shared, entry, work);
        let entry = entry.clone();
        move || {
            if let Some((completer, package)) = ended {
                // Perhaps no task waits for it any more.
                drop(completer.complete(package));
            }
            move || {
                if let Some(isolate) = isolate {
                    put_away(&shared, &entry, isolate);
                }
                // Before the entry is left to the next thread.
                drop(entry);
                drop(hold);
            }
        }
    };
    program.spawned.fetch_add(1, Ordering::Relaxed);
    let threads = program.threads();
    let claim = threads.claim(parent, |_| program.new_handle()).map_err(refused)?;
    // Counted before the thread begins: it must not find that no reference to it exists. The caller that asked for a
    // result gets none.
    let sender = (!wants_result).then(|| claim.entry().handle().sender());
    let reference = threads.start_on(threads.pool(), Some(spawner), claim, run).map_err(refused)?;
    let future =
        core.map(|core| SharedFuture { core, cancel: CancelMode::Ask, thread: Some(reference.number()), home: None });
    Ok((ThreadObject::with(reference, sender), future))
}

/// Why no thread can be started, for programs.
pub(crate) fn refused(error: ClaimError) -> Error {
    let kind = if matches!(error, ClaimError::Limit(_)) { ErrorKind::ThreadLimit } else { ErrorKind::Error };
    let hint = "join threads that have done their work; --threads sets the limit";
    let refused = Error::new(kind, format!("no thread can be started: {error}"));
    if kind == ErrorKind::ThreadLimit { refused.with_hint(hint) } else { refused }
}

/// From the first to the last act of a thread. Gives its isolate if that is to be put away after all have been told.
fn live(program: &Arc<Program>, entry: &Arc<ThreadEntry<Handle>>, work: Work) -> (Ended, Option<Box<Isolate>>) {
    let here = CurrentThread::worker(program.clone(), entry.clone());
    let mut isolate = program.machine.isolate();
    isolate.begin(here, work.gene);
    isolate.scheduler().begin_trace(work.flow);
    if program.is_ending() {
        entry.handle().bell.ring(Reasons::STOP);
    }
    let ended = run(&mut isolate, work);
    isolate.scheduler().close_mailboxes();
    isolate.scheduler().end_trace();
    if isolate.is_clear() {
        return (ended, Some(isolate));
    }
    put_away(program, entry, isolate);
    (ended, None)
}

/// The end of a worker: its isolate is reset and put away.
pub(crate) fn retire(program: &Program, entry: &Arc<ThreadEntry<Handle>>, mut isolate: Box<Isolate>) {
    isolate.scheduler().close_mailboxes();
    isolate.scheduler().end_trace();
    put_away(program, entry, isolate);
}

/// Resets the isolate of a thread that has ended, for the next one.
fn put_away(program: &Program, entry: &Arc<ThreadEntry<Handle>>, mut isolate: Box<Isolate>) {
    let left = isolate.reset();
    entry.handle().ready.close();
    isolate.leave();
    match left {
        // Its memory is not used again: that repairs whatever was wrong with it.
        Some(left) => program.report(Report::Leak { thread: entry.reference().number(), what: &left }),
        None => program.machine.keep(isolate),
    }
}

/// Runs the work of a thread.
fn run(isolate: &mut Isolate, work: Work) -> Ended {
    let Work { call, result, .. } = work;
    let call = call.unpack(isolate.heap());
    let (function, arguments) = match call.as_list() {
        Some(list) => {
            let items = list.items();
            (items[0].clone(), items[1..].to_vec())
        }
        None => (call.clone(), Vec::new()),
    };
    drop(call);
    let called = match isolate.scheduler().start_task(function, arguments) {
        Ok((task, future)) => {
            let cancel = result.as_ref().map(|completer| isolate.scheduler().cancel_with(completer, task));
            let called = isolate.scheduler().finish(&future);
            // Other tasks that it started may go on after it.
            let others = isolate.scheduler().finish_tasks().and_then(|()| isolate.scheduler().finish_messages());
            // It may have been cancelled meanwhile.
            cancel.map(|cancel| isolate.scheduler().forget_cancel(cancel));
            called.and_then(|value| others.map(|()| value))
        }
        Err(error) => Err(error),
    };
    let called = called.and_then(|value| match value.as_closure() {
        Some(closure) => {
            let name = closure.function().name.clone();
            let name = if name.is_empty() { "f" } else { &name };
            Err(Error::type_error("the expression of a spawn gave a function, which was not called")
                .with_hint(format!("call it: spawn({name}())")))
        }
        _ => Ok(value),
    });
    let called = called.map_err(|error| crate::interpreter::unwind::error_instance(isolate, error));
    let ended = match (result, called) {
        (Some(completer), called) => {
            let package = isolate.scheduler().package(called);
            Some((completer, package))
        }
        (None, Ok(_)) => None,
        (None, Err(error)) => {
            isolate.scheduler().report_uncaught(&error);
            None
        }
    };
    isolate.scheduler().report_all_failures();
    isolate.scheduler().leave_results();
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtins::Builtins;
    use crate::context::Context;
    use crate::main_isolate::MainIsolate;
    use crate::memory::Value;
    use crate::native::{Arguments, NativeFunction, Outcome};
    use crate::settings::Settings;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    /// Leaves a timer behind that no task waits for, as a mistake in the VM might.
    fn leak(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
        context.isolate.tasks.timers.set(Instant::now() + Duration::from_secs(1_000_000), 0);
        Ok(Value::NULL.into())
    }

    /// How many timers a thread finds when it begins.
    fn timers(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
        Ok(Value::int(context.isolate.tasks.timers.len() as i64).into())
    }

    static LEAK: NativeFunction = NativeFunction::for_test("leak", leak);
    static TIMERS: NativeFunction = NativeFunction::for_test("timers", timers);

    fn result_of_thread(isolate: &mut Isolate, function: &'static NativeFunction) -> Value {
        let call = isolate.heap().list(vec![function.value()]);
        let parcel = isolate.scheduler().pack_call(&call).expect("natives can be sent");
        let (program, parent) = (isolate.thread().program().clone(), isolate.thread().reference());
        let bell = isolate.interrupt.clone();
        let (_, future) = spawn(&program, &bell, parent, parcel, false, true, 0).expect("there is a free slot");
        let future = isolate.scheduler().receive_future(Arc::new(future.expect("a result was asked for")));
        isolate.scheduler().finish(&future).expect("the thread ends well")
    }

    #[test]
    fn t06_a_leak_is_counted_reported_and_repaired() {
        let mut main =
            MainIsolate::new(Builtins::of_machine(), Arc::new(Settings::default()), Box::new(std::io::sink()));
        let reports: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = reports.clone();
        main.set_reporter(Arc::new(move |report| {
            seen.lock().expect("no reporter panics").push(match report {
                Report::Leak { thread, what } => format!("thread {thread} left {what}"),
                Report::Uncaught { error, .. } | Report::Deadlock { error } => error.to_string(),
            });
        }));
        assert!(result_of_thread(main.isolate(), &LEAK).is_null());
        let found = result_of_thread(main.isolate(), &TIMERS);
        assert_eq!(found.as_int(), Some(0), "the next thread is clean");
        assert_eq!(*reports.lock().expect("no reporter panics"), ["thread 1 left 1 timers"]);

        let namespace = main.isolate().extern_value("thread").expect("a builtin");
        let stats =
            main.isolate().builtins.method_of(&namespace, crate::memory::Symbol::intern("stats")).expect("a builtin");
        let stats = main.call(stats.value(), vec![namespace]).expect("it gives numbers");
        let leaks = stats.as_record().and_then(|stats| stats.get(crate::memory::Symbol::intern("leaks")));
        assert_eq!(leaks.and_then(|leaks| leaks.as_int()), Some(1));
        assert_eq!(main.reported_errors(), 0, "a leak is a warning and no failure of the program");
    }
}
