//! What happens when something goes wrong (L-09, L-11), and that processes cannot hurt each other (L-04).

mod common;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use common::*;
use motet_lanes::executor::Executor;
use motet_lanes::{EndCause, Gpu, LaneError, Mode, PersistentRuntime, Settings, SpawnOptions, Status};

/// What a simulated device does from its n-th epoch on.
#[derive(Clone, Copy)]
enum Fault {
    LostAtSubmit,
    LostWhileRunning,
    Silent,
    Panic,
}

/// An executor whose device fails.
struct Failing {
    inner: Box<dyn Executor>,
    fault: Fault,
    /// Epochs that still go well.
    epochs_left: u32,
    /// Whether the epoch under way is one of them.
    goes_well: bool,
}

impl Executor for Failing {
    fn submit(&mut self) -> Result<(), LaneError> {
        self.goes_well = self.epochs_left > 0;
        if !self.goes_well {
            match self.fault {
                Fault::LostAtSubmit => return Err(LaneError::DeviceLost { during: "a simulated submission" }),
                Fault::Panic => panic!("a simulated panic"),
                // Nothing runs, so that nothing ends.
                Fault::LostWhileRunning | Fault::Silent => return Ok(()),
            }
        }
        self.epochs_left -= 1;
        self.inner.submit()
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LaneError> {
        if self.goes_well {
            return self.inner.wait(timeout);
        }
        match self.fault {
            Fault::LostWhileRunning => Err(LaneError::DeviceLost { during: "a simulated epoch" }),
            Fault::Silent => {
                std::thread::sleep(timeout);
                Ok(false)
            }
            Fault::LostAtSubmit | Fault::Panic => self.inner.wait(timeout),
        }
    }
}

fn failing(fault: Fault, epochs: u32, patience: Duration) -> PersistentRuntime {
    let settings = Settings { patience, ..Settings::default() };
    PersistentRuntime::with_executor(gpu(), settings, |inner| {
        Box::new(Failing { inner, fault, epochs_left: epochs, goes_well: true })
    })
    .unwrap()
}

#[test]
fn l11_a_lost_device_is_told_to_everybody() {
    // Short patience only where no epoch goes well: a busy machine may take longer for one.
    for (fault, during, epochs, patience) in [
        (Fault::LostAtSubmit, "a simulated submission", 3, SOON),
        (Fault::LostWhileRunning, "a simulated epoch", 3, SOON),
        (Fault::Silent, "an epoch that never ended", 0, Duration::from_millis(100)),
        (Fault::Panic, "a panic of the conductor", 3, SOON),
    ] {
        let lost = LaneError::DeviceLost { during };
        let runtime = failing(fault, epochs, patience);
        let program = runtime.load_bytecode(&endless_loop()).unwrap();
        let processes: Vec<_> = (0..100).map(|_| runtime.spawn(program, 0).unwrap()).collect();
        runtime.start().unwrap();
        for process in &processes {
            assert_eq!(process.wait(SOON).unwrap_err(), lost);
            assert!(!process.is_dead());
        }
        assert_eq!(runtime.wait_until_done(SOON), Err(lost.clone()));
        assert_eq!(runtime.wait_for_service(SOON).unwrap_err(), lost);
        assert_eq!(runtime.spawn(program, 0).unwrap_err(), lost);
        assert_eq!(runtime.load_bytecode(&[]).unwrap_err(), lost);
        assert_eq!(runtime.start().unwrap_err(), lost);
        runtime.stop().unwrap();
        drop(runtime);
        assert_eq!(processes[0].wait(SOON).unwrap_err(), lost);
    }
    // Others are not touched.
    let runtime = runtime();
    runtime.start().unwrap();
    assert_eq!(spawn(&runtime, &constant(3)).wait(SOON).unwrap().registers[0], 3);
}

#[test]
fn l11_what_was_computed_before_the_loss_stays() {
    let runtime = failing(Fault::LostWhileRunning, 1_000_000, Duration::from_secs(60));
    let process = spawn(&runtime, &constant(9));
    runtime.start().unwrap();
    process.wait(SOON).unwrap();
    drop(runtime);
    assert_eq!(process.read_register(0), Ok(9));
}

#[test]
fn l11_two_runtimes_share_a_device() {
    let runtimes = [runtime(), runtime()];
    let processes: Vec<Vec<_>> = runtimes
        .iter()
        .zip([1, 1_000])
        .map(|(runtime, factor)| {
            runtime.start().unwrap();
            (1..=40).map(|index| spawn(runtime, &counting_loop(index * factor))).collect()
        })
        .collect();
    for (processes, factor) in processes.iter().zip([1, 1_000]) {
        for (index, process) in (1..).zip(processes) {
            assert_eq!(process.wait(SOON).unwrap().registers[0], index * factor);
        }
    }
}

#[test]
fn l09_stop_during_spawns() {
    let runtime = runtime();
    let program = runtime.load_bytecode(&constant(11)).unwrap();
    let done = AtomicBool::new(false);
    let processes = std::thread::scope(|scope| {
        let spawner = scope.spawn(|| {
            let processes: Vec<_> = (0..3_000).map(|_| runtime.spawn(program, 0).unwrap()).collect();
            done.store(true, Ordering::Release);
            processes
        });
        while !done.load(Ordering::Acquire) {
            runtime.start().unwrap();
            assert!(runtime.stop().unwrap().late_frames <= 1);
        }
        spawner.join().unwrap()
    });
    runtime.start().unwrap();
    for process in &processes {
        assert_eq!(process.wait(SOON).unwrap().registers[0], 11);
    }
}

#[test]
fn l11_drop_while_running() {
    for round in 0..10 {
        let runtime = runtime();
        let program = runtime.load_bytecode(&endless_loop()).unwrap();
        let processes: Vec<_> = (0..100).map(|_| runtime.spawn(program, 0).unwrap()).collect();
        runtime.start().unwrap();
        wait_for_frames(&runtime, round * 3);
        let waiter = processes[0].clone();
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            sender.send(()).unwrap();
            waiter.wait(SOON).map(|_| ())
        });
        receiver.recv().unwrap();
        drop(runtime);
        assert_eq!(thread.join().unwrap(), Err(LaneError::Closed));
        assert_eq!(processes[99].wait(SOON).unwrap_err(), LaneError::Closed);
    }
}

