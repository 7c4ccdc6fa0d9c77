//! Functions that builtins call themselves, such as comparers, and the functions of computed values and effects: their machine
//! code changes nothing but its own window, so where it cannot answer, it has done nothing, and they are called as always. Reading
//! signals is no change: a function that is called again reads the same.

use super::machine::{Machine, NOTHING, STACK_INSIDE};
use crate::context::Context;
use crate::interpreter::may_run_code;
use crate::isolate::{AtHand, Delivery, Frame, Isolate, Loaded};
use crate::memory::{Frozen, Tag, Value};
use crate::signals::{AfterAll, ComputedBody, Looked, Step};

/// A function whose code a builtin enters, again and again.
pub(crate) struct Leaf<'a> {
    function: &'a Loaded,
    /// The closure's address, which tells whether another function is called.
    closure: u64,
    machine: Machine,
}

impl Leaf<'_> {
    /// None if the function has no such code, or if the builtin whose frame is on top has no window.
    pub fn of(isolate: &mut Isolate, function: &Value) -> Option<Leaf<'static>> {
        let id = function.as_closure()?.function_id() as usize;
        let loaded = isolate.loaded.get(id).copied().filter(|loaded| !loaded.is_null())?;
        // SAFETY: loaded code lives as long as the isolate, in which alone builtins that call it run.
        let loaded: &'static Loaded = unsafe { &*loaded };
        let is_ready = loaded.is_leaf.get() && may_answer(isolate);
        if !is_ready || isolate.coroutine.is_empty() || !isolate.frame().is_native() {
            return None;
        }
        let machine = Machine::new(isolate, 0);
        Some(Leaf { function: loaded, closure: function.payload(), machine })
    }

    /// What the function gives for some arguments. None: it has done nothing.
    pub fn call<const COUNT: usize>(
        &mut self,
        isolate: &mut Isolate,
        function: &Value,
        arguments: [&Value; COUNT],
    ) -> Option<Value> {
        debug_assert_eq!(function.payload(), self.closure);
        let loaded = self.function;
        if !loaded.is_leaf.get() || loaded.simple_arity as usize != COUNT {
            return None;
        }
        let here = std::ptr::from_ref(&isolate).addr();
        let stack_end = super::machine::stack_end(isolate, here);
        let window = isolate.frame().base;
        let frame = isolate.coroutine.top.wrapping_add(1);
        let has_room = window.wrapping_add(loaded.registers) <= isolate.coroutine.register_end()
            && frame < isolate.coroutine.frame_end();
        if !has_room || here < stack_end + STACK_INSIDE {
            return None;
        }
        self.machine.renew(isolate, stack_end, frame);
        // SAFETY: there is room for the frame, which is not made the top one, and for the window, which is the builtin's own: its
        // arguments are where it keeps them, so the registers own nothing.
        unsafe {
            let delivery = Delivery::Native;
            frame.write(Frame { delivery, ..Frame::new(loaded, window, self.closure) });
            window.write(function.clone());
            for (register, argument) in (1..).zip(arguments) {
                window.add(register).write(argument.clone());
            }
        }
        // SAFETY: the code was made for this function, which keeps it; as above. It calls nothing that uses the isolate.
        let base = unsafe { loaded.entry.get()(&mut self.machine, window, frame) };
        self.machine.keep_fuse(isolate);
        if base.is_null() {
            undo(&self.machine, loaded, isolate, window);
            return None;
        }
        debug_assert_eq!(base, window);
        // SAFETY: it has returned.
        Some(unsafe { take_result(base) })
    }
}

/// Empties the window behind an exit.
#[cold]
fn undo(machine: &Machine, loaded: &Loaded, isolate: &mut Isolate, window: *mut Value) {
    let (number, exit) = machine.exit_taken();
    let heat = loaded.heat().expect("a function with code has heat").borrow();
    let compiled = &heat.made[&number].version.compiled;
    let exit = &compiled.exits[exit];
    if isolate.fuse == 0 {
        isolate.light_fuse(exit.at);
    }
    // SAFETY: the code has left by this exit.
    unsafe { exit.put_tags(window) };
    // It may have left because there are fewer registers than it uses.
    let end = window.wrapping_add(compiled.registers).min(isolate.coroutine.register_end());
    let mut register = window;
    while register < end {
        // SAFETY: a register that is there, and that code and builtins have left alone but for this call.
        drop(unsafe { register.replace(Value::NULL) });
        register = register.wrapping_add(1);
    }
}

