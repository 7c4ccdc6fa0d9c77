//! What all of the grammar of `.soc` uses: the place in the tokens, the tree being built, errors and going on after them.
//!
//! The grammar's functions return the form of what they read while its tokens go to the tree; both come from one pass.

use super::lexer::Lexed;
use super::token::{Token, Trivia};
use crate::Parsed;
use crate::depth::{self, MAX_DEPTH};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, Span};
use crate::kind::SyntaxKind;
use crate::tree::{Checkpoint, TreeBuilder};

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    tokens: Vec<Token>,
    position: usize,
    trivia: Vec<Trivia>,
    /// How many of `trivia` are in the tree.
    trivia_taken: usize,
    /// Where the next of them ends.
    next_trivia: u32,
    builder: TreeBuilder,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) context: Context,
    /// Where the labels of the loops around stand.
    pub(super) labels: Vec<Span>,
    depth: usize,
    /// The token that the innermost statement, arm or member begins with.
    beginning: usize,
    /// The token that the last error was about: a second error there would only repeat the first.
    last_error: Option<usize>,
    /// The text ended where something was still open.
    ended_early: bool,
    too_deep: bool,
}

/// What the surroundings of an expression decide about it.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// A line break ends an expression: not within `()` and `[]`.
    pub(super) newlines_end: bool,
    /// `x => …` is a function: not in the head of a `select` arm, where the arrow belongs to the arm.
    pub(super) arrows: bool,
    /// A word like `scope` may be followed by its block: not before the braces of a `match`.
    pub(super) word_blocks: bool,
}

impl Context {
    pub(super) const STATEMENTS: Context = Context { newlines_end: true, arrows: true, word_blocks: true };
    pub(super) const BRACKETS: Context = Context { newlines_end: false, ..Context::STATEMENTS };
}

