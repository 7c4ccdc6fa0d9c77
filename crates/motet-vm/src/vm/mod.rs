//! The handle that many OS threads use at once (V-01).
//!
//! A [`Vm`] owns only what is immutable or synchronised in itself: builtins, globals, a snapshot of settings, OS threads
//! and idle isolates. Nothing runs in it. Each call takes an isolate of its own, which no other call touches, and is a
//! program of its own: with its own limits, its own threads, its own deadlocks. So calls do not wait for one another, and
//! there is no lock around execution, because there is nothing to lock.
//!
//! What goes in and comes out is frozen: immutable, and shared by reference. A program that keeps state between calls is an
//! [`crate::Isolate`], which one thread at a time owns.
//!
//! | module | its one job |
//! |---|---|
//! | `observer` | telling embedders of changes of signals |
//! | `reading` | the value of a signal or computed value, outside of programs |
//! | `tracker` | calls whose reads of signals are remembered |

mod observer;
mod reading;
mod tracker;

pub use observer::{ChangeCallback, Subscription, watch_source};
pub use reading::{Unread, read_source};
pub use tracker::Tracker;
pub(crate) use tracker::Tracking;

use crate::builtins::Builtins;
use crate::builtins::signals::Tracked;
use crate::concurrency::QuietThreads;
use crate::execution::ExecutionContext;
use crate::interpreter::coroutine_resuming;
use crate::isolate::LinkedModule;
use crate::main_isolate::{GlobalNames, MainIsolate, Uncaught};
use crate::memory::{Frozen, freeing_apart};
use crate::settings::Settings;
use crate::signals::{Batching, Signal};
use crate::threads::{Machine, Reporter};
use observer::Observer;
use parking_lot::RwLock;
use std::io::Write;
use std::sync::{Arc, Weak};

/// See the module. A clone is another handle on the same machine.
#[derive(Clone)]
pub struct Vm {
    home: Arc<Home>,
}

/// A handle that does not keep the machine: for what the machine itself keeps, such as the functions of an embedder.
#[derive(Clone)]
pub struct WeakVm {
    home: Weak<Home>,
}

impl WeakVm {
    /// A handle that does, if there still is another one.
    pub fn upgrade(&self) -> Option<Vm> {
        Some(Vm { home: self.home.upgrade()? })
    }
}

/// What all handles on a machine share. Its end is the last handle's: changes of signals are not told any more.
struct Home {
    machine: Arc<Machine>,
    /// The lock is held to copy the pointer, and to exchange what it leads to.
    settings: RwLock<Arc<Settings>>,
    observer: Arc<Observer>,
}

impl Drop for Home {
    fn drop(&mut self) {
        self.observer.close();
    }
}

/// The source asks for it, and no `unsafe impl` grants it.
const _: () = {
    const fn is_shareable<T: Send + Sync>() {}
    is_shareable::<Vm>();
};

/// What a module exports, each value for itself: one that cannot leave the isolate that ran the module says why.
#[derive(Clone, Debug, Default)]
pub struct Exports(Vec<(Box<str>, Export)>);

/// One of them, or why it cannot leave.
pub type Export = Result<Frozen, Box<Uncaught>>;

impl Exports {
    /// An export, if the module has it.
    pub fn get(&self, name: &str) -> Option<&Export> {
        self.0.iter().find(|(export, _)| **export == *name).map(|(_, value)| value)
    }

    /// The names, in the order of the exports.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }
}

impl Vm {
    /// A machine whose programs print to `output`.
    pub fn new(builtins: Arc<Builtins>, settings: Arc<Settings>, output: Box<dyn Write + Send>) -> Vm {
        let machine = Machine::new(builtins, output, settings.on_worker_start.clone());
        let observer = Observer::new(machine.graph.clone());
        let home = Arc::new(Home { machine, settings: RwLock::new(settings), observer });
        let owner: Weak<Home> = Arc::downgrade(&home);
        home.machine.graph.set_owner(owner);
        Vm { home }
    }

    /// A handle that does not keep the machine.
    pub fn downgrade(&self) -> WeakVm {
        WeakVm { home: Arc::downgrade(&self.home) }
    }

    /// A signal that holds a value: what runs on this machine, and Rust, read, set and watch it.
    pub fn signal(&self, value: Frozen) -> Signal {
        self.home.machine.graph.signal(value)
    }

    /// Sets several signals at once: no reader sees some of the new values without the others. The function may be
    /// called again, if another thread has set meanwhile what it updates.
    pub fn batch<R>(&self, mut sets: impl FnMut(&mut Batching<'_>) -> R) -> R {
        Batching::run(&self.home.machine.graph, &mut sets)
    }

    /// The settings that calls start with at the moment.
    pub fn settings(&self) -> Arc<Settings> {
        self.home.settings.read().clone()
    }

    /// Has calls that begin from now on start with other settings; those that run keep theirs (V-06).
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(Arc::make_mut(&mut *self.home.settings.write()));
    }

