//! Numbers and other values in a wanted form.

use crate::output::{Displayed, checked, display};
use crate::text::{Align, padded};
use motet_vm::builtins::arguments::{self, bad_value, count, number, too_big, wrong};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{ForeignObject, Tag, Value, print_float};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Error, Result};

/// More digits than any float has.
const MAX_DIGITS: usize = 1100;

fn digits(function: &str, value: &Value) -> Result<usize> {
    let digits = count(function, "the number of digits", value)?;
    if digits > MAX_DIGITS { Err(too_big(function, digits, MAX_DIGITS, "digits")) } else { Ok(digits) }
}

fn fixed(number: f64, digits: usize) -> String {
    if number.is_finite() { format!("{number:.digits$}") } else { print_float(number) }
}

/// `to_fixed(x, digits)`.
fn to_fixed(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let digits = match arguments.get(1) {
        Some(value) => digits("to_fixed", value)?,
        None => 0,
    };
    let text = match arguments.at(0).as_int() {
        // An integer may have more digits than a float can hold.
        Some(integer) if digits == 0 => integer.to_string(),
        Some(integer) => format!("{integer}.{}", "0".repeat(digits)),
        None => fixed(number("to_fixed", arguments.at(0))?, digits),
    };
    Ok(context.heap().string(&text).into())
}

/// What stands between the braces of a placeholder after the colon: `[fill][<^>][0][width][,][.digits][form]`.
struct Form {
    fill: char,
    align: Option<Align>,
    width: usize,
    digits: Option<usize>,
    /// Commas between groups of three digits.
    has_commas: bool,
    /// `x`, `b`, `e` or `?`.
    form: Option<char>,
}

impl Form {
    fn read(source: &str) -> Result<Form> {
        let bad = || {
            bad_value(format!("{source:?} is not a form of format"))
                .with_hint("a form is [fill][<^>][0][width][,][.digits][x, b, e or ?], such as {:>8.2}")
        };
        let align_of = |character: char| match character {
            '<' => Some(Align::Left),
            '^' => Some(Align::Center),
            '>' => Some(Align::Right),
            _ => None,
        };
        let characters: Vec<char> = source.chars().collect();
        let mut rest = &characters[..];
        let mut form = Form { fill: ' ', align: None, width: 0, digits: None, has_commas: false, form: None };
        match rest {
            [fill, align, after @ ..] if align_of(*align).is_some() => {
                (form.fill, form.align, rest) = (*fill, align_of(*align), after);
            }
            [align, after @ ..] if align_of(*align).is_some() => (form.align, rest) = (align_of(*align), after),
            ['0', after @ ..] if !after.is_empty() => (form.fill, rest) = ('0', after),
            _ => {}
        }
        let number = |rest: &mut &[char]| -> Result<Option<usize>> {
            let length = rest.iter().take_while(|character| character.is_ascii_digit()).count();
            let (digits, after) = rest.split_at(length);
            *rest = after;
            if digits.is_empty() {
                return Ok(None);
            }
            digits.iter().collect::<String>().parse().map(Some).map_err(|_| bad())
        };
        form.width = number(&mut rest)?.unwrap_or(0);
        if let [',', after @ ..] = rest {
            (form.has_commas, rest) = (true, after);
        }
        if let ['.', after @ ..] = rest {
            rest = after;
            form.digits = Some(number(&mut rest)?.ok_or_else(bad)?);
        }
        form.form = match rest {
            // Other languages name the kinds of numbers and text here; the value says it.
            [] | ['f' | 'd' | 's'] => None,
            [form @ ('x' | 'b' | 'e' | '?')] => Some(*form),
            _ => return Err(bad()),
        };
        Ok(form)
    }

    /// `text` is what a class made of its instance.
    fn apply(&self, context: &mut Context<'_>, value: &Value, text: Option<&str>) -> Result<String> {
        let digits = match self.digits {
            Some(digits) if digits > MAX_DIGITS => return Err(too_big("format", digits, MAX_DIGITS, "digits")),
            digits => digits,
        };
        let text = match self.form {
            Some('x') => hexadecimal(value, 16)?,
            Some('b') => hexadecimal(value, 2)?,
            Some('e') => match digits {
                Some(digits) => format!("{:.digits$e}", number("format", value)?),
                None => format!("{:e}", number("format", value)?),
            },
            Some('?') => context.text_of(value, true)?,
            _ => {
                let mut plain = || match text {
                    Some(text) => Ok(text.to_owned()),
                    None => crate::output::plain(context, value),
                };
                let text = match digits {
                    Some(digits) if value.as_number().is_some() => fixed(number("format", value)?, digits),
                    Some(digits) if text.is_some() || matches!(value.tag(), Tag::String | Tag::Symbol) => {
                        plain()?.chars().take(digits).collect()
                    }
                    Some(digits) => match foreign(value).and_then(|object| object.fixed(digits)) {
                        Some(text) => text,
                        None => return Err(no_digits(value)),
                    },
                    None => plain()?,
                };
                if self.has_commas { with_thousands(&text) } else { text }
            }
        };
        let is_number = value.as_number().is_some() || foreign(value).is_some_and(|object| object.fixed(0).is_some());
        if self.fill == '0' && self.align.is_none() && text.starts_with('-') {
            // The sign stays in front of the zeros.
            return Ok(format!(
                "-{}",
                padded(context, "format", &text[1..], self.width.saturating_sub(1), '0', Align::Right)?
            ));
        }
        let align = self.align.unwrap_or(if is_number { Align::Right } else { Align::Left });
        padded(context, "format", &text, self.width, self.fill, align)
    }
}

