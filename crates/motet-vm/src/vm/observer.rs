//! Telling embedders that signals and computed values have changed.
//!
//! **The thread.** One OS thread for each machine, which is started by the first subscription and ends with the last
//! handle. It is a place of the signals' graph (`signals::watch`): when something that is watched may have changed, it is
//! woken, brings the value up to date, and calls the callback if the value is another one than that callback was told
//! last. So it does not slow down who sets; and bursts cost one call: the values in between are never looked at.
//!
//! **Nothing is held while a callback runs**, neither a lock nor an evaluation. A callback may set signals, call programs,
//! subscribe, and end any subscription, its own included.
//!
//! **The end.** A subscription's callback is dropped when the subscription is, when the last handle on the machine is,
//! after it has been told that an evaluation was stopped by a limit, and after it has panicked. Code that waits for a
//! callback to say something (a stream) hears of the end by that.
//!
//! The locks here are leaves: nothing is called, woken or dropped while one is held.

use super::Home;
use super::reading::{Unread, compute, read_source};
use crate::concurrency::{Bell, Reasons, Waker};
use crate::execution::{Cancellation, ExecutionContext};
use crate::main_isolate::Uncaught;
use crate::memory::Frozen;
use crate::signals::{Effect, EffectBell, Graph, PlaceHold, Watchable, is_same};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

/// What is called with each value that is told, or with the error that the computed value has become.
pub type ChangeCallback = Box<dyn FnMut(Result<Frozen, Box<Uncaught>>) + Send>;

/// The callback is told of changes until this is dropped. A call that has begun by then goes on; no other begins.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription {
    /// None if there was nothing to subscribe to any more.
    watch: Option<Arc<Watch>>,
}

/// See the module.
pub(super) struct Observer {
    graph: Arc<Graph>,
    bell: Arc<Bell>,
    state: Mutex<State>,
    /// Ends the evaluation that is going on when it is not wanted any more.
    cancellation: Cancellation,
}

#[derive(Default)]
struct State {
    /// There from the first subscription on, and with it the thread.
    place: Option<Arc<PlaceHold>>,
    /// By the numbers of their watchers.
    watches: HashMap<u32, Arc<Watch>>,
    is_closed: bool,
}

/// One subscription.
struct Watch {
    source: Watchable,
    watcher: Effect,
    observer: Weak<Observer>,
    state: Mutex<WatchState>,
}

struct WatchState {
    /// Away while it runs.
    callback: Option<ChangeCallback>,
    is_over: bool,
    last: Option<Seen>,
}

/// What the callback was told, as far as it matters for whether something else is news.
enum Seen {
    Value(Frozen),
    Error { kind: Box<str>, message: Box<str> },
}

impl Seen {
    fn new(read: &Result<Frozen, Box<Uncaught>>) -> Seen {
        match read {
            Ok(value) => Seen::Value(value.clone()),
            Err(error) => Seen::Error { kind: error.kind.clone(), message: error.message.clone() },
        }
    }

    /// Whether it makes no difference, as for those in programs.
    fn is_same(&self, read: &Result<Frozen, Box<Uncaught>>) -> bool {
        match (self, read) {
            (Seen::Value(last), Ok(value)) => is_same(last.value(), value.value()),
            (Seen::Error { kind, message }, Err(error)) => *kind == error.kind && *message == error.message,
            _ => false,
        }
    }
}

/// Has a callback called with every change, on a thread of the machine's: see [`Subscription`].
///
/// # Panics
///
/// If it is the machine's first subscription and the system gives no thread, as [`std::thread::spawn`] does.
pub fn watch_source(source: &Watchable, told: ChangeCallback) -> Subscription {
    let Some(home) = source.graph().owner::<Home>() else { return Subscription { watch: None } };
    let observer = home.observer.clone();
    let Some(place) = observer.place(&home) else { return Subscription { watch: None } };
    drop(home);
    // What it is told later is compared with this. A set from now on is a change.
    let last = match read_source(source) {
        Ok(value) => Some(Seen::Value(value)),
        Err(Unread::Failed(error)) => Some(Seen::new(&Err(error))),
        // The thread will find the same, and say so.
        Err(Unread::Stopped(_) | Unread::NoMachine) => None,
    };
    let watcher = observer.graph.watcher(&place, source);
    let state = Mutex::new(WatchState { callback: Some(told), is_over: false, last });
    let watch = Arc::new(Watch { source: source.clone(), watcher, observer: Arc::downgrade(&observer), state });
    {
        let mut state = observer.state.lock();
        if !state.is_closed {
            state.watches.insert(watch.watcher.number(), watch.clone());
        } else {
            drop(state);
            watch.end();
        }
    }
    observer.graph.look_soon(&watch.watcher);
    Subscription { watch: Some(watch) }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.end();
        }
    }
}

