//! The process itself: its environment and its end.

use crate::access::refusal;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, text};
use motet_vm::memory::{FieldName, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

/// `env()`, `env(name)`, `env(name, default)`.
fn env(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (has_all, grants) = (context.permissions().environment, context.grants());
    let may = |name: &str| has_all || grants.variables.iter().any(|granted| granted == name);
    let Some(name) = arguments.get(0) else {
        if !has_all && grants.variables.is_empty() {
            return Err(refusal("read the environment", "env=NAME"));
        }
        let all: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| may(name))
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
    let found = variable(context, text("env", name)?.as_str())?;
    Ok(match found {
        Some(value) => context.heap().string(&value).into(),
        None => arguments.get(1).cloned().unwrap_or_default().into(),
    })
}

/// A variable of the environment, if the program may read it.
pub(crate) fn variable(context: &Context<'_>, name: &str) -> Result<Option<String>> {
    let may = context.permissions().environment || context.grants().variables.iter().any(|granted| granted == name);
    if !may {
        return Err(refusal("read the environment", &format!("env={name}")));
    }
    Ok(std::env::var_os(name).and_then(|value| value.into_string().ok()))
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
