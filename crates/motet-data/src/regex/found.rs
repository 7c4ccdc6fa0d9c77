//! What is done with matches: records of them, whose positions count characters, texts, and what stands between them.

use super::pattern::Pattern;
use super::search::Consumer;
use motet_vm::builtins::iterate::add_item;
use motet_vm::builtins::keyed::put_entry;
use motet_vm::memory::{Heap, Str, Value};
use motet_vm::native::Outcome;
use motet_vm::{Context, Result};
use regex_automata::Span;
use std::sync::Arc;

/// Positions in a text as characters. Matches come in order, so each is counted from the one before.
#[derive(Default)]
struct Counter {
    byte: usize,
    character: usize,
}

impl Counter {
    fn characters(&mut self, text: &Str, byte: usize) -> usize {
        if text.is_ascii() {
            return byte;
        }
        if byte < self.byte {
            *self = Counter::default();
        }
        self.character += text.as_str()[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}

/// The part of a text that a span is; null for a group that has none.
fn part(text: &str, span: Option<Span>, heap: &Heap) -> Value {
    span.map_or(Value::NULL, |span| heap.string(&text[span.start..span.end]))
}

/// Makes records of the matches in one text.
pub(super) struct Records {
    pattern: Arc<Pattern>,
    counter: Counter,
}

impl Records {
    pub fn new(pattern: Arc<Pattern>) -> Records {
        Records { pattern, counter: Counter::default() }
    }

    /// The record of a match.
    pub fn record(&mut self, context: &mut Context<'_>, text: &Str, spans: &[Option<Span>]) -> Result<Value> {
        let own = spans[0].unwrap_or(Span { start: 0, end: 0 });
        context.work(4 + spans.len() + own.len() / 64)?;
        let start = self.counter.characters(text, own.start);
        let end = self.counter.characters(text, own.end);
        let heap = context.heap();
        let groups: Vec<Value> = spans[1..].iter().map(|&span| part(text, span, heap)).collect();
        let named = heap.record(0);
        let names = self.pattern.group_names().skip(1);
        for (name, group) in names.zip(&groups).filter_map(|(name, group)| Some((name?, group))) {
            put_entry(&named, heap.string(name), group.clone(), heap);
        }
        let values =
            [part(text, spans[0], heap), Value::int(start as i64), Value::int(end as i64), heap.list(groups), named];
        let record = heap.record(values.len());
        let fields = record.as_record().expect("just made");
        for (&name, value) in self.pattern.fields().iter().zip(values) {
            fields.set(name, value, heap).expect("just made");
        }
        Ok(record)
    }
}

/// Whether there is a match.
pub(super) struct Whether {
    pub name: &'static str,
    pub is_found: bool,
}

impl Consumer for Whether {
    fn name(&self) -> &'static str {
        self.name
    }

    fn found(&mut self, _: &mut Context<'_>, _: &Value, _: &[Option<Span>]) -> Result<()> {
        self.is_found = true;
        Ok(())
    }

    fn end(self: Box<Self>, _: &mut Context<'_>, _: &Value) -> Result<Outcome> {
        Ok(Value::bool(self.is_found).into())
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// The record of the first match, or null.
pub(super) struct First {
    pub name: &'static str,
    pub records: Records,
    pub first: Value,
}

impl Consumer for First {
    fn name(&self) -> &'static str {
        self.name
    }

    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()> {
        if let Some(text) = text.as_string() {
            self.first = self.records.record(context, text, spans)?;
        }
        Ok(())
    }

    fn end(self: Box<Self>, _: &mut Context<'_>, _: &Value) -> Result<Outcome> {
        Ok(self.first.into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.first);
    }
}

/// A list of the records of all matches.
pub(super) struct All {
    pub records: Records,
    pub items: Vec<Value>,
}

impl Consumer for All {
    fn name(&self) -> &'static str {
        "find_all"
    }

    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()> {
        let Some(text) = text.as_string() else { return Ok(()) };
        let record = self.records.record(context, text, spans)?;
        add_item(context, "find_all", &mut self.items, record)
    }

    fn end(self: Box<Self>, context: &mut Context<'_>, _: &Value) -> Result<Outcome> {
        Ok(context.heap().list(self.items).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visit);
    }
}

/// A list of the texts of all matches.
#[derive(Default)]
pub(super) struct Texts {
    items: Vec<Value>,
}

impl Consumer for Texts {
    fn name(&self) -> &'static str {
        "find_texts"
    }

    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()> {
        let item = part(text.as_str().unwrap_or_default(), spans[0], context.heap());
        add_item(context, "find_texts", &mut self.items, item)
    }

    fn end(self: Box<Self>, context: &mut Context<'_>, _: &Value) -> Result<Outcome> {
        Ok(context.heap().list(self.items).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visit);
    }
}

/// A list of what stands between the matches.
#[derive(Default)]
pub(super) struct Parts {
    items: Vec<Value>,
    /// Where the last match ended.
    from: usize,
}

impl Parts {
    fn add(&mut self, context: &mut Context<'_>, text: &Value, end: usize) -> Result<()> {
        let item = part(text.as_str().unwrap_or_default(), Some(Span { start: self.from, end }), context.heap());
        add_item(context, "split", &mut self.items, item)
    }
}

impl Consumer for Parts {
    fn name(&self) -> &'static str {
        "split"
    }

    fn found(&mut self, context: &mut Context<'_>, text: &Value, spans: &[Option<Span>]) -> Result<()> {
        let Some(span) = spans[0] else { return Ok(()) };
        self.add(context, text, span.start)?;
        self.from = span.end;
        Ok(())
    }

    fn end(mut self: Box<Self>, context: &mut Context<'_>, text: &Value) -> Result<Outcome> {
        self.add(context, text, text.as_str().map_or(0, str::len))?;
        Ok(context.heap().list(self.items).into())
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.iter().for_each(visit);
    }
}
