//! An opened device with the one queue that the lanes use.

use super::failed;
use super::instance::{Instance, PhysicalDevice};
use crate::error::LaneError;
use ash::vk;
use std::sync::{Arc, Mutex};

/// An opened device.
pub(crate) struct Device {
    pub(super) raw: ash::Device,
    pub(super) queue_family: u32,
    /// Submitting needs the queue to itself; several runtimes share it.
    pub(super) queue: Mutex<vk::Queue>,
    pub(super) memory: vk::PhysicalDeviceMemoryProperties,
    pub(super) limits: vk::PhysicalDeviceLimits,
    pub(super) name: String,
    _instance: Arc<Instance>,
}

impl Device {
    pub fn open(instance: &Arc<Instance>, physical: &PhysicalDevice) -> Result<Arc<Device>, LaneError> {
        let missing =
            |feature: &str| LaneError::MissingFeature { device: physical.name.clone(), feature: feature.to_owned() };
        if physical.api_version < vk::API_VERSION_1_1 {
            return Err(missing("Vulkan 1.1"));
        }
        let queue_family = physical.queue_family.ok_or_else(|| missing("a queue that computes"))?;
        let queues = [vk::DeviceQueueCreateInfo::default().queue_family_index(queue_family).queue_priorities(&[1.0])];
        // Modules need both; a device without them runs lane programs.
        let features =
            vk::PhysicalDeviceFeatures::default().shader_int64(physical.has_i64).shader_float64(physical.has_f64);
        let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_features(&features);
        // SAFETY: the handle came from this instance, and `info` lives until the call returns.
        let raw = unsafe { instance.raw.create_device(physical.handle, &info, None) }
            .map_err(|code| failed("vkCreateDevice", code))?;
        // SAFETY: one queue of this family was asked for above.
        let queue = unsafe { raw.get_device_queue(queue_family, 0) };
        // SAFETY: the handle came from this instance; the query only reads.
        let memory = unsafe { instance.raw.get_physical_device_memory_properties(physical.handle) };
        Ok(Arc::new(Device {
            raw,
            queue_family,
            queue: Mutex::new(queue),
            memory,
            limits: physical.limits,
            name: physical.name.clone(),
            _instance: Arc::clone(instance),
        }))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: everything made from the device holds an `Arc` of it, so nothing of it is left, and each dispatch
        // waits for its work before it lets go.
        unsafe { self.raw.destroy_device(None) };
    }
}
