//! What the source may not contain.

mod common;

use common::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that run no programs of the language. All others are looked at.
const OTHERS: [&str; 1] = ["motet-lanes"];

/// Diagnostics of debug builds, which no program reads: the order of locks, and a count of objects.
const DIAGNOSTICS: [&str; 2] = ["motet-concurrency/src/locks.rs", "motet-memory/src/census.rs"];

/// What is being freed further up the stack of the OS thread, whatever it belongs to: nothing while nothing is freed.
const FREEING: &str = "motet-memory/src/release.rs";

/// How many bytes the allocator has given out on this thread: part of the allocator, which the invariant names.
const ACCOUNT: &str = "motet-memory/src/account.rs";

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
    for folder in fs::read_dir(&crates).expect("the crates are here") {
        let folder = folder.expect("a folder can be read");
        if !OTHERS.iter().any(|other| folder.file_name() == *other) {
            sources(&folder.path().join("src"), &mut files);
        }
    }
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
    assert_eq!(found, [DIAGNOSTICS[0], ACCOUNT, DIAGNOSTICS[1], FREEING]);
}

#[test]
fn a_module_with_parts_is_the_mod_file_of_their_folder() {
    let mut files = Vec::new();
    for folder in fs::read_dir(root().join("crates")).expect("the crates are here").flatten() {
        sources(&folder.path().join("src"), &mut files);
    }
    let beside: Vec<_> = files.iter().filter(|file| file.with_extension("").is_dir()).collect();
    assert!(beside.is_empty(), "these belong into their folders, as mod.rs: {beside:?}");
}

/// What a line at the left margin declares: a part of the module, something that is passed on, something that is used.
fn place_in_order(line: &str) -> Option<u8> {
    let rest = match line.strip_prefix("pub") {
        Some(rest) => rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest),
        None => line,
    };
    let is_public = rest.len() < line.len();
    let rest = rest.trim_start();
    match rest.split(' ').next()? {
        "mod" if rest.ends_with(';') => Some(0),
        // A macro is passed on behind its definition.
        "use" if rest.contains("::") => Some(if is_public { 1 } else { 2 }),
        _ => None,
    }
}

#[test]
fn a_file_names_its_parts_then_what_it_passes_on_then_what_it_uses() {
    let mut files = Vec::new();
    for folder in fs::read_dir(root().join("crates")).expect("the crates are here").flatten() {
        sources(&folder.path().join("src"), &mut files);
    }
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("sources are text");
        // Tests stand at the end.
        let text =
            text.split("#[cfg(test)]").next().unwrap_or_default().split("#[cfg(all(test").next().unwrap_or_default();
        let places: Vec<u8> = text.lines().filter_map(place_in_order).collect();
        if !places.is_sorted() {
            found.push(file);
        }
    }
    assert!(found.is_empty(), "`mod`, `pub use`, `use`, in this order: {found:?}");
}

/// The packages that a package of the workspace is built from, its tests included, by the lock file.
fn built_from(package: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("Cargo.lock")).expect("the lock file is here");
    let mut dependencies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in text.split("[[package]]").skip(1) {
        let name = entry.lines().find_map(|line| line.strip_prefix("name = ")).expect("each has a name");
        let list = entry.split_once("dependencies = [").and_then(|(_, rest)| rest.split_once(']'));
        let names = list.map(|(list, _)| list.lines().map(|line| line.trim().trim_matches(['"', ',', ' '])));
        let names = names.into_iter().flatten().filter_map(|line| line.split(' ').next()).map(str::to_owned);
        dependencies
            .entry(name.trim_matches('"').to_owned())
            .or_default()
            .extend(names.filter(|name| !name.is_empty()));
    }
    let mut all = BTreeSet::new();
    let mut waiting = vec![package.to_owned()];
    while let Some(name) = waiting.pop() {
        let its = dependencies.get(&name).unwrap_or_else(|| panic!("{name} is in the lock file"));
        waiting.extend(its.iter().filter(|other| !all.contains(*other)).cloned());
        all.insert(name);
    }
    all
}

/// `cargo test -p motet-vm` builds no windows, and neither do the other parts that they stand on.
#[test]
fn only_the_command_is_built_from_the_windows() {
    assert!(["egui", "winit"].iter().all(|name| built_from("motet").contains(*name)), "the search finds what is there");
    for package in ["motet-vm", "motet-compiler", "motet-builtins", "motet-data", "motet-std", "motet-lanes"] {
        let windows: Vec<_> = built_from(package)
            .into_iter()
            .filter(|name| ["egui", "epaint", "winit", "glutin", "motet-ui"].iter().any(|part| name.starts_with(part)))
            .collect();
        assert!(windows.is_empty(), "{package} is built from {windows:?}");
    }
}

/// The README runs examples by `cargo run`, which has to find one program.
#[test]
fn cargo_run_finds_one_program() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("the manifest is here");
    assert!(read("Cargo.toml").contains("\ndefault-members = [\"crates/motet\"]\n"));
    assert_eq!(read("crates/motet/Cargo.toml").matches("[[bin]]").count(), 1);
}
