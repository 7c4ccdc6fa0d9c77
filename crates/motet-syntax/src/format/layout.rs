//! From tokens to a document: where lines break, as the author broke them, and which blanks stand between tokens.
//!
//! Line breaks are never removed between two tokens of `.soc`, where they may end a statement, and are added only inside
//! brackets and behind `;`. So the document means what the source means; `format` checks that all the same.

use super::doc::{Group, Level, Part, When};
use super::tokens::{Token, Tokens, is_closer, is_comment, is_opener, is_plain, may_span_lines};
use crate::kind::SyntaxKind;

/// What stands between two tokens on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Nothing,
    Space,
    /// The line may be broken here if the group is too long; it is a blank else.
    SoftSpace,
    /// The same, and nothing else.
    Soft,
    /// A blank, or a line break if the group is broken in any way: at the braces of a block.
    Frame,
}

/// What a notation decides.
pub(super) trait Style {
    /// What stands between two tokens that the author has left on one line.
    fn gap(&self, tokens: &Tokens<'_>, before: &Token, token: &Token, context: Context) -> Gap;
    /// Columns from a bracket to the content of its group; none: a level of indentation from its line.
    fn column(&self, opener: SyntaxKind) -> Option<u8>;
    /// Whether a line that begins with this token stands where the bracket of its group does.
    fn stands_outside(&self, _: &Tokens<'_>, _: &Token) -> bool {
        false
    }
    /// Whether a blank may not be added between two tokens.
    const BLANKS_MEAN_SOMETHING: bool;
    /// Whether a line break before a closing bracket is kept.
    const CLOSERS_ALONE: bool;
    /// Whether a `;` at the end of a line is left out.
    const ENDS_WITH_LINES: bool;
}

/// Where a gap is.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// The kind of the group's node, `Root` outside of all.
    pub group: SyntaxKind,
    /// How many things stand in the group before this token.
    pub items: u32,
}

/// A group that is open.
struct Open {
    /// The part that opens it.
    part: usize,
    /// The node that its bracket is a child of.
    node: u32,
    kind: SyntaxKind,
    items: u32,
    /// A group that has just been closed in it, if nothing stands behind that one.
    last: Option<usize>,
}

/// The document of a source.
pub(super) fn lay_out<S: Style>(tokens: &Tokens<'_>, style: &S, root: u32) -> Vec<Part> {
    let mut layout =
        Layout { tokens, style, parts: Vec::with_capacity(tokens.tokens.len() * 5 / 2 + 8), groups: Vec::new() };
    layout.groups.push(Open { part: usize::MAX, node: root, kind: SyntaxKind::Root, items: 0, last: None });
    for at in 0..tokens.tokens.len() {
        layout.token(at);
    }
    layout.parts
}

struct Layout<'d, 't, S> {
    tokens: &'d Tokens<'t>,
    style: &'d S,
    parts: Vec<Part>,
    groups: Vec<Open>,
}

impl<S: Style> Layout<'_, '_, S> {
    fn token(&mut self, at: usize) {
        let tokens = self.tokens;
        let token = &tokens.tokens[at];
        if let Some(before) = at.checked_sub(1)
            && token.newlines == 0
            && is_plain(token.kind)
            && is_plain(tokens.tokens[before].kind)
        {
            return self.plain_token(&tokens.tokens[before], token);
        }
        let closes = is_closer(token.kind) && self.groups.len() > 1;
        if S::ENDS_WITH_LINES && token.kind == SyntaxKind::Semicolon && self.ends_line(at) {
            return;
        }
        if let Some(before) = at.checked_sub(1) {
            self.between(self.written_before(before), at, closes);
        }
        let closed = closes.then(|| self.close());
        self.write(token);
        let group = self.groups.last_mut().expect("the document is a group");
        group.items += 1;
        // A list or a block that ends the group around it is broken before that is.
        group.last = closed.filter(|_| token.kind != SyntaxKind::RightParen && group.kind == SyntaxKind::Arguments);
        if is_opener(token.kind) {
            let node = tokens.parent(token.element);
            let group = Group {
                broken: false,
                column: self.style.column(token.kind),
                last: u32::MAX,
                family: tokens.family(node),
            };
            self.parts.push(Part::Open(group));
            let part = self.parts.len() - 1;
            self.groups.push(Open { part, node, kind: tokens.kind(node), items: 0, last: None });
        }
    }

    /// A token in the middle of a line, which most are: neither it nor the one before opens, closes or ends anything.
    fn plain_token(&mut self, before: &Token, token: &Token) {
        let group = self.groups.last_mut().expect("the document is a group");
        let context = Context { group: group.kind, items: group.items };
        group.items += 1;
        group.last = None;
        let gap = match S::BLANKS_MEAN_SOMETHING && !token.apart {
            true => Gap::Nothing,
            false => self.style.gap(self.tokens, before, token, context),
        };
        if gap == Gap::Space && !may_span_lines(token.kind) {
            return self.parts.push(Part::Spaced(token.span));
        }
        self.gap(gap, Level::Content, false);
        self.write(token);
    }

    /// The last token at or before this number that is written.
    fn written_before(&self, mut at: usize) -> usize {
        while S::ENDS_WITH_LINES && at > 0 && self.tokens.tokens[at].kind == SyntaxKind::Semicolon && self.ends_line(at)
        {
            at -= 1;
        }
        at
    }

