//! The module `cli`: the command line of a program, described once. All but the nearest name is written in Motet.

use motet_vm::builtins::arguments::{text, wrong};
use motet_vm::builtins::{Entry, NativeModule, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `nearest(text, names)`: the name that was probably meant, or null.
fn nearest(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = text("cli.read", arguments.at(0))?.as_str();
    let names = arguments.at(1).as_list().ok_or_else(|| wrong("cli.read", "a list of names", arguments.at(1)))?;
    let names = names.items();
    let names = names.iter().filter_map(Value::as_str);
    let found = motet_vm::nearest(given, names);
    Ok(found.map_or(Value::NULL, |name| context.heap().string(name)).into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "cli",
    documentation: "The command line of a program, described once: `let options = cli.parse(args, {name: \"tool\", flags: {…}, options: {…}, positionals: {…}, commands: {…}})`. Each entry is a text that says what it is for, or a record: `help`, `short` (a letter), `default`; of options and positionals also `type`, `choices`, `many`; of options `required` and `value`; of positionals `optional`; of flags `count`. A command has `about` and parts of its own.",
    entries: &[
        Entry::function("nearest(text, names)", nearest, "The nearest of several names, or null.").at(Place::Hidden)
    ],
    source: Some(include_str!("cli.soc")),
};
