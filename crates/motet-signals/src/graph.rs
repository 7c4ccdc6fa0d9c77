//! Nodes and edges behind one lock: their birth, their links and their death.

use super::handle::Function;
use super::history::{Epoch, History};
use super::object::{COMPUTED, SIGNAL};
use super::places::PlaceState;
use super::private::Privates;
use super::slab::{Id, NONE, Slab};
use motet_concurrency::{Rank, RankedMutex, Waker};
use motet_memory::{Frozen, STAMPS, Value, reaches_kind};
use smallvec::SmallVec;
use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

/// What may depend on each other. All isolates of a program share one.
pub struct Graph {
    state: RankedMutex<State>,
    /// What the handle for those outside of programs needs to find again; nothing here looks into it.
    owner: OnceLock<Weak<dyn Any + Send + Sync>>,
}

/// Everything that the lock protects.
pub(super) struct State {
    /// Counts the sets that changed something.
    pub epoch: Epoch,
    pub nodes: Slab<Node>,
    pub edges: Slab<Edge>,
    pub places: Slab<PlaceState>,
    pub history: History,
    /// Nodes whose watchers are still to be marked; kept for its memory.
    pub marking: Vec<Id>,
    /// Whom to wake when the lock is free again.
    pub wakes: Vec<Waker>,
    /// What is to be dropped when the lock is free again.
    pub trash: Vec<Trash>,
    /// A thread is dropping trash, and will look for more.
    is_emptying: bool,
}

/// What cannot be dropped under the lock, because it may hold handles.
#[allow(dead_code, reason = "it is only dropped")]
pub(super) enum Trash {
    Value(Frozen),
    Values(Vec<Frozen>),
    Work(Box<Work>),
    /// What was computed for a view that has ended.
    Privates(Privates),
}

/// A signal, a computed value or an effect.
pub(super) struct Node {
    pub value: Frozen,
    /// The epoch at which the value became what it is: its version.
    pub changed: Epoch,
    /// Since when the value is known to have been this one without a break. A value that went away and came back between
    /// two looks has its old version still, but a view between the two must not be given it.
    pub since: Epoch,
    /// Edges to those that depend on it.
    pub first_watcher: Id,
    pub last_watcher: Id,
    /// What a signal does not have. Away while the function runs.
    pub work: Option<Box<Work>>,
    /// Where an effect runs; what objects are stamped with that stand for a signal or a computed value ([`stamp`]).
    pub place: Id,
    /// The effect that made this effect run the last time by what it set.
    pub cause: Id,
    /// How many effects came before it in a row of effects that made each other run.
    pub rounds: u16,
    pub flags: u16,
    /// So many times it is published as soon as it has run.
    pub prompt: u16,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Node>() == 64);

/// What a node can be.
pub(super) mod flag {
    pub const COMPUTED: u16 = 1;
    pub const EFFECT: u16 = 1 << 1;
    /// Something that it depends on may have changed.
    pub const MARKED: u16 = 1 << 2;
    /// An evaluation is bringing it up to date.
    pub const CLAIMED: u16 = 1 << 3;
    /// In the queue of its place.
    pub const QUEUED: u16 = 1 << 4;
    /// Its value is the error that its function threw.
    pub const FAILED: u16 = 1 << 5;
    /// There is a handle on it.
    pub const HELD: u16 = 1 << 6;
    /// Reached by the marking that is going on, though it was marked before.
    pub const REACHED: u16 = 1 << 7;
    /// Another evaluation found it claimed after its function had run: from then on it is published as soon as it has
    /// run.
    pub const PROMPT: u16 = 1 << 8;
    /// An effect whose place is also told of a change while the effect runs.
    pub const EAGER: u16 = 1 << 9;
    /// Computes what another node stands for, for one evaluation (`private`). It is run once; what depends on it reads the
    /// other node when it runs again.
    pub const PRIVATE: u16 = 1 << 10;
}

/// What a computed value or an effect has beside its value.
pub(super) struct Work {
    /// Away while it runs.
    pub function: Option<Arc<Function>>,
    /// What the function read the last time, in order.
    pub sources: Sources,
    /// It has never run, so its sources are not known.
    pub is_new: bool,
    /// Where an isolate has the function, if that is a local one.
    pub local: u32,
}

