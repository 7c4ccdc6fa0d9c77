//! What those who run a program for its tests ask of it: `test` and `bench` blocks, and probes that say which lines ran.

use super::Lower;
use super::functions::{FunctionContext, FunctionParts};
use crate::tree::{Expr, ExprKind, FunctionKind};
use motet_syntax::form::{Form, FormKind, Node, Span};

/// Names inside of what is made of a `bench` block; no program writes names with blanks.
const BODY: &str = "the body";
const PASSES: &str = "the passes";

/// Forms whose own evaluation says nothing: what they hold says by itself whether it ran.
const HOLDERS: [&str; 10] = ["do", "fn", "fn*", "class", "enum", "type", "import", "macro", "test", "bench"];

impl Lower<'_, '_> {
    /// `(test "name" e …)`
    pub fn test_form(&mut self, node: &Node, span: Span) -> Expr {
        let Some((name, body)) = titled(node) else {
            return self.wrong_form(node, span, self.notation("`test \"name\" { … }`", "`(test \"name\" …)`"));
        };
        let FormKind::Str(title) = &name.kind else { unreachable!("it is titled") };
        let closure =
            self.unprobed(|lower| lower.thunk(body, &format!("test {title:?}"), FunctionContext::default(), span));
        Expr::helper("%test", vec![Expr::string(title, name.span), closure], span)
    }

    /// `(bench "name" e …)`: a function that calls the body as often as it is told.
    pub fn bench_form(&mut self, node: &Node, span: Span) -> Expr {
        let Some((name, body)) = titled(node) else {
            return self.wrong_form(node, span, self.notation("`bench \"name\" { … }`", "`(bench \"name\" …)`"));
        };
        let FormKind::Str(title) = &name.kind else { unreachable!("it is titled") };
        self.unprobed(|lower| {
            lower.open_scope();
            let closure = lower.thunk(body, &format!("bench {title:?}"), FunctionContext::default(), span);
            let variable = lower.define_new(BODY, span, false);
            let define = Expr::new(ExprKind::Define(variable, Box::new(closure)), span);
            let word = |name: &str| Form::symbol(name, span);
            let passes = Form::node("..", vec![Form::new(FormKind::Int(0), span), word(PASSES)], span);
            let turns = vec![word("_"), word("in"), passes, Form::node(BODY, Vec::new(), span)];
            let parts = FunctionParts {
                name: "".into(),
                parameters: &[word(PASSES)],
                result_type: None,
                body: &[Form::node("for", turns, span)],
                requires: &[],
                ensures: &[],
            };
            let context = FunctionContext { kind: Some(FunctionKind::Thunk), ..FunctionContext::default() };
            let repeated = Expr::new(ExprKind::Function(lower.function(&parts, &context, span)), span);
            let declared = Expr::helper("%bench", vec![Expr::string(title, name.span), repeated], span);
            lower.finish_block(vec![define, declared], span)
        })
    }

    /// Lowers what no line of is counted: tests are not what they test.
    fn unprobed(&mut self, lower: impl FnOnce(&mut Self) -> Expr) -> Expr {
        let probes = self.options.probes.take();
        let lowered = lower(self);
        self.options.probes = probes;
        lowered
    }

    /// A call that says that a statement is reached, if that is wanted.
    pub fn probe(&mut self, form: &Form) -> Option<Expr> {
        let probes = self.options.probes?;
        // What a macro made has no lines of its own; its use has been counted.
        if self.expansions > 0 {
            return None;
        }
        if form.as_node().is_some_and(only_holds) {
            return None;
        }
        let number = Expr::new(ExprKind::Int(i64::from(probes(form.span))), form.span);
        Some(Expr::helper("%covered", vec![number], form.span))
    }
}

/// Whether a statement does nothing but hold what says by itself whether it ran.
fn only_holds(node: &Node) -> bool {
    match node.head.as_symbol() {
        Some("export") => node.children.first().and_then(Form::as_node).is_none_or(only_holds),
        Some(head) => HOLDERS.contains(&head) || head == "@error",
        None => false,
    }
}

/// The name of a block, and its body.
fn titled(node: &Node) -> Option<(&Form, &[Form])> {
    let (name, body) = node.children.split_first()?;
    matches!(name.kind, FormKind::Str(_)).then_some((name, body))
}
