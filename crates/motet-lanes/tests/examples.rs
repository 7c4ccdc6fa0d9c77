//! Each program of `examples/lanes` does what its first lines say.

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::*;
use motet_lanes::assembly::assemble;
use motet_lanes::{EndCause, InputEvent, PersistentRuntime, Process, ProcessEnd, QUAD_VERTICES, SpawnOptions};

/// Those that have a test below.
const TESTED: [&str; 6] = ["factorial", "fibonacci", "hello", "keys", "mandelbrot", "primes"];

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes")
}

fn start(name: &str, count: i32) -> (PersistentRuntime, Vec<Process>) {
    let path = directory().join(format!("{name}.lanes"));
    let text = std::fs::read_to_string(&path).unwrap();
    let code = assemble(&path.display().to_string(), &text).unwrap_or_else(|error| panic!("{error}"));
    let runtime = runtime();
    let program = runtime.load_bytecode(&code).unwrap();
    let processes = (0..count)
        .map(|argument| runtime.spawn_with(program, SpawnOptions { argument, priority: 0 }).unwrap())
        .collect();
    runtime.start().unwrap();
    (runtime, processes)
}

fn halted(process: &Process) -> &ProcessEnd {
    let outcome = process.wait(SOON).unwrap();
    assert_eq!(outcome.cause, EndCause::Halted);
    outcome
}

#[test]
fn l03_every_example_has_a_test() {
    let found: BTreeSet<String> = std::fs::read_dir(directory())
        .unwrap()
        .map(Result::unwrap)
        // Modules are in a folder of their own, with tests of their own.
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, TESTED.iter().map(|name| format!("{name}.lanes")).collect());
}

#[test]
fn l03_factorial() {
    let (_runtime, processes) = start("factorial", 1);
    assert_eq!(halted(&processes[0]).registers[0], 479_001_600);
}

#[test]
fn l03_fibonacci() {
    let (_runtime, processes) = start("fibonacci", 1);
    let registers = halted(&processes[0]).registers;
    let number = i64::from(registers[3]) << 32 | i64::from(registers[2].cast_unsigned());
    assert_eq!(number, 2_880_067_194_370_816_120);
    assert_eq!(registers[0], number as i32);
}

#[test]
fn l03_hello() {
    let (runtime, processes) = start("hello", 1);
    let mut text = String::new();
    loop {
        let requests = runtime.wait_for_service(SOON).unwrap();
        for request in &requests {
            assert_eq!(request.service, 2);
            text.push(char::from(request.argument as u8));
            runtime.answer(&request.process, 0).unwrap();
        }
        if requests.is_empty() {
            break;
        }
    }
    halted(&processes[0]);
    assert_eq!(text, "Hi\n");
}

#[test]
fn l03_keys() {
    let (runtime, processes) = start("keys", 1);
    runtime.focus(&processes[0]).unwrap();
    for code in 1..=10 {
        runtime.send_input(InputEvent { kind: 1, code, ..InputEvent::default() }).unwrap();
    }
    runtime.send_input(InputEvent::default()).unwrap();
    assert_eq!(halted(&processes[0]).registers[0], 55);
}

#[test]
fn l03_mandelbrot() {
    let (runtime, processes) = start("mandelbrot", 24);
    let mut inside = 0;
    for (row, process) in processes.iter().enumerate() {
        let expected = (0..96).filter(|&column| stays(row as f32 / 12.0 - 1.0, column as f32 / 32.0 - 2.0)).count();
        assert_eq!(halted(process).registers[0], expected as i32, "row {row}");
        inside += expected;
    }
    let vertices = runtime.take_quads().unwrap();
    assert_eq!(vertices.len(), inside * QUAD_VERTICES);
}

fn stays(imaginary: f32, real: f32) -> bool {
    let (mut x, mut y) = (0.0_f32, 0.0_f32);
    for _ in 0..50 {
        if x * x + y * y >= 4.0 {
            return false;
        }
        (x, y) = (x * x - y * y + real, x * y + x * y + imaginary);
    }
    true
}

#[test]
fn l03_primes() {
    let (runtime, processes) = start("primes", 1);
    let requests = runtime.wait_for_service(SOON).unwrap();
    assert_eq!((requests[0].service, requests[0].argument), (1, 168));
    runtime.answer(&requests[0].process, 0).unwrap();
    assert_eq!(halted(&processes[0]).registers[0], 168);
}
