//! `(enum Shape (Circle r) Point)`

use super::Lower;
use crate::tree::{CaseFacts, EnumFacts, Expr, ExprKind, Known};
use motet_code::Datum;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Span};
use std::collections::HashMap;
use std::rc::Rc;

impl Lower<'_, '_> {
    pub fn enum_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let Some((name_form, written)) = node.children.split_first() else {
            return self.wrong_form(node, span, "`enum Name { Case(field), Other }`");
        };
        let Some(name) = name_form.as_symbol() else {
            return self.wrong_form(node, span, "`enum Name { Case(field), Other }`");
        };
        let variable = self.declare(name, name_form.span, false);
        let mut cases: Vec<CaseFacts> = Vec::new();
        let mut seen: HashMap<Box<str>, Span> = HashMap::new();
        for form in written {
            let Some(case) = self.enum_case(form) else { continue };
            if let Some(first) = seen.insert(case.name.clone(), form.span) {
                self.report(
                    Diagnostic::error(format!("`{name}` has two cases `{}`", case.name), form.span)
                        .place(first, "the first one"),
                );
            }
            cases.push(case);
        }
        let text = |text: &str| Datum::Str(text.into());
        let data = cases
            .iter()
            .map(|case| Datum::List(std::iter::once(&case.name).chain(&case.fields).map(|name| text(name)).collect()));
        let data = Expr::new(ExprKind::Datum(Box::new(Datum::List(data.collect()))), span);
        self.define(variable);
        self.variable_mut(variable).known = Known::Enum(Rc::new(EnumFacts { name: name.into(), cases }));
        let value = Expr::helper("%enum", vec![Expr::string(name, name_form.span), data], span);
        Expr::new(ExprKind::Define(variable, Box::new(value)), span)
    }

    fn enum_case(&mut self, form: &Form) -> Option<CaseFacts> {
        let (name, fields) = match &form.kind {
            FormKind::Symbol(name) => (Some(&**name), &[][..]),
            FormKind::Node(node) if node.head.is_symbol("@error") => return None,
            FormKind::Node(node) => (node.head.as_symbol(), &node.children[..]),
            _ => (None, &[][..]),
        };
        let fields: Option<Vec<Box<str>>> = fields.iter().map(|field| field.as_symbol().map(Into::into)).collect();
        let (Some(name), Some(fields)) = (name, fields) else {
            self.report(
                Diagnostic::error("this is not a case of an enum", form.span)
                    .hint("a case is a name, with the names of its fields if it has any: `Circle(r)`"),
            );
            return None;
        };
        for (at, field) in fields.iter().enumerate() {
            if fields[..at].contains(field) {
                self.report(Diagnostic::error(format!("the case `{name}` has two fields `{field}`"), form.span));
            }
        }
        Some(CaseFacts { name: name.into(), fields })
    }
}
