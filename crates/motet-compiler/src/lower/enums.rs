//! `(enum Shape (Circle r) Point)`: the enum, and its cases by their names alone, unless the scope defines those itself.

use super::Lower;
use super::scopes::Meaning;
use crate::tree::{CaseFacts, EnumFacts, Expr, ExprKind, Field, Known, VariableId};
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
        let (mut cases, mut places): (Vec<CaseFacts>, Vec<Span>) = (Vec::new(), Vec::new());
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
            places.push(case_name(form).map_or(form.span, |(_, place)| place));
        }
        let text = |text: &str| Datum::Str(text.into());
        let data = cases
            .iter()
            .map(|case| Datum::List(std::iter::once(&case.name).chain(&case.fields).map(|name| text(name)).collect()));
        let data = Expr::new(ExprKind::Datum(Box::new(Datum::List(data.collect()))), span);
        self.define(variable);
        let facts = Rc::new(EnumFacts { name: name.into(), cases });
        self.know(variable, Known::Enum(facts.clone()));
        let value = Expr::helper("%enum", vec![Expr::string(name, name_form.span), data], span);
        let mut statements = vec![Expr::new(ExprKind::Define(variable, Box::new(value)), span)];
        for (at, (case, place)) in facts.cases.iter().zip(places).enumerate() {
            let Some(of_case) = self.declare_case(&case.name, place) else { continue };
            self.define(of_case);
            self.know(of_case, Known::Case(facts.clone(), at));
            let object = Expr::new(ExprKind::Variable(variable), place);
            let field = Field { object, name: case.name.clone(), optional: false };
            let value = Expr::new(ExprKind::Field(Box::new(field)), place);
            statements.push(Expr::new(ExprKind::Define(of_case, Box::new(value)), place));
        }
        statements.push(Expr::new(ExprKind::Variable(variable), span));
        Expr::block(statements, span)
    }

    /// The variable for a case's name alone; none if the scope gives the name another meaning.
    fn declare_case(&mut self, name: &str, place: Span) -> Option<VariableId> {
        if self.means_something_else(name, place) { None } else { Some(self.declare(name, place, false)) }
    }

    /// Whether the innermost scope has a name that was not announced for the case at this place.
    fn means_something_else(&self, name: &str, place: Span) -> bool {
        let innermost = self.scopes.len() - 1;
        let Some(bindings) = self.names.get(name) else { return false };
        let mut here = bindings.iter().rev().take_while(|binding| binding.scope == innermost);
        here.any(|binding| match binding.meaning {
            Meaning::Macro(_) => true,
            Meaning::Variable(variable) => {
                let found = self.variable(variable);
                found.defined || found.span != place
            }
        })
    }

    fn enum_case(&mut self, form: &Form) -> Option<CaseFacts> {
        let (name, fields) = match &form.kind {
            FormKind::Symbol(name) => (Some(&**name), &[][..]),
            FormKind::Node(node) if node.head.is_symbol("@error") => return None,
            FormKind::Node(node) => (node.head.as_symbol(), &node.children[..]),
            _ => (None, &[][..]),
        };
        if let Some(typed) = fields.iter().find(|field| field.as_symbol().is_some_and(|name| name.ends_with(':'))) {
            self.report(
                Diagnostic::error("the fields of a case have no types", typed.span)
                    .hint("leave the type out, and check the value in the function that makes the case"),
            );
        }
        let fields = field_names(fields);
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

/// The names of a case's fields: `r`, or `r:` and a type.
fn field_names(forms: &[Form]) -> Option<Vec<Box<str>>> {
    let mut names = Vec::new();
    let mut rest = forms.iter();
    while let Some(form) = rest.next() {
        let name = form.as_symbol()?;
        if let Some(name) = name.strip_suffix(':').filter(|name| !name.is_empty()) {
            rest.next()?;
            names.push(name.into());
        } else {
            names.push(name.into());
        }
    }
    Some(names)
}

/// The name of a case and its place.
pub(crate) fn case_name(form: &Form) -> Option<(&str, Span)> {
    let name = form.as_node().map_or(form, |node| &node.head);
    name.as_symbol().map(|text| (text, name.span))
}
