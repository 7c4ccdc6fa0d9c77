//! What people bring along from other languages: read, so that the error can name what it is called here.

use super::parser::Parser;
use super::postfix::{Arguments, call_form};
use super::token::Token;
use crate::diagnostic::Diagnostic;
use crate::form::Form;
use crate::kind::SyntaxKind;

/// Words that begin a statement or an expression elsewhere, and what to write instead.
const KEYWORDS: &[(&str, &str)] = &[
    ("const", "a binding that never changes is `let x = …`"),
    ("def", "a function is `fn f(x) { … }`"),
    ("func", "a function is `fn f(x) { … }`"),
    ("fun", "a function is `fn f(x) { … }`"),
    ("function", "a function is `fn f(x) { … }`"),
    ("local", "a binding is `let x = …`, or `mut x = …` if it changes"),
    ("val", "a binding is `let x = …`"),
    ("assert", "it is called with parentheses: `assert(x == 1)`"),
    ("elif", "write `else if (…) { … }` after the `}`"),
    ("elsif", "write `else if (…) { … }` after the `}`"),
    ("elseif", "write `else if (…) { … }` after the `}`"),
    ("switch", "`match v { 1 => …, _ => … }` chooses by a value"),
    ("struct", "write `class P { new(x) { self.x = x } }`, or `type P = {x: Number}`"),
    ("interface", "write `type P = {x: Number}`"),
    ("unless", "write `if (!c) { … }`"),
    ("raise", "an error is thrown with `throw`: `throw ValueError(\"bad\")`"),
    ("except", "errors are caught by `try { … } catch (e: ValueError) { … }`"),
    ("lambda", "a function is `x => x + 1`, of several parameters `(a, b) => a + b`"),
    ("typeof", "the type of a value is `typeof(x)`; `x is String` asks for one"),
    ("instanceof", "whether a value has a type says `x is T`"),
    ("delete", "an entry is taken out with `r.remove(\"key\")`"),
    ("del", "an entry is taken out with `r.remove(\"key\")`, an element with `xs.remove(index)`"),
    ("print", "functions are called with parentheses: `println(x)`"),
    ("println", "functions are called with parentheses: `println(x)`"),
    ("echo", "write `println(x)`"),
    ("puts", "write `println(x)`"),
    ("from", "write `import {a, b} from \"./module\"`"),
    ("with", "a file is closed when nothing refers to it any more: `let f = open_file(path)`"),
    ("public", "every field and method is visible; what a module hides, it does not export"),
    ("private", "what a module hides, it does not export"),
    ("until", "write `while (!c) { … }`"),
    ("foreach", "a loop over a collection is `for (x in xs) { … }`"),
    ("go", "write `async f()`; on a thread of its own `spawn(f())`"),
    ("goto", "a loop is left with `break`, a function with `return`"),
    ("global", "a name outside is seen inside; one that changes is defined with `mut`"),
    ("nonlocal", "a name outside is seen inside; one that changes is defined with `mut`"),
    ("repeat", "write `loop { …; if (c) { break } }`, or `for (i in 0..n) { … }`"),
    ("using", "what is built in needs no import; a file is imported with `import * from \"./m\"`"),
    ("when", "`match v { 1 => …, _ => … }` chooses by a value"),
    ("int", "a binding is `let x = …`, with a type `let x: Int = …`"),
    ("float", "a binding is `let x = …`, with a type `let x: Float = …`"),
    ("string", "a binding is `let x = …`, with a type `let x: String = …`"),
    ("auto", "a binding is `let x = …`, or `mut x = …` if it changes"),
    ("begin", "a block is `do { … }`"),
    ("end", "a block ends with `}`"),
    ("then", "write `if (c) { … } else { … }`"),
    ("div", "integer division is `a ~/ b`"),
    ("mod", "the remainder is `a % b`"),
    ("xor", "bits are combined with `bxor(a, b)`; of two conditions it is `a != b`"),
];

