//! Futures as one isolate holds them: values that complete once, with a result or an error.
//!
//! Every future that a program touches is one of these, whether a task, a timer or another thread completes it. What
//! crosses threads is the core of `concurrency::completion`; [`Origin::Elsewhere`] is its end here, and when a future of
//! this isolate is sent away, its [`Export`] completes the core that other isolates hold.
//!
//! A future that is sent is noted in the isolate's [`Exports`]: packing the result needs the heap, which `send` is not
//! given. The isolate looks there after each packing (`isolate::tasks::crossing`).

use crate::builtins::Late;
use crate::error::Error;
use crate::memory::{ForeignKind, ForeignObject, Heap, HoldsValues, SharedForeign, Value};
use crate::scheduler::{TaskId, Token};
use crate::threads::{ResultCompleter, SharedFuture};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// What a future has come to.
#[derive(Clone)]
pub(crate) enum FutureState {
    Pending,
    Done(Value),
    /// With an error instance.
    Failed(Value),
}

/// Who completes a future.
#[derive(Clone, Default)]
pub(crate) enum Origin {
    /// Neither a task nor another thread: a timer, a native.
    #[default]
    Native,
    Task(TaskId),
    Elsewhere(Arc<SharedFuture>),
}

/// The insides of a future.
pub(crate) struct Future {
    state: RefCell<State>,
    waiters: RefCell<Waiting>,
    origin: RefCell<Origin>,
    /// The core that other isolates hold, and who completes it.
    export: RefCell<Option<Box<Export>>>,
    exports: Rc<Exports>,
}

enum State {
    Pending {
        /// Its error will be taken notice of, should it end with one.
        awaited: bool,
    },
    Done(Value),
    Failed(Value, Rc<FutureError>),
}

/// An error that some future ended with. The isolate reports those that were never asked about.
pub(crate) struct FutureError {
    pub error: Value,
    pub observed: Cell<bool>,
}

/// The tokens of those who wait, in the order in which they came. Nearly always there is one at most, and there may be a
/// million futures: the others are elsewhere.
#[derive(Default)]
struct Waiting {
    first: Option<Token>,
    others: Option<Box<Others>>,
}

/// Those who came after a first one.
#[derive(Default)]
struct Others {
    tokens: Vec<Option<Token>>,
    /// How many of them still wait.
    left: usize,
}

impl Waiting {
    fn add(&mut self, token: Token) {
        if self.first.is_none() && self.others.as_ref().is_none_or(|others| others.left == 0) {
            self.others = None;
            self.first = Some(token);
        } else {
            let others = self.others.get_or_insert_default();
            others.tokens.push(Some(token));
            others.left += 1;
        }
    }

    fn remove(&mut self, token: Token) {
        if self.first == Some(token) {
            self.first = None;
            return;
        }
        let Some(others) = &mut self.others else { return };
        let Some(place) = others.tokens.iter_mut().rev().find(|waiter| **waiter == Some(token)) else { return };
        *place = None;
        others.left -= 1;
        if others.left * 2 < others.tokens.len() {
            others.tokens.retain(Option::is_some);
        }
    }

    fn iter(&self) -> impl Iterator<Item = Token> + '_ {
        let others = self.others.iter().flat_map(|others| others.tokens.iter().flatten());
        self.first.into_iter().chain(others.copied())
    }
}

/// Completes what other isolates hold of a future.
pub(crate) struct Export {
    shared: Arc<SharedFuture>,
    /// None for the moment between sending and [`Future::keep_completer`].
    pub completer: Option<ResultCompleter>,
    /// The errand by which they cancel it, which ends with it.
    pub cancel: Option<Token>,
}

/// What was sent away since the isolate last looked.
#[derive(Default)]
pub(crate) struct Exports {
    requests: RefCell<Vec<ExportRequest>>,
    /// Computed values whose functions are to be frozen.
    late: RefCell<Vec<Rc<Late>>>,
    /// There is such a computed value, or was.
    has_late: Cell<bool>,
}

