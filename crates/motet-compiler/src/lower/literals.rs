//! Lists, records, interpolated strings.

use super::Lower;
use super::functions::FunctionContext;
use crate::tree::{Expr, ExprKind, Item, RecordItem};
use motet_code::Datum;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};
use std::collections::HashMap;

impl Lower<'_, '_> {
    pub fn list(&mut self, items: &[Form], span: Span) -> Expr {
        let items = items.iter().map(|item| self.item(item)).collect();
        Expr::new(ExprKind::List(items), span)
    }

    /// An element or argument, which may be spread: `(@spread xs)`, or the symbol `xs...`.
    pub fn item(&mut self, form: &Form) -> Item {
        if let Some(node) = form.as_node()
            && node.head.is_symbol("@spread")
            && let [inner] = &node.children[..]
        {
            return Item::Spread(self.expr(inner));
        }
        if let Some(name) = form.as_symbol().and_then(|name| name.strip_suffix("..."))
            && !name.is_empty()
        {
            return Item::Spread(self.name_or_path(name, form.span));
        }
        Item::Value(self.expr(form))
    }

    fn name_or_path(&mut self, name: &str, span: Span) -> Expr {
        let inner = Form::symbol(name, span);
        self.expr(&inner)
    }

    pub fn record(&mut self, entries: &[Entry], span: Span) -> Expr {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            items.push(match entry {
                Entry::Named { name, name_span, value } => {
                    if let Some(first) = seen.insert(name, *name_span) {
                        self.report(
                            Diagnostic::error(format!("`{name}` stands twice in this record"), *name_span)
                                .place(first, "the first one")
                                .hint("remove one of them"),
                        );
                    }
                    self.own_methods.names.insert(name.clone());
                    RecordItem::Named(name.clone(), self.field_value(value))
                }
                Entry::Computed { key, value } => {
                    let key = self.expr(key);
                    RecordItem::Computed(key, self.field_value(value))
                }
                Entry::Spread(record) => RecordItem::Spread(self.expr(record)),
            });
        }
        Expr::new(ExprKind::Record(items), span)
    }

    /// The value of a record's entry or of an assignment to a field: a function there is a method if it mentions `self`.
    pub fn field_value(&mut self, form: &Form) -> Expr {
        if self.is_function_form(form) {
            self.function_value(form, FunctionContext { may_be_method: true, ..FunctionContext::default() })
        } else {
            self.expr(form)
        }
    }

    /// `(@frozen [1 2])`
    pub fn frozen(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [literal] => {
                let value = self.expr(literal);
                Expr::helper("freeze", vec![value], span)
            }
            _ => self.wrong_form(node, span, "`#[…]` or `#{…}`"),
        }
    }

    /// `(@bytes "…")`: each character is the byte of its number.
    pub fn bytes(&mut self, node: &Node, span: Span) -> Expr {
        let text = match &node.children[..] {
            [Form { kind: FormKind::Str(text), .. }] if text.chars().all(|c| u32::from(c) < 256) => text,
            _ => return self.wrong_form(node, span, "`b\"…\"`"),
        };
        let bytes = text.chars().map(|c| Datum::Int(i64::from(u32::from(c)))).collect();
        let bytes = Expr::new(ExprKind::Datum(Box::new(Datum::List(bytes))), span);
        Expr::helper("bytes", vec![bytes], span)
    }

    /// `(@str "Hi " name "!")`
    pub fn interpolation(&mut self, node: &Node, span: Span) -> Expr {
        let parts = node.children.iter().map(|part| self.expr(part)).collect();
        Expr::new(ExprKind::Concat(parts), span)
    }
}
