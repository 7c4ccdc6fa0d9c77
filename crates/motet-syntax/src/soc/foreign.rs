//! What people bring along from other languages: read, so that the error can name what it is called here.

use crate::diagnostic::Diagnostic;
use crate::form::Form;
use crate::kind::SyntaxKind;

use super::parser::Parser;

/// Words that begin a statement elsewhere, and what to write instead.
const KEYWORDS: [(&str, &str); 14] = [
    ("const", "a binding that never changes is `let x = …`"),
    ("def", "a function is `fn f(x) { … }`"),
    ("func", "a function is `fn f(x) { … }`"),
    ("fun", "a function is `fn f(x) { … }`"),
    ("function", "a function is `fn f(x) { … }`"),
    ("local", "a binding is `let x = …`, or `mut x = …` if it changes"),
    ("val", "a binding is `let x = …`"),
    ("elif", "write `else if (…) { … }` after the `}`"),
    ("elsif", "write `else if (…) { … }` after the `}`"),
    ("elseif", "write `else if (…) { … }` after the `}`"),
    ("switch", "`match v { 1 => …, _ => … }` chooses by a value"),
    ("struct", "write `class P { new(x) { self.x = x } }`, or `type P = {x: Number}`"),
    ("interface", "write `type P = {x: Number}`"),
    ("unless", "write `if (!c) { … }`"),
];

impl Parser<'_> {
    /// At a word of another language in its use there, which no name of that spelling has here.
    pub(super) fn at_foreign_keyword(&self) -> bool {
        let (word, next) = (self.token_text(), self.token_ahead(1));
        let used = match next.kind {
            SyntaxKind::Name => true,
            SyntaxKind::LeftBracket | SyntaxKind::LeftBrace => word == "const",
            SyntaxKind::LeftParen => {
                matches!(word, "elif" | "elsif" | "elseif" | "switch")
                    && self
                        .token_after_partner(next)
                        .is_some_and(|block| block.kind == SyntaxKind::LeftBrace && !block.newline_before)
            }
            _ => false,
        };
        used && !next.newline_before && foreign_keyword(word).is_some()
    }

    /// Reports the word and reads what stands after it, as far as it can be read.
    pub(super) fn foreign_statement(&mut self) -> Form {
        let word = self.token_text();
        let hint = foreign_keyword(word).unwrap_or_default();
        let error = Diagnostic::error(format!("`{word}` is no word of this language"), self.span())
            .label("from another language")
            .hint(hint);
        self.report(error);
        match word {
            "const" | "val" | "local" => self.binding("let"),
            "def" | "func" | "fun" | "function" => self.function(),
            _ => {
                self.skip_statement();
                self.error_form()
            }
        }
    }

    /// The hint for what stands where a statement should have ended.
    pub(super) fn hint_for_left_over(&self) -> &'static str {
        match (self.kind(), self.token_text()) {
            (SyntaxKind::Name, "and") => "`and` is written `&&`",
            (SyntaxKind::Name, "or") => "`or` is written `||`",
            (SyntaxKind::Name, "is") => "equality is `==`; whether two are the same thing says `same(a, b)`",
            (SyntaxKind::Name, "then") => "write `if (c) { a } else { b }`",
            (SyntaxKind::Name, "where" | "extends" | "implements") => "a class with a parent is `class P < Q { … }`",
            (SyntaxKind::Name, word) if foreign_keyword(word).is_some() => foreign_keyword(word).unwrap_or_default(),
            (SyntaxKind::RightParen | SyntaxKind::RightBracket, _) => {
                "no bracket is open that this could close: remove it, or add the opening one"
            }
            (SyntaxKind::InWord, _) => "whether a collection holds a value says `contains(xs, x)`",
            (SyntaxKind::Question, _) => "a choice between two values is `if (c, a, b)`",
            (SyntaxKind::ForeignOperator, text) => foreign_operator(text),
            (SyntaxKind::Bar, _) => "bits are joined with `bor(a, b)`; the pipeline is `|>`",
            (SyntaxKind::Arrow, _) => "the parameters of a function stand in parentheses: `(a, b) => …`",
            (SyntaxKind::Comma, _) => "a comma stands inside brackets; statements are separated by line breaks or `;`",
            (SyntaxKind::Colon, _) => "a type stands after the name that is declared: `let x: Int = 1`",
            (SyntaxKind::LeftBrace, _) => "a block stands after a head such as `if (…)`, `do` or `fn f()`",
            _ => "statements are separated by line breaks or `;`",
        }
    }

    /// At an operator of another language where an operator can stand: reports it and reads on behind it.
    pub(super) fn report_foreign_operator(&mut self) {
        let text = self.token_text();
        let error = Diagnostic::error(format!("`{text}` is no operator of this language"), self.span())
            .label("from another language")
            .hint(foreign_operator(text));
        self.report(error);
        self.bump();
    }
}

fn foreign_keyword(word: &str) -> Option<&'static str> {
    KEYWORDS.iter().find(|(keyword, _)| *keyword == word).map(|(_, hint)| *hint)
}

pub(super) fn foreign_operator(text: &str) -> &'static str {
    match text {
        "===" => "equality is `==`; it never converts between kinds of values",
        "!==" => "inequality is `!=`; it never converts between kinds of values",
        "**" => "power is `^`",
        "**=" => "power is `^=`",
        "&" => "bits are masked with `band(a, b)`; both conditions is `&&`",
        "~" => "bits are inverted with `bnot(a)`; integer division is `~/`",
        "->" => "a function is `(x) => …`; the type of its result stands after `:`",
        _ => "see the language reference for the operators",
    }
}
