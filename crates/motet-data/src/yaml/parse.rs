//! YAML to values, event by event. What lies in what stands on a stack of its own, so depth costs no stack of Rust's.
//!
//! **Aliases** are copies, so that a change of one does not change another. A few lines of them can name very much (each a list
//! of ten aliases of the line before), so what they bring together is bounded.

use super::scalar::{Meaning, meaning};
use crate::place::{Place, error_at};
use motet_vm::builtins::arguments::too_big;
use motet_vm::builtins::iterate::entries;
use motet_vm::builtins::keyed::put_entry;
use motet_vm::memory::{Tag as Kind, Value, account, copy};
use motet_vm::{Context, Error, ErrorKind, Result};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// A configuration is no longer than this.
const LONGEST: usize = 8 << 20;
/// Bytes that the values of a text take, for each byte of it.
const ROOM: usize = 40;
/// Mappings and lists in one another.
const DEPTH: usize = 200;
/// Values that aliases may bring, all together.
const MOST_ALIASED: usize = 1_000_000;
/// Bytes that are read in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 8;
/// Where tags of the language are.
const CORE: &str = "tag:yaml.org,2002:";

/// A mapping or list that is not complete.
struct Frame {
    /// What it is: null until it is known for a list, which is made at its end.
    mapping: Option<Value>,
    items: Vec<Value>,
    /// The key whose value comes next.
    key: Option<Value>,
    /// What `<<` takes over.
    merged: Vec<(Value, Marker)>,
    anchor: usize,
    /// Values in it, for aliases.
    nodes: usize,
}

/// What an anchor names, and how many values that is.
type Anchors = HashMap<usize, (Value, usize)>;

struct Builder {
    function: &'static str,
    maps: bool,
    frames: Vec<Frame>,
    anchors: Anchors,
    aliased: usize,
    /// The value of the document, once it is complete.
    document: Option<Value>,
}

/// The place of a marker, as messages count.
fn place(marker: Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

/// The value of the only document.
pub(super) fn one(context: &mut Context<'_>, function: &'static str, text: &str, maps: bool) -> Result<Value> {
    let mut found = None;
    documents(context, function, text, maps, |context, value, marker| {
        if found.replace(value).is_some() {
            let hint = Some("yaml.parse_all gives the values of all of them");
            return Err(error_at(context, function, place(marker), "a second document begins here", hint));
        }
        Ok(())
    })?;
    Ok(found.unwrap_or_default())
}

/// The values of all documents.
pub(super) fn all(context: &mut Context<'_>, function: &'static str, text: &str, maps: bool) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    documents(context, function, text, maps, |_, value, _| {
        found.push(value);
        Ok(())
    })?;
    Ok(found)
}

fn documents(
    context: &mut Context<'_>,
    function: &'static str,
    text: &str,
    maps: bool,
    mut take: impl FnMut(&mut Context<'_>, Value, Marker) -> Result<()>,
) -> Result<()> {
    let most = LONGEST.min(account::room() / ROOM);
    if text.len() > most {
        return Err(too_big(function, text.len(), most, "bytes of text"));
    }
    let mut builder =
        Builder { function, maps, frames: Vec::new(), anchors: Anchors::new(), aliased: 0, document: None };
    let mut began = Marker::default();
    let mut read = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| error_at(context, function, place(*error.marker()), error.info(), None))?;
        context.work(1 + span.end.index().saturating_sub(read) / BYTES_PER_UNIT)?;
        read = read.max(span.end.index());
        match event {
            Event::DocumentStart(_) => began = span.start,
            Event::DocumentEnd => {
                // Anchors are those of their document.
                builder.anchors.clear();
                let value = builder.document.take().unwrap_or_default();
                take(context, value, began)?;
            }
            event => builder.event(context, event, span)?,
        }
    }
    Ok(())
}

impl Builder {
    fn fail(&self, context: &mut Context<'_>, at: Marker, message: &str, hint: Option<&str>) -> Error {
        error_at(context, self.function, place(at), message, hint)
    }

