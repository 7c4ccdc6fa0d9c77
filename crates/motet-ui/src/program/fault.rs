//! Errors of a program as its window shows them: message, source line, and the calls that led there.

use crate::link::Fault;
use motet_code::{Source, Span};
use motet_vm::{TraceEntry, Uncaught};

/// Calls that are shown.
const MOST_CALLS: usize = 12;

/// An error that a program has thrown.
pub fn fault_of(error: &Uncaught) -> Fault {
    let message =
        if error.message.is_empty() { error.kind.to_string() } else { format!("{}: {}", error.kind, error.message) };
    let place = error.trace.iter().find_map(|entry| entry.place.as_ref());
    Fault {
        message,
        hint: error.hint.as_deref().map(String::from),
        place: place.map(|(source, span)| where_is(source, *span)),
        line: place.map(|(source, span)| line(source, *span)),
        trace: error.trace.iter().take(MOST_CALLS).map(call).collect(),
    }
}

/// Something that is wrong at a place of a source.
pub fn fault_at(message: &str, hint: Option<&str>, source: &Source, span: Span) -> Fault {
    let has_place = !source.text.is_empty();
    Fault {
        message: message.into(),
        hint: hint.map(String::from),
        place: has_place.then(|| where_is(source, span)),
        line: has_place.then(|| line(source, span)),
        trace: Vec::new(),
    }
}

fn call(entry: &TraceEntry) -> String {
    match &entry.place {
        Some((source, span)) => format!("{} at {}", entry.function, where_is(source, *span)),
        None => format!("{} (builtin)", entry.function),
    }
}

/// The start of the line that a byte lies in.
fn line_start(text: &str, byte: usize) -> usize {
    text[..byte].rfind('\n').map_or(0, |at| at + 1)
}

/// `file:line:column`, columns counting characters from 1.
fn where_is(source: &Source, span: Span) -> String {
    let byte = source.text.floor_char_boundary(span.start as usize);
    let start = line_start(&source.text, byte);
    let line = source.text[..start].matches('\n').count() + 1;
    format!("{}:{line}:{}", source.name, source.text[start..byte].chars().count() + 1)
}

/// The line of a place, without its indentation, and the part of it that is meant.
fn line(source: &Source, span: Span) -> (String, std::ops::Range<usize>) {
    let text = &source.text;
    let byte = text.floor_char_boundary(span.start as usize);
    let start = line_start(text, byte);
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let shown = line.trim();
    let from = (byte - start).saturating_sub(indent).min(shown.len());
    let to =
        (text.floor_char_boundary(span.end as usize).max(byte) - start).saturating_sub(indent).clamp(from, shown.len());
    (shown.into(), from..to)
}
