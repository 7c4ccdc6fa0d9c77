//! Results and options: what an operation gives that may fail, or a value that may be missing, as values. `.gene` finds the
//! cases by their names, `.soc` imports them from `std:result`.

use super::arguments::{callable, wrong};
use super::cases::{add_case, new_enum};
use super::entry::{Entry, Place};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::interpreter::unwind::is_error;
use crate::memory::{Heap, Symbol, Value};
use crate::native::{Arguments, CallArguments, Outcome, Resume};

/// What such a value says.
enum Held {
    /// `Ok(value)` or `Some(value)`.
    Good(Value),
    /// `Err(error)`, or nothing for `None`.
    Bad(Option<Value>),
}

/// What a result or option holds. A program may define such cases itself: their names decide.
fn held(value: &Value) -> Option<Held> {
    let fields = value.as_instance()?;
    let class = fields.class().filter(|class| class.is_compared_by_value())?;
    let first = || class.positional_fields().first().and_then(|name| fields.get(*name));
    match class.name().as_str() {
        "Ok" | "Some" => Some(Held::Good(first()?)),
        "Err" => Some(Held::Bad(Some(first()?))),
        "None" => Some(Held::Bad(None)),
        _ => None,
    }
}

fn expect(function: &str, value: &Value) -> Result<Held> {
    held(value).ok_or_else(|| wrong(function, "a result or an option (Ok, Err, Some, None)", value))
}

/// `%is_good(value)`.
fn is_good(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::bool(matches!(expect("?", arguments.at(0))?, Held::Good(_))).into())
}

/// `unwrap(result)`: the value, or the error thrown.
fn unwrap(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    match expect("unwrap", arguments.at(0))? {
        Held::Good(value) => Ok(value.into()),
        Held::Bad(Some(error)) if is_error(context.isolate, &error) => Err(Error::thrown(error)),
        Held::Bad(Some(error)) => {
            let text = match error.as_str() {
                Some(text) => text.to_owned(),
                None => super::arguments::shown(context, &error),
            };
            Err(Error::new(ErrorKind::Error, text))
        }
        Held::Bad(None) => Err(Error::new(ErrorKind::ValueError, "None holds no value")
            .with_hint("give another value for it: .or(default)")),
    }
}

/// `or(result, default)`.
fn or(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    match expect("or", arguments.at(0))? {
        Held::Good(value) => Ok(value.into()),
        Held::Bad(_) => Ok(arguments.at(1).clone().into()),
    }
}

/// The function of `map` gives what the same case is to hold.
struct Mapping {
    case: Value,
}

impl Resume for Mapping {
    fn resume(self: Box<Self>, _: &mut Context<'_>, result: Value) -> Result<Outcome> {
        Ok(Outcome::TailCall { function: self.case, arguments: CallArguments::One(result) })
    }

    fn name(&self) -> &'static str {
        "map"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.case);
    }
}

/// `map(result, f)`.
fn map(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (subject, function) = (arguments.at(0), callable("map", arguments.at(1))?);
    match expect("map", subject)? {
        Held::Good(value) => {
            let case = subject.as_instance().map_or(Value::NULL, |fields| fields.class_value());
            let (function, arguments) = (function.clone(), CallArguments::One(value));
            Ok(Outcome::Call { function, arguments, then: Box::new(Mapping { case }) })
        }
        Held::Bad(_) => Ok(subject.clone().into()),
    }
}

/// `then(result, f)`.
fn then(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (subject, function) = (arguments.at(0), callable("then", arguments.at(1))?);
    match expect("then", subject)? {
        Held::Good(value) => Ok(Outcome::TailCall { function: function.clone(), arguments: CallArguments::One(value) }),
        Held::Bad(_) => Ok(subject.clone().into()),
    }
}

static METHODS: &[Entry] = &[
    Entry::function("unwrap(result)", unwrap, "What it holds; of `Err`, the error is thrown.").at(Place::Hidden),
    Entry::function("or(result, default)", or, "What it holds, or the default.").at(Place::Hidden),
    Entry::function("map(result, f)", map, "The same with what a function gives for the value.").at(Place::Hidden),
    Entry::function("then(result, f)", then, "The result that a function gives for the value.").at(Place::Hidden),
];

/// The enums and their cases, by names that only compiled code can write.
pub(super) const NAMES: [&str; 6] = ["%Result", "%Ok", "%Err", "%Option", "%Some", "%None"];

/// What the names stand for, in their order.
pub(super) fn values(heap: &Heap) -> [Value; 6] {
    let with_methods = |name| {
        let value = new_enum(heap, name, None);
        let class = value.as_class().expect("just made");
        for method in METHODS {
            let name = Symbol::intern(method.native.name);
            class.set_method(name, method.native.value(), heap).expect("a new class");
        }
        value
    };
    let (result, option) = (with_methods("Result"), with_methods("Option"));
    add_case(heap, &result, "Ok", &["value"]);
    add_case(heap, &result, "Err", &["error"]);
    add_case(heap, &option, "Some", &["value"]);
    add_case(heap, &option, "None", &[]);
    let case = |of: &Value, name| {
        let class = of.as_class().expect("made above");
        class.static_value(Symbol::intern(name)).expect("added above")
    };
    let (ok, err) = (case(&result, "Ok"), case(&result, "Err"));
    let (some, none) = (case(&option, "Some"), case(&option, "None"));
    [result, ok, err, option, some, none]
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%is_good(value)", is_good, "Whether a result or option holds a value.").at(Place::Helper),
    Entry::function("%payload(value)", unwrap, "What a result or option holds.").at(Place::Helper),
];
