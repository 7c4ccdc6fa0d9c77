//! Devices: the list of them, the choice among them, and an opened one.

mod layout;
mod probe;

use crate::error::LaneError;
use crate::kernel::{EPOCH_ENTRY, interpreter, to_spirv};
use crate::layout::{KernelKind, Layout};
use crate::vulkan::device::Device;
use crate::vulkan::instance::{Instance, PhysicalDevice};
use crate::vulkan::pipeline::Pipeline;
use ash::vk;
use motet_spirv::MemoryLayout;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that the interpreter binds.
const LANE_BUFFERS: u32 = 6;
/// Buffers that the kernel of modules binds: those, and the cells.
const MODULE_BUFFERS: u32 = 7;

/// What kind of device it is, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceKind {
    /// A graphics card of its own.
    Discrete,
    /// Part of the processor, or virtual.
    Integrated,
    /// The processor itself, as in lavapipe.
    Software,
}

/// What a device can do.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceInfo {
    /// Its name, as its driver gives it.
    pub name: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// The driver and its version.
    pub driver: String,
    /// The version of Vulkan, for example `1.3.230`.
    pub vulkan: String,
    /// Bytes of memory of its own.
    pub memory_bytes: u64,
    /// The largest buffer that a kernel can bind.
    pub largest_buffer: u64,
    /// The most lanes of one workgroup.
    pub group_lanes: u32,
    /// Whether it computes with 64-bit floats.
    pub f64: bool,
    /// Whether it computes with 64-bit integers.
    pub i64: bool,
    /// What keeps the lanes from running on it, if something does.
    pub lacks: Option<String>,
}

/// An opened device, on which any number of runtimes can run. Clones share it.
#[derive(Clone)]
pub struct Gpu {
    inner: Arc<Inner>,
}

struct Inner {
    device: Arc<Device>,
    info: DeviceInfo,
    loop_limit: u32,
    subgroup_lanes: u32,
    /// Measured when it is first asked for.
    memory_layout: Mutex<Option<MemoryLayout>>,
    /// Compiling takes a driver a second; runtimes of the same layout share the result.
    pipelines: Mutex<HashMap<Layout, Arc<Pipeline>>>,
}

/// All devices of this machine, the preferred one first.
pub fn devices() -> Result<Vec<DeviceInfo>, LaneError> {
    let instance = Instance::load()?;
    Ok(ordered(&instance)?.iter().map(DeviceInfo::of).collect())
}

fn ordered(instance: &Instance) -> Result<Vec<PhysicalDevice>, LaneError> {
    let mut physical = instance.physical_devices()?;
    physical.sort_by_key(|device| kind_of(device.kind));
    Ok(physical)
}

fn kind_of(kind: vk::PhysicalDeviceType) -> DeviceKind {
    match kind {
        vk::PhysicalDeviceType::DISCRETE_GPU => DeviceKind::Discrete,
        vk::PhysicalDeviceType::CPU => DeviceKind::Software,
        _ => DeviceKind::Integrated,
    }
}

impl DeviceInfo {
    fn of(physical: &PhysicalDevice) -> DeviceInfo {
        let version = physical.api_version;
        let lacks = if version < vk::API_VERSION_1_1 {
            Some("Vulkan 1.1".to_owned())
        } else if physical.queue_family.is_none() {
            Some("a queue that computes".to_owned())
        } else {
            None
        };
        DeviceInfo {
            name: physical.name.clone(),
            kind: kind_of(physical.kind),
            driver: physical.driver.clone(),
            vulkan: format!(
                "{}.{}.{}",
                vk::api_version_major(version),
                vk::api_version_minor(version),
                vk::api_version_patch(version)
            ),
            memory_bytes: physical.memory_bytes,
            largest_buffer: u64::from(physical.limits.max_storage_buffer_range),
            group_lanes: physical.limits.max_compute_work_group_invocations,
            f64: physical.has_f64,
            i64: physical.has_i64,
            lacks,
        }
    }
}

