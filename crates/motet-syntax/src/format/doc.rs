//! The document algebra that both notations are laid out with: texts, blanks, line breaks and groups.
//!
//! A document is one flat list of parts, made in one pass and printed in one pass. A group is what stands between two
//! brackets. Where all of it fits on the line, its soft breaks are blanks; else each of them is a line break, unless the
//! author has broken the group already, which is then left as it was broken.
//!
//! **Indentation.** A line within a group is indented relative to the line on which the group was opened, however many
//! groups were opened on that line, or relative to the column of its bracket: the notation decides.

use motet_source::Span;

/// The longest line that is not broken, in characters.
pub(super) const WIDTH: usize = 120;

/// Blanks of one level of indentation.
const STEP: usize = 2;

const BLANKS: &str = "                                                                ";

/// One part of a document.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Part {
    /// A piece of the source without a line break.
    Text(Span),
    /// The same with a blank before it.
    Spaced(Span),
    /// A comment up to the end of its line. It makes no group too long.
    Comment(Span),
    /// What stands before a comment behind code. `wide`: the author has put more than one blank there.
    Aside {
        wide: bool,
    },
    /// A piece of the source with its own line breaks, which are kept.
    Verbatim(Span),
    Space,
    /// A line break. `blank`: with an empty line.
    Line {
        blank: bool,
        at: Level,
    },
    /// A blank (or nothing) where the group fits on its line, else a line break.
    Soft {
        space: bool,
        at: Level,
        when: When,
    },
    /// A piece of the source that stands only where the group fits on its line.
    IfFlat(Span),
    Open(Group),
    Close,
}

/// When a soft break is a line break in a group that the author has broken elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Never,
    /// If what follows does not fit.
    Full,
    Always,
}

/// Where the line after a break begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// At the group's content.
    Content,
    /// It goes on with what the line before began.
    Continued,
    /// At the group's closing bracket.
    Outside,
}

/// A group, where it opens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The author has broken it.
    pub broken: bool,
    /// Its content stands so many columns behind its bracket; none: one level in from the line it was opened on.
    pub column: Option<u8>,
    /// The part that opens a group which ends directly before this one does: that one is broken first.
    pub last: u32,
    /// Groups of one family are broken together: the blocks of an `if`.
    pub family: Option<u32>,
}

/// A group while it is printed.
struct Opened {
    /// Where its content begins on a line.
    content: usize,
    /// Where its closing bracket does.
    outside: usize,
    /// The indentation of the line that is being printed, as groups opened on it see it.
    line: usize,
    /// Its soft breaks are line breaks.
    soft_breaks: bool,
    /// The author has broken it.
    broken: bool,
    /// The part that opens the group in it that is broken, where it is not broken itself.
    last: u32,
}

/// A comment behind code.
struct Aside {
    line: usize,
    /// Where it begins in the output, and in its line.
    at: usize,
    column: usize,
    wide: bool,
}

/// The document as text; it ends with a line break unless it is empty.
pub(super) fn print(parts: &[Part], source: &str) -> String {
    let is_ascii = source.is_ascii();
    let mut printer = Printer {
        parts,
        flat: flat_widths(parts, source, is_ascii),
        source,
        is_ascii,
        out: String::with_capacity(source.len() + source.len() / 8),
        pending: Span::at(0),
        column: 0,
        line: 0,
        asides: Vec::new(),
        broken_family: None,
        groups: vec![Opened { content: 0, outside: 0, line: 0, soft_breaks: false, broken: true, last: u32::MAX }],
    };
    for (at, part) in parts.iter().enumerate() {
        printer.part(at, part);
    }
    printer.flush();
    if !printer.out.is_empty() {
        printer.out.push('\n');
    }
    aligned(printer.out, &printer.asides)
}

/// Comments behind code on lines that follow one another stand below one another, if the author has moved some of them.
fn aligned(out: String, asides: &[Aside]) -> String {
    if !asides.iter().any(|aside| aside.wide) {
        return out;
    }
    let mut text = String::with_capacity(out.len() + asides.len() * 4);
    let mut done = 0;
    for run in asides.chunk_by(|aside, next| aside.line + 1 == next.line) {
        let is_aligned = run.iter().any(|aside| aside.wide);
        let column = run.iter().map(|aside| aside.column).max().unwrap_or(0);
        for aside in run.iter().filter(|_| is_aligned) {
            text.push_str(&out[done..aside.at]);
            text.extend(std::iter::repeat_n(' ', column - aside.column));
            done = aside.at;
        }
    }
    text.push_str(&out[done..]);
    text
}

