//! Values as text, in either notation. Cycles print as `[...]` and `{...}`; nothing recurses on Rust's stack.
//!
//! The top value may be a string that prints bare; strings inside containers are quoted. Classes that print in their own
//! way are the interpreter's business: it asks them before it asks here.

use super::class::Class;
use super::equality::{GaveUp, Patience};
use super::field_name::FieldName;
use super::tag::Tag;
use super::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::fmt::Write;

/// Which notation to print in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// `[1, 2]`, `{a: 1}`
    Soc,
    /// `[1 2]`, `{^a 1}`
    Gene,
}

/// How to print.
#[derive(Clone, Debug)]
pub struct PrintOptions {
    pub notation: Notation,
    /// A string that is not inside a container prints with quotes too.
    pub quote: bool,
    /// The text is cut after about this many bytes and ends in `…`.
    pub limit: usize,
    /// Significant digits of floats; none: as many as it takes to read back the same number.
    pub precision: Option<u8>,
}

impl PrintOptions {
    /// What `print` and `str` do.
    pub fn display(notation: Notation) -> PrintOptions {
        PrintOptions { notation, quote: false, limit: usize::MAX, precision: None }
    }

    /// What messages and the REPL do.
    pub fn quoted(notation: Notation) -> PrintOptions {
        PrintOptions { notation, quote: true, limit: usize::MAX, precision: None }
    }

    pub(super) fn debug() -> PrintOptions {
        PrintOptions { notation: Notation::Soc, quote: true, limit: 1000, precision: None }
    }
}

/// A value as text.
pub fn print_value(value: &Value, options: &PrintOptions) -> String {
    print_value_within(value, options, &mut |_| true).expect("endless patience")
}

/// The same, as long as the patience lasts.
pub fn print_value_within(value: &Value, options: &PrintOptions, patience: Patience<'_>) -> Result<String, GaveUp> {
    let mut printer = Printer { text: String::new(), options, open: HashSet::with_hasher(FixedState::default()) };
    match value.as_str() {
        Some(text) if !options.quote => printer.text.push_str(text),
        _ => printer.print(value, patience)?,
    }
    if printer.text.len() > options.limit {
        let cut = printer.text.floor_char_boundary(options.limit);
        printer.text.truncate(cut);
        printer.text.push('…');
    }
    Ok(printer.text)
}

/// A float as the language writes it: the shortest text that reads back as the same number, with a point or an exponent.
pub fn print_float(float: f64) -> String {
    let mut text = String::new();
    write_float(float, &mut text);
    text
}

/// Adds a float as the language writes it to a text.
pub fn write_float(float: f64, out: &mut String) {
    let magnitude = float.abs();
    if (1e-5..1e16).contains(&magnitude) || magnitude == 0.0 {
        out.push_str(zmij::Buffer::new().format_finite(float));
        return;
    }
    let written = if float.is_nan() {
        out.write_str("NaN")
    } else if float.is_infinite() {
        out.write_str(if float > 0.0 { "Infinity" } else { "-Infinity" })
    } else if (1e-5..1e21).contains(&magnitude) {
        write!(out, "{float}.0")
    } else {
        write!(out, "{float:e}")
    };
    written.expect("a string takes all");
}

/// The same with so many significant digits at most. The digits are counted from the first that is not 0, so that no small
/// number becomes 0.
fn print_rounded(float: f64, precision: Option<u8>) -> String {
    match precision {
        // More digits than these tell no floats apart.
        Some(digits @ ..17) if float.is_finite() => {
            let decimals = usize::from(digits.max(1)) - 1;
            let text = format!("{float:.decimals$e}");
            let rounded: f64 = text.parse().expect("Rust reads the floats that it writes");
            // The greatest floats would become infinite.
            print_float(if rounded.is_finite() { rounded } else { float })
        }
        _ => print_float(float),
    }
}

/// A string with quotes and escapes, as `.soc` and `.gene` read it.
pub fn print_quoted(text: &str, into: &mut String) {
    into.push('"');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // In `.soc` it would begin an interpolation.
            '$' if characters.peek() == Some(&'{') => into.push_str("\\$"),
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\t' => into.push_str("\\t"),
            '\r' => into.push_str("\\r"),
            '\0' => into.push_str("\\0"),
            _ if character.is_control() => {
                let _ = write!(into, "\\u{{{:x}}}", character as u32);
            }
            _ => into.push(character),
        }
    }
    into.push('"');
}

