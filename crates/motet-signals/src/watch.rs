//! Being told of changes without running anything: for those outside of programs, who look by themselves.
//!
//! A *watcher* is a node that stands in the queue of its place like an effect, and has no function: it has one source for as
//! long as it lives. Its place takes it out of the queue ([`Graph::take_changed`]) and then looks at the source.
//!
//! **Nothing is missed.** Taking a watcher out of the queue takes its mark off, and the look comes after that. What is set
//! before the look is seen by it; what is set later marks the source again, which the look has brought up to date, and with
//! it the watcher. A look that did not come to its end leaves the source marked, and then nothing marks the watcher any
//! more: the observer gives up watching.

use super::graph::{Dependency, Graph, Work, flag, missing, null};
use super::handle::{Computed, Effect, NodeHandle, Signal};
use super::object::COMPUTED;
use super::places::PlaceHold;
use super::session::{Given, Session, Step};
use super::slab::NONE;
use motet_memory::{Heap, Value};
use smallvec::smallvec;
use std::any::Any;
use std::sync::Arc;

/// What can be read and watched.
#[derive(Clone)]
pub enum Watchable {
    Signal(Signal),
    Computed(Computed),
}

impl Watchable {
    /// The signal or computed value behind a value of a program.
    pub fn of(value: &Value) -> Option<Watchable> {
        Signal::of(value).map(Watchable::Signal).or_else(|| Computed::of(value).map(Watchable::Computed))
    }

    fn node(&self) -> &NodeHandle {
        match self {
            Watchable::Signal(signal) => &signal.0,
            Watchable::Computed(computed) => &computed.0,
        }
    }

    /// What it depends on, and what depends on it.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.node().graph
    }
}

impl Signal {
    /// The signal behind a value of a program.
    pub fn of(value: &Value) -> Option<Signal> {
        value.as_foreign()?.shared_as().map(Signal)
    }

    /// This signal as a value of a program.
    pub fn to_value(&self, heap: &Heap) -> Value {
        heap.shared_foreign(self.0.clone())
    }
}

impl Computed {
    /// The computed value behind a value of a program. A local object of the kind stands for one: it gives what it sends.
    pub fn of(value: &Value) -> Option<Computed> {
        let foreign = value.as_foreign().filter(|foreign| *foreign.object().kind() == COMPUTED)?;
        let shared = foreign.shared().or_else(|| foreign.object().send().ok())?;
        (shared as Arc<dyn Any + Send + Sync>).downcast().ok().map(Computed)
    }

    /// This computed value as a value of a program.
    pub fn to_value(&self, heap: &Heap) -> Value {
        heap.shared_foreign(self.0.clone())
    }

    /// Its function is one of a program in `.gene`.
    pub fn is_gene(&self) -> bool {
        let Some(function) = self.0.function.script() else { return false };
        function.value().as_closure().is_some_and(|closure| closure.function().source.gene)
    }

    /// What it is worth, if it is up to date.
    pub fn known(&self) -> Option<Given> {
        self.0.graph.with(|state| {
            let node = &state.nodes[self.0.id];
            (node.flags & (flag::MARKED | flag::CLAIMED) == 0).then(|| node.given())
        })
    }
}

impl Graph {
    /// A watcher of a source. [`Graph::look_soon`] follows, once the observer knows the watcher.
    pub fn watcher(self: &Arc<Graph>, place: &Arc<PlaceHold>, source: &Watchable) -> Effect {
        debug_assert!(Arc::ptr_eq(self, source.graph()));
        let source = source.node().id;
        let id = self.with(|state| {
            let id = state.insert(flag::EFFECT, null(), None, place.number());
            let edge = state.link(source, id);
            let sources = smallvec![Dependency { id: source, edge, version: 0, value: missing() }];
            state.nodes[id].work = Some(Box::new(Work { function: None, sources, is_new: false, local: NONE }));
            id
        });
        Effect { node: NodeHandle { graph: self.clone(), id, stamp: NONE }, _place: place.clone() }
    }

    /// Has the place look at a watcher's source, whether it has changed or not.
    pub fn look_soon(&self, watcher: &Effect) {
        self.with(|state| {
            let id = watcher.node.id;
            if state.nodes[id].flags & flag::QUEUED == 0 {
                state.nodes[id].flags |= flag::MARKED;
                state.enqueue(id, NONE);
            }
        });
    }

    /// The watchers whose sources may have changed since this was asked the last time.
    pub fn take_changed(&self, place: &PlaceHold) -> Vec<u32> {
        self.with(|state| {
            let queue = state.take_queue(place.number());
            let mut changed = Vec::with_capacity(queue.len());
            for id in queue {
                state.nodes[id].flags &= !(flag::QUEUED | flag::MARKED);
                if state.nodes[id].flags & flag::HELD == 0 {
                    state.free_if_unheld(id);
                } else {
                    changed.push(id);
                }
            }
            changed
        })
    }
}

impl Session {
    /// Runs an effect of another place, whether anything has changed or not: the driver runs something for it.
    pub fn run_anew(&mut self, effect: &Effect, place: &PlaceHold) -> Step {
        debug_assert!(Arc::ptr_eq(&effect.node.graph, &self.graph));
        let (id, base) = (effect.node.id, self.base());
        self.with(|chain, state| {
            // It is the only one there.
            for queued in state.take_queue(place.number()) {
                state.nodes[queued].flags &= !flag::QUEUED;
            }
            state.nodes[id].work.as_mut().expect("it does not run").is_new = true;
            chain.begin_view(state);
            chain.claim(state, id);
            chain.step(state, base)
        })
    }
}
