//! What each piece of a program is, for those who show programs in colours: the prompt, the book.

use crate::form::Span;
use crate::kind::SyntaxKind;
use crate::soc::needs_explicit_call;
use crate::tree::{ElementRef, Tree};
use crate::{Notation, form, parse};
use std::collections::HashSet;

/// What a piece of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Names, brackets, operators and blanks.
    Plain,
    Comment,
    Text,
    Number,
    /// A property of `.gene`.
    Property,
    /// A word of the language.
    Word,
    /// A name that begins with a capital letter: a type, a class, a case.
    Capital,
    /// What means nothing.
    Unknown,
}

/// The pieces of a program in their order, without gaps.
pub fn roles(text: &str, notation: Notation) -> Vec<(Role, Span)> {
    let tree = parse(text, notation).tree;
    let words = words_in_place(&tree);
    let role = |token: ElementRef<'_>| match token.kind() {
        SyntaxKind::LineComment | SyntaxKind::BlockComment => Role::Comment,
        SyntaxKind::Text | SyntaxKind::TextOpen | SyntaxKind::TextPart | SyntaxKind::TextClose => Role::Text,
        SyntaxKind::Number => Role::Number,
        SyntaxKind::Unknown => Role::Unknown,
        SyntaxKind::PropName => Role::Property,
        kind if kind.is_word() || words.contains(&token.span().start) => Role::Word,
        SyntaxKind::Name | SyntaxKind::Atom if token.text().starts_with(char::is_uppercase) => Role::Capital,
        _ => Role::Plain,
    };
    tree.tokens().map(|token| (role(token), token.span())).collect()
}

/// Where names stand that are words of the language in their place: `test` before its block, `and` between two values, the
/// heads of special forms of `.gene`.
fn words_in_place(tree: &Tree) -> HashSet<u32> {
    let mut words = HashSet::new();
    let mut pending = vec![tree.root()];
    while let Some(node) = pending.pop() {
        let children = node.children();
        let named = |token: &ElementRef<'_>| matches!(token.kind(), SyntaxKind::Name | SyntaxKind::Atom);
        match node.kind() {
            SyntaxKind::WordBlock | SyntaxKind::Select | SyntaxKind::TypeDeclaration => {
                words.extend(children.first().filter(|first| named(first)).map(|first| first.span().start));
            }
            SyntaxKind::Binary | SyntaxKind::Unary => {
                let is_word = |token: &&ElementRef<'_>| {
                    named(token) && matches!(token.text(), "and" | "or" | "not" | "in" | "is" | "by")
                };
                words.extend(children.iter().filter(is_word).map(|token| token.span().start));
            }
            SyntaxKind::GeneNode => {
                let head = children
                    .iter()
                    .find(|child| !matches!(child.kind(), SyntaxKind::LeftParen | SyntaxKind::Whitespace));
                words.extend(head.filter(|head| named(head) && is_special(head)).map(|head| head.span().start));
            }
            _ => {}
        }
        pending.extend(children.into_iter().filter(|child| !child.is_token()));
    }
    words
}

/// Whether a head of `.gene` begins a special form, and is a word rather than a sign.
fn is_special(head: &ElementRef<'_>) -> bool {
    let text = head.text();
    text.starts_with(char::is_alphabetic) && needs_explicit_call(&form::Form::symbol(text, head.span()), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, notation: Notation) -> Vec<&str> {
        let roles = roles(text, notation);
        let pieces: String = roles.iter().map(|(_, span)| &text[span.range()]).collect();
        assert_eq!(pieces, text, "nothing is missing");
        roles.iter().filter(|(role, _)| *role == Role::Word).map(|(_, span)| &text[span.range()]).collect()
    }

    #[test]
    fn words_are_words_where_they_mean_something() {
        assert_eq!(words("test \"a\" { 1 }\nbench \"b\" { 2 }", Notation::Soc), ["test", "bench"]);
        assert_eq!(words("let test = 1\nlet bench = test", Notation::Soc), ["let", "let"]);
        assert_eq!(words("a and not b or c is D", Notation::Soc), ["and", "not", "or", "is"]);
        assert_eq!(words("scope { generate { yield 1 } }", Notation::Soc), ["scope", "generate", "yield"]);
        assert_eq!(words("type T = Int", Notation::Soc), ["type"]);
        assert_eq!(words("(fn f [let] (if let (println let)))", Notation::Gene), ["fn", "if"]);
        assert_eq!(words("(bench \"b\" (f))", Notation::Gene), ["bench"]);
    }
}
