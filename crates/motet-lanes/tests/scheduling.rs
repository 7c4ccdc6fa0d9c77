//! Priorities, yielding, stop and restart, time slices (L-07, L-09).

mod common;

use std::time::Duration;

use common::*;
use motet_lanes::instructions::Opcode::*;
use motet_lanes::{PersistentRuntime, Process, Settings};

/// One group of eight lanes for 64 processes.
fn few_lanes() -> Settings {
    Settings { lanes: 8, group_lanes: 8, ..Settings::default() }
}

fn instructions(runtime: &PersistentRuntime, process: &Process) -> u64 {
    let slot = process.slot().expect("the process has a slot");
    runtime.slots()[slot as usize].instructions
}

#[test]
fn l07_higher_priorities_run_first() {
    // A ring that holds all requests, so that six frames place them, eight a frame.
    let runtime = runtime_with(Settings { spawn_ring: 64, ..few_lanes() });
    let counts = runtime.load_bytecode(&counting_loop(5_000)).unwrap();
    let endless = runtime.load_bytecode(&endless_loop()).unwrap();
    let low: Vec<_> = (0..32).map(|_| runtime.spawn(counts, 1).unwrap()).collect();
    let high: Vec<_> = (0..16).map(|_| runtime.spawn(endless, 7).unwrap()).collect();
    runtime.start().unwrap();
    wait_for_frames(&runtime, 300);
    runtime.stop().unwrap();
    // The first four frames knew the low ones only. Afterwards none of them ran.
    let started: u64 = low.iter().map(|process| instructions(&runtime, process)).sum();
    assert!(started <= 4 * 8 * 1_000, "{started} instructions of low priority");
    for process in &high {
        runtime.kill(process).unwrap();
    }
    runtime.start().unwrap();
    runtime.wait_until_done(SOON).unwrap();
    assert!(low.iter().all(|process| process.read_register(0) == Ok(5_000)));
}

#[test]
fn l07_priorities_hold_across_groups() {
    // Two groups of eight lanes. By their slots, all of the high ones belong to the second.
    let runtime = runtime_with(Settings { lanes: 16, group_lanes: 8, spawn_ring: 64, ..Settings::default() });
    let endless = runtime.load_bytecode(&endless_loop()).unwrap();
    let low: Vec<_> = (0..32).map(|_| runtime.spawn(endless, 1).unwrap()).collect();
    let high: Vec<_> = (0..16).map(|_| runtime.spawn(endless, 7).unwrap()).collect();
    runtime.start().unwrap();
    wait_until("all to have a slot", || high.iter().all(|process| process.slot().is_some()));
    // The epoch in which the last one came is over after this.
    runtime.stop().unwrap();
    let counted = |processes: &[Process]| -> Vec<u64> {
        processes.iter().map(|process| instructions(&runtime, process)).collect()
    };
    let (low_before, high_before) = (counted(&low), counted(&high));
    runtime.start().unwrap();
    // Counts of frames are those of the group that is ahead. On a busy machine the other one may be far behind.
    wait_until("forty slices of each that is high", || {
        high_before.iter().zip(counted(&high)).all(|(before, now)| now - before >= 40 * 1_000)
    });
    runtime.stop().unwrap();
    assert_eq!(low_before, counted(&low), "a process of low priority ran while higher ones waited");
}

#[test]
fn l07_equals_take_turns() {
    let runtime = runtime_with(few_lanes());
    let program = runtime.load_bytecode(&endless_loop()).unwrap();
    let processes: Vec<_> = (0..40).map(|_| runtime.spawn(program, 3).unwrap()).collect();
    runtime.start().unwrap();
    wait_for_frames(&runtime, 500);
    runtime.stop().unwrap();
    let shares: Vec<u64> = processes.iter().map(|process| instructions(&runtime, process)).collect();
    let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
    // About a hundred slices each. The first to be placed had a few for themselves before the last came.
    assert!(*least >= 50_000 && most - least <= 8 * 1_000, "{least} to {most}");
}

