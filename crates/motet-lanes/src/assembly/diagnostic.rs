//! Errors of a text: data first, a picture of the place on demand.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use motet_source::LineIndex;
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where: bytes of the text.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A text that does not assemble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssemblyError {
    /// The name of the text, as given.
    pub name: String,
    text: String,
    /// Everything that is wrong, in the order of the text; at least one thing.
    pub diagnostics: Vec<Diagnostic>,
}

impl AssemblyError {
    pub(super) fn new(name: &str, text: &str, diagnostics: Vec<Diagnostic>) -> AssemblyError {
        AssemblyError { name: name.to_owned(), text: text.to_owned(), diagnostics }
    }

    /// Line and column of a diagnostic, both from 1, the column in characters.
    pub fn position(&self, diagnostic: &Diagnostic) -> (usize, usize) {
        let position = LineIndex::new(&self.text).position(&self.text, diagnostic.span.start as u32);
        (position.line as usize, position.column as usize)
    }
}

impl fmt::Display for AssemblyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let annotation = AnnotationKind::Primary.span(diagnostic.span.clone());
            let source = Snippet::source(&self.text).path(&self.name).annotation(annotation);
            let mut group = Level::ERROR.primary_title(&diagnostic.message).element(source);
            if let Some(hint) = &diagnostic.hint {
                group = group.element(Level::HELP.message(hint));
            }
            if index > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}", renderer.render(&[group]))?;
        }
        Ok(())
    }
}

impl std::error::Error for AssemblyError {}
