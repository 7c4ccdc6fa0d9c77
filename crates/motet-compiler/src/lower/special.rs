//! What a node means: infix, a method call, a special form, a macro's use, or a call.

use super::Lower;
use super::functions::{FunctionContext, FunctionParts};
use super::scopes::Meaning;
use crate::tree::{Arithmetic, Comparison, Compound, Expr, ExprKind, FunctionKind};
use motet_syntax::form::{Form, FormKind, Node, Span};
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
            if let Some(call) = motet_syntax::dotted::normalize(node) {
                return self.expr(&call);
            }
            if let Some(name) = method_name(node) {
                return self.dotted_call(node, name, form.span);
            }
            if let [mark] = &node.children[..]
                && mark.is_symbol("?")
                && node.props.is_empty()
                && !self.is_bound("?")
            {
                return self.unwrap_form(&node.head, form.span);
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
        match special(head) {
            Some(lower_form) => lower_form(self, node, form),
            None => match self.foreign_form(head, node) {
                Some(error) => error,
                None => self.call_form(node, form.span),
            },
        }
    }

    /// A form of another language, whose parts would mean nothing here.
    fn foreign_form(&mut self, head: &str, node: &Node) -> Option<Expr> {
        let (what, hint) = super::foreign::form(head).filter(|_| self.source.gene)?;
        if !matches!(self.look_up(head), super::names::Found::Nothing) {
            return None;
        }
        Some(self.fail(Diagnostic::error(format!("`{head}` is {what}"), node.head.span).hint(hint)))
    }

    /// What could not be read has been reported, unless a program or a macro wrote this form itself.
    fn error_form(&mut self, span: Span) -> Expr {
        if self.expansions > 0 || self.text(span).starts_with("(@error") {
            return self.fail(
                Diagnostic::error("`@error` stands for what could not be read", span)
                    .hint("a mistake that a macro has found is thrown: `(throw \"…\")`"),
            );
        }
        Expr::null(span)
    }

    fn misplaced_spread(&mut self, span: Span) -> Expr {
        self.fail(
            Diagnostic::error("`...` stands only in calls, lists and records", span)
                .hint("to pass a list's elements, write it among the arguments of a call"),
        )
    }

    fn misplaced_unquote(&mut self, span: Span) -> Expr {
        self.fail(
            Diagnostic::error("nothing is quoted here, so nothing can be unquoted", span)
                .hint("`%x` and `%@x` stand inside a quoted form"),
        )
    }

    /// `(op +)`: an operator as a value.
    fn op_form(&mut self, node: &Node, span: Span) -> Expr {
        match node.children.first().and_then(Form::as_symbol) {
            Some(name) if (self.options.externs)(name) => Expr::new(ExprKind::Extern(name.into()), span),
            Some(operator) if is_function(operator) => self.operator_function(operator, span),
            _ => self
                .fail(Diagnostic::error("this operator has no function", span).hint("write one: `(fn [a b] (a + b))`")),
        }
    }

    /// The function of two operands (of one for `!`) that an operator stands for.
    fn operator_function(&mut self, operator: &str, span: Span) -> Expr {
        let names = if operator == "!" { &["a"][..] } else { &["a", "b"] };
        let operands: Vec<Form> = names.iter().map(|name| Form::symbol(*name, span)).collect();
        let parameters = operands.clone();
        let parts = FunctionParts {
            name: operator.into(),
            parameters: &parameters,
            result_type: None,
            body: &[Form::node(operator, operands, span)],
            requires: &[],
            ensures: &[],
        };
        // Said to be a plain function, it does not bind its name, which the body uses as an operator.
        let context = FunctionContext { kind: Some(FunctionKind::Plain), ..FunctionContext::default() };
        let id = self.function(&parts, &context, span);
        Expr::new(ExprKind::Function(id), span)
    }

    /// Words for the notation that the program is in.
    pub fn notation(&self, soc: &'static str, gene: &'static str) -> &'static str {
        if self.source.gene { gene } else { soc }
    }

    /// Reports a property that a form does not have.
    pub fn unknown_property(&mut self, node: &Node, name: &str, span: Span, known: &[&str]) {
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
    pub fn wrong_form(&mut self, node: &Node, span: Span, usage: &str) -> Expr {
        let head = node.head.as_symbol().unwrap_or("this form");
        self.fail(Diagnostic::error(format!("`{head}` does not have this form"), span).hint(format!("write {usage}")))
    }
}

/// Lowers a special form. The match gives functions and calls none of them: in an unoptimised build a function with a call
/// for each form would need some kilobytes of stack at every level of nesting.
type LowerForm = for<'f> fn(&mut Lower<'_, '_>, &'f Node, &'f Form) -> Expr;

