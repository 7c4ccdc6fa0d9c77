//! Saying why a value cannot leave its isolate: for another thread, or for something that all threads see.

use crate::error::{Error, ErrorKind};
use crate::memory::{Refusal, Value};

/// Who was to get the value.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    /// Another thread.
    Thread,
    /// What all threads see, by its name: a signal.
    Shared(&'a str),
}

/// Why a value cannot be given away, with the way to the part that is to blame.
pub(super) fn refused(value: &Value, refusal: &Refusal, holder: Holder<'_>) -> Error {
    let variable = refusal.path.rsplit_once("'s variable ").map(|(_, name)| name);
    if refusal.reason == "a mutable variable"
        && let Some(name) = variable
    {
        return mutable_variable(name, holder);
    }
    let kind = crate::builtins::type_name(value);
    let what = match holder {
        Holder::Thread => format!("this {kind} cannot be sent to another thread"),
        Holder::Shared(holder) => format!("{holder} cannot hold this {kind}"),
    };
    let message = match refusal.path.as_str() {
        "" => format!("{what}: it is {}", refusal.reason),
        // `.items[3]`, or `variable x` for a function's.
        path => format!("{what}: its {} is {}", path.strip_prefix("'s ").unwrap_or(path), refusal.reason),
    };
    let error = Error::new(ErrorKind::SendError, message);
    match holder {
        Holder::Thread => error,
        Holder::Shared(_) => error.with_hint("what signals hold is immutable, and any thread may read it"),
    }
}

/// A function uses a variable that can change.
fn mutable_variable(name: &str, holder: Holder<'_>) -> Error {
    let (consequence, hint) = match holder {
        Holder::Thread => (
            "so it cannot go to another thread".to_owned(),
            format!("pass its value (args: {{{name}: {name}}}), bind it with let, or share a signal"),
        ),
        Holder::Shared(holder) => (
            format!("so {holder} cannot hold it: any thread may call it"),
            format!("bind {name} with let, or make it a signal: let {name} = signal(…)"),
        ),
    };
    Error::new(ErrorKind::SendError, format!("this function uses the variable {name}, which can change, {consequence}"))
        .with_hint(hint)
}
