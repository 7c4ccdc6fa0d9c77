//! Tables from what programs have: records, columns, CSV.

use super::column::{Builder, Cell, Clash, Column, Type};
use super::plain::{self, Plain, PlainColumn, Ragged};
use super::table::{Table, check_names, check_room, check_rows};
use super::texts::Texts;
use crate::csv::{Dialect, Reader};
use crate::dates::Moment;
use crate::input;
use crate::numbers::{self, Number};
use crate::place::{Place, error_at};
use motet_vm::builtins::arguments::{WithOptions, bad_value, describe, wrong};
use motet_vm::builtins::iterate::entries;
use motet_vm::memory::{Tag, Value, account};
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

fn plural(kind: Type) -> &'static str {
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

pub(super) const CSV_OPTIONS: &[&str] = &["header", "delimiter", "quote", "types", "missing"];

/// What is asked for a column of CSV.
struct Asked {
    name: String,
    kind: Type,
}

/// The fields of one column of CSV.
pub(super) trait Fields {
    fn len(&self) -> usize;
    fn field(&self, row: usize) -> &str;
    /// Which are missing; none if all are there.
    fn missing(&self) -> Option<&[bool]>;
    /// Some stood in quotes, so all are texts.
    fn has_quoted(&self) -> bool;
}

/// The texts of one column of CSV, as they are read field by field.
#[derive(Default)]
struct Raw {
    texts: Texts,
    missing: Vec<bool>,
    has_missing: bool,
    has_quoted: bool,
}

impl Fields for Raw {
    fn len(&self) -> usize {
        self.texts.len()
    }

    fn field(&self, row: usize) -> &str {
        self.texts.get(row)
    }

    fn missing(&self) -> Option<&[bool]> {
        self.has_missing.then_some(&self.missing)
    }

    fn has_quoted(&self) -> bool {
        self.has_quoted
    }
}

/// A table of CSV: all fields are read first, and then each column gets the narrowest type that holds all of its fields.
pub(super) fn csv(context: &mut Context<'_>, function: &'static str, given: &WithOptions<'_>) -> Result<Table> {
    let dialect = Dialect::of(function, given)?;
    let asked = given.option("types").map(|types| asked_types(function, &types)).transpose()?.unwrap_or_default();
    let absent = given.option("missing").map(|texts| list_of_texts(function, "missing", &texts)).transpose()?;
    let absent = absent.unwrap_or_default();
    let header = given.option("header");
    let has_header = header.as_ref().is_none_or(|header| header.as_bool() == Some(true));
    let mut names: Vec<Arc<str>> = Vec::new();
    if let Some(header) = header.filter(|header| header.as_bool().is_none()) {
        names = list_of_texts(function, "header", &header)?.into_iter().map(Arc::from).collect();
    }
    let null = Value::NULL;
    let text = input::text(context, function, given.at(0).unwrap_or(&null))?;
    // The fields, what they become, and where they end.
    check_room(context, function, text.len().saturating_mul(3))?;
    let names_rows = Names { given: names, has_header };
    if plain::is_plain(&text, dialect.quote) {
        return plain_csv(context, function, &text, dialect.delimiter, names_rows, &asked, &absent);
    }
    let Names { given: mut names, .. } = names_rows;
    let mut reader = Reader::new(function, &dialect);
    let (mut raw, mut at, mut is_first) = (Vec::<Raw>::new(), 0, true);
    while reader.row(context, &text, &mut at)? || reader.end(context)? {
        if std::mem::take(&mut is_first) {
            if has_header {
                names = reader.fields().map(|(name, _)| name.into()).collect();
                raw.resize_with(names.len(), Raw::default);
                continue;
            }
            if names.is_empty() {
                names = (1..=reader.fields().len()).map(|number| format!("column_{number}").into()).collect();
            }
        }
        raw.resize_with(names.len(), Raw::default);
        let count = reader.fields().len();
        if count != names.len() {
            let ragged = Ragged { line: reader.row_line(), count, width: names.len() };
            return Err(ragged_row(context, function, ragged));
        }
        for ((field, is_quoted), raw) in reader.fields().zip(&mut raw) {
            let is_missing = !is_quoted && (field.is_empty() || absent.iter().any(|absent| absent == field));
            raw.missing.push(is_missing);
            raw.has_missing |= is_missing;
            raw.has_quoted |= is_quoted;
            raw.texts.push(if is_missing { "" } else { field });
        }
    }
    let length = raw.first().map_or(0, |raw| raw.texts.len());
    check_columns(function, &names, &asked, length)?;
    let mut columns = Vec::with_capacity(names.len());
    raw.resize_with(names.len(), Raw::default);
    for (name, raw) in names.iter().zip(&raw) {
        columns.push(column_of(context, function, name, raw, &asked)?);
    }
    Ok(Table::new(names, columns, length))
}

