//! What the fuzz targets share.

pub mod grammar;
pub mod running;

use motet_syntax::{Notation, Parsed, parse, render};

/// Reads a text and checks what holds for every text: nothing is lost, and every error has a place inside it.
pub fn read(text: &str, notation: Notation) -> Parsed {
    let parsed = parse(text, notation);
    let tokens: String = parsed.tree.tokens().map(|token| token.text()).collect();
    assert_eq!(tokens, text, "the tree holds the whole text");
    for error in &parsed.errors {
        assert!(error.span.start <= error.span.end && error.span.end as usize <= text.len(), "{error:?}");
        assert!(!render(error, "fuzz", text, false).is_empty());
    }
    parsed
}
