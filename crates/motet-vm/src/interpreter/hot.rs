//! Where code is hot: calls of functions and the jumps backwards of loops, when the program may have machine code.
//!
//! Such a jump is `Op::Hot` in the isolate's copy of the code (`isolate/heat.rs`), and calls begin at one in front of the
//! first instruction; so a program without machine code pays nothing. Here calls and turns are counted, what runs is noted,
//! and code is made. `compiled.rs` enters it.
//!
//! Instructions that are to be noted are `Op::Hot` too, each once: it is noted, put back and run.

use super::Control;
use super::compiled::{self, go_to};
use super::iteration::{COUNTED, SLICE};
use super::noted::note_method;
use crate::isolate::{Heat, Isolate, Loaded, Place};
use crate::jit::{
    self, Appended, Callee, Entry, FixedStatic, Jit, Made, Refused, Request, Seen, Shared, VERSIONS, Version, Wanted,
    When, constants_of,
};
use crate::memory::{Symbol, Tag, Value, find_slot, transition};
use motet_code::{Constant, Function, Instruction, Op};
use std::sync::Arc;

/// Turns that are noted before it is compiled.
const NOTED: u32 = 8;
/// The same of calls. What a function does differs more from call to call.
const NOTED_CALLS: u32 = 30;
/// Turns that a loop waits for those around it to turn, too: code that does not know them is soon made anew.
const AROUND: u32 = 4_000;

/// `Op::Hot`. The frame's counter stands behind it; afterwards it stands at what is next.
#[cold]
#[inline(never)]
pub(super) fn hot(isolate: &mut Isolate) -> Control {
    // SAFETY: loaded code lives as long as the isolate.
    let loaded: &Loaded = unsafe { &*isolate.frame().loaded };
    if isolate.frame().pc == loaded.code {
        // In front of the first instruction.
        if loaded.has_code.get() && compiled::is_allowed(isolate) {
            loaded.entered.set(loaded.entered.get().saturating_add(1));
            return compiled::run(isolate, loaded, Place::Beginning, loaded.entry.get());
        }
        return turn(isolate, loaded, Place::Beginning);
    }
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
        match isolate.interrupted() {
            Control::Next => {}
            control => return control,
        }
    }
    turn(isolate, loaded, Place::Jump(at as u32))
}

/// Does the jump, unless the loop is over.
fn jump_back(isolate: &mut Isolate, loaded: &Loaded, at: usize, i: Instruction, op: Op) -> bool {
    if op == Op::ForLoop {
        let counter = isolate.frame().base.wrapping_add(i.a() as usize);
        // SAFETY: verified: `ForPrepare` filled the three registers.
        unsafe {
            let left = (*counter.add(1)).payload();
            if left & !COUNTED == 0 {
                return false;
            }
            // Where iterations are counted, the number is so many times as large.
            let skipped = if left & COUNTED == 0 { 0 } else { SLICE - 1 };
            super::raw::step_counter(counter, left - skipped);
        }
    }
    let target = (at as i64 + 1 + i.bc() as i64) as usize;
    go_to(isolate, loaded, target);
    true
}

