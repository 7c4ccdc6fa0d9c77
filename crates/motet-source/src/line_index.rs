//! Byte offsets to lines and columns, as they are printed: both count from one, columns count characters.

/// Where each line of a text starts. Built once for a text, it answers in logarithmic time in the number of lines, plus
/// the length of the line.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// Offset of the first byte of each line.
    starts: Vec<u32>,
    length: u32,
}

/// Line and column, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    /// In characters (not in bytes, not in cells of a terminal).
    pub column: u32,
}

impl std::fmt::Display for Position {
    /// `line:column`
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

impl LineIndex {
    pub fn new(text: &str) -> LineIndex {
        let newlines = text.match_indices('\n');
        let starts = std::iter::once(0).chain(newlines.map(|(offset, _)| offset as u32 + 1)).collect();
        LineIndex { starts, length: text.len() as u32 }
    }

    /// Number of lines; an empty text has one.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The line, counted from zero, that holds the byte at `offset`; offsets past the end belong to the last line.
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// The bytes of a line (counted from zero), its line break included.
    pub fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let end = self.starts.get(line + 1).copied().unwrap_or(self.length);
        self.starts[line] as usize..end as usize
    }

    /// Line and column of `offset`. `text` must be the text that the index was built for.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.starts[line] as usize;
        let end = floor_character(text, (offset as usize).min(text.len()));
        Position { line: line as u32 + 1, column: text[start..end].chars().count() as u32 + 1 }
    }
}

/// The start of the character that the byte at `offset` belongs to.
pub fn floor_character(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str, offset: u32) -> (u32, u32) {
        let Position { line, column } = LineIndex::new(text).position(text, offset);
        (line, column)
    }

    #[test]
    fn columns_count_characters() {
        let text = "aé𝄞b\r\nc\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 1), (1, 2));
        assert_eq!(position(text, 2), (1, 2), "inside a character is its start");
        assert_eq!(position(text, 7), (1, 4));
        assert_eq!(position(text, 10), (2, 1));
        assert_eq!(position(text, 12), (3, 1));
        assert_eq!(position(text, 99), (3, 1), "past the end is the end");
        assert_eq!(position("", 0), (1, 1));
    }

    #[test]
    fn lines_keep_their_breaks() {
        let text = "a\nbc\n\nd";
        let index = LineIndex::new(text);
        let lines: Vec<&str> = (0..index.line_count()).map(|line| &text[index.line_range(line)]).collect();
        assert_eq!(lines, ["a\n", "bc\n", "\n", "d"]);
    }
}
