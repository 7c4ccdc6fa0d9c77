//! Calls of natives, and natives that wait for callbacks.
//!
//! A native that asks for a callback gets a frame without code, and its state waits in the coroutine's `natives`. When the
//! callback has returned, its result is put in `isolate.native_result` and the loop finds the native's frame on top when it
//! reloads; so however often natives and callbacks alternate, Rust's stack stays flat.

use super::calls::{self, CallShape, Callee, Target, attempt};
use super::{Control, captured, compiled, iteration, unwind};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::future::{Future, FutureState};
use crate::isolate::{Coroutine, Delivery, Ended, Frame, Isolate};
use crate::memory::{FieldName, Tag, Value};
use crate::native::{Arguments, CallArguments, NativeFunction, Outcome, Resume};
use crate::scheduler::{Limited, Pending};
use motet_code::Instruction;

#[inline(always)]
fn run(isolate: &mut Isolate, mut function: &NativeFunction, values: &[Value], names: &[FieldName]) -> Result<Outcome> {
    if let Some(object) = values.first()
        && object.tag() == Tag::Foreign
        && let Some(method) = isolate.answer_of(object, function)
    {
        function = method;
    }
    let arguments = Arguments::new(values, names);
    if !names.is_empty() || values.len() < function.arity.0 || values.len() > function.arity.1 {
        function.check_arguments(&arguments)?;
        if names.is_empty() && values.len() > function.arity.1 {
            return run_with_options(isolate, function, values);
        }
    }
    (function.call)(&mut Context { isolate }, arguments)
}

/// A call whose last argument is a record of options: they become keyword arguments, so that no builtin can forget them.
#[cold]
fn run_with_options(isolate: &mut Isolate, function: &NativeFunction, values: &[Value]) -> Result<Outcome> {
    let (mut all, mut names) = (Vec::new(), Vec::new());
    if let Some((options, positional)) = values.split_last()
        && let Some(options) = options.as_record()
    {
        all.extend_from_slice(positional);
        options.for_each(|name, value| {
            names.push(name.clone());
            all.push(value.clone());
        });
    }
    let arguments = Arguments::new(&all, &names);
    function.check_arguments(&arguments)?;
    (function.call)(&mut Context { isolate }, arguments)
}

/// `Call` of a native: function in the window's first register.
#[inline(never)]
pub(super) fn call(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: verified operands. Natives do not move the registers, because they push no frames.
    unsafe {
        let window = isolate.frame().base.add(i.a() as usize);
        let function = NativeFunction::of(&*window).expect("a native");
        let arguments = std::slice::from_raw_parts(window.add(1), i.b() as usize);
        let outcome = run(isolate, function, arguments, &[]);
        finish(isolate, outcome, window, window.add(1), i.b() as usize)
    }
}

/// `Method` that means a native, which its cache holds.
#[inline(never)]
pub(super) fn call_cached_method(isolate: &mut Isolate, i: Instruction, function: u64) -> Control {
    // SAFETY: the cache was filled with a `&'static NativeFunction`.
    let function = unsafe { &*(function as *const NativeFunction) };
    call_method(isolate, i, function, &[])
}

/// A method call that means a native: the receiver is its first argument. The last arguments have these names.
pub(super) fn call_method(
    isolate: &mut Isolate,
    i: Instruction,
    function: &'static NativeFunction,
    names: &[FieldName],
) -> Control {
    // SAFETY: as in `call`.
    unsafe {
        let window = isolate.frame().base.add(i.a() as usize);
        let count = i.b() as usize + 1;
        let arguments = std::slice::from_raw_parts(window, count);
        let outcome = run(isolate, function, arguments, names);
        finish(isolate, outcome, window, window, count)
    }
}

/// Arguments that a tail call moves without allocating.
const FEW: usize = 6;

