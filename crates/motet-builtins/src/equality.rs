//! `==` and `!=` of instances whose class defines `equals`, also deep inside of containers: the method's answer is turned
//! into a boolean.

use motet_vm::builtins::{Call, Entry, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Result};

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

/// Asks about one pair after the other, as long as they are equal.
struct AllEqual {
    /// What to answer if all are equal.
    wanted: bool,
    /// Left, method, right, the last pair first asked.
    questions: Vec<Value>,
}

impl AllEqual {
    fn ask(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let (Some(right), Some(method), Some(left)) =
            (self.questions.pop(), self.questions.pop(), self.questions.pop())
        else {
            return Ok(Value::bool(self.wanted).into());
        };
        let function = context.heap().bound_method(left, method);
        Ok(Outcome::Call { function, arguments: CallArguments::One(right), then: self })
    }
}

impl Resume for AllEqual {
    fn resume(self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        if answer.is_truthy() { self.ask(context) } else { Ok(Value::bool(!self.wanted).into()) }
    }

    fn name(&self) -> &'static str {
        "=="
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.questions.iter().for_each(visit);
    }
}

fn all_equal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (wanted, questions) = (arguments.at(0).is_truthy(), arguments.positional()[1..].to_vec());
    Box::new(AllEqual { wanted, questions }).ask(context)
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%all_equal(wanted, ...questions)", all_equal as Call, "Whether all pairs are equal.")
        .at(Place::Helper),
    Entry::function("%equal(left, method, right)", equal as Call, "Whether the method says so.").at(Place::Helper),
    Entry::function("%unequal(left, method, right)", unequal as Call, "Whether the method denies it.")
        .at(Place::Helper),
];
