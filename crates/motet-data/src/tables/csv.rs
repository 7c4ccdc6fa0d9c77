//! Tables of CSV.

use super::column::Type;
use super::growing::Growing;
use super::plain::{Plain, Ragged, Survey};
use super::read::plural;
use super::table::{Table, check_names, check_room, check_rows};
use crate::csv::{Dialect, Reader};
use crate::input;
use crate::place::{Place, error_at};
use motet_vm::builtins::arguments::{WithOptions, bad_value, describe, wrong};
use motet_vm::memory::Value;
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

pub(super) const CSV_OPTIONS: &[&str] = &["header", "delimiter", "quote", "types", "missing"];

/// What is asked for a column of CSV.
struct Asked {
    name: String,
    kind: Type,
}

/// A table of CSV. Each column gets the narrowest type that holds all of its fields.
pub(super) fn csv(context: &mut Context<'_>, function: &'static str, given: &WithOptions<'_>) -> Result<Table> {
    let dialect = Dialect::of(function, given)?;
    let asked = given.option("types").map(|types| asked_types(function, &types)).transpose()?.unwrap_or_default();
    let absent = given.option("missing").map(|texts| list_of_texts(function, "missing", &texts)).transpose()?;
    let absent = absent.unwrap_or_default();
    let header = given.option("header");
    let has_header = header.as_ref().is_none_or(|header| header.as_bool() == Some(true));
    let names = header.filter(|header| header.as_bool().is_none());
    let names = names.map(|header| list_of_texts(function, "header", &header)).transpose()?;
    let null = Value::NULL;
    let text = input::text(context, function, given.at(0).unwrap_or(&null))?;
    // What all texts of the cells take at most, growing by doubling.
    check_room(context, function, text.len().saturating_mul(3))?;
    let survey = Survey::of(context, &text, dialect.quote)?;
    let mut source = if !survey.has_quotes {
        Source::Plain(Plain::new(&text, dialect.delimiter))
    } else {
        Source::Quoted { function, dialect: &dialect, text: &text, skips: false }
    };
    let names = match names {
        Some(names) => names,
        None => match source.first(context, has_header)? {
            None => Vec::new(),
            Some(fields) if has_header => fields,
            Some(fields) => (1..=fields.len()).map(|number| format!("column_{number}")).collect(),
        },
    };
    let room = survey.most_rows(text.len(), names.len());
    check_room(context, function, text.len().saturating_mul(3).saturating_add(room.saturating_mul(9 * names.len())))?;
    let kind = |name: &str| asked.iter().find(|asked| asked.name == name).map(|asked| asked.kind);
    let mut columns: Vec<Growing> = names.iter().map(|name| Growing::new(kind(name), room)).collect();
    let names: Vec<Arc<str>> = names.into_iter().map(Arc::from).collect();
    loop {
        source.rows(context, function, &mut columns, &absent)?;
        check_columns(function, &names, &asked, columns.first().map_or(0, Growing::len))?;
        if let Some((name, (row, field, kind))) =
            names.iter().zip(&columns).find_map(|(name, column)| Some((name, column.wrong()?)))
        {
            let shown: String = field.chars().take(40).collect();
            let message = format!("{function}: row {row}: {name:?} is of {}, not {shown:?}", plural(kind));
            return Err(bad_value(message));
        }
        let mut is_complete = true;
        for column in &mut columns {
            is_complete &= !column.end_pass();
        }
        if is_complete {
            break;
        }
    }
    let length = columns.first().map_or(0, Growing::len);
    Ok(Table::new(names, columns.into_iter().map(|column| Arc::new(column.finish())).collect(), length))
}

/// Where fields come from, as often as they are asked for.
enum Source<'t> {
    /// A text without quotes, which most are.
    Plain(Plain<'t>),
    Quoted {
        function: &'static str,
        dialect: &'t Dialect,
        text: &'t str,
        /// The first row is the header.
        skips: bool,
    },
}

