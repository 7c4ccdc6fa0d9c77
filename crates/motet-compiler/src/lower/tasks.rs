//! Tasks and threads: forms whose expression is not evaluated where it stands.

use super::Lower;
use super::functions::{FunctionContext, FunctionParts};
use super::names::Found;
use crate::tree::{
    Arguments, Arm, Call, Expr, ExprKind, Field, FunctionKind, Index, Item, Match, Pattern, PatternKind,
};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Entry, Form, FormKind, Node, Span};

impl Lower<'_, '_> {
    /// `$thread`, `$main_thread`
    pub fn thread_field(&mut self, name: &str, span: Span) -> Expr {
        let object = Expr::new(ExprKind::Extern("thread".into()), span);
        Expr::new(ExprKind::Field(Box::new(Field { object, name: name.into(), optional: false })), span)
    }

    /// These forms take an expression; a function there is most likely a mistake.
    fn refuse_function(&mut self, head: &str, body: &[Form]) {
        let called =
            |name: &str| if self.source.gene { format!("({head} ({name}))") } else { format!("{head}({name}())") };
        if let [only] = body
            && let Some(name) = only.as_symbol()
            && let Found::Variable(variable) = self.look_up(name)
            && self.known_function(variable).is_some()
        {
            let hint = format!("call it: `{}`", called(name));
            return self.report(
                Diagnostic::error(format!("`{head}` runs an expression, but `{name}` is a function"), only.span)
                    .hint(hint),
            );
        }
        if let [only] = body
            && self.is_function_form(only)
        {
            self.report(
                Diagnostic::error(format!("`{head}` runs an expression, but this is a function"), only.span)
                    .hint(format!("call it: `{}`, or write the expression itself", called("f"))),
            );
        }
    }

    /// A closure over the form's children that is called at once: its flags make it a generator or a task.
    fn called_thunk(&mut self, node: &Node, name: &str, context: FunctionContext, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let callee = self.thunk(&node.children, name, context, span);
        let arguments = Arguments { positional: Vec::new(), named: Vec::new(), record: None };
        Expr::new(ExprKind::Call(Box::new(Call { callee, arguments })), span)
    }

    /// `(generate e …)`
    pub fn generate_form(&mut self, node: &Node, span: Span) -> Expr {
        let context = FunctionContext { generator: true, ..FunctionContext::default() };
        self.called_thunk(node, "generate", context, span)
    }

    /// `(async e …)`
    pub fn async_form(&mut self, node: &Node, span: Span) -> Expr {
        self.refuse_function("async", &node.children);
        let context = FunctionContext { asynchronous: true, ..FunctionContext::default() };
        self.called_thunk(node, "async", context, span)
    }

