//! What can go wrong, each kind with what a caller needs to act on it.

use std::fmt;
use std::time::Duration;

/// An error of the GPU runtime.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LaneError {
    /// There is no Vulkan loader on this machine.
    NoVulkan {
        /// What the search for it said.
        reason: String,
    },
    /// Vulkan is there, but no device that fits.
    NoDevice {
        /// The name that was asked for, if one was.
        wanted: Option<String>,
        /// What there is instead.
        present: Vec<String>,
    },
    /// A device lacks something that the lanes need.
    MissingFeature {
        /// The device's name.
        device: String,
        /// What it lacks.
        feature: String,
    },
    /// The settings contradict themselves.
    InvalidSettings {
        /// Which, and how.
        what: String,
    },
    /// A buffer is larger than the device can bind.
    LimitExceeded {
        /// The buffer.
        what: &'static str,
        /// Bytes that were wanted.
        bytes: u64,
        /// Bytes that the device allows.
        limit: u64,
    },
    /// Memory ran out.
    OutOfMemory {
        /// What it was for.
        what: &'static str,
        /// Bytes that were wanted; 0 where the driver does not tell.
        bytes: u64,
    },
    /// A shader did not compile. Never the fault of a program that the lanes run.
    KernelRejected {
        /// Which shader.
        what: &'static str,
        /// Who rejected it.
        stage: &'static str,
        /// Its words.
        message: String,
    },
    /// The device is gone: reset, removed, or silent for longer than the settings' patience.
    DeviceLost {
        /// What the runtime was doing.
        during: &'static str,
    },
    /// A Vulkan call failed in a way that has no name of its own here.
    Vulkan {
        /// The call.
        call: &'static str,
        /// Vulkan's result.
        code: i32,
    },
    /// Persistent mode cannot work on this device.
    PersistentRefused {
        /// Why.
        reason: String,
    },
    /// The code pool has no gap of this size.
    CodePoolFull {
        /// Bytes that were wanted.
        bytes: usize,
        /// The largest gap.
        largest_gap: usize,
    },
    /// The program is not loaded here: unloaded before, or loaded into another runtime.
    UnknownProgram,
    /// The program cannot be unloaded while processes run it.
    ProgramInUse {
        /// How many do.
        processes: usize,
    },
    /// The spawn ring is full.
    QueueFull {
        /// Requests that wait.
        waiting: usize,
    },
    /// The ring of input events is full.
    InputFull {
        /// Events that wait.
        waiting: usize,
    },
    /// An input event came while no process had the focus.
    NoFocus,
    /// The process has ended, so that it can take neither input nor answers.
    Ended,
    /// The process belongs to another runtime.
    ForeignProcess,
    /// The process asked for nothing, or the request was answered before.
    NothingAsked,
    /// A register or heap range that does not exist.
    OutOfRange {
        /// What was asked for.
        what: String,
    },
    /// The process is still waiting for a slot, so that there is nothing to read yet.
    NotPlaced,
    /// The runtime was dropped.
    Closed,
    /// What was waited for did not happen in time.
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
}

impl fmt::Display for LaneError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LaneError::NoVulkan { reason } => write!(
                out,
                "no Vulkan loader on this machine ({reason}); install it with a driver for your GPU, or the software \
                 driver lavapipe (Debian: libvulkan1 and mesa-vulkan-drivers)"
            ),
            LaneError::NoDevice { wanted: None, .. } => write!(
                out,
                "no Vulkan device on this machine; install a driver for your GPU, or the software driver lavapipe \
                 (Debian: mesa-vulkan-drivers)"
            ),
            LaneError::NoDevice { wanted: Some(wanted), present } if present.is_empty() => {
                write!(out, "no Vulkan device is named `{wanted}`; there is none at all")
            }
            LaneError::NoDevice { wanted: Some(wanted), present } => {
                write!(out, "no Vulkan device is named `{wanted}`; there are: {}", present.join(", "))
            }
            LaneError::MissingFeature { device, feature } => {
                write!(out, "the device `{device}` lacks {feature}; choose another, or update its driver")
            }
            LaneError::InvalidSettings { what } => write!(out, "invalid settings: {what}"),
            LaneError::LimitExceeded { what, bytes, limit } => {
                write!(out, "{what} of {bytes} bytes is more than the {limit} bytes that the device can bind")
            }
            LaneError::OutOfMemory { what, bytes: 0 } => write!(out, "out of memory for {what}"),
            LaneError::OutOfMemory { what, bytes } => write!(out, "out of memory for {what} ({bytes} bytes)"),
            LaneError::KernelRejected { what, stage, message } => {
                write!(out, "the {stage} rejected the shader `{what}`:\n{message}")
            }
            LaneError::DeviceLost { during } => write!(
                out,
                "the device was lost during {during}; the processes on it are gone, and a new runtime is needed"
            ),
            LaneError::Vulkan { call, code } => write!(out, "{call} failed with Vulkan result {code}"),
            LaneError::PersistentRefused { reason } => {
                write!(out, "persistent mode cannot work on this device: {reason}; use bounded epochs")
            }
            LaneError::CodePoolFull { bytes, largest_gap } => write!(
                out,
                "the code pool has no room for {bytes} bytes (its largest gap is {largest_gap}); unload programs, or \
                 give it more"
            ),
            LaneError::UnknownProgram => write!(out, "the program is not loaded in this runtime"),
            LaneError::ProgramInUse { processes } => {
                write!(out, "the program is in use by {processes} processes")
            }
            LaneError::QueueFull { waiting } => {
                write!(out, "the spawn ring is full: {waiting} requests wait")
            }
            LaneError::InputFull { waiting } => {
                write!(out, "the input ring is full: {waiting} events wait")
            }
            LaneError::NoFocus => write!(out, "no process has the focus"),
            LaneError::Ended => write!(out, "the process has ended"),
            LaneError::ForeignProcess => write!(out, "the process belongs to another runtime"),
            LaneError::NothingAsked => write!(out, "the process waits for no answer"),
            LaneError::OutOfRange { what } => write!(out, "{what} does not exist"),
            LaneError::NotPlaced => write!(out, "the process still waits for a slot"),
            LaneError::Closed => write!(out, "the runtime was dropped"),
            LaneError::TimedOut { after } => write!(out, "nothing happened within {after:?}"),
        }
    }
}

impl std::error::Error for LaneError {}
