//! Assertions as functions: what tests say most.

use crate::difference::first_difference;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{self, callable, describe, shown};
use motet_vm::builtins::types::{is_of_type, type_text};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::objects::Equality;
use motet_vm::{Context, Error, ErrorKind, Result};

/// Bytes of both values together that are looked through at a glance.
const SHORT: usize = 80;

fn failed(message: String, given: Option<&Value>) -> Error {
    let message = match given.and_then(|given| given.as_str()) {
        Some(given) => format!("{given}: {message}"),
        None => message,
    };
    Error::new(ErrorKind::AssertError, message)
}

/// `assert_eq(found, expected, message)`.
fn assert_eq(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let held = arguments.positional().to_vec();
    match context.equality(&held[0], &held[1])? {
        Equality::Known(equal) => Comparing { held }.answer(context, equal),
        Equality::Ask(function, arguments) => {
            Ok(Outcome::Call { function, arguments, then: Box::new(Comparing { held }) })
        }
    }
}

/// What was found, what was expected, and perhaps a message.
struct Comparing {
    held: Vec<Value>,
}

impl Comparing {
    fn answer(&self, context: &Context<'_>, equal: bool) -> Result<Outcome> {
        if equal {
            return Ok(Value::NULL.into());
        }
        let [found, expected] = [0, 1].map(|at| shown(context, &self.held[at]));
        let error = failed(format!("{found} is not equal to {expected}"), self.held.get(2));
        // In a short text people find it themselves.
        if found.len() + expected.len() < SHORT {
            return Err(error);
        }
        Err(match first_difference(&self.held[0], &self.held[1]) {
            Some(difference) => error.with_hint(difference),
            None => error,
        })
    }
}

impl Resume for Comparing {
    fn resume(self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        self.answer(context, answer.is_truthy())
    }

    fn name(&self) -> &'static str {
        "assert_eq"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.held.iter().for_each(visit);
    }
}

/// `assert_snapshot(value)`.
fn assert_snapshot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => context.text_of(value, true)?,
    };
    context.compare_snapshot(&text)?;
    Ok(Value::NULL.into())
}

/// A function that must throw, and what.
struct Throwing {
    class: Value,
}

impl Resume for Throwing {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        Err(failed("the function threw nothing".into(), None))
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let error = context.error_value(error);
        // A cancelled task ends; that is no error of the function.
        if context.is_cancellation(&error) {
            return Err(Error::thrown(error));
        }
        if !self.class.is_null() && is_of_type(&error, &self.class) != Some(true) {
            let message = format!("the function threw {}, not {}", describe(&error), type_text(&self.class));
            return Err(failed(message, None));
        }
        Ok(error.into())
    }

    fn name(&self) -> &'static str {
        "assert_throws"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.class);
    }
}

/// `assert_throws(f, class)`.
fn assert_throws(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let function = callable("assert_throws", arguments.at(0))?.clone();
    let class = arguments.get(1).cloned().unwrap_or_default();
    if !class.is_null() && is_of_type(&Value::NULL, &class).is_none() {
        return Err(arguments::wrong("assert_throws", "a class of errors", &class));
    }
    Ok(Outcome::Call { function, arguments: CallArguments::None, then: Box::new(Throwing { class }) })
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "assert_eq(found, expected, message = null)",
        assert_eq,
        "Throws an `AssertError` that shows both values unless they are equal.",
    ),
    Entry::function(
        "assert_snapshot(value)",
        assert_snapshot,
        "In a test that `motet test` runs: throws an `AssertError` if the value does not print as it did when the snapshot was kept. The first run keeps it, in a file beside the test's; `motet test --update` renews it.",
    ),
    Entry::function(
        "assert_throws(f, class = any)",
        assert_throws,
        "Calls a function that must throw an error, of a class if one is given; gives the error.",
    ),
];
