//! The face for Rust: computed values and effects that are closures, and places to run such effects at.

use super::batch::SetEnd;
use super::graph::Graph;
use super::handle::{Computed, Effect, Function, Signal};
use super::places::PlaceHold;
use super::publishing::AfterAll;
use super::session::{EffectStep, Reading, Session, Step};
use motet_concurrency::Waker;
use motet_memory::{Frozen, Heap};
use std::sync::Arc;

/// Why a read gives no value. Closures pass it on with `?`.
#[derive(Clone, Debug)]
pub enum ReadError {
    /// The computed value failed with this error.
    Error(Frozen),
    /// Its function is a program's, which only an isolate of the program runs.
    NeedsIsolate,
    /// It depends on itself.
    Circle,
    /// It is computed first, without the functions that wait for it, and then the closure is called again: so many closures
    /// inside each other would not fit on the stack.
    Later(Later),
}

/// See [`ReadError::Later`].
#[derive(Clone)]
pub struct Later(Computed);

impl std::fmt::Debug for Later {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("later")
    }
}

/// What a closure reads with; the closure depends on all that it read this way.
pub struct Reader<'a> {
    session: &'a mut Session,
}

impl Reader<'_> {
    /// Reads a signal.
    #[inline]
    pub fn signal(&mut self, signal: &Signal) -> Frozen {
        self.session.signal(&signal.0, true).unwrap_or_else(|| signal.peek())
    }

    /// Reads a computed value.
    #[inline]
    pub fn computed(&mut self, computed: &Computed) -> Result<Frozen, ReadError> {
        match self.session.known(&computed.0) {
            Some(value) => Ok(value),
            None => read(self.session, computed, true),
        }
    }

    /// Sets a signal, from an effect.
    pub fn set(&mut self, signal: &Signal, value: Frozen) {
        self.session.set(signal, value, None);
    }
}

/// Reads a computed value, running closures for it.
fn read(session: &mut Session, computed: &Computed, tracks: bool) -> Result<Frozen, ReadError> {
    let given = match session.read(computed, tracks) {
        Reading::Ready(given) => given,
        Reading::Circle => return Err(ReadError::Circle),
        Reading::TooDeep => return Err(ReadError::Later(Later(computed.clone()))),
        Reading::Foreign => {
            return session_of(computed)
                .map_or(Err(ReadError::NeedsIsolate), |mut own| read(&mut own, computed, false));
        }
        Reading::Run { base, slot } => match drive(session, Step::Run, base) {
            Ok(()) => session.read_done(slot),
            // An isolate further out, if there is one, computes it first.
            Err(ReadError::NeedsIsolate) if !session.is_idle() => {
                return Err(ReadError::Later(Later(computed.clone())));
            }
            Err(failure) => return Err(failure),
        },
    };
    given.map_err(ReadError::Error)
}

/// A session of a computed value's own graph.
fn session_of(computed: &Computed) -> Option<Session> {
    Some(Session::new(computed.0.node.graph.clone(), super::slab::NONE))
}

/// Runs closures until the node above `base` is up to date.
fn drive(session: &mut Session, first: Step, base: usize) -> Result<(), ReadError> {
    session.closures += 1;
    let mut step = first;
    while step == Step::Run {
        let mut running = Running::begin(session, base);
        let result = running.call();
        let function = running.end();
        step = match result {
            Ok(value) => session.finish_with(Ok(value), function, base),
            Err(failure) => {
                session.return_function(function);
                match failed(session, failure, base) {
                    Ok(step) => step,
                    Err(failure) => {
                        session.closures -= 1;
                        return Err(failure);
                    }
                }
            }
        };
    }
    session.closures -= 1;
    Ok(())
}

/// A closure came to no value. An effect's failure is told to the place; it has run, and follows what it read. A computed
/// value that cannot be computed here is left as it is, with all that waits for it above `base`.
#[cold]
fn failed(session: &mut Session, failure: ReadError, base: usize) -> Result<Step, ReadError> {
    match failure {
        ReadError::Later(Later(computed)) => Ok(session.run_after(&computed, base)),
        failure if session.is_running_effect() => {
            session.finish(Ok(super::graph::null()), base);
            Err(failure)
        }
        ReadError::Error(error) => Ok(session.finish(Err(error), base)),
        ReadError::Circle => Ok(session.finish(Err(circle()), base)),
        ReadError::NeedsIsolate => {
            session.abandon(base, AfterAll::UntilChanged);
            Err(failure)
        }
    }
}

