//! The source's tests of starting, running and stopping, at full strength (L-10).

mod common;

use std::time::{Duration, Instant};

use common::*;
use motet_lanes::{Idle, LaneError, Settings};

#[test]
fn l10_start_stop() {
    let runtime = runtime_with(Settings { idle: Idle::Spin, ..Settings::default() });
    runtime.start().unwrap();
    wait_for_frames(&runtime, 1);
    runtime.stop().unwrap();
    let stopped_at = runtime.frame_count();
    assert!(stopped_at > 0);
    // Time in which a running kernel would take thousands of frames.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(runtime.frame_count(), stopped_at);
}

#[test]
fn l10_single_process() {
    let runtime = runtime();
    let process = spawn(&runtime, &constant(42));
    runtime.start().unwrap();
    process.wait(SOON).unwrap();
    runtime.stop().unwrap();
    assert!(runtime.is_dead(&process));
    assert_eq!(runtime.read_register(&process, 0), Ok(42));
}

fn wait_for_frames(runtime: &motet_lanes::PersistentRuntime, frames: u64) {
    let deadline = Instant::now() + SOON;
    while runtime.frame_count() < frames {
        assert!(Instant::now() < deadline, "no frame in time");
        std::thread::yield_now();
    }
}

#[test]
fn l10_long_running_no_crash() {
    let runtime = runtime();
    let process = spawn(&runtime, &counting_loop(10_000_000));
    runtime.start().unwrap();
    let started = Instant::now();
    process.wait(SOON).unwrap();
    eprintln!("10 M iterations in {:?}; {:?}", started.elapsed(), runtime.statistics());
    assert_eq!(runtime.read_register(&process, 0), Ok(10_000_000));
}

#[test]
fn l10_spawn_queue_full() {
    let runtime = runtime();
    let program = runtime.load_bytecode(&constant(0)).unwrap();
    for _ in 0..16 {
        runtime.try_spawn(program, 0).unwrap();
    }
    assert_eq!(runtime.try_spawn(program, 0).unwrap_err(), LaneError::QueueFull { waiting: 16 });
}
