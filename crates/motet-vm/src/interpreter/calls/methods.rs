//! What a method call calls: a field that holds a function, a method of the class or its parents, a builtin, a function of
//! the embedder. Looks up and says what it found; calls nothing.

use super::{Callee, method_callee, resolve};
use crate::builtins::arguments::is_callable;
use crate::builtins::{Entry, Place};
use crate::context::Context;
use crate::embedder::{EmbedderFunction, EmbedderType};
use crate::error::{Error, Result};
use crate::isolate::Isolate;
use crate::memory::{Symbol, Tag, Value};
use crate::native::{Arguments, CallArguments, NativeFunction, Outcome, Resume};
use std::sync::Arc;

/// Where a method was found.
pub(super) enum FoundMethod {
    /// A field of the receiver: a function, or what is no function where nothing else of that name can be called.
    Own(Value),
    /// A getter of the receiver's class: what it gives is called.
    Getter(Value),
    /// The receiver's class.
    Class(Value),
    /// A static of the receiver, which is a class.
    Static(Value),
    /// A builtin: the receiver is its first argument.
    Native(&'static crate::native::NativeFunction),
    /// A method of an embedder's type.
    Host(Arc<EmbedderFunction>),
}

/// The method `name` of a value.
pub(super) fn find_method(isolate: &mut Isolate, receiver: &Value, name: Symbol) -> Result<FoundMethod> {
    match receiver.tag() {
        Tag::Instance => {
            let fields = receiver.as_instance().expect("an instance");
            if let Some(value) = fields.get(name).filter(is_callable) {
                return Ok(FoundMethod::Own(value));
            }
            if let Some(class) = fields.class() {
                if let Some(method) = class.method(name) {
                    return Ok(FoundMethod::Class(method));
                }
                if let Some(getter) = isolate.names.getter(name).and_then(|getter| class.method(getter)) {
                    return Ok(FoundMethod::Getter(getter));
                }
            }
        }
        Tag::Record => {
            if let Some(value) = receiver.as_record().expect("a record").get(name).filter(is_callable) {
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
    if let Some(function) = EmbedderType::method_of(receiver, name) {
        return Ok(FoundMethod::Host(function));
    }
    // A field that holds no function: what is wrong with the call is said about the field.
    if let Some(value) = receiver.as_fields().and_then(|fields| fields.get(name)) {
        return Ok(FoundMethod::Own(value));
    }
    Err(no_method(isolate, receiver, name))
}

/// Whether a field of this name holds something else than what a call of this name means, so that the object's shape does
/// not tell what is called.
pub(super) fn has_field(receiver: &Value, name: Symbol) -> bool {
    receiver.as_fields().is_some_and(|fields| fields.get(name).is_some())
}

/// `(p .name)` of `.gene`, where no function is called so: the field, or what its getter gives.
fn field_as_call(isolate: &Isolate, receiver: &Value, name: Symbol) -> Option<Result<Callee>> {
    // SAFETY: loaded code lives as long as the isolate.
    let running = unsafe { &*isolate.frame().loaded };
    if !running.function.source.gene {
        return None;
    }
    crate::interpreter::fields::plain_field(isolate, receiver, name).map(|value| Ok(Callee::Value(value)))
}

#[cold]
fn no_method(isolate: &Isolate, receiver: &Value, name: Symbol) -> Error {
    let kind = isolate.type_name(receiver);
    let message = match isolate.builtins.module_of(receiver) {
        Some(module) => format!("{module} has no function {}", name.as_str()),
        None => format!("{kind} has no method {}", name.as_str()),
    };
    let error = Error::type_error(message);
    if let Some(instead) = isolate.member_elsewhere(receiver, name.as_str()) {
        return error.with_hint(instead);
    }
    if NativeFunction::of(receiver).is_some()
        && let Some(module) = isolate.builtins.module_that_exports(name.as_str())
    {
        return error.with_hint(format!("it is in a module: `{}.{}(…)`", module.name, name.as_str()));
    }
    if isolate.builtins.foreign_field(receiver, name).is_some() {
        return error.with_hint(format!("it is read without parentheses: x.{}", name.as_str()));
    }
    if name.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        return error.with_hint(format!("an element is `x[{}]`", name.as_str()));
    }
    match isolate.similar_member(receiver, name.as_str()) {
        Some(similar) => error.with_hint(format!("did you mean `{similar}`?")),
        None if receiver.is_null() => error.with_hint("the value is null; `?.` calls a method only if it is not"),
        None => match few_members(isolate, receiver) {
            Some(members) => error.with_hint(format!("it has {members}")),
            None => error,
        },
    }
}

/// What an object offers, if that is a short list.
fn few_members(isolate: &Isolate, receiver: &Value) -> Option<String> {
    const FEW: usize = 12;
    let of_anything = isolate.members(&Value::NULL);
    let mut members = isolate.own_members(receiver);
    members.retain(|name| !of_anything.contains(name));
    (!members.is_empty() && members.len() <= FEW).then(|| members.join(", "))
}

/// The callee of a method call with so many arguments.
pub(super) fn method_target(isolate: &mut Isolate, receiver: Value, name: Symbol, given: usize) -> Result<Callee> {
    let found = match find_method(isolate, &receiver, name) {
        Ok(FoundMethod::Getter(getter)) => {
            // SAFETY: loaded code lives as long as the isolate.
            let is_gene = unsafe { &*isolate.frame().loaded }.function.source.gene;
            if given == 0 && is_gene {
                return method_callee(isolate, receiver, getter, true);
            }
            let bound = isolate.heap.bound_method(receiver, getter);
            return Ok(Callee::Native { function: &GETTER_CALL.native, receiver: Some(bound) });
        }
        Ok(FoundMethod::Own(value)) if given == 0 && !is_callable(&value) => {
            match field_as_call(isolate, &receiver, name) {
                Some(field) => return field,
                None => FoundMethod::Own(value),
            }
        }
        Ok(found) => found,
        Err(error) => match field_as_call(isolate, &receiver, name).filter(|_| given == 0) {
            Some(field) => return field,
            None => return Err(error),
        },
    };
    match found {
        FoundMethod::Own(value) if !is_callable(&value) && receiver.as_fields().is_some() => {
            let found = isolate.type_name(&value);
            let message = format!("the field {} is {found}, which is no function", name.as_str());
            Err(Error::type_error(message).with_hint(format!("it is read without parentheses: x.{}", name.as_str())))
        }
        FoundMethod::Getter(getter) => method_callee(isolate, receiver, getter, true),
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

/// The call of what a getter gives: first the getter, then that with the arguments of the call.
struct GetterCall {
    arguments: Vec<Value>,
}

impl Resume for GetterCall {
    fn resume(self: Box<Self>, _: &mut Context<'_>, function: Value) -> Result<Outcome> {
        Ok(Outcome::TailCall { function, arguments: CallArguments::Many(self.arguments) })
    }

    fn name(&self) -> &'static str {
        "getter"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.arguments.iter().for_each(visit);
    }
}

fn call_getter(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let function = arguments.at(0).clone();
    let then = Box::new(GetterCall { arguments: arguments.positional()[1..].to_vec() });
    Ok(Outcome::Call { function, arguments: CallArguments::None, then })
}

static GETTER_CALL: Entry =
    Entry::function("getter(...values)", call_getter, "Calls what a getter gives.").at_least(1).at(Place::Hidden);

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
