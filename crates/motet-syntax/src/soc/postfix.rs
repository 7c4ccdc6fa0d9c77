//! What is applied to a value, one after the other: fields, indexes, calls, methods.

use super::parser::{Context, Parser};
use super::special::needs_explicit_call;
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Node, Prop, Span};
use crate::kind::SyntaxKind;

/// What a chain ended with: it decides what a pipeline does with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainEnd {
    Call,
    Field,
    Other,
}

/// The arguments of a call.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Form>,
    pub(super) named: Vec<Prop>,
}

impl Parser<'_> {
    /// An operand with everything that is applied to it.
    pub(super) fn postfix(&mut self) -> (Form, ChainEnd) {
        let since = self.checkpoint();
        let operand = self.operand();
        self.chain(since, operand)
    }

    /// Goes on behind `form`, which was read since the checkpoint.
    pub(super) fn chain(&mut self, since: crate::tree::Checkpoint, mut form: Form) -> (Form, ChainEnd) {
        let mut end = ChainEnd::Other;
        let mut is_chain = false;
        loop {
            (form, end) = match self.kind() {
                // Such a line goes on with the one before.
                SyntaxKind::Dot | SyntaxKind::QuestionDot => self.field_or_method(form),
                _ if self.newline() => break,
                SyntaxKind::LeftParen => (self.call(form), ChainEnd::Call),
                SyntaxKind::LeftBracket => (self.index(form, "@index"), ChainEnd::Other),
                SyntaxKind::Question if self.kind_ahead(1) == SyntaxKind::LeftBracket => {
                    self.bump();
                    (self.index(form, "@index?"), ChainEnd::Other)
                }
                _ => break,
            };
            is_chain = true;
        }
        if is_chain {
            self.wrap(since, SyntaxKind::Chain);
        }
        (form, end)
    }

    fn field_or_method(&mut self, receiver: Form) -> (Form, ChainEnd) {
        let optional = self.at(SyntaxKind::QuestionDot);
        let start = receiver.span.start;
        self.bump();
        if optional && self.at(SyntaxKind::LeftBracket) {
            return (self.index(receiver, "@index?"), ChainEnd::Other);
        }
        // What stands on the next line is more likely the next statement than a field.
        if !self.at_field_name() || self.kind().is_word() && self.token().newline_before {
            let hint = match self.kind() {
                SyntaxKind::Star | SyntaxKind::Slash | SyntaxKind::Caret => {
                    "of each element it is `xs.map(x => x * 2)`"
                }
                _ => "a field follows the dot: `p.x`; an element is `xs[0]`",
            };
            self.error_here("expected the name of a field".to_owned(), hint);
            if self.at(SyntaxKind::Number) && !self.token().newline_before {
                self.bump();
            }
            return (receiver, ChainEnd::Other);
        }
        let name = self.take_name();
        if self.at(SyntaxKind::LeftParen) && !self.newline() {
            let arguments = self.arguments();
            let head = if optional { "@method?" } else { "@method" };
            let mut children = vec![receiver, name];
            children.extend(arguments.positional);
            let span = self.span_from(start);
            return (Form::node_with(Form::symbol(head, span), arguments.named, children, span), ChainEnd::Call);
        }
        let head = if optional { "@field?" } else { "@field" };
        (Form::node(head, vec![receiver, name], self.span_from(start)), ChainEnd::Field)
    }

    fn call(&mut self, callee: Form) -> Form {
        let start = callee.span.start;
        let arguments = self.arguments();
        let span = self.span_from(start);
        if callee.is_symbol("super") {
            let constructor = Form::symbol("ctor", callee.span);
            let mut children = vec![callee, constructor];
            children.extend(arguments.positional);
            return Form::node_with(Form::symbol("@method", span), arguments.named, children, span);
        }
        call_form(callee, arguments, span)
    }

    /// `(a, b, name: c, ...d)`
    pub(super) fn arguments(&mut self) -> Arguments {
        self.arguments_of(false)
    }

    /// The same, or of a condition, which may be an assignment.
    pub(super) fn arguments_of(&mut self, condition: bool) -> Arguments {
        let since = self.checkpoint();
        let opener = self.span();
        let paired = self.has_partner();
        let mut arguments = Arguments::default();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightParen, opener, paired, |parser| {
                if !condition {
                    parser.refuse_equals_sign();
                }
                parser.argument(&mut arguments);
            });
        });
        self.wrap(since, SyntaxKind::Arguments);
        arguments
    }

    /// `f(a = 1)`: whether it would name the argument or assign would depend on what `a` is.
    fn refuse_equals_sign(&mut self) {
        if self.at(SyntaxKind::Name) && self.kind_ahead(1) == SyntaxKind::Equal {
            let (name, equals) = (self.token_text(), self.token_ahead(1));
            let error = Diagnostic::error("an argument is named with `:`", Span::new(equals.start, equals.end))
                .label("found `=`")
                .hint(format!(
                    "write `{name}: …`; an assignment as an argument has parentheses of its own: `({name} = …)`"
                ));
            self.report_elsewhere(error);
        }
    }

    fn argument(&mut self, arguments: &mut Arguments) {
        let named = self.at_field_name() && self.kind_ahead(1) == SyntaxKind::Colon;
        if !named {
            let argument = self.item();
            arguments.positional.push(argument);
            return;
        }
        let since = self.checkpoint();
        let name_span = self.span();
        let name = self.name_text();
        self.bump();
        self.bump();
        let value = self.expression();
        self.wrap(since, SyntaxKind::NamedArgument);
        self.push_named(&mut arguments.named, Prop { name, name_span, value });
    }

    /// Adds a keyword argument, unless its name has been given.
    pub(super) fn push_named(&mut self, named: &mut Vec<Prop>, prop: Prop) {
        let Some(first) = named.iter().find(|earlier| earlier.name == prop.name) else { return named.push(prop) };
        let error = Diagnostic::error(format!("the argument `{}` is given twice", prop.name), prop.name_span)
            .label("the second time")
            .place(first.name_span, "the first time")
            .hint("leave one of them out");
        self.report_elsewhere(error);
    }

    /// A list's element or an argument: an expression or `...expression`.
    pub(super) fn item(&mut self) -> Form {
        if !self.at(SyntaxKind::Ellipsis) {
            return self.expression();
        }
        let since = self.checkpoint();
        let start = self.span();
        self.bump();
        let spread = self.expression();
        self.wrap(since, SyntaxKind::Spread);
        let span = start.to(spread.span);
        Form::node_with(Form::symbol("@spread", start), Vec::new(), vec![spread], span)
    }

    /// `xs[i]`, and for tensors `t[i, j]`.
    fn index(&mut self, receiver: Form, head: &str) -> Form {
        let since = self.checkpoint();
        let opener = self.span();
        let paired = self.has_partner();
        let start = receiver.span.start;
        let mut children = vec![receiver];
        self.bump();
        if self.at(SyntaxKind::RightBracket) {
            self.error_here("expected an index".to_owned(), "an element is `xs[0]`, a slice `xs[1..3]`");
            children.push(self.error_form());
        }
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightBracket, opener, paired, |parser| {
                if !parser.at(SyntaxKind::Colon) {
                    children.push(parser.expression());
                }
                parser.refuse_slice_with_colons();
            });
        });
        self.wrap(since, SyntaxKind::Index);
        Form::node(head, children, self.span_from(start))
    }

    /// Reads items between commas up to the closing bracket, which is taken. The opening one has been.
    pub(super) fn items(&mut self, closing: SyntaxKind, opener: Span, paired: bool, mut item: impl FnMut(&mut Self)) {
        loop {
            if self.at(closing) || self.at_end_of_items() {
                break;
            }
            let position = self.position();
            item(self);
            if self.eat(SyntaxKind::Comma) {
                continue;
            }
            if self.at(closing) || self.at_end_of_items() {
                break;
            }
            // Two items without a comma, or the closing bracket is missing and this is the next statement.
            let next_statement = !paired && self.token().newline_before;
            let division = crate::warnings::division_behind(self.text, opener);
            let hint = division.unwrap_or_else(|| self.hint_for_missing_comma());
            let expected = format!("expected `,` or {}, found {}", closing.words(), self.found());
            let error = Diagnostic::error(expected, self.place()).place(opener, "opened here").hint(hint);
            self.report(error);
            if next_statement {
                return;
            }
            if paired && matches!(self.kind(), SyntaxKind::IfWord | SyntaxKind::Question | SyntaxKind::ForWord) {
                self.skip_within(closing);
                break;
            }
            if self.position() == position {
                let since = self.checkpoint();
                self.bump();
                self.wrap(since, SyntaxKind::Error);
            }
        }
        self.close_after("`,` or ", closing, opener);
    }

    fn hint_for_missing_comma(&self) -> &'static str {
        match self.hint_for_left_over() {
            "statements are separated by line breaks or `;`"
            | "a function is called with parentheses: `f(x)`; statements are separated by line breaks or `;`" => {
                "items in brackets are separated by commas"
            }
            hint => hint,
        }
    }

    /// At something that cannot stand between the items of a bracket, so that the bracket is over.
    fn at_end_of_items(&self) -> bool {
        use SyntaxKind::*;
        matches!(
            self.kind(),
            EndOfInput
                | RightParen
                | RightBracket
                | RightBrace
                | Semicolon
                | InterpolationClose
                | TextClose
                | LetWord
                | MutWord
                | ImportWord
                | ExportWord
        )
    }
}

