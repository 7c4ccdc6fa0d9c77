//! TOML to values. Tables may lie in one another only so deep as the parser allows, so the steps from a table into what it
//! holds recurse.

use crate::dates;
use crate::place::{Fault, Stop};
use motet_vm::builtins::arguments::too_big;
use motet_vm::builtins::keyed::put_entry;
use motet_vm::memory::{Value, account};
use motet_vm::{Context, Result};
use toml_edit::{Datetime, Document, Item, Offset, Table, Value as Toml};

/// A configuration is read in one step, so it may not be longer.
const LONGEST: usize = 8 << 20;
/// Bytes that the tree of a text takes, for each byte of it.
const TREE: usize = 40;
/// Bytes that are read in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 4;

pub(super) fn document(context: &mut Context<'_>, function: &'static str, text: &str) -> Result<Value> {
    context.work(text.len() / BYTES_PER_UNIT)?;
    if text.len() > LONGEST || text.len() > account::room() / TREE {
        return Err(too_big(function, text.len(), LONGEST.min(account::room() / TREE), "bytes of text"));
    }
    let tree = Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        // It says in lines of its own what else may stand there.
        let message = error.message().trim().replace('\n', "; ");
        Stop::from(Fault::new(at, message)).into_error(context, function, text.as_bytes(), 1)
    })?;
    table(context, tree.as_table()).map_err(|stop| stop.into_error(context, function, text.as_bytes(), 1))
}

type Read = std::result::Result<Value, Stop>;

fn table(context: &mut Context<'_>, table: &Table) -> Read {
    let record = context.heap().record(table.len());
    for (key, item) in table {
        let value = match item {
            Item::None => continue,
            Item::Value(found) => value(context, found)?,
            Item::Table(inner) => self::table(context, inner)?,
            Item::ArrayOfTables(tables) => {
                let items = tables.iter().map(|inner| self::table(context, inner));
                let items = items.collect::<std::result::Result<Vec<_>, _>>()?;
                context.heap().list(items)
            }
        };
        put(context, &record, key, value)?;
    }
    Ok(record)
}

fn put(context: &mut Context<'_>, record: &Value, key: &str, value: Value) -> std::result::Result<(), Stop> {
    context.work(1)?;
    let heap = context.heap();
    put_entry(record, heap.string(key), value, heap);
    Ok(())
}

fn value(context: &mut Context<'_>, found: &Toml) -> Read {
    context.work(1)?;
    Ok(match found {
        Toml::String(text) => context.heap().string(text.value()),
        Toml::Integer(number) => Value::int(*number.value()),
        Toml::Float(number) => Value::float(*number.value()),
        Toml::Boolean(truth) => Value::bool(*truth.value()),
        Toml::Datetime(moment) => {
            let at = moment.span().map_or(0, |span| span.start);
            date(context, *moment.value(), at)?
        }
        Toml::Array(items) => {
            let items = items.iter().map(|item| value(context, item)).collect::<std::result::Result<Vec<_>, _>>()?;
            context.heap().list(items)
        }
        Toml::InlineTable(entries) => {
            let record = context.heap().record(entries.len());
            for (key, inner) in entries {
                let inner = value(context, inner)?;
                put(context, &record, key, inner)?;
            }
            record
        }
    })
}

fn date(context: &mut Context<'_>, moment: Datetime, at: usize) -> Read {
    let text = moment.to_string();
    if moment.date.is_none() {
        return Ok(context.heap().string(&text));
    }
    let minutes = moment.offset.map(|offset| match offset {
        Offset::Z => 0,
        Offset::Custom { minutes } => minutes,
    });
    dates::read(context, &text, moment.time.is_some(), minutes).map_err(|message| Fault::new(at, message).into())
}
