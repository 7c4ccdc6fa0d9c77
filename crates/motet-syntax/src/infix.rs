//! Infix as data: in `.gene`, `(a + b * 2)` stays what was written, and means `(+ a (* b 2))`.
//!
//! The compiler asks for the prefix form when it gets to such a node; a macro sees the node as it is.

use crate::depth;
use crate::diagnostic::Diagnostic;
use crate::form::{Form, Node, Span};
use crate::operator::{self, Left, Level, Operator};

/// Heads whose second element may be an operator that is not applied: `(op +)`, `(import * as m from "./m")`.
const HEADS_OF_BARE_OPERATORS: [&str; 6] = ["op", "import", "export", "quote", "unquote", "unquote_splice"];

/// The prefix form of a node whose second element is an operator, by `.soc`'s precedence. Only this node is rewritten;
/// its operands stay as they are. `None` for any other node, and for one that is wrong (see `explain`).
pub fn normalize(node: &Node) -> Option<Form> {
    if !is_infix(node) {
        return None;
    }
    read(node).ok()
}

/// What is wrong with a node that begins like infix but cannot be read so.
pub fn explain(node: &Node) -> Option<Diagnostic> {
    if !is_infix(node) {
        return None;
    }
    read(node).err()
}

/// Whether the second element is an operator, applied to the first.
pub fn is_infix(node: &Node) -> bool {
    let second_is_operator = node.children.first().is_some_and(|second| operator_of(second).is_some());
    second_is_operator
        && node.head.as_symbol().is_none_or(|head| {
            !head.starts_with('@')
                && head != "!"
                && operator::by_name(head).is_none()
                && !HEADS_OF_BARE_OPERATORS.contains(&head)
        })
}

/// How many levels deeper than the node its operands can get in prefix form.
pub(crate) fn extra_depth(node: &Node) -> usize {
    if !is_infix(node) {
        return 0;
    }
    let mut operators = node.children.iter().filter_map(operator_of);
    let Some(mut last) = operators.next() else { return 0 };
    let mut levels = 0;
    for operator in operators {
        let joins = operator == last && (operator.is_flat() || operator.level == Level::Comparison);
        levels += usize::from(!joins);
        last = operator;
    }
    levels
}

fn operator_of(form: &Form) -> Option<&'static Operator> {
    form.as_symbol().and_then(operator::by_name)
}

/// An operator that waits for its right operand.
enum Waiting {
    Infix { operator: &'static Operator, span: Span, left: Left },
    Unary { name: &'static str, span: Span },
}

/// Reads the elements left to right with a stack of waiting operators, so that a long node needs no deep stack.
fn read(node: &Node) -> Result<Form, Diagnostic> {
    if let Some(prop) = node.props.first() {
        return Err(Diagnostic::error("an infix expression has no properties", prop.name_span)
            .label("a property among operands")
            .hint("write the operator first: `(+ a b)`"));
    }
    let mut elements = std::iter::once(&node.head).chain(&node.children);
    let mut waiting: Vec<Waiting> = Vec::new();
    loop {
        let mut value = Left::operand(operand(&mut elements, &mut waiting, node)?);
        let Some(element) = elements.next() else {
            while let Some(operator) = waiting.pop() {
                value = operator.apply(value.form);
            }
            return checked(value.form);
        };
        let Some(operator) = operator_of(element) else {
            return Err(Diagnostic::error("expected an operator between two values", element.span)
                .label("this follows a value")
                .hint("an infix expression is `(a + b)`; a call inside it has parentheses of its own: `((f a) + b)`"));
        };
        let binds_before = |waiting: &Waiting| match waiting {
            Waiting::Infix { operator: earlier, .. } => {
                earlier.level > operator.level || earlier.level == operator.level && !operator.is_right_associative()
            }
            Waiting::Unary { .. } => Level::Unary > operator.level,
        };
        while let Some(earlier) = waiting.pop_if(|waiting| binds_before(waiting)) {
            value = earlier.apply(value.form);
        }
        waiting.push(Waiting::Infix { operator, span: element.span, left: value });
    }
}

/// The next operand; unary operators before it go to those that wait.
fn operand<'f>(
    elements: &mut impl Iterator<Item = &'f Form>,
    waiting: &mut Vec<Waiting>,
    node: &Node,
) -> Result<Form, Diagnostic> {
    loop {
        let Some(element) = elements.next() else {
            let last = node.children.last().map_or(node.head.span, |last| last.span);
            return Err(Diagnostic::error("expected a value after the operator", last)
                .label("nothing follows this operator")
                .hint("an operator that is itself the value is written `(op +)`"));
        };
        match element.as_symbol() {
            Some("-") => waiting.push(Waiting::Unary { name: "-", span: element.span }),
            Some("!") => waiting.push(Waiting::Unary { name: "!", span: element.span }),
            Some(name) if operator::by_name(name).is_some() => {
                return Err(Diagnostic::error(format!("expected a value, found the operator `{name}`"), element.span)
                    .label("this follows an operator")
                    .hint(format!("an operator that is itself the value is written `(op {name})`")));
            }
            _ => return Ok(element.clone()),
        }
    }
}

impl Waiting {
    fn apply(self, right: Form) -> Left {
        match self {
            Waiting::Infix { operator, span, left } => left.combine(operator, span, right),
            Waiting::Unary { name, span } => {
                let whole = span.to(right.span);
                Left::operand(Form::node_with(Form::symbol(name, span), Vec::new(), vec![right], whole))
            }
        }
    }
}

fn checked(form: Form) -> Result<Form, Diagnostic> {
    match depth::place_deeper_than(&form, depth::MAX_DEPTH) {
        None => Ok(form),
        Some(place) => {
            depth::discard(form);
            Err(depth::too_deep(place))
        }
    }
}
