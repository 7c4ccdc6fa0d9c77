//! `motet lanes top`: how the tiers and the slots stand while programs run.

use super::CommandError;
use super::picture::Picture;
use super::printer::Printer;
use super::run::Arguments as RunArguments;
use super::together::{Run, Waited};
use crate::host::state::Statistics;
use crate::process::{SlotView, Status};
use crate::runtime::PersistentRuntime;
use crate::station::{Report, Station};
use clap::Args;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Arguments of `motet lanes top`.
#[derive(Debug, Args)]
#[group(id = "top")]
pub struct Arguments {
    /// Milliseconds between two looks.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..))]
    interval: u64,
    /// End after so many seconds, also when processes still run.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    #[command(flatten)]
    run: RunArguments,
}

/// What one look saw of a kernel.
#[derive(Default)]
struct KernelLook {
    statistics: Statistics,
    slots: Vec<SlotView>,
}

impl KernelLook {
    fn at(runtime: &PersistentRuntime) -> KernelLook {
        KernelLook { statistics: runtime.statistics(), slots: runtime.slots() }
    }
}

/// What one look saw.
struct Look {
    at: Instant,
    report: Report,
    lanes: KernelLook,
    modules: KernelLook,
}

impl Look {
    fn at(station: &Station) -> Look {
        let (lanes, modules) = station.runtimes();
        Look {
            at: Instant::now(),
            report: station.report(),
            lanes: lanes.map(|runtime| KernelLook::at(&runtime)).unwrap_or_default(),
            modules: modules.map(|runtime| KernelLook::at(runtime.common())).unwrap_or_default(),
        }
    }
}

pub(super) fn execute(arguments: &Arguments, out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
    let others = arguments.run.others()?;
    let all: Vec<&RunArguments> = std::iter::once(&arguments.run).chain(&others).collect();
    let mut run = Run::start(&all)?;
    let (mut printer, mut picture) = (Printer::default(), Picture::new(arguments.run.size));
    let interval = Duration::from_millis(arguments.interval);
    let until = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let redraws = std::io::stdout().is_terminal();
    let mut before = Look::at(&run.station);
    loop {
        let waited = run.serve(interval, false, &mut printer, &mut picture, out, errors)?;
        let now = Look::at(&run.station);
        if redraws {
            // Home, and clear to the end of the screen.
            write!(out, "\x1b[H\x1b[J")?;
        }
        table(&before, &now, run.living(), out)?;
        out.flush()?;
        if waited == Waited::AllEnded || until.is_some_and(|until| now.at >= until) {
            return Ok(());
        }
        before = now;
    }
}

fn table(before: &Look, now: &Look, living: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let seconds = (now.at - before.at).as_secs_f64();
    let rate = |after: u64, before: u64| after.saturating_sub(before) as f64 / seconds;
    let both = |look: &Look, of: fn(&Statistics) -> u64| of(&look.lanes.statistics) + of(&look.modules.statistics);
    let rate_of = |of: fn(&Statistics) -> u64| rate(both(now, of), both(before, of));
    writeln!(
        out,
        "{:.0} frames/s, {:.2} M instructions/s, {:.0} epochs/s, {living} processes",
        rate_of(|statistics| statistics.frames),
        rate_of(|statistics| statistics.instructions) / 1e6,
        rate_of(|statistics| statistics.epochs),
    )?;
    let report = &now.report;
    writeln!(
        out,
        "interpreted: {} run, {} ended; compiled: {} run, {} ended after {:.2} M turns; {} wait",
        report.interpreted,
        report.interpreted_ended,
        report.compiled,
        report.compiled_ended,
        report.turns as f64 / 1e6,
        report.waiting,
    )?;
    for (name, compilation) in &report.programs {
        writeln!(out, "  {name}: {compilation}")?;
    }
    writeln!(
        out,
        "{:>7} {:>4}  {:<18} {:>10} {:>8} {:>8} {:>14} {:>10}",
        "kernel", "slot", "status", "process", "priority", "pc", "instructions", "M/s"
    )?;
    for (kernel, now, before) in [("lanes", &now.lanes, &before.lanes), ("modules", &now.modules, &before.modules)] {
        for (number, slot) in now.slots.iter().enumerate().filter(|(_, slot)| slot.status != Status::Empty) {
            let earlier = before.slots.get(number).filter(|earlier| earlier.generation == slot.generation);
            writeln!(
                out,
                "{kernel:>7} {:>4}  {:<18} {:>10} {:>8} {:>8} {:>14} {:>10.3}",
                slot.slot,
                slot.status,
                slot.generation,
                slot.priority,
                slot.pc,
                slot.instructions,
                rate(slot.instructions, earlier.map_or(0, |earlier| earlier.instructions)) / 1e6,
            )?;
        }
    }
    Ok(())
}