/// By part: how wide the line gets from there to its end, if nothing on it is broken.
fn flat_widths(parts: &[Part], source: &str, is_ascii: bool) -> Vec<u32> {
    let mut widths = vec![0; parts.len() + 1];
    let mut rest = 0_u32;
    for (part, from_here) in parts.iter().zip(&mut widths).rev() {
        rest = match *part {
            Part::Text(span) => rest.saturating_add(width_of(source, span, is_ascii) as u32),
            Part::Spaced(span) => rest.saturating_add(1 + width_of(source, span, is_ascii) as u32),
            Part::Verbatim(span) => {
                let text = &source[span.range()];
                match text.find('\n') {
                    Some(end) => width(&text[..end]) as u32,
                    None => rest.saturating_add(width(text) as u32),
                }
            }
            Part::Line { .. } => 0,
            Part::Space | Part::IfFlat(_) => rest.saturating_add(1),
            Part::Soft { space, .. } => rest.saturating_add(u32::from(space)),
            Part::Comment(_) | Part::Aside { .. } | Part::Open(_) | Part::Close => rest,
        };
        *from_here = rest;
    }
    widths
}

struct Printer<'d> {
    parts: &'d [Part],
    flat: Vec<u32>,
    source: &'d str,
    is_ascii: bool,
    out: String,
    /// What is to be written next of the source: where the layout is the author's, all of it is written at once.
    pending: Span,
    column: usize,
    /// The number of the line.
    line: usize,
    asides: Vec<Aside>,
    /// The family that was broken last.
    broken_family: Option<u32>,
    groups: Vec<Opened>,
}

impl Printer<'_> {
    fn part(&mut self, at: usize, part: &Part) {
        match *part {
            Part::Text(span) | Part::Comment(span) => {
                self.column += width_of(self.source, span, self.is_ascii);
                self.piece(span);
            }
            Part::Spaced(span) => {
                self.space();
                self.column += width_of(self.source, span, self.is_ascii);
                self.piece(span);
            }
            Part::Verbatim(span) => {
                let text = &self.source[span.range()];
                self.piece(span);
                self.line += text.bytes().filter(|byte| *byte == b'\n').count();
                self.column = match text.rfind('\n') {
                    Some(end) => width(&text[end + 1..]),
                    None => self.column + width(text),
                };
            }
            Part::Space => self.space(),
            Part::Aside { wide } => {
                self.space();
                let at = self.out.len() + self.pending.range().len();
                self.asides.push(Aside { line: self.line, at, column: self.column, wide });
            }
            Part::Line { blank, at } => self.new_line(blank, at),
            Part::Soft { space, at: level, when } => {
                let group = self.group();
                let breaks = group.soft_breaks
                    || group.broken
                        && match when {
                            When::Never => false,
                            When::Full => !self.fits(at, 0, u32::MAX),
                            When::Always => true,
                        };
                match breaks {
                    true => self.new_line(false, level),
                    false if space => self.space(),
                    false => {}
                }
            }
            Part::IfFlat(span) => {
                if !self.group().soft_breaks {
                    self.piece(span);
                    self.column += 1;
                }
            }
            Part::Open(group) => self.open(at, group),
            Part::Close => {
                self.groups.pop();
            }
        }
    }

    fn group(&mut self) -> &mut Opened {
        self.groups.last_mut().expect("the document is a group itself")
    }

    /// Writes a piece of the source.
    fn piece(&mut self, span: Span) {
        if span.start != self.pending.end {
            self.flush();
            self.pending.start = span.start;
        }
        self.pending.end = span.end;
    }

    /// Writes blanks or a line break, which the source may have in the same place.
    fn blanks(&mut self, text: &str) {
        let end = self.pending.end as usize;
        if self.source.as_bytes()[end..].starts_with(text.as_bytes()) {
            self.pending.end += text.len() as u32;
        } else {
            self.flush();
            self.out.push_str(text);
        }
    }

    fn flush(&mut self) {
        self.out.push_str(&self.source[self.pending.range()]);
        self.pending.start = self.pending.end;
    }

    fn space(&mut self) {
        self.column += 1;
        if self.source.as_bytes().get(self.pending.end as usize) == Some(&b' ') {
            self.pending.end += 1;
        } else {
            self.blanks(" ");
        }
    }

    fn new_line(&mut self, blank: bool, at: Level) {
        let group = self.group();
        let indent = match at {
            Level::Content => group.content,
            Level::Continued => group.content + STEP,
            Level::Outside => group.outside,
        };
        group.line = indent;
        self.blanks(if blank { "\n\n" } else { "\n" });
        let mut left = indent;
        while left > 0 {
            let step = left.min(BLANKS.len());
            self.blanks(&BLANKS[..step]);
            left -= step;
        }
        self.column = indent;
        self.line += if blank { 2 } else { 1 };
    }

    /// Opens a group; its bracket is the part before.
    fn open(&mut self, at: usize, group: Group) {
        let line = self.group().line;
        let begins_with_line = matches!(self.parts.get(at + 1), Some(Part::Line { .. }));
        let (content, outside) = match group.column {
            Some(columns) if !begins_with_line => {
                let bracket = self.column.saturating_sub(1);
                (bracket + usize::from(columns), bracket)
            }
            _ => (line + STEP, line),
        };
        let must_break = group.family.is_some() && group.family == self.broken_family;
        let soft_breaks = !group.broken
            && (must_break || !self.fits(at, 1, group.last) && (group.family.is_some() || !self.has_wider_sibling(at)));
        if soft_breaks || group.broken {
            self.broken_family = group.family.or(self.broken_family);
        }
        let last = if soft_breaks { u32::MAX } else { group.last };
        self.groups.push(Opened { content, outside, line, soft_breaks, broken: group.broken, last });
    }

    /// Whether a wider group stands further on in the line, which had better be broken instead of the one that opens here.
    fn has_wider_sibling(&self, at: usize) -> bool {
        let Some(mut left) = WIDTH.checked_sub(self.column) else { return false };
        let (mut own, mut other) = (None, 0);
        let (mut depth, mut width_inside) = (1, 0);
        for part in &self.parts[at + 1..] {
            let needed = match *part {
                Part::Text(span) | Part::Verbatim(span) => width(&self.source[span.range()]),
                Part::Spaced(span) => 1 + width(&self.source[span.range()]),
                Part::Line { .. } => return false,
                Part::Comment(_) | Part::Aside { .. } => 0,
                Part::Space | Part::IfFlat(_) => 1,
                Part::Soft { space, .. } => usize::from(space),
                Part::Open(group) => {
                    if depth == 0 {
                        if own.is_some() && group.family.is_some() {
                            return true;
                        }
                        width_inside = 0;
                    }
                    depth += 1;
                    0
                }
                Part::Close if depth == 0 => return false,
                Part::Close => {
                    depth -= 1;
                    if depth == 0 {
                        match own {
                            None => own = Some(width_inside),
                            Some(_) => other = other.max(width_inside),
                        }
                        if own.is_some_and(|own| other > own) {
                            return true;
                        }
                    }
                    0
                }
            };
            width_inside += needed;
            // What stands before the other group has to fit; that group itself need not.
            if depth == 0 || own.is_none() {
                match left.checked_sub(needed) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            } else if width_inside > 4 * WIDTH {
                return true;
            }
        }
        false
    }

    /// Whether what follows this part fits on the line, up to where a line can end. `depth`: how many groups that are not
    /// on the stack are open behind it; `last`: the group in it that is broken first.
    fn fits(&self, at: usize, mut depth: usize, last: u32) -> bool {
        let Some(mut left) = WIDTH.checked_sub(self.column) else { return false };
        // Nearly always there is room for all up to the next line break.
        if self.flat[at + 1] as usize <= left {
            return true;
        }
        // How many of the groups on the stack were closed since.
        let mut closed = 0;
        for (offset, part) in self.parts[at + 1..].iter().enumerate() {
            let needed = match *part {
                Part::Text(span) => width(&self.source[span.range()]),
                Part::Spaced(span) => 1 + width(&self.source[span.range()]),
                Part::Comment(_) | Part::Aside { .. } => 0,
                Part::Line { .. } => return true,
                Part::Verbatim(span) => {
                    let text = &self.source[span.range()];
                    match text.find('\n') {
                        Some(end) => return width(&text[..end]) <= left,
                        None => width(text),
                    }
                }
                Part::Space | Part::IfFlat(_) => 1,
                Part::Soft { space, .. } => {
                    let around = &self.groups[self.groups.len() - 1 - closed];
                    if depth == 0 && (around.soft_breaks || around.broken) {
                        return true;
                    }
                    usize::from(space)
                }
                Part::Open(_) => {
                    let here = at + 1 + offset;
                    let is_broken_first = match depth {
                        0 => self.groups[self.groups.len() - 1 - closed].last as usize == here,
                        1 => last as usize == here,
                        _ => false,
                    };
                    if is_broken_first {
                        return true;
                    }
                    depth += 1;
                    0
                }
                Part::Close => {
                    match depth {
                        0 if closed + 1 < self.groups.len() => closed += 1,
                        0 => {}
                        _ => depth -= 1,
                    }
                    0
                }
            };
            match left.checked_sub(needed) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        true
    }
}