/// What is still to be printed, last first.
enum Work {
    Value(Value),
    Text(&'static str),
    /// The rest of a container: its next element, or its end.
    Rest(Open),
}

/// A container that is being printed.
struct Open {
    container: Value,
    /// Where the container's own walk goes on.
    place: usize,
    /// Nothing was printed yet, so no separator is due.
    is_first: bool,
    close: &'static str,
}

struct Printer<'a> {
    text: String,
    options: &'a PrintOptions,
    /// Addresses of the containers that are being printed.
    open: HashSet<u64, FixedState>,
}

impl Printer<'_> {
    fn is_gene(&self) -> bool {
        self.options.notation == Notation::Gene
    }

    fn print(&mut self, value: &Value, patience: Patience<'_>) -> Result<(), GaveUp> {
        let mut work = vec![Work::Value(value.clone())];
        while let Some(next) = work.pop() {
            if self.text.len() > self.options.limit {
                break;
            }
            if !patience(1) {
                return Err(GaveUp);
            }
            match next {
                Work::Text(text) => self.text.push_str(text),
                Work::Value(value) => self.print_start(&value, &mut work),
                Work::Rest(open) => self.print_next(open, &mut work),
            }
        }
        Ok(())
    }

    /// Prints a value that has no parts; opens one that has.
    fn print_start(&mut self, value: &Value, work: &mut Vec<Work>) {
        match value.tag() {
            Tag::List => self.open(value, "[", "]", "[...]", work),
            Tag::Record => self.open(value, "{", "}", "{...}", work),
            Tag::Map if value.as_map().is_some_and(|map| map.is_set()) => {
                let (open, close) = if self.is_gene() { ("(set [", "])") } else { ("set([", "])") };
                self.open(value, open, close, "set(...)", work);
            }
            Tag::Map if self.is_gene() => self.open(value, "(dict", ")", "(dict ...)", work),
            Tag::Map => self.open(value, "dict(", ")", "dict(...)", work),
            Tag::Node => self.open(value, "(", ")", "(...)", work),
            Tag::Instance => {
                let instance = value.as_instance();
                let class = instance.and_then(|instance| instance.class());
                if let (Some(instance), Some(class)) = (instance, class)
                    && class.is_compared_by_value()
                    && instance.length() == 0
                {
                    // A case without fields is its own name.
                    self.text.push_str(class_name(class));
                    return;
                }
                let class = class.map_or("Object", class_name);
                self.text.push_str(if self.is_gene() { "(" } else { "" });
                self.text.push_str(class);
                let (open, cycle) = if self.is_gene() { ("", " ...)") } else { ("(", "(...)") };
                self.open(value, open, ")", cycle, work);
            }
            Tag::Cell => match value.as_cell() {
                Some(cell) => work.push(Work::Value(cell.get())),
                None => unreachable!("a cell's tag"),
            },
            _ => self.print_scalar(value),
        }
    }

    fn open(
        &mut self,
        value: &Value,
        open: &'static str,
        close: &'static str,
        cycle: &'static str,
        work: &mut Vec<Work>,
    ) {
        if self.open.insert(value.payload()) {
            self.text.push_str(open);
            work.push(Work::Rest(Open { container: value.clone(), place: 0, is_first: true, close }));
        } else {
            self.text.push_str(cycle);
        }
    }

    /// Prints the next element of a container, or its end.
    fn print_next(&mut self, mut open: Open, work: &mut Vec<Work>) {
        let element = next_element(&open.container, &mut open.place);
        let Some((label, value)) = element else {
            self.open.remove(&open.container.payload());
            self.text.push_str(open.close);
            return;
        };
        // After a word such as a class's name, .gene needs a space before the first element too.
        let is_headed = matches!(open.container.tag(), Tag::Instance | Tag::Map);
        if !open.is_first {
            let is_node = open.container.tag() == Tag::Node;
            self.text.push_str(if self.is_gene() || is_node { " " } else { ", " });
        } else if self.is_gene() && is_headed && !open.close.starts_with(']') {
            self.text.push(' ');
        }
        open.is_first = false;
        work.push(Work::Rest(open));
        work.push(Work::Value(value));
        match label {
            Label::None => {}
            Label::Name(name) => self.print_label(&name),
            Label::Property(name) => {
                self.text.push('^');
                self.text.push_str(name.as_str());
                self.text.push(' ');
            }
            Label::Key(key) => {
                work.push(Work::Text(if self.is_gene() { " " } else { ": " }));
                work.push(Work::Value(key));
            }
        }
    }

    /// A field's name before its value.
    fn print_label(&mut self, name: &FieldName) {
        let name = name.as_str();
        if self.is_gene() {
            self.text.push('^');
            if name.is_empty() || name.contains(|c: char| c.is_whitespace() || "()[]{}\"^;,'`%#".contains(c)) {
                print_quoted(name, &mut self.text);
            } else {
                self.text.push_str(name);
            }
            self.text.push(' ');
            return;
        }
        if is_plain_name(name) {
            self.text.push_str(name);
        } else {
            print_quoted(name, &mut self.text);
        }
        self.text.push_str(": ");
    }

    fn print_scalar(&mut self, value: &Value) {
        let text = &mut self.text;
        match value.tag() {
            Tag::Null => text.push_str(if self.options.notation == Notation::Gene { "nil" } else { "null" }),
            Tag::False => text.push_str("false"),
            Tag::True => text.push_str("true"),
            Tag::Missing => text.push_str("<missing>"),
            Tag::Int => push(text, value.as_int().unwrap_or_default()),
            Tag::Float => {
                text.push_str(&print_rounded(value.as_float().unwrap_or_default(), self.options.precision));
            }
            Tag::Symbol | Tag::MadeSymbol => {
                let name = value.symbol_text().unwrap_or_default();
                if self.options.notation == Notation::Soc {
                    text.push('`');
                }
                text.push_str(name);
            }
            Tag::Native => text.push_str("<builtin>"),
            Tag::String => print_quoted(value.as_str().unwrap_or_default(), text),
            Tag::Bytes => print_bytes(value.as_bytes().unwrap_or_default(), text),
            Tag::Range => print_range(value, self.options.notation, text),
            Tag::Complex => print_complex(value, self.options.precision, text),
            Tag::Closure => {
                let name = value.as_closure().map_or("", |closure| &closure.function().name);
                text.push_str(if name.is_empty() { "<fn>" } else { "<fn " });
                if !name.is_empty() {
                    text.push_str(name);
                    text.push('>');
                }
            }
            Tag::BoundMethod => {
                let method = value.as_bound_method();
                let name = method.and_then(|method| method.function.as_closure()).map_or("", |c| &c.function().name);
                text.push_str(if name.is_empty() { "<method>" } else { "<method " });
                if !name.is_empty() {
                    text.push_str(name);
                    text.push('>');
                }
            }
            Tag::Class => {
                text.push_str("<class ");
                text.push_str(value.as_class().map_or("", class_name));
                text.push('>');
            }
            Tag::Generator => text.push_str("<generator>"),
            Tag::Foreign => {
                if let Some(foreign) = value.as_foreign() {
                    let object = foreign.object();
                    text.push_str(&object.display().unwrap_or_else(|| format!("<{}>", object.type_name())));
                }
            }
            Tag::List | Tag::Record | Tag::Instance | Tag::Map | Tag::Cell | Tag::Node => unreachable!("has parts"),
        }
    }
}

