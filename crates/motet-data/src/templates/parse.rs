//! The text of a template to steps: pieces of text, values, and jumps over parts that are left out or come again.

use super::expression::{Expression, Reader};
use crate::place::Fault;
use std::ops::Range;

/// What is made of a value before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Upper,
    Lower,
    Trim,
    Length,
    Join,
    Raw,
}

const FILTERS: [(&str, Filter); 6] = [
    ("upper", Filter::Upper),
    ("lower", Filter::Lower),
    ("trim", Filter::Trim),
    ("length", Filter::Length),
    ("join", Filter::Join),
    ("raw", Filter::Raw),
];

/// The names that a loop gives: of an element, or of a key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Names {
    pub first: String,
    pub second: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Text(Range<usize>),
    Value {
        expression: Expression,
        filters: Vec<Filter>,
        at: usize,
    },
    Jump(usize),
    /// Goes on elsewhere if the condition does not hold.
    Unless(Expression, usize),
    /// Begins a loop; goes on elsewhere if there is nothing to walk over.
    Begin {
        names: Names,
        over: Expression,
        none: usize,
        at: usize,
    },
    /// The next turn of the innermost loop, whose first step stands there; else the loop has ended.
    Next(usize),
}

/// A part that is not closed yet.
enum Open {
    If {
        at: usize,
        /// The step that goes on behind this branch if its condition does not hold.
        condition: Option<usize>,
        /// The jumps behind all of it.
        ends: Vec<usize>,
    },
    For {
        at: usize,
        begin: usize,
        /// The jump over its `else`.
        end: Option<usize>,
    },
}

type Parsed<T> = Result<T, Box<Fault>>;

/// Bytes of a tag: the operators of a chain lie in one another, so their number has a limit.
const LONGEST_TAG: usize = 4000;
/// Parts in one another, at most.
const DEPTH: usize = 100;

struct Parser<'t> {
    text: &'t str,
    steps: Vec<Step>,
    open: Vec<Open>,
}

/// The steps of a template.
pub(super) fn steps(text: &str) -> Parsed<Vec<Step>> {
    let mut parser = Parser { text, steps: Vec::new(), open: Vec::new() };
    let mut at = 0;
    while let Some(begin) = next_tag(text, at) {
        let (close, is_value) = match text.as_bytes()[begin + 1] {
            b'{' => ("}}", true),
            b'%' => ("%}", false),
            _ => ("#}", false),
        };
        let inside = begin + 2;
        let Some(end) = end_of_tag(text, inside, close) else {
            return Err(Fault::new(begin, format!("this tag is not closed: `{close}` is missing")));
        };
        if close != "#}" && end - inside > LONGEST_TAG {
            return Err(Fault::new(begin, format!("a tag has {LONGEST_TAG} bytes at most")));
        }
        let mut behind = end + 2;
        let mut before = begin;
        if !is_value {
            (before, behind) = without_own_line(text, begin, behind);
        }
        parser.piece(at.min(before)..before);
        match close {
            "}}" => parser.value(inside, end)?,
            "%}" => parser.tag(begin, inside, end)?,
            _ => {}
        }
        at = behind;
    }
    parser.piece(at..text.len());
    match parser.open.pop() {
        None => Ok(parser.steps),
        Some(Open::If { at, .. } | Open::For { at, .. }) => {
            Err(Fault::new(at, "this part is not closed: `{% end %}` is missing"))
        }
    }
}

/// Where the next tag begins.
fn next_tag(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'{', &bytes[from..])
        .map(|found| from + found)
        .find(|&brace| matches!(bytes.get(brace + 1), Some(b'{' | b'%' | b'#')))
}

/// Where a tag ends: texts in quotes may have what closes it.
fn end_of_tag(text: &str, from: usize, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = from;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, _) if bytes[at..].starts_with(close.as_bytes()) => return Some(at),
            (None, byte @ (b'"' | b'\'')) if close != "#}" => quote = Some(byte),
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// A tag that has a line for itself takes the whole line with it.
fn without_own_line(text: &str, begin: usize, end: usize) -> (usize, usize) {
    let before = text[..begin].trim_end_matches([' ', '\t']);
    let after = text[end..].trim_start_matches([' ', '\t']);
    let begins_line = before.is_empty() || before.ends_with('\n');
    let line_end = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'));
    match (begins_line, line_end) {
        (true, Some(rest)) => (before.len(), text.len() - rest.len()),
        (true, None) if after.is_empty() => (before.len(), text.len()),
        _ => (begin, end),
    }
}

