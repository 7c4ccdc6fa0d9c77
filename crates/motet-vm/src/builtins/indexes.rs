//! Indexes of several parts, `m[i, j]`: of lists in lists, and of objects, which get all parts at once.

use super::arguments::{bad_value, describe, end_of_slice, integer, out_of_range, place, too_big, wrong};
use super::entry::{Entry, Place};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::interpreter::fields::set_index_value;
use crate::interpreter::operators::{bound_operator, is_object};
use crate::memory::{ForeignKind, ForeignObject, HoldsValues, Symbol, Value, type_name};
use crate::native::{Arguments, CallArguments, Outcome};
use std::cell::RefCell;

/// Indexes between one pair of brackets, at most: they are walked over by recursion.
const MOST_INDEXES: usize = 32;

fn parts(indexes: &Value) -> Result<Vec<Value>> {
    let indexes = indexes.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
    if indexes.len() > MOST_INDEXES {
        return Err(too_big("an index", indexes.len(), MOST_INDEXES, "parts"));
    }
    Ok(indexes)
}

/// `%index_many(m, [i, j])`: `m[i, j]`. An object is asked for `get_index(i, j)`. Of a list it is `m[i][j]`, and where `i` is a
/// range, the list of the elements `j` of those rows.
fn index_many(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let indexes = parts(arguments.at(1))?;
    if is_object(arguments.at(0)) {
        let name = context.isolate.names.get_index;
        return ask_object(context, arguments.at(0), name, indexes);
    }
    Ok(element_of(context, arguments.at(0), &indexes)?.into())
}

fn element_of(context: &Context<'_>, value: &Value, indexes: &[Value]) -> Result<Value> {
    let Some((index, rest)) = indexes.split_first() else { return Ok(value.clone()) };
    let Some(list) = value.as_list() else {
        let error =
            Error::type_error(format!("an index of several parts is for lists in lists, not for {}", describe(value)));
        return Err(error.with_hint("m[i, j] is m[i][j]"));
    };
    if let Some(range) = index.as_range() {
        let items = list.items();
        let start = end_of_slice(range.start.unwrap_or(0), items.len());
        let end = match range.end {
            Some(end) if !(range.inclusive && end == -1) => {
                end_of_slice(end.saturating_add(i64::from(range.inclusive)), items.len())
            }
            _ => items.len(),
        };
        if range.step != 1 {
            return Err(bad_value("an index takes a range with step 1"));
        }
        let end = end.max(start);
        let chosen =
            items[start..end].iter().map(|item| element_of(context, item, rest)).collect::<Result<Vec<_>>>()?;
        return Ok(context.heap().list(chosen));
    }
    let index = integer("an index", "a part of it", index)?;
    let item = place(index, list.length()).and_then(|at| list.get(at));
    let item = item.ok_or_else(|| out_of_range("list", index, list.length()))?;
    element_of(context, &item, rest)
}

/// `%index_place(m, [i, j])`: what `[k]` is assigned in where `m[i, j, k]` is: the list `m[i, j]`, or a part of an object.
fn index_place(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let object = arguments.at(0);
    let indexes = parts(arguments.at(1))?;
    if !is_object(object) {
        let place = element_of(context, object, &indexes)?;
        return match indexes.iter().filter(|index| index.as_range().is_some()).count() {
            0 => Ok(place.into()),
            1 => {
                let rows = place.as_list().map(|rows| rows.items().to_vec()).unwrap_or_default();
                Ok(context.heap().foreign(Box::new(Rows { rows: RefCell::new(rows) })).into())
            }
            _ => Err(bad_value("an assignment takes one range among the first indexes")),
        };
    }
    let held = std::iter::once(object.clone()).chain(indexes).collect();
    Ok(context.heap().foreign(Box::new(PartOfObject { held: RefCell::new(held) })).into())
}

/// An object and all but the last of its indexes. It lives while the element behind the last index is assigned.
struct PartOfObject {
    /// The object, then the indexes.
    held: RefCell<Vec<Value>>,
}

static PART_OF_OBJECT: ForeignKind = ForeignKind::new("Part");

