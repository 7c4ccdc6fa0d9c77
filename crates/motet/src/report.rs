//! How errors look to a user: the message, the place with its source line, what to do, and the calls that led there.

use crate::loader::LoadError;
use motet_code::Source;
use motet_syntax::{Diagnostic, render};
use motet_vm::builtins::IMPORT_PREFIX;
use motet_vm::{TraceEntry, Uncaught};
use std::fmt::Write;

/// How errors are shown.
#[derive(Clone, Copy, Default)]
pub struct Style {
    pub color: bool,
    /// Traces show every call; otherwise those of the user's code alone, and a recursion once.
    pub full_traces: bool,
}

impl From<bool> for Style {
    /// Shortened, with colours or without.
    fn from(color: bool) -> Style {
        Style { color, full_traces: false }
    }
}

/// Errors shown of a program that could not be loaded: more are seldom read, and a file of something else has very many.
const SHOWN_ERRORS: usize = 30;

/// All that is wrong with a program that could not be loaded.
pub fn failure(failure: &LoadError, color: bool) -> String {
    let mut text = String::new();
    for (source, diagnostic) in failure.reports.iter().take(SHOWN_ERRORS) {
        if source.text.is_empty() && diagnostic.hint.is_none() {
            // There is nothing to show: a file that cannot be read.
            let _ = writeln!(text, "error: {}", diagnostic.message);
            continue;
        }
        text.push_str(rendered(source, diagnostic, color).trim_end());
        text.push_str("\n\n");
    }
    match failure.reports.len() {
        0 | 1 => {}
        count if count > SHOWN_ERRORS => {
            let _ = writeln!(text, "{count} errors, of which the first {SHOWN_ERRORS} are shown");
        }
        count => {
            let _ = writeln!(text, "{count} errors");
        }
    }
    text
}

/// What is most likely a mistake in a program that was loaded.
pub fn warning(source: &Source, warning: &Diagnostic, color: bool) -> String {
    format!("{}\n\n", rendered(source, warning, color).trim_end())
}

/// A diagnostic with its hint in the notation of its source.
fn rendered(source: &Source, diagnostic: &Diagnostic, color: bool) -> String {
    match diagnostic.hint.as_deref().filter(|_| source.gene) {
        Some(hint) => {
            let diagnostic = diagnostic.clone().hint(motet_syntax::hints::in_gene(hint));
            render(&diagnostic, &source.name, &source.text, color)
        }
        None => render(diagnostic, &source.name, &source.text, color),
    }
}

/// Something that went wrong in a thread, a task that was not awaited, or a message callback.
pub fn unattended(report: &motet_vm::Report<'_>, style: impl Into<Style>) -> String {
    let style = style.into();
    match report {
        motet_vm::Report::Uncaught { thread: 0, error } => {
            format!("in a task that is not awaited:\n{}", uncaught(error, style))
        }
        motet_vm::Report::Uncaught { thread, error } => format!("in thread {thread}:\n{}", uncaught(error, style)),
        motet_vm::Report::Deadlock { error } => uncaught(error, style),
        motet_vm::Report::Leak { thread, what } => format!("warning: thread {thread} left {what} behind\n"),
    }
}

/// An error that nothing caught, with its trace and its causes.
pub fn uncaught(error: &Uncaught, style: impl Into<Style>) -> String {
    let style = style.into();
    let mut text = String::new();
    let mut next = Some(error);
    let mut first = true;
    while let Some(error) = next {
        if !first {
            text.push_str("\ncaused by:\n");
        }
        first = false;
        one(error, style, &mut text);
        next = error.cause.as_deref();
    }
    text
}

fn one(error: &Uncaught, style: Style, text: &mut String) {
    let message =
        if error.message.is_empty() { error.kind.to_string() } else { format!("{}: {}", error.kind, error.message) };
    let shown: Vec<&TraceEntry> = error.trace.iter().filter(|entry| style.full_traces || is_of_user(entry)).collect();
    let place = shown.iter().copied().chain(&error.trace).find_map(|entry| entry.place.as_ref());
    match place {
        Some((source, span)) => {
            let mut diagnostic = Diagnostic::error(message, *span);
            if let Some(hint) = &error.hint {
                diagnostic = diagnostic.hint(hint.to_string());
            }
            text.push_str(rendered(source, &diagnostic, style.color).trim_end());
            text.push('\n');
        }
        None => {
            let _ = writeln!(text, "error: {message}");
            if let Some(hint) = &error.hint {
                let _ = writeln!(text, "  help: {hint}");
            }
        }
    }
    if shown.len() > 1 {
        text.push_str("trace:\n");
        for same in shown.chunk_by(|a, b| !style.full_traces && is_same_call(a, b)) {
            trace_line(same[same.len() - 1], same.len(), text);
        }
    }
}

/// A call of the user's own code, or what says where calls are left out or come from another thread. Builtins and what the
/// library has written in the language stand between such calls, and each of these says where it calls them.
fn is_of_user(entry: &TraceEntry) -> bool {
    let is_own = entry.place.as_ref().is_some_and(|(source, _)| !source.name.starts_with(IMPORT_PREFIX));
    is_own || entry.omitted > 0 || entry.thread.is_some()
}

/// Calls of a recursion from the same place are shown once, up to where some were left out.
fn is_same_call(a: &TraceEntry, b: &TraceEntry) -> bool {
    let place =
        |entry: &TraceEntry| entry.place.as_ref().map(|(source, span)| (std::sync::Arc::as_ptr(source), span.start));
    a.omitted == 0 && a.thread.is_none() && b.thread.is_none() && a.function == b.function && place(a) == place(b)
}

/// A call, and how often it stands in the trace in a row.
fn trace_line(entry: &TraceEntry, times: usize, text: &mut String) {
    if let Some(thread) = entry.thread {
        let _ = writeln!(text, "in thread {thread}, awaited by:");
        return;
    }
    let function = &entry.function;
    let _ = match &entry.place {
        Some((source, span)) if times > 1 => {
            writeln!(text, "  {function} at {}, {times} times", source.place(span.start))
        }
        Some((source, span)) => writeln!(text, "  {function} at {}", source.place(span.start)),
        None => writeln!(text, "  {function} (builtin)"),
    };
    if entry.omitted > 0 {
        let _ = writeln!(text, "  … {} more calls …", entry.omitted);
    }
}
