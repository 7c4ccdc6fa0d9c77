//! Saying why a value cannot leave its isolate: for another thread, or for something that all threads see.

use crate::error::{Error, ErrorKind, Result};
use crate::memory::{Refusal, Value};

/// Who was to get the value.
#[derive(Clone, Copy)]
pub(crate) enum Holder<'a> {
    /// Another thread.
    Thread,
    /// A job, which takes arguments.
    Job,
    /// Workers, which call the function.
    Workers,
    /// What all threads see, by its name: a signal.
    Shared(&'a str),
}

/// A function that workers call, or that any thread may call, uses no variable that was declared mutable, neither itself nor
/// by other functions. A compiler finds that out for `spawn`; here functions come by any way.
pub(crate) fn refuse_mutable(function: &Value, holder: Holder<'_>) -> Result<()> {
    let mut waiting = vec![function.clone()];
    let mut seen = Vec::new();
    while let Some(value) = waiting.pop() {
        if let Some(method) = value.as_bound_method() {
            waiting.push(method.function.clone());
        }
        let Some(closure) = value.as_closure() else { continue };
        let prototype = closure.function();
        if let Some(at) = prototype.flags.mutable_capture {
            let name = prototype.capture_names.get(usize::from(at)).map_or("", |name| name);
            return Err(mutable_variable(name, holder));
        }
        if !seen.contains(&value.payload()) && seen.len() < MOST_FUNCTIONS {
            seen.push(value.payload());
            waiting.extend(closure.captures().iter().cloned());
        }
    }
    Ok(())
}

/// Functions that are looked at, of those that a function uses. What is not looked at is refused when it is frozen, if it
/// changes.
const MOST_FUNCTIONS: usize = 64;

/// Why a value cannot be given away, with the way to the part that is to blame.
pub(crate) fn refused(value: &Value, refusal: &Refusal, holder: Holder<'_>) -> Error {
    let variable = refusal.path.rsplit_once("'s variable ").map(|(_, name)| name);
    if refusal.reason == "a mutable variable"
        && let Some(name) = variable
    {
        return mutable_variable(name, holder);
    }
    let kind = crate::builtins::type_name(value);
    let what = match holder {
        Holder::Thread | Holder::Job | Holder::Workers => format!("this {kind} cannot be sent to another thread"),
        Holder::Shared(holder) => format!("{holder} cannot hold this {kind}"),
    };
    let message = match refusal.path.as_str() {
        "" => format!("{what}: it is {}", refusal.reason),
        // `.items[3]`, or `variable x` for a function's.
        path => format!("{what}: its {} is {}", path.strip_prefix("'s ").unwrap_or(path), refusal.reason),
    };
    let error = Error::new(ErrorKind::SendError, message);
    match holder {
        Holder::Thread | Holder::Job | Holder::Workers => error,
        Holder::Shared(_) => error.with_hint("what signals hold is immutable, and any thread may read it"),
    }
}

/// A function uses a variable that can change.
fn mutable_variable(name: &str, holder: Holder<'_>) -> Error {
    let (consequence, hint) = match holder {
        Holder::Thread => (
            "so it cannot go to another thread".to_owned(),
            format!("bind {name} with let if it never changes, or share a signal: let {name} = signal(…)"),
        ),
        Holder::Job => (
            "so it cannot go to another thread".to_owned(),
            format!(
                "make {name} a parameter and pass its value, `args: {{{name}: {name}}}`; or bind it with let, or share a signal"
            ),
        ),
        Holder::Workers => (
            "so it cannot go to another thread".to_owned(),
            format!("bind {name} with let if it never changes, or make it a signal: let {name} = signal(…)"),
        ),
        Holder::Shared(holder) => (
            format!("so {holder} cannot hold it: any thread may call it"),
            format!("bind {name} with let, or make it a signal: let {name} = signal(…)"),
        ),
    };
    Error::new(ErrorKind::SendError, format!("this function uses the variable {name}, which can change, {consequence}"))
        .with_hint(hint)
}