    /// Has everything that computes on this machine's threads leave the processor to other threads of the process: for as
    /// long as a window is open. Until the last guard is dropped, spawned threads and workers run at niceness 19: those
    /// that run now, and those that start. They keep it to their end, because the system lets no thread go back; what
    /// starts afterwards gets a thread of ordinary priority. On systems other than Linux nothing happens.
    ///
    /// Calls from Rust run on the caller's thread, whose priority is the caller's.
    pub fn quiet_threads(&self) -> QuietThreads {
        self.home.machine.quiet_threads()
    }

    /// Sets what shows the errors of threads, of tasks that are not awaited and of message callbacks.
    pub fn set_reporter(&self, reporter: Reporter) {
        self.home.machine.set_reporter(reporter);
    }

    /// Defines a global for code that is loaded from now on.
    pub fn set_global(&self, name: &str, value: Frozen) {
        self.home.machine.set_global(name, value);
    }

    /// The names that programs may use without defining them.
    pub fn global_names(&self) -> GlobalNames {
        GlobalNames::new(self.home.machine.builtins.clone(), self.home.machine.global_names())
    }

    /// A program with state of its own, which shares this machine's globals, OS threads and settings.
    pub fn isolate(&self) -> MainIsolate {
        self.isolate_with(&ExecutionContext::default())
    }

    /// The same, in circumstances of its own.
    pub fn isolate_with(&self, context: &ExecutionContext) -> MainIsolate {
        MainIsolate::of(&self.home.machine, self.settings(), context.clone())
    }

    /// Calls a function and waits for its result, and for all that it started.
    pub fn call_value(&self, function: &Frozen, arguments: &[Frozen]) -> Result<Frozen, Box<Uncaught>> {
        self.call_value_with_context(&ExecutionContext::default(), function, arguments)
    }

    /// The same, in circumstances of its own.
    pub fn call_value_with_context(
        &self,
        context: &ExecutionContext,
        function: &Frozen,
        arguments: &[Frozen],
    ) -> Result<Frozen, Box<Uncaught>> {
        self.with_isolate(context, |isolate| {
            isolate
                .isolate()
                .set_gene(function.value().as_closure().is_some_and(|closure| closure.function().source.gene));
            let (function, arguments) = (function.to_value(), arguments.iter().map(Frozen::to_value).collect());
            let value = match &context.tracker {
                None => isolate.call_to_its_end(function, arguments),
                Some(tracker) => isolate.run_to_its_end(|isolate| {
                    let tracked = Tracked::new(isolate, tracker, function, arguments)?;
                    let coroutine = coroutine_resuming(isolate, Box::new(tracked));
                    let (_, future) = isolate.scheduler().add_task(coroutine);
                    isolate.scheduler().finish(&future)
                }),
            };
            isolate.share(value?)
        })
    }

    /// Runs a module. Its mutable bindings belong to the isolate that runs it and end with this call; what it exports
    /// and can be made immutable remains.
    pub fn execute(&self, module: &Arc<LinkedModule>) -> Result<Exports, Box<Uncaught>> {
        self.execute_with_context(&ExecutionContext::default(), module)
    }

    /// The same, in circumstances of its own.
    pub fn execute_with_context(
        &self,
        context: &ExecutionContext,
        module: &Arc<LinkedModule>,
    ) -> Result<Exports, Box<Uncaught>> {
        self.with_isolate(context, |isolate| {
            let exports = isolate.run_module(module)?;
            let mut shared = Vec::with_capacity(module.module.exports.len());
            for name in &module.module.exports {
                let value = exports.as_record().and_then(|record| record.get(&**name));
                shared.push((name.clone(), isolate.share(value.unwrap_or_default()).map_err(Box::new)));
            }
            Ok(Exports(shared))
        })
    }

    /// Lends an isolate to a piece of work, which leaves no value of it behind.
    fn with_isolate<R>(
        &self,
        context: &ExecutionContext,
        work: impl FnOnce(&mut MainIsolate) -> Result<R, Uncaught>,
    ) -> Result<R, Box<Uncaught>> {
        let settings = context.settings.clone().unwrap_or_else(|| self.settings());
        lend(&self.home.machine, settings, context, work).map_err(Box::new)
    }
}

/// Lends an isolate to a piece of work, which leaves no value of it behind.
fn lend<R>(
    machine: &Arc<Machine>,
    settings: Arc<Settings>,
    context: &ExecutionContext,
    work: impl FnOnce(&mut MainIsolate) -> R,
) -> R {
    freeing_apart(|| {
        let mut isolate = MainIsolate::of(machine, settings, context.clone());
        let result = work(&mut isolate);
        let mut isolate = isolate.into_isolate();
        let left = isolate.reset();
        isolate.leave();
        // What left something behind is not used again: that repairs whatever was wrong with it.
        if left.is_none() {
            machine.keep(isolate);
        }
        result
    })
}

#[cfg(test)]
mod tests;