/// The same as the last act of a function, whose frame ends first. `Next`: the result is where its register 0 was.
pub(super) fn tail_call_method(isolate: &mut Isolate, i: Instruction, function: &'static NativeFunction) -> Control {
    let count = i.b() as usize + 1;
    let window = isolate.frame().base.wrapping_add(i.a() as usize);
    // SAFETY: verified operands; what is taken out leaves registers that own nothing.
    let take = |index: usize| unsafe { window.add(index).replace(Value::NULL) };
    if count <= FEW {
        let values: [Value; FEW] = std::array::from_fn(|index| if index < count { take(index) } else { Value::NULL });
        return end_with(isolate, function, &values[..count]);
    }
    let values: Vec<Value> = (0..count).map(take).collect();
    end_with(isolate, function, &values)
}

/// Ends the running frame; the native's result is its result.
fn end_with(isolate: &mut Isolate, function: &'static NativeFunction, values: &[Value]) -> Control {
    // For messages; nearly all that is changed is not frozen.
    let closure = if values.first().is_some_and(Value::is_frozen) { captured::running_closure(isolate) } else { None };
    let (target, _kept) = calls::end_frame(isolate);
    let control = match run(isolate, function, values, &[]) {
        Ok(Outcome::Return(value)) => calls::deliver(isolate, value, target),
        Ok(outcome) => begin_last(isolate, outcome, target),
        Err(error) => {
            let error = match values.first() {
                Some(object) => captured::name_variable(closure.as_ref(), object, error),
                None => error,
            };
            unwind::throw(isolate, error)
        }
    };
    isolate.ended = None;
    control
}

/// Drops the arguments and delivers the result.
///
/// # Safety
/// `count` registers from `first` on are live; `window` is the call's window in the running frame.
#[inline(always)]
unsafe fn finish(
    isolate: &mut Isolate,
    mut outcome: Result<Outcome>,
    window: *mut Value,
    first: *mut Value,
    count: usize,
) -> Control {
    // A result that is none is not moved: this is where every builtin ends.
    if outcome.is_err() {
        // SAFETY: the caller's promise.
        outcome = outcome.map_err(|error| unsafe { explained(isolate, error, first, count) });
    }
    for index in 0..count {
        // SAFETY: the caller's promise.
        unsafe {
            let register = first.add(index);
            if (*register).is_heap() {
                drop(register.replace(Value::NULL));
            }
        }
    }
    match outcome {
        Ok(Outcome::Return(value)) => {
            // SAFETY: the window's first register owns nothing now: it held a native, or an argument.
            unsafe { window.write(value) };
            // The end of a builtin is a safe point: some take long, and many may follow one another (T-04).
            if isolate.interrupt.word().is_raised() {
                isolate.scheduler().interrupted(Limited::After)
            } else {
                Control::Next
            }
        }
        Ok(outcome) => begin(isolate, outcome, Target { window, delivery: Delivery::Base, detail: 0 }),
        Err(error) => unwind::throw(isolate, error),
    }
}

/// The error of a native, with what is known here of the argument that it is about.
///
/// # Safety
/// `count` registers from `first` on are live.
#[cold]
unsafe fn explained(isolate: &Isolate, error: Error, first: *const Value, count: usize) -> Error {
    if count == 0 {
        return error;
    }
    // SAFETY: the caller's promise; nothing writes to the register meanwhile.
    captured::name_variable(captured::running_closure(isolate).as_ref(), unsafe { &*first }, error)
}

/// A call of a native with arguments outside registers. `is_last`: its caller has ended with it. `caller`: the closure that calls, for messages.
pub(crate) fn call_values(
    isolate: &mut Isolate,
    function: &'static NativeFunction,
    arguments: Vec<Value>,
    names: &[FieldName],
    target: Target,
    is_last: bool,
    caller: impl FnOnce(&Isolate) -> Option<Value>,
) -> Control {
    match run(isolate, function, &arguments, names) {
        Ok(Outcome::Return(value)) => {
            let control = calls::deliver(isolate, value, target);
            let raised = control == Control::Next && isolate.interrupt.word().is_raised();
            if raised { isolate.interrupted_after_call() } else { control }
        }
        Ok(outcome) if is_last => begin_last(isolate, outcome, target),
        Ok(outcome) => begin(isolate, outcome, target),
        Err(error) => {
            let caller = caller(isolate);
            let error = match arguments.first() {
                Some(object) => captured::name_variable(caller.as_ref(), object, error),
                None => error,
            };
            unwind::throw(isolate, error)
        }
    }
}

