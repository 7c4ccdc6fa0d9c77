//! Values to JSON. The writer has a stack of its own, and may be suspended: an object's `to_json` is code of the program.

use super::escape;
use crate::numbers::write_integer;
use motet_vm::builtins::arguments::{describe, too_big};
use motet_vm::memory::{FieldName, Heap, Symbol, Tag, Value, account, type_name};
use motet_vm::native::{CallArguments, Outcome, Resume};
use motet_vm::{Context, Error, ErrorKind, Result};

/// What becomes of floats that JSON cannot write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotNumbers {
    Refused,
    Nulls,
}

/// See the module.
pub(super) struct Writer {
    function: &'static str,
    /// What stands before each level; none if all stands on one line.
    indent: Option<String>,
    sort_keys: bool,
    not_numbers: NotNumbers,
    out: String,
    frames: Vec<Frame>,
}

/// A container that is being written, or an object whose `to_json` was asked.
struct Frame {
    container: Value,
    rest: Rest,
    is_empty: bool,
}

/// What is left of it.
enum Rest {
    Items {
        next: usize,
    },
    Fields {
        place: usize,
        name: Option<FieldName>,
    },
    Entries {
        place: usize,
        key: String,
    },
    /// In the order of the keys; the last one comes first.
    Sorted {
        left: Vec<(String, Value)>,
        key: String,
    },
    Asked,
}

/// How deep values may lie in one another: far more than any reader takes.
const DEPTH: usize = 10_000;
/// Bytes that a number takes at most.
const NUMBER: usize = 32;
/// Bytes that a character of a string takes at most, of each byte that it has.
const ESCAPED: usize = 6;
/// Bytes that are copied in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 64;

impl Writer {
    pub fn new(function: &'static str, indent: Option<String>, sort_keys: bool, not_numbers: NotNumbers) -> Writer {
        Writer { function, indent, sort_keys, not_numbers, out: String::new(), frames: Vec::new() }
    }

    pub fn write_all(self, context: &mut Context<'_>, value: Value) -> Result<Outcome> {
        Box::new(self).go_on(context, value)
    }

    fn go_on(mut self: Box<Self>, context: &mut Context<'_>, value: Value) -> Result<Outcome> {
        let mut next = Some(value);
        while let Some(value) = next {
            if let Some(function) = self.write(context, value)? {
                return Ok(Outcome::Call { function, arguments: CallArguments::None, then: self });
            }
            next = self.next(context)?;
        }
        Ok(context.heap().string(&self.out).into())
    }

    /// Writes a value, or begins a container. Gives the function that says what stands for it, if there is one.
    #[inline]
    fn write(&mut self, context: &mut Context<'_>, value: Value) -> Result<Option<Value>> {
        context.work(1)?;
        self.make_room(context, NUMBER)?;
        match value.tag() {
            Tag::Null => self.out.push_str("null"),
            Tag::True => self.out.push_str("true"),
            Tag::False => self.out.push_str("false"),
            Tag::Int => write_integer(value.as_int().unwrap_or_default(), &mut self.out),
            Tag::Float => self.float(value.as_float().unwrap_or_default())?,
            Tag::String => self.string(context, value.as_str().unwrap_or_default())?,
            Tag::List | Tag::Record | Tag::Map => self.open(context, value)?,
            _ => return self.other(context, value),
        }
        Ok(None)
    }

    fn float(&mut self, float: f64) -> Result<()> {
        if float.is_finite() {
            // The shortest digits that are read back as the same float.
            self.out.push_str(zmij::Buffer::new().format_finite(float));
            return Ok(());
        }
        if self.not_numbers == NotNumbers::Nulls {
            self.out.push_str("null");
            return Ok(());
        }
        let name = if float.is_nan() { "NaN" } else { "an infinite float" };
        Err(Error::new(ErrorKind::ValueError, format!("{}: JSON has no form for {name}{}", self.function, self.path()))
            .with_hint("nan: \"null\" writes null in its place"))
    }

    #[inline]
    fn string(&mut self, context: &mut Context<'_>, text: &str) -> Result<()> {
        self.room_for(context, text)?;
        escape::write(text, &mut self.out);
        Ok(())
    }

