//! The process itself: its environment and its end.

use crate::access::require;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, text};
use motet_vm::memory::{FieldName, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `env()`, `env(name)`, `env(name, default)`.
fn env(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    require(context, |permissions| permissions.environment, "read the environment")?;
    let Some(name) = arguments.get(0) else {
        let all: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let heap = context.heap();
        let record = heap.record(all.len());
        if let Some(fields) = record.as_record() {
            for (name, value) in all {
                let value = heap.string(&value);
                fields.set_named(FieldName::new(&name, heap), value, heap).expect("the record is new");
            }
        }
        return Ok(record.into());
    };
    let found = std::env::var_os(text("env", name)?.as_str()).and_then(|value| value.into_string().ok());
    Ok(match found {
        Some(value) => context.heap().string(&value).into(),
        None => arguments.get(1).cloned().unwrap_or_default().into(),
    })
}

/// `exit(code)`.
fn exit(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let code = match arguments.get(0) {
        None => 0,
        Some(code) => code
            .as_int()
            .and_then(|code| u8::try_from(code).ok())
            .ok_or_else(|| bad_value("exit takes a code from 0 to 255"))?,
    };
    context.exit(i32::from(code))?;
    Ok(Value::NULL.into())
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "env(name = all, default = null)",
        env,
        "The value of a variable of the environment, or the default if there is none; without a name, a record of all.",
    ),
    Entry::function(
        "exit(code = 0)",
        exit,
        "Ends the program with a code: all its tasks and threads are stopped, as by `stop`, so `finally` runs.",
    ),
];
