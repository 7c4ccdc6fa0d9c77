//! Enums: a class for the enum, below it one for each case. A case without fields is a value, the only instance of its
//! class. All of it is frozen, so that threads share it and a case sent to another thread is still the same.

use motet_vm::builtins::arguments::{self, text, wrong};
use motet_vm::builtins::cases::{add_case, new_enum};
use motet_vm::builtins::types::{self, is_of_type};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::{Class, Symbol, Value, freeze};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::objects::Equality;
use motet_vm::{Context, Error, ErrorKind, Result};

/// `%enum(name, cases)`.
fn make_enum(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = text("enum", arguments.at(0))?;
    let place = context.place();
    let heap = context.heap();
    let value = new_enum(heap, name, place);
    let cases = arguments.at(1);
    let Some(cases) = cases.as_list() else { return Err(wrong("enum", "a list of cases", cases)) };
    for case in cases.items().iter() {
        let Some(words) = case.as_list() else { return Err(wrong("enum", "a list for each case", case)) };
        let words = words.items();
        let words = words.iter().map(|word| Ok(text("enum", word)?.as_str())).collect::<Result<Vec<&str>>>()?;
        let Some((name, fields)) = words.split_first() else {
            return Err(wrong("enum", "a name for each case", case));
        };
        add_case(heap, &value, name, fields);
    }
    // Cases with types are complete when these have come.
    if !arguments.at(2).is_truthy() {
        freeze(&value, heap).map_err(arguments::not_freezable)?;
    }
    Ok(value.into())
}

fn class_argument(value: &Value) -> Result<&Class> {
    value.as_class().ok_or_else(|| {
        Error::type_error(format!("{} is not a class, so no pattern with parentheses", arguments::describe(value)))
    })
}

/// `%positional_check(class, count)`.
fn positional_check(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let class = class_argument(arguments.at(0))?;
    let wanted = arguments::count("match", "the number of fields", arguments.at(1))?;
    let fields = class.positional_fields();
    if fields.len() != wanted {
        let name = class.name().as_str();
        let listed: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
        return Err(Error::new(
            ErrorKind::MatchError,
            format!("this pattern is for {wanted} positional fields, but {name} has {}", fields.len()),
        )
        .with_hint(format!("write {name}({})", listed.join(", "))));
    }
    Ok(Value::NULL.into())
}

/// `%positional(value, class, index)`.
fn positional(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let class = class_argument(arguments.at(1))?;
    let index = arguments::count("match", "the index of a field", arguments.at(2))?;
    let field = class.positional_fields().get(index).copied();
    let value = field.and_then(|field| arguments.at(0).as_fields()?.get(field));
    Ok(value.unwrap_or_default().into())
}

/// `%matches(value, found)`.
fn matches(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (value, found) = (arguments.at(0), arguments.at(1));
    let is_type = found.as_class().is_some() || found.as_node().is_some_and(types::is_type_node);
    if is_type {
        return Ok(Value::bool(is_of_type(value, found) == Some(true)).into());
    }
    // A regular expression, say, is no value to be equal to.
    if found.as_foreign().is_some()
        && let Some(function) = context.method_of(found, Symbol::intern("matches_pattern"))
    {
        return Ok(Outcome::TailCall { function, arguments: CallArguments::One(value.clone()) });
    }
    Ok(match context.equality(value, found)? {
        Equality::Known(equal) => Value::bool(equal).into(),
        Equality::Ask(function, arguments) => Outcome::TailCall { function, arguments },
    })
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "%enum(name, cases, typed)",
        make_enum,
        "An enum of cases, each a list of its name and its fields; their types may come later.",
    )
    .at(Place::Helper),
    Entry::function(
        "%positional_check(class, count)",
        positional_check,
        "Throws unless a class has as many positional fields.",
    )
    .at(Place::Helper),
    Entry::function("%positional(value, class, index)", positional, "A positional field of an instance.")
        .at(Place::Helper),
    Entry::function("%matches(value, found)", matches, "What a capitalised name in a pattern means.").at(Place::Helper),
];
