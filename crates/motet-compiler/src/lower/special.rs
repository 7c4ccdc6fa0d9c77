//! What a node means: infix, a method call, a special form, a macro's use, or a call.

use super::Lower;
use super::functions::FunctionContext;
use super::scopes::Meaning;
use crate::tree::{Arithmetic, Comparison, Compound, Expr, ExprKind};
use motet_syntax::form::{Form, FormKind, Node};
use motet_syntax::{Diagnostic, suggest};

impl Lower<'_, '_> {
    pub fn node(&mut self, node: &Node, form: &Form) -> Expr {
        let head = match &node.head.kind {
            FormKind::Symbol(head) => &**head,
            _ => "",
        };
        // Heads that only readers make are neither infix nor hidden by a binding.
        if !head.starts_with('@') {
            if self.is_infix(node) {
                return self.infix(node, form.span);
            }
            if let Some(name) = method_name(node) {
                return self.dotted_call(node, name, form.span);
            }
            if let Some(bindings) = self.names.get(head)
                && let Some(binding) = bindings.last()
            {
                if let Meaning::Macro(function) = &binding.meaning {
                    let function = function.clone();
                    return self.macro_use(head, &function, node, form.span);
                }
                return self.call_form(node, form.span);
            }
        }
        match self.special(head, node, form) {
            Some(expr) => expr,
            None => self.call_form(node, form.span),
        }
    }

    /// The special forms; none if the head is not one.
    fn special(&mut self, head: &str, node: &Node, form: &Form) -> Option<Expr> {
        if let Some(expr) = self.operator(head, node, form) {
            return Some(expr);
        }
        let span = form.span;
        Some(match head {
            "@error" => Expr::null(span),
            "@call" => self.explicit_call(node, span),
            "@field" | "@field?" | "@index" | "@index?" | "@method" | "@method?" => self.link(node, head, span),
            "@str" => self.interpolation(node, span),
            "@spread" => self.fail(
                Diagnostic::error("`...` stands only in calls, lists and records", span)
                    .hint("to pass a list's elements, write it among the arguments of a call"),
            ),
            "let" | "var" => self.let_form(node, head == "var", span),
            "do" => self.do_form(node, span),
            "if" => self.if_form(node, span),
            "ifel" => self.ifel_form(node, span),
            "while" => self.while_form(node, span),
            "loop" => self.loop_form(node, span),
            "repeat" => self.repeat_form(node, span),
            "for" => self.for_form(node, span),
            "break" => self.break_form(node, span),
            "continue" => self.continue_form(node, span),
            "return" => self.return_form(node, span),
            "throw" => self.throw_form(node, span),
            "yield" => self.yield_form(node, span),
            "yield*" => self.yield_all_form(node, span),
            "match" => self.match_form(node, span),
            "case" => self.case_form(node, span),
            "try" => self.try_form(node, span),
            "test" => self.test_form(node, span),
            "assert" => self.assert_form(node, span),
            "hold" => self.hold_form(node, span),
            "fn" | "fn*" => self.fn_form(node, form),
            "rec" => self.rec_form(node, span),
            "->" => self.pipeline(node, span),
            "generate" => self.called_thunk(
                node,
                "generate",
                FunctionContext { generator: true, ..FunctionContext::default() },
                span,
            ),
            "async" => self.async_form(node, span),
            "await" => self.await_form(node, span),
            "scope" => self.scope_form(node, span),
            "select" => self.select_form(node, span),
            "spawn" | "spawn_return" => self.spawn_form(node, head == "spawn_return", span),
            "class" => self.class_form(node, span),
            "new" => self.new_form(node, span),
            "enum" => self.enum_form(node, span),
            "type" => self.type_form(node, span),
            "macro" => self.macro_form(node, span),
            "import" => self.import_form(node, span),
            "export" => self.export_form(node, span),
            "quote" => self.quote_form(node, span),
            "unquote" | "unquote_splice" => self.fail(
                Diagnostic::error("nothing is quoted here, so nothing can be unquoted", span)
                    .hint("`%x` and `%@x` stand inside a quoted form"),
            ),
            "op" => self.op_form(node, span),
            _ => return None,
        })
    }

