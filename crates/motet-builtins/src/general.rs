//! What works on every value: kind, identity, hash, copies, freezing; and the number of elements of anything that has one.

use motet_vm::builtins::arguments::{bad_value, not_freezable, overflow, wrong};
use motet_vm::builtins::iterate::{length, range_length};
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::{Tag, Value, hash_of_parts, hashed_instances, type_name};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Result};

/// What has a length.
const SIZED: Kinds = Kinds::of(&[Tag::List, Tag::Range, Tag::String, Tag::Bytes, Tag::Record, Tag::Map, Tag::Node]);

fn len(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    if let Some(range) = value.as_range() {
        let length = range_length(range).ok_or_else(|| bad_value("a range without an end has no length"))?;
        let length = i64::try_from(length).map_err(|_| overflow("the length of this range"))?;
        return Ok(Value::int(length).into());
    }
    match length(value) {
        Some(length) => Ok(Value::int(length as i64).into()),
        None => {
            if let Some(cases) = motet_vm::builtins::cases::cases(value) {
                return Ok(Value::int(cases.len() as i64).into());
            }
            if let Some(function) = context.length_method(value) {
                return Ok(Outcome::TailCall { function, arguments: CallArguments::None });
            }
            let error = wrong("len", "a collection or a string", value);
            Err(match value.tag() {
                Tag::Instance => error.with_hint("give its class a method length()"),
                Tag::Generator => error.with_hint("a generator does not know its length; count(xs) runs it to its end"),
                _ => error,
            })
        }
    }
}

fn type_of(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(type_name(arguments.at(0))).into())
}

fn copy(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(motet_vm::memory::copy(arguments.at(0), context.heap()).into())
}

fn freeze(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    context.settle_inside(arguments.at(0))?;
    motet_vm::memory::freeze(arguments.at(0), context.heap()).map_err(not_freezable)?;
    Ok(arguments.at(0).clone().into())
}

fn is_frozen(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::bool(arguments.at(0).is_frozen()).into())
}

fn same(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (a, b) = (arguments.at(0), arguments.at(1));
    // Symbols of one name are one, also where they were made of text.
    let same = if a.tag().is_symbol() { a.symbol_text() == b.symbol_text() } else { a.is_same(b) };
    Ok(Value::bool(same).into())
}

/// `hash(value)`: instances whose classes have `equals` say what their hash is, also inside of containers.
fn hash(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut instances = hashed_instances(arguments.at(0));
    instances.retain(|instance| context.key_asks(instance));
    Box::new(Hashing { value: arguments.at(0).clone(), instances }).go_on(context)
}

struct Hashing {
    value: Value,
    /// The last of them is being asked.
    instances: Vec<Value>,
}

impl Hashing {
    fn go_on(self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let Some(instance) = self.instances.last() else {
            return Ok(Value::int(hash_of_parts(&self.value) as i64).into());
        };
        let function = context.hash_method(instance)?;
        Ok(Outcome::Call { function, arguments: CallArguments::None, then: self })
    }
}

impl Resume for Hashing {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        if let Some(instance) = self.instances.pop() {
            context.set_hash(&instance, &answer)?;
        }
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "hash"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.instances.iter().chain([&self.value]).for_each(visit);
    }
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("len(collection)", len, "How many elements a collection has, how many characters a string.")
        .pure()
        .on(SIZED),
    Entry::function(
        "typeof(value)",
        type_of,
        "The name of a value's type, such as \"Int\"; of an instance, the name of its class.",
    )
    .pure()
    .on(Kinds::ALL),
    Entry::function("copy(value)", copy, "A deep copy that can be changed; what is frozen in it is copied too.")
        .pure()
        .on(Kinds::ALL),
    Entry::function(
        "freeze(value)",
        freeze,
        "Makes a value and all that it reaches immutable, so that threads can share it; gives the value.",
    )
    .on(Kinds::ALL),
    Entry::function("is_frozen(value)", is_frozen, "Whether a value is immutable, with all that it reaches.")
        .pure()
        .on(Kinds::ALL),
    Entry::function("same(a, b)", same, "Whether two values are the same object, rather than equal.").pure(),
    Entry::function(
        "hash(value)",
        hash,
        "A number that is the same for equal values. It differs from one run of the program to the next.",
    )
    .pure()
    .on(Kinds::ALL),
];
