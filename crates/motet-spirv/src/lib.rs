//! Compiles functions of the typed middle form to SPIR-V, for many instances that run them at once, one to a lane.
//!
//! A compiled function runs in dispatches of bounded length. Every turn of a loop costs fuel; a lane without fuel stores its
//! variables, and the next dispatch goes on at the head of that loop. See [`compile`] for how the code is laid out, and
//! [`Kernel`] for what the host has to provide.
//!
//! Knows neither devices nor WebAssembly. What it cannot compile it refuses with the reason.

#![forbid(unsafe_code)]

mod compiler;
mod kernel;
mod numeric;
mod shape;
mod words;

pub use compiler::{Refusal, compile};
pub use kernel::{
    CONTROL_BUDGET, CONTROL_INSTANCES, CONTROL_RUNNING, CONTROL_STRIDE, CONTROL_WORDS, CONTROL_ZERO, GROUP_LANES,
    Kernel, STATE_RESUME, STATE_STATUS, STATUS_DONE, STATUS_TRAPPED, StateVariable,
};
