//! `motet run`, and `motet FILE`.

#[cfg(feature = "ui")]
pub use super::windows::PictureArguments;

use super::warnings::Allowed;
#[cfg(feature = "ui")]
use super::windows::run_program;
use super::{MISUSE, end, show, show_failure, show_uncaught};
use crate::RunArguments;
use motet::loader::{LoadError, Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::{LinkedModule, MainIsolate, Settings, Trace};
use std::fs::File;
use std::io::{BufWriter, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

pub fn run(arguments: RunArguments) -> ExitCode {
    if Program::of(&arguments).is_none() {
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

#[cfg(not(feature = "ui"))]
fn run_program(arguments: &RunArguments, settings: Settings) -> ExitCode {
    run_in(super::isolate_with(settings), arguments, &|| false)
}

/// Where the program comes from, and its arguments.
struct Program<'a> {
    from: From<'a>,
    arguments: Vec<String>,
}

enum From<'a> {
    File(&'a Path),
    StandardInput,
    Text(&'a str),
}

impl Program<'_> {
    fn of(arguments: &RunArguments) -> Option<Program<'_>> {
        if let Some(code) = &arguments.code {
            // There is no file, so all that is left belongs to the program.
            let first = arguments.file.iter().map(|first| first.to_string_lossy().into_owned());
            let arguments = first.chain(arguments.arguments.iter().cloned()).collect();
            return Some(Program { from: From::Text(code), arguments });
        }
        let Some(file) = arguments.file.as_deref() else {
            let arguments = arguments.arguments.clone();
            return (!std::io::stdin().is_terminal()).then_some(Program { from: From::StandardInput, arguments });
        };
        let from = if file == Path::new("-") { From::StandardInput } else { From::File(file) };
        Some(Program { from, arguments: arguments.arguments.clone() })
    }

    fn load(&self, loader: &mut Loader<'_>) -> Result<Arc<LinkedModule>, LoadError> {
        let text = |loader: &mut Loader<'_>, name: &str, text: &str| {
            loader.load_text(name, text, Notation::Soc, TextOptions::default())
        };
        match self.from {
            From::File(file) => loader.load_file(file),
            From::Text(code) => text(loader, "<code>", code),
            From::StandardInput => match std::io::read_to_string(std::io::stdin()) {
                Ok(code) => text(loader, "<stdin>", &code),
                Err(error) => Err(LoadError::unreadable("standard input", &error)),
            },
        }
    }
}

/// Runs a program. `is_dismissed`: it was ended by the command itself, so nothing is reported about its end.
pub(super) fn run_in(mut isolate: MainIsolate, arguments: &RunArguments, is_dismissed: &dyn Fn() -> bool) -> ExitCode {
    let Some(program) = Program::of(arguments) else { return ExitCode::from(MISUSE) };
    isolate.set_arguments(&program.arguments);
    let mut loader = Loader::new(&mut isolate);
    let loaded = program.load(&mut loader);
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
