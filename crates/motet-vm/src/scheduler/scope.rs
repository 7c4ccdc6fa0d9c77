//! Structured scopes: no task that is started in one outlives it, and the first error cancels the rest.
//!
//! A task that is started belongs to the scope of the task that starts it. The scope's own task waits at its end for the
//! tasks inside. The first of them to fail leaves its error with the scope and has the others cancelled, the scope's own
//! task included, which throws the error instead.

use super::{Scheduler, TaskId, Token};
use crate::memory::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// See the module.
pub(crate) struct Scope {
    /// The task whose scope it is.
    owner: TaskId,
    outer: Option<Rc<Scope>>,
    tasks: RefCell<BTreeSet<TaskId>>,
    /// The first error. Held as a root while the scope is open.
    failure: RefCell<Option<Value>>,
    /// The owner waits for the tasks under this token.
    waits: Cell<Option<Token>>,
}

impl Scope {
    /// The first error of a task inside.
    pub fn take_failure(&self) -> Option<Value> {
        self.failure.borrow_mut().take()
    }

    pub fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    /// The owner is told under this token when the last task has ended.
    pub fn wait(&self, token: Token) {
        self.waits.set(Some(token));
    }
}

impl Scheduler<'_> {
    /// Opens a scope in the running task.
    pub(crate) fn open_scope(&mut self) -> Rc<Scope> {
        let record = self.isolate.tasks.current.as_mut().expect("a task is running");
        let scope = Rc::new(Scope {
            owner: record.id,
            outer: record.scope.take(),
            tasks: RefCell::default(),
            failure: RefCell::default(),
            waits: Cell::new(None),
        });
        record.scope = Some(scope.clone());
        scope
    }

    /// Closes the scope of the running task.
    pub(crate) fn close_scope(&mut self, scope: &Rc<Scope>) {
        let record = self.isolate.tasks.current.as_mut().expect("a task is running");
        record.scope = scope.outer.clone();
    }

    /// Cancels the tasks of a scope.
    pub(crate) fn cancel_scope(&mut self, scope: &Scope) {
        let tasks = scope.tasks.borrow().clone();
        for task in tasks {
            self.cancel_task(task);
        }
    }

    /// A new task belongs to a scope.
    pub(super) fn enter_scope(&self, task: TaskId, scope: Option<&Rc<Scope>>) {
        if let Some(scope) = scope {
            scope.tasks.borrow_mut().insert(task);
        }
    }

    /// A task of a scope has ended; with an error, unless that is only that it was cancelled.
    pub(super) fn leave_scope(&mut self, task: TaskId, scope: &Rc<Scope>, error: Option<&Value>) {
        scope.tasks.borrow_mut().remove(&task);
        if let Some(error) = error
            && scope.failure.borrow().is_none()
        {
            *scope.failure.borrow_mut() = Some(error.clone());
            self.cancel_scope(scope);
            // A scope that already waits at its end looks there; cancelled, it would give up waiting for the others.
            if scope.waits.get().is_none() {
                self.cancel_task(scope.owner);
            }
        }
        if scope.is_empty()
            && let Some(token) = scope.waits.take()
        {
            self.wake(token);
        }
    }
}
