//! Diagnostics for tools: one object of JSON a line.

use motet_code::Source;
use motet_syntax::form::Span;
use motet_syntax::{Diagnostic, Severity};
use motet_vm::json::quote;
use std::fmt::Write;

/// A diagnostic as a line of JSON. Lines and columns count from one, columns in characters.
pub fn line(source: &Source, diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut out = String::from("{\"file\":");
    quote(&mut out, &source.name);
    out.push(',');
    place(source, diagnostic.span, &mut out);
    let _ = write!(out, ",\"severity\":\"{severity}\",\"message\":");
    quote(&mut out, &diagnostic.message);
    let hint = match diagnostic.hint.as_deref() {
        Some(hint) if source.gene => Some(motet_syntax::hints::in_gene(hint)),
        hint => hint.map(str::to_owned),
    };
    let parts = [("name", diagnostic.name), ("label", diagnostic.label.as_deref()), ("hint", hint.as_deref())];
    for (key, text) in parts {
        if let Some(text) = text {
            let _ = write!(out, ",\"{key}\":");
            quote(&mut out, text);
        }
    }
    out.push_str(",\"notes\":[");
    for (at, note) in diagnostic.notes.iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        quote(&mut out, note);
    }
    out.push_str("],\"places\":[");
    for (at, label) in diagnostic.places.iter().enumerate() {
        out.push_str(if at > 0 { ",{" } else { "{" });
        place(source, label.span, &mut out);
        out.push_str(",\"text\":");
        quote(&mut out, &label.text);
        out.push('}');
    }
    out.push_str("]}\n");
    out
}

fn place(source: &Source, span: Span, out: &mut String) {
    let (start, end) = (source.position(span.start), source.position(span.end));
    let _ = write!(
        out,
        "\"line\":{},\"column\":{},\"end_line\":{},\"end_column\":{}",
        start.line, start.column, end.line, end.column
    );
}
