//! How long epochs take (L-01). Alone in its binary: other runtimes would queue their epochs on the same device.

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::*;
use motet_lanes::assembly::assemble;
use motet_lanes::executor::Executor;
use motet_lanes::{LaneError, PersistentRuntime, Settings};

#[test]
fn l01_epochs_grow_under_load_and_keep_to_their_target() {
    // The longest target and the cheapest load, so that several frames fit also when other work slows them down.
    let runtime = runtime_with(Settings { epoch_target: Settings::LONGEST_EPOCH, ..Settings::default() });
    spawn(&runtime, &endless_loop());
    runtime.start().unwrap();
    wait_for_frames(&runtime, 600);
    runtime.stop().unwrap();
    let statistics = runtime.statistics();
    assert!(statistics.frames / statistics.epochs >= 2, "epochs did not grow: {statistics:?}");
    // Generous, because other work on the machine stretches an epoch; far from any watchdog all the same.
    assert!(statistics.longest_epoch < Duration::from_secs(1), "{statistics:?}");
}

/// Notes how long the conductor is ready to wait before it looks at a running epoch again.
struct Watched {
    inner: Box<dyn Executor>,
    submitted: Option<Instant>,
    looks_before_the_target: Arc<Mutex<Vec<(Duration, Duration)>>>,
}

impl Executor for Watched {
    fn submit(&mut self) -> Result<(), LaneError> {
        self.submitted = Some(Instant::now());
        self.inner.submit()
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LaneError> {
        let elapsed = self.submitted.expect("an epoch was submitted").elapsed();
        self.looks_before_the_target.lock().unwrap().push((elapsed, timeout));
        self.inner.wait(timeout)
    }
}

#[test]
fn l01_an_epoch_that_takes_longer_than_its_target_is_asked_to_end() {
    let looks = Arc::default();
    let noted = Arc::clone(&looks);
    let runtime = PersistentRuntime::with_executor(gpu(), Settings::default(), |inner| {
        Box::new(Watched { inner, submitted: None, looks_before_the_target: noted })
    })
    .unwrap();
    // Frames that are over at once, then 64 processes that fill them: the epochs have grown by then.
    let mut text = "yield\n".repeat(3_000);
    text.push_str("on: add r0, r0, 1\n jump on\n");
    let program = runtime.load_bytecode(&assemble("sudden.lanes", &text).unwrap()).unwrap();
    let processes: Vec<_> = (0..64).map(|_| runtime.spawn(program, 0).unwrap()).collect();
    runtime.start().unwrap();
    wait_until("the loops to be reached", || {
        processes.iter().all(|process| process.read_register(0).is_ok_and(|turns| turns > 9_000))
    });
    runtime.stop().unwrap();
    let target = Settings::default().epoch_target;
    let looks = looks.lock().unwrap();
    assert!(looks.len() > 10);
    for (elapsed, timeout) in looks.iter() {
        // No look before the target waits for longer than it; only an epoch that was asked to end may take its time.
        assert!(*timeout <= target || *elapsed >= target, "{elapsed:?} {timeout:?}");
    }
}
