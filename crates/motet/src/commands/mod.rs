//! The subcommands, one file each, and what they share.

pub mod bench;
pub mod check;
pub mod convert;
#[cfg(feature = "ui")]
pub mod dev;
pub mod disasm;
pub mod doc;
pub mod doctor;
#[cfg(unix)]
pub mod ending;
pub mod eval;
pub mod explain;
pub mod fmt;
#[cfg(feature = "jit")]
mod jit;
mod json;
pub mod limits;
mod output;
mod parallel;
pub mod profile;
mod progress;
pub mod project;
pub mod prompt;
pub mod run;
pub mod shell;
#[cfg_attr(not(unix), path = "no_signals.rs")]
pub mod signals;
mod sources;
mod terminal;
pub mod test;
pub mod warnings;
mod watching;
#[cfg(feature = "ui")]
mod windows;

use limits::{LimitArguments, MacroArguments};
use motet::natives::builtins;
use motet::{loader::LoadError, report};
use motet_vm::{MainIsolate, Progress, Settings, Uncaught};
use std::io::{IsTerminal, Write, stderr};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// An uncaught error in the program, or a program that cannot be read or compiled.
const PROGRAM_ERROR: u8 = 1;
/// The command's allocator counts what the program holds.
const COUNTS_PROCESS: bool = cfg!(all(target_os = "linux", not(sanitized)));
/// Wrong use of the command.
const MISUSE: u8 = 2;
/// A device is missing: a GPU, or a display.
#[cfg(feature = "ui")]
const DEVICE_MISSING: u8 = 3;

/// An isolate that prints to standard output: line by line on a terminal, in larger pieces elsewhere.
fn isolate(limits: &LimitArguments) -> MainIsolate {
    isolate_with(limits.settings())
}

/// An isolate for which programs are compiled and not run.
fn isolate_for_compiling(macros: &MacroArguments) -> MainIsolate {
    isolate_with(macros.settings())
}

fn isolate_with(settings: Settings) -> MainIsolate {
    let mut isolate = MainIsolate::new(builtins(), Arc::new(complete(settings)), output::standard_output());
    prepare(&mut isolate);
    isolate
}

/// Settings with what the command adds to them.
fn complete(settings: Settings) -> Settings {
    let progress = Some(Arc::new(progress::Bars) as Arc<dyn Progress>);
    let terminal = terminal::of_output();
    Settings { progress, exit: Some(exit), counts_process: COUNTS_PROCESS, terminal, ..settings }
}

/// Has errors that nothing awaits shown, and signals of the system stop the program.
fn prepare(isolate: &mut MainIsolate) {
    let meter = isolate.output_meter();
    let style = style(isolate.settings());
    isolate.set_reporter(Arc::new(move |report| {
        show(meter.admit(&report::unattended(&report, style)));
    }));
    signals::stop_on_signals(isolate.stopper());
}

/// The code that a program has called `exit` with; negative: none has.
static EXIT: AtomicI32 = AtomicI32::new(-1);

/// Notes the code of the first call of `exit`. The program is stopped, and the process ends with the code.
fn exit(code: i32) {
    let _ = EXIT.compare_exchange(-1, code, Ordering::AcqRel, Ordering::Relaxed);
}

/// The code that the program has asked the process to end with.
pub fn exit_code() -> Option<u8> {
    u8::try_from(EXIT.load(Ordering::Acquire)).ok()
}

/// Colours are for people: on a terminal, unless `NO_COLOR` says no; elsewhere only if `CLICOLOR_FORCE` asks for them.
fn color() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && (is_set("CLICOLOR_FORCE") || stderr().is_terminal() && !is_dumb)
}

/// How errors of a program with these settings are shown.
fn style(settings: &Settings) -> report::Style {
    report::Style { color: color(), full_traces: settings.full_traces }
}

/// Shows an error on standard error, after what the program has printed.
fn show(text: &str) -> ExitCode {
    output::make_way_for_errors();
    // With standard error closed there is no place left to report to.
    let _ = stderr().write_all(text.as_bytes());
    ExitCode::from(PROGRAM_ERROR)
}

fn show_failure(failure: &LoadError) -> ExitCode {
    show(&report::failure(failure, color()))
}

fn show_uncaught(isolate: &MainIsolate, error: &Uncaught) -> ExitCode {
    if isolate.was_reported(error) || signals::caught().is_some() || exit_code().is_some() {
        return ExitCode::from(PROGRAM_ERROR);
    }
    show(isolate.output_meter().admit_last(&report::uncaught(error, style(isolate.settings()))))
}

/// The exit code of a program that ran to its end: errors in threads and in tasks that were not awaited count, unless
/// the user does not mind.
fn end(isolate: &mut MainIsolate, limits: &LimitArguments) -> ExitCode {
    let failed = isolate.reported_errors() > 0 && !limits.keep_going;
    let flushed = flush(isolate);
    if failed { ExitCode::from(PROGRAM_ERROR) } else { flushed }
}

/// Writes out what the program printed.
fn flush(isolate: &mut MainIsolate) -> ExitCode {
    match isolate.output().flush() {
        Err(error) => show(&format!("error: standard output cannot be written: {error}\n")),
        Ok(()) => ExitCode::SUCCESS,
    }
}
