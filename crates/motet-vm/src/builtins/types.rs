//! Types that programs write: `(x: Int)`, `List<Int>`, `{name: String, email?: String}`, `A | B`.
//!
//! A type is a class, one of the builtin types, or a node that a helper made, with a head that no program can write. So
//! types print, freeze and cross threads like all data. Helpers bound how deep types nest, so walking over one may recurse.

use super::arguments::describe;
use super::entry::{Entry, Place};
use super::kinds::BuiltinType;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{Class, Heap, Node, Notation, PrintOptions, Symbol, Value, is_equal, print_value};
use crate::native::{Arguments, Outcome};

/// Types nested deeper than this are refused.
const MAX_DEPTH: i64 = 200;

const LIST: &str = "%type_list";
const RECORD: &str = "%type_record";
const OPTIONAL: &str = "%type_optional";
const UNION: &str = "%type_union";
const FUNCTION: &str = "%type_function";
const NAMED: &str = "%type_named";
const LITERAL: &str = "%type_literal";
/// A class by the number of its instances' first shape, which no other class has.
const CLASS: &str = "%type_class";

/// Whether a value is of a type; None if the second is no type.
pub fn is_of_type(value: &Value, kind: &Value) -> Option<bool> {
    if let Some(class) = kind.as_class() {
        // A class that the program defines, which has a place, is no type that is built in.
        if class.place().is_none()
            && let Some(builtin) = BuiltinType::of(kind)
        {
            return Some(builtin.has(value));
        }
        let own = value.as_instance().and_then(|instance| instance.class());
        return Some(own.is_some_and(|own| own.is_or_descends_from(class)));
    }
    if kind.is_null() {
        return Some(value.is_null());
    }
    let node = kind.as_node()?;
    let first = node.children.as_list()?.get(0);
    Some(match node.head.symbol_text()? {
        LIST => match value.as_list() {
            Some(list) => {
                let element = first?;
                let items = list.items();
                items.iter().all(|item| is_of_type(item, &element) == Some(true))
            }
            None => false,
        },
        RECORD => has_fields(value, &first?)?,
        OPTIONAL => value.is_null() || is_of_type(value, &first?)?,
        UNION => {
            let types = node.children.as_list()?.items();
            types.iter().any(|kind| is_of_type(value, kind) == Some(true))
        }
        FUNCTION => super::arguments::is_callable(value),
        NAMED => is_of_type(value, &node.children.as_list()?.get(1)?)?,
        LITERAL => is_equal(value, &first?),
        CLASS => {
            let shape = node.children.as_list()?.get(1)?.as_int()?;
            let own = value.as_instance().and_then(|instance| instance.class());
            std::iter::successors(own, |class| class.parent()).any(|class| i64::from(class.root_shape().0) == shape)
        }
        _ => return None,
    })
}

/// A type of the instances of a class that does not hold the class.
pub(super) fn class_type(heap: &Heap, class: &Class) -> Value {
    let name = heap.string(class.name().as_str());
    let children = heap.list(vec![name, Value::int(i64::from(class.root_shape().0))]);
    let props = heap.record(1);
    let fields = props.as_record().expect("just made");
    fields.set(Symbol::intern("depth"), Value::int(1), heap).expect("just made");
    heap.node(Value::symbol(Symbol::intern(CLASS)), props, children)
}

/// Whether a record or an instance has the fields of a record of types.
fn has_fields(value: &Value, types: &Value) -> Option<bool> {
    let Some(fields) = value.as_fields() else { return Some(false) };
    let mut has = true;
    types.as_record()?.for_each(|name, kind| {
        has = has
            && match fields.get(name) {
                Some(field) => is_of_type(&field, kind) == Some(true),
                None => head_of(kind) == Some(OPTIONAL),
            };
    });
    Some(has)
}

/// The helper that made a type.
fn head_of(kind: &Value) -> Option<&str> {
    kind.as_node()?.head.symbol_text()
}

/// A type as a program writes it.
pub fn type_text(kind: &Value) -> String {
    text_of(kind).unwrap_or_else(|| describe(kind))
}

fn text_of(kind: &Value) -> Option<String> {
    if let Some(class) = kind.as_class() {
        return Some(class.name().as_str().into());
    }
    if kind.is_null() {
        return Some("Null".into());
    }
    let children = kind.as_node()?.children.as_list()?.items();
    Some(match head_of(kind)? {
        LIST => format!("List<{}>", type_text(children.first()?)),
        RECORD => {
            let mut fields = Vec::new();
            children.first()?.as_record()?.for_each(|name, kind| {
                let (mark, kind) = match kind.as_node().filter(|_| head_of(kind) == Some(OPTIONAL)) {
                    Some(node) => ("?", node.children.as_list().and_then(|list| list.get(0)).unwrap_or_default()),
                    None => ("", kind.clone()),
                };
                fields.push(format!("{}{mark}: {}", name.as_str(), type_text(&kind)));
            });
            format!("{{{}}}", fields.join(", "))
        }
        OPTIONAL => format!("{} or null", type_text(children.first()?)),
        UNION => children.iter().map(type_text).collect::<Vec<_>>().join(" | "),
        FUNCTION => "a function".into(),
        NAMED | CLASS => children.first()?.as_str()?.into(),
        LITERAL => print_value(children.first()?, &PrintOptions::quoted(Notation::Soc)),
        _ => return None,
    })
}

