//! Measures what a driver really does, where believing it gave wrong results.

use crate::error::LaneError;
use crate::kernel::{PROBE, PROBE_ENTRY, to_spirv};
use crate::vulkan::buffer::{SharedWords, Usage};
use crate::vulkan::device::Device;
use crate::vulkan::dispatch::Dispatch;
use crate::vulkan::pipeline::Pipeline;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

// Words of the probe's buffer: see `probe.wgsl`.
const TURNS_ASKED: usize = 0;
const TURNS_DONE: usize = 1;
const SEQUENCE: usize = 2;
const WATCH_FLAG: usize = 3;
const FLAG: usize = 4;
const FLAG_SEEN: usize = 5;
const WORDS: usize = 8;

/// More turns than any epoch takes.
const MANY_TURNS: u32 = 1 << 20;
/// How long a probe may take before the device counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a persistent dispatch has to live to be believed: longer than the watchdogs known (2 s on Windows).
const LONG_DISPATCH: Duration = Duration::from_secs(3);

struct Probe {
    words: Arc<SharedWords>,
    dispatch: Dispatch,
}

impl Probe {
    fn new(device: &Arc<Device>) -> Result<Probe, LaneError> {
        let spirv = to_spirv("probe", PROBE, PROBE_ENTRY)?;
        let pipeline = Arc::new(Pipeline::new(device, &spirv, PROBE_ENTRY, 1)?);
        let words = Arc::new(SharedWords::new(device, "the probe's buffer", WORDS, Usage::Host)?);
        let dispatch = Dispatch::record(&pipeline, vec![Arc::clone(&words)], 1)?;
        Ok(Probe { words, dispatch })
    }

    fn ask(&mut self, turns: u32, watch: bool) -> Result<(), LaneError> {
        self.words[TURNS_ASKED].store(turns, Ordering::Relaxed);
        self.words[WATCH_FLAG].store(u32::from(watch), Ordering::Relaxed);
        self.words[FLAG].store(0, Ordering::Relaxed);
        self.dispatch.submit()
    }

    fn answer(&self, word: usize) -> u32 {
        self.words[word].load(Ordering::Acquire)
    }
}

/// What the probe's loop computes in that many turns.
fn sequence(turns: u32) -> u32 {
    (0..turns).fold(0_u32, |value, turn| (value ^ turn).wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
}

/// Turns of loops that a lane may take in one dispatch, with a twelfth kept in reserve where the driver has a limit.
pub(super) fn loop_limit(device: &Arc<Device>) -> Result<u32, LaneError> {
    let mut probe = Probe::new(device)?;
    probe.ask(MANY_TURNS, false)?;
    if !probe.dispatch.wait(PATIENCE)? {
        return Err(LaneError::DeviceLost { during: "the loop probe" });
    }
    let done = probe.answer(TURNS_DONE);
    if done == MANY_TURNS && probe.answer(SEQUENCE) == sequence(MANY_TURNS) {
        return Ok(u32::MAX);
    }
    Ok(done / 12 * 11)
}

/// Whether a dispatch may run until the host tells it to leave.
pub(super) fn persistent(device: &Arc<Device>) -> Result<(), LaneError> {
    let refused = |reason: String| Err(LaneError::PersistentRefused { reason });
    let mut probe = Probe::new(device)?;
    probe.ask(MANY_TURNS, false)?;
    if !probe.dispatch.wait(PATIENCE)? {
        return Err(LaneError::DeviceLost { during: "the loop probe" });
    }
    let done = probe.answer(TURNS_DONE);
    if done != MANY_TURNS || probe.answer(SEQUENCE) != sequence(MANY_TURNS) {
        return refused(format!("its driver ends loops after {done} turns and reports success"));
    }

    probe.ask(u32::MAX, true)?;
    match probe.dispatch.wait(LONG_DISPATCH) {
        Ok(false) => {}
        Ok(true) => return refused("its driver ends a dispatch that waits for the host".to_owned()),
        Err(LaneError::DeviceLost { .. }) => {
            return refused(format!("a watchdog resets it when a dispatch takes {LONG_DISPATCH:?}"));
        }
        Err(other) => return Err(other),
    }
    probe.words[FLAG].store(1, Ordering::Release);
    if !probe.dispatch.wait(PATIENCE)? || probe.answer(FLAG_SEEN) == 0 {
        return refused("a running dispatch does not see what the host writes".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Gpu;
    use crate::error::LaneError;
    use crate::gpu::DeviceKind;

    #[test]
    fn l01_the_loop_limit_is_measured() {
        let gpu = Gpu::open(None).unwrap();
        assert!(gpu.loop_limit() > 10_000, "{}", gpu.loop_limit());
        if gpu.info().name.contains("llvmpipe") {
            assert!(gpu.loop_limit() < 65_535, "{}", gpu.loop_limit());
        }
    }

    #[test]
    fn l01_persistent_mode_is_refused_with_the_reason() {
        let gpu = Gpu::open(None).unwrap();
        match gpu.check_persistent() {
            Err(LaneError::PersistentRefused { reason }) => assert!(reason.contains("loops"), "{reason}"),
            Err(other) => panic!("{other}"),
            Ok(()) => assert_ne!(gpu.info().kind, DeviceKind::Software),
        }
    }
}
