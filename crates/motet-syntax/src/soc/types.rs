//! Types: `Int`, `[Int]`, `List<Int>`, `{name: String, email?: String}`, `Int | String`, `Int?`, `(A, B) => R`.

use super::parser::{Context, Parser};
use crate::form::{Entry, Form, FormKind, Span};
use crate::kind::SyntaxKind;

const HINT: &str = "types are `Int`, `[Int]`, `{name: String}`, `Int | String`, `Int?`, `(Int) => Int`";

impl Parser<'_> {
    /// A type with its alternatives.
    pub(super) fn type_form(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.span().start;
        let first = self.nested(|parser| parser.error_form(), Parser::single_type);
        if !self.at(SyntaxKind::Bar) {
            self.wrap(since, SyntaxKind::Type);
            return first;
        }
        let bar = self.span();
        let mut alternatives = vec![first];
        while self.eat(SyntaxKind::Bar) {
            alternatives.push(self.nested(|parser| parser.error_form(), Parser::single_type));
        }
        self.wrap(since, SyntaxKind::Type);
        Form::node_with(Form::symbol("|", bar), Vec::new(), alternatives, self.span_from(start))
    }

    fn single_type(&mut self) -> Form {
        let start = self.span().start;
        let mut form = match self.kind() {
            SyntaxKind::Name | SyntaxKind::QuotedName => self.named_type(),
            SyntaxKind::LeftBracket => self.list_type(),
            SyntaxKind::LeftBrace => self.record_type(),
            SyntaxKind::LeftParen => self.function_or_parenthesised_type(),
            SyntaxKind::Text | SyntaxKind::TextOpen | SyntaxKind::Number | SyntaxKind::Minus => self.literal_pattern(),
            SyntaxKind::NullWord | SyntaxKind::TrueWord | SyntaxKind::FalseWord => self.operand(),
            _ => {
                let hint = match self.kind() {
                    SyntaxKind::Equal => "a binding is `let x = …`, with a type `let x: Int = …`",
                    _ => HINT,
                };
                self.error_here("expected a type".to_owned(), hint);
                return self.error_form();
            }
        };
        while self.at(SyntaxKind::Question) && !self.newline() {
            let mark = self.span();
            self.bump();
            form = Form::node_with(Form::symbol("optional", mark), Vec::new(), vec![form], self.span_from(start));
        }
        form
    }

    fn named_type(&mut self) -> Form {
        let name = self.dotted_name(HINT);
        let opener = self.span();
        let closing = match self.kind() {
            SyntaxKind::Less => SyntaxKind::Greater,
            SyntaxKind::LeftParen => SyntaxKind::RightParen,
            _ => return name,
        };
        if self.newline() {
            return name;
        }
        let start = name.span.start;
        let mut parameters = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            loop {
                parameters.push(parser.type_form());
                if !parser.eat(SyntaxKind::Comma) {
                    break;
                }
            }
            parser.close_after("`,` or ", closing, opener);
        });
        Form::node_with(name, Vec::new(), parameters, self.span_from(start))
    }

    fn list_type(&mut self) -> Form {
        let opener = self.span();
        self.bump();
        let element = self.within(Context::BRACKETS, |parser| {
            let element = parser.type_form();
            parser.close(SyntaxKind::RightBracket, opener);
            element
        });
        Form::list(vec![element], self.span_from(opener.start))
    }

    fn record_type(&mut self) -> Form {
        let opener = self.span();
        let paired = self.has_partner();
        let mut entries = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightBrace, opener, paired, |parser| {
                if let Some(entry) = parser.record_type_entry() {
                    parser.push_entry(&mut entries, entry);
                }
            });
        });
        Form::new(FormKind::Record(entries), self.span_from(opener.start))
    }

    /// `name: T`, `name?: T`
    fn record_type_entry(&mut self) -> Option<Entry> {
        let name_span: Span = self.span();
        let name = self.field_name("a record type is `{name: String, age?: Int}`")?;
        let mark = self.span();
        let optional = self.eat(SyntaxKind::Question);
        if !self.expect(SyntaxKind::Colon, "a record type is `{name: String, age?: Int}`") {
            return None;
        }
        let declared = self.type_form();
        let span = declared.span;
        let value = if optional {
            Form::node_with(Form::symbol("optional", mark), Vec::new(), vec![declared], span)
        } else {
            declared
        };
        Some(Entry::Named { name, name_span, value })
    }

    /// `(A, B) => R`, or a type in parentheses.
    fn function_or_parenthesised_type(&mut self) -> Form {
        let opener = self.span();
        let paired = self.has_partner();
        let is_function = self.kind_after_partner(self.token()) == Some(SyntaxKind::Arrow);
        let mut parameters = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightParen, opener, paired, |parser| {
                // Names are for the reader only: `(a: Int) => Int`.
                if parser.at(SyntaxKind::Name) && parser.kind_ahead(1) == SyntaxKind::Colon {
                    parser.bump();
                    parser.bump();
                }
                parameters.push(parser.type_form());
            });
        });
        let list_span = self.span_from(opener.start);
        // In `(x): (T) => e` and in an arm `x: (T) => e`, the arrow is not the type's.
        let arrow = self.span();
        if is_function && (parameters.len() != 1 || self.context.arrows) {
            self.bump();
            let result = self.type_form();
            let children = vec![Form::list(parameters, list_span), result];
            return Form::node_with(Form::symbol("->", arrow), Vec::new(), children, self.span_from(opener.start));
        }
        match <[Form; 1]>::try_from(parameters) {
            Ok([form]) => form,
            Err(_) => {
                self.error_here("expected `=>` and the type of the result".to_owned(), HINT);
                self.error_form()
            }
        }
    }
}
