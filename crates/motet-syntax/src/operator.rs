//! The infix operators: one table of precedence for both notations, and how operators and operands become forms.

use crate::form::{Form, FormKind, Span};
use crate::kind::SyntaxKind;

/// How tightly an operator binds; a higher level binds tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Assignment,
    Pipeline,
    Coalesce,
    Or,
    And,
    Comparison,
    Range,
    Sum,
    Product,
    /// Unary `-` and `!`, which take whatever binds tighter: `-a ** b` is `-(a ** b)`.
    Unary,
    Power,
}

impl Level {
    /// The next tighter level: what the right operand of a left-associative operator must bind at.
    pub(crate) fn tighter(self) -> Level {
        match self {
            Level::Assignment => Level::Pipeline,
            Level::Pipeline => Level::Coalesce,
            Level::Coalesce => Level::Or,
            Level::Or => Level::And,
            Level::And => Level::Comparison,
            Level::Comparison => Level::Range,
            Level::Range => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product => Level::Unary,
            Level::Unary | Level::Power => Level::Power,
        }
    }
}

/// An infix operator.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    /// The head of its core form, which is also its spelling in `.gene`.
    pub(crate) name: &'static str,
    /// Its spelling in `.soc`.
    pub(crate) soc: &'static str,
    pub(crate) level: Level,
    /// Its token in `.soc`; none if a word of the grammar stands for it.
    token: Option<SyntaxKind>,
}

const fn operator(name: &'static str, soc: &'static str, level: Level, token: SyntaxKind) -> Operator {
    Operator { name, soc, level, token: Some(token) }
}

const fn word(name: &'static str) -> Operator {
    Operator { name, soc: name, level: Level::Comparison, token: None }
}

/// Every infix operator except the pipeline, which has no head of its own.
static OPERATORS: [Operator; 31] = [
    operator("+", "+", Level::Sum, SyntaxKind::Plus),
    operator("-", "-", Level::Sum, SyntaxKind::Minus),
    operator("*", "*", Level::Product, SyntaxKind::Star),
    operator("/", "/", Level::Product, SyntaxKind::Slash),
    operator("//", "~/", Level::Product, SyntaxKind::TildeSlash),
    operator("%", "%", Level::Product, SyntaxKind::Percent),
    operator("@", "@", Level::Product, SyntaxKind::At),
    operator("**", "^", Level::Power, SyntaxKind::Caret),
    operator("==", "==", Level::Comparison, SyntaxKind::EqualEqual),
    operator("!=", "!=", Level::Comparison, SyntaxKind::BangEqual),
    operator("<", "<", Level::Comparison, SyntaxKind::Less),
    operator("<=", "<=", Level::Comparison, SyntaxKind::LessEqual),
    operator(">", ">", Level::Comparison, SyntaxKind::Greater),
    operator(">=", ">=", Level::Comparison, SyntaxKind::GreaterEqual),
    word("in"),
    operator("&&", "&&", Level::And, SyntaxKind::AndAnd),
    operator("||", "||", Level::Or, SyntaxKind::OrOr),
    operator("??", "??", Level::Coalesce, SyntaxKind::QuestionQuestion),
    operator("..", "..", Level::Range, SyntaxKind::DotDot),
    operator("..=", "..=", Level::Range, SyntaxKind::DotDotEqual),
    operator("=", "=", Level::Assignment, SyntaxKind::Equal),
    operator("+=", "+=", Level::Assignment, SyntaxKind::PlusEqual),
    operator("-=", "-=", Level::Assignment, SyntaxKind::MinusEqual),
    operator("*=", "*=", Level::Assignment, SyntaxKind::StarEqual),
    operator("/=", "/=", Level::Assignment, SyntaxKind::SlashEqual),
    operator("//=", "~/=", Level::Assignment, SyntaxKind::TildeSlashEqual),
    operator("%=", "%=", Level::Assignment, SyntaxKind::PercentEqual),
    operator("**=", "^=", Level::Assignment, SyntaxKind::CaretEqual),
    operator("&&=", "&&=", Level::Assignment, SyntaxKind::AndAndEqual),
    operator("||=", "||=", Level::Assignment, SyntaxKind::OrOrEqual),
    operator("??=", "??=", Level::Assignment, SyntaxKind::QuestionQuestionEqual),
];

