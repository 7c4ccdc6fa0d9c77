//! `motet lanes run`.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use super::Failure;
use super::program::Start;
use crate::process::{EndCause, Outcome};

/// Arguments of `motet lanes run`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    start: Start,
    /// Show all registers that are not 0, rather than r0 alone.
    #[arg(long)]
    registers: bool,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let started = arguments.start.start()?;
    let timeout = arguments.timeout.map_or(Duration::MAX, Duration::from_secs);
    let all_ended = started.serve(timeout, out)?;
    let mut faults = 0;
    for (number, process) in started.processes.iter().enumerate() {
        let Some(outcome) = process.outcome() else { continue };
        writeln!(out, "process {number}: {}", describe(outcome, arguments.registers))?;
        faults += usize::from(outcome.cause != EndCause::Halted);
    }
    if !all_ended {
        let living = started.runtime.living_count();
        let seconds = arguments.timeout.unwrap_or(0);
        return Err(Failure::Program(format!("error: {living} processes did not end within {seconds} s")));
    }
    match faults {
        0 => Ok(()),
        faults => Err(Failure::Program(format!("error: {faults} processes ended by a fault"))),
    }
}

fn describe(outcome: &Outcome, all_registers: bool) -> String {
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
