//! Having functions called, one after the other, until what was asked for is up to date.

use super::reading::given_value;
use crate::builtins::late::unsettled;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::Isolate;
use crate::jit::Leaves;
use crate::memory::{ForeignKind, Frozen, Value};
use crate::native::{CallArguments, Outcome, Resume};
use crate::signals::{AfterAll, EffectStep, Function, Given, Slot, Step};

pub(in crate::builtins) static EFFECT: ForeignKind = ForeignKind::new("Effect");

/// What functions are being called for.
pub(super) enum Goal {
    /// The value of a computed one.
    Read(Slot),
    /// The first run of an effect, then those that it makes necessary; the result is the effect.
    First(Value),
    /// The effects whose sources have changed, then a result, or an error.
    Effects(std::result::Result<Value, Value>),
}

/// The state between the functions of one pull.
pub(super) struct Evaluating {
    /// What was claimed, and ran, before.
    base: usize,
    goal: Goal,
}

/// How far a pull has come.
enum Way {
    /// This function is to be called, and then it goes on.
    Call(Value),
    /// It has reached its goal, which is this.
    End(Result<Value>),
}

impl Evaluating {
    /// Has functions called from a step on, until the goal is reached.
    pub fn begin(isolate: &mut Isolate, base: usize, goal: Goal, step: Step) -> Result<Outcome> {
        let mut state = Evaluating { base, goal };
        match state.go_on(isolate, step) {
            Way::Call(function) => {
                Ok(Outcome::Call { function, arguments: CallArguments::None, then: Box::new(state) })
            }
            Way::End(result) => result.map(Outcome::Return),
        }
    }

    /// The function that was called gave something.
    fn finish(mut self: Box<Self>, isolate: &mut Isolate, given: Given) -> Result<Outcome> {
        let step = isolate.session().finish(given, self.base);
        match self.go_on(isolate, step) {
            Way::Call(function) => Ok(Outcome::Call { function, arguments: CallArguments::None, then: self }),
            Way::End(result) => result.map(Outcome::Return),
        }
    }

    /// Goes on to the next function that has to be called, or to the goal. Functions whose machine code answers at once are
    /// called here.
    fn go_on(&mut self, isolate: &mut Isolate, mut step: Step) -> Way {
        let mut leaves = None;
        loop {
            let mut next = None;
            if step == Step::Run {
                match self.call_at_once(isolate, &mut leaves) {
                    AtOnce::Step(Step::Done) => {}
                    AtOnce::Effect(effect) => next = Some(effect),
                    AtOnce::Step(Step::Run) | AtOnce::Not => {
                        match self.function(isolate) {
                            Ok(function) => return Way::Call(function),
                            Err(next) => step = next,
                        }
                        continue;
                    }
                }
            }
            match &mut self.goal {
                Goal::Read(slot) => return Way::End(given_value(isolate.session().read_done(*slot))),
                Goal::First(effect) => {
                    let effect = std::mem::take(effect);
                    // Inside another effect or a batch, the others run later.
                    if isolate.observing().is_some() {
                        return Way::End(Ok(effect));
                    }
                    self.goal = Goal::Effects(Ok(effect));
                }
                Goal::Effects(_) => {}
            }
            let next = next.unwrap_or_else(|| isolate.session().next_effect());
            match effect_to_run(isolate, next) {
                Some(next) => step = next,
                None => return Way::End(self.result()),
            }
        }
    }

    /// Calls functions whose machine code answers at once, one after the other.
    #[inline(always)]
    fn call_at_once(&self, isolate: &mut Isolate, leaves: &mut Option<Leaves>) -> AtOnce {
        let runs_effects = matches!(self.goal, Goal::Effects(_));
        loop {
            let Some(value) = called_at_once(isolate, leaves) else { return AtOnce::Not };
            if runs_effects {
                // What this effect waits for, or the next effect, runs under the same lock.
                let next = match Frozen::plain(value) {
                    Ok(value) => isolate.session().finish_plain_and_go_on(value),
                    Err(value) => match given_object(isolate, &value) {
                        Some(given) => isolate.session().finish_and_go_on(given),
                        None => return AtOnce::Not,
                    },
                };
                if next != EffectStep::Run {
                    return AtOnce::Effect(next);
                }
            } else {
                let step = match Frozen::plain(value) {
                    Ok(value) => isolate.session().finish_plain(value, self.base),
                    Err(value) => match given_object(isolate, &value) {
                        Some(given) => isolate.session().finish(given, self.base),
                        None => return AtOnce::Not,
                    },
                };
                if step != Step::Run {
                    return AtOnce::Step(step);
                }
            }
        }
    }

