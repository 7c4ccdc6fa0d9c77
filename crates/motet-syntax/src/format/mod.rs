//! The layout of programs: `motet fmt`.
//!
//! Both notations make a document (`doc`) of the tokens of their trees (`tokens`, `layout`); what they decide themselves is
//! which blanks stand between two tokens. Comments are tokens, so none can get lost.
//!
//! The author's line breaks are kept. Indentation, blanks, empty lines and lines that are too long are the layout's. What is
//! laid out is read again and compared: a layout that changed what the program means would be given up, first for one that
//! keeps the author's blanks, then altogether.

mod doc;
mod gene;
mod layout;
mod soc;
mod tokens;

use crate::diagnostic::{Diagnostic, Severity};
use crate::form::{Entry, Form, FormKind, Span};
use crate::{Notation, Parsed, parse};
use doc::Part;
use layout::Style;
use std::ops::Range;
use tokens::Tokens;

/// The program in its usual layout; or what is wrong with it, in which case there is none.
pub fn format(text: &str, notation: Notation) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text, notation);
    if parsed.errors.iter().any(|error| error.severity == Severity::Error) {
        return Err(parsed.errors);
    }
    let documents: [fn(&Parsed) -> Vec<Part>; 2] = match notation {
        Notation::Soc => [|parsed| document(parsed, &soc::Usual), |parsed| document(parsed, &soc::AsWritten)],
        Notation::Gene => [|parsed| document(parsed, &gene::Usual); 2],
    };
    for document in documents {
        let formatted = doc::print(&document(&parsed), text);
        if formatted == text || same_all(&parse(&formatted, notation).forms, &parsed.forms) {
            return Ok(formatted);
        }
    }
    let error = Diagnostic::error("this program cannot be laid out without changing what it means", Span::at(0))
        .label("it was left as it is")
        .hint("this is an error of the formatter: please report the program");
    Err(vec![error])
}

fn document<S: Style>(parsed: &Parsed, style: &S) -> Vec<Part> {
    let tokens = Tokens::of(&parsed.tree);
    layout::lay_out(&tokens, style, tokens.root())
}

/// Whether forms are the same, places aside. NaN is the same as itself.
fn same_all(forms: &[Form], others: &[Form]) -> bool {
    forms.len() == others.len() && forms.iter().zip(others).all(|(form, other)| same(form, other))
}

fn same(form: &Form, other: &Form) -> bool {
    match (&form.kind, &other.kind) {
        (FormKind::Float(number), FormKind::Float(other)) => number.to_bits() == other.to_bits(),
        (FormKind::List(items), FormKind::List(others)) => same_all(items, others),
        (FormKind::Record(entries), FormKind::Record(others)) => {
            entries.len() == others.len() && entries.iter().zip(others).all(|(entry, other)| same_entry(entry, other))
        }
        (FormKind::Node(node), FormKind::Node(other)) => {
            let mut props = node.props.iter().zip(&other.props);
            same(&node.head, &other.head)
                && node.props.len() == other.props.len()
                && props.all(|(prop, other)| prop.name == other.name && same(&prop.value, &other.value))
                && same_all(&node.children, &other.children)
        }
        (kind, other) => kind == other,
    }
}

fn same_entry(entry: &Entry, other: &Entry) -> bool {
    match (entry, other) {
        (Entry::Named { name, value, .. }, Entry::Named { name: other_name, value: other, .. }) => {
            name == other_name && same(value, other)
        }
        (Entry::Computed { key, value }, Entry::Computed { key: other_key, value: other }) => {
            same(key, other_key) && same(value, other)
        }
        (Entry::Spread(record), Entry::Spread(other)) => same(record, other),
        _ => false,
    }
}

/// The layout of the top-level forms that touch these lines (counted from zero): the bytes that are replaced, and by what.
pub fn format_lines(
    text: &str,
    notation: Notation,
    lines: Range<usize>,
) -> Result<(Range<usize>, String), Vec<Diagnostic>> {
    let parsed = parse(text, notation);
    if parsed.errors.iter().any(|error| error.severity == Severity::Error) {
        return Err(parsed.errors);
    }
    let index = crate::LineIndex::new(text);
    let last = index.line_count();
    let (mut first, mut end) = (lines.start.min(last), lines.end.clamp(lines.start.min(last), last));
    // Whole forms, and whole lines: a form may begin on the line on which another one ends.
    for form in parsed.tree.root().children() {
        if matches!(form.kind(), crate::SyntaxKind::Whitespace) {
            continue;
        }
        let span = form.span();
        let (start, stop) = (index.line_of(span.start), index.line_of(span.end.saturating_sub(1).max(span.start)) + 1);
        if start < end && first < stop {
            (first, end) = (first.min(start), end.max(stop));
        }
    }
    if first >= end {
        return Ok((text.len()..text.len(), String::new()));
    }
    let bytes = index.line_range(first).start..index.line_range(end - 1).end;
    let formatted = format(&text[bytes.clone()], notation)?;
    Ok((bytes, formatted))
}
