//! The module `yaml`: configurations as YAML 1.2 has them, by its core schema.
//!
//! | module | its one job |
//! |---|---|
//! | `parse` | text to values |
//! | `scalar` | what a word without quotes means |
//! | `write` | values to text |

mod parse;
mod scalar;
mod write;

use crate::input;
use motet_vm::builtins::arguments::WithOptions;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn parse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "yaml.parse";
    let given = WithOptions::of(NAME, arguments, 1, &["maps"])?;
    let text = input::text(context, NAME, arguments.at(0))?;
    Ok(parse::one(context, NAME, &text, given.flag("maps"))?.into())
}

fn parse_all(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "yaml.parse_all";
    let given = WithOptions::of(NAME, arguments, 1, &["maps"])?;
    let text = input::text(context, NAME, arguments.at(0))?;
    let documents = parse::all(context, NAME, &text, given.flag("maps"))?;
    Ok(context.heap().list(documents).into())
}

fn stringify(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = write::document(context, "yaml.stringify", arguments.at(0))?;
    Ok(context.heap().string(&text).into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "yaml",
    documentation: "YAML 1.2, the form of many configurations. Mappings are records; `yes` and `no` are texts. What is malformed is a `ValueError` that says the place, which it also has as `line` and `column`.",
    entries: &[
        Entry::function(
            "parse(text, maps: false)",
            parse,
            "The value that a text, or bytes of text, says in one document. `maps` makes maps of mappings, whose keys may be anything. An alias is a copy of what it names; `<<` takes over the entries of others; equal keys are an error.",
        )
        .pure(),
        Entry::function(
            "parse_all(text, maps: false)",
            parse_all,
            "A list of the values of all documents that a text has, between lines of `---`.",
        )
        .pure(),
        Entry::function(
            "stringify(value)",
            stringify,
            "A value as YAML, with a line for each entry. Dates and exact numbers are written as text; what YAML has no form for is an error that says where it is.",
        )
        .pure(),
    ],
    source: None,
};
