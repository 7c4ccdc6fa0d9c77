//! Operators on values.

use super::Lower;
use super::special::{arithmetic, comparison};
use crate::tree::{Arguments, Arithmetic, Call, Expr, ExprKind, Item, RangeParts};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, FormKind, Node, Span};

impl Lower<'_, '_> {
    pub fn arithmetic(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let head = node.head.as_symbol().unwrap_or("");
        let Some(operation) = arithmetic(head) else { return Expr::null(span) };
        match (&node.children[..], operation) {
            ([operand], Arithmetic::Sub) => {
                let operand = self.expr(operand);
                let kind = match operand.kind {
                    ExprKind::Int(value) if value != i64::MIN => ExprKind::Int(-value),
                    ExprKind::Float(value) => ExprKind::Float(-value),
                    _ => ExprKind::Negate(Box::new(operand)),
                };
                Expr::new(kind, span)
            }
            ([operand], Arithmetic::Add) => self.expr(operand),
            ([], _) | ([_], _) => {
                self.wrong_form(node, span, &format!("it with at least two operands: `({head} a b)`"))
            }
            (operands, _) => {
                let operands = operands.iter().map(|operand| self.expr(operand)).collect();
                Expr::new(ExprKind::Arithmetic(operation, operands), span)
            }
        }
    }

    pub fn comparison(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        let head = node.head.as_symbol().unwrap_or("");
        let Some(comparison) = comparison(head) else { return Expr::null(span) };
        self.check_not_found(head, node, span);
        match &node.children[..] {
            [left, right] => {
                let operands = [self.expr(left), self.expr(right)];
                Expr::new(ExprKind::Compare(comparison, Box::new(operands)), span)
            }
            [_, _, ..] => {
                let operands: Vec<Expr> = node.children.iter().map(|operand| self.expr(operand)).collect();
                let operators = vec![comparison; operands.len() - 1];
                Expr::new(ExprKind::Chain { operands, operators }, span)
            }
            _ => self.wrong_form(node, span, &format!("it with two operands: `({head} a b)`")),
        }
    }

    /// `(@chain 1 < x <= 3)`
    pub fn chain(&mut self, node: &Node, span: Span) -> Expr {
        let (mut operands, mut operators) = (Vec::new(), Vec::new());
        for (position, child) in node.children.iter().enumerate() {
            if position % 2 == 0 {
                operands.push(self.expr(child));
            } else if let Some(operator) = child.as_symbol().and_then(comparison) {
                operators.push(operator);
            } else {
                return self.fail(Diagnostic::error("only comparisons form a chain", child.span));
            }
        }
        if operands.len() < 2 || operators.len() + 1 != operands.len() {
            return self.wrong_form(node, span, "operands and comparisons in turn");
        }
        Expr::new(ExprKind::Chain { operands, operators }, span)
    }

    /// `(in x xs)`: whether a collection holds a value, or a record or map a key.
    pub fn membership(&mut self, node: &Node, span: Span) -> Expr {
        self.only_properties(node, &[]);
        match &node.children[..] {
            [value, container] => {
                let operands = vec![self.expr(value), self.expr(container)];
                Expr::helper("%in", operands, span)
            }
            _ => self.wrong_form(node, span, "`(x in xs)`"),
        }
    }

    /// `(is x T)`; any other number of operands is a call of the builtin.
    pub fn is_form(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [value, kind] if node.props.is_empty() && self.is_type_form(kind) => {
                let operands = vec![self.expr(value), self.type_value(kind)];
                let callee = Expr::new(ExprKind::Extern("is".into()), node.head.span);
                let positional = operands.into_iter().map(Item::Value).collect();
                let arguments = Arguments { positional, named: Vec::new(), record: None };
                Expr::new(ExprKind::Call(Box::new(Call { callee, arguments })), span)
            }
            _ => self.call_form(node, span),
        }
    }

    /// `(@format x ".2")`: the text of a value as `format` writes it.
    pub fn formatted(&mut self, node: &Node, span: Span) -> Expr {
        let [value, Form { kind: FormKind::Str(form), span: place }] = &node.children[..] else {
            return self.wrong_form(node, span, "a value and a form of `format`");
        };
        let value = self.expr(value);
        let template = Expr::string(&format!("{{:{form}}}"), *place);
        let callee = Expr::new(ExprKind::Extern("format".into()), span);
        let arguments =
            Arguments { positional: vec![Item::Value(template), Item::Value(value)], named: Vec::new(), record: None };
        Expr::new(ExprKind::Call(Box::new(Call { callee, arguments })), span)
    }

    pub fn not(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [operand] => Expr::new(ExprKind::Not(self.boxed(operand)), span),
            _ => self.wrong_form(node, span, "`(! a)`"),
        }
    }

    pub fn logic(&mut self, head: &str, node: &Node, span: Span) -> Expr {
        if node.children.is_empty() {
            return self.wrong_form(node, span, &format!("it with operands: `({head} a b)`"));
        }
        let mut operands: Vec<Expr> = node.children.iter().map(|operand| self.expr(operand)).collect();
        if operands.len() == 1 {
            return operands.remove(0);
        }
        let kind = if head == "&&" { ExprKind::And(operands) } else { ExprKind::Or(operands) };
        Expr::new(kind, span)
    }

    pub fn coalesce(&mut self, node: &Node, span: Span) -> Expr {
        match &node.children[..] {
            [left, right] => {
                let operands = [self.expr(left), self.expr(right)];
                Expr::new(ExprKind::Coalesce(Box::new(operands)), span)
            }
            _ => self.wrong_form(node, span, "`(?? a b)`"),
        }
    }

    pub fn range(&mut self, node: &Node, inclusive: bool, span: Span) -> Expr {
        match self.range_parts(node, inclusive) {
            Some(parts) => Expr::new(ExprKind::Range(Box::new(parts)), span),
            None => self.wrong_form(
                node,
                span,
                self.notation(
                    "`a..b` or `(.. a b step)`",
                    "`(a .. b)`, with an open end `(a ..)` or `(nil .. b)`, with a step `(range a b step)`",
                ),
            ),
        }
    }

    pub fn range_parts(&mut self, node: &Node, inclusive: bool) -> Option<RangeParts> {
        let (start, end, step) = match &node.children[..] {
            [start, end] => (start, end, None),
            [start, end, step] => (start, end, Some(step)),
            _ => return None,
        };
        let (start, end) = (self.expr(start), self.expr(end));
        let step = step.map(|step| self.expr(step));
        Some(RangeParts { start, end, step, inclusive })
    }
}
