//! Whether a value is of a type.

use super::kinds::as_type;
use crate::memory::Value;

/// Whether a value is of a builtin type; None if `kind` is not one.
pub(crate) fn is_of_type(value: &Value, kind: &Value) -> Option<bool> {
    as_type(kind).map(|kind| kind.has(value))
}

/// A type as messages show it.
pub(crate) fn type_text(kind: &Value) -> String {
    match kind.as_class() {
        Some(class) => class.name().as_str().to_string(),
        None => super::type_name(kind).to_string(),
    }
}