impl Watch {
    /// The callback is not told any more.
    fn end(&self) {
        if let Some(observer) = self.observer.upgrade() {
            let mut state = observer.state.lock();
            let number = self.watcher.number();
            // Another watch may have the number by now.
            let is_there = state.watches.get(&number).is_some_and(|watch| std::ptr::eq(&raw const **watch, self));
            let removed = if is_there { state.watches.remove(&number) } else { None };
            drop(state);
            drop(removed);
        }
        let mut state = self.state.lock();
        state.is_over = true;
        let callback = state.callback.take();
        drop(state);
        drop(callback);
    }

    /// Tells the subscriber if something has changed. False if that was the last time.
    fn tell(&self, read: Result<Frozen, Unread>) -> bool {
        let (read, is_last) = match read {
            Ok(value) => (Ok(value), false),
            Err(Unread::Failed(error)) => (Err(error), false),
            Err(Unread::Stopped(error)) => (Err(error), true),
            Err(Unread::NoMachine) => return false,
        };
        let mut state = self.state.lock();
        if state.is_over {
            return false;
        }
        if state.last.as_ref().is_some_and(|last| last.is_same(&read)) {
            return !is_last;
        }
        let former = state.last.replace(Seen::new(&read));
        let callback = state.callback.take();
        drop(state);
        drop(former);
        let Some(mut callback) = callback else { return false };
        let has_panicked = catch_unwind(AssertUnwindSafe(|| callback(read))).is_err();
        let mut state = self.state.lock();
        if state.is_over || is_last || has_panicked {
            drop(state);
            drop(callback);
            return false;
        }
        state.callback = Some(callback);
        true
    }
}

impl Observer {
    pub fn new(graph: Arc<Graph>) -> Arc<Observer> {
        let (bell, cancellation) = (Bell::detached(), Cancellation::new());
        Arc::new(Observer { graph, bell, state: Mutex::default(), cancellation })
    }

    /// The place of its watchers; begins to observe if it has not begun. None once it is over.
    fn place(self: &Arc<Observer>, home: &Arc<Home>) -> Option<Arc<PlaceHold>> {
        let known = |state: &State| (state.place.clone(), state.is_closed);
        let (place, is_closed) = known(&self.state.lock());
        if is_closed || place.is_some() {
            return place.filter(|_| !is_closed);
        }
        let place = self.graph.add_place(Some(Waker::new(Arc::new(EffectBell(self.bell.clone())), 0)));
        let mut state = self.state.lock();
        let (other, is_closed) = known(&state);
        if is_closed || other.is_some() {
            drop(state);
            drop(place);
            return other.filter(|_| !is_closed);
        }
        state.place = Some(place.clone());
        drop(state);
        let (observer, home, own) = (self.clone(), Arc::downgrade(home), place.clone());
        let thread = std::thread::Builder::new().name("motet observer".into());
        let started = thread.spawn(move || observer.observe(&own, &home));
        started.expect("the system gives a thread to observe signals");
        Some(place)
    }

    /// The life of its thread.
    fn observe(&self, place: &PlaceHold, home: &Weak<Home>) {
        let context = ExecutionContext { cancellation: Some(self.cancellation.clone()), ..ExecutionContext::default() };
        loop {
            self.bell.wait(None);
            if self.bell.take().contains(Reasons::STOP) {
                return;
            }
            for number in self.graph.take_changed(place) {
                let watch = self.state.lock().watches.get(&number).cloned();
                let Some(watch) = watch else { continue };
                if !watch.tell(self.look(&watch.source, home, &context)) {
                    watch.end();
                }
            }
        }
    }

    /// What a source is worth. The handle is not kept meanwhile: its end ends the evaluation.
    fn look(&self, source: &Watchable, home: &Weak<Home>, context: &ExecutionContext) -> Result<Frozen, Unread> {
        let computed = match source {
            Watchable::Signal(signal) => return Ok(signal.peek()),
            Watchable::Computed(computed) => computed,
        };
        if let Some(Ok(value)) = computed.known() {
            return Ok(value);
        }
        let Some(home) = home.upgrade() else { return Err(Unread::NoMachine) };
        let (machine, settings) = (home.machine.clone(), home.settings.read().clone());
        drop(home);
        compute(&machine, settings, context, computed)
    }

    /// No callback is told any more, and the thread ends.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        let watches = std::mem::take(&mut state.watches);
        let place = state.place.take();
        drop(state);
        watches.into_values().for_each(|watch| watch.end());
        self.cancellation.cancel();
        self.bell.ring(Reasons::STOP);
        drop(place);
    }
}
