//! What threads meet in: interrupts, waits, mailboxes, futures, the thread table.
//!
//! These primitives know nothing of values, isolates or the interpreter. What crosses threads is a payload `T: Send`;
//! who is woken is a [`Waker`]. So each can be proved alone: the models in them run under loom with
//! `RUSTFLAGS="--cfg loom" cargo test -p motet-concurrency --release loom`.
//!
//! | module | its one job |
//! |---|---|
//! | `interrupt` | the word that a running isolate tests at its safe points |
//! | `parker` | the bell: raising that word, and waiting for it |
//! | `spin` | how long to spin before parking |
//! | `waker` | telling an isolate that a suspended task can go on |
//! | `mailbox` | mailboxes and channels |
//! | `completion` | the core of a future |
//! | `timers` | deadlines of one isolate |
//! | `table`, `pool`, `threads` | thread slots, OS threads, both together |
//! | `priority` | how nice an OS thread is |
//! | `processor_time` | how long OS threads and the process have computed |
//! | `deadlock` | knowing that no task of the program can go on |
//! | `waiters` | those who wait, in order |
//! | `locks` | all locks, and their order |
//! | `sync` | what all of it synchronises with: the real thing, or loom's |
//!
//! A thread's inside, seen from here: one [`Bell`], one [`ReadyQueue`] and one [`Mailbox`] that ring it, one [`Timers`], one
//! [`Hold`] of the program's [`Activity`]. Its loop: run tasks; at each safe point test [`Bell::word`], and if it is raised
//! take the reasons and look at what they stand for; with nothing to run, [`Bell::wait`] for them until the next timer.

pub mod completion;
pub mod deadlock;
pub mod interrupt;
pub mod locks;
pub mod mailbox;
pub mod parker;
pub mod pool;
mod priority;
mod processor_time;
mod spin;
pub mod sync;
pub mod table;
pub mod threads;
pub mod timers;
mod waiters;
pub mod waker;

pub use completion::{Completer, Completion, CompletionState, Ending, completion};
pub use deadlock::{Activity, Deadlock, Hold, Party, Report, Wait};
pub use interrupt::{InterruptWord, Reasons};
pub use locks::{Rank, RankedMutex};
pub use mailbox::{Capacity, Closed, Counts, Mailbox, PendingSend, Receiving, Sending, TryReceiveError, TrySendError};
pub use parker::Bell;
pub use pool::{PoolSettings, QuietThreads};
pub use priority::{is_quiet_time, make_this_thread_nice};
pub use processor_time::{process_time, thread_time};
pub use table::{
    Claim, ClaimError, End as ThreadEnd, Reuse, StaleThread, ThreadEntry, ThreadReference, ThreadState, ThreadTable,
};
pub use threads::{ThreadSettings, Threads};
pub use timers::{TimerKey, Timers};
pub use waker::{ReadyQueue, Registration, Wake, Waker};
