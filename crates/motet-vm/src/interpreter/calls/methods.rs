//! What a method call calls: a field that holds a function, a method of the class or its parents, a builtin, a function of
//! the embedder. Looks up and says what it found; calls nothing.

use super::{Callee, method_callee, resolve};
use crate::error::{Error, Result};
use crate::host::{HostFunction, HostType};
use crate::isolate::Isolate;
use crate::memory::{Symbol, Tag, Value};
use std::sync::Arc;

/// Where a method was found.
pub(super) enum FoundMethod {
    /// A field of the receiver that holds a function.
    Own(Value),
    /// The receiver's class.
    Class(Value),
    /// A static of the receiver, which is a class.
    Static(Value),
    /// A builtin: the receiver is its first argument.
    Native(&'static crate::native::NativeFunction),
    /// A method of an embedder's type.
    Host(Arc<HostFunction>),
}

/// The method `name` of a value.
pub(super) fn find_method(isolate: &mut Isolate, receiver: &Value, name: Symbol) -> Result<FoundMethod> {
    match receiver.tag() {
        Tag::Instance => {
            let fields = receiver.as_instance().expect("an instance");
            if let Some(value) = fields.get(name) {
                return Ok(FoundMethod::Own(value));
            }
            if let Some(method) = fields.class().and_then(|class| class.method(name)) {
                return Ok(FoundMethod::Class(method));
            }
        }
        Tag::Record => {
            if let Some(value) = receiver.as_record().expect("a record").get(name) {
                return Ok(FoundMethod::Own(value));
            }
        }
        Tag::Class => {
            if let Some(value) = receiver.as_class().expect("a class").static_value(name) {
                return Ok(FoundMethod::Static(value));
            }
        }
        _ => {}
    }
    if let Some(native) = isolate.native_method(receiver, name) {
        return Ok(FoundMethod::Native(native));
    }
    if let Some(function) = HostType::method_of(receiver, name) {
        return Ok(FoundMethod::Host(function));
    }
    Err(no_method(isolate, receiver, name))
}

#[cold]
fn no_method(isolate: &Isolate, receiver: &Value, name: Symbol) -> Error {
    let kind = isolate.type_name(receiver);
    let message = format!("{kind} has no method {}", name.as_str());
    let error = Error::type_error(message);
    match isolate.similar_member(receiver, name.as_str()) {
        Some(similar) => error.with_hint(format!("did you mean `{similar}`?")),
        None if receiver.is_null() => error.with_hint("the value is null; `?.` calls a method only if it is not"),
        None => error,
    }
}

/// A method call's callee.
pub(super) fn method_target(isolate: &mut Isolate, receiver: Value, name: Symbol) -> Result<Callee> {
    match find_method(isolate, &receiver, name)? {
        FoundMethod::Own(value) => {
            let wants_self = value.as_closure().is_some_and(|closure| closure.function().flags.method);
            if wants_self { method_callee(isolate, receiver, value, false) } else { resolve(isolate, value) }
        }
        FoundMethod::Class(value) => method_callee(isolate, receiver, value, true),
        FoundMethod::Static(value) => resolve(isolate, value),
        FoundMethod::Host(function) => Ok(Callee::Host { function, receiver: Some(receiver) }),
        FoundMethod::Native(function) => Ok(Callee::Native { function, receiver: Some(receiver) }),
    }
}

/// A call of the method that the parent of a class has. The class is the window's last register.
pub(super) fn super_callee(
    isolate: &mut Isolate,
    receiver: Value,
    class: &Value,
    name: Symbol,
) -> Result<Option<Callee>> {
    let parent = class.as_class().and_then(|class| class.parent());
    if let Some(method) = parent.and_then(|parent| parent.method(name)) {
        return method_callee(isolate, receiver, method, true).map(Some);
    }
    if name == isolate.names.ctor {
        return Ok(None);
    }
    let of = parent.map_or("its class".to_string(), |parent| parent.name().as_str().to_string());
    Err(Error::type_error(format!("{of} has no method {}, which super asks for", name.as_str())))
}
