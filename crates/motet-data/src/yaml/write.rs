//! Values to YAML: a line for each entry, two blanks for each level. A text stands without quotes only if no reader of any
//! version takes it for something else.

use super::scalar::{Meaning, meaning};
use crate::dates;
use crate::exact::Exact;
use crate::quoted::quoted;
use motet_vm::builtins::arguments::{describe, too_big};
use motet_vm::memory::{Tag, Value, account};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::fmt::Write;

/// Mappings and lists in one another, at most: as many as are read back.
const DEPTH: usize = 200;
/// A key on one line has 1024 characters at most, its escapes among them.
const LONGEST_KEY: usize = 160;

pub(super) fn document(context: &mut Context<'_>, function: &'static str, value: &Value) -> Result<String> {
    let mut writer = Writer { function, out: String::new(), path: Vec::new() };
    writer.value(context, value, Place::Document)?;
    Ok(writer.out)
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    /// Behind the `-` of a list.
    Item,
    /// Behind the `:` of a mapping.
    Entry,
}

struct Writer {
    function: &'static str,
    out: String,
    /// The keys and indexes down to what is being written.
    path: Vec<String>,
}

/// Words that readers of older versions take for something else than a text.
fn is_word_of_others(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "nan" | "inf")
}

fn is_plain(text: &str) -> bool {
    let begins_well = text.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '/'));
    let is_harmless = |character: char| character.is_alphanumeric() || " _-./@+$".contains(character);
    begins_well
        && text.chars().all(is_harmless)
        && !text.ends_with(' ')
        && meaning(text) == Meaning::Text
        && !is_word_of_others(text)
}

