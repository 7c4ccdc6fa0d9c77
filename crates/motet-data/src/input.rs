//! What a parser is given: a string, or bytes that are text.

use crate::place::{BYTE_ORDER_MARK, Fault, Stop};
use motet_vm::builtins::arguments::wrong;
use motet_vm::memory::Value;
use motet_vm::{Context, Result};

/// The text of a string or of bytes in UTF-8, without a byte order mark.
pub(crate) fn text<'a>(context: &mut Context<'_>, function: &str, value: &'a Value) -> Result<&'a str> {
    if let Some(text) = value.as_str() {
        return Ok(text.strip_prefix('\u{feff}').unwrap_or(text));
    }
    let Some(bytes) = value.as_bytes() else { return Err(wrong(function, "a string or bytes", value)) };
    decode(bytes).map_err(|fault| Stop::from(fault).into_error(context, function, bytes, 1))
}

fn decode(bytes: &[u8]) -> std::result::Result<&str, Box<Fault>> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if is_utf16 {
        return Err(Fault::new(0, "this is text in UTF-16, not in UTF-8"));
    }
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(text).map_err(|error| {
        let at = bytes.len() - text.len() + error.valid_up_to();
        Fault::new(at, format!("the byte 0x{:02x} is no UTF-8", bytes[at]))
    })
}