/// The result that code has left in register 0, which owns nothing then.
///
/// # Safety
/// The function whose window begins there has returned.
#[inline(always)]
unsafe fn take_result(base: *mut Value) -> Value {
    // SAFETY: register 0 holds the result; read in the parts that code has written it in.
    unsafe {
        let value = Value::from_raw((*base).tag(), (*base).payload());
        base.write(Value::NULL);
        value
    }
}

/// A program with limits has what it does between calls looked at, and a sample names the function that ran.
fn may_answer(isolate: &Isolate) -> bool {
    may_run_code(isolate) && !isolate.is_limited() && isolate.sampler.is_none()
}

/// Functions without parameters that are called one after the other, while nothing else runs in the isolate: those of computed
/// values and effects. What they are called with is made once for all of them.
pub(crate) struct Leaves {
    machine: Machine,
    window: *mut Value,
    frame: *mut Frame,
}

impl Leaves {
    /// None if there is no code that may run now.
    pub fn new(isolate: &mut Isolate) -> Option<Leaves> {
        if !may_answer(isolate) || isolate.coroutine.is_empty() {
            return None;
        }
        let here = std::ptr::from_ref(&isolate).addr();
        let stack_end = super::machine::stack_end(isolate, here);
        let running = isolate.frame();
        // SAFETY: loaded code lives as long as the isolate.
        let registers = unsafe { running.loaded.as_ref() }.map_or(0, |loaded| loaded.registers);
        let window = running.base.wrapping_add(registers);
        let frame = isolate.coroutine.top.wrapping_add(1);
        if frame >= isolate.coroutine.frame_end() || here < stack_end + STACK_INSIDE {
            return None;
        }
        let mut machine = Machine::new(isolate, stack_end);
        machine.frame = frame;
        Some(Leaves { machine, window, frame })
    }

    /// What a function gives. None: it has done nothing but read signals.
    #[inline(always)]
    pub fn call(&mut self, isolate: &mut Isolate, function: AtHand) -> Option<Value> {
        debug_assert_eq!(self.frame, isolate.coroutine.top.wrapping_add(1));
        // SAFETY: the window lies behind that of the running function, or is the running builtin's own; there is room for the
        // frame, which is not made the top one.
        unsafe { call(&mut self.machine, isolate, function, self.window, self.frame) }
    }
}

/// The code of a function, if it is a leaf without parameters.
#[inline(always)]
fn leaf_of(isolate: &Isolate, id: usize) -> Option<&'static Loaded> {
    let loaded = isolate.loaded.get(id).copied().filter(|loaded| !loaded.is_null())?;
    // SAFETY: loaded code lives as long as the isolate, in which alone it is called.
    let loaded: &'static Loaded = unsafe { &*loaded };
    (loaded.is_leaf.get() && loaded.simple_arity == 0).then_some(loaded)
}

/// What a function without parameters gives, called in a window and a frame. None: it has done nothing but read signals.
///
/// # Safety
/// The registers of the window own nothing, up to the end that the machine names; there is room for the frame; and what the
/// function is called with is there as long as it runs.
#[inline(always)]
unsafe fn call(
    machine: &mut Machine,
    isolate: &mut Isolate,
    function: AtHand,
    window: *mut Value,
    frame: *mut Frame,
) -> Option<Value> {
    let loaded = leaf_of(isolate, function.id)?;
    if window.wrapping_add(loaded.registers) > machine.register_end {
        return None;
    }
    machine.fuse = isolate.fuse;
    (machine.expects, machine.expected) = (function.expects, function.expected);
    // SAFETY: the caller's promise. Register 0 need not keep the closure, which something else keeps.
    unsafe {
        let delivery = Delivery::Native;
        frame.write(Frame { delivery, ..Frame::new(loaded, window, function.closure) });
        window.write(Value::NULL);
    }
    // SAFETY: the code was made for this function, which keeps it; as above. What it calls of the isolate runs no program.
    let base = unsafe { loaded.entry.get()(machine, window, frame) };
    machine.keep_fuse(isolate);
    if base.is_null() {
        machine.expects = NOTHING;
        undo(machine, loaded, isolate, window);
        return None;
    }
    debug_assert_eq!(base, window);
    machine.note_first(isolate);
    // SAFETY: it has returned.
    Some(unsafe { take_result(base) })
}

