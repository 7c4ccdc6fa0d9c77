//! Infix as data: in `.gene`, `(a + b * 2)` stays what was written, and means `(+ a (* b 2))`.
//!
//! The compiler asks for the prefix form when it gets to such a node; a macro sees the node as it is.

use crate::depth;
use crate::diagnostic::Diagnostic;
use crate::form::{Form, Node, Span};
use crate::operator::{self, Left, Level, Operator};

/// Heads whose second element may be an operator that is not applied: `(op +)`, `(import * as m from "./m")`.
const HEADS_OF_BARE_OPERATORS: [&str; 6] = ["op", "import", "export", "quote", "unquote", "unquote_splice"];

/// Heads whose second element may be a name that reads like an operator: `(let in 1)`, `(fn is [x] …)`.
const HEADS_OF_NAMES: [&str; 14] =
    ["let", "var", "fn", "fn*", "class", "enum", "type", "macro", "method", "prop", "field", "for", "arm", "break"];

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
    // `(not a == b)`: all of it is negated.
    if node.head.is_symbol("not") && node.children.len() > 2 {
        return operator_of(&node.children[1]).is_some();
    }
    let Some(second) = node.children.first().and_then(Form::as_symbol) else { return false };
    let is_word = is_word_operator(second);
    let begins = match second {
        "not" => node.children.len() > 2 && node.children[1].is_symbol("in"),
        _ if is_word => node.children.len() > 1,
        _ => operator::by_name(second).is_some(),
    };
    begins
        && node.head.as_symbol().is_none_or(|head| {
            !head.starts_with('@')
                && head != "!"
                && (operator::by_name(head).is_none() || head == "in")
                && !HEADS_OF_BARE_OPERATORS.contains(&head)
                && !(is_word && HEADS_OF_NAMES.contains(&head))
        })
}

/// Whether a name as second element makes a node infix, although it is none of the signs.
pub(crate) fn is_word_operator(name: &str) -> bool {
    matches!(name, "and" | "or" | "in" | "is" | "not")
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
        let joins = operator == last && operator.is_flat() || operator.chains() && last.chains();
        levels += usize::from(!joins);
        last = operator;
    }
    levels
}

fn operator_of(form: &Form) -> Option<&'static Operator> {
    match form.as_symbol()? {
        "and" => operator::by_name("&&"),
        "or" => operator::by_name("||"),
        "is" => Some(&operator::IS),
        name => operator::by_name(name),
    }
}

/// An operator that waits for its right operand.
enum Waiting {
    /// `negated` is the `not` of `not in` and `is not`.
    Infix {
        operator: &'static Operator,
        span: Span,
        left: Left,
        negated: bool,
    },
    Unary {
        name: &'static str,
        span: Span,
        level: Level,
    },
}

/// Reads the elements left to right with a stack of waiting operators, so that a long node needs no deep stack.
fn read(node: &Node) -> Result<Form, Diagnostic> {
    if let Some(prop) = node.props.first() {
        return Err(Diagnostic::error("an infix expression has no properties", prop.name_span)
            .label("a property among operands")
            .hint("write the operator first: `(+ a b)`"));
    }
    let mut elements = std::iter::once(&node.head).chain(&node.children).peekable();
    let mut waiting: Vec<Waiting> = Vec::new();
    loop {
        let mut value = Left::operand(operand(&mut elements, &mut waiting, node)?);
        let Some(element) = elements.next() else {
            while let Some(operator) = waiting.pop() {
                value = operator.apply(value.form);
            }
            return checked(value.form);
        };
        let mut element = element;
        let mut negated = false;
        if element.is_symbol("not")
            && let Some(next) = elements.next_if(|next| next.is_symbol("in"))
        {
            (element, negated) = (next, true);
        }
        negated |= element.is_symbol("is") && elements.next_if(|next| next.is_symbol("not")).is_some();
        let Some(operator) = operator_of(element) else {
            return Err(Diagnostic::error("expected an operator between two values", element.span)
                .label("this follows a value")
                .hint("an infix expression is `(a + b)`; a call inside it has parentheses of its own: `((f a) + b)`; an operator as a value is `(op +)`"));
        };
        let binds_before = |waiting: &Waiting| match waiting {
            Waiting::Infix { operator: earlier, .. } => {
                earlier.level > operator.level || earlier.level == operator.level && !operator.is_right_associative()
            }
            Waiting::Unary { level, .. } => *level > operator.level,
        };
        while let Some(earlier) = waiting.pop_if(|waiting| binds_before(waiting)) {
            value = earlier.apply(value.form);
        }
        waiting.push(Waiting::Infix { operator, span: element.span, left: value, negated });
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
            // `(1 ..)`: a range without an end.
            if let Some(Waiting::Infix { operator, span, .. }) = waiting.last()
                && operator.name == ".."
            {
                return Ok(Form::null(Span::at(span.end)));
            }
            let last = node.children.last().map_or(node.head.span, |last| last.span);
            return Err(Diagnostic::error("expected a value after the operator", last)
                .label("nothing follows this operator")
                .hint("an operator that is itself the value is written `(op +)`"));
        };
        match element.as_symbol() {
            Some(name @ ("-" | "!" | "not")) => {
                let (name, level) = match name {
                    "-" => ("-", Level::Unary),
                    "!" => ("!", Level::Unary),
                    // `not a == b` is `not (a == b)`.
                    _ => ("!", Level::Comparison),
                };
                waiting.push(Waiting::Unary { name, span: element.span, level });
            }
            Some(name) if operator_of(element).is_some() => {
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
            Waiting::Infix { operator, span, left, negated: false } => left.combine(operator, span, right),
            Waiting::Infix { operator, span, left, negated: true } => {
                let whole = left.form.span.to(right.span);
                let positive = Left::operand(left.form).combine(operator, span, right);
                Left::operand(Form::node_with(Form::symbol("!", span), Vec::new(), vec![positive.form], whole))
            }
            Waiting::Unary { name, span, .. } => {
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
