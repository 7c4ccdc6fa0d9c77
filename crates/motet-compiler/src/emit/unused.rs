//! Results that nothing uses, of calls that do nothing else: `xs.sort()` as a statement.

use super::emitter::Emitter;
use crate::tree::{Arguments, Comparison, Expr, ExprKind, Item};
use motet_syntax::Diagnostic;

/// What `CompileOptions::pure` says of functions that give another text.
const TEXT: &str = "text";

impl Emitter<'_, '_> {
    /// Warns of an expression whose value is dropped although it has no other effect.
    pub fn warn_of_unused(&self, expr: &Expr) {
        let (name, is_method, arguments) = match &expr.kind {
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Extern(name) => (name, false, &call.arguments),
                _ => return,
            },
            ExprKind::MethodCall(call) => (&call.name, true, &call.arguments),
            ExprKind::Compare(Comparison::Eq, _) if !self.shared.source.gene => {
                let warning = Diagnostic::warning("the result of this comparison is not used", expr.span)
                    .named("unused-result")
                    .hint("an assignment is written `x = 1`; a check `assert(x == 1)`");
                return self.shared.warnings.borrow_mut().push(warning);
            }
            _ => return,
        };
        if is_method && self.only_computes(arguments) {
            let instead = match &name[..] {
                "with" => "`with` gives the result and keeps the value: `update` changes the value",
                "each" => "`each` drops the results: `map` makes a list of them",
                _ => "",
            };
            if !instead.is_empty() && !self.shared.own_methods.names.contains(name) {
                let message = format!("the function of this `{name}` computes a value that nothing uses");
                let warning = Diagnostic::warning(message, expr.span).named("unused-result").hint(instead);
                return self.shared.warnings.borrow_mut().push(warning);
            }
        }
        let Some(instead) = (self.shared.pure)(name) else { return };
        // A method of that name may be the program's own, and do anything.
        let may_be_own = self.shared.own_methods.imports || self.shared.own_methods.names.contains(name);
        if is_method && (may_be_own || !self.is_plainly_pure(expr)) {
            return;
        }
        // A callback may be there for what it does.
        let has_callback = arguments
            .positional
            .iter()
            .any(|item| matches!(item, Item::Value(value) if matches!(value.kind, ExprKind::Function(_))));
        if has_callback && !name.starts_with("sort") {
            return;
        }
        let gene = self.shared.source.gene;
        let keep = if gene { "`(let result …)`" } else { "`let result = …`" };
        let hint = match instead {
            "" => format!("give the result a name: {keep}"),
            TEXT => format!("strings never change: keep the result, {keep}, or assign it to the variable"),
            method if gene => format!("`(xs .{method} …)` changes it itself; or keep the result: {keep}"),
            method => format!("`xs.{method}(…)` changes it itself; or keep the result: {keep}"),
        };
        let message = format!("the result of `{name}` is not used, and it changes nothing");
        let warning = Diagnostic::warning(message, expr.span).named("unused-result").hint(hint);
        self.shared.warnings.borrow_mut().push(warning);
    }

    /// Whether the only argument is a function that computes with numbers and does nothing else.
    fn only_computes(&self, arguments: &Arguments) -> bool {
        let [Item::Value(argument)] = &arguments.positional[..] else { return false };
        let ExprKind::Function(function) = &argument.kind else { return false };
        is_computation(&self.shared.function(*function).body)
    }

    /// Methods of objects that the program made by calling something unknown may be those of a library of the embedder.
    fn is_plainly_pure(&self, expr: &Expr) -> bool {
        let ExprKind::MethodCall(call) = &expr.kind else { return true };
        !matches!(call.object.kind, ExprKind::Extern(_))
    }
}

/// Operators on names and constants.
fn is_computation(expr: &Expr) -> bool {
    let is_operand = |expr: &Expr| {
        let plain =
            matches!(expr.kind, ExprKind::Variable(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_));
        plain || is_computation(expr)
    };
    match &expr.kind {
        ExprKind::Arithmetic(_, operands) => operands.iter().all(is_operand),
        ExprKind::Block(block) => matches!(&block.statements[..], [only] if is_computation(only)),
        _ => false,
    }
}
