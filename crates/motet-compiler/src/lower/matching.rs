//! `match` and `case`.

use super::Lower;
use super::control::place_of;
use crate::tree::{Arm, Expr, ExprKind, Match, Pattern, PatternKind};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Span};
use motet_syntax::typed::{has_type, typed};

impl Lower<'_, '_> {
    /// `(match v (pattern e …) …)`; guards are `^if g`.
    pub fn match_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let Some((subject, written)) = node.children.split_first() else {
            return self.wrong_form(
                node,
                span,
                self.notation("`match value { pattern => result, … }`", "`(match value (pattern result …) …)`"),
            );
        };
        let subject = self.expr(subject);
        let mut arms = Vec::with_capacity(written.len());
        for arm in written {
            let Some(arm_node) = arm.as_node() else {
                self.report(
                    Diagnostic::error("this is not an arm of `match`", arm.span).hint("an arm is `(pattern result …)`"),
                );
                continue;
            };
            if arm_node.head.is_symbol("@error") {
                continue;
            }
            for prop in arm_node.props.iter().filter(|prop| &*prop.name != "if") {
                self.report(
                    Diagnostic::error(format!("an arm has no property `^{}`", prop.name), prop.name_span)
                        .hint("a guard is `^if condition`"),
                );
            }
            self.open_scope();
            let (pattern, body) = first_pattern(&arm_node.head, &arm_node.children);
            let pattern = self.arm_pattern(&pattern);
            let guard = arm_node.prop("if").map(|guard| self.scoped(guard));
            let body = self.block(body, place_of(body, arm.span));
            self.close_scope();
            arms.push(Arm { pattern, guard, body });
        }
        Expr::new(ExprKind::Match(Box::new(Match { subject, arms, total: true })), span)
    }

    /// `(case v when e … when e … else …)`
    pub fn case_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let is_word = |form: &Form| form.is_symbol("when") || form.is_symbol("else");
        let Some((subject, mut rest)) = node.children.split_first() else {
            return self.wrong_form(node, span, "`(case value when candidate … else …)`");
        };
        let subject = self.expr(subject);
        let mut arms = Vec::new();
        while let Some((word, after)) = rest.split_first() {
            let end = after.iter().position(is_word).unwrap_or(after.len());
            let (parts, next) = after.split_at(end);
            self.open_scope();
            let (pattern, body) = if word.is_symbol("when") {
                let Some((candidate, body)) = parts.split_first() else {
                    self.close_scope();
                    return self.fail(Diagnostic::error("a value is missing after `when`", word.span));
                };
                let (candidate, body) = first_pattern(candidate, body);
                (self.candidate(&candidate), body)
            } else if word.is_symbol("else") {
                (Pattern::new(PatternKind::Wildcard, word.span), parts)
            } else {
                self.close_scope();
                return self.wrong_form(node, span, "`(case value when candidate … else …)`");
            };
            let body = self.block(body, place_of(body, word.span));
            self.close_scope();
            arms.push(Arm { pattern, guard: None, body });
            rest = next;
        }
        Expr::new(ExprKind::Match(Box::new(Match { subject, arms, total: false })), span)
    }

    /// What follows `when`: a pattern that is more than a name or a literal, a value to compare with, or a range to lie in.
    fn candidate(&mut self, form: &Form) -> Pattern {
        if is_pattern(form) {
            return self.arm_pattern(form);
        }
        let value = self.expr(form);
        let kind = match value.kind {
            ExprKind::Range(parts) if parts.step.is_none() => PatternKind::Range(parts),
            _ => PatternKind::Equal(value),
        };
        Pattern::new(kind, form.span)
    }
}

/// The pattern that an arm begins with and what follows it: `x: T` are two forms.
fn first_pattern<'f>(first: &Form, rest: &'f [Form]) -> (Form, &'f [Form]) {
    match rest.split_first() {
        Some((kind, body)) if has_type(first) => (typed(first, kind), body),
        _ => (first.clone(), rest),
    }
}

/// Whether this can only be a pattern: a list, a record, `_`, a class or case, alone or with its fields, alternatives. A
/// name in small letters is a variable whose value is compared.
fn is_pattern(form: &Form) -> bool {
    let is_capitalised = |form: &Form| form.as_symbol().is_some_and(|name| name.starts_with(char::is_uppercase));
    match &form.kind {
        FormKind::Symbol(name) => &**name == "_" || is_capitalised(form),
        FormKind::List(_) | FormKind::Record(_) => true,
        FormKind::Node(node) if motet_syntax::infix::is_infix(node) => false,
        FormKind::Node(node) => match node.head.as_symbol() {
            Some("|" | "as" | ":") => true,
            Some("@field") => node.children.get(1).is_some_and(is_capitalised),
            Some(_) => is_capitalised(&node.head),
            None => node
                .head
                .as_node()
                .is_some_and(|head| head.head.is_symbol("@field") && head.children.get(1).is_some_and(is_capitalised)),
        },
        _ => false,
    }
}
