//! `==` and `!=` of instances whose class defines `equals`: the method's answer is turned into a boolean.

use super::entry::{Call, Entry, Place};
use crate::context::Context;
use crate::error::Result;
use crate::memory::Value;
use crate::native::{Arguments, CallArguments, Outcome, Resume};

/// Waits for the answer of `equals`.
struct Answer {
    wanted: bool,
}

impl Resume for Answer {
    fn resume(self: Box<Self>, _: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        Ok(Value::bool(answer.is_truthy() == self.wanted).into())
    }

    fn name(&self) -> &'static str {
        "=="
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

fn ask(context: &mut Context<'_>, arguments: Arguments<'_>, wanted: bool) -> Result<Outcome> {
    let function = context.heap().bound_method(arguments.at(0).clone(), arguments.at(1).clone());
    let arguments = CallArguments::One(arguments.at(2).clone());
    Ok(Outcome::Call { function, arguments, then: Box::new(Answer { wanted }) })
}

fn equal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    ask(context, arguments, true)
}

fn unequal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    ask(context, arguments, false)
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::new("%equal(left, method, right)", (3, 3), equal as Call, "Whether the method says so.").at(Place::Helper),
    Entry::new("%unequal(left, method, right)", (3, 3), unequal as Call, "Whether the method denies it.")
        .at(Place::Helper),
];