/// A call, or a turn of a loop, whose first instruction is next.
fn turn(isolate: &mut Isolate, loaded: &Loaded, place: Place) -> Control {
    let Some(jit) = isolate.settings.jit.clone().filter(|_| compiled::is_allowed(isolate)) else {
        // Loaded for another program.
        stop(loaded, place);
        return Control::Next;
    };
    let Some(heat) = loaded.heat() else { return Control::Next };
    // Other isolates may have code for it.
    let has_asked = std::mem::replace(&mut heat.borrow_mut().spots.entry(place).or_default().has_asked, true);
    if !has_asked
        && jit.used() > 0
        && let Some(entry) = find(isolate, loaded, place, &jit)
    {
        return compiled::run(isolate, loaded, place, entry);
    }
    let mut state = heat.borrow_mut();
    let spot = state.spots.entry(place).or_default();
    if let Some(number) = spot.version
        && !spot.renews
    {
        spot.entered += 1;
        let entry = state.made[&number].entry();
        drop(state);
        return compiled::run(isolate, loaded, place, entry);
    }
    let (turns, noted) = match (jit.when(), place) {
        (When::Eager | When::Stress, _) => (1, 1),
        (When::Hot, Place::Jump(_)) => (jit.turns(), NOTED),
        (When::Hot, Place::Beginning) => (jit.calls(), NOTED_CALLS),
    };
    spot.turns += 1;
    if spot.turns < turns {
        return Control::Next;
    }
    // SAFETY: the window of the running frame.
    spot.see(unsafe { std::slice::from_raw_parts(isolate.frame().base, loaded.registers) });
    let renews = std::mem::take(&mut spot.renews);
    let turned = spot.turns;
    if turned == turns && !renews {
        begin_noting(loaded, &mut state, place);
        return Control::Next;
    }
    let waits_around = jit.when() == When::Hot && turned < turns + AROUND && !have_turned_around(&state, place);
    if !renews && (turned < turns + noted || waits_around) {
        if is_noted_again(turned - turns) {
            loaded.note_all();
        }
        return Control::Next;
    }
    drop(state);
    match compile(isolate, loaded, place, &jit) {
        Some(entry) => compiled::run(isolate, loaded, place, entry),
        None => Control::Next,
    }
}

/// Whether at a turn, counted from where noting began, all is noted once more: objects of other classes may come, and code that
/// does not know them is soon made anew. At first each time, then less and less often.
fn is_noted_again(turn: u32) -> bool {
    turn <= 8 || turn <= 400 && turn.isqrt().pow(2) == turn
}

/// Has all that runs from now on noted, once.
fn begin_noting(loaded: &Loaded, state: &mut Heat, place: Place) {
    if let Place::Jump(jump) = place {
        let turns = |at: u32| state.spots.get(&Place::Jump(at)).map_or(0, |spot| spot.turns);
        let around = loaded.loops_around(jump as usize).into_iter().map(|at| (at, turns(at)));
        let around = around.collect();
        state.spots.entry(place).or_default().around = around;
    }
    loaded.note_all();
}

/// Whether the loops around a place have turned since noting began.
fn have_turned_around(state: &Heat, place: Place) -> bool {
    let turns = |at: u32| state.spots.get(&Place::Jump(at)).map_or(0, |spot| spot.turns);
    state.spots.get(&place).is_none_or(|spot| spot.around.iter().all(|(at, before)| turns(*at) > *before))
}

/// Code that another isolate has made, if it has.
fn find(isolate: &mut Isolate, loaded: &Loaded, place: Place, jit: &Arc<Jit>) -> Option<Entry> {
    let made = loaded.shared(jit, isolate.counts_steps())?.latest(place)?;
    isolate.adopt(loaded, &made).then(|| use_code(loaded, &made))
}

/// Code for a place, whose first instruction is next; what there was before, if there can be no other.
fn compile(isolate: &mut Isolate, loaded: &Loaded, place: Place, jit: &Arc<Jit>) -> Option<Entry> {
    let heat = loaded.heat()?;
    let shared = loaded.shared(jit, isolate.counts_steps())?;
    let has = heat.borrow().spots.get(&place)?.version;
    let made = match shared.want(place, has) {
        Wanted::There(made) => Some(made),
        Wanted::Make(number) => {
            let at = loaded.instruction_at(isolate.frame().pc) as u32;
            let version = make(isolate, loaded, (place, at, number), &shared, jit);
            let made = shared.publish(place, at, number, version);
            made.map_err(|refused| jit.note(|| format!("not compiled {} from {at}: {}", loaded.title(), refused.0)))
                .ok()
        }
        Wanted::Later => {
            // It is asked for again at the next turn.
            let mut state = heat.borrow_mut();
            let spot = state.spots.entry(place).or_default();
            spot.turns -= 1;
            spot.renews = has.is_some();
            return has.map(|number| state.made[&number].entry());
        }
        Wanted::Nothing => None,
    };
    if let Some(made) = made
        && isolate.adopt(loaded, &made)
    {
        return Some(use_code(loaded, &made));
    }
    let mut state = heat.borrow_mut();
    state.is_refused |= place == Place::Beginning && has.is_none();
    let spot = state.spots.entry(place).or_default();
    spot.versions = VERSIONS;
    let Some(number) = has else {
        drop(state);
        stop(loaded, place);
        return None;
    };
    let made = Arc::clone(&state.made[&number]);
    drop(state);
    Some(use_code(loaded, &made))
}

