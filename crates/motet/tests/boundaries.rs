//! What the source may not contain.

mod common;

use common::root;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that run programs.
const CRATES: [&str; 7] =
    ["motet", "motet-code", "motet-compiler", "motet-source", "motet-std", "motet-syntax", "motet-vm"];

/// Diagnostics of debug builds, which no program reads: the order of locks, and a count of objects.
const DIAGNOSTICS: [&str; 2] = ["motet-vm/src/concurrency/locks.rs", "motet-vm/src/memory/census.rs"];

/// What is being freed further up the stack of the OS thread, whatever it belongs to: nothing while nothing is freed.
const FREEING: &str = "motet-vm/src/memory/release.rs";

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are here").flatten() {
        match entry.path() {
            path if path.is_dir() => sources(&path, into),
            path if path.extension().is_some_and(|extension| extension == "rs") => into.push(path),
            _ => {}
        }
    }
}

#[test]
fn v03_no_state_of_a_program_belongs_to_an_os_thread_or_to_the_process() {
    let crates = root().join("crates");
    let mut files = Vec::new();
    CRATES.iter().for_each(|name| sources(&crates.join(name).join("src"), &mut files));
    let mut found = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("sources are text");
        if ["thread_local!", "static mut "].iter().any(|state| text.contains(state)) {
            let name = file.strip_prefix(&crates).expect("it is in there").display().to_string();
            let is_diagnostic = DIAGNOSTICS.contains(&&*name);
            assert!(!is_diagnostic || text.contains("debug_assertions"), "{name} keeps something in release builds");
            found.push(name);
        }
    }
    found.sort();
    assert_eq!(found, [DIAGNOSTICS[0], DIAGNOSTICS[1], FREEING]);
}