impl<'t> Parser<'t> {
    fn piece(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.steps.push(Step::Text(range));
        }
    }

    fn value(&mut self, from: usize, end: usize) -> Parsed<()> {
        let mut reader = Reader::new(self.text, from, end);
        reader.skip_blanks();
        let at = reader.at;
        let expression = reader.expression()?;
        let mut filters = Vec::new();
        while reader.takes("|") {
            reader.skip_blanks();
            let at = reader.at;
            let Some(name) = reader.name() else { return reader.unexpected("what to make of the value") };
            let Some((_, filter)) = FILTERS.iter().find(|(own, _)| *own == name) else {
                let names = FILTERS.map(|(name, _)| name).join(", ");
                return Err(Fault::new(at, format!("nothing is called `| {name}` here: there are {names}")));
            };
            filters.push(*filter);
        }
        reader.expect_end()?;
        self.steps.push(Step::Value { expression, filters, at });
        Ok(())
    }

    fn tag(&mut self, begin: usize, from: usize, end: usize) -> Parsed<()> {
        let mut reader = Reader::new(self.text, from, end);
        reader.skip_blanks();
        let at = reader.at;
        let word = reader.name().unwrap_or_default();
        match word {
            "if" => {
                self.check_depth(begin)?;
                let condition = reader.expression()?;
                self.steps.push(Step::Unless(condition, 0));
                let condition = Some(self.steps.len() - 1);
                self.open.push(Open::If { at: begin, condition, ends: Vec::new() });
            }
            "elif" => {
                let condition = reader.expression()?;
                let jump = self.steps.len();
                let Some(Open::If { condition: before @ Some(_), ends, .. }) = self.open.last_mut() else {
                    return Err(Fault::new(begin, "there is no `{% if … %}` that this belongs to"));
                };
                ends.push(jump);
                let old = before.replace(jump + 1);
                self.steps.push(Step::Jump(0));
                self.steps.push(Step::Unless(condition, 0));
                self.land(old, jump + 1);
            }
            "else" => {
                let jump = self.steps.len();
                match self.open.last_mut() {
                    Some(Open::If { condition: before @ Some(_), ends, .. }) => {
                        ends.push(jump);
                        let old = before.take();
                        self.steps.push(Step::Jump(0));
                        self.land(old, jump + 1);
                    }
                    Some(Open::For { begin, end: end @ None, .. }) => {
                        let begin = *begin;
                        *end = Some(jump + 1);
                        self.steps.push(Step::Next(begin + 1));
                        self.steps.push(Step::Jump(0));
                        self.land(Some(begin), jump + 2);
                    }
                    _ => {
                        return Err(Fault::new(
                            begin,
                            "there is no `{% if … %}` or `{% for … %}` that this belongs to",
                        ));
                    }
                }
            }
            "for" => {
                self.check_depth(begin)?;
                let Some(first) = reader.name() else { return reader.unexpected("a name for what is walked over") };
                let second = if reader.takes(",") {
                    match reader.name() {
                        Some(name) => Some(name.to_owned()),
                        None => return reader.unexpected("a name for the value"),
                    }
                } else {
                    None
                };
                if !reader.takes_word("in") {
                    return reader.unexpected("`in`");
                }
                reader.skip_blanks();
                let at = reader.at;
                let over = reader.expression()?;
                let names = Names { first: first.to_owned(), second };
                self.open.push(Open::For { at: begin, begin: self.steps.len(), end: None });
                self.steps.push(Step::Begin { names, over, none: 0, at });
            }
            "end" | "endif" | "endfor" => self.close(word, begin)?,
            _ => {
                return Err(Fault::new(at, format!("there is no tag `{word}`: there are if, elif, else, for and end")));
            }
        }
        reader.expect_end()
    }

    fn check_depth(&self, at: usize) -> Parsed<()> {
        if self.open.len() == DEPTH {
            return Err(Fault::new(at, format!("more than {DEPTH} parts lie in one another here")));
        }
        Ok(())
    }

    fn close(&mut self, word: &str, at: usize) -> Parsed<()> {
        let here = self.steps.len();
        match (self.open.pop(), word) {
            (Some(Open::If { condition, ends, .. }), "end" | "endif") => {
                self.land(condition, here);
                for jump in ends {
                    self.land(Some(jump), here);
                }
                Ok(())
            }
            (Some(Open::For { begin, end: None, .. }), "end" | "endfor") => {
                self.steps.push(Step::Next(begin + 1));
                self.land(Some(begin), here + 1);
                Ok(())
            }
            (Some(Open::For { end, .. }), "end" | "endfor") => {
                self.land(end, here);
                Ok(())
            }
            (None, _) => Err(Fault::new(at, "nothing is open that this closes")),
            (Some(_), _) => Err(Fault::new(at, format!("`{word}` does not close what is open here"))),
        }
    }

    /// A step's jump goes there.
    fn land(&mut self, step: Option<usize>, there: usize) {
        let Some(step) = step.and_then(|step| self.steps.get_mut(step)) else { return };
        match step {
            Step::Jump(target) | Step::Unless(_, target) | Step::Begin { none: target, .. } => *target = there,
            _ => {}
        }
    }
}