/// The value of a computed one that code reads and the graph has to be asked for. Where functions have to be called for that, and
/// they are leaves, they are called here, behind all that the code uses.
///
/// # Safety
/// Code of the machine runs, in the isolate. The registers of the window own nothing, and the frame is used by nothing.
#[inline(never)]
pub(super) unsafe fn look_inside(
    machine: &mut Machine,
    isolate: &mut Isolate,
    computed: &ComputedBody,
    window: *mut Value,
    frame: *mut Frame,
) -> Option<Value> {
    let here = std::ptr::from_ref(&isolate).addr();
    let has_room = frame < machine.frame_end && here >= machine.stack_end + STACK_INSIDE;
    let may_call = has_room && !machine.is_inside && may_answer(isolate) && is_leaf(isolate, computed);
    let (base, slot) = match isolate.session().look(computed, may_call) {
        Looked::Run { base, slot } => (base, slot),
        Looked::Ready(given) => return given.ok().map(Frozen::into_value),
        Looked::Unknown => return None,
    };
    let environments = machine.environments;
    machine.is_inside = true;
    machine.keep_fuse(isolate);
    // SAFETY: the caller's promise, and there is room.
    let is_done = unsafe { call_all(machine, isolate, base, window, frame) };
    machine.fuse = isolate.fuse;
    machine.is_inside = false;
    machine.environments = environments;
    if !is_done {
        // The interpreter asks for it again, and calls what has to be called.
        isolate.session().abandon(base, AfterAll::Again);
        return None;
    }
    isolate.session().read_done(slot).ok().map(Frozen::into_value)
}

fn is_leaf(isolate: &Isolate, computed: &ComputedBody) -> bool {
    let function = computed.script().and_then(|function| AtHand::of(function.value()));
    function.is_some_and(|function| leaf_of(isolate, function.id).is_some())
}

/// Calls functions until what is above `base` is up to date; false if one of them is no leaf, or has left.
///
/// # Safety
/// As for [`call`].
unsafe fn call_all(
    machine: &mut Machine,
    isolate: &mut Isolate,
    base: usize,
    window: *mut Value,
    frame: *mut Frame,
) -> bool {
    loop {
        let Some(function) = isolate.function_at_hand() else { return false };
        // SAFETY: the caller's promise.
        let Some(value) = (unsafe { call(machine, isolate, function, window, frame) }) else { return false };
        let step = match Frozen::plain(value) {
            Ok(value) => isolate.session().finish_plain(value, base),
            Err(value) => match Frozen::new(&value) {
                Some(value) => isolate.session().finish(Ok(value), base),
                None => return false,
            },
        };
        if step == Step::Done {
            return true;
        }
    }
}

/// A function that a builtin calls again and again while it goes on, if its code can answer at once.
#[derive(Default)]
pub struct Answers {
    leaf: Option<Leaf<'static>>,
    /// The function that it was looked at for.
    looked_at: u64,
}

impl Answers {
    /// What a function gives for some arguments. None: the builtin has it called as always ([`crate::native::Outcome::Call`]).
    #[inline]
    pub fn of<const COUNT: usize>(
        &mut self,
        context: &mut Context<'_>,
        function: &Value,
        arguments: [&Value; COUNT],
    ) -> Option<Value> {
        // Most builtins go on with each result, and look once for each.
        if function.tag() != Tag::Closure || context.isolate.settings.jit.is_none() {
            return None;
        }
        if self.looked_at != function.payload() {
            self.looked_at = function.payload();
            self.leaf = Leaf::of(context.isolate, function);
        }
        self.leaf.as_mut()?.call(context.isolate, function, arguments)
    }
}
