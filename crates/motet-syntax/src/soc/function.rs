//! Functions: their parameters, types, contracts and bodies.

use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Prop, Span};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    /// `fn f(a) { … }`, `fn* g(n) { … }`, `fn(a) { … }`
    pub(super) fn function(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let generator = self.eat(SyntaxKind::Star);
        let name = match self.kind() {
            SyntaxKind::Name | SyntaxKind::QuotedName => Some(self.take_name()),
            kind if kind.is_word() => Some(self.name("")),
            _ => None,
        };
        let name = name.map(|name| self.with_type_parameters(name));
        let mut form = self.function_of(name, word);
        if generator {
            set_head(&mut form, "fn*");
        }
        self.wrap(since, SyntaxKind::Function);
        form
    }

    /// The name of a function with the type parameters behind it: `id<T>` is `id:T`.
    fn with_type_parameters(&mut self, name: Form) -> Form {
        if !self.at(SyntaxKind::Less) || self.newline() {
            return name;
        }
        let since = self.checkpoint();
        let opener = self.span();
        let mut text = name.as_symbol().unwrap_or_default().to_owned();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            loop {
                let parameter = parser.name("type parameters are names: `fn id<T>(x: T): T { x }`");
                text.push(':');
                text.push_str(parameter.as_symbol().unwrap_or_default());
                if !parser.eat(SyntaxKind::Comma) {
                    break;
                }
            }
            parser.close_after("`,` or ", SyntaxKind::Greater, opener);
        });
        self.wrap(since, SyntaxKind::Type);
        Form::symbol(text, self.span_from(name.span.start))
    }

    /// A function from its parameters on: `(name? [params] -> T? e …)` with its contracts.
    pub(super) fn function_of(&mut self, name: Option<Form>, start: Span) -> Form {
        let mut children: Vec<Form> = name.into_iter().collect();
        children.push(self.parameters());
        self.result_type(&mut children);
        let props = self.contracts();
        self.function_body(&mut children);
        Form::node_with(Form::symbol("fn", start), props, children, self.span_from(start.start))
    }

    /// `: T` after the parameters.
    pub(super) fn result_type(&mut self, children: &mut Vec<Form>) {
        if self.at(SyntaxKind::ForeignOperator) && self.token_text() == "->" {
            self.error_here("expected `:` or `{`".to_owned(), "the type of the result stands after `:`");
            self.bump();
            children.extend([Form::symbol("->", self.span()), self.type_form()]);
        } else if self.at(SyntaxKind::Colon) {
            let colon = self.span();
            self.bump();
            children.extend([Form::symbol("->", colon), self.type_form()]);
        }
    }

    /// `requires e, …` and `ensures e, …`, on the same line or on lines of their own.
    pub(super) fn contracts(&mut self) -> Vec<Prop> {
        let mut props: Vec<Prop> = Vec::new();
        loop {
            let name = match self.token_text() {
                "requires" if self.at(SyntaxKind::Name) => "pre",
                "ensures" if self.at(SyntaxKind::Name) => "post",
                _ => return props,
            };
            let since = self.checkpoint();
            let word = self.span();
            self.bump();
            // The brace behind it is the body's.
            let context = Context { word_blocks: false, ..self.context };
            let mut conditions = vec![self.within(context, Parser::expression)];
            while self.eat(SyntaxKind::Comma) {
                conditions.push(self.within(context, Parser::expression));
            }
            self.wrap(since, SyntaxKind::Contract);
            let span = self.span_from(word.start);
            match props.iter_mut().find(|prop| &*prop.name == name) {
                Some(Prop { value: Form { kind: FormKind::List(earlier), .. }, .. }) => {
                    earlier.extend(conditions);
                }
                _ => props.push(Prop { name: name.into(), name_span: word, value: Form::list(conditions, span) }),
            }
        }
    }

    /// `{ … }`, or `=> e`.
    pub(super) fn function_body(&mut self, children: &mut Vec<Form>) {
        if self.at(SyntaxKind::Arrow) {
            self.bump();
            children.push(self.expression_or_block());
        } else {
            children.extend(self.block().0);
        }
    }

    /// `x => e`, `(a, b = 1, ...rest): T => e`
    pub(super) fn lambda(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.span();
        let mut children = Vec::new();
        if self.at(SyntaxKind::LeftParen) {
            children.push(self.parameters());
            // The arrow after it is the function's.
            let context = Context { arrows: false, ..self.context };
            self.within(context, |parser| parser.result_type(&mut children));
        } else {
            let name = self.take_name();
            let span = name.span;
            children.push(Form::list(vec![name], span));
        }
        let arrow = self.span();
        if self.expect(SyntaxKind::Arrow, "a function is `(x) => …`") {
            children.push(self.expression_or_block());
        } else {
            children.push(self.error_form());
        }
        self.wrap(since, SyntaxKind::Lambda);
        Form::node_with(Form::symbol("fn", arrow), Vec::new(), children, self.span_from(start.start))
    }

    /// `(a, b = 1, x: T, y?: T, *, k = 2, ...rest)` as the flat list of the core form.
    pub(super) fn parameters(&mut self) -> Form {
        let opener = self.span();
        if !self.at(SyntaxKind::LeftParen) {
            self.error_here("expected `(` and the parameters".to_owned(), "a function is `fn f(a, b) { … }`");
            return Form::list(Vec::new(), opener);
        }
        let since = self.checkpoint();
        let paired = self.has_partner();
        let mut parameters = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightParen, opener, paired, |parser| parser.parameter(&mut parameters));
        });
        self.wrap(since, SyntaxKind::Parameters);
        Form::list(parameters, self.span_from(opener.start))
    }

    fn parameter(&mut self, parameters: &mut Vec<Form>) {
        let since = self.checkpoint();
        let start = self.span();
        match self.kind() {
            SyntaxKind::Ellipsis => parameters.push(self.rest_name()),
            SyntaxKind::Star => {
                self.bump();
                if self.at(SyntaxKind::Name) && !self.newline() {
                    let hint = "a list of what is left over is `...rest`; behind `*` and a comma stand parameters that are given by name";
                    self.error_here("expected `,` or `)`".to_owned(), hint);
                }
                parameters.push(Form::symbol("^", start));
            }
            SyntaxKind::LeftBracket | SyntaxKind::LeftBrace => {
                parameters.push(self.pattern());
                self.default(parameters);
            }
            SyntaxKind::Name | SyntaxKind::QuotedName => self.named_parameter(parameters),
            kind => {
                let hint = if kind.is_word() {
                    "this word is reserved; as a name it stands in backquotes"
                } else if self.token_text() == "**" {
                    "options come as a record: `fn f(a, options = {}) { … }`, called as `f(1, {b: 2})`"
                } else {
                    "parameters are `a`, `b = 1`, `x: Int`, `y?: Int`, `...rest`, or `*` before keyword-only ones"
                };
                self.error_here("expected a parameter".to_owned(), hint);
                if kind.is_word() {
                    self.bump();
                }
            }
        }
        self.wrap(since, SyntaxKind::Parameter);
    }

    fn named_parameter(&mut self, parameters: &mut Vec<Form>) {
        let span = self.span();
        let name = self.name_text();
        self.bump();
        let optional = self.at(SyntaxKind::Question).then(|| self.span());
        if optional.is_some() {
            self.bump();
        }
        if self.eat(SyntaxKind::Colon) {
            parameters.push(Form::symbol(format!("{name}:"), span));
            let declared = self.type_form();
            parameters.push(match optional {
                Some(mark) => {
                    let whole = declared.span;
                    Form::node_with(Form::symbol("optional", mark), Vec::new(), vec![declared], whole)
                }
                None => declared,
            });
        } else {
            parameters.push(Form::symbol(name, span));
        }
        match optional {
            Some(mark) if !self.at(SyntaxKind::Equal) => {
                parameters.extend([Form::symbol("=", mark), Form::null(mark)]);
            }
            _ => self.default(parameters),
        }
    }

    /// `= e`, the default of a parameter or of an element in a pattern.
    pub(super) fn default(&mut self, items: &mut Vec<Form>) {
        if self.at(SyntaxKind::Equal) {
            items.push(Form::symbol("=", self.span()));
            self.bump();
            items.push(self.expression());
        }
    }

    /// `...rest`, or `...` alone.
    pub(super) fn rest_name(&mut self) -> Form {
        let start = self.span();
        self.bump();
        if !matches!(self.kind(), SyntaxKind::Name | SyntaxKind::QuotedName) {
            return Form::symbol("...", start);
        }
        let name = self.name_text();
        self.bump();
        let span = self.span_from(start.start);
        if self.at(SyntaxKind::Colon) || self.at(SyntaxKind::Equal) {
            let error = Diagnostic::error("what takes the rest has neither type nor default", self.span())
                .label("found here")
                .place(span, "this takes all that is left, as a list")
                .hint("leave it out");
            self.report(error);
        }
        Form::symbol(format!("{name}..."), span)
    }
}

fn set_head(form: &mut Form, head: &str) {
    if let FormKind::Node(node) = &mut form.kind {
        node.head = Form::symbol(head, node.head.span);
    }
}