    /// Operators, assignments.
    fn operator(&mut self, head: &str, node: &Node, form: &Form) -> Option<Expr> {
        let span = form.span;
        if let Some(operation) = arithmetic(head) {
            return Some(self.arithmetic(operation, head, node, span));
        }
        if let Some(comparison) = comparison(head) {
            return Some(self.comparison(comparison, head, node, span));
        }
        if let Some(operation) = compound(head) {
            return Some(self.compound_assignment(operation, head, node, span));
        }
        Some(match head {
            "@chain" => self.chain(node, span),
            "!" => self.not(node, span),
            "&&" | "||" => self.logic(head, node, span),
            "??" => self.coalesce(node, span),
            ".." | "..=" => self.range(node, head == "..=", span),
            "=" => self.assignment(node, span),
            _ => return None,
        })
    }

    /// `(op +)`: an operator as a value.
    fn op_form(&mut self, node: &Node, span: motet_syntax::form::Span) -> Expr {
        match node.children.first().and_then(Form::as_symbol) {
            Some(name) if (self.options.externs)(name) => Expr::new(ExprKind::Extern(name.into()), span),
            _ => self
                .fail(Diagnostic::error("this operator has no function", span).hint("write one: `(fn [a b] (a + b))`")),
        }
    }

    /// Reports a property that a form does not have.
    pub fn unknown_property(&mut self, node: &Node, name: &str, span: motet_syntax::form::Span, known: &[&str]) {
        let head = node.head.as_symbol().unwrap_or("this form");
        let mut diagnostic = Diagnostic::error(format!("`{head}` has no property `^{name}`"), span);
        if let Some(near) = suggest(name, known.iter().copied()) {
            diagnostic = diagnostic.hint(format!("did you mean `^{near}`?"));
        } else if !known.is_empty() {
            diagnostic = diagnostic.hint(format!("it takes: {}", known.join(", ")));
        }
        self.report(diagnostic);
    }

    /// Reports properties that a form does not have.
    pub fn only_properties(&mut self, node: &Node, known: &[&str]) {
        for prop in &node.props {
            if !known.contains(&&*prop.name) {
                self.unknown_property(node, &prop.name, prop.name_span, known);
            }
        }
    }

    /// Reports a wrong number of parts; `usage` shows the right one.
    pub fn wrong_form(&mut self, node: &Node, span: motet_syntax::form::Span, usage: &str) -> Expr {
        let head = node.head.as_symbol().unwrap_or("this form");
        self.fail(Diagnostic::error(format!("`{head}` does not have this form"), span).hint(format!("write {usage}")))
    }
}

/// The name of the method that a node calls: its first child is a symbol `.name`.
pub(crate) fn method_name(node: &Node) -> Option<&str> {
    let name = node.children.first()?.as_symbol()?.strip_prefix('.')?;
    (!name.is_empty() && !name.starts_with('.')).then_some(name)
}

fn arithmetic(head: &str) -> Option<Arithmetic> {
    Some(match head {
        "+" => Arithmetic::Add,
        "-" => Arithmetic::Sub,
        "*" => Arithmetic::Mul,
        "/" => Arithmetic::Div,
        "//" => Arithmetic::FloorDiv,
        "%" => Arithmetic::Mod,
        "**" => Arithmetic::Pow,
        "@" => Arithmetic::MatMul,
        _ => return None,
    })
}

pub(crate) fn comparison(head: &str) -> Option<Comparison> {
    Some(match head {
        "==" => Comparison::Eq,
        "!=" => Comparison::Ne,
        "<" => Comparison::Lt,
        "<=" => Comparison::Le,
        ">" => Comparison::Gt,
        ">=" => Comparison::Ge,
        _ => return None,
    })
}

fn compound(head: &str) -> Option<Compound> {
    Some(match head {
        "&&=" => Compound::And,
        "||=" => Compound::Or,
        "??=" => Compound::Coalesce,
        _ => Compound::Arithmetic(arithmetic(head.strip_suffix('=')?)?),
    })
}
