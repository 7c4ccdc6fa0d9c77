//! Which files hold tests.

use super::examples;
use crate::commands::sources::programs;
use motet_syntax::{Notation, parse};
use std::io;
use std::path::{Path, PathBuf};

/// Files that hold tests: those that are named, and those below folders that are named; without any, below this folder.
pub fn files(paths: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    files_that(paths, holds_tests)
}

/// The files that are named, and those below folders that are named for which a condition holds.
pub fn files_that(paths: &[PathBuf], holds: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut files = Vec::new();
    for path in paths {
        let found = programs(std::slice::from_ref(path))?;
        if path.is_dir() {
            files.extend(found.into_iter().filter(|file| holds(file)).map(without_dot));
        } else if path.is_file() {
            files.extend(found);
        } else {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{}: no such file", path.display())));
        }
    }
    Ok(files)
}

/// `./a.soc` as people write it.
fn without_dot(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}

/// This file is a test as a whole, if it has no test blocks.
pub fn is_test_by_name(file: &Path) -> bool {
    file.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_test"))
}

fn holds_tests(file: &Path) -> bool {
    if is_test_by_name(file) {
        return true;
    }
    let (text, notation) = read(file);
    examples::as_tests(&text, notation).is_some() || has_block(&text, notation, "test")
}

/// Whether a file holds benchmarks.
pub fn holds_benches(file: &Path) -> bool {
    let (text, notation) = read(file);
    has_block(&text, notation, "bench")
}

/// A file that cannot be read holds nothing that could be run.
fn read(file: &Path) -> (String, Notation) {
    let notation = Notation::of_file(&file.to_string_lossy()).unwrap_or(Notation::Soc);
    (std::fs::read_to_string(file).unwrap_or_default(), notation)
}

fn has_block(text: &str, notation: Notation, head: &str) -> bool {
    // Most files are told by the word alone, without being parsed.
    text.contains(head) && parse(text, notation).forms.iter().any(|form| form.is_node(head))
}
