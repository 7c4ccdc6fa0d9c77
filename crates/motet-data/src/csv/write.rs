//! Rows to text.

use motet_vm::builtins::arguments::{bad_value, describe, wrong};
use motet_vm::builtins::iterate::add_text;
use motet_vm::memory::{Tag, Value, print_float};
use motet_vm::native::Outcome;
use motet_vm::{Context, Error, Result};

const NAME: &str = "csv.stringify";

struct Writer {
    out: String,
    delimiter: String,
    quote: String,
    line_end: String,
    /// Of the row that is being written.
    row: usize,
    column: usize,
}

/// Writes rows; `held` is the delimiter, the quote, the header and the end of lines.
pub(super) fn write(context: &mut Context<'_>, rows: Vec<Value>, held: Vec<Value>) -> Result<Outcome> {
    let text = |index: usize| held[index].as_str().unwrap_or_default().to_owned();
    let (header, line_end) = (&held[2], &held[3]);
    if !matches!(line_end.as_str(), Some("\n" | "\r\n")) {
        return Err(wrong(NAME, "\"\\n\" or \"\\r\\n\" as line_end", line_end));
    }
    let mut writer =
        Writer { out: String::new(), delimiter: text(0), quote: text(1), line_end: text(3), row: 0, column: 0 };
    let names = names(context, header, rows.first())?;
    if let Some(names) = &names
        && header.as_bool() != Some(false)
    {
        for name in names {
            writer.field(context, name)?;
        }
        writer.end_row(context)?;
    }
    for (index, row) in rows.iter().enumerate() {
        writer.row = index + 1;
        if let Some(items) = row.as_list() {
            for item in items.items().to_vec() {
                writer.field(context, &item)?;
            }
        } else if let Some(names) = &names
            && matches!(row.tag(), Tag::Record | Tag::Map)
        {
            writer.fields_of(context, row, names)?;
        } else {
            return Err(wrong(NAME, "rows that are records or lists", row));
        }
        writer.end_row(context)?;
    }
    Ok(context.heap().string(&writer.out).into())
}

/// The names of the columns, if there are any: those that were given, or the keys of the first row.
fn names(context: &mut Context<'_>, header: &Value, first: Option<&Value>) -> Result<Option<Vec<Value>>> {
    if let Some(names) = header.as_list() {
        let names = names.items().to_vec();
        return match names.iter().find(|name| name.as_str().is_none()) {
            None => Ok(Some(names)),
            Some(name) => Err(wrong(NAME, "a list of names as header", name)),
        };
    }
    if header.as_bool().is_none() {
        return Err(wrong(NAME, "true, false or a list of names as header", header));
    }
    Ok(match first {
        Some(row) if matches!(row.tag(), Tag::Record | Tag::Map) => {
            Some(motet_vm::builtins::iterate::entries(row, context.heap()).0)
        }
        _ => None,
    })
}

impl Writer {
    /// Writes the fields of a record or a map in the order of the names. A name that it does not have is an empty field; a
    /// field that is none of the names is an error, since it would be lost.
    fn fields_of(&mut self, context: &mut Context<'_>, row: &Value, names: &[Value]) -> Result<()> {
        let (keys, values) = motet_vm::builtins::iterate::entries(row, context.heap());
        let mut values: Vec<Option<Value>> = values.into_iter().map(Some).collect();
        for (index, name) in names.iter().enumerate() {
            // Rows have their keys in one order, mostly.
            let place = match keys.get(index) {
                Some(key) if key.as_str() == name.as_str() => Some(index),
                _ => {
                    context.work(keys.len())?;
                    keys.iter().position(|key| key.as_str() == name.as_str())
                }
            };
            let value = place.and_then(|place| values[place].take()).unwrap_or_default();
            self.field(context, &value)?;
        }
        match values.iter().position(Option::is_some) {
            None => Ok(()),
            Some(place) => {
                let message =
                    format!("{NAME}: row {} has a field {}, which is no column", self.row, describe(&keys[place]));
                Err(bad_value(message).with_hint("header: [\"a\", \"b\"] says which columns there are"))
            }
        }
    }

    fn field(&mut self, context: &mut Context<'_>, value: &Value) -> Result<()> {
        context.work(1)?;
        if self.column > 0 {
            add_text(context, NAME, &mut self.out, &self.delimiter)?;
        }
        self.column += 1;
        match value.tag() {
            Tag::Null => Ok(()),
            Tag::String => self.text(context, value.as_str().unwrap_or_default()),
            Tag::Int => self.text(context, &value.as_int().unwrap_or_default().to_string()),
            Tag::Float => self.text(context, &print_float(value.as_float().unwrap_or_default())),
            Tag::True => self.text(context, "true"),
            Tag::False => self.text(context, "false"),
            Tag::Foreign => {
                let text = context.text_of(value, false)?;
                self.text(context, &text)
            }
            _ => Err(self.no_field(value)),
        }
    }

    /// Writes a text, in quotes if it would be read as something else without.
    fn text(&mut self, context: &mut Context<'_>, text: &str) -> Result<()> {
        let is_special = |byte: u8| {
            matches!(byte, b'\n' | b'\r') || self.delimiter.as_bytes()[0] == byte || self.quote.as_bytes()[0] == byte
        };
        // At the beginning of a file, a byte order mark is no part of the text.
        let is_plain = !text.is_empty() && !text.starts_with('\u{feff}');
        if is_plain && !text.bytes().any(is_special) {
            return add_text(context, NAME, &mut self.out, text);
        }
        add_text(context, NAME, &mut self.out, &self.quote)?;
        for (index, part) in text.split(self.quote.as_str()).enumerate() {
            if index > 0 {
                add_text(context, NAME, &mut self.out, &self.quote)?;
                add_text(context, NAME, &mut self.out, &self.quote)?;
            }
            add_text(context, NAME, &mut self.out, part)?;
        }
        add_text(context, NAME, &mut self.out, &self.quote)
    }

    fn end_row(&mut self, context: &mut Context<'_>) -> Result<()> {
        // A line with nothing on it would be read as none.
        if self.column == 1 && (self.out.is_empty() || self.out.ends_with('\n')) {
            add_text(context, NAME, &mut self.out, &self.quote)?;
            add_text(context, NAME, &mut self.out, &self.quote)?;
        }
        self.column = 0;
        add_text(context, NAME, &mut self.out, &self.line_end)
    }

    #[cold]
    fn no_field(&self, value: &Value) -> Error {
        let message = format!("{NAME}: row {}, column {}: {} is no field", self.row, self.column, describe(value));
        Error::type_error(message)
            .with_hint("a field is a text, a number, a boolean or null; str(x) is the text of a value")
    }
}