/// A native wants something before it can return; see `begin_last`.
pub(super) fn begin(isolate: &mut Isolate, outcome: Outcome, target: Target) -> Control {
    let control = begin_last(isolate, outcome, target);
    // It was there at once. The way back through the loop would have been a step.
    let is_counted = control == Control::Next && isolate.counts_steps();
    if is_counted && !isolate.takes_step() { Control::Reload } else { control }
}

/// A native wants something before it can return: gives it a frame. If there may be no more frames, the native is told as if
/// what it wants had failed, so that no task goes on waiting for it.
fn begin_last(isolate: &mut Isolate, mut outcome: Outcome, target: Target) -> Control {
    // What it wants after that has failed too, it does not get either.
    for _ in 0..3 {
        let then = match outcome {
            Outcome::Return(value) => return calls::deliver(isolate, value, target),
            Outcome::TailCall { function, arguments } => {
                return calls::call_shape(isolate, function, CallShape::positional(arguments.into_values()), target);
            }
            wanted => {
                let frame = native_frame(target, isolate.ended.take());
                let caller = (isolate.coroutine.top, isolate.coroutine.start());
                match isolate.push_frame(frame) {
                    Ok(()) => {
                        let control = satisfy(isolate, wanted);
                        // If all that it wanted was there at once, the caller goes on as if it had wanted nothing.
                        let is_same = || caller == (isolate.coroutine.top, isolate.coroutine.start());
                        return if control == Control::Next && !is_same() { Control::Reload } else { control };
                    }
                    Err(error) => (wanted.into_then(), error),
                }
            }
        };
        let (Some(then), error) = then else { unreachable!("the others are above") };
        outcome = attempt!(isolate, then.failed(&mut Context { isolate }, error));
    }
    let error = isolate.depth_error();
    unwind::throw(isolate, error)
}

fn native_frame(target: Target, ended: Option<Ended>) -> Frame {
    Frame { delivery: target.delivery, detail: target.detail, ..Frame::native(target.window, ended) }
}

/// Goes on with the native whose frame is on top: `native_result` is what it waited for.
#[inline(never)]
pub(crate) fn resume(isolate: &mut Isolate) -> Control {
    let value = std::mem::take(&mut isolate.native_result);
    reload(resume_with(isolate, value))
}

/// Gives the native whose frame is on top what it waited for, and goes on with it as long as what it wants is there at once:
/// a function's machine code gives its result without a turn of the loop. What it wants is taken apart where it is, since it
/// is large.
fn resume_with(isolate: &mut Isolate, mut value: Value) -> Control {
    loop {
        let state = isolate.coroutine.natives.pop().expect("a native frame has a state");
        let name = state.name();
        let answer = match state.resume(&mut Context { isolate }, value) {
            Ok(Outcome::Call { function, arguments, then }) => {
                isolate.coroutine.natives.push(then);
                let window = isolate.frame().base;
                let callback = Target { window, delivery: Delivery::Native, detail: 0 };
                let control = call_back(isolate, function, arguments, callback);
                answer_at_once(isolate, control)
            }
            Ok(outcome) => do_one(isolate, outcome),
            Err(error) => {
                isolate.resumed = Some(name);
                let error = unwind::error_instance(isolate, error);
                isolate.resumed = None;
                isolate.coroutine.pop();
                return unwind::rethrow(isolate, error);
            }
        };
        match answer {
            Ok(answer) => value = answer,
            Err(control) => return control,
        }
    }
}

/// What a function gives that a native has just called, if machine code gives it at once.
#[inline(always)]
fn answer_at_once(isolate: &mut Isolate, control: Control) -> std::result::Result<Value, Control> {
    let control = reload(control);
    if control != Control::Reload {
        return Err(control);
    }
    match compiled::begun(isolate) {
        Some(loaded) if compiled::may_answer(isolate) => compiled::answer(isolate, loaded),
        _ if isolate.interrupt.word().is_raised() => Err(isolate.interrupted_at_callback()),
        _ => Err(control),
    }
}

