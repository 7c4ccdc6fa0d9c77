//! Asking for permission, and errors of the system as errors of the language.

use motet_vm::operation::OperationError;
use motet_vm::{Context, Error, ErrorKind, Permissions, Result};
use std::io;

/// Ends the call with an error unless the program has the permission.
pub(crate) fn require(context: &Context<'_>, permission: fn(&Permissions) -> bool, what: &str) -> Result<()> {
    if permission(&context.permissions()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::PermissionError, format!("this program may not {what}"))
        .with_hint("it runs in a sandbox; without --sandbox it may"))
}

pub(crate) fn reading(context: &Context<'_>) -> Result<()> {
    require(context, |permissions| permissions.read_files, "read files")
}

pub(crate) fn writing(context: &Context<'_>) -> Result<()> {
    require(context, |permissions| permissions.write_files, "change files")
}

/// An `IoError` that names what could not be done, to what, and what the system says: `cannot read data.txt: No such
/// file or directory`.
pub(crate) fn failure(what: &str, path: &str, error: &io::Error) -> OperationError {
    OperationError::new(ErrorKind::IoError, format!("cannot {what} {path}: {}", system_message(error)))
}

/// What the system says, without the number that Rust appends.
pub(crate) fn system_message(error: &io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error().and_then(|code| text.strip_suffix(&format!(" (os error {code})")).map(str::to_owned)) {
        Some(text) => text,
        None => text,
    }
}

/// Bytes that must be text.
pub(crate) fn decode(bytes: Vec<u8>, path: &str) -> std::result::Result<String, OperationError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        OperationError::new(ErrorKind::IoError, format!("cannot read {path} as text: byte {at} is not UTF-8"))
            .with_hint("read_bytes(path) gives the bytes of a file that is no text")
    })
}

/// The most that one read gives: what a string may hold.
pub(crate) const MAX_BYTES: usize = motet_vm::builtins::arguments::MAX_TEXT;

/// The error for more than that.
pub(crate) fn too_large(path: &str) -> OperationError {
    OperationError::new(ErrorKind::LimitError, format!("{path} holds more than {MAX_BYTES} bytes"))
        .with_hint("read it line by line: open_file(path).read_line()")
}
