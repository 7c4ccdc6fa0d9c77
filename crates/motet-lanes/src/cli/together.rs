//! `motet lanes run` for modules, and for several programs at once.

use super::CommandError;
use super::feed::Feed;
use super::module::{argument, is_module, read, show};
use super::picture::Picture;
use super::printer::Printer;
use super::program::read_program;
use super::run::{Arguments, describe};
use crate::error::LaneError;
use crate::events::InputEvent;
use crate::station::{Compilation, End, Job, JobOptions, Outcome, Station, StationError, StationSettings, Tier};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often to send events for which there was no room.
const FEEDING: Duration = Duration::from_millis(5);

/// One program of a run.
pub(super) struct Part<'a> {
    arguments: &'a Arguments,
    pub job: Job,
    /// What stands before a process's number in what it prints; none if its output goes out as it is.
    label: Option<String>,
    /// What stands before its number in what is said of its end.
    title: String,
    /// Events for which there was no room yet, for each process.
    events: Vec<VecDeque<InputEvent>>,
}

fn refused(error: StationError) -> CommandError {
    match error {
        StationError::Lanes(error) => CommandError::Lanes(error),
        StationError::NoFunction { wanted: None, exports } => {
            let exports: Vec<String> = exports.iter().map(|name| format!("`{name}`")).collect();
            let exports = exports.join(", ");
            CommandError::Misuse(format!("the module has no `_start`; `--call` names one of its functions: {exports}"))
        }
        error @ (StationError::NoFunction { .. } | StationError::Arguments { .. }) => {
            CommandError::Misuse(error.to_string())
        }
        other => CommandError::Program(format!("error: {other}")),
    }
}

/// What a command finds as its arguments: its name, and what stands behind `--`.
fn command_line(arguments: &Arguments) -> Vec<String> {
    let program = arguments.start.program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
    std::iter::once(program).chain(arguments.arguments().iter().cloned()).collect()
}

/// What a command reads as its standard input.
fn input(arguments: &Arguments) -> Result<Vec<u8>, CommandError> {
    let Some(path) = &arguments.start.input else { return Ok(Vec::new()) };
    let cannot = |error| CommandError::Misuse(format!("cannot read `{}`: {error}", path.display()));
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(cannot)?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(cannot)
}

