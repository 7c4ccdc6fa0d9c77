//! The interpreter: one loop over register code, and the cold functions it leaves for.
//!
//! [`run`] holds the loop. Everything that is rare, long or may fail in several ways lives in the other modules, as
//! functions that the loop calls with its state saved in the running frame; they answer with a [`Control`].

mod arithmetic;
mod awaiting;
mod calls;
mod captured;
mod compare;
mod compiled;
pub(crate) mod fields;
mod hot;
mod iteration;
mod literals;
mod loop_macros;
mod natives;
mod noted;
mod operands;
pub(crate) mod operators;
mod patterns;
mod properties;
mod raw;
mod run;
mod single;
pub(crate) mod unwind;

pub(crate) use arithmetic::Operator;
pub(crate) use calls::{CallShape, FoundMethods, Target, deliver, enter_found, find, start_coroutine};
pub(crate) use compiled::is_allowed as may_run_code;
pub(crate) use iteration::{COUNTED, SLICE, give, is_peeked, put_back, sequence_length};
pub(crate) use natives::{coroutine_from_here, coroutine_resuming};
pub(crate) use patterns::wrong_type;
pub(crate) use run::run;
pub(crate) use single::{last_step, step};
pub(crate) use unwind::uncaught;

/// What the loop does after a cold function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// Goes on with the next instruction: frame, registers and code are the same.
    Next,
    /// Loads its state again from the coroutine's top frame, which may be another one.
    Reload,
    /// Leaves: no task of the isolate can run, or the one it was asked to run has ended.
    Exit,
}
