//! The names of warnings, how a comment silences one, and the one warning that only the text can give: a comment that was
//! meant as integer division.

use crate::Parsed;
use crate::diagnostic::Diagnostic;
use crate::form::Span;
use crate::kind::SyntaxKind;
use crate::tree::ElementRef;
use std::collections::HashSet;

/// All warnings by their names.
pub const WARNINGS: [&str; 9] = [
    "condition",
    "division-comment",
    "if-without-else",
    "method-name",
    "not-found",
    "only-tests",
    "pairs",
    "record-result",
    "unused-result",
];

/// Whether a comment silences a warning: `allow: name`, on the line of its place or on the line before.
pub fn is_allowed(text: &str, warning: &Diagnostic) -> bool {
    let Some(name) = warning.name else { return false };
    let start = (warning.span.start as usize).min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let before = text[..line_start].trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
    text[before..line_end].lines().any(|line| {
        let Some((_, names)) = line.split_once("allow:") else { return false };
        names.split([',', ' ']).any(|allowed| allowed == name)
    })
}

/// Comments of `.soc` that are most likely meant as `~/`: the rest of the line is a number, or a name of the program, and a
/// value stands before it.
pub fn division_comments(parsed: &Parsed) -> Vec<Diagnostic> {
    let tokens: Vec<ElementRef<'_>> = parsed.tree.tokens().collect();
    let mut names: HashSet<&str> = HashSet::new();
    names.extend(tokens.iter().filter(|token| token.kind() == SyntaxKind::Name).map(|token| token.text()));
    let mut warnings = Vec::new();
    let mut line: Vec<ElementRef<'_>> = Vec::new();
    for token in tokens {
        match token.kind() {
            SyntaxKind::Whitespace if token.text().contains('\n') => line.clear(),
            SyntaxKind::Whitespace | SyntaxKind::BlockComment => {}
            SyntaxKind::LineComment => {
                let divisor = token.text().trim_start_matches('/').trim();
                if is_divisor(divisor, &names) && is_dividend(&line) {
                    warnings.push(warning(token.span(), divisor));
                }
            }
            _ => line.push(token),
        }
    }
    warnings
}

fn warning(span: Span, divisor: &str) -> Diagnostic {
    Diagnostic::warning("`//` begins a comment", span)
        .named("division-comment")
        .label("this is no part of the program")
        .hint(format!("integer division is `~/ {divisor}`"))
}

/// Whether this can be what a division divides by: a number, or a name that the program uses.
fn is_divisor(text: &str, names: &HashSet<&str>) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    if first.is_ascii_digit() {
        return characters.all(|c| c.is_ascii_digit() || c == '_');
    }
    names.contains(text)
}

/// Whether the code of a line ends in a value that is used for something: a call as a statement of its own has a comment
/// that says what it prints.
fn is_dividend(line: &[ElementRef<'_>]) -> bool {
    use SyntaxKind::*;
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return false };
    let ends_value = matches!(last.kind(), Name | Number | RightParen | RightBracket);
    let is_open = {
        let count = |kinds: [SyntaxKind; 2]| line.iter().filter(|token| kinds.contains(&token.kind())).count();
        count([LeftParen, LeftBracket]) > count([RightParen, RightBracket])
    };
    let assigns = line.iter().any(|token| {
        matches!(token.kind(), Equal | PlusEqual | MinusEqual | StarEqual | Arrow | ReturnWord | YieldWord)
    });
    ends_value && (is_open || assigns || matches!(first.kind(), LeftParen | Number))
}

/// In the error of a bracket that is not closed: the comment behind the bracket that has swallowed its end, as in
/// `f((a + b) // 2)`.
pub(crate) fn division_behind(text: &str, opener: Span) -> Option<&'static str> {
    let rest = text.get(opener.end as usize..)?;
    // Only what is near: every open bracket of a long line asks.
    let line = rest[..rest.floor_char_boundary(400)].lines().next()?;
    let (code, comment) = line.split_once("//")?;
    let divisor = comment.trim().trim_end_matches([')', ']', ',', ';', '{']).trim();
    let is_word = !divisor.is_empty() && divisor.chars().all(|c| c.is_alphanumeric() || c == '_');
    // The bracket stands in the comment, or the whole comment is a number or a name that the program has used.
    let is_operand = || {
        if !code.trim_end().ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']')) {
            return false;
        }
        let before = &text[..opener.end as usize];
        let is_number = divisor.chars().all(|c| c.is_ascii_digit() || c == '_');
        is_number || before.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == divisor)
    };
    (is_word && (divisor.len() < comment.trim().len() || is_operand()))
        .then_some("`//` begins a comment; integer division is `~/`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_soc;

    fn warned(text: &str) -> bool {
        !division_comments(&parse_soc(text)).is_empty()
    }

    #[test]
    fn a_comment_after_a_value_may_be_a_division() {
        assert!(warned("let mid = (lo + hi) // 2"));
        assert!(warned("let n = 3\nlet x = y // n"));
        assert!(warned("fn f(a) {\n  return a // 2\n}"));
        assert!(warned("(lo + hi) // 2"));
        assert!(!warned("println(f(7)) // 7"));
        assert!(!warned("let x = 5 // five"));
        assert!(!warned("let x = 5 // 2 is too few"));
        assert!(!warned("let x = y // → 5"));
    }

    #[test]
    fn a_comment_silences_a_warning_by_its_name() {
        let warning = Diagnostic::warning("x", Span::new(30, 31)).named("pairs");
        let place = "// allow: unused-result, pairs\nx";
        assert!(is_allowed(place, &Diagnostic { span: Span::new(31, 32), ..warning.clone() }));
        assert!(!is_allowed("// allow: condition\nx", &Diagnostic { span: Span::new(20, 21), ..warning.clone() }));
        assert!(is_allowed("x // allow: pairs", &Diagnostic { span: Span::new(0, 1), ..warning }));
    }

    #[test]
    fn an_open_bracket_is_explained() {
        assert!(division_behind("f((a + b) // 2)", Span::new(1, 2)).is_some());
        assert!(division_behind("f((a + b) // the sum)", Span::new(1, 2)).is_none());
        assert!(division_behind("f(a, // 2", Span::new(1, 2)).is_none());
        assert!(division_behind("let b = 1; f(a // b", Span::new(12, 13)).is_some());
        assert!(division_behind("f(a // why", Span::new(1, 2)).is_none());
    }
}
