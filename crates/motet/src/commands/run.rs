//! `motet run`, and `motet FILE`.

use super::warnings::Allowed;
use super::{MISUSE, end, show, show_failure, show_uncaught};
use crate::RunArguments;
use motet::loader::{Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::{Isolate, Settings, Trace};
use std::fs::File;
use std::io::{BufWriter, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

pub fn run(arguments: RunArguments) -> ExitCode {
    if arguments.file.is_none() && std::io::stdin().is_terminal() {
        eprintln!("error: which program? motet FILE runs one; motet --help shows what else there is");
        return ExitCode::from(MISUSE);
    }
    let trace = match arguments.trace.as_deref().map(begin_trace).transpose() {
        Ok(trace) => trace,
        Err(code) => return code,
    };
    let settings = Settings { trace: trace.clone(), ..arguments.limits.settings() };
    let code = run_program(&arguments, settings);
    match trace.map(|trace| trace.finish()) {
        Some(Err(error)) => show(&format!("error: the trace cannot be written: {error}\n")),
        None | Some(Ok(())) => code,
    }
}

#[cfg(feature = "ui")]
pub use super::windows::PictureArguments;
#[cfg(feature = "ui")]
use super::windows::run_program;

#[cfg(not(feature = "ui"))]
fn run_program(arguments: &RunArguments, settings: Settings) -> ExitCode {
    run_in(super::isolate_with(settings), arguments, &|| false)
}

/// Runs a program. `is_dismissed`: it was ended by the command itself, so how it ended is nobody's business.
pub(super) fn run_in(mut isolate: Isolate, arguments: &RunArguments, is_dismissed: &dyn Fn() -> bool) -> ExitCode {
    isolate.set_arguments(&arguments.arguments);
    let mut loader = Loader::new(&mut isolate);
    let loaded = match &arguments.file {
        Some(file) => loader.load_file(file),
        None => match std::io::read_to_string(std::io::stdin()) {
            Ok(text) => loader.load_text("<stdin>", &text, Notation::Soc, TextOptions::default()),
            Err(error) => return show(&format!("error: standard input cannot be read: {error}\n")),
        },
    };
    arguments.allowed.show(loader.take_warnings(), Allowed::at_run);
    let module = match loaded {
        Ok(module) => module,
        Err(failure) => return show_failure(&failure),
    };
    let result = isolate.run_module(&module);
    let code = end(&mut isolate, &arguments.limits);
    match result {
        Ok(_) => code,
        Err(_) if is_dismissed() => code,
        Err(error) => show_uncaught(&isolate, &error),
    }
}

/// Opens the file of a trace.
fn begin_trace(path: &Path) -> Result<Arc<Trace>, ExitCode> {
    match File::create(path) {
        Ok(file) => Ok(Trace::new(Box::new(BufWriter::new(file)))),
        Err(error) => {
            eprintln!("error: the trace {} cannot be written: {error}", path.display());
            Err(ExitCode::from(MISUSE))
        }
    }
}
