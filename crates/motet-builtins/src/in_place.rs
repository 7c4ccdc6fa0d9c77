//! Functions that change a list where it is, beside those that make a new one: `sort_in_place` does what `sort` does, and
//! puts the result into the list.

use crate::{random, sequences, sorting};
use motet_vm::builtins::arguments::{WithOptions, bad_value, unwritable, wrong};
use motet_vm::builtins::{Call, Entry, Kinds};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome, Resume};
use motet_vm::{Context, Error, Result};

/// A native that makes a list on its way, and the list that gets its elements.
struct InPlace {
    /// None while it runs.
    inner: Option<Box<dyn Resume>>,
    target: Value,
    /// What the list had before the program was called. What the program does to the list meanwhile is not in the one that is
    /// made, and would be lost.
    before: Vec<Value>,
}

impl InPlace {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>, outcome: Outcome) -> Result<Outcome> {
        Ok(match outcome {
            Outcome::Return(_) if self.has_changed() => {
                return Err(bad_value("the list was changed while it was sorted")
                    .with_hint("change it afterwards, or sort into a new one: sort(xs)"));
            }
            Outcome::Return(made) => put(context, &made, self.target)?,
            Outcome::Call { function, arguments, then } => {
                self.inner = Some(then);
                Outcome::Call { function, arguments, then: self }
            }
            Outcome::Next { generator, then } => {
                self.inner = Some(then);
                Outcome::Next { generator, then: self }
            }
            other => other,
        })
    }

    fn has_changed(&self) -> bool {
        self.target.as_list().is_none_or(|list| {
            let (now, before) = (list.items(), &self.before);
            now.len() != before.len() || now.iter().zip(before).any(|(now, before)| !now.is_same(before))
        })
    }

    fn running(&mut self) -> Box<dyn Resume> {
        self.inner.take().expect("it is told once how a call ended")
    }
}

impl Resume for InPlace {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let outcome = self.running().resume(context, result)?;
        self.go_on(context, outcome)
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let outcome = self.running().failed(context, error)?;
        self.go_on(context, outcome)
    }

    fn name(&self) -> &'static str {
        self.inner.as_ref().map_or("sort_in_place", |inner| inner.name())
    }

    fn keeps_messages_out(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.keeps_messages_out())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.inner.iter().for_each(|inner| inner.trace(visit));
        visit(&self.target);
        self.before.iter().for_each(visit);
    }
}

/// Puts the elements of a list into another one, which is the result.
fn put(context: &mut Context<'_>, made: &Value, target: Value) -> Result<Outcome> {
    let items = made.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
    if let Some(list) = target.as_list() {
        // What was there is dropped when the list can be read again.
        let change = |old: &mut Vec<Value>| std::mem::replace(old, items);
        list.change(context.heap(), change).map(drop).map_err(unwritable(&target))?;
    }
    Ok(Outcome::Return(target))
}

fn in_place(context: &mut Context<'_>, arguments: Arguments<'_>, name: &str, make: Call) -> Result<Outcome> {
    let target = arguments.at(0).clone();
    let Some(list) = target.as_list() else { return Err(wrong(name, "a list", &target)) };
    list.check_writable().map_err(unwritable(&target))?;
    let outcome = make(context, arguments)?;
    if let Outcome::Return(made) = &outcome {
        return put(context, made, target);
    }
    // Nothing of the program that changes something has run yet.
    let before = list.items().to_vec();
    Box::new(InPlace { inner: None, target, before }).go_on(context, outcome)
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
        "Sorts the list itself, as `sort` does with a new one; gives the list. If `f` or a method `compare` changes the list, that is a `ValueError`, and the list stays as they leave it.",
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
