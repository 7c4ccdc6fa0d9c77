//! A single lane program: reading it, starting it, and being the host that it asks.

use super::feed::Feed;
use super::{CommandError, DeviceChoice};
use crate::assembly::assemble;
use crate::error::LaneError;
use crate::events::{Need, ServiceRequest, Vertex};
use crate::process::Process;
use crate::runtime::{PersistentRuntime, SpawnOptions};
use crate::settings::Settings;
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Writes the argument as a number, on a line of its own.
const SERVICE_PRINT_NUMBER: u32 = 1;
/// Writes the argument as a character.
const SERVICE_PRINT_CHARACTER: u32 = 2;
/// Milliseconds since the start.
const SERVICE_CLOCK: u32 = 3;

#[derive(Debug, Args)]
pub(super) struct Start {
    /// The program: assembly text, or a module, as bytes (`.wasm`) or text (`.wat`).
    pub(super) program: PathBuf,
    /// How many processes run it; each finds its number in r0.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) count: u32,
    /// The processes' priority.
    #[arg(long, default_value_t = 0)]
    pub(super) priority: u32,
    /// Read input events from this file, or from standard input where it is `-`: a line for each, `kind code x y`, and
    /// a fifth number where only that process gets it.
    #[arg(long, value_name = "FILE")]
    pub(super) input: Option<PathBuf>,
    #[command(flatten)]
    pub(super) device: DeviceChoice,
}

/// A started program.
pub(super) struct Started {
    pub runtime: PersistentRuntime,
    pub processes: Vec<Process>,
    feed: Feed,
    began: Instant,
}

/// How often to look for room for more input events while there are some to send.
const FEEDING: Duration = Duration::from_millis(5);
/// How often to take what was drawn, so that there is room for more.
const DRAWING: Duration = Duration::from_millis(20);

/// Reads a text and assembles it; what is no text are instructions as bytes.
pub(super) fn read_program(path: &Path) -> Result<Vec<u8>, CommandError> {
    let bytes = std::fs::read(path)
        .map_err(|error| CommandError::Misuse(format!("cannot read `{}`: {error}", path.display())))?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(bytes) => return Ok(bytes.into_bytes()),
    };
    assemble(&path.display().to_string(), &text).map_err(|error| CommandError::Program(error.to_string()))
}

impl Start {
    pub fn start(&self) -> Result<Started, CommandError> {
        let code = read_program(&self.program)?;
        let feed = match &self.input {
            Some(path) => Feed::read(path, self.count as usize)?,
            None => Feed::default(),
        };
        let gpu = self.device.open()?;
        let runtime = PersistentRuntime::new(&gpu, Settings::default())?;
        let program = runtime.load_bytecode(&code)?;
        let processes = (0..self.count)
            .map(|number| {
                let options = SpawnOptions { priority: self.priority, argument: number.cast_signed() };
                runtime.spawn_with(program, options)
            })
            .collect::<Result<Vec<_>, LaneError>>()?;
        runtime.start()?;
        Ok(Started { runtime, processes, feed, began: Instant::now() })
    }
}

impl Started {
    /// Answers what the processes ask for until none is left, or until the time is over; tells which.
    /// What they draw goes to `draw`.
    pub fn serve(
        &mut self,
        timeout: Duration,
        out: &mut dyn Write,
        draw: &mut dyn FnMut(&[Vertex]),
    ) -> Result<bool, CommandError> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            self.feed.send(&self.runtime, &self.processes)?;
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
            // The vertex output fills while nothing is asked.
            let turn = if self.feed.is_done() { left.min(DRAWING) } else { left.min(FEEDING) };
            let need = self.runtime.wait_for_need(turn);
            draw(&self.runtime.take_quads()?);
            let requests = match need {
                Ok(Need::Services(requests)) => requests,
                Ok(Need::Nothing) => return Ok(true),
                Ok(Need::Input) if !self.feed.is_done() => continue,
                Ok(Need::Input) => return Err(self.starved()),
                Err(LaneError::TimedOut { .. }) if turn < left => continue,
                Err(LaneError::TimedOut { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            for request in requests {
                let answer = self.answer(&request, out)?;
                self.runtime.answer(&request.process, answer)?;
            }
            out.flush()?;
        }
    }

    fn starved(&self) -> CommandError {
        let waiting = self.runtime.living_count();
        let help = "help: `--input FILE` sends input events";
        CommandError::Program(format!("error: {waiting} processes wait for input, and there is none\n{help}"))
    }

    fn answer(&self, request: &ServiceRequest, out: &mut dyn Write) -> Result<i32, CommandError> {
        match request.service {
            SERVICE_PRINT_NUMBER => writeln!(out, "{}", request.argument)?,
            SERVICE_PRINT_CHARACTER => {
                let character = u32::try_from(request.argument).ok().and_then(char::from_u32);
                write!(out, "{}", character.unwrap_or(char::REPLACEMENT_CHARACTER))?;
            }
            SERVICE_CLOCK => return Ok(self.began.elapsed().as_millis() as i32),
            other => {
                return Err(CommandError::Program(format!(
                    "error: process {} asks for service {other}, which there is not\nhelp: 1 prints a number, 2 a \
                     character, 3 gives the milliseconds since the start",
                    request.process.generation() - 1
                )));
            }
        }
        Ok(0)
    }
}
