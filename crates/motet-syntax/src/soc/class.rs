//! Classes and enums.

use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Prop, Span};
use crate::kind::SyntaxKind;

const MEMBER_HINT: &str = "in a class a method is `area() { … }`, a field `x = 0`, without a word before it";

impl Parser<'_> {
    /// `class P < Q { x = 0; new(x) { … } area() { … } }`
    pub(super) fn class(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let mut children = vec![self.name("a class has a name: `class P { … }`")];
        if self.at(SyntaxKind::Less) || self.at_name("extends") {
            let less = self.span();
            if self.at(SyntaxKind::Name) {
                self.error_here("expected `{` or `<`".to_owned(), "a class with a parent is `class P < Q { … }`");
            }
            self.bump();
            children.push(Form::symbol("<", less));
            children.push(self.dotted_name("the parent is a class: `class P < Q { … }`"));
        }
        let opener = self.span();
        let hint = match self.kind() {
            SyntaxKind::LeftParen => {
                "a class with a parent is `class P < Q { … }`; what its constructor takes stands there: `new(x) { … }`"
            }
            _ => "a class is `class P { new(x) { … } area() { … } }`",
        };
        if self.expect(SyntaxKind::LeftBrace, hint) {
            self.within(Context::STATEMENTS, |parser| {
                parser.members(&mut children);
                parser.close_after("a member or ", SyntaxKind::RightBrace, opener);
            });
        }
        self.wrap(since, SyntaxKind::Class);
        Form::node_with(Form::symbol("class", word), Vec::new(), children, self.span_from(word.start))
    }

    /// `P` or `shapes.P`.
    pub(super) fn dotted_name(&mut self, hint: &str) -> Form {
        let mut form = self.name(hint);
        while self.at(SyntaxKind::Dot) {
            self.bump();
            let field = self.name("a name follows the dot");
            let span = form.span.to(field.span);
            form = Form::node("@field", vec![form, field], span);
        }
        form
    }

    fn members(&mut self, members: &mut Vec<Form>) {
        loop {
            while matches!(self.kind(), SyntaxKind::Semicolon | SyntaxKind::Comma) {
                self.bump();
            }
            if matches!(self.kind(), SyntaxKind::RightBrace | SyntaxKind::EndOfInput | SyntaxKind::InterpolationClose) {
                return;
            }
            self.begin();
            let (position, errors) = (self.position(), self.error_count());
            let since = self.checkpoint();
            let member = self.nested(|parser| parser.error_form(), Parser::member);
            self.wrap(since, SyntaxKind::Member);
            members.push(member);
            let ended = matches!(self.kind(), SyntaxKind::Semicolon | SyntaxKind::RightBrace | SyntaxKind::EndOfInput)
                || self.token().newline_before
                || self.previous_is(SyntaxKind::RightBrace);
            if !ended {
                if self.error_count() == errors {
                    let hint = match self.previous_name() {
                        Some("def" | "func" | "function" | "var" | "const" | "override") => MEMBER_HINT,
                        Some("private" | "public" | "protected" | "readonly" | "final") => {
                            "every field and method is visible, and none has a word before it: `x = 1`"
                        }
                        Some("set") => {
                            "a field is set by `p.x = 1`; there are methods, and getters: `get name() { … }`"
                        }
                        _ => "members are separated by line breaks or `;`",
                    };
                    self.error_here("expected the end of the member".to_owned(), hint);
                }
                self.skip_statement();
            }
            if self.position() == position {
                let since = self.checkpoint();
                self.bump();
                self.wrap(since, SyntaxKind::Error);
            }
        }
    }

    fn member(&mut self) -> Form {
        let start = self.span();
        let mut props: Vec<Prop> = Vec::new();
        self.modifiers(&mut props);
        if self.at(SyntaxKind::FnWord) || self.at(SyntaxKind::LetWord) || self.at(SyntaxKind::MutWord) {
            self.error_here("expected a member".to_owned(), MEMBER_HINT);
            self.bump();
            self.eat(SyntaxKind::Star);
        }
        if !self.at_field_name() {
            let hint = "a class holds `new(x) { … }`, methods `area() { … }` and fields `x = 0`";
            self.error_here("expected a member".to_owned(), hint);
            return self.error_form();
        }
        let name = self.take_name();
        if self.at(SyntaxKind::LeftParen) {
            return self.method(name, props, start);
        }
        if let Some(prop) = props.iter().find(|prop| &*prop.name != "static") {
            let error = Diagnostic::error("expected the parameters of a method", prop.name_span)
                .label("this belongs to a method")
                .hint("write `get name() { … }`");
            self.report(error);
        }
        let mut children = vec![name];
        if self.eat(SyntaxKind::Colon) {
            props.push(Prop::new("type", self.type_form()));
        }
        if self.eat(SyntaxKind::Equal) {
            children.push(self.expression());
        }
        Form::node_with(Form::symbol("prop", start), props, children, self.span_from(start.start))
    }

    /// `static`, `get`, `async` and `*`, each only where a member's name still follows.
    fn modifiers(&mut self, props: &mut Vec<Prop>) {
        loop {
            let next = self.token_ahead(1);
            let name_follows = matches!(next.kind, SyntaxKind::Name | SyntaxKind::QuotedName | SyntaxKind::Star)
                || next.kind.is_word();
            let name = match (self.kind(), self.token_text()) {
                (SyntaxKind::Star, _) => "generator",
                _ if !name_follows || next.newline_before => return,
                (SyntaxKind::AsyncWord, _) => "async",
                (SyntaxKind::Name, "static") => "static",
                (SyntaxKind::Name, "get") => "getter",
                _ => return,
            };
            let span = self.span();
            props.push(Prop { name: name.into(), name_span: span, value: Form::new(FormKind::Bool(true), span) });
            self.bump();
        }
    }

    fn method(&mut self, name: Form, mut props: Vec<Prop>, start: Span) -> Form {
        let is_constructor = name.is_symbol("new") && props.is_empty();
        let mut children = if is_constructor { Vec::new() } else { vec![name] };
        children.push(self.parameters());
        self.result_type(&mut children);
        props.extend(self.contracts());
        self.function_body(&mut children);
        let head = if is_constructor { "ctor" } else { "method" };
        Form::node_with(Form::symbol(head, start), props, children, self.span_from(start.start))
    }

    /// `enum Shape { Circle(r), Point }`
    pub(super) fn enumeration(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let hint = "an enum is `enum Shape { Circle(r), Point }`";
        let mut children = vec![self.name(hint)];
        self.arms(hint, |parser| {
            let since = parser.checkpoint();
            let case = parser.name(hint);
            let case = if parser.at(SyntaxKind::LeftParen) { parser.enum_case(case) } else { case };
            parser.wrap(since, SyntaxKind::EnumCase);
            children.push(case);
        });
        self.wrap(since, SyntaxKind::Enum);
        Form::node_with(Form::symbol("enum", word), Vec::new(), children, self.span_from(word.start))
    }

    fn enum_case(&mut self, name: Form) -> Form {
        let start = name.span.start;
        match self.parameters().kind {
            FormKind::List(fields) => Form::node_with(name, Vec::new(), fields, self.span_from(start)),
            _ => name,
        }
    }
}
