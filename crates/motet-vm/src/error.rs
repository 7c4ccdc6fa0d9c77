//! Errors of the language as Rust sees them: small to return, turned into an error instance when a program catches one.

use crate::memory::{Notation, PrintOptions, Value, print_value, type_name};
use std::fmt;

macro_rules! error_kinds {
    ($($name:ident)*) => {
        /// The classes of errors that the runtime throws. Each has a class of the same name, below `Error`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorKind {
            $($name,)*
        }

        impl ErrorKind {
            /// All kinds; `Error` first.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$name,)*];

            /// The name of its class.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ErrorKind::$name => stringify!($name),)*
                }
            }
        }
    };
}

// docs/language.md says when each is thrown; a test looks whether it names them all.
error_kinds! {
    Error
    TypeError
    NameError
    IndexError
    KeyError
    ValueError
    ArityError
    MatchError
    AssertError
    ContractError
    OverflowError
    ZeroDivisionError
    DepthError
    FrozenError
    SendError
    IoError
    LimitError
    PermissionError
    StaleThread
    ThreadLimit
    MailboxFull
    Closed
    Cancelled
    Timeout
    Deadlock
    CycleError
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

    /// The wrong number of arguments: `name` takes from `least` to `most` of them, and any number from `least` on if `most`
    /// is `usize::MAX`.
    #[cold]
    pub fn arity(name: &str, (least, most): (usize, usize), given: usize) -> Error {
        let wanted = match (least, most) {
            (0, 0) => "no".to_string(),
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) if least == most => format!("{least}"),
            (least, most) => format!("{least} to {most}"),
        };
        let plural = if most == 1 || (least, most) == (1, usize::MAX) { "" } else { "s" };
        Error::new(ErrorKind::ArityError, format!("{name} takes {wanted} argument{plural}, not {given}"))
    }

    pub fn body(&self) -> &Body {
        &self.0
    }

    pub fn into_body(self) -> Body {
        *self.0
    }
}

impl fmt::Display for Error {
    /// Class and message, as an uncaught error begins.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match &*self.0 {
            Body::Raised { kind, message, .. } => return write!(f, "{}: {message}", kind.name()),
            Body::Thrown(value) => value,
        };
        let options = PrintOptions { limit: LONGEST, ..PrintOptions::quoted(Notation::Soc) };
        let Some(fields) = value.as_instance() else { return f.write_str(&print_value(value, &options)) };
        let message = fields.get("message");
        let message = message.as_ref().and_then(|message| message.as_str()).unwrap_or_default();
        write!(f, "{}: {message}", type_name(value))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// Characters shown of a thrown value that is no error.
const LONGEST: usize = 200;

pub type Result<T> = std::result::Result<T, Error>;