/// A future that was sent away.
pub(crate) enum ExportRequest {
    /// It had completed: this is to be packed.
    Settled(ResultCompleter, Result<Value, Value>),
    /// A task will complete it, and is to be cancelled when the other side asks for that.
    Running(ResultCompleter, TaskId),
}

impl Exports {
    pub fn is_empty(&mut self) -> bool {
        self.requests.get_mut().is_empty() && self.late.get_mut().is_empty()
    }

    /// A computed value was sent away whose function is not frozen.
    pub fn add_late(&self, late: Rc<Late>) {
        self.late.borrow_mut().push(late);
    }

    /// A computed value was made whose function is frozen later.
    pub fn note_late(&self) {
        self.has_late.set(true);
    }

    /// There never was one: nothing has to be looked for.
    pub fn has_made_none(&self) -> bool {
        !self.has_late.get()
    }

    /// Those of which [`Exports::add_late`] told.
    pub fn take_late(&self) -> Vec<Rc<Late>> {
        self.late.take()
    }

    /// The next one.
    pub fn take(&self) -> Option<ExportRequest> {
        self.requests.borrow_mut().pop()
    }
}

impl Future {
    /// A future that is not complete.
    pub fn pending(heap: &Heap, exports: &Rc<Exports>, origin: Origin) -> Value {
        heap.foreign(Box::new(Future {
            state: RefCell::new(State::Pending { awaited: false }),
            waiters: RefCell::default(),
            origin: RefCell::new(origin),
            export: RefCell::default(),
            exports: exports.clone(),
        }))
    }

    /// The future behind a value.
    pub fn of(value: &Value) -> Option<&Future> {
        value.as_foreign()?.downcast()
    }

    /// What it has come to. The caller will see the error, if it is one.
    pub fn observe(&self) -> FutureState {
        match &*self.state.borrow() {
            State::Pending { .. } => FutureState::Pending,
            State::Done(value) => FutureState::Done(value.clone()),
            State::Failed(error, failure) => {
                failure.observed.set(true);
                FutureState::Failed(error.clone())
            }
        }
    }

    pub fn is_pending(&self) -> bool {
        matches!(*self.state.borrow(), State::Pending { .. })
    }

    /// A caller has taken charge of it, and will decide whether its error matters if it ends with one.
    pub fn take_charge(&self) {
        match &mut *self.state.borrow_mut() {
            State::Pending { awaited } => *awaited = true,
            State::Done(_) => {}
            State::Failed(_, failure) => failure.observed.set(true),
        }
    }

    /// It is pending, and a caller has taken charge of it.
    pub fn is_awaited(&self) -> bool {
        matches!(*self.state.borrow(), State::Pending { awaited: true })
    }

    /// It ended with an error.
    pub fn has_failed(&self) -> bool {
        matches!(*self.state.borrow(), State::Failed(..))
    }

    pub fn origin(&self) -> Origin {
        self.origin.borrow().clone()
    }

    pub fn set_origin(&self, origin: Origin) {
        *self.origin.borrow_mut() = origin;
    }

    /// Has a suspended task woken when it completes.
    pub fn add_waiter(&self, token: Token) {
        self.waiters.borrow_mut().add(token);
    }

    /// Who waits for it, the first if there are several.
    pub fn first_waiter(&self) -> Option<Token> {
        self.waiters.borrow().first
    }

    /// The task waits no longer.
    pub fn remove_waiter(&self, token: Token) {
        self.waiters.borrow_mut().remove(token);
    }

    /// Keeps what completes the core that was sent away, and the errand by which it is cancelled.
    pub fn keep_completer(&self, completer: ResultCompleter, cancel: Token) {
        if let Some(export) = &mut *self.export.borrow_mut() {
            (export.completer, export.cancel) = (Some(completer), Some(cancel));
        }
    }

