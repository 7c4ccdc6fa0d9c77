//! The blanks of `.gene`, where blanks mean something: none is added or taken away but next to brackets.

use super::layout::{Context, Gap, Style};
use super::tokens::{Token, Tokens, is_closer, is_opener};
use crate::kind::SyntaxKind::{self, *};

/// `.gene` as it is usually written.
pub(super) struct Usual;

impl Style for Usual {
    const BLANKS_MEAN_SOMETHING: bool = true;
    const CLOSERS_ALONE: bool = false;
    const ENDS_WITH_LINES: bool = false;

    /// Elements of lists and records stand below one another.
    fn column(&self, opener: SyntaxKind) -> Option<u8> {
        (opener != LeftParen).then_some(1)
    }

    /// `else` and the like stand below the node that they are part of.
    fn stands_outside(&self, tokens: &Tokens<'_>, token: &Token) -> bool {
        token.kind == Atom
            && token.around == GeneNode
            && matches!(&tokens.text[token.span.range()], "else" | "elif" | "catch" | "finally" | "when")
    }

    fn gap(&self, _: &Tokens<'_>, before: &Token, token: &Token, context: Context) -> Gap {
        if is_opener(before.kind) || is_closer(token.kind) || !token.apart {
            return Gap::Nothing;
        }
        match context.group {
            // A property's value stays beside its name.
            _ if before.kind == PropName => Gap::Space,
            // The head and what it is about.
            GeneNode if context.items < 2 => Gap::Space,
            GeneNode | List | Record => Gap::SoftSpace,
            _ => Gap::Space,
        }
    }
}