/// What stands before an element.
enum Label {
    None,
    Name(FieldName),
    /// A node's property, which prints alike in both notations.
    Property(FieldName),
    Key(Value),
}

/// The element of a container at a place, which moves on.
fn next_element(container: &Value, place: &mut usize) -> Option<(Label, Value)> {
    if let Some(list) = container.as_list() {
        let item = list.get(*place)?;
        *place += 1;
        return Some((Label::None, item));
    }
    if let Some(record) = container.as_fields() {
        loop {
            let (name, value, next) = record.next(*place)?;
            *place = next;
            // The runtime's own notes on an error.
            if container.tag() != Tag::Instance || !name.as_str().starts_with('%') {
                // The case of an enum is printed as it is written: its fields have their places.
                let is_case = record.class().is_some_and(Class::is_compared_by_value);
                return Some((if is_case { Label::None } else { Label::Name(name) }, value));
            }
        }
    }
    if let Some(map) = container.as_map() {
        let (key, value, next) = map.next(*place)?;
        *place = next;
        return Some((if map.is_set() { Label::None } else { Label::Key(key) }, value));
    }
    next_of_node(container, place)
}

/// Places in a node: 0 is the head; even ones after it are the properties, odd ones the children.
fn next_of_node(container: &Value, place: &mut usize) -> Option<(Label, Value)> {
    let node = container.as_node()?;
    if *place == 0 {
        *place = 2;
        return Some((Label::None, node.head.clone()));
    }
    if (*place).is_multiple_of(2) {
        let property = node.props.as_record().and_then(|props| props.next(*place / 2 - 1));
        if let Some((name, value, next)) = property {
            *place = (next + 1) * 2;
            return Some((Label::Property(name), value));
        }
        *place = 1;
    }
    let child = node.children.as_list()?.get(*place / 2)?;
    *place += 2;
    Some((Label::None, child))
}