    /// What the effects were run before.
    fn result(&mut self) -> Result<Value> {
        match &mut self.goal {
            Goal::Effects(result) => std::mem::replace(result, Ok(Value::NULL)).map_err(Error::thrown),
            Goal::Read(_) | Goal::First(_) => unreachable!("effects run for no other goal"),
        }
    }

    /// The function that is to be called; or the step after it, if it was no program's.
    fn function(&self, isolate: &mut Isolate) -> std::result::Result<Value, Step> {
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
            return self.finish(isolate, Ok(null()));
        }
        match isolate.freeze_for_signal(&result, "a computed value") {
            Ok(value) => self.finish(isolate, Ok(value)),
            Err(error) => self.failed(context, error),
        }
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
        self.finish(isolate, given)
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

pub(super) fn null() -> Frozen {
    Frozen::new(&Value::NULL).expect("null is immutable")
}

/// How far calling functions at once has come.
enum AtOnce {
    Step(Step),
    /// What the next effect asks for, which is no function that is to run.
    Effect(EffectStep),
    /// A function is to run that has no machine code that answers, and has done nothing.
    Not,
}

#[inline(always)]
fn called_at_once(isolate: &mut Isolate, leaves: &mut Option<Leaves>) -> Option<Value> {
    let function = isolate.function_at_hand()?;
    let leaves = match leaves {
        Some(leaves) => leaves,
        None => leaves.insert(Leaves::new(isolate)?),
    };
    leaves.call(isolate, function)
}

fn given_object(isolate: &mut Isolate, value: &Value) -> Option<Given> {
    if isolate.session().is_running_effect() {
        return Some(Ok(null()));
    }
    // If it cannot be shared, the function is called again, and there is a place to blame.
    isolate.freeze_for_signal(value, "a computed value").ok().map(Ok)
}

/// The step after an effect's, which is that of an effect that is to run. Circles are reported.
#[inline(always)]
fn effect_to_run(isolate: &mut Isolate, next: EffectStep) -> Option<Step> {
    match next {
        EffectStep::Idle => None,
        EffectStep::Run => Some(Step::Run),
        EffectStep::Done | EffectStep::Circle => next_to_run(isolate, next),
    }
}

#[inline(never)]
fn next_to_run(isolate: &mut Isolate, mut next: EffectStep) -> Option<Step> {
    loop {
        match next {
            EffectStep::Idle => return None,
            EffectStep::Run => return Some(Step::Run),
            EffectStep::Done => {}
            EffectStep::Circle => report_circle(isolate),
        }
        next = isolate.session().next_effect();
    }
}

#[cold]
fn report_circle(isolate: &mut Isolate) {
    let circle = isolate.session().take_circle();
    let path: Vec<String> = circle.iter().map(|(_, function)| function.describe()).collect();
    let first = path.first().cloned().unwrap_or_default();
    let rounds = crate::signals::ROUNDS;
    let message =
        format!("effects keep making each other run, {rounds} times in a row: {} → {first}", path.join(" → "));
    let hint = "each sets a signal that the next one reads; read with .peek() what an effect only sets";
    let error = isolate.new_error(ErrorKind::CycleError, &message, Some(hint));
    isolate.blame_effect(circle.first().map(|(node, _)| *node), &error);
    isolate.scheduler().report_uncaught(&error);
}

/// Runs effects whose sources have changed, then gives a result.
pub(super) fn run_effects(isolate: &mut Isolate, result: Value) -> Result<Outcome> {
    run_effects_then(isolate, Ok(result))
}

pub(super) fn run_effects_then(isolate: &mut Isolate, result: std::result::Result<Value, Value>) -> Result<Outcome> {
    let next = isolate.session().next_effect();
    match effect_to_run(isolate, next) {
        None => result.map(Outcome::Return).map_err(Error::thrown),
        Some(step) => Evaluating::begin(isolate, 0, Goal::Effects(result), step),
    }
}
