//! What is noted of the functions that classes have: which one a method call, a getter or `super` calls for which receivers.

use super::calls::called;
use crate::isolate::{Heat, Isolate, Loaded};
use crate::jit::{self, FixedStatic, SeenMethod};
use crate::memory::{Tag, Value};
use motet_code::{Instruction, Op};

/// Notes the function that an instruction of the running frame calls, if its receiver's class has it.
pub(super) fn note_method(
    isolate: &mut Isolate,
    loaded: &Loaded,
    state: &mut Heat,
    at: usize,
    i: Instruction,
    op: Op,
) -> *const Loaded {
    let Some(called) = called(isolate, i, op) else { return std::ptr::null() };
    // SAFETY: loaded code lives as long as the isolate.
    let function = unsafe { &(*called.loaded).function };
    // One that asks for itself gets the closure.
    let is_asked_for = || function.code.iter().any(|word| Instruction(*word).op() == Some(Op::CurrentFunction));
    let captures = !function.captures.is_empty() || is_asked_for();
    let method = SeenMethod { key: called.key, callee: jit::name(function), captures };
    let index = state.seen.add_method(at, method);
    let (tag, address) = (Tag::Closure as u32, called.closure.payload());
    match (index, called.class) {
        (Some(_), Some((class, version))) => {
            // Another class may come to lie where this one is, so it stays; and it keeps the closure.
            let seen = FixedStatic { class: class.payload(), version, tag, address };
            loaded.keep_static(state, at, seen, [class, Value::NULL]);
        }
        (Some(index), None) if captures => {
            // Code takes it for an object of that shape, whose class keeps it.
            let seen = FixedStatic { class: called.key, version: 0, tag, address };
            loaded.keep_static(state, at + index, seen, [Value::NULL, Value::NULL]);
        }
        _ => {}
    }
    called.loaded
}