/// Where the names of columns come from.
struct Names {
    /// A list that the program gives.
    given: Vec<Arc<str>>,
    /// The first row.
    has_header: bool,
}

/// The same for a text without quotes, which most are.
fn plain_csv(
    context: &mut Context<'_>,
    function: &'static str,
    text: &str,
    delimiter: u8,
    names: Names,
    asked: &[Asked],
    absent: &[String],
) -> Result<Table> {
    let room = account::room() / 2;
    let plain = match Plain::read(context, function, text, delimiter, room)? {
        Ok(plain) => plain,
        Err(ragged) => return Err(ragged_row(context, function, ragged)),
    };
    let Names { given: mut names, has_header } = names;
    if has_header {
        names = if plain.rows == 0 { Vec::new() } else { plain.row(0).map(Arc::from).collect() };
    } else if names.is_empty() {
        names = (1..=plain.width).map(|number| format!("column_{number}").into()).collect();
    }
    if plain.rows > 0 && plain.width != names.len() {
        let ragged = Ragged { line: plain.first_line, count: plain.width, width: names.len() };
        return Err(ragged_row(context, function, ragged));
    }
    let skipped = usize::from(has_header && plain.rows > 0);
    let length = plain.rows - skipped;
    check_columns(function, &names, asked, length)?;
    check_room(context, function, text.len().saturating_add(length.saturating_mul(names.len()).saturating_mul(9)))?;
    let mut columns = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        context.work(length)?;
        if plain.rows == 0 {
            columns.push(column_of(context, function, name, &Raw::default(), asked)?);
            continue;
        }
        let fields = PlainColumn::new(&plain, index, skipped, absent);
        columns.push(column_of(context, function, name, &fields, asked)?);
    }
    Ok(Table::new(names, columns, length))
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