    fn event(&mut self, context: &mut Context<'_>, event: Event<'_>, span: Span) -> Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_merge = tag.is_none() && style == ScalarStyle::Plain && text == "<<";
                if is_merge && self.takes_key() {
                    // Stands for the key of what is taken over: no text of the document is this value.
                    return self.put(context, (Value::MISSING, 1), 0, span.start);
                }
                let value = if self.takes_key() && !self.maps {
                    // A key of a record is its text, as it stands there.
                    context.heap().string(&text)
                } else {
                    self.scalar(context, text, style, tag.as_deref(), span.start)?
                };
                self.put(context, (value, 1), anchor, span.start)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(context, tag.as_deref(), "seq", span.start)?;
                self.begin(context, None, anchor, span.start)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(context, tag.as_deref(), "map", span.start)?;
                let mapping = if self.maps { context.heap().map(0) } else { context.heap().record(0) };
                self.begin(context, Some(mapping), anchor, span.start)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut frame) = self.frames.pop() else { return Ok(()) };
                let value = match frame.mapping.take() {
                    None => context.heap().list(frame.items),
                    Some(mapping) => {
                        self.merge(context, &mapping, frame.merged)?;
                        mapping
                    }
                };
                self.put(context, (value, frame.nodes + 1), frame.anchor, span.start)
            }
            Event::Alias(anchor) => {
                let Some((value, nodes)) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.fail(context, span.start, "this alias names something that it stands in", None));
                };
                self.aliased += nodes;
                if self.aliased > MOST_ALIASED {
                    let message = format!("the aliases of this text bring more than {MOST_ALIASED} values");
                    let message = format!("{}: line {}: {message}", self.function, span.start.line());
                    return Err(Error::new(ErrorKind::LimitError, message));
                }
                context.work(nodes)?;
                let value = copy(&value, context.heap());
                self.put(context, (value, nodes), 0, span.start)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// Whether what comes next is a key.
    fn takes_key(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.mapping.is_some() && frame.key.is_none())
    }

    fn begin(&mut self, context: &mut Context<'_>, mapping: Option<Value>, anchor: usize, at: Marker) -> Result<()> {
        if self.frames.len() == DEPTH {
            let message = format!("more than {DEPTH} mappings and lists lie in one another here");
            return Err(self.fail(context, at, &message, None));
        }
        if self.takes_key() && !self.maps {
            let hint = Some("`maps: true` makes maps, whose keys may be anything");
            return Err(self.fail(context, at, "a list or a mapping is no key of a record", hint));
        }
        self.frames.push(Frame { mapping, items: Vec::new(), key: None, merged: Vec::new(), anchor, nodes: 0 });
        Ok(())
    }

    /// Puts a complete value, of so many values, where it belongs.
    fn put(
        &mut self,
        context: &mut Context<'_>,
        (value, nodes): (Value, usize),
        anchor: usize,
        at: Marker,
    ) -> Result<()> {
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), nodes));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.document = Some(value);
            return Ok(());
        };
        frame.nodes += nodes;
        let Some(mapping) = frame.mapping.clone() else {
            frame.items.push(value);
            return Ok(());
        };
        let Some(key) = frame.key.take() else {
            let is_known = match (mapping.as_map(), mapping.as_record()) {
                _ if value.is_missing() => false,
                (Some(map), _) => map.get(&value).is_some(),
                (_, Some(record)) => match value.as_str() {
                    Some(name) => record.get(name).is_some(),
                    None => {
                        let hint = Some("`maps: true` makes maps, whose keys may be anything");
                        return Err(self.fail(context, at, "what this alias names is no key of a record", hint));
                    }
                },
                _ => false,
            };
            if is_known {
                return Err(self.fail(context, at, "this key is there already", None));
            }
            frame.key = Some(value);
            return Ok(());
        };
        if key.is_missing() {
            frame.merged.push((value, at));
        } else {
            put_entry(&mapping, key, value, context.heap());
        }
        Ok(())
    }

    /// Takes over entries that a mapping does not have itself; the first that brings a key counts.
    fn merge(&self, context: &mut Context<'_>, mapping: &Value, merged: Vec<(Value, Marker)>) -> Result<()> {
        for (source, at) in merged {
            let sources = match source.as_list() {
                Some(list) => list.items().to_vec(),
                None => vec![source],
            };
            for source in sources {
                if !matches!(source.tag(), Kind::Record | Kind::Map) {
                    return Err(self.fail(context, at, "`<<` takes over a mapping, or a list of mappings", None));
                }
                let (keys, values) = entries(&source, context.heap());
                context.work(keys.len())?;
                for (key, value) in keys.into_iter().zip(values) {
                    let is_known = match (mapping.as_map(), mapping.as_record()) {
                        (Some(map), _) => map.get(&key).is_some(),
                        (_, Some(record)) => key.as_str().is_some_and(|name| record.get(name).is_some()),
                        _ => false,
                    };
                    if !is_known {
                        put_entry(mapping, key, value, context.heap());
                    }
                }
            }
        }
        Ok(())
    }

    /// A list or a mapping may only be tagged as what it is.
    fn check_tag(&self, context: &mut Context<'_>, tag: Option<&Tag>, kind: &str, at: Marker) -> Result<()> {
        match tag {
            Some(tag) if !(tag.handle == CORE && tag.suffix == kind) => Err(self.unknown(context, tag, at)),
            _ => Ok(()),
        }
    }

    fn unknown(&self, context: &mut Context<'_>, tag: &Tag, at: Marker) -> Error {
        let shown =
            if tag.handle == CORE { format!("!!{}", tag.suffix) } else { format!("{}{}", tag.handle, tag.suffix) };
        let hint = Some("there are !!str, !!int, !!float, !!bool, !!null, !!binary, !!seq and !!map");
        self.fail(context, at, &format!("there is no tag {shown} for this"), hint)
    }

    fn scalar(
        &self,
        context: &mut Context<'_>,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: Marker,
    ) -> Result<Value> {
        let wanted = match tag {
            Some(tag) if tag.handle == CORE => Some(tag.suffix.as_str()),
            // `!` alone makes a text of it.
            Some(tag) if tag.handle == "!" && tag.suffix.is_empty() || tag.suffix == "!" => Some("str"),
            Some(tag) => return Err(self.unknown(context, tag, at)),
            None if style == ScalarStyle::Plain => None,
            None => Some("str"),
        };
        let found = meaning(&text);
        let value = match (wanted, found) {
            (Some("str"), _) | (None, Meaning::Text) => context.heap().string(&text),
            (None | Some("null"), Meaning::Null) => Value::NULL,
            (None | Some("bool"), Meaning::Bool(truth)) => Value::bool(truth),
            (None | Some("int"), Meaning::Int(integer)) => Value::int(integer),
            (None | Some("float"), Meaning::Float(float)) => Value::float(float),
            (Some("float"), Meaning::Int(integer)) => Value::float(integer as f64),
            (None | Some("int"), Meaning::Large) => {
                let hint = Some("in quotes it is a text, of which big(text) makes an integer of any size");
                return Err(self.fail(context, at, "this integer has more than 64 bits", hint));
            }
            (Some("binary"), _) => match crate::codes::base64(&text) {
                Ok(bytes) => context.heap().bytes(bytes),
                Err(fault) => return Err(self.fail(context, at, &fault.message, None)),
            },
            (Some("null" | "bool" | "int" | "float"), _) => {
                let shown: String = text.chars().take(40).collect();
                let message = format!("{shown:?} is not what its tag says");
                return Err(self.fail(context, at, &message, None));
            }
            (_, _) => match tag {
                Some(tag) => return Err(self.unknown(context, tag, at)),
                None => context.heap().string(&text),
            },
        };
        Ok(value)
    }
}
