//! Splits `.soc` into tokens, in one pass over the bytes.
//!
//! It knows strings with interpolation (whose code may hold strings again) and which brackets belong together; it knows
//! nothing of statements. Whether a line break ends one is the parser's matter, so tokens only say that one precedes them.

use super::token::{LONGEST_WORD, Token, Trivia, is_name_part, is_name_start, word_kind};
use crate::diagnostic::Diagnostic;
use crate::form::Span;
use crate::kind::SyntaxKind;
use crate::literal::{number_length, part_length};

pub(super) struct Lexed {
    /// Ends with `EndOfInput`.
    pub(super) tokens: Vec<Token>,
    pub(super) trivia: Vec<Trivia>,
    pub(super) errors: Vec<Diagnostic>,
    /// A comment, a string of several lines or an interpolation is open at the end of the text.
    pub(super) open_at_end: bool,
}

pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        text,
        position: 0,
        tokens: Vec::with_capacity(text.len() / 4 + 1),
        trivia: Vec::with_capacity(text.len() / 6 + 1),
        errors: Vec::new(),
        open: Vec::new(),
        open_braces: 0,
        newline_before: false,
        open_at_end: false,
    };
    lexer.run();
    Lexed { tokens: lexer.tokens, trivia: lexer.trivia, errors: lexer.errors, open_at_end: lexer.open_at_end }
}

struct Lexer<'t> {
    text: &'t str,
    position: usize,
    tokens: Vec<Token>,
    trivia: Vec<Trivia>,
    errors: Vec<Diagnostic>,
    open: Vec<Open>,
    /// How many of `open` are braces or interpolations.
    open_braces: usize,
    newline_before: bool,
    open_at_end: bool,
}

/// A bracket or an interpolation that is still open.
#[derive(Clone, Copy)]
struct Open {
    kind: SyntaxKind,
    token: u32,
    /// For an interpolation: the token that opens the string around it.
    string: u32,
}

