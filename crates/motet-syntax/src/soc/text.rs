//! Strings, plain and with interpolation.

use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Span};
use crate::kind::SyntaxKind;
use crate::literal::{self, push_part};

impl Parser<'_> {
    /// The string here; `(@str …)` if it has interpolations.
    pub(super) fn string(&mut self) -> Form {
        match self.kind() {
            SyntaxKind::Text => self.plain_string(),
            SyntaxKind::TextOpen => self.string_with_parts(),
            _ => {
                self.error_here("expected a string".to_owned(), "a string stands in quotes: `\"…\"`");
                self.error_form()
            }
        }
    }

    /// The string here, in either quotes, where only its text counts.
    pub(super) fn constant_string(&mut self) -> Form {
        let string = self.string();
        if let Some(node) = string.as_node() {
            let (message, hint) = if node.head.is_symbol("@bytes") {
                ("bytes are no text", "write it without the `b`: `\"…\"`")
            } else {
                ("this string cannot have interpolations", "`${…}` stands where values are computed, and not in names")
            };
            self.report(Diagnostic::error(message, string.span).hint(hint));
            return Form::error(string.span);
        }
        string
    }

    /// The name of a field in a pattern or type, which may be a string.
    pub(super) fn field_name(&mut self, hint: &str) -> Option<Box<str>> {
        match self.kind() {
            SyntaxKind::Text | SyntaxKind::TextOpen => match self.constant_string().kind {
                FormKind::Str(text) => Some(text),
                _ => None,
            },
            _ if self.at_field_name() => {
                let name = self.name_text();
                self.bump();
                Some(name)
            }
            _ => {
                self.error_here("expected the name of a field".to_owned(), hint);
                None
            }
        }
    }

    fn plain_string(&mut self) -> Form {
        let span = self.span();
        let token = self.token_text();
        if let Some(raw) = token.strip_prefix('r') {
            return self.raw_string(raw, span);
        }
        let bytes = token.starts_with('b');
        let token = if bytes { &token[1..] } else { token };
        let quotes = if token.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
        let inner = &token[quotes.len()..];
        // An unclosed string may end in an escaped quote, which the lexer has told apart; it has no quote to remove.
        let closed = inner.ends_with(quotes) && !self.unclosed_at(span.start + u32::from(bytes));
        let inner = if closed { &inner[..inner.len() - quotes.len()] } else { inner };
        if bytes {
            let bytes = literal::bytes(inner, span.start + 1 + quotes.len() as u32, &mut self.errors);
            self.bump();
            return literal::bytes_form(&bytes, span);
        }
        let mut text = String::with_capacity(inner.len());
        literal::unescape(inner, span.start + quotes.len() as u32, &mut text, &mut self.errors);
        self.bump();
        Form::string(text, span)
    }

    /// `r"…"`; `quoted` is the token behind its `r`.
    fn raw_string(&mut self, quoted: &str, span: Span) -> Form {
        let count = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") { 3 } else { 1 };
        let (quotes, inner) = quoted.split_at(count);
        let text = inner.strip_suffix(quotes).unwrap_or(inner);
        self.bump();
        Form::string(text, span)
    }

    fn unclosed_at(&self, start: u32) -> bool {
        // The lexer's errors come first and are few; they are searched only for strings at the end of a line.
        let line_ends = matches!(self.text.as_bytes().get(self.span().end as usize), None | Some(b'\n' | b'\r'));
        line_ends && self.errors.iter().any(|error| error.span.start == start)
    }

    fn string_with_parts(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.span().start;
        self.bump();
        let mut parts: Vec<Form> = Vec::new();
        loop {
            match self.kind() {
                SyntaxKind::TextPart => {
                    let span = self.span();
                    let mut text = String::new();
                    literal::unescape(self.token_text(), span.start, &mut text, &mut self.errors);
                    self.bump();
                    push_part(&mut parts, Form::string(text, span));
                }
                SyntaxKind::InterpolationOpen => {
                    let part = self.interpolation();
                    push_part(&mut parts, part);
                }
                SyntaxKind::TextClose => {
                    self.bump();
                    break;
                }
                // The lexer has reported that the string is not closed.
                _ => break,
            }
        }
        self.wrap(since, SyntaxKind::TextWithParts);
        let span = self.span_from(start);
        match &mut parts[..] {
            [] => Form::string("", span),
            [Form { kind: FormKind::Str(text), .. }] => Form::string(std::mem::take(text), span),
            _ => Form::node("@str", parts, span),
        }
    }

    /// `${expression:form}`: what stands between the colon and the closing brace is a form of `format`, and no code.
    fn formatted(&mut self, value: Form) -> Form {
        let start = self.span().end;
        let since = self.checkpoint();
        self.bump();
        while !matches!(self.kind(), SyntaxKind::InterpolationClose | SyntaxKind::EndOfInput) {
            self.bump();
        }
        self.wrap(since, SyntaxKind::InterpolationForm);
        let end = if self.at(SyntaxKind::InterpolationClose) { self.span().start } else { self.last_end() };
        let place = Span::new(start, end.max(start));
        let form = Form::string(&self.text[place.range()], place);
        let span = Span::new(value.span.start, place.end);
        Form::node("@format", vec![value, form], span)
    }

    /// `${expression}`, `${expression:form}`
    fn interpolation(&mut self) -> Form {
        let since = self.checkpoint();
        self.bump();
        let form = self.within(Context::BRACKETS, |parser| {
            let form = if parser.at(SyntaxKind::InterpolationClose) {
                let hint = "an expression stands between `${` and `}`; a plain `${` is written `\\${`";
                parser.error_here("expected an expression".to_owned(), hint);
                parser.error_form()
            } else {
                parser.expression()
            };
            let form = if parser.at(SyntaxKind::Colon) { parser.formatted(form) } else { form };
            if !parser.at(SyntaxKind::InterpolationClose) {
                if !parser.at(SyntaxKind::EndOfInput) {
                    let hint = "one expression stands between `${` and `}`";
                    parser.error_here("expected `}`".to_owned(), hint);
                }
                parser.skip_to_interpolation_end();
            }
            parser.eat(SyntaxKind::InterpolationClose);
            form
        });
        self.wrap(since, SyntaxKind::Interpolation);
        form
    }
}