/// Where blanks or a comment end; without any, behind every text.
fn end_of(trivia: Option<&Trivia>) -> u32 {
    trivia.map_or(u32::MAX, |trivia| trivia.end)
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, lexed: Lexed) -> Parser<'t> {
        // What is open at the end has been reported; that other things miss their end there follows from it.
        let last_error = lexed.open_at_end.then(|| lexed.tokens.len() - 1);
        Parser {
            text,
            builder: TreeBuilder::new(lexed.tokens.len() * 2 + lexed.trivia.len()),
            tokens: lexed.tokens,
            position: 0,
            next_trivia: end_of(lexed.trivia.first()),
            trivia: lexed.trivia,
            trivia_taken: 0,
            errors: lexed.errors,
            context: Context::STATEMENTS,
            labels: Vec::new(),
            depth: 0,
            beginning: 0,
            last_error,
            ended_early: lexed.open_at_end,
            too_deep: false,
        }
    }

    pub(super) fn finish(mut self, mut forms: Vec<Form>) -> Parsed {
        if let Some(place) = depth::cut_too_deep(&mut forms)
            && !self.too_deep
        {
            self.errors.push(depth::too_deep(place));
        }
        self.take_trivia();
        self.errors.sort_by_key(|error| error.span.start);
        let incomplete = self.ended_early && self.errors.len() == 1;
        Parsed { tree: self.builder.finish(self.text), forms, errors: self.errors, incomplete }
    }

    // The place in the tokens.

    pub(super) fn kind(&self) -> SyntaxKind {
        self.tokens[self.position].kind
    }

    /// The kind of the token `ahead` places on; the end of the input is endless.
    pub(super) fn kind_ahead(&self, ahead: usize) -> SyntaxKind {
        self.tokens.get(self.position + ahead).map_or(SyntaxKind::EndOfInput, |token| token.kind)
    }

    pub(super) fn token(&self) -> Token {
        self.tokens[self.position]
    }

    pub(super) fn token_ahead(&self, ahead: usize) -> Token {
        self.tokens[(self.position + ahead).min(self.tokens.len() - 1)]
    }

    pub(super) fn at(&self, kind: SyntaxKind) -> bool {
        self.kind() == kind
    }

    /// At a name that reads `word`: words that mean something only here and there are no reserved ones.
    pub(super) fn at_name(&self, word: &str) -> bool {
        self.at(SyntaxKind::Name) && self.token_text() == word
    }

    pub(super) fn token_text(&self) -> &'t str {
        let Token { start, end, .. } = self.token();
        &self.text[start as usize..end as usize]
    }

    pub(super) fn text_of(&self, token: Token) -> &'t str {
        &self.text[token.start as usize..token.end as usize]
    }

    pub(super) fn span(&self) -> Span {
        let Token { start, end, .. } = self.token();
        Span::new(start, end)
    }

    /// Where the last token that was taken ended.
    pub(super) fn last_end(&self) -> u32 {
        match self.position.checked_sub(1) {
            Some(last) => self.tokens[last].end,
            None => 0,
        }
    }

    /// From `start` to the end of the last token taken.
    pub(super) fn span_from(&self, start: u32) -> Span {
        Span::new(start, self.last_end().max(start))
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Whether a line break before this token ends what stands before it.
    pub(super) fn newline(&self) -> bool {
        self.context.newlines_end && self.token().newline_before
    }

    /// The token after the bracket that closes this opening one.
    pub(super) fn token_after_partner(&self, opening: Token) -> Option<Token> {
        let partner = opening.partner as usize;
        (partner > 0).then(|| self.tokens[partner + 1])
    }

    pub(super) fn kind_after_partner(&self, opening: Token) -> Option<SyntaxKind> {
        self.token_after_partner(opening).map(|token| token.kind)
    }

    /// The kind of the token behind the string with parts that opens `ahead` places on.
    pub(super) fn kind_after_string(&self, ahead: usize) -> SyntaxKind {
        let mut open = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(self.position + ahead) {
            match token.kind {
                SyntaxKind::TextOpen => open += 1,
                SyntaxKind::TextClose => open -= 1,
                _ => {}
            }
            if open == 0 {
                return self.tokens.get(index + 1).map_or(SyntaxKind::EndOfInput, |token| token.kind);
            }
        }
        SyntaxKind::EndOfInput
    }

    pub(super) fn has_partner(&self) -> bool {
        self.token().partner > 0
    }

    /// Whether a comma stands directly within the bracket that opens `ahead` places on.
    pub(super) fn has_comma(&self, ahead: usize) -> bool {
        let end = self.token_ahead(ahead).partner as usize;
        let mut at = self.position + ahead + 1;
        while at < end {
            if self.tokens[at].kind == SyntaxKind::Comma {
                return true;
            }
            at = (self.tokens[at].partner as usize).max(at) + 1;
        }
        false
    }

    /// The text of the token before this one, if it is a name.
    pub(super) fn previous_name(&self) -> Option<&str> {
        let last = self.tokens[self.position.checked_sub(1)?];
        (last.kind == SyntaxKind::Name).then(|| self.text_of(last))
    }

    pub(super) fn previous_is(&self, kind: SyntaxKind) -> bool {
        self.position.checked_sub(1).is_some_and(|last| self.tokens[last].kind == kind)
    }

    // Taking tokens.

    pub(super) fn bump(&mut self) {
        self.bump_as(self.kind());
    }

    /// Takes the token into the tree under another kind.
    pub(super) fn bump_as(&mut self, kind: SyntaxKind) {
        let token = self.token();
        if token.kind == SyntaxKind::EndOfInput {
            return;
        }
        self.take_trivia_before(token.start);
        self.builder.token(kind, token.end);
        self.position += 1;
    }

    #[inline]
    fn take_trivia(&mut self) {
        self.take_trivia_before(self.token().start);
    }

    #[inline]
    fn take_trivia_before(&mut self, start: u32) {
        if self.next_trivia <= start {
            self.take_waiting_trivia(start);
        }
    }

    fn take_waiting_trivia(&mut self, start: u32) {
        while self.next_trivia <= start {
            let Some(trivia) = self.trivia.get(self.trivia_taken) else { return };
            self.builder.token(trivia.kind, trivia.end);
            self.trivia_taken += 1;
            self.next_trivia = end_of(self.trivia.get(self.trivia_taken));
        }
    }

    pub(super) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn eat_name(&mut self, word: &str) -> bool {
        let found = self.at_name(word);
        if found {
            self.bump();
        }
        found
    }

    /// Takes a token that must be here, or reports that it is missing.
    pub(super) fn expect(&mut self, kind: SyntaxKind, hint: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.error_here(format!("expected {}", kind.words()), hint);
        }
        found
    }

    // The tree.

    /// A point before the current token, after the blanks and comments that precede it.
    #[inline]
    pub(super) fn checkpoint(&mut self) -> Checkpoint {
        self.take_trivia();
        self.builder.checkpoint()
    }

    pub(super) fn wrap(&mut self, since: Checkpoint, kind: SyntaxKind) {
        self.builder.wrap(since, kind);
    }

    // Errors.

    /// Reports unless the last error was about the same token, or the lexer has reported it.
    pub(super) fn report(&mut self, error: Diagnostic) {
        if self.last_error != Some(self.position) && !self.at(SyntaxKind::Unknown) {
            self.last_error = Some(self.position);
            self.ended_early |= self.at(SyntaxKind::EndOfInput);
            self.errors.push(error);
        }
    }

    /// Reports an error that is not about the current token.
    pub(super) fn report_elsewhere(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    /// An error about the current token, `message` saying what was expected.
    pub(super) fn error_here(&mut self, message: String, hint: &str) {
        let error = Diagnostic::error(format!("{message}, found {}", self.found()), self.place()).hint(hint);
        self.report(error);
    }

    /// Whether a line break, or the end of the input, stands where something was expected.
    pub(super) fn line_ends_here(&self) -> bool {
        self.token().newline_before && self.position != self.beginning || self.at(SyntaxKind::EndOfInput)
    }

    /// The place of an error about the current token: just behind the last token if the line ended there.
    pub(super) fn place(&self) -> Span {
        if self.line_ends_here() { Span::at(self.last_end()) } else { self.span() }
    }

    /// The current token in words.
    pub(super) fn found(&self) -> String {
        match self.kind() {
            SyntaxKind::EndOfInput => self.kind().words().to_owned(),
            _ if self.line_ends_here() => "the end of the line".to_owned(),
            SyntaxKind::Name | SyntaxKind::Number | SyntaxKind::ForeignOperator => {
                let text = self.token_text();
                let shown: String = text.chars().take(40).collect();
                let dots = if shown.len() < text.len() { "…" } else { "" };
                format!("`{shown}{dots}`")
            }
            kind => kind.words().to_owned(),
        }
    }

    /// Says that a statement, an arm or a member begins here: an error here is about the token, not about the line before.
    pub(super) fn begin(&mut self) {
        self.beginning = self.position;
    }

    pub(super) fn error_form(&self) -> Form {
        Form::error(self.place())
    }

    /// Whether anything was reported about the statement that began at this number of errors.
    pub(super) fn error_count(&self) -> usize {
        self.errors.len()
    }

    // Nesting.

    /// Reads something that may hold itself, one level deeper.
    pub(super) fn nested<T>(&mut self, otherwise: impl FnOnce(&Self) -> T, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.skip_too_deep();
            return otherwise(self);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads within brackets or braces, where other rules hold.
    pub(super) fn within<T>(&mut self, context: Context, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.context, context);
        let result = read(self);
        self.context = outer;
        result
    }

    fn skip_too_deep(&mut self) {
        let start = self.place();
        if !self.too_deep {
            self.too_deep = true;
            self.errors.push(depth::too_deep(start));
        }
        // What is missing around it follows from having skipped.
        let since = self.checkpoint();
        while !self.at(SyntaxKind::EndOfInput) {
            match self.kind() {
                SyntaxKind::RightParen | SyntaxKind::RightBracket | SyntaxKind::RightBrace => break,
                SyntaxKind::InterpolationClose | SyntaxKind::TextClose => break,
                _ => self.skip_one(),
            }
        }
        self.wrap(since, SyntaxKind::Error);
        self.last_error = Some(self.position);
    }

    /// Takes one token, a whole string, or everything between a bracket and its partner.
    fn skip_one(&mut self) {
        if self.at(SyntaxKind::TextOpen) {
            // Its interpolations have partners, so the next end of a string is its own.
            while !matches!(self.kind(), SyntaxKind::TextClose | SyntaxKind::EndOfInput) {
                self.skip_bracketed();
            }
        }
        if !self.at(SyntaxKind::EndOfInput) {
            self.skip_bracketed();
        }
    }

    fn skip_bracketed(&mut self) {
        let end = (self.token().partner as usize).max(self.position);
        while self.position <= end {
            self.bump();
        }
    }

    /// Goes on to where a statement can end: a line break, `;` or a bracket that closes what is around.
    pub(super) fn skip_statement(&mut self) {
        let since = self.checkpoint();
        loop {
            match self.kind() {
                SyntaxKind::EndOfInput | SyntaxKind::Semicolon | SyntaxKind::RightBrace => break,
                SyntaxKind::InterpolationClose | SyntaxKind::TextClose => break,
                _ => self.skip_one(),
            }
            if self.token().newline_before {
                break;
            }
        }
        self.wrap(since, SyntaxKind::Error);
    }

    /// Goes on to the parenthesis that closes the head of a loop, or where it must have ended.
    pub(super) fn skip_to_closing_paren(&mut self) {
        let since = self.checkpoint();
        loop {
            match self.kind() {
                SyntaxKind::RightParen | SyntaxKind::LeftBrace | SyntaxKind::RightBrace | SyntaxKind::EndOfInput => {
                    break;
                }
                SyntaxKind::InterpolationClose => break,
                _ if self.token().newline_before => break,
                _ => self.skip_one(),
            }
        }
        self.wrap(since, SyntaxKind::Error);
    }

    /// Goes on to the bracket that closes the one around.
    pub(super) fn skip_within(&mut self, closing: SyntaxKind) {
        let since = self.checkpoint();
        while self.kind() != closing && !matches!(self.kind(), SyntaxKind::EndOfInput | SyntaxKind::RightBrace) {
            self.skip_one();
        }
        self.wrap(since, SyntaxKind::Error);
    }

    /// Goes on to the brace that ends the interpolation around.
    pub(super) fn skip_to_interpolation_end(&mut self) {
        let since = self.checkpoint();
        while !matches!(self.kind(), SyntaxKind::InterpolationClose | SyntaxKind::EndOfInput) {
            self.skip_one();
        }
        self.wrap(since, SyntaxKind::Error);
    }

    /// What ends the reading of a bracketed list: its closing bracket, or that something else shows it to be missing.
    /// `opener` is the place of the opening bracket, `paired` whether the lexer found it a partner.
    pub(super) fn close(&mut self, kind: SyntaxKind, opener: Span) {
        self.close_after("", kind, opener);
    }

    /// The same where something else might have gone on: `more` says what, as in "`,` or ".
    pub(super) fn close_after(&mut self, more: &str, kind: SyntaxKind, opener: Span) {
        let is_over = self.eat(kind) || self.at(SyntaxKind::EndOfInput) && self.too_deep;
        if !is_over {
            self.report_unclosed(more, kind, opener);
        }
    }

    /// The last brace that is closed by one on a line of less indentation than its own: most likely its own is missing.
    fn brace_that_ends_further_left(&self) -> Option<Span> {
        let indentation = |at: u32| {
            let start = self.text[..at as usize].rfind('\n').map_or(0, |end| end + 1);
            let line = &self.text[start..];
            (start, line.len() - line.trim_start_matches([' ', '\t']).len())
        };
        let paired = |token: &&Token| token.kind == SyntaxKind::LeftBrace && token.partner > 0;
        let suspect = self.tokens.iter().rev().filter(paired).find(|token| {
            let closer = self.tokens[token.partner as usize].start;
            let ((_, own), (start, of_closer)) = (indentation(token.start), indentation(closer));
            start + of_closer == closer as usize && of_closer < own
        })?;
        Some(Span::new(suspect.start, suspect.end))
    }

    #[cold]
    fn report_unclosed(&mut self, more: &str, kind: SyntaxKind, opener: Span) {
        let message = format!("expected {more}{}, found {}", kind.words(), self.found());
        let mut error = Diagnostic::error(message, self.place()).place(opener, "opened here");
        if kind == SyntaxKind::RightBrace
            && let Some(suspect) = self.brace_that_ends_further_left()
            && suspect != opener
        {
            error = error.place(suspect, "the brace that closes this one stands further left: is its own missing?");
        }
        let error = match crate::warnings::division_behind(self.text, opener) {
            Some(hint) => error.hint(hint),
            None if kind == SyntaxKind::RightBracket && self.at(SyntaxKind::Semicolon) => {
                error.hint("rows are lists in a list: `[[1, 2], [3, 4]]`")
            }
            None => error.hint(format!("close it with {}", kind.words())),
        };
        self.report(error);
    }
}
