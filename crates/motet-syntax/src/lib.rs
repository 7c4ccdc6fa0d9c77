//! Both notations of Motet: lossless parsing with errors as data, forms, printing, diagnostics. Knows nothing of running.
//!
//! Reading cannot fail: it gives a tree that holds every byte of the text, the forms that could be read, and what was
//! wrong. `docs/core-forms.md` is the contract about the forms.

#![allow(clippy::result_large_err, reason = "an error is made once and shown; nothing hot returns one")]

mod decode;
pub mod depth;
mod diagnostic;
pub mod dotted;
mod elsewhere;
pub mod form;
mod format;
mod gene;
mod highlight;
pub mod hints;
pub mod infix;
mod kind;
mod literal;
mod operator;
mod print;
mod render;
mod soc;
mod suggest;
mod tree;
pub mod typed;
mod warnings;

pub use decode::decode;
pub use depth::MAX_DEPTH;
pub use diagnostic::{Diagnostic, Label, Severity};
pub use elsewhere::{foreign_module, foreign_modules};
pub use format::{format, format_lines};
pub use highlight::{Role, roles};
pub use kind::SyntaxKind;
pub use motet_source::{LineIndex, Position};
pub use print::{print_gene, print_gene_plainly, print_soc, print_soc_exactly};
pub use render::{render, render_with};
pub use suggest::suggest;
pub use tree::{ElementRef, Tree};
pub use warnings::{WARNINGS, division_comments, is_allowed};

use form::{Form, Span};

/// The two notations, told apart by a file's ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notation {
    /// Infix: `.soc`.
    Soc,
    /// Prefix: `.gene`.
    Gene,
}

impl Notation {
    /// The notation of a file by its name, if it has the ending of one.
    pub fn of_file(name: &str) -> Option<Notation> {
        if name.ends_with(".soc") {
            Some(Notation::Soc)
        } else if name.ends_with(".gene") {
            Some(Notation::Gene)
        } else {
            None
        }
    }
}

/// What reading a text gives.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Every byte of the text, in its structure.
    pub tree: Tree,
    /// The top-level forms. Where something could not be read, `Form::error` stands for it.
    pub forms: Vec<Form>,
    /// In the order of their places.
    pub errors: Vec<Diagnostic>,
    /// The only thing wrong is that the text ends too early: more input could complete it.
    pub incomplete: bool,
}

/// Reads a text in the given notation.
pub fn parse(text: &str, notation: Notation) -> Parsed {
    match notation {
        Notation::Soc => parse_soc(text),
        Notation::Gene => parse_gene(text),
    }
}

/// Reads a text in the infix notation.
pub fn parse_soc(text: &str) -> Parsed {
    refuse_huge(text).unwrap_or_else(|| soc::parse(text))
}

/// Reads a text in the prefix notation.
pub fn parse_gene(text: &str) -> Parsed {
    refuse_huge(text).unwrap_or_else(|| gene::parse(text))
}

/// Longer texts are refused: places are 32-bit, and some room is kept above them.
const MAX_TEXT: usize = 1 << 31;

fn refuse_huge(text: &str) -> Option<Parsed> {
    if text.len() <= MAX_TEXT {
        return None;
    }
    let error = Diagnostic::error("this text is too large to be read as a program", Span::at(0))
        .label(format!("{} bytes; at most {MAX_TEXT} are read", text.len()))
        .hint("keep data in a file of its own and read it when the program runs");
    let tree = tree::TreeBuilder::new(1).finish("");
    Some(Parsed { tree, forms: Vec::new(), errors: vec![error], incomplete: false })
}
