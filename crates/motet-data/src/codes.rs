//! Bytes as text: the module `base64`, and bytes of hexadecimal digits, which the builtin `hex` writes.

use crate::place::{Fault, Stop, shown_at};
use motet_vm::builtins::arguments::{WithOptions, text, too_big, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{Value, account};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Bytes that are looked at in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 16;

/// The bytes of an argument: of a string its UTF-8.
pub(crate) fn data<'a>(function: &str, value: &'a Value) -> Result<&'a [u8]> {
    match (value.as_bytes(), value.as_str()) {
        (Some(bytes), _) => Ok(bytes),
        (None, Some(text)) => Ok(text.as_bytes()),
        (None, None) => Err(wrong(function, "bytes or a string", value)),
    }
}

/// Room for a text of so many bytes, of which a string is made.
pub(crate) fn room(context: &mut Context<'_>, function: &str, size: usize) -> Result<String> {
    context.work(size / BYTES_PER_UNIT)?;
    let most = context.most_text();
    if size > most || size > account::room() / 2 {
        return Err(too_big(function, size, most, "bytes"));
    }
    Ok(String::with_capacity(size))
}

fn encode_base64(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "base64.encode";
    let given = WithOptions::of(NAME, arguments, 1, &["url"])?;
    let is_url = given.flag("url");
    let data = data(NAME, arguments.at(0))?;
    let mut out = room(context, NAME, data.len().div_ceil(3) * 4)?;
    write_base64(data, is_url, &mut out);
    Ok(context.heap().string(&out).into())
}

/// Bytes as text in the standard alphabet.
pub(crate) fn in_base64(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    write_base64(data, false, &mut out);
    out
}

fn write_base64(data: &[u8], is_url: bool, out: &mut String) {
    let digits = if is_url { URL } else { STANDARD };
    for group in data.chunks(3) {
        let bits = group.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            if digit <= group.len() {
                out.push(char::from(digits[(bits >> (18 - 6 * digit)) as usize & 63]));
            } else if !is_url {
                out.push('=');
            }
        }
    }
}

/// The six bits of a digit, of either alphabet.
fn six_bits(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

fn decode_base64(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "base64.decode";
    let text = text(NAME, arguments.at(0))?.as_str();
    context.work(text.len() / BYTES_PER_UNIT)?;
    let bytes = base64(text).map_err(|fault| Stop::from(fault).into_error(context, NAME, text.as_bytes(), 1))?;
    Ok(context.heap().bytes(bytes).into())
}

/// The bytes that a text in base64 says.
pub(crate) fn base64(text: &str) -> std::result::Result<Vec<u8>, Box<Fault>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut digits, mut padding) = (0u32, 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        if byte == b'=' && padding < 2 && digits % 4 >= 2 {
            padding += 1;
            continue;
        }
        let Some(value) = six_bits(byte).filter(|_| padding == 0) else {
            return Err(Fault::new(at, format!("{} stands where a digit of base64 should", shown_at(text, at))));
        };
        bits = bits << 6 | value;
        digits += 1;
        if digits % 4 == 0 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            bits = 0;
        }
    }
    // Two digits are a byte and four bits, three are two bytes and two bits, which are zero.
    let (count, spare) = match digits % 4 {
        0 => (0, 0),
        2 => (1, 4),
        3 => (2, 2),
        _ => return Err(Fault::new(text.len(), "a digit of base64 is missing at the end")),
    };
    if padding > 0 && padding + digits % 4 != 4 {
        return Err(Fault::new(text.len(), "`=` is missing at the end"));
    }
    if bits & ((1 << spare) - 1) != 0 {
        return Err(Fault::new(text.len(), "the last digit of base64 says more than fits the bytes"));
    }
    bits >>= spare;
    out.extend_from_slice(&bits.to_be_bytes()[4 - count..]);
    Ok(out)
}

fn from_hex(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "from_hex";
    let text = text(NAME, arguments.at(0))?.as_str();
    context.work(text.len() / BYTES_PER_UNIT)?;
    let bytes = hex(text).map_err(|fault| Stop::from(fault).into_error(context, NAME, text.as_bytes(), 1))?;
    Ok(context.heap().bytes(bytes).into())
}

fn hex(text: &str) -> std::result::Result<Vec<u8>, Box<Fault>> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut first = None;
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        let Some(digit) = char::from(byte).to_digit(16) else {
            return Err(Fault::new(at, format!("{} is no hexadecimal digit", shown_at(text, at))));
        };
        match first.take() {
            None => first = Some(digit),
            Some(first) => out.push((first << 4 | digit) as u8),
        }
    }
    match first {
        None => Ok(out),
        Some(_) => Err(Fault::new(text.len(), "a hexadecimal digit is missing: each byte has two")),
    }
}

pub(crate) static BASE64: NativeModule = NativeModule {
    name: "base64",
    documentation: "Bytes as text in base64.",
    entries: &[
        Entry::function(
            "encode(data, url: false)",
            encode_base64,
            "Bytes, or a string's UTF-8, as text. With `url`, in the alphabet for addresses, without `=` at the end.",
        ),
        Entry::function(
            "decode(text)",
            decode_base64,
            "The bytes that a text says, in either alphabet, with `=` at the end or without. Blanks and line breaks count for nothing.",
        ),
    ],
    source: None,
};

pub(crate) static NATIVES: &[Entry] = &[Entry::function(
    "from_hex(text)",
    from_hex,
    "The bytes that a text of hexadecimal digits says, as `hex(bytes)` writes them. Blanks and line breaks count for nothing.",
)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, bytes) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9v\n Ym E=", "fooba")]
        {
            assert_eq!(base64(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.message)), bytes.as_bytes());
        }
        assert_eq!(base64("-_-_").ok(), base64("+/+/").ok());
        assert_eq!(base64("Zg").ok(), Some(b"f".to_vec()));
        for (text, at) in [
            ("Z", 1),
            ("Zg=", 3),
            ("Z===", 1),
            ("Zh==", 4),
            ("Zg==Zg==", 4),
            ("Zm9v!", 4),
            ("=", 0),
            ("Zm9v=", 4),
            ("Zg===", 4),
            ("ä", 0),
        ] {
            let fault = base64(text).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.message);
        }
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(hex("00 fF\n7a").ok(), Some(vec![0, 255, 0x7a]));
        for (text, at) in [("0", 1), ("0g", 1), ("000", 3), ("é", 0)] {
            assert_eq!(hex(text).expect_err(text).at, at);
        }
    }
}
