//! Control flow: conditions, loops, `match`, `try`, jumps, `await` and `async`.

use super::parser::{Context, Parser};
use super::postfix::Arguments;
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Prop};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    /// `if (c) { a } else if (d) { b } else { e }`, or `if (c, a, b)`.
    pub(super) fn if_form(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let arguments = self.condition_arguments("if");
        if arguments.len() == 3 {
            self.wrap(since, SyntaxKind::If);
            return Form::node_with(Form::symbol("ifel", word), Vec::new(), arguments, self.span_from(word.start));
        }
        let mut children = vec![self.one_condition(arguments)];
        children.push(self.body_form());
        while self.at(SyntaxKind::ElseWord) {
            let else_span = self.span();
            self.bump();
            if self.at(SyntaxKind::IfWord) && !self.at_three_part_if() {
                self.bump();
                let arguments = self.condition_arguments("if");
                children.push(Form::symbol("elif", else_span));
                children.push(self.one_condition(arguments));
                children.push(self.body_form());
            } else {
                children.push(Form::symbol("else", else_span));
                children.push(self.body_form());
                break;
            }
        }
        self.wrap(since, SyntaxKind::If);
        Form::node_with(Form::symbol("if", word), Vec::new(), children, self.span_from(word.start))
    }

    /// `else if (c, a, b)`: an expression after `else`, not a further branch. Nothing can follow its parentheses that
    /// would be a branch's body.
    fn at_three_part_if(&self) -> bool {
        let Some(next) = self.token_after_partner(self.token_ahead(1)) else { return false };
        let ends = matches!(
            next.kind,
            SyntaxKind::EndOfInput
                | SyntaxKind::Semicolon
                | SyntaxKind::RightBrace
                | SyntaxKind::RightParen
                | SyntaxKind::RightBracket
                | SyntaxKind::Comma
                | SyntaxKind::InterpolationClose
        );
        self.kind_ahead(1) == SyntaxKind::LeftParen
            && (ends || next.newline_before && next.kind != SyntaxKind::LeftBrace)
            && self.has_comma(1)
    }

    /// `(condition)` or `(condition, a, b)`.
    fn condition_arguments(&mut self, word: &str) -> Vec<Form> {
        if !self.at(SyntaxKind::LeftParen) {
            let hint = format!("the condition stands in parentheses: `{word} (c) {{ … }}`");
            self.error_here("expected `(`".to_owned(), &hint);
            // Other languages leave the parentheses out; reading on as if they were there finds what else is wrong.
            return vec![self.expression()];
        }
        self.arguments_without_names()
    }

    fn arguments_without_names(&mut self) -> Vec<Form> {
        let Arguments { positional, named } = self.arguments_of(true);
        if let Some(prop) = named.first() {
            let error = Diagnostic::error("a condition has no keyword arguments", prop.name_span)
                .label("found here")
                .hint("comparison is `==`");
            self.report_elsewhere(error);
        }
        positional
    }

    fn one_condition(&mut self, mut arguments: Vec<Form>) -> Form {
        let end = self.last_end();
        if arguments.len() > 1 {
            let error = Diagnostic::error("expected one condition", arguments[1].span)
                .label("this is one too many")
                .hint("conditions are joined with `&&` or `||`; the three-part form is `if (c, a, b)`");
            self.report_elsewhere(error);
        }
        if arguments.is_empty() {
            let place = crate::form::Span::new(end.saturating_sub(1), end);
            let error = Diagnostic::error("expected a condition", place)
                .label("nothing stands in these parentheses")
                .hint("the condition stands in parentheses: `if (c) { … }`");
            self.report_elsewhere(error);
            return Form::error(place);
        }
        arguments.swap_remove(0)
    }

    /// `while (c) { … }`, `for (x in xs) { … }`, `loop { … }`
    pub(super) fn loop_form(&mut self, label: Option<Prop>) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        let kind = self.kind();
        self.bump();
        let mut children = Vec::new();
        let (head, node) = match kind {
            SyntaxKind::WhileWord => {
                let arguments = self.condition_arguments("while");
                children.push(self.one_condition(arguments));
                ("while", SyntaxKind::While)
            }
            SyntaxKind::ForWord => {
                self.for_head(&mut children);
                ("for", SyntaxKind::For)
            }
            _ => ("loop", SyntaxKind::Loop),
        };
        self.labels.extend(label.iter().map(|label| label.name_span));
        children.extend(if kind == SyntaxKind::LoopWord { self.block().0 } else { self.body() });
        if label.is_some() {
            self.labels.pop();
        }
        self.wrap(since, node);
        let props = label.into_iter().collect();
        Form::node_with(Form::symbol(head, word), props, children, self.span_from(word.start))
    }

    /// `(x in xs)`, `(i, x in xs)`
    fn for_head(&mut self, children: &mut Vec<Form>) {
        let opener = self.span();
        let hint = "a loop over a collection is `for (x in xs) { … }`, with a count `for (i in 0..n) { … }`";
        let parenthesised = self.at(SyntaxKind::LeftParen);
        if parenthesised {
            self.bump();
        } else {
            self.error_here("expected `(`".to_owned(), hint);
        }
        let context = if parenthesised { Context::BRACKETS } else { self.context };
        self.within(context, |parser| {
            if matches!(parser.kind(), SyntaxKind::LetWord | SyntaxKind::MutWord) || parser.at_name("const") {
                parser.error_here("expected a name".to_owned(), hint);
                parser.bump();
            }
            children.push(parser.pattern());
            if parser.eat(SyntaxKind::Comma) {
                children.push(parser.pattern());
            }
            let in_span = parser.span();
            if parser.expect(SyntaxKind::InWord, hint) || parser.at_name("of") {
                parser.eat_name("of");
                children.push(Form::symbol("in", in_span));
                children.push(parser.expression());
            } else {
                children.extend([Form::symbol("in", in_span), parser.error_form()]);
                parser.skip_to_closing_paren();
            }
            if parenthesised {
                parser.close(SyntaxKind::RightParen, opener);
            }
        });
    }

    pub(super) fn do_form(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let (forms, _) = self.block();
        self.wrap(since, SyntaxKind::Do);
        Form::node_with(Form::symbol("do", word), Vec::new(), forms, self.span_from(word.start))
    }

    /// `match v { pattern if (guard) => e, … }`
    pub(super) fn match_form(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let context = Context { word_blocks: false, ..self.context };
        let value = if self.at(SyntaxKind::LeftBrace) {
            self.error_here("expected a value to match".to_owned(), "write `match v { 0 => a, _ => b }`");
            self.error_form()
        } else {
            self.within(context, Parser::expression)
        };
        let mut children = vec![value];
        self.arms("write `match v { 0 => a, _ => b }`", |parser| {
            let arm = parser.match_arm();
            children.push(arm);
        });
        self.wrap(since, SyntaxKind::Match);
        Form::node_with(Form::symbol("match", word), Vec::new(), children, self.span_from(word.start))
    }

    /// The arms of `match` and `select` between braces; a comma or a line break ends each.
    pub(super) fn arms(&mut self, hint: &str, mut arm: impl FnMut(&mut Self)) {
        let opener = self.span();
        if !self.expect(SyntaxKind::LeftBrace, hint) {
            return;
        }
        self.within(Context::STATEMENTS, |parser| {
            loop {
                while matches!(parser.kind(), SyntaxKind::Comma | SyntaxKind::Semicolon) {
                    parser.bump();
                }
                if matches!(
                    parser.kind(),
                    SyntaxKind::RightBrace | SyntaxKind::EndOfInput | SyntaxKind::InterpolationClose
                ) {
                    break;
                }
                parser.begin();
                let (position, errors) = (parser.position(), parser.error_count());
                arm(parser);
                let ended = matches!(parser.kind(), SyntaxKind::Comma | SyntaxKind::Semicolon | SyntaxKind::RightBrace)
                    || parser.at(SyntaxKind::EndOfInput)
                    || parser.token().newline_before
                    // A block or a record ends where its brace does.
                    || parser.previous_is(SyntaxKind::RightBrace);
                if !ended {
                    if parser.error_count() == errors {
                        let hint = "a comma or a line break ends an arm; several statements stand in `do { … }`";
                        parser.error_here("expected the end of the arm".to_owned(), hint);
                    }
                    parser.skip_statement();
                }
                if parser.position() == position {
                    parser.bump();
                }
            }
            parser.close(SyntaxKind::RightBrace, opener);
        });
    }

    fn match_arm(&mut self) -> Form {
        let since = self.checkpoint();
        let pattern = self.alternatives();
        let start = pattern.span.start;
        let mut props = Vec::new();
        if self.at(SyntaxKind::IfWord) {
            props.push(self.guard());
        }
        let hint = "an arm is `pattern => value`, or `pattern if (guard) => value`";
        let body = if self.expect(SyntaxKind::Arrow, hint) { self.expression_or_block() } else { self.error_form() };
        self.wrap(since, SyntaxKind::MatchArm);
        Form::node_with(pattern, props, vec![body], self.span_from(start))
    }

    /// `if (guard)`, exactly.
    fn guard(&mut self) -> Prop {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let hint = "a guard stands in parentheses: `x if (x > 1) => …`";
        let condition = if self.at(SyntaxKind::LeftParen) {
            let arguments = self.arguments_without_names();
            self.one_condition(arguments)
        } else {
            self.error_here("expected `(`".to_owned(), hint);
            let context = Context { arrows: false, ..self.context };
            self.within(context, Parser::expression)
        };
        self.wrap(since, SyntaxKind::Guard);
        Prop { name: "if".into(), name_span: word, value: condition }
    }

    /// `try { … } catch (e: IoError) { … } finally { … }`
    pub(super) fn try_form(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let (mut children, _) = self.block();
        let mut clauses = 0;
        while self.at(SyntaxKind::CatchWord) {
            children.push(self.catch());
            clauses += 1;
        }
        if self.at(SyntaxKind::FinallyWord) {
            let since = self.checkpoint();
            let finally = self.span();
            self.bump();
            let (forms, _) = self.block();
            self.wrap(since, SyntaxKind::Finally);
            let span = self.span_from(finally.start);
            children.push(Form::node_with(Form::symbol("finally", finally), Vec::new(), forms, span));
            clauses += 1;
        }
        if clauses == 0 {
            let error = Diagnostic::error("this `try` has neither `catch` nor `finally`", word)
                .label("begun here")
                .hint("write `try { … } catch (e) { … }`");
            self.report(error);
        }
        self.wrap(since, SyntaxKind::Try);
        Form::node_with(Form::symbol("try", word), Vec::new(), children, self.span_from(word.start))
    }

    fn catch(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let mut props = Vec::new();
        let opener = self.span();
        if self.eat(SyntaxKind::LeftParen) {
            self.within(Context::BRACKETS, |parser| {
                let name = parser.name("an error is caught as `catch (e: IoError) { … }` or `catch (e) { … }`");
                if parser.eat(SyntaxKind::Colon) {
                    let class = parser.type_form();
                    props.push(Prop::new("class", class));
                }
                if parser.at(SyntaxKind::Name) {
                    let hint = "the class stands behind the name: `catch (e: ValueError) { … }`";
                    parser.error_here("expected `:` or `)`".to_owned(), hint);
                    parser.bump();
                }
                props.push(Prop::new("as", name));
                parser.close(SyntaxKind::RightParen, opener);
            });
        }
        let (forms, _) = self.block();
        self.wrap(since, SyntaxKind::Catch);
        Form::node_with(Form::symbol("catch", word), props, forms, self.span_from(word.start))
    }

    /// `return e`, `throw e`, `yield e`, `yield* e`, `break e`, `break label`, `continue label`
    pub(super) fn jump(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        let kind = self.kind();
        let mut head = self.token_text();
        self.bump();
        let mut props = Vec::new();
        let mut children = Vec::new();
        if kind == SyntaxKind::YieldWord && self.at(SyntaxKind::Star) && self.span().start == word.end {
            head = "yield*";
            self.bump();
        }
        if kind == SyntaxKind::ContinueWord && self.at(SyntaxKind::Name) && !self.newline()
            || kind == SyntaxKind::BreakWord && self.at_label()
        {
            let name = self.take_name();
            props.push(Prop::new("from", name));
        }
        if kind != SyntaxKind::ContinueWord && self.value_follows() {
            children.push(self.expression());
        } else if kind == SyntaxKind::ThrowWord {
            self.error_here("expected a value to throw".to_owned(), "any value can be thrown: `throw \"bad\"`");
            children.push(self.error_form());
        }
        self.wrap(since, SyntaxKind::Jump);
        Form::node_with(Form::symbol(head, word), props, children, self.span_from(word.start))
    }

    /// At the name of a label around: `break outer` leaves that loop, `break v` gives a value.
    fn at_label(&self) -> bool {
        self.at(SyntaxKind::Name)
            && !self.newline()
            && self.labels.iter().any(|label| &self.text[label.range()] == self.token_text())
    }

    /// Whether a value stands here that belongs to the word before it.
    fn value_follows(&self) -> bool {
        use SyntaxKind::*;
        !self.newline()
            && !matches!(
                self.kind(),
                EndOfInput
                    | Semicolon
                    | Comma
                    | RightBrace
                    | RightParen
                    | RightBracket
                    | InterpolationClose
                    | ElseWord
                    | CatchWord
                    | FinallyWord
            )
    }

    /// `await f`, or `await(f, timeout: 100)`.
    pub(super) fn awaiting(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let operand_since = self.checkpoint();
        let is_function = self.at_lambda_parameters();
        let (mut children, mut props) = (Vec::new(), Vec::new());
        if self.at(SyntaxKind::LeftParen) && !is_function {
            let Arguments { mut positional, named } = self.arguments();
            if positional.len() == 1 && named.is_empty() && !positional[0].is_node("@spread") {
                // One value in parentheses: what follows them is applied to it first, `await (f).g()`.
                let (form, _) = self.chain(operand_since, positional.swap_remove(0));
                children.push(form);
            } else {
                (children, props) = (positional, named);
                if children.is_empty() {
                    let error = Diagnostic::error("expected a future to wait for", self.span_from(word.start))
                        .label("nothing is awaited")
                        .hint("write `await f`, or `await(f, timeout: 100)`");
                    self.report_elsewhere(error);
                }
                let form = Form::node_with(Form::symbol("await", word), props, children, self.span_from(word.start));
                self.wrap(since, SyntaxKind::Await);
                return self.chain(since, form).0;
            }
        } else {
            let operand = self.nested(|parser| parser.error_form(), Parser::unary);
            children.push(operand);
        }
        self.wrap(since, SyntaxKind::Await);
        props.shrink_to_fit();
        Form::node_with(Form::symbol("await", word), props, children, self.span_from(word.start))
    }

    /// `async do { … }`, `async f(x)`, `async (x) => …`, `async fn f() { … }`
    pub(super) fn asynchronous(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let is_lambda = match self.kind() {
            SyntaxKind::LeftParen => self.at_lambda_parameters(),
            SyntaxKind::Name | SyntaxKind::QuotedName => self.kind_ahead(1) == SyntaxKind::Arrow,
            _ => false,
        };
        if self.at(SyntaxKind::LeftBrace) {
            let error = Diagnostic::error("`{` where an expression starts begins a record", self.span())
                .label("after `async`")
                .hint("a block is written `async do { … }`");
            self.report(error);
            let body = self.nested(|parser| parser.error_form(), Parser::block_form);
            self.wrap(since, SyntaxKind::Async);
            return Form::node_with(Form::symbol("async", word), Vec::new(), vec![body], self.span_from(word.start));
        }
        let is_function = is_lambda || self.at(SyntaxKind::FnWord);
        let mut form = self
            .nested(|parser| parser.error_form(), |parser| if is_lambda { parser.lambda() } else { parser.unary() });
        self.wrap(since, SyntaxKind::Async);
        let span = self.span_from(word.start);
        if let FormKind::Node(node) = &mut form.kind
            && is_function
        {
            node.props.insert(0, Prop::new("async", Form::new(FormKind::Bool(true), word)));
            return Form { span, ..form };
        }
        Form::node_with(Form::symbol("async", word), Vec::new(), vec![form], span)
    }
}
