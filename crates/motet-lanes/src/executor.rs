//! The seam between the runtime and its device: submit an epoch, wait for its end.
//!
//! Everything else passes through the shared memory. Tests put their own executor in front of the real one to let a
//! device get lost, run late or refuse.

use crate::error::LaneError;
use crate::gpu::Gpu;
use crate::host::memory::Memory;
use crate::layout::{CONTROL_FRAME_LIMIT, Layout};
use crate::vulkan::dispatch::Dispatch;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any driver compiles, on a machine that has other work as well. No watchdog sees it.
pub(crate) const COMPILING: Duration = Duration::from_secs(600);

/// Runs epochs.
pub trait Executor: Send {
    /// Hands one epoch to the device. Called only when none is under way.
    fn submit(&mut self) -> Result<(), LaneError>;

    /// Waits for the epoch's end; false if it did not end in time.
    fn wait(&mut self, timeout: Duration) -> Result<bool, LaneError>;
}

/// The executor that a runtime uses unless it is given another.
pub(crate) struct VulkanExecutor {
    dispatch: Dispatch,
}

impl VulkanExecutor {
    pub fn new(gpu: &Gpu, layout: &Layout, memory: &Memory) -> Result<VulkanExecutor, LaneError> {
        let pipeline = gpu.interpreter(layout)?;
        // In the order of the bindings in `memory.wgsl`.
        let buffers = [&memory.processes, &memory.code, &memory.heap, &memory.control, &memory.input, &memory.quads];
        let buffers = buffers.into_iter().chain(&memory.cells).map(Arc::clone).collect();
        let mut dispatch = Dispatch::record(&pipeline, buffers, layout.groups)?;
        // Drivers finish compiling when a pipeline is first used. An epoch of no frames takes that time here rather than
        // from the first spawn.
        memory.set_control(CONTROL_FRAME_LIMIT, 0);
        dispatch.submit()?;
        if !dispatch.wait(COMPILING)? {
            return Err(LaneError::DeviceLost { during: "the first use of the interpreter" });
        }
        Ok(VulkanExecutor { dispatch })
    }
}

impl Executor for VulkanExecutor {
    fn submit(&mut self) -> Result<(), LaneError> {
        self.dispatch.submit()
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LaneError> {
        self.dispatch.wait(timeout)
    }
}
