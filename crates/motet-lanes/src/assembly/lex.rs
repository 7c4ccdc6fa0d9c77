//! A line's tokens.

use super::Diagnostic;
use std::ops::Range;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    /// Bytes of the whole text.
    pub span: Range<usize>,
}

/// What kind of piece it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A mnemonic, register, label or directive.
    Name,
    /// A number without its sign, or a character in quotes.
    Number,
    /// One of `, : [ ] + -`.
    Mark,
}

/// Splits a line that starts at byte `start` of the text. A comment ends it.
pub(super) fn tokens(line: &str, start: usize) -> Result<Vec<Token<'_>>, Diagnostic> {
    let mut found = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let kind = match character {
            ';' => break,
            _ if character.is_whitespace() => continue,
            ',' | ':' | '[' | ']' | '+' | '-' => Kind::Mark,
            '\'' => {
                let closed = rest.next().is_some() && rest.next_if(|&(_, next)| next == '\'').is_some();
                if !closed {
                    return Err(Diagnostic {
                        span: start + at..start + at + 1,
                        message: "a character without its closing quote".to_owned(),
                        hint: Some("write one character between quotes, like 'a'".to_owned()),
                    });
                }
                Kind::Number
            }
            _ if character.is_ascii_digit() => {
                take_number(&mut rest, line);
                Kind::Number
            }
            _ if character.is_alphabetic() || character == '_' || character == '.' => {
                while rest.next_if(|&(_, next)| next.is_alphanumeric() || next == '_').is_some() {}
                Kind::Name
            }
            _ => {
                return Err(Diagnostic {
                    span: start + at..start + at + character.len_utf8(),
                    message: format!("unexpected character `{character}`"),
                    hint: Some("a comment starts with `;`".to_owned()),
                });
            }
        };
        let end = rest.peek().map_or(line.len(), |&(next, _)| next);
        found.push(Token { kind, text: &line[at..end], span: start + at..start + end });
    }
    Ok(found)
}

/// Takes the rest of a number: letters for hexadecimal digits and exponents, and a sign behind an exponent.
fn take_number(rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>, line: &str) {
    while let Some(&(at, next)) = rest.peek() {
        let before = &line[..at];
        let after_exponent = before.ends_with(['e', 'E']) && !is_hexadecimal(before);
        if next.is_ascii_alphanumeric() || next == '_' || next == '.' || (after_exponent && matches!(next, '+' | '-')) {
            rest.next();
        } else {
            break;
        }
    }
}

fn is_hexadecimal(before: &str) -> bool {
    let number = before.rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '_').next();
    number.is_some_and(|number| number.starts_with("0x") || number.starts_with("0X"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<&str> {
        tokens(line, 0).unwrap().into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn l03_a_line_falls_into_tokens() {
        assert_eq!(texts("loop: add r0, r1, -5 ; up"), ["loop", ":", "add", "r0", ",", "r1", ",", "-", "5"]);
        assert_eq!(texts("load r0,[r1+0x1F]"), ["load", "r0", ",", "[", "r1", "+", "0x1F", "]"]);
        assert_eq!(texts("fconst f0, 1.5e-3"), ["fconst", "f0", ",", "1.5e-3"]);
        assert_eq!(texts("const r0, 0x1e-3"), ["const", "r0", ",", "0x1e", "-", "3"]);
        assert_eq!(texts("const r0, ';'"), ["const", "r0", ",", "';'"]);
        assert_eq!(texts("  ; nothing"), Vec::<&str>::new());
    }

    #[test]
    fn l03_spans_count_bytes_of_the_whole_text() {
        let error = tokens("nop é?", 100).unwrap_err();
        assert_eq!(error.span, 106..107);
        assert_eq!(tokens("const r0, 'x", 0).unwrap_err().span, 10..11);
        assert_eq!(tokens("nop", 7).unwrap()[0].span, 7..10);
    }
}
