//! The classes of errors. Programs throw instances of them, catch by them, and make classes below them.

use super::arguments::{shown, unwritable};
use super::entry::{Entry, Place};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{Heap, Symbol, Value};
use crate::native::{Arguments, Outcome};

/// The class of each kind, in the order of `ErrorKind::ALL`; all but the first are below the first.
pub(super) fn classes(heap: &Heap) -> Vec<Value> {
    let base = heap.class(Symbol::intern(ErrorKind::Error.name()), &Value::NULL);
    if let Some(class) = base.as_class() {
        class.set_method(Symbol::intern("ctor"), CONSTRUCTOR.native.value(), heap).expect("a new class");
    }
    ErrorKind::ALL
        .iter()
        .map(|&kind| match kind {
            ErrorKind::Error => base.clone(),
            _ => heap.class(Symbol::intern(kind.name()), &base),
        })
        .collect()
}

/// `Error(message, cause: e)`, and what `super(message)` means in a class below it.
fn construct(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let instance = arguments.at(0);
    let Some(fields) = instance.as_instance() else {
        return Err(
            Error::type_error("an error's constructor runs on a new error").with_hint("call the class: Error(\"…\")")
        );
    };
    if arguments.len() > 3 {
        let (name, given) = (fields.class().map_or("Error", |class| class.name().as_str()), arguments.len() - 1);
        return Err(
            Error::arity(name, (0, 2), given).with_hint(format!("it is called as {name}(message, cause: error)"))
        );
    }
    let message = match arguments.get(1) {
        Some(message) => message.clone(),
        None => context.heap().string(""),
    };
    let heap = context.heap();
    fields.set(Symbol::intern("message"), message, heap).map_err(unwritable(instance))?;
    if let Some(cause) = arguments.named("cause").or_else(|| arguments.get(2)) {
        fields.set(Symbol::intern("cause"), cause.clone(), heap).map_err(unwritable(instance))?;
    }
    Ok(instance.clone().into())
}

/// An error as one line, `TypeError: …`; None for anything else.
pub(crate) fn error_line(context: &Context<'_>, value: &Value) -> Option<String> {
    let fields = value.as_instance()?;
    let class = fields.class()?;
    let base = context.isolate.builtins.error_class(ErrorKind::Error);
    if !class.is_or_descends_from(base.as_class()?) {
        return None;
    }
    let message = fields.get(Symbol::intern("message")).unwrap_or(Value::NULL);
    let name = class.name().as_str();
    Some(match message.as_str() {
        Some("") => name.into(),
        Some(text) => format!("{name}: {text}"),
        None => format!("{name}: {}", shown(context, &message)),
    })
}

static CONSTRUCTOR: Entry = Entry::function(
    "Error(message = \"\", cause: error)",
    construct,
    "A new error. Its fields are `message`, `cause`, `kind` (the name of its class) and `trace`.",
)
.takes(1, usize::MAX)
.at(Place::Hidden);
