//! Saying through which captured variable a function got at something that it cannot change.
//!
//! What a function for workers or of a computed value uses from outside is one frozen snapshot. The program never froze
//! anything there, so the error says which variable it is about.

use super::raw;
use crate::error::{Body, Error, ErrorKind};
use crate::isolate::Isolate;
use crate::memory::Value;

/// Values that are looked through, in all captured variables together.
const LOOK_AT_MOST: usize = 1000;

/// The closure that runs, if one does and it captures anything.
pub(super) fn running_closure(isolate: &Isolate) -> Option<Value> {
    // Before a tail call the frame has ended, and it may have been the only one.
    if isolate.coroutine.is_empty() {
        return None;
    }
    let frame = isolate.frame();
    if frame.is_native() {
        return None;
    }
    let environment = frame.environment;
    // SAFETY: the running frame's closure is alive.
    (environment != 0).then(|| unsafe { raw::closure_value(environment) })
}

/// The error of a write to something frozen, with the captured variable that holds it.
pub(super) fn name_variable(closure: Option<&Value>, object: &Value, error: Error) -> Error {
    let Body::Raised { kind: ErrorKind::FrozenError, message, .. } = error.body() else { return error };
    let Some((variable, is_all)) = closure.and_then(|closure| variable_of(closure, object)) else { return error };
    let part = if is_all { "" } else { "part of " };
    Error::new(ErrorKind::FrozenError, format!("{message}: it is {part}the captured variable {variable}")).with_hint(
        "workers and computed values see one frozen snapshot of what they capture: give a result, update a signal, or change \
         a copy(x)",
    )
}

/// The captured variable that holds an object, and whether the object is all that it holds.
fn variable_of(closure: &Value, object: &Value) -> Option<(String, bool)> {
    let closure = closure.as_closure()?;
    let mut left = LOOK_AT_MOST;
    closure.captures().iter().zip(&closure.function().capture_names).find_map(|(value, name)| {
        if is_same(value, object) {
            return Some((name.to_string(), true));
        }
        holds(value, object, &mut left).then(|| (name.to_string(), false))
    })
}

fn is_same(value: &Value, object: &Value) -> bool {
    value.tag() == object.tag() && value.payload() == object.payload()
}

/// The object is inside of frozen data.
fn holds(value: &Value, object: &Value, left: &mut usize) -> bool {
    let mut waiting = vec![value.clone()];
    while let Some(value) = waiting.pop() {
        // What is not frozen holds what the program has frozen itself.
        if !value.is_frozen() || *left == 0 {
            continue;
        }
        *left -= 1;
        let mut found = false;
        let mut look = |inner: &Value| {
            found |= is_same(inner, object);
            if inner.is_heap() {
                waiting.push(inner.clone());
            }
        };
        if let Some(list) = value.as_list() {
            list.items().iter().take(*left).for_each(&mut look);
        } else if let Some(fields) = value.as_fields() {
            fields.for_each(|_, inner| look(inner));
        } else if let Some(map) = value.as_map() {
            map.for_each(|_, inner| look(inner));
        }
        if found {
            return true;
        }
    }
    false
}
