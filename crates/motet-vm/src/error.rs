//! Errors of the language as Rust sees them: small to return, turned into an error instance when a program catches one.

use crate::memory::Value;
use std::fmt;

/// The classes of errors that the runtime throws. Each has a class of the same name, below `Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    Error,
    TypeError,
    NameError,
    IndexError,
    KeyError,
    ValueError,
    ArityError,
    MatchError,
    AssertError,
    ContractError,
    OverflowError,
    ZeroDivisionError,
    DepthError,
    FrozenError,
    SendError,
    IoError,
    LimitError,
    PermissionError,
    StaleThread,
    ThreadLimit,
    MailboxFull,
    Closed,
    Cancelled,
    Timeout,
    Deadlock,
    CycleError,
}

impl ErrorKind {
    /// All kinds; `Error` first.
    pub const ALL: &'static [ErrorKind] = &[
        ErrorKind::Error,
        ErrorKind::TypeError,
        ErrorKind::NameError,
        ErrorKind::IndexError,
        ErrorKind::KeyError,
        ErrorKind::ValueError,
        ErrorKind::ArityError,
        ErrorKind::MatchError,
        ErrorKind::AssertError,
        ErrorKind::ContractError,
        ErrorKind::OverflowError,
        ErrorKind::ZeroDivisionError,
        ErrorKind::DepthError,
        ErrorKind::FrozenError,
        ErrorKind::SendError,
        ErrorKind::IoError,
        ErrorKind::LimitError,
        ErrorKind::PermissionError,
        ErrorKind::StaleThread,
        ErrorKind::ThreadLimit,
        ErrorKind::MailboxFull,
        ErrorKind::Closed,
        ErrorKind::Cancelled,
        ErrorKind::Timeout,
        ErrorKind::Deadlock,
        ErrorKind::CycleError,
    ];

    /// The name of its class.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Error => "Error",
            ErrorKind::TypeError => "TypeError",
            ErrorKind::NameError => "NameError",
            ErrorKind::IndexError => "IndexError",
            ErrorKind::KeyError => "KeyError",
            ErrorKind::ValueError => "ValueError",
            ErrorKind::ArityError => "ArityError",
            ErrorKind::MatchError => "MatchError",
            ErrorKind::AssertError => "AssertError",
            ErrorKind::ContractError => "ContractError",
            ErrorKind::OverflowError => "OverflowError",
            ErrorKind::ZeroDivisionError => "ZeroDivisionError",
            ErrorKind::DepthError => "DepthError",
            ErrorKind::FrozenError => "FrozenError",
            ErrorKind::SendError => "SendError",
            ErrorKind::IoError => "IoError",
            ErrorKind::LimitError => "LimitError",
            ErrorKind::PermissionError => "PermissionError",
            ErrorKind::StaleThread => "StaleThread",
            ErrorKind::ThreadLimit => "ThreadLimit",
            ErrorKind::MailboxFull => "MailboxFull",
            ErrorKind::Closed => "Closed",
            ErrorKind::Cancelled => "Cancelled",
            ErrorKind::Timeout => "Timeout",
            ErrorKind::Deadlock => "Deadlock",
            ErrorKind::CycleError => "CycleError",
        }
    }
}

/// An error on its way: one word, so that results stay small.
pub struct Error(Box<Body>);

/// What an error carries.
pub enum Body {
    /// Thrown by the runtime; no instance exists yet.
    Raised { kind: ErrorKind, message: String, hint: Option<String> },
    /// Thrown by a program, or thrown again: an error instance.
    Thrown(Value),
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Body::Raised { kind, message: message.into(), hint: None }))
    }

    pub fn type_error(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::TypeError, message)
    }

    pub fn thrown(value: Value) -> Error {
        Error(Box::new(Body::Thrown(value)))
    }

    /// Adds what to do about it.
    pub fn with_hint(mut self, text: impl Into<String>) -> Error {
        if let Body::Raised { hint, .. } = &mut *self.0 {
            *hint = Some(text.into());
        }
        self
    }

    pub fn body(&self) -> &Body {
        &self.0
    }

    pub fn into_body(self) -> Body {
        *self.0
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Body::Raised { kind, message, .. } => write!(f, "{}: {message}", kind.name()),
            Body::Thrown(_) => f.write_str("a thrown value"),
        }
    }
}

pub type Result<T> = std::result::Result<T, Error>;
