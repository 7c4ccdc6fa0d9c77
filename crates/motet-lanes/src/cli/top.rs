//! `motet lanes top`: a table of the slots while a program runs.

use super::CommandError;
use super::program::{Start, Started, WithoutInput};
use crate::host::state::Statistics;
use crate::process::{SlotView, Status};
use clap::Args;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Arguments of `motet lanes top`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    start: Start,
    /// Milliseconds between two looks.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..))]
    interval: u64,
    /// End after so many seconds, also when processes still run.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// What one look saw.
struct Look {
    at: Instant,
    statistics: Statistics,
    slots: Vec<SlotView>,
}

impl Look {
    fn at(started: &Started) -> Look {
        Look { at: Instant::now(), statistics: started.runtime.statistics(), slots: started.runtime.slots() }
    }
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), CommandError> {
    let mut started = arguments.start.start()?;
    let interval = Duration::from_millis(arguments.interval);
    let until = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let redraws = std::io::stdout().is_terminal();
    let mut before = Look::at(&started);
    loop {
        let all_ended = started.serve(interval, WithoutInput::Wait, out, &mut |_| {})?;
        let now = Look::at(&started);
        if redraws {
            // Home, and clear to the end of the screen.
            write!(out, "\x1b[H\x1b[J")?;
        }
        table(&before, &now, started.runtime.living_count(), out)?;
        out.flush()?;
        if all_ended || until.is_some_and(|until| now.at >= until) {
            return Ok(());
        }
        before = now;
    }
}

fn table(before: &Look, now: &Look, living: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let seconds = (now.at - before.at).as_secs_f64();
    let rate = |after: u64, before: u64| after.saturating_sub(before) as f64 / seconds;
    writeln!(
        out,
        "{:.0} frames/s, {:.2} M instructions/s, {:.0} epochs/s, {living} processes",
        rate(now.statistics.frames, before.statistics.frames),
        rate(now.statistics.instructions, before.statistics.instructions) / 1e6,
        rate(now.statistics.epochs, before.statistics.epochs),
    )?;
    writeln!(
        out,
        "{:>4}  {:<18} {:>10} {:>8} {:>8} {:>14} {:>10}",
        "slot", "status", "process", "priority", "pc", "instructions", "M/s"
    )?;
    for (slot, earlier) in now.slots.iter().zip(&before.slots) {
        if slot.status == Status::Empty {
            continue;
        }
        let since = if slot.generation == earlier.generation { earlier.instructions } else { 0 };
        writeln!(
            out,
            "{:>4}  {:<18} {:>10} {:>8} {:>8} {:>14} {:>10.3}",
            slot.slot,
            slot.status,
            slot.generation,
            slot.priority,
            slot.pc,
            slot.instructions,
            rate(slot.instructions, since) / 1e6,
        )?;
    }
    Ok(())
}
