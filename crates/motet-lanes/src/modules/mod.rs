//! Modules on the lanes: programs of the middle form, run by a kernel of their own.
//!
//! A [`Linker`] makes a program of modules, through `compile`, which turns functions into the `instructions` of the kernel in
//! `kernel/module.wgsl`; a [`ModuleRuntime`] starts processes of it. The parts know nothing of where the modules came from.
//! What processes may ask the host for is listed in [`host`]; a [`World`] answers it for a run of many processes.

mod compile;
mod compiled;
pub mod host;
pub(crate) mod instructions;
pub(crate) mod layout;
pub(crate) mod link;
mod lower;
mod placing;
mod runtime;
mod service;
mod world;

pub use compiled::{
    CompiledEnd, CompiledFunction, CompiledHost, CompiledInstance, CompiledOutcome, CompiledProgram, CompiledStart,
    NotCompiled, Visit,
};
pub use host::HostFunction;
pub use link::{Call, Image, Instance, Item, LinkError, Linker, Place};
pub(crate) use placing::{Placed, Start};
pub use runtime::{ModuleOptions, ModuleProcess, ModuleProgram, ModuleRuntime, ModuleSettings};
pub use service::{ModuleService, Reply};
pub use world::{Stream, World};

/// The first of the services that the runtime answers itself.
pub(crate) const SERVICE_GROW: u32 = 0xFFFF_0000;
