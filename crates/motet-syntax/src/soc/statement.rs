//! Statements: what only stands where a statement begins.

use super::parser::Parser;
use crate::diagnostic::Diagnostic;
use crate::form::{Form, Prop, Span};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Form {
        match self.kind() {
            SyntaxKind::LetWord => self.binding("let"),
            SyntaxKind::MutWord | SyntaxKind::VarWord => self.binding("var"),
            SyntaxKind::ImportWord => self.import(),
            SyntaxKind::ExportWord => self.export(),
            SyntaxKind::EnumWord => self.enumeration(),
            SyntaxKind::Name if self.kind_ahead(1) == SyntaxKind::Colon => self.labelled(),
            SyntaxKind::Name if self.at_foreign_keyword() => self.foreign_statement(),
            SyntaxKind::Name if self.at_type_declaration() => self.type_declaration(),
            SyntaxKind::Name if self.at_test() => self.test(),
            _ => self.expression(),
        }
    }

    /// `let pattern: T = e`, `mut pattern: T = e`.
    pub(super) fn binding(&mut self, head: &str) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        if self.at(SyntaxKind::VarWord) {
            let error = Diagnostic::error("`var` is a word of `.gene`", word)
                .label("a mutable binding begins with `mut`")
                .hint("write `mut`; a binding that never changes is written with `let`");
            self.report(error);
        }
        self.bump();
        if head == "let" && self.at(SyntaxKind::MutWord) {
            self.error_here("expected a name".to_owned(), "a mutable binding is `mut x = …`, without `let`");
            self.bump();
        }
        let pattern = if self.at(SyntaxKind::LeftParen) { self.tuple_pattern() } else { self.binding_pattern() };
        let mut props = Vec::new();
        if self.eat(SyntaxKind::Colon) {
            props.push(Prop::new("type", self.type_form()));
        }
        let value = if self.at(SyntaxKind::Equal) {
            self.bump();
            self.expression()
        } else {
            let hint = match head {
                _ if self.at(SyntaxKind::Comma) => "several names are bound by a list: `let [a, b] = [1, 2]`",
                "let" => "every binding has a value: `let x = 1`",
                _ => "every binding has a value, `null` if there is none yet: `mut x = null`",
            };
            self.error_here("expected `=` and a value".to_owned(), hint);
            self.error_form()
        };
        self.wrap(since, SyntaxKind::Binding);
        let span = self.span_from(word.start);
        Form::node_with(Form::symbol(head, word), props, vec![pattern, value], span)
    }

    /// `outer: for (…) { … }`
    fn labelled(&mut self) -> Form {
        let since = self.checkpoint();
        let (name, name_span) = (self.token_text(), self.span());
        self.bump();
        self.bump();
        let label = Prop { name: "name".into(), name_span, value: Form::symbol(name, name_span) };
        let form = match self.kind() {
            SyntaxKind::ForWord | SyntaxKind::WhileWord | SyntaxKind::LoopWord => self.loop_form(Some(label)),
            _ => {
                let hint = if self.at(SyntaxKind::Equal) {
                    "a binding is `let x = …`, or `mut x = …` if it changes"
                } else {
                    "a label names a loop: `outer: for (x in xs) { … }`; a record in its place is written in \
                            parentheses, a type after `let`"
                };
                self.error_here("expected a loop after the label".to_owned(), hint);
                self.error_form()
            }
        };
        self.wrap(since, SyntaxKind::Labelled);
        form
    }

    fn at_type_declaration(&self) -> bool {
        self.token_text() == "type"
            && matches!(self.kind_ahead(1), SyntaxKind::Name | SyntaxKind::QuotedName)
            && !self.token_ahead(1).newline_before
    }

    /// `type User = {name: String}`
    pub(super) fn type_declaration(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let name = self.name("a type has a name: `type User = {name: String}`");
        self.expect(SyntaxKind::Equal, "a type is declared as `type User = {name: String}`");
        let declared = self.type_form();
        self.wrap(since, SyntaxKind::TypeDeclaration);
        Form::node_with(Form::symbol("type", word), Vec::new(), vec![name, declared], self.span_from(word.start))
    }

    fn at_test(&self) -> bool {
        let is_here = |ahead: usize, kinds: &[SyntaxKind]| {
            kinds.contains(&self.kind_ahead(ahead)) && !self.token_ahead(ahead).newline_before
        };
        // Before a brace, the name of the block is missing, or its quotes are.
        matches!(self.token_text(), "test" | "bench")
            && (is_here(1, &[SyntaxKind::Text, SyntaxKind::TextOpen, SyntaxKind::LeftBrace])
                || is_here(1, &[SyntaxKind::Name]) && is_here(2, &[SyntaxKind::LeftBrace]))
    }

    /// `test "adds" { … }`, `bench "adds" { … }`
    fn test(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        let head: Box<str> = self.token_text().into();
        self.bump();
        let title = if matches!(self.kind(), SyntaxKind::Text | SyntaxKind::TextOpen) {
            self.string()
        } else {
            self.error_here("expected a name in quotes".to_owned(), &format!("write `{head} \"name\" {{ … }}`"));
            if self.kind() == SyntaxKind::Name {
                self.bump();
            }
            self.error_form()
        };
        let mut children = vec![title];
        children.extend(self.block().0);
        self.wrap(since, SyntaxKind::WordBlock);
        Form::node_with(Form::symbol(head, word), Vec::new(), children, self.span_from(word.start))
    }

    /// A name where one must stand.
    pub(super) fn name(&mut self, hint: &str) -> Form {
        match self.kind() {
            SyntaxKind::Name | SyntaxKind::QuotedName => self.take_name(),
            kind => {
                let hint =
                    if kind.is_word() { "this word is reserved; as a name it stands in backquotes" } else { hint };
                self.error_here("expected a name".to_owned(), hint);
                if kind.is_word() {
                    self.bump();
                }
                self.error_form()
            }
        }
    }

    /// Takes the name here, with or without backquotes.
    pub(super) fn take_name(&mut self) -> Form {
        let span = self.span();
        let name = self.name_text();
        self.bump();
        Form::symbol(name, span)
    }

    /// The name here without its backquotes.
    pub(super) fn name_text(&mut self) -> Box<str> {
        let text = self.token_text();
        let Some(inner) = text.strip_prefix('`') else { return text.into() };
        let inner = inner.strip_suffix('`').unwrap_or(inner);
        let (problem, hint) = match inner.chars().next() {
            None => ("a name has at least one character", "choose another name"),
            Some('@') => ("names that begin with `@` belong to the language", "choose another name"),
            _ if inner.contains("${") => ("backquotes hold a name", "text stands in quotes: `\"Hi ${name}\"`"),
            _ => return inner.into(),
        };
        let error = Diagnostic::error("this is no name", self.span()).label(problem).hint(hint);
        self.report(error);
        "_".into()
    }

    /// A name after a dot or as a key, where reserved words are names too.
    pub(super) fn at_field_name(&self) -> bool {
        matches!(self.kind(), SyntaxKind::Name | SyntaxKind::QuotedName) || self.kind().is_word()
    }

    /// A node of the word here, with what its block holds: `(word e …)`.
    pub(super) fn word_block(&mut self, head: &str) -> Form {
        let since = self.checkpoint();
        let word: Span = self.span();
        self.bump();
        let (forms, _) = self.block();
        self.wrap(since, SyntaxKind::WordBlock);
        Form::node_with(Form::symbol(head, word), Vec::new(), forms, self.span_from(word.start))
    }
}