/// Makes code by a number.
fn make(
    isolate: &Isolate,
    loaded: &Loaded,
    (place, at, number): (Place, u32, u32),
    shared: &Shared,
    jit: &Arc<Jit>,
) -> Result<Version, Refused> {
    let Some(heat) = loaded.heat() else { return Err(Refused("it is not counted".into())) };
    let state = heat.borrow();
    let registers = state.spots.get(&place).map_or(&[][..], |spot| &spot.registers);
    let here = |name: u64| {
        let id = usize::try_from(name).ok()?.checked_sub(1)?;
        // SAFETY: loaded code lives as long as the isolate.
        unsafe { isolate.loaded.get(id).copied()?.as_ref() }
    };
    let function = |name| here(name).map(|loaded| loaded.function.clone());
    let (seen, registers) = shared.learn(place, &state.seen, registers, function);
    let request = Request {
        function: &loaded.function,
        name: jit::name(&loaded.function),
        link: &|function| shared.link(function),
        number,
        at,
        is_function: place == Place::Beginning,
        registers: &registers,
        seen: &seen,
        words: loaded.words(),
        constants: constants_of(loaded),
        callee: &|name| match here(name) {
            Some(loaded) => known_of(loaded),
            None => shared.called(name).map(unknown),
        },
        builtin: &|payload| builtin(isolate, payload),
        counts: isolate.counts_steps(),
        stress: jit.when() == When::Stress,
        eager: jit.when() != When::Hot,
    };
    jit.compile(&request)
}

/// What the place is entered with from now on, which the isolate has adopted.
fn use_code(loaded: &Loaded, made: &Made) -> Entry {
    let entry = made.entry();
    if let Some(heat) = loaded.heat() {
        let mut state = heat.borrow_mut();
        let spot = state.spots.entry(made.place).or_default();
        spot.versions = spot.versions.max(made.versions);
        if spot.version != Some(made.number) {
            spot.exits = 0;
        }
        spot.version = Some(made.number);
    }
    if made.place == Place::Beginning {
        loaded.entry.set(entry);
        loaded.has_code.set(true);
        loaded.is_leaf.set(made.version.compiled.is_leaf);
    }
    entry
}

/// A place is no longer looked at.
fn stop(loaded: &Loaded, place: Place) {
    match place {
        Place::Jump(at) => loaded.put_back(at as usize),
        Place::Beginning => loaded.stop_counting(),
    }
}

/// What is known of a function.
fn known_of(loaded: &Loaded) -> Option<Callee> {
    // What is being compiled itself is borrowed.
    let heat = loaded.heat()?.try_borrow().ok()?;
    let (function, words) = (loaded.function.clone(), loaded.words().to_vec());
    let constants = constants_of(loaded);
    Some(Callee { function, constants, is_refused: heat.is_refused, seen: heat.seen.clone(), words })
}

/// The same of one that has run only in other isolates.
fn unknown(function: Arc<Function>) -> Callee {
    let (seen, words) = (Seen::new(function.code.len()), function.code.to_vec());
    Callee { function, constants: Box::default(), is_refused: false, seen, words }
}

/// Builtin functions that code may do itself.
const KNOWN_BUILTINS: [&str; 11] = ["push", "len", "sqrt", "abs", "floor", "ceil", "min", "max", "str", "has", "get"];

/// The name of a native, if it is one of those.
fn builtin(isolate: &Isolate, payload: u64) -> Option<&'static str> {
    KNOWN_BUILTINS.into_iter().find(|name| {
        let native = isolate.builtins.function(name);
        native.is_some_and(|native| std::ptr::from_ref(native) as u64 == payload)
    })
}

