//! The module `csv`: tables as texts, a row on each line.
//!
//! | module | its one job |
//! |---|---|
//! | `dialect` | what the options say |
//! | `reader` | text to fields, row by row; a field in quotes may go over several lines |
//! | `rows` | fields to what programs get: records or lists, with types |
//! | `write` | rows to text |

mod dialect;
mod reader;
mod rows;
mod write;

pub(crate) use dialect::Dialect;
pub(crate) use reader::Reader;

use crate::input;
use dialect::{READING, WRITING};
use motet_vm::builtins::arguments::WithOptions;
use motet_vm::builtins::iterate::{add_item, with_items};
use motet_vm::builtins::{Entry, NativeModule, Place};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use rows::Rows;
use std::cell::RefCell;

/// Reads the rows of a text to its end.
fn parse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "csv.parse";
    let given = WithOptions::of(NAME, arguments, 1, READING)?;
    let dialect = Dialect::of(NAME, &given)?;
    let mut rows = Rows::new(NAME, &given)?;
    let text = input::text(context, NAME, arguments.at(0))?;
    let mut reader = Reader::new(NAME, &dialect);
    let (mut items, mut at) = (Vec::new(), 0);
    while reader.row(context, &text, &mut at)? || reader.end(context)? {
        if let Some(row) = rows.row(context, &reader)? {
            add_item(context, NAME, &mut items, row)?;
        }
    }
    Ok(context.heap().list(items).into())
}

/// What a stream goes on with: a row that is not complete, and what is known of the columns.
struct Stream {
    state: RefCell<(Reader, Rows)>,
}

static STREAM: ForeignKind = ForeignKind::new("CsvStream");

impl ForeignObject for Stream {
    fn kind(&self) -> &'static ForeignKind {
        &STREAM
    }
}

/// `stream(options)`: what `rows` keeps while it reads.
fn stream(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "csv.rows";
    let given = WithOptions::of(NAME, arguments, 0, READING)?;
    let dialect = Dialect::of(NAME, &given)?;
    let state = RefCell::new((Reader::new(NAME, &dialect), Rows::new(NAME, &given)?));
    Ok(context.heap().foreign(Box::new(Stream { state })).into())
}

/// `add_line(stream, line)`: the row that a line completes, or null. Null instead of a line is the end.
fn add_line(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let stream = arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Stream>());
    let (reader, rows) = &mut *stream.expect("`stream` made it").state.borrow_mut();
    let is_complete = match arguments.at(1) {
        end if end.is_null() => reader.end(context)?,
        line => {
            let line = input::text(context, "csv.rows", line)?;
            reader.line(context, &line)?
        }
    };
    let row = if is_complete { rows.row(context, reader)? } else { None };
    Ok(row.unwrap_or_default().into())
}

fn stringify(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "csv.stringify";
    let given = WithOptions::of(NAME, arguments, 1, WRITING)?;
    let dialect = Dialect::of(NAME, &given)?;
    let heap = context.heap();
    let held = vec![
        heap.string(dialect.delimiter_text()),
        heap.string(dialect.quote_text()),
        given.option("header").unwrap_or(Value::TRUE),
        given.option("line_end").unwrap_or_else(|| heap.string("\n")),
    ];
    with_items(context, NAME, arguments.at(0), held, write::write)
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "csv",
    documentation: "Tables as texts, a row on each line and commas between its fields. What is malformed is a `ValueError` that says the line and the column, counted in fields, and has them as `line` and `column`.",
    entries: &[
        Entry::function(
            "parse(text, header: true, delimiter: \",\", quote: null, guess: false, types: null)",
            parse,
            "A list of the rows of a text, or of bytes of text: records by the names of the first row; with a list as `header`, by its names; with `header: false`, lists. Fields are strings. With `guess`, those that look like numbers or booleans are these, and empty ones null. `types: {age: Int}` has the fields of a column be of a type.",
        ),
        Entry::function(
            "stream(header: true, delimiter: \",\", quote: null, guess: false, types: null)",
            stream,
            "What a stream of rows goes on with.",
        )
        .at(Place::Hidden),
        Entry::function("add_line(stream, line)", add_line, "The row that a line of a stream completes, or null.")
            .at(Place::Hidden),
        Entry::function(
            "stringify(rows, header: true, delimiter: \",\", quote: null, line_end: \"\\n\")",
            stringify,
            "Rows as a text: records by the names of the first one, or of a list as `header`, or lists. Fields are in quotes where they must be; null is an empty field.",
        ),
    ],
    source: Some(include_str!("csv.soc")),
};
