//! What a runtime may be told, with the limits of the design as defaults.

use crate::error::LaneError;
use crate::layout::{CLEAR_WIDTH, HEAP_PAGES};
use std::time::Duration;

/// What the runtime does when no process can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Submit nothing until a spawn, an event or an answer gives work: no CPU time, no GPU work.
    Park,
    /// Go on counting frames. Wakes no faster; for measurements and for what watches the frame counter.
    Spin,
}

/// How long one dispatch runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A bounded number of frames a dispatch, sized by measured time.
    Epochs,
    /// One dispatch until it is told to leave. Probed first, and refused where it cannot work.
    Persistent,
}

/// The settings of a [`PersistentRuntime`](crate::PersistentRuntime).
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Slots for processes; a power of two.
    pub processes: u32,
    /// Lanes that run them. Fewer lanes than processes share them by priority, then in turn.
    pub lanes: u32,
    /// Lanes of one workgroup.
    pub group_lanes: u32,
    /// Instructions a process may run in one frame.
    pub time_slice: u32,
    /// Bytes of each process's heap; a power of two.
    pub heap_bytes: u32,
    /// Bytes for all programs together.
    pub code_pool_bytes: u32,
    /// Spawn requests that can wait in front of the kernel; a power of two.
    pub spawn_ring: u32,
    /// Input events that can wait; a power of two.
    pub input_events: u32,
    /// Delivered events that one process can hold; a power of two.
    pub mailbox_events: u32,
    /// Rectangles that fit between two calls of `take_quads`.
    pub quads: u32,
    /// Bounded epochs or one endless dispatch.
    pub mode: Mode,
    /// What happens without work.
    pub idle: Idle,
    /// How long an epoch is meant to take under load. At most [`Settings::LONGEST_EPOCH`].
    pub epoch_target: Duration,
    /// How long to wait for the device before it is given up as lost.
    pub patience: Duration,
}

impl Settings {
    /// Watchdogs end dispatches after a second or two; a fiftieth of that also keeps a desktop smooth.
    pub const LONGEST_EPOCH: Duration = Duration::from_millis(50);

    pub(crate) fn check(&self) -> Result<(), LaneError> {
        let refuse = |what: String| Err(LaneError::InvalidSettings { what });
        for (name, value) in [
            ("processes", self.processes),
            ("heap_bytes", self.heap_bytes),
            ("spawn_ring", self.spawn_ring),
            ("input_events", self.input_events),
            ("mailbox_events", self.mailbox_events),
        ] {
            // Ring positions are counters that wrap at 2^32, which only a power of two divides.
            if !value.is_power_of_two() {
                return refuse(format!("{name} must be a power of two, not {value}"));
            }
        }
        for (name, value) in [("lanes", self.lanes), ("group_lanes", self.group_lanes), ("quads", self.quads)] {
            if value == 0 {
                return refuse(format!("{name} must not be 0"));
            }
        }
        if self.time_slice == 0 || self.time_slice > 16_384 {
            return refuse(format!("time_slice must lie between 1 and 16384, not {}", self.time_slice));
        }
        if !self.lanes.is_multiple_of(self.group_lanes) {
            return refuse(format!("lanes ({}) must be a multiple of group_lanes ({})", self.lanes, self.group_lanes));
        }
        if !self.processes.is_multiple_of(self.lanes) {
            return refuse(format!("processes ({}) must be a multiple of lanes ({})", self.processes, self.lanes));
        }
        let smallest_heap = HEAP_PAGES * CLEAR_WIDTH * 4;
        if self.heap_bytes < smallest_heap {
            return refuse(format!("heap_bytes must be at least {smallest_heap}, not {}", self.heap_bytes));
        }
        if self.code_pool_bytes == 0 || !self.code_pool_bytes.is_multiple_of(8) {
            return refuse(format!("code_pool_bytes must be a multiple of 8 and not 0, not {}", self.code_pool_bytes));
        }
        if self.epoch_target.is_zero() || self.epoch_target > Self::LONGEST_EPOCH {
            return refuse(format!(
                "epoch_target must lie between 1 ns and {:?}, not {:?}",
                Self::LONGEST_EPOCH,
                self.epoch_target
            ));
        }
        if self.patience < Self::LONGEST_EPOCH {
            return refuse(format!("patience must be at least {:?}, not {:?}", Self::LONGEST_EPOCH, self.patience));
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            processes: 64,
            lanes: 64,
            group_lanes: 32,
            time_slice: 1_000,
            heap_bytes: 64 * 1024,
            code_pool_bytes: 16 * 1024 * 1024,
            spawn_ring: 16,
            input_events: 256,
            mailbox_events: 16,
            quads: 1024 * 1024 / 192,
            mode: Mode::Epochs,
            idle: Idle::Park,
            epoch_target: Duration::from_millis(20),
            patience: Duration::from_secs(60),
        }
    }
}