/// Does what the native whose frame is on top wants. What follows concerns that frame, or another one than the loop ran.
pub(super) fn go_on(isolate: &mut Isolate, outcome: Outcome) -> Control {
    let control = satisfy(isolate, outcome);
    reload(control)
}

/// Does what the native whose frame is on top wants, and goes on with it.
fn satisfy(isolate: &mut Isolate, outcome: Outcome) -> Control {
    match do_one(isolate, outcome) {
        Ok(answer) => resume_with(isolate, answer),
        Err(control) => control,
    }
}

/// Does what the native whose frame is on top wants; gives the answer if it is there.
fn do_one(isolate: &mut Isolate, outcome: Outcome) -> std::result::Result<Value, Control> {
    let frame = isolate.frame();
    debug_assert!(frame.is_native());
    let target = Target { window: frame.base, delivery: frame.delivery, detail: frame.detail };
    match outcome {
        Outcome::Return(value) => {
            isolate.coroutine.pop();
            Err(calls::deliver(isolate, value, target))
        }
        Outcome::TailCall { function, arguments } => {
            // An error of a builtin is thrown from there.
            isolate.ended = frame.at();
            isolate.coroutine.pop();
            let shape = CallShape::positional(arguments.into_values());
            let control = reload(calls::call_shape(isolate, function, shape, target));
            isolate.ended = None;
            Err(control)
        }
        Outcome::Call { function, arguments, then } => {
            isolate.coroutine.natives.push(then);
            let callback = Target { window: target.window, delivery: Delivery::Native, detail: 0 };
            let control = call_back(isolate, function, arguments, callback);
            answer_at_once(isolate, control)
        }
        Outcome::Await { future, then } => {
            isolate.coroutine.natives.push(then);
            let Some(here) = isolate.scheduler().future_here(&future) else {
                isolate.native_result = future;
                return Err(Control::Reload);
            };
            Err(match Future::of(&here).expect("a future of this isolate").observe() {
                FutureState::Done(value) => {
                    isolate.native_result = value;
                    Control::Reload
                }
                FutureState::Failed(error) => isolate.scheduler().throw_awaited(error),
                FutureState::Pending => isolate.scheduler().suspend(here, Pending::Native),
            })
        }
        Outcome::Wait { kind, then } => {
            // Room for this one alone: most tasks wait with no more.
            isolate.coroutine.natives.reserve_exact(1);
            isolate.coroutine.natives.push(then);
            Err(isolate.scheduler().suspend_native(kind))
        }
        Outcome::Next { generator, then } => {
            isolate.coroutine.natives.push(then);
            Err(iteration::next_for_native(isolate, generator))
        }
    }
}

/// What follows concerns another frame than the one that the loop ran.
fn reload(control: Control) -> Control {
    if control == Control::Next { Control::Reload } else { control }
}

/// Calls a callback; plain functions with the right number of arguments without a detour.
#[inline(always)]
fn call_back(isolate: &mut Isolate, function: Value, arguments: CallArguments, target: Target) -> Control {
    if function.tag() == Tag::Closure {
        let closure = function.as_closure().expect("a closure");
        let id = closure.function_id() as usize;
        let environment = function.payload();
        if let Some(&loaded) = isolate.loaded.get(id)
            && !loaded.is_null()
        {
            // SAFETY: loaded code lives as long as the isolate; there is room for the window before it is written.
            unsafe {
                let code = &*loaded;
                if code.simple_arity as usize == arguments.len()
                    && target.window.wrapping_add(code.registers) <= isolate.coroutine.register_end()
                    && isolate.coroutine.top.wrapping_add(1) != isolate.coroutine.frame_end()
                {
                    let window = target.window;
                    window.write(function);
                    arguments.write_to(window.add(1));
                    let (delivery, detail) = (target.delivery, target.detail);
                    isolate.coroutine.push(Frame { delivery, detail, ..Frame::new(code, window, environment) });
                    return Control::Reload;
                }
            }
        }
    }
    calls::call_shape(isolate, function, CallShape::positional(arguments.into_values()), target)
}

