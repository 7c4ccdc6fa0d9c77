//! Enums and their cases as classes: what makes them, what constructs a case, and the types that fields are declared with. All
//! of an enum is frozen, so that threads share it and a case sent to another thread is still the same.

use super::arguments::wrong;
use super::entry::{Entry, Place};
use super::types::{is_of_type, type_text};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::interpreter::wrong_type;
use crate::memory::{Heap, Symbol, Value, freeze};
use crate::native::{Arguments, NativeFunction, Outcome};
use motet_code::{Source, Span};
use std::sync::Arc;

/// An enum without cases, and where the program defines it.
pub fn new_enum(heap: &Heap, name: &str, place: Option<(Arc<Source>, Span)>) -> Value {
    let value = heap.class_at(Symbol::intern(name), &Value::NULL, place);
    let class = value.as_class().expect("just made");
    class.set_method(Symbol::intern("ctor"), CONSTRUCTOR.native.value(), heap).expect("a new class");
    value
}

/// Adds a case: its class, or its only value if it has no fields.
pub fn add_case(heap: &Heap, parent: &Value, name: &str, fields: &[&str]) {
    let name = Symbol::intern(name);
    let value = heap.class(name, parent);
    let class = value.as_class().expect("just made");
    class.learn_slots(fields.len());
    class.compare_by_value();
    let names = fields.iter().map(|name| Symbol::intern(name)).collect();
    class.set_positional_fields(names, heap).expect("a new class");
    let case = if fields.is_empty() { heap.instance(&value) } else { value };
    parent.as_class().expect("an enum is a class").set_static(name, case, heap).expect("a new class");
}

/// The cases of an enum in order, those with fields as what makes them; none if the value is no enum.
pub fn cases(value: &Value) -> Option<Vec<Value>> {
    let class = value.as_class().filter(|class| class.parent().is_none())?;
    let constructor = class.own_method(Symbol::find("ctor")?)?;
    if !std::ptr::eq(NativeFunction::of(&constructor)?, &CONSTRUCTOR.native) {
        return None;
    }
    Some(class.static_names().into_iter().filter_map(|name| class.static_value(name)).collect())
}

/// The static member of a case's class that holds the types of its fields; no program can write the name.
const TYPES: &str = "%types";

/// `%enum_types(enum, types)`: a list for each case, of types or false.
fn set_types(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let heap = context.heap();
    let (value, types) = (arguments.at(0), arguments.at(1));
    let Some(cases) = cases(value) else { return Err(wrong("enum", "an enum", value)) };
    let Some(types) = types.as_list() else { return Err(wrong("enum", "a list of types", types)) };
    for (case, types) in cases.iter().zip(types.items().iter()) {
        let (Some(class), Some(types)) = (case.as_class(), types.as_list()) else { continue };
        let types = types.items().iter().map(|kind| detached_type(heap, value, kind)).collect();
        class.set_static(Symbol::intern(TYPES), heap.list(types), heap).expect("a new class");
    }
    freeze(value, heap).map_err(super::arguments::not_freezable)?;
    Ok(Value::NULL.into())
}

/// A type that holds no class which a program may still change: an enum is frozen with all that it reaches, and the program's
/// classes are not to be frozen behind its back.
fn detached_type(heap: &Heap, of_enum: &Value, kind: &Value) -> Value {
    if let Some(class) = kind.as_class() {
        let is_own = of_enum.as_class().is_some_and(|of_enum| class.is_or_descends_from(of_enum));
        return if is_own || kind.is_frozen() { kind.clone() } else { super::types::class_type(heap, class) };
    }
    if let Some(list) = kind.as_list() {
        return heap.list(list.items().iter().map(|part| detached_type(heap, of_enum, part)).collect());
    }
    if let Some(fields) = kind.as_record() {
        let copy = heap.record(fields.length());
        let types = copy.as_record().expect("just made");
        fields.for_each(|name, part| {
            types.set_named(name.clone(), detached_type(heap, of_enum, part), heap).expect("just made");
        });
        return copy;
    }
    match kind.as_node().filter(|node| super::types::is_type_node(node)) {
        Some(node) => heap.node(node.head.clone(), node.props.clone(), detached_type(heap, of_enum, &node.children)),
        None => kind.clone(),
    }
}

/// `%field_types(class, types)`: the types that fields of instances are declared with.
fn field_types(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let class = arguments.at(0);
    let Some(class) = class.as_class() else { return Err(wrong("class", "a class", class)) };
    // A class that was sent to another thread meanwhile checks its fields where its own methods set them.
    if !arguments.at(0).is_frozen() {
        class.set_field_types(arguments.at(1).clone(), context.heap()).expect("not frozen");
    }
    Ok(Value::NULL.into())
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
        match names.iter().position(|field| field.as_str() == name.as_str()) {
            Some(at) if values[at].is_none() => values[at] = Some(value.clone()),
            _ => return Err(wrong_count(case, given.len(), &listed())),
        }
    }
    let types = Symbol::find(TYPES).and_then(|types| class.static_value(types));
    if let Some(types) = types.as_ref().and_then(|types| types.as_list()) {
        for ((name, value), kind) in names.iter().zip(&values).zip(types.items().iter()) {
            let value = value.as_ref().filter(|value| kind.is_truthy() && is_of_type(value, kind) != Some(true));
            if let Some(value) = value {
                return Err(wrong_type(context.isolate, name.as_str(), &type_text(kind), value));
            }
        }
    }
    for (name, value) in names.iter().zip(&values) {
        let Some(value) = value else { return Err(wrong_count(case, given.len(), &listed())) };
        fields.set(*name, value.clone(), context.heap()).map_err(super::arguments::unwritable(instance))?;
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

static CONSTRUCTOR: Entry = Entry::function("case(...fields)", construct, "A value of a case of an enum.")
    .at_least(1)
    .at(Place::Hidden)
    .any_keywords();

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("%enum_types(enum, types)", set_types, "Gives the fields of cases their types.").at(Place::Helper),
    Entry::function("%field_types(class, types)", field_types, "Gives the fields of instances their types.")
        .at(Place::Helper),
];
