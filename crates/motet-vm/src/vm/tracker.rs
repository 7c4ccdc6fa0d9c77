//! Calls whose reads of signals are remembered, so that the caller hears when the call would give something else
//! (V-04). A user interface draws so: it calls the function that describes the screen, and calls it again when told.
//!
//! A tracker is an effect without a function, at a place of its own: the call is its run, whichever isolate makes it, and
//! the place's waker is the notifier.

use super::Vm;
use crate::concurrency::{Wake, Waker};
use crate::signals::{Effect, Function, Graph, PlaceHold};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// See the module. A clone is another handle on the same tracker; it follows one call at a time.
#[derive(Clone)]
pub struct Tracker(Arc<Body>);

struct Body {
    effect: Effect,
    place: Arc<PlaceHold>,
    is_in_use: AtomicBool,
}

/// A call that a tracker follows.
pub(crate) struct Tracking(Tracker);

struct Notifier(Box<dyn Fn() + Send + Sync>);

impl Wake for Notifier {
    fn wake(&self, _: u64) {
        // Who sets a signal must not fail for that. The panic hook has shown it.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.0)()));
    }
}

impl Vm {
    /// A tracker for calls of this machine. The notifier is called once when something that the last call has read has
    /// changed; from any thread, without a lock held. It must not block.
    pub fn tracker(&self, notifier: impl Fn() + Send + Sync + 'static) -> Tracker {
        Tracker::new(&self.home.machine.graph, notifier)
    }
}

impl Tracker {
    /// A tracker for calls of programs with this graph.
    pub(crate) fn new(graph: &Arc<Graph>, notifier: impl Fn() + Send + Sync + 'static) -> Tracker {
        let place = graph.add_place(Some(Waker::new(Arc::new(Notifier(Box::new(notifier))), 0)));
        let effect = graph.effect_by(&place, Function::of_driver("a tracked call"));
        Tracker(Arc::new(Body { effect, place, is_in_use: AtomicBool::new(false) }))
    }

    /// A call begins; none if the tracker follows another one still.
    pub(crate) fn begin(&self) -> Option<Tracking> {
        (!self.0.is_in_use.swap(true, Ordering::Acquire)).then(|| Tracking(self.clone()))
    }
}

impl Tracking {
    pub fn effect(&self) -> &Effect {
        &self.0.0.effect
    }

    pub fn place(&self) -> &PlaceHold {
        &self.0.0.place
    }
}

impl Drop for Tracking {
    fn drop(&mut self) {
        self.0.0.is_in_use.store(false, Ordering::Release);
    }
}