fn push(text: &mut String, part: impl std::fmt::Display) {
    let _ = write!(text, "{part}");
}

fn class_name(class: &Class) -> &'static str {
    class.name().as_str()
}

/// A name that may stand before a colon as it is.
fn is_plain_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

fn print_bytes(bytes: &[u8], text: &mut String) {
    text.push_str("<bytes");
    for byte in bytes.iter().take(32) {
        let _ = write!(text, " {byte:02x}");
    }
    if bytes.len() > 32 {
        let _ = write!(text, " … {} in all", bytes.len());
    }
    text.push('>');
}

fn print_range(value: &Value, notation: Notation, text: &mut String) {
    let Some(range) = value.as_range() else { return };
    let space = if notation == Notation::Gene { " " } else { "" };
    if notation == Notation::Gene {
        text.push('(');
    }
    if let Some(start) = range.start {
        let _ = write!(text, "{start}{space}");
    }
    text.push_str(if range.inclusive { "..=" } else { ".." });
    if let Some(end) = range.end {
        let _ = write!(text, "{space}{end}");
    }
    if range.step != 1 {
        let _ = if notation == Notation::Gene {
            write!(text, " {}", range.step)
        } else {
            write!(text, " by {}", range.step)
        };
    }
    if notation == Notation::Gene {
        text.push(')');
    }
}

/// `3i`, `2 + 3i`, `2 - 0.5i`; whole parts print without a point, because `i` already says what the number is.
fn print_complex(value: &Value, precision: Option<u8>, text: &mut String) {
    let Some(complex) = value.as_complex() else { return };
    let part = |number: f64| {
        let text = print_rounded(number, precision);
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if complex.re != 0.0 || complex.re.is_nan() {
        let sign = if complex.im.is_sign_negative() { '-' } else { '+' };
        let _ = write!(text, "{} {sign} {}i", part(complex.re), part(complex.im.abs()));
    } else {
        let _ = write!(text, "{}i", part(complex.im));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the standard library writes, with a point or an exponent.
    fn by_the_standard_library(float: f64) -> String {
        match float.abs() {
            magnitude if magnitude != 0.0 && !(1e-5..1e21).contains(&magnitude) => format!("{float:e}"),
            _ => Some(format!("{float}")).filter(|text| text.contains('.')).unwrap_or_else(|| format!("{float}.0")),
        }
    }

    #[test]
    fn floats_have_the_shortest_digits_in_every_range() {
        let ends =
            [0.0, -0.0, 1e-5, 9.999999999999999e-6, 1e15, 1e16, 9999999999999998.0, 1e20, 1e21, 0.1, 100.0, 5e-324];
        let mut seed = 1u64;
        let random = std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Every exponent, and those that people use more often.
            if seed >> 63 == 0 { f64::from_bits(seed.rotate_left(17)) } else { (seed >> 11) as f64 / 1e9 }
        });
        for float in ends.into_iter().chain(random.filter(|float| float.is_finite()).take(20_000)) {
            for float in [float, -float, float.trunc()] {
                let (found, expected) = (print_float(float), by_the_standard_library(float));
                // Where two texts are equally short and near, the last digit is even here, as Python has it.
                let is_as_good = found.len() == expected.len() && found.parse() == Ok(float);
                assert!(found == expected || is_as_good, "{found} and {expected}");
            }
        }
    }
}