#[test]
fn l07_every_process_ends_with_few_lanes() {
    let runtime = runtime_with(few_lanes());
    let processes: Vec<_> = (0..200)
        .map(|index| {
            let program = runtime.load_bytecode(&counting_loop(1 + index % 70 * 40)).unwrap();
            runtime.spawn(program, index as u32 % 5).unwrap()
        })
        .collect();
    runtime.start().unwrap();
    for (index, process) in processes.iter().enumerate() {
        assert_eq!(process.wait(SOON).unwrap().registers[0], 1 + index as i32 % 70 * 40);
    }
}

#[test]
fn l07_yield_gives_up_the_slice() {
    let runtime = runtime();
    let code = program(&[
        op(Add, 0, 0, 0, 1),
        op(Yield, 0, 0, 0, 0),
        op(Sub, 1, 0, 0, 10),
        op(JumpIf, 0, 1, 0, 0),
        op(Halt, 0, 0, 0, 0),
    ]);
    let before = runtime.frame_count();
    let process = spawn(&runtime, &code);
    runtime.start().unwrap();
    assert_eq!(process.wait(SOON).unwrap().registers[0], 10);
    runtime.stop().unwrap();
    // Ten slices: the yields end nine of ten frames at the least.
    assert!(runtime.frame_count() - before >= 10, "{} frames", runtime.frame_count());
}

#[test]
fn l03_a_frame_runs_a_time_slice() {
    let runtime = runtime_with(Settings { time_slice: 100, ..Settings::default() });
    let process = spawn(&runtime, &endless_loop());
    runtime.start().unwrap();
    wait_for_frames(&runtime, 50);
    runtime.stop().unwrap();
    let frames = runtime.frame_count();
    let ran = instructions(&runtime, &process);
    assert!(ran <= frames * 100 && ran >= (frames - 2) * 100, "{ran} instructions in {frames} frames");
}

#[test]
fn l09_at_most_one_more_frame_runs_after_a_stop() {
    let runtime = runtime();
    for _ in 0..64 {
        spawn(&runtime, &endless_loop());
    }
    for round in 1..=20 {
        runtime.start().unwrap();
        wait_for_frames(&runtime, round * 10);
        let stopped = runtime.stop().unwrap();
        assert!(stopped.late_frames <= 1, "{stopped:?}");
        let frames = runtime.frame_count();
        std::thread::yield_now();
        assert_eq!(runtime.frame_count(), frames);
    }
}

#[test]
fn l09_a_restart_keeps_all_state() {
    let runtime = runtime();
    let processes: Vec<_> = (1..=8).map(|factor| spawn(&runtime, &counting_loop(factor * 30_000))).collect();
    // Stops and restarts as often as it takes, each time somewhere in the middle.
    while !processes.iter().all(Process::is_dead) {
        let frames = runtime.frame_count();
        runtime.start().unwrap();
        wait_until("a frame or the end", || {
            runtime.frame_count() > frames + 20 || processes.iter().all(Process::is_dead)
        });
        runtime.stop().unwrap();
    }
    for (process, factor) in processes.iter().zip(1..) {
        assert_eq!(process.read_register(0), Ok(factor * 30_000));
    }
}

#[test]
fn l09_stop_and_start_may_be_said_twice() {
    let runtime = runtime();
    assert_eq!(runtime.stop().unwrap().late_frames, 0);
    runtime.start().unwrap();
    runtime.start().unwrap();
    let process = spawn(&runtime, &constant(1));
    process.wait(SOON).unwrap();
    runtime.stop().unwrap();
    assert_eq!(runtime.stop().unwrap().late_frames, 0);
    // While it stands, a spawn waits.
    let process = spawn(&runtime, &constant(2));
    assert!(process.wait(Duration::from_millis(50)).is_err());
    runtime.start().unwrap();
    assert_eq!(process.wait(SOON).unwrap().registers[0], 2);
}