impl Gpu {
    /// Opens the preferred device, or the one whose name contains `name`, capitals or not.
    pub fn open(name: Option<&str>) -> Result<Gpu, LaneError> {
        let instance = Instance::load()?;
        let all = ordered(&instance)?;
        let chosen = match name {
            None => all.first(),
            Some(name) => {
                let wanted = name.to_lowercase();
                all.iter().find(|device| device.name.to_lowercase().contains(&wanted))
            }
        };
        let physical = chosen.ok_or_else(|| LaneError::NoDevice {
            wanted: name.map(str::to_owned),
            present: all.iter().map(|device| device.name.clone()).collect(),
        })?;
        let device = Device::open(&instance, physical)?;
        let loop_limit = probe::loop_limit(&device)?;
        let (info, subgroup_lanes) = (DeviceInfo::of(physical), physical.subgroup_lanes);
        let (memory_layout, pipelines) = Default::default();
        let inner = Inner { device, info, loop_limit, subgroup_lanes, memory_layout, pipelines };
        Ok(Gpu { inner: Arc::new(inner) })
    }

    /// What the device can do.
    pub fn info(&self) -> &DeviceInfo {
        &self.inner.info
    }

    /// Turns of loops that one lane may take in one dispatch: less than what the driver was measured to carry out.
    pub fn loop_limit(&self) -> u32 {
        self.inner.loop_limit
    }

    /// Lanes that share instructions. A driver that limits the turns of loops counts those of all of them together.
    pub(crate) fn subgroup_lanes(&self) -> u32 {
        self.inner.subgroup_lanes
    }

    /// How memories of compiled instances should lie on this device: measured once for each opening.
    pub fn memory_layout(&self) -> Result<MemoryLayout, LaneError> {
        let mut known = self.inner.memory_layout.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some(layout) => Ok(layout),
            None => Ok(*known.insert(layout::measure(&self.inner.device)?)),
        }
    }

    /// Says why persistent mode cannot work here, if it cannot.
    pub fn check_persistent(&self) -> Result<(), LaneError> {
        probe::persistent(&self.inner.device)
    }

    /// Says why modules cannot run here, if they cannot.
    pub fn check_modules(&self) -> Result<(), LaneError> {
        let info = &self.inner.info;
        let missing = match (info.i64, info.f64) {
            (true, true) => return Ok(()),
            (false, true) => "64-bit integers",
            (true, false) => "64-bit floats",
            (false, false) => "64-bit integers and floats",
        };
        Err(LaneError::MissingFeature { device: info.name.clone(), feature: format!("{missing}, which modules need") })
    }

    pub(crate) fn device(&self) -> &Arc<Device> {
        &self.inner.device
    }

    pub(crate) fn interpreter(&self, layout: &Layout) -> Result<Arc<Pipeline>, LaneError> {
        if layout.group_lanes > self.inner.info.group_lanes {
            return Err(LaneError::MissingFeature {
                device: self.inner.info.name.clone(),
                feature: format!("workgroups of {} lanes", layout.group_lanes),
            });
        }
        let buffers = match layout.kernel {
            KernelKind::Lanes => LANE_BUFFERS,
            KernelKind::Modules { .. } => {
                self.check_modules()?;
                MODULE_BUFFERS
            }
        };
        let mut pipelines = self.inner.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = pipelines.get(layout) {
            return Ok(Arc::clone(pipeline));
        }
        let spirv = to_spirv("interpreter", &interpreter(layout, self.inner.loop_limit), EPOCH_ENTRY)?;
        let pipeline = Arc::new(Pipeline::new(&self.inner.device, &spirv, EPOCH_ENTRY, buffers)?);
        pipelines.insert(*layout, Arc::clone(&pipeline));
        Ok(pipeline)
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Gpu").field("info", &self.inner.info).field("loop_limit", &self.inner.loop_limit).finish()
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            DeviceKind::Discrete => "discrete",
            DeviceKind::Integrated => "integrated",
            DeviceKind::Software => "software",
        })
    }
}

impl fmt::Display for DeviceInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes_no = |can: bool| if can { "yes" } else { "no" };
        writeln!(out, "{} ({})", self.name, self.kind)?;
        writeln!(out, "    driver: {}, Vulkan {}", self.driver, self.vulkan)?;
        writeln!(
            out,
            "    memory: {} MiB, largest buffer {} MiB, {} lanes a workgroup",
            self.memory_bytes >> 20,
            self.largest_buffer >> 20,
            self.group_lanes
        )?;
        write!(out, "    64-bit floats: {}, 64-bit integers: {}", yes_no(self.f64), yes_no(self.i64))?;
        match &self.lacks {
            Some(lacks) => write!(out, "\n    cannot run lanes: lacks {lacks}"),
            None => Ok(()),
        }
    }
}
