//! Looking at values while a program is written.

use motet_vm::builtins::Entry;
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// Bytes of an expression that are shown; longer ones are cut.
const SHOWN: usize = 80;

/// What stands between the brackets of a call, in one line.
fn argument(call: &str) -> Option<String> {
    let inner = call.strip_prefix("dbg(").or_else(|| call.strip_prefix("(dbg "))?.strip_suffix(')')?;
    let mut line = inner.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
}

/// `dbg(value)`.
fn dbg(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value: &Value = arguments.at(0);
    let mut text = String::new();
    if let Some((source, span)) = context.place() {
        text = format!("[{}] ", source.place(span.start));
        let call = source.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        if let Some(argument) = argument(call) {
            text.push_str(&format!("{argument} = "));
        }
    }
    text.push_str(&context.text_of(value, true)?);
    text.push('\n');
    context.print_error(&text)?;
    Ok(value.clone().into())
}

pub(super) static NATIVES: &[Entry] = &[Entry::function(
    "dbg(value)",
    dbg,
    "Prints the place of the call, the expression and its value to standard error, and gives the value: put it around any part of an expression to see what it is.",
)];
