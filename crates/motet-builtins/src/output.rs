//! Values as text, and printing. A class that defines `to_string` decides how its instances look.

use motet_vm::builtins::arguments::{self, too_big, wrong};
use motet_vm::builtins::{Entry, Kinds, Place};
use motet_vm::memory::{Decimal, Symbol, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Result};

/// How a value becomes text.
pub(super) enum Displayed {
    Text(String),
    /// By calling this, a method bound to the value.
    Call(Value),
}

pub(super) fn display(context: &mut Context<'_>, value: &Value) -> Result<Displayed> {
    let class = value.as_instance().and_then(|instance| instance.class());
    if let Some(method) = class.and_then(|class| class.method(Symbol::intern("to_string"))) {
        return Ok(Displayed::Call(context.heap().bound_method(value.clone(), method)));
    }
    Ok(Displayed::Text(plain(context, value)?))
}

/// A value as text, without asking its class.
pub(super) fn plain(context: &mut Context<'_>, value: &Value) -> Result<String> {
    match context.error_line(value) {
        Some(line) => Ok(line),
        None => context.text_of(value, false),
    }
}

/// `str(value)`.
fn str(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(value) = arguments.get(0) else { return Ok(context.heap().string("").into()) };
    if value.as_string().is_some() {
        return Ok(value.clone().into());
    }
    if let Some(number) = value.as_int() {
        return Ok(context.heap().string(Decimal::new(number).as_str()).into());
    }
    Ok(match display(context, value)? {
        Displayed::Text(text) => context.heap().string(&text).into(),
        Displayed::Call(function) => {
            Outcome::Call { function, arguments: CallArguments::None, then: Box::new(Stringify) }
        }
    })
}

/// Takes the result of a `to_string`.
struct Stringify;

impl Resume for Stringify {
    fn resume(self: Box<Self>, _: &mut Context<'_>, result: Value) -> Result<Outcome> {
        checked(&result)?;
        Ok(result.into())
    }

    fn name(&self) -> &'static str {
        "str"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// What a `to_string` gave.
pub(crate) fn checked(result: &Value) -> Result<&str> {
    result.as_str().ok_or_else(|| arguments::wrong("str", "a string from to_string", result))
}

/// What becomes of the text of several values.
enum Purpose {
    /// It is written, with this end.
    Print { end: Box<str>, to_errors: bool },
    /// It is the result.
    Concat,
}

/// Makes text of what is left of its values.
struct Texts {
    name: &'static str,
    values: Vec<Value>,
    /// The value whose text comes next.
    next: usize,
    separator: Box<str>,
    purpose: Purpose,
    text: String,
}

impl Texts {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        while let Some(value) = self.values.get(self.next) {
            if self.next > 0 {
                self.text.push_str(&self.separator);
            }
            self.next += 1;
            match display(context, value)? {
                Displayed::Text(text) => {
                    self.text.push_str(&text);
                    let most = context.most_text();
                    if self.text.len() > most {
                        return Err(too_big(self.name, self.text.len(), most, "bytes"));
                    }
                }
                Displayed::Call(function) => {
                    return Ok(Outcome::Call { function, arguments: CallArguments::None, then: self });
                }
            }
        }
        match self.purpose {
            Purpose::Print { ref end, to_errors } => {
                self.text.push_str(end);
                if to_errors { write_error(context, &self.text) } else { write(context, &self.text) }
            }
            Purpose::Concat => Ok(context.heap().string(&self.text).into()),
        }
    }
}

impl Resume for Texts {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        self.text.push_str(checked(&result)?);
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.values.iter().for_each(visit);
    }
}

/// One write for a call.
fn write(context: &mut Context<'_>, text: &str) -> Result<Outcome> {
    context.print(text)?;
    Ok(Value::NULL.into())
}

/// Standard error shows the text behind what the program has printed so far.
fn write_error(context: &mut Context<'_>, text: &str) -> Result<Outcome> {
    context.print_error(text)?;
    Ok(Value::NULL.into())
}

fn print_values(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    end: &'static str,
    to_errors: bool,
) -> Result<Outcome> {
    let values = arguments.positional().to_vec();
    let option = |option: &str, otherwise: &str| -> Result<Box<str>> {
        match arguments.named(option) {
            None => Ok(otherwise.into()),
            Some(text) => {
                text.as_str().map(Into::into).ok_or_else(|| wrong(name, &format!("a string as `{option}`"), text))
            }
        }
    };
    let (separator, end) = (option("sep", " ")?, option("end", end)?);
    let purpose = Purpose::Print { end, to_errors };
    Box::new(Texts { name, values, next: 0, separator, purpose, text: String::new() }).go_on(context)
}

/// `'${a}${b}'` where a class may want to be asked.
fn concat(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let values = arguments.positional().to_vec();
    let (name, purpose) = ("interpolation", Purpose::Concat);
    Box::new(Texts { name, values, next: 0, separator: "".into(), purpose, text: String::new() }).go_on(context)
}

fn print(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    print_values(context, arguments, "print", "", false)
}

fn println(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    print_values(context, arguments, "println", "\n", false)
}

fn eprint(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    print_values(context, arguments, "eprint", "", true)
}

fn eprintln(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    print_values(context, arguments, "eprintln", "\n", true)
}

/// `flush()`: what was printed is written out.
fn flush(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    context.flush()?;
    Ok(Value::NULL.into())
}

/// A value as a program would write it: strings with quotes.
fn repr(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = context.text_of(arguments.at(0), true)?;
    Ok(context.heap().string(&text).into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "print(...values, sep: \" \", end: \"\")",
        print,
        "Writes values to the output, a space between them, no newline behind them.",
    ),
    Entry::function(
        "println(...values, sep: \" \", end: newline)",
        println,
        "Writes values to the output, a space between them, and a newline.",
    ),
    Entry::function(
        "eprint(...values, sep: \" \", end: \"\")",
        eprint,
        "Writes values to standard error, as `print` does to the output.",
    ),
    Entry::function(
        "eprintln(...values, sep: \" \", end: newline)",
        eprintln,
        "Writes values to standard error, as `println` does to the output.",
    ),
    Entry::function("flush()", flush, "Writes out what was printed and is still kept, to be written in larger pieces."),
    Entry::function(
        "str(value = \"\")",
        str,
        "The text of a value, as `print` writes it. An instance whose class has a method `to_string` is asked for it.",
    )
    .pure()
    .elsewhere("texts are put together by `a + b`, or `\"${a}${b}\"`")
    .on(Kinds::ALL),
    Entry::function("%concat(...values)", concat, "The texts of values, one behind the other.").at(Place::Helper),
    Entry::function("repr(value)", repr, "The text of a value as a program writes it: strings in quotes.")
        .pure()
        .on(Kinds::ALL),
];
