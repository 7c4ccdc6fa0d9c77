//! Operands: literals, names, brackets, and the constructs that begin with a word.

use super::foreign::foreign_operator;
use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    pub(super) fn operand(&mut self) -> Form {
        match self.kind() {
            SyntaxKind::Name => self.name_or_word(),
            SyntaxKind::QuotedName => self.name_or_lambda(),
            SyntaxKind::Number => self.number(false, self.span()),
            SyntaxKind::Text | SyntaxKind::TextOpen => self.string(),
            SyntaxKind::TrueWord => self.literal(FormKind::Bool(true)),
            SyntaxKind::FalseWord => self.literal(FormKind::Bool(false)),
            SyntaxKind::NullWord => self.literal(FormKind::Null),
            SyntaxKind::LeftParen => self.parenthesised_or_lambda(),
            SyntaxKind::LeftBracket => self.list(),
            SyntaxKind::LeftBrace => self.record_or_stray_block(),
            kind if kind.is_word() => self.word_operand(),
            _ => self.no_operand(),
        }
    }

    fn word_operand(&mut self) -> Form {
        match self.kind() {
            SyntaxKind::FnWord => self.function(),
            SyntaxKind::IfWord => self.if_form(),
            SyntaxKind::WhileWord | SyntaxKind::ForWord | SyntaxKind::LoopWord => self.loop_form(None),
            SyntaxKind::DoWord => self.do_form(),
            SyntaxKind::MatchWord => self.match_form(),
            SyntaxKind::TryWord => self.try_form(),
            SyntaxKind::ReturnWord
            | SyntaxKind::ThrowWord
            | SyntaxKind::YieldWord
            | SyntaxKind::BreakWord
            | SyntaxKind::ContinueWord => self.jump(),
            SyntaxKind::ClassWord => self.class(),
            SyntaxKind::SuperWord => self.super_operand(),
            // Where a line or an operator went on to these by mistake.
            SyntaxKind::AwaitWord | SyntaxKind::AsyncWord => self.nested(|parser| parser.error_form(), Parser::unary),
            _ => self.no_operand(),
        }
    }

    /// What follows an operator or opens a statement is no expression.
    fn no_operand(&mut self) -> Form {
        let hint = self.hint_for_missing_operand();
        self.error_here("expected an expression".to_owned(), hint);
        let form = self.error_form();
        if matches!(self.kind(), SyntaxKind::Unknown | SyntaxKind::ForeignOperator) {
            let since = self.checkpoint();
            self.bump();
            self.wrap(since, SyntaxKind::Error);
        }
        form
    }

    fn hint_for_missing_operand(&self) -> &'static str {
        use SyntaxKind::*;
        match self.kind() {
            _ if self.newline() && self.line_ends_here() => "a value is missing before the line ends",
            EndOfInput => "the text ends in the middle of an expression",
            LetWord | MutWord | VarWord => "a binding is a statement of its own; several fit into `do { … }`",
            ElseWord => "an `else` follows the `}` of its `if`",
            CatchWord | FinallyWord => "this follows the block of its `try`",
            InWord => "`in` stands in the head of a loop: `for (x in xs) { … }`",
            ImportWord | ExportWord => "imports and exports stand at the beginning of a line, outside blocks",
            EnumWord => "an enum is declared in a statement of its own",
            Ellipsis => "`...` spreads a list into a call or another list: `f(...xs)`",
            Arrow => "a function is `(x) => …`",
            Dot => "a field follows a value: `p.x`; a number begins with a digit: `0.5`",
            RightParen | RightBracket | RightBrace => "a value is missing here, or the bracket does not belong here",
            Colon => "a block stands between `{` and `}`: `if (c) { … }`, `for (x in xs) { … }`",
            Equal => "an assignment needs a target: `x = 1`",
            ForeignOperator => foreign_operator(self.token_text()),
            At => "there are no decorators: pass what is defined to a function, `let f = memo(x => …)`",
            Bar => "a function is `x => x + 1`, of several parameters `(a, b) => a + b`",
            Greater if self.previous_is(Less) => "two values differ: `a != b`",
            Slash => "a pattern is a value: `regex(r\"[0-9]+\")`",
            Star => "the elements of a list are given as arguments by `f(...xs)`",
            Less | Greater => "operators have a value on both sides; bits are moved with `shl(a, n)` and `shr(a, n)`",
            _ => "a value is missing here",
        }
    }

    fn literal(&mut self, kind: FormKind) -> Form {
        let form = Form::new(kind, self.span());
        self.bump();
        form
    }

    fn name_or_word(&mut self) -> Form {
        if self.at_block_word() {
            let head = self.token_text();
            return match head {
                "select" => self.select(),
                _ => self.word_block(head),
            };
        }
        if self.kind_ahead(1) != SyntaxKind::Arrow {
            match self.token_text() {
                "Infinity" => return self.literal(FormKind::Float(f64::INFINITY)),
                "NaN" => return self.literal(FormKind::Float(f64::NAN)),
                _ => {}
            }
        }
        match self.foreign_operand() {
            Some(form) => form,
            None => self.name_or_lambda(),
        }
    }

    /// At a word that is one only because its block follows.
    fn at_block_word(&self) -> bool {
        self.kind_ahead(1) == SyntaxKind::LeftBrace
            && self.context.word_blocks
            && !self.token_ahead(1).newline_before
            && matches!(self.token_text(), "generate" | "scope" | "hold" | "select")
    }

    fn name_or_lambda(&mut self) -> Form {
        if self.kind_ahead(1) == SyntaxKind::Arrow && self.context.arrows { self.lambda() } else { self.take_name() }
    }

    /// `super`, which stands only before a call or a method.
    fn super_operand(&mut self) -> Form {
        let span = self.span();
        if !matches!(self.kind_ahead(1), SyntaxKind::LeftParen | SyntaxKind::Dot) {
            let error = Diagnostic::error("`super` stands for no value", span)
                .label("neither called nor followed by a method")
                .hint("call the parent's constructor with `super(…)`, its method with `super.name(…)`");
            self.report(error);
        }
        self.bump();
        Form::symbol("super", span)
    }

    fn parenthesised_or_lambda(&mut self) -> Form {
        if self.at_lambda_parameters() { self.lambda() } else { self.parenthesised() }
    }

    /// At parentheses that an arrow follows, perhaps after the type of the result.
    pub(super) fn at_lambda_parameters(&self) -> bool {
        match self.token_after_partner(self.token()) {
            Some(next) if next.kind == SyntaxKind::Arrow => self.context.arrows,
            Some(next) if next.kind == SyntaxKind::Colon => self.context.arrows && !next.newline_before,
            _ => false,
        }
    }

    fn parenthesised(&mut self) -> Form {
        let since = self.checkpoint();
        let opener = self.span();
        self.bump();
        let form = self.within(Context::BRACKETS, |parser| {
            if parser.at(SyntaxKind::RightParen) {
                let hint = "parentheses hold one expression; a function without parameters is `() => …`";
                parser.error_here("expected an expression".to_owned(), hint);
                parser.bump();
                return parser.error_form();
            }
            let mut form = parser.expression();
            if parser.at(SyntaxKind::Comma) {
                let hint = "parentheses hold one expression; several values are a list: `[a, b]`";
                parser.error_here("expected `)`".to_owned(), hint);
                while parser.eat(SyntaxKind::Comma) && !parser.at(SyntaxKind::RightParen) {
                    form = parser.expression();
                }
            }
            parser.close(SyntaxKind::RightParen, opener);
            form
        });
        self.wrap(since, SyntaxKind::Parenthesised);
        form
    }

    fn list(&mut self) -> Form {
        let since = self.checkpoint();
        let opener = self.span();
        let paired = self.has_partner();
        let mut items = Vec::new();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightBracket, opener, paired, |parser| {
                items.push(parser.item());
                parser.refuse_comprehension();
            });
        });
        self.wrap(since, SyntaxKind::List);
        Form::list(items, self.span_from(opener.start))
    }
}
