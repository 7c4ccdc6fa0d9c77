//! Running machine code, and going on where it leaves.

use super::{Control, calls};
use crate::concurrency::Reasons;
use crate::isolate::{Delivery, Frame, Isolate, Loaded, Place};
use crate::jit::{self, Back, Environment, Exit, Made, VERSIONS, Why};
use crate::memory::Value;

/// Exits that were not meant to be, before code is made anew.
const EXITS: u32 = 20;
/// Runs that end in the middle, before it is looked at whether running code pays at all.
const BROKEN: u32 = 256;

/// Whether the program that runs may have machine code. Another one may have loaded the function. Samples that are taken by
/// steps are taken at safe points, which code has fewer of.
pub(crate) fn is_allowed(isolate: &Isolate) -> bool {
    isolate.settings.jit.is_some() && !isolate.is_sampled_by_steps()
}

/// Runs code in the running frame, whose counter is where the code begins, and leaves all as the interpreter would have it.
pub(super) fn run(isolate: &mut Isolate, loaded: &Loaded, place: Place, entry: jit::Entry) -> Control {
    let frame = isolate.coroutine.top;
    if place == Place::Beginning {
        // The caller has counted the call, and the code will.
        isolate.steps.give_back(1);
    }
    // SAFETY: the code was made for this place of the function, which keeps it.
    let Some(back) = (unsafe { jit::enter(isolate, entry) }) else {
        if place == Place::Beginning {
            isolate.steps.give_back(-1);
        }
        return Control::Next;
    };
    let control = go_on(isolate, back, Some((loaded, place)));
    // The loop goes on in the frame that it knows, or loads what is on top. Another function may have taken the frame.
    let is_same = || isolate.coroutine.top == frame && std::ptr::eq(isolate.frame().loaded, loaded);
    if control == Control::Next && !is_same() { reload(isolate) } else { control }
}

/// The loop has to load what is on top, which counts as a step, but is none of the program's.
fn reload(isolate: &mut Isolate) -> Control {
    isolate.steps.give_back(1);
    Control::Reload
}

/// Steps that calling a function from a builtin takes in the loop besides the call: for the way there and the way back.
const WAY: i64 = 2;

/// The function that a native has just called, if it has code: its frame is on top and at its beginning.
pub(super) fn begun<'a>(isolate: &Isolate) -> Option<&'a Loaded> {
    // What it called may have ended the last task.
    if isolate.coroutine.is_empty() {
        return None;
    }
    let frame = isolate.frame();
    // SAFETY: loaded code lives as long as the isolate.
    let loaded = unsafe { frame.loaded.as_ref() }?;
    let has_begun = frame.delivery == Delivery::Native && frame.pc == loaded.start.get();
    (has_begun && loaded.has_code.get() && is_allowed(isolate)).then_some(loaded)
}

/// Whether nothing interrupts code that a builtin calls: at most, its steps are counted.
pub(super) fn may_answer(isolate: &Isolate) -> bool {
    let raised = isolate.interrupt.word().raised();
    raised.is_empty() || raised == Reasons::COUNT && isolate.steps.left > WAY && !isolate.is_memory_due()
}

/// Runs the code of the function that a native has called, whose frame is on top and at its beginning. Gives its result, if
/// it returned.
pub(super) fn answer(isolate: &mut Isolate, loaded: &Loaded) -> Result<Value, Control> {
    loaded.entered.set(loaded.entered.get().saturating_add(1));
    // The way there. What the code calls sees the steps that are left, and no fewer.
    isolate.steps.give_back(-1);
    // SAFETY: the code was made for this function, which keeps it.
    let Some(back) = (unsafe { jit::enter(isolate, loaded.entry.get()) }) else {
        return Err(Control::Reload);
    };
    let has_way_back = isolate.steps.left > 0 || !isolate.counts_steps();
    if matches!(back, Back::Returned) && has_way_back && isolate.frame().delivery == Delivery::Native {
        isolate.steps.give_back(-1);
        let base = isolate.frame().base;
        // SAFETY: register 0 of the frame that ends holds the result.
        let value = unsafe {
            // Read in the parts that code has written it in.
            let value = Value::from_raw((*base).tag(), (*base).payload());
            base.write(Value::NULL);
            value
        };
        drop(isolate.coroutine.pop());
        return Ok(value);
    }
    // The loop counts the way back, and the way there, too, if it goes on in the code: not if something was called.
    isolate.steps.give_back(i64::from(matches!(back, Back::Exit(..))));
    match go_on(isolate, back, Some((loaded, Place::Beginning))) {
        Control::Next => Err(Control::Reload),
        control => Err(control),
    }
}

