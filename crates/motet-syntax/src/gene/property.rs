//! Properties: `^name value` in nodes, and the entries of records.

use super::reader::Reader;
use super::scan;
use crate::diagnostic::Diagnostic;
use crate::form::{Entry, Form, FormKind, Prop, Span};
use crate::kind::SyntaxKind;

impl Reader<'_> {
    /// At `^` with a name, a string or `<` directly behind it. A lone `^` is a symbol.
    pub(super) fn at_property(&self) -> bool {
        self.byte(0) == b'^' && (!scan::at_delimiter(&self.rest()[1..]) || self.byte(1) == b'"')
    }

    pub(super) fn property_out_of_place(&mut self, place: &str) {
        let start = self.position as u32;
        let since = self.checkpoint();
        let mut ignored = Vec::new();
        self.property(&mut ignored);
        self.wrap(since, SyntaxKind::Error);
        let span = Span::new(start, start + 1);
        let error = Diagnostic::error(format!("a property cannot stand {place}"), span)
            .label("found here")
            .hint("properties belong to nodes, `(f ^name value)`, and records, `{^name value}`");
        self.errors.push(error);
    }

    /// `^name` in a list of parameters: a parameter that is given by name, with its type and its default. The form is that
    /// of the symbol `^`, behind which all are given by name.
    pub(super) fn named_parameter(&mut self, items: &mut Vec<Form>) {
        let start = self.position as u32;
        if !self.rest()[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.property_out_of_place("in a list");
        }
        let (name, name_span) = self.property_name();
        if !items.iter().any(|item| item.is_symbol("^")) {
            items.push(Form::symbol("^", Span::new(start, start + 1)));
        }
        let has_type = name.ends_with(':');
        items.push(Form::symbol(name, name_span));
        if has_type && !self.at_contents_end() && !self.at_property() {
            items.push(self.datum(false));
        }
        if !self.at_contents_end() && !self.at_property() {
            let sign = self.datum(false);
            let place = sign.span;
            let has_default = sign.is_symbol("=");
            items.push(sign);
            if !has_default {
                let error = Diagnostic::error("a property cannot stand in a list", Span::new(start, start + 1))
                    .label("found here")
                    .place(place, "this does not belong to it")
                    .hint("properties belong to nodes, `(f ^name value)`, and records, `{^name value}`; of parameters, those that are given by name come last: `[a ^b = 1]`");
                self.errors.push(error);
            } else if !self.at_contents_end() && !self.at_property() {
                items.push(self.datum(false));
            }
        }
    }

    /// `^name value` in a node.
    pub(super) fn property(&mut self, props: &mut Vec<Prop>) {
        let since = self.checkpoint();
        let start = self.position as u32;
        let (name, name_span, value) = match self.flag() {
            Some(flag) => flag,
            None => {
                let (name, name_span) = self.property_name();
                let value = self.property_value(&name, name_span);
                (name, name_span, value)
            }
        };
        self.wrap(since, SyntaxKind::Property);
        if let Some(first) = props.iter().find(|prop| prop.name == name) {
            let error = Diagnostic::error(format!("the property `{name}` is given twice"), name_span)
                .label("the second time")
                .place(first.name_span, "the first time")
                .hint("leave one of them out");
            self.errors.push(error);
        } else if name.is_empty() {
            let error = Diagnostic::error("a property of a node has a name", Span::new(start, start + 1))
                .label("this one has none")
                .hint("write `^name value`; only records have other keys");
            self.report(error);
        } else {
            props.push(Prop { name, name_span, value });
        }
    }

    /// An entry of a record: `^name value`, `^<key> value`, `^... record`.
    pub(super) fn entry(&mut self, entries: &mut Vec<Entry>) {
        let since = self.checkpoint();
        let rest = &self.rest()[1..];
        let entry = if rest.strip_prefix("...").is_some_and(scan::at_delimiter) {
            let mark = self.take(SyntaxKind::PropName, 4);
            Entry::Spread(self.value_after(mark))
        } else if rest.starts_with('<') {
            let mark = self.take(SyntaxKind::PropName, 1);
            let key = self.angle(false).swap_remove(0);
            Entry::Computed { key, value: self.value_after(mark) }
        } else {
            let (name, name_span, value) = match self.flag() {
                Some(flag) => flag,
                None => {
                    let (name, name_span) = self.property_name();
                    let value = self.property_value(&name, name_span);
                    (name, name_span, value)
                }
            };
            if self.is_second(entries, &name, name_span) {
                self.wrap(since, SyntaxKind::Property);
                return;
            }
            Entry::Named { name, name_span, value }
        };
        self.wrap(since, SyntaxKind::Property);
        entries.push(entry);
    }

    /// Whether the record has such an entry already, which is reported.
    fn is_second(&mut self, entries: &[Entry], name: &str, name_span: Span) -> bool {
        // Large records are data; their repetitions are found when the record is made.
        if entries.len() >= 64 {
            return false;
        }
        let first = entries.iter().find_map(|entry| match entry {
            Entry::Named { name: earlier, name_span, .. } if **earlier == *name => Some(*name_span),
            _ => None,
        });
        if let Some(first) = first {
            let error = Diagnostic::error(format!("the entry `{name}` is given twice"), name_span)
                .label("the second time")
                .place(first, "the first time")
                .hint("leave one of them out");
            self.errors.push(error);
        }
        first.is_some()
    }

    /// `^^name` and `^!name`: a property that is true or false.
    fn flag(&mut self) -> Option<(Box<str>, Span, Form)> {
        let value = match self.byte(1) {
            b'^' => true,
            b'!' => false,
            _ => return None,
        };
        let length = scan::atom_length(&self.rest()[2..], self.in_angle);
        if length == 0 {
            return None;
        }
        let start = self.position as u32;
        let span = self.take(SyntaxKind::PropName, 2 + length);
        let name = self.unescaped(Span::new(start + 2, span.end));
        Some((name, span, Form::new(FormKind::Bool(value), Span::new(start + 1, start + 2))))
    }

    /// `^name`, or `^"any text"`.
    fn property_name(&mut self) -> (Box<str>, Span) {
        let start = self.position as u32;
        if self.byte(1) == b'"' {
            self.take(SyntaxKind::PropName, 1);
            let name = self.string();
            return match name.kind {
                FormKind::Str(text) => (text, name.span),
                _ => ("".into(), name.span),
            };
        }
        let length = 1 + scan::atom_length(&self.rest()[1..], self.in_angle);
        let span = self.take(SyntaxKind::PropName, length);
        let name = self.unescaped(Span::new(start + 1, span.end));
        if self.byte(0) == b'/' {
            let error = Diagnostic::error("a property has a plain name", Span::new(start, self.position as u32 + 1))
                .label("this goes on like a path")
                .hint("write a blank after the name; other keys of a record are `^\"any text\"` and `^<expression>`");
            self.report(error);
        }
        (name, span)
    }

    /// The value of `^name`; left out, it is the symbol of that name.
    fn property_value(&mut self, name: &str, name_span: Span) -> Form {
        self.skip_trivia();
        if self.at_end() || matches!(self.byte(0), b')' | b']' | b'}') || self.at_property() {
            return self.no_head(Form::symbol(name, name_span));
        }
        self.datum(false)
    }

    fn value_after(&mut self, mark: Span) -> Form {
        self.skip_trivia();
        if self.at_end() || matches!(self.byte(0), b')' | b']' | b'}') || self.at_property() {
            let error = Diagnostic::error("expected a value", mark)
                .label("nothing follows this")
                .hint("write `^<key> value` or `^... record`");
            self.report(error);
            return Form::error(mark);
        }
        self.datum(false)
    }
}
