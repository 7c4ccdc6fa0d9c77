//! Strings of JSON inside of their quotes: where plain text ends, what escapes mean, and which characters need one.

use crate::place::Fault;
use crate::words::{each, zeros};

/// From a byte on, where the first one stands that is no plain text of a string: a quote, a backslash, a control character,
/// or the end of the text.
#[inline]
pub(super) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*chunk);
        // Below 0x20, what is subtracted borrows into the high bit; bytes from 0x80 on have it themselves.
        let controls = word.wrapping_sub(each(0x20)) & !word & each(0x80);
        let found = zeros(word ^ each(b'"')) | zeros(word ^ each(b'\\')) | controls;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at)
        && !needs_escape(byte)
    {
        at += 1;
    }
    at
}

#[inline]
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Reads the escape whose backslash stands at a byte; gives its character and where it ends.
pub(super) fn read(text: &str, at: usize) -> Result<(char, usize), Box<Fault>> {
    let character = match text.as_bytes().get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(text, at),
        _ => {
            return Err(Fault::new(at, "there is no such escape")
                .with_hint("the escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits"));
        }
    };
    Ok((character, at + 2))
}

/// The four digits of the `\u` at a byte.
fn unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |number, &digit| Some(number * 16 + (digit as char).to_digit(16)?))
}

fn unicode(text: &str, at: usize) -> Result<(char, usize), Box<Fault>> {
    let Some(first) = unit(text, at) else {
        return Err(Fault::new(at, "\\u takes four hexadecimal digits"));
    };
    if let Some(character) = char::from_u32(first) {
        return Ok((character, at + 6));
    }
    // Characters beyond U+FFFF are written as two halves.
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = unit(text, at + 6)
        && (0xdc00..0xe000).contains(&second)
        && let Some(character) = char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    {
        return Ok((character, at + 12));
    }
    Err(Fault::new(at, format!("\\u{first:04x} is half of a character, and the other half is missing")))
}

/// Writes a string with its quotes.
#[inline]
pub(crate) fn write(text: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    loop {
        let end = plain_end(text.as_bytes(), from);
        // Both ends are ASCII or the text's own, so they are ends of characters.
        out.push_str(&text[from..end]);
        let Some(&byte) = text.as_bytes().get(end) else { break };
        write_escape(byte, out);
        from = end + 1;
    }
    out.push('"');
}

#[cold]
fn write_escape(byte: u8, out: &mut String) {
    let letter = match byte {
        b'"' => '"',
        b'\\' => '\\',
        0x8 => 'b',
        0xc => 'f',
        b'\n' => 'n',
        b'\r' => 'r',
        b'\t' => 't',
        _ => {
            let digit = |value: u8| char::from_digit(value.into(), 16).expect("half of a byte");
            out.push_str("\\u00");
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
            return;
        }
    };
    out.push('\\');
    out.push(letter);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_plain_text_is_found_at_every_place() {
        for byte in 0..=255u8 {
            for length in 0..20 {
                for at in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    let expected = if needs_escape(byte) { at } else { length };
                    assert_eq!(plain_end(&bytes, 0), expected, "{byte} at {at} of {length}");
                    // What stands before the start does not count, and a second one behind the first changes nothing.
                    assert_eq!(plain_end(&bytes, at + 1), length);
                    bytes[length - 1] = b'"';
                    assert_eq!(plain_end(&bytes, 0), expected.min(length - 1));
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text: String = (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '😀', '\u{10ffff}']).collect();
        let mut written = String::new();
        write(&text, &mut written);
        let (mut read_back, mut at) = (String::new(), 1);
        loop {
            let end = plain_end(written.as_bytes(), at);
            read_back.push_str(&written[at..end]);
            if written.as_bytes()[end] == b'"' {
                assert_eq!(end + 1, written.len());
                break;
            }
            let (character, next) = read(&written, end).expect("an escape");
            read_back.push(character);
            at = next;
        }
        assert_eq!(read_back, text);
    }
}
