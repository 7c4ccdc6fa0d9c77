//! Calls other than the plain one, and returns other than the plain one.
//!
//! A call's window is callee (or self), then arguments. The general path arranges the arguments as the callee's parameters
//! want them: named ones to their places, the rest into a list, `Missing` for what was left out.

use super::natives;
use super::{Control, raw, unwind};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::host::{HostFunction, HostType};
use crate::isolate::{Coroutine, Delivery, Frame, Isolate, Loaded};
use crate::memory::{Symbol, Tag, Value};
use motet_code::{Constant, Instruction, VARIANT};
use std::sync::Arc;

/// The arguments of a call, taken out of their registers.
pub(crate) struct CallShape {
    pub arguments: Vec<Value>,
    /// Names of the last arguments.
    pub names: Vec<Symbol>,
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
        function: &'static crate::native::NativeFunction,
        receiver: Option<Value>,
    },
    /// A function of the embedder.
    Host {
        function: Arc<HostFunction>,
        receiver: Option<Value>,
    },
    /// Makes an instance and runs the constructor on it.
    Class(Value),
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

/// Takes the registers behind the window's first.
///
/// # Safety
/// The window of `count` arguments is live.
unsafe fn take_arguments(window: *mut Value, count: usize) -> Vec<Value> {
    // SAFETY: verified operands.
    let taken = (1..=count).map(|index| unsafe { window.add(index).replace(Value::NULL) });
    // Room for a receiver in front.
    let mut arguments = Vec::with_capacity(count + 1);
    arguments.extend(taken);
    arguments
}

fn window(isolate: &Isolate, i: Instruction) -> *mut Value {
    isolate.frame().base.wrapping_add(i.a() as usize)
}

fn base_target(isolate: &Isolate, i: Instruction) -> Target {
    Target { window: window(isolate, i), delivery: Delivery::Base, detail: 0 }
}

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
        Tag::Native => Ok(Callee::Native { function: natives::of(&callee).expect("the tag says so"), receiver: None }),
        Tag::Class => Ok(Callee::Class(callee)),
        Tag::BoundMethod => {
            let bound = callee.as_bound_method().expect("a bound method");
            let (receiver, function) = (bound.receiver.clone(), bound.function.clone());
            method_callee(isolate, receiver, function, false)
        }
        Tag::Foreign if HostFunction::of(&callee).is_some() => {
            let function = callee.as_foreign().and_then(|foreign| foreign.shared_as()).expect("functions are shared");
            Ok(Callee::Host { function, receiver: None })
        }
        _ => {
            let text = crate::memory::print_value(&callee, &isolate.message_options());
            let found = isolate.type_name(&callee);
            let error = Error::type_error(format!("{text} ({found}) is not a function"));
            Err(match callee.tag() {
                Tag::Null => {
                    error.with_hint("only functions, classes and methods can be called; is a name or field missing?")
                }
                _ => error,
            })
        }
    }
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
        Tag::Native => {
            Ok(Callee::Native { function: natives::of(&function).expect("the tag says so"), receiver: Some(receiver) })
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
            natives::call_values(isolate, function, arguments, &shape.names, target)
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
    }
}