/// Notes what an instruction works on, and what the one before it has made.
fn note(isolate: &mut Isolate, loaded: &Loaded, at: usize, i: Instruction, op: Op) {
    let Some(heat) = loaded.heat() else { return };
    let base = isolate.frame().base;
    let tag = |register: u16| {
        // SAFETY: the register is in the window, all of whose registers hold values.
        ((register as usize) < loaded.registers).then(|| unsafe { (*base.add(register as usize)).tag() })
    };
    let now = isolate.settings.jit.as_ref().map_or(0, |jit| jit.clock());
    let mut state = heat.borrow_mut();
    if let Some(before) = state.before(&loaded.function, at)
        && let Some(tag) = tag(result_of(Instruction(loaded.function.code[before])))
    {
        let known = state.seen.known(before);
        state.seen.at_mut(before).result.add(tag);
        if state.seen.known(before) != known {
            state.seen.learnt(before, now);
        }
    }
    let known_before = state.seen.known(at);
    if let Some(cache) = field_cache(loaded, i, op, |register| {
        // SAFETY: the register is in the window.
        unsafe { &*base.add(register as usize) }
    }) {
        state.seen.add_field(at, cache);
    }
    if op == Op::SetField {
        // SAFETY: the register is in the window.
        state.seen.add_appended(at, appended(loaded, i, unsafe { &*base.add(i.a() as usize) }));
    }
    if op == Op::GetField {
        // SAFETY: the register is in the window.
        note_static(&mut state, loaded, at, i, unsafe { &*base.add(i.b() as usize) });
    }
    let called = match op {
        Op::Method | Op::TailMethod | Op::GetField | Op::Super => note_method(isolate, loaded, &mut state, at, i, op),
        _ => std::ptr::null(),
    };
    let seen = state.seen.at_mut(at);
    seen.ran = true;
    let (b, c) = match op {
        Op::Call | Op::TailCall | Op::Method | Op::TailMethod => (i.a() + 1, i.a() + 2),
        _ => (i.b(), i.c()),
    };
    for (tags, register) in [(&mut seen.a, i.a()), (&mut seen.b, b), (&mut seen.c, c)] {
        if let Some(tag) = tag(register) {
            tags.add(tag);
        }
    }
    let callee: *const Loaded = match op {
        Op::CallKnown | Op::TailKnown => known(isolate, loaded, at, i),
        Op::CallSelf | Op::TailSelf => loaded,
        Op::Method | Op::TailMethod | Op::GetField | Op::Super => called,
        Op::Call | Op::TailCall if tag(i.a()) == Some(Tag::Closure) => {
            // SAFETY: the register holds a closure, and nothing has taken it.
            let id = unsafe { super::raw::closure_function_id((*base.add(i.a() as usize)).payload()) };
            isolate.loaded.get(id as usize).copied().unwrap_or(std::ptr::null())
        }
        _ => std::ptr::null(),
    };
    // SAFETY: loaded code lives as long as the isolate.
    if let Some(callee) = unsafe { callee.as_ref() }
        && !seen.calls_many
    {
        let name = jit::name(&callee.function);
        seen.calls_many = seen.callee != 0 && seen.callee != name;
        seen.callee = if seen.calls_many { 0 } else { name };
    }
    let native = match op {
        // SAFETY: the register is in the window.
        Op::Call | Op::TailCall => native_of(unsafe { &*base.add(i.a() as usize) }),
        // SAFETY: as above.
        Op::Method => function_of_module(unsafe { &*base.add(i.a() as usize) }, loaded.name(i.c())),
        _ => None,
    };
    if let Some(native) = native {
        seen.calls_many |= seen.native != 0 && seen.native != native;
        seen.native = if seen.calls_many { 0 } else { native };
    }
    seen.calls |= match op {
        Op::CallKnown
        | Op::TailKnown
        | Op::CallSelf
        | Op::CallNamed
        | Op::CallSpread
        | Op::Super
        | Op::SuperNamed
        | Op::SuperSpread => true,
        Op::Call | Op::TailCall => !matches!(tag(i.a()), Some(Tag::Native | Tag::Foreign)),
        // SAFETY: the three words behind the instruction are its cache.
        Op::Method | Op::TailMethod => !called.is_null() || unsafe { *loaded.at(at + 3) != 0 },
        // SAFETY: the register is in the window.
        Op::GetField => is_getter(isolate, unsafe { &*base.add(i.b() as usize) }, loaded.name(i.c())),
        _ => false,
    };
    if state.seen.known(at) != known_before {
        state.seen.learnt(at, now);
    }
    drop(state);
    // What a loop calls may become a part of it.
    // SAFETY: code of this isolate, which lives as long as it.
    if let Some(callee) = unsafe { callee.as_ref() }
        && let Some(heat) = callee.heat()
        && let Ok(mut heat) = heat.try_borrow_mut()
        && heat.noted < NOTED
    {
        heat.noted += 1;
        drop(heat);
        callee.note_all();
    }
}

