//! Numbers and escapes in strings: the same in both notations.

use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Span};

/// The value of a token that begins with a digit. `negative` if a minus sign before it belongs to it, as only then the
/// smallest integer can be written.
pub(crate) fn number(text: &str, negative: bool, span: Span) -> Result<FormKind, Diagnostic> {
    let radix = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => Some((16, "hexadecimal", "0xff")),
        [b'0', b'b' | b'B', ..] => Some((2, "binary", "0b1010")),
        [b'0', b'o' | b'O', ..] => Some((8, "octal", "0o17")),
        _ => None,
    };
    if let Some((radix, name, example)) = radix {
        return integer(&text[2..], radix, negative, span)
            .unwrap_or_else(|| Err(malformed(text, span).hint(format!("a {name} number looks like `{example}`"))));
    }
    if let Some(result) = integer(text, 10, negative, span) {
        return result;
    }
    let (digits, imaginary) = text.strip_suffix('i').map_or((text, false), |digits| (digits, true));
    match float(digits) {
        Some(value) if value.is_infinite() => Err(Diagnostic::error("this number is too large", span)
            .label("beyond the largest float, about 1.8e308")
            .hint("`Infinity` is a value of its own")),
        Some(value) => {
            let value = if negative { -value } else { value };
            Ok(if imaginary { FormKind::Imaginary(value) } else { FormKind::Float(value) })
        }
        None => {
            let hint = match text.find(|c: char| c.is_alphabetic() && c != 'e' && c != 'E') {
                Some(at) if at > 0 => {
                    format!("a name does not begin with a digit; `{}` alone is a number", &text[..at])
                }
                _ => "numbers look like `42`, `1_000`, `0xff`, `2.5`, `1e-3` or, imaginary, `3i`".to_owned(),
            };
            Err(malformed(text, span).hint(hint))
        }
    }
}

fn malformed(text: &str, span: Span) -> Diagnostic {
    let shown: String = text.chars().take(40).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    Diagnostic::error(format!("`{shown}{dots}` is not a number"), span).label("this begins like a number")
}

/// `None` if these are not digits of an integer.
fn integer(digits: &str, radix: u32, negative: bool, span: Span) -> Option<Result<FormKind, Diagnostic>> {
    let bytes = digits.as_bytes();
    let separators_are_inside = bytes.first()? != &b'_' && bytes.last()? != &b'_';
    if !separators_are_inside || !bytes.iter().all(|byte| *byte == b'_' || (*byte as char).is_digit(radix)) {
        return None;
    }
    // Negative numbers reach one further than positive ones, so the sum is built on the negative side.
    let mut value: Option<i64> = Some(0);
    for byte in bytes.iter().filter(|byte| **byte != b'_') {
        let digit = i64::from((*byte as char).to_digit(radix).unwrap_or(0));
        value = value.and_then(|value| value.checked_mul(i64::from(radix))?.checked_sub(digit));
        if value.is_none() {
            break;
        }
    }
    let value = if negative { value } else { value.and_then(i64::checked_neg) };
    Some(value.map(FormKind::Int).ok_or_else(|| {
        Diagnostic::error("this integer is out of range", span)
            .label("integers reach from -9223372036854775808 to 9223372036854775807")
            .hint("with a fraction (`.0`) or an exponent it is a float, which reaches further and is less exact")
    }))
}

/// Digits with a fraction, an exponent or both; also plain digits, for `3i`.
fn float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let well_formed = bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.last().is_some_and(u8::is_ascii_digit)
        && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-' | b'_'))
        && bytes.windows(2).all(|pair| !(pair[0] == b'_' && !pair[1].is_ascii_digit() && pair[1] != b'_'))
        && bytes.windows(2).all(|pair| !(pair[1] == b'_' && !pair[0].is_ascii_digit() && pair[0] != b'_'));
    if !well_formed {
        return None;
    }
    if bytes.contains(&b'_') { text.replace('_', "").parse().ok() } else { text.parse().ok() }
}

/// The length of a number at the start of `text`, which begins with a digit. What cannot belong to a number but touches
/// it (`12abc`) is taken in, so that the error is about the whole.
pub(crate) fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let word = |from: usize| {
        let is_ascii_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let ascii = from + bytes[from..].iter().take_while(|byte| is_ascii_part(byte)).count();
        let rest = &text[ascii..];
        ascii + rest.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(rest.len())
    };
    let mut length = word(0);
    if matches!(bytes, [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', ..]) {
        return length;
    }
    // `1..2` and `1.abs()` are no floats.
    if bytes[..length].iter().all(|byte| byte.is_ascii_digit() || *byte == b'_')
        && bytes.get(length) == Some(&b'.')
        && bytes.get(length + 1).is_some_and(u8::is_ascii_digit)
    {
        length = word(length + 1);
    }
    // A word ends before a sign, and only an exponent has one.
    if matches!(bytes[length - 1], b'e' | b'E')
        && matches!(bytes.get(length), Some(b'+' | b'-'))
        && bytes.get(length + 1).is_some_and(u8::is_ascii_digit)
        && bytes[..length - 1].iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.'))
    {
        length = word(length + 1);
    }
    length
}