#[test]
fn l11_a_buffer_beyond_the_devices_limit_is_named() {
    let limit = gpu().info().largest_buffer;
    let heap_bytes = 1_u32 << 30;
    assert!(u64::from(heap_bytes) * 64 > limit, "this device binds buffers of any size");
    let error = PersistentRuntime::new(gpu(), Settings { heap_bytes, ..Settings::default() }).unwrap_err();
    assert_eq!(error, LaneError::LimitExceeded { what: "the heaps", bytes: u64::from(heap_bytes) * 64, limit });
}

/// Runs this same test in a child process, where the environment is another; the child's part is `child`.
fn in_child(test: &str, prepare: impl FnOnce(&mut std::process::Command), child: impl FnOnce()) {
    const MARK: &str = "MOTET_LANES_TEST_CHILD";
    if std::env::var_os(MARK).is_some() {
        child();
        return;
    }
    let executable = std::env::current_exe().unwrap();
    let mut command = std::process::Command::new(executable);
    command.args([test, "--exact", "--nocapture"]).env(MARK, "1");
    prepare(&mut command);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the child ran another test: {text}");
}

#[test]
fn l11_out_of_memory_is_an_error() {
    in_child(
        "l11_out_of_memory_is_an_error",
        |_| {},
        || {
            let gpu = Gpu::open(None).unwrap();
            limit_memory();
            // Runtimes until there is no memory for another.
            let mut runtimes = Vec::new();
            let error = loop {
                let settings = Settings { code_pool_bytes: 96 << 20, ..Settings::default() };
                match PersistentRuntime::new(&gpu, settings) {
                    Ok(runtime) => runtimes.push(runtime),
                    Err(error) => break error,
                }
                assert!(runtimes.len() < 1_000, "memory never ran out");
            };
            assert!(matches!(error, LaneError::OutOfMemory { .. }), "{error}");
            // What there is works on, and what is given back can be used again.
            runtimes.pop();
            if let Some(runtime) = runtimes.first() {
                runtime.start().unwrap();
                assert_eq!(spawn(runtime, &constant(6)).wait(SOON).unwrap().registers[0], 6);
            }
        },
    );
}

/// Limits this process to one gigabyte more than it has.
fn limit_memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmSize:")).unwrap();
    let present: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    let limit = (present << 10) + (1 << 30);
    let done = std::process::Command::new("prlimit")
        .arg(format!("--pid={}", std::process::id()))
        .arg(format!("--as={limit}"))
        .status()
        .unwrap();
    assert!(done.success());
}