impl<'a> Part<'a> {
    fn start(station: &Station, arguments: &'a Arguments, is_alone: bool) -> Result<Part<'a>, CommandError> {
        let start = &arguments.start;
        let is_module = is_module(&start.program);
        let is_command = is_module && arguments.call.is_none();
        let program = if is_module {
            station.load_module(&Arc::new(read(&start.program)?), arguments.call.as_deref())
        } else {
            arguments.refuse_for_lane_programs()?;
            station.load_lanes(&read_program(&start.program)?)
        };
        let program = program.map_err(refused)?;
        let values = |number: u32| {
            let Some(types) = program.parameters() else { return Ok(vec![u64::from(number)]) };
            let texts = arguments.arguments();
            if texts.len() != types.len() {
                // Words that begin like options are arguments behind the first one.
                let help = match texts.iter().find(|text| text.starts_with("--")) {
                    Some(option) => {
                        format!("\nhelp: options of the run, such as `{option}`, stand in front of the arguments")
                    }
                    None => String::new(),
                };
                let text = format!("`{}` {}, not {}{help}", program.name(), program.takes(), texts.len());
                return Err(CommandError::Misuse(text));
            }
            texts.iter().zip(types).map(|(text, &of)| argument(text, of, number)).collect()
        };
        let all = if is_command {
            Vec::new()
        } else {
            (0..start.count).map(values).collect::<Result<Vec<Vec<u64>>, CommandError>>()?
        };
        let mut events = vec![VecDeque::new(); start.count as usize];
        if let (Some(path), false) = (&start.input, is_command) {
            for (target, event) in Feed::read(path, start.count as usize)?.events() {
                let goals = events.iter_mut().enumerate();
                goals.filter(|(number, _)| target.is_none_or(|target| target == *number)).for_each(|(_, goal)| {
                    goal.push_back(event);
                });
            }
        }
        let options = JobOptions {
            count: start.count,
            arguments: all,
            priority: start.priority,
            fuel: arguments.fuel.unwrap_or(u64::MAX),
            memory_limit: arguments.memory_limit.map_or(1 << 32, |mebibytes| mebibytes << 20),
            tier: if arguments.compiled { Tier::Compiled } else { Tier::Automatic },
            command_line: command_line(arguments),
            input: if is_command { input(arguments)? } else { Vec::new() },
            ..JobOptions::default()
        };
        let file = command_line(arguments).remove(0);
        let label = if is_alone { String::new() } else { format!("{file} ") };
        let title = if is_alone { "process ".to_owned() } else { label.clone() };
        let label = (!is_alone || (is_module && start.count > 1)).then_some(label);
        let job = station.run(&program, options).map_err(refused)?;
        Ok(Part { arguments, job, label, title, events })
    }

    /// Sends the events that there is room for; tells whether all have gone.
    fn feed(&mut self) -> Result<bool, CommandError> {
        let mut all = true;
        for (process, events) in self.job.processes().iter().zip(&mut self.events) {
            while let Some(&event) = events.front() {
                match process.send(event) {
                    Ok(()) => _ = events.pop_front(),
                    // It needs no more.
                    Err(LaneError::Ended) => events.clear(),
                    Err(LaneError::InputFull { .. }) => {
                        all = false;
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(all)
    }

    /// Says how each process ended; tells how many ended by a fault, and how many with a code other than 0.
    fn report(&self, out: &mut dyn Write) -> Result<(usize, usize), CommandError> {
        let (mut faults, mut failed) = (0, 0);
        for process in self.job.processes() {
            let Some(end) = process.end() else { continue };
            let said = self.said(&end);
            let is_fault = match &end.outcome {
                Outcome::Returned(_) | Outcome::Halted => false,
                Outcome::Exited(code) => {
                    failed += usize::from(*code != 0);
                    false
                }
                _ => true,
            };
            faults += usize::from(is_fault);
            if let Some(said) = said {
                writeln!(out, "{}{}: {said}", self.title, process.number())?;
            }
        }
        Ok((faults, failed))
    }

    fn said(&self, end: &End) -> Option<String> {
        let work = end.work;
        let after = if end.was_compiled { String::new() } else { format!(" after {work} instructions") };
        let comma = if end.was_compiled { "" } else { "," };
        Some(match &end.outcome {
            Outcome::Returned(values) => {
                let shown: Vec<String> = values.iter().map(|&(of, bits)| show(bits, of)).collect();
                let shown = if shown.is_empty() { String::new() } else { format!(" = {}", shown.join(", ")) };
                format!("{}{shown}{after}", self.job.program().name())
            }
            Outcome::Exited(0) if self.arguments.call.is_none() => return None,
            Outcome::Exited(code) => format!("exited with {code}{after}"),
            Outcome::Trapped(trap, place) => {
                let place = place.as_ref();
                let place = place.map(|place| format!(" in `{}` at byte {:#x}", place.function, place.offset));
                format!("{trap}{}{comma}{after}", place.unwrap_or_default())
            }
            Outcome::Halted | Outcome::Faulted(_) | Outcome::Killed if end.lane.is_some() => {
                describe(end.lane.as_ref().expect("just looked"), self.arguments.registers)
            }
            Outcome::Halted => format!("halted{after}"),
            Outcome::Faulted(cause) => format!("{cause}{after}"),
            Outcome::Killed => format!("killed{after}"),
            Outcome::Failed(why) => why.clone(),
        })
    }
}

/// A run: its station and its programs.
pub(super) struct Run<'a> {
    pub station: Station,
    pub parts: Vec<Part<'a>>,
}

/// How the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    AllEnded,
    TimedOut,
    /// All that live wait for input, and none is left to send.
    Starved,
}

impl<'a> Run<'a> {
    /// Starts the programs side by side, on the device that the first of them names.
    pub fn start(all: &[&'a Arguments]) -> Result<Run<'a>, CommandError> {
        // What is wrong with a file is said before a device is opened.
        for arguments in all.iter().filter(|arguments| !is_module(&arguments.start.program)) {
            arguments.refuse_for_lane_programs()?;
            read_program(&arguments.start.program)?;
        }
        for arguments in all.iter().filter(|arguments| is_module(&arguments.start.program)) {
            read(&arguments.start.program)?;
        }
        let gpu = all[0].start.device.open()?;
        let station = Station::new(gpu, StationSettings::default());
        let is_alone = all.len() == 1;
        let parts = all.iter().map(|arguments| Part::start(&station, arguments, is_alone)).collect::<Result<_, _>>()?;
        Ok(Run { station, parts })
    }

    /// Feeds them and shows what they write and draw, until all have ended or the time is over, or until they wait for input that
    /// does not come if that is asked for.
    pub fn serve(
        &mut self,
        timeout: Duration,
        ends_when_starved: bool,
        printer: &mut Printer,
        picture: &mut Picture,
        out: &mut dyn Write,
        errors: &mut dyn Write,
    ) -> Result<Waited, CommandError> {
        let deadline = Instant::now().checked_add(timeout);
        let mut seen = 0;
        loop {
            let mut all_sent = true;
            for part in &mut self.parts {
                all_sent &= part.feed()?;
            }
            // Looked at before what was written is taken: what was written before the end comes with it.
            let living = self.parts.iter().any(|part| part.job.living() > 0);
            let starves = all_sent && self.parts.iter().all(|part| part.job.starves());
            for (number, part) in self.parts.iter().enumerate() {
                picture.paint(&part.job.take_drawn());
                for written in part.job.take_written() {
                    printer.print(number, part.label.as_deref(), written, out, errors)?;
                }
            }
            if !living {
                return Ok(Waited::AllEnded);
            }
            if starves && ends_when_starved {
                return Ok(Waited::Starved);
            }
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(Waited::TimedOut);
            }
            let turn = if all_sent { left } else { left.min(FEEDING) };
            self.parts[0].job.wait_for_change(&mut seen, turn);
        }
    }

    pub fn living(&self) -> usize {
        self.parts.iter().map(|part| part.job.living()).sum()
    }
}

pub(super) fn execute(all: &[&Arguments], out: &mut dyn Write, errors: &mut dyn Write) -> Result<(), CommandError> {
    let first = all[0];
    let mut run = Run::start(all)?;
    let (mut printer, mut picture) = (Printer::default(), Picture::new(first.size));
    let timeout = first.timeout.map_or(Duration::MAX, Duration::from_secs);
    let waited = run.serve(timeout, true, &mut printer, &mut picture, out, errors)?;
    let labels: Vec<Option<String>> = run.parts.iter().map(|part| part.label.clone()).collect();
    printer.finish(&labels, out, errors)?;
    picture.deliver(first.quads.as_deref(), errors)?;
    for part in run.parts.iter().filter(|part| part.arguments.compiled) {
        if let Compilation::Refused(why) = part.job.program().compilation() {
            let help = "help: without `--compiled` it is interpreted";
            return Err(CommandError::Program(format!("error: {why}\n{help}")));
        }
    }
    let (mut faults, mut failed) = (0, 0);
    for part in &run.parts {
        let (more_faults, more_failed) = part.report(out)?;
        (faults, failed) = (faults + more_faults, failed + more_failed);
    }
    let living = run.living();
    match waited {
        Waited::Starved => {
            let help = "help: `--input FILE` sends input events";
            let text = format!("error: {living} processes wait for input, and there is none\n{help}");
            return Err(CommandError::Program(text));
        }
        Waited::TimedOut => {
            let seconds = first.timeout.unwrap_or(0);
            return Err(CommandError::Program(format!("error: {living} processes did not end within {seconds} s")));
        }
        Waited::AllEnded => {}
    }
    match (faults, failed) {
        (0, 0) => Ok(()),
        (0, failed) => Err(CommandError::Program(format!("error: {failed} processes exited with a code other than 0"))),
        (faults, _) => Err(CommandError::Program(format!("error: {faults} processes ended by a fault"))),
    }
}
