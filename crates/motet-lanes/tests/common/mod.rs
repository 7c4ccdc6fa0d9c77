//! What the tests share: one opened device, and short ways to write programs.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod processor_time;
pub mod validate;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use motet_lanes::instructions::Opcode;
use motet_lanes::{Gpu, PersistentRuntime, Process, ProcessEnd, Settings};

/// Longer than anything takes that works.
pub const SOON: Duration = Duration::from_secs(60);

/// For programs that compute for long, on a machine that does other things as well.
pub const LONG: Duration = Duration::from_secs(240);

/// The device of this test run. A missing one fails the tests.
pub fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| Gpu::open(None).expect("the tests need a Vulkan device; lavapipe will do"))
}

pub fn runtime() -> PersistentRuntime {
    runtime_with(Settings::default())
}

pub fn runtime_with(settings: Settings) -> PersistentRuntime {
    PersistentRuntime::new(gpu(), settings).expect("the runtime starts on this device")
}

/// An instruction as raw fields.
pub fn op(opcode: Opcode, destination: u8, first: u8, second: u8, immediate: i32) -> [u8; 8] {
    opcode.encode(destination, first, second, immediate)
}

pub fn program(instructions: &[[u8; 8]]) -> Vec<u8> {
    instructions.concat()
}

/// Loads and spawns.
pub fn spawn(runtime: &PersistentRuntime, code: &[u8]) -> Process {
    let program = runtime.load_bytecode(code).expect("the program fits");
    runtime.spawn(program, 0).expect("the process is accepted")
}

/// Runs one program to its end in a runtime of its own.
pub fn run(instructions: &[[u8; 8]]) -> ProcessEnd {
    let runtime = runtime();
    let process = spawn(&runtime, &program(instructions));
    runtime.start().unwrap();
    let outcome = process.wait(SOON).unwrap().clone();
    runtime.stop().unwrap();
    assert!(runtime.is_dead(&process));
    outcome
}

/// `r0` counts up to `limit`, one by one; four instructions a turn less one.
pub fn counting_loop(limit: i32) -> Vec<u8> {
    program(&[
        op(Opcode::Const, 0, 0, 0, 0),
        op(Opcode::Const, 1, 0, 0, limit),
        op(Opcode::Add, 0, 0, 0, 1),
        op(Opcode::Sub, 2, 1, 0, 0),
        op(Opcode::JumpIf, 0, 2, 0, 2),
        op(Opcode::Halt, 0, 0, 0, 0),
    ])
}

/// Counts for ever.
pub fn endless_loop() -> Vec<u8> {
    program(&[op(Opcode::Const, 0, 0, 0, 0), op(Opcode::Add, 0, 0, 0, 1), op(Opcode::Jump, 0, 0, 0, 1)])
}

/// Waits until that many frames have been counted.
pub fn wait_for_frames(runtime: &PersistentRuntime, frames: u64) {
    runtime.wait_for_frames(frames, SOON).expect("frames are counted");
}

/// Waits for what nothing announces: words that the device changes in the middle of an epoch. Looks seldom enough to
/// leave the lanes their processor.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Puts a number into `r0` and halts.
pub fn constant(value: i32) -> Vec<u8> {
    program(&[op(Opcode::Const, 0, 0, 0, value), op(Opcode::Halt, 0, 0, 0, 0)])
}
