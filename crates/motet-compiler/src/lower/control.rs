//! Blocks, conditions, `return`, `throw`, `yield`, `try`, `assert`, `hold`.

use super::Lower;
use super::names::Found;
use crate::tree::{Assert, Catch, Expr, ExprKind, FunctionKind, If, Try};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, Node, Span};

impl Lower<'_, '_> {
    pub fn do_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        self.block(&node.children, span)
    }

    /// `(if c e … elif d e … else e …)`
    pub fn if_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        self.check_two_branches(node, span);
        let mut branches = Vec::new();
        let mut otherwise = None;
        let mut rest = &node.children[..];
        loop {
            let Some((condition, after)) = rest.split_first() else {
                return self.wrong_form(node, span, "`(if condition … else …)`");
            };
            self.check_condition(condition);
            let condition = self.expr(condition);
            let after = match after.split_first() {
                Some((then, after)) if then.is_symbol("then") => after,
                _ => after,
            };
            let end =
                after.iter().position(|form| form.is_symbol("elif") || form.is_symbol("else")).unwrap_or(after.len());
            let body = self.block(&after[..end], place_of(&after[..end], span));
            branches.push((condition, body));
            match after.get(end) {
                None => break,
                Some(word) if word.is_symbol("else") => {
                    let body = &after[end + 1..];
                    otherwise = Some(self.block(body, place_of(body, span)));
                    break;
                }
                Some(_) => rest = &after[end + 1..],
            }
        }
        Expr::new(ExprKind::If(Box::new(If { branches, otherwise })), span)
    }

    /// `(ifel c a b)`
    pub fn ifel_form(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [condition, yes, no] => {
                self.check_condition(condition);
                let condition = self.expr(condition);
                let branches = vec![(condition, self.scoped(yes))];
                let otherwise = Some(self.scoped(no));
                Expr::new(ExprKind::If(Box::new(If { branches, otherwise })), span)
            }
            [condition, yes] => {
                self.check_condition(condition);
                let condition = self.expr(condition);
                let branches = vec![(condition, self.scoped(yes))];
                Expr::new(ExprKind::If(Box::new(If { branches, otherwise: None })), span)
            }
            _ => self.wrong_form(node, span, self.notation("`if (condition, a, b)`", "`(ifel condition a b)`")),
        }
    }

    /// `(e ?)`: what a result or option holds; a failed one leaves the function as it is.
    pub fn unwrap_form(&mut self, value: &Form, span: Span) -> Expr {
        self.open_scope();
        let value = self.expr(value);
        let held = self.hidden_variable("held", span);
        let define = Expr::new(ExprKind::Define(held, Box::new(value)), span);
        let variable = || Expr::new(ExprKind::Variable(held), span);
        let leave = match self.refused_return("?", span) {
            Some(error) => error,
            None => Expr::new(ExprKind::Return(Some(Box::new(variable()))), span),
        };
        let good = Expr::helper("%is_good", vec![variable()], span);
        let branches = vec![(good, Expr::helper("%payload", vec![variable()], span))];
        let choice = Expr::new(ExprKind::If(Box::new(If { branches, otherwise: Some(leave) })), span);
        self.finish_block(vec![define, choice], span)
    }

    /// The error where no `return` may stand.
    fn refused_return(&mut self, word: &str, span: Span) -> Option<Expr> {
        if self.frame().is_scope {
            let error = Diagnostic::error(format!("`{word}` cannot leave a `scope`: its tasks come first"), span);
            let hint = self.notation(
                "the value of a scope is its last expression: `let result = scope { … }`, then return that",
                "the value of a scope is its last expression: `(let result (scope …))`, then return that",
            );
            return Some(self.fail(error.hint(hint)));
        }
        if self.frame().kind == FunctionKind::Main {
            let hint = match word {
                "?" => "what holds no value leaves the function around it; here, `match` looks at both",
                _ => "to end a program early, put its code into a function, or call `exit`",
            };
            let error = Diagnostic::error(format!("`{word}` outside of a function"), span).hint(hint);
            return Some(self.fail(error));
        }
        None
    }

    pub fn return_form(&mut self, node: &Node, span: Span) -> Expr {
        if let Some(error) = self.refused_return("return", span) {
            return error;
        }
        match self.frame().kind {
            FunctionKind::Constructor if !node.children.is_empty() => {
                return self.fail(
                    Diagnostic::error("a constructor returns the instance, nothing else", span)
                        .hint("write `return` without a value"),
                );
            }
            _ => {}
        }
        match &node.children[..] {
            [] => Expr::new(ExprKind::Return(None), span),
            [value] => {
                let value = self.boxed(value);
                Expr::new(ExprKind::Return(Some(value)), span)
            }
            _ => self.wrong_form(
                node,
                span,
                self.notation("`return` with one value at most", "`(return)` or `(return value)`"),
            ),
        }
    }

    pub fn throw_form(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [value] => Expr::new(ExprKind::Throw(self.boxed(value)), span),
            _ => self.wrong_form(node, span, self.notation("`throw value`", "`(throw value)`")),
        }
    }

    fn refuse_yield(&mut self, head: &str, span: Span) -> bool {
        let allowed = self.frame().generator;
        if !allowed {
            self.report(if self.frame().is_scope {
                Diagnostic::error(format!("`{head}` cannot leave a `scope`: its tasks come first"), span)
                    .hint("collect the values in the scope, and yield them behind it")
            } else {
                Diagnostic::error(format!("`{head}` outside of a generator"), span).hint(self.notation(
                    "`fn* name(…) { … }` and `generate { … }` make generators",
                    "`(fn* name […] …)` and `(generate …)` make generators",
                ))
            });
        }
        !allowed
    }

    pub fn yield_form(&mut self, node: &Node, span: Span) -> Expr {
        if self.refuse_yield("yield", span) {
            return Expr::null(span);
        }
        match &node.children[..] {
            [] => Expr::new(ExprKind::Yield(Box::new(Expr::null(span))), span),
            [value] => Expr::new(ExprKind::Yield(self.boxed(value)), span),
            _ => self.wrong_form(node, span, self.notation("`yield` with one value at most", "`(yield value)`")),
        }
    }

    pub fn yield_all_form(&mut self, node: &Node, span: Span) -> Expr {
        if self.refuse_yield("yield*", span) {
            return Expr::null(span);
        }
        match &node.children[..] {
            [value] => Expr::new(ExprKind::YieldAll(self.boxed(value)), span),
            _ => self.wrong_form(node, span, self.notation("`yield* values`", "`(yield* values)`")),
        }
    }

    /// Both forms of `try`: clauses as nodes (from `.soc`), or flat (from `.gene`).
    pub fn try_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let is_clause = |form: &Form| {
            form.is_symbol("catch") || form.is_symbol("finally") || form.is_node("catch") || form.is_node("finally")
        };
        let body_end = node.children.iter().position(is_clause).unwrap_or(node.children.len());
        let body = self.block(&node.children[..body_end], span);
        let mut catches = Vec::new();
        let mut finally: Option<Expr> = None;
        let mut rest = &node.children[body_end..];
        while let Some((clause, after)) = rest.split_first() {
            let end = after.iter().position(is_clause).unwrap_or(after.len());
            let (mut parts, mut next) = (&after[..end], &after[end..]);
            if let Some(clause) = clause.as_node() {
                (parts, next) = (&clause.children[..], after);
                if clause.head.is_symbol("catch") {
                    if self.source.gene
                        && clause.props.is_empty()
                        && parts.first().is_some_and(|part| part.as_symbol().is_some())
                    {
                        let hint = "write `(try … catch e …)`, of one class `(try … catch Error e …)`";
                        let message = "`catch` stands in `try` without parentheses of its own";
                        return self.fail(Diagnostic::error(message, clause.head.span).hint(hint));
                    }
                    self.only_properties(clause, &["class", "as"]);
                    let name = clause.prop("as").and_then(|form| Some((form.as_symbol()?, form.span)));
                    catches.push(self.catch(clause.prop("class"), name, parts, clause.head.span));
                    rest = next;
                    continue;
                }
            } else if clause.is_symbol("catch") {
                let Some((class, body)) = parts.split_first() else {
                    return self.wrong_form(node, span, "`(try … catch Class name … finally …)`");
                };
                // A name in small letters that the program has not given to a class is the error's.
                if let Some(name) = class.as_symbol()
                    && name.starts_with(|first: char| first.is_lowercase() || first == '_')
                    && !matches!(self.look_up(name), Found::Variable(_) | Found::TooEarly(_))
                {
                    catches.push(self.catch(None, Some((name, class.span)), body, clause.span));
                    rest = next;
                    continue;
                }
                let class = (!class.is_symbol("*")).then_some(class);
                // After the class, a symbol that is followed by more is the name.
                let (name, body) = match body {
                    [name, body @ ..] if !body.is_empty() && name.as_symbol().is_some() => {
                        (name.as_symbol().map(|text| (text, name.span)), body)
                    }
                    _ => (None, body),
                };
                catches.push(self.catch(class, name, body, clause.span));
                rest = next;
                continue;
            }
            if finally.is_some() {
                self.report(Diagnostic::error("a `try` has one `finally`", clause.span));
            }
            finally = Some(self.block(parts, clause.span));
            rest = next;
        }
        if catches.is_empty() && finally.is_none() {
            let hint = self.notation("add `catch (e) { … }`", "write `(try … catch e …)`");
            return self.fail(Diagnostic::error("`try` without `catch` or `finally`", span).hint(hint));
        }
        Expr::new(ExprKind::Try(Box::new(Try { body, catches, finally })), span)
    }

    fn catch(&mut self, class: Option<&Form>, name: Option<(&str, Span)>, body: &[Form], span: Span) -> Catch {
        let class =
            class.map(|class| if self.is_type_form(class) { self.type_value(class) } else { self.class_value(class) });
        self.open_scope();
        let variable = name.filter(|(name, _)| *name != "_").map(|(name, span)| self.define_new(name, span, false));
        let body = self.block(body, span);
        self.close_scope();
        Catch { class, variable, body }
    }

    /// `(assert e message?)`
    pub fn assert_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let (condition, message) = match &node.children[..] {
            [condition] => (condition, None),
            [condition, message] => (condition, Some(message)),
            _ => {
                return self.wrong_form(
                    node,
                    span,
                    self.notation(
                        "`assert(condition)` or `assert(condition, message)`",
                        "`(assert condition)` or `(assert condition message)`",
                    ),
                );
            }
        };
        let text = self.text(condition.span);
        let condition = self.expr(condition);
        let message = message.map(|message| self.expr(message));
        Expr::new(ExprKind::Assert(Box::new(Assert { condition, message, text })), span)
    }

    /// `(hold e …)`
    pub fn hold_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let body = self.block(&node.children, span);
        let exit = Expr::helper("%hold_exit", Vec::new(), span);
        let held = Expr::new(ExprKind::Try(Box::new(Try { body, catches: Vec::new(), finally: Some(exit) })), span);
        Expr::block(vec![Expr::helper("%hold_enter", Vec::new(), span), held], span)
    }
}

/// The place of a body, for code that is not about one of its forms.
pub(crate) fn place_of(body: &[Form], otherwise: Span) -> Span {
    match (body.first(), body.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => otherwise,
    }
}