#[inline(always)]
fn width_of(source: &str, span: Span, is_ascii: bool) -> usize {
    if is_ascii { (span.end - span.start) as usize } else { width(&source[span.range()]) }
}

fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `f(a, b)` with words of this length.
    fn call(word: usize) -> (Vec<Part>, String) {
        let name = "n".repeat(word);
        let source = format!("f({name}, {name})");
        let span = |start: usize, end: usize| Span::new(start as u32, end as u32);
        let soft = |space, at| Part::Soft { space, at, when: When::Never };
        let parts = vec![
            Part::Text(span(0, 2)),
            Part::Open(Group { broken: false, column: None, last: u32::MAX, family: None }),
            soft(false, Level::Content),
            Part::Text(span(2, 3 + word)),
            soft(true, Level::Content),
            Part::Text(span(4 + word, 4 + 2 * word)),
            soft(false, Level::Outside),
            Part::Text(span(4 + 2 * word, 5 + 2 * word)),
            Part::Close,
        ];
        (parts, source)
    }

    #[test]
    fn a_group_stays_on_its_line_where_it_fits() {
        for word in [1, 10, 57] {
            let (parts, source) = call(word);
            assert_eq!(print(&parts, &source), format!("{source}\n"), "{word}");
        }
        let (parts, source) = call(58);
        let name = "n".repeat(58);
        assert_eq!(source.len(), 121);
        assert_eq!(print(&parts, &source), format!("f(\n  {name},\n  {name}\n)\n"));
    }
}
