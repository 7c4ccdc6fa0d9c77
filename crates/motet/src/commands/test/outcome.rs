//! How tests went, and how that is told.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// How the tests of a file went.
pub struct FileOutcome {
    pub file: PathBuf,
    pub tests: Vec<TestOutcome>,
    /// Why its tests could not be run.
    pub failure: Option<TestFailure>,
    /// What was read of programs.
    pub read: Vec<PathBuf>,
    pub snapshots: SnapshotCounts,
}

/// What became of the file's snapshots.
#[derive(Clone, Copy, Default)]
pub struct SnapshotCounts {
    pub written: usize,
    /// No test asked for them any more.
    pub unused: usize,
}

pub struct TestOutcome {
    pub name: String,
    pub took: Duration,
    /// None: it passed.
    pub failure: Option<TestFailure>,
    /// What it printed.
    pub printed: String,
}

/// Why a test failed.
pub struct TestFailure {
    /// In a line.
    pub message: String,
    /// As errors are shown.
    pub text: String,
}

impl FileOutcome {
    pub fn passed(&self) -> bool {
        self.failure.is_none() && self.tests.iter().all(|test| test.failure.is_none())
    }

    /// A line for each test.
    pub fn names(&self) -> String {
        self.tests.iter().map(|test| format!("{}: {}\n", self.file.display(), test.name)).collect()
    }
}

const GREEN: &str = "32";
const RED: &str = "31";

struct Paint {
    color: bool,
}

impl Paint {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }
}

/// What the command prints.
pub fn report(outcomes: &[FileOutcome], took: Duration, verbose: bool, color: bool) -> String {
    let paint = Paint { color };
    let mut text = String::new();
    let width = outcomes.iter().map(|outcome| outcome.file.display().to_string().chars().count()).max().unwrap_or(0);
    for outcome in outcomes {
        let file = outcome.file.display().to_string();
        let _ = writeln!(text, "{file:width$}  {}", summary(outcome, &paint));
        for test in outcome.tests.iter().filter(|_| verbose) {
            let verdict =
                if test.failure.is_some() { paint.paint(RED, "FAILED") } else { paint.paint(GREEN, "passed") };
            let _ = writeln!(text, "  {verdict} {} ({})", test.name, duration(test.took));
        }
    }
    for outcome in outcomes {
        failures(outcome, &paint, &mut text);
    }
    let _ = writeln!(text, "\n{}", total(outcomes, took, &paint));
    text
}

fn count(count: usize, code: &str, what: &str, paint: &Paint) -> Option<String> {
    (count > 0).then(|| paint.paint(code, &format!("{count} {what}")))
}

fn counts(outcomes: &[FileOutcome], paint: &Paint) -> String {
    let tests = || outcomes.iter().flat_map(|outcome| &outcome.tests);
    let failed = tests().filter(|test| test.failure.is_some()).count();
    let broken = outcomes.iter().filter(|outcome| outcome.failure.is_some()).count();
    let written = outcomes.iter().map(|outcome| outcome.snapshots.written).sum();
    let unused = outcomes.iter().map(|outcome| outcome.snapshots.unused).sum();
    let parts = [
        count(tests().count() - failed, GREEN, "passed", paint),
        count(failed, RED, "failed", paint),
        count(broken, RED, if broken == 1 { "file could not be run" } else { "files could not be run" }, paint),
        count(written, "33", if written == 1 { "snapshot written" } else { "snapshots written" }, paint),
        count(unused, "33", "snapshots that no test asks for (--update removes them)", paint),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no tests".into() } else { parts.join(", ") }
}

fn summary(outcome: &FileOutcome, paint: &Paint) -> String {
    counts(std::slice::from_ref(outcome), paint)
}

fn total(outcomes: &[FileOutcome], took: Duration, paint: &Paint) -> String {
    format!("{} in {}", counts(outcomes, paint), duration(took))
}

fn failures(outcome: &FileOutcome, paint: &Paint, text: &mut String) {
    let file = outcome.file.display();
    if let Some(failure) = &outcome.failure {
        let _ = writeln!(text, "\n{} {file}\n{}", paint.paint(RED, "CANNOT RUN"), failure.text.trim_end());
    }
    for test in &outcome.tests {
        let Some(failure) = &test.failure else { continue };
        let _ = writeln!(text, "\n{} {file}: {}\n{}", paint.paint(RED, "FAILED"), test.name, failure.text.trim_end());
        if !test.printed.is_empty() {
            let _ = writeln!(text, "it printed:\n{}", test.printed.trim_end());
        }
    }
}

fn duration(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds < 0.001 => format!("{:.2} ms", seconds * 1e3),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}
