//! How long OS threads and the process have computed: processor time, which stands still while they wait.

use std::time::Duration;

/// Processor time of the calling thread.
pub fn thread_time() -> Duration {
    system::thread_time()
}

/// Processor time of all threads of the process, those that have ended too.
pub fn process_time() -> Duration {
    system::process_time()
}

#[cfg(unix)]
mod system {
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    pub fn thread_time() -> Duration {
        read(ClockId::ThreadCPUTime)
    }

    pub fn process_time() -> Duration {
        read(ClockId::ProcessCPUTime)
    }

    fn read(clock: ClockId) -> Duration {
        let time = clock_gettime(clock);
        Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
    }
}

/// Time that passes takes the place of processor time where the system is asked for it in another way.
#[cfg(not(unix))]
mod system {
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    static BEGIN: OnceLock<Instant> = OnceLock::new();

    pub fn thread_time() -> Duration {
        BEGIN.get_or_init(Instant::now).elapsed()
    }

    pub fn process_time() -> Duration {
        thread_time()
    }
}

#[cfg(all(test, unix, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_computes_uses_time_of_its_own_and_of_the_process() {
        let (process, thread) = (process_time(), thread_time());
        let mut number = 1u64;
        while thread_time() - thread < Duration::from_millis(2) {
            number = std::hint::black_box(number.wrapping_mul(3));
        }
        assert!(process_time() - process >= Duration::from_millis(2));
    }
}
