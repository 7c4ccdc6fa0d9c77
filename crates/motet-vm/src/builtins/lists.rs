//! Lists: making and changing them.

use super::arguments::{unwritable, wrong};
use super::entry::{ANY, Entry, Kinds, Place};
use super::iterate::with_items;
use crate::context::Context;
use crate::error::Result;
use crate::memory::{List, Value};
use crate::native::{Arguments, Outcome};

fn list_argument<'a>(function: &str, value: &'a Value) -> Result<&'a List> {
    value.as_list().ok_or_else(|| wrong(function, "a list", value))
}

fn push(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    let list = list_argument("push", target)?;
    for value in &arguments.positional()[1..] {
        list.push(value.clone(), context.heap()).map_err(unwritable(target))?;
    }
    Ok(target.clone().into())
}

/// `%extend(list, values)`: what `[...xs]` does with what is no list.
fn extend(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let target = arguments.at(0);
    list_argument("extend", target)?;
    with_items(context, "extend", arguments.at(1), vec![target.clone()], |context, items, held| {
        let target = &held[0];
        let list = list_argument("extend", target)?;
        list.change(context.heap(), |list| list.extend(items)).map_err(unwritable(target))?;
        Ok(target.clone().into())
    })
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::new("push(list, ...values)", (2, ANY), push, "Adds values at the end of a list; gives the list.")
        .on(Kinds::LIST),
    Entry::new("%extend(list, values)", (2, 2), extend, "Adds all elements of something at the end of a list.")
        .at(Place::Helper),
];