impl Lexer<'_> {
    fn run(&mut self) {
        // A byte order mark says nothing here; `#!` lets a file be run as a command.
        if self.text.starts_with('\u{feff}') {
            self.push_trivia(SyntaxKind::Whitespace, 3);
        }
        if self.rest().starts_with("#!") {
            let length = line_length(self.rest());
            self.push_trivia(SyntaxKind::LineComment, length);
        }
        while self.position < self.text.len() {
            self.next();
        }
        self.push(SyntaxKind::EndOfInput, 0);
        if let Some(open) = self.open.iter().find(|open| open.kind == SyntaxKind::InterpolationOpen) {
            let token = self.tokens[open.token as usize];
            self.open_at_end = true;
            let error = Diagnostic::error("this `${` is never closed", Span::new(token.start, token.end))
                .label("opened here")
                .hint("close it with `}`; a plain `$` before a brace is written `\\$`");
            self.errors.push(error);
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.position + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: SyntaxKind, length: usize) {
        let start = self.position as u32;
        self.position += length;
        let newline_before = std::mem::take(&mut self.newline_before);
        self.tokens.push(Token { kind, newline_before, start, end: self.position as u32, partner: 0 });
    }

    fn push_trivia(&mut self, kind: SyntaxKind, length: usize) {
        self.position += length;
        self.trivia.push(Trivia { kind, end: self.position as u32 });
    }

    fn error(&mut self, start: usize, end: usize, message: &str, label: &str, hint: &str) {
        let span = Span::new(start as u32, end as u32);
        self.errors.push(Diagnostic::error(message, span).label(label).hint(hint));
    }

    fn next(&mut self) {
        match self.byte(0) {
            b' ' | b'\t' | b'\r' | b'\n' => self.blanks(),
            b'/' if self.byte(1) == b'/' => {
                let length = line_length(self.rest());
                self.push_trivia(SyntaxKind::LineComment, length);
            }
            b'/' if self.byte(1) == b'*' => self.block_comment(),
            b'0'..=b'9' => {
                let length = number_length(self.rest());
                self.push(SyntaxKind::Number, length);
            }
            b'r' if matches!(self.byte(1), b'"' | b'\'') => self.raw_string(),
            b'b' if self.byte(1) == b'"' => self.bytes(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => self.word(),
            b'"' => self.double_quoted(),
            b'\'' => self.open_string(),
            b'`' => self.quoted_name(),
            byte if byte.is_ascii() => self.punctuation(),
            _ => self.beyond_ascii(),
        }
    }

    fn blanks(&mut self) {
        let bytes = &self.text.as_bytes()[self.position..];
        let mut newline = false;
        let mut is_blank = |byte: &u8| {
            newline |= *byte == b'\n';
            matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
        };
        let length = bytes.iter().take_while(|byte| is_blank(byte)).count();
        self.newline_before |= newline;
        self.push_trivia(SyntaxKind::Whitespace, length);
    }

    fn block_comment(&mut self) {
        let start = self.position;
        let length = match self.rest()[2..].find("*/") {
            Some(at) => at + 4,
            None => {
                self.open_at_end = true;
                self.error(start, start + 2, "this comment is never closed", "opened here", "close it with `*/`");
                self.rest().len()
            }
        };
        self.newline_before |= self.rest()[..length].contains('\n');
        self.push_trivia(SyntaxKind::BlockComment, length);
    }

    fn word(&mut self) {
        let bytes = &self.text.as_bytes()[self.position..];
        let ascii = bytes.iter().position(|byte| !IS_NAME_PART[usize::from(*byte)]);
        let mut length = ascii.unwrap_or(bytes.len());
        if bytes.get(length).is_some_and(|byte| !byte.is_ascii()) {
            let rest = self.rest();
            length = rest.find(|c: char| !is_name_part(c)).unwrap_or(rest.len());
        }
        let kind = if length <= LONGEST_WORD { word_kind(&self.rest()[..length]) } else { SyntaxKind::Name };
        self.push(kind, length);
    }

    fn beyond_ascii(&mut self) {
        let Some(c) = self.rest().chars().next() else { return };
        if is_name_start(c) {
            return self.word();
        }
        if c.is_whitespace() {
            return self.push_trivia(SyntaxKind::Whitespace, c.len_utf8());
        }
        let hint = match c {
            '“' | '”' | '„' => "strings stand in straight quotes: `\"`",
            '‘' | '’' => "strings stand in straight quotes: `'`",
            '−' | '–' | '—' => "minus is `-`",
            '×' | '·' => "times is `*`",
            '÷' => "division is `/`",
            '≤' => "at most is `<=`",
            '≥' => "at least is `>=`",
            '≠' => "unequal is `!=`",
            _ => "outside strings and comments, only names may hold letters of other alphabets",
        };
        self.unknown(c, hint);
    }

    fn unknown(&mut self, c: char, hint: &str) {
        let (start, end) = (self.position, self.position + c.len_utf8());
        let shown = if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() };
        let message = format!("the character `{shown}` means nothing here");
        self.error(start, end, &message, "found here", hint);
        // What stands in curly quotes was meant as a string, so it is no code.
        let line = &self.rest()[..line_length(self.rest())];
        let quoted = matches!(c, '“' | '„' | '‘').then(|| line.find(['”', '’'])).flatten();
        let length = quoted.map_or(c.len_utf8(), |end| end + '”'.len_utf8());
        self.push(SyntaxKind::Unknown, length);
    }

    /// A name between backquotes, for names that hold other characters.
    fn quoted_name(&mut self) {
        let line = &self.rest()[..line_length(self.rest())];
        let length = match line[1..].find('`') {
            Some(at) => at + 2,
            None => {
                let length = 1 + line[1..].find(|c: char| c.is_whitespace()).unwrap_or(line.len() - 1);
                let start = self.position;
                let hint = "a name in backquotes ends with a backquote on the same line";
                self.error(start, start + 1, "this name is never closed", "opened here", hint);
                length
            }
        };
        self.push(SyntaxKind::QuotedName, length);
    }

    /// `"…"` or `"""…"""`: one token, unless it has interpolations.
    fn double_quoted(&mut self) {
        let start = self.position;
        let several_lines = self.rest().starts_with("\"\"\"");
        let quotes = if several_lines { 3 } else { 1 };
        let body = part_length(&self.rest()[quotes..], b'"', several_lines, Some(b"${"));
        if self.rest()[quotes + body..].starts_with("${") {
            return self.open_string();
        }
        let closed = self.rest()[quotes + body..].starts_with(&"\"\"\""[..quotes]);
        if !closed {
            self.unclosed_string(start, quotes, several_lines);
        }
        let length = quotes + body + if closed { quotes } else { 0 };
        self.push(SyntaxKind::Text, length);
    }

    /// `r"…"` or `r'…'`, once or tripled: neither escapes nor interpolations.
    fn raw_string(&mut self) {
        let start = self.position;
        let rest = &self.rest()[1..];
        let several_lines = rest.starts_with("\"\"\"") || rest.starts_with("'''");
        let count = if several_lines { 3 } else { 1 };
        let (quotes, body) = rest.split_at(count);
        let end = if several_lines { body.find(quotes) } else { body[..line_length(body)].find(quotes) };
        let length = match end {
            Some(end) => 1 + count + end + count,
            None => 1 + count + if several_lines { body.len() } else { line_length(body) },
        };
        if end.is_none() {
            self.unclosed_string(start + 1, count, several_lines);
        }
        self.push(SyntaxKind::Text, length);
    }

    /// `b"…"`: bytes, with escapes and without interpolations.
    fn bytes(&mut self) {
        let start = self.position;
        let several_lines = self.rest()[1..].starts_with("\"\"\"");
        let quotes = if several_lines { 3 } else { 1 };
        let body = part_length(&self.rest()[1 + quotes..], b'"', several_lines, None);
        let closed = self.rest()[1 + quotes + body..].starts_with(&"\"\"\""[..quotes]);
        if !closed {
            self.unclosed_string(start + 1, quotes, several_lines);
        }
        let length = 1 + quotes + body + if closed { quotes } else { 0 };
        self.push(SyntaxKind::Text, length);
    }

    /// A string with parts: in single quotes, or in double ones if there is an interpolation.
    fn open_string(&mut self) {
        let quote = self.byte(0);
        let several_lines = self.byte(1) == quote && self.byte(2) == quote;
        let open = self.tokens.len() as u32;
        self.push(SyntaxKind::TextOpen, if several_lines { 3 } else { 1 });
        self.string_part(open);
    }

    /// The text of a string up to its end or the next interpolation. `open` is the token that opens the string.
    fn string_part(&mut self, open: u32) {
        let Token { start, end, .. } = self.tokens[open as usize];
        let several_lines = end - start == 3;
        let quotes = &self.text[start as usize..end as usize];
        let count = quotes.len();
        let length = part_length(self.rest(), quotes.as_bytes()[0], several_lines, Some(b"${"));
        let closes = self.rest()[length..].starts_with(quotes);
        if length > 0 {
            self.push(SyntaxKind::TextPart, length);
        }
        if closes {
            self.push(SyntaxKind::TextClose, count);
        } else if self.rest().starts_with("${") {
            self.open_bracket(SyntaxKind::InterpolationOpen, 2, open);
        } else {
            self.unclosed_string(start as usize, count, several_lines);
        }
    }

    fn unclosed_string(&mut self, start: usize, quotes: usize, several_lines: bool) {
        if several_lines {
            self.open_at_end = true;
            let quotes = &self.text[start..start + quotes].to_owned();
            let hint = format!("close it with `{quotes}`");
            self.error(start, start + quotes.len(), "this string is never closed", "opened here", &hint);
        } else {
            let quote = &self.text[start..start + 1];
            let hint = format!("close it with `{quote}`; a text of several lines stands between `{}`", quote.repeat(3));
            self.error(start, start + 1, "this string is not closed on its line", "opened here", &hint);
        }
    }

    fn open_bracket(&mut self, kind: SyntaxKind, length: usize, string: u32) {
        self.open.push(Open { kind, token: self.tokens.len() as u32, string });
        self.open_braces += usize::from(is_brace(kind));
        self.push(kind, length);
    }

    /// Finds what a closing bracket closes. One that nothing opened, or that crosses another, is the parser's to report;
    /// here only the pairs matter, and each bracket is looked at a bounded number of times.
    fn close_bracket(&mut self, kind: SyntaxKind) {
        let mut opener = None;
        if kind == SyntaxKind::RightBrace {
            // Brackets within a block end with it at the latest.
            while self.open_braces > 0 && opener.is_none() {
                opener = self.pop_open().filter(|open| is_brace(open.kind));
            }
        } else {
            let wanted = if kind == SyntaxKind::RightParen { SyntaxKind::LeftParen } else { SyntaxKind::LeftBracket };
            let inner = self.open.last().map(|open| open.kind);
            let outer = self.open.iter().rev().nth(1).map(|open| open.kind);
            if inner == Some(wanted) {
                opener = self.pop_open();
            } else if outer == Some(wanted) && inner.is_some_and(|inner| !is_brace(inner)) {
                self.pop_open();
                opener = self.pop_open();
            }
        }
        let index = self.tokens.len() as u32;
        match opener {
            Some(Open { kind: SyntaxKind::InterpolationOpen, token, string }) => {
                self.tokens[token as usize].partner = index;
                self.push(SyntaxKind::InterpolationClose, 1);
                self.string_part(string);
            }
            Some(open) => {
                self.tokens[open.token as usize].partner = index;
                self.push(kind, 1);
            }
            None => self.push(kind, 1),
        }
    }

    fn pop_open(&mut self) -> Option<Open> {
        let open = self.open.pop();
        self.open_braces -= usize::from(open.is_some_and(|open| is_brace(open.kind)));
        open
    }

    fn punctuation(&mut self) {
        use SyntaxKind::*;
        let (kind, length) = match (self.byte(0), self.byte(1), self.byte(2)) {
            (b'(', ..) => return self.open_bracket(LeftParen, 1, 0),
            (b'[', ..) => return self.open_bracket(LeftBracket, 1, 0),
            (b'{', ..) => return self.open_bracket(LeftBrace, 1, 0),
            (b')', ..) => return self.close_bracket(RightParen),
            (b']', ..) => return self.close_bracket(RightBracket),
            (b'}', ..) => return self.close_bracket(RightBrace),
            (b',', ..) => (Comma, 1),
            (b';', ..) => (Semicolon, 1),
            (b':', ..) => (Colon, 1),
            (b'.', b'.', b'.') => (Ellipsis, 3),
            (b'.', b'.', b'=') => (DotDotEqual, 3),
            (b'.', b'.', _) => (DotDot, 2),
            (b'.', ..) => (Dot, 1),
            (b'?', b'.', _) => (QuestionDot, 2),
            (b'?', b'?', b'=') => (QuestionQuestionEqual, 3),
            (b'?', b'?', _) => (QuestionQuestion, 2),
            (b'?', ..) => (Question, 1),
            (b'=', b'=', b'=') => (ForeignOperator, 3),
            (b'=', b'=', _) => (EqualEqual, 2),
            (b'=', b'>', _) => (Arrow, 2),
            (b'=', ..) => (Equal, 1),
            (b'!', b'=', b'=') => (ForeignOperator, 3),
            (b'!', b'=', _) => (BangEqual, 2),
            (b'!', ..) => (Bang, 1),
            (b'+', b'=', _) => (PlusEqual, 2),
            (b'+', ..) => (Plus, 1),
            (b'-', b'=', _) => (MinusEqual, 2),
            (b'-', b'>', _) => (ForeignOperator, 2),
            (b'-', ..) => (Minus, 1),
            (b'*', b'*', b'=') => (ForeignOperator, 3),
            (b'*', b'*', _) => (ForeignOperator, 2),
            (b'*', b'=', _) => (StarEqual, 2),
            (b'*', ..) => (Star, 1),
            (b'/', b'=', _) => (SlashEqual, 2),
            (b'/', ..) => (Slash, 1),
            (b'~', b'/', b'=') => (TildeSlashEqual, 3),
            (b'~', b'/', _) => (TildeSlash, 2),
            (b'~', ..) => (ForeignOperator, 1),
            (b'%', b'=', _) => (PercentEqual, 2),
            (b'%', ..) => (Percent, 1),
            (b'^', b'=', _) => (CaretEqual, 2),
            (b'^', ..) => (Caret, 1),
            (b'@', ..) => (At, 1),
            (b'<', b'=', _) => (LessEqual, 2),
            (b'<', ..) => (Less, 1),
            (b'>', b'=', _) => (GreaterEqual, 2),
            (b'>', ..) => (Greater, 1),
            (b'&', b'&', b'=') => (AndAndEqual, 3),
            (b'&', b'&', _) => (AndAnd, 2),
            (b'&', ..) => (ForeignOperator, 1),
            (b'|', b'|', b'=') => (OrOrEqual, 3),
            (b'|', b'|', _) => (OrOr, 2),
            (b'|', b'>', _) => (Pipeline, 2),
            (b'|', ..) => (Bar, 1),
            (b'#', next, ..) if next.is_ascii_alphabetic() || matches!(next, b'[' | b'{' | b'_') => {
                return self
                    .unknown('#', "a length is `len(xs)`; names have no mark before them; a comment begins with `//`");
            }
            (b'#', ..) => return self.unknown('#', "a comment begins with `//`"),
            (b'\\', ..) => return self.unknown('\\', "an escape stands inside a string"),
            (byte, ..) => return self.unknown(byte as char, "remove it; it may have come in with copied text"),
        };
        self.push(kind, length);
    }
}

/// Which ASCII characters a name may hold.
static IS_NAME_PART: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'$');
        byte += 1;
    }
    table
};

fn is_brace(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::LeftBrace | SyntaxKind::InterpolationOpen)
}

/// The length of a text's first line without its line break.
fn line_length(text: &str) -> usize {
    let length = text.find('\n').unwrap_or(text.len());
    if text[..length].ends_with('\r') { length - 1 } else { length }
}
