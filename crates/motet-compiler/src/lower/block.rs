//! Blocks: a scope, and definitions that inner functions may use before they are reached.

use super::Lower;
use crate::tree::{Block, Expr, ExprKind};
use motet_syntax::form::{Entry, Form, FormKind, Span};
use std::collections::HashSet;

impl Lower<'_, '_> {
    /// Forms with a scope of their own; the value is the last one's.
    pub fn block(&mut self, forms: &[Form], span: Span) -> Expr {
        self.open_scope();
        self.announce_definitions(forms);
        let statements = self.statements(forms);
        self.finish_block(statements, span)
    }

    /// The forms of a block, one after the other.
    pub fn statements(&mut self, forms: &[Form]) -> Vec<Expr> {
        let mut statements = Vec::with_capacity(forms.len());
        for form in forms {
            statements.extend(self.probe(form));
            let mut statement = self.expr(form);
            if !self.late_field_types.is_empty() {
                let late = self.late_types();
                if !late.is_empty() {
                    statement = self.followed_by(statement, late, form.span);
                }
            }
            statements.push(statement);
        }
        statements
    }

    /// A statement, then others, with the value of the first.
    fn followed_by(&mut self, statement: Expr, others: Vec<Expr>, span: Span) -> Expr {
        self.open_scope();
        let value = self.hidden_variable("value", span);
        let mut statements = vec![Expr::new(ExprKind::Define(value, Box::new(statement)), span)];
        statements.extend(others);
        statements.push(Expr::new(ExprKind::Variable(value), span));
        self.finish_block(statements, span)
    }

    /// One form with a scope of its own.
    pub fn scoped(&mut self, form: &Form) -> Expr {
        self.open_scope();
        if let Some(probe) = self.probe(form) {
            let statements = vec![probe, self.expr(form)];
            return self.finish_block(statements, form.span);
        }
        let statement = self.expr(form);
        if self.scope_is_empty() {
            self.close_scope();
            return statement;
        }
        self.finish_block(vec![statement], form.span)
    }

    /// Closes the innermost scope around its statements.
    pub fn finish_block(&mut self, mut statements: Vec<Expr>, span: Span) -> Expr {
        let variables = self.close_scope();
        if variables.is_empty() && statements.len() == 1 {
            return statements.remove(0);
        }
        let assigns = statements.iter().any(|statement| statement.assigns);
        let mut block = Expr::new(ExprKind::Block(Box::new(Block { statements, variables })), span);
        block.assigns = assigns;
        block
    }

    /// Announces what these forms define, so that functions among them can use what comes later.
    pub fn announce_definitions(&mut self, forms: &[Form]) {
        let mut found = Vec::new();
        for form in forms {
            definitions(form, &mut found);
        }
        let mut cases = Vec::new();
        for form in forms {
            enum_cases(form, &mut cases);
        }
        if !cases.is_empty() {
            // What is defined as such is meant, else the first case of the name.
            let mut defined: HashSet<&str> = found.iter().map(|(name, ..)| *name).collect();
            cases.retain(|(name, ..)| defined.insert(name));
            found.extend(cases);
        }
        for (name, span, mutable) in found.into_iter().rev() {
            self.announce(name, span, mutable);
        }
    }
}

/// The names that a form defines in the scope it stands in.
pub(crate) fn definitions<'f>(form: &'f Form, found: &mut Vec<(&'f str, Span, bool)>) {
    let Some(node) = form.as_node() else { return };
    let (Some(head), Some(first)) = (node.head.as_symbol(), node.children.first()) else { return };
    match head {
        "let" | "var" => match first.as_symbol() {
            Some(name) => {
                let name = name.strip_suffix(':').filter(|name| !name.is_empty()).unwrap_or(name);
                found.push((name, first.span, head == "var"));
            }
            None => pattern_names(first, head == "var", found),
        },
        "import" => {
            let names = node.children.iter().take_while(|child| !child.is_symbol("from"));
            for (name, span) in names.filter_map(|child| Some((child.as_symbol()?, child.span))) {
                let local = name.split_once(':').map_or(name, |(_, local)| local);
                if !matches!(local, "*" | "as") {
                    found.push((local, span, false));
                }
            }
        }
        "fn" | "fn*" => {
            if let Some(name) = first.as_symbol() {
                found.push((super::functions::plain_name(name), first.span, false));
            }
        }
        "class" | "enum" | "type" => {
            if let Some(name) = first.as_symbol() {
                found.push((super::functions::plain_name(name), first.span, false));
            }
        }
        // A macro expands where it stands, so `export` nests at most one definition.
        "export" => node.children.iter().for_each(|child| match child.as_node() {
            Some(inner) if !inner.head.is_symbol("export") => definitions(child, found),
            _ => {}
        }),
        _ => {}
    }
}

/// The names of the cases of an enum that a form defines.
fn enum_cases<'f>(form: &'f Form, found: &mut Vec<(&'f str, Span, bool)>) {
    let Some(node) = form.as_node() else { return };
    let Some((first, cases)) = node.children.split_first() else { return };
    if node.head.is_symbol("enum") && first.as_symbol().is_some() {
        let names = cases.iter().filter(|case| !case.is_node("@error")).filter_map(super::enums::case_name);
        found.extend(names.map(|(name, place)| (name, place, false)));
    } else if node.head.is_symbol("export") && first.is_node("enum") {
        enum_cases(first, found);
    }
}

/// The names in a pattern that a list or record pattern binds directly; rarer patterns are not announced.
fn pattern_names<'f>(pattern: &'f Form, mutable: bool, found: &mut Vec<(&'f str, Span, bool)>) {
    match &pattern.kind {
        FormKind::Symbol(name) => {
            let name = name.strip_suffix("...").or_else(|| name.strip_suffix(':')).unwrap_or(name);
            let looked_up = name.starts_with(char::is_uppercase);
            if !looked_up && !matches!(name, "" | "_" | "=") {
                found.push((name, pattern.span, mutable));
            }
        }
        FormKind::List(items) => {
            let mut items = items.iter();
            while let Some(item) = items.next() {
                if item.is_symbol("=") {
                    // The default is no pattern.
                    items.next();
                } else {
                    pattern_names(item, mutable, found);
                    if motet_syntax::typed::has_type(item) {
                        // The type behind it.
                        items.next();
                    }
                }
            }
        }
        FormKind::Record(entries) => {
            for entry in entries {
                match entry {
                    Entry::Named { value, .. } | Entry::Spread(value) => pattern_names(value, mutable, found),
                    Entry::Computed { .. } => {}
                }
            }
        }
        FormKind::Node(node) if [":", "=", "as"].iter().any(|head| node.head.is_symbol(head)) => {
            if let Some(inner) = node.children.first() {
                pattern_names(inner, mutable, found);
            }
        }
        _ => {}
    }
}