impl Work {
    /// Of a function that has never run.
    pub fn new(function: Option<Arc<Function>>) -> Work {
        let local = match function.as_deref() {
            Some(Function::Local(local)) => local.place,
            _ => NONE,
        };
        Work { function, sources: Sources::new(), is_new: true, local }
    }
}

/// Most functions read one thing: it is kept without a place of its own.
pub(super) type Sources = SmallVec<[Dependency; 1]>;

/// Something that a function read.
pub(super) struct Dependency {
    pub id: Id,
    pub edge: Id,
    /// The version that it read.
    pub version: Epoch,
    /// The value, while the function runs; missing before it is known.
    pub value: Frozen,
}

/// From a source to a watcher, among the other watchers of the source.
pub(super) struct Edge {
    source: Id,
    pub watcher: Id,
    previous: Id,
    pub next: Id,
}

/// A stamp for the objects that stand for a node. All that are there at once have other ones, in all graphs of the process: when
/// they are used up, there are none. [`NONE`] is no stamp.
pub(super) fn stamp() -> Id {
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    let given = GIVEN.fetch_add(1, Ordering::Relaxed);
    if given < u64::from(STAMPS.end - STAMPS.start) { STAMPS.start + given as u32 } else { NONE }
}

#[inline(always)]
pub(super) fn null() -> Frozen {
    Frozen::new(&Value::NULL).expect("null is immutable")
}

/// Stands for a value that is not known.
#[inline(always)]
pub(super) fn missing() -> Frozen {
    Frozen::new(&Value::MISSING).expect("nothing is immutable")
}

impl Graph {
    pub fn new() -> Arc<Graph> {
        let state = State {
            epoch: 1,
            nodes: Slab::new(),
            edges: Slab::new(),
            places: Slab::new(),
            history: History::default(),
            marking: Vec::new(),
            wakes: Vec::new(),
            trash: Vec::new(),
            is_emptying: false,
        };
        Arc::new(Graph { state: RankedMutex::new(Rank::Signals, state), owner: OnceLock::new() })
    }

    /// Says, once, whose graph it is.
    pub fn set_owner(&self, owner: Weak<dyn Any + Send + Sync>) {
        // A machine is made once, and so is its handle.
        let _ = self.owner.set(owner);
    }

    /// Whose graph it is, while that lives.
    pub fn owner<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.owner.get()?.upgrade()?.downcast().ok()
    }

    /// Does something under the lock; then wakes whom it concerns, and drops what was thrown away.
    #[inline]
    pub(super) fn with<R>(&self, action: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock();
        let result = action(&mut state);
        if state.trash.is_empty() && state.wakes.is_empty() {
            return result;
        }
        let wakes = std::mem::take(&mut state.wakes);
        let trash = state.trash_to_empty();
        drop(state);
        wakes.into_iter().for_each(Waker::wake);
        if let Some(trash) = trash {
            self.empty(trash);
        }
        result
    }

    /// Drops trash, and what is thrown away by that: a chain of handles that own each other does not recurse.
    #[cold]
    fn empty(&self, trash: Vec<Trash>) {
        let mut trash = trash;
        loop {
            drop(trash);
            let mut state = self.state.lock();
            if state.trash.is_empty() {
                state.is_emptying = false;
                return;
            }
            trash = std::mem::take(&mut state.trash);
        }
    }

    /// The end of the programs whose graph it is. Their signals may hold each other in circles: by values, and by functions
    /// that were given late. Both are taken apart, so that nothing is left behind; what holds no handle stays.
    pub fn end(&self) {
        let functions: Vec<Arc<Function>> = self.with(|state| {
            let mut functions = Vec::new();
            for id in state.nodes.ids() {
                if reaches_kind(state.nodes[id].value.value(), &[&SIGNAL, &COMPUTED]) {
                    let value = std::mem::replace(&mut state.nodes[id].value, null());
                    state.throw_away(value);
                }
                functions.extend(state.nodes[id].work.iter().filter_map(|work| work.function.clone()));
            }
            functions
        });
        drop(functions.iter().filter_map(|function| function.end()).collect::<Vec<_>>());
    }

    /// How many nodes and edges there are, and whether nothing of the past is kept: for tests of leaks.
    #[cfg(test)]
    pub(super) fn census(&self) -> (usize, usize, bool) {
        self.with(|state| (state.nodes.count(), state.edges.count(), state.history.is_empty()))
    }
}

