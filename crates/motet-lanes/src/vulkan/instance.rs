//! The loader, and the list of physical devices.

use super::failed;
use crate::error::LaneError;
use ash::vk;
use std::ffi::CStr;
use std::sync::Arc;

/// A loaded Vulkan library with an instance.
pub(crate) struct Instance {
    pub(super) raw: ash::Instance,
    // Held because the functions of `raw` lie in this library.
    _entry: ash::Entry,
}

/// A physical device and what it says of itself.
#[derive(Clone)]
pub(crate) struct PhysicalDevice {
    pub(super) handle: vk::PhysicalDevice,
    pub queue_family: Option<u32>,
    pub name: String,
    pub kind: vk::PhysicalDeviceType,
    pub api_version: u32,
    pub driver: String,
    pub limits: vk::PhysicalDeviceLimits,
    pub has_f64: bool,
    pub has_i64: bool,
    pub memory_bytes: u64,
    /// Lanes that share instructions.
    pub subgroup_lanes: u32,
}

impl Instance {
    pub fn load() -> Result<Arc<Instance>, LaneError> {
        // SAFETY: loading a library runs its initialisers. The Vulkan loader's are made to be run from any program,
        // and `_entry` below keeps the library loaded for as long as its functions are used.
        let entry = unsafe { ash::Entry::load() }.map_err(|error| LaneError::NoVulkan { reason: error.to_string() })?;
        let application = vk::ApplicationInfo::default().application_name(c"motet").api_version(vk::API_VERSION_1_1);
        let info = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: `info` and what it points to live until the call returns; no layers or extensions are asked for.
        let raw = unsafe { entry.create_instance(&info, None) }.map_err(|code| match code {
            vk::Result::ERROR_INCOMPATIBLE_DRIVER => {
                LaneError::NoVulkan { reason: "the loader found no driver that works".to_owned() }
            }
            other => failed("vkCreateInstance", other),
        })?;
        Ok(Arc::new(Instance { raw, _entry: entry }))
    }

    pub fn physical_devices(&self) -> Result<Vec<PhysicalDevice>, LaneError> {
        // SAFETY: the instance is alive, as for all calls below; every query only reads.
        let handles = unsafe { self.raw.enumerate_physical_devices() }
            .map_err(|code| failed("vkEnumeratePhysicalDevices", code))?;
        Ok(handles.into_iter().map(|handle| self.describe(handle)).collect())
    }

    fn describe(&self, handle: vk::PhysicalDevice) -> PhysicalDevice {
        // SAFETY: `handle` was enumerated from this instance.
        let properties = unsafe { self.raw.get_physical_device_properties(handle) };
        // SAFETY: as above.
        let features = unsafe { self.raw.get_physical_device_features(handle) };
        // SAFETY: as above.
        let memory = unsafe { self.raw.get_physical_device_memory_properties(handle) };
        // SAFETY: as above.
        let families = unsafe { self.raw.get_physical_device_queue_family_properties(handle) };
        let computes = |family: &vk::QueueFamilyProperties| family.queue_flags.contains(vk::QueueFlags::COMPUTE);
        let draws = |family: &vk::QueueFamilyProperties| family.queue_flags.contains(vk::QueueFlags::GRAPHICS);
        // A family without graphics leaves the desktop's queue alone.
        let queue_family = families
            .iter()
            .position(|family| computes(family) && !draws(family))
            .or_else(|| families.iter().position(computes))
            .map(|index| index as u32);
        let local = &memory.memory_heaps[..memory.memory_heap_count as usize];
        PhysicalDevice {
            handle,
            queue_family,
            name: text(&properties.device_name),
            kind: properties.device_type,
            api_version: properties.api_version,
            driver: self.driver_text(handle, &properties),
            subgroup_lanes: self.subgroup_lanes(handle, &properties),
            limits: properties.limits,
            has_f64: features.shader_float64 == vk::TRUE,
            has_i64: features.shader_int64 == vk::TRUE,
            memory_bytes: local
                .iter()
                .filter(|heap| heap.flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL))
                .map(|heap| heap.size)
                .sum(),
        }
    }

    fn subgroup_lanes(&self, handle: vk::PhysicalDevice, properties: &vk::PhysicalDeviceProperties) -> u32 {
        if properties.api_version < vk::API_VERSION_1_1 {
            return 1;
        }
        let mut subgroup = vk::PhysicalDeviceSubgroupProperties::default();
        let mut all = vk::PhysicalDeviceProperties2::default().push_next(&mut subgroup);
        // SAFETY: the device is of version 1.1 at least, so that these properties are a structure it knows; both structures
        // live until the call returns.
        unsafe { self.raw.get_physical_device_properties2(handle, &mut all) };
        subgroup.subgroup_size.max(1)
    }

    fn driver_text(&self, handle: vk::PhysicalDevice, properties: &vk::PhysicalDeviceProperties) -> String {
        if properties.api_version < vk::API_VERSION_1_2 {
            return format!("{:#x}", properties.driver_version);
        }
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut all = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        // SAFETY: the device is of version 1.2 at least, so that the driver properties are a structure it knows; both
        // structures live until the call returns.
        unsafe { self.raw.get_physical_device_properties2(handle, &mut all) };
        format!("{} {}", text(&driver.driver_name), text(&driver.driver_info)).trim().to_owned()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: every device holds an `Arc` of this instance, so none is left; nothing uses it after this.
        unsafe { self.raw.destroy_instance(None) };
    }
}

/// The text of a fixed array that Vulkan ends by a 0; empty where it holds none.
fn text(array: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = array.iter().map(|&character| character as u8).collect();
    CStr::from_bytes_until_nul(&bytes).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
}