impl Session {
    /// Runs the topmost function, a closure, for a driver that runs others too.
    pub fn run_native(&mut self, base: usize) -> Step {
        let mut running = Running::begin(self, base);
        let result = running.call();
        let function = running.end();
        self.return_function(function);
        match result {
            Ok(value) => self.finish(Ok(value), base),
            Err(ReadError::Error(error)) => self.finish(Err(error), base),
            Err(ReadError::Later(Later(computed))) => self.run_after(&computed, base),
            Err(ReadError::Circle) => self.finish(Err(circle()), base),
            Err(ReadError::NeedsIsolate) => self.finish(Err(text("a closure read what only a program computes")), base),
        }
    }
}

fn circle() -> Frozen {
    text("a computed value depends on itself")
}

/// A closure that runs, and is away from its place meanwhile. If it panics, nothing stays claimed. What ran inside has ended,
/// also if it panicked: its frame is the topmost again.
struct Running<'a> {
    session: &'a mut Session,
    function: Option<Arc<Function>>,
    base: usize,
}

impl Running<'_> {
    /// Takes the topmost function.
    #[inline(always)]
    fn begin(session: &mut Session, base: usize) -> Running<'_> {
        let function = session.take_function();
        Running { session, function, base }
    }

    #[inline(always)]
    fn call(&mut self) -> Result<Frozen, ReadError> {
        match self.function.as_deref() {
            Some(Function::Native(closure)) => closure(&mut Reader { session: self.session }),
            Some(Function::Script(_) | Function::Late(_) | Function::Local(_)) | None => Err(ReadError::NeedsIsolate),
        }
    }

    /// The function, to be put back where it was.
    #[inline(always)]
    fn end(mut self) -> Option<Arc<Function>> {
        let function = self.function.take();
        // It has nothing more to drop: that is for panics.
        std::mem::forget(self);
        function
    }
}

impl Drop for Running<'_> {
    #[cold]
    fn drop(&mut self) {
        self.session.return_function(self.function.take());
        self.session.abandon(self.base, AfterAll::Again);
        if self.session.is_idle() {
            self.session.closures = 0;
        }
    }
}

/// A text as an error's value.
fn text(text: &str) -> Frozen {
    Frozen::new(&Heap::new().string(text)).expect("strings are immutable")
}

impl Graph {
    /// A value that a closure computes from others when it is read. Any thread may call the closure, and more than
    /// once.
    pub fn computed(
        self: &Arc<Graph>,
        function: impl Fn(&mut Reader<'_>) -> Result<Frozen, ReadError> + Send + Sync + 'static,
    ) -> Computed {
        self.computed_by(Function::Native(Box::new(function)))
    }
}

impl Computed {
    /// The value as it is now; the calling thread computes it if no other thread has done so yet.
    pub fn peek(&self) -> Result<Frozen, ReadError> {
        read(&mut Session::new(self.0.node.graph.clone(), super::slab::NONE), self, false)
    }
}

/// What is told of errors in effects.
pub type OnError = Box<dyn FnMut(ReadError) + Send>;

/// A thread of an embedder that runs effects of its own. They run before a set by this place returns; what others set,
/// [`Place::run_effects`] attends to.
pub struct Place {
    session: Session,
    hold: Arc<PlaceHold>,
    on_error: OnError,
}

impl Place {
    /// A place. The waker is told, by any thread, that there are effects to run.
    pub fn new(graph: &Arc<Graph>, waker: Option<Waker>, on_error: OnError) -> Place {
        let hold = graph.add_place(waker);
        Place { session: Session::new(graph.clone(), hold.number()), hold, on_error }
    }