    /// Whether the line ends behind this `;`, comments aside.
    fn ends_line(&self, at: usize) -> bool {
        let mut rest = self.tokens.tokens[at + 1..].iter();
        loop {
            match rest.next() {
                None => return true,
                Some(next) if next.newlines > 0 => return true,
                Some(next) if is_comment(next.kind) => {}
                Some(_) => return false,
            }
        }
    }

    fn write(&mut self, token: &Token) {
        let text = || &self.tokens.text[token.span.range()];
        self.parts.push(match token.kind {
            SyntaxKind::LineComment => {
                let blanks = text().len() - text().trim_end().len();
                Part::Comment(motet_source::Span::new(token.span.start, token.span.end - blanks as u32))
            }
            kind if may_span_lines(kind) && text().contains('\n') => Part::Verbatim(token.span),
            _ => Part::Text(token.span),
        });
    }

    /// What stands before a token. `before`: the last one that was written.
    fn between(&mut self, before: usize, at: usize, closes: bool) {
        let tokens = self.tokens;
        let (previous, token) = (&tokens.tokens[before], &tokens.tokens[at]);
        let newlines = tokens.tokens[before + 1..=at].iter().map(|token| token.newlines).max().unwrap_or(0);
        let is_behind_comment = previous.kind == SyntaxKind::LineComment;
        let is_empty = is_opener(previous.kind);
        let kept = newlines > 0 && (!closes || S::CLOSERS_ALONE || is_behind_comment) && !(closes && is_empty);
        if kept {
            let closes_alone = closes && (S::CLOSERS_ALONE || is_behind_comment);
            let level = if closes_alone || self.style.stands_outside(tokens, token) {
                Level::Outside
            } else if self.begins_something(at) {
                Level::Content
            } else {
                Level::Continued
            };
            self.break_group();
            self.parts.push(Part::Line { blank: newlines > 1 && !is_empty && !closes, at: level });
            return;
        }
        let level = if closes { Level::Outside } else { Level::Content };
        let group = self.groups.last().expect("the document is a group");
        let context = Context { group: group.kind, items: group.items };
        let gap = match (previous.kind, token.kind) {
            _ if closes && is_empty => Gap::Nothing,
            // Even a comment may not be moved away from a mark.
            _ if S::BLANKS_MEAN_SOMETHING && !token.apart => Gap::Nothing,
            (_, SyntaxKind::LineComment) => {
                let blanks = tokens.text[previous.span.end as usize..token.span.start as usize].len();
                return self.parts.push(Part::Aside { wide: blanks > 1 });
            }
            (SyntaxKind::BlockComment, kind) if !is_closer(kind) && kind != SyntaxKind::Comma => Gap::Space,
            (kind, SyntaxKind::BlockComment) if !is_opener(kind) => Gap::Space,
            _ if newlines > 0 && closes => Gap::Nothing,
            _ => self.style.gap(tokens, previous, token, context),
        };
        self.gap(gap, level, previous.kind == SyntaxKind::Semicolon);
    }

    /// Writes what stands between two tokens. `is_end`: the first one is a `;`.
    fn gap(&mut self, gap: Gap, level: Level, is_end: bool) {
        match gap {
            Gap::Nothing => {}
            Gap::Space => self.parts.push(Part::Space),
            Gap::SoftSpace => {
                if is_end
                    && S::ENDS_WITH_LINES
                    && let Some(Part::Text(span)) = self.parts.pop()
                {
                    self.parts.push(Part::IfFlat(span));
                }
                self.parts.push(Part::Soft {
                    space: true,
                    at: level,
                    when: if is_end { When::Never } else { When::Full },
                });
            }
            Gap::Soft => self.parts.push(Part::Soft { space: false, at: level, when: When::Never }),
            Gap::Frame => self.parts.push(Part::Soft { space: true, at: level, when: When::Always }),
        }
    }

    /// The author has broken the innermost group.
    fn break_group(&mut self) {
        let group = self.groups.last().expect("the document is a group");
        if let Some(Part::Open(group)) = self.parts.get_mut(group.part) {
            group.broken = true;
        }
    }

    /// Whether a line that begins with this token begins something: a statement, an element, an arm.
    fn begins_something(&self, at: usize) -> bool {
        let tokens = &self.tokens.tokens;
        // A comment belongs to what follows it.
        let Some(next) = tokens[at..].iter().position(|token| !is_comment(token.kind)).map(|skipped| at + skipped)
        else {
            return true;
        };
        let token = &tokens[next];
        if is_closer(token.kind) {
            return true;
        }
        if matches!(token.kind, SyntaxKind::ElseWord | SyntaxKind::CatchWord | SyntaxKind::FinallyWord) {
            return true;
        }
        let before = tokens[..at].iter().rev().find(|token| !is_comment(token.kind));
        if before.is_none_or(|before| is_opener(before.kind) || before.kind == SyntaxKind::Comma) {
            return true;
        }
        let group = self.groups.last().expect("the document is a group");
        self.tokens.begins_child_of(token, group.node)
    }

    /// Closes the innermost group, whose bracket comes next; gives the part that opened it.
    fn close(&mut self) -> usize {
        let group = self.groups.pop().expect("a group is open");
        if let Some(inner) = group.last
            && let Part::Open(opened) = &mut self.parts[group.part]
        {
            opened.last = inner as u32;
        }
        self.parts.push(Part::Close);
        group.part
    }
}
