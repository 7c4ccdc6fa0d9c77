//! Where code is hot: the jumps backwards of loops, when the program may have machine code.
//!
//! Such a jump is `Op::Hot` in the isolate's copy of the code (`isolate/heat.rs`), so a program without machine code pays
//! nothing. Here the jump is done, its turns are counted, what runs is noted, and code is made and entered.
//!
//! Instructions that are to be noted are `Op::Hot` too, each once: it is noted, put back and run.

use super::Control;
use crate::isolate::{Frame, Isolate, Loaded};
use crate::jit::{self, Back, Callee, Environment, Exit, Request, Version, When, Why};
use crate::memory::{Tag, Value};
use motet_code::{Instruction, Op};
use std::sync::Arc;

/// Turns of a loop before it is looked at.
const TURNS: u32 = 500;
/// Turns that are noted before it is compiled.
const NOTED: u32 = 3;
/// Exits that were not meant to be, before code is made anew.
const EXITS: u32 = 20;
/// Codes for one loop; the last one stays.
const VERSIONS: u8 = 4;

/// `Op::Hot`. The frame's counter stands behind it; afterwards it stands at what is next.
#[cold]
#[inline(never)]
pub(super) fn hot(isolate: &mut Isolate) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let loaded: &Loaded = unsafe { &*isolate.frame().loaded };
    let at = loaded.instruction_before(isolate.frame().pc);
    let i = Instruction(loaded.function.code[at]);
    let op = i.op().expect("verified: an operation");
    if !matches!(op, Op::Loop | Op::ForLoop) {
        note(isolate, loaded, at, i, op);
        loaded.put_back(at);
        go_to(isolate, loaded, at);
        return Control::Next;
    }
    if let Some(heat) = loaded.heat() {
        heat.borrow_mut().seen.at_mut(at).ran = true;
    }
    if !jump_back(isolate, loaded, at, i, op) {
        return Control::Next;
    }
    if isolate.interrupt.word().is_raised() {
        return isolate.interrupted();
    }
    turn(isolate, loaded, at)
}

/// Moves the counter of the running frame.
fn go_to(isolate: &mut Isolate, loaded: &Loaded, at: usize) {
    // SAFETY: there is a top frame.
    unsafe { (*isolate.coroutine.top).pc = loaded.at(at) };
}

/// Does the jump, unless the loop is over.
fn jump_back(isolate: &mut Isolate, loaded: &Loaded, at: usize, i: Instruction, op: Op) -> bool {
    if op == Op::ForLoop {
        let counter = isolate.frame().base.wrapping_add(i.a() as usize);
        // SAFETY: verified: `ForPrepare` filled the three registers.
        unsafe {
            let left = (*counter.add(1)).payload();
            if left & super::iteration::COUNTED != 0 {
                // The program has limits, and is not the one that the code was loaded for.
                loaded.put_back(at);
                go_to(isolate, loaded, at);
                return false;
            }
            if left == 0 {
                return false;
            }
            super::raw::step_counter(counter, left);
        }
    }
    let target = (at as i64 + 1 + i.bc() as i64) as usize;
    go_to(isolate, loaded, target);
    true
}

/// A turn of a loop, whose head is next.
fn turn(isolate: &mut Isolate, loaded: &Loaded, at: usize) -> Control {
    let Some(jit) = isolate.settings.jit.clone().filter(|_| !isolate.counts_steps()) else {
        // Loaded for another program.
        loaded.put_back(at);
        return Control::Next;
    };
    let Some(heat) = loaded.heat() else { return Control::Next };
    let mut state = heat.borrow_mut();
    let spot = state.spots.entry(at as u32).or_default();
    if let Some(version) = spot.version.clone()
        && !spot.renews
    {
        let mut fuse = state.fuse;
        drop(state);
        return run(isolate, loaded, at, &version, &mut fuse, jit.when());
    }
    let eager = jit.when() != When::Hot;
    let (turns, noted) = if eager { (1, 1) } else { (TURNS, NOTED) };
    spot.turns += 1;
    if spot.turns < turns {
        return Control::Next;
    }
    if spot.turns == turns && !spot.renews {
        drop(state);
        loaded.note_all();
        return Control::Next;
    }
    if spot.turns < turns + noted && !spot.renews {
        return Control::Next;
    }
    spot.renews = false;
    let head = loaded.instruction_at(isolate.frame().pc);
    // SAFETY: the window of the running frame.
    let window = unsafe { std::slice::from_raw_parts(isolate.frame().base, loaded.registers) };
    let registers: Vec<Tag> = window.iter().map(Value::tag).collect();
    let request = Request {
        function: &loaded.function,
        at: head as u32,
        registers: &registers,
        seen: &state.seen,
        words: loaded.words(),
        callee: &callee_of,
        stress: jit.when() == When::Stress,
        eager,
    };
    let compiled = jit.compile(&request);
    let spot = state.spots.entry(at as u32).or_default();
    match compiled {
        Ok(version) => {
            spot.versions += 1;
            spot.exits = 0;
            let version = Arc::new(version);
            spot.version = Some(version.clone());
            let mut fuse = state.fuse;
            drop(state);
            run(isolate, loaded, at, &version, &mut fuse, jit.when())
        }
        Err(refused) => {
            let goes_on = spot.version.is_some();
            spot.versions = VERSIONS;
            drop(state);
            jit.note(|| {
                let name = if loaded.function.name.is_empty() { "fn" } else { &loaded.function.name };
                format!("not compiled {name} from {head}: {}", refused.0)
            });
            if !goes_on {
                loaded.put_back(at);
            }
            Control::Next
        }
    }
}

