//! Asking generators whether they have another value.

use super::arguments::wrong;
use super::entry::{Entry, Kinds};
use crate::context::Context;
use crate::error::Result;
use crate::interpreter::{is_peeked, put_back};
use crate::memory::{Tag, Value};
use crate::native::{Arguments, Outcome, Resume};

/// `has_next` has asked a generator for its next value.
struct Peeking {
    generator: Value,
}

impl Resume for Peeking {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        if result.is_missing() {
            return Ok(Value::bool(false).into());
        }
        put_back(context.isolate, &self.generator, result);
        Ok(Value::bool(true).into())
    }

    fn name(&self) -> &'static str {
        "has_next"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.generator);
    }
}

/// `has_next(generator)`.
fn has_next(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let generator = arguments.at(0);
    if generator.tag() != Tag::Generator {
        return Err(wrong("has_next", "a generator", generator));
    }
    if is_peeked(generator) {
        return Ok(Value::bool(true).into());
    }
    let then = Box::new(Peeking { generator: generator.clone() });
    Ok(Outcome::Next { generator: generator.clone(), then })
}

pub(super) static NATIVES: &[Entry] = &[Entry::function(
    "has_next(generator)",
    has_next,
    "Whether a generator has another value; runs it up to that value, which `next` then gives.",
)
.on(Kinds::of(&[Tag::Generator]))];