    /// Has its result completed elsewhere, too: it is the end of something that others wait for.
    /// `cancel`: the errand by which they cancel it.
    pub fn deliver_to(&self, shared: Arc<SharedFuture>, completer: ResultCompleter, cancel: Token) {
        *self.export.borrow_mut() = Some(Box::new(Export { shared, completer: Some(completer), cancel: Some(cancel) }));
    }

    /// Completes it, once; later completions change nothing. Gives those to wake, and the error if it is one.
    pub fn complete(&self, result: Result<Value, Value>) -> Option<Completed> {
        let State::Pending { awaited } = *self.state.borrow() else { return None };
        let mut failure = None;
        *self.state.borrow_mut() = match result {
            Ok(value) => State::Done(value),
            Err(error) => {
                let note = Rc::new(FutureError { error: error.clone(), observed: Cell::new(awaited) });
                failure = Some(note.clone());
                State::Failed(error, note)
            }
        };
        *self.origin.borrow_mut() = Origin::Native;
        let waiters = self.waiters.take();
        Some(Completed { waiters, failure, export: self.export.take() })
    }
}

/// What follows from the completion of a future.
pub(crate) struct Completed {
    waiters: Waiting,
    pub failure: Option<Rc<FutureError>>,
    pub export: Option<Box<Export>>,
}

impl Completed {
    /// Those who waited for it.
    pub fn waiters(&self) -> impl Iterator<Item = Token> + '_ {
        self.waiters.iter()
    }
}

/// Futures, of this isolate or shared.
/// The error for a future where a condition stands; nothing for any other value.
pub(crate) fn as_condition(value: &Value) -> crate::error::Result<()> {
    let Some(foreign) = value.as_foreign() else { return Ok(()) };
    if let Some((reason, hint)) = foreign.object().no_condition() {
        return Err(Error::type_error(reason).with_hint(hint));
    }
    if *foreign.object().kind() != FUTURE {
        return Ok(());
    }
    Err(Error::type_error("a future is no condition: it counts as true whatever comes of it")
        .with_hint("wait for its result: `await f`"))
}

pub(crate) static FUTURE: ForeignKind = ForeignKind::new("Future");

impl ForeignObject for Future {
    fn kind(&self) -> &'static ForeignKind {
        &FUTURE
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Future {}>", self.state_name()))
    }

    fn send(&self) -> Result<Arc<dyn SharedForeign>, &'static str> {
        if let Origin::Elsewhere(shared) = &*self.origin.borrow() {
            return Ok(shared.clone());
        }
        if let Some(export) = &*self.export.borrow() {
            return Ok(export.shared.clone());
        }
        let (completer, core) = crate::concurrency::completion();
        let shared = Arc::new(SharedFuture::asking(core));
        let mut requests = self.exports.requests.borrow_mut();
        match &*self.state.borrow() {
            State::Pending { .. } => {
                let kept = match *self.origin.borrow() {
                    Origin::Task(task) => {
                        requests.push(ExportRequest::Running(completer, task));
                        None
                    }
                    _ => Some(completer),
                };
                *self.export.borrow_mut() =
                    Some(Box::new(Export { shared: shared.clone(), completer: kept, cancel: None }));
            }
            State::Done(value) => requests.push(ExportRequest::Settled(completer, Ok(value.clone()))),
            State::Failed(error, failure) => {
                failure.observed.set(true);
                requests.push(ExportRequest::Settled(completer, Err(error.clone())));
            }
        }
        Ok(shared)
    }
}

impl Future {
    /// For programs: `pending`, `done`, `failed`.
    pub fn state_name(&self) -> &'static str {
        match &*self.state.borrow() {
            State::Pending { .. } => "pending",
            State::Done(_) => "done",
            State::Failed(..) => "failed",
        }
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Future {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match &*self.state.borrow() {
            State::Pending { .. } => {}
            State::Done(value) | State::Failed(value, _) => visit(value),
        }
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        match self.state.replace(State::Pending { awaited: false }) {
            State::Pending { .. } => {}
            State::Done(value) | State::Failed(value, _) => sink(value),
        }
    }
}
