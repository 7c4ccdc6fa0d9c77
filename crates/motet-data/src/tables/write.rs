//! Tables as CSV and as JSON lines.

use super::column::Cell;
use super::table::Table;
use crate::csv::Dialect;
use crate::json::write_text;
use crate::numbers::write_integer;
use motet_vm::builtins::arguments::{WithOptions, bad_value, too_big};
use motet_vm::memory::{account, print_float, write_float};
use motet_vm::{Context, Result};

pub(super) const CSV_OPTIONS: &[&str] = &["header", "delimiter", "quote"];

/// There is room for a text that grows by doubling.
fn check_text(context: &Context<'_>, function: &str, text: &String) -> Result<()> {
    let most = context.most_text();
    if text.len() > most || text.capacity() > account::room() / 2 {
        return Err(too_big(function, text.len(), most, "bytes"));
    }
    Ok(())
}

/// Rows between two looks at the room.
const PORTION: usize = 256;

pub(super) fn csv(
    context: &mut Context<'_>,
    function: &'static str,
    table: &Table,
    given: &WithOptions<'_>,
) -> Result<String> {
    let dialect = Dialect::of(function, given)?;
    let (delimiter, quote) = (char::from(dialect.delimiter), char::from(dialect.quote));
    let mut out = String::new();
    if given.option("header").is_none_or(|header| header.is_truthy()) {
        for (index, name) in table.names.iter().enumerate() {
            if index > 0 {
                out.push(delimiter);
            }
            put_text(&mut out, name, delimiter, quote);
        }
        out.push('\n');
    }
    for row in 0..table.length {
        context.work(table.columns.len())?;
        if row % PORTION == 0 {
            check_text(context, function, &out)?;
        }
        let start = out.len();
        for (index, column) in table.columns.iter().enumerate() {
            if index > 0 {
                out.push(delimiter);
            }
            match column.cell(row) {
                Cell::Text(text) => put_text(&mut out, text, delimiter, quote),
                cell => put_plain(&mut out, cell),
            }
        }
        // A line with nothing on it would be read as none.
        if out.len() == start {
            out.push(quote);
            out.push(quote);
        }
        out.push('\n');
    }
    Ok(out)
}

/// A cell that needs no quotes.
fn put_plain(out: &mut String, cell: Cell<'_>) {
    match cell {
        Cell::Missing => {}
        Cell::Int(int) => write_integer(int, out),
        Cell::Float(float) => write_float(float, out),
        cell => out.push_str(&cell.text()),
    }
}

/// A text, in quotes if it would be read as something else without: as a number too, so that it comes back as a text.
fn put_text(out: &mut String, text: &str, delimiter: char, quote: char) {
    let is_special = |byte: u8| matches!(byte, b'\n' | b'\r') || [delimiter, quote].contains(&char::from(byte));
    let is_plain = !text.is_empty()
        && !text.starts_with('\u{feff}')
        && !text.bytes().any(is_special)
        && !super::fields::looks_otherwise(text);
    if is_plain {
        out.push_str(text);
        return;
    }
    out.push(quote);
    for character in text.chars() {
        if character == quote {
            out.push(quote);
        }
        out.push(character);
    }
    out.push(quote);
}

/// An object for each row, on a line of its own.
pub(super) fn json_lines(context: &mut Context<'_>, function: &'static str, table: &Table) -> Result<String> {
    let keys: Vec<String> = table
        .names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let mut key = String::from(if index == 0 { "{" } else { "," });
            write_text(name, &mut key);
            key.push(':');
            key
        })
        .collect();
    let mut out = String::new();
    for row in 0..table.length {
        context.work(table.columns.len())?;
        if row % PORTION == 0 {
            check_text(context, function, &out)?;
        }
        for (key, column) in keys.iter().zip(&table.columns) {
            out.push_str(key);
            match column.cell(row) {
                Cell::Missing => out.push_str("null"),
                Cell::Float(float) if !float.is_finite() => {
                    return Err(bad_value(format!(
                        "{function}: JSON has no form for {} in row {row}",
                        print_float(float)
                    ))
                    .with_hint("fill or drop them first, or make null of them"));
                }
                Cell::Text(text) => write_text(text, &mut out),
                cell @ Cell::Date(_) => write_text(&cell.text(), &mut out),
                cell => put_plain(&mut out, cell),
            }
        }
        out.push_str("}\n");
    }
    Ok(out)
}
