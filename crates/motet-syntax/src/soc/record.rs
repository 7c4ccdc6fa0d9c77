//! `{` where an expression starts: a record, never a block. What was meant as a block is told so.

use super::parser::{Context, Parser};
use crate::diagnostic::Diagnostic;
use crate::form::{Entry, Form, FormKind};
use crate::kind::SyntaxKind;

impl Parser<'_> {
    pub(super) fn record_or_stray_block(&mut self) -> Form {
        if self.looks_like_record() {
            return self.record();
        }
        let error = Diagnostic::error("`{` where an expression starts begins a record, and this is none", self.span())
            .label("a statement follows")
            .hint("a block is written `do { … }`; an entry of a record is `name: value`");
        self.report(error);
        self.nested(|parser| parser.error_form(), Parser::block_form)
    }

    /// Behind an arrow: an expression, or a block where the braces cannot be those of a record.
    pub(super) fn expression_or_block(&mut self) -> Form {
        if self.at(SyntaxKind::LeftBrace) && !self.looks_like_record() {
            return self.nested(|parser| parser.error_form(), Parser::block_form);
        }
        self.expression()
    }

    /// What follows the brace decides: an entry, a spread or the closing brace.
    fn looks_like_record(&self) -> bool {
        match self.kind_ahead(1) {
            SyntaxKind::RightBrace | SyntaxKind::Ellipsis | SyntaxKind::EndOfInput => true,
            SyntaxKind::LeftBracket => self.computed_key_follows(),
            SyntaxKind::Name | SyntaxKind::QuotedName => match self.kind_ahead(2) {
                SyntaxKind::Colon | SyntaxKind::Comma | SyntaxKind::RightBrace => true,
                SyntaxKind::LeftParen => self.method_follows(),
                _ => false,
            },
            SyntaxKind::Text | SyntaxKind::Number => self.kind_ahead(2) == SyntaxKind::Colon,
            SyntaxKind::TextOpen => self.kind_after_string(1) == SyntaxKind::Colon,
            kind => kind.is_word() && self.kind_ahead(2) == SyntaxKind::Colon,
        }
    }

    /// `{[key]: value`
    fn computed_key_follows(&self) -> bool {
        self.kind_after_partner(self.token_ahead(1)) == Some(SyntaxKind::Colon)
    }

    /// `{area() { … }`, and not a call with a line break behind it.
    fn method_follows(&self) -> bool {
        self.kind_after_partner(self.token_ahead(2)) == Some(SyntaxKind::LeftBrace)
    }

    pub(super) fn record(&mut self) -> Form {
        let since = self.checkpoint();
        let opener = self.span();
        let paired = self.has_partner();
        let mut entries = Vec::new();
        self.bump();
        // Line breaks count for nothing between the entries of a record; within one they end its value.
        self.within(Context::STATEMENTS, |parser| {
            parser.items(SyntaxKind::RightBrace, opener, paired, |parser| parser.record_entry(&mut entries));
        });
        self.wrap(since, SyntaxKind::Record);
        Form::new(FormKind::Record(entries), self.span_from(opener.start))
    }

    fn record_entry(&mut self, entries: &mut Vec<Entry>) {
        let since = self.checkpoint();
        let entry = match self.kind() {
            SyntaxKind::Ellipsis => {
                self.bump();
                Entry::Spread(self.expression())
            }
            SyntaxKind::LeftBracket => {
                let opener = self.span();
                self.bump();
                let key = self.within(Context::BRACKETS, |parser| {
                    let key = parser.expression();
                    parser.close(SyntaxKind::RightBracket, opener);
                    key
                });
                Entry::Computed { key, value: self.entry_value() }
            }
            SyntaxKind::Number => {
                let key = self.number(false, self.span());
                Entry::Computed { key, value: self.entry_value() }
            }
            SyntaxKind::Text | SyntaxKind::TextOpen => {
                let key = self.string();
                let name_span = key.span;
                match key.kind {
                    FormKind::Str(name) => Entry::Named { name, name_span, value: self.entry_value() },
                    kind => Entry::Computed { key: Form::new(kind, name_span), value: self.entry_value() },
                }
            }
            _ if self.at_field_name() => self.named_entry(),
            _ => {
                let hint = "an entry of a record is `name: value`; a block is written `do { … }`";
                self.error_here("expected the name of an entry".to_owned(), hint);
                return;
            }
        };
        self.wrap(since, SyntaxKind::RecordEntry);
        self.push_entry(entries, entry);
    }

    fn named_entry(&mut self) -> Entry {
        let name_span = self.span();
        let is_word = self.kind().is_word();
        let name = self.name_text();
        if self.kind_ahead(1) == SyntaxKind::LeftParen {
            self.bump();
            let value = self.function_of(None, name_span);
            return Entry::Named { name, name_span, value };
        }
        self.bump();
        let value = if self.at(SyntaxKind::Colon) {
            self.entry_value()
        } else if is_word {
            self.error_here("expected `:` and a value".to_owned(), "this word is reserved, so its value must be given");
            self.error_form()
        } else {
            Form::symbol(name.clone(), name_span)
        };
        Entry::Named { name, name_span, value }
    }

    fn entry_value(&mut self) -> Form {
        if !self.expect(SyntaxKind::Colon, "an entry of a record is `name: value`") {
            return self.error_form();
        }
        self.expression()
    }

    /// Adds an entry, unless its name has one.
    pub(super) fn push_entry(&mut self, entries: &mut Vec<Entry>, entry: Entry) {
        // Few records have many entries; of those that have, the compiler finds the repetitions.
        if let Entry::Named { name, name_span, .. } = &entry
            && entries.len() < 64
        {
            let same = entries.iter().find_map(|earlier| match earlier {
                Entry::Named { name: earlier, name_span, .. } if earlier == name => Some(*name_span),
                _ => None,
            });
            if let Some(first) = same {
                let error = Diagnostic::error(format!("the entry `{name}` is given twice"), *name_span)
                    .label("the second time")
                    .place(first, "the first time")
                    .hint("leave one of them out");
                self.report_elsewhere(error);
                return;
            }
        }
        entries.push(entry);
    }
}
