//! Enums: a class for the enum, below it one for each case. A case without fields is a value, the only instance of its
//! class. All of it is frozen, so that threads share it and a case sent to another thread is still the same.

use motet_vm::builtins::arguments::{self, text, wrong};
use motet_vm::builtins::types::{self, is_of_type};
use motet_vm::builtins::{ANY, Entry, Place};
use motet_vm::memory::{Class, Heap, Symbol, Value, freeze};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::objects::Equality;
use motet_vm::{Context, Error, ErrorKind, Result};

/// `%enum(name, cases)`.
fn make_enum(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let heap = context.heap();
    let name = text("enum", arguments.at(0))?;
    let value = heap.class(Symbol::intern(name), &Value::NULL);
    let class = value.as_class().expect("just made");
    class.set_method(Symbol::intern("ctor"), CONSTRUCTOR.native.value(), heap).expect("a new class");
    let cases = arguments.at(1);
    let Some(cases) = cases.as_list() else { return Err(wrong("enum", "a list of cases", cases)) };
    for case in cases.items().iter() {
        let (name, case) = make_case(heap, &value, case)?;
        class.set_static(name, case, heap).expect("a new class");
    }
    freeze(&value, heap).map_err(arguments::not_freezable)?;
    Ok(value.into())
}

/// A case: its name and its class, or its only value.
fn make_case(heap: &Heap, parent: &Value, case: &Value) -> Result<(Symbol, Value)> {
    let Some(words) = case.as_list() else { return Err(wrong("enum", "a list for each case", case)) };
    let words = words.items();
    let Some((name, fields)) = words.split_first() else { return Err(wrong("enum", "a name for each case", case)) };
    let name = Symbol::intern(text("enum", name)?);
    let value = heap.class(name, parent);
    let class = value.as_class().expect("just made");
    class.learn_slots(fields.len());
    class.compare_by_value();
    let names = fields.iter().map(|name| Ok(Symbol::intern(text("enum", name)?))).collect::<Result<_>>()?;
    class.set_positional_fields(names, heap).expect("a new class");
    Ok((name, if fields.is_empty() { heap.instance(&value) } else { value }))
}

/// Sets the fields of a new case.
fn construct(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let instance = arguments.at(0);
    let Some((fields, class)) = instance.as_instance().and_then(|fields| Some((fields, fields.class()?))) else {
        return Err(wrong("a case of an enum", "a new instance", instance));
    };
    let case = class.name().as_str();
    if class.parent().is_none() {
        let cases: Vec<&str> = class.static_names().iter().map(|name| name.as_str()).collect();
        return Err(Error::type_error(format!("{case} is an enum, which cannot be called"))
            .with_hint(format!("call one of its cases: {}", cases.join(", "))));
    }
    let names = class.positional_fields();
    let given = &arguments.positional()[1..];
    let listed = || names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let mut values: Vec<Option<Value>> = given.iter().cloned().map(Some).collect();
    if values.len() > names.len() {
        return Err(wrong_count(case, given.len(), &listed()));
    }
    values.resize(names.len(), None);
    for (name, value) in arguments.keywords() {
        match names.iter().position(|&field| field == name) {
            Some(at) if values[at].is_none() => values[at] = Some(value.clone()),
            _ => return Err(wrong_count(case, given.len(), &listed())),
        }
    }
    for (name, value) in names.iter().zip(&values) {
        let Some(value) = value else { return Err(wrong_count(case, given.len(), &listed())) };
        fields.set(*name, value.clone(), context.heap()).map_err(arguments::unwritable(instance))?;
    }
    Ok(instance.clone().into())
}

#[cold]
fn wrong_count(case: &str, given: usize, fields: &str) -> Error {
    Error::new(
        ErrorKind::ArityError,
        format!("{case} takes its fields as arguments, and this call with {given} does not fit"),
    )
    .with_hint(format!("it is called as {case}({fields})"))
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
    Ok(match context.equality(value, found)? {
        Equality::Known(equal) => Value::bool(equal).into(),
        Equality::Ask(function, arguments) => Outcome::TailCall { function, arguments },
    })
}

static CONSTRUCTOR: Entry = Entry::new("case(...fields)", (1, ANY), construct, "A value of a case of an enum.")
    .at(Place::Hidden)
    .any_keywords();
pub(super) static NATIVES: &[Entry] = &[
    Entry::new("%enum(name, cases)", (2, 2), make_enum, "An enum of cases, each a list of its name and its fields.")
        .at(Place::Helper),
    Entry::new(
        "%positional_check(class, count)",
        (2, 2),
        positional_check,
        "Throws unless a class has as many positional fields.",
    )
    .at(Place::Helper),
    Entry::new("%positional(value, class, index)", (3, 3), positional, "A positional field of an instance.")
        .at(Place::Helper),
    Entry::new("%matches(value, found)", (2, 2), matches, "What a capitalised name in a pattern means.")
        .at(Place::Helper),
];
