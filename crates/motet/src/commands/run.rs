//! `motet run`, and `motet FILE`.

#[cfg(feature = "ui")]
pub use super::windows::PictureArguments;

use super::project::{program, program_here};
use super::warnings::Allowed;
#[cfg(feature = "ui")]
use super::windows::run_program;
use super::{MISUSE, end, show, show_failure, show_uncaught};
use crate::RunArguments;
use motet::bundle;
use motet::loader::{LoadError, Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::{LinkedModule, MainIsolate, Settings, Trace, Uncaught};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// `motet run`: without a file, the program of the project that the current folder belongs to.
pub fn run_here(mut arguments: RunArguments) -> ExitCode {
    if arguments.file.is_none() && arguments.code.is_none() {
        match program_here() {
            Some(Ok(file)) => arguments.file = Some(file),
            Some(Err(code)) => return code,
            None => {}
        }
    }
    run(arguments)
}

/// Runs the program that stands behind the command in its file. All arguments are the program's.
pub fn run_built(program: Result<Vec<u8>, String>, arguments: &[OsString]) -> ExitCode {
    let program = match program {
        Ok(program) => program,
        Err(message) => return show(&format!("error: {message}\n")),
    };
    let arguments = arguments.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    run(RunArguments { built: Some(program), arguments, ..RunArguments::default() })
}

pub fn run(mut arguments: RunArguments) -> ExitCode {
    #[cfg(feature = "jit")]
    if let Some(name) = arguments.file.as_deref().and_then(|file| arguments.limits.taken_for_program(file)) {
        eprintln!("error: {name} is no program; when machine code is made stands behind an equals sign: --jit={name}");
        return ExitCode::from(MISUSE);
    }
    if arguments.code.is_none()
        && let Some(file) = arguments.file.take()
    {
        match program(&file) {
            Ok(file) => arguments.file = Some(file),
            Err(code) => return code,
        }
    }
    if Program::of(&arguments).is_none() {
        eprintln!(
            "error: which program? motet FILE runs one, motet run that of a project (motet new makes one); motet --help shows what else there is"
        );
        return ExitCode::from(MISUSE);
    }
    let trace = match arguments.trace.as_deref().map(begin_trace).transpose() {
        Ok(trace) => trace,
        Err(code) => return code,
    };
    let mut settings = Settings { trace: trace.clone(), ..arguments.limits.settings() };
    let profiling = match arguments.profile.begin(arguments.file.as_deref(), &mut settings) {
        Ok(profiling) => profiling,
        Err(code) => return code,
    };
    #[cfg(feature = "jit")]
    let jit = settings.jit.clone();
    let code = run_program(&arguments, settings);
    #[cfg(feature = "jit")]
    arguments.limits.end_jit_log(jit.as_deref());
    let code = match profiling {
        Some(profiling) => profiling.end(&title(&arguments), code),
        None => code,
    };
    match trace.map(|trace| trace.finish()) {
        Some(Err(error)) => show(&format!("error: the trace cannot be written: {error}\n")),
        None | Some(Ok(())) => code,
    }
}

#[cfg(not(feature = "ui"))]
fn run_program(arguments: &RunArguments, settings: Settings) -> ExitCode {
    run_in(super::isolate_with(settings), arguments, &|| false, &|_| {})
}

/// Where the program comes from, and its arguments.
struct Program<'a> {
    from: From<'a>,
    /// Of a program that is no file.
    notation: Notation,
    arguments: Vec<String>,
}

enum From<'a> {
    File(&'a Path),
    StandardInput,
    Text(&'a str),
    /// A compiled program behind the command.
    Built(&'a [u8]),
}

impl Program<'_> {
    fn of(arguments: &RunArguments) -> Option<Program<'_>> {
        let notation = if arguments.gene { Notation::Gene } else { Notation::Soc };
        if let Some(built) = &arguments.built {
            return Some(Program { from: From::Built(built), notation, arguments: arguments.arguments.clone() });
        }
        if let Some(code) = &arguments.code {
            // There is no file, so all that is left belongs to the program.
            let first = arguments.file.iter().map(|first| first.to_string_lossy().into_owned());
            let arguments = first.chain(arguments.arguments.iter().cloned()).collect();
            return Some(Program { from: From::Text(code), notation, arguments });
        }
        let Some(file) = arguments.file.as_deref() else {
            let arguments = arguments.arguments.clone();
            return (!std::io::stdin().is_terminal()).then_some(Program {
                from: From::StandardInput,
                notation,
                arguments,
            });
        };
        let from = if file == Path::new("-") { From::StandardInput } else { From::File(file) };
        Some(Program { from, notation, arguments: arguments.arguments.clone() })
    }

    fn load(&self, loader: &mut Loader<'_>) -> Result<Arc<LinkedModule>, LoadError> {
        let text = |loader: &mut Loader<'_>, name: &str, text: &str| {
            loader.load_text(name, text, self.notation, TextOptions::default())
        };
        match self.from {
            From::File(file) => loader.load_file(file),
            From::Text(code) => text(loader, "<code>", code),
            From::Built(bytes) => bundle::unpack(loader, bytes),
            From::StandardInput => match std::io::read_to_string(std::io::stdin()) {
                Ok(code) => text(loader, "<stdin>", &code),
                Err(error) => Err(LoadError::unreadable("standard input", &error)),
            },
        }
    }
}

/// Runs a program. `is_dismissed`: it was ended by the command itself, so nothing is reported about its end; `failed` is told
/// of the error that it ends with, before its tasks end.
pub(super) fn run_in(
    mut isolate: MainIsolate,
    arguments: &RunArguments,
    is_dismissed: &dyn Fn() -> bool,
    failed: &dyn Fn(&Uncaught),
) -> ExitCode {
    let Some(program) = Program::of(arguments) else { return ExitCode::from(MISUSE) };
    isolate.set_arguments(&program.arguments);
    let projects = arguments.project.projects();
    let packages = match program.from {
        From::File(file) => projects.of_file(file),
        From::StandardInput | From::Text(_) | From::Built(_) => projects.of_folder(Path::new(".")),
    };
    let mut loader = Loader::new(&mut isolate).packages(packages);
    let loaded = program.load(&mut loader);
    arguments.limits.allowed().show(loader.take_warnings(), Allowed::at_run);
    let module = match loaded {
        Ok(module) => module,
        Err(failure) => return show_failure(&failure),
    };
    let result = isolate.run_module(&module);
    let code = end(&mut isolate, &arguments.limits);
    match result {
        Ok(_) => code,
        Err(_) if is_dismissed() => code,
        Err(error) => {
            failed(&error);
            show_uncaught(&isolate, &error)
        }
    }
}

/// What a program is called in its profile.
fn title(arguments: &RunArguments) -> String {
    match (&arguments.file, &arguments.code) {
        (Some(file), None) => file.display().to_string(),
        (_, Some(_)) => "<code>".into(),
        (None, None) => "motet".into(),
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
