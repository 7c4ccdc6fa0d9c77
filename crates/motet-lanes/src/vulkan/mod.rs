//! All that talks to Vulkan. The only modules with `unsafe` are those below; their public faces are safe.
//!
//! Lifetimes follow ownership: an [`instance::Instance`] is held by every [`device::Device`], a device by everything
//! made from it, each through an `Arc`, so that nothing outlives what it came from.

pub(crate) mod buffer;
pub(crate) mod device;
pub(crate) mod dispatch;
pub(crate) mod instance;
pub(crate) mod pipeline;

use crate::error::LaneError;
use ash::vk;

/// Gives a failed call its place among the errors.
fn failed(call: &'static str, code: vk::Result) -> LaneError {
    match code {
        vk::Result::ERROR_DEVICE_LOST => LaneError::DeviceLost { during: call },
        vk::Result::ERROR_OUT_OF_HOST_MEMORY | vk::Result::ERROR_OUT_OF_DEVICE_MEMORY => {
            LaneError::OutOfMemory { what: call, bytes: 0 }
        }
        other => LaneError::Vulkan { call, code: other.as_raw() },
    }
}