    /// Does something now, and again whenever what it read has changed, for as long as the handle lives.
    pub fn effect(
        &mut self,
        function: impl Fn(&mut Reader<'_>) -> Result<(), ReadError> + Send + Sync + 'static,
    ) -> Effect {
        let null = || super::graph::null();
        let function = Function::Native(Box::new(move |reader| function(reader).map(|()| null())));
        let effect = self.session.graph.effect_by(&self.hold, function);
        let base = self.session.base();
        let step = self.session.first_run(&effect);
        if let Err(failure) = drive(&mut self.session, step, base) {
            (self.on_error)(failure);
        }
        self.run_effects();
        effect
    }

    /// Sets a signal, and runs this place's effects that depend on it.
    pub fn set(&mut self, signal: &Signal, value: Frozen) {
        if self.session.set(signal, value, None) == SetEnd::Stored {
            self.run_effects();
        }
    }

    /// Sets several signals at once: no reader sees some of the new values without the others.
    pub fn batch(&mut self, sets: impl Fn(&mut Batching<'_>)) {
        loop {
            self.session.begin_batch();
            sets(&mut Batching { session: &mut self.session });
            match self.session.end_batch() {
                Ok(SetEnd::Stored) => return self.run_effects(),
                Ok(_) => return,
                // Another thread changed what the batch has read.
                Err(_) => self.session.drop_batch(),
            }
        }
    }

    /// Reads a computed value.
    pub fn value(&mut self, computed: &Computed) -> Result<Frozen, ReadError> {
        read(&mut self.session, computed, false)
    }

    /// Runs the effects whose sources have changed.
    pub fn run_effects(&mut self) {
        let mut next = self.session.next_effect();
        loop {
            next = match next {
                EffectStep::Run => self.run_claimed(),
                EffectStep::Done => self.session.next_effect(),
                EffectStep::Idle => return,
                EffectStep::Circle => {
                    self.session.take_circle();
                    (self.on_error)(ReadError::Circle);
                    self.session.next_effect()
                }
            }
        }
    }

    /// Runs the topmost function, and those after it for which the graph does not have to be asked.
    #[inline(always)]
    fn run_claimed(&mut self) -> EffectStep {
        loop {
            let mut running = Running::begin(&mut self.session, 0);
            let result = running.call();
            let function = running.end();
            match result {
                Ok(value) => {
                    if !self.session.end(Ok(value), function, 0) {
                        return self.session.publish_and_go_on();
                    }
                }
                Err(failure) => {
                    self.session.return_function(function);
                    return self.go_on_after(failure);
                }
            }
        }
    }

    #[cold]
    fn go_on_after(&mut self, failure: ReadError) -> EffectStep {
        match failed(&mut self.session, failure, 0) {
            Ok(Step::Run) => return EffectStep::Run,
            Ok(Step::Done) => {}
            Err(failure) => (self.on_error)(failure),
        }
        self.session.next_effect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hold.close();
    }
}

/// What a batch sets with. The batch is called again if another thread has set what it updates.
pub struct Batching<'a> {
    session: &'a mut Session,
}

impl Batching<'_> {
    /// Runs a batch that belongs to no place: the effects of all places are woken by it.
    pub fn run<R>(graph: &Arc<Graph>, sets: &mut impl FnMut(&mut Batching<'_>) -> R) -> R {
        let mut session = Session::new(graph.clone(), super::slab::NONE);
        loop {
            session.begin_batch();
            let result = sets(&mut Batching { session: &mut session });
            match session.end_batch() {
                Ok(_) => return result,
                Err(_) => session.drop_batch(),
            }
        }
    }

    /// A batch stores under one lock, that of its graph.
    fn is_ours(&self, signal: &Signal) {
        let is_ours = Arc::ptr_eq(&signal.0.graph, &self.session.graph);
        assert!(is_ours, "a batch sets signals of its own virtual machine, not of another one");
    }

    /// Sets a signal, at the end of the batch.
    ///
    /// # Panics
    ///
    /// If the signal belongs to another machine.
    pub fn set(&mut self, signal: &Signal, value: Frozen) {
        self.is_ours(signal);
        self.session.set(signal, value, None);
    }

    /// Replaces a value by what a function makes of it.
    ///
    /// # Panics
    ///
    /// If the signal belongs to another machine.
    pub fn update(&mut self, signal: &Signal, function: impl FnOnce(&Frozen) -> Frozen) {
        self.is_ours(signal);
        let (former, version) = self.session.value_to_update(signal);
        self.session.set(signal, function(&former), Some(version));
    }

    /// Reads a signal as the batch has set it.
    pub fn signal(&mut self, signal: &Signal) -> Frozen {
        self.session.signal(&signal.0, false).unwrap_or_else(|| signal.peek())
    }

    /// Reads a computed value, computed from what the batch has set.
    pub fn computed(&mut self, computed: &Computed) -> Result<Frozen, ReadError> {
        read(self.session, computed, false)
    }
}
