//! Names, numbers, and the paths that follow a datum: `p/x`, `xs/0`, `m/<k>`, `p/.area`, `/x`.

use super::reader::Reader;
use super::scan;
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Span};
use crate::kind::SyntaxKind;
use crate::literal;
use crate::tree::Checkpoint;

impl Reader<'_> {
    /// A name or a number; `/x` is a field of `self`.
    pub(super) fn atom(&mut self, is_head: bool) -> Form {
        let start = self.position as u32;
        if let Some(operator) = scan::slash_operator(self.rest(), self.in_angle) {
            let span = self.take(SyntaxKind::Atom, operator.len());
            return Form::symbol(operator, span);
        }
        if self.byte(0) == b'/' {
            return Form::symbol("self", Span::at(start));
        }
        let length = scan::atom_length(self.rest(), self.in_angle);
        if length == 0 {
            // `>` within `<…>`: nothing stands there.
            let c = self.rest().chars().next().unwrap_or(' ');
            let span = Span::new(start, start + c.len_utf8() as u32);
            let error = Diagnostic::error(format!("expected a value, found `{c}`"), span)
                .label("found here")
                .hint("an element by any key is `m/<key>`");
            self.report(error);
            if !self.in_angle || c != '>' {
                self.take(SyntaxKind::Unknown, c.len_utf8());
            }
            return Form::error(span);
        }
        let text = &self.rest()[..length];
        let span = self.take(SyntaxKind::Atom, length);
        if scan::begins_like_number(text) {
            return self.number(text, span);
        }
        match text {
            "nil" => return Form::null(span),
            "true" => return Form::new(FormKind::Bool(true), span),
            "false" => return Form::new(FormKind::Bool(false), span),
            "Infinity" => return Form::new(FormKind::Float(f64::INFINITY), span),
            "-Infinity" => return Form::new(FormKind::Float(f64::NEG_INFINITY), span),
            "NaN" => return Form::new(FormKind::Float(f64::NAN), span),
            _ => {}
        }
        let hint = match text.as_bytes()[0] {
            b'@' if text != "@" && !is_head => "names that begin with `@` are heads that belong to the language",
            b'\'' => "strings stand in double quotes: `\"…\"`; quoted data begins with a backquote",
            b'#' => "a comment is `# …` with a blank, or `#< … >#`; a string with interpolation is `#\"…\"`",
            _ => {
                let name = self.unescaped(span);
                if !name.starts_with('@') || is_head || &*name == "@" {
                    return Form::symbol(name, span);
                }
                "names that begin with `@` are heads that belong to the language"
            }
        };
        let shown: String = text.chars().take(40).collect();
        let error = Diagnostic::error(format!("`{shown}` is no name"), span).label("found here").hint(hint);
        self.errors.push(error);
        Form::error(span)
    }

    fn number(&mut self, text: &str, span: Span) -> Form {
        let (text, span) = match text.split_once(':') {
            Some((number, format)) if self.in_interpolation && self.rest().trim_start().starts_with('}') => {
                let middle = span.start + number.len() as u32;
                self.format_of_number = Some(Form::string(format, Span::new(middle + 1, span.end)));
                (number, Span::new(span.start, middle))
            }
            _ => (text, span),
        };
        let negative = text.starts_with('-');
        let digits = text.trim_start_matches(['-', '+']);
        match literal::number(digits, negative, span) {
            Ok(kind) => Form::new(kind, span),
            Err(error) => {
                let error = match text.split_once("..") {
                    Some((start, end)) if !start.is_empty() => {
                        error.hint(format!("a range has blanks around its operator: `({start} .. {end})`"))
                    }
                    _ => match text.split_once(':') {
                        Some((start, end)) => {
                            let end = end.split(':').next().filter(|end| !end.is_empty()).unwrap_or("nil");
                            error.hint(format!(
                                "a range is `({start} .. {end})`, a part of a list `xs/<({start} .. {end})>`"
                            ))
                        }
                        None => error,
                    },
                };
                self.errors.push(error);
                Form::error(span)
            }
        }
    }

    /// The name at this place with its backslashes resolved.
    pub(super) fn unescaped(&mut self, span: Span) -> Box<str> {
        let text = &self.text[span.range()];
        if !text.contains('\\') {
            return text.into();
        }
        let mut name = String::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some(escaped) => name.push(escaped),
                    None => {
                        let error = Diagnostic::error("a backslash at the end of a name", span)
                            .label("nothing follows it")
                            .hint("a backslash takes the next character into a name");
                        self.errors.push(error);
                        name.push(c);
                    }
                },
                _ => name.push(c),
            }
        }
        name.into()
    }

    /// The segments of a path directly behind `datum`, which was read since the checkpoint.
    pub(super) fn path(&mut self, since: Checkpoint, mut datum: Form) -> Form {
        if self.byte(0) != b'/' || self.at_end() {
            return datum;
        }
        if matches!(datum.kind, FormKind::Int(_) | FormKind::Float(_) | FormKind::Imaginary(_)) {
            let start = self.position as u32;
            let error = Diagnostic::error("a number has no fields", Span::new(datum.span.start, start + 1))
                .label("this goes on like a path")
                .hint("a division has blanks around its operator: `(1 / 2)`");
            self.report(error);
        }
        datum = self.no_head(datum);
        let start = datum.span.start;
        while self.byte(0) == b'/' {
            let slash = self.take(SyntaxKind::PathSlash, 1);
            datum = self.segment(datum, start, slash);
        }
        self.wrap(since, SyntaxKind::Path);
        datum
    }

    /// Something that was read where a head could stand, and turns out to be none.
    pub(super) fn no_head(&mut self, datum: Form) -> Form {
        match datum.as_symbol() {
            Some(name) if name.starts_with('@') && name != "@" => {
                let error = Diagnostic::error(format!("`{name}` is no name"), datum.span)
                    .label("found here")
                    .hint("names that begin with `@` are heads that belong to the language: `(@field p x)`");
                self.errors.push(error);
                Form::error(datum.span)
            }
            _ => datum,
        }
    }

    fn segment(&mut self, receiver: Form, start: u32, slash: Span) -> Form {
        // `p/?name`: null where `p` is.
        let optional = self.byte(0) == b'?' && !scan::at_delimiter(&self.rest()[1..]) && self.byte(1) != b'/';
        let mark = |head: &'static str| match (optional, head) {
            (true, "@index") => "@index?",
            (true, "@method") => "@method?",
            (true, _) => "@field?",
            (false, head) => head,
        };
        if optional {
            self.take(SyntaxKind::PathSlash, 1);
        }
        if self.byte(0) == b'<' {
            let keys = self.angle(!optional);
            return Form::node(mark("@index"), [vec![receiver], keys].concat(), self.span_from(start));
        }
        let length = scan::atom_length(self.rest(), self.in_angle);
        if length == 0 {
            let is_soc_division = receiver.is_symbol("~");
            let hint = if is_soc_division {
                "integer division is `(a // b)`"
            } else {
                "a path is `p/x`, `xs/0`, `m/<key>` or `p/.method`; a division has blanks: `(a / b)`"
            };
            let error =
                Diagnostic::error("expected the name of a field", slash).label("nothing follows this slash").hint(hint);
            self.report(error);
            return receiver;
        }
        let text = &self.rest()[..length];
        let span = self.take(SyntaxKind::Atom, length);
        if scan::begins_like_number(text) {
            let index = self.number(text, span);
            return Form::node(mark("@index"), vec![receiver, index], self.span_from(start));
        }
        let (head, name_span) = match text.strip_prefix('.') {
            Some(name) if !name.is_empty() => ("@method", Span::new(span.start + 1, span.end)),
            _ => ("@field", span),
        };
        let name = self.unescaped(name_span);
        if name.starts_with('@') {
            let error = Diagnostic::error(format!("`{name}` is no name"), name_span)
                .label("found here")
                .hint("names that begin with `@` are heads that belong to the language");
            self.errors.push(error);
            return Form::error(self.span_from(start));
        }
        let name = Form::symbol(name, name_span);
        Form::node(mark(head), vec![receiver, name], self.span_from(start))
    }

    /// `<key>` in a path or a record; the key is any datum. A path may have several, for a list of lists.
    pub(super) fn angle(&mut self, several: bool) -> Vec<Form> {
        let opener = self.take(SyntaxKind::AngleOpen, 1);
        let in_angle = std::mem::replace(&mut self.in_angle, true);
        self.skip_trivia();
        let mut keys = Vec::new();
        if self.at_end() || matches!(self.byte(0), b')' | b']' | b'}' | b'>') {
            let error = Diagnostic::error("expected a key", opener)
                .label("nothing follows this")
                .hint("an element by any key is `m/<key>`");
            self.ended_early |= self.at_end();
            self.report(error);
            keys.push(Form::error(opener));
        } else {
            keys.push(self.datum(false));
        }
        self.skip_trivia();
        while several && !self.at_end() && !self.too_deep && !matches!(self.byte(0), b')' | b']' | b'}' | b'>' | b'^') {
            keys.push(self.datum(false));
            self.skip_trivia();
        }
        self.in_angle = in_angle;
        if self.byte(0) == b'>' {
            self.take(SyntaxKind::AngleClose, 1);
        } else if !self.too_deep {
            let place = Span::at(self.position as u32);
            let error = Diagnostic::error("expected `>`", place)
                .label("the key ends here")
                .place(opener, "opened here")
                .hint("an element by any key is `m/<key>`; a key of several parts is a node: `m/<(a + b)>`");
            self.ended_early |= self.at_end();
            self.report(error);
        }
        keys
    }
}
