//! The tokens of a tree with what stands around each: the node that it belongs to, and the line breaks before it.

use crate::kind::SyntaxKind;
use crate::tree::{Element, Tree};
use motet_source::Span;

/// A token that is no blank. A string with parts is one token, that which opens it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: SyntaxKind,
    /// The kind of the node that it is a child of.
    pub around: SyntaxKind,
    /// Line breaks between it and the token before, counted to two.
    pub newlines: u8,
    /// Blanks or line breaks stand between it and the token before.
    pub apart: bool,
    pub span: Span,
    /// Its number in the tree.
    pub element: u32,
}

impl Token {
    fn new(kind: SyntaxKind, around: SyntaxKind, span: Span, element: u32) -> Token {
        Token { kind, around, newlines: 0, apart: false, span, element }
    }
}

/// What the layout asks of a tree.
pub(super) struct Tokens<'t> {
    pub text: &'t str,
    pub tokens: Vec<Token>,
    /// By element: the node that it is a child of; the root is its own. Within a string with parts nothing asks.
    parents: Vec<u32>,
    elements: &'t [Element],
}

impl<'t> Tokens<'t> {
    /// From the end to the beginning, since a node stands behind its children.
    pub fn of(tree: &'t Tree) -> Tokens<'t> {
        let (text, elements) = (tree.text(), tree.elements());
        let root = elements.len() - 1;
        let mut parents = vec![root as u32; elements.len()];
        let mut tokens: Vec<Token> = Vec::with_capacity(elements.len() / 2);
        // The nodes around the element at hand, innermost last; the root is around all.
        let mut outer: Vec<(u32, &Element)> = Vec::new();
        let mut inner = (root as u32, &elements[root]);
        let mut at = root;
        while at > 0 {
            at -= 1;
            let element = &elements[at];
            while (at as u32) < inner.1.first {
                let Some(next) = outer.pop() else { break };
                inner = next;
            }
            parents[at] = inner.0;
            match element.kind {
                SyntaxKind::Whitespace => {
                    if let Some(next) = tokens.last_mut() {
                        next.newlines = next.newlines.saturating_add(newlines(text, element.span)).min(2);
                        next.apart = true;
                    }
                }
                // Its insides are its own.
                SyntaxKind::TextWithParts => {
                    let opens = element.first;
                    parents[opens as usize] = at as u32;
                    at = opens as usize;
                    tokens.push(Token::new(elements[at].kind, element.kind, element.span, opens));
                }
                kind if kind.is_token() => tokens.push(Token::new(kind, inner.1.kind, element.span, at as u32)),
                _ => {
                    outer.push(inner);
                    inner = (at as u32, element);
                }
            }
        }
        tokens.reverse();
        Tokens { text, tokens, parents, elements }
    }

    pub fn parent(&self, element: u32) -> u32 {
        self.parents[element as usize]
    }

    pub fn kind(&self, element: u32) -> SyntaxKind {
        self.elements[element as usize].kind
    }

    /// The first element of a node.
    pub fn first_of(&self, node: u32) -> u32 {
        self.elements[node as usize].first
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

/// The line breaks in blanks, counted to two.
fn newlines(text: &str, blanks: Span) -> u8 {
    let bytes = &text.as_bytes()[blanks.range()];
    bytes.iter().filter(|byte| **byte == b'\n').take(2).count() as u8
}

/// What kinds of tokens are to the layout, a bit for each role.
static ROLES: [u8; 256] = {
    use SyntaxKind::*;
    let roles: [(u8, &[SyntaxKind]); 5] = [
        (OPENER, &[LeftParen, LeftBracket, LeftBrace]),
        (CLOSER, &[RightParen, RightBracket, RightBrace]),
        (COMMENT, &[LineComment, BlockComment]),
        (SEPARATOR, &[Semicolon]),
        (LINES, &[BlockComment, Text, TextOpen, TextPart, TextClose, QuotedName, Unknown, Atom, PropName]),
    ];
    let mut table = [0; 256];
    let mut role = 0;
    while role < roles.len() {
        let (bit, kinds) = roles[role];
        let mut at = 0;
        while at < kinds.len() {
            table[kinds[at] as usize] |= bit;
            at += 1;
        }
        role += 1;
    }
    table
};

const OPENER: u8 = 1;
const CLOSER: u8 = 2;
const COMMENT: u8 = 4;
/// Ends a statement.
const SEPARATOR: u8 = 8;
/// May hold line breaks.
const LINES: u8 = 16;

fn has_role(kind: SyntaxKind, roles: u8) -> bool {
    ROLES[kind as usize] & roles != 0
}

pub(super) fn is_comment(kind: SyntaxKind) -> bool {
    has_role(kind, COMMENT)
}

pub(super) fn is_opener(kind: SyntaxKind) -> bool {
    has_role(kind, OPENER)
}

pub(super) fn is_closer(kind: SyntaxKind) -> bool {
    has_role(kind, CLOSER)
}

/// Whether a token of this kind may hold a line break.
pub(super) fn may_span_lines(kind: SyntaxKind) -> bool {
    has_role(kind, LINES)
}

/// Whether a token of this kind neither opens nor closes nor ends anything.
pub(super) fn is_plain(kind: SyntaxKind) -> bool {
    !has_role(kind, OPENER | CLOSER | COMMENT | SEPARATOR)
}
