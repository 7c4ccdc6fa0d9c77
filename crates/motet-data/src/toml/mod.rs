//! The module `toml`: configurations as TOML 1.1 has them.
//!
//! | module | its one job |
//! |---|---|
//! | `parse` | text to values |
//! | `write` | values to text |

mod parse;
mod write;

use crate::input;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn parse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "toml.parse";
    let text = input::text(context, NAME, arguments.at(0))?;
    Ok(parse::document(context, NAME, &text)?.into())
}

fn stringify(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = write::document(context, "toml.stringify", arguments.at(0))?;
    Ok(context.heap().string(&text).into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "toml",
    documentation: "TOML, the form of many configurations. Tables are records. What is malformed is a `ValueError` that says the place, which it also has as `line` and `column`.",
    entries: &[
        Entry::function(
            "parse(text)",
            parse,
            "The record that a text, or bytes of text, says. Dates are dates: with a time, `datetime`s; with an offset, `zoned` ones; a time of day alone is a string.",
        )
        .pure(),
        Entry::function(
            "stringify(record)",
            stringify,
            "A record as TOML: first its values, then its tables. What TOML has no form for, null among it, is an error that says where it is.",
        )
        .pure(),
    ],
    source: None,
};
