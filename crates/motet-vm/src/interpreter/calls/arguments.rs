//! Arguments of calls: taken out of their registers, and put where the callee's parameters want them: named ones to their
//! places, the rest into a list, `Missing` for what was left out. Knows nothing of frames.

use super::CallShape;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::Isolate;
use crate::memory::Value;
use motet_code::Function;

/// Takes the registers behind the window's first.
///
/// # Safety
/// The window of `count` arguments is live.
pub(super) unsafe fn take_arguments(window: *mut Value, count: usize) -> Vec<Value> {
    // SAFETY: verified operands.
    let taken = (1..=count).map(|index| unsafe { window.add(index).replace(Value::NULL) });
    // Room for a receiver in front.
    let mut arguments = Vec::with_capacity(count + 1);
    arguments.extend(taken);
    arguments
}

/// The arguments of a spread call: a list of positional ones, a record of named ones or null.
pub(super) fn take_spread(window: *mut Value) -> Result<CallShape> {
    // SAFETY: verified operands.
    let (list, record) = unsafe { (window.add(1).replace(Value::NULL), window.add(2).replace(Value::NULL)) };
    let Some(list) = list.as_list() else { return Err(Error::type_error("spread arguments are a list")) };
    let mut arguments = list.items().to_vec();
    let mut names = Vec::new();
    if let Some(fields) = record.as_record() {
        fields.for_each(|name, value| {
            names.push(name.clone());
            arguments.push(value.clone());
        });
    }
    Ok(CallShape { arguments, names })
}

/// Puts arguments in the order of the parameters.
pub(super) fn arrange(isolate: &Isolate, function: &Function, shape: CallShape) -> Result<Vec<Value>> {
    let parameters = &function.parameters;
    let CallShape { mut arguments, names } = shape;
    let named = arguments.split_off(arguments.len() - names.len());
    let positional = parameters.names.len();
    if arguments.len() > positional && parameters.rest.is_none()
        || arguments.len() < positional && names.is_empty() && arguments.len() < parameters.required as usize
    {
        return Err(arity_error(function, arguments.len()));
    }
    let rest = if arguments.len() > positional { arguments.split_off(positional) } else { Vec::new() };
    arguments.resize_with(positional, || Value::MISSING);
    if parameters.rest.is_some() {
        arguments.push(isolate.heap.list(rest));
    }
    let first_named = arguments.len();
    arguments.resize_with(first_named + parameters.named.len(), || Value::MISSING);
    let others = parameters.takes_named.then(|| isolate.heap.record(0));
    for (name, value) in names.into_iter().zip(named) {
        let text = name.as_str();
        let place = parameters.names.iter().position(|parameter| &**parameter == text).or_else(|| {
            parameters.named.iter().position(|parameter| &*parameter.name == text).map(|index| first_named + index)
        });
        let Some(place) = place else {
            let Some(others) = others.as_ref().and_then(Value::as_record) else {
                return Err(unknown_parameter(function, text));
            };
            others.set_named(name, value, &isolate.heap).expect("a new record");
            continue;
        };
        if !arguments[place].is_missing() {
            let message = format!("{} gets its parameter {text} twice", describe(function));
            return Err(Error::new(ErrorKind::ArityError, message));
        }
        arguments[place] = value;
    }
    for (index, name) in parameters.names.iter().enumerate().take(parameters.required as usize) {
        if arguments[index].is_missing() {
            let message = format!("{} needs its parameter {name}", describe(function));
            return Err(Error::new(ErrorKind::ArityError, message).with_hint(signature_hint(function)));
        }
    }
    for (index, parameter) in parameters.named.iter().enumerate() {
        if parameter.required && arguments[first_named + index].is_missing() {
            let message = format!("{} needs its named parameter {}", describe(function), parameter.name);
            return Err(Error::new(ErrorKind::ArityError, message).with_hint(signature_hint(function)));
        }
    }
    arguments.extend(others);
    Ok(arguments)
}

/// How messages name a function: a constructor by its class.
fn describe(function: &Function) -> &str {
    match &*function.name {
        "" => "this function",
        name => name.strip_suffix(".ctor").unwrap_or(name),
    }
}

fn signature_hint(function: &Function) -> String {
    let name = if function.name.is_empty() { "fn" } else { describe(function) };
    let signature = function.parameters.signature(name, function.source.gene);
    format!("it is called as {signature}")
}

#[cold]
fn arity_error(function: &Function, given: usize) -> Error {
    let parameters = &function.parameters;
    let most = if parameters.rest.is_some() { usize::MAX } else { parameters.names.len() };
    let error = Error::arity(describe(function), (parameters.required as usize, most), given);
    error.with_hint(signature_hint(function))
}

#[cold]
fn unknown_parameter(function: &Function, name: &str) -> Error {
    let message = format!("{} has no parameter named {name}", describe(function));
    Error::new(ErrorKind::ArityError, message).with_hint(signature_hint(function))
}
