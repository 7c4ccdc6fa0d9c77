//! CPU time of this process and of the conductor's thread, as Linux counts it.

use std::fs;
use std::time::Duration;

/// CPU time used up to a moment.
pub(super) struct CpuTime {
    /// By all threads that live now.
    pub process: Duration,
    /// By the threads that submit epochs.
    pub conductor: Duration,
}

impl CpuTime {
    /// Reads the counters; none where the system has none of this kind.
    pub fn now() -> Option<CpuTime> {
        let mut total = CpuTime { process: Duration::ZERO, conductor: Duration::ZERO };
        for entry in fs::read_dir("/proc/self/task").ok()? {
            let task = entry.ok()?.path();
            // A thread may end between listing and reading; its time then counts for neither moment.
            let Ok(schedule) = fs::read_to_string(task.join("schedstat")) else { continue };
            let Ok(name) = fs::read_to_string(task.join("comm")) else { continue };
            let nanoseconds = schedule.split_whitespace().next()?.parse().ok()?;
            let time = Duration::from_nanos(nanoseconds);
            total.process += time;
            if name.trim_end() == "motet-lanes" {
                total.conductor += time;
            }
        }
        Some(total)
    }
}
