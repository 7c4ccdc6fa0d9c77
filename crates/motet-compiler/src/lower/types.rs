//! Types: names are values that are looked up, composite ones are made by helpers.

use super::Lower;
use super::names::Found;
use crate::tree::{Expr, ExprKind, Item, Known, RecordItem, Type};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};

/// Types of objects whose names programs like to give to cases of their own: there, the case is meant.
const GIVES_WAY: [&str; 10] =
    ["Channel", "Computed", "Duration", "Effect", "File", "Job", "Message", "Mutex", "Signal", "Thread"];

impl Lower<'_, '_> {
    /// A type that values are checked against. `(optional T)` and `(| A B)` come apart, so that checking builds nothing.
    pub fn type_of(&mut self, form: &Form) -> Type {
        if let Some(node) = form.as_node() {
            if let Some(union) = union_of(node, form.span) {
                return self.type_of(&union);
            }
            if node.head.is_symbol("optional")
                && let [inner] = &node.children[..]
            {
                let mut check = self.type_of(inner);
                check.or_null = true;
                check.span = form.span;
                return check;
            }
            if node.head.is_symbol("|") && node.children.len() > 1 {
                let alternatives = node.children.iter().map(|child| self.type_value(child)).collect();
                return Type { span: form.span, or_null: false, alternatives, whole: Some(self.type_value(form)) };
            }
        }
        Type { span: form.span, or_null: false, alternatives: vec![self.type_value(form)], whole: None }
    }

    /// A type as a value.
    pub fn type_value(&mut self, form: &Form) -> Expr {
        if self.depth >= super::MAX_DEPTH {
            return self.fail(Diagnostic::error("this type is nested too deep", form.span));
        }
        self.depth += 1;
        let value = match &form.kind {
            FormKind::List(items) => match &items[..] {
                [element] => self.type_helper("%type_list", &[element], form.span),
                _ => self.fail(
                    Diagnostic::error("the type of a list names the type of its elements", form.span)
                        .hint("write `[Int]`"),
                ),
            },
            FormKind::Record(entries) => self.record_type(entries, form.span),
            FormKind::Node(node) => self.composite_type(node, form),
            FormKind::Null => self.expr(&Form::symbol("Null", form.span)),
            FormKind::Bool(_) | FormKind::Int(_) | FormKind::Float(_) | FormKind::Str(_) => {
                let value = self.expr(form);
                Expr::helper("%type_literal", vec![value], form.span)
            }
            _ => self.class_value(form),
        };
        self.depth -= 1;
        value
    }

    /// Whether a form in the place of a type is one as it is written, and no expression whose value is one.
    pub fn is_type_form(&self, form: &Form) -> bool {
        match &form.kind {
            FormKind::Null | FormKind::Symbol(_) => true,
            FormKind::List(_) | FormKind::Record(_) => true,
            FormKind::Bool(_) | FormKind::Int(_) | FormKind::Float(_) | FormKind::Str(_) => true,
            FormKind::Node(node) => {
                is_gene_union(node)
                    || node.head.as_symbol().is_some_and(|head| matches!(head, "|" | "optional" | "->" | "List"))
            }
            FormKind::Imaginary(_) => false,
        }
    }

    /// A class or type by its name. Here, a name that is both a builtin's and that of an enum's case is the builtin's:
    /// `enum Token { Number(n), String(s) }` leaves the types `Number` and `String` as they were.
    pub fn class_value(&mut self, form: &Form) -> Expr {
        if let Some(name) = form.as_symbol()
            && self.type_parameters.iter().any(|parameter| **parameter == *name)
        {
            return Expr::new(ExprKind::Extern("Any".into()), form.span);
        }
        if let Some(name) = form.as_symbol()
            && (self.options.externs)(name)
            && !GIVES_WAY.contains(&name)
            && let Found::Variable(variable) = self.look_up(name)
            && matches!(self.variable(variable).known, Known::Case(..))
        {
            return Expr::new(ExprKind::Extern(name.into()), form.span);
        }
        if let Some(name) = form.as_symbol()
            && let Some(ours) = super::foreign::type_of(name)
            && matches!(self.look_up(name), Found::Extern | Found::Nothing)
            && self.alias_of(name).is_none()
            && (!(self.options.externs)(name) || name.starts_with(char::is_lowercase))
        {
            return self.fail(
                Diagnostic::error(format!("`{name}` is no type"), form.span).hint(format!("the type is `{ours}`")),
            );
        }
        self.expr(form)
    }

