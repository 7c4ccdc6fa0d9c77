//! Lists: making and changing them.

use super::arguments::{unwritable, wrong};
use super::entry::{ANY, Entry, Kinds};
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

pub(super) static NATIVES: &[Entry] =
    &[Entry::new("push(list, ...values)", (2, ANY), push, "Adds values at the end of a list; gives the list.")
        .on(Kinds::LIST)];
