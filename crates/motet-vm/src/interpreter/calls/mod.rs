//! Calls other than the plain one, and returns other than the plain one.
//!
//! A call's window is callee (or self), then arguments. Here is what all such calls share: what a callee means, and how it is
//! entered. [`arguments`] arranges the arguments, [`methods`] looks methods up, [`returns`] brings results where they
//! are wanted, [`operations`] are the instructions.

mod arguments;
mod finding;
mod methods;
mod operations;
mod returns;

pub(super) use finding::called;
pub(crate) use finding::{FoundMethods, enter_found, find};
pub(super) use operations::{
    call, call_known, call_named, call_spread, end_with_call, end_with_method, enter_general, exports, import, method,
    method_named, method_spread, super_method, super_spread, tail_call, tail_known, tail_method, tail_self,
};
pub(crate) use returns::deliver;
pub(super) use returns::{end_frame, return_value};

use super::{Control, captured, iteration, natives, raw, unwind};
use crate::context::Context;
use crate::embedder::EmbedderFunction;
use crate::error::{Error, Result};
use crate::isolate::{Coroutine, Delivery, Frame, Isolate, Loaded};
use crate::memory::{FieldName, Symbol, Tag, Value};
use crate::native::{NativeFunction, Outcome};
use arguments::arrange;
use std::sync::Arc;

/// The arguments of a call, taken out of their registers.
#[derive(Default)]
pub(crate) struct CallShape {
    pub arguments: Vec<Value>,
    /// Names of the last arguments.
    pub names: Vec<FieldName>,
}

impl CallShape {
    pub fn positional(arguments: Vec<Value>) -> CallShape {
        CallShape { arguments, names: Vec::new() }
    }
}

/// Where a call's window begins, and how its result travels.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub window: *mut Value,
    pub delivery: Delivery,
    pub detail: u32,
}

/// The callee of a call that has been looked up.
pub(crate) enum Callee {
    /// Register 0 of the new frame owns `receiver`. `keep` is the closure, if nothing else keeps it alive while it runs.
    Function {
        loaded: *const Loaded,
        environment: u64,
        receiver: Value,
        keep: Option<Value>,
    },
    Native {
        function: &'static NativeFunction,
        receiver: Option<Value>,
    },
    /// A function of the embedder.
    Host {
        function: Arc<EmbedderFunction>,
        receiver: Option<Value>,
    },
    /// Makes an instance and runs the constructor on it.
    Class(Value),
    /// A field that is read as a call without arguments.
    Value(Value),
}

/// Throws if there is an error.
macro_rules! attempt {
    ($isolate:expr, $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return unwind::throw($isolate, error),
        }
    };
}
pub(super) use attempt;

/// Calls whatever is in the window's first register, with arguments of any form.
pub(crate) fn call_shape(isolate: &mut Isolate, callee: Value, shape: CallShape, target: Target) -> Control {
    let callee = attempt!(isolate, resolve(isolate, callee));
    enter_callee(isolate, callee, shape, target)
}

/// What calling a value means.
fn resolve(isolate: &mut Isolate, callee: Value) -> Result<Callee> {
    match callee.tag() {
        Tag::Closure => {
            let environment = callee.payload();
            let function = Arc::clone(callee.as_closure().expect("a closure").function());
            Ok(Callee::Function { loaded: isolate.load(&function)?, environment, receiver: callee, keep: None })
        }
        Tag::Native => {
            Ok(Callee::Native { function: NativeFunction::of(&callee).expect("the tag says so"), receiver: None })
        }
        Tag::Class => Ok(Callee::Class(callee)),
        Tag::Instance if let Some(method) = calling_method(isolate, &callee) => {
            method_callee(isolate, callee, method, true)
        }
        Tag::BoundMethod => {
            let bound = callee.as_bound_method().expect("a bound method");
            let (receiver, function) = (bound.receiver.clone(), bound.function.clone());
            method_callee(isolate, receiver, function, false)
        }
        Tag::Foreign if EmbedderFunction::of(&callee).is_some() => {
            let function = callee.as_foreign().and_then(|foreign| foreign.shared_as()).expect("functions are shared");
            Ok(Callee::Host { function, receiver: None })
        }
        _ => {
            let text = crate::memory::print_value(&callee, &isolate.message_options());
            let found = isolate.type_name(&callee);
            let error = Error::type_error(format!("{text} ({found}) is not a function"));
            Err(match callee.tag() {
                Tag::List if isolate.gene() => error.with_hint("an element is `xs/0`, one by a variable `xs/<i>`"),
                Tag::Record | Tag::Map if isolate.gene() => error.with_hint("a field is `r/name`, an entry `m/<key>`"),
                Tag::Int | Tag::Float if isolate.gene() => {
                    error.with_hint("an operator has blanks on both sides: `(a - b)`")
                }
                Tag::List => error.with_hint("an element is `xs[0]`, several are `xs[1..3]`"),
                Tag::Record | Tag::Map => error.with_hint("a field is `r.name`, an entry `m[key]`"),
                Tag::Int | Tag::Float => error.with_hint("a product is `a * b`"),
                Tag::Foreign if matches!(found, "Signal" | "Computed") => error.with_hint("its value is `s.value`"),
                Tag::Null => {
                    error.with_hint("only functions, classes and methods can be called; is a name or field missing?")
                }
                _ => error,
            })
        }
    }
}