/// By the number of a token's kind: the number of its operator plus one, 0 where it is none.
static BY_TOKEN: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < OPERATORS.len() {
        if let Some(token) = OPERATORS[at].token {
            table[token as usize] = at as u8 + 1;
        }
        at += 1;
    }
    table
};

/// The operator that a token of `.soc` is.
pub(crate) fn of_token(kind: SyntaxKind) -> Option<&'static Operator> {
    match BY_TOKEN[kind as usize] {
        0 => None,
        number => OPERATORS.get(usize::from(number) - 1),
    }
}

/// The operator whose core name is `name`.
pub(crate) fn by_name(name: &str) -> Option<&'static Operator> {
    // Most symbols are no operators, and their first byte says so.
    if !matches!(name.as_bytes().first(), Some(b'!'..=b'/' | b'<'..=b'@' | b'i' | b'|')) {
        return None;
    }
    OPERATORS.iter().find(|operator| operator.name == name)
}

/// `x is T`, whose right side is a type. Its head is the builtin's name.
pub(crate) static IS: Operator = word("is");

impl Operator {
    pub(crate) fn is_assignment(&self) -> bool {
        self.level == Level::Assignment
    }

    pub(crate) fn is_right_associative(&self) -> bool {
        matches!(self.level, Level::Assignment | Level::Power)
    }

    /// Whether `a op b op c` is one node `(op a b c)`.
    pub(crate) fn is_flat(&self) -> bool {
        matches!(self.name, "+" | "*" | "&&" | "||")
    }

    /// Whether `a op b op c` is one `@chain`.
    pub(crate) fn chains(&self) -> bool {
        self.level == Level::Comparison && self.name.as_bytes()[0] != b'i'
    }

    /// The lowest level that may stand right of this operator.
    pub(crate) fn right_level(&self) -> Level {
        if self.is_right_associative() { self.level } else { self.level.tighter() }
    }
}

/// A left operand together with the operator that made it, if it was made by one and not by brackets.
pub(crate) struct Left {
    pub(crate) form: Form,
    made_by: Option<&'static Operator>,
}

impl Left {
    pub(crate) fn operand(form: Form) -> Left {
        Left { form, made_by: None }
    }

    /// `self operator right`: the one place where operators become forms. Chains of `+ * && ||` stay flat, comparisons
    /// join into `@chain`.
    pub(crate) fn combine(mut self, operator: &'static Operator, operator_span: Span, right: Form) -> Left {
        let span = self.form.span.to(right.span);
        let continues = self
            .made_by
            .is_some_and(|made_by| made_by == operator && operator.is_flat() || made_by.chains() && operator.chains());
        let symbol = Form::symbol(operator.name, operator_span);
        let form = match &mut self.form.kind {
            FormKind::Node(node) if continues => {
                if operator.chains() {
                    if !node.head.is_symbol("@chain") {
                        let first = std::mem::replace(&mut node.head, Form::symbol("@chain", self.form.span));
                        node.children.insert(1, first);
                    }
                    node.children.push(symbol);
                }
                node.children.push(right);
                Form { span, ..self.form }
            }
            _ => Form::node_with(symbol, Vec::new(), vec![self.form, right], span),
        };
        Left { form, made_by: Some(operator) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_found_by_its_name() {
        for operator in &OPERATORS {
            assert_eq!(by_name(operator.name), Some(operator));
            if let Some(token) = operator.token {
                assert_eq!(of_token(token), Some(operator));
            }
        }
        assert_eq!(of_token(SyntaxKind::Name), None);
        assert_eq!(of_token(SyntaxKind::InWord), None, "the grammar reads it as a word");
        assert_eq!(by_name("a"), None);
        assert_eq!(by_name(""), None);
        assert_eq!(by_name("!"), None, "`!` stands before one operand");
    }

    #[test]
    fn tighter_goes_up_to_power() {
        let mut level = Level::Assignment;
        while level != Level::Power {
            assert!(level < level.tighter());
            level = level.tighter();
        }
        assert_eq!(Level::Power.tighter(), Level::Power);
    }
}
