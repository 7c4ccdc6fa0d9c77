//! Standard input, line by line, for all tasks and threads of the process.
//!
//! Reading blocks, and nothing can interrupt it; so it happens on a thread of the runtime, one at a time, and only
//! while a task waits. What comes in one piece is read in one piece: the lines behind the first are kept, and a task
//! that asks for them need not wait. A line whose task was cancelled on the way is kept as well: none is lost.
//!
//! The lock is held for moments, never while reading and never while an operation is completed.

use crate::access::{self, MAX_BYTES, decode, failure, too_large};
use crate::handles::line_value;
use crate::runtime;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::text;
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::operation::{Operation, OperationError};
use motet_vm::{Context, Result};
use std::collections::VecDeque;
use std::io::{BufRead, stdin};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What messages call it.
const NAME: &str = "standard input";

type Read = std::result::Result<String, OperationError>;

static INPUT: Mutex<Input> =
    Mutex::new(Input { kept: VecDeque::new(), partial: Vec::new(), waiting: VecDeque::new(), is_reading: false });

struct Input {
    /// Lines that were not taken so far.
    kept: VecDeque<Read>,
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    waiting: VecDeque<Operation<Line>>,
    /// A thread reads, and goes on as long as a task waits.
    is_reading: bool,
}

impl Input {
    /// Forgets the tasks that wait no longer, and says whether some still wait.
    fn is_wanted(&mut self) -> bool {
        self.waiting.retain(|operation| !operation.is_cancelled());
        !self.waiting.is_empty()
    }

    /// Takes what was read apart into lines.
    fn add(&mut self, piece: &[u8]) {
        let mut lines = piece.split(|&byte| byte == b'\n');
        let rest = lines.next_back().unwrap_or_default();
        for line in lines {
            self.partial.extend_from_slice(line);
            if self.partial.last() == Some(&b'\r') {
                self.partial.pop();
            }
            self.end_line();
        }
        self.partial.extend_from_slice(rest);
        if self.partial.len() > MAX_BYTES {
            self.partial = Vec::new();
            self.kept.push_back(Err(too_large(NAME)));
        }
    }

    fn end_line(&mut self) {
        let line = decode(std::mem::take(&mut self.partial), NAME);
        self.kept.push_back(line);
    }

    /// The last line may have no end.
    fn end(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
    }
}

fn input() -> MutexGuard<'static, Input> {
    INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line on its way to a task; none: the end. Dropped on the way, it is kept for the next one.
struct Line(Option<String>);

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(line) = self.0.take() {
            input().kept.push_front(Ok(line));
            deliver();
        }
    }
}

/// Gives lines to those who wait.
fn deliver() {
    loop {
        let mut state = input();
        if !state.is_wanted() || state.kept.is_empty() {
            return;
        }
        let (operation, line) = (state.waiting.pop_front(), state.kept.pop_front());
        drop(state);
        if let (Some(operation), Some(line)) = (operation, line) {
            operation.complete(line.map(|line| Line(Some(line))));
        }
    }
}

/// Asks for the next line.
fn ask(operation: Operation<Line>) -> std::result::Result<(), OperationError> {
    input().waiting.push_back(operation);
    deliver();
    let mut state = input();
    if state.waiting.is_empty() || std::mem::replace(&mut state.is_reading, true) {
        return Ok(());
    }
    drop(state);
    let begun = runtime::spawn(read);
    if begun.is_err() {
        input().is_reading = false;
    }
    begun
}

/// Reads as long as a task waits.
fn read() {
    loop {
        let mut source = stdin().lock();
        let piece = source.fill_buf();
        let mut state = input();
        let length = match piece {
            Ok(piece) => {
                state.add(piece);
                piece.len()
            }
            Err(error) => {
                state.kept.push_back(Err(failure("read", NAME, &error)));
                0
            }
        };
        drop(state);
        source.consume(length);
        drop(source);
        if length == 0 {
            input().end();
        }
        deliver();
        let mut state = input();
        // At the end, no task waits any longer.
        let waiting = if length == 0 { std::mem::take(&mut state.waiting) } else { VecDeque::new() };
        let goes_on = state.is_wanted();
        state.is_reading = goes_on;
        drop(state);
        waiting.into_iter().for_each(|operation| operation.complete(Ok(Line(None))));
        if !goes_on {
            return;
        }
    }
}

/// What was printed is shown before the program waits for an answer.
fn show_output(context: &mut Context<'_>) {
    // The flush at the end of the program reports what goes wrong.
    let _ = context.output().flush();
}

fn read_line(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    access::require(context, |permissions| permissions.standard_input, "read standard input", "input")?;
    if let Some(prompt) = arguments.get(0) {
        let prompt = text("read_line", prompt)?.as_str();
        context.print(prompt)?;
    }
    show_output(context);
    context.wait_for("read_line", ask, |context, mut line| line_value(context, line.0.take()))
}

/// Collects all lines that are left.
struct Collecting {
    lines: Vec<Value>,
}

impl Collecting {
    fn next(self: Box<Self>) -> Outcome {
        let function = NATIVES[0].native.value();
        Outcome::Call { function, arguments: CallArguments::None, then: self }
    }
}

impl Resume for Collecting {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, line: Value) -> Result<Outcome> {
        if line.is_null() {
            return Ok(context.heap().list(self.lines).into());
        }
        self.lines.push(line);
        Ok(self.next())
    }

    fn name(&self) -> &'static str {
        "read_lines"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.lines.iter().for_each(visit);
    }
}

fn read_lines(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    Ok(Box::new(Collecting { lines: Vec::new() }).next())
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "read_line(prompt = \"\")",
        read_line,
        "The next line of standard input, without its end; null after the last. Prints the prompt before.",
    ),
    Entry::function("read_lines()", read_lines, "All lines of standard input that are left, as a list.").elsewhere(
        "the lines of a file are lines(read_file(path)), or one by one `for (line in open_file(path)) { … }`",
    ),
];