/// The method by which an instance is called like a function.
fn calling_method(isolate: &Isolate, instance: &Value) -> Option<Value> {
    instance.as_instance()?.class()?.method(isolate.names.call)
}

/// A function called as a method of a receiver; `of_class`: it was found in the class of the receiver.
fn method_callee(isolate: &mut Isolate, receiver: Value, function: Value, of_class: bool) -> Result<Callee> {
    match function.tag() {
        Tag::Closure => {
            let environment = function.payload();
            let prototype = Arc::clone(function.as_closure().expect("a closure").function());
            let loaded = isolate.load(&prototype)?;
            // A class keeps its methods while it lives, and an instance its class. Methods from elsewhere could go away while
            // they run.
            let keep = (!of_class && !prototype.captures.is_empty()).then_some(function);
            Ok(Callee::Function { loaded, environment, receiver, keep })
        }
        Tag::Native => Ok(Callee::Native {
            function: NativeFunction::of(&function).expect("the tag says so"),
            receiver: Some(receiver),
        }),
        Tag::Foreign if EmbedderFunction::of(&function).is_some() => {
            let function = function.as_foreign().and_then(|foreign| foreign.shared_as()).expect("functions are shared");
            Ok(Callee::Host { function, receiver: Some(receiver) })
        }
        _ => resolve(isolate, function),
    }
}

/// Enters a callee with arguments of any form.
pub(crate) fn enter_callee(isolate: &mut Isolate, callee: Callee, shape: CallShape, target: Target) -> Control {
    match callee {
        Callee::Function { loaded, environment, receiver, keep } => {
            enter_function(isolate, Entry { loaded, environment, receiver, keep }, shape, target)
        }
        Callee::Native { function, receiver } => {
            let mut arguments = shape.arguments;
            if let Some(receiver) = receiver {
                arguments.insert(0, receiver);
            }
            natives::call_values(isolate, function, arguments, &shape.names, target, false, captured::running_closure)
        }
        Callee::Host { function, receiver } => {
            let mut arguments = shape.arguments;
            if let Some(receiver) = receiver {
                arguments.insert(0, receiver);
            }
            let result = function.run(&mut Context { isolate }, &arguments, &shape.names);
            let value = attempt!(isolate, result);
            deliver(isolate, value, target)
        }
        Callee::Class(class) => construct(isolate, class, shape, target),
        Callee::Value(value) => deliver(isolate, value, target),
    }
}

/// A call of a class: an instance, with its constructor run on it.
fn construct(isolate: &mut Isolate, class: Value, shape: CallShape, target: Target) -> Control {
    let body = class.as_class().expect("a class");
    if let Some(native) = body.static_value(isolate.names.native_constructor).as_ref().and_then(NativeFunction::of) {
        let mut arguments = shape.arguments;
        arguments.insert(0, class.clone());
        return natives::call_values(isolate, native, arguments, &shape.names, target, false, |_| None);
    }
    let instance = isolate.heap.instance(&class);
    match body.method(isolate.names.ctor) {
        Some(constructor) => {
            let callee = attempt!(isolate, method_callee(isolate, instance, constructor, true));
            enter_callee(isolate, callee, shape, target)
        }
        None if shape.arguments.is_empty() => deliver(isolate, instance, target),
        None => {
            let error = Error::arity(body.name().as_str(), (0, 0), shape.arguments.len());
            // What other languages call it.
            let names = ["new", "constructor", "init", "initialize", "__init__"];
            let has_one = names.iter().any(|name| Symbol::find(name).is_some_and(|name| body.method(name).is_some()));
            unwind::throw(
                isolate,
                error.with_hint(match (has_one, isolate.gene()) {
                    (false, _) => "the class has no constructor",
                    (true, false) => "a constructor is written `new(x) { self.x = x }`",
                    (true, true) => "a constructor is written `(ctor [x] (/x = x))`",
                }),
            )
        }
    }
}

/// A function to enter; the fields are those of [`Callee::Function`].
struct Entry {
    loaded: *const Loaded,
    environment: u64,
    receiver: Value,
    keep: Option<Value>,
}

