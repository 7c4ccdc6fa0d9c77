//! Spawning, recycling slots and code space (L-05, L-06), and the runtime's face (L-01).

mod common;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use common::*;
use motet_lanes::instructions::Opcode::*;
use motet_lanes::{EndCause, LaneError, Process, Settings, SpawnOptions, Status};

/// `r1 = r0 * 3 + 7`, from the argument in `r0`.
fn formula() -> Vec<u8> {
    program(&[op(Mul, 1, 0, 0, 3), op(Add, 1, 1, 0, 7), op(Halt, 0, 0, 0, 0)])
}

fn expected(argument: i32) -> i32 {
    argument.wrapping_mul(3).wrapping_add(7)
}

#[test]
fn l06_a_million_processes_through_64_slots() {
    const COUNT: i32 = 1_000_000;
    // A ring of the default length would need four times as many epochs.
    let runtime = runtime_with(Settings { spawn_ring: 64, ..Settings::default() });
    let program = runtime.load_bytecode(&formula()).unwrap();
    runtime.start().unwrap();
    let mut waiting: VecDeque<Process> = VecDeque::new();
    let mut checked = 0;
    let mut check = |process: Process| {
        let outcome = process.wait(SOON).unwrap();
        assert_eq!(outcome.cause, EndCause::Halted);
        assert_eq!(outcome.registers[..2], [checked, expected(checked)]);
        assert_eq!(outcome.registers[2..], [0; 62]);
        checked += 1;
    };
    for argument in 0..COUNT {
        waiting.push_back(runtime.spawn_with(program, SpawnOptions { argument, priority: 0 }).unwrap());
        if waiting.len() > 4_096 {
            check(waiting.pop_front().unwrap());
        }
    }
    waiting.into_iter().for_each(&mut check);
    assert_eq!(checked, COUNT);
    let statistics = runtime.statistics();
    assert_eq!((statistics.spawned, statistics.ended), (COUNT as u64, COUNT as u64));
    assert_eq!(statistics.instructions, 3 * COUNT as u64);
    assert_eq!(runtime.living_count(), 0);
    assert_eq!(runtime.process_count(), 64);
    runtime.unload_bytecode(program).unwrap();
}

#[test]
fn l05_the_65th_live_process_waits() {
    let runtime = runtime();
    let endless = runtime.load_bytecode(&endless_loop()).unwrap();
    let living: Vec<_> = (0..64).map(|_| runtime.spawn(endless, 0).unwrap()).collect();
    runtime.start().unwrap();
    wait_until("64 slots to fill", || living.iter().all(|process| process.slot().is_some()));
    let waits = spawn(&runtime, &constant(5));
    let frames = runtime.frame_count();
    wait_for_frames(&runtime, frames + 5);
    assert_eq!(waits.slot(), None);
    assert_eq!(waits.read_register(0), Err(LaneError::NotPlaced));
    assert!(!waits.is_dead());
    runtime.kill(&living[20]).unwrap();
    assert_eq!(living[20].wait(SOON).unwrap().cause, EndCause::Killed);
    assert_eq!(waits.wait(SOON).unwrap().registers[0], 5);
    assert_eq!(waits.slot(), Some(20));
}

#[test]
fn l05_many_spawns_before_the_start_queue_behind_the_ring() {
    let runtime = runtime();
    let program = runtime.load_bytecode(&formula()).unwrap();
    let processes: Vec<_> =
        (0..300).map(|argument| runtime.spawn_with(program, SpawnOptions { argument, priority: 0 }).unwrap()).collect();
    assert_eq!(runtime.try_spawn(program, 0).unwrap_err(), LaneError::QueueFull { waiting: 300 });
    runtime.start().unwrap();
    for (argument, process) in processes.iter().enumerate() {
        assert_eq!(process.wait(SOON).unwrap().registers[1], expected(argument as i32));
    }
}