#[test]
fn l11_a_machine_without_a_driver_gets_a_clear_error() {
    in_child(
        "l11_a_machine_without_a_driver_gets_a_clear_error",
        |command| {
            command.env("VK_DRIVER_FILES", "/nonexistent.json").env("VK_ICD_FILENAMES", "/nonexistent.json");
        },
        || {
            let error = Gpu::open(None).unwrap_err();
            assert!(matches!(error, LaneError::NoVulkan { .. } | LaneError::NoDevice { .. }), "{error}");
            assert!(error.to_string().contains("mesa-vulkan-drivers"), "{error}");
            match motet_lanes::devices() {
                Ok(devices) => assert_eq!(devices, []),
                Err(error) => assert!(matches!(error, LaneError::NoVulkan { .. }), "{error}"),
            }
        },
    );
}

#[test]
fn l11_devices_are_listed_and_chosen_by_name() {
    let devices = motet_lanes::devices().unwrap();
    assert!(devices.is_sorted_by_key(|device| device.kind));
    assert_eq!(devices[0].name, gpu().info().name);
    for device in &devices {
        assert_eq!(Gpu::open(Some(&device.name.to_uppercase())).unwrap().info(), device);
        let text = device.to_string();
        assert!(text.contains(&device.name) && text.contains("largest buffer"), "{text}");
    }
    let error = Gpu::open(Some("no such device")).unwrap_err();
    assert!(matches!(&error, LaneError::NoDevice { wanted: Some(_), present } if present.len() == devices.len()));
    assert!(error.to_string().contains(&devices[0].name), "{error}");
}

#[test]
fn l01_persistent_mode_runs_or_says_why_not() {
    let settings = Settings { mode: Mode::Persistent, ..Settings::default() };
    match (gpu().check_persistent(), PersistentRuntime::new(gpu(), settings)) {
        (Err(reason), Err(refusal)) => {
            assert_eq!(reason, refusal);
            assert!(matches!(&refusal, LaneError::PersistentRefused { reason } if !reason.is_empty()));
        }
        (Ok(()), Ok(runtime)) => {
            runtime.start().unwrap();
            for value in 0..100 {
                assert_eq!(spawn(&runtime, &constant(value)).wait(SOON).unwrap().registers[0], value);
            }
        }
        (probed, made) => panic!("the probe says {probed:?}, the runtime {made:?}"),
    }
}

#[test]
fn l04_a_process_that_writes_everywhere_hurts_nobody() {
    let runtime = runtime();
    let watcher = include_str!("programs/watcher.lanes");
    let wild = include_str!("programs/wild.lanes");
    let watcher = runtime.load_bytecode(&motet_lanes::assembly::assemble("watcher", watcher).unwrap()).unwrap();
    let wild = runtime.load_bytecode(&motet_lanes::assembly::assemble("wild", wild).unwrap()).unwrap();
    let tail = runtime.load_bytecode(&constant(77)).unwrap();
    // Watchers fill their heaps and wait; wild ones stand between them.
    let mut watchers = Vec::new();
    let mut wilds = Vec::new();
    for argument in 1..=8 {
        watchers.push(runtime.spawn_with(watcher, SpawnOptions { argument, priority: 0 }).unwrap());
        if argument < 8 {
            wilds.push(runtime.spawn(wild, 0).unwrap());
        }
    }
    runtime.start().unwrap();
    for process in &wilds {
        let outcome = process.wait(LONG).unwrap();
        assert_eq!(outcome.cause, EndCause::Halted);
        assert!(outcome.memory(0, 65_536).unwrap().iter().all(|&byte| byte == 0xA5), "it owns its own heap");
    }
    wait_until("the watchers to block", || {
        runtime.slots().iter().filter(|slot| slot.status == Status::BlockedOnService).count() == 8
    });
    for (process, argument) in watchers.iter().zip(1_u32..) {
        let expected: Vec<u8> = (0..16_384_u32).flat_map(|word| (word ^ (argument << 20)).to_le_bytes()).collect();
        assert!(process.read_memory(0, 65_536).unwrap() == expected, "the host sees foreign bytes");
        runtime.answer(process, 0).unwrap();
        let outcome = process.wait(LONG).unwrap();
        assert_eq!(outcome.registers[10], 0, "the watcher sees foreign words");
        assert_eq!(outcome.registers[20..24], [argument as i32; 4]);
    }
    // The programs are whole, the rings serve, the counters count.
    assert_eq!(runtime.spawn(tail, 0).unwrap().wait(SOON).unwrap().registers[0], 77);
    assert_eq!(runtime.statistics().ended, 8 + 7 + 1);
}

#[test]
fn l01_handles_may_be_used_from_many_threads() {
    let runtime = Arc::new(runtime());
    runtime.start().unwrap();
    let process = spawn(&runtime, &counting_loop(100_000));
    let seen = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(process.wait(SOON).unwrap().registers[0], 100_000);
                seen.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(seen.into_inner(), 4);
}
