//! The text form.

use crate::ReadError;
use wast::Wat;
use wast::parser::{self, ParseBuffer};

/// The bytes of a module from its text; `name` is the file's, for messages.
pub fn from_text(name: &str, text: &str) -> Result<Vec<u8>, ReadError> {
    let failed = |mut error: wast::Error| {
        error.set_path(std::path::Path::new(name));
        error.set_text(text);
        ReadError::Text { message: error.to_string() }
    };
    let buffer = ParseBuffer::new(text).map_err(failed)?;
    let mut module = parser::parse::<Wat<'_>>(&buffer).map_err(failed)?;
    module.encode().map_err(failed)
}
