//! Measures how memories of compiled instances should lie.

use crate::error::LaneError;
use crate::kernel::{LAYOUT, LAYOUT_ENTRY, to_spirv};
use crate::vulkan::buffer::{SharedWords, Usage};
use crate::vulkan::device::Device;
use crate::vulkan::dispatch::Dispatch;
use crate::vulkan::pipeline::Pipeline;
use motet_spirv::MemoryLayout;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

// Words of the kernel's buffer: see `layout.wgsl`.
const STEP: usize = 0;
const STRIDE: usize = 1;
const COUNT: usize = 2;
const FIRST: usize = 8;

const GROUPS: u32 = 32;
const LANES: u32 = GROUPS * 32;
/// Words of each lane: together a mebibyte.
const WORDS: u32 = 256;
/// Times that each is measured before interleaved memories count as faster, by the best of all: the device may have other work.
const ROUNDS: usize = 24;
/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Interleaved memories must be so much faster: an unclear measurement should not decide differently each time. Another layout is
/// other code, which the driver has not kept.
const CLEARLY: f64 = 1.5;

/// The layout in which lanes that go through their memories in step do so sooner.
pub(super) fn measure(device: &Arc<Device>) -> Result<MemoryLayout, LaneError> {
    let pipeline = Arc::new(Pipeline::new(device, &to_spirv("layout", LAYOUT, LAYOUT_ENTRY)?, LAYOUT_ENTRY, 1)?);
    let length = FIRST + (LANES * WORDS) as usize;
    let words = Arc::new(SharedWords::new(device, "the layout's buffer", length, Usage::Device)?);
    let mut dispatch = Dispatch::record(&pipeline, vec![Arc::clone(&words)], GROUPS)?;
    let mut take = |step: u32, stride: u32| -> Result<Duration, LaneError> {
        for (word, value) in [(STEP, step), (STRIDE, stride), (COUNT, WORDS)] {
            words[word].store(value, Ordering::Relaxed);
        }
        let began = Instant::now();
        dispatch.submit()?;
        if !dispatch.wait(PATIENCE)? {
            return Err(LaneError::DeviceLost { during: "the layout's measurement" });
        }
        Ok(began.elapsed())
    };
    // Drivers finish compiling at the first dispatch.
    take(1, WORDS)?;
    let (mut linear, mut interleaved) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        linear = linear.min(take(1, WORDS)?);
        interleaved = interleaved.min(take(LANES, 1)?);
        if linear.as_secs_f64() <= interleaved.as_secs_f64() * CLEARLY {
            return Ok(MemoryLayout::Linear);
        }
    }
    Ok(MemoryLayout::Interleaved)
}

#[cfg(test)]
mod tests {
    use crate::Gpu;
    use crate::gpu::DeviceKind;
    use motet_spirv::MemoryLayout;

    #[test]
    fn l16_the_layout_is_measured() {
        let gpu = Gpu::open(None).unwrap();
        let layout = gpu.memory_layout().unwrap();
        // A processor that goes to memory lane by lane gains nothing by it.
        if gpu.info().kind == DeviceKind::Software {
            assert_eq!(layout, MemoryLayout::Linear);
        }
        assert_eq!(gpu.memory_layout().unwrap(), layout);
    }
}
