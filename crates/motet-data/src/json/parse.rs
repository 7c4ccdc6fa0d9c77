//! JSON to values. The parser has a stack of its own for what lies in what, and one for the values of containers that are not
//! complete; so the depth of a text costs no stack of Rust's.

use super::escape;
use super::keys::{Key, Keys};
use crate::exact::Exact;
use crate::numbers::{self, Number};
use crate::place::{Fault, Stop, shown_at};
use motet_vm::builtins::arguments::too_big;
use motet_vm::builtins::iterate::{add_item, add_text};
use motet_vm::memory::{Value, account};
use motet_vm::{Context, Result};

/// What becomes of integers that have more than 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BigIntegers {
    Refused,
    Floats,
    /// Their digits as a string.
    Texts,
    /// Integers of any size.
    Exact,
}

pub(super) struct Options {
    pub big_integers: BigIntegers,
    /// Objects become maps.
    pub maps: bool,
    pub depth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// A container that is not complete.
#[derive(Clone, Copy)]
struct Frame {
    container: Container,
    /// Where its values begin, its keys, and those of its keys that the table does not hold.
    values: usize,
    keys: usize,
    others: usize,
}

/// See the module. It serves several texts, one after the other, which may have keys in common.
pub(super) struct Parser<'a> {
    function: &'static str,
    options: &'a Options,
    frames: Vec<Frame>,
    /// Of all containers that are not complete.
    values: Vec<Value>,
    /// Of all objects that are not complete.
    object_keys: Vec<Key>,
    keys: Keys,
    /// A string that has escapes.
    unescaped: String,
}

/// A text and how far it has been read.
struct Input<'t> {
    text: &'t str,
    at: usize,
}

type Parsed<T> = std::result::Result<T, Stop>;

/// Bytes that are looked at in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 64;

impl Input<'_> {
    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline(always)]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The error that something else was expected here.
    #[cold]
    fn expected(&self, what: &str) -> Box<Fault> {
        Fault::new(self.at, format!("expected {what}, found {}", shown_at(self.text, self.at)))
    }

    fn goes_on_with(&self, text: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(text.as_bytes())
    }

    #[inline]
    fn literal(&mut self, text: &str, value: Value) -> Parsed<Value> {
        if !self.goes_on_with(text) {
            return Err(self.no_value().into());
        }
        self.at += text.len();
        Ok(value)
    }

    /// The error that no value begins here.
    #[cold]
    fn no_value(&self) -> Box<Fault> {
        let fault = self.expected("a value");
        match self.peek() {
            Some(b'\'') => fault.with_hint("strings stand in double quotes"),
            Some(b'N' | b'I' | b'T' | b'F') => {
                if ["NaN", "Infinity"].iter().any(|name| self.goes_on_with(name)) {
                    fault.with_hint("JSON has no NaN and no Infinity; null often stands for them")
                } else {
                    fault.with_hint("JSON writes null, true and false")
                }
            }
            Some(b'/' | b'#') => fault.with_hint("JSON has no comments"),
            Some(b'.' | b'+') => fault.with_hint("a number begins with a digit or `-`"),
            Some(b']' | b'}') => fault.with_hint("no comma stands behind the last element"),
            _ => fault,
        }
    }
}