/// What the cache of an instruction that names a field holds for the object that it works on.
fn field_cache<'a>(loaded: &Loaded, i: Instruction, op: Op, register: impl Fn(u16) -> &'a Value) -> Option<u64> {
    let object = match op {
        Op::GetField => register(i.b()),
        Op::SetField | Op::AddField => register(i.a()),
        _ => return None,
    };
    let fields = object.as_fields()?;
    let (shape, name) = (fields.shape(), loaded.name(if op == Op::GetField { i.c() } else { i.b() }));
    // As the operations fill their caches.
    if shape.is_dictionary() || op != Op::GetField && super::fields::is_checked(fields, name, i) {
        return None;
    }
    find_slot(shape, name).map(|slot| super::raw::field_cache(shape.0, slot))
}

/// The payload of a native.
fn native_of(value: &Value) -> Option<u64> {
    (value.tag() == Tag::Native).then(|| value.payload())
}

/// The native in a field of a record that does not change.
fn function_of_module(record: &Value, name: Symbol) -> Option<u64> {
    let fields = record.as_record().filter(|_| record.is_frozen())?;
    native_of(&fields.get(name)?)
}

/// The field that an object is about to get, as the operation would add it.
fn appended(loaded: &Loaded, i: Instruction, object: &Value) -> Option<Appended> {
    let fields = object.as_fields()?;
    let (shape, name) = (fields.shape(), loaded.name(i.b()));
    if shape.is_dictionary() || super::fields::is_checked(fields, name, i) || find_slot(shape, name).is_some() {
        return None;
    }
    let next = transition(shape, name);
    let slot = shape.slot_count() as u32;
    (!next.is_dictionary()).then_some(Appended { before: shape.0, after: next.0, slot })
}

/// Notes the static that a field of a class is, if it is an object: the cases of enums. One of the parent may change without
/// the class's knowing.
fn note_static(state: &mut Heat, loaded: &Loaded, at: usize, i: Instruction, object: &Value) {
    let Some(class) = object.as_class() else { return };
    let name = loaded.name(i.c());
    let value = class.static_value(name).filter(|value| value.is_heap() && class.has_static(name));
    state.seen.add_static(at, value.as_ref().map(Value::tag));
    if let Some(value) = value {
        let (class, version, tag, address) = (object.payload(), class.version(), value.tag() as u32, value.payload());
        let seen = FixedStatic { class, version, tag, address };
        loaded.keep_static(state, at, seen, [object.clone(), value]);
    }
}

/// Whether a field of an object is what a getter of its class gives.
fn is_getter(isolate: &Isolate, object: &Value, name: Symbol) -> bool {
    let Some(fields) = object.as_instance().filter(|fields| !fields.contains(name)) else { return false };
    let getter = isolate.names.getter(name);
    getter.is_some_and(|getter| fields.class().is_some_and(|class| class.method(getter).is_some()))
}

/// The function that a `CallKnown` calls, whose cache may not be filled yet.
fn known(isolate: &mut Isolate, loaded: &Loaded, at: usize, i: Instruction) -> *const Loaded {
    // SAFETY: the word behind the instruction is its cache.
    let cached = unsafe { *loaded.at(at + 1) } as *const Loaded;
    match loaded.function.constants.get(i.c() as usize) {
        // What cannot be loaded the call itself finds out.
        Some(Constant::Function(function)) if cached.is_null() => isolate.load(function).unwrap_or(std::ptr::null()),
        _ => cached,
    }
}

/// The register that an instruction makes something in.
fn result_of(i: Instruction) -> u16 {
    if i.op() == Some(Op::Next) { i.b() } else { i.a() }
}
