//! Motet's virtual machine: the interpreter, isolates, tasks, threads, workers. It knows nothing of source text, windows or
//! GPUs.

pub mod builtins;
mod context;
mod coverage;
pub mod embedder;
mod error;
mod error_output;
mod execution;
mod future;
mod grants;
pub mod interface;
mod interpreter;
mod isolate;
pub mod jit;
pub mod json;
mod limits;
mod main_isolate;
pub mod native;
pub mod objects;
mod offload;
pub mod operation;
mod parallel;
mod profile;
mod scheduler;
mod settings;
mod similar;
mod threads;
mod trace;
mod vm;
mod workers;

pub use concurrency::{QuietThreads, is_quiet_time, make_this_thread_nice};
pub use context::Context;
pub use coverage::{Coverage, Reached};
pub use error::{Body, Error, ErrorKind, Result};
pub use error_output::take_open_line_of_errors;
pub use execution::{Cancellation, ExecutionContext};
pub use grants::{Grants, Host};
pub use isolate::LinkedModule;
pub use limits::{Limits, Permissions};
pub use main_isolate::{
    Block, BlockKind, Changes, GlobalNames, Interrupter, Macros, MainIsolate, OutputMeter, Snapshots, Stopper,
    TraceEntry, Uncaught,
};
pub use motet_concurrency as concurrency;
pub use motet_memory as memory;
pub use motet_signals as signals;
pub use profile::{Place, Profile, Sample, Samples, Sampling};
pub use settings::{KeepsSignals, Pictures, Settings, Terminal};
pub use similar::nearest;
pub use threads::{Report, Reporter};
pub use trace::Trace;
pub use vm::{ChangeCallback, Export, Exports, Subscription, Tracker, Unread, Vm, WeakVm, read_source, watch_source};
pub use workers::{Meter, Progress};

use motet_concurrency::sync;
