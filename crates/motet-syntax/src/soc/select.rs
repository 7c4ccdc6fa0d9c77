//! `select { v = a.recv() => …, f => …, else => … }`; `_ =>` is read as `else =>`.

use super::parser::{Context, Parser};
use crate::form::{Form, FormKind, Prop};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    pub(super) fn select(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let mut arms = Vec::new();
        self.arms("write `select { v = a.recv() => …, else => … }`", |parser| arms.push(parser.select_arm()));
        self.wrap(since, SyntaxKind::Select);
        Form::node_with(Form::symbol("select", word), Vec::new(), arms, self.span_from(word.start))
    }

    fn select_arm(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.span();
        let mut props = Vec::new();
        let mut children = Vec::new();
        let names_value =
            matches!(self.kind(), SyntaxKind::Name | SyntaxKind::QuotedName) && self.kind_ahead(1) == SyntaxKind::Equal;
        let is_wildcard =
            self.at(SyntaxKind::Name) && self.token_text() == "_" && self.kind_ahead(1) == SyntaxKind::Arrow;
        if self.at(SyntaxKind::ElseWord) || is_wildcard {
            props.push(Prop::new("else", Form::new(FormKind::Bool(true), start)));
            self.bump();
        } else {
            if names_value {
                let name = self.take_name();
                props.push(Prop::new("as", name));
                self.bump();
            }
            let context = Context { arrows: false, ..self.context };
            children.push(self.within(context, Parser::expression));
        }
        let hint = "an arm is `future => …` or `value = future => …`";
        children.push(if self.expect(SyntaxKind::Arrow, hint) {
            self.expression_or_block()
        } else {
            self.error_form()
        });
        self.wrap(since, SyntaxKind::SelectArm);
        Form::node_with(Form::symbol("arm", start), props, children, self.span_from(start.start))
    }
}
