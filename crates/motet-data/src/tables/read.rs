//! Tables from what programs have: records and columns.

use super::column::{Builder, Cell, Clash, Column, Type};
use super::table::{Table, check_rows};
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::builtins::iterate::entries;
use motet_vm::memory::{Tag, Value};
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

/// Adds a value to a column, with an error that names the column and the row.
pub(super) fn push(function: &str, builder: &mut Builder, name: &str, value: &Value) -> Result<()> {
    let row = builder.len();
    let Some(cell) = Cell::of(value) else {
        return Err(wrong(function, &format!("numbers, texts, booleans, dates and null in a column, {name:?}"), value)
            .with_hint("str(x) makes a text of any value, json.stringify(x) one that can be read back"));
    };
    builder.push(cell).map_err(|clash| clashing(function, name, row, &clash))
}

#[cold]
fn clashing(function: &str, name: &str, row: usize, clash: &Clash) -> Error {
    if clash.is_inexact {
        return bad_value(format!(
            "{function}: column {name:?} has floats and, up to row {row}, integers that are no floats exactly"
        ))
        .with_hint("float(x) takes the nearest one");
    }
    Error::type_error(format!(
        "{function}: column {name:?} is of {}, and row {row} has {}",
        plural(clash.column),
        plural(clash.cell)
    ))
    .with_hint("a column has one type; str(x) makes texts of all")
}

pub(super) fn plural(kind: Type) -> &'static str {
    match kind {
        Type::Int => "integers",
        Type::Float => "floats",
        Type::Bool => "booleans",
        Type::Text => "texts",
        Type::Date => "dates",
    }
}

/// A column of the values of a list, or of so many times one value.
pub(super) fn column(
    context: &mut Context<'_>,
    function: &str,
    name: &str,
    value: &Value,
    length: usize,
) -> Result<Column> {
    let mut builder = Builder::default();
    if let Some(list) = value.as_list() {
        let items = list.items().to_vec();
        if items.len() != length {
            return Err(bad_value(format!(
                "{function}: column {name:?} has {} values, and the table {length} rows",
                items.len()
            )));
        }
        for item in &items {
            context.work(1)?;
            push(function, &mut builder, name, item)?;
        }
        return Ok(builder.finish());
    }
    if let Some(object) = value.as_foreign().map(|foreign| foreign.object()).filter(|object| object.length().is_some())
    {
        if object.length() != Some(length) {
            return Err(bad_value(format!(
                "{function}: column {name:?} has {} values, and the table {length} rows",
                object.length().unwrap_or_default()
            )));
        }
        for index in 0..length {
            context.work(1)?;
            let item = object.element(index, context.heap()).unwrap_or_default();
            push(function, &mut builder, name, &item)?;
        }
        return Ok(builder.finish());
    }
    context.work(length)?;
    for _ in 0..length {
        push(function, &mut builder, name, value)?;
    }
    Ok(builder.finish())
}

/// A table of a record of columns, or of a list of records.
pub(super) fn of_value(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Table> {
    if let Some(table) = Table::of(value) {
        return Ok((*table).clone());
    }
    if is_keyed(value) {
        return of_columns(context, function, value);
    }
    let Some(list) = value.as_list() else {
        return Err(wrong(function, "a list of records, or a record of columns", value)
            .with_hint("table([{a: 1}, {a: 2}]) and table({a: [1, 2]}) are the same"));
    };
    let rows = list.items().to_vec();
    check_rows(function, rows.len())?;
    of_records(context, function, &rows)
}

fn is_keyed(value: &Value) -> bool {
    matches!(value.tag(), Tag::Record | Tag::Map)
}

fn of_columns(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Table> {
    let (keys, values) = entries(value, context.heap());
    let length = values.iter().find_map(|value| match value.as_list() {
        Some(list) => Some(list.items().len()),
        None => value.as_foreign().and_then(|foreign| foreign.object().length()),
    });
    let length = length.unwrap_or(usize::from(!values.is_empty()));
    check_rows(function, length)?;
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (key, value) in keys.iter().zip(&values) {
        let name: Arc<str> = key.as_str().ok_or_else(|| wrong(function, "texts as names of columns", key))?.into();
        columns.push(Arc::new(column(context, function, &name, value, length)?));
        names.push(name);
    }
    Ok(Table::new(names, columns, length))
}

/// Rows need not have the same fields: what one does not have is missing.
fn of_records(context: &mut Context<'_>, function: &str, rows: &[Value]) -> Result<Table> {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut builders: Vec<Builder> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if !is_keyed(row) {
            return Err(wrong(function, &format!("records as rows, of which row {index}"), row)
                .with_hint("a list of lists has no names: csv.stringify and tables.parse_csv(text, header: [\"a\", \"b\"]) give them"));
        }
        let (keys, values) = entries(row, context.heap());
        context.work(keys.len() + 1)?;
        for (at, (key, value)) in keys.iter().zip(&values).enumerate() {
            let Some(name) = key.as_str() else { return Err(wrong(function, "texts as names of columns", key)) };
            // Rows have their keys in one order, mostly.
            let place = match names.get(at) {
                Some(own) if **own == *name => Some(at),
                _ => names.iter().position(|own| **own == *name),
            };
            let place = place.unwrap_or_else(|| {
                names.push(name.into());
                builders.push(Builder::default());
                names.len() - 1
            });
            fill(&mut builders[place], index);
            push(function, &mut builders[place], name, value)?;
        }
    }
    for builder in &mut builders {
        fill(builder, rows.len());
    }
    let columns = builders.into_iter().map(|builder| Arc::new(builder.finish())).collect();
    Ok(Table::new(names, columns, rows.len()))
}

/// Rows before one that did not have the column.
fn fill(builder: &mut Builder, length: usize) {
    while builder.len() < length {
        builder.push(Cell::Missing).expect("what is missing is of any type");
    }
}
