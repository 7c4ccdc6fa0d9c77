//! The command part: `motet lanes run | asm | top | bench`.
//!
//! Exit codes: 0, 1 for an error of the program that was to run, 2 for misuse, 3 where a device is missing.

mod asm;
mod bench;
mod feed;
mod module;
mod picture;
mod printer;
mod program;
mod run;
mod together;
mod top;

use crate::error::LaneError;
use crate::gpu::Gpu;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// Runs programs on GPU lanes.
#[derive(Debug, Parser)]
#[command(name = "motet lanes", disable_version_flag = true)]
struct Lanes {
    #[command(subcommand)]
    command: Command,
}

/// What `motet lanes` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a program, once or many times at once.
    Run(run::Arguments),
    /// Show what a program assembles to, or write it to a file.
    Asm(asm::Arguments),
    /// Run a program and watch the slots.
    Top(top::Arguments),
    /// Measure this machine's lanes.
    Bench(bench::Arguments),
}

#[derive(Debug, Args)]
struct DeviceChoice {
    /// Use the device whose name contains this text.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

/// Why a command did not succeed.
enum CommandError {
    /// The program is wrong, or did something wrong.
    Program(String),
    /// The command was used wrongly: a file that is not there, for example.
    Misuse(String),
    /// The lanes themselves failed.
    Lanes(LaneError),
}

impl CommandError {
    fn exit_code(&self) -> u8 {
        match self {
            CommandError::Program(_) => 1,
            CommandError::Misuse(_) => 2,
            CommandError::Lanes(
                LaneError::NoVulkan { .. }
                | LaneError::NoDevice { .. }
                | LaneError::MissingFeature { .. }
                | LaneError::DeviceLost { .. },
            ) => 3,
            CommandError::Lanes(LaneError::InvalidSettings { .. }) => 2,
            CommandError::Lanes(_) => 1,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Program(text) => write!(out, "{}", text.trim_end()),
            CommandError::Misuse(text) => write!(out, "error: {text}"),
            CommandError::Lanes(error) => write!(out, "error: {error}"),
        }
    }
}

impl From<LaneError> for CommandError {
    fn from(error: LaneError) -> CommandError {
        CommandError::Lanes(error)
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> CommandError {
        CommandError::Misuse(format!("cannot write: {error}"))
    }
}

impl DeviceChoice {
    fn open(&self) -> Result<Gpu, CommandError> {
        Ok(Gpu::open(self.device.as_deref())?)
    }
}

/// Runs `motet lanes` with these arguments, the first being the name of the command.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let code = run_to(arguments, &mut std::io::stdout().lock(), &mut std::io::stderr().lock());
    ExitCode::from(code)
}

/// Like [`main`], with the two streams given; tells the exit code.
pub fn run_to(arguments: impl IntoIterator<Item = OsString>, out: &mut dyn Write, errors: &mut dyn Write) -> u8 {
    match Lanes::try_parse_from(arguments) {
        Ok(lanes) => execute(&lanes.command, out, errors),
        Err(error) => {
            let stream: &mut dyn Write = if error.use_stderr() { errors } else { out };
            // No reader is left to hear of a stream that is closed.
            let _ = write!(stream, "{error}");
            u8::try_from(error.exit_code()).unwrap_or(2)
        }
    }
}

/// Carries out a parsed command, for a command line that has `lanes` as one of its own subcommands; tells the exit
/// code.
pub fn execute(command: &Command, out: &mut dyn Write, errors: &mut dyn Write) -> u8 {
    let done = match command {
        Command::Run(arguments) => run::execute(arguments, out, errors),
        Command::Asm(arguments) => asm::execute(arguments, out),
        Command::Top(arguments) => top::execute(arguments, out, errors),
        Command::Bench(arguments) => bench::execute(arguments, out),
    };
    match done {
        Ok(()) => 0,
        Err(failure) => {
            // As above.
            let _ = writeln!(errors, "{failure}");
            failure.exit_code()
        }
    }
}
