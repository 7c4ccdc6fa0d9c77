//! Arguments that several parts take: limits of time, options that are texts.

use motet_vm::builtins::arguments::{WithOptions, bad_value, number, text};
use motet_vm::builtins::duration_of;
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Error, Result};
use std::time::Duration;

/// A limit of time: a duration, or a number of milliseconds.
pub fn time_limit(function: &str, options: &WithOptions<'_>, name: &str) -> Result<Option<Duration>> {
    let Some(value) = options.option(name) else { return Ok(None) };
    if let Some(duration) = duration_of(&value) {
        return Ok(Some(duration));
    }
    let milliseconds = number(function, &value)?;
    let limit = Duration::try_from_secs_f64(milliseconds / 1000.0);
    limit
        .map(Some)
        .map_err(|_| bad_value(format!("{name} of {function} is 0 or more milliseconds, not {milliseconds}")))
}

/// An option that is a text.
pub fn text_option(function: &str, options: &WithOptions<'_>, name: &str) -> Result<Option<String>> {
    let value = options.option(name);
    value.map(|value| Ok(text(&format!("{name} of {function}"), &value)?.as_str().to_owned())).transpose()
}

/// The port that is an argument.
pub fn port(function: &str, value: &Value) -> Result<u16> {
    let port = motet_vm::builtins::arguments::integer(function, "port", value)?;
    u16::try_from(port).map_err(|_| bad_value(format!("port of {function} is 0 to 65535, not {port}")))
}

/// What a function of a module's source gives for an object of the module: the generator that walks over it.
pub fn over(context: &Context<'_>, module: &str, function: &str, arguments: &Arguments<'_>) -> Result<Outcome> {
    let exports = context.builtin(module);
    let function = exports.as_ref().and_then(Value::as_record).and_then(|record| record.get(function));
    let function = function.ok_or_else(|| Error::type_error(format!("{module} is not ready to walk over this")))?;
    let arguments = match arguments.positional() {
        [object] => CallArguments::One(object.clone()),
        several => CallArguments::Many(several.to_vec()),
    };
    Ok(Outcome::TailCall { function, arguments })
}