impl Source<'_> {
    /// The fields of the first row, which is no row of the table if it is the header.
    fn first(&mut self, context: &mut Context<'_>, is_header: bool) -> Result<Option<Vec<String>>> {
        match self {
            Source::Plain(plain) => {
                let mut read = *plain;
                let fields = read.row(context)?;
                if is_header {
                    *plain = read;
                }
                Ok(fields.map(|fields| fields.into_iter().map(str::to_owned).collect()))
            }
            Source::Quoted { function, dialect, text, skips } => {
                let mut reader = Reader::new(function, dialect);
                *skips = is_header;
                if !reader.row(context, text, &mut 0)? && !reader.end(context)? {
                    return Ok(None);
                }
                Ok(Some(reader.fields().map(|(field, _)| field.to_owned()).collect()))
            }
        }
    }

    /// Gives the fields of all rows to the columns, to each its own.
    fn rows(
        &self,
        context: &mut Context<'_>,
        function: &str,
        columns: &mut [Growing],
        absent: &[String],
    ) -> Result<()> {
        let ragged = match self {
            Source::Plain(plain) => plain.rows(context, columns, absent)?.err(),
            Source::Quoted { function, dialect, text, skips } => {
                let mut reader = Reader::new(function, dialect);
                quoted_rows(context, &mut reader, text, *skips, columns, absent)?.err()
            }
        };
        ragged.map_or(Ok(()), |ragged| Err(ragged_row(context, function, ragged)))
    }
}

fn quoted_rows(
    context: &mut Context<'_>,
    reader: &mut Reader,
    text: &str,
    mut skips: bool,
    columns: &mut [Growing],
    absent: &[String],
) -> Result<std::result::Result<(), Ragged>> {
    let mut at = 0;
    while reader.row(context, text, &mut at)? || reader.end(context)? {
        if std::mem::take(&mut skips) {
            continue;
        }
        let count = reader.fields().len();
        if count != columns.len() {
            return Ok(Err(Ragged { line: reader.row_line(), count, width: columns.len() }));
        }
        for ((field, is_quoted), column) in reader.fields().zip(&mut *columns) {
            column.take(field, is_quoted, absent);
        }
    }
    Ok(Ok(()))
}

fn ragged_row(context: &mut Context<'_>, function: &str, ragged: Ragged) -> Error {
    let Ragged { line, count, width } = ragged;
    let place = Place { line, column: count.min(width) + 1 };
    let plural = if count == 1 { "" } else { "s" };
    let message = format!("this row has {count} field{plural}, and the header {width}");
    error_at(context, function, place, &message, None)
}

/// A table may have these columns.
fn check_columns(function: &str, names: &[Arc<str>], asked: &[Asked], length: usize) -> Result<()> {
    check_names(function, names)?;
    check_rows(function, length)?;
    match asked.iter().find(|asked| !names.iter().any(|name| **name == *asked.name)) {
        None => Ok(()),
        Some(asked) => Err(bad_value(format!("{function}: there is no column {:?} to give a type to", asked.name))),
    }
}

fn list_of_texts(function: &str, what: &str, value: &Value) -> Result<Vec<String>> {
    let fail = || wrong(function, &format!("a list of texts as {what}"), value);
    let list = value.as_list().ok_or_else(fail)?;
    list.items().iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(fail)).collect()
}

fn asked_types(function: &str, types: &Value) -> Result<Vec<Asked>> {
    let Some(fields) = types.as_record() else { return Err(wrong(function, "a record of types", types)) };
    let mut asked = Vec::new();
    let mut refused = None;
    fields.for_each(|name, kind| {
        let class = kind.as_class().map(|class| class.name().as_str().to_owned());
        let kind_name = class.or_else(|| kind.as_str().map(str::to_owned));
        let kind_read = match kind_name.as_deref() {
            Some("Int" | "int") => Type::Int,
            Some("Float" | "Number" | "float") => Type::Float,
            Some("Bool" | "bool") => Type::Bool,
            Some("String" | "text") => Type::Text,
            Some("Date" | "date") => Type::Date,
            _ => {
                refused = Some(kind.clone());
                return;
            }
        };
        asked.push(Asked { name: name.as_str().to_owned(), kind: kind_read });
    });
    match refused {
        None => Ok(asked),
        Some(kind) => Err(bad_value(format!("{function}: a column is not of the type {}", describe(&kind)))
            .with_hint("the types of columns are Int, Float, Bool, String and Date")),
    }
}
