//! Signals, computed values and effects: the one thing that threads share.
//!
//! The graph knows values only as [`motet_memory::Frozen`], and those who run effects only as a
//! [`motet_concurrency::Waker`]. It never runs the interpreter: it says which function is to run next, and the caller
//! runs it (`native` for Rust closures, the builtins for functions of programs).
//!
//! | module | its one job |
//! |---|---|
//! | `graph` | nodes and edges behind one lock; their birth and death |
//! | `slab` | numbered places that nodes and edges live in |
//! | `cell` | reading a number out of a signal without the lock |
//! | `marking` | a new value: who may be concerned by it |
//! | `history` | which moments are being looked at, and the values that signals had then |
//! | `session` | one chain of evaluations: bringing values up to date, following what a function reads |
//! | `chain` | from one node to the next |
//! | `stack` | the nodes that a session has claimed, and those that it has not published yet |
//! | `frame` | one of them: what its function has read so far |
//! | `private` | what an evaluation computes for itself, while another one computes it too |
//! | `publishing` | what functions gave becomes the values of their nodes |
//! | `batch` | several sets at once |
//! | `places` | where effects run: their queues, whom to wake |
//! | `handle` | what holders of signals, computed values and effects hold |
//! | `object` | signals and computed values as values of programs |
//! | `native` | the face for Rust |
//! | `helping` | one function, run by several threads |
//! | `watch` | telling those outside of programs that something has changed |
//!
//! # The protocol
//!
//! **Push marks, pull values.** A set stores the value, gives it the number of a new *epoch*, and marks everything that
//! depends on the signal, directly or not; marked effects join the queue of their place. Nothing is evaluated by that.
//! The reader of a computed value brings it up to date: it looks at the sources that the value had, the deepest first,
//! and runs the function again only if a source has another version than the one it was computed with. An equal result
//! keeps its version, so what depends on it does not run. Marking and looking go through lists of their own and not
//! through Rust's stack: a chain may have any length.
//!
//! **One lock, short and never held while code runs.** All marks, versions and edges are behind the lock of the graph.
//! It is taken once for a set with all its marking, and between two functions of a pull; what a function reads was put
//! beside it under the same lock before. A number is read from a signal without any lock (`cell`). Nothing is dropped under
//! the lock: a value may hold handles, whose drop takes it.
//!
//! **Published later.** When a function has given another number, and the node that waits for it reads nothing else,
//! that node can run at once, without the lock. It is claimed too, what it reads is known, and so is the version that
//! this will have. Both are published when the lock is taken the next time, in the order in which they ran, and at the
//! latest before the view moves, another node is claimed, or too many have come together. To all other threads this is
//! a function that takes a little longer. An evaluation that finds such a node claimed computes it privately, as ever,
//! and leaves a note: the next times it is published as soon as it has run, since what runs after it may take long.
//!
//! **Claims.** An evaluation that looks at a node's sources or runs its function claims the node and takes its mark off
//! first; so a set that comes meanwhile marks it again, and is not lost. The claim also keeps the node in its place.
//! Another evaluation that needs the value meanwhile does not wait (the claim may belong to a task that is suspended,
//! or to a thread that has no core): it runs the function for itself, in a private node (`private`). Only who has the
//! claim publishes, so the versions of a node grow in order.
//!
//! **Marking stops at marks.** What depends on a marked node is marked too, or claimed by an evaluation that has still to
//! read that node or is to be published after it: so a set need not go on from there. Only a claim takes a mark off, and an
//! evaluation takes values only from nodes that are not marked: from one that no evaluation has claimed, from one that it has
//! claimed itself and brought up to date, and from its own private ones. Its node has an edge to each of them before that,
//! so it is marked when they are marked again. It never depends on a node that another evaluation has claimed. That one may
//! look at another moment, at which the function reads other things; and it may leave marked nodes behind, at which the
//! next set stops. What had got its value in spite of that would keep it, while everything around it was new.
//!
//! **No glitch, also among threads.** Every run of an effect and every pull looks at the graph as it was at one epoch, its
//! *view*. A signal that was set since then still shows its earlier value to it (`history` keeps it for as long as a view
//! needs it); a computed value that is newer is computed for the view alone, in a private node too. So whatever one
//! function reads belongs together, however many threads set meanwhile. Such an evaluation publishes what it found and
//! leaves the node marked. A set by an effect itself moves its view on: it sees what it set.
//!
//! **Batches** keep what they set to themselves (`batch`): code inside sees its own values, everybody else sees all of them
//! at once, at the end, under one epoch.
//!
//! # Who owns whom
//!
//! Handles own signals and computed values; a place owns its effects. A node owns its sources, through its edges to
//! them, and not its watchers. So a computed value without a handle and without dependents is gone, with its edges; one
//! that an effect made and dropped lives as long as the effect depends on it. What a program puts into a signal is
//! owned by it: a signal that is put into itself, inside a list, stays until the graph ends.

mod batch;
mod cell;
mod chain;
mod frame;
mod graph;
mod handle;
mod helping;
mod history;
mod marking;
mod native;
mod object;
mod places;
mod private;
mod program;
mod publishing;
mod session;
mod slab;
mod stack;
mod watch;

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;

pub use batch::SetEnd;
pub use graph::Graph;
pub use handle::{Computed, ComputedBody, Effect, Function, LateFunction, LocalFunction, Signal, SignalBody};
pub use helping::{Guest, SharedView};
pub use marking::is_same;
pub use native::{Batching, Later, OnError, Place, ReadError, Reader};
pub use object::{COMPUTED, SIGNAL};
pub use places::{EffectBell, PlaceHold, ROUNDS};
pub use program::{Looked, ProgramFunction, Whose};
pub use publishing::AfterAll;
pub use session::{EffectStep, Given, Reading, Session, Slot, Step};
pub use watch::Watchable;
