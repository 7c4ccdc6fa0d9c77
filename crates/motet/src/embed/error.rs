//! Errors of programs as Rust sees them.

use crate::{loader, report};
use motet_vm::Uncaught;
use motet_vm::memory::Value as Raw;
use std::fmt;
use std::sync::Arc;

/// What went wrong: a program could not be loaded, threw something that it did not catch, or gave a value of another type
/// than was asked for.
#[derive(Clone, Debug)]
pub struct Error(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Load(loader::LoadError),
    Thrown(Uncaught),
    Conversion(String),
}

/// A result with an error of a program.
pub type Result<T> = std::result::Result<T, Error>;

/// A call in progress when an error was thrown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function; `top level` for a module's own code, `fn` for a function without a name.
    pub function: String,
    /// `file:line:column`; none for a builtin or a function of the embedder.
    pub place: Option<String>,
}

impl Error {
    pub(super) fn conversion(expected: String, found: &Raw) -> Error {
        let found = motet_vm::builtins::type_name(found);
        Error(Arc::new(Kind::Conversion(format!("expected {expected}, not this {found}"))))
    }

    pub(super) fn missing(what: String) -> Error {
        Error(Arc::new(Kind::Conversion(what)))
    }

    /// The name of the error's class: `TypeError`; `SyntaxError` if the program could not be loaded.
    pub fn class(&self) -> &str {
        match &*self.0 {
            Kind::Load(_) => "SyntaxError",
            Kind::Thrown(error) => &error.kind,
            Kind::Conversion(_) => "TypeError",
        }
    }

    /// What it says.
    pub fn message(&self) -> String {
        match &*self.0 {
            Kind::Load(failure) => {
                let messages: Vec<&str> = failure.reports.iter().map(|(_, report)| &*report.message).collect();
                messages.join("; ")
            }
            Kind::Thrown(error) => error.message.to_string(),
            Kind::Conversion(message) => message.clone(),
        }
    }

    /// What to do about it, if there is advice.
    pub fn hint(&self) -> Option<&str> {
        match &*self.0 {
            Kind::Thrown(error) => error.hint.as_deref(),
            Kind::Load(_) | Kind::Conversion(_) => None,
        }
    }

    /// The error that led to this one.
    pub fn cause(&self) -> Option<Error> {
        match &*self.0 {
            Kind::Thrown(error) => error.cause.as_deref().map(|cause| cause.clone().into()),
            Kind::Load(_) | Kind::Conversion(_) => None,
        }
    }

    /// The calls that were in progress, innermost first.
    pub fn trace(&self) -> Vec<Place> {
        let Kind::Thrown(error) = &*self.0 else { return Vec::new() };
        let calls = error.trace.iter().filter(|entry| entry.thread.is_none());
        let place = |entry: &motet_vm::TraceEntry| {
            let place = entry.place.as_ref().map(|(source, span)| source.place(span.start));
            Place { function: entry.function.to_string(), place }
        };
        calls.map(place).collect()
    }

    /// All of it as the command shows it: with the source line underlined, the trace and the causes.
    pub fn report(&self) -> String {
        match &*self.0 {
            Kind::Load(failure) => report::failure(failure, false),
            Kind::Thrown(error) => report::uncaught(error, false),
            Kind::Conversion(message) => format!("error: TypeError: {message}\n"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            message if message.is_empty() => formatter.write_str(self.class()),
            message => write!(formatter, "{}: {message}", self.class()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Uncaught> for Error {
    fn from(error: Uncaught) -> Error {
        Error(Arc::new(Kind::Thrown(error)))
    }
}

impl From<Box<Uncaught>> for Error {
    fn from(error: Box<Uncaught>) -> Error {
        Error::from(*error)
    }
}

impl From<loader::LoadError> for Error {
    fn from(failure: loader::LoadError) -> Error {
        Error(Arc::new(Kind::Load(failure)))
    }
}
