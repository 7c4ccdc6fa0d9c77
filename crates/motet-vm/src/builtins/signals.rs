//! Signals, computed values, effects and batches, as programs use them.
//!
//! The graph says which function is to run next (`crate::signals`); the natives here have it called, one after the other,
//! as callbacks of one native each: reading a computed value, setting a signal, running effects. So such a function may
//! throw, wait or recurse like any other, and a chain of any length needs no stack.

use super::arguments::{WithOptions, callable, required_arguments, wrong};
use super::entry::Entry;
use super::late::{LateComputed, unsettled};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::{Ended, Holder, Isolate, refuse_mutable};
use crate::memory::{ForeignKind, ForeignObject, Frozen, Value, publish};
use crate::native::{Arguments, CallArguments, Keywords, NativeFunction, Outcome, Resume};
use crate::signals::{
    AfterAll, COMPUTED, Computed, EffectStep, Function, Given, Reading, SIGNAL, SetEnd, Signal, SignalBody, Slot, Step,
};
use crate::vm::{Tracker, Tracking};
use crate::workers::new_latest;
use std::sync::Arc;

pub(super) static EFFECT: ForeignKind = ForeignKind::new("Effect");

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

fn signal_of(value: &Value) -> Option<&SignalBody> {
    value.as_foreign()?.downcast()
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

/// `x.value` and `x.peek()` where nothing has to be called.
fn ready(isolate: &mut Isolate, object: &Value, tracks: bool) -> Option<Result<Value>> {
    if let Some(signal) = signal_of(object) {
        return Some(match isolate.observing() {
            None => Ok(signal.peek_value()),
            Some(session) => match session.signal(signal, tracks) {
                Some(value) => Ok(value.into_value()),
                None => Err(another_program()),
            },
        });
    }
    let late = LateComputed::of(object);
    if let Some(Err(error)) = late.map(|late| late.settle(isolate)) {
        return Some(Err(error));
    }
    let computed = match late {
        Some(late) => late.computed().body(),
        None => object.as_foreign()?.downcast()?,
    };
    let session = isolate.observing().filter(|_| tracks)?;
    session.known(computed).map(|value| Ok(value.into_value()))
}

/// The field `value` of signals and computed values.
pub(crate) enum ValueField {
    Ready(Result<Value>),
    /// The native [`VALUE`] has to be called.
    Call,
}

/// The field `value`; none for other objects.
pub(crate) fn value_field(isolate: &mut Isolate, object: &Value) -> Option<ValueField> {
    match ready(isolate, object, true) {
        Some(value) => Some(ValueField::Ready(value)),
        None => Computed::of(object).map(|_| ValueField::Call),
    }
}

fn read(isolate: &mut Isolate, computed: &Computed, tracks: bool) -> Result<Outcome> {
    match isolate.session().read(computed, tracks) {
        Reading::Ready(given) => given_value(given).map(Outcome::Return),
        Reading::Circle | Reading::TooDeep => Err(circle()),
        Reading::Foreign => Err(another_program()),
        Reading::Run { base, slot } => Box::new(Evaluating { base, goal: Goal::Read(slot) }).go_on(isolate, Step::Run),
    }
}

fn given_value(given: Given) -> Result<Value> {
    given.map(Frozen::into_value).map_err(|error| Error::thrown(error.into_value()))
}

/// What functions are being called for.
enum Goal {
    /// The value of a computed one.
    Read(Slot),
    /// The first run of an effect, then those that it makes necessary; the result is the effect.
    First(Value),
    /// The effects whose sources have changed, then a result, or an error.
    Effects(std::result::Result<Value, Value>),
}

/// The state between the functions of one pull.
struct Evaluating {
    /// What was claimed, and ran, before.
    base: usize,
    goal: Goal,
}

impl Evaluating {
    /// Has the next function called, until the goal is reached.
    fn go_on(mut self: Box<Self>, isolate: &mut Isolate, mut step: Step) -> Result<Outcome> {
        loop {
            if step == Step::Run {
                match self.call(isolate) {
                    Ok(function) => {
                        return Ok(Outcome::Call { function, arguments: CallArguments::None, then: self });
                    }
                    Err(next) => step = next,
                }
                continue;
            }
            match self.goal {
                Goal::Read(slot) => return given_value(isolate.session().read_done(slot)).map(Outcome::Return),
                Goal::First(effect) => {
                    // Inside another effect or a batch, the others run later.
                    if isolate.observing().is_some() {
                        return Ok(effect.into());
                    }
                    match next_effect(isolate) {
                        Some(next) => step = next,
                        None => return Ok(effect.into()),
                    }
                    self.goal = Goal::Effects(Ok(effect));
                }
                Goal::Effects(result) => {
                    match next_effect(isolate) {
                        Some(next) => step = next,
                        None => return result.map(Outcome::Return).map_err(Error::thrown),
                    }
                    self.goal = Goal::Effects(result);
                }
            }
        }
    }

    /// The function that is to be called; or the step after it, if it was no program's.
    fn call(&self, isolate: &mut Isolate) -> std::result::Result<Value, Step> {
        let session = isolate.session();
        if let Some(function) = session.function().and_then(|function| function.script()) {
            return Ok(function.into_value());
        }
        match session.function() {
            Some(Function::Script(_) | Function::Late(_)) => {
                let error = unsettled(isolate);
                let error = isolate.frozen_error(&error);
                Err(isolate.session().finish(Err(error), self.base))
            }
            Some(Function::Native(_)) => Err(session.run_native(self.base)),
            Some(Function::Local(_)) | None => {
                let node = session.running().expect("a function is to run");
                match isolate.begin_effect(node) {
                    Some(function) => Ok(function),
                    None => Err(isolate.session().finish(Ok(null()), self.base)),
                }
            }
        }
    }
}

impl Resume for Evaluating {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        if isolate.session().is_running_effect() {
            let step = isolate.session().finish(Ok(null()), self.base);
            return self.go_on(isolate, step);
        }
        let given = match isolate.freeze_for_signal(&result, "a computed value") {
            Ok(value) => Ok(value),
            Err(error) => return self.failed(context, error),
        };
        let step = isolate.session().finish(given, self.base);
        self.go_on(isolate, step)
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        let instance = crate::interpreter::unwind::error_instance(isolate, error);
        if isolate.is_cancellation(&instance) || isolate.is_ending {
            // It was not allowed to come to an end, so this says nothing about the value.
            isolate.session().abandon(self.base, AfterAll::Again);
            return Err(Error::thrown(instance));
        }
        let given = if isolate.session().is_running_effect() {
            isolate.scheduler().report_uncaught(&instance);
            Ok(null())
        } else {
            Err(isolate.frozen_error(&instance))
        };
        let step = isolate.session().finish(given, self.base);
        self.go_on(isolate, step)
    }

    fn name(&self) -> &'static str {
        match self.goal {
            Goal::Read(_) => "computed",
            Goal::First(_) | Goal::Effects(_) => "effect",
        }
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match &self.goal {
            Goal::Read(_) => {}
            Goal::First(value) | Goal::Effects(Ok(value) | Err(value)) => visit(value),
        }
    }
}

