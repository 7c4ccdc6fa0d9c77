//! Workers: threads of a program that compute for others (W-01 to W-03).
//!
//! | module | its one job |
//! |---|---|
//! | `queue` | the work that waits, and how many workers there are |
//! | `service` | the life of a worker: an isolate that takes work as long as there is some |
//! | `job` | background jobs |
//! | `batch` | what the participants of one `parallel_map` or its like share |
//! | `chunks` | how much of it one of them takes at a time |
//! | `share` | one participant's part: calls the function, item by item |
//! | `progress` | telling a listener how far it is |
//!
//! A worker is a thread of the program like a spawned one, with an isolate from the same store; it differs in that it takes
//! one piece of work after the other and ends when there is none. Work runs as tasks: while one waits, the worker takes
//! the next, so that work may wait for other work however many workers there are.
//!
//! **A parallel call** is a [`Batch`]. The task that calls `parallel_map` takes part in it; workers are asked to help
//! and do so if they are free. So a call makes progress without any helper, and nested calls cannot deadlock.
//! Participants take chunks off a common cursor. No lock is held while a program's code runs.

mod batch;
mod chunks;
mod job;
mod latest;
mod progress;
mod queue;
mod service;
mod share;

#[cfg(all(test, loom))]
mod loom_models;

pub(crate) use batch::{Batch, Items, Kind};
pub(crate) use job::{JOB, JobObject, NewJob, start as start_job};
pub(crate) use latest::{OwnLatest, new as new_latest, pending as pending_of};
pub use progress::{Meter, Progress};
pub(crate) use queue::Workers;
pub(crate) use share::{Call, ChosenFrom, Share, snapshot};