/// Adds the text that stands between quotes to `into`, escapes replaced. `start` is the place of its first byte.
/// Every escape that is wrong is reported and left out.
pub(crate) fn unescape(raw: &str, start: u32, into: &mut String, errors: &mut Vec<Diagnostic>) {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        into.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let place = start + (raw.len() - rest.len() + at) as u32;
        match escape_sequence(escape) {
            Ok((character, length)) => {
                into.extend(character);
                rest = &escape[length..];
            }
            Err((message, length)) => {
                let hint = "escapes are `\\n \\t \\r \\0 \\e \\\\ \\\" \\' \\$ \\#`, `\\x41`, `\\u{1f600}`; a backslash itself is `\\\\`";
                let span = Span::new(place, place + 1 + length as u32);
                errors.push(Diagnostic::error(message, span).label("in this escape").hint(hint));
                rest = &escape[length..];
            }
        }
    }
    into.push_str(rest);
}

/// The bytes that stand between the quotes of `b"…"`: `\xff` is one byte, all else its UTF-8.
pub(crate) fn bytes(raw: &str, start: u32, errors: &mut Vec<Diagnostic>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while !rest.is_empty() {
        let place = start + (raw.len() - rest.len()) as u32;
        let digits = rest.strip_prefix("\\x").and_then(|digits| digits.get(..2));
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &rest[4..];
            continue;
        }
        // Up to the next such escape, any other escape in one piece.
        let mut end = 0;
        let mut characters = rest.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            end = at + character.len_utf8();
            if character == '\\' {
                end += characters.next().map_or(0, |(_, escaped)| escaped.len_utf8());
            }
            if rest[end..].starts_with("\\x") {
                break;
            }
        }
        let mut text = String::new();
        unescape(&rest[..end], place, &mut text, errors);
        bytes.extend_from_slice(text.as_bytes());
        rest = &rest[end..];
    }
    bytes
}

/// `(@bytes "…")`: each character of the text is the byte of its number.
pub(crate) fn bytes_form(bytes: &[u8], span: Span) -> Form {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    Form::node("@bytes", vec![Form::string(text, span)], span)
}

/// What the text after a backslash stands for, and how many bytes of it belong to the escape.
fn escape_sequence(text: &str) -> Result<(Option<char>, usize), (String, usize)> {
    let Some(first) = text.chars().next() else {
        return Err(("a backslash at the end of a string".to_owned(), 0));
    };
    let simple = match first {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        'e' => '\u{1b}',
        '\\' | '"' | '\'' | '`' | '$' | '#' | '{' | '}' => first,
        // The line break and the next line's indentation are left out.
        '\n' => return Ok((None, text.len() - text[1..].trim_start_matches([' ', '\t']).len())),
        'x' => return fixed_code_point(text, 2),
        'u' => {
            if let Some(inner) = text[1..].strip_prefix('{') {
                // No code point needs more digits, and an unclosed brace must not search the whole string.
                let end = inner.bytes().take(9).position(|byte| byte == b'}');
                return match end {
                    Some(end) => code_point(&inner[..end], end + 3),
                    None => Err(("`\\u{` without its `}`".to_owned(), 2)),
                };
            }
            return fixed_code_point(text, 4);
        }
        _ => return Err((format!("`\\{first}` is no escape"), first.len_utf8())),
    };
    Ok((Some(simple), first.len_utf8()))
}

/// `x` or `u`, then exactly `count` digits.
fn fixed_code_point(text: &str, count: usize) -> Result<(Option<char>, usize), (String, usize)> {
    match text.get(1..1 + count) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => code_point(digits, 1 + count),
        _ => Err((format!("expected {count} hexadecimal digits"), 1)),
    }
}

fn code_point(digits: &str, length: usize) -> Result<(Option<char>, usize), (String, usize)> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = if all_digits { u32::from_str_radix(digits, 16).ok() } else { None };
    match value.and_then(char::from_u32) {
        Some(character) => Ok((Some(character), length)),
        None if all_digits => Err((format!("U+{} is not a character", digits.to_uppercase()), length)),
        None => Err(("expected hexadecimal digits".to_owned(), length)),
    }
}

/// The length of a string's text up to its closing quote, its end of line or, where it may have one, an interpolation.
pub(crate) fn part_length(text: &str, quote: u8, several_lines: bool, interpolation: Option<&[u8; 2]>) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if at + 1 < bytes.len() => {
                at += 1;
                // A character of several bytes: its other bytes are none of the ones looked for.
                if bytes[at] == b'\n' && !several_lines {
                    return at;
                }
            }
            b'\n' if !several_lines => return if at > 0 && bytes[at - 1] == b'\r' { at - 1 } else { at },
            _ if interpolation.is_some_and(|open| bytes[at..].starts_with(open)) => return at,
            byte if byte == quote && (!several_lines || bytes[at..].starts_with(&[quote; 3])) => return at,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

/// Adds a part of `@str`; neighbouring texts become one, so that equal strings are equal forms.
pub(crate) fn push_part(parts: &mut Vec<Form>, part: Form) {
    if let (Some(Form { kind: FormKind::Str(last), span }), FormKind::Str(text)) = (parts.last_mut(), &part.kind) {
        *last = format!("{last}{text}").into();
        *span = span.to(part.span);
        return;
    }
    parts.push(part);
}