fn null() -> Frozen {
    Frozen::new(&Value::NULL).expect("null is immutable")
}

/// The next step of this isolate's effects. Circles are reported.
fn next_effect(isolate: &mut Isolate) -> Option<Step> {
    loop {
        match isolate.session().next_effect() {
            EffectStep::Idle => return None,
            EffectStep::Run => return Some(Step::Run),
            EffectStep::Done => {}
            EffectStep::Circle => {
                let circle = isolate.session().take_circle();
                let path: Vec<String> = circle.iter().map(|(_, function)| function.describe()).collect();
                let first = path.first().cloned().unwrap_or_default();
                let rounds = crate::signals::ROUNDS;
                let message = format!(
                    "effects keep making each other run, {rounds} times in a row: {} → {first}",
                    path.join(" → ")
                );
                let hint = "each sets a signal that the next one reads; read with .peek() what an effect only sets";
                let error = isolate.new_error(ErrorKind::CycleError, &message, Some(hint));
                isolate.blame_effect(circle.first().map(|(node, _)| *node), &error);
                isolate.scheduler().report_uncaught(&error);
            }
        }
    }
}

/// Runs effects whose sources have changed, then gives a result.
fn run_effects(isolate: &mut Isolate, result: Value) -> Result<Outcome> {
    run_effects_then(isolate, Ok(result))
}

