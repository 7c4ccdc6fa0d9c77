//! The isolate of a program's main thread, as the command and embedders hold it: runs modules, sessions of pieces, tests
//! and macros to their ends.
//!
//! | module | its one job |
//! |---|---|
//! | `globals` | the names that a program may use without defining them |
//! | `session` | pieces of a program that are run one after the other |
//! | `tests` | the tests and benchmarks that a program declares |
//! | `macros` | running macros while a program is compiled |
//! | `control` | stopping a program from another thread, and counting what it writes |
//! | `outcome` | how a program ended badly |

mod control;
mod globals;
mod macros;
mod outcome;
mod session;
mod tests;

pub use control::{OutputMeter, Stopper};
pub use globals::GlobalNames;
pub use macros::Macros;
pub use outcome::{TraceEntry, Uncaught};
pub(crate) use session::Pieces;
pub use session::{Changes, Interrupter};
pub use tests::{Block, BlockKind, Snapshots};

use crate::builtins::Builtins;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::execution::ExecutionContext;
use crate::interpreter::CallShape;
use crate::isolate::{CurrentThread, Isolate, LinkedModule};
use crate::limits::Permissions;
use crate::memory::{Frozen, Heap, Value, freeing_apart, freeze};
use crate::settings::Settings;
use crate::threads::{Machine, Program};
use std::io::Write;
use std::sync::Arc;

/// What running code gives: a value, or the error that nothing caught.
type Run<T> = std::result::Result<T, Uncaught>;

/// See the module.
pub struct MainIsolate {
    isolate: Box<Isolate>,
}

impl MainIsolate {
    /// The main isolate of a new program.
    pub fn new(builtins: Arc<Builtins>, settings: Arc<Settings>, output: Box<dyn Write + Send>) -> MainIsolate {
        let machine = Machine::new(builtins, output, settings.on_worker_start.clone());
        MainIsolate::of(&machine, settings, ExecutionContext::default())
    }

    /// The main isolate of a new program of a machine.
    pub(crate) fn of(machine: &Arc<Machine>, settings: Arc<Settings>, context: ExecutionContext) -> MainIsolate {
        let (program, hold) = Program::new(machine, settings, context);
        let mut isolate = machine.isolate();
        isolate.enter(CurrentThread::main(program, hold));
        MainIsolate { isolate }
    }

    /// The isolate itself, when the program has ended.
    pub(crate) fn into_isolate(self) -> Box<Isolate> {
        self.isolate
    }

    pub(crate) fn isolate(&mut self) -> &mut Isolate {
        &mut self.isolate
    }

    pub fn heap(&self) -> &Heap {
        self.isolate.heap()
    }

    /// Where `print` writes.
    pub fn output(&mut self) -> &mut dyn Write {
        self.isolate.output()
    }

    /// Values print in the notation of the program that runs.
    pub fn gene(&self) -> bool {
        self.isolate.gene()
    }

    /// What the program was started with.
    pub fn settings(&self) -> &Settings {
        &self.isolate.settings
    }

    /// What the program may touch outside itself.
    pub fn permissions(&self) -> Permissions {
        self.isolate.permissions()
    }

    /// What natives get that are called without the interpreter.
    pub fn context(&mut self) -> Context<'_> {
        self.isolate.context()
    }

    /// An error in a form that outlives the isolate.
    pub fn uncaught(&mut self, error: Error) -> Uncaught {
        self.isolate.uncaught(error)
    }

    /// Runs a module, and all tasks that it starts, to their ends; gives the module's exports.
    pub fn run_module(&mut self, module: &Arc<LinkedModule>) -> Run<Value> {
        freeing_apart(|| {
            self.isolate.set_gene(module.module.source.gene);
            self.isolate.link(module);
            self.run_to_its_end(|isolate| {
                let main = Arc::clone(&module.module.main);
                isolate.load(&main)?;
                let main = isolate.heap.closure(main, []);
                isolate.scheduler().call(main, CallShape::default())
            })
        })
    }

    /// Calls a function and runs tasks until it has returned.
    pub fn call(&mut self, function: Value, arguments: Vec<Value>) -> Result<Value> {
        self.isolate.scheduler().call(function, CallShape::positional(arguments))
    }

    /// Calls a function, and runs all that it starts to its end.
    pub fn call_to_its_end(&mut self, function: Value, arguments: Vec<Value>) -> Run<Value> {
        self.run_to_its_end(|isolate| isolate.scheduler().call(function, CallShape::positional(arguments)))
    }

    /// Does something that runs code, and runs all that it starts to its end.
    pub(crate) fn run_to_its_end(&mut self, work: impl FnOnce(&mut Isolate) -> Result<Value>) -> Run<Value> {
        self.isolate.scheduler().begin_trace(0);
        let result = match work(&mut self.isolate) {
            Ok(value) => self.isolate.scheduler().finish_program().map(|()| value),
            Err(error) => {
                self.isolate.scheduler().end_program();
                Err(error)
            }
        };
        self.isolate.scheduler().end_trace();
        result.map_err(|error| self.isolate.uncaught(error))
    }

    /// Makes a value immutable that leaves the isolate: what only it holds is not copied.
    pub(crate) fn share(&mut self, value: Value) -> Run<Frozen> {
        if freeze(&value, &self.isolate.heap).is_ok() {
            return Ok(Frozen::new(&value).expect("it is frozen"));
        }
        // What cannot be frozen may be something that is replaced on its way out, such as a future.
        let packed = self.isolate.scheduler().pack(&value).map(|parcel| parcel.unpack(&self.isolate.heap));
        let frozen = packed.and_then(|value| {
            let refused = |refusal| Error::new(ErrorKind::SendError, format!("this cannot be shared: {refusal}"));
            freeze(&value, &self.isolate.heap).map_err(refused)?;
            Ok(Frozen::new(&value).expect("it is frozen"))
        });
        frozen.map_err(|error| self.isolate.uncaught(error))
    }
}
