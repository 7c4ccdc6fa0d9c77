//! What the command and embedders do with an isolate beside running modules.

use super::{MainIsolate, Uncaught};
use crate::error::ErrorKind;
use crate::memory::{Frozen, PrintOptions, Value, copy, freeze, print_value};
use crate::threads::Reporter;
use std::sync::Arc;

/// The names that programs may use without defining them.
pub struct GlobalNames {
    builtins: Arc<crate::builtins::Builtins>,
    globals: Vec<Box<str>>,
}

impl GlobalNames {
    pub(crate) fn new(builtins: Arc<crate::builtins::Builtins>, globals: Vec<Box<str>>) -> GlobalNames {
        GlobalNames { builtins, globals }
    }

    pub fn is_known(&self, name: &str) -> bool {
        self.globals.iter().any(|global| **global == *name) || self.builtins.is_extern(name)
    }

    pub fn all(&self) -> Vec<Box<str>> {
        self.globals.iter().cloned().chain(self.builtins.names().map(Into::into)).collect()
    }

    /// What the names of builtins mean.
    pub fn builtins(&self) -> &Arc<crate::builtins::Builtins> {
        &self.builtins
    }

    /// What a name from another language is called here, for hints.
    pub fn familiar(&self, name: &str) -> Option<&'static str> {
        self.builtins.familiar(name)
    }

    /// See [`Builtins::pure`](crate::builtins::Builtins::pure); an embedder's global may have any effect.
    pub fn pure(&self, name: &str) -> Option<&'static str> {
        let is_builtin = !self.globals.iter().any(|global| **global == *name);
        is_builtin.then(|| self.builtins.pure(name)).flatten()
    }
}

impl MainIsolate {
    /// The names that programs may use without defining them.
    pub fn global_names(&self) -> GlobalNames {
        let shared = self.isolate.thread().program().machine.global_names();
        let globals = self.isolate.globals.keys().cloned().chain(shared).collect();
        GlobalNames { builtins: Arc::clone(&self.isolate.builtins), globals }
    }

    /// Defines a global of the embedder. Code that is loaded later sees it. Threads that the program starts see an
    /// immutable copy; one that cannot be made immutable is not known to them.
    pub fn set_global(&mut self, name: &str, value: Value) {
        let shared = copy(&value, &self.isolate.heap);
        if freeze(&shared, &self.isolate.heap).is_ok()
            && let Some(frozen) = Frozen::new(&shared)
        {
            self.isolate.thread().program().machine.set_global(name, frozen);
        }
        self.isolate.globals.insert(name.into(), value);
    }

    /// It is the error of a deadlock that was reported when it was found.
    pub fn was_reported(&self, error: &Uncaught) -> bool {
        *error.kind == *ErrorKind::Deadlock.name() && self.isolate.thread().program().deadlocks() > 0
    }

    /// Sets what shows the errors of threads, of tasks that are not awaited and of message callbacks.
    pub fn set_reporter(&mut self, reporter: Reporter) {
        self.isolate.thread().program().machine.set_reporter(reporter);
    }

    /// How many errors were reported so.
    pub fn reported_errors(&self) -> usize {
        self.isolate.thread().program().failures()
    }

    /// The command line's arguments, as the list `args`.
    pub fn set_arguments(&mut self, arguments: &[String]) {
        let items = arguments.iter().map(|argument| self.isolate.heap.string(argument)).collect();
        let list = self.isolate.heap.list(items);
        self.set_global("args", list);
    }

    /// Prints a value on a line of its own, strings in quotes.
    pub fn show(&mut self, value: &Value) {
        let text = print_value(value, &PrintOptions { quote: true, ..self.isolate.print_options() });
        // The output reports what went wrong when it is flushed.
        let _ = writeln!(self.isolate.output(), "{text}");
    }
}