/// A text of several lines that can stand as they are.
fn is_block(text: &str) -> bool {
    let is_shown = |character: char| {
        character == '\n'
            || !(character.is_control()
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'))
    };
    let first = text.chars().next();
    text.contains('\n')
        && !matches!(first, None | Some(' ' | '\n'))
        && text.chars().all(is_shown)
        && !text.ends_with("\n\n")
        && text.lines().all(|line| !line.ends_with(' '))
}

impl Writer {
    fn fail(&self, what: &str) -> Error {
        let place = if self.path.is_empty() { String::new() } else { format!(" at {}", self.path.join(".")) };
        Error::new(ErrorKind::ValueError, format!("{}: YAML has no form for {what}{place}", self.function))
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

    fn indent(&mut self) {
        for _ in 0..self.path.len() {
            self.out.push_str("  ");
        }
    }

    /// A value, and the end of its line.
    fn value(&mut self, context: &mut Context<'_>, value: &Value, place: Place) -> Result<()> {
        if self.path.len() > DEPTH {
            return Err(self.fail("values so deep in one another"));
        }
        self.account(context, 2 * self.path.len() + 32)?;
        match value.tag() {
            Tag::List => {
                let items = value.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
                return self.items(context, &items, place);
            }
            Tag::Map if value.as_map().is_some_and(|map| map.is_set()) => {
                let mut items = Vec::new();
                if let Some(map) = value.as_map() {
                    map.for_each(|key, _| items.push(key.clone()));
                }
                return self.items(context, &items, place);
            }
            Tag::Record | Tag::Map => return self.entries(context, value, place),
            _ => {}
        }
        if place != Place::Document {
            self.out.push(' ');
        }
        self.scalar(context, value)?;
        self.out.push('\n');
        Ok(())
    }

    fn items(&mut self, context: &mut Context<'_>, items: &[Value], place: Place) -> Result<()> {
        if items.is_empty() {
            self.out.push_str(if place == Place::Document { "[]\n" } else { " []\n" });
            return Ok(());
        }
        for (index, item) in items.iter().enumerate() {
            self.line(place, index == 0);
            self.out.push('-');
            self.path.push(index.to_string());
            self.value(context, item, Place::Item)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Begins a line; the first one of what lies in a list stands behind its `-`.
    fn line(&mut self, place: Place, is_first: bool) {
        match (place, is_first) {
            (Place::Item, true) => self.out.push(' '),
            (Place::Entry, true) => {
                self.out.push('\n');
                self.indent();
            }
            _ => self.indent(),
        }
    }

    fn entries(&mut self, context: &mut Context<'_>, value: &Value, place: Place) -> Result<()> {
        let mut entries = Vec::new();
        if let Some(record) = value.as_record() {
            record.for_each(|name, value| entries.push((context.heap().string(name.as_str()), value.clone())));
        } else if let Some(map) = value.as_map() {
            map.for_each(|key, value| entries.push((key.clone(), value.clone())));
        }
        if entries.is_empty() {
            self.out.push_str(if place == Place::Document { "{}\n" } else { " {}\n" });
            return Ok(());
        }
        for (index, (key, value)) in entries.iter().enumerate() {
            self.line(place, index == 0);
            if !matches!(key.tag(), Tag::String | Tag::Int | Tag::Float | Tag::True | Tag::False | Tag::Null) {
                return Err(self.fail(&format!("the key {}", describe(key))));
            }
            let begins = self.out.len();
            match key.as_str() {
                // A key stands on one line.
                Some(text) if text.len() > LONGEST_KEY => {
                    return Err(self.fail(&format!("a key of more than {LONGEST_KEY} bytes")));
                }
                Some(text) => {
                    self.account(context, 6 * text.len())?;
                    let shown = if is_plain(text) { text.to_owned() } else { quoted(text) };
                    self.out.push_str(&shown);
                }
                None => self.scalar(context, key)?,
            }
            let shown = self.out[begins..].to_owned();
            self.out.push(':');
            self.path.push(shown);
            self.value(context, value, Place::Entry)?;
            self.path.pop();
        }
        Ok(())
    }

    fn scalar(&mut self, context: &mut Context<'_>, value: &Value) -> Result<()> {
        match value.tag() {
            Tag::Null => self.out.push_str("null"),
            Tag::True => self.out.push_str("true"),
            Tag::False => self.out.push_str("false"),
            Tag::Int => _ = write!(self.out, "{}", value.as_int().unwrap_or_default()),
            Tag::Float => self.float(value.as_float().unwrap_or_default()),
            Tag::String | Tag::Symbol | Tag::MadeSymbol => {
                let text = value.as_str().or_else(|| value.symbol_text()).unwrap_or_default();
                self.account(context, text.len() * 6)?;
                self.text(context, text)?;
            }
            Tag::Bytes => {
                let bytes = value.as_bytes().unwrap_or_default();
                self.account(context, bytes.len() * 2)?;
                let _ = write!(self.out, "!!binary {}", quoted(&crate::codes::in_base64(bytes)));
            }
            _ => match dates::rfc3339(value).or_else(|| Exact::of(value).map(Exact::text)) {
                Some(text) => {
                    self.account(context, text.len())?;
                    self.out.push_str(&quoted(&text));
                }
                None => return Err(self.fail(&describe(value))),
            },
        }
        Ok(())
    }

    fn text(&mut self, context: &mut Context<'_>, text: &str) -> Result<()> {
        if is_plain(text) {
            self.out.push_str(text);
        } else if is_block(text) && !self.path.is_empty() {
            self.account(context, text.len() + text.lines().count() * 2 * self.path.len())?;
            self.out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
            for line in text.lines() {
                self.out.push('\n');
                if !line.is_empty() {
                    self.indent();
                    self.out.push_str(line);
                }
            }
        } else {
            self.out.push_str(&quoted(text));
        }
        Ok(())
    }

    fn float(&mut self, number: f64) {
        if number.is_nan() {
            self.out.push_str(".nan");
        } else if number.is_infinite() {
            self.out.push_str(if number > 0.0 { ".inf" } else { "-.inf" });
        } else {
            self.out.push_str(zmij::Buffer::new().format_finite(number));
        }
    }
}
