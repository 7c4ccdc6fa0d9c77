//! Any text is read, of either notation: no panic, nothing lost, errors with places inside the text.

use motet_syntax::{Notation, Parsed, parse, render};

/// The text that an input begins with.
pub fn text(input: &[u8]) -> &str {
    std::str::from_utf8(input)
        .unwrap_or_else(|error| std::str::from_utf8(&input[..error.valid_up_to()]).expect("valid so far"))
}

/// Reads a text and checks what holds for every text.
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

pub fn soc(input: &[u8]) {
    read(text(input), Notation::Soc);
}

pub fn gene(input: &[u8]) {
    read(text(input), Notation::Gene);
}
