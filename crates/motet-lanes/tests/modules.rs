//! Modules on the lanes: traps, limits, memories, hostile programs, and random ones against a second engine (L-12, L-16).

mod common;
mod random_modules;
mod values;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use motet_lanes::modules::{
    Call, HostFunction, Item, LinkError, Linker, ModuleOptions, ModuleProcess, ModuleProgram, ModuleRuntime,
    ModuleSettings, World,
};
use motet_lanes::{EndCause, InputEvent, LaneError, Need, Trap};
use motet_middle::{Export, Function, FunctionKind, ItemKind, Module, Numeric, Operation, Signature};

/// A program of one module, and the call of one of its functions.
struct Prepared {
    program: ModuleProgram,
    call: Call,
}

fn runtime() -> ModuleRuntime {
    let runtime = ModuleRuntime::new(gpu(), ModuleSettings::default()).unwrap();
    runtime.start().unwrap();
    runtime
}

fn prepare(runtime: &ModuleRuntime, text: &str, name: &str) -> Prepared {
    let bytes = motet_wasm::from_text("test.wat", text).unwrap_or_else(|error| panic!("{error}"));
    let module = Arc::new(motet_wasm::read(&bytes).unwrap_or_else(|error| panic!("{error}")));
    let mut linker = Linker::new(1);
    let (instance, _) = linker.instantiate(&module, HostFunction::resolve, false).unwrap();
    let Some(Item::Function(function, _)) = linker.export(instance, name) else { panic!("no function `{name}`") };
    let call = linker.call_later(function);
    Prepared { program: runtime.load(Arc::new(linker.finish())).unwrap(), call }
}

impl Prepared {
    fn spawn(&self, runtime: &ModuleRuntime, arguments: &[u64], options: ModuleOptions) -> ModuleProcess {
        let arguments = vec![(self.call.clone(), arguments.to_vec())];
        runtime.spawn(&self.program, &ModuleOptions { arguments, ..options }).unwrap()
    }
}

/// Runs a function to its end; gives its results or its trap.
fn call(runtime: &ModuleRuntime, text: &str, name: &str, arguments: &[u64]) -> Result<Vec<u64>, Trap> {
    let prepared = prepare(runtime, text, name);
    let process = prepared.spawn(runtime, arguments, ModuleOptions::default());
    let outcome = process.wait(SOON).unwrap();
    match outcome.cause {
        EndCause::Halted => process.results(&prepared.call).unwrap(),
        EndCause::Trapped(trap) => Err(trap),
        other => panic!("{other}"),
    }
}

const FACTORIAL: &str = "(module (func (export \"f\") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
        (else (i64.mul (local.get 0) (call 0 (i64.sub (local.get 0) (i64.const 1))))))))";

#[test]
fn l12_processes_of_one_module_compute_their_own() {
    let runtime = runtime();
    let prepared = prepare(&runtime, FACTORIAL, "f");
    let processes: Vec<_> =
        (0..200).map(|number| prepared.spawn(&runtime, &[number % 21], ModuleOptions::default())).collect();
    for (number, process) in (0_u64..).zip(&processes) {
        process.wait(SOON).unwrap();
        let expected = (1..=number % 21).product::<u64>();
        assert_eq!(process.results(&prepared.call), Some(Ok(vec![expected])), "of {}", number % 21);
    }
    runtime.unload(&prepared.program).unwrap();
}

