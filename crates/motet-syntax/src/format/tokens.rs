//! The tokens of a tree with what stands around each: the node that it belongs to, and the line breaks before it.

use crate::kind::SyntaxKind;
use crate::tree::Tree;
use motet_source::Span;

/// A token that is no blank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: SyntaxKind,
    pub span: Span,
    /// Its number in the tree.
    pub element: u32,
    /// Line breaks between it and the token before, counted to two.
    pub newlines: u8,
    /// Blanks or line breaks stand between it and the token before.
    pub apart: bool,
}

/// What the layout asks of a tree.
pub(super) struct Tokens<'t> {
    pub text: &'t str,
    pub tokens: Vec<Token>,
    /// By element: the node that it is a child of.
    parents: Vec<u32>,
    tree: &'t Tree,
}

impl<'t> Tokens<'t> {
    pub fn of(tree: &'t Tree) -> Tokens<'t> {
        let text = tree.text();
        let parents = tree.parents();
        let mut tokens: Vec<Token> = Vec::with_capacity(parents.len() / 3);
        let (mut newlines, mut apart) = (0u8, false);
        // Up to the end of a string with parts, whose insides are its own.
        let mut inside_until = 0;
        for (element, kind, span) in tree.raw_tokens() {
            if span.start < inside_until {
                continue;
            }
            if kind == SyntaxKind::Whitespace {
                let breaks = text[span.range()].bytes().filter(|byte| *byte == b'\n').take(2).count();
                (newlines, apart) = (newlines.saturating_add(breaks as u8).min(2), true);
                continue;
            }
            let span = match outermost_text(tree, &parents, element, kind) {
                Some(whole) => {
                    inside_until = whole.end;
                    whole
                }
                None => span,
            };
            tokens.push(Token { kind, span, element: element as u32, newlines, apart });
            (newlines, apart) = (0, false);
        }
        Tokens { text, tokens, parents, tree }
    }

    pub fn parent(&self, element: u32) -> u32 {
        self.parents[element as usize]
    }

    pub fn kind(&self, element: u32) -> SyntaxKind {
        self.tree.raw(element as usize).0
    }

    /// The first element of a node.
    pub fn first_of(&self, node: u32) -> u32 {
        self.tree.raw(node as usize).1
    }

    /// The statement whose blocks are broken together, if the node is one of its blocks.
    pub fn family(&self, node: u32) -> Option<u32> {
        if self.kind(node) != SyntaxKind::Block {
            return None;
        }
        let is_part = |kind| matches!(kind, SyntaxKind::If | SyntaxKind::Try | SyntaxKind::Catch | SyntaxKind::Finally);
        let mut family = self.parent(node);
        if !is_part(self.kind(family)) {
            return matches!(
                self.kind(family),
                SyntaxKind::Function | SyntaxKind::Member | SyntaxKind::For | SyntaxKind::While
            )
            .then_some(family);
        }
        while is_part(self.kind(self.parent(family))) {
            family = self.parent(family);
        }
        Some(family)
    }

    /// Whether a comma stands directly in a node.
    pub fn has_comma(&self, node: u32) -> bool {
        let first = self.first_of(node);
        (first..node).any(|element| self.kind(element) == SyntaxKind::Comma && self.parent(element) == node)
    }

    /// The node of the whole source.
    pub fn root(&self) -> u32 {
        self.parents.len() as u32 - 1
    }

    /// The kind of the node that a token is a child of.
    pub fn parent_kind(&self, token: &Token) -> SyntaxKind {
        self.kind(self.parent(token.element))
    }

    /// Whether a token begins a child of the node.
    pub fn begins_child_of(&self, token: &Token, node: u32) -> bool {
        let mut element = token.element;
        loop {
            let parent = self.parent(element);
            if parent == node {
                return true;
            }
            if parent == element || self.first_of(parent) != token.element {
                return false;
            }
            element = parent;
        }
    }
}

/// The place of the whole string with parts that a token opens.
fn outermost_text(tree: &Tree, parents: &[u32], element: usize, kind: SyntaxKind) -> Option<Span> {
    if kind != SyntaxKind::TextOpen {
        return None;
    }
    let parent = parents[element] as usize;
    let (kind, _, span) = tree.raw(parent);
    (kind == SyntaxKind::TextWithParts).then_some(span)
}

pub(super) fn is_comment(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::LineComment | SyntaxKind::BlockComment)
}

pub(super) fn is_opener(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::LeftParen | SyntaxKind::LeftBracket | SyntaxKind::LeftBrace)
}

pub(super) fn is_closer(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::RightParen | SyntaxKind::RightBracket | SyntaxKind::RightBrace)
}
