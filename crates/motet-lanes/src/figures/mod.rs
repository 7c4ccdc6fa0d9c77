//! The figures of the requirement's table, and the source's three benchmarks, measured on this machine.
//!
//! Wall-clock time tells what a user waits for, CPU time what it cost: on a software device both come from the same
//! processor, and other work on the machine falsifies the first alone.

mod cpu_time;

use crate::error::LaneError;
use crate::gpu::Gpu;
use crate::instructions::Opcode;
use crate::process::Process;
use crate::runtime::PersistentRuntime;
use crate::settings::Settings;
use cpu_time::CpuTime;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Longer than any part takes.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long a rate is measured.
const SPAN: Duration = Duration::from_secs(3);

/// Why no figures came.
#[derive(Debug)]
pub enum Interrupted {
    /// The lanes failed.
    Lanes(LaneError),
    /// The output could not be written.
    Output(io::Error),
}

impl From<LaneError> for Interrupted {
    fn from(error: LaneError) -> Interrupted {
        Interrupted::Lanes(error)
    }
}

impl From<io::Error> for Interrupted {
    fn from(error: io::Error) -> Interrupted {
        Interrupted::Output(error)
    }
}

/// Measures and prints everything.
pub fn print(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    writeln!(out, "device: {}, {}, Vulkan {}\n", gpu.info().name, gpu.info().driver, gpu.info().vulkan)?;
    spawn_latency(gpu, out)?;
    busy_frames(gpu, out)?;
    different_programs(gpu, out)?;
    idle(gpu, out)?;
    short_processes(gpu, out)?;
    loops(gpu, out)?;
    parallel(gpu, out)?;
    Ok(())
}

fn started(gpu: &Gpu) -> Result<PersistentRuntime, LaneError> {
    let runtime = PersistentRuntime::new(gpu, Settings::default())?;
    runtime.start()?;
    Ok(runtime)
}

fn spawn(runtime: &PersistentRuntime, code: &[u8]) -> Result<Process, LaneError> {
    runtime.spawn(runtime.load_bytecode(code)?, 0)
}

/// Counts up to `limit`: three instructions a turn.
fn counting(limit: i32) -> Vec<u8> {
    [
        Opcode::Const.encode(1, 0, 0, limit),
        Opcode::Add.encode(0, 0, 0, 1),
        Opcode::Sub.encode(2, 1, 0, 0),
        Opcode::JumpIf.encode(0, 2, 0, 1),
        Opcode::Halt.encode(0, 0, 0, 0),
    ]
    .concat()
}

/// Endless programs, each with other instructions than its neighbours.
fn endless(variant: usize) -> Vec<u8> {
    let opcodes =
        [Opcode::Add, Opcode::Sub, Opcode::Mul, Opcode::Xor, Opcode::And, Opcode::Or, Opcode::Shl, Opcode::Less];
    let mut code: Vec<u8> = (0..variant % 7).flat_map(|_| Opcode::Nop.encode(0, 0, 0, 0)).collect();
    let start = variant % 7;
    for step in 0..3 + variant % 5 {
        let register = (step % 6) as u8;
        let opcode = opcodes[(variant + step * 3) % opcodes.len()];
        code.extend(opcode.encode(register, register, (register + 1) % 6, (variant as i32 + 1) * 3));
    }
    code.extend(Opcode::Jump.encode(0, 0, 0, start as i32));
    code
}

fn spawn_latency(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    let runtime = started(gpu)?;
    let program = runtime.load_bytecode(&Opcode::Halt.encode(0, 0, 0, 0))?;
    let mut times = Vec::new();
    for _ in 0..500 {
        // Long enough for the lanes to have parked.
        std::thread::sleep(Duration::from_millis(2));
        let asked = Instant::now();
        runtime.spawn(program, 0)?.wait(PATIENCE)?;
        times.push(asked.elapsed());
    }
    times.sort();
    writeln!(
        out,
        "spawn from idle until the host sees the end: median {:?}, 95 of 100 within {:?}",
        times[times.len() / 2],
        times[times.len() * 95 / 100]
    )?;
    Ok(())
}