fn run_effects_then(isolate: &mut Isolate, result: std::result::Result<Value, Value>) -> Result<Outcome> {
    match next_effect(isolate) {
        None => result.map(Outcome::Return).map_err(Error::thrown),
        Some(step) => Box::new(Evaluating { base: 0, goal: Goal::Effects(result) }).go_on(isolate, step),
    }
}

/// The state of a task that runs effects because a signal was set elsewhere.
pub(crate) struct EffectsElsewhere;

impl Resume for EffectsElsewhere {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        run_effects(context.isolate, Value::NULL)
    }

    fn name(&self) -> &'static str {
        EFFECT.name()
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// The state of a task that brings a computed value up to date for an embedder.
pub(crate) struct Wanted(pub Computed);

impl Resume for Wanted {
    fn resume(self: Box<Self>, context: &mut Context<'_>, _: Value) -> Result<Outcome> {
        read(context.isolate, &self.0, false)
    }

    fn name(&self) -> &'static str {
        COMPUTED.name()
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// The state of a call from outside whose reads a tracker remembers.
pub(crate) struct Tracked {
    tracking: Tracking,
    function: Value,
    arguments: Vec<Value>,
    /// What was claimed before; none before the call.
    base: Option<usize>,
}

impl Tracked {
    pub fn new(isolate: &Isolate, tracker: &Tracker, function: Value, arguments: Vec<Value>) -> Result<Tracked> {
        let tracking = tracker.begin().ok_or_else(|| {
            Error::new(ErrorKind::ValueError, "this tracker follows another call")
                .with_hint("it follows one call at a time; make another one")
        })?;
        if !Arc::ptr_eq(tracking.effect().graph(), &isolate.thread().program().machine.graph) {
            return Err(another_program());
        }
        Ok(Tracked { tracking, function, arguments, base: None })
    }

    /// What has been read until now is remembered.
    fn end(&self, isolate: &mut Isolate) {
        if let Some(base) = self.base {
            isolate.session().finish(Ok(null()), base);
        }
    }
}

impl Resume for Tracked {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        if self.base.is_some() {
            self.end(isolate);
            return run_effects(isolate, result);
        }
        let session = isolate.session();
        self.base = Some(session.base());
        session.run_anew(self.tracking.effect(), self.tracking.place());
        let (function, arguments) = (self.function.clone(), std::mem::take(&mut self.arguments));
        Ok(Outcome::Call { function, arguments: CallArguments::Many(arguments), then: self })
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        self.end(isolate);
        let instance = crate::interpreter::unwind::error_instance(isolate, error);
        if isolate.is_cancellation(&instance) || isolate.is_ending {
            return Err(Error::thrown(instance));
        }
        run_effects_then(isolate, Err(instance))
    }

    fn name(&self) -> &'static str {
        "tracked call"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        self.arguments.iter().for_each(visit);
    }
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
    Box::new(Evaluating { base, goal: Goal::First(object) }).go_on(isolate, step)
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

/// The state while the function of an `update` runs.
struct Updating {
    signal: Signal,
    function: Value,
    version: u64,
    /// Of the call, for messages.
    place: Option<Ended>,
}

impl Updating {
    fn begin(isolate: &mut Isolate, signal: Signal, function: Value, place: Option<Ended>) -> Outcome {
        isolate.begin_update(&signal, place);
        let (value, version) = isolate.session().value_to_update(&signal);
        let arguments = CallArguments::One(value.into_value());
        Outcome::Call {
            function: function.clone(),
            arguments,
            then: Box::new(Updating { signal, function, version, place }),
        }
    }
}

