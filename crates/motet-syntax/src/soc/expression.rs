//! Expressions made with operators: assignment, the binary operators, unary ones.

use super::parser::Parser;
use super::postfix;
use crate::diagnostic::Diagnostic;
use crate::form::{Entry, Form, FormKind, Span};
use crate::kind::SyntaxKind;
use crate::literal;
use crate::operator::{self, Left, Level, Operator};

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Form {
        self.nested(|parser| parser.error_form(), Parser::assignment)
    }

    fn assignment(&mut self) -> Form {
        let since = self.checkpoint();
        let left = self.binary(Level::Pipeline);
        let Some(operator) = operator::of_token(self.kind()).filter(|operator| operator.is_assignment()) else {
            return left;
        };
        if self.newline() {
            return left;
        }
        let operator_span = self.span();
        let target = self.assignment_target(left, operator, operator_span);
        self.bump();
        let value = self.expression();
        self.wrap(since, SyntaxKind::Assignment);
        let span = target.span.to(value.span);
        Form::node_with(Form::symbol(operator.name, operator_span), Vec::new(), vec![target, value], span)
    }

    /// What can be assigned to: a name, a field, an index, or for `=` a list of these.
    fn assignment_target(&mut self, target: Form, operator: &Operator, operator_span: Span) -> Form {
        let span = target.span;
        let problem = match &target.kind {
            FormKind::Symbol(_) => return target,
            FormKind::Node(node) => match node.head.as_symbol() {
                Some("@field" | "@index" | "@error") => return target,
                Some("@field?" | "@index?") => "what may be missing cannot be assigned to: write `.` or `[…]`",
                Some(head) if !head.starts_with('@') && crate::operator::by_name(head).is_none() => {
                    "a function is `fn f(x) { … }`; assign to a name, a field or an index"
                }
                _ => "assign to a name, a field or an index; equality is `==`",
            },
            FormKind::List(_) if operator.name == "=" => match as_list_pattern(target) {
                Ok(pattern) => return pattern,
                Err(()) => "a list is assigned to as `[a, b] = [b, a]`: names, defaults and `...rest`",
            },
            FormKind::Record(_) => "take a record apart with `let {a, b} = r`",
            _ => "assign to a name, a field or an index; equality is `==`",
        };
        let error = Diagnostic::error("this cannot be assigned to", span)
            .label("not a name, a field or an index")
            .place(operator_span, "the assignment")
            .hint(problem);
        self.report(error);
        Form::error(span)
    }

    /// Operands and operators of `level` and tighter.
    pub(super) fn binary(&mut self, level: Level) -> Form {
        let since = self.checkpoint();
        let mut left = Left::operand(self.left_operand());
        let mut open_level: Option<Level> = None;
        loop {
            if self.newline() && !goes_on_a_line(self.kind()) {
                break;
            }
            let kind = self.kind();
            if kind == SyntaxKind::Pipeline {
                if level > Level::Pipeline {
                    break;
                }
                left = Left::operand(self.pipeline(left.form));
                open_level = Some(Level::Pipeline);
                continue;
            }
            if level <= Level::Comparison && self.at_membership_or_kind() {
                if open_level.is_some_and(|open_level| open_level != Level::Comparison) {
                    self.wrap(since, SyntaxKind::Binary);
                }
                open_level = Some(Level::Comparison);
                left = Left::operand(self.membership_or_kind(left.form));
                continue;
            }
            let Some(operator) = self.operator_here().filter(|operator| !operator.is_assignment()) else {
                if self.at_foreign_binary() {
                    self.report_foreign_operator();
                    self.nested(|_| (), |parser| drop(parser.binary(Level::Power)));
                    continue;
                }
                break;
            };
            if operator.level < level {
                break;
            }
            // What stands so far is one operand of a looser operator: a node of its own in the tree.
            if open_level.is_some_and(|open_level| open_level != operator.level) {
                self.wrap(since, SyntaxKind::Binary);
            }
            open_level = Some(operator.level);
            left = self.right_of(left, operator);
        }
        if open_level.is_some() {
            self.wrap(since, SyntaxKind::Binary);
        }
        left.form
    }

    /// The operator that the token here is, `and` and `or` included.
    fn operator_here(&self) -> Option<&'static Operator> {
        match self.kind() {
            SyntaxKind::Name => match self.token_text() {
                "and" => operator::by_name("&&"),
                "or" => operator::by_name("||"),
                _ => None,
            },
            kind => operator::of_token(kind),
        }
    }

    /// At `in`, `not in` or `is` behind an operand.
    fn at_membership_or_kind(&self) -> bool {
        match self.kind() {
            SyntaxKind::InWord => true,
            SyntaxKind::Name => match self.token_text() {
                "is" => true,
                "not" => self.kind_ahead(1) == SyntaxKind::InWord,
                _ => false,
            },
            _ => false,
        }
    }

    /// `x in xs`, `x not in xs`, `x is T`, `x is not T`: not part of a chain of comparisons.
    fn membership_or_kind(&mut self, left: Form) -> Form {
        let word = self.span();
        let mut negated = self.eat_name("not");
        let form = if self.eat(SyntaxKind::InWord) {
            let right = self.binary(Level::Comparison.tighter());
            let span = left.span.to(right.span);
            Form::node_with(Form::symbol("in", word), Vec::new(), vec![left, right], span)
        } else {
            self.bump();
            negated = self.eat_name("not");
            let kind = self.type_form();
            let span = left.span.to(kind.span);
            Form::node_with(Form::symbol("is", word), Vec::new(), vec![left, kind], span)
        };
        if !negated {
            return form;
        }
        let span = form.span;
        Form::node_with(Form::symbol("!", word), Vec::new(), vec![form], span)
    }

    /// At `not` before an operand: the operator, and no function of that name.
    fn at_not(&self) -> bool {
        let next = self.token_ahead(1);
        let begins_operand = next.kind.is_word()
            || matches!(
                next.kind,
                SyntaxKind::Name
                    | SyntaxKind::QuotedName
                    | SyntaxKind::Number
                    | SyntaxKind::Text
                    | SyntaxKind::TextOpen
                    | SyntaxKind::LeftParen
                    | SyntaxKind::Bang
            );
        self.at_name("not") && begins_operand && !next.newline_before && !matches!(next.kind, SyntaxKind::InWord)
    }

    /// `not a == b` is `!(a == b)`.
    fn negated_condition(&mut self) -> Form {
        let since = self.checkpoint();
        let operator = self.span();
        self.bump();
        let operand = self.binary(Level::Comparison);
        self.wrap(since, SyntaxKind::Unary);
        let span = operator.to(operand.span);
        Form::node_with(Form::symbol("!", operator), Vec::new(), vec![operand], span)
    }

    /// The operator here and its right operand.
    fn right_of(&mut self, left: Left, operator: &'static Operator) -> Left {
        let operator_span = self.span();
        self.bump();
        if operator.name == "-" && self.at(SyntaxKind::Minus) && self.span().start == operator_span.end {
            let next = self.token_ahead(1);
            if next.newline_before || matches!(next.kind, SyntaxKind::EndOfInput | SyntaxKind::RightBrace) {
                let error = Diagnostic::error("`--` is no operator of this language", operator_span.to(self.span()))
                    .label("from another language")
                    .hint("taking one away is `i -= 1`");
                self.report(error);
                self.bump();
                return left;
            }
        }
        if operator.level == Level::Range {
            return Left::operand(self.range(left.form, operator, operator_span));
        }
        let right = if operator.is_right_associative() {
            self.nested(|parser| parser.error_form(), |parser| parser.binary(operator.right_level()))
        } else {
            self.binary(operator.right_level())
        };
        left.combine(operator, operator_span, right)
    }

    /// The first operand; a range may begin without one.
    fn left_operand(&mut self) -> Form {
        if matches!(self.kind(), SyntaxKind::DotDot | SyntaxKind::DotDotEqual) {
            return Form::null(Span::at(self.span().start));
        }
        self.unary()
    }

    /// `a..b`, `a..`, `..b`, `a..b by step`; the operator has been taken.
    fn range(&mut self, start: Form, operator: &Operator, operator_span: Span) -> Form {
        let end = if self.range_ends_here() {
            Form::null(Span::at(operator_span.end))
        } else {
            self.binary(operator.right_level())
        };
        let whole = start.span.to(self.span_from(operator_span.start));
        let mut children = vec![start, end];
        if self.at_name("by") && !self.newline() {
            self.bump();
            children.push(self.binary(operator.right_level()));
        }
        let span = Span::new(whole.start, self.last_end());
        Form::node_with(Form::symbol(operator.name, operator_span), Vec::new(), children, span)
    }

    fn range_ends_here(&self) -> bool {
        use SyntaxKind::*;
        self.newline()
            || matches!(
                self.kind(),
                RightBracket | RightParen | RightBrace | Comma | Semicolon | EndOfInput | InterpolationClose | Arrow
            )
            || self.at_name("by")
            // What follows the pattern of an arm.
            || !self.context.arrows && (matches!(self.kind(), IfWord | Bar) || self.at_name("as"))
    }

    /// `xs |> f(a)`: `xs` becomes the first argument of the call on the right.
    fn pipeline(&mut self, value: Form) -> Form {
        self.bump();
        let (right, end) = self.postfix();
        postfix::call_with_first(value, right, end)
    }

    pub(super) fn unary(&mut self) -> Form {
        match self.kind() {
            SyntaxKind::Minus => self.negation(),
            SyntaxKind::Bang => self.nested(|parser| parser.error_form(), |parser| parser.prefixed("!")),
            SyntaxKind::AwaitWord => self.awaiting(),
            SyntaxKind::AsyncWord => self.asynchronous(),
            SyntaxKind::Name if self.at_not() => self.nested(|parser| parser.error_form(), Parser::negated_condition),
            SyntaxKind::Plus => {
                let hint = if self.token().newline_before {
                    "to go on with the line before, end that line with the operator"
                } else {
                    "leave it out; adding one is `i += 1`"
                };
                let error = Diagnostic::error("`+` stands between two values", self.span())
                    .label("nothing stands before it")
                    .hint(hint);
                self.report(error);
                self.bump();
                if self.newline() {
                    return self.error_form();
                }
                self.nested(|parser| parser.error_form(), Parser::unary)
            }
            _ => self.postfix().0,
        }
    }

    fn negation(&mut self) -> Form {
        // The sign belongs to a number, unless something that binds tighter stands behind it: `-2 ^ 2` is `-(2 ^ 2)`.
        let number = self.token_ahead(1);
        let next = self.token_ahead(2);
        let applied = match next.kind {
            SyntaxKind::Dot | SyntaxKind::QuestionDot => true,
            SyntaxKind::Caret | SyntaxKind::LeftBracket | SyntaxKind::LeftParen | SyntaxKind::Question => {
                !(next.newline_before && self.context.newlines_end)
            }
            _ => false,
        };
        let is_infinity = number.kind == SyntaxKind::Name && self.text_of(number) == "Infinity";
        if is_infinity && !applied && next.kind != SyntaxKind::Arrow {
            let since = self.checkpoint();
            let span = Span::new(self.span().start, number.end);
            self.bump();
            self.bump();
            self.wrap(since, SyntaxKind::Unary);
            return Form::new(FormKind::Float(f64::NEG_INFINITY), span);
        }
        if number.kind == SyntaxKind::Number && !applied {
            let since = self.checkpoint();
            let start = self.span().start;
            self.bump();
            let span = Span::new(start, number.end);
            let form = self.number(true, span);
            self.wrap(since, SyntaxKind::Unary);
            return form;
        }
        self.nested(|parser| parser.error_form(), |parser| parser.prefixed("-"))
    }

    fn prefixed(&mut self, head: &str) -> Form {
        let since = self.checkpoint();
        let operator = self.span();
        self.bump();
        let operand = self.binary(Level::Power);
        self.wrap(since, SyntaxKind::Unary);
        let span = operator.to(operand.span);
        Form::node_with(Form::symbol(head, operator), Vec::new(), vec![operand], span)
    }

    /// The number token here; `span` covers its sign as well.
    pub(super) fn number(&mut self, negative: bool, span: Span) -> Form {
        let form = match literal::number(self.token_text(), negative, span) {
            Ok(kind) => Form::new(kind, span),
            Err(error) => {
                self.report(error);
                Form::error(span)
            }
        };
        self.bump();
        form
    }

    /// An operator of another language between two operands.
    fn at_foreign_binary(&self) -> bool {
        self.at(SyntaxKind::ForeignOperator) && !matches!(self.token_text(), "~" | "->")
    }
}

