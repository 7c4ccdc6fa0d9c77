//! Strings: `"…"`, `"""…"""`, and with interpolation `#"… #{x} …"`.

use super::reader::{Bracket, Reader};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Span};
use crate::kind::SyntaxKind;
use crate::literal::{self, push_part};

impl Reader<'_> {
    pub(super) fn string(&mut self) -> Form {
        let start = self.position as u32;
        let quotes = quotes(self.rest());
        let body = &self.rest()[quotes.len()..];
        let length = part_length(body, quotes.len() == 3, false);
        let closed = body[length..].starts_with(quotes);
        let mut text = String::with_capacity(length);
        literal::unescape(&body[..length], start + quotes.len() as u32, &mut text, &mut self.errors);
        if !closed {
            self.unclosed_string(start, quotes);
        }
        let span = self.take(SyntaxKind::Text, quotes.len() + length + if closed { quotes.len() } else { 0 });
        Form::string(text, span)
    }

    /// `b"…"`: bytes.
    pub(super) fn bytes(&mut self) -> Form {
        let start = self.position as u32;
        let quotes = quotes(&self.rest()[1..]);
        let begin = 1 + quotes.len();
        let body = &self.rest()[begin..];
        let length = part_length(body, quotes.len() == 3, false);
        let closed = body[length..].starts_with(quotes);
        let bytes = literal::bytes(&body[..length], start + begin as u32, &mut self.errors);
        if !closed {
            self.unclosed_string(start + 1, quotes);
        }
        let span = self.take(SyntaxKind::Text, begin + length + if closed { quotes.len() } else { 0 });
        literal::bytes_form(&bytes, span)
    }

    pub(super) fn string_with_parts(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.position as u32;
        let quotes = quotes(&self.rest()[1..]);
        self.take(SyntaxKind::TextOpen, 1 + quotes.len());
        let mut parts = Vec::new();
        loop {
            let length = part_length(self.rest(), quotes.len() == 3, true);
            if length > 0 {
                let mut text = String::with_capacity(length);
                literal::unescape(&self.rest()[..length], self.position as u32, &mut text, &mut self.errors);
                let span = self.take(SyntaxKind::TextPart, length);
                push_part(&mut parts, Form::string(text, span));
            }
            if self.rest().starts_with(quotes) {
                self.take(SyntaxKind::TextClose, quotes.len());
                break;
            } else if self.rest().starts_with("#{") {
                let part = self.interpolation();
                let closed = part.is_some();
                if let Some(part) = part {
                    push_part(&mut parts, part);
                }
                if !closed {
                    break;
                }
            } else {
                self.unclosed_string(start, quotes);
                break;
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

    /// `#{datum}`; several data are the parts of a node. `None` if it is not closed, so that the string is not either.
    fn interpolation(&mut self) -> Option<Form> {
        let since = self.checkpoint();
        let opener = self.take(SyntaxKind::InterpolationOpen, 2);
        let in_angle = std::mem::replace(&mut self.in_angle, false);
        let in_interpolation = std::mem::replace(&mut self.in_interpolation, true);
        self.enter(Bracket::Brace);
        let mut items = Vec::new();
        while !self.at_contents_end() {
            if self.at_property() {
                self.property_out_of_place("between `#{` and `}`");
                continue;
            }
            let is_head = items.is_empty();
            items.push(self.datum(is_head));
        }
        self.leave(Bracket::Brace);
        self.in_angle = in_angle;
        self.in_interpolation = in_interpolation;
        let closed = self.close(Bracket::Brace, opener);
        self.wrap(since, SyntaxKind::Interpolation);
        let span = self.span_from(opener.start);
        if items.is_empty() && closed {
            let error = Diagnostic::error("expected a value between `#{` and `}`", span)
                .label("nothing stands here")
                .hint("a plain `#{` is written `\\#{`");
            self.errors.push(error);
        }
        let format = self.format_of_number.take().or_else(|| {
            let (value, format) = format_behind(items.last()?)?;
            items.pop();
            items.extend(value);
            Some(format)
        });
        let part = match items.len() {
            0 => Form::error(span),
            1 => self.no_head(items.swap_remove(0)),
            _ => {
                let head = items.remove(0);
                Form::node_with(head, Vec::new(), items, span)
            }
        };
        let part = match format {
            Some(format) => {
                let place = part.span.to(format.span);
                Form::node("@format", vec![part, format], place)
            }
            None => part,
        };
        closed.then_some(part)
    }

    fn unclosed_string(&mut self, start: u32, quotes: &str) {
        let hint = if quotes.len() == 3 {
            self.ended_early = true;
            "close it with `\"\"\"`"
        } else {
            "close it with `\"`; a text of several lines stands between `\"\"\"`"
        };
        let message =
            if quotes.len() == 3 { "this string is never closed" } else { "this string is not closed on its line" };
        let error = Diagnostic::error(message, Span::new(start, start + 1)).label("opened here").hint(hint);
        self.errors.push(error);
        if quotes.len() == 3 {
            // What else is open at the end follows from this.
            self.last_error = Some(self.text.len());
        }
    }
}

/// The form of `format` that the last datum of an interpolation ends in, and what stands before it: `x:.2`, `p/x:.2`, or
/// `:.2` alone.
fn format_behind(last: &Form) -> Option<(Option<Form>, Form)> {
    let split = |name: &str, span: Span| {
        let (before, format) = name.split_once(':').filter(|(_, format)| !format.is_empty())?;
        let middle = span.end - format.len() as u32;
        let format = Form::string(format, Span::new(middle, span.end));
        let before = (!before.is_empty()).then(|| Form::symbol(before, Span::new(span.start, middle - 1)));
        Some((before, format))
    };
    match &last.kind {
        FormKind::Symbol(name) => split(name, last.span),
        FormKind::Node(node) if node.head.is_symbol("@field") && node.props.is_empty() => {
            let [receiver, name] = &node.children[..] else { return None };
            let (name, format) = split(name.as_symbol()?, name.span)?;
            let name = name?;
            let span = Span::new(last.span.start, name.span.end);
            Some((Some(Form::node("@field", vec![receiver.clone(), name], span)), format))
        }
        _ => None,
    }
}

fn quotes(text: &str) -> &'static str {
    if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" }
}

/// The length of a string's text up to its closing quotes, its end of line or, where it may have one, an interpolation.
fn part_length(text: &str, several_lines: bool, interpolates: bool) -> usize {
    literal::part_length(text, b'"', several_lines, if interpolates { Some(b"#{") } else { None })
}
