//! Values to TOML. What lies in a table stands behind all of the table's own values, as TOML wants it.

use crate::dates;
use crate::quoted::quoted;
use motet_vm::builtins::arguments::{describe, too_big, wrong};
use motet_vm::memory::{Tag, Value, account};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::fmt::Write;

/// Tables and lists in one another, at most: as many as are read back.
const DEPTH: usize = 80;

pub(super) fn document(context: &mut Context<'_>, function: &'static str, record: &Value) -> Result<String> {
    if !is_table(record) {
        return Err(wrong(function, "a record", record));
    }
    let mut writer = Writer { function, out: String::new(), path: Vec::new() };
    writer.table(context, record)?;
    Ok(writer.out)
}

struct Writer {
    function: &'static str,
    out: String,
    /// The keys down to what is being written.
    path: Vec<String>,
}

fn is_table(value: &Value) -> bool {
    matches!(value.tag(), Tag::Record | Tag::Map)
}

/// A list that stands as tables with a head of their own: nothing else is in it.
fn is_table_list(value: &Value) -> bool {
    value.as_list().is_some_and(|list| list.length() > 0 && list.items().iter().all(is_table))
}

/// A key is written plainly, if it can be.
fn key_text(key: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if !key.is_empty() && key.chars().all(is_plain) { key.to_owned() } else { quoted(key) }
}

impl Writer {
    fn fail(&self, what: &str) -> Error {
        let place = if self.path.is_empty() { String::new() } else { format!(" at {}", self.path.join(".")) };
        Error::new(ErrorKind::ValueError, format!("{}: TOML has no form for {what}{place}", self.function))
    }

    /// What was written so far has room, and so has a text of this size.
    fn account(&self, context: &mut Context<'_>, size: usize) -> Result<()> {
        context.work(1 + size / 64)?;
        let most = context.most_text();
        if self.out.len() + size > most || self.out.len() + size > account::room() / 2 {
            return Err(too_big(self.function, self.out.len() + size, most, "bytes"));
        }
        Ok(())
    }

    fn entries(&self, table: &Value) -> Result<Vec<(String, Value)>> {
        let mut entries = Vec::new();
        if let Some(record) = table.as_record() {
            record.for_each(|name, value| entries.push((name.as_str().to_owned(), value.clone())));
        } else if let Some(map) = table.as_map() {
            let mut other = None;
            map.for_each(|key, value| match key.as_str() {
                Some(name) => entries.push((name.to_owned(), value.clone())),
                None => other = Some(format!("the key {}", describe(key))),
            });
            if let Some(other) = other {
                return Err(self.fail(&other));
            }
        }
        Ok(entries)
    }

    fn table(&mut self, context: &mut Context<'_>, table: &Value) -> Result<()> {
        if self.path.len() > DEPTH {
            return Err(self.fail("tables so deep in one another"));
        }
        let entries = self.entries(table)?;
        for (key, value) in entries.iter().filter(|(_, value)| !is_table(value) && !is_table_list(value)) {
            self.path.push(key.clone());
            let key = key_text(key);
            self.account(context, key.len())?;
            self.out.push_str(&key);
            self.out.push_str(" = ");
            self.value(context, value, 0)?;
            self.out.push('\n');
            self.path.pop();
        }
        for (key, value) in entries.iter().filter(|(_, value)| is_table(value) || is_table_list(value)) {
            self.path.push(key_text(key));
            match value.as_list() {
                Some(list) => {
                    for inner in list.items().to_vec() {
                        self.head(context, "[[", "]]")?;
                        self.table(context, &inner)?;
                    }
                }
                None => {
                    self.head(context, "[", "]")?;
                    self.table(context, value)?;
                }
            }
            self.path.pop();
        }
        Ok(())
    }

    fn head(&mut self, context: &mut Context<'_>, open: &str, close: &str) -> Result<()> {
        let name = self.path.join(".");
        self.account(context, name.len())?;
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let _ = writeln!(self.out, "{open}{name}{close}");
        Ok(())
    }

    fn value(&mut self, context: &mut Context<'_>, value: &Value, depth: usize) -> Result<()> {
        if depth > DEPTH {
            return Err(self.fail("lists so deep in one another"));
        }
        self.account(context, 32)?;
        match value.tag() {
            Tag::True => self.out.push_str("true"),
            Tag::False => self.out.push_str("false"),
            Tag::Int => _ = write!(self.out, "{}", value.as_int().unwrap_or_default()),
            Tag::Float => self.float(value.as_float().unwrap_or_default()),
            Tag::String => {
                let text = value.as_str().unwrap_or_default();
                self.account(context, text.len() * 6)?;
                self.out.push_str(&quoted(text));
            }
            Tag::List => {
                let items = value.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.value(context, item, depth + 1)?;
                }
                self.out.push(']');
            }
            Tag::Record | Tag::Map => {
                let entries = self.entries(value)?;
                self.out.push_str(if entries.is_empty() { "{" } else { "{ " });
                for (index, (key, inner)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    let key = key_text(key);
                    self.account(context, key.len())?;
                    let _ = write!(self.out, "{key} = ");
                    self.value(context, inner, depth + 1)?;
                }
                self.out.push_str(if entries.is_empty() { "}" } else { " }" });
            }
            _ => match dates::rfc3339(value) {
                Some(text) => self.out.push_str(&text),
                None => return Err(self.fail(&describe(value))),
            },
        }
        Ok(())
    }

    fn float(&mut self, number: f64) {
        if number.is_nan() {
            self.out.push_str("nan");
        } else if number.is_infinite() {
            self.out.push_str(if number > 0.0 { "inf" } else { "-inf" });
        } else {
            self.out.push_str(zmij::Buffer::new().format_finite(number));
        }
    }
}