/// Operators that a line may begin with, going on with the line before.
fn goes_on_a_line(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::Pipeline | SyntaxKind::AndAnd | SyntaxKind::OrOr | SyntaxKind::QuestionQuestion)
}

/// A list that was read as an expression, as the pattern that it is left of `=`.
fn as_list_pattern(form: Form) -> Result<Form, ()> {
    let span = form.span;
    let FormKind::List(items) = form.kind else { return Err(()) };
    let mut pattern = Vec::with_capacity(items.len());
    for item in items {
        match item.kind {
            FormKind::Symbol(_) => pattern.push(item),
            FormKind::List(_) => pattern.push(as_list_pattern(item)?),
            FormKind::Node(ref node) => match (node.head.as_symbol(), &node.children[..]) {
                (Some("@field" | "@index" | "@error"), _) => pattern.push(item),
                (Some("="), [target, default]) => {
                    let equals = Form::symbol("=", node.head.span);
                    pattern.extend([target.clone(), equals, default.clone()]);
                }
                (Some("@spread"), [rest]) => match rest.as_symbol() {
                    Some(name) => pattern.push(Form::symbol(format!("{name}..."), item.span)),
                    None => return Err(()),
                },
                _ => return Err(()),
            },
            FormKind::Record(ref entries) if entries.iter().all(|entry| matches!(entry, Entry::Named { .. })) => {
                pattern.push(item)
            }
            _ => return Err(()),
        }
    }
    Ok(Form::list(pattern, span))
}
