//! `motet test`: finds tests, runs each file in an isolate of its own, on all cores, and says how it went.
//!
//! A test is a `test` block at the top level of a file. A file whose name ends in `_test` and that has no such block is one
//! test: it passes if it runs without an error.

mod coverage;
mod examples;
pub mod find;
mod junit;
mod outcome;
mod run;
mod snapshots;
mod watch;

use super::parallel::on_all_cores;
use super::project::paths_or_project;
use super::{MISUSE, PROGRAM_ERROR, color, show};
use crate::TestArguments;
use motet_vm::Coverage;
use outcome::FileOutcome;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub fn test(arguments: TestArguments) -> ExitCode {
    let arguments = &TestArguments { paths: paths_or_project(&arguments.paths), ..arguments };
    if arguments.watch {
        return watch::watch(arguments);
    }
    let files = match find::files(&arguments.paths) {
        Ok(files) => files,
        Err(error) => return misuse(&error.to_string()),
    };
    if files.is_empty() {
        return misuse(
            "no tests are found: a test is `test \"adds\" { assert_eq(1 + 1, 2) }` at the top level of a file",
        );
    }
    let coverage = coverage::wanted(arguments);
    let (outcomes, took) = run_files(arguments, &files, coverage.as_ref());
    let passed = show_outcomes(arguments, &outcomes, took);
    let told = coverage.is_none_or(|coverage| coverage::tell(arguments, &coverage));
    if !passed || !told {
        return ExitCode::from(PROGRAM_ERROR);
    }
    if outcomes.iter().all(|outcome| outcome.tests.is_empty()) && !arguments.list {
        let found =
            if arguments.filter.is_some() { "no test has a name like that" } else { "there are no tests in there" };
        return misuse(found);
    }
    ExitCode::SUCCESS
}

fn misuse(message: &str) -> ExitCode {
    show(&format!("error: {message}\n"));
    ExitCode::from(MISUSE)
}

fn run_files(
    arguments: &TestArguments,
    files: &[PathBuf],
    coverage: Option<&Arc<Coverage>>,
) -> (Vec<FileOutcome>, Duration) {
    let began = Instant::now();
    let projects = arguments.project.projects();
    let outcomes = on_all_cores(files, |file| run::run(file, arguments, &projects, coverage));
    (outcomes, began.elapsed())
}

/// Says how it went, also to the file that is asked for; false if anything failed.
fn show_outcomes(arguments: &TestArguments, outcomes: &[FileOutcome], took: Duration) -> bool {
    let text = if arguments.list {
        outcomes.iter().map(FileOutcome::names).collect()
    } else {
        outcome::report(outcomes, took, arguments.verbose, color())
    };
    // Who reads may stop early.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let mut passed = outcomes.iter().all(FileOutcome::passed);
    if let Some(path) = &arguments.junit
        && let Err(error) = std::fs::write(path, junit::document(outcomes, took))
    {
        show(&format!("error: {} cannot be written: {error}\n", path.display()));
        passed = false;
    }
    passed
}