/// How deep a type nests; an error if it is no type.
fn depth(kind: &Value) -> Result<i64> {
    if kind.as_class().is_some() || kind.is_null() {
        return Ok(0);
    }
    let depth = kind.as_node().filter(|_| head_of(kind).is_some_and(|head| head.starts_with("%type_")));
    let depth = depth.and_then(|node| node.props.as_record()?.get("depth")?.as_int());
    depth.ok_or_else(|| {
        Error::type_error(format!("{} is not a type", describe(kind)))
            .with_hint("types are classes, Int, Float, Number, String, Bool, List<…>, {field: Type} and the like")
    })
}

/// A type made of others.
fn new_type(context: &Context<'_>, head: &str, parts: &[&Value], children: Vec<Value>) -> Result<Outcome> {
    let mut deepest = 0;
    for part in parts {
        deepest = deepest.max(depth(part)?);
    }
    if deepest >= MAX_DEPTH {
        return Err(Error::new(ErrorKind::LimitError, format!("this type nests more than {MAX_DEPTH} deep")));
    }
    let heap = context.heap();
    let props = heap.record(1);
    let fields = props.as_record().expect("just made");
    fields.set(Symbol::intern("depth"), Value::int(deepest + 1), heap).expect("just made");
    Ok(heap.node(Value::symbol(Symbol::intern(head)), props, heap.list(children)).into())
}

fn type_list(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let element = arguments.at(0);
    new_type(context, LIST, &[element], vec![element.clone()])
}

fn type_optional(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let kind = arguments.at(0);
    new_type(context, OPTIONAL, &[kind], vec![kind.clone()])
}

fn type_record(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let fields = arguments.at(0);
    let Some(record) = fields.as_record() else {
        return Err(super::arguments::wrong(RECORD, "a record of types", fields));
    };
    let mut types = Vec::new();
    record.for_each(|_, kind| types.push(kind.clone()));
    new_type(context, RECORD, &types.iter().collect::<Vec<_>>(), vec![fields.clone()])
}

fn list_of_types(function: &str, value: &Value) -> Result<Vec<Value>> {
    match value.as_list() {
        Some(list) => Ok(list.items().to_vec()),
        None => Err(super::arguments::wrong(function, "a list of types", value)),
    }
}

fn type_union(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let types = list_of_types(UNION, arguments.at(0))?;
    new_type(context, UNION, &types.iter().collect::<Vec<_>>(), types.clone())
}

fn type_function(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (parameters, result) = (arguments.at(0), arguments.at(1));
    let mut types = if parameters.is_null() { Vec::new() } else { list_of_types(FUNCTION, parameters)? };
    types.push(result.clone());
    new_type(context, FUNCTION, &types.iter().collect::<Vec<_>>(), vec![parameters.clone(), result.clone()])
}

fn type_named(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (name, kind) = (arguments.at(0), arguments.at(1));
    super::arguments::text(NAMED, name)?;
    new_type(context, NAMED, &[kind], vec![name.clone(), kind.clone()])
}

/// `%type_literal(value)`: only this value, a string, number or boolean.
fn type_literal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    new_type(context, LITERAL, &[], vec![arguments.at(0).clone()])
}

/// Whether this is a type that a helper made.
pub fn is_type_node(node: &Node) -> bool {
    node.head.symbol_text().is_some_and(|head| head.starts_with("%type_"))
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function("is(value, type)", is, "Whether a value is of a type or an instance of a class.").pure(),
    Entry::function("%type_list(type)", type_list, "The type of lists whose elements are of a type.").at(Place::Helper),
    Entry::function("%type_record(fields)", type_record, "The type of records that have these fields.")
        .at(Place::Helper),
    Entry::function("%type_optional(type)", type_optional, "A type or null.").at(Place::Helper),
    Entry::function("%type_union(types)", type_union, "Any of a list of types.").at(Place::Helper),
    Entry::function("%type_function(parameters, result)", type_function, "The type of functions.").at(Place::Helper),
    Entry::function("%type_literal(value)", type_literal, "The type of one value.").at(Place::Helper),
    Entry::function("%type_named(name, type)", type_named, "A type under another name.").at(Place::Helper),
];

/// `is(value, type)`.
fn is(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let kind = arguments.at(1);
    match is_of_type(arguments.at(0), kind) {
        Some(answer) => Ok(Value::bool(answer).into()),
        None => Err(Error::type_error(format!("{} is not a class or type", describe(kind)))
            .with_hint("whether two values are one object says same(a, b)")),
    }
}
