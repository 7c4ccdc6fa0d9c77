//! Threads of the language: what a program's isolates share, and what they send one another.
//!
//! | module | its one job |
//! |---|---|
//! | `machine` | what all programs of one embedder share |
//! | `program` | what all isolates of one program share: the table of threads, the count of the active, output, reports |
//! | `handle` | what other threads need of one |
//! | `worker` | the life of a spawned thread |
//! | `message` | what lies in a mailbox, and what a callback is given |
//! | `package` | results on their way, and futures that several isolates hold |
//! | `channel` | channels |
//! | `object` | references to threads, and the builtin `thread` |
//!
//! A worker's isolate is used again by the next thread, after its reset (T-06). Nothing here holds a lock while a
//! program's code runs, and nothing polls: an isolate waits on its bell for all of this at once (`isolate::tasks`).

mod channel;
mod handle;
mod machine;
mod message;
mod object;
mod package;
mod program;
mod worker;

pub(crate) use channel::{CHANNEL, Carried, Channel};
pub(crate) use handle::Handle;
pub(crate) use machine::{Machine, SharedOutput};
pub(crate) use message::{MESSAGE, Message, MessageObject, Request};
pub(crate) use object::{THREAD, THREADS, ThreadNamespace, ThreadObject};
pub(crate) use package::{Arrival, CancelMode, Home, Package, ResultCompleter, ResultCore, SharedFuture};
pub(crate) use program::Program;
pub use program::{Report, Reporter};
pub(crate) use worker::{refused, retire, spawn};
