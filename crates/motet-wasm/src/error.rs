//! Why a module is not accepted.

use std::fmt;

/// Why a module is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It breaks a rule of WebAssembly, or is no module at all.
    Invalid {
        /// Which rule.
        message: String,
        /// Where: bytes from the start.
        offset: u64,
    },
    /// It needs what is not understood here.
    Needs {
        /// By name.
        proposals: Vec<&'static str>,
    },
    /// Its text cannot be read.
    Text {
        /// What is wrong, with file, line and column.
        message: String,
    },
    /// It is larger than what is accepted.
    TooLarge {
        /// What.
        what: String,
    },
}

impl ReadError {
    pub(crate) fn invalid(error: &wasmparser::BinaryReaderError) -> ReadError {
        ReadError::Invalid { message: error.message().to_owned(), offset: error.offset() }
    }
}

impl From<wasmparser::BinaryReaderError> for ReadError {
    fn from(error: wasmparser::BinaryReaderError) -> ReadError {
        ReadError::invalid(&error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Invalid { message, offset } => {
                write!(out, "the module is not valid: {message} (at byte {offset:#x})")
            }
            ReadError::Needs { proposals } if proposals.is_empty() => {
                write!(out, "the module needs WebAssembly features that the lanes do not have")
            }
            ReadError::Needs { proposals } => {
                write!(out, "the module needs {}, which the lanes do not have", proposals.join(" and "))
            }
            ReadError::Text { message } => out.write_str(message),
            ReadError::TooLarge { what } => write!(out, "the module is too large: {what}"),
        }
    }
}

impl std::error::Error for ReadError {}
