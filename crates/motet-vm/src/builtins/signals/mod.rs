//! Signals, computed values, effects and batches, as programs use them.
//!
//! The graph says which function is to run next (`crate::signals`); the natives here have it called, one after the other,
//! as callbacks of one native each: reading a computed value, setting a signal, running effects. So such a function may
//! throw, wait or recurse like any other, and a chain of any length needs no stack.

mod changing;
mod outside;
mod reading;
mod running;

pub(crate) use outside::{EffectsElsewhere, Tracked, Wanted};
pub(crate) use reading::{Known, known_value, value_field};
pub(super) use running::EFFECT;

use self::changing::{Batching, Updating};
use self::reading::{read, ready};
use self::running::{Evaluating, Goal, run_effects};
use super::arguments::{WithOptions, callable, required_arguments, wrong};
use super::entry::Entry;
use super::late::LateComputed;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::{Holder, Isolate, refuse_mutable};
use crate::memory::{ForeignKind, ForeignObject, Value, publish};
use crate::native::{Arguments, CallArguments, Outcome};
use crate::signals::{COMPUTED, Computed, Function, SIGNAL, SetEnd, Signal};
use crate::workers::new_latest;
use std::sync::Arc;

/// An effect, as the thread that made it holds it. The thread owns the effect itself.
struct EffectObject {
    node: u32,
    serial: u64,
}

impl ForeignObject for EffectObject {
    fn kind(&self) -> &'static ForeignKind {
        &EFFECT
    }

    fn send(&self) -> std::result::Result<Arc<dyn crate::memory::SharedForeign>, &'static str> {
        Err("an effect belongs to the thread that made it; share the signals that it reads")
    }
}

/// A handle on the signal that a method was called on, which changes it.
fn own_signal(isolate: &Isolate, arguments: &Arguments<'_>) -> Result<Signal> {
    let signal = Signal::of(arguments.at(0)).expect("a method of signals");
    if Arc::ptr_eq(signal.graph(), &isolate.thread().program().machine.graph) {
        Ok(signal)
    } else {
        Err(another_program())
    }
}

fn another_program() -> Error {
    Error::new(ErrorKind::ValueError, "this signal belongs to another virtual machine")
        .with_hint("signals connect the threads of one program; send its value instead")
}

fn circle() -> Error {
    Error::new(ErrorKind::CycleError, "a computed value depends on itself")
        .with_hint("one of the functions that it was computed with reads it again")
}

fn signal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.get(0).cloned().unwrap_or_default();
    let isolate = &mut *context.isolate;
    let value = isolate.freeze_for_signal(&value, "a signal")?;
    let graph = isolate.thread().program().machine.graph.clone();
    let signal = match isolate.settings().keeps_signals.clone() {
        None => graph.signal(value),
        Some(keeper) => {
            let place = context.place();
            let place = place.as_ref().map(|(source, span)| (&**source, *span));
            keeper.keep(place, &value, &mut || graph.signal(value.clone()))
        }
    };
    Ok(signal.to_value(context.heap()).into())
}

fn computed(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let arguments = WithOptions::of("computed", arguments, 1, &["latest"])?;
    let function = callable("computed", &arguments.positional[0])?;
    without_parameters("computed", function)?;
    let isolate = &mut *context.isolate;
    refuse_mutable(function, Holder::Shared("computed"))?;
    let is_latest = arguments.flag("latest");
    if !is_latest && publish(function, &isolate.heap).is_err() {
        return Ok(LateComputed::make(isolate, function.clone()).into());
    }
    let gene = function.as_closure().is_some_and(|closure| closure.function().source.gene);
    let function = isolate.freeze_for_signal(function, "computed")?;
    if is_latest {
        no_sets_inside(isolate, "have workers compute")?;
        let (computed, latest) = new_latest(isolate, function, gene);
        isolate.tasks.effects.latest.add(latest);
        return Ok(computed.to_value(&isolate.heap).into());
    }
    let computed = isolate.thread().program().machine.graph.computed_by(Function::Script(function));
    Ok(computed.to_value(&isolate.heap).into())
}

fn without_parameters(name: &str, function: &Value) -> Result<()> {
    if required_arguments(function) == 0 {
        return Ok(());
    }
    Err(Error::new(ErrorKind::ArityError, format!("{name} takes a function without parameters"))
        .with_hint(format!("it reads what it needs: {name}(() => n.value + 1)")))
}

fn effect(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let function = callable("effect", arguments.at(0))?;
    without_parameters("effect", function)?;
    let isolate = &mut *context.isolate;
    no_sets_inside(isolate, "make effects")?;
    let (node, serial) = isolate.add_effect(function.clone());
    let object = isolate.heap.foreign(Box::new(EffectObject { node, serial }));
    let session = isolate.session();
    let base = session.base();
    let step = isolate.first_run(node);
    Evaluating::begin(isolate, base, Goal::First(object), step)
}

