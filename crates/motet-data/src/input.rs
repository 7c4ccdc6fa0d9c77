//! What a parser is given: a string, or bytes that are text.

use crate::place::{BYTE_ORDER_MARK, Fault, Stop};
use motet_vm::builtins::arguments::{too_big, wrong};
use motet_vm::memory::{Value, account};
use motet_vm::{Context, Result};
use std::borrow::Cow;

/// The text of a string, or of bytes in UTF-8, or in UTF-16 with a byte order mark. The mark is no part of it.
pub(crate) fn text<'a>(context: &mut Context<'_>, function: &str, value: &'a Value) -> Result<Cow<'a, str>> {
    if let Some(text) = value.as_str() {
        return Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into());
    }
    let Some(bytes) = value.as_bytes() else { return Err(wrong(function, "a string or bytes", value)) };
    let wide: Option<fn([u8; 2]) -> u16> = match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    let Some(unit) = wide else {
        let text = utf8(bytes).map_err(|fault| Stop::from(fault).into_error(context, function, bytes, 1))?;
        return Ok(text.into());
    };
    // Two bytes take three at most.
    let size = bytes.len() + bytes.len() / 2;
    if size > context.most_text() || size > account::room() / 2 {
        return Err(too_big(function, size, context.most_text(), "bytes"));
    }
    context.work(bytes.len() / 4)?;
    let mut text = String::with_capacity(size);
    let (pairs, rest) = bytes[2..].as_chunks::<2>();
    for (index, character) in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).enumerate() {
        match character {
            Ok(character) => text.push(character),
            Err(half) => {
                let message = format!(
                    "character {index} of this text in UTF-16 is half of one: {:04x}",
                    half.unpaired_surrogate()
                );
                return Err(Stop::from(Fault::new(text.len(), message)).into_error(
                    context,
                    function,
                    text.as_bytes(),
                    1,
                ));
            }
        }
    }
    if !rest.is_empty() {
        let fault = Fault::new(text.len(), "this text in UTF-16 ends within a character");
        return Err(Stop::from(fault).into_error(context, function, text.as_bytes(), 1));
    }
    Ok(text.into())
}

fn utf8(bytes: &[u8]) -> std::result::Result<&str, Box<Fault>> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(text).map_err(|error| {
        let at = bytes.len() - text.len() + error.valid_up_to();
        Fault::new(at, format!("the byte 0x{:02x} is no UTF-8", bytes[at]))
            .with_hint("text of other encodings is made UTF-8 first; UTF-16 is read if it begins with its mark")
    })
}
