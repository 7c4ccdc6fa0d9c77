//! Functions of the program that are called with each row, or with each part of a table. Natives run no programs: each call
//! is handed to the interpreter, which comes back with its result.

use super::table::Table;
use crate::layout::Layout;
use motet_vm::builtins::iterate::add_item;
use motet_vm::memory::Value;
use motet_vm::native::{CallArguments, Outcome, Resume};
use motet_vm::{Context, Result};
use std::sync::Arc;

/// What is done with the results.
type Then = Box<dyn FnOnce(&mut Context<'_>, Vec<Value>) -> Result<Outcome>>;

/// What a function is called with, one after the other.
enum With {
    Rows(Arc<Table>, Layout),
    Parts(Vec<Value>),
}

struct Calls {
    name: &'static str,
    with: With,
    next: usize,
    function: Value,
    results: Vec<Value>,
    then: Then,
}

/// Calls a function with each row as a record.
pub(super) fn with_rows(
    context: &mut Context<'_>,
    name: &'static str,
    table: Arc<Table>,
    function: Value,
    then: Then,
) -> Result<Outcome> {
    let layout = table.layout();
    let with = With::Rows(table, layout);
    Box::new(Calls { name, with, next: 0, function, results: Vec::new(), then }).go_on(context)
}

/// Calls a function with each of these values.
pub(super) fn with_parts(
    context: &mut Context<'_>,
    name: &'static str,
    parts: Vec<Value>,
    function: Value,
    then: Then,
) -> Result<Outcome> {
    Box::new(Calls { name, with: With::Parts(parts), next: 0, function, results: Vec::new(), then }).go_on(context)
}

impl Calls {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let next = match &mut self.with {
            With::Rows(table, _) if self.next == table.length => None,
            With::Rows(table, layout) => {
                context.work(table.columns.len() + 1)?;
                Some(table.row(self.next, layout, context.heap()))
            }
            With::Parts(parts) => parts.get(self.next).cloned(),
        };
        let Some(argument) = next else { return (self.then)(context, self.results) };
        self.next += 1;
        Ok(Outcome::Call { function: self.function.clone(), arguments: CallArguments::One(argument), then: self })
    }
}

impl Resume for Calls {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        add_item(context, self.name, &mut self.results, result)?;
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        self.results.iter().for_each(&mut *visit);
        if let With::Parts(parts) = &self.with {
            parts.iter().for_each(visit);
        }
    }
}
