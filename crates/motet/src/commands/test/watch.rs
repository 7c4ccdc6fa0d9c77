//! `motet test --watch`: runs tests again whenever what they are made of has been saved.

use super::outcome::FileOutcome;
use super::{find, misuse, run_files, show_outcomes};
use crate::TestArguments;
use crate::commands::watching::{PERIOD, State, settle, state};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// How many looks at files go by until folders are looked through for new ones.
const LOOKS_A_SEARCH: u32 = 50;

/// Files of tests with what they read, as it was when they ran.
#[derive(Default)]
struct Known {
    tests: HashMap<PathBuf, Vec<(PathBuf, State)>>,
}

impl Known {
    /// Notes what a file of tests read. `before` was taken before it ran, so a save in the meantime is seen.
    fn note(&mut self, outcome: &FileOutcome, before: &HashMap<PathBuf, State>) {
        let state_of = |path: &PathBuf| before.get(path).copied().unwrap_or_else(|| state(path));
        let read = outcome.read.iter().map(|path| (path.clone(), state_of(path))).collect();
        self.tests.insert(outcome.file.clone(), read);
    }

    fn states(&self) -> HashMap<PathBuf, State> {
        self.tests.values().flatten().map(|(path, _)| (path.clone(), state(path))).collect()
    }

    /// The files of tests that are to run again: what they read has changed.
    fn changed(&self, now: &HashMap<PathBuf, State>) -> Vec<PathBuf> {
        let has_changed = |read: &[(PathBuf, State)]| read.iter().any(|(path, before)| now.get(path) != Some(before));
        let mut files: Vec<PathBuf> =
            self.tests.iter().filter(|(_, read)| has_changed(read)).map(|(file, _)| file.clone()).collect();
        files.sort();
        files
    }
}

/// Runs until the user ends it.
pub fn watch(arguments: &TestArguments) -> ExitCode {
    let mut known = Known::default();
    let mut looks = 0;
    loop {
        let now = known.states();
        let mut files = known.changed(&now);
        let now = if files.is_empty() {
            now
        } else {
            settle(known.tests.values().flatten().map(|(path, _)| path.as_path()));
            known.states()
        };
        if looks % LOOKS_A_SEARCH == 0 {
            match find::files(&arguments.paths) {
                Ok(found) => {
                    known.tests.retain(|file, _| found.contains(file));
                    files.extend(found.into_iter().filter(|file| !known.tests.contains_key(file)));
                }
                Err(error) if known.tests.is_empty() => return misuse(&error.to_string()),
                // A file that is being replaced is not there for a moment.
                Err(_) => {}
            }
        }
        looks += 1;
        if files.is_empty() {
            std::thread::sleep(PERIOD);
            continue;
        }
        let (outcomes, took) = run_files(arguments, &files, None);
        for outcome in &outcomes {
            known.note(outcome, &now);
        }
        show_outcomes(arguments, &outcomes, took);
        let _ = std::io::stdout().write_all(b"watching for changes; Ctrl-C ends\n\n");
    }
}
