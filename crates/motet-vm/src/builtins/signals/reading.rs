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

/// What is known of `x.value` without a look at the graph.
pub(crate) enum Known<'a> {
    Value(Value),
    /// The graph has to be asked.
    Computed(&'a ComputedBody),
    Nothing,
}

/// `x.value` of a signal, or of a computed value that the function that runs reads in its turn; that depends on it then. Frames
/// are not looked at: machine code calls this.
pub(crate) fn known_value<'a>(isolate: &mut Isolate, object: &'a Value) -> Known<'a> {
    let value = match computed_of(object) {
        Some(computed) => match isolate.session().known(computed) {
            Some(value) => Some(value),
            None => return Known::Computed(computed),
        },
        None => match (signal_of(object), isolate.observing()) {
            (Some(signal), None) => return Known::Value(signal.peek_value()),
            (Some(signal), Some(session)) => session.signal(signal, true),
            (None, _) => None,
        },
    };
    value.map_or(Known::Nothing, |value| Known::Value(value.into_value()))
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
