//! How many frames the next epoch takes.
//!
//! After waking, epochs are short, so that what woke the runtime is answered at once. While there is work they grow
//! until one takes the target time; then dispatching costs next to nothing, and a watchdog never sees a long one.

use std::time::Duration;

/// Frames of the first epoch after waking: one takes a spawn and runs it for a slice.
const FIRST_FRAMES: u32 = 1;
/// An epoch grows at most by this factor, because frames take longer when processes join.
const GROWTH: u32 = 4;

/// Sizes epochs by the time that they take.
#[derive(Debug)]
pub(crate) struct EpochSizer {
    target: Duration,
    most_frames: u32,
    frames: u32,
}

impl EpochSizer {
    pub fn new(target: Duration, most_frames: u32) -> EpochSizer {
        EpochSizer { target, most_frames, frames: FIRST_FRAMES }
    }

    /// Frames that the next epoch may take.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Notes that the runtime was idle.
    pub fn woke(&mut self) {
        self.frames = FIRST_FRAMES;
    }

    /// Learns from an epoch that took `frames` frames in this time.
    pub fn took(&mut self, frames: u32, time: Duration) {
        if frames == 0 {
            return;
        }
        let a_frame = (time / frames).max(Duration::from_nanos(1));
        let fitting = u32::try_from(self.target.as_nanos() / a_frame.as_nanos()).unwrap_or(u32::MAX);
        let grown = self.frames.saturating_mul(GROWTH);
        self.frames = fitting.min(grown).clamp(1, self.most_frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Duration = Duration::from_millis(20);

    #[test]
    fn l01_epochs_grow_under_load_and_shrink_when_frames_get_dear() {
        let mut sizer = EpochSizer::new(TARGET, 1_000);
        assert_eq!(sizer.frames(), 1);
        let mut sizes = Vec::new();
        for _ in 0..6 {
            sizer.took(sizer.frames(), Duration::from_micros(100) * sizer.frames());
            sizes.push(sizer.frames());
        }
        assert_eq!(sizes, [4, 16, 64, 200, 200, 200]);
        sizer.took(200, Duration::from_millis(200));
        assert_eq!(sizer.frames(), 20);
        sizer.took(20, Duration::from_secs(1));
        assert_eq!(sizer.frames(), 1);
        sizer.took(1, Duration::ZERO);
        assert_eq!(sizer.frames(), 4);
        sizer.woke();
        assert_eq!(sizer.frames(), 1);
    }

    #[test]
    fn l01_epochs_never_pass_the_loop_limit() {
        let mut sizer = EpochSizer::new(TARGET, 50);
        for _ in 0..10 {
            sizer.took(sizer.frames(), Duration::from_nanos(1));
        }
        assert_eq!(sizer.frames(), 50);
        assert_eq!(EpochSizer::new(TARGET, 1).frames(), 1);
    }

    #[test]
    fn l01_an_epoch_without_frames_teaches_nothing() {
        let mut sizer = EpochSizer::new(TARGET, 50);
        sizer.took(0, Duration::from_secs(1));
        assert_eq!(sizer.frames(), 1);
    }
}
