//! `(enum Shape (Circle r) Point)`: the enum, and its cases by their names alone, unless the scope defines those itself.

use super::Lower;
use super::functions::plain_name;
use super::scopes::Meaning;
use crate::tree::{CaseFacts, EnumFacts, Expr, ExprKind, Field, Item, Known, VariableId};
use motet_code::Datum;
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Span};
use std::collections::HashMap;
use std::rc::Rc;

impl Lower<'_, '_> {
    pub fn enum_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let usage = self.notation("`enum Name { Case(field), Other }`", "`(enum Name (Case field) Other)`");
        let Some((name_form, written)) = node.children.split_first() else {
            return self.wrong_form(node, span, usage);
        };
        let Some(name) = name_form.as_symbol() else { return self.wrong_form(node, span, usage) };
        let open = self.type_parameters.len();
        let written = self.open_type_parameters(name, written);
        let name = plain_name(name);
        let variable = self.declare(name, name_form.span, false);
        let (mut cases, mut places): (Vec<CaseFacts>, Vec<Span>) = (Vec::new(), Vec::new());
        let mut types: Vec<Vec<Option<&Form>>> = Vec::new();
        let mut seen: HashMap<Box<str>, Span> = HashMap::new();
        for form in written {
            let Some((case, of_fields)) = self.enum_case(form) else { continue };
            types.push(of_fields);
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
        let is_typed = types.iter().flatten().any(Option::is_some);
        let typed = Expr::new(ExprKind::Bool(is_typed), span);
        let value = Expr::helper("%enum", vec![Expr::string(name, name_form.span), data, typed], span);
        let mut statements = vec![Expr::new(ExprKind::Define(variable, Box::new(value)), span)];
        if is_typed {
            // The types come when the enum exists, as they may name it.
            let mut of_case = |forms: Vec<Option<&Form>>| {
                let types = forms.into_iter().map(|form| match form {
                    Some(form) => Item::Value(self.type_value(form)),
                    None => Item::Value(Expr::new(ExprKind::Bool(false), span)),
                });
                let types = types.collect();
                Item::Value(Expr::new(ExprKind::List(types), span))
            };
            let types = types.into_iter().map(&mut of_case).collect();
            let types = Expr::new(ExprKind::List(types), span);
            let subject = Expr::new(ExprKind::Variable(variable), span);
            statements.push(Expr::helper("%enum_types", vec![subject, types], span));
        }
        self.type_parameters.truncate(open);
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

    /// The facts about a case, and the types of its fields.
    fn enum_case<'f>(&mut self, form: &'f Form) -> Option<(CaseFacts, Vec<Option<&'f Form>>)> {
        let (name, fields) = match &form.kind {
            FormKind::Symbol(name) => (Some(&**name), &[][..]),
            FormKind::Node(node) if node.head.is_symbol("@error") => return None,
            FormKind::Node(node) => (node.head.as_symbol(), &node.children[..]),
            _ => (None, &[][..]),
        };
        let fields = typed_fields(fields);
        let (Some(name), Some((fields, types))) = (name, fields) else {
            let hint = self.notation(
                "a case is a name, with its fields if it has any: `Circle(r)`, `Circle(r: Number)`",
                "a case is a name, with its fields if it has any: `(Circle r)`, `(Circle r: Number)`",
            );
            self.report(Diagnostic::error("this is not a case of an enum", form.span).hint(hint));
            return None;
        };
        for (at, field) in fields.iter().enumerate() {
            if fields[..at].contains(field) {
                self.report(Diagnostic::error(format!("the case `{name}` has two fields `{field}`"), form.span));
            }
        }
        Some((CaseFacts { name: name.into(), fields }, types))
    }
}

/// The names of a case's fields with their types: `r`, or `r:` and a type.
#[allow(clippy::type_complexity)] // Named once, used once.
fn typed_fields(forms: &[Form]) -> Option<(Vec<Box<str>>, Vec<Option<&Form>>)> {
    let (mut names, mut types) = (Vec::new(), Vec::new());
    let mut rest = forms.iter();
    while let Some(form) = rest.next() {
        let name = form.as_symbol()?;
        let typed = name.strip_suffix(':').filter(|name| !name.is_empty());
        names.push(typed.unwrap_or(name).into());
        types.push(match typed {
            Some(_) => Some(rest.next()?),
            None => None,
        });
    }
    Some((names, types))
}

/// The name of a case and its place.
pub(crate) fn case_name(form: &Form) -> Option<(&str, Span)> {
    let name = form.as_node().map_or(form, |node| &node.head);
    name.as_symbol().map(|text| (text, name.span))
}
