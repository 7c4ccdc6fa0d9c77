//! What a call from Rust brings along, as a value that is passed and never looked up: there is no "current context".

use crate::interface::Interface;
use crate::isolate::budget::Budget;
use crate::limits::{Limits, Role};
use crate::settings::Settings;
use crate::threads::SharedOutput;
use crate::vm::Tracker;
use parking_lot::Mutex;
use std::io::Write;
use std::sync::{Arc, Weak};

/// The circumstances of a call. All of it is shared by what the call starts, but for what belongs to the caller's own
/// thread: see [`ExecutionContext::for_worker_thread`].
#[derive(Clone, Default)]
pub struct ExecutionContext {
    /// Limits of this call, instead of those of the settings.
    pub limits: Option<Limits>,
    /// Settings of this call, instead of the machine's snapshot.
    pub settings: Option<Arc<Settings>>,
    /// Who may end the call from another thread.
    pub cancellation: Option<Cancellation>,
    /// The interface that is being built by the call, if one is: what a UI's natives add widgets to. It belongs to the
    /// thread that makes the call.
    pub interface: Option<Interface>,
    /// Remembers which signals the call reads, and says when one of them has changed.
    pub tracker: Option<Tracker>,
    /// The context in which this one was made.
    pub parent: Option<Arc<ExecutionContext>>,
    pub(crate) output: Option<SharedOutput>,
    pub(crate) role: Role,
}

impl ExecutionContext {
    /// Has this call print elsewhere than the others.
    pub fn with_output(mut self, output: Box<dyn Write + Send>) -> ExecutionContext {
        self.output = Some(SharedOutput::new(output));
        self
    }

    /// The context of threads and workers that the call starts: without what belongs to the caller's thread.
    pub fn for_worker_thread(&self) -> ExecutionContext {
        ExecutionContext { interface: None, tracker: None, ..self.clone() }
    }
}

/// Ends calls from another thread: the way an emergency stop does, at their next safe points, whatever they catch.
///
/// One may be given to several calls. Calls that begin after [`Cancellation::cancel`] end at once.
#[derive(Clone, Default)]
pub struct Cancellation {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cancelled: bool,
    budgets: Vec<Weak<Budget>>,
}

impl Cancellation {
    /// One that has not been cancelled.
    pub fn new() -> Cancellation {
        Cancellation::default()
    }

    /// Ends the calls that it was given to, with the error `Cancelled`.
    pub fn cancel(&self) {
        let mut state = self.state.lock();
        state.is_cancelled = true;
        let budgets = std::mem::take(&mut state.budgets);
        drop(state);
        budgets.iter().filter_map(Weak::upgrade).for_each(|budget| budget.cancel());
    }

    /// It has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.state.lock().is_cancelled
    }

    /// A call begins whose budget this is.
    pub(crate) fn watch(&self, budget: &Arc<Budget>) {
        let mut state = self.state.lock();
        if state.is_cancelled {
            drop(state);
            return budget.cancel();
        }
        state.budgets.retain(|budget| budget.strong_count() > 0);
        state.budgets.push(Arc::downgrade(budget));
    }
}
