//! The comment that documents a definition: the comment lines directly above it.

use crate::Source;
use std::ops::Range;

/// A comment that documents a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Without the marks of comments, and without blank lines at either end.
    pub text: String,
    /// The lines that it takes, counted from zero.
    pub lines: Range<usize>,
}

impl Comment {
    /// Its first sentence, for lists.
    pub fn summary(&self) -> &str {
        let paragraph = self.text.split("\n\n").next().unwrap_or_default();
        match paragraph.find(". ") {
            Some(end) => &paragraph[..=end],
            None => paragraph,
        }
    }
}

impl Source {
    /// The comment directly above the line of the byte at `offset`, of which only comments may stand on their lines.
    pub fn comment_above(&self, offset: u32) -> Option<Comment> {
        let end = self.lines().line_of(offset);
        let comment_on = |line: usize| self.comment_on(line);
        let first = (0..end).rev().take_while(|line| comment_on(*line).is_some()).last()?;
        let text: Vec<&str> = (first..end).filter_map(comment_on).collect();
        let text = text.join("\n").trim_matches('\n').trim_end().to_owned();
        (!text.is_empty()).then_some(Comment { text, lines: first..end })
    }

    /// What the comment says that a line consists of.
    fn comment_on(&self, line: usize) -> Option<&str> {
        // Some editors put a mark before the first line of a file.
        let text = self.text[self.lines().line_range(line)].trim().trim_start_matches('\u{feff}');
        let said = if self.gene {
            text.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with(' '))?
        } else {
            text.strip_prefix("///").or_else(|| text.strip_prefix("//"))?
        };
        Some(said.strip_prefix(' ').unwrap_or(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn above(text: &str, gene: bool, definition: &str) -> Option<Comment> {
        let at = text.find(definition).expect("it is in the text") as u32;
        Source::new("a", text, gene).comment_above(at)
    }

    #[test]
    fn the_lines_directly_above_a_definition_document_it() {
        let text = "// Of the file.\n\n// Area of a rectangle. Not of a circle.\n//\n//   w * h\nexport fn area(w, h) { w * h }\n";
        let comment = above(text, false, "area(w").expect("there is one");
        assert_eq!(comment.text, "Area of a rectangle. Not of a circle.\n\n  w * h");
        assert_eq!(comment.lines, 2..5);
        assert_eq!(comment.summary(), "Area of a rectangle.");
    }

    #[test]
    fn a_blank_line_or_code_ends_it() {
        assert_eq!(above("// far\n\nfn f() { 1 }", false, "fn f"), None);
        assert_eq!(above("let x = 1 // beside\nfn f() { 1 }", false, "fn f"), None);
        assert_eq!(above("fn f() { 1 }", false, "fn f"), None);
        assert_eq!(above("//\n//\nfn f() { 1 }", false, "fn f"), None);
    }

    #[test]
    fn comments_of_gene_are_no_literals() {
        let comment = above("#!/usr/bin/motet\n# Twice.\n(fn twice [x] (x * 2))", true, "(fn").expect("there is one");
        assert_eq!((comment.text.as_str(), comment.lines), ("Twice.", 1..2));
        assert_eq!(above("#[1 2]\n(fn f [] 1)", true, "(fn"), None);
    }
}