/// Runs what is in the runtime for a while and prints the rates.
fn print_rates(runtime: &PersistentRuntime, what: &str, out: &mut dyn Write) -> Result<(), Interrupted> {
    // Epochs grow to their length first.
    runtime.wait_for_frames(runtime.frame_count() + 200, PATIENCE)?;
    let (before, cpu_before, start) = (runtime.statistics(), CpuTime::now(), Instant::now());
    std::thread::sleep(SPAN);
    let (after, cpu_after, seconds) = (runtime.statistics(), CpuTime::now(), start.elapsed().as_secs_f64());
    let frames = (after.frames - before.frames) as f64;
    let instructions = (after.instructions - before.instructions) as f64;
    writeln!(
        out,
        "{what}: {:.0} frames/s, {:.1} M instructions/s, {:.0} frames an epoch",
        frames / seconds,
        instructions / seconds / 1e6,
        frames / (after.epochs - before.epochs).max(1) as f64
    )?;
    if let (Some(before), Some(after)) = (cpu_before, cpu_after) {
        let cpu = (after.process - before.process).as_secs_f64();
        let conductor = (after.conductor - before.conductor).as_secs_f64();
        writeln!(
            out,
            "    {:.1} M instructions per CPU second; {:.2} cores in all, {:.2} % of a core for the host's thread",
            instructions / cpu / 1e6,
            cpu / seconds,
            conductor / seconds * 100.0
        )?;
    }
    Ok(())
}

fn busy_frames(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    let runtime = started(gpu)?;
    for _ in 0..64 {
        spawn(&runtime, &endless(0))?;
    }
    print_rates(&runtime, "64 busy processes, one program, slices of 1,000", out)
}

fn different_programs(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    let runtime = started(gpu)?;
    for variant in 0..64 {
        spawn(&runtime, &endless(variant))?;
    }
    print_rates(&runtime, "64 busy processes, 64 programs, slices of 1,000", out)
}

fn idle(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    let runtime = started(gpu)?;
    runtime.wait_for_frames(1, PATIENCE)?;
    std::thread::sleep(Duration::from_millis(100));
    let (before, cpu_before) = (runtime.statistics(), CpuTime::now());
    std::thread::sleep(SPAN);
    let epochs = runtime.statistics().epochs - before.epochs;
    write!(out, "idle for {SPAN:?}: {epochs} epochs")?;
    if let (Some(before), Some(after)) = (cpu_before, CpuTime::now()) {
        write!(out, ", {:?} of CPU time", after.process - before.process)?;
    }
    writeln!(out)?;
    Ok(())
}

fn short_processes(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    const COUNT: u32 = 100_000;
    let runtime = started(gpu)?;
    let program = runtime.load_bytecode(&Opcode::Halt.encode(0, 0, 0, 0))?;
    let (cpu_before, start) = (CpuTime::now(), Instant::now());
    for _ in 0..COUNT {
        runtime.spawn(program, 0)?;
    }
    runtime.wait_until_done(PATIENCE)?;
    let seconds = start.elapsed().as_secs_f64();
    write!(out, "{COUNT} short processes through 64 slots: {:.0} a second", f64::from(COUNT) / seconds)?;
    if let (Some(before), Some(after)) = (cpu_before, CpuTime::now()) {
        write!(
            out,
            ", {:.1} µs of CPU time each",
            (after.process - before.process).as_secs_f64() * 1e6 / f64::from(COUNT)
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn loops(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    writeln!(out, "one process that counts (wall, CPU):")?;
    for turns in [1_000, 10_000, 100_000, 1_000_000] {
        time_together(gpu, 1, turns, &format!("{turns} turns"), out)?;
    }
    Ok(())
}

fn parallel(gpu: &Gpu, out: &mut dyn Write) -> Result<(), Interrupted> {
    writeln!(out, "processes that count to 100,000 at once (wall, CPU):")?;
    for processes in [1, 4, 8, 16, 32, 64] {
        time_together(gpu, processes, 100_000, &format!("{processes} processes"), out)?;
    }
    Ok(())
}

fn time_together(gpu: &Gpu, processes: usize, turns: i32, what: &str, out: &mut dyn Write) -> Result<(), Interrupted> {
    let runtime = started(gpu)?;
    let program = runtime.load_bytecode(&counting(turns))?;
    let (cpu_before, start) = (CpuTime::now(), Instant::now());
    let all = (0..processes).map(|_| runtime.spawn(program, 0)).collect::<Result<Vec<_>, _>>()?;
    for process in &all {
        process.wait(PATIENCE)?;
    }
    write!(out, "    {what}: {:.2?}", start.elapsed())?;
    if let (Some(before), Some(after)) = (cpu_before, CpuTime::now()) {
        write!(out, ", {:.2?}", after.process - before.process)?;
    }
    writeln!(out)?;
    Ok(())
}
