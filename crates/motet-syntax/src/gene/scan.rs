//! The characters of `.gene`: what ends a name, what is a comment, which names have to be escaped.

/// Whether a character ends a name or a number wherever it stands. A slash ends it too, but goes on with a path.
pub(crate) fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '"' | '`' | ',' | ';')
}

/// Whether nothing that belongs to a name or a path stands at the start of `text`.
pub(crate) fn at_delimiter(text: &str) -> bool {
    text.chars().next().is_none_or(is_delimiter)
}

/// Whether nothing follows directly that a mark such as `%` could be about.
pub(crate) fn at_gap(text: &str, in_angle: bool) -> bool {
    text.chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || matches!(c, ')' | ']' | '}' | ',' | ';') || in_angle && c == '>')
}

/// The length of the name or number at the start of `text`. A backslash takes the next character in, whatever it is.
pub(crate) fn atom_length(text: &str, in_angle: bool) -> usize {
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => {
                if characters.clone().next().is_none_or(|(_, next)| next == '\n') {
                    return at + 1;
                }
                characters.next();
            }
            '/' => return at,
            '>' if in_angle => return at,
            _ if is_delimiter(c) => return at,
            _ => {}
        }
    }
    text.len()
}

/// The operators that hold a slash, longest first: alone they are names, anywhere else a slash begins a path.
pub(crate) fn slash_operator(text: &str, in_angle: bool) -> Option<&'static str> {
    let ends = |rest: &str| at_delimiter(rest) || in_angle && rest.starts_with('>');
    ["//=", "//", "/=", "/"].into_iter().find(|operator| text.strip_prefix(operator).is_some_and(ends))
}

/// Whether `#` at the start of `text` begins a comment to the end of the line.
pub(crate) fn is_line_comment(text: &str) -> bool {
    matches!(text.as_bytes(), [b'#'] | [b'#', b' ' | b'\t' | b'\n' | b'\r' | b'!', ..])
}

/// Whether a name means something else than a name when it is written as it is.
pub(crate) fn needs_escape(name: &str) -> bool {
    if slash_operator(name, false).is_some_and(|operator| operator == name) || matches!(name, "%" | "%=" | "^" | "@") {
        return false;
    }
    matches!(name, "nil" | "true" | "false" | "Infinity" | "-Infinity" | "NaN")
        || begins_specially(name)
        || name.chars().any(is_special_inside)
}

/// Whether the first character makes something else of a name.
pub(crate) fn begins_specially(name: &str) -> bool {
    begins_like_number(name) || name.starts_with(['^', '%', '#', '@', '\'', '\u{feff}'])
}

/// Whether a character needs a backslash wherever it stands in a name.
pub(crate) fn is_special_inside(c: char) -> bool {
    is_delimiter(c) || matches!(c, '/' | '\\')
}

/// Whether this is read as a number.
pub(crate) fn begins_like_number(text: &str) -> bool {
    match text.as_bytes() {
        [b'+' | b'-', second, ..] => second.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    }
}
