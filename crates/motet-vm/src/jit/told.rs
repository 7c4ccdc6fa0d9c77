//! What is told of machine code: what it is made of, which exits were taken, how long compiling took.

use super::{Compiled, Request, Why};
use motet_code::{Function, Instruction};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Exits of one piece of code that are named.
const EXITS: usize = 8;

/// What was compiled in all.
#[derive(Default)]
pub struct Totals {
    compiled: AtomicU32,
    refused: AtomicU32,
    nanoseconds: AtomicU64,
}

impl Totals {
    pub(super) fn add(&self, is_compiled: bool, took: Duration) {
        let counter = if is_compiled { &self.compiled } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Pieces of code that were made.
    pub fn compiled(&self) -> u32 {
        self.compiled.load(Ordering::Relaxed)
    }

    /// Loops and functions that were not compiled.
    pub fn refused(&self) -> u32 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How much processor time compiling took, what was refused in the end too.
    pub fn took(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

/// A function with its place.
pub(super) fn title(function: &Function) -> String {
    let name = if function.name.is_empty() { "fn" } else { &function.name };
    format!("{name} ({}:{})", function.source.name, line(function, None))
}

/// The line of an instruction, or that of the function.
fn line(function: &Function, at: Option<u32>) -> u32 {
    let span = at.map_or(function.span, |at| function.span_at(at as usize));
    function.source.position(span.start).line
}

/// How often the exits of a piece of code were taken.
pub(super) struct Exits {
    function: Arc<Function>,
    /// What the code is made of.
    pub what: String,
    taken: Box<[AtomicU32]>,
}

impl Exits {
    pub fn new(request: &Request<'_>, compiled: &Compiled) -> Exits {
        let function = request.function;
        let from =
            if request.is_function { "".into() } else { format!(" from line {}", line(function, Some(request.at))) };
        let taken = compiled.exits.iter().map(|_| AtomicU32::new(0)).collect();
        Exits { function: function.clone(), what: format!("{}{from}", title(function)), taken }
    }

    pub fn take(&self, exit: usize) {
        self.taken[exit].fetch_add(1, Ordering::Relaxed);
    }

    /// Those that were taken, the most frequent first; none if none was.
    pub fn told(&self, compiled: &Compiled) -> Option<String> {
        let mut taken: Vec<(u32, usize)> =
            self.taken.iter().map(|count| count.load(Ordering::Relaxed)).zip(0..).collect();
        taken.retain(|(count, _)| *count > 0);
        taken.sort_by_key(|(count, exit)| (std::cmp::Reverse(*count), *exit));
        let told = taken.iter().take(EXITS).map(|(count, exit)| {
            let exit = &compiled.exits[*exit];
            let why = match exit.why {
                Why::Guard => "rare or of another type",
                Why::Unseen => "had not run before",
                Why::SafePoint | Why::Builtin => "interrupted",
                Why::Room => "more room for calls",
                Why::Call => "no room for a call",
                Why::Steps | Why::Behind => "steps are counted anew",
                Why::Done => "the end of the code",
            };
            if exit.frames.is_empty() {
                let operation = Instruction(self.function.code[exit.at as usize]).op().map_or("", |op| op.info().name);
                format!("{count} × {why} ({operation}, line {})", line(&self.function, Some(exit.at)))
            } else {
                format!("{count} × {why} (in a function that it calls)")
            }
        });
        let told: Vec<String> = told.collect();
        let others: u32 = taken.iter().skip(EXITS).map(|(count, _)| count).sum();
        let others = if others > 0 { format!(", {others} × others") } else { String::new() };
        (!told.is_empty()).then(|| format!("left {}: {}{others}", self.what, told.join(", ")))
    }
}