impl CallArguments {
    pub fn len(&self) -> usize {
        match self {
            CallArguments::None => 0,
            CallArguments::One(_) => 1,
            CallArguments::Two(..) => 2,
            CallArguments::Three(..) => 3,
            CallArguments::Many(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn into_values(self) -> Vec<Value> {
        match self {
            CallArguments::None => Vec::new(),
            CallArguments::One(a) => vec![a],
            CallArguments::Two(a, b) => vec![a, b],
            CallArguments::Three(a, b, c) => vec![a, b, c],
            CallArguments::Many(values) => values,
        }
    }

    /// Moves the arguments to registers.
    ///
    /// # Safety
    /// `len` registers from `first` on exist and own nothing.
    #[inline(always)]
    unsafe fn write_to(self, first: *mut Value) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                CallArguments::None => {}
                CallArguments::One(a) => first.write(a),
                CallArguments::Two(a, b) => {
                    first.write(a);
                    first.add(1).write(b);
                }
                CallArguments::Three(a, b, c) => {
                    first.write(a);
                    first.add(1).write(b);
                    first.add(2).write(c);
                }
                CallArguments::Many(values) => {
                    for (index, value) in values.into_iter().enumerate() {
                        first.add(index).write(value);
                    }
                }
            }
        }
    }
}

/// A coroutine that runs a native from its second half on.
pub(crate) fn coroutine_resuming(isolate: &mut Isolate, state: Box<dyn Resume>) -> Box<Coroutine> {
    coroutine_from(isolate, state, None)
}

/// The same for what the running code asks for: traces name its place.
pub(crate) fn coroutine_from_here(isolate: &mut Isolate, state: Box<dyn Resume>) -> Box<Coroutine> {
    let place = isolate.code_place();
    coroutine_from(isolate, state, place)
}

fn coroutine_from(isolate: &mut Isolate, state: Box<dyn Resume>, place: Option<Ended>) -> Box<Coroutine> {
    let mut coroutine = isolate.tasks.fresh_coroutine();
    let window = coroutine.start();
    coroutine.natives.push(state);
    coroutine.push(native_frame(Target { window, delivery: Delivery::Task, detail: 0 }, place));
    coroutine
}

/// A coroutine whose first act is to call something other than a plain function.
pub(super) fn coroutine_calling(callee: Callee, arguments: Vec<Value>, delivery: Delivery) -> Box<Coroutine> {
    let mut coroutine = Box::<Coroutine>::default();
    let window = coroutine.start();
    coroutine.natives.push(Box::new(Start { callee: Some(callee), arguments }));
    coroutine.push(native_frame(Target { window, delivery, detail: 0 }, None));
    coroutine
}

/// The state of a coroutine that has not started.
struct Start {
    callee: Option<Callee>,
    arguments: Vec<Value>,
}

impl Resume for Start {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, _nothing: Value) -> Result<Outcome> {
        let mut arguments = std::mem::take(&mut self.arguments);
        match self.callee.take().expect("started once") {
            Callee::Native { function, receiver } => {
                if let Some(receiver) = receiver {
                    arguments.insert(0, receiver);
                }
                run(context.isolate, function, &arguments, &[])
            }
            Callee::Host { function, receiver } => {
                arguments.splice(0..0, receiver);
                Ok(function.run(context, &arguments, &[])?.into())
            }
            Callee::Value(value) => Ok(value.into()),
            Callee::Class(function) | Callee::Function { receiver: function, .. } => {
                Ok(Outcome::TailCall { function, arguments: CallArguments::Many(arguments) })
            }
        }
    }

    fn name(&self) -> &'static str {
        "task"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.arguments.iter().for_each(&mut *visit);
        match &self.callee {
            Some(
                Callee::Native { receiver: Some(value), .. }
                | Callee::Host { receiver: Some(value), .. }
                | Callee::Class(value)
                | Callee::Value(value),
            ) => visit(value),
            Some(Callee::Function { receiver, .. }) => visit(receiver),
            Some(Callee::Native { receiver: None, .. } | Callee::Host { receiver: None, .. }) | None => {}
        }
    }
}
