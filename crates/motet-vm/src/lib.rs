//! Motet's virtual machine: values and their memory, the interpreter, isolates, tasks, threads.
//! It knows nothing of source text, windows or GPUs.

pub mod builtins;
pub mod concurrency;
mod context;
mod error;
mod execution;
mod future;
pub mod host;
mod interpreter;
mod isolate;
mod limits;
pub mod memory;
pub mod native;
pub mod operation;
mod settings;
pub mod signals;
mod similar;
mod sync;
mod threads;
mod trace;
mod vm;
mod workers;

pub use concurrency::QuietThreads;
pub use context::Context;
pub use error::{Body, Error, ErrorKind, Result};
pub use execution::{Cancellation, ExecutionContext};
pub use isolate::{Changes, GlobalNames, Interrupter, Isolate, LinkedModule, TraceEntry, Uncaught};
pub use limits::{Limits, Permissions};
pub use settings::Settings;
pub use threads::{Report, Reporter};
pub use trace::Trace;
pub use vm::{Export, Exports, Subscription, Told, Tracker, Unread, Vm, WeakVm};
pub use workers::{Meter, Progress};