#[test]
fn l06_a_recycled_slot_starts_afresh() {
    let runtime = runtime_with(Settings { processes: 32, lanes: 32, ..Settings::default() });
    // Fills both files and touches the first, the last and a middle page of the heap, and the stack.
    let mut dirt: Vec<[u8; 8]> = (0..64).map(|register| op(Const, register, 0, 0, -1)).collect();
    dirt.extend((0..32).map(|register| op(FloatConst, register, 0, 0, 0x4049_0FDB)));
    for address in [0, 4, 30_000, 65_532] {
        dirt.push(op(Const, 1, 0, 0, address));
        dirt.push(op(Store, 1, 0, 0, 0));
    }
    dirt.push(op(Call, 0, 0, 0, dirt.len() as i32 + 1));
    dirt.push(op(Halt, 0, 0, 0, 0));
    let dirty = runtime.load_bytecode(&program(&dirt)).unwrap();
    let clean = runtime.load_bytecode(&program(&[op(Input, 60, 0, 0, 0)])).unwrap();
    runtime.start().unwrap();
    let first: Vec<_> = (0..32).map(|_| runtime.spawn(dirty, 9).unwrap()).collect();
    runtime.wait_until_done(SOON).unwrap();
    assert!(first.iter().all(|process| process.read_register(63) == Ok(-1)));
    assert_eq!(first[0].read_memory(30_000, 4), Ok(vec![255; 4]));

    let second: Vec<_> = (0..32).map(|_| runtime.spawn(clean, 0).unwrap()).collect();
    wait_until("all to block", || {
        runtime.slots().iter().filter(|slot| slot.status == Status::BlockedOnInput).count() == 32
    });
    for (old, process) in first.iter().zip(&second) {
        assert_eq!(old.slot(), process.slot());
        assert_ne!(old.generation(), process.generation());
        for register in 0..64 {
            assert_eq!(process.read_register(register), Ok(0));
        }
        for register in 0..32 {
            assert_eq!(process.read_float_register(register), Ok(0.0));
        }
        assert_eq!(process.read_memory(0, 65_536).unwrap(), vec![0; 65_536]);
        // The old handle still means the old process.
        assert_eq!(old.read_register(63), Ok(-1));
    }
    assert!(runtime.slots().iter().all(|slot| slot.priority == 0));
}

#[test]
fn l06_code_space_is_recycled_for_ever() {
    let runtime = runtime_with(Settings { code_pool_bytes: 1_024, ..Settings::default() });
    runtime.start().unwrap();
    for round in 0..500 {
        // Sizes that do not fit into each other's gaps unless these melt together.
        let mut code = constant(round);
        code.resize(16 + (round as usize * 56) % 900, 0);
        let program = runtime.load_bytecode(&code).unwrap();
        let process = runtime.spawn(program, 0).unwrap();
        assert_eq!(process.wait(SOON).unwrap().registers[0], round);
        runtime.unload_bytecode(program).unwrap();
        assert_eq!(runtime.spawn(program, 0).unwrap_err(), LaneError::UnknownProgram);
    }
}

#[test]
fn l01_a_program_cannot_go_while_it_runs() {
    let runtime = runtime();
    let program = runtime.load_bytecode(&endless_loop()).unwrap();
    let process = runtime.spawn(program, 0).unwrap();
    assert_eq!(runtime.unload_bytecode(program), Err(LaneError::ProgramInUse { processes: 1 }));
    runtime.start().unwrap();
    runtime.kill(&process).unwrap();
    process.wait(SOON).unwrap();
    runtime.unload_bytecode(program).unwrap();
}

#[test]
fn l01_a_program_of_another_runtime_is_unknown() {
    let runtimes = [runtime(), runtime()];
    let program = runtimes[0].load_bytecode(&constant(1)).unwrap();
    assert_eq!(runtimes[1].spawn(program, 0).unwrap_err(), LaneError::UnknownProgram);
    assert_eq!(runtimes[1].unload_bytecode(program), Err(LaneError::UnknownProgram));
}

#[test]
fn l06_a_kill_reaches_a_process_wherever_it_waits() {
    let runtime = runtime();
    let program = runtime.load_bytecode(&endless_loop()).unwrap();
    let all: Vec<_> = (0..100).map(|_| runtime.spawn(program, 0).unwrap()).collect();
    // Behind the ring, before anything ran.
    runtime.kill(&all[99]).unwrap();
    let outcome = all[99].wait(SOON).unwrap();
    assert_eq!((outcome.cause, outcome.slot, outcome.instructions), (EndCause::Killed, None, 0));
    // In the ring: it ends when it gets its slot.
    runtime.kill(&all[0]).unwrap();
    assert!(!all[0].is_dead());
    runtime.start().unwrap();
    assert_eq!(all[0].wait(SOON).unwrap().cause, EndCause::Killed);
    for process in &all[1..99] {
        runtime.kill(process).unwrap();
    }
    runtime.wait_until_done(SOON).unwrap();
    assert!(all.iter().all(|process| process.outcome().is_some_and(|outcome| outcome.cause == EndCause::Killed)));
    // A process that has ended stays as it is.
    runtime.kill(&all[0]).unwrap();
}