impl State {
    fn trash_to_empty(&mut self) -> Option<Vec<Trash>> {
        if self.trash.is_empty() || std::mem::replace(&mut self.is_emptying, true) {
            return None;
        }
        Some(std::mem::take(&mut self.trash))
    }

    /// To be dropped without the lock.
    #[inline]
    pub fn throw_away(&mut self, value: Frozen) {
        if value.value().is_heap() {
            self.trash.push(Trash::Value(value));
        }
    }

    /// A new node that a handle holds.
    pub fn insert(&mut self, kind: u16, value: Frozen, function: Option<Arc<Function>>, place: Id) -> Id {
        let work = function.map(|function| Box::new(Work::new(Some(function))));
        let work_is_new = work.is_some();
        // What has never run is out of date.
        let flags = kind | flag::HELD | if work_is_new { flag::MARKED } else { 0 };
        self.nodes.insert(Node {
            value,
            changed: if work_is_new { 0 } else { self.epoch },
            since: self.epoch,
            first_watcher: NONE,
            last_watcher: NONE,
            work,
            place,
            cause: NONE,
            rounds: 0,
            flags,
            prompt: 0,
        })
    }

    /// Lets a node hear of changes of another. It keeps that one.
    pub fn link(&mut self, source: Id, watcher: Id) -> Id {
        let previous = self.nodes[source].last_watcher;
        let edge = self.edges.insert(Edge { source, watcher, previous, next: NONE });
        match previous {
            NONE => self.nodes[source].first_watcher = edge,
            previous => self.edges[previous].next = edge,
        }
        self.nodes[source].last_watcher = edge;
        edge
    }

    /// Ends that. The source goes if nothing holds it any more.
    pub fn unlink(&mut self, edge: Id) {
        let mut last = Vec::new();
        self.cut(edge, &mut last);
        self.free_all(last);
    }

    /// Takes an edge away; notes a source that has lost its last hold.
    fn cut(&mut self, edge: Id, unheld: &mut Vec<Id>) {
        let Edge { source, previous, next, .. } = self.edges[edge];
        match previous {
            NONE => self.nodes[source].first_watcher = next,
            previous => self.edges[previous].next = next,
        }
        match next {
            NONE => self.nodes[source].last_watcher = previous,
            next => self.edges[next].previous = previous,
        }
        self.edges.release(edge);
        if self.is_unheld(source) {
            unheld.push(source);
        }
    }

    /// No handle, no watcher and no evaluation keeps the node.
    fn is_unheld(&self, id: Id) -> bool {
        let node = &self.nodes[id];
        node.first_watcher == NONE && node.flags & (flag::HELD | flag::CLAIMED | flag::QUEUED) == 0
    }

    /// The same for a node that handles nearly always keep.
    #[inline(always)]
    pub fn free_unless_held(&mut self, id: Id) {
        if self.nodes[id].flags & flag::HELD == 0 {
            self.free_if_unheld(id);
        }
    }

    /// Frees a node that nothing keeps any more, with what only it keeps.
    pub fn free_if_unheld(&mut self, id: Id) {
        if self.is_unheld(id) {
            self.free_all(vec![id]);
        }
    }

    fn free_all(&mut self, mut unheld: Vec<Id>) {
        while let Some(id) = unheld.pop() {
            let node = &mut self.nodes[id];
            let value = std::mem::replace(&mut node.value, null());
            let work = node.work.take();
            self.throw_away(value);
            let former = self.history.forget(id);
            if !former.is_empty() {
                self.trash.push(Trash::Values(former));
            }
            self.nodes.release(id);
            if let Some(work) = work {
                for source in &work.sources {
                    self.cut(source.edge, &mut unheld);
                }
                self.trash.push(Trash::Work(work));
            }
        }
    }

    /// The handle of a node is gone, or an effect is disposed of.
    pub fn let_go(&mut self, id: Id) {
        let node = &mut self.nodes[id];
        node.flags &= !flag::HELD;
        self.free_if_unheld(id);
    }
}
