//! Tokens of `.soc` and the words that are reserved in it.

use crate::kind::SyntaxKind;

/// A token that means something; blanks and comments are kept apart from these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: SyntaxKind,
    /// A line break stands somewhere between the token before and this one.
    pub(super) newline_before: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    /// For an opening bracket, the index of the token that closes it, or 0 where nothing does.
    pub(super) partner: u32,
}

/// Blanks or a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trivia {
    pub(super) kind: SyntaxKind,
    pub(super) end: u32,
}

/// The length of the longest reserved word.
pub(super) const LONGEST_WORD: usize = "continue".len();

/// The kind of a word: reserved, or a name.
pub(super) fn word_kind(text: &str) -> SyntaxKind {
    match text {
        "async" => SyntaxKind::AsyncWord,
        "await" => SyntaxKind::AwaitWord,
        "break" => SyntaxKind::BreakWord,
        "catch" => SyntaxKind::CatchWord,
        "class" => SyntaxKind::ClassWord,
        "continue" => SyntaxKind::ContinueWord,
        "do" => SyntaxKind::DoWord,
        "else" => SyntaxKind::ElseWord,
        "enum" => SyntaxKind::EnumWord,
        "export" => SyntaxKind::ExportWord,
        "false" => SyntaxKind::FalseWord,
        "finally" => SyntaxKind::FinallyWord,
        "fn" => SyntaxKind::FnWord,
        "for" => SyntaxKind::ForWord,
        "if" => SyntaxKind::IfWord,
        "import" => SyntaxKind::ImportWord,
        "in" => SyntaxKind::InWord,
        "let" => SyntaxKind::LetWord,
        "loop" => SyntaxKind::LoopWord,
        "match" => SyntaxKind::MatchWord,
        "mut" => SyntaxKind::MutWord,
        "null" => SyntaxKind::NullWord,
        "return" => SyntaxKind::ReturnWord,
        "super" => SyntaxKind::SuperWord,
        "throw" => SyntaxKind::ThrowWord,
        "true" => SyntaxKind::TrueWord,
        "try" => SyntaxKind::TryWord,
        "var" => SyntaxKind::VarWord,
        "while" => SyntaxKind::WhileWord,
        "yield" => SyntaxKind::YieldWord,
        _ => SyntaxKind::Name,
    }
}

/// Whether a name can be written without backquotes.
pub(crate) fn is_plain_name(name: &str) -> bool {
    name.chars().next().is_some_and(is_name_start)
        && name.chars().all(is_name_part)
        && word_kind(name) == SyntaxKind::Name
        && !matches!(name, "Infinity" | "NaN")
}

/// Whether a word is reserved: a name only behind a dot or before a colon.
pub(crate) fn is_reserved(name: &str) -> bool {
    word_kind(name) != SyntaxKind::Name
}

pub(super) fn is_name_start(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphabetic()
}

pub(super) fn is_name_part(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}

impl SyntaxKind {
    /// A reserved word of `.soc`, which may still name a field, a record's key or a keyword argument.
    pub fn is_word(self) -> bool {
        (SyntaxKind::AsyncWord as u8..=SyntaxKind::YieldWord as u8).contains(&(self as u8))
    }
}
