//! `motet bench`: finds `bench` blocks, runs each until its time can be told, and says how long one pass takes.
//!
//! One benchmark runs at a time: two would take the machine from one another.

mod compare;
mod measure;
mod report;
mod results;

use super::limits::{LimitArguments, seconds};
use super::project::{ProjectArguments, paths_or_project};
use super::test::find::{files_that, holds_benches};
use super::{MISUSE, PROGRAM_ERROR, builtins, show, show_failure, style};
use clap::Args;
use compare::{Change, Compared};
use measure::{Measured, measure};
use motet::loader::Loader;
use motet::report as reports;
use motet_vm::{BlockKind, MainIsolate};
use results::Results;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Args)]
pub struct BenchArguments {
    /// Files with benchmarks, and folders below which they are looked for; none: the project, or this folder
    paths: Vec<PathBuf>,
    /// Only benchmarks whose names contain this
    #[arg(short = 'k', long, value_name = "TEXT")]
    filter: Option<String>,
    /// Show the names of benchmarks, and run none
    #[arg(long)]
    list: bool,
    /// How long each benchmark is measured, after a fifth of this time to warm up
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    time: Duration,
    /// Write the results to this file, for a later comparison
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Compare with the results in this file
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Exit with 1 if a benchmark is slower than in the compared results by more than this
    #[arg(long, value_name = "PERCENT", requires = "compare")]
    max_slowdown: Option<f64>,
    /// Print the results to standard output in JSON, for tools
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitArguments,
}

/// A benchmark that was measured.
pub struct Outcome {
    file: String,
    name: String,
    measured: Measured,
    compared: Option<Compared>,
}

const NONE: &str = "no benchmarks are found: one is `bench \"sorts\" { sort(numbers) }` at the top level of a file";

pub fn bench(arguments: &BenchArguments) -> ExitCode {
    let earlier = match arguments.compare.as_deref().map(Results::read).transpose() {
        Ok(earlier) => earlier,
        Err(message) => return misuse(&message),
    };
    let files = match files_that(&paths_or_project(&arguments.paths), holds_benches) {
        Ok(files) if files.is_empty() => {
            return misuse(NONE);
        }
        Ok(files) => files,
        Err(error) => return misuse(&error.to_string()),
    };
    if cfg!(debug_assertions) && !arguments.list {
        show("note: this motet was built to check itself, which takes time; a release build is faster\n");
    }
    let mut run = Run { arguments, earlier, outcomes: Vec::new(), found: 0, failed: false };
    files.iter().for_each(|file| run.file(file));
    run.finish()
}

fn misuse(message: &str) -> ExitCode {
    show(&format!("error: {message}\n"));
    ExitCode::from(MISUSE)
}

struct Run<'a> {
    arguments: &'a BenchArguments,
    earlier: Option<Results>,
    outcomes: Vec<Outcome>,
    /// Benchmarks that are meant.
    found: usize,
    failed: bool,
}

impl Run<'_> {
    /// Measures the benchmarks of a file.
    fn file(&mut self, file: &Path) {
        let settings = self.arguments.limits.settings();
        let mut isolate = MainIsolate::new(builtins(), Arc::new(settings), Box::new(io::sink()));
        isolate.set_arguments(&[]);
        let unattended = Arc::new(AtomicUsize::new(0));
        let reported = Arc::clone(&unattended);
        let style = style(isolate.settings());
        isolate.set_reporter(Arc::new(move |report| {
            reported.fetch_add(1, Ordering::Relaxed);
            show(&reports::unattended(&report, style));
        }));
        let projects = ProjectArguments::default().projects();
        let module = match Loader::new(&mut isolate).packages(projects.of_file(file)).load_file(file) {
            Ok(module) => module,
            Err(failure) => {
                show_failure(&failure);
                self.failed = true;
                return;
            }
        };
        let benches = isolate.collect_blocks(BlockKind::Bench, &module, |_| ());
        let file = file.display().to_string();
        match benches {
            Ok(benches) => {
                let wanted = |name: &str| self.arguments.filter.as_deref().is_none_or(|filter| name.contains(filter));
                let benches: Vec<_> = benches.into_iter().filter(|bench| wanted(&bench.name)).collect();
                self.found += benches.len();
                if !benches.is_empty() && !self.arguments.list {
                    self.say(&format!("{file}\n"));
                }
                for bench in benches {
                    if self.arguments.list {
                        self.say(&format!("{file}: {}\n", bench.name));
                        continue;
                    }
                    match measure(&mut isolate, &bench, self.arguments.time) {
                        Ok(measured) => self.measured(&file, &bench.name, measured),
                        Err(error) => {
                            self.failed = true;
                            show(&format!("FAILED {file}: {}\n{}", bench.name, reports::uncaught(&error, style)));
                        }
                    }
                }
            }
            Err(error) => {
                self.failed = true;
                show(&format!("CANNOT RUN {file}\n{}", reports::uncaught(&error, style)));
            }
        }
        isolate.end_session();
        self.failed |= unattended.load(Ordering::Relaxed) > 0;
    }

    fn measured(&mut self, file: &str, name: &str, measured: Measured) {
        let compared = self.earlier.as_ref().map(|earlier| compare::compare(earlier.of(file, name), &measured));
        let outcome = Outcome { file: file.into(), name: name.into(), measured, compared };
        if !self.arguments.json {
            self.say(&report::line(&outcome));
        }
        self.outcomes.push(outcome);
    }

    fn say(&self, text: &str) {
        if !self.arguments.json || self.arguments.list {
            // Who reads may stop early.
            let _ = io::stdout().write_all(text.as_bytes());
        }
    }

    fn finish(self) -> ExitCode {
        if self.found == 0 && !self.failed {
            return misuse(match self.arguments.filter {
                Some(_) => "no benchmark has a name like that",
                None => NONE,
            });
        }
        if self.arguments.json && !self.arguments.list {
            let _ = io::stdout().write_all(results::document(&self.outcomes).as_bytes());
        }
        let mut failed = self.failed;
        if let Some(path) = &self.arguments.save
            && !self.arguments.list
            && let Err(error) = std::fs::write(path, results::document(&self.outcomes))
        {
            show(&format!("error: {} cannot be written: {error}\n", path.display()));
            failed = true;
        }
        if let Some(most) = self.arguments.max_slowdown {
            let is_too_slow = |outcome: &&Outcome| match outcome.compared.as_ref().map(|compared| &compared.change) {
                Some(Change::Slower(percent)) => *percent > most,
                _ => false,
            };
            for outcome in self.outcomes.iter().filter(is_too_slow) {
                show(&format!("{}: {} is slower by more than {most} %\n", outcome.file, outcome.name));
                failed = true;
            }
        }
        if failed { ExitCode::from(PROGRAM_ERROR) } else { ExitCode::SUCCESS }
    }
}