/// Runs code from the head of its loop on, and leaves all as the interpreter would have it.
fn run(
    isolate: &mut Isolate,
    loaded: &Loaded,
    at: usize,
    version: &Arc<Version>,
    fuse: &mut u32,
    when: When,
) -> Control {
    if !make_room(isolate, version) {
        return Control::Next;
    }
    // SAFETY: the version was made for this spot, and the counter is at the head of its loop. It is held meanwhile.
    let back = unsafe { jit::enter(isolate, &*version.compiled.code, fuse) };
    let blown = *fuse == 0;
    if blown {
        // Tests want each exit taken; which one is next is made of the last ones, and the same in each run.
        *fuse = 1 + (at as u32).wrapping_mul(2_654_435_761).rotate_left(7).wrapping_add(isolate.next_fuse()) % 61;
    }
    if when == When::Stress
        && let Some(heat) = loaded.heat()
    {
        heat.borrow_mut().fuse = *fuse;
    }
    let number = match back {
        Back::Left(control) => return control,
        Back::Exit(number) => number as usize,
    };
    let exit = &version.compiled.exits[number];
    let base = isolate.frame().base;
    for (register, tag) in &exit.tags {
        // SAFETY: a register of the running window that owns nothing, and whose payload the code has stored, unless it is
        // null.
        unsafe {
            let register = base.add(*register as usize);
            debug_assert!(!(*register).is_heap(), "a value is overwritten that is owned");
            if *tag == Tag::Null {
                register.write(Value::NULL);
            } else {
                register.byte_add(Value::TAG_OFFSET).cast::<Tag>().write(*tag);
            }
        }
    }
    let mut running = loaded;
    for frame in &exit.frames {
        go_to(isolate, running, frame.returns_to as usize);
        // SAFETY: the handle is that of code of this isolate, which lives as long as it.
        running = unsafe { &*(frame.callee as *const Loaded) };
        let window = base.wrapping_add(frame.window as usize);
        let environment = match frame.environment {
            Environment::Nothing => 0,
            // SAFETY: the register holds the closure that was called.
            Environment::Register0 => unsafe { (*window).payload() },
            Environment::At(address) => address,
        };
        isolate.coroutine.push(Frame::new(running, window, environment));
    }
    let is_deeper = !exit.frames.is_empty();
    go_to(isolate, running, exit.at as usize);
    match exit.why {
        Why::SafePoint => {
            if isolate.interrupt.word().is_raised() {
                return match isolate.interrupted() {
                    Control::Next if is_deeper => Control::Reload,
                    control => control,
                };
            }
        }
        Why::Guard | Why::Unseen if !blown => surprised(isolate, loaded, running, at, exit),
        Why::Guard | Why::Unseen | Why::Done => {}
    }
    if is_deeper { Control::Reload } else { Control::Next }
}

/// Has room for all that code may need; no if calls would be nested too deep, and then the interpreter finds out where.
fn make_room(isolate: &mut Isolate, version: &Version) -> bool {
    if isolate.depth() + version.compiled.frames > isolate.settings.depth_limit {
        return false;
    }
    let (base, count) = (isolate.frame().base, version.compiled.registers);
    if base.wrapping_add(count) > isolate.coroutine.register_end() {
        isolate.coroutine.grow_registers(base, count);
    }
    true
}

