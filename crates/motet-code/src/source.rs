//! Places in source texts.

/// A stretch of a source text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// A source text and its name, kept as long as code made from it, so that every error can show its line.
#[derive(Debug)]
pub struct Source {
    /// What errors print before `:line:column`: a path as the user gave it, or `<eval>`.
    pub name: Box<str>,
    pub text: Box<str>,
    /// True for `.gene`: decides the notation in which the program prints values.
    pub gene: bool,
}
