//! Places in texts that a parser was given, and the errors that name them.

use motet_vm::memory::{Symbol, Value};
use motet_vm::{Context, Error, ErrorKind};

/// A place in a text, as people count: from 1, a column for each character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text that begins on line `first_line`. A byte inside of a character counts as its beginning.
    pub fn of(text: &[u8], at: usize, first_line: usize) -> Place {
        let before = &text[..at.min(text.len())];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let newlines = before.iter().filter(|&&byte| byte == b'\n').count();
        let is_first_of_character = |byte: &&u8| **byte & 0xc0 != 0x80;
        let characters = before[line_start..].iter().filter(is_first_of_character).count();
        let has_mark = line_start == 0 && before.starts_with(BYTE_ORDER_MARK);
        Place { line: first_line + newlines, column: characters + 1 - usize::from(has_mark) }
    }
}

/// What some systems begin files of UTF-8 with.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The byte.
    pub at: usize,
    pub message: String,
    pub hint: Option<&'static str>,
}

impl Fault {
    #[cold]
    pub fn new(at: usize, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { at, message: message.into(), hint: None })
    }

    pub fn with_hint(mut self: Box<Self>, hint: &'static str) -> Box<Fault> {
        self.hint = Some(hint);
        self
    }
}

/// Why a parser stops early.
pub(crate) enum Stop {
    /// The text is malformed.
    Fault(Box<Fault>),
    /// A limit, or the end of the task.
    Ended(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Ended(error)
    }
}

impl From<Box<Fault>> for Stop {
    fn from(fault: Box<Fault>) -> Stop {
        Stop::Fault(fault)
    }
}

impl Stop {
    /// What the program gets. A fault becomes a `ValueError` that says its place, and has it as the fields `line` and
    /// `column`.
    #[cold]
    pub fn into_error(self, context: &mut Context<'_>, function: &str, text: &[u8], first_line: usize) -> Error {
        match self {
            Stop::Ended(error) => error,
            Stop::Fault(fault) => {
                let place = Place::of(text, fault.at, first_line);
                error_at(context, function, place, &fault.message, fault.hint)
            }
        }
    }
}

/// The error of a place.
#[cold]
pub(crate) fn error_at(
    context: &mut Context<'_>,
    function: &str,
    place: Place,
    message: &str,
    hint: Option<&str>,
) -> Error {
    let Place { line, column } = place;
    let mut error = Error::new(ErrorKind::ValueError, format!("{function}: line {line}, column {column}: {message}"));
    if let Some(hint) = hint {
        error = error.with_hint(hint);
    }
    let instance = context.error_value(error);
    if let Some(fields) = instance.as_instance() {
        for (name, number) in [("line", line), ("column", column)] {
            // A new instance is not frozen, so the store cannot fail.
            let _ = fields.set(Symbol::intern(name), Value::int(number as i64), context.heap());
        }
    }
    Error::thrown(instance)
}

/// What stands at a byte, as messages show it.
pub(crate) fn shown_at(text: &str, at: usize) -> String {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        None => "the end".into(),
        Some('\n' | '\r') => "the end of the line".into(),
        Some(character) if character.is_control() => format!("the character U+{:04X}", character as u32),
        Some('`') => "a backquote".into(),
        Some(character) => format!("`{character}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "aä\nbü€x\n";
        let place = |at| {
            let Place { line, column } = Place::of(text.as_bytes(), at, 1);
            (line, column)
        };
        assert_eq!([place(0), place(1), place(3)], [(1, 1), (1, 2), (1, 3)]);
        assert_eq!([place(4), place(5), place(10)], [(2, 1), (2, 2), (2, 4)]);
        assert_eq!([place(12), place(99)], [(3, 1), (3, 1)]);
        assert_eq!(Place::of("\u{feff}[".as_bytes(), 3, 7), Place { line: 7, column: 1 });
    }
}
