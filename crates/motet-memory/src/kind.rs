//! What kind of value something is, as programs and messages name it.

use super::tag::Tag;
use super::value::Value;

/// What `typeof` says, and messages: the class of an instance, else the kind.
pub fn type_name(value: &Value) -> &'static str {
    match value.tag() {
        Tag::Null => "Null",
        Tag::False | Tag::True => "Bool",
        Tag::Int => "Int",
        Tag::Float => "Float",
        Tag::Symbol | Tag::MadeSymbol => "Symbol",
        Tag::Native | Tag::Closure | Tag::BoundMethod => "Function",
        Tag::Missing => "Missing",
        Tag::String => "String",
        Tag::Bytes => "Bytes",
        Tag::Range => "Range",
        Tag::Complex => "Complex",
        Tag::List => "List",
        Tag::Record => "Record",
        Tag::Instance => {
            value.as_instance().and_then(|instance| instance.class()).map_or("Object", |class| class.name().as_str())
        }
        Tag::Map if value.as_map().is_some_and(|map| map.is_set()) => "Set",
        Tag::Map => "Map",
        Tag::Cell => "Variable",
        Tag::Class => "Class",
        Tag::Node => "Node",
        Tag::Generator => "Generator",
        Tag::Foreign => value.as_foreign().map_or("Object", |foreign| foreign.object().type_name()),
    }
}
