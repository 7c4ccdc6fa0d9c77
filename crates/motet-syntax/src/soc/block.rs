//! Programs and blocks: statements one after the other, and how to go on after one that is wrong.

use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, Span};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Vec<Form> {
        let mut forms = Vec::new();
        loop {
            self.statements(&mut forms);
            if self.at(SyntaxKind::EndOfInput) {
                return forms;
            }
            self.begin();
            self.stray_closing_bracket();
        }
    }

    fn stray_closing_bracket(&mut self) {
        let error = Diagnostic::error(format!("{} closes nothing", self.found()), self.span())
            .label("no bracket is open here")
            .hint("remove it, or add the bracket that it should close");
        self.report(error);
        let since = self.checkpoint();
        self.bump();
        self.wrap(since, SyntaxKind::Error);
    }

    /// Statements up to a closing brace or the end.
    fn statements(&mut self, forms: &mut Vec<Form>) {
        loop {
            while self.eat(SyntaxKind::Semicolon) {}
            match self.kind() {
                SyntaxKind::EndOfInput | SyntaxKind::RightBrace => return,
                SyntaxKind::InterpolationClose | SyntaxKind::TextClose => return,
                SyntaxKind::RightParen | SyntaxKind::RightBracket => {
                    self.begin();
                    self.stray_closing_bracket();
                    continue;
                }
                _ => {}
            }
            self.begin();
            let (position, errors) = (self.position(), self.error_count());
            forms.push(self.statement());
            self.end_of_statement(errors);
            if self.position() == position {
                // Whatever it is, it has been reported; nothing that goes on may stand still.
                let since = self.checkpoint();
                self.bump();
                self.wrap(since, SyntaxKind::Error);
            }
        }
    }

    /// After a statement: a line break, `;` or the end of what is around. `errors` is their number before the statement.
    fn end_of_statement(&mut self, errors: usize) {
        match self.kind() {
            SyntaxKind::EndOfInput | SyntaxKind::Semicolon | SyntaxKind::RightBrace => return,
            SyntaxKind::InterpolationClose | SyntaxKind::TextClose => return,
            _ if self.token().newline_before => return,
            _ => {}
        }
        // What is left over after an error is a consequence of it.
        if self.error_count() == errors {
            let hint = self.hint_for_left_over();
            self.error_here("expected the end of the statement".to_owned(), hint);
        }
        self.skip_statement();
    }

    /// `{ statement … }`, where a word or a head has called for a block.
    pub(super) fn block(&mut self) -> (Vec<Form>, Span) {
        let opener = self.span();
        if !self.at(SyntaxKind::LeftBrace) {
            let hint = match self.kind() {
                SyntaxKind::Equal => "the body of a function stands in braces, `fn f(x) { … }`, or behind `=>`",
                SyntaxKind::Name if self.previous_is(SyntaxKind::CatchWord) => {
                    "the error stands in parentheses: `catch (e) { … }`"
                }
                SyntaxKind::Colon => "a block stands between `{` and `}`; indentation means nothing",
                _ => "a block stands between `{` and `}`",
            };
            self.error_here("expected `{`".to_owned(), hint);
            return (vec![self.error_form()], opener);
        }
        let start = opener.start;
        let since = self.checkpoint();
        self.bump();
        let mut forms = Vec::new();
        self.within(Context::STATEMENTS, |parser| {
            parser.nested(
                |_| (),
                |parser| {
                    parser.statements(&mut forms);
                },
            );
            parser.close(SyntaxKind::RightBrace, opener);
        });
        self.wrap(since, SyntaxKind::Block);
        (forms, self.span_from(start))
    }

    /// A block as one form.
    pub(super) fn block_form(&mut self) -> Form {
        let (forms, span) = self.block();
        Form::node("do", forms, span)
    }

    /// What follows the head of `if`, `while` and `for`: a block, or a single statement.
    pub(super) fn body(&mut self) -> Vec<Form> {
        if self.at(SyntaxKind::LeftBrace) { self.block().0 } else { vec![self.single_statement()] }
    }

    /// `body` as one form: `do` around a block, the statement itself otherwise.
    pub(super) fn body_form(&mut self) -> Form {
        if self.at(SyntaxKind::LeftBrace) { self.block_form() } else { self.single_statement() }
    }

    fn single_statement(&mut self) -> Form {
        match self.kind() {
            SyntaxKind::EndOfInput | SyntaxKind::RightBrace | SyntaxKind::Semicolon | SyntaxKind::RightParen => {
                self.error_here("expected a block".to_owned(), "a block stands between `{` and `}`");
                self.error_form()
            }
            _ => self.nested(|parser| parser.error_form(), Parser::statement),
        }
    }
}
