//! What the embedder holds of a program while it runs: how to stop it from another thread, and how much it may still write.

use super::MainIsolate;
use crate::isolate::budget::Budget;
use crate::threads::Program;
use std::sync::{Arc, Weak};

/// Stops a program from another thread, as `stop` stops a thread: all its tasks throw `Cancelled`, `finally` runs, and the
/// call that runs the program ends with that error.
#[derive(Clone)]
pub struct Stopper(Weak<Program>);

impl Stopper {
    /// Asks the program to stop. Asked again, it ends whatever it is doing.
    pub fn stop(&self) {
        if let Some(program) = self.0.upgrade() {
            program.stop_all();
        }
    }
}

/// Counts what is written for a program elsewhere than to its output, such as its errors, against its limit of output.
#[derive(Clone)]
pub struct OutputMeter(Option<Arc<Budget>>);

/// Bytes of the last error of a program that are shown in any case.
const LAST_WORDS: usize = 2000;

impl OutputMeter {
    /// What may be written of a text: all of it, or nothing once the limit is reached by it, which ends the program.
    pub fn admit<'a>(&self, text: &'a str) -> &'a str {
        match &self.0 {
            Some(budget) if !budget.print(text.len()) => "",
            _ => text,
        }
    }

    /// What may be written of the error that a program ended with: all that the limit leaves, but so much at least that the
    /// user sees which error it is.
    pub fn admit_last<'a>(&self, text: &'a str) -> &'a str {
        let left = self.0.as_ref().map_or(usize::MAX, |budget| budget.output_left());
        let most = left.max(LAST_WORDS);
        if text.len() <= most {
            return text;
        }
        let end = (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        &text[..end]
    }
}

impl MainIsolate {
    /// Stops the program of this isolate from another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::downgrade(self.isolate.thread().program()))
    }

    /// Counts what is written for the program of this isolate elsewhere.
    pub fn output_meter(&self) -> OutputMeter {
        OutputMeter(self.isolate.budget.clone())
    }
}