/// A call of a class: an instance, with its constructor run on it.
fn construct(isolate: &mut Isolate, class: Value, shape: CallShape, target: Target) -> Control {
    let body = class.as_class().expect("a class");
    if let Some(native) = body.static_value(isolate.names.native_constructor).as_ref().and_then(natives::of) {
        let mut arguments = shape.arguments;
        arguments.insert(0, class.clone());
        return natives::call_values(isolate, native, arguments, &shape.names, target);
    }
    let instance = isolate.heap.instance(&class);
    match body.method(isolate.names.ctor) {
        Some(constructor) => {
            let callee = attempt!(isolate, method_callee(isolate, instance, constructor, true));
            enter_callee(isolate, callee, shape, target)
        }
        None if shape.arguments.is_empty() => deliver(isolate, instance, target),
        None => {
            let message = format!("{} takes no arguments, not {}", body.name().as_str(), shape.arguments.len());
            let error = Error::new(ErrorKind::ArityError, message).with_hint("the class has no constructor");
            unwind::throw(isolate, error)
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
        let generator = super::iteration::new_generator(isolate, coroutine);
        return deliver(isolate, generator, target);
    }
    if function.flags.asynchronous {
        let coroutine = suspended(isolate, entry, values, Delivery::Task);
        return isolate.start_task_now(coroutine, target);
    }
    attempt!(isolate, check_depth(isolate));
    let window = make_room(isolate, target.window, code.registers);
    let Entry { loaded, environment, receiver, keep } = entry;
    // SAFETY: there is room, and the window's registers own nothing.
    unsafe {
        window.write(receiver);
        for (index, value) in values.into_iter().enumerate() {
            window.add(1 + index).write(value);
        }
    }
    let kept = keep.is_some();
    isolate.coroutine.kept.extend(keep);
    isolate.coroutine.push(Frame {
        pc: code.code,
        base: window,
        loaded,
        environment,
        delivery: if kept && target.delivery == Delivery::Base { Delivery::BaseKept } else { target.delivery },
        kept,
        detail: target.detail,
    });
    Control::Reload
}

/// Makes room for one more frame, if there may be one more.
fn check_depth(isolate: &mut Isolate) -> Result<()> {
    let (depth, limit) = (isolate.depth(), isolate.settings.depth_limit);
    if depth >= limit {
        return Err(isolate.depth_error());
    }
    let coroutine = &mut isolate.coroutine;
    if coroutine.top.wrapping_add(1) == coroutine.frame_end() {
        let below = depth - coroutine.depth();
        coroutine.grow_frames(limit - below);
    }
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
    let mut coroutine = isolate.fresh_coroutine();
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
    coroutine.push(Frame { pc: code.code, base: window, loaded, environment, delivery, kept, detail: 0 });
    coroutine
}

/// Puts arguments in the order of the parameters.
fn arrange(isolate: &Isolate, function: &motet_code::Function, shape: CallShape) -> Result<Vec<Value>> {
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
            others.set(name, value, &isolate.heap).expect("a new record");
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
fn describe(function: &motet_code::Function) -> &str {
    match &*function.name {
        "" => "this function",
        name => name.strip_suffix(".ctor").unwrap_or(name),
    }
}

/// The call that the parameters ask for: `f(a, b = …, ...rest)`.
fn signature(function: &motet_code::Function) -> String {
    let parameters = &function.parameters;
    let mut parts: Vec<String> = Vec::new();
    for (index, name) in parameters.names.iter().enumerate() {
        parts.push(if index < parameters.required as usize { name.to_string() } else { format!("{name} = …") });
    }
    parts.extend(parameters.rest.iter().map(|name| format!("...{name}")));
    parts.extend(parameters.named.iter().map(|parameter| format!("{}: …", parameter.name)));
    let name = if function.name.is_empty() { "fn" } else { describe(function) };
    format!("{name}({})", parts.join(", "))
}

fn signature_hint(function: &motet_code::Function) -> String {
    format!("it is called as {}", signature(function))
}

#[cold]
fn arity_error(function: &motet_code::Function, given: usize) -> Error {
    let parameters = &function.parameters;
    let (least, most) = (parameters.required as usize, parameters.names.len());
    let wanted = if parameters.rest.is_some() {
        format!("at least {least}")
    } else if least == most {
        format!("{least}")
    } else {
        format!("{least} to {most}")
    };
    let plural = if wanted == "1" { "" } else { "s" };
    let message = format!("{} takes {wanted} argument{plural}, not {given}", describe(function));
    Error::new(ErrorKind::ArityError, message).with_hint(signature_hint(function))
}

#[cold]
fn unknown_parameter(function: &motet_code::Function, name: &str) -> Error {
    let message = format!("{} has no parameter named {name}", describe(function));
    Error::new(ErrorKind::ArityError, message).with_hint(signature_hint(function))
}

/// Gives a result to a call that needed no frame.
pub(crate) fn deliver(isolate: &mut Isolate, value: Value, target: Target) -> Control {
    match target.delivery {
        Delivery::Base => {
            // SAFETY: a call's window; its first register owns nothing, because the call took it.
            unsafe { target.window.write(value) };
            Control::Next
        }
        delivery => finish_call(isolate, value, delivery, target.detail),
    }
}

/// Gives the result of a call to the frame that is now on top, in other ways than `Delivery::Base`.
fn finish_call(isolate: &mut Isolate, value: Value, delivery: Delivery, detail: u32) -> Control {
    match delivery {
        Delivery::Base | Delivery::BaseKept => unreachable!("handled where the window is known"),
        Delivery::Register => {
            // SAFETY: the operation that called names a register that it writes.
            unsafe { isolate.frame().base.add(detail as usize).write(value) };
            Control::Reload
        }
        Delivery::Branch => {
            let sense = detail & 1 != 0;
            if value.is_truthy() == sense {
                // SAFETY: the frame on top runs verified code, and the target is an instruction of it.
                unsafe {
                    let frame = isolate.coroutine.top;
                    (*frame).pc = (*(*frame).loaded).at((detail >> 1) as usize);
                }
            }
            Control::Reload
        }
        Delivery::Native => {
            isolate.native_result = value;
            Control::Reload
        }
        Delivery::Discard => Control::Reload,
        Delivery::Generator => super::iteration::generator_ended(isolate),
        Delivery::Task => isolate.task_ended(Ok(value)),
    }
}

/// `Return` and its like in a frame whose result does not simply go to its base.
pub(super) fn return_value(isolate: &mut Isolate, value: Value) -> Control {
    let (base, delivery, detail) = {
        let frame = isolate.frame();
        (frame.base, frame.delivery, frame.detail)
    };
    // SAFETY: register 0 belongs to the frame, which ends.
    drop(unsafe { base.replace(Value::NULL) });
    drop(isolate.coroutine.pop());
    match delivery {
        Delivery::Base | Delivery::BaseKept => {
            // SAFETY: the base is the first register of the caller's window.
            unsafe { base.write(value) };
            Control::Reload
        }
        delivery => finish_call(isolate, value, delivery, detail),
    }
}

// Operations.

/// A plain call that the loop did not handle: not a simple closure, or no room.
pub(super) fn call(isolate: &mut Isolate, i: Instruction) -> Control {
    let target = base_target(isolate, i);
    // SAFETY: verified operands.
    let (callee, arguments) =
        unsafe { (target.window.replace(Value::NULL), take_arguments(target.window, i.b() as usize)) };
    call_shape(isolate, callee, CallShape::positional(arguments), target)
}

/// A call of a known function that needs the general path: the callee's register holds the closure or self.
pub(super) fn enter_general(isolate: &mut Isolate, i: Instruction, loaded: *const Loaded, environment: u64) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let code = unsafe { &*loaded };
    let target = base_target(isolate, i);
    if code.simple_arity == i.b() as u32 {
        // Only room was missing.
        attempt!(isolate, check_depth(isolate));
        let window = make_room(isolate, target.window, code.registers);
        isolate.coroutine.push(Frame {
            pc: code.code,
            base: window,
            loaded,
            environment,
            delivery: Delivery::Base,
            kept: false,
            detail: 0,
        });
        return Control::Reload;
    }
    // SAFETY: verified operands.
    let (receiver, arguments) =
        unsafe { (target.window.replace(Value::NULL), take_arguments(target.window, i.b() as usize)) };
    let entry = Entry { loaded, environment, receiver, keep: None };
    enter_function(isolate, entry, CallShape::positional(arguments), target)
}

/// The first call of a known function at this place: loads it, and notes it beside the instruction.
pub(super) fn call_known(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
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

fn names_at(isolate: &Isolate, constant: usize) -> Vec<Symbol> {
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
    // The callee was resolved, so it keeps what it needs; what the frame kept is dropped after it was entered.
    let (target, _kept) = end_frame(isolate);
    let control = enter_callee(isolate, callee, shape, target);
    // The frame on top is another one in any case.
    if control == Control::Next { Control::Reload } else { control }
}

/// Ends the running frame for a tail call. Gives where the callee's result goes, and what the frame kept alive.
pub(super) fn end_frame(isolate: &mut Isolate) -> (Target, (Value, Option<Value>)) {
    let frame = isolate.frame();
    let delivery = if frame.delivery == Delivery::BaseKept { Delivery::Base } else { frame.delivery };
    let target = Target { window: frame.base, delivery, detail: frame.detail };
    // SAFETY: register 0 belongs to the frame, which ends.
    let own = unsafe { target.window.replace(Value::NULL) };
    (target, (own, isolate.coroutine.pop()))
}

pub(super) fn call_named(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let (callee, arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let names = names_at(isolate, i.c() as usize);
    let callee = attempt!(isolate, resolve(isolate, callee));
    call_or_tail(isolate, callee, CallShape { arguments, names }, i, i.flags() & VARIANT != 0)
}

pub(super) fn call_spread(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let callee = unsafe { window.replace(Value::NULL) };
    let shape = attempt!(isolate, take_spread(window));
    let callee = attempt!(isolate, resolve(isolate, callee));
    call_or_tail(isolate, callee, shape, i, i.flags() & VARIANT != 0)
}

/// The arguments of a spread call: a list of positional ones, a record of named ones or null.
fn take_spread(window: *mut Value) -> Result<CallShape> {
    // SAFETY: verified operands.
    let (list, record) = unsafe { (window.add(1).replace(Value::NULL), window.add(2).replace(Value::NULL)) };
    let mut arguments = list.as_list().expect("the compiler made a list").items().to_vec();
    let mut names = Vec::new();
    if let Some(fields) = record.as_record() {
        fields.for_each(|name, value| {
            names.push(name);
            arguments.push(value.clone());
        });
    }
    Ok(CallShape { arguments, names })
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
fn method_target(isolate: &mut Isolate, receiver: Value, name: Symbol) -> Result<Callee> {
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

/// A method call whose cache did not match: looks the method up and fills the cache where that is right for all receivers
/// with the same key.
pub(super) fn method(isolate: &mut Isolate, i: Instruction, cache: *mut u64) -> Control {
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
                Ok(FoundMethod::Class(method)) if method.tag() == Tag::Closure => {
                    let function = Arc::clone(method.as_closure().expect("a closure").function());
                    let loaded = attempt!(isolate, isolate.load(&function));
                    cache.write(key);
                    cache.add(1).write(method.payload());
                    cache.add(2).write(loaded as u64);
                    return enter_general(isolate, i, loaded, method.payload());
                }
                Ok(FoundMethod::Native(native)) => {
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
                Err(error) => return unwind::throw(isolate, error),
            }
        }
        let receiver = window.replace(Value::NULL);
        let arguments = take_arguments(window, i.b() as usize);
        let callee = attempt!(isolate, method_target(isolate, receiver, name));
        let target = base_target(isolate, i);
        enter_callee(isolate, callee, CallShape::positional(arguments), target)
    }
}

pub(super) fn method_named(isolate: &mut Isolate, i: Instruction, names: usize) -> Control {
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
    let callee = attempt!(isolate, method_target(isolate, receiver, name));
    call_or_tail(isolate, callee, CallShape { arguments, names }, i, i.flags() & VARIANT != 0)
}

pub(super) fn method_spread(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let receiver = unsafe { window.replace(Value::NULL) };
    let shape = attempt!(isolate, take_spread(window));
    let name = name_at(isolate, i.c());
    let callee = attempt!(isolate, method_target(isolate, receiver, name));
    call_or_tail(isolate, callee, shape, i, i.flags() & VARIANT != 0)
}

/// A call of the method that the parent of a class has. The class is the window's last register.
fn super_callee(isolate: &mut Isolate, receiver: Value, class: &Value, name: Symbol) -> Result<Option<Callee>> {
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

fn call_super(isolate: &mut Isolate, receiver: Value, class: Value, shape: CallShape, i: Instruction) -> Control {
    let name = name_at(isolate, i.c());
    let target = base_target(isolate, i);
    match attempt!(isolate, super_callee(isolate, receiver.clone(), &class, name)) {
        Some(callee) => enter_callee(isolate, callee, shape, target),
        // A parent without a constructor.
        None if shape.arguments.is_empty() => deliver(isolate, receiver, target),
        None => {
            let message = format!("the parent's constructor takes no arguments, not {}", shape.arguments.len());
            unwind::throw(isolate, Error::new(ErrorKind::ArityError, message))
        }
    }
}

pub(super) fn super_method(isolate: &mut Isolate, i: Instruction, names: Option<usize>) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands; the last register of the window is the class.
    let (receiver, mut arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let class = arguments.pop().expect("the window holds the class");
    let names = names.map(|constant| names_at(isolate, constant)).unwrap_or_default();
    call_super(isolate, receiver, class, CallShape { arguments, names }, i)
}

pub(super) fn super_spread(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let (receiver, class) = unsafe { (window.replace(Value::NULL), window.add(3).replace(Value::NULL)) };
    let shape = attempt!(isolate, take_spread(window));
    call_super(isolate, receiver, class, shape, i)
}

pub(super) fn tail_call(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let (callee, arguments) = unsafe { (window.replace(Value::NULL), take_arguments(window, i.b() as usize)) };
    let callee = attempt!(isolate, resolve(isolate, callee));
    call_or_tail(isolate, callee, CallShape::positional(arguments), i, true)
}

pub(super) fn tail_known(isolate: &mut Isolate, i: Instruction) -> Control {
    let window = window(isolate, i);
    // SAFETY: verified operands.
    let arguments = unsafe { take_arguments(window, i.b() as usize) };
    let loaded = attempt!(isolate, load_known(isolate, i.c()));
    let callee = Callee::Function { loaded, environment: 0, receiver: Value::NULL, keep: None };
    call_or_tail(isolate, callee, CallShape::positional(arguments), i, true)
}

/// A tail call of the running function with arguments that need arranging.
pub(super) fn tail_self(isolate: &mut Isolate, i: Instruction) -> Control {
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

pub(super) fn tail_method(isolate: &mut Isolate, i: Instruction) -> Control {
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
    let callee = attempt!(isolate, method_target(isolate, receiver, name));
    call_or_tail(isolate, callee, CallShape::positional(arguments), i, true)
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
    // SAFETY: loaded code lives as long as the isolate.
    let registers = unsafe { &*isolate.frame().loaded }.registers;
    // Above the whole window of the running function.
    let window = isolate.frame().base.wrapping_add(registers);
    let window = make_room(isolate, window, 1);
    enter_callee(isolate, callee, CallShape::positional(arguments), Target { window, delivery, detail })
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

/// `Import`: the exports of a module, which runs first if it has not.
pub(super) fn import(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let running = unsafe { &*isolate.frame().loaded }.function.id;
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
pub(super) fn exports(isolate: &mut Isolate, value: Value) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let running = unsafe { &*isolate.frame().loaded }.function.id;
    isolate.set_exports(running, value.clone());
    return_value(isolate, value)
}