    /// `(await f)`, `(await ^timeout 100 f)`
    pub fn await_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &["timeout"]);
        // Options may come as one last record.
        let timeout_in = |options: &Form| match &options.kind {
            FormKind::Record(entries) => match &entries[..] {
                [Entry::Named { name, value, .. }] if &**name == "timeout" => Some(value.clone()),
                _ => None,
            },
            _ => None,
        };
        let (value, given) = match &node.children[..] {
            [value] => (value, None),
            [value, options] if timeout_in(options).is_some() => (value, timeout_in(options)),
            _ => {
                let forms = ("`await(future, timeout: 100)`", "`(await ^timeout 100 future)`");
                return self.wrong_form(node, span, self.notation(forms.0, forms.1));
            }
        };
        let value = self.expr(value);
        match node.prop("timeout").or(given.as_ref()) {
            None => Expr::new(ExprKind::Await(Box::new(value)), span),
            Some(timeout) => {
                let timeout = self.expr(timeout);
                Expr::helper("%await_timeout", vec![value, timeout], span)
            }
        }
    }

    /// `(scope e …)`
    pub fn scope_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        self.refuse_function("scope", &node.children);
        let context = FunctionContext { is_scope: true, ..FunctionContext::default() };
        let closure = self.thunk(&node.children, "scope", context, span);
        Expr::helper("%scope", vec![closure], span)
    }

    /// `(spawn e)`, `(spawn_return e)`, with `^args {…}`, `^return true`
    pub fn spawn_form(&mut self, node: &Node, wants_result: bool, span: Span) -> Expr {
        let head = if wants_result { "spawn_return" } else { "spawn" };
        self.only_properties(node, &["args", "return"]);
        if node.children.is_empty() {
            return self.wrong_form(node, span, &format!("`{head}(expression)`"));
        }
        self.refuse_function(head, &node.children);
        if let [function, argument, ..] = &node.children[..]
            && (!self.source.gene || function.as_symbol().is_some())
        {
            let (name, value) = (self.text(function.span), self.text(argument.span));
            let called = if self.source.gene {
                format!("({head} ({name} {value}))")
            } else {
                format!("{head}({name}({value}))")
            };
            let along = self.notation("`args: {x: 1}`", "`^args {^x 1}`");
            self.report(
                Diagnostic::error(format!("`{head}` takes one expression"), argument.span)
                    .label("this one would never be used")
                    .hint(format!("call the function in it: `{called}`; variables go along as {along}")),
            );
        }
        let wants_result = wants_result || node.prop("return").is_some_and(|form| form.kind == FormKind::Bool(true));
        let (mut parameters, mut values) = (Vec::new(), Vec::new());
        match node.prop("args").map(|form| (&form.kind, form.span)) {
            None => {}
            Some((FormKind::Record(entries), _)) => {
                for entry in entries {
                    match entry {
                        Entry::Named { name, name_span, value } => {
                            parameters.push(Form::symbol(name.clone(), *name_span));
                            values.push(Item::Value(self.expr(value)));
                        }
                        Entry::Computed { key: form, .. } | Entry::Spread(form) => self.refuse_args(form.span),
                    }
                }
            }
            Some((_, place)) => self.refuse_args(place),
        }
        let context =
            FunctionContext { kind: Some(FunctionKind::Thunk), sent: Some(head), ..FunctionContext::default() };
        let parts = FunctionParts {
            name: head.into(),
            parameters: &parameters,
            result_type: None,
            body: &node.children,
            requires: &[],
            ensures: &[],
        };
        let id = self.function(&parts, &context, span);
        let closure = Expr::new(ExprKind::Function(id), span);
        let values = Expr::new(ExprKind::List(values), span);
        Expr::helper("%spawn", vec![closure, values, Expr::new(ExprKind::Bool(wants_result), span)], span)
    }

    fn refuse_args(&mut self, span: Span) {
        self.report(
            Diagnostic::error("`args:` takes a literal record", span)
                .label("its names become variables of the thread, so they must be written here")
                .hint("write `args: {name: value}`"),
        );
    }

    /// `(select (arm ^as v source e …) … (arm ^else true e …))`
    pub fn select_form(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        self.open_scope();
        let chosen = self.hidden_variable("chosen", span);
        let part = |at: i64| {
            let object = Expr::new(ExprKind::Variable(chosen), span);
            let index = Expr::new(ExprKind::Int(at), span);
            Expr::new(ExprKind::Index(Box::new(Index { object, index, optional: false })), span)
        };
        let (mut sources, mut arms, mut waits) = (Vec::new(), Vec::new(), true);
        for arm in &node.children {
            let Some(arm_node) = arm.as_node().filter(|node| node.head.is_symbol("arm")) else {
                if !arm.is_node("@error") {
                    self.report(
                        Diagnostic::error("this is not an arm of `select`", arm.span)
                            .hint("an arm is `name = source => result` or `else => result`; in .gene `(arm ^as name source result)`"),
                    );
                }
                continue;
            };
            self.only_properties(arm_node, &["as", "else"]);
            if arm_node.prop("else").is_some() {
                waits = false;
                let pattern = Pattern::new(PatternKind::Wildcard, arm.span);
                arms.push(Arm { pattern, guard: None, body: self.block(&arm_node.children, arm.span) });
                continue;
            }
            let Some((source, body)) = arm_node.children.split_first() else {
                self.wrong_form(arm_node, arm.span, "a source and what to do with its value");
                continue;
            };
            let number = Expr::new(ExprKind::Int(sources.len() as i64), source.span);
            sources.push(Item::Value(self.select_source(source)));
            self.open_scope();
            let mut statements = Vec::new();
            if let Some(pattern) = arm_node.prop("as") {
                statements.push(self.destructure_or_define(pattern, part(1)));
            }
            statements.push(self.block(body, arm.span));
            let body = self.finish_block(statements, arm.span);
            let pattern = Pattern::new(PatternKind::Equal(number), source.span);
            arms.push(Arm { pattern, guard: None, body });
        }
        let sources = Expr::new(ExprKind::List(sources), span);
        let waits = Expr::new(ExprKind::Bool(waits), span);
        let wait = Expr::helper("%select", vec![sources, waits], span);
        let define = Expr::new(ExprKind::Define(chosen, Box::new(wait)), span);
        let dispatch = ExprKind::Match(Box::new(Match { subject: part(0), arms, total: false }));
        self.finish_block(vec![define, Expr::new(dispatch, span)], span)
    }

    fn destructure_or_define(&mut self, pattern: &Form, value: Expr) -> Expr {
        match pattern.as_symbol() {
            Some(name) if name != "_" => {
                let variable = self.define_new(name, pattern.span, false);
                Expr::new(ExprKind::Define(variable, Box::new(value)), pattern.span)
            }
            _ => self.destructure(pattern, value, false, pattern.span),
        }
    }

    /// What `select` waits for: `c.recv()` and `t.join()` stand for the channel and the thread, so that nothing is taken from
    /// those that lose; `sleep(n)` is a timer.
    fn select_source(&mut self, form: &Form) -> Expr {
        if let Some(node) = form.as_node()
            && node.props.is_empty()
        {
            let (object, name, arguments) = match &node.children[..] {
                [object, name, arguments @ ..] if node.head.is_symbol("@method") => {
                    (object, name.as_symbol(), arguments)
                }
                [_, arguments @ ..] => (&node.head, super::special::method_name(node), arguments),
                [] => (&node.head, None, &[][..]),
            };
            if matches!(name, Some("recv" | "join")) && arguments.is_empty() {
                return self.expr(object);
            }
            if node.head.is_symbol("sleep") && !self.is_bound("sleep") && node.children.len() == 1 {
                let duration = self.expr(&node.children[0]);
                return Expr::helper("%timer", vec![duration], form.span);
            }
        }
        self.expr(form)
    }
}
