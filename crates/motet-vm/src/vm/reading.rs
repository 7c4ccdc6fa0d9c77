//! The value of a signal or computed value, for Rust code outside of programs. What a program computes is computed in an
//! isolate that is lent for it, with the limits of a call.

use super::{Home, lend};
use crate::builtins::signals::Wanted;
use crate::execution::ExecutionContext;
use crate::interpreter::coroutine_resuming;
use crate::isolate::Isolate;
use crate::main_isolate::Uncaught;
use crate::memory::Frozen;
use crate::settings::Settings;
use crate::signals::{Computed, Watchable};
use crate::threads::Machine;
use std::sync::Arc;

/// Why there is no value.
#[derive(Clone, Debug)]
pub enum Unread {
    /// The function of a computed value threw this.
    Failed(Box<Uncaught>),
    /// A limit was reached, or it was cancelled: this says nothing about the value.
    Stopped(Box<Uncaught>),
    /// It would have to be computed, and the last handle on its machine is gone.
    NoMachine,
}

/// The value of a signal or computed value as it is now. The calling thread computes it, if it has not been computed yet.
pub fn read_source(source: &Watchable) -> Result<Frozen, Unread> {
    let computed = match source {
        Watchable::Signal(signal) => return Ok(signal.peek()),
        Watchable::Computed(computed) => computed,
    };
    if let Some(Ok(value)) = computed.known() {
        return Ok(value);
    }
    let home = source.graph().owner::<Home>().ok_or(Unread::NoMachine)?;
    let settings = home.settings.read().clone();
    compute(&home.machine, settings, &ExecutionContext::default(), computed)
}

/// Brings a computed value up to date in an isolate.
pub(super) fn compute(
    machine: &Arc<Machine>,
    settings: Arc<Settings>,
    context: &ExecutionContext,
    computed: &Computed,
) -> Result<Frozen, Unread> {
    lend(machine, settings, context, |isolate| {
        isolate.isolate().set_gene(computed.is_gene());
        let result = isolate.run_to_its_end(|isolate| {
            let coroutine = coroutine_resuming(isolate, Box::new(Wanted(computed.clone())));
            let (_, future) = isolate.scheduler().add_task(coroutine);
            isolate.scheduler().finish(&future)
        });
        let result = result.and_then(|value| isolate.share(value));
        result.map_err(|error| unread(isolate.isolate(), Box::new(error)))
    })
}

fn unread(isolate: &mut Isolate, error: Box<Uncaught>) -> Unread {
    if isolate.limit_error().is_some() { Unread::Stopped(error) } else { Unread::Failed(error) }
}
