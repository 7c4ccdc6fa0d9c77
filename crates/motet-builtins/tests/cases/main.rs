//! Tests of the natives, without the interpreter: expressions and what they give, in the files of `tests/golden`.
//!
//! A case is a line `> expression` and what it gives: what it printed, if anything, then its value, or the error with its
//! hint. `MOTET_UPDATE=1 cargo test -p motet-builtins` writes the outputs anew; look at the difference before keeping it.

mod expression;
mod harness;

use harness::Harness;
use motet_vm::builtins::Library;
use std::path::{Path, PathBuf};

static LIBRARIES: &[&Library] = &[&motet_builtins::LIBRARY];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
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
    let mut harness = Harness::new(LIBRARIES);
    for entry in std::fs::read_dir(folder()).expect("the folder of cases") {
        let path = entry.expect("a file").path();
        let source = std::fs::read_to_string(&path).expect("a file of cases");
        let actual = run(&source, &mut harness);
        if actual == source {
            continue;
        }
        if std::env::var_os("MOTET_UPDATE").is_some() {
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

/// Natives of the machine that need neither the interpreter nor tasks; programs test the others.
const OF_MACHINE: [&str; 15] = [
    "is",
    "%type_list",
    "%type_record",
    "%type_optional",
    "%type_union",
    "%type_function",
    "%type_named",
    "%type_literal",
    "milliseconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "in_milliseconds",
    "in_seconds",
];

#[test]
fn every_native_has_a_case() {
    let mut harness = Harness::new(LIBRARIES);
    for entry in std::fs::read_dir(folder()).expect("the folder of cases") {
        let source = std::fs::read_to_string(entry.expect("a file").path()).expect("a file of cases");
        run(&source, &mut harness);
    }
    let own = motet_builtins::LIBRARY.tables.iter().copied().flatten().map(|entry| entry.native.name);
    let untested: Vec<&str> = own.chain(OF_MACHINE).filter(|name| !harness.called.contains(name)).collect();
    assert!(untested.is_empty(), "no case calls {}", untested.join(", "));
}

#[test]
fn lists_of_names_are_sorted_and_lead_to_builtins() {
    let library = &motet_builtins::LIBRARY;
    let builtins = Harness::new(LIBRARIES).builtins;
    for list in [library.aliases, library.familiar] {
        assert!(list.is_sorted_by_key(|entry| entry.0));
    }
    for (from, to) in library.aliases.iter().chain(library.familiar) {
        assert!(builtins.is_extern(to), "{from} leads to {to}, which is not there");
    }
    for (from, _) in library.aliases {
        assert!(!library.familiar.iter().any(|(name, _)| name == from), "{from} is a name");
    }
    assert_eq!(builtins.familiar("parseInt"), Some("int"));
    assert_eq!(builtins.familiar("upper"), None);
}
