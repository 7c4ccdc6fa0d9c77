//! Running the tests of one file.

use super::examples::WithExamples;
use super::find::is_test_by_name;
use super::outcome::{FileOutcome, SnapshotCounts, TestFailure, TestOutcome};
use super::snapshots::Snapshots;
use crate::TestArguments;
use crate::commands::watching::Recorded;
use crate::commands::{builtins, color, style};
use motet::loader::Loader;
use motet::packages::Packages;
use motet::project::Projects;
use motet::report;
use motet_vm::{BlockKind, Coverage, Interrupter, LinkedModule, MainIsolate, Settings, Uncaught};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a test that was told to end may take to do so before it is told again, when nothing in it catches that.
const PATIENCE: Duration = Duration::from_secs(2);

/// Nothing panics while one of these locks is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the tests of a file.
pub fn run(
    file: &Path,
    arguments: &TestArguments,
    projects: &Arc<Projects>,
    coverage: Option<&Arc<Coverage>>,
) -> FileOutcome {
    let read = Arc::new(Recorded::default());
    let mut outcome = FileOutcome {
        file: file.to_path_buf(),
        tests: Vec::new(),
        failure: None,
        read: Vec::new(),
        snapshots: SnapshotCounts::default(),
    };
    if let Err(failure) = run_into(&mut outcome, &read, arguments, projects.of_file(file), coverage) {
        outcome.failure = Some(failure);
    }
    outcome.read = read.take().into_iter().map(|(path, _)| path).collect();
    outcome
}

fn run_into(
    outcome: &mut FileOutcome,
    read: &Arc<Recorded>,
    arguments: &TestArguments,
    packages: Arc<dyn Packages>,
    coverage: Option<&Arc<Coverage>>,
) -> Result<(), TestFailure> {
    let file = outcome.file.clone();
    let captured = Captured::default();
    let settings = Settings { coverage: coverage.cloned(), ..arguments.limits.settings() };
    let mut isolate = MainIsolate::new(builtins(), Arc::new(settings), Box::new(captured.clone()));
    isolate.set_arguments(&[]);
    let unattended = Arc::clone(&captured.reports);
    let style = style(isolate.settings());
    isolate.set_reporter(Arc::new(move |report| lock(&unattended).push_str(&report::unattended(&report, style))));
    let mut loader =
        Loader::with_files(&mut isolate, Arc::new(WithExamples::of(&file, Arc::clone(read)))).packages(packages);
    let module = loader.load_file(&file).map_err(|failure| TestFailure {
        message: failure.reports.first().map_or(String::new(), |(_, report)| report.message.to_string()),
        text: report::failure(&failure, color()),
    })?;
    let snapshots = Snapshots::read(&file, arguments.update)
        .map_err(|error| failure_of(&format!("the snapshots of {} cannot be read: {error}", file.display())))?;
    let mut running = Running {
        isolate,
        deadline: Deadline::default(),
        timeout: arguments.timeout,
        captured,
        snapshots: Arc::new(Mutex::new(Some(snapshots))),
    };
    let watched = running.deadline.clone();
    std::thread::scope(|scope| {
        let watchdog = scope.spawn(move || watched.watch());
        let result = running.run_all(&module, arguments, outcome);
        running.deadline.close();
        // It has nothing that panics.
        let _ = watchdog.join();
        result
    })
}

fn failure_of(message: &str) -> TestFailure {
    TestFailure { message: message.into(), text: format!("error: {message}") }
}

struct Running {
    isolate: MainIsolate,
    deadline: Deadline,
    timeout: Duration,
    captured: Captured,
    /// None: they have been written.
    snapshots: Arc<Mutex<Option<Snapshots>>>,
}

