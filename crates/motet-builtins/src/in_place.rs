//! Functions that change a list where it is, beside those that make a new one: `sort_in_place` does what `sort` does, and
//! puts the result into the list.

use crate::{random, sequences, sorting};
use motet_vm::builtins::arguments::{WithOptions, unwritable, wrong};
use motet_vm::builtins::{Call, Entry, Kinds};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome, Resume};
use motet_vm::{Context, Error, Result};

/// A native that makes a list on its way, and the list that gets its elements.
struct InPlace {
    inner: Box<dyn Resume>,
    target: Value,
}

impl InPlace {
    fn go_on(context: &mut Context<'_>, outcome: Outcome, target: Value) -> Result<Outcome> {
        let wrap = |inner, target| Box::new(InPlace { inner, target });
        Ok(match outcome {
            Outcome::Return(made) => {
                let items = made.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
                if let Some(list) = target.as_list() {
                    // What was there is dropped when the list can be read again.
                    let change = |old: &mut Vec<Value>| std::mem::replace(old, items);
                    list.change(context.heap(), change).map(drop).map_err(unwritable(&target))?;
                }
                Outcome::Return(target)
            }
            Outcome::Call { function, arguments, then } => {
                Outcome::Call { function, arguments, then: wrap(then, target) }
            }
            Outcome::Next { generator, then } => Outcome::Next { generator, then: wrap(then, target) },
            other => other,
        })
    }
}

impl Resume for InPlace {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let InPlace { inner, target } = *self;
        let outcome = inner.resume(context, result)?;
        InPlace::go_on(context, outcome, target)
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let InPlace { inner, target } = *self;
        let outcome = inner.failed(context, error)?;
        InPlace::go_on(context, outcome, target)
    }

    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.inner.trace(visit);
        visit(&self.target);
    }
}

fn in_place(context: &mut Context<'_>, arguments: Arguments<'_>, name: &str, make: Call) -> Result<Outcome> {
    let target = arguments.at(0).clone();
    let Some(list) = target.as_list() else { return Err(wrong(name, "a list", &target)) };
    list.check_writable().map_err(unwritable(&target))?;
    let outcome = make(context, arguments)?;
    InPlace::go_on(context, outcome, target)
}

fn sort_in_place(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    // A mistake in the options is told before one in the list, as elsewhere.
    WithOptions::of("sort_in_place", arguments, 1, sorting::OPTIONS)?;
    in_place(context, arguments, "sort_in_place", sorting::sort)
}

fn reverse_in_place(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    in_place(context, arguments, "reverse_in_place", sequences::reverse)
}

fn shuffle_in_place(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    in_place(context, arguments, "shuffle_in_place", random::shuffle)
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "sort_in_place(list, f = null, by: f, descending: false)",
        sort_in_place,
        "Sorts the list itself, as `sort` does with a new one; gives the list.",
    )
    .on(Kinds::LIST),
    Entry::function("reverse_in_place(list)", reverse_in_place, "Reverses the list itself; gives the list.")
        .on(Kinds::LIST),
    Entry::function(
        "shuffle_in_place(list)",
        shuffle_in_place,
        "Puts the list itself into random order; gives the list.",
    )
    .on(Kinds::LIST),
];
