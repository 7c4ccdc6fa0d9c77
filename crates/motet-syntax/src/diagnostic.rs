//! What a user is told when something is wrong: the data, not its looks (`render` gives it those).
//!
//! The readers, the compiler and the VM all report with this type, so it knows nothing of any of them: a message, the
//! places in one source that explain it, and what to do about it.

use crate::form::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// One thing that a user is told, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// What a warning is called where it is silenced: `// allow: unused-result`.
    pub name: Option<&'static str>,
    /// One line, without a full stop: what is wrong.
    pub message: String,
    /// The place that the message is about.
    pub span: Span,
    /// What stands beside that place: mostly what was found or expected there.
    pub label: Option<String>,
    /// Further places in the same source, each with what it has to do with the message.
    pub places: Vec<Label>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Further facts that have no place in the source.
    pub notes: Vec<String>,
}

/// A place and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Diagnostic {
    pub fn new(severity: Severity, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            severity,
            name: None,
            message: message.into(),
            span,
            label: None,
            places: Vec::new(),
            hint: None,
            notes: Vec::new(),
        }
    }

    pub fn error(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(Severity::Error, message, span)
    }

    pub fn warning(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(Severity::Warning, message, span)
    }

    /// Gives a warning its name.
    pub fn named(mut self, name: &'static str) -> Diagnostic {
        self.name = Some(name);
        self
    }

    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.label = Some(text.into());
        self
    }

    pub fn place(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.places.push(Label { span, text: text.into() });
        self
    }

    pub fn hint(mut self, text: impl Into<String>) -> Diagnostic {
        self.hint = Some(text.into());
        self
    }

    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }
}
