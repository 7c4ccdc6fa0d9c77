//! The reader of `.soc`, the infix notation.
//!
//! `lexer` splits the text, `parser` keeps the place and the tree; the other files are the grammar, each a part of it.
//! Nothing here knows what a form means beyond `docs/core-forms.md`.

mod block;
mod class;
mod control;
mod expression;
mod foreign;
mod function;
mod lexer;
mod module;
mod operand;
mod parser;
mod pattern;
mod postfix;
mod record;
mod select;
mod special;
mod statement;
mod text;
pub(crate) mod token;
mod types;

pub(crate) use special::needs_explicit_call;

use crate::Parsed;

pub(crate) fn parse(text: &str) -> Parsed {
    let mut parser = parser::Parser::new(text, lexer::lex(text));
    let forms = parser.program();
    parser.finish(forms)
}
