//! Tests of the natives, without the interpreter: expressions and what they give, in the files of `tests/golden`. Cases are
//! written and run as those of `motet-builtins` are.
//!
//! `MOTET_UPDATE=1 cargo test -p motet-numbers` writes the outputs anew; look at the difference before keeping it.

#[path = "../../../motet-builtins/tests/cases/expression.rs"]
mod expression;
#[path = "../../../motet-builtins/tests/cases/harness.rs"]
mod harness;

use harness::Harness;
use motet_vm::builtins::{Entry, Library, Place};
use std::path::{Path, PathBuf};

static LIBRARIES: &[&Library] = &[&motet_builtins::LIBRARY, &motet_numbers::LIBRARY];

fn files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(folder).expect("the folder of cases");
    let paths = entries.map(|entry| entry.expect("a file").path());
    paths.map(|path| (path.clone(), std::fs::read_to_string(path).expect("a file of cases"))).collect()
}

/// Runs the cases of a file; gives the file as it should be. Empty lines belong to what is printed: tensors have some.
fn run(source: &str, harness: &mut Harness) -> String {
    let mut result = String::new();
    for line in source.lines() {
        if let Some(expression) = line.strip_prefix("> ") {
            result.push_str(&format!("{line}\n{}\n", harness.run(expression)));
        } else if line.starts_with('#') {
            result.push_str(&format!("{line}\n"));
        }
    }
    result
}

#[test]
fn cases_give_what_their_files_say() {
    let mut failures = Vec::new();
    let mut harness = Harness::new(LIBRARIES);
    for (path, source) in files() {
        let actual = run(&source, &mut harness);
        if actual == source {
            continue;
        }
        if std::env::var_os("MOTET_UPDATE").is_some() {
            std::fs::write(&path, actual).expect("the file can be written");
            continue;
        }
        let pairs = source.lines().zip(actual.lines()).enumerate();
        let (number, (expected, found)) = pairs
            .into_iter()
            .find(|(_, (expected, found))| expected != found)
            .unwrap_or((0, ("", "the files differ in length")));
        failures.push(format!("{}:{}: expected {expected}, found {found}", path.display(), number + 1));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_native_has_a_case() {
    let mut harness = Harness::new(LIBRARIES);
    for (_, source) in files() {
        run(&source, &mut harness);
    }
    let library = &motet_numbers::LIBRARY;
    // A module with a source is there only once that has been run: programs test it.
    let of_modules = library.modules.iter().filter(|module| module.source.is_none()).flat_map(|module| module.entries);
    let own = library.tables.iter().chain(library.methods).copied().flatten().chain(of_modules);
    // What only the sources of modules use is tested by programs.
    let own = own.filter(|entry: &&Entry| entry.place != Place::Hidden).map(|entry| entry.native.name);
    let untested: Vec<&str> = own.filter(|name| !harness.called.contains(name)).collect();
    assert!(untested.is_empty(), "no case calls {}", untested.join(", "));
}