#[test]
fn l05_threads_spawn_at_once() {
    let runtime = runtime();
    let program = runtime.load_bytecode(&formula()).unwrap();
    runtime.start().unwrap();
    let sum = AtomicI32::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (runtime, sum) = (&runtime, &sum);
            scope.spawn(move || {
                for argument in thread * 500..(thread + 1) * 500 {
                    let process = runtime.spawn_with(program, SpawnOptions { argument, priority: 0 }).unwrap();
                    let outcome = process.wait(SOON).unwrap();
                    assert_eq!(outcome.registers[1], expected(argument));
                    sum.fetch_add(outcome.registers[1], Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), (0..2_000).map(expected).sum::<i32>());
}

#[test]
fn l01_a_spawn_is_served_while_lanes_are_busy() {
    let runtime = runtime();
    for _ in 0..40 {
        spawn(&runtime, &endless_loop());
    }
    runtime.start().unwrap();
    wait_for_frames(&runtime, 100);
    for value in 0..20 {
        let process = spawn(&runtime, &constant(value));
        assert_eq!(process.wait(SOON).unwrap().registers[0], value);
    }
}

#[test]
fn l05_a_spawn_is_served_when_only_the_second_group_works() {
    let runtime = runtime();
    let parked = runtime.load_bytecode(&program(&[op(Input, 0, 0, 0, 0)])).unwrap();
    for _ in 0..32 {
        runtime.spawn(parked, 0).unwrap();
    }
    let endless = spawn(&runtime, &endless_loop());
    runtime.start().unwrap();
    wait_until("the second group", || endless.slot() == Some(32));
    for value in 0..10 {
        let process = spawn(&runtime, &constant(value));
        assert_eq!(process.wait(SOON).unwrap().registers[0], value);
    }
    assert!(!endless.is_dead());
}

#[test]
fn l05_a_spawn_for_a_group_that_has_left_is_served() {
    // The second group has nothing to do and leaves; what is spawned goes to it, because the first is full.
    let runtime = runtime();
    let endless = runtime.load_bytecode(&endless_loop()).unwrap();
    for _ in 0..32 {
        runtime.spawn(endless, 0).unwrap();
    }
    runtime.start().unwrap();
    wait_for_frames(&runtime, 200);
    for value in 0..20 {
        let process = spawn(&runtime, &constant(value));
        assert_eq!(process.wait(SOON).unwrap().registers[0], value);
        assert_eq!(process.slot().map(|slot| slot / 32), Some(1));
    }
}

#[test]
fn l01_registers_and_memory_have_bounds() {
    let runtime = runtime();
    let process = spawn(&runtime, &constant(3));
    runtime.start().unwrap();
    process.wait(SOON).unwrap();
    assert!(matches!(process.read_register(64), Err(LaneError::OutOfRange { .. })));
    assert!(matches!(process.read_float_register(32), Err(LaneError::OutOfRange { .. })));
    assert!(matches!(process.read_memory(65_536, 1), Err(LaneError::OutOfRange { .. })));
    assert!(matches!(process.read_memory(u32::MAX, 2), Err(LaneError::OutOfRange { .. })));
    assert_eq!(process.read_memory(65_536, 0), Ok(vec![]));
}

#[test]
fn l01_a_wait_ends_in_time() {
    let runtime = runtime();
    let process = spawn(&runtime, &endless_loop());
    runtime.start().unwrap();
    let after = Duration::from_millis(20);
    assert_eq!(process.wait(after).unwrap_err(), LaneError::TimedOut { after });
    assert_eq!(runtime.wait_until_done(after), Err(LaneError::TimedOut { after }));
}

#[test]
fn l01_settings_that_contradict_themselves_are_refused() {
    let wrong: [fn(&mut Settings); 10] = [
        |settings| settings.processes = 48,
        |settings| settings.lanes = 0,
        |settings| settings.group_lanes = 24,
        |settings| settings.lanes = 128,
        |settings| settings.time_slice = 0,
        |settings| settings.heap_bytes = 1_024,
        |settings| settings.code_pool_bytes = 12,
        |settings| settings.spawn_ring = 17,
        |settings| settings.epoch_target = Duration::from_millis(51),
        |settings| settings.patience = Duration::ZERO,
    ];
    for change in wrong {
        let mut settings = Settings::default();
        change(&mut settings);
        let error = motet_lanes::PersistentRuntime::new(gpu(), settings.clone()).unwrap_err();
        assert!(matches!(error, LaneError::InvalidSettings { .. }), "{settings:?}: {error}");
    }
}
