//! The operations that call, as far as the loop does not do it itself: each takes callee and arguments out of its window,
//! and has them resolved, arranged and entered.

use super::arguments::{take_arguments, take_spread};
use super::finding::find;
use super::methods::{FoundMethod, find_method, has_field, method_target, super_callee};
use super::{
    CallShape, Callee, Entry, Target, attempt, call_shape, check_depth, deliver, end_frame, enter_callee,
    enter_function, make_room, resolve, return_value,
};
use crate::error::{Error, Result};
use crate::interpreter::{Control, captured, natives, raw, unwind};
use crate::isolate::{Delivery, Frame, Isolate, Loaded};
use crate::memory::{FieldName, Symbol, Tag, Value};
use motet_code::{Constant, Instruction, Op, VARIANT};
use std::sync::Arc;

fn window(isolate: &Isolate, i: Instruction) -> *mut Value {
    isolate.frame().base.wrapping_add(i.a() as usize)
}

fn base_target(isolate: &Isolate, i: Instruction) -> Target {
    Target { window: window(isolate, i), delivery: Delivery::Base, detail: 0 }
}

/// A plain call that the loop did not handle: not a simple closure, or no room.
#[inline(never)]
pub(in crate::interpreter) fn call(isolate: &mut Isolate, i: Instruction) -> Control {
    let target = base_target(isolate, i);
    // SAFETY: verified operands.
    let (callee, arguments) =
        unsafe { (target.window.replace(Value::NULL), take_arguments(target.window, i.b() as usize)) };
    call_shape(isolate, callee, CallShape::positional(arguments), target)
}

/// The first call of a known function at this place: loads it, and notes it beside the instruction.
#[inline(never)]
pub(in crate::interpreter) fn call_known(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
    let loaded = attempt!(isolate, load_known(isolate, i.c()));
    // SAFETY: the word after the instruction is its cache.
    unsafe { cache.write(loaded as u64) };
    enter_general(isolate, i, loaded, 0)
}

fn load_known(isolate: &mut Isolate, constant: u16) -> Result<*const Loaded> {
    // SAFETY: loaded code lives as long as the isolate.
    let running = unsafe { &*isolate.frame().loaded };
    let Constant::Function(function) = &running.function.constants[constant as usize] else {
        unreachable!("verified: a function")
    };
    let function = Arc::clone(function);
    isolate.load(&function)
}

fn names_at(isolate: &Isolate, constant: usize) -> Vec<FieldName> {
    // SAFETY: loaded code lives as long as the isolate.
    unsafe { &*isolate.frame().loaded }.names(constant).to_vec()
}

fn name_at(isolate: &Isolate, constant: u16) -> Symbol {
    // SAFETY: loaded code lives as long as the isolate.
    unsafe { &*isolate.frame().loaded }.name(constant)
}

/// If the call is a tail call, ends the running frame first; then calls.
fn call_or_tail(isolate: &mut Isolate, callee: Callee, shape: CallShape, i: Instruction, tail: bool) -> Control {
    if !tail {
        let target = base_target(isolate, i);
        return enter_callee(isolate, callee, shape, target);
    }
    reload(end_with(isolate, callee, shape))
}

/// The frame on top is another one in any case.
fn reload(control: Control) -> Control {
    if control == Control::Next { Control::Reload } else { control }
}

/// Ends the running frame, and calls. `Next`: the result is where the frame's register 0 was.
fn end_with(isolate: &mut Isolate, callee: Callee, shape: CallShape) -> Control {
    let is_frozen =
        |receiver: &Option<Value>| receiver.as_ref().or(shape.arguments.first()).is_some_and(Value::is_frozen);
    let caller = match &callee {
        // For messages; nearly all that is changed is not frozen.
        Callee::Native { receiver, .. } if is_frozen(receiver) => captured::running_closure(isolate),
        _ => None,
    };
    // The callee was resolved, so it keeps what it needs; what the frame kept is dropped after it was entered.
    let (target, _kept) = end_frame(isolate);
    let control = match callee {
        Callee::Native { function, receiver } => {
            let mut arguments = shape.arguments;
            arguments.splice(0..0, receiver);
            natives::call_values(isolate, function, arguments, &shape.names, target, true, |_| caller)
        }
        callee => enter_callee(isolate, callee, shape, target),
    };
    isolate.ended = None;
    control
}