impl ForeignObject for PartOfObject {
    fn kind(&self) -> &'static ForeignKind {
        &PART_OF_OBJECT
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for PartOfObject {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.held.borrow().iter().for_each(visit);
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        self.held.take().into_iter().for_each(sink);
    }
}

/// Rows of which one element each is assigned: `m[.., j] = values`.
struct Rows {
    rows: RefCell<Vec<Value>>,
}

static ROWS: ForeignKind = ForeignKind::new("Rows");

impl ForeignObject for Rows {
    fn kind(&self) -> &'static ForeignKind {
        &ROWS
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }
}

// SAFETY: `trace` only visits.
unsafe impl HoldsValues for Rows {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.rows.borrow().iter().for_each(visit);
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        self.rows.take().into_iter().for_each(sink);
    }
}

fn rows_of(value: &Value) -> Vec<Value> {
    let rows = value.as_foreign().and_then(|foreign| foreign.downcast::<Rows>());
    rows.map(|rows| rows.rows.borrow().clone()).unwrap_or_default()
}

fn get_in_rows(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let index = [arguments.at(1).clone()];
    let rows = rows_of(arguments.at(0));
    let items = rows.iter().map(|row| element_of(context, row, &index)).collect::<Result<Vec<_>>>()?;
    Ok(context.heap().list(items).into())
}

fn set_in_rows(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (index, value) = (arguments.at(1), arguments.at(2));
    let rows = rows_of(arguments.at(0));
    let values = value.as_list().map(|list| list.items().to_vec()).filter(|values| values.len() == rows.len());
    let Some(values) = values else {
        let error = Error::type_error(format!(
            "an element of each of {} rows is set to a list of as many values, not to {}",
            rows.len(),
            describe(value)
        ));
        return Err(error.with_hint("write m[.., 0] = [1, 2]; fill(n, x) is a list of equal elements"));
    };
    for (row, value) in rows.iter().zip(values) {
        set_index_value(context.isolate, row, index, value)?;
    }
    Ok(Value::NULL.into())
}

/// Calls an object's `get_index` or `set_index`.
fn ask_object(context: &mut Context<'_>, object: &Value, name: Symbol, given: Vec<Value>) -> Result<Outcome> {
    let Some(function) = bound_operator(context.isolate, object, name) else {
        let kind = type_name(object);
        let value = if name == context.isolate.names.set_index { ", value" } else { "" };
        return Err(Error::type_error(format!("{kind} cannot be indexed"))
            .with_hint(format!("{kind} has no method {}(i, j{value})", name.as_str())));
    };
    Ok(Outcome::TailCall { function, arguments: CallArguments::Many(given) })
}

/// Asks the object behind a part, with all indexes and the value to set.
fn ask_whole(context: &mut Context<'_>, arguments: Arguments<'_>, name: Symbol) -> Result<Outcome> {
    let part = arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<PartOfObject>());
    let held = part.map(|part| part.held.borrow().clone()).unwrap_or_default();
    let Some((object, indexes)) = held.split_first() else {
        return Err(wrong("an index", "an object", arguments.at(0)));
    };
    let given = indexes.iter().chain(&arguments.positional()[1..]).cloned().collect();
    ask_object(context, object, name, given)
}

fn get_in_part(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = context.isolate.names.get_index;
    ask_whole(context, arguments, name)
}

fn set_in_part(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = context.isolate.names.set_index;
    ask_whole(context, arguments, name)
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::method(&PART_OF_OBJECT, "get_index(part, index)", get_in_part, "An element of the object.")
        .at(Place::Hidden),
    Entry::method(&PART_OF_OBJECT, "set_index(part, index, value)", set_in_part, "Sets an element of the object.")
        .at(Place::Hidden),
    Entry::method(&ROWS, "get_index(rows, index)", get_in_rows, "An element of each row.").at(Place::Hidden),
    Entry::method(&ROWS, "set_index(rows, index, value)", set_in_rows, "Sets an element of each row.")
        .at(Place::Hidden),
    Entry::function("%index_many(value, indexes)", index_many, "An element of nested lists, or several.")
        .at(Place::Helper),
    Entry::function("%index_place(value, indexes)", index_place, "What is assigned in where several indexes stand.")
        .at(Place::Helper),
];
