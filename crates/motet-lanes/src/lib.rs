//! Programs on the GPU, one to a lane.
//!
//! A [`PersistentRuntime`] holds a table of process slots in memory that processor and device share. A kernel runs on
//! the device in *epochs*: one dispatch takes a bounded number of frames, and in every frame each lane carries out a
//! time slice of its process. Between epochs nothing is lost, because everything lives in that memory. Without work
//! nothing is submitted.
//!
//! ```no_run
//! use std::time::Duration;
//! use motet_lanes::{Gpu, LaneError, PersistentRuntime, Settings};
//!
//! # fn main() -> Result<(), LaneError> {
//! let gpu = Gpu::open(None)?;
//! let runtime = PersistentRuntime::new(&gpu, Settings::default())?;
//! // CONST r0, 42; HALT
//! let program = runtime.load_bytecode(&[1, 0, 0, 0, 42, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0])?;
//! runtime.start()?;
//! let process = runtime.spawn(program, 0)?;
//! assert_eq!(process.wait(Duration::from_secs(5))?.registers[0], 42);
//! # Ok(())
//! # }
//! ```
//!
//! The parts, and what each must not know: [`instructions`] (the instruction set, declared once) and the assembly text
//! know nothing of devices; `kernel` makes shader text and knows nothing of Vulkan; `vulkan` knows nothing of
//! processes and is the only place with `unsafe`; `host` drives epochs through the seam in [`executor`]; [`modules`] puts
//! programs of the middle form on a kernel of their own; a [`station`] runs programs of all kinds side by side, and serves
//! them.

pub mod assembly;
#[cfg(feature = "cli")]
pub mod cli;
mod doctor;
mod error;
mod events;
pub mod executor;
#[cfg(feature = "cli")]
pub mod figures;
mod gpu;
mod host;
pub mod instructions;
mod kernel;
mod layout;
pub mod modules;
mod process;
mod runtime;
mod settings;
pub mod station;
mod vulkan;

pub use doctor::doctor;
pub use error::LaneError;
pub use events::{InputEvent, Need, QUAD_VERTICES, ServiceRequest, Vertex};
pub use gpu::{DeviceInfo, DeviceKind, Gpu, devices};
pub use host::state::Statistics;
pub use motet_middle::Trap;
pub use motet_spirv::MemoryLayout;
pub use process::{EndCause, Process, ProcessEnd, Program, SlotView, Status};
pub use runtime::{PersistentRuntime, SpawnOptions, Stopped};
pub use settings::{Idle, Mode, Settings};
