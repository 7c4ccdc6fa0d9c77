//! The module `json`: JSON as RFC 8259 has it, read strictly.
//!
//! | module | its one job |
//! |---|---|
//! | `parse` | text to values |
//! | `keys` | the keys of objects, and records that have the same ones |
//! | `write` | values to text |
//! | `escape` | strings, inside of their quotes |

mod escape;
mod keys;
mod parse;
mod write;

pub(crate) use escape::write as write_text;

use crate::input;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, text, wrong};
use motet_vm::builtins::{Entry, NativeModule, Place};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use parse::{BigIntegers, Options, Parser};
use write::{NotNumbers, Writer};

/// How deep lists and objects may lie in one another if the program says nothing else.
const DEPTH: usize = 1000;
const PARSE_OPTIONS: &[&str] = &["big_integers", "maps", "depth"];

fn parse_options(function: &str, given: &WithOptions<'_>) -> Result<Options> {
    let big_integers = match given.option("big_integers") {
        None => BigIntegers::Refused,
        Some(value) => match value.as_str() {
            Some("float") => BigIntegers::Floats,
            Some("text") => BigIntegers::Texts,
            Some("big") => BigIntegers::Exact,
            _ => return Err(wrong(function, "\"big\", \"float\" or \"text\" as big_integers", &value)),
        },
    };
    let depth = match given.option("depth") {
        None => DEPTH,
        Some(depth) => count(function, "depth", &depth)?,
    };
    Ok(Options { big_integers, maps: given.flag("maps"), depth })
}

fn parse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "json.parse";
    let given = WithOptions::of(NAME, arguments, 1, PARSE_OPTIONS)?;
    let options = parse_options(NAME, &given)?;
    let text = input::text(context, NAME, arguments.at(0))?;
    Ok(Parser::new(NAME, &options).whole(context, &text, 1)?.into())
}

fn parse_lines(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "json.parse_lines";
    let given = WithOptions::of(NAME, arguments, 1, PARSE_OPTIONS)?;
    let options = parse_options(NAME, &given)?;
    let text = input::text(context, NAME, arguments.at(0))?;
    Ok(Parser::new(NAME, &options).lines(context, &text)?.into())
}

/// `parse_line(line, number)`: a line of a stream.
fn parse_line(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "json.lines";
    let options = Options { big_integers: BigIntegers::Refused, maps: false, depth: DEPTH };
    let line = input::text(context, NAME, arguments.at(0))?;
    let number = count(NAME, "number", arguments.at(1))?;
    Ok(Parser::new(NAME, &options).whole(context, &line, number)?.into())
}

/// Blanks before each level, at most.
const MOST_INDENT: usize = 32;

fn stringify(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "json.stringify";
    let given = WithOptions::of(NAME, arguments, 1, &["indent", "sort_keys", "nan"])?;
    let indent = match given.option("indent") {
        None => None,
        Some(indent) if indent.as_str().is_some() => {
            let indent = text(NAME, &indent)?.as_str();
            if indent.len() > MOST_INDENT || !indent.chars().all(|character| matches!(character, ' ' | '\t')) {
                return Err(bad_value(format!("{NAME} indents by blanks and tabs, {MOST_INDENT} of them at most")));
            }
            Some(indent.to_owned())
        }
        Some(indent) => {
            let blanks = count(NAME, "indent", &indent)?;
            if blanks > MOST_INDENT {
                return Err(bad_value(format!("{NAME} indents by {MOST_INDENT} blanks at most, not {blanks}")));
            }
            Some(" ".repeat(blanks))
        }
    };
    let not_numbers = match given.option("nan") {
        None => NotNumbers::Refused,
        Some(value) => match value.as_str() {
            Some("null") => NotNumbers::Nulls,
            _ => return Err(wrong(NAME, "\"null\" as nan", &value)),
        },
    };
    let writer = Writer::new(NAME, indent, given.flag("sort_keys"), not_numbers);
    writer.write_all(context, arguments.at(0).clone())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "json",
    documentation: "JSON, strictly as RFC 8259 has it. Objects are records. What is malformed is a `ValueError` that says the place, which it also has as `line` and `column`.",
    entries: &[
        Entry::function(
            "parse(text, big_integers: null, maps: false, depth: 1000)",
            parse,
            "The value that a text, or bytes of text, says. Integers have 64 bits; larger ones are an error, or a `\"big\"` integer, a `\"float\"` or `\"text\"` if `big_integers` says so. `maps` makes maps of objects. The last of equal keys counts.",
        ),
        Entry::function(
            "parse_lines(text, big_integers: null, maps: false, depth: 1000)",
            parse_lines,
            "A list of the values of JSON lines: one on each line of a text. Empty lines are left out.",
        ),
        Entry::function(
            "parse_line(line, number)",
            parse_line,
            "The value of a line of a stream; errors say the number of the line.",
        )
        .at(Place::Hidden),
        Entry::function(
            "stringify(value, indent: null, sort_keys: false, nan: null)",
            stringify,
            "A value as JSON. `indent` is a number of blanks or a text of blanks; then each element has a line of its own. Objects of classes say what stands for them by a method `to_json`. NaN and infinities are an error, or null with `nan: \"null\"`.",
        ),
    ],
    source: Some(include_str!("json.soc")),
};