#[test]
fn l12_a_trap_names_its_reason_and_its_place() {
    let runtime = runtime();
    let text = "(module (memory 1) (func $inner (param i32) (result i32) (i32.load (local.get 0)))
        (func (export \"f\") (param i32) (result i32) (i32.add (i32.const 1) (call $inner (local.get 0)))))";
    let prepared = prepare(&runtime, text, "f");
    let process = prepared.spawn(&runtime, &[65_533], ModuleOptions::default());
    assert_eq!(process.wait(SOON).unwrap().cause, EndCause::Trapped(Trap::MemoryBounds));
    let (trap, place) = process.trap().unwrap();
    let place = place.unwrap();
    assert_eq!((trap, place.function.as_str()), (Trap::MemoryBounds, "inner"));
    let bytes = motet_wasm::from_text("test.wat", text).unwrap();
    // The load's opcode.
    assert_eq!(bytes[place.offset as usize], 0x28);
}

#[test]
fn l12_every_reason_to_trap() {
    let runtime = runtime();
    let table = [
        ("unreachable", Trap::Unreachable),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", Trap::DivisionByZero),
        ("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", Trap::DivisionByZero),
        ("(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", Trap::IntegerOverflow),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", Trap::InvalidConversion),
        ("(drop (i32.trunc_f64_u (f64.const -1)))", Trap::IntegerOverflow),
        ("(i64.store (i32.const 65529) (i64.const 1))", Trap::MemoryBounds),
        ("(i32.store8 offset=4294967295 (i32.const -1) (i32.const 1))", Trap::MemoryBounds),
        ("(memory.fill (i32.const 65530) (i32.const 1) (i32.const 7))", Trap::MemoryBounds),
        ("(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))", Trap::MemoryBounds),
        ("(drop (table.get (i32.const 2)))", Trap::TableBounds),
        ("(call_indirect (type 0) (i32.const 2))", Trap::UndefinedElement),
        ("(call_indirect (type 0) (i32.const 1))", Trap::UninitializedElement),
        ("(call_indirect (type 1) (i32.const 0) (i32.const 0))", Trap::SignatureMismatch),
        ("(call $endless)", Trap::CallStackExhausted),
    ];
    for (body, trap) in table {
        let text = format!(
            "(module (type (func)) (type (func (param i32))) (memory 1) (table 2 funcref) (elem (i32.const 0) func $none)
                (func $none) (func $endless (call $endless)) (func (export \"f\") {body}))"
        );
        assert_eq!(call(&runtime, &text, "f", &[]), Err(trap), "{body}");
    }
}

#[test]
fn l12_fuel_ends_an_endless_loop_to_the_instruction() {
    let runtime = runtime();
    let prepared = prepare(&runtime, "(module (func (export \"f\") (loop (br 0))))", "f");
    for fuel in [1, 10, 999, 1_000, 1_001, 123_456] {
        let process = prepared.spawn(&runtime, &[], ModuleOptions { fuel, ..ModuleOptions::default() });
        let outcome = process.wait(SOON).unwrap();
        assert_eq!((outcome.cause, outcome.instructions), (EndCause::Trapped(Trap::OutOfFuel), fuel));
    }
}

#[test]
fn l12_an_endless_loop_can_be_killed() {
    let runtime = runtime();
    let prepared = prepare(&runtime, "(module (func (export \"f\") (loop (br 0))))", "f");
    let process = prepared.spawn(&runtime, &[], ModuleOptions::default());
    wait_until("the loop", || runtime.statistics().instructions > 10_000);
    runtime.common().kill(process.process()).unwrap();
    assert_eq!(process.wait(SOON).unwrap().cause, EndCause::Killed);
}

/// Grows to the limit page by page, marking each page, and reads all marks again.
const GROWS: &str = "(module (memory 1 20) (func (export \"f\") (param i32) (result i32 i32) (local i32 i32)
    (block (loop
        (br_if 1 (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
        (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (memory.size))
        (br 0)))
    (local.set 1 (i32.const 2))
    (loop
        (local.set 2 (i32.add (local.get 2)
            (i32.load (i32.sub (i32.mul (local.get 1) (i32.const 65536)) (i32.const 4)))))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if 0 (i32.le_u (local.get 1) (memory.size))))
    (memory.size) (local.get 2)))";

#[test]
fn l12_memories_grow_to_their_limit_and_keep_what_they_hold() {
    let runtime = runtime();
    let prepared = prepare(&runtime, GROWS, "f");
    let processes: Vec<_> = (0..40)
        .map(|number| {
            let memory_limit = (2 + number % 25) << 16;
            prepared.spawn(&runtime, &[0], ModuleOptions { memory_limit, ..ModuleOptions::default() })
        })
        .collect();
    for (number, process) in (0_u64..).zip(&processes) {
        assert_eq!(process.wait(SOON).unwrap().cause, EndCause::Halted);
        let pages = (2 + number % 25).min(20);
        let marks: u64 = (2..=pages).sum();
        assert_eq!(process.results(&prepared.call), Some(Ok(vec![pages, marks])), "{pages} pages");
    }
}

#[test]
fn l12_a_new_process_finds_zeros_and_its_own_globals() {
    let runtime = runtime();
    let text = "(module (memory 2) (global (mut i32) (i32.const 5)) (table 3 funcref)
        (func (export \"f\") (param i32) (result i32)
            (i32.store (i32.const 70000) (i32.add (i32.load (i32.const 70000)) (local.get 0)))
            (global.set 0 (i32.add (global.get 0) (local.get 0)))
            (memory.fill (i32.const 100) (i32.const 255) (i32.const 60000))
            (i32.add (i32.load (i32.const 70000)) (global.get 0))))";
    let prepared = prepare(&runtime, text, "f");
    for round in 0..300 {
        let process = prepared.spawn(&runtime, &[round], ModuleOptions::default());
        process.wait(SOON).unwrap();
        assert_eq!(process.results(&prepared.call), Some(Ok(vec![5 + 2 * round])));
    }
}

#[test]
fn l12_memory_is_read_from_outside() {
    let runtime = runtime();
    let text =
        "(module (import \"motet\" \"input\" (func $input (param i32))) (memory 1) (data (i32.const 65000) \"here\")
        (func (export \"f\") (i32.store8 (i32.const 65000) (i32.const 72)) (call $input (i32.const 0))))";
    let prepared = prepare(&runtime, text, "f");
    let options = ModuleOptions { keeps_memory: true, ..ModuleOptions::default() };
    let process = prepared.spawn(&runtime, &[], options);
    let asked = runtime.common().wait_for_service(SOON).unwrap();
    assert_eq!(process.read_memory(65_000, 4).unwrap(), b"Here");
    assert!(matches!(process.read_memory(65_533, 4), Err(LaneError::OutOfRange { .. })));
    runtime
        .serve(&asked, |service| {
            service.write(service.word(0), &[7; 16]).unwrap();
            assert_eq!(service.write(65_530, &[1; 16]), None);
            motet_lanes::modules::Reply::Results(Vec::new())
        })
        .unwrap();
    assert_eq!(process.wait(SOON).unwrap().cause, EndCause::Halted);
    assert_eq!(process.read_memory(0, 17).unwrap(), [[7; 16].as_slice(), &[0]].concat());
}

#[test]
fn l12_a_process_that_waits_for_input_costs_the_others_nothing() {
    let runtime = runtime();
    let waits = prepare(
        &runtime,
        "(module (import \"motet\" \"input\" (func $input (param i32))) (memory 1)
            (func (export \"f\") (result i32) (call $input (i32.const 0)) (i32.load (i32.const 4))))",
        "f",
    );
    let process = waits.spawn(&runtime, &[], ModuleOptions::default());
    let mut world = World::new(Vec::new(), Vec::new());
    let asked = runtime.common().wait_for_service(SOON).unwrap();
    runtime.serve(&asked, |service| world.answer(service)).unwrap();
    // The request is not told again before there is an event.
    assert!(matches!(runtime.common().wait_for_need(SOON), Ok(Need::Input)));
    assert!(runtime.common().service_requests().is_empty());
    world.send(0, InputEvent { kind: 1, code: 42, x: 0, y: 0 });
    runtime.wake(&process).unwrap();
    let asked = runtime.common().wait_for_service(SOON).unwrap();
    runtime.serve(&asked, |service| world.answer(service)).unwrap();
    process.wait(SOON).unwrap();
    assert_eq!(process.results(&waits.call), Some(Ok(vec![42])));
}

#[test]
fn l12_a_pointer_outside_of_memory_traps_in_the_host_too() {
    let runtime = runtime();
    let text = "(module (import \"motet\" \"print\" (func $print (param i32 i32))) (memory 1)
        (func (export \"f\") (call $print (i32.const 65530) (i32.const 7))))";
    let prepared = prepare(&runtime, text, "f");
    let process = prepared.spawn(&runtime, &[], ModuleOptions::default());
    let mut world = World::new(Vec::new(), Vec::new());
    let asked = runtime.common().wait_for_service(SOON).unwrap();
    runtime.serve(&asked, |service| world.answer(service)).unwrap();
    assert_eq!(process.wait(SOON).unwrap().cause, EndCause::Trapped(Trap::MemoryBounds));
    assert!(world.written.is_empty());
}

#[test]
fn l12_imports_that_there_are_not_are_refused_by_name() {
    let module = |text: &str| Arc::new(motet_wasm::read(&motet_wasm::from_text("test.wat", text).unwrap()).unwrap());
    let unknown = module("(module (import \"wasi_snapshot_preview1\" \"path_open\" (func)))");
    let error = Linker::new(1).instantiate(&unknown, HostFunction::resolve, false).unwrap_err();
    assert_eq!(error.to_string(), "unknown import `path_open` from `wasi_snapshot_preview1`");
    let wrong = module("(module (import \"motet\" \"clock\" (func (result i32))))");
    let error = Linker::new(1).instantiate(&wrong, HostFunction::resolve, false).unwrap_err();
    assert!(matches!(error, LinkError::IncompatibleImport { .. }), "{error}");
}

#[test]
fn l12_a_function_with_many_locals_and_deep_stacks_computes_right() {
    let runtime = runtime();
    let locals = 600;
    let mut body = String::new();
    for local in 1..=locals {
        body.push_str(&format!("(local.set {local} (i64.mul (local.get {}) (i64.const 3)))\n", local - 1));
    }
    // A call in between, with arguments from far locals, and a stack as deep as there are locals.
    body.push_str(&format!("(local.set 5 (call $add (local.get {locals}) (local.get 7)))\n"));
    for local in 0..=locals {
        body.push_str(&format!("(local.get {local})\n"));
    }
    body.push_str(&"i64.add\n".repeat(locals));
    let text = format!(
        "(module (func $add (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
            (func (export \"f\") (param i64) (result i64) (local {}) {body}))",
        "i64 ".repeat(locals)
    );
    let mut values = vec![5_u64];
    for local in 1..=locals {
        values.push(values[local - 1].wrapping_mul(3));
    }
    values[5] = values[locals].wrapping_add(values[7]);
    let sum = values.iter().fold(0_u64, |sum, value| sum.wrapping_add(*value));
    assert_eq!(call(&runtime, &text, "f", &[5]), Ok(vec![sum]));
}

/// Programs that try to harm, between neighbours whose memory is compared before and after.
#[test]
fn l12_hostile_modules_harm_no_neighbour() {
    let runtime = runtime();
    let watch = prepare(
        &runtime,
        "(module (memory 1) (func (export \"f\") (param i32) (local i32)
            (memory.fill (i32.const 0) (local.get 0) (i32.const 65536)) (loop (br 0))))",
        "f",
    );
    let watchers: Vec<_> = (1..=8).map(|byte| watch.spawn(&runtime, &[byte], ModuleOptions::default())).collect();
    wait_until("the neighbours to fill their memories", || {
        watchers.iter().zip(1..).all(|(watcher, byte)| watcher.read_memory(65_535, 1) == Ok(vec![byte]))
    });
    let deep = format!("{}i32.const 1{}", "(block (result i32) ".repeat(900), ")".repeat(900));
    let hostile = [
        "(loop (call $f) (br 0))".to_owned(),
        "(loop (drop (memory.grow (i32.const 1000))) (br 0))".to_owned(),
        "(loop (i64.store (i32.const 65528) (i64.const -1)) (i64.store (i32.const 65529) (i64.const -1)) (br 0))"
            .to_owned(),
        "(i32.store8 (i32.const -1) (i32.const 255))".to_owned(),
        "(memory.fill (i32.const 65535) (i32.const 255) (i32.const -1))".to_owned(),
        "(memory.copy (i32.const 1) (i32.const 0) (i32.const 65536))".to_owned(),
        "(loop (table.set (i32.const 9) (ref.null func)) (table.set (i32.const 10) (ref.null func)) (br 0))".to_owned(),
        "(table.fill (i32.const 5) (ref.func $f) (i32.const -5))".to_owned(),
        "(loop (drop (table.grow (ref.func $f) (i32.const 100))) (br 0))".to_owned(),
        "(loop (call_indirect (i32.const 3)) (br 0))".to_owned(),
        format!("(drop {deep})"),
    ];
    for body in &hostile {
        let text = format!(
            "(module (memory 1 3) (table 10 funcref) (elem (i32.const 3) func $f)
                (func $f (export \"f\") {body}))"
        );
        let prepared = prepare(&runtime, &text, "f");
        // Each growth of a memory is a way to the host and back: with five times the fuel that one alone took a minute.
        let process = prepared.spawn(&runtime, &[], ModuleOptions { fuel: 10_000, ..ModuleOptions::default() });
        let cause = process.wait(SOON).unwrap().cause;
        assert!(matches!(cause, EndCause::Trapped(_) | EndCause::Halted), "{body}: {cause}");
    }
    for (watcher, byte) in watchers.iter().zip(1..) {
        assert!(watcher.read_memory(0, 65_536).unwrap().iter().all(|&found| found == byte), "neighbour {byte}");
    }
}

#[test]
fn l12_what_is_too_large_is_refused() {
    let runtime = runtime();
    let prepared = prepare(&runtime, "(module (memory 60000) (func (export \"f\")))", "f");
    let spawned = runtime.spawn(&prepared.program, &ModuleOptions::default());
    assert!(matches!(spawned, Err(LaneError::LimitExceeded { .. })), "{spawned:?}");
    let table = motet_wasm::from_text("test.wat", "(module (table 100000000 funcref))").unwrap();
    let table = Arc::new(motet_wasm::read(&table).unwrap());
    let error = Linker::new(1).instantiate(&table, HostFunction::resolve, false).unwrap_err();
    assert!(matches!(error, LinkError::TooLarge { .. }), "{error}");
}

/// Every operation over values at the edges, with the right operand in a register and as a constant.
#[test]
fn l12_every_operation_computes_what_its_declaration_says() {
    let runtime = runtime();
    let processes: Vec<_> = Numeric::ALL.iter().map(|&numeric| edges(&runtime, numeric)).collect();
    for (numeric, calls, process) in &processes {
        assert_eq!(process.wait(SOON).unwrap().cause, EndCause::Halted, "{}", numeric.name());
        for (operands, call) in calls {
            let found = process.results(call).unwrap().map(|results| results[0]);
            let expected = numeric.evaluate(*operands);
            let is_same = match (found, expected) {
                (Ok(found), Ok(expected)) => values::is_right(*numeric, found, expected),
                (found, expected) => found == expected,
            };
            assert!(is_same, "{} of {operands:x?} gives {found:x?}, not {expected:x?}", numeric.name());
        }
    }
}

type Checked = (Numeric, Vec<([u64; 2], Call)>, ModuleProcess);

/// The middle form needs no WebAssembly: these modules are made of operations.
fn edges(runtime: &ModuleRuntime, numeric: Numeric) -> Checked {
    let operands = numeric.operands();
    let lefts = values::edges(operands[0]);
    let rights = operands.get(1).map_or(vec![0], |&of| values::edges(of));
    let signature = Signature { parameters: operands.into(), results: [numeric.result()].into() };
    let defined = |body: Vec<Operation>| {
        let places = vec![0; body.len()];
        (0, FunctionKind::Defined(Function { locals: Vec::new(), body, places }))
    };
    let (left, compute, end) = (Operation::LocalGet(0), Operation::Numeric(numeric), Operation::End);
    let mut functions = match operands.len() {
        1 => vec![defined(vec![left.clone(), compute.clone(), end.clone()])],
        _ => vec![defined(vec![left.clone(), Operation::LocalGet(1), compute.clone(), end.clone()])],
    };
    if operands.len() == 2 {
        functions.extend(rights.iter().map(|&bits| {
            defined(vec![left.clone(), Operation::Constant(operands[1], bits), compute.clone(), end.clone()])
        }));
    }
    let exports = (0..functions.len() as u32)
        .map(|index| Export { name: index.to_string(), kind: ItemKind::Function, index })
        .collect();
    let module = Arc::new(Module { signatures: vec![signature], functions, exports, ..Module::default() });
    let mut linker = Linker::new(1);
    let (instance, _) = linker.instantiate(&module, |_| None, false).unwrap();
    let mut calls = Vec::new();
    for &left in &lefts {
        for (number, &right) in rights.iter().enumerate() {
            for name in if operands.len() == 2 { vec![0, number + 1] } else { vec![0] } {
                let Some(Item::Function(function, _)) = linker.export(instance, &name.to_string()) else { panic!() };
                calls.push(([left, right], linker.call(function, &[left, right][..operands.len()], true)));
            }
        }
    }
    let program = runtime.load(Arc::new(linker.finish())).unwrap();
    (numeric, calls, runtime.spawn(&program, &ModuleOptions::default()).unwrap())
}

/// The programs of `examples/lanes/modules`, all at once with several numbers each, against a second engine.
#[test]
fn l12_programs_from_c_rust_and_zig_compute_what_a_second_engine_computes() {
    let runtime = runtime();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lanes/modules");
    let mut started = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let module = Arc::new(motet_wasm::read(&bytes).unwrap());
        let mut linker = Linker::new(1);
        let (instance, _) = linker.instantiate(&module, HostFunction::resolve, false).unwrap();
        let Some(Item::Function(run, _)) = linker.export(instance, "run") else { panic!("{path:?} has no `run`") };
        let call = linker.call_later(run);
        let prepared = Prepared { program: runtime.load(Arc::new(linker.finish())).unwrap(), call };
        for number in [0, 1, 5, 13, 64, 1_000_003] {
            let process = prepared.spawn(&runtime, &[number], ModuleOptions::default());
            started.push((
                path.clone(),
                number,
                random_modules::run_program(&bytes, number as i32),
                process,
                prepared.call.clone(),
            ));
        }
    }
    assert!(started.len() >= 60, "only {} runs", started.len());
    for (path, number, expected, process, call) in &started {
        process.wait(SOON).unwrap();
        assert_eq!(process.trap(), None, "{path:?} of {number}");
        assert_eq!(process.results(call), Some(Ok(vec![*expected])), "{path:?} of {number}");
    }
}

#[test]
fn l12_random_modules_compute_what_a_second_engine_computes() {
    let compared = random_modules::compare(&runtime(), 0x5EED, 256, None);
    println!("{compared} calls compared");
    assert!(compared > 300, "only {compared} calls compared");
}

#[test]
#[ignore = "takes ten minutes; part of the long suite"]
fn l12_random_modules_for_ten_minutes() {
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let compared = random_modules::compare(&runtime(), seed, usize::MAX, Some(Duration::from_secs(600)));
    println!("{compared} calls compared, seed {seed}");
    assert!(compared > 5_000, "only {compared} calls compared");
}
