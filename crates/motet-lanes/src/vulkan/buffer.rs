//! Memory that host and device share, seen by the host as atomic words.
//!
//! The device may change any word at any time, and so may several threads of the host; `AtomicU32` is the type that
//! says so. With it, all access outside this module is safe code.

use super::device::Device;
use super::failed;
use crate::error::LaneError;
use ash::vk;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// Who uses a buffer most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    /// The host reads it often: cached by the processor where there is such memory.
    Host,
    /// The device uses it most: in its own memory, where the host can map that.
    Device,
}

/// A mapped storage buffer.
pub(crate) struct SharedWords {
    pub(super) buffer: vk::Buffer,
    memory: vk::DeviceMemory,
    words: NonNull<AtomicU32>,
    length: usize,
    device: Arc<Device>,
}

// SAFETY: the mapping is a plain range of memory that no thread owns, reached through atomics only; the handles are
// used by `drop` alone, which has the value to itself.
unsafe impl Send for SharedWords {}
// SAFETY: as above: a shared reference gives out `&[AtomicU32]` only.
unsafe impl Sync for SharedWords {}

impl SharedWords {
    /// A buffer of that many words, all 0. `what` names it in errors.
    pub fn new(device: &Arc<Device>, what: &'static str, words: usize, usage: Usage) -> Result<SharedWords, LaneError> {
        let bytes = words as u64 * 4;
        let limit = u64::from(device.limits.max_storage_buffer_range);
        if bytes > limit {
            return Err(LaneError::LimitExceeded { what, bytes, limit });
        }
        let out_of_memory = |call, code| match failed(call, code) {
            LaneError::OutOfMemory { .. } => LaneError::OutOfMemory { what, bytes },
            other => other,
        };
        let info = vk::BufferCreateInfo::default().size(bytes).usage(vk::BufferUsageFlags::STORAGE_BUFFER);
        // SAFETY: the device is alive, and `info` lives until the call returns.
        let buffer =
            unsafe { device.raw.create_buffer(&info, None) }.map_err(|code| out_of_memory("vkCreateBuffer", code))?;
        let mut unfinished = Unfinished { device, buffer, memory: vk::DeviceMemory::null() };
        // SAFETY: `buffer` was made from this device just now.
        let needs = unsafe { device.raw.get_buffer_memory_requirements(buffer) };
        let kind =
            memory_type(&device.memory, needs.memory_type_bits, usage).ok_or_else(|| LaneError::MissingFeature {
                device: device.name.clone(),
                feature: "memory that the host can map".to_owned(),
            })?;
        let info = vk::MemoryAllocateInfo::default().allocation_size(needs.size).memory_type_index(kind);
        // SAFETY: `kind` is an index into the device's own memory types.
        let memory = unsafe { device.raw.allocate_memory(&info, None) }
            .map_err(|code| out_of_memory("vkAllocateMemory", code))?;
        unfinished.memory = memory;
        // SAFETY: the memory is as large as the buffer needs, of a type it allows, and bound once.
        unsafe { device.raw.bind_buffer_memory(buffer, memory, 0) }
            .map_err(|code| out_of_memory("vkBindBufferMemory", code))?;
        // SAFETY: the memory can be mapped (see `memory_type`), is not mapped yet, and stays mapped until it is freed.
        let mapped = unsafe { device.raw.map_memory(memory, 0, vk::WHOLE_SIZE, vk::MemoryMapFlags::empty()) }
            .map_err(|code| out_of_memory("vkMapMemory", code))?;
        let words_at = NonNull::new(mapped.cast::<AtomicU32>()).ok_or(LaneError::OutOfMemory { what, bytes })?;
        // SAFETY: the mapping spans at least `bytes` bytes, and nothing else knows of it yet.
        unsafe { words_at.write_bytes(0, words) };
        std::mem::forget(unfinished);
        Ok(SharedWords { buffer, memory, words: words_at, length: words, device: Arc::clone(device) })
    }
}

impl Deref for SharedWords {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        // SAFETY: the mapping holds `length` words, is aligned far beyond 4 bytes (Vulkan's least is 64), was zeroed
        // by `new`, and lives as long as `self`. All access on this side is atomic.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr(), self.length) }
    }
}

impl Drop for SharedWords {
    fn drop(&mut self) {
        // SAFETY: a dispatch that uses the buffer holds an `Arc` of it and waits for its work before it lets go, so
        // the device does not use it any more. Freeing the memory ends the mapping, which only `self` gave out.
        unsafe {
            self.device.raw.destroy_buffer(self.buffer, None);
            self.device.raw.free_memory(self.memory, None);
        }
    }
}

/// What `new` has made so far, given back if a later step fails.
struct Unfinished<'d> {
    device: &'d Device,
    buffer: vk::Buffer,
    memory: vk::DeviceMemory,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // SAFETY: both handles were made by `new` from this device, which never submitted anything that uses them;
        // Vulkan ignores null handles.
        unsafe {
            self.device.raw.destroy_buffer(self.buffer, None);
            self.device.raw.free_memory(self.memory, None);
        }
    }
}

/// The best type of memory for this use among those that `allowed` has a bit for. All can be mapped and need no
/// flushing.
fn memory_type(memory: &vk::PhysicalDeviceMemoryProperties, allowed: u32, usage: Usage) -> Option<u32> {
    let needed = vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
    let wished = match usage {
        Usage::Host => vk::MemoryPropertyFlags::HOST_CACHED,
        Usage::Device => vk::MemoryPropertyFlags::DEVICE_LOCAL,
    };
    let types = &memory.memory_types[..memory.memory_type_count as usize];
    let find = |flags| {
        types
            .iter()
            .enumerate()
            .position(|(index, kind)| allowed & (1 << index) != 0 && kind.property_flags.contains(flags))
    };
    find(needed | wished).or_else(|| find(needed)).map(|index| index as u32)
}
