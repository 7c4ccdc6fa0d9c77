//! Replacing what a pattern finds: by a text in which groups may stand, or by what a function gives for each match.

use super::found::Records;
use super::pattern::Pattern;
use super::search::{Consumer, Wanted, search};
use super::{limit, receiver, subject};
use motet_vm::builtins::arguments::{WithOptions, bad_value, is_callable, text, wrong};
use motet_vm::builtins::iterate::{add_item, add_text};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Result};
use regex_automata::Span;

const NAME: &str = "replace";

pub(super) fn replace(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    subject(NAME, &arguments)?;
    let pattern = receiver(&arguments);
    let limit = limit(NAME, &WithOptions::of(NAME, arguments, 3, &["limit"])?)?;
    let (searched, with) = (arguments.at(1), arguments.at(2));
    if is_callable(with) {
        let consumer = Calls {
            function: with.clone(),
            records: Records::new(pattern.clone()),
            matches: Vec::new(),
            spans: Vec::new(),
        };
        return search(context, pattern, searched, Wanted { limit, ..Wanted::ALL }, consumer);
    }
    if with.as_string().is_none() {
        return Err(wrong(NAME, "a text or a function to replace with", with));
    }
    let pieces = pieces(text(NAME, with)?, &pattern)?;
    let groups = pieces.iter().any(|piece| matches!(piece, Piece::Group(1..)));
    let consumer = Texts { pieces, out: String::new(), from: 0 };
    search(context, pattern, searched, Wanted { limit, groups, ..Wanted::ALL }, consumer)
}

/// A part of a text that replaces.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Group(usize),
}

/// Takes a text apart that replaces: `$1`, `${name}` and `$$`. Any other `$` is itself.
fn pieces(with: &str, pattern: &Pattern) -> Result<Vec<Piece>> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), with);
    while let Some(at) = rest.find('$') {
        plain.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let digits = behind.len() - behind.trim_start_matches(|character: char| character.is_ascii_digit()).len();
        let name = behind.strip_prefix('{').and_then(|name| name.split_once('}')).map(|(name, _)| name);
        let (group, length) = match (digits, name) {
            (1.., _) => (&behind[..digits], digits),
            (0, Some(name)) => (name, name.len() + 2),
            _ => {
                plain.push('$');
                rest = behind.strip_prefix('$').unwrap_or(behind);
                continue;
            }
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Group(self::group(group, pattern)?));
        rest = &behind[length..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// The number of a group.
fn group(name: &str, pattern: &Pattern) -> Result<usize> {
    let count = pattern.group_names().count();
    let number = match name.parse() {
        Ok(number) => Some(number).filter(|&number: &usize| number < count),
        Err(_) => pattern.group_names().position(|group| group == Some(name)),
    };
    number.ok_or_else(|| {
        let error = bad_value(format!("{NAME}: this regular expression has no group {name}"));
        error.with_hint("$$ writes the character $ itself")
    })
}

/// Puts the new text together as matches come.
struct Texts {
    pieces: Vec<Piece>,
    out: String,
    /// Where the last match ended.
    from: usize,
}

impl Consumer for Texts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()> {
        let (text, Some(span)) = (text.as_str().unwrap_or_default(), spans[0]) else { return Ok(()) };
        context.work(1)?;
        add_text(context, NAME, &mut self.out, &text[self.from..span.start])?;
        self.from = span.end;
        for piece in &self.pieces {
            let part = match piece {
                Piece::Text(part) => part.as_str(),
                Piece::Group(group) => match spans.get(*group) {
                    Some(Some(span)) => &text[span.start..span.end],
                    _ => "",
                },
            };
            add_text(context, NAME, &mut self.out, part)?;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>, context: &mut Context<'_>, text: &Value) -> Result<Outcome> {
        add_text(context, NAME, &mut self.out, &text.as_str().unwrap_or_default()[self.from..])?;
        Ok(context.heap().string(&self.out).into())
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// Collects the matches that a function is called with.
struct Calls {
    function: Value,
    records: Records,
    matches: Vec<Value>,
    spans: Vec<Span>,
}

impl Consumer for Calls {
    fn name(&self) -> &'static str {
        NAME
    }

    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()> {
        let (Some(text), Some(span)) = (text.as_string(), spans[0]) else { return Ok(()) };
        let record = self.records.record(context, text, spans)?;
        add_item(context, NAME, &mut self.matches, record)?;
        self.spans.push(span);
        Ok(())
    }

    fn end(self: Box<Self>, context: &mut Context<'_>, text: &Value) -> Result<Outcome> {
        let Calls { function, matches, spans, .. } = *self;
        let left = matches.into_iter().zip(spans).collect::<Vec<_>>().into_iter();
        Box::new(Calling { function, text: text.clone(), left, out: String::new(), from: 0 }).go_on(context)
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        self.matches.iter().for_each(visit);
    }
}

/// Calls the function with one match after the other.
struct Calling {
    function: Value,
    text: Value,
    left: std::vec::IntoIter<(Value, Span)>,
    out: String,
    /// Where the last match ended.
    from: usize,
}

impl Calling {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let text = self.text.as_str().unwrap_or_default();
        match self.left.next() {
            Some((found, span)) => {
                add_text(context, NAME, &mut self.out, &text[self.from..span.start])?;
                self.from = span.end;
                let function = self.function.clone();
                Ok(Outcome::Call { function, arguments: CallArguments::One(found), then: self })
            }
            None => {
                add_text(context, NAME, &mut self.out, &text[self.from..])?;
                Ok(context.heap().string(&self.out).into())
            }
        }
    }
}

impl Resume for Calling {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let Some(part) = result.as_str() else {
            let error = wrong(NAME, "a function that gives a text", &result);
            return Err(error.with_hint("str(x) is the text of a value"));
        };
        add_text(context, NAME, &mut self.out, part)?;
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        visit(&self.text);
        self.left.as_slice().iter().for_each(|(found, _)| visit(found));
    }
}
