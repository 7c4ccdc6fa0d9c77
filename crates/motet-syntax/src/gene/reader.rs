//! Data and what brackets hold; errors, and how to go on after them.

use super::scan;
use crate::Parsed;
use crate::depth::{self, MAX_DEPTH};
use crate::diagnostic::Diagnostic;
use crate::form::{Form, FormKind, Prop, Span};
use crate::kind::SyntaxKind;
use crate::tree::{Checkpoint, TreeBuilder};

/// How a missing closing bracket is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recovery {
    None,
    /// A node at the beginning of a line is a top-level one: whatever is open there should have been closed.
    NodesAtLineStart,
}

pub(super) struct Reading {
    pub(super) parsed: Parsed,
    /// A bracket was open at the end.
    pub(super) unclosed: bool,
}

pub(super) fn read(text: &str, recovery: Recovery) -> Reading {
    let mut reader = Reader {
        text,
        position: 0,
        builder: TreeBuilder::new(text.len() / 2 + 2),
        errors: Vec::new(),
        recovery,
        open: Vec::new(),
        open_counts: [0; 3],
        depth: 0,
        in_angle: false,
        in_interpolation: false,
        format_of_number: None,
        last_end: 0,
        last_error: None,
        unclosed: false,
        ended_early: false,
        too_deep: false,
    };
    let mut forms = reader.program();
    if let Some(place) = depth::cut_too_deep(&mut forms)
        && !reader.too_deep
    {
        reader.errors.push(depth::too_deep(place));
    }
    reader.errors.sort_by_key(|error| error.span.start);
    let incomplete = reader.ended_early && reader.errors.len() == 1;
    let unclosed = reader.unclosed && !reader.too_deep;
    let parsed = Parsed { tree: reader.builder.finish(text), forms, errors: reader.errors, incomplete };
    Reading { parsed, unclosed }
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) position: usize,
    builder: TreeBuilder,
    pub(super) errors: Vec<Diagnostic>,
    recovery: Recovery,
    /// The brackets that are open here, innermost last.
    open: Vec<Bracket>,
    /// How many of each kind of bracket are open.
    open_counts: [usize; 3],
    depth: usize,
    /// Directly within `<…>` of a path, where `>` ends a name.
    pub(super) in_angle: bool,
    /// Directly within `#{…}`, where a number may have a format behind it: `#{x * 2:.3}`.
    pub(super) in_interpolation: bool,
    pub(super) format_of_number: Option<Form>,
    /// Where the last token that is neither blank nor comment ended.
    last_end: u32,
    /// The place of the last error: a second one there would only repeat it.
    pub(super) last_error: Option<usize>,
    unclosed: bool,
    /// The text ended where something was still open.
    pub(super) ended_early: bool,
    pub(super) too_deep: bool,
}

/// The kinds of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Paren,
    Square,
    Brace,
}

impl Bracket {
    fn of_closing(byte: u8) -> Option<Bracket> {
        match byte {
            b')' => Some(Bracket::Paren),
            b']' => Some(Bracket::Square),
            b'}' => Some(Bracket::Brace),
            _ => None,
        }
    }

    fn kinds(self) -> (SyntaxKind, SyntaxKind) {
        match self {
            Bracket::Paren => (SyntaxKind::LeftParen, SyntaxKind::RightParen),
            Bracket::Square => (SyntaxKind::LeftBracket, SyntaxKind::RightBracket),
            Bracket::Brace => (SyntaxKind::LeftBrace, SyntaxKind::RightBrace),
        }
    }
}

/// What may stand in some brackets besides plain data.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) items: Vec<Form>,
    pub(super) props: Vec<Prop>,
}

