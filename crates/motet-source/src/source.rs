//! A source text with its name.

use crate::line_index::{LineIndex, Position};
use std::sync::OnceLock;

/// A source text and its name, kept as long as code made from it, so that every error can show its line.
#[derive(Debug)]
pub struct Source {
    /// What errors print before `:line:column`: a path as the user gave it, or `<eval>`.
    pub name: Box<str>,
    pub text: Box<str>,
    /// True for `.gene`: decides the notation in which the program prints values.
    pub gene: bool,
    /// Made when a place is asked for first: most sources have no error.
    lines: OnceLock<LineIndex>,
}

impl Source {
    pub fn new(name: impl Into<Box<str>>, text: impl Into<Box<str>>, gene: bool) -> Source {
        Source { name: name.into(), text: text.into(), gene, lines: OnceLock::new() }
    }

    /// Where its lines start.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of the byte at `offset`.
    pub fn position(&self, offset: u32) -> Position {
        self.lines().position(&self.text, offset)
    }

    /// `file:line:column` of the byte at `offset`.
    pub fn place(&self, offset: u32) -> String {
        format!("{}:{}", self.name, self.position(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_shown_as_file_line_and_column() {
        let source = Source::new("a.soc", "let x = 1\n  é + y\n", false);
        assert_eq!(source.place(0), "a.soc:1:1");
        assert_eq!(source.place(15), "a.soc:2:5");
        assert_eq!(source.place(999), "a.soc:3:1");
    }
}