/// What only changes things does not belong into a computed value: it may run at any time, or never.
fn no_sets_inside(isolate: &mut Isolate, what: &str) -> Result<()> {
    if isolate.observing().is_some_and(|session| session.is_computing()) {
        return Err(Error::new(ErrorKind::ValueError, format!("the function of a computed value cannot {what}"))
            .with_hint("it may run at any time, on any thread, or never; do it in an effect"));
    }
    Ok(())
}

fn set(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let isolate = &mut *context.isolate;
    no_sets_inside(isolate, "set signals")?;
    let signal = own_signal(isolate, &arguments)?;
    isolate.not_inside_own_update(&signal, "set")?;
    let value = isolate.freeze_for_signal(arguments.at(1), "a signal")?;
    match isolate.session().set(&signal, value, None) {
        SetEnd::Stored => run_effects(isolate, Value::NULL),
        SetEnd::Quiet | SetEnd::Changed => Ok(Value::NULL.into()),
    }
}

fn update(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let isolate = &mut *context.isolate;
    no_sets_inside(isolate, "set signals")?;
    let function = callable("update", arguments.at(1))?.clone();
    let signal = own_signal(isolate, &arguments)?;
    isolate.not_inside_own_update(&signal, "update")?;
    let place = isolate.code_place();
    Ok(Updating::begin(isolate, signal, function, place))
}

fn batch(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let isolate = &mut *context.isolate;
    no_sets_inside(isolate, "set signals")?;
    let function = callable("batch", arguments.at(0))?.clone();
    if required_arguments(&function) > 0 {
        return Err(Error::new(ErrorKind::ArityError, "batch takes a function without parameters")
            .with_hint("what it sets, it finds: batch(() => do { a.set(1); b.set(2) })"));
    }
    isolate.session().begin_batch();
    Ok(Outcome::Call { function, arguments: CallArguments::None, then: Box::new(Batching::Running) })
}

fn get(context: &mut Context<'_>, arguments: Arguments<'_>, tracks: bool) -> Result<Outcome> {
    let isolate = &mut *context.isolate;
    if let Some(value) = ready(isolate, arguments.at(0), tracks) {
        return value.map(Outcome::Return);
    }
    match Computed::of(arguments.at(0)) {
        Some(computed) => read(isolate, &computed, tracks),
        None => Err(wrong("value", "a signal", arguments.at(0))),
    }
}

fn value(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    get(context, arguments, true)
}

fn peek(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    get(context, arguments, false)
}

fn dispose(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let effect: &EffectObject = arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast()).expect("a method");
    context.isolate.dispose_effect(effect.node, effect.serial);
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "signal(value = null)",
        signal,
        "A value that threads share: `s.value` reads it, `s.set(v)` sets it, and what depends on it follows. It is immutable: \
         what is mutable is copied.",
    ),
    Entry::function(
        "computed(f, latest: false)",
        computed,
        "A value that a function computes from signals and other computed values: `c.value`. It is computed when it is read, \
         again only if something that the function read has changed, and by whichever thread reads it. With `latest: true`, a worker computes it: `c.value` is the last result, null before the \
         first, and the signal `c.pending` is true while another one is wanted.",
    ),
    Entry::function(
        "effect(f)",
        effect,
        "Calls a function now, and again whenever something that it read has changed, on this thread. `e.dispose()` ends it.",
    ),
    Entry::function(
        "batch(f)",
        batch,
        "Calls a function; other code sees nothing of what it sets before its end, and then everything at once. Gives its result.",
    ),
    Entry::method(
        &SIGNAL,
        "value(signal)",
        value,
        "The value, as the field `s.value`; an effect or computed value that reads it follows it.",
    ),
    Entry::method(&SIGNAL, "peek(signal)", peek, "The value; the code that reads it so does not follow it."),
    Entry::method(
        &SIGNAL,
        "set(signal, value)",
        set,
        "Sets the value. Effects of this thread that depend on it have run when it returns.",
    ),
    Entry::method(
        &SIGNAL,
        "update(signal, f)",
        update,
        "Sets the value to what a function makes of it, and gives that. The function is called again if another thread has \
         set the signal meanwhile, so no update is lost.",
    ),
    Entry::method(
        &COMPUTED,
        "value(computed)",
        value,
        "The value, as the field `c.value`; an effect or computed value that reads it follows it.",
    ),
    Entry::method(&COMPUTED, "peek(computed)", peek, "The value; the code that reads it so does not follow it."),
    Entry::method(&EFFECT, "dispose(effect)", dispose, "Ends the effect."),
];