/// What is known of a function by the handle of its code.
fn callee_of(handle: u64) -> Option<Callee> {
    // SAFETY: handles are those of code of this isolate, which lives as long as it.
    let loaded = unsafe { (handle as *const Loaded).as_ref() }?;
    // What is being compiled itself is borrowed.
    let heat = loaded.heat()?.try_borrow().ok()?;
    Some(Callee { function: loaded.function.clone(), seen: heat.seen.clone(), words: loaded.words().to_vec() })
}

/// Code left where it was not meant to: what runs instead is noted, and after a while code is made anew.
#[cold]
fn surprised(isolate: &mut Isolate, loaded: &Loaded, running: &Loaded, at: usize, exit: &Exit) {
    if exit.why == Why::Guard
        && let Some(heat) = running.heat()
    {
        let mut state = heat.borrow_mut();
        let seen = state.seen.at_mut(exit.at as usize);
        seen.failures = seen.failures.saturating_add(1);
    }
    let Some(heat) = loaded.heat() else { return };
    let mut state = heat.borrow_mut();
    let Some(spot) = state.spots.get_mut(&(at as u32)) else { return };
    if spot.versions >= VERSIONS {
        return;
    }
    spot.exits += 1;
    let notes = spot.exits.is_power_of_two();
    spot.renews = spot.exits >= EXITS;
    if spot.renews
        && let Some(jit) = &isolate.settings.jit
    {
        jit.note(|| format!("{EXITS} exits from the loop that jumps back at {at}: it is compiled anew"));
    }
    drop(state);
    if notes {
        loaded.note_all();
        running.note_all();
    }
}

/// Notes what an instruction works on, and what the one before it has made.
fn note(isolate: &mut Isolate, loaded: &Loaded, at: usize, i: Instruction, op: Op) {
    let Some(heat) = loaded.heat() else { return };
    let base = isolate.frame().base;
    let tag = |register: u16| {
        // SAFETY: the register is in the window, all of whose registers hold values.
        ((register as usize) < loaded.registers).then(|| unsafe { (*base.add(register as usize)).tag() })
    };
    let mut state = heat.borrow_mut();
    if let Some(before) = state.before(at)
        && let Some(tag) = tag(result_of(Instruction(loaded.function.code[before])))
    {
        state.seen.at_mut(before).result.add(tag);
    }
    let seen = state.seen.at_mut(at);
    seen.ran = true;
    for (tags, register) in [(&mut seen.a, i.a()), (&mut seen.b, i.b()), (&mut seen.c, i.c())] {
        if let Some(tag) = tag(register) {
            tags.add(tag);
        }
    }
    let callee: *const Loaded = match op {
        // SAFETY: the words behind the instructions are their caches, and a closure is alive in its register.
        Op::CallKnown => unsafe { *loaded.at(at + 1) as *const Loaded },
        Op::CallSelf => loaded,
        // SAFETY: as above.
        Op::Method => unsafe { *loaded.at(at + 3) as *const Loaded },
        Op::Call if tag(i.a()) == Some(Tag::Closure) => {
            // SAFETY: the register holds a closure, and nothing has taken it.
            let id = unsafe { super::raw::closure_function_id((*base.add(i.a() as usize)).payload()) };
            isolate.loaded.get(id as usize).copied().unwrap_or(std::ptr::null())
        }
        _ => std::ptr::null(),
    };
    if !callee.is_null() && !seen.calls_many {
        seen.calls_many = seen.callee != 0 && seen.callee != callee as u64;
        seen.callee = if seen.calls_many { 0 } else { callee as u64 };
    }
    seen.calls |= match op {
        Op::CallKnown
        | Op::CallSelf
        | Op::CallNamed
        | Op::CallSpread
        | Op::Super
        | Op::SuperNamed
        | Op::SuperSpread => true,
        Op::Call => tag(i.a()) != Some(Tag::Native),
        // SAFETY: the three words behind the instruction are its cache.
        // SAFETY: as above.
        Op::Method => unsafe { *loaded.at(at + 3) != 0 },
        _ => false,
    };
    drop(state);
    // What a loop calls may become a part of it.
    // SAFETY: code of this isolate, which lives as long as it.
    if let Some(callee) = unsafe { callee.as_ref() }
        && let Some(heat) = callee.heat()
        && heat.borrow().seen.is_empty()
    {
        callee.note_all();
    }
}

/// The register that an instruction makes something in.
fn result_of(i: Instruction) -> u16 {
    if i.op() == Some(Op::Next) { i.b() } else { i.a() }
}
