//! What the options of the module say.

use motet_vm::Result;
use motet_vm::builtins::arguments::{WithOptions, bad_value, text};

pub(super) const READING: &[&str] = &["header", "delimiter", "quote", "guess", "types"];
pub(super) const WRITING: &[&str] = &["header", "delimiter", "quote", "line_end"];

/// What stands between fields, and around those that hold it.
pub(crate) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    texts: [String; 2],
}

impl Dialect {
    pub fn of(function: &str, given: &WithOptions<'_>) -> Result<Dialect> {
        let delimiter = character(function, given, "delimiter", b',')?;
        let quote = character(function, given, "quote", b'"')?;
        if delimiter == quote {
            return Err(bad_value(format!("{function}: delimiter and quote are two characters")));
        }
        Ok(Dialect { delimiter, quote, texts: [delimiter, quote].map(|byte| char::from(byte).to_string()) })
    }

    pub fn delimiter_text(&self) -> &str {
        &self.texts[0]
    }

    pub fn quote_text(&self) -> &str {
        &self.texts[1]
    }
}

/// An option that is one character of ASCII, and no line break.
fn character(function: &str, given: &WithOptions<'_>, name: &str, usual: u8) -> Result<u8> {
    let Some(value) = given.option(name) else { return Ok(usual) };
    match text(function, &value)?.as_str().as_bytes() {
        &[byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(byte),
        _ => Err(bad_value(format!(
            "{function}: {name} is one character of ASCII, not {:?}",
            value.as_str().unwrap_or("")
        ))),
    }
}