    /// Makes room for a string.
    #[inline]
    fn room_for(&mut self, context: &mut Context<'_>, text: &str) -> Result<()> {
        if text.len() >= BYTES_PER_UNIT {
            context.work(text.len() / BYTES_PER_UNIT)?;
            // How much larger it gets is counted for long ones only.
            let escapes = text.bytes().filter(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\').count();
            return self.make_room(context, text.len() + escapes * (ESCAPED - 1) + 2);
        }
        self.make_room(context, text.len() * ESCAPED + 2)
    }

    /// Makes room for so many bytes.
    #[inline]
    fn make_room(&mut self, context: &Context<'_>, bytes: usize) -> Result<()> {
        if self.out.capacity() - self.out.len() >= bytes { Ok(()) } else { self.grow(context, bytes) }
    }

    #[cold]
    fn grow(&mut self, context: &Context<'_>, bytes: usize) -> Result<()> {
        let most = context.most_text();
        let more = account::growth(self.out.capacity(), self.out.len(), bytes, 1);
        // A string is made of it when it is complete.
        if self.out.len() + bytes > most || more > account::room() / 2 {
            return Err(too_big(self.function, self.out.len() + bytes, most, "bytes"));
        }
        self.out.reserve_exact(more);
        Ok(())
    }

    fn open(&mut self, context: &mut Context<'_>, container: Value) -> Result<()> {
        self.may_lie_inside(&container)?;
        let (bracket, rest) = match container.tag() {
            Tag::List | Tag::Foreign => ('[', Rest::Items { next: 0 }),
            Tag::Record if self.sort_keys => ('{', self.sorted(context, &container)?),
            Tag::Record => ('{', Rest::Fields { place: 0, name: None }),
            _ if container.as_map().is_some_and(|map| map.is_set()) => {
                let items = motet_vm::builtins::iterate::entries(&container, context.heap()).0;
                let items = context.heap().list(items);
                self.out.push('[');
                self.frames.push(Frame { container: items, rest: Rest::Items { next: 0 }, is_empty: true });
                return Ok(());
            }
            _ if self.sort_keys => ('{', self.sorted(context, &container)?),
            _ => ('{', Rest::Entries { place: 0, key: String::new() }),
        };
        self.out.push(bracket);
        self.frames.push(Frame { container, rest, is_empty: true });
        Ok(())
    }

    /// A value that lies in itself has no end, nor has one that gives itself as what stands for it.
    fn may_lie_inside(&self, container: &Value) -> Result<()> {
        if self.frames.iter().any(|frame| frame.container.is_same(container)) {
            let kind = type_name(container);
            let message = format!("{}: this {kind} lies in itself{}", self.function, self.path());
            return Err(Error::new(ErrorKind::ValueError, message));
        }
        if self.frames.len() == DEPTH {
            let message = format!("{}: values lie more than {DEPTH} deep in one another", self.function);
            return Err(Error::new(ErrorKind::LimitError, message));
        }
        Ok(())
    }

    fn sorted(&self, context: &mut Context<'_>, container: &Value) -> Result<Rest> {
        let (keys, values) = motet_vm::builtins::iterate::entries(container, context.heap());
        let mut left = Vec::with_capacity(keys.len());
        for (key, value) in keys.iter().zip(values) {
            left.push((key_text(key).ok_or_else(|| self.bad_key(key))?, value));
        }
        context.work(left.len().saturating_mul(left.len().max(1).ilog2() as usize + 1))?;
        left.sort_by(|a, b| b.0.cmp(&a.0));
        Ok(Rest::Sorted { left, key: String::new() })
    }

    #[cold]
    fn bad_key(&self, key: &Value) -> Error {
        let message = format!("{}: a key of JSON is a text, not {}{}", self.function, describe(key), self.path());
        Error::type_error(message).with_hint("make texts of the keys first: str(key)")
    }

    /// Goes on with what is being written; gives the next value, or none at the end.
    #[inline]
    fn next(&mut self, context: &mut Context<'_>) -> Result<Option<Value>> {
        loop {
            let Some(frame) = self.frames.last_mut() else { return Ok(None) };
            let container = &frame.container;
            let value = match &mut frame.rest {
                Rest::Items { next } => {
                    let item = match container.as_list() {
                        Some(list) => list.get(*next),
                        None => element(container, *next, context.heap()),
                    };
                    *next += 1;
                    item
                }
                Rest::Fields { place, name } => {
                    let field = container.as_record().and_then(|record| record.next(*place));
                    field.map(|(field, value, next)| {
                        (*place, *name) = (next, Some(field));
                        value
                    })
                }
                Rest::Entries { place, key } => {
                    key.clear();
                    match container.as_map().and_then(|map| map.next(*place)) {
                        None => None,
                        Some((entry, value, next)) => {
                            *place = next;
                            match key_text(&entry) {
                                Some(text) => *key = text,
                                None => return Err(self.bad_key(&entry)),
                            }
                            Some(value)
                        }
                    }
                }
                Rest::Sorted { left, key } => left.pop().map(|(text, value)| {
                    *key = text;
                    value
                }),
                Rest::Asked => {
                    self.frames.pop();
                    continue;
                }
            };
            match value {
                Some(value) => {
                    self.begin_element(context)?;
                    return Ok(Some(value));
                }
                None => self.close(context)?,
            }
        }
    }

    /// Writes what stands before a value: comma, line and key.
    fn begin_element(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.make_room(context, 2)?;
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        if !std::mem::replace(&mut frame.is_empty, false) {
            self.out.push(',');
        }
        self.new_line(context, self.frames.len())?;
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let key = match &mut frame.rest {
            Rest::Items { .. } | Rest::Asked => return Ok(()),
            Rest::Fields { name, .. } => {
                let Some(name) = name.clone() else { return Ok(()) };
                self.string(context, name.as_str())?;
                return self.colon(context);
            }
            Rest::Entries { key, .. } | Rest::Sorted { key, .. } => std::mem::take(key),
        };
        self.string(context, &key)?;
        // It is part of the path that errors name.
        if let Some(Frame { rest: Rest::Entries { key: place, .. } | Rest::Sorted { key: place, .. }, .. }) =
            self.frames.last_mut()
        {
            *place = key;
        }
        self.colon(context)
    }

    #[inline]
    fn colon(&mut self, context: &Context<'_>) -> Result<()> {
        self.make_room(context, 2)?;
        self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
        Ok(())
    }

    /// Ends the innermost container.
    fn close(&mut self, context: &Context<'_>) -> Result<()> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        if !frame.is_empty {
            self.new_line(context, self.frames.len())?;
        }
        self.make_room(context, 1)?;
        self.out.push(if matches!(frame.rest, Rest::Items { .. }) { ']' } else { '}' });
        Ok(())
    }

