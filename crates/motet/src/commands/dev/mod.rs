//! `motet dev`: runs a program with windows, and again whenever one of its files is saved. Its windows stay where they
//! are, and its signals keep their values. What is wrong with the program shows in the windows, with its source line, while
//! the last version that could be read goes on.

mod kept;

use super::limits::LimitArguments;
use super::project::{ProjectArguments, misuse, program as program_of, program_here};
use super::warnings::Allowed;
use super::watching::{PERIOD, Read, Recorded, settle, state};
use super::{
    DEVICE_MISSING, PROGRAM_ERROR, complete, end, output, prepare, show, show_failure, show_uncaught, signals,
};
use clap::Args;
use kept::KeptSignals;
use motet::Files;
use motet::loader::{LoadError, Loader};
use motet::natives::builtins;
use motet_ui::{Display, Ended, Mode, fault_at, fault_of, host};
use motet_vm::{Cancellation, ExecutionContext, LinkedModule, Settings, Vm};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// After so long, a program has opened the windows that it opens at its start: those of the former version that are left
/// go away.
const SETTLED: Duration = Duration::from_secs(1);

#[derive(Args)]
pub struct DevArguments {
    /// The program, a .soc or .gene file; none: that of the project
    file: Option<PathBuf>,
    /// Arguments of the program: the list `args`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    project: ProjectArguments,
    #[command(flatten)]
    limits: LimitArguments,
}

pub fn dev(arguments: &DevArguments) -> ExitCode {
    let named = arguments.file.as_deref().map(program_of);
    let file = match named.or_else(program_here) {
        Some(Ok(file)) => file,
        Some(Err(code)) => return code,
        None => return misuse("which program? motet dev FILE, or in a project without one"),
    };
    let warn = |text: &str| {
        show(&format!("warning: {text}\n"));
    };
    let stop = Cancellation::new();
    let program = |display: Arc<Display>, interface| {
        let kept = Arc::new(KeptSignals::default());
        let sealed = kept.clone();
        display.when_opened(move || sealed.seal());
        let settings =
            Settings { display: Some(interface), keeps_signals: Some(kept.clone()), ..arguments.limits.settings() };
        let vm = Vm::new(builtins(), Arc::new(complete(settings)), output::standard_output());
        std::thread::scope(|scope| {
            Session { arguments, file: &file, display, kept, vm: &vm, stop: &stop, running: None, scope }.run()
        })
    };
    match host(Mode::Live, warn, || stop.cancel(), program) {
        Ended::Program(code) => code,
        Ended::Picture | Ended::NoPicture(_) => unreachable!("no picture was asked for"),
    }
}

struct Session<'a, 'scope, 'env> {
    arguments: &'env DevArguments,
    file: &'env Path,
    display: Arc<Display>,
    kept: Arc<KeptSignals>,
    vm: &'env Vm,
    /// The windows have failed: the end.
    stop: &'a Cancellation,
    running: Option<Running<'scope>>,
    scope: &'scope Scope<'scope, 'env>,
}

/// A version of the program that runs.
struct Running<'scope> {
    thread: ScopedJoinHandle<'scope, ExitCode>,
    cancellation: Cancellation,
    began: Instant,
}

impl Session<'_, '_, '_> {
    fn run(mut self) -> ExitCode {
        loop {
            let read = Arc::new(Recorded::default());
            match self.load(&read) {
                Ok(module) => self.start(module),
                Err(failure) => self.refuse(&failure),
            }
            if let Some(code) = self.wait(&read.take()) {
                self.end_program();
                return code;
            }
        }
    }

    /// Reads and compiles the program, without running it.
    fn load(&self, read: &Arc<Recorded>) -> Result<Arc<LinkedModule>, LoadError> {
        let mut isolate = self.vm.isolate();
        let packages = self.arguments.project.projects().of_file(self.file);
        let mut loader = Loader::with_files(&mut isolate, Arc::clone(read) as Arc<dyn Files>).packages(packages);
        let loaded = loader.load_file(self.file);
        self.arguments.limits.allowed().show(loader.take_warnings(), Allowed::at_run);
        loaded
    }

    /// Says what is wrong. What ran before goes on.
    fn refuse(&self, failure: &LoadError) {
        show_failure(failure);
        if let Some((source, diagnostic)) = failure.reports.first() {
            // What cannot be read has no text in which something could be wrong.
            let kind = if source.text.is_empty() { "IoError" } else { "SyntaxError" };
            let message = format!("{kind}: {}", diagnostic.message);
            self.display.show_everywhere(&fault_at(&message, diagnostic.hint.as_deref(), source, diagnostic.span));
        }
    }

    /// Runs a version of the program in place of the one before.
    fn start(&mut self, module: Arc<LinkedModule>) {
        self.display.keep_windows();
        self.end_program();
        self.kept.begin();
        let cancellation = Cancellation::new();
        let mut context = ExecutionContext::default();
        context.cancellation = Some(cancellation.clone());
        let (vm, arguments, display, own) = (self.vm, self.arguments, self.display.clone(), cancellation.clone());
        let thread = self.scope.spawn(move || {
            let mut isolate = vm.isolate_with(&context);
            prepare(&mut isolate);
            isolate.set_arguments(&arguments.arguments);
            let result = isolate.run_module(&module);
            let code = end(&mut isolate, &arguments.limits);
            match result {
                Ok(_) => code,
                Err(_) if own.is_cancelled() => code,
                Err(error) => {
                    display.show_everywhere(&fault_of(&error));
                    let code = show_uncaught(&isolate, &error);
                    if display.was_missed() { ExitCode::from(DEVICE_MISSING) } else { code }
                }
            }
        });
        self.running = Some(Running { thread, cancellation, began: Instant::now() });
    }

    fn end_program(&mut self) {
        if let Some(running) = self.running.take() {
            running.cancellation.cancel();
            // It has said what was wrong.
            let _ = running.thread.join();
        }
    }

    /// Waits for a save. Some: the end, with the exit code.
    fn wait(&mut self, read: &[Read]) -> Option<ExitCode> {
        let mut has_settled = false;
        let mut last = ExitCode::from(PROGRAM_ERROR);
        loop {
            std::thread::sleep(PERIOD);
            if signals::caught().is_some() || self.stop.is_cancelled() {
                return Some(last);
            }
            // A file that is being replaced is not there for a moment.
            let has_changed = |(path, before): &Read| {
                let now = state(path);
                now.is_some() && now != *before
            };
            if read.iter().any(has_changed) {
                settle(read.iter().map(|(path, _)| path.as_path()));
                return None;
            }
            let has_begun = self.running.as_ref().is_some_and(|running| running.began.elapsed() >= SETTLED);
            if has_begun && !has_settled {
                has_settled = true;
                self.display.close_kept_windows();
            }
            if self.running.as_ref().is_some_and(|running| running.thread.is_finished()) {
                let running = self.running.take().expect("it was there");
                last = running.thread.join().unwrap_or(last);
                if self.display.was_missed() || last == ExitCode::SUCCESS && !self.display.has_kept_windows() {
                    return Some(last);
                }
            }
            if self.running.is_none() && last == ExitCode::SUCCESS && !self.display.has_kept_windows() {
                return Some(last);
            }
        }
    }
}