/// A call of a known function that needs the general path: the callee's register holds the closure or self.
#[inline(never)]
pub(in crate::interpreter) fn enter_general(
    isolate: &mut Isolate,
    i: Instruction,
    loaded: *const Loaded,
    environment: u64,
) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let code = unsafe { &*loaded };
    let target = base_target(isolate, i);
    if code.simple_arity == i.b() as u32 {
        // Only room was missing.
        attempt!(isolate, check_depth(isolate));
        let window = make_room(isolate, target.window, code.registers);
        isolate.coroutine.push(Frame::new(code, window, environment));
        return Control::Reload;
    }
    // SAFETY: verified operands.
    let (receiver, arguments) =
        unsafe { (target.window.replace(Value::NULL), take_arguments(target.window, i.b() as usize)) };
    let entry = Entry { loaded, environment, receiver, keep: None };
    enter_function(isolate, entry, CallShape::positional(arguments), target)
}

#[inline(never)]
pub(in crate::interpreter) fn call_named(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let (callee, arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let names = names_at(isolate, i.c() as usize);
    let callee = attempt!(isolate, resolve(isolate, callee));
    call_or_tail(isolate, callee, CallShape { arguments, names }, i, i.flags() & VARIANT != 0)
}

#[inline(never)]
pub(in crate::interpreter) fn call_spread(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let callee = unsafe { window.replace(Value::NULL) };
    let shape = attempt!(isolate, take_spread(window));
    let callee = attempt!(isolate, resolve(isolate, callee));
    call_or_tail(isolate, callee, shape, i, i.flags() & VARIANT != 0)
}

/// A method call whose cache did not match: looks the method up and fills the cache where that is right for all receivers
/// with the same key.
#[inline(never)]
pub(in crate::interpreter) fn method(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
    let window = window(isolate, i);
    let name = name_at(isolate, i.c());
    // SAFETY: verified operands; the three words after the instruction are its cache.
    unsafe {
        let receiver = &*window;
        let key = raw::cache_key(receiver);
        // Which methods these have is not in the key. Nearly all are builtins; the others are an embedder's.
        let is_foreign = matches!(receiver.tag(), Tag::Foreign | Tag::Generator);
        if is_foreign && let Some(native) = isolate.native_method(receiver, name) {
            return natives::call_method(isolate, i, native, &[]);
        }
        let cacheable = isolate.settings.specialise
            && !is_foreign
            && receiver.tag() != Tag::Class
            && !receiver.as_fields().is_some_and(|fields| fields.shape().is_dictionary());
        if cacheable {
            match find_method(isolate, receiver, name) {
                Ok(FoundMethod::Class(method)) if method.tag() == Tag::Closure && !has_field(receiver, name) => {
                    let function = Arc::clone(method.as_closure().expect("a closure").function());
                    let loaded = attempt!(isolate, isolate.load(&function));
                    cache.write(key);
                    cache.add(1).write(method.payload());
                    cache.add(2).write(loaded as u64);
                    return enter_general(isolate, i, loaded, method.payload());
                }
                Ok(FoundMethod::Native(native)) if !has_field(receiver, name) => {
                    cache.write(key);
                    cache.add(1).write(native as *const _ as u64);
                    cache.add(2).write(0);
                    return natives::call_method(isolate, i, native, &[]);
                }
                Ok(FoundMethod::Own(native)) if native.tag() == Tag::Native => {
                    // A namespace's function: `math.sqrt(x)`.
                    drop(window.replace(native));
                    return natives::call(isolate, i);
                }
                Ok(_) => {}
                // What is called without arguments may be a field.
                Err(_) if i.b() == 0 => {}
                Err(error) => return unwind::throw(isolate, error),
            }
        }
        let receiver = window.replace(Value::NULL);
        let arguments = take_arguments(window, i.b() as usize);
        let callee = attempt!(isolate, method_target(isolate, receiver, name, i.b() as usize));
        let target = base_target(isolate, i);
        enter_callee(isolate, callee, CallShape::positional(arguments), target)
    }
}

#[inline(never)]
pub(in crate::interpreter) fn method_named(isolate: &mut Isolate, i: Instruction, names: usize) -> Control {
    let window = window(isolate, i);
    if i.flags() & VARIANT == 0 {
        // SAFETY: verified operands.
        let receiver = unsafe { &*window };
        if receiver.tag() == Tag::Foreign
            && let Some(native) = isolate.native_method(receiver, name_at(isolate, i.c()))
        {
            // SAFETY: loaded code lives as long as the isolate, and natives run no other code.
            let names = unsafe { &*isolate.frame().loaded }.names(names);
            return natives::call_method(isolate, i, native, names);
        }
    }
    // SAFETY: verified operands.
    let (receiver, arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let names = names_at(isolate, names);
    let name = name_at(isolate, i.c());
    let callee = attempt!(isolate, method_target(isolate, receiver, name, arguments.len()));
    call_or_tail(isolate, callee, CallShape { arguments, names }, i, i.flags() & VARIANT != 0)
}

#[inline(never)]
pub(in crate::interpreter) fn method_spread(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let receiver = unsafe { window.replace(Value::NULL) };
    let shape = attempt!(isolate, take_spread(window));
    let name = name_at(isolate, i.c());
    let callee = attempt!(isolate, method_target(isolate, receiver, name, shape.arguments.len()));
    call_or_tail(isolate, callee, shape, i, i.flags() & VARIANT != 0)
}

fn call_super(isolate: &mut Isolate, receiver: Value, class: Value, shape: CallShape, i: Instruction) -> Control {
    let name = name_at(isolate, i.c());
    let target = base_target(isolate, i);
    match attempt!(isolate, super_callee(isolate, receiver.clone(), &class, name)) {
        Some(callee) => enter_callee(isolate, callee, shape, target),
        // A parent without a constructor.
        None if shape.arguments.is_empty() => deliver(isolate, receiver, target),
        None => unwind::throw(isolate, Error::arity("the parent's constructor", (0, 0), shape.arguments.len())),
    }
}

#[inline(never)]
pub(in crate::interpreter) fn super_method(isolate: &mut Isolate, i: Instruction, names: Option<usize>) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands; the last register of the window is the class.
    let (receiver, mut arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let class = arguments.pop().expect("the window holds the class");
    let names = names.map(|constant| names_at(isolate, constant)).unwrap_or_default();
    call_super(isolate, receiver, class, CallShape { arguments, names }, i)
}

#[inline(never)]
pub(in crate::interpreter) fn super_spread(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let (receiver, class) = unsafe { (window.replace(Value::NULL), window.add(3).replace(Value::NULL)) };
    let shape = attempt!(isolate, take_spread(window));
    call_super(isolate, receiver, class, shape, i)
}

#[inline(never)]
pub(in crate::interpreter) fn tail_call(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: a tail call of a value has no words behind it that could be read.
    match unsafe { find(isolate, i, std::ptr::null_mut()) } {
        Some((loaded, environment)) if take_frame(isolate, i, loaded, environment) => Control::Reload,
        _ => reload(end_with_call(isolate, i)),
    }
}

/// Has a plain function, whose arguments lie in the window of the instruction, go on in the running frame; false if that does
/// not go. What the window begins with becomes register 0. All other registers are dead.
fn take_frame(isolate: &mut Isolate, i: Instruction, loaded: *const Loaded, environment: u64) -> bool {
    // SAFETY: loaded code lives as long as the isolate.
    let code = unsafe { &*loaded };
    let (window, frame) = (window(isolate, i), isolate.frame());
    let base = frame.base;
    let is_plain = matches!(frame.delivery, Delivery::Base | Delivery::Register) && !frame.kept;
    if !is_plain || base.wrapping_add(code.registers) > isolate.coroutine.register_end() {
        return false;
    }
    // SAFETY: verified operands: the window lies behind register 0, and the room was looked at.
    let own = unsafe {
        let own = base.replace(window.replace(Value::NULL));
        for index in 1..=i.b() as usize {
            let argument = window.add(index).replace(Value::NULL);
            drop(base.add(index).replace(argument));
        }
        own
    };
    // SAFETY: there is a top frame.
    let frame = unsafe { &mut *isolate.coroutine.top };
    (frame.loaded, frame.environment, frame.pc) = (loaded, environment, code.start.get());
    // What ran may have been kept by it alone.
    drop(own);
    true
}

/// The same. `Next`: the result is where the frame's register 0 was.
pub(in crate::interpreter) fn end_with_call(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let (callee, arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let callee = attempt!(isolate, resolve(isolate, callee));
    end_with(isolate, callee, CallShape::positional(arguments))
}

#[inline(never)]
pub(in crate::interpreter) fn tail_known(isolate: &mut Isolate, i: Instruction) -> Control {
    let loaded = attempt!(isolate, load_known(isolate, i.c()));
    // SAFETY: loaded code lives as long as the isolate.
    if unsafe { &*loaded }.simple_arity == i.b() as u32 && take_frame(isolate, i, loaded, 0) {
        return Control::Reload;
    }
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let arguments = unsafe { take_arguments(window, i.b() as usize) };
    let callee = Callee::Function { loaded, environment: 0, receiver: Value::NULL, keep: None };
    call_or_tail(isolate, callee, CallShape::positional(arguments), i, true)
}

/// A tail call of the running function with arguments that need arranging.
#[inline(never)]
pub(in crate::interpreter) fn tail_self(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    let (loaded, environment, base) = {
        let frame = isolate.frame();
        (frame.loaded, frame.environment, frame.base)
    };
    // SAFETY: verified operands; register 0 goes over to the new frame.
    let (arguments, receiver) = unsafe { (take_arguments(window, i.b() as usize), base.replace(Value::NULL)) };
    // SAFETY: in a method, the window begins with a copy of self.
    drop(unsafe { window.replace(Value::NULL) });
    // A frame that `CallSelf` made does not own its closure, the frame below does; so does this one's `kept`, if it has one.
    // SAFETY: the environment is the payload of a live closure.
    let keep =
        (environment != 0 && receiver.payload() != environment).then(|| unsafe { raw::closure_value(environment) });
    let callee = Callee::Function { loaded, environment, receiver, keep };
    call_or_tail(isolate, callee, CallShape::positional(arguments), i, true)
}

#[inline(never)]
pub(in crate::interpreter) fn tail_method(isolate: &mut Isolate, i: Instruction) -> Control {
    let words = isolate.frame().pc.wrapping_sub(Op::TailMethod.length() - 1);
    // SAFETY: the three words behind the instruction are its cache.
    match unsafe { find(isolate, i, words) } {
        Some((loaded, environment)) if take_frame(isolate, i, loaded, environment) => Control::Reload,
        _ => reload(end_with_method(isolate, i)),
    }
}

/// The same. `Next`: the result is where the frame's register 0 was.
pub(in crate::interpreter) fn end_with_method(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let receiver = unsafe { &*window };
    if !matches!(receiver.tag(), Tag::Instance | Tag::Record | Tag::Class)
        && let Some(native) = isolate.native_method(receiver, name_at(isolate, i.c()))
    {
        return natives::tail_call_method(isolate, i, native);
    }
    // SAFETY: verified operands.
    let (receiver, arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let name = name_at(isolate, i.c());
    let callee = attempt!(isolate, method_target(isolate, receiver, name, arguments.len()));
    end_with(isolate, callee, CallShape::positional(arguments))
}

/// `Import`: the exports of a module, which runs first if it has not.
#[inline(never)]
pub(in crate::interpreter) fn import(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let running = unsafe { &*isolate.frame().loaded }.function.id();
    let linked = isolate.import_of(running, i.bc() as usize);
    let target = base_target(isolate, i);
    if let Some(exports) = isolate.exports_of(&linked) {
        return deliver(isolate, exports, target);
    }
    isolate.link(&linked);
    let main = Arc::clone(&linked.module.main);
    let loaded = attempt!(isolate, isolate.load(&main));
    let entry = Entry { loaded, environment: 0, receiver: Value::NULL, keep: None };
    enter_function(isolate, entry, CallShape::positional(Vec::new()), target)
}

/// `Exports`: the end of a module.
#[inline(never)]
pub(in crate::interpreter) fn exports(isolate: &mut Isolate, value: Value) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let running = unsafe { &*isolate.frame().loaded }.function.id();
    isolate.set_exports(running, value.clone());
    return_value(isolate, value)
}
