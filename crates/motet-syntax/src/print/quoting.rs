//! Strings and numbers as literals.

use std::fmt::Write;

/// Adds text as it stands between quotes. `quote` and `mark` (the character that begins an interpolation) are escaped.
pub(super) fn push_escaped(out: &mut String, text: &str, quote: char, mark: Option<char>) {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\\' => out.push_str("\\\\"),
            _ if c == quote => out.extend(['\\', c]),
            _ if Some(c) == mark && characters.peek() == Some(&'{') => out.extend(['\\', c]),
            _ if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
}

/// A string in double quotes; `mark` is what `push_escaped` says.
pub(super) fn push_string(out: &mut String, text: &str, mark: Option<char>) {
    out.push('"');
    push_escaped(out, text, '"', mark);
    out.push('"');
}

/// `b"…"`, if the text of `(@bytes text)` stands for bytes.
pub(super) fn bytes_literal(text: &str) -> Option<String> {
    let mut out = String::from("b\"");
    for c in text.chars() {
        let byte = u8::try_from(u32::from(c)).ok()?;
        match byte {
            b'"' | b'\\' => out.extend(['\\', c]),
            b' '..=b'~' => out.push(c),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    Some(out)
}

/// A float so that it reads back as the same float.
pub(super) fn push_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value < 0.0 { "-Infinity" } else { "Infinity" });
    } else {
        let _ = write!(out, "{value:?}");
    }
}