/// The special forms; none if the head is not one.
fn special(head: &str) -> Option<LowerForm> {
    if let Some(lower_form) = operator(head) {
        return Some(lower_form);
    }
    Some(match head {
        "@error" => |lower, _, form| lower.error_form(form.span),
        "@frozen" => |lower, node, form| lower.frozen(node, form.span),
        "@bytes" => |lower, node, form| lower.bytes(node, form.span),
        "@format" => |lower, node, form| lower.formatted(node, form.span),
        "in" => |lower, node, form| lower.membership(node, form.span),
        "is" => |lower, node, form| lower.is_form(node, form.span),
        "@call" => |lower, node, form| lower.explicit_call(node, form.span),
        "@field" => |lower, node, form| lower.link(node, "@field", form.span),
        "@field?" => |lower, node, form| lower.link(node, "@field?", form.span),
        "@index" => |lower, node, form| lower.link(node, "@index", form.span),
        "@index?" => |lower, node, form| lower.link(node, "@index?", form.span),
        "@method" => |lower, node, form| lower.link(node, "@method", form.span),
        "@method?" => |lower, node, form| lower.link(node, "@method?", form.span),
        "@str" => |lower, node, form| lower.interpolation(node, form.span),
        "@spread" => |lower, _, form| lower.misplaced_spread(form.span),
        "let" => |lower, node, form| lower.let_form(node, false, form.span),
        "var" => |lower, node, form| lower.let_form(node, true, form.span),
        "do" => |lower, node, form| lower.do_form(node, form.span),
        "if" => |lower, node, form| lower.if_form(node, form.span),
        "ifel" => |lower, node, form| lower.ifel_form(node, form.span),
        "while" => |lower, node, form| lower.while_form(node, form.span),
        "loop" => |lower, node, form| lower.loop_form(node, form.span),
        "repeat" => |lower, node, form| lower.repeat_form(node, form.span),
        "for" => |lower, node, form| lower.for_form(node, form.span),
        "break" => |lower, node, form| lower.break_form(node, form.span),
        "continue" => |lower, node, form| lower.continue_form(node, form.span),
        "return" => |lower, node, form| lower.return_form(node, form.span),
        "throw" => |lower, node, form| lower.throw_form(node, form.span),
        "yield" => |lower, node, form| lower.yield_form(node, form.span),
        "yield*" => |lower, node, form| lower.yield_all_form(node, form.span),
        "match" => |lower, node, form| lower.match_form(node, form.span),
        "case" => |lower, node, form| lower.case_form(node, form.span),
        "try" => |lower, node, form| lower.try_form(node, form.span),
        "test" => |lower, node, form| lower.test_form(node, form.span),
        "bench" => |lower, node, form| lower.bench_form(node, form.span),
        "assert" => |lower, node, form| lower.assert_form(node, form.span),
        "hold" => |lower, node, form| lower.hold_form(node, form.span),
        "fn" | "fn*" => |lower, node, form| lower.fn_form(node, form),
        "rec" => |lower, node, form| lower.rec_form(node, form.span),
        "->" => |lower, node, form| lower.pipeline(node, form.span),
        "generate" => |lower, node, form| lower.generate_form(node, form.span),
        "async" => |lower, node, form| lower.async_form(node, form.span),
        "await" => |lower, node, form| lower.await_form(node, form.span),
        "scope" => |lower, node, form| lower.scope_form(node, form.span),
        "select" => |lower, node, form| lower.select_form(node, form.span),
        "spawn" => |lower, node, form| lower.spawn_form(node, false, form.span),
        "spawn_return" => |lower, node, form| lower.spawn_form(node, true, form.span),
        "class" => |lower, node, form| lower.class_form(node, form.span),
        "new" => |lower, node, form| lower.new_form(node, form.span),
        "enum" => |lower, node, form| lower.enum_form(node, form.span),
        "type" => |lower, node, form| lower.type_form(node, form.span),
        "macro" => |lower, node, form| lower.macro_form(node, form.span),
        "import" => |lower, node, form| lower.import_form(node, form.span),
        "export" => |lower, node, form| lower.export_form(node, form.span),
        "quote" => |lower, node, form| lower.quote_form(node, form.span),
        "unquote" | "unquote_splice" => |lower, _, form| lower.misplaced_unquote(form.span),
        "op" => |lower, node, form| lower.op_form(node, form.span),
        _ => return None,
    })
}

/// Operators and assignments.
fn operator(head: &str) -> Option<LowerForm> {
    Some(match head {
        "@chain" => |lower, node, form| lower.chain(node, form.span),
        "!" | "not" => |lower, node, form| lower.not(node, form.span),
        "&&" | "and" => |lower, node, form| lower.logic("&&", node, form.span),
        "||" | "or" => |lower, node, form| lower.logic("||", node, form.span),
        "??" => |lower, node, form| lower.coalesce(node, form.span),
        ".." => |lower, node, form| lower.range(node, false, form.span),
        "..=" => |lower, node, form| lower.range(node, true, form.span),
        "=" => |lower, node, form| lower.assignment(node, form.span),
        "@initial" => |lower, node, form| lower.initial_field(node, form.span),
        _ if arithmetic(head).is_some() => |lower, node, form| lower.arithmetic(node, form.span),
        _ if comparison(head).is_some() => |lower, node, form| lower.comparison(node, form.span),
        _ if compound(head).is_some() => |lower, node, form| lower.compound_assignment(node, form.span),
        _ => return None,
    })
}

/// An operator on values, which is a function as a value.
fn is_function(operator: &str) -> bool {
    arithmetic(operator).is_some()
        || comparison(operator).is_some()
        || matches!(operator, "!" | "&&" | "||" | "??" | ".." | "..=")
}

/// The name of the method that a node calls: its first child is a symbol `.name`.
pub(crate) fn method_name(node: &Node) -> Option<&str> {
    let name = node.children.first()?.as_symbol()?.strip_prefix('.')?;
    (!name.is_empty() && !name.starts_with('.')).then_some(name)
}

pub(crate) fn arithmetic(head: &str) -> Option<Arithmetic> {
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

pub(crate) fn compound(head: &str) -> Option<Compound> {
    Some(match head {
        "&&=" => Compound::And,
        "||=" => Compound::Or,
        "??=" => Compound::Coalesce,
        _ => Compound::Arithmetic(arithmetic(head.strip_suffix('=')?)?),
    })
}