fn go_on(isolate: &mut Isolate, back: Back, entered: Option<(&Loaded, Place)>) -> Control {
    let (number, exit, environments) = match back {
        Back::Returned => return returned(isolate),
        Back::Excused(control) => return control,
        Back::Left(control) => {
            if let Some((loaded, place)) = entered {
                broken(isolate, loaded, place);
            }
            return control;
        }
        Back::Exit(number, exit, environments) => (number, exit, environments),
    };
    // SAFETY: loaded code lives as long as the isolate.
    let loaded: &Loaded = unsafe { &*isolate.frame().loaded };
    let Some(heat) = loaded.heat() else { unreachable!("a function with code has heat") };
    let made = heat.borrow().made[&number].clone();
    made.version.take_exit(exit);
    let exit = &made.version.compiled.exits[exit];
    let is_blown = isolate.fuse == 0;
    if is_blown {
        isolate.light_fuse(exit.at);
    }
    if let Some((entered, place)) = entered
        && !is_blown
        && !matches!(exit.why, Why::SafePoint | Why::Builtin | Why::Room | Why::Call | Why::Steps | Why::Behind)
    {
        broken(isolate, entered, place);
    }
    leave(isolate, loaded, &made, exit, &environments, is_blown)
}

/// The function of the top frame has returned: its result is in register 0.
fn returned(isolate: &mut Isolate) -> Control {
    let frame = isolate.frame();
    if frame.delivery == Delivery::Base {
        drop(isolate.coroutine.pop());
        return reload(isolate);
    }
    // SAFETY: register 0 of the frame that ends holds the result.
    let value = unsafe { frame.base.replace(Value::NULL) };
    calls::return_value(isolate, value)
}

/// Goes on behind an exit of the code that ran in the top frame.
fn leave(
    isolate: &mut Isolate,
    loaded: &Loaded,
    made: &Made,
    exit: &Exit,
    environments: &[u64],
    is_blown: bool,
) -> Control {
    let base = isolate.frame().base;
    // SAFETY: the code that ran in the frame has left by this exit.
    unsafe { exit.put_tags(base) };
    let mut running = loaded;
    isolate.reserve_frames(exit.frames.len());
    for (frame, stored) in exit.frames.iter().zip(environments) {
        go_to(isolate, running, frame.returns_to as usize);
        running = loaded.linked(frame.callee);
        let window = base.wrapping_add(frame.window as usize);
        let environment = match frame.environment {
            Environment::Nothing => 0,
            // SAFETY: the register holds the closure that was called.
            Environment::Register0 => unsafe { (*window).payload() },
            Environment::Stored => *stored,
            Environment::Caller => isolate.frame().environment,
        };
        let mut called = Frame::new(running, window, environment);
        if let Some(register) = frame.result {
            (called.delivery, called.detail) = (Delivery::Register, register.into());
        }
        isolate.coroutine.push(called);
    }
    go_to(isolate, running, exit.at as usize);
    match exit.why {
        Why::SafePoint => {
            if isolate.interrupt.word().is_raised() {
                return isolate.interrupted();
            }
        }
        // As where a function has returned.
        Why::Behind => return isolate.interrupted_between_calls(false),
        Why::Builtin => {
            if isolate.interrupt.word().is_raised() {
                return isolate.interrupted_after_call();
            }
        }
        Why::Room => {
            if made.place == Place::Beginning {
                // The call, which code counts behind this.
                isolate.steps.give_back(-1);
            }
            make_room(isolate, made);
        }
        Why::Guard | Why::Unseen if !is_blown => surprised(isolate, loaded, running, made, exit),
        Why::Guard | Why::Unseen | Why::Done | Why::Call | Why::Steps => {}
    }
    Control::Next
}

