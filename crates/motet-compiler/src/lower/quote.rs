//! Quoting: `` `(a %x %@xs) ``. What has no unquoted part is a constant; around unquoted parts, code builds the data.

use super::Lower;
use super::datum::datum_of;
use crate::tree::{Expr, ExprKind, Item, RecordItem};
use motet_code::Datum;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};

impl Lower<'_, '_> {
    pub fn quote_form(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [quoted] => self.quoted(quoted, 1),
            _ => self.wrong_form(node, span, "`(quote form)`"),
        }
    }

    /// Quoted data; `level` counts the quotes around it.
    fn quoted(&mut self, form: &Form, level: usize) -> Expr {
        if self.depth >= super::MAX_DEPTH {
            return self.fail(Diagnostic::error("this quoted form is nested too deep", form.span));
        }
        if !has_unquoted(form, level) {
            return constant(form);
        }
        self.depth += 1;
        let expr = self.quoted_parts(form, level);
        self.depth -= 1;
        expr
    }

    fn quoted_parts(&mut self, form: &Form, level: usize) -> Expr {
        let span = form.span;
        match &form.kind {
            FormKind::List(items) => self.quoted_list(items, level, span),
            FormKind::Record(entries) => {
                let mut items = Vec::new();
                for entry in entries {
                    items.push(match entry {
                        Entry::Named { name, value, .. } => RecordItem::Named(name.clone(), self.quoted(value, level)),
                        Entry::Spread(value) => RecordItem::Spread(self.quoted(value, level)),
                        Entry::Computed { key, value } => {
                            let key = self.quoted(key, level);
                            RecordItem::Computed(key, self.quoted(value, level))
                        }
                    });
                }
                Expr::new(ExprKind::Record(items), span)
            }
            FormKind::Node(node) => {
                let inner = match node.head.as_symbol() {
                    Some("unquote") if level == 1 => {
                        return match &node.children[..] {
                            [inner] => self.expr(inner),
                            _ => self.wrong_form(node, span, "`%form`"),
                        };
                    }
                    Some("unquote_splice") if level == 1 => {
                        return self.fail(
                            Diagnostic::error("`%@` splices into a list or into the children of a node", span)
                                .hint("use `%` for a single value"),
                        );
                    }
                    Some("unquote" | "unquote_splice") => level - 1,
                    Some("quote") => level + 1,
                    _ => level,
                };
                let head = self.quoted(&node.head, level);
                let mut props = Vec::new();
                for prop in &node.props {
                    props.push(RecordItem::Named(prop.name.clone(), self.quoted(&prop.value, inner)));
                }
                let props = Expr::new(ExprKind::Record(props), span);
                let children = self.quoted_list(&node.children, inner, span);
                Expr::helper("%node", vec![head, props, children], span)
            }
            _ => constant(form),
        }
    }

    fn quoted_list(&mut self, items: &[Form], level: usize, span: Span) -> Expr {
        let mut quoted = Vec::with_capacity(items.len());
        for item in items {
            let spliced = item.as_node().filter(|node| level == 1 && node.head.is_symbol("unquote_splice"));
            quoted.push(match spliced.map(|node| &node.children[..]) {
                Some([inner]) => Item::Spread(self.expr(inner)),
                _ => Item::Value(self.quoted(item, level)),
            });
        }
        Expr::new(ExprKind::List(quoted), span)
    }
}

/// Whether something in the form is unquoted at this level.
fn has_unquoted(form: &Form, level: usize) -> bool {
    match &form.kind {
        FormKind::List(items) => items.iter().any(|item| has_unquoted(item, level)),
        FormKind::Record(entries) => entries.iter().any(|entry| match entry {
            Entry::Named { value, .. } | Entry::Spread(value) => has_unquoted(value, level),
            Entry::Computed { key, value } => has_unquoted(key, level) || has_unquoted(value, level),
        }),
        FormKind::Node(node) => {
            let inner = match node.head.as_symbol() {
                Some("unquote" | "unquote_splice") if level == 1 => return true,
                Some("unquote" | "unquote_splice") => level - 1,
                Some("quote") => level + 1,
                _ => level,
            };
            has_unquoted(&node.head, level)
                || node.props.iter().any(|prop| has_unquoted(&prop.value, inner))
                || node.children.iter().any(|child| has_unquoted(child, inner))
        }
        _ => false,
    }
}

fn constant(form: &Form) -> Expr {
    let kind = match datum_of(form) {
        Datum::Null => ExprKind::Null,
        Datum::Bool(value) => ExprKind::Bool(value),
        Datum::Int(value) => ExprKind::Int(value),
        Datum::Float(value) => ExprKind::Float(value),
        Datum::Imaginary(value) => ExprKind::Imaginary(value),
        Datum::Str(text) => ExprKind::Str(text),
        Datum::Symbol(name) => ExprKind::Symbol(name),
        datum => ExprKind::Datum(Box::new(datum)),
    };
    Expr::new(kind, form.span)
}
