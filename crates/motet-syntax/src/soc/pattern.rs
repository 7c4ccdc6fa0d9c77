//! Patterns: what stands left of `=` in a binding, in the head of `for`, and before `=>` in a `match`.

use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Entry, Form, FormKind, Node, Prop};
use crate::kind::SyntaxKind;
use crate::operator::Level;

const HINT: &str = "patterns are names, literals, `[a, ...rest]`, `{name, age: n}`, `Point(x, y)` or `_`";

impl Parser<'_> {
    /// The pattern of `let` and `mut`: what is bound stands left of the type, so alternatives and types are not read here.
    pub(super) fn binding_pattern(&mut self) -> Form {
        if self.at(SyntaxKind::EndOfInput) || self.newline() && self.kind().is_word() {
            self.error_here("expected a name or a pattern".to_owned(), "a binding is `let x = 1`");
            return self.error_form();
        }
        if matches!(self.kind(), SyntaxKind::Number | SyntaxKind::Text | SyntaxKind::TextOpen | SyntaxKind::Minus) {
            self.error_here("expected a name or a pattern".to_owned(), "a binding gives a value a name: `let x = 1`");
        }
        self.pattern()
    }

    /// `p | q`, with a type or a further name: what an arm begins with.
    pub(super) fn alternatives(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.span().start;
        let first = self.annotated();
        if !self.at(SyntaxKind::Bar) {
            return first;
        }
        let bar = self.span();
        let mut patterns = vec![first];
        while self.eat(SyntaxKind::Bar) {
            patterns.push(self.annotated());
        }
        self.wrap(since, SyntaxKind::Pattern);
        Form::node_with(Form::symbol("|", bar), Vec::new(), patterns, self.span_from(start))
    }

    /// `p: T`, `p as name`
    fn annotated(&mut self) -> Form {
        let since = self.checkpoint();
        let mut pattern = self.pattern();
        if self.at(SyntaxKind::Colon) {
            let colon = self.span();
            self.bump();
            // The arrow after it is the arm's.
            let declared = self.within(Context { arrows: false, ..self.context }, Parser::type_form);
            let span = pattern.span.to(declared.span);
            pattern = Form::node_with(Form::symbol(":", colon), Vec::new(), vec![pattern, declared], span);
            self.wrap(since, SyntaxKind::Pattern);
        }
        self.named(pattern, since)
    }

    fn named(&mut self, mut pattern: Form, since: crate::tree::Checkpoint) -> Form {
        while self.at_name("as") {
            let word = self.span();
            self.bump();
            let name = self.name("write `pattern as name`");
            let span = pattern.span.to(name.span);
            pattern = Form::node_with(Form::symbol("as", word), Vec::new(), vec![pattern, name], span);
            self.wrap(since, SyntaxKind::Pattern);
        }
        pattern
    }

    pub(super) fn pattern(&mut self) -> Form {
        self.nested(|parser| parser.error_form(), Parser::pattern_here)
    }

    fn pattern_here(&mut self) -> Form {
        let since = self.checkpoint();
        let form = match self.kind() {
            SyntaxKind::Name | SyntaxKind::QuotedName => self.name_or_class_pattern(),
            SyntaxKind::LeftBracket => self.list_pattern(),
            SyntaxKind::LeftBrace => self.record_pattern(),
            SyntaxKind::LeftParen => self.parenthesised_pattern(),
            SyntaxKind::Number | SyntaxKind::Minus | SyntaxKind::Text | SyntaxKind::TextOpen => self.range_pattern(),
            SyntaxKind::DotDot | SyntaxKind::DotDotEqual => self.range_pattern(),
            SyntaxKind::NullWord | SyntaxKind::TrueWord | SyntaxKind::FalseWord => self.operand(),
            kind => {
                let hint =
                    if kind.is_word() { "this word is reserved; as a name it stands in backquotes" } else { HINT };
                self.error_here("expected a pattern".to_owned(), hint);
                if kind.is_word() && self.kind_ahead(1) != SyntaxKind::LeftParen {
                    self.bump();
                }
                return self.error_form();
            }
        };
        self.wrap(since, SyntaxKind::Pattern);
        form
    }

    fn parenthesised_pattern(&mut self) -> Form {
        let opener = self.span();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            let pattern = parser.alternatives();
            parser.close(SyntaxKind::RightParen, opener);
            pattern
        })
    }

    /// `1`, `-1`, `"a"`, `1..5`, `"a"..="z"`
    fn range_pattern(&mut self) -> Form {
        // The arrow behind it is the arm's.
        let context = Context { arrows: false, ..self.context };
        let form = self.within(context, |parser| parser.binary(Level::Range));
        let is_range = |node: &Node| {
            matches!(node.head.as_symbol(), Some(".." | "..="))
                && node.children.len() == 2
                && node.children.iter().all(|end| is_literal(end) || end.kind == FormKind::Null)
        };
        if is_literal(&form) || form.is_node("@error") || form.as_node().is_some_and(is_range) {
            return form;
        }
        let error = Diagnostic::error("this is no pattern", form.span).label("an expression").hint(
            "a pattern holds plain literals; a value that is computed is compared in a guard: `x if (x == y) => …`",
        );
        self.report_elsewhere(error);
        Form::error(form.span)
    }

    /// A number, perhaps negative, or a string.
    pub(super) fn literal_pattern(&mut self) -> Form {
        self.unary()
    }

    /// `name`, `Point`, `Shape.Point`, `Point(x, y: b)`
    fn name_or_class_pattern(&mut self) -> Form {
        if matches!(self.token_text(), "Infinity" | "NaN") {
            return self.operand();
        }
        let name = self.dotted_name(HINT);
        if !self.at(SyntaxKind::LeftParen) || self.newline() {
            return name;
        }
        let opener = self.span();
        let paired = self.has_partner();
        let start = name.span.start;
        let (mut fields, mut named) = (Vec::new(), Vec::new());
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightParen, opener, paired, |parser| {
                parser.class_field(&mut fields, &mut named);
            });
        });
        Form::node_with(name, named, fields, self.span_from(start))
    }

    fn class_field(&mut self, fields: &mut Vec<Form>, named: &mut Vec<Prop>) {
        if self.at(SyntaxKind::Ellipsis) {
            fields.push(self.rest_name());
        } else if self.at(SyntaxKind::Name) && self.kind_ahead(1) == SyntaxKind::Colon {
            let name_span = self.span();
            let name = self.name_text();
            self.bump();
            self.bump();
            let value = self.alternatives();
            self.push_named(named, Prop { name, name_span, value });
        } else {
            fields.push(self.alternatives());
        }
    }

    /// `[a, b = 2, ...rest]` as the flat list of the core form.
    fn list_pattern(&mut self) -> Form {
        let opener = self.span();
        let paired = self.has_partner();
        let mut items = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightBracket, opener, paired, |parser| {
                if parser.at(SyntaxKind::Ellipsis) {
                    items.push(parser.rest_name());
                } else {
                    items.push(parser.alternatives());
                    parser.default(&mut items);
                }
            });
        });
        Form::list(items, self.span_from(opener.start))
    }

    /// `{name, age: n = 0, ...rest}`
    fn record_pattern(&mut self) -> Form {
        let opener = self.span();
        let paired = self.has_partner();
        let mut entries = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightBrace, opener, paired, |parser| {
                if let Some(entry) = parser.record_pattern_entry() {
                    parser.push_entry(&mut entries, entry);
                }
            });
        });
        Form::new(FormKind::Record(entries), self.span_from(opener.start))
    }

    fn record_pattern_entry(&mut self) -> Option<Entry> {
        let name_span = self.span();
        if self.at(SyntaxKind::Ellipsis) {
            self.bump();
            return Some(Entry::Spread(self.name("the rest of a record has a name: `{a, ...rest}`")));
        }
        let name = self.field_name("a record pattern is `{name, age: n = 0}`")?;
        let pattern =
            if self.eat(SyntaxKind::Colon) { self.alternatives() } else { Form::symbol(name.clone(), name_span) };
        let value = if self.at(SyntaxKind::Equal) {
            let equals = self.span();
            self.bump();
            let default = self.expression();
            let span = pattern.span.to(default.span);
            Form::node_with(Form::symbol("=", equals), Vec::new(), vec![pattern, default], span)
        } else {
            pattern
        };
        Some(Entry::Named { name, name_span, value })
    }
}

fn is_literal(form: &Form) -> bool {
    matches!(form.kind, FormKind::Int(_) | FormKind::Float(_) | FormKind::Imaginary(_) | FormKind::Str(_))
}