/// Moves the counter of the running frame.
pub(super) fn go_to(isolate: &mut Isolate, loaded: &Loaded, at: usize) {
    // SAFETY: there is a top frame.
    unsafe { (*isolate.coroutine.top).pc = loaded.at(at) };
}

/// Makes room for all that code may need, unless calls would be nested too deep: then the interpreter finds out where.
fn make_room(isolate: &mut Isolate, made: &Made) {
    let compiled = &made.version.compiled;
    if isolate.depth() + compiled.frames > isolate.settings.depth_limit {
        return;
    }
    isolate.reserve_frames(compiled.frames);
    let (base, count) = (isolate.frame().base, compiled.registers);
    if base.wrapping_add(count) > isolate.coroutine.register_end() {
        isolate.coroutine.grow_registers(base, count);
    }
}

/// A run ended in the middle. If most do, something else is tried: other code, and in the end none.
#[cold]
fn broken(isolate: &Isolate, loaded: &Loaded, place: Place) {
    let Some(heat) = loaded.heat() else { return };
    let mut state = heat.borrow_mut();
    let Some(spot) = state.spots.get_mut(&place) else { return };
    spot.broken += 1;
    if spot.broken < BROKEN {
        return;
    }
    let entered = match place {
        Place::Jump(_) => std::mem::take(&mut spot.entered),
        Place::Beginning => loaded.entered.replace(0),
    };
    let pays = spot.broken < entered / 2;
    spot.broken = 0;
    if pays || isolate.settings.jit.as_ref().is_some_and(|jit| jit.when() != jit::When::Hot) {
        return;
    }
    if spot.versions < VERSIONS {
        spot.renews = true;
        if place == Place::Beginning {
            loaded.has_no_code();
        }
        return;
    }
    spot.version = None;
    state.is_refused |= place == Place::Beginning;
    drop(state);
    if let Some(jit) = &isolate.settings.jit {
        jit.note(|| {
            format!("{}: what is compiled {place} is left too often, and not entered any more", loaded.title())
        });
    }
    match place {
        Place::Jump(at) => loaded.put_back(at as usize),
        Place::Beginning => loaded.stop_counting(),
    }
}

/// Code left where it was not meant to: what runs instead is noted, and after a while code is made anew.
#[cold]
fn surprised(isolate: &mut Isolate, loaded: &Loaded, running: &Loaded, made: &Made, exit: &Exit) {
    if exit.why == Why::Guard
        && let Some(heat) = running.heat()
    {
        let mut state = heat.borrow_mut();
        state.seen.at_mut(exit.at as usize).fail(made.version.made_at);
        drop(state);
        running.note_one(exit.at as usize);
    }
    let Some(heat) = loaded.heat() else { return };
    let mut state = heat.borrow_mut();
    let Some(spot) = state.spots.get_mut(&made.place) else { return };
    if exit.at == made.at && exit.frames.is_empty() {
        // SAFETY: the window of the running frame, which is the one that the code was entered for.
        spot.see(unsafe { std::slice::from_raw_parts(isolate.frame().base, loaded.registers) });
    }
    // What comes behind all loops runs once.
    let is_behind = exit.why == Why::Unseen && exit.frames.is_empty() && spot.is_behind(made.place, exit.at);
    if spot.versions >= VERSIONS || is_behind {
        return;
    }
    spot.exits += 1;
    let notes = spot.exits.is_power_of_two();
    if spot.exits >= EXITS && !spot.renews {
        spot.renews = true;
        if made.place == Place::Beginning {
            loaded.has_no_code();
        }
        if let Some(jit) = &isolate.settings.jit {
            jit.note(|| format!("{EXITS} exits from {} {}: it is compiled anew", loaded.title(), made.place));
        }
    }
    drop(state);
    if notes {
        loaded.note_all();
        running.note_all();
    }
}
