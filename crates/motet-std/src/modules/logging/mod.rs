//! The module `logging`: messages with a level and fields, a line each, to standard error or to a file.
//!
//! A module has no state, so what is set up is a logger, an object that all threads may share. Functions of the module write
//! with one that is set up as most programs want it.

mod json;

use crate::access;
use crate::arguments::text_option;
use crate::runtime::block;
use motet_vm::builtins::arguments::{WithOptions, bad_value, text};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{ForeignKind, ForeignObject, Frozen, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) static LOGGER: ForeignKind = ForeignKind::new("Logger");

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Debug,
    Info,
    Warn,
    Error,
    /// Above all messages: nothing is written.
    Off,
}

impl Level {
    const NAMES: [(&'static str, Level); 6] = [
        ("debug", Level::Debug),
        ("info", Level::Info),
        ("warn", Level::Warn),
        ("warning", Level::Warn),
        ("error", Level::Error),
        ("off", Level::Off),
    ];

    fn of(name: &str) -> Option<Level> {
        Level::NAMES.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }

    fn name(self) -> &'static str {
        Level::NAMES.iter().find(|(_, level)| *level == self).expect("each level has a name").0
    }

    fn colour(self) -> &'static str {
        match self {
            Level::Debug => "2",
            Level::Info => "32",
            Level::Warn => "33",
            Level::Error | Level::Off => "31",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

/// Where lines go.
#[derive(Clone)]
enum Target {
    Errors,
    File { path: Arc<str>, file: Arc<Mutex<File>> },
}

struct Logger {
    level: Level,
    form: Form,
    target: Target,
    /// Of every line, before the message's own.
    fields: Vec<(Box<str>, Frozen)>,
}

impl ForeignObject for Logger {
    fn kind(&self) -> &'static ForeignKind {
        &LOGGER
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Logger {}>", self.level.name()))
    }
}

/// What a program writes with that has set up none: messages from `info` on, or what the variable `MOTET_LOG` says.
fn ordinary() -> Logger {
    let asked = std::env::var("MOTET_LOG").ok().and_then(|name| Level::of(&name));
    Logger { level: asked.unwrap_or(Level::Info), form: Form::Text, target: Target::Errors, fields: Vec::new() }
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A text on a line of its own: what would break the line, or hide in it, is written as an escape.
fn in_line(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(char::is_control) { text.escape_debug().to_string().into() } else { text.into() }
}

impl Logger {
    /// A message as a line.
    fn line(
        &self,
        context: &mut Context<'_>,
        level: Level,
        message: &str,
        fields: &[(Box<str>, Value)],
    ) -> Result<String> {
        let own: Vec<(Box<str>, Value)> =
            self.fields.iter().map(|(name, value)| (name.clone(), value.to_value())).collect();
        let all = own.iter().filter(|(name, _)| !fields.iter().any(|(given, _)| given == name)).chain(fields);
        if self.form == Form::Json {
            let mut line = String::from("{\"time\":\"");
            line.push_str(&now());
            line.push_str("\",\"level\":\"");
            line.push_str(level.name());
            line.push_str("\",\"message\":");
            motet_vm::json::quote(&mut line, message);
            for (name, value) in all {
                line.push(',');
                motet_vm::json::quote(&mut line, name);
                line.push(':');
                json::write(context, &mut line, value)?;
            }
            line.push_str("}\n");
            return Ok(line);
        }
        let is_coloured = matches!(self.target, Target::Errors)
            && std::env::var_os("NO_COLOR").is_none()
            && std::io::stderr().is_terminal();
        let shown = level.name().to_uppercase();
        let mut line = if is_coloured {
            format!("{} \x1b[{}m{shown:5}\x1b[0m {}", now(), level.colour(), in_line(message))
        } else {
            format!("{} {shown:5} {}", now(), in_line(message))
        };
        for (name, value) in all {
            let text = context.text_of(value, false)?;
            let is_plain = !text.is_empty() && !text.contains([' ', '"', '=']) && !text.chars().any(char::is_control);
            line.push(' ');
            line.push_str(name);
            line.push('=');
            if is_plain { line.push_str(&text) } else { line.push_str(&format!("{text:?}")) }
        }
        line.push('\n');
        Ok(line)
    }

    fn log(&self, context: &mut Context<'_>, level: Level, arguments: &Arguments<'_>, first: usize) -> Result<Outcome> {
        if level < self.level {
            return Ok(Value::NULL.into());
        }
        let mut message = String::new();
        for value in &arguments.positional()[first..] {
            if !message.is_empty() {
                message.push(' ');
            }
            message.push_str(&match context.error_line(value) {
                Some(line) => line,
                None => context.text_of(value, false)?,
            });
        }
        let fields: Vec<(Box<str>, Value)> =
            arguments.keywords().map(|(name, value)| (name.as_str().into(), value.clone())).collect();
        let line = self.line(context, level, &message, &fields)?;
        match &self.target {
            Target::Errors => {
                context.print_error(&line)?;
                Ok(Value::NULL.into())
            }
            Target::File { path, file } => {
                let (path, file) = (path.clone(), file.clone());
                // One write for a line, so that lines of several programs do not mix.
                let write = move || {
                    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                    file.write_all(line.as_bytes()).map_err(|error| access::failure("write", &path, &error))
                };
                context.wait_for("log", |operation| block(operation, write), |_, ()| Ok(Value::NULL))
            }
        }
    }
}

/// The fields that a record gives.
fn fields_of(context: &mut Context<'_>, function: &str, record: &Value) -> Result<Vec<(Box<str>, Frozen)>> {
    let Some(fields) = record.as_record() else {
        return Err(motet_vm::builtins::arguments::wrong(&format!("fields of {function}"), "a record", record));
    };
    let mut all = Vec::new();
    fields.for_each(|name, value| all.push((Box::<str>::from(name.as_str()), value.clone())));
    all.into_iter().map(|(name, value)| Ok((name, frozen(context, &value)?))).collect()
}

/// What stays with a logger, which any thread may use: numbers and the like as they are, all else as its text.
fn frozen(context: &mut Context<'_>, value: &Value) -> Result<Frozen> {
    if let Some(frozen) = Frozen::new(value) {
        return Ok(frozen);
    }
    let text = context.text_of(value, false)?;
    let text = context.heap().string(&text);
    motet_vm::memory::freeze(&text, context.heap()).map_err(|refusal| Error::type_error(refusal.to_string()))?;
    Ok(Frozen::new(&text).expect("just frozen"))
}

fn logger(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "logging.logger";
    let options = WithOptions::of(NAME, arguments, 0, &["level", "format", "file", "fields"])?;
    let mut logger = ordinary();
    if let Some(name) = text_option(NAME, &options, "level")? {
        logger.level = Level::of(&name).ok_or_else(|| {
            bad_value(format!("{NAME} knows no level {name:?}"))
                .with_hint("its levels are \"debug\", \"info\", \"warn\", \"error\" and \"off\"")
        })?;
    }
    logger.form = match text_option(NAME, &options, "format")?.as_deref() {
        None | Some("text") => Form::Text,
        Some("json") => Form::Json,
        Some(other) => {
            return Err(bad_value(format!("{NAME} knows no format {other:?}"))
                .with_hint("its formats are \"text\" and \"json\""));
        }
    };
    if let Some(fields) = options.option("fields") {
        logger.fields = fields_of(context, NAME, &fields)?;
    }
    let Some(path) = text_option(NAME, &options, "file")? else {
        return Ok(context.heap().shared_foreign(Arc::new(logger)).into());
    };
    let gate = access::writing(context, &path)?;
    let open = move || -> std::result::Result<Logger, OperationError> {
        let file = OpenOptions::new().append(true).create(true).open(gate.pass(&path)?);
        let file = file.map_err(|error| access::failure("open", &path, &error))?;
        logger.target = Target::File { path: path.into(), file: Arc::new(Mutex::new(file)) };
        Ok(logger)
    };
    context.wait_for(
        NAME,
        |operation| block(operation, open),
        |context, logger| Ok(context.heap().shared_foreign(Arc::new(logger))),
    )
}

fn own<'a>(arguments: &Arguments<'a>) -> &'a Logger {
    arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Logger>()).expect("a method of loggers")
}

