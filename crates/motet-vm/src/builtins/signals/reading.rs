//! Reading signals and computed values.

use super::running::{Evaluating, Goal};
use super::{another_program, circle};
use crate::builtins::late::LateComputed;
use crate::error::{Error, Result};
use crate::isolate::Isolate;
use crate::memory::{Frozen, Value};
use crate::native::Outcome;
use crate::signals::{COMPUTED, Computed, ComputedBody, Given, Reading, SIGNAL, SignalBody, Step};

fn signal_of(value: &Value) -> Option<&SignalBody> {
    let foreign = value.as_foreign().filter(|foreign| *foreign.object().kind() == SIGNAL)?;
    foreign.downcast()
}

/// The computed value that all threads share; a late one is another object.
fn computed_of(value: &Value) -> Option<&ComputedBody> {
    let foreign = value.as_foreign().filter(|foreign| *foreign.object().kind() == COMPUTED)?;
    foreign.downcast()
}

/// `x.value` of a signal, or of a computed value that is up to date; the function that runs depends on it. None where
/// something else has to be done. Frames are not looked at: machine code calls this.
pub(crate) fn known_value(isolate: &mut Isolate, object: &Value) -> Option<Value> {
    if let Some(signal) = signal_of(object) {
        return match isolate.observing() {
            None => Some(signal.peek_value()),
            Some(session) => session.signal(signal, true).map(Frozen::into_value),
        };
    }
    let computed = computed_of(object)?;
    isolate.session().up_to_date(computed).map(Frozen::into_value)
}

/// `x.value` and `x.peek()` where nothing has to be called.
pub(super) fn ready(isolate: &mut Isolate, object: &Value, tracks: bool) -> Option<Result<Value>> {
    if let Some(signal) = signal_of(object) {
        return Some(match isolate.observing() {
            None => Ok(signal.peek_value()),
            Some(session) => match session.signal(signal, tracks) {
                Some(value) => Ok(value.into_value()),
                None => Err(another_program()),
            },
        });
    }
    let computed = match computed_of(object) {
        Some(computed) => computed,
        None => {
            let late = LateComputed::of(object)?;
            if let Err(error) = late.settle(isolate) {
                return Some(Err(error));
            }
            late.computed().body()
        }
    };
    let session = isolate.observing().filter(|_| tracks)?;
    session.known(computed).map(|value| Ok(value.into_value()))
}

/// The field `value` of signals and computed values; none for other objects.
pub(crate) fn value_field(isolate: &mut Isolate, object: &Value) -> Option<Result<Outcome>> {
    match ready(isolate, object, true) {
        Some(value) => Some(value.map(Outcome::Return)),
        None => Computed::of(object).map(|computed| read(isolate, &computed, true)),
    }
}

pub(super) fn read(isolate: &mut Isolate, computed: &Computed, tracks: bool) -> Result<Outcome> {
    match isolate.session().read(computed, tracks) {
        Reading::Ready(given) => given_value(given).map(Outcome::Return),
        Reading::Circle | Reading::TooDeep => Err(circle()),
        Reading::Foreign => Err(another_program()),
        Reading::Run { base, slot } => Evaluating::begin(isolate, base, Goal::Read(slot), Step::Run),
    }
}

pub(super) fn given_value(given: Given) -> Result<Value> {
    given.map(Frozen::into_value).map_err(|error| Error::thrown(error.into_value()))
}
