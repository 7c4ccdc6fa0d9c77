//! Input events from a text: `motet lanes run --input FILE`.

use super::CommandError;
use crate::error::LaneError;
use crate::events::InputEvent;
use crate::process::Process;
use crate::runtime::PersistentRuntime;
use std::io::Read;
use std::path::Path;

/// Events on their way to the processes of a run.
#[derive(Default)]
pub(super) struct Feed {
    /// With the number of the process that an event is for; without one it is for each.
    events: Vec<(Option<usize>, InputEvent)>,
    /// For each process, the event that comes next.
    next: Vec<usize>,
}

impl Feed {
    /// Reads events from a file, or from standard input where the path is `-`.
    pub fn read(path: &Path, processes: usize) -> Result<Feed, CommandError> {
        let name = path.display().to_string();
        let cannot = |error: std::io::Error| CommandError::Misuse(format!("cannot read `{name}`: {error}"));
        let mut text = String::new();
        if name == "-" {
            std::io::stdin().read_to_string(&mut text).map_err(cannot)?;
        } else {
            text = std::fs::read_to_string(path).map_err(cannot)?;
        }
        Feed::parse(&name, &text, processes)
    }

    fn parse(name: &str, text: &str, processes: usize) -> Result<Feed, CommandError> {
        let mut events = Vec::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.split(';').next().unwrap_or("").trim();
            if content.is_empty() {
                continue;
            }
            let wrong = |what: &str| {
                CommandError::Misuse(format!(
                    "{name}:{line}: {what}\nhelp: a line is `kind code x y`, four integers, and where only one process \
                     is meant, its number"
                ))
            };
            let numbers: Vec<i32> = content
                .split_whitespace()
                .map(|word| word.parse().map_err(|_| wrong(&format!("`{word}` is not an integer of 32 bits"))))
                .collect::<Result<_, _>>()?;
            let (event, target) = match numbers[..] {
                [kind, code, x, y] => (InputEvent { kind, code, x, y }, None),
                [kind, code, x, y, target] => {
                    let target = usize::try_from(target).ok().filter(|&target| target < processes);
                    let target = target.ok_or_else(|| wrong("there is no process with that number"))?;
                    (InputEvent { kind, code, x, y }, Some(target))
                }
                _ => return Err(wrong(&format!("{} numbers", numbers.len()))),
            };
            events.push((target, event));
        }
        Ok(Feed { events, next: vec![0; processes] })
    }

    /// All events, each with the process that it is for.
    pub fn events(&self) -> impl Iterator<Item = (Option<usize>, InputEvent)> {
        self.events.iter().copied()
    }

    /// Whether every event has been sent.
    pub fn is_done(&self) -> bool {
        self.next.iter().all(|&next| next >= self.events.len())
    }

    /// Sends what the processes have room for.
    pub fn send(&mut self, runtime: &PersistentRuntime, processes: &[Process]) -> Result<(), CommandError> {
        for (number, (process, next)) in processes.iter().zip(&mut self.next).enumerate() {
            while let Some((target, event)) = self.events.get(*next) {
                let sent = match target {
                    Some(target) if *target != number => Ok(()),
                    _ => runtime.send(process, *event),
                };
                match sent {
                    Ok(()) => *next += 1,
                    Err(LaneError::InputFull { .. }) => break,
                    // It needs no more.
                    Err(LaneError::Ended) => *next = self.events.len(),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}