/// `logger.child(user: 3)`: a logger whose lines have these fields, too.
fn child(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let parent = own(&arguments);
    let mut fields = parent.fields.clone();
    for (name, value) in arguments.keywords() {
        fields.retain(|(own, _)| **own != *name.as_str());
        fields.push((name.as_str().into(), frozen(context, value)?));
    }
    let logger = Logger { level: parent.level, form: parent.form, target: parent.target.clone(), fields };
    Ok(context.heap().shared_foreign(Arc::new(logger)).into())
}

fn is_enabled(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = text("is_enabled", arguments.at(1))?.as_str();
    let Some(level) = Level::of(name) else {
        return Err(Error::new(ErrorKind::ValueError, format!("loggers know no level {name:?}")));
    };
    Ok(Value::bool(level >= own(&arguments).level).into())
}

/// The function of the module for a level, and the method of loggers.
macro_rules! levels {
    ($($function:ident $method:ident $level:ident $text:literal;)*) => {
        $(
            fn $function(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
                ordinary().log(context, Level::$level, &arguments, 0)
            }

            fn $method(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
                own(&arguments).log(context, Level::$level, &arguments, 1)
            }
        )*

        static ENTRIES: &[Entry] = &[
            $(
                Entry::function(concat!($text, "(...message)"), $function, concat!("Writes a message of the level `", $text, "`. Keywords are its fields: `logging.", $text, "(\"sent\", bytes: 12)`.")).any_keywords(),
                Entry::method(&LOGGER, concat!($text, "(logger, ...message)"), $method, concat!("Writes a message of the level `", $text, "`, with keywords as its fields.")).any_keywords(),
            )*
            Entry::function(
                "logger(level: \"info\", format: \"text\", file: null, fields: {})",
                logger,
                "A logger: it writes messages of a level and those above as lines of text or of JSON, to standard error or to the end of a file.",
            ),
            Entry::method(&LOGGER, "child(logger)", child, "A logger that writes to the same place, with these keywords as fields of every line.").any_keywords(),
            Entry::method(&LOGGER, "is_enabled(logger, level)", is_enabled, "Whether messages of a level are written."),
        ];
    };
}

levels! {
    debug debug_of Debug "debug";
    info info_of Info "info";
    warn warn_of Warn "warn";
    error error_of Error "error";
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "logging",
    documentation: "Messages with a level and fields, a line each. `logging.info(\"started\", port: 8080)` writes to standard error, from the level `info` on, or from the one that the variable `MOTET_LOG` names.",
    entries: ENTRIES,
    source: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_have_names() {
        assert!(Level::Debug < Level::Info && Level::Warn < Level::Error && Level::Error < Level::Off);
        assert_eq!((Level::of("WARNING"), Level::of("loud")), (Some(Level::Warn), None));
    }

    #[test]
    fn no_text_breaks_a_line() {
        assert_eq!(in_line("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(in_line("naïve \"text\""), "naïve \"text\"");
    }
}
