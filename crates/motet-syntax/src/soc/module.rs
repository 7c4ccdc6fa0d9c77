//! Imports and exports.

use super::parser::{Context, Parser};
use crate::form::Form;
use crate::kind::SyntaxKind;

const IMPORT_HINT: &str = "write `import {a, b as c} from \"./m\"` or `import * as m from \"./m\"`";
const EXPORT_HINT: &str = "write `export {a, b}` or put `export` before a declaration: `export let x = 1`";

impl Parser<'_> {
    /// `import {a, b as c} from "./m"`, `import * as m from "./m"`, `import * from "./m"`, `import "./m"`
    pub(super) fn import(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let mut children = Vec::new();
        match self.kind() {
            SyntaxKind::Star => {
                children.push(self.word_symbol());
                if self.at_name("as") {
                    children.push(self.word_symbol());
                    children.push(self.name(IMPORT_HINT));
                } else if !self.at_name("from") {
                    self.error_here("expected `as` or `from`".to_owned(), IMPORT_HINT);
                }
                self.source(&mut children);
            }
            SyntaxKind::LeftBrace => {
                self.imported_names(&mut children, IMPORT_HINT);
                self.source(&mut children);
            }
            SyntaxKind::Text | SyntaxKind::TextOpen => {
                children.push(Form::symbol("from", self.span()));
                children.push(self.constant_string());
            }
            SyntaxKind::Name
                if self.kind_ahead(1) == SyntaxKind::Comma || self.text_of(self.token_ahead(1)) == "from" =>
            {
                let name = self.token_text();
                let hint = crate::foreign_module(name).map(str::to_owned);
                let hint = hint.unwrap_or_else(|| format!(
                    "there are no default exports: `import {{{name}}} from …` takes one name, `import * as {name} from …` the module"
                ));
                self.error_here("expected the names to import in braces".to_owned(), &hint);
                self.skip_statement();
            }
            SyntaxKind::Name if !self.newline() => {
                let name = self.token_text();
                let hint = crate::foreign_module(name).map(str::to_owned);
                let hint = hint.unwrap_or_else(|| format!(
                    "a module is imported as `import * as {name} from \"./{name}\"`; what is built in needs no import"
                ));
                self.error_here("expected the names to import".to_owned(), &hint);
                self.skip_statement();
            }
            _ => {
                self.error_here("expected the names to import".to_owned(), IMPORT_HINT);
            }
        }
        self.wrap(since, SyntaxKind::Import);
        Form::node_with(Form::symbol("import", word), Vec::new(), children, self.span_from(word.start))
    }

    /// `from "./m"`
    fn source(&mut self, children: &mut Vec<Form>) {
        if !self.at_name("from") {
            self.error_here("expected `from`".to_owned(), IMPORT_HINT);
            return;
        }
        children.push(self.word_symbol());
        if matches!(self.kind(), SyntaxKind::Text | SyntaxKind::TextOpen) {
            children.push(self.constant_string());
        } else {
            let hint = "the module is a plain string: `from \"./m\"`";
            self.error_here("expected the module's path".to_owned(), hint);
        }
    }

    /// The token here as a symbol.
    fn word_symbol(&mut self) -> Form {
        let symbol = Form::symbol(self.token_text(), self.span());
        self.bump();
        symbol
    }

    /// `{a, b as c}`: `a`, `b:c`.
    fn imported_names(&mut self, names: &mut Vec<Form>, hint: &str) {
        let opener = self.span();
        let paired = self.has_partner();
        self.bump();
        self.within(Context::BRACKETS, |parser| {
            parser.items(SyntaxKind::RightBrace, opener, paired, |parser| {
                let since = parser.checkpoint();
                let name = parser.name(hint);
                let renamed = parser.at_name("as").then(|| {
                    parser.bump();
                    parser.name(hint)
                });
                parser.wrap(since, SyntaxKind::ImportedName);
                names.push(match (name.as_symbol(), renamed.as_ref().and_then(Form::as_symbol)) {
                    (Some(name_text), Some(new_name)) => {
                        Form::symbol(format!("{name_text}:{new_name}"), parser.span_from(name.span.start))
                    }
                    _ => name,
                });
            });
        });
    }

    /// `export {a, b as c}`, `export {a} from "./m"`, `export let x = 1`
    pub(super) fn export(&mut self) -> Form {
        let since = self.checkpoint();
        let word = self.span();
        self.bump();
        let mut children = Vec::new();
        match self.kind() {
            SyntaxKind::LeftBrace => {
                self.imported_names(&mut children, EXPORT_HINT);
                if self.at_name("from") && !self.newline() {
                    self.source(&mut children);
                }
            }
            SyntaxKind::LetWord
            | SyntaxKind::MutWord
            | SyntaxKind::FnWord
            | SyntaxKind::AsyncWord
            | SyntaxKind::ClassWord
            | SyntaxKind::EnumWord => children.push(self.statement()),
            SyntaxKind::Name if self.token_text() == "type" || self.at_foreign_keyword() => {
                children.push(self.statement());
            }
            _ => self.error_here("expected what to export".to_owned(), EXPORT_HINT),
        }
        self.wrap(since, SyntaxKind::Export);
        Form::node_with(Form::symbol("export", word), Vec::new(), children, self.span_from(word.start))
    }
}