    #[inline]
    fn new_line(&mut self, context: &Context<'_>, depth: usize) -> Result<()> {
        if self.indent.is_none() { Ok(()) } else { self.indented_line(context, depth) }
    }

    fn indented_line(&mut self, context: &Context<'_>, depth: usize) -> Result<()> {
        let Some(indent) = &self.indent else { return Ok(()) };
        let bytes = 1 + depth * indent.len();
        self.make_room(context, bytes)?;
        self.out.push('\n');
        let Some(indent) = &self.indent else { return Ok(()) };
        for _ in 0..depth {
            self.out.push_str(indent);
        }
        Ok(())
    }

    /// A symbol is its name, an object what its method `to_json` gives, a sequence such as a tensor is a list; all else is
    /// refused.
    #[cold]
    fn other(&mut self, context: &mut Context<'_>, value: Value) -> Result<Option<Value>> {
        if let Some(name) = value.symbol_text() {
            self.string(context, name)?;
            return Ok(None);
        }
        if let Some(function) = context.method_of(&value, Symbol::intern("to_json")) {
            self.may_lie_inside(&value)?;
            self.frames.push(Frame { container: value, rest: Rest::Asked, is_empty: true });
            return Ok(Some(function));
        }
        if value.as_foreign().is_some_and(|foreign| foreign.object().length().is_some()) {
            self.open(context, value)?;
            return Ok(None);
        }
        let message = format!("{}: JSON has no form for {}{}", self.function, describe(&value), self.path());
        let hint = match value.tag() {
            Tag::Instance => "give its class a method to_json() that gives what stands for it",
            Tag::Range | Tag::Generator => "list(x) is a list of its elements",
            Tag::Bytes => "a text can stand for bytes: decode(x), or base64.encode(x)",
            Tag::Complex => "write its parts: [x.re, x.im]",
            _ => "leave it out, or put a text in its place",
        };
        Err(Error::type_error(message).with_hint(hint))
    }

    /// Where the value lies that is written at the moment, for messages: ` at .rows[3].x`.
    #[cold]
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.frames {
            match &frame.rest {
                // The one after it comes next.
                Rest::Items { next } => path.push_str(&format!("[{}]", next.saturating_sub(1))),
                Rest::Fields { name, .. } => add_key(&mut path, name.as_ref().map_or("", |name| name.as_str())),
                Rest::Entries { key, .. } | Rest::Sorted { key, .. } => add_key(&mut path, key),
                Rest::Asked => {}
            }
        }
        if path.is_empty() { path } else { format!(" at {path}") }
    }
}

/// A key behind a path.
fn add_key(path: &mut String, key: &str) {
    if key.is_empty() {
        return;
    }
    let is_name = key.chars().all(|character| character.is_alphanumeric() || character == '_');
    path.push_str(&if is_name { format!(".{key}") } else { format!("[{key:?}]") });
}

/// The key of a map as text.
fn key_text(key: &Value) -> Option<String> {
    if let Some(text) = key.as_str() {
        return Some(text.to_owned());
    }
    if let Some(name) = key.symbol_text() {
        return Some(name.to_owned());
    }
    key.as_int().map(|integer| integer.to_string())
}

impl Resume for Writer {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        self.go_on(context, result)
    }

    fn name(&self) -> &'static str {
        self.function
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        for frame in &self.frames {
            visit(&frame.container);
            if let Rest::Sorted { left, .. } = &frame.rest {
                left.iter().for_each(|(_, value)| visit(value));
            }
        }
    }
}

/// An element of a foreign object that is a sequence.
fn element(object: &Value, index: usize, heap: &Heap) -> Option<Value> {
    object.as_foreign()?.object().element(index, heap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_as_rust_does() {
        let small = -1000..1000;
        let powers = (0..63).flat_map(|bit| [(1i64 << bit) - 1, 1i64 << bit, -(1i64 << bit)]);
        for integer in small.chain(powers).chain([i64::MAX, i64::MIN]) {
            let mut text = String::new();
            write_integer(integer, &mut text);
            assert_eq!(text, integer.to_string());
        }
    }
}