/// Pushes the frame of a function after arranging its arguments.
fn enter_function(isolate: &mut Isolate, entry: Entry, shape: CallShape, target: Target) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let code = unsafe { &*entry.loaded };
    let function = Arc::clone(&code.function);
    let values = attempt!(isolate, arrange(isolate, &function, shape));
    if function.flags.generator {
        let coroutine = suspended(isolate, entry, values, Delivery::Generator);
        let generator = iteration::new_generator(isolate, coroutine);
        return deliver(isolate, generator, target);
    }
    if function.flags.asynchronous {
        let coroutine = suspended(isolate, entry, values, Delivery::Task);
        return isolate.scheduler().start_task_now(coroutine, target);
    }
    attempt!(isolate, check_depth(isolate));
    let window = make_room(isolate, target.window, code.registers);
    let Entry { environment, receiver, keep, .. } = entry;
    // SAFETY: there is room, and the window's registers own nothing.
    unsafe {
        window.write(receiver);
        for (index, value) in values.into_iter().enumerate() {
            window.add(1 + index).write(value);
        }
    }
    let kept = keep.is_some();
    isolate.coroutine.kept.extend(keep);
    let delivery = if kept && target.delivery == Delivery::Base { Delivery::BaseKept } else { target.delivery };
    isolate.coroutine.push(Frame { delivery, kept, detail: target.detail, ..Frame::new(code, window, environment) });
    Control::Reload
}

/// Makes room for one more frame, if there may be one more.
fn check_depth(isolate: &mut Isolate) -> Result<()> {
    if isolate.depth() >= isolate.settings.depth_limit {
        return Err(isolate.depth_error());
    }
    isolate.reserve_frames(1);
    Ok(())
}

/// Makes room for a window in the running coroutine; it may move.
fn make_room(isolate: &mut Isolate, window: *mut Value, registers: usize) -> *mut Value {
    if window.wrapping_add(registers) > isolate.coroutine.register_end() {
        isolate.coroutine.grow_registers(window, registers)
    } else {
        window
    }
}

/// A coroutine with one frame, which has not run yet.
fn suspended(isolate: &mut Isolate, entry: Entry, values: Vec<Value>, delivery: Delivery) -> Box<Coroutine> {
    let Entry { loaded, environment, receiver, keep } = entry;
    // SAFETY: loaded code lives as long as the isolate.
    let code = unsafe { &*loaded };
    let mut coroutine = isolate.tasks.fresh_coroutine();
    let mut window = coroutine.start();
    if window.wrapping_add(code.registers) > coroutine.register_end() {
        window = coroutine.grow_registers(window, code.registers);
    }
    // The frame may outlive what keeps the closure alive now: a frame below, the receiver's class.
    let keep = keep.or_else(|| {
        // SAFETY: the environment is the payload of a live closure.
        (environment != 0).then(|| unsafe { raw::closure_value(environment) })
    });
    // SAFETY: there is room, and the registers own nothing.
    unsafe {
        window.write(receiver);
        for (index, value) in values.into_iter().enumerate() {
            window.add(1 + index).write(value);
        }
    }
    let kept = keep.is_some();
    // Room for this one alone: most tasks wait with no more.
    coroutine.kept.reserve_exact(usize::from(kept));
    coroutine.kept.extend(keep);
    coroutine.push(Frame { delivery, kept, ..Frame::new(code, window, environment) });
    coroutine
}

/// Calls a function for an operation: the result goes to a register or decides a jump.
pub(super) fn call_for_operation(
    isolate: &mut Isolate,
    receiver: Value,
    function: Value,
    arguments: Vec<Value>,
    delivery: Delivery,
    detail: u32,
) -> Control {
    let callee = attempt!(isolate, method_callee(isolate, receiver, function, false));
    let window = window_above(isolate);
    enter_callee(isolate, callee, CallShape::positional(arguments), Target { window, delivery, detail })
}

/// Does what a builtin wants that an operation has done itself: the result goes where that of a call would go.
pub(super) fn begin_for_operation(isolate: &mut Isolate, outcome: Outcome, delivery: Delivery, detail: u32) -> Control {
    let first = isolate.coroutine.start();
    let window = window_above(isolate);
    let control = natives::begin(isolate, outcome, Target { window, delivery, detail });
    // The registers have moved.
    if control == Control::Next && first != isolate.coroutine.start() { Control::Reload } else { control }
}

/// Where an operation has something called: above the whole window of the running function.
pub(super) fn window_above(isolate: &mut Isolate) -> *mut Value {
    // SAFETY: loaded code lives as long as the isolate.
    let registers = unsafe { &*isolate.frame().loaded }.registers;
    let window = isolate.frame().base.wrapping_add(registers);
    make_room(isolate, window, 1)
}

/// A coroutine that calls a function, for the first frame of a task or of a callback from Rust.
pub(crate) fn start_coroutine(
    isolate: &mut Isolate,
    function: Value,
    shape: CallShape,
    delivery: Delivery,
) -> Result<Box<Coroutine>> {
    match resolve(isolate, function)? {
        Callee::Function { loaded, environment, receiver, keep } => {
            // SAFETY: loaded code lives as long as the isolate.
            let function = Arc::clone(&unsafe { &*loaded }.function);
            if function.flags.generator || function.flags.asynchronous {
                let callee = Callee::Function { loaded, environment, receiver, keep };
                return Ok(natives::coroutine_calling(callee, shape.arguments, delivery));
            }
            let values = arrange(isolate, &function, shape)?;
            Ok(suspended(isolate, Entry { loaded, environment, receiver, keep }, values, delivery))
        }
        callee => Ok(natives::coroutine_calling(callee, shape.arguments, delivery)),
    }
}
