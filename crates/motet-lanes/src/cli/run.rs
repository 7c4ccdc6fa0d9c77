//! `motet lanes run`.

use super::picture::{Picture, PictureSize};
use super::program::{Start, WithoutInput};
use super::{CommandError, module};
use crate::process::{EndCause, ProcessEnd};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `motet lanes run`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) start: Start,
    /// Show all registers that are not 0, rather than r0 alone.
    #[arg(long)]
    registers: bool,
    /// Write what the processes draw as a picture, a PNG file.
    #[arg(long, value_name = "FILE.png")]
    pub(super) quads: Option<PathBuf>,
    /// The picture's size.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "640x480")]
    pub(super) size: PictureSize,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(super) timeout: Option<u64>,
    /// Of a module: call this function that it exports, rather than `_start`.
    #[arg(long, value_name = "FUNCTION")]
    pub(super) call: Option<String>,
    /// Of a module: compile the function for the device, rather than interpret it. What cannot be compiled is refused.
    #[arg(long, requires = "call", conflicts_with_all = ["fuel", "memory_limit", "input"])]
    pub(super) compiled: bool,
    /// Of a module: end a process that carried out so many instructions.
    #[arg(long, value_name = "INSTRUCTIONS")]
    pub(super) fuel: Option<u64>,
    /// Of a module: let the memory of a process grow to no more than so many MiB.
    #[arg(long, value_name = "MiB")]
    pub(super) memory_limit: Option<u64>,
    /// Of a module: arguments of the function, `#` being the number of the process; or of the program.
    #[arg(last = true)]
    pub(super) arguments: Vec<String>,
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
    if module::is_module(&arguments.start.program) {
        return module::execute(arguments, out, errors);
    }
    if arguments.call.is_some() || !arguments.arguments.is_empty() {
        return Err(CommandError::Misuse(
            "`--call` and arguments are for modules; a lane program finds its number in r0".to_owned(),
        ));
    }
    let mut started = arguments.start.start()?;
    let timeout = arguments.timeout.map_or(Duration::MAX, Duration::from_secs);
    let mut picture = Picture::new(arguments.size);
    let all_ended = started.serve(timeout, WithoutInput::Fail, out, &mut |vertices| picture.paint(vertices))?;
    picture.deliver(arguments.quads.as_deref(), errors)?;
    let lost = started.runtime.statistics().quads_lost;
    if lost > 0 {
        writeln!(errors, "note: {lost} rectangles were drawn faster than they were taken, and are lost")?;
    }
    let mut faults = 0;
    for (number, process) in started.processes.iter().enumerate() {
        let Some(outcome) = process.outcome() else { continue };
        writeln!(out, "process {number}: {}", describe(outcome, arguments.registers))?;
        faults += usize::from(outcome.cause != EndCause::Halted);
    }
    if !all_ended {
        let living = started.runtime.living_count();
        let seconds = arguments.timeout.unwrap_or(0);
        return Err(CommandError::Program(format!("error: {living} processes did not end within {seconds} s")));
    }
    match faults {
        0 => Ok(()),
        faults => Err(CommandError::Program(format!("error: {faults} processes ended by a fault"))),
    }
}

fn describe(outcome: &ProcessEnd, all_registers: bool) -> String {
    let mut text = format!("{} after {} instructions", outcome.cause, outcome.instructions);
    if !all_registers {
        return format!("{text}, r0 = {}", outcome.registers[0]);
    }
    for (register, value) in outcome.registers.iter().enumerate().filter(|(_, value)| **value != 0) {
        text.push_str(&format!(", r{register} = {value}"));
    }
    for (register, value) in outcome.float_registers.iter().enumerate().filter(|(_, value)| value.to_bits() != 0) {
        text.push_str(&format!(", f{register} = {value:?}"));
    }
    text
}