impl Running {
    fn run_all(
        &mut self,
        module: &Arc<LinkedModule>,
        arguments: &TestArguments,
        outcome: &mut FileOutcome,
    ) -> Result<(), TestFailure> {
        let began = Instant::now();
        let deadline = self.deadline.clone();
        let timeout = self.timeout;
        let tests =
            self.isolate.collect_blocks(BlockKind::Test, module, |interrupter| deadline.begin(interrupter, timeout));
        let result = tests.map_err(|error| error.clone());
        let failure = self.failure(result.as_ref().err());
        let tests = result.unwrap_or_default();
        let wanted = |name: &str| arguments.filter.as_deref().is_none_or(|filter| name.contains(filter));
        if tests.is_empty() && is_test_by_name(&outcome.file) {
            // The file is one test, and it has just run.
            let name = "the whole file";
            if wanted(name) {
                let (took, printed) = (began.elapsed(), self.captured.take());
                outcome.tests.push(TestOutcome { name: name.into(), took, failure, printed });
            }
        } else if let Some(failure) = failure {
            self.isolate.end_session();
            return Err(failure);
        }
        self.captured.take();
        let all = tests.len();
        for test in tests.into_iter().filter(|test| wanted(&test.name)) {
            let name = test.name.to_string();
            if arguments.list {
                outcome.tests.push(TestOutcome { name, took: Duration::ZERO, failure: None, printed: String::new() });
                continue;
            }
            let began = Instant::now();
            self.deadline.restart(self.timeout);
            let (snapshots, of) = (Arc::clone(&self.snapshots), name.clone());
            let mut number = 0;
            let compare = move |text: &str| {
                number += 1;
                lock(&snapshots).as_mut().map_or(Ok(()), |snapshots| snapshots.compare(&of, number, text))
            };
            let result = self.isolate.run_test(&test, Box::new(compare));
            self.deadline.pause();
            let took = began.elapsed();
            let failure = self.failure(result.as_ref().err());
            outcome.tests.push(TestOutcome { name, took, failure, printed: self.captured.take() });
        }
        self.isolate.end_session();
        let ran_all = outcome.tests.len() >= all && outcome.passed() && !arguments.list;
        let snapshots = lock(&self.snapshots).take();
        let counts = snapshots.map(|snapshots| snapshots.finish(ran_all)).transpose();
        outcome.snapshots = counts
            .map_err(|error| failure_of(&format!("the snapshots cannot be written: {error}")))?
            .unwrap_or_default();
        Ok(())
    }

    /// Why what ran last failed: its error, or those of tasks and threads that it left alone.
    fn failure(&mut self, error: Option<&Uncaught>) -> Option<TestFailure> {
        // What it printed lies in the buffer of the output; a write to memory does not fail.
        let _ = self.isolate.output().flush();
        let reports = std::mem::take(&mut *lock(&self.captured.reports));
        if self.isolate.was_interrupted() {
            return Some(failure_of(&format!("it took longer than {} s (--timeout)", self.timeout.as_secs_f64())));
        }
        match error {
            Some(error) if !self.isolate.was_reported(error) => Some(TestFailure {
                message: error.to_string(),
                text: report::uncaught(error, style(self.isolate.settings())),
            }),
            _ if !reports.is_empty() => {
                let message = reports.lines().nth(1).unwrap_or_default().to_owned();
                Some(TestFailure { message, text: reports })
            }
            Some(error) => Some(TestFailure {
                message: error.to_string(),
                text: report::uncaught(error, style(self.isolate.settings())),
            }),
            None => None,
        }
    }
}

/// What tests print, and what is reported of tasks and threads that nothing awaits.
#[derive(Clone, Default)]
struct Captured {
    printed: Arc<Mutex<Vec<u8>>>,
    reports: Arc<Mutex<String>>,
}

impl Captured {
    fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *lock(&self.printed))).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.printed).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// When what runs is to be ended.
#[derive(Clone, Default)]
struct Deadline {
    shared: Arc<(Mutex<Watched>, Condvar)>,
}

#[derive(Default)]
struct Watched {
    interrupter: Option<Interrupter>,
    at: Option<Instant>,
    is_closed: bool,
}

impl Deadline {
    fn change(&self, change: impl FnOnce(&mut Watched)) {
        change(&mut lock(&self.shared.0));
        self.shared.1.notify_one();
    }

    fn begin(&self, interrupter: Interrupter, timeout: Duration) {
        self.change(|watched| {
            watched.interrupter = Some(interrupter);
            watched.at = Instant::now().checked_add(timeout);
        });
    }

    fn restart(&self, timeout: Duration) {
        self.change(|watched| watched.at = Instant::now().checked_add(timeout));
    }

    fn pause(&self) {
        self.change(|watched| watched.at = None);
    }

    fn close(&self) {
        self.change(|watched| watched.is_closed = true);
    }

    /// Ends what runs past its time.
    fn watch(&self) {
        let mut watched = lock(&self.shared.0);
        while !watched.is_closed {
            let now = Instant::now();
            let wait = match (watched.at, &watched.interrupter) {
                (Some(at), Some(interrupter)) if at <= now => {
                    interrupter.interrupt();
                    watched.at = Some(now + PATIENCE);
                    PATIENCE
                }
                (Some(at), _) => at.saturating_duration_since(now),
                (None, _) => Duration::MAX,
            };
            watched = self.shared.1.wait_timeout(watched, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
