//! `motet lanes run`.

use super::picture::{Picture, PictureSize};
use super::program::Start;
use super::{CommandError, module, together};
use crate::process::{EndCause, ProcessEnd};
use clap::{Args, Parser};
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
    pub(super) registers: bool,
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
    /// Of a module: compile it for the device before anything runs. What cannot be compiled is refused. Without this, it is
    /// compiled meanwhile where there are many processes.
    #[arg(long)]
    pub(super) compiled: bool,
    /// Of a module: end a process that carried out so many instructions; compiled, so many turns of loops and calls.
    #[arg(long, value_name = "INSTRUCTIONS")]
    pub(super) fuel: Option<u64>,
    /// Of a module: let the memory of a process grow to no more than so many MiB.
    #[arg(long, value_name = "MiB")]
    pub(super) memory_limit: Option<u64>,
    /// Of a module: arguments of the function, `#` being the number of the process; or of the program. Options stand in front of
    /// them; what begins with `-` stands behind `--`. Behind `+`: another program that runs beside this one, with options of its
    /// own, and so on.
    #[arg(trailing_var_arg = true, value_name = "-- ARGUMENTS… + PROGRAM…")]
    rest: Vec<String>,
}

/// Options of a program that stands behind `+`.
#[derive(Debug, Parser)]
#[command(name = "motet lanes run … +", disable_version_flag = true)]
struct Another {
    #[command(flatten)]
    arguments: Arguments,
}

impl Arguments {
    /// The arguments of the function or of the program.
    pub(super) fn arguments(&self) -> &[String] {
        let end = self.rest.iter().position(|word| word == "+").unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    /// The program that stands behind `+`, if there is one.
    fn another(&self) -> Result<Option<Arguments>, CommandError> {
        let Some(at) = self.rest.iter().position(|word| word == "+") else { return Ok(None) };
        let words = std::iter::once("+").chain(self.rest[at + 1..].iter().map(String::as_str));
        match Another::try_parse_from(words) {
            Ok(another) => Ok(Some(another.arguments)),
            Err(error) => {
                let text = error.to_string();
                Err(CommandError::Misuse(text.trim_start_matches("error: ").trim_end().to_owned()))
            }
        }
    }

    /// All programs behind `+`.
    pub(super) fn others(&self) -> Result<Vec<Arguments>, CommandError> {
        let mut others = Vec::new();
        while let Some(another) = others.last().unwrap_or(self).another()? {
            others.push(another);
        }
        Ok(others)
    }

    /// Lane programs take neither arguments nor what is for modules.
    pub(super) fn refuse_for_lane_programs(&self) -> Result<(), CommandError> {
        if self.call.is_some() || !self.arguments().is_empty() {
            return Err(CommandError::Misuse(
                "`--call` and arguments are for modules; a lane program finds its number in r0".to_owned(),
            ));
        }
        Ok(())
    }
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
    let others = arguments.others()?;
    if !others.is_empty() || module::is_module(&arguments.start.program) {
        let all: Vec<&Arguments> = std::iter::once(arguments).chain(&others).collect();
        return together::execute(&all, out, errors);
    }
    arguments.refuse_for_lane_programs()?;
    let mut started = arguments.start.start()?;
    let timeout = arguments.timeout.map_or(Duration::MAX, Duration::from_secs);
    let mut picture = Picture::new(arguments.size);
    let all_ended = started.serve(timeout, out, &mut |vertices| picture.paint(vertices))?;
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

pub(super) fn describe(outcome: &ProcessEnd, all_registers: bool) -> String {
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
