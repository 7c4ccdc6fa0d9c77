//! Patterns.

use super::Printer;
use super::function::is_dotted_name;
use super::types::is_written_with_digits;
use crate::form::{Entry, Form, FormKind, Node};

impl<'f> Printer<'f> {
    /// A pattern where alternatives, types and further names may stand.
    pub(super) fn whole_pattern(&mut self, form: &'f Form) {
        self.nested(form, |printer| match form.as_node() {
            Some(node) if is_plain(node, "|") && node.children.len() > 1 => {
                for (index, alternative) in node.children.iter().enumerate() {
                    if index > 0 {
                        printer.push(" | ");
                    }
                    printer.pattern(alternative);
                }
            }
            Some(node) if is_plain(node, ":") && node.children.len() == 2 => {
                printer.pattern(&node.children[0]);
                printer.push(": ");
                printer.type_form(&node.children[1]);
            }
            Some(node)
                if is_plain(node, "as") && node.children.len() == 2 && node.children[1].as_symbol().is_some() =>
            {
                printer.pattern(&node.children[0]);
                printer.push(" as ");
                printer.name(node.children[1].as_symbol().unwrap_or_default(), form.span);
            }
            _ => printer.pattern(form),
        });
    }

    /// A pattern where only names, literals and brackets may stand.
    pub(super) fn pattern(&mut self, form: &'f Form) {
        match &form.kind {
            FormKind::Symbol(name) => self.name(name, form.span),
            FormKind::Null | FormKind::Bool(_) | FormKind::Str(_) => self.expression(form),
            FormKind::Int(_) => self.expression(form),
            FormKind::Float(_) | FormKind::Imaginary(_) if is_written_with_digits(form) => self.expression(form),
            FormKind::Float(value) if *value == f64::INFINITY || value.is_nan() => self.expression(form),
            FormKind::List(items) => self.list_pattern(items, form),
            FormKind::Record(entries) => self.record_pattern(entries, form),
            FormKind::Node(node) => self.pattern_node(node, form),
            _ => self.as_data(form),
        }
    }

    fn pattern_node(&mut self, node: &'f Node, form: &'f Form) {
        match (node.head.as_symbol(), &node.children[..]) {
            (Some("|"), [_, _, ..]) | (Some(":"), [_, _]) if node.props.is_empty() => self.parenthesised_pattern(form),
            (Some("as"), [_, name]) if node.props.is_empty() && name.as_symbol().is_some() => {
                self.parenthesised_pattern(form);
            }
            (Some(operator @ (".." | "..=")), [start, end])
                if node.props.is_empty() && is_bound(start) && is_bound(end) =>
            {
                if start.kind != FormKind::Null {
                    self.expression(start);
                }
                self.push(if operator == ".." { ".." } else { "..=" });
                if end.kind != FormKind::Null {
                    self.expression(end);
                }
            }
            (Some("@field"), _) if is_dotted_name(form) => self.dotted_name(form),
            (head, fields) if is_dotted_name(&node.head) && !matches!(head, Some("|" | ":" | "as" | ".." | "..=")) => {
                self.dotted_name(&node.head);
                self.push("(");
                self.separated(fields, |printer, field| match field.as_symbol() {
                    Some(name) if name.ends_with("...") => printer.rest(name, field),
                    // Without parentheses it would be a field by its name.
                    _ if field.as_node().is_some_and(|node| node.head.is_symbol(":")) => {
                        printer.parenthesised_pattern(field);
                    }
                    _ => printer.whole_pattern(field),
                });
                if !fields.is_empty() && !node.props.is_empty() {
                    self.push(", ");
                }
                self.separated(&node.props, |printer, prop| {
                    printer.argument_name(&prop.name, prop.name_span);
                    printer.push(": ");
                    printer.whole_pattern(&prop.value);
                });
                self.push(")");
            }
            _ => self.as_data(form),
        }
    }

    /// The name of a field in a class pattern, where a reserved word is none.
    fn argument_name(&mut self, name: &str, span: crate::form::Span) {
        if !crate::soc::token::is_plain_name(name) {
            self.is_inexact(span);
        }
        self.field_name(name, span);
    }

    fn parenthesised_pattern(&mut self, form: &'f Form) {
        self.push("(");
        self.whole_pattern(form);
        self.push(")");
    }

    fn list_pattern(&mut self, items: &'f [Form], form: &'f Form) {
        self.nested(form, |printer| {
            printer.push("[");
            let mut index = 0;
            while index < items.len() {
                if index > 0 {
                    printer.push(", ");
                }
                let item = &items[index];
                index += 1;
                match item.as_symbol() {
                    Some("=") => printer.as_data(item),
                    Some(name) if name.ends_with("...") => {
                        printer.rest(name, item);
                        continue;
                    }
                    _ => printer.whole_pattern(item),
                }
                if items.get(index).is_some_and(|next| next.is_symbol("=")) && index + 1 < items.len() {
                    printer.push(" = ");
                    printer.expression(&items[index + 1]);
                    index += 2;
                }
            }
            printer.push("]");
        });
    }

    fn record_pattern(&mut self, entries: &'f [Entry], form: &'f Form) {
        self.nested(form, |printer| {
            printer.push("{");
            printer.separated(entries, |printer, entry| match entry {
                Entry::Named { name, value, name_span } => {
                    printer.entry_name(name, *name_span);
                    printer.push(": ");
                    match value.as_node() {
                        Some(node) if is_plain(node, "=") && node.children.len() == 2 => {
                            printer.whole_pattern(&node.children[0]);
                            printer.push(" = ");
                            printer.expression(&node.children[1]);
                        }
                        _ => printer.whole_pattern(value),
                    }
                }
                Entry::Spread(rest) if rest.as_symbol().is_some() => {
                    printer.push("...");
                    printer.name(rest.as_symbol().unwrap_or_default(), rest.span);
                }
                Entry::Spread(other) | Entry::Computed { value: other, .. } => printer.as_data(other),
            });
            printer.push("}");
        });
    }
}

fn is_plain(node: &Node, head: &str) -> bool {
    node.head.is_symbol(head) && node.props.is_empty()
}

/// Whether this can be an end of a range in a pattern.
fn is_bound(form: &Form) -> bool {
    match form.kind {
        FormKind::Null | FormKind::Int(_) | FormKind::Str(_) => true,
        FormKind::Float(value) | FormKind::Imaginary(value) => value.is_finite(),
        _ => false,
    }
}