impl<'t> Reader<'t> {
    // The place in the text, and the tree.

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.position + ahead).copied().unwrap_or(0)
    }

    pub(super) fn at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    pub(super) fn take(&mut self, kind: SyntaxKind, length: usize) -> Span {
        let start = self.position as u32;
        self.position += length;
        self.builder.token(kind, self.position as u32);
        if !matches!(kind, SyntaxKind::Whitespace | SyntaxKind::LineComment | SyntaxKind::BlockComment) {
            self.last_end = self.position as u32;
        }
        Span::new(start, self.position as u32)
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.builder.checkpoint()
    }

    pub(super) fn wrap(&mut self, since: Checkpoint, kind: SyntaxKind) {
        self.builder.wrap(since, kind);
    }

    pub(super) fn span_from(&self, start: u32) -> Span {
        Span::new(start, self.builder.position())
    }

    pub(super) fn report(&mut self, error: Diagnostic) {
        if self.last_error != Some(self.position) {
            self.last_error = Some(self.position);
            self.errors.push(error);
        }
    }

    /// Takes blanks and comments.
    pub(super) fn skip_trivia(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start().len();
            if blanks > 0 {
                self.take(SyntaxKind::Whitespace, blanks);
            } else if self.position == 0 && rest.starts_with('\u{feff}') {
                self.take(SyntaxKind::Whitespace, '\u{feff}'.len_utf8());
            } else if scan::is_line_comment(rest) {
                let length = rest.find('\n').unwrap_or(rest.len());
                self.take(SyntaxKind::LineComment, length);
            } else if rest.starts_with("#<") {
                self.block_comment();
            } else {
                return;
            }
        }
    }

    /// `#< … #< … ># … >#`
    fn block_comment(&mut self) {
        let bytes = self.rest().as_bytes();
        let (mut depth, mut at) = (0usize, 0);
        loop {
            match bytes.get(at..at + 2) {
                Some(b"#<") => (depth, at) = (depth + 1, at + 2),
                Some(b">#") => (depth, at) = (depth - 1, at + 2),
                Some(_) => at += 1,
                None => break,
            }
            if depth == 0 {
                self.take(SyntaxKind::BlockComment, at);
                return;
            }
        }
        let start = self.position as u32;
        self.ended_early = true;
        self.errors.push(
            Diagnostic::error("this comment is never closed", Span::new(start, start + 2))
                .label("opened here")
                .hint("close it with `>#`; comments may hold comments, each with an end of its own"),
        );
        self.take(SyntaxKind::BlockComment, bytes.len());
        self.last_error = Some(self.position);
    }

    // Data.

    fn program(&mut self) -> Vec<Form> {
        let mut forms = Vec::new();
        loop {
            self.skip_trivia();
            if self.at_end() {
                return forms;
            }
            if Bracket::of_closing(self.byte(0)).is_some() {
                self.stray_closing_bracket();
            } else if self.at_property() {
                self.property_out_of_place("at the top level");
            } else {
                forms.push(self.datum(false));
            }
        }
    }

    fn stray_closing_bracket(&mut self) {
        let span = Span::new(self.position as u32, self.position as u32 + 1);
        let error = Diagnostic::error(format!("`{}` closes nothing", &self.text[span.range()]), span)
            .label("no such bracket is open here")
            .hint("remove it, or add the bracket that it should close");
        self.report(error);
        let since = self.checkpoint();
        self.take(SyntaxKind::Unknown, 1);
        self.wrap(since, SyntaxKind::Error);
    }

    /// One datum with the path after it. Something must stand here that is no blank and no closing bracket.
    pub(super) fn datum(&mut self, is_head: bool) -> Form {
        if self.depth >= MAX_DEPTH {
            return self.skip_too_deep();
        }
        self.depth += 1;
        let since = self.checkpoint();
        let datum = self.datum_without_path(is_head);
        let datum = self.path(since, datum);
        self.refuse_touching_bracket(&datum);
        self.depth -= 1;
        datum
    }

    /// `f(x)` and `xs[0]`, which are two data each here, and so would mean something else than their writer thinks.
    fn refuse_touching_bracket(&mut self, datum: &Form) {
        let name = match datum.as_symbol() {
            Some(name)
                if datum.span.end as usize == self.position && !datum.span.is_empty() && !name.ends_with(':') =>
            {
                name
            }
            _ => return,
        };
        let hint = match self.byte(0) {
            b'(' => format!("a call is `({name} …)`; data beside one another have a blank between them"),
            b'[' => format!(
                "an element is `{name}/0`, one by a variable `{name}/<i>`; data beside one another have a blank between them"
            ),
            _ => return,
        };
        let place = Span::new(self.position as u32, self.position as u32 + 1);
        let error = Diagnostic::error("a bracket stands directly behind a name", place)
            .label("found here")
            .place(datum.span, "this is a datum of its own")
            .hint(hint);
        self.report(error);
    }

    fn datum_without_path(&mut self, is_head: bool) -> Form {
        match self.byte(0) {
            b'(' => self.node(),
            b'[' => self.list(),
            b'{' => self.record(),
            b'"' => self.string(),
            b'#' if self.byte(1) == b'"' => self.string_with_parts(),
            b'#' if matches!(self.byte(1), b'[' | b'{') => self.frozen(),
            b'b' if self.byte(1) == b'"' => self.bytes(),
            b'`' => self.marked("quote", SyntaxKind::QuoteMark, 1),
            b'%' => self.unquote_or_operator(is_head),
            b',' | b';' => self.separator(),
            _ => self.atom(is_head),
        }
    }

    /// `,` and `;`, which other languages put between things.
    fn separator(&mut self) -> Form {
        let start = self.position as u32;
        let span = Span::new(start, start + 1);
        let error = Diagnostic::error(format!("`{}` means nothing here", &self.text[span.range()]), span)
            .label("found here")
            .hint("blanks separate data; a comment begins with `# `");
        self.report(error);
        self.take(SyntaxKind::Unknown, 1);
        Form::error(span)
    }

    fn unquote_or_operator(&mut self, is_head: bool) -> Form {
        let rest = &self.rest()[1..];
        let at_gap = |rest: &str| scan::at_gap(rest, self.in_angle);
        if at_gap(rest) || rest.strip_prefix('=').is_some_and(at_gap) {
            return self.atom(is_head);
        }
        if rest.starts_with('@') {
            self.marked("unquote_splice", SyntaxKind::UnquoteSpliceMark, 2)
        } else {
            self.marked("unquote", SyntaxKind::UnquoteMark, 1)
        }
    }

    /// A mark and the datum that it is about: `` `x ``, `%x`, `%@x`.
    fn marked(&mut self, head: &str, mark: SyntaxKind, length: usize) -> Form {
        let since = self.checkpoint();
        let mark = self.take(mark, length);
        self.skip_trivia();
        let datum = if self.at_end() || Bracket::of_closing(self.byte(0)).is_some() {
            self.ended_early |= self.at_end();
            let error = Diagnostic::error("expected a datum behind this mark", mark)
                .label("nothing follows")
                .hint("a name, a list or a node follows it directly");
            self.report(error);
            Form::error(mark)
        } else {
            self.datum(false)
        };
        self.wrap(since, SyntaxKind::Quoted);
        Form::node_with(Form::symbol(head, mark), Vec::new(), vec![datum], self.span_from(mark.start))
    }

    // Brackets.

    fn node(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.position as u32;
        let Contents { mut items, props } = self.contents(Bracket::Paren, |reader, contents: &mut Contents| {
            if reader.at_property() {
                reader.property(&mut contents.props);
            } else {
                let is_head = contents.items.is_empty();
                let item = reader.datum(is_head);
                contents.items.push(item);
            }
        });
        self.wrap(since, SyntaxKind::GeneNode);
        let span = self.span_from(start);
        if items.is_empty() {
            let error = Diagnostic::error("a node has a head", span)
                .label("this one is empty")
                .hint("write `nil` for nothing and `[]` for an empty list");
            if self.errors.last().is_none_or(|last| last.span.start < start) {
                self.errors.push(error);
            }
            return Form::error(span);
        }
        let head = items.remove(0);
        Form::node_with(head, props, items, span)
    }

    fn list(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.position as u32;
        let items = self.contents(Bracket::Square, |reader, items: &mut Vec<Form>| {
            if reader.at_property() {
                reader.named_parameter(items);
            } else {
                items.push(reader.datum(false));
            }
        });
        self.wrap(since, SyntaxKind::List);
        Form::list(items, self.span_from(start))
    }

    /// `#[…]` and `#{…}`: a frozen list or record.
    fn frozen(&mut self) -> Form {
        let since = self.checkpoint();
        let mark = self.take(SyntaxKind::QuoteMark, 1);
        let literal = if self.byte(0) == b'[' { self.list() } else { self.record() };
        self.wrap(since, SyntaxKind::Quoted);
        Form::node_with(Form::symbol("@frozen", mark), Vec::new(), vec![literal], self.span_from(mark.start))
    }

    fn record(&mut self) -> Form {
        let since = self.checkpoint();
        let start = self.position as u32;
        let entries = self.contents(Bracket::Brace, |reader, entries| {
            if reader.at_property() {
                reader.entry(entries);
                return;
            }
            let start = reader.position;
            let value = reader.datum(false);
            let error = Diagnostic::error("expected a property", value.span)
                .label("this has no name")
                .hint("an entry of a record is `^name value`");
            if reader.errors.last().is_none_or(|last| (last.span.start as usize) < start) {
                reader.errors.push(error);
            }
        });
        self.wrap(since, SyntaxKind::Record);
        Form::new(FormKind::Record(entries), self.span_from(start))
    }

    /// Reads what stands between brackets, the opening one being here, and takes the closing one.
    fn contents<C: Default>(&mut self, bracket: Bracket, mut item: impl FnMut(&mut Self, &mut C)) -> C {
        let (opening, _) = bracket.kinds();
        let opener = self.take(opening, 1);
        let mut contents = C::default();
        let in_angle = std::mem::replace(&mut self.in_angle, false);
        let in_interpolation = std::mem::replace(&mut self.in_interpolation, false);
        self.enter(bracket);
        while !self.at_contents_end() {
            item(self, &mut contents);
        }
        self.leave(bracket);
        self.in_angle = in_angle;
        self.in_interpolation = in_interpolation;
        self.close(bracket, opener);
        contents
    }

    pub(super) fn enter(&mut self, bracket: Bracket) {
        self.open.push(bracket);
        self.open_counts[bracket as usize] += 1;
    }

    pub(super) fn leave(&mut self, bracket: Bracket) {
        self.open.pop();
        self.open_counts[bracket as usize] -= 1;
    }

    /// Takes blanks; then whether the innermost bracket ends here: at a closing bracket, or because its own is missing.
    pub(super) fn at_contents_end(&mut self) -> bool {
        self.skip_trivia();
        self.at_end() || self.at_top_level_node() || Bracket::of_closing(self.byte(0)).is_some()
    }

    fn at_top_level_node(&self) -> bool {
        self.recovery == Recovery::NodesAtLineStart
            && self.byte(0) == b'('
            && self.text[..self.position].ends_with('\n')
    }

    /// Takes the closing bracket, or reports that it is missing.
    pub(super) fn close(&mut self, bracket: Bracket, opener: Span) -> bool {
        let (_, closing) = bracket.kinds();
        let found = Bracket::of_closing(self.byte(0)).filter(|_| !self.at_end());
        if found == Some(bracket) {
            self.take(closing, 1);
            return true;
        }
        self.unclosed |= found.is_none();
        self.ended_early |= self.at_end();
        if self.at_end() && self.too_deep {
            return false;
        }
        let (found_words, place) = match found {
            Some(found) => (found.kinds().1.words(), Span::new(self.position as u32, self.position as u32 + 1)),
            None if self.at_end() => (SyntaxKind::EndOfInput.words(), Span::at(self.last_end)),
            None => ("a node at the beginning of a line", Span::at(self.last_end)),
        };
        let error = Diagnostic::error(format!("expected {}, found {found_words}", closing.words()), place)
            .place(opener, "opened here")
            .hint(format!("close it with {}", closing.words()));
        self.report(error);
        // One that closes nothing further out was meant for this.
        if found.is_some_and(|found| self.open_counts[found as usize] == 0) {
            let since = self.checkpoint();
            self.take(SyntaxKind::Unknown, 1);
            self.wrap(since, SyntaxKind::Error);
        }
        false
    }

    /// Reports once that this is too deep, and goes on behind it.
    fn skip_too_deep(&mut self) -> Form {
        let start = self.position as u32;
        let since = self.checkpoint();
        if !self.too_deep {
            self.too_deep = true;
            self.errors.push(depth::too_deep(Span::new(start, start + 1)));
        }
        // Brackets are only counted here: strings and comments that hold some end the skipping elsewhere, but the error
        // for it has been given.
        let mut open = 0usize;
        while !self.at_end() {
            match self.byte(0) {
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' if open == 0 => break,
                b')' | b']' | b'}' => open -= 1,
                _ => {}
            }
            let length = self.rest().find(['(', '[', '{', ')', ']', '}']).unwrap_or(self.rest().len());
            self.take(SyntaxKind::Unknown, length.max(1));
        }
        self.wrap(since, SyntaxKind::Error);
        Form::error(Span::new(start, start + 1))
    }
}
