//! Natives for rows: tables, logs and trees.

use super::arguments::{Call, text_of};
use super::widgets::{put, widget};
use crate::rows::{Column, Log, Outline, RowData, Table, table_of};
use crate::tree::Kind;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::wrong;
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};

/// A value that rows show; a signal is followed.
fn source(
    context: &mut Context<'_>,
    call: &Call<'_>,
    value: &Value,
    what: &str,
    fits: fn(&Value) -> bool,
) -> Result<RowData> {
    if let Some(binding) = call.builder.link.bind(value, context.gene()) {
        return Ok(RowData::Bound(binding));
    }
    if !fits(value) {
        return Err(wrong(call.function, &format!("{what}, or a signal of it"), value));
    }
    Ok(RowData::Fixed(context.freeze_for(value, "a window")?))
}

fn is_rows(value: &Value) -> bool {
    value.as_list().is_some() || value.as_record().is_some() || value.as_str().is_some()
}

fn is_table(value: &Value) -> bool {
    is_rows(value) || table_of(value).is_some()
}

/// A signal that an option names.
fn signal_option(
    context: &Context<'_>,
    call: &Call<'_>,
    name: &str,
) -> Result<Option<std::sync::Arc<crate::binding::Binding>>> {
    call.option(name).map(|value| call.signal(context, &value)).transpose()
}

fn ui_table(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_table", arguments, 1, &["columns", "selected"])?;
    let what = "a table, a list of records, a record of columns or a list of rows";
    let data = source(context, &call, call.at(0), what, is_table)?;
    let columns = match call.option("columns") {
        None => Vec::new(),
        Some(value) => {
            let list = value.as_list().ok_or_else(|| wrong("ui_table", "a list of columns", &value))?;
            let items: Vec<Value> = list.items().to_vec();
            items.iter().map(|item| column(context, item)).collect::<Result<_>>()?
        }
    };
    let selected = signal_option(context, &call, "selected")?;
    let opens = call.common.callback.is_some();
    put(context, call, Kind::Table(Box::new(Table { data, columns, selected, opens })))
}

const COLUMN: &[&str] = &["field", "label", "unit", "digits", "width", "align"];

fn column(context: &Context<'_>, value: &Value) -> Result<Column> {
    let Some(record) = value.as_record() else {
        return Ok(Column { field: text_of(value, context.gene()).into(), ..Column::default() });
    };
    let mut unknown = None;
    record.for_each(|name, _| {
        if !COLUMN.contains(&name.as_str()) {
            unknown = Some(name.clone());
        }
    });
    if let Some(name) = unknown {
        return Err(Error::new(ErrorKind::ArityError, format!("a column of ui_table has no {}", name.as_str()))
            .with_hint(format!("it has {}", COLUMN.join(", "))));
    }
    let field = |name: &str| record.get(name).filter(|value| !value.is_null());
    let text = |name: &str| field(name).map(|value| text_of(&value, context.gene()));
    let is_right = match field("align") {
        None => None,
        Some(value) => match value.as_str() {
            Some("right") => Some(true),
            Some("left") => Some(false),
            _ => return Err(wrong("ui_table", "\"left\" or \"right\" as align", &value)),
        },
    };
    Ok(Column {
        field: text("field").unwrap_or_default().into(),
        label: text("label").map(Into::into),
        unit: text("unit").unwrap_or_default().into(),
        digits: field("digits").and_then(|digits| digits.as_int()).map(|digits| digits.clamp(0, 15) as usize),
        width: field("width").and_then(|width| width.as_number()).map(|width| width.clamp(8.0, 4000.0) as f32),
        is_right,
    })
}

fn ui_log_view(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_log_view", arguments, 1, &[])?;
    let lines = source(context, &call, call.at(0), "a list of lines or a text", is_rows)?;
    put(context, call, Kind::Log(Box::new(Log { lines })))
}

fn ui_tree(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_tree", arguments, 1, &["selected", "open"])?;
    let data = source(context, &call, call.at(0), "a list of records {label, children}", is_rows)?;
    let selected = signal_option(context, &call, "selected")?;
    let (starts_open, opens) = (call.flag("open"), call.common.callback.is_some());
    put(context, call, Kind::Outline(Box::new(Outline { data, selected, starts_open, opens })))
}

pub(super) static NATIVES: &[Entry] = &[
    widget(
        "ui_table(data, style = \"\", f = null, options = null)",
        ui_table,
        "In a window: a table, a list of records, a record of columns, a list of rows, or a signal of one, as a table. A click in a \
         head sorts. `columns: [\"name\", {field, label, unit, digits, width, align}]`; the signal `selected` holds the number \
         of the chosen row; the function is called with it when a row is opened.",
    ),
    widget(
        "ui_log_view(lines, style = \"\", options = null)",
        ui_log_view,
        "In a window: any number of lines, of which the newest are seen: a list of texts or of records `{text, level}`, a \
         text of many lines, or a signal of one.",
    ),
    widget(
        "ui_tree(data, style = \"\", f = null, options = null)",
        ui_tree,
        "In a window: rows that open and close: a list of records `{label, children, key}`, or a signal of one. The signal \
         `selected` holds the key of the chosen one; the function is called with its path when it is opened.",
    ),
];