impl<'a> Parser<'a> {
    pub fn new(function: &'static str, options: &'a Options) -> Parser<'a> {
        Parser {
            function,
            options,
            frames: Vec::new(),
            values: Vec::new(),
            object_keys: Vec::new(),
            keys: Keys::new(),
            unescaped: String::new(),
        }
    }

    /// The value of a text that begins on line `line` of what the program knows.
    pub fn whole(&mut self, context: &mut Context<'_>, text: &str, line: usize) -> Result<Value> {
        let mut input = Input { text, at: 0 };
        let value = self.value(context, &mut input).and_then(|value| {
            input.skip_blanks();
            match input.peek() {
                None => Ok(value),
                Some(_) => Err(input
                    .expected("nothing behind the value")
                    .with_hint("json.parse_lines reads a value on each line")
                    .into()),
            }
        });
        value.map_err(|stop| stop.into_error(context, self.function, text.as_bytes(), line))
    }

    /// The values of the lines of a text.
    pub fn lines(&mut self, context: &mut Context<'_>, text: &str) -> Result<Value> {
        let mut items = Vec::new();
        for (index, line) in text.lines().enumerate() {
            context.work(1)?;
            if line.bytes().all(|byte| byte.is_ascii_whitespace()) {
                continue;
            }
            let value = self.whole(context, line, index + 1)?;
            add_item(context, self.function, &mut items, value)?;
        }
        Ok(context.heap().list(items))
    }

    /// Reads a value; what lies in it is read by turns of the loop.
    fn value(&mut self, context: &mut Context<'_>, input: &mut Input<'_>) -> Parsed<Value> {
        loop {
            input.skip_blanks();
            let mut value = match input.peek() {
                Some(b'"') => self.string(context, input)?,
                Some(b'-' | b'0'..=b'9') => self.number(context, input)?,
                Some(b'{') => {
                    self.open(Container::Object, input)?;
                    if input.peek() == Some(b'}') {
                        self.close(context, input)?
                    } else {
                        self.key(context, input)?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.open(Container::Array, input)?;
                    if input.peek() == Some(b']') {
                        self.close(context, input)?
                    } else {
                        continue;
                    }
                }
                Some(b't') => input.literal("true", Value::TRUE)?,
                Some(b'f') => input.literal("false", Value::FALSE)?,
                Some(b'n') => input.literal("null", Value::NULL)?,
                _ => return Err(input.no_value().into()),
            };
            // What the value lies in goes on, or ends, and is a value itself then.
            loop {
                let Some(frame) = self.frames.last() else { return Ok(value) };
                let container = frame.container;
                self.push(context, value)?;
                input.skip_blanks();
                match (container, input.peek()) {
                    (Container::Array, Some(b',')) => {
                        input.at += 1;
                        break;
                    }
                    (Container::Object, Some(b',')) => {
                        input.at += 1;
                        input.skip_blanks();
                        self.key(context, input)?;
                        break;
                    }
                    (Container::Array, Some(b']')) | (Container::Object, Some(b'}')) => {
                        value = self.close(context, input)?;
                    }
                    (Container::Array, _) => return Err(input.expected("`,` or `]` behind an element").into()),
                    (Container::Object, _) => return Err(input.expected("`,` or `}` behind a value").into()),
                }
            }
        }
    }

    #[inline]
    fn push(&mut self, context: &mut Context<'_>, value: Value) -> Result<()> {
        if self.values.len() == self.values.capacity() {
            return add_item(context, self.function, &mut self.values, value);
        }
        context.work(1)?;
        self.values.push(value);
        Ok(())
    }

    /// Begins a container; its bracket stands here.
    fn open(&mut self, container: Container, input: &mut Input<'_>) -> Parsed<()> {
        if self.frames.len() == self.options.depth {
            let message = format!("values lie more than {} deep in one another", self.options.depth);
            return Err(Fault::new(input.at, message).with_hint("depth: n allows more").into());
        }
        self.frames.push(Frame {
            container,
            values: self.values.len(),
            keys: self.object_keys.len(),
            others: self.keys.others(),
        });
        input.at += 1;
        input.skip_blanks();
        Ok(())
    }

    /// Ends the innermost container; its bracket stands here.
    fn close(&mut self, context: &mut Context<'_>, input: &mut Input<'_>) -> Parsed<Value> {
        input.at += 1;
        let frame = self.frames.pop().expect("a container has been begun");
        if frame.container == Container::Array {
            return Ok(self.list(context, frame.values)?);
        }
        let keys = &self.object_keys[frame.keys..];
        // Each entry of a table takes about as long as some units.
        context.work(2 * keys.len())?;
        let values = self.values.drain(frame.values..);
        let heap = context.heap();
        let object =
            if self.options.maps { self.keys.map(keys, values, heap) } else { self.keys.record(keys, values, heap) };
        self.object_keys.truncate(frame.keys);
        self.keys.forget_others(frame.others);
        Ok(object)
    }

    fn list(&mut self, context: &mut Context<'_>, start: usize) -> Result<Value> {
        // The list of a whole text takes the values as they are.
        if start == 0 {
            return Ok(context.heap().list(std::mem::take(&mut self.values)));
        }
        let count = self.values.len() - start;
        if count > account::room() / 2 / size_of::<Value>() {
            return Err(too_big(self.function, count, context.most_items(), "elements"));
        }
        let items = self.values.drain(start..).collect();
        Ok(context.heap().list(items))
    }

    /// Reads a key and its colon.
    fn key(&mut self, context: &mut Context<'_>, input: &mut Input<'_>) -> Parsed<()> {
        if input.peek() != Some(b'"') {
            let fault = input.expected("a key in double quotes");
            return Err(match input.peek() {
                Some(b'}') => fault.with_hint("no comma stands behind the last entry"),
                _ => fault,
            }
            .into());
        }
        let first = self.frames.last().map_or(0, |frame| frame.keys);
        let before = self.object_keys[first..].last().copied();
        let start = input.at + 1;
        let key = match self.keys.guess(before, &input.text.as_bytes()[start..]) {
            Some((key, length)) => {
                input.at = start + length + 1;
                key
            }
            None => {
                let end = escape::plain_end(input.text.as_bytes(), start);
                if input.text.as_bytes().get(end) == Some(&b'"') {
                    input.at = end + 1;
                    context.work((end - start) / BYTES_PER_UNIT)?;
                    self.keys.find(before, &input.text[start..end], context.heap())
                } else {
                    self.unescape(context, input, end)?;
                    self.keys.find(before, &self.unescaped, context.heap())
                }
            }
        };
        self.object_keys.push(key);
        input.skip_blanks();
        if input.peek() != Some(b':') {
            return Err(input.expected("`:` behind a key").into());
        }
        input.at += 1;
        Ok(())
    }

    /// Reads a string; its quote stands here.
    #[inline]
    fn string(&mut self, context: &mut Context<'_>, input: &mut Input<'_>) -> Parsed<Value> {
        let start = input.at + 1;
        let end = escape::plain_end(input.text.as_bytes(), start);
        if input.text.as_bytes().get(end) != Some(&b'"') {
            self.unescape(context, input, end)?;
            return Ok(self.text(context, &self.unescaped)?);
        }
        input.at = end + 1;
        Ok(self.text(context, &input.text[start..end])?)
    }

    #[inline]
    fn text(&self, context: &mut Context<'_>, text: &str) -> Result<Value> {
        if text.len() >= BYTES_PER_UNIT {
            self.may_make(context, text.len())?;
        }
        Ok(context.heap().string(text))
    }

    /// A string of so many bytes may be made.
    fn may_make(&self, context: &mut Context<'_>, bytes: usize) -> Result<()> {
        context.work(bytes / BYTES_PER_UNIT)?;
        let most = context.most_text();
        if bytes > most { Err(too_big(self.function, bytes, most, "bytes")) } else { Ok(()) }
    }

    /// Reads the string whose quote stands here, and whose first escape stands at a byte, into `unescaped`.
    fn unescape(&mut self, context: &mut Context<'_>, input: &mut Input<'_>, mut end: usize) -> Parsed<()> {
        let text = input.text;
        self.unescaped.clear();
        let mut from = input.at + 1;
        loop {
            add_text(context, self.function, &mut self.unescaped, &text[from..end])?;
            match text.as_bytes().get(end) {
                Some(b'"') => {
                    input.at = end + 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let (character, next) = escape::read(text, end)?;
                    context.work(1)?;
                    add_text(context, self.function, &mut self.unescaped, character.encode_utf8(&mut [0; 4]))?;
                    from = next;
                }
                Some(b'\n' | b'\r') => {
                    return Err(Fault::new(end, "the line ends in a string")
                        .with_hint("a line break in a string is written \\n")
                        .into());
                }
                Some(_) => {
                    let message = format!("{} stands in a string", shown_at(text, end));
                    return Err(Fault::new(end, message).with_hint("it is written \\u with four digits").into());
                }
                None => return Err(Fault::new(input.at, "the text ends in this string").into()),
            }
            end = escape::plain_end(text.as_bytes(), from);
        }
    }

    #[inline]
    fn number(&mut self, context: &mut Context<'_>, input: &mut Input<'_>) -> Parsed<Value> {
        let (number, end) = numbers::read(input.text, input.at)?;
        let start = std::mem::replace(&mut input.at, end);
        match number {
            Number::Int(integer) => Ok(Value::int(integer)),
            Number::Float(float) => Ok(Value::float(float)),
            Number::Big(float) => self.big_integer(context, float, start, &input.text[start..end]),
        }
    }

    #[cold]
    fn big_integer(&self, context: &mut Context<'_>, float: f64, at: usize, digits: &str) -> Parsed<Value> {
        match self.options.big_integers {
            BigIntegers::Texts => Ok(self.text(context, digits)?),
            BigIntegers::Exact => Exact::of_digits(digits, context.heap())
                .ok_or_else(|| Fault::new(at, "this integer is too large").into()),
            BigIntegers::Floats if float.is_finite() => Ok(Value::float(float)),
            BigIntegers::Floats => Err(Fault::new(at, "this number is too large for a float").into()),
            BigIntegers::Refused => Err(Fault::new(at, "this integer has more than 64 bits")
                .with_hint("big_integers: \"big\" reads it exactly, \"float\" makes a float of it, \"text\" a string of its digits")
                .into()),
        }
    }
}