fn foreign(value: &Value) -> Option<&dyn ForeignObject> {
    value.as_foreign().map(|foreign| foreign.object())
}

/// Digits are for numbers, and as the longest length for text: of a list they would leave its beginning.
fn no_digits(value: &Value) -> Error {
    let error = wrong("a number of digits in a form", "a number or a text", value);
    match value.tag() {
        Tag::List => error.with_hint("of each element: `xs.map(x => format(\"{:.2}\", x))`"),
        Tag::Foreign => error.with_hint("a tensor is rounded by `t.round(2)`"),
        _ => error,
    }
}

fn hexadecimal(value: &Value, base: u32) -> Result<String> {
    let Some(integer) = value.as_int() else { return Err(wrong("this form of format", "an integer", value)) };
    let sign = if integer < 0 { "-" } else { "" };
    let magnitude = integer.unsigned_abs();
    Ok(if base == 16 { format!("{sign}{magnitude:x}") } else { format!("{sign}{magnitude:b}") })
}

/// Commas between groups of three digits, left of the point.
fn with_thousands(text: &str) -> String {
    let start = usize::from(text.starts_with('-'));
    let end = text[start..].find(|character: char| !character.is_ascii_digit()).map_or(text.len(), |at| start + at);
    let mut result = text[..start].to_owned();
    for (place, digit) in text[start..end].chars().enumerate() {
        if place > 0 && (end - start - place) % 3 == 0 {
            result.push(',');
        }
        result.push(digit);
    }
    result + &text[end..]
}

/// Asks the classes of the values for their texts, one after the other.
struct Asking {
    template: Value,
    values: Vec<Value>,
    /// By value, the text that its class made of it; null where there is none.
    texts: Vec<Value>,
}

impl Asking {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        while let Some(value) = self.values.get(self.texts.len()) {
            if value.as_instance().is_some()
                && let Displayed::Call(function) = display(context, value)?
            {
                return Ok(Outcome::Call { function, arguments: CallArguments::None, then: self });
            }
            self.texts.push(Value::NULL);
        }
        let template = arguments::text("format", &self.template)?;
        filled(context, template.as_str(), &self.values, &self.texts)
    }
}

impl Resume for Asking {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        checked(&result)?;
        self.texts.push(result);
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "format"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.template);
        self.values.iter().chain(&self.texts).for_each(visit);
    }
}

/// `format("{} of {:.2}", a, b)`.
fn format_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let template = arguments::text("format", arguments.at(0))
        .map_err(|error| error.with_hint("the first argument is a template: format(\"{:.2}\", x)"))?;
    let values = &arguments.positional()[1..];
    if values.iter().any(|value| value.as_instance().is_some()) {
        let (template, values) = (arguments.at(0).clone(), values.to_vec());
        return Box::new(Asking { template, values, texts: Vec::new() }).go_on(context);
    }
    filled(context, template.as_str(), values, &[])
}

fn filled(context: &mut Context<'_>, template: &str, values: &[Value], texts: &[Value]) -> Result<Outcome> {
    let mut result = String::new();
    let (mut next, mut most) = (0, 0);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        result.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            result.push_str(brace);
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}').filter(|_| brace == "{") else {
            return Err(
                bad_value(format!("a `{brace}` stands alone in this template")).with_hint("write {{ and }} for braces")
            );
        };
        let (place, form) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        let index = match place {
            "" => next,
            _ => place.parse().map_err(|_| bad_value(format!("{place:?} is not the index of a value")))?,
        };
        next = index + 1;
        most = most.max(next);
        let Some(value) = values.get(index) else {
            return Err(bad_value(format!("this template wants a value {index}, and there are {}", values.len())));
        };
        let text = texts.get(index).and_then(Value::as_str);
        result.push_str(&Form::read(form)?.apply(context, value, text)?);
        if result.len() > context.most_text() {
            return Err(too_big("format", result.len(), context.most_text(), "bytes"));
        }
        rest = &rest[end + 1..];
    }
    result.push_str(rest);
    if values.len() > most {
        let error = bad_value(format!("this template has places for {most} values, and there are {}", values.len()));
        return Err(error.with_hint("a value stands where `{}` is, in a form `{:.2}`: format(\"{} of {:.2}\", a, b)"));
    }
    Ok(context.heap().string(&result).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "to_fixed(number, digits = 0)",
        to_fixed,
        "A number as text with so many digits behind the point.",
    ).pure()
    .on(Kinds::NUMBER),
    Entry::function(
        "format(template, ...values)",
        format_text,
        "A template with each {} replaced by the next value, {1} by value 1; {:>8.2} says the form: fill, alignment (<, ^, >), width, a comma for thousands, digits, and x, b, e, or ? for quotes.",
    ).pure()
    .on(Kinds::STRING),
];
