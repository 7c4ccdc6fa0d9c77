//! The lossless syntax tree: every byte of the source is in exactly one token, comments and blanks included.
//!
//! A formatter, an editor or a highlighter reads it; the compiler reads forms instead. The tree is one flat array in
//! post-order, each node after its children, so that building it is pushing, dropping it is one deallocation, and no depth
//! of nesting needs a stack. It knows nothing of what its kinds mean.

use crate::form::Span;
use crate::kind::SyntaxKind;

/// A source text and its structure.
#[derive(Clone, Debug)]
pub struct Tree {
    text: Box<str>,
    elements: Vec<Element>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    pub(crate) kind: SyntaxKind,
    /// Index of the first element that belongs to this one: its own for a token.
    pub(crate) first: u32,
    pub(crate) span: Span,
}

/// A token or a node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct ElementRef<'t> {
    tree: &'t Tree,
    index: usize,
}

impl Tree {
    /// The source, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn root(&self) -> ElementRef<'_> {
        ElementRef { tree: self, index: self.elements.len() - 1 }
    }

    /// All tokens in the order of the source; their texts together are the source.
    pub fn tokens(&self) -> impl Iterator<Item = ElementRef<'_>> {
        let tokens = self.elements.iter().enumerate().filter(|(_, element)| element.kind.is_token());
        tokens.map(|(index, _)| ElementRef { tree: self, index })
    }

    /// The elements as they lie in the tree: each node behind its children.
    pub(crate) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The tree as an indented listing, a line for each element, for tests and for `motet`'s own debugging.
    pub fn listing(&self) -> String {
        let mut listing = String::new();
        let mut stack = vec![(self.root(), 0)];
        while let Some((element, depth)) = stack.pop() {
            listing.push_str(&"  ".repeat(depth));
            if element.is_token() {
                listing.push_str(&format!("{:?} {:?}\n", element.kind(), element.text()));
            } else {
                listing.push_str(&format!("{:?}\n", element.kind()));
            }
            stack.extend(element.children().into_iter().rev().map(|child| (child, depth + 1)));
        }
        listing
    }
}

impl<'t> ElementRef<'t> {
    fn element(self) -> &'t Element {
        &self.tree.elements[self.index]
    }

    pub fn kind(self) -> SyntaxKind {
        self.element().kind
    }

    pub fn span(self) -> Span {
        self.element().span
    }

    pub fn text(self) -> &'t str {
        &self.tree.text[self.span().range()]
    }

    pub fn is_token(self) -> bool {
        self.kind().is_token()
    }

    /// The direct children in the order of the source; a token has none.
    pub fn children(self) -> Vec<ElementRef<'t>> {
        if self.is_token() {
            return Vec::new();
        }
        let first = self.element().first as usize;
        let mut children = Vec::new();
        let mut end = self.index;
        while end > first {
            let child = ElementRef { tree: self.tree, index: end - 1 };
            end = child.element().first as usize;
            children.push(child);
        }
        children.reverse();
        children
    }
}

/// A point between two elements, at which a node may be opened later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checkpoint(u32);

/// Builds a tree from tokens in order. Nodes are closed, never opened: a node takes in everything since a checkpoint.
pub(crate) struct TreeBuilder {
    elements: Vec<Element>,
    end: u32,
}

impl TreeBuilder {
    pub(crate) fn new(capacity: usize) -> TreeBuilder {
        TreeBuilder { elements: Vec::with_capacity(capacity), end: 0 }
    }

    /// Adds the next token; it must begin where the last one ended.
    pub(crate) fn token(&mut self, kind: SyntaxKind, end: u32) {
        let first = self.elements.len() as u32;
        self.elements.push(Element { kind, first, span: Span::new(self.end, end) });
        self.end = end;
    }

    /// Where the next token begins.
    pub(crate) fn position(&self) -> u32 {
        self.end
    }

    #[inline]
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.elements.len() as u32)
    }

    /// Makes a node of everything since the checkpoint.
    pub(crate) fn wrap(&mut self, since: Checkpoint, kind: SyntaxKind) {
        let start = self.elements.get(since.0 as usize).map_or(self.end, |element| element.span.start);
        self.elements.push(Element { kind, first: since.0, span: Span::new(start, self.end) });
    }

    /// The finished tree of `text`, all of which must have been added as tokens.
    pub(crate) fn finish(mut self, text: &str) -> Tree {
        debug_assert_eq!(self.end as usize, text.len());
        self.wrap(Checkpoint(0), SyntaxKind::Root);
        Tree { text: text.into(), elements: self.elements }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_take_in_what_came_since_their_checkpoint() {
        let mut builder = TreeBuilder::new(8);
        builder.token(SyntaxKind::Whitespace, 1);
        let binary = builder.checkpoint();
        let name = builder.checkpoint();
        builder.token(SyntaxKind::Name, 2);
        builder.wrap(name, SyntaxKind::Pattern);
        builder.token(SyntaxKind::Plus, 3);
        builder.token(SyntaxKind::Name, 4);
        builder.wrap(binary, SyntaxKind::Binary);
        let nothing = builder.checkpoint();
        builder.wrap(nothing, SyntaxKind::Error);
        let tree = builder.finish(" a+b");

        let expected = r#"
Root
  Whitespace " "
  Binary
    Pattern
      Name "a"
    Plus "+"
    Name "b"
  Error
"#;
        assert_eq!(tree.listing(), &expected[1..]);
        let tokens: String = tree.tokens().map(ElementRef::text).collect();
        assert_eq!(tokens, " a+b");
        assert_eq!(tree.root().children()[2].span(), Span::at(4));
    }

    #[test]
    fn a_deep_tree_needs_no_stack() {
        let mut builder = TreeBuilder::new(200_000);
        builder.token(SyntaxKind::Name, 1);
        for _ in 0..100_000 {
            builder.wrap(Checkpoint(0), SyntaxKind::Parenthesised);
        }
        let tree = builder.finish("x");
        let mut depth = 0;
        let mut element = tree.root();
        while let Some(child) = element.children().first() {
            element = *child;
            depth += 1;
        }
        assert_eq!((depth, element.text()), (100_001, "x"));
    }

    #[test]
    fn elements_are_small() {
        assert_eq!(size_of::<Element>(), 16);
    }
}
