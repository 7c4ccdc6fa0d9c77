//! The tests of starting, running and stopping of the design that the lanes come from ("the source"), at full strength
//! (L-10).
//!
//! Where the source sleeps and hopes, these wait for the event.

mod common;

use std::time::{Duration, Instant};

use common::*;
use motet_lanes::instructions::Opcode::*;
use motet_lanes::{Idle, LaneError, Settings};

#[test]
fn l10_start_stop() {
    let runtime = runtime_with(Settings { idle: Idle::Spin, ..Settings::default() });
    runtime.start().unwrap();
    wait_for_frames(&runtime, 1);
    runtime.stop().unwrap();
    let stopped_at = runtime.frame_count();
    assert!(stopped_at > 0);
    // Nothing to wait for: this is time in which a running kernel would take hundreds of frames.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(runtime.frame_count(), stopped_at);
}

#[test]
fn l10_single_process() {
    let runtime = runtime();
    let bytes = [0x01, 0, 0, 0, 0x2A, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0];
    let process = spawn(&runtime, &bytes);
    runtime.start().unwrap();
    process.wait(SOON).unwrap();
    runtime.stop().unwrap();
    assert!(runtime.is_dead(&process));
    assert_eq!(runtime.read_register(&process, 0), Ok(42));
}

#[test]
fn l10_multiple_processes() {
    let runtime = runtime();
    let processes = [spawn(&runtime, &constant(100)), spawn(&runtime, &constant(200))];
    runtime.start().unwrap();
    runtime.wait_until_done(SOON).unwrap();
    runtime.stop().unwrap();
    for (process, value) in processes.iter().zip([100, 200]) {
        assert!(runtime.is_dead(process));
        assert_eq!(runtime.read_register(process, 0), Ok(value));
    }
}

#[test]
fn l10_long_running_no_crash() {
    let runtime = runtime();
    // The source's bytes, taken literally: ADD with an immediate and a first source, SUB with two registers.
    let bytes = [
        [0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
        [0x01, 0x01, 0x00, 0x00, 0x80, 0x96, 0x98, 0x00],
        [0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00],
        [0x03, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00],
        [0x0B, 0x00, 0x02, 0x00, 0x02, 0x00, 0x00, 0x00],
        [0xFF, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    ];
    let process = spawn(&runtime, &program(&bytes));
    runtime.start().unwrap();
    let outcome = process.wait(LONG).unwrap();
    assert_eq!(outcome.instructions, 2 + 3 * 10_000_000 + 1);
    runtime.stop().unwrap();
    assert!(runtime.is_dead(&process));
    assert_eq!(runtime.read_register(&process, 0), Ok(10_000_000));
}

#[test]
fn l10_6m_iteration_regression() {
    let runtime = runtime();
    let process = spawn(
        &runtime,
        &program(&[
            op(Const, 0, 0, 0, 0),
            op(Const, 1, 0, 0, 6_000_000),
            op(Const, 2, 0, 0, 1),
            op(Add, 0, 0, 2, 0),
            op(Sub, 3, 1, 0, 0),
            op(JumpIf, 0, 3, 0, 3),
            op(Halt, 0, 0, 0, 0),
        ]),
    );
    runtime.start().unwrap();
    process.wait(LONG).unwrap();
    runtime.stop().unwrap();
    assert!(runtime.is_dead(&process));
    assert_eq!(runtime.read_register(&process, 0), Ok(6_000_000));
}

#[test]
fn l10_32_processes_parallel() {
    all_get_their_number(32);
}

#[test]
fn l10_max_64_processes() {
    all_get_their_number(64);
}

/// Also L-05: in a fresh runtime, slots are given in the order of the spawns.
fn all_get_their_number(count: i32) {
    let runtime = runtime();
    let processes: Vec<_> = (0..count).map(|index| spawn(&runtime, &constant(index))).collect();
    runtime.start().unwrap();
    runtime.wait_until_done(SOON).unwrap();
    runtime.stop().unwrap();
    assert_eq!(runtime.process_count(), count as u32);
    for (index, process) in processes.iter().enumerate() {
        assert!(runtime.is_dead(process), "process {index}");
        assert_eq!(runtime.read_register(process, 0), Ok(index as i32));
        assert_eq!(process.slot(), Some(index as u32));
    }
}

#[test]
fn l10_zero_processes_spinning() {
    let runtime = runtime_with(Settings { idle: Idle::Spin, ..Settings::default() });
    runtime.start().unwrap();
    wait_for_frames(&runtime, 1);
    let frames = runtime.frame_count();
    wait_for_frames(&runtime, frames + 1);
    runtime.stop().unwrap();
}

#[test]
fn l10_zero_processes_parked() {
    let runtime = runtime();
    runtime.start().unwrap();
    // A first epoch is counted ...
    wait_for_frames(&runtime, 1);
    // ... then nothing is submitted. Time passes here because nothing may happen in it; the benchmark measures that
    // no processor time passes either.
    std::thread::sleep(Duration::from_millis(50));
    let parked = runtime.statistics();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(runtime.statistics(), parked);
    // ... and the next spawn is served.
    let process = spawn(&runtime, &constant(7));
    assert_eq!(process.wait(SOON).unwrap().registers[0], 7);
}

#[test]
fn l10_process_isolation() {
    let runtime = runtime();
    let writes = |value| {
        program(&[
            op(Const, 0, 0, 0, value),
            op(Const, 1, 0, 0, 0),
            op(Store, 1, 0, 0, 0),
            op(Const, 0, 0, 0, 0),
            op(Load, 0, 1, 0, 0),
            op(Halt, 0, 0, 0, 0),
        ])
    };
    let processes = [spawn(&runtime, &writes(0xDEAD)), spawn(&runtime, &writes(0xBEEF))];
    runtime.start().unwrap();
    runtime.wait_until_done(SOON).unwrap();
    runtime.stop().unwrap();
    assert_eq!(runtime.read_register(&processes[0], 0), Ok(0xDEAD));
    assert_eq!(runtime.read_register(&processes[1], 0), Ok(0xBEEF));
}

#[test]
fn l10_spawn_queue_full() {
    let runtime = runtime();
    let bytecode = constant(0);
    for _ in 0..16 {
        let program = runtime.load_bytecode(&bytecode).unwrap();
        runtime.try_spawn(program, 0).unwrap();
    }
    let program = runtime.load_bytecode(&bytecode).unwrap();
    assert_eq!(runtime.try_spawn(program, 0).unwrap_err(), LaneError::QueueFull { waiting: 16 });
}

#[test]
fn l10_bytecode_pool_full() {
    let runtime = runtime();
    let large = vec![0; 1024 * 1024];
    for _ in 0..16 {
        runtime.load_bytecode(&large).unwrap();
    }
    let full = LaneError::CodePoolFull { bytes: large.len(), largest_gap: 0 };
    assert_eq!(runtime.load_bytecode(&large), Err(full));
}

#[test]
#[ignore = "takes a minute; part of the long suite"]
fn l10_60_second_stability() {
    let runtime = runtime();
    for _ in 0..64 {
        spawn(&runtime, &endless_loop());
    }
    runtime.start().unwrap();
    let started = Instant::now();
    let mut last = 0;
    while started.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_secs(1));
        let frames = runtime.frame_count();
        assert!(frames > last, "no frame in the second before {:?}", started.elapsed());
        last = frames;
    }
    runtime.stop().unwrap();
    assert_eq!(runtime.living_count(), 64);
    let longest = runtime.statistics().longest_epoch;
    assert!(longest < Duration::from_secs(1), "an epoch took {longest:?}");
}
