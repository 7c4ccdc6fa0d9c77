//! Types.

use super::Printer;
use super::function::is_dotted_name;
use crate::form::{Entry, Form, FormKind, Node};

impl<'f> Printer<'f> {
    pub(super) fn type_form(&mut self, form: &'f Form) {
        self.nested(form, |printer| match form.as_node() {
            Some(node) if is_plain(node, "|") && node.children.len() > 1 => {
                for (index, alternative) in node.children.iter().enumerate() {
                    if index > 0 {
                        printer.push(" | ");
                    }
                    printer.single_type(alternative);
                }
            }
            _ => printer.single_type(form),
        });
    }

    /// A type that can stand beside `|` and before `?`.
    fn single_type(&mut self, form: &'f Form) {
        match &form.kind {
            FormKind::Symbol(_) if is_dotted_name(form) => self.dotted_name(form),
            FormKind::List(elements) if elements.len() == 1 => {
                self.push("[");
                self.type_form(&elements[0]);
                self.push("]");
            }
            FormKind::Record(entries) => self.record_type(entries, form),
            FormKind::Node(node) => self.type_node(node, form),
            FormKind::Null | FormKind::Bool(_) | FormKind::Str(_) => self.expression(form),
            FormKind::Int(_) | FormKind::Float(_) | FormKind::Imaginary(_) if is_written_with_digits(form) => {
                self.expression(form);
            }
            _ => self.as_data(form),
        }
    }

    fn record_type(&mut self, entries: &'f [Entry], form: &'f Form) {
        if !entries.iter().all(|entry| matches!(entry, Entry::Named { .. })) {
            return self.as_data(form);
        }
        self.push("{");
        self.separated(entries, |printer, entry| {
            let Entry::Named { name, value, name_span } = entry else { return };
            printer.entry_name(name, *name_span);
            match value.as_node() {
                Some(node) if is_plain(node, "optional") && node.children.len() == 1 => {
                    printer.push("?: ");
                    printer.type_form(&node.children[0]);
                }
                _ => {
                    printer.push(": ");
                    printer.type_form(value);
                }
            }
        });
        self.push("}");
    }

    fn type_node(&mut self, node: &'f Node, form: &'f Form) {
        if is_dotted_name(form) {
            return self.dotted_name(form);
        }
        if is_plain(node, "optional") && node.children.len() == 1 {
            // Two marks side by side would be an operator.
            let inner = &node.children[0];
            if inner.is_node("optional") {
                self.parenthesised_type(inner)
            } else {
                self.single_type(inner)
            }
            return self.push("?");
        }
        if is_plain(node, "->")
            && let [Form { kind: FormKind::List(parameters), .. }, result] = &node.children[..]
        {
            self.push("((");
            self.separated(parameters, Self::type_form);
            self.push(") => ");
            self.type_form(result);
            return self.push(")");
        }
        if is_plain(node, "|") && node.children.len() > 1 {
            return self.parenthesised_type(form);
        }
        let is_special = matches!(node.head.as_symbol(), Some("optional" | "->" | "|"));
        if is_dotted_name(&node.head) && node.props.is_empty() && !node.children.is_empty() && !is_special {
            self.dotted_name(&node.head);
            self.push("<");
            self.separated(&node.children, Self::type_form);
            return self.push(">");
        }
        self.as_data(form);
    }

    fn parenthesised_type(&mut self, form: &'f Form) {
        self.push("(");
        self.type_form(form);
        self.push(")");
    }
}

fn is_plain(node: &Node, head: &str) -> bool {
    node.head.is_symbol(head) && node.props.is_empty()
}

/// Not infinite, and a number at all.
pub(super) fn is_written_with_digits(form: &Form) -> bool {
    match form.kind {
        FormKind::Float(value) | FormKind::Imaginary(value) => value.is_finite(),
        _ => true,
    }
}