/// The column that fields become.
fn column_of(
    context: &mut Context<'_>,
    function: &str,
    name: &str,
    fields: &impl Fields,
    asked: &[Asked],
) -> Result<Arc<Column>> {
    context.work(fields.len())?;
    let kind = asked.iter().find(|asked| *asked.name == *name).map(|asked| asked.kind);
    let column = typed(fields, kind).map_err(|(row, field, kind)| {
        let shown: String = field.chars().take(40).collect();
        bad_value(format!("{function}: row {row}: {name:?} is of {}, not {shown:?}", plural(kind)))
    })?;
    Ok(Arc::new(column))
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

type Wrong = (usize, String, Type);

/// A column of the type that was asked for, or else of the narrowest that holds all.
fn typed(fields: &impl Fields, asked: Option<Type>) -> std::result::Result<Column, Wrong> {
    if let Some(kind) = asked.filter(|kind| *kind != Type::Text) {
        return parsed(fields, kind).map_err(|row| (row, fields.field(row).to_owned(), kind));
    }
    let has_text = fields.missing().is_none_or(|missing| missing.contains(&false)) && fields.len() > 0;
    if asked.is_none() && !fields.has_quoted() && has_text {
        for kind in [Type::Int, Type::Float, Type::Bool, Type::Date] {
            if let Ok(column) = parsed(fields, kind) {
                return Ok(column);
            }
        }
    }
    let mut texts = Texts::default();
    for row in 0..fields.len() {
        let is_missing = fields.missing().is_some_and(|missing| missing[row]);
        texts.push(if is_missing { "" } else { fields.field(row) });
    }
    Ok(Column::of_texts(texts, fields.missing().map(<[bool]>::to_vec)))
}

/// The cells of a type; the first row that has something else.
fn parsed(fields: &impl Fields, kind: Type) -> std::result::Result<Column, usize> {
    match kind {
        Type::Int => {
            let read = |field: &str| match number(field, kind) {
                Some(Cell::Int(int)) => Some(int),
                _ => None,
            };
            Ok(Column::of_ints(each(fields, read)?, fields.missing().map(<[bool]>::to_vec)))
        }
        Type::Float => {
            let read = |field: &str| match number(field, kind) {
                Some(Cell::Float(float)) => Some(float),
                _ => None,
            };
            Ok(Column::of_floats(each(fields, read)?, fields.missing().map(<[bool]>::to_vec)))
        }
        Type::Bool | Type::Date | Type::Text => {
            let mut builder = Builder::of(kind);
            for row in 0..fields.len() {
                let moment;
                let field = fields.field(row);
                let cell = if fields.missing().is_some_and(|missing| missing[row]) {
                    Cell::Missing
                } else if kind == Type::Bool {
                    truth(field).ok_or(row)?
                } else if kind == Type::Date {
                    moment = Moment::of_text(field);
                    Cell::Date(moment.as_ref().ok_or(row)?)
                } else {
                    Cell::Text(field)
                };
                builder.push(cell).map_err(|_| row)?;
            }
            Ok(builder.finish())
        }
    }
}

/// What each field is, and the usual value for one that is missing; the first row that is something else.
fn each<T: Default>(fields: &impl Fields, read: impl Fn(&str) -> Option<T>) -> std::result::Result<Vec<T>, usize> {
    let mut cells = Vec::new();
    for row in 0..fields.len() {
        if fields.missing().is_some_and(|missing| missing[row]) {
            cells.push(T::default());
            continue;
        }
        cells.push(read(fields.field(row)).ok_or(row)?);
        // The first field says most often that the column is of another type.
        if row == 0 {
            cells.reserve_exact(fields.len() - 1);
        }
    }
    Ok(cells)
}

/// A text that would be read as a number, a truth or a date.
pub(super) fn looks_otherwise(text: &str) -> bool {
    match text.trim_start().as_bytes().first() {
        Some(b'0'..=b'9' | b'-') => number(text, Type::Float).is_some() || Moment::of_text(text).is_some(),
        Some(b't' | b'T' | b'f' | b'F') => truth(text).is_some(),
        _ => false,
    }
}

fn truth(field: &str) -> Option<Cell<'static>> {
    match field {
        "true" | "True" | "TRUE" => Some(Cell::Bool(true)),
        "false" | "False" | "FALSE" => Some(Cell::Bool(false)),
        _ => None,
    }
}

/// Begins and ends with ASCII that is no blank.
fn is_bare(field: &str) -> bool {
    let is_bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    is_bare(field.as_bytes().first()) && is_bare(field.as_bytes().last())
}

/// What begins with 0 as numbers do not is none, as post codes are.
fn number(field: &str, kind: Type) -> Option<Cell<'static>> {
    let field = if is_bare(field) { field } else { field.trim() };
    let first = *field.as_bytes().first()?;
    if !first.is_ascii_digit() && first != b'-' {
        return None;
    }
    let (number, end) = numbers::read(field, 0).ok()?;
    if end != field.len() {
        return None;
    }
    match (number, kind) {
        (Number::Int(int), Type::Int) => Some(Cell::Int(int)),
        (Number::Int(int), _) => Some(Cell::Float(int as f64)),
        (Number::Float(float), Type::Float) => Some(Cell::Float(float)),
        _ => None,
    }
}