    fn type_helper(&mut self, helper: &str, parts: &[&Form], span: Span) -> Expr {
        let parts = parts.iter().map(|part| self.type_value(part)).collect();
        Expr::helper(helper, parts, span)
    }

    fn record_type(&mut self, entries: &[Entry], span: Span) -> Expr {
        let mut fields = Vec::new();
        for entry in entries {
            match entry {
                Entry::Named { name, value, .. } => {
                    fields.push(RecordItem::Named(name.clone(), self.type_value(value)));
                }
                Entry::Computed { key: form, .. } | Entry::Spread(form) => {
                    self.report(Diagnostic::error("the type of a record names its fields", form.span));
                }
            }
        }
        Expr::helper("%type_record", vec![Expr::new(ExprKind::Record(fields), span)], span)
    }

    fn composite_type(&mut self, node: &Node, form: &Form) -> Expr {
        let span = form.span;
        if let Some(union) = union_of(node, span) {
            return self.type_value(&union);
        }
        match (node.head.as_symbol().unwrap_or(""), &node.children[..]) {
            ("optional", [inner]) => self.type_helper("%type_optional", &[inner], span),
            ("List", [element]) => self.type_helper("%type_list", &[element], span),
            ("|", [_, ..]) => {
                let types = node.children.iter().map(|child| Item::Value(self.type_value(child))).collect();
                Expr::helper("%type_union", vec![Expr::new(ExprKind::List(types), span)], span)
            }
            ("->", [Form { kind: FormKind::List(parameters), span: place }, result]) => {
                let parameters = parameters.iter().map(|child| Item::Value(self.type_value(child))).collect();
                let parameters = Expr::new(ExprKind::List(parameters), *place);
                let result = self.type_value(result);
                Expr::helper("%type_function", vec![parameters, result], span)
            }
            ("@field" | "@error", _) => self.expr(form),
            _ => self.fail(
                Diagnostic::error("this is not a type", span)
                    .hint("types are names, `[T]`, `{name: T}`, unions, `optional` ones and function types"),
            ),
        }
    }

    /// `(type User T)`
    pub fn type_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let [name, form] = &node.children[..] else { return self.wrong_form(node, span, "`type Name = T`") };
        let Some(text) = name.as_symbol() else { return self.wrong_form(node, span, "`type Name = T`") };
        let variable = self.declare(text, name.span, false);
        let value = self.type_value(form);
        self.define(variable);
        let named = Expr::helper("%type_named", vec![Expr::string(text, name.span), value], span);
        Expr::new(ExprKind::Define(variable, Box::new(named)), span)
    }
}

/// `(A | B | C)`, as `.gene` writes it.
fn is_gene_union(node: &Node) -> bool {
    node.props.is_empty()
        && node.children.len().is_multiple_of(2)
        && !node.children.is_empty()
        && !node.head.is_symbol("|")
        && node.children.iter().step_by(2).all(|form| form.is_symbol("|"))
}

/// Such a union as the core form.
fn union_of(node: &Node, span: Span) -> Option<Form> {
    if !is_gene_union(node) {
        return None;
    }
    let alternatives = std::iter::once(&node.head).chain(node.children.iter().skip(1).step_by(2)).cloned().collect();
    Some(Form::node("|", alternatives, span))
}
