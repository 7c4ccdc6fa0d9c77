//! Loops and what leaves them.

use super::Lower;
use super::functions::OpenLoop;
use super::names::Found;
use crate::tree::{Expr, ExprKind, FunctionKind, Loop, LoopId, LoopKind, RangeParts};
use motet_syntax::form::{Form, Node, Span};
use motet_syntax::{Diagnostic, suggest};

impl Lower<'_, '_> {
    pub fn while_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["name"]);
        let Some((condition, body)) = node.children.split_first() else {
            return self.wrong_form(node, span, self.notation("`while (condition) { … }`", "`(while condition …)`"));
        };
        self.check_condition(condition);
        // A `break` in the condition leaves the loop around this one.
        let condition = self.scoped(condition);
        let id = self.open_loop(node);
        let body = self.block(body, span);
        self.close_loop(id, LoopKind::While(condition), body, span)
    }

    pub fn loop_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["name"]);
        let id = self.open_loop(node);
        let body = self.block(&node.children, span);
        self.close_loop(id, LoopKind::Forever, body, span)
    }

    pub fn repeat_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["name"]);
        let Some((count, body)) = node.children.split_first() else {
            return self.wrong_form(node, span, "`(repeat count …)`");
        };
        let place = count.span;
        let end = self.expr(count);
        let start = Expr::new(ExprKind::Int(0), place);
        let id = self.open_loop(node);
        let body = self.block(body, span);
        let range = RangeParts { start, end, step: None, inclusive: false };
        self.close_loop(id, LoopKind::Counted { variable: None, range }, body, span)
    }

    /// `(for x in xs e …)`, `(for i x in xs e …)`
    pub fn for_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["name"]);
        let (index, value, iterable, body) = match &node.children[..] {
            [value, word, iterable, body @ ..] if word.is_symbol("in") => (None, value, iterable, body),
            [index, value, word, iterable, body @ ..] if word.is_symbol("in") => (Some(index), value, iterable, body),
            _ => return self.wrong_form(node, span, self.notation("`for (x in xs) { … }`", "`(for x in xs …)`")),
        };
        if index.is_none()
            && let Some(range) = self.counted_range(value, iterable)
        {
            return self.counted_loop(node, value, range, body, span);
        }
        if let Some(index) = index {
            self.check_walk_over_pairs(index, value, iterable);
        }
        let iterable = self.expr(iterable);
        let id = self.open_loop(node);
        self.open_scope();
        let text = self.text(value.span);
        let index = index.map(|index| self.binding_pattern(index, false));
        let value = self.binding_pattern(value, false);
        let body = self.block(body, span);
        self.close_scope();
        self.close_loop(id, LoopKind::Each { iterable, index, value, text }, body, span)
    }

    /// The parts of a range over which a loop can count: it is written in the loop and has both ends.
    fn counted_range(&mut self, value: &Form, iterable: &Form) -> Option<RangeParts> {
        value.as_symbol()?;
        let node = iterable.as_node()?;
        let normalized;
        let node = if self.is_infix(node) {
            normalized = motet_syntax::infix::normalize(node)?;
            normalized.as_node()?
        } else {
            node
        };
        let head = node.head.as_symbol().filter(|head| matches!(*head, ".." | "..=") && !self.is_bound(head))?;
        let has_ends = node.children.iter().take(2).all(|end| !matches!(end.kind, motet_syntax::form::FormKind::Null));
        // A range of floats is a list.
        let is_float = |part: &Form| matches!(part.kind, motet_syntax::form::FormKind::Float(_));
        if !has_ends || !node.props.is_empty() || node.children.iter().any(is_float) {
            return None;
        }
        self.range_parts(node, head == "..=")
    }

    fn counted_loop(&mut self, node: &Node, name: &Form, range: RangeParts, body: &[Form], span: Span) -> Expr {
        let id = self.open_loop(node);
        self.open_scope();
        let variable = match name.as_symbol() {
            Some("_") | None => None,
            Some(text) => Some(self.define_new(text, name.span, false)),
        };
        let body = self.block(body, span);
        self.close_scope();
        self.close_loop(id, LoopKind::Counted { variable, range }, body, span)
    }

    fn open_loop(&mut self, node: &Node) -> LoopId {
        let label = match node.prop("name") {
            None => None,
            Some(form) => match form.as_symbol() {
                Some(name) => Some(name.into()),
                None => {
                    self.report(Diagnostic::error("a label is a name", form.span));
                    None
                }
            },
        };
        let frame = self.frame_mut();
        let id = LoopId(frame.next_loop);
        frame.next_loop += 1;
        frame.loops.push(OpenLoop { id, label, has_value: false });
        id
    }

    fn close_loop(&mut self, id: LoopId, kind: LoopKind, body: Expr, span: Span) -> Expr {
        let open = self.frame_mut().loops.pop();
        let has_value = open.is_some_and(|open| open.has_value);
        Expr::new(ExprKind::Loop(Box::new(Loop { id, kind, body, has_value })), span)
    }

    pub fn break_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["from"]);
        let value = match &node.children[..] {
            [] => None,
            [name] if self.is_mistaken_label(name) => {
                let label = name.as_symbol().unwrap_or("");
                self.unknown_label(label, name.span);
                return Expr::null(span);
            }
            [value] => Some(self.boxed(value)),
            _ => {
                return self.wrong_form(
                    node,
                    span,
                    self.notation("`break` with one value at most", "`(break)` or `(break value)`"),
                );
            }
        };
        let Some(at) = self.loop_to_leave(node, "break", span) else { return Expr::null(span) };
        let open = &mut self.frame_mut().loops[at];
        open.has_value |= value.is_some();
        Expr::new(ExprKind::Break(open.id, value), span)
    }

    pub fn continue_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["from"]);
        if !node.children.is_empty() {
            return self.wrong_form(node, span, self.notation("`continue` without a value", "`(continue)`"));
        }
        let Some(at) = self.loop_to_leave(node, "continue", span) else { return Expr::null(span) };
        let id = self.frame().loops[at].id;
        Expr::new(ExprKind::Continue(id), span)
    }

    /// The open loop that a `break` or `continue` is about.
    fn loop_to_leave(&mut self, node: &Node, head: &str, span: Span) -> Option<usize> {
        let loops = &self.frame().loops;
        let Some(from) = node.prop("from") else {
            if let Some(last) = loops.len().checked_sub(1) {
                return Some(last);
            }
            let diagnostic = Diagnostic::error(format!("`{head}` outside of a loop"), span);
            let in_thunk = self.frame().kind == FunctionKind::Thunk
                && self.frames.iter().rev().skip(1).any(|frame| !frame.loops.is_empty());
            let diagnostic = if in_thunk {
                diagnostic.hint("the loop around it belongs to other code: this block runs on its own")
            } else if self.frame().kind != FunctionKind::Main {
                diagnostic.hint("to leave a function, use `return`")
            } else {
                diagnostic.hint("`break` and `continue` stand inside `for`, `while`, `loop` and `repeat`")
            };
            self.report(diagnostic);
            return None;
        };
        let label = from.as_symbol().unwrap_or("");
        if let Some(at) = loops.iter().rposition(|open| open.label.as_deref() == Some(label)) {
            return Some(at);
        }
        self.unknown_label(label, from.span);
        None
    }

    /// `.soc` reads `break name` as a value if no loop around it has that label; a name that means nothing else is meant as
    /// a label.
    fn is_mistaken_label(&self, form: &Form) -> bool {
        let means_nothing = |name: &str| matches!(self.look_up(name), Found::Nothing);
        form.as_symbol()
            .is_some_and(|name| !matches!(name, "self" | "super") && !name.starts_with('$') && means_nothing(name))
    }

    fn unknown_label(&mut self, label: &str, span: Span) {
        let loops = &self.frame().loops;
        let labels: Vec<Box<str>> = loops.iter().filter_map(|open| open.label.clone()).collect();
        let mut diagnostic = Diagnostic::error(format!("no loop around is labelled `{label}`"), span);
        if let Some(near) = suggest(label, labels.iter().map(|label| &**label)) {
            diagnostic = diagnostic.hint(format!("did you mean `{near}`?"));
        } else {
            let labelled = if self.source.gene {
                format!("(for ^name {label} …)")
            } else {
                format!("{label}: for (…) {{ … }}")
            };
            diagnostic = diagnostic.hint(format!("name the loop to leave: `{labelled}`"));
        }
        self.report(diagnostic);
    }
}