pub(super) fn call_form(callee: Form, arguments: Arguments, span: Span) -> Form {
    let Arguments { positional, named } = arguments;
    if needs_explicit_call(&callee, positional.first()) {
        let mut children = vec![callee];
        children.extend(positional);
        return Form::node_with(Form::symbol("@call", span), named, children, span);
    }
    Form::node_with(callee, named, positional, span)
}

/// The call on the right of `|>`, with `value` as its first argument.
pub(super) fn call_with_first(value: Form, right: Form, end: ChainEnd) -> Form {
    let span = value.span.to(right.span);
    let arguments = Arguments { positional: vec![value], named: Vec::new() };
    match (end, right.kind) {
        (ChainEnd::Call, FormKind::Node(node)) => {
            let Node { head, props, mut children } = *node;
            let [value] = <[Form; 1]>::try_from(arguments.positional).unwrap_or_else(|_| [Form::null(span)]);
            let place = match head.as_symbol() {
                Some("@call") => 1,
                Some("@method" | "@method?") => 2,
                _ => 0,
            };
            children.insert(place.min(children.len()), value);
            Form::node_with(head, props, children, span)
        }
        // `xs |> m.f` is `m.f(xs)`, so that `self` is what it is in that call.
        (ChainEnd::Field, FormKind::Node(node)) => {
            let Node { head, mut children, .. } = *node;
            let method = if head.is_symbol("@field?") { "@method?" } else { "@method" };
            children.extend(arguments.positional);
            Form::node(method, children, span)
        }
        (_, kind) => call_form(Form::new(kind, right.span), arguments, span),
    }
}