impl Resume for Updating {
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        isolate.end_update();
        let value = isolate.freeze_for_signal(&result, "a signal")?;
        let result = value.to_value();
        let Updating { signal, function, version, place } = *self;
        match isolate.session().set(&signal, value, Some(version)) {
            SetEnd::Stored => run_effects(isolate, result),
            SetEnd::Quiet => {
                isolate.note_update(&signal, &function);
                Ok(result.into())
            }
            // Another thread was first.
            SetEnd::Changed => Ok(Updating::begin(isolate, signal, function, place)),
        }
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        context.isolate.end_update();
        Err(error)
    }

    fn name(&self) -> &'static str {
        "update"
    }

    fn keeps_messages_out(&self) -> bool {
        true
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
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

/// The state of a batch.
enum Batching {
    /// Its function runs.
    Running,
    /// Another thread has set what it updates: the updates are made again, last first.
    Again { result: std::result::Result<Value, Value>, left: Vec<(Signal, Value)>, at: Option<Signal> },
}

impl Batching {
    /// Stores what the batch has set.
    fn end(isolate: &mut Isolate, result: std::result::Result<Value, Value>) -> Result<Outcome> {
        match isolate.session().end_batch() {
            Ok(end) => {
                if !isolate.session().is_batching() {
                    isolate.forget_updates();
                }
                match (result, end) {
                    (Ok(result), SetEnd::Stored) => run_effects(isolate, result),
                    (Ok(result), _) => Ok(result.into()),
                    // The effects first: they see what was set before the error.
                    (Err(error), SetEnd::Stored) => run_effects_then(isolate, Err(error)),
                    (Err(error), _) => Err(Error::thrown(error)),
                }
            }
            Err(conflicts) => {
                conflicts.iter().for_each(|signal| isolate.session().rebase(signal));
                let mut left = isolate.updates_of(&conflicts);
                left.reverse();
                Ok(Batching::again(isolate, result, left)?)
            }
        }
    }

    fn again(
        isolate: &mut Isolate,
        result: std::result::Result<Value, Value>,
        mut left: Vec<(Signal, Value)>,
    ) -> Result<Outcome> {
        let Some((signal, function)) = left.pop() else { return Batching::end(isolate, result) };
        let (value, _) = isolate.session().value_to_update(&signal);
        let then = Box::new(Batching::Again { result, left, at: Some(signal) });
        Ok(Outcome::Call { function, arguments: CallArguments::One(value.into_value()), then })
    }
}

impl Resume for Batching {
    fn resume(self: Box<Self>, context: &mut Context<'_>, value: Value) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        match *self {
            Batching::Running => Batching::end(isolate, Ok(value)),
            Batching::Again { result, left, at } => {
                let value = isolate.freeze_for_signal(&value, "a signal")?;
                if let Some(signal) = at {
                    isolate.session().set_again(&signal, value);
                }
                Batching::again(isolate, result, left)
            }
        }
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let isolate = &mut *context.isolate;
        let instance = crate::interpreter::unwind::error_instance(isolate, error);
        match *self {
            Batching::Running if !isolate.is_cancellation(&instance) && !isolate.is_ending => {
                Batching::end(isolate, Err(instance))
            }
            _ => {
                isolate.session().drop_batch();
                isolate.forget_updates();
                Err(Error::thrown(instance))
            }
        }
    }

    fn name(&self) -> &'static str {
        "batch"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Batching::Again { result, left, .. } = self {
            let (Ok(value) | Err(value)) = result;
            visit(value);
            left.iter().for_each(|(_, function)| visit(function));
        }
    }
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

/// The native that reads the field `value` of a computed value whose function has to be called.
pub(crate) static VALUE: NativeFunction = NativeFunction {
    name: "value",
    signature: "value(computed)",
    documentation: "The field `value`.",
    arity: (1, 1),
    keywords: Keywords::None,
    pure: None,
    note: None,
    call: value,
};

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