impl Parser<'_> {
    /// At a word of another language in its use there, which no name of that spelling has here.
    pub(super) fn at_foreign_keyword(&self) -> bool {
        let (word, next) = (self.token_text(), self.token_ahead(1));
        let used = match next.kind {
            SyntaxKind::Name => !self.is_infix_word(next),
            SyntaxKind::Text | SyntaxKind::TextOpen | SyntaxKind::Number => next.start > self.span().end,
            SyntaxKind::LeftBracket | SyntaxKind::LeftBrace => word == "const",
            SyntaxKind::LeftParen => {
                let after = self.token_after_partner(next);
                let block_follows =
                    after.is_some_and(|block| block.kind == SyntaxKind::LeftBrace && !block.newline_before);
                match word {
                    "elif" | "elsif" | "elseif" | "switch" | "function" | "foreach" | "until" | "unless" => {
                        block_follows
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        used && !next.newline_before && foreign_keyword(word).is_some()
    }

    /// A name that goes on with the expression before it: `print is Function`.
    fn is_infix_word(&self, token: Token) -> bool {
        matches!(self.text_of(token), "and" | "or" | "is" | "not" | "by" | "as")
    }

    /// Reports the word and reads what stands after it, as far as it can be read.
    pub(super) fn foreign_statement(&mut self) -> Form {
        let word = self.token_text();
        match crate::foreign_module(self.text_of(self.token_ahead(1))).filter(|_| word == "from") {
            Some(hint) => self.report_word(word, hint),
            None => self.report_foreign_word(word),
        }
        match word {
            "const" | "val" | "local" => self.binding("let"),
            "def" | "func" | "fun" | "function" => self.function(),
            _ => {
                self.skip_statement();
                self.error_form()
            }
        }
    }

    fn report_foreign_word(&mut self, word: &str) {
        self.report_word(word, foreign_keyword(word).unwrap_or_default());
    }

    fn report_word(&mut self, word: &str, hint: &str) {
        let error = Diagnostic::error(format!("`{word}` is no word of this language"), self.span())
            .label("from another language")
            .hint(hint);
        self.report(error);
    }

    /// What another language writes where an operand stands: `new P(1)`, which means what it says, `lambda x: x`,
    /// `f"…"`, `function (x) { … }`.
    pub(super) fn foreign_operand(&mut self) -> Option<Form> {
        let next = self.token_ahead(1);
        let touches = next.start == self.span().end;
        match self.token_text() {
            "new" if next.kind == SyntaxKind::Name && !next.newline_before && !self.is_infix_word(next) => {
                Some(self.new_operand())
            }
            "lambda" if matches!(next.kind, SyntaxKind::Name | SyntaxKind::Colon) && !next.newline_before => {
                self.report_foreign_word("lambda");
                self.bump();
                while matches!(self.kind(), SyntaxKind::Name | SyntaxKind::Comma) {
                    self.bump();
                }
                if self.eat(SyntaxKind::Colon) {
                    self.expression();
                }
                Some(self.error_form())
            }
            "typeof" if next.kind == SyntaxKind::Name && !next.newline_before && !self.is_infix_word(next) => {
                self.report_foreign_word("typeof");
                self.bump();
                Some(self.operand())
            }
            word @ ("f" | "F" | "u" | "b" | "s")
                if touches && matches!(next.kind, SyntaxKind::Text | SyntaxKind::TextOpen) =>
            {
                let hint = match word {
                    "b" => "bytes are made with `bytes(\"…\")`",
                    _ => "every string takes values: `\"Hi ${name}\"`; without them it is `r\"…\"`",
                };
                let error = Diagnostic::error(format!("no `{word}` stands before a string"), self.span())
                    .label("from another language")
                    .hint(hint);
                self.report(error);
                self.bump();
                Some(self.string())
            }
            "function" if next.kind == SyntaxKind::LeftParen => {
                let block = self.token_after_partner(next)?;
                if block.kind != SyntaxKind::LeftBrace || block.newline_before {
                    return None;
                }
                self.report_foreign_word("function");
                Some(self.function())
            }
            _ => None,
        }
    }

    /// `new P(1)`: a class is called, and the word before it says no more.
    fn new_operand(&mut self) -> Form {
        self.bump();
        let class = self.dotted_name("a class is called by its name: `P(1)`");
        if self.at(SyntaxKind::LeftParen) && !self.newline() {
            return class;
        }
        let span = class.span;
        call_form(class, Arguments::default(), span)
    }

    /// `[f(x) for x in xs]`
    pub(super) fn refuse_comprehension(&mut self) {
        if !self.at(SyntaxKind::ForWord) {
            return;
        }
        let error = Diagnostic::error("a list is not made by a loop inside its brackets", self.span())
            .label("from another language")
            .hint("write `xs.map(x => x * 2)`, with a condition `xs.filter(x => x > 0).map(x => x * 2)`");
        self.report(error);
        self.skip_within(SyntaxKind::RightBracket);
    }

    /// `xs[1:3]`
    pub(super) fn refuse_slice_with_colons(&mut self) {
        if !self.at(SyntaxKind::Colon) {
            return;
        }
        let error = Diagnostic::error("a slice is not written with `:`", self.span())
            .label("from another language")
            .hint("write `xs[1..3]`, `xs[..3]`, `xs[1..]`; backwards it is `reverse(xs)`");
        self.report(error);
        self.skip_within(SyntaxKind::RightBracket);
    }

    /// `let (a, b) = …`
    pub(super) fn tuple_pattern(&mut self) -> Form {
        let error = Diagnostic::error("a list is taken apart with brackets", self.span())
            .label("found `(`")
            .hint("write `let [a, b] = …`");
        self.report(error);
        let since = self.checkpoint();
        self.bump();
        self.skip_within(SyntaxKind::RightParen);
        self.eat(SyntaxKind::RightParen);
        self.wrap(since, SyntaxKind::Error);
        self.error_form()
    }

    /// The hint for what stands where a statement should have ended.
    pub(super) fn hint_for_left_over(&self) -> &'static str {
        if let Some(hint) = self.previous_name().and_then(foreign_keyword)
            && !self.token().newline_before
        {
            return hint;
        }
        match (self.kind(), self.token_text()) {
            (SyntaxKind::Name, "then") => "write `if (c) { a } else { b }`",
            (SyntaxKind::Name, "where" | "extends" | "implements") => "a class with a parent is `class P < Q { … }`",
            (SyntaxKind::Name, "instanceof") => "whether a value has a type says `x is T`",
            (SyntaxKind::Name, word)
                if foreign_keyword(word).is_some()
                    && !self.token().newline_before
                    && !(matches!(word, "print" | "println" | "assert")
                        && self.kind_ahead(1) == SyntaxKind::LeftParen) =>
            {
                foreign_keyword(word).unwrap_or_default()
            }
            (SyntaxKind::RightParen | SyntaxKind::RightBracket, _) => {
                "no bracket is open that this could close: remove it, or add the opening one"
            }
            (SyntaxKind::IfWord, _) => "a choice between two values is `if (c, a, b)`",
            (SyntaxKind::CatchWord, _) => "an error is caught by `try { … } catch (e) { … }`",
            (SyntaxKind::ForWord, _) => "write `xs.map(x => x * 2)`",
            (SyntaxKind::WhileWord, _) => "write `loop { …; if (!c) { break } }`",
            (SyntaxKind::Question, _) => "a choice between two values is `if (c, a, b)`",
            (SyntaxKind::ForeignOperator, "~") if self.kind_ahead(1) == SyntaxKind::Equal => "unequal is `a != b`",
            (SyntaxKind::ForeignOperator, text) => foreign_operator(text),
            (SyntaxKind::Bar, _) => "bits are joined with `bor(a, b)`, sets with `a.union(b)`; the pipeline is `|>`",
            (SyntaxKind::Arrow, _) => "the parameters of a function stand in parentheses: `(a, b) => …`",
            (SyntaxKind::Comma, _) => {
                "several values are a list: `[a, b] = [b, a]`, `return [1, 2]`; statements are separated by line breaks or `;`"
            }
            (SyntaxKind::Colon, _) if matches!(self.kind_ahead(1), SyntaxKind::Number | SyntaxKind::Colon) => {
                "a range is `1..3`, or `1..=3` with its end"
            }
            (SyntaxKind::Colon, _) => "a type stands after the name that is declared: `let x: Int = 1`",
            (SyntaxKind::LeftBrace, _) if matches!(self.previous_name(), Some("spawn" | "spawn_return")) => {
                "it takes an expression, also a block: `spawn(do { … })`"
            }
            (SyntaxKind::LeftBrace, _) if self.previous_name().is_some() => {
                "a function is an argument: `xs.each(x => do { … })`; a block stands after a head such as `if (…)`, `do` or `fn f()`"
            }
            (SyntaxKind::LeftBrace, _) => "a block stands after a head such as `if (…)`, `do` or `fn f()`",
            (SyntaxKind::Name | SyntaxKind::Number | SyntaxKind::Text | SyntaxKind::TextOpen, _)
                if self.previous_name().is_some() && !self.token().newline_before =>
            {
                "a function is called with parentheses: `f(x)`; statements are separated by line breaks or `;`"
            }
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
        "&" => {
            "bits are masked with `band(a, b)`, sets with `a.intersection(b)`, masks of tensors with `a.logical_and(b)`; both conditions is `&&`"
        }
        "~" => "bits are inverted with `bnot(a)`; integer division is `~/`",
        "->" => "a function is `(x) => …`; the type of its result stands after `:`",
        _ => "see the language reference for the operators",
    }
}
