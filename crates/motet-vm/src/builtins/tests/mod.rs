//! Tests of the natives, without the interpreter: expressions and what they give, in the files of `cases/`.
//!
//! A case is a line `> expression` and what it gives: what it printed, if anything, then its value, or the error with its
//! hint. `UPDATE=1 cargo test -p motet-vm builtins` writes the outputs anew; look at the difference before keeping it.

mod expression;
mod harness;
mod tables;

use harness::Harness;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/builtins/tests/cases")
}

/// Runs the cases of a file; gives the file as it should be.
fn run(source: &str, harness: &mut Harness) -> String {
    let mut result = String::new();
    for line in source.lines() {
        if let Some(expression) = line.strip_prefix("> ") {
            result.push_str(&format!("{line}\n{}\n", harness.run(expression)));
        } else if line.is_empty() || line.starts_with('#') {
            result.push_str(&format!("{line}\n"));
        }
    }
    result
}

#[test]
fn cases_give_what_their_files_say() {
    let mut failures = Vec::new();
    let mut harness = Harness::new();
    for entry in std::fs::read_dir(folder()).expect("the folder of cases") {
        let path = entry.expect("a file").path();
        let source = std::fs::read_to_string(&path).expect("a file of cases");
        let actual = run(&source, &mut harness);
        if actual == source {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, actual).expect("the file can be written");
            continue;
        }
        let (number, (expected, found)) = source
            .lines()
            .zip(actual.lines())
            .enumerate()
            .find(|(_, (expected, found))| expected != found)
            .unwrap_or((0, ("", "the files differ in length")));
        failures.push(format!("{}:{}: expected {expected}, found {found}", path.display(), number + 1));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Natives that do nothing without the interpreter and its tasks; programs test them.
fn needs_the_interpreter(name: &str) -> bool {
    let tables = [
        super::channels::NATIVES,
        super::futures::NATIVES,
        super::mutexes::NATIVES,
        super::select::NATIVES,
        super::signals::NATIVES,
        super::tasks::NATIVES,
        super::threads::NATIVES,
        super::workers::NATIVES,
    ];
    tables.into_iter().flatten().any(|entry| entry.native.name == name)
}

#[test]
fn every_native_has_a_case() {
    let mut harness = Harness::new();
    for entry in std::fs::read_dir(folder()).expect("the folder of cases") {
        let source = std::fs::read_to_string(entry.expect("a file").path()).expect("a file of cases");
        run(&source, &mut harness);
    }
    let untested: Vec<&str> = super::TABLES
        .iter()
        .copied()
        .flatten()
        .map(|entry| entry.native.name)
        .filter(|name| !harness.called.contains(name) && !needs_the_interpreter(name))
        .collect();
    assert!(untested.is_empty(), "no case calls {}", untested.join(", "));
}
