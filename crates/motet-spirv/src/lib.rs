//! Compiles programs of the typed middle form to SPIR-V, for many instances that run them at once, one to a lane.
//!
//! A compiled program runs in dispatches of bounded length. Every turn of a loop costs fuel; a lane without fuel stores its
//! variables, and the next dispatch goes on at the head of that loop. Small functions are inlined; all others have frames on
//! a stack, and a call goes round the loop of the whole kernel. See [`compile`] for how the code is laid out, and
//! [`Compiled`] for what the host has to provide.
//!
//! Knows neither devices nor WebAssembly. What it cannot compile it refuses with the reason.

#![forbid(unsafe_code)]

mod bulk;
mod compiler;
mod control;
mod emit;
mod frames;
mod kernel;
mod memory;
mod numeric;
mod operations;
mod plan;
mod program;
mod shape;
mod words;

pub use compiler::{Refusal, compile};
pub use kernel::*;
pub use program::{HOST_FUNCTION, HOST_OPERATION, Origin, Part, Program, ProgramFunction, StateLayout, width};
