//! What processes print: line by line, labelled where there are several.

use super::CommandError;
use crate::modules::Stream;
use std::collections::BTreeMap;
use std::io::Write;

/// Prints for all processes of a run.
#[derive(Default)]
pub(super) struct Printer {
    /// For each job, process and stream, what stands behind the last end of a line.
    rest: BTreeMap<(usize, u32, bool), Vec<u8>>,
}

impl Printer {
    /// Prints what a process wrote. Without a label it goes out as it is.
    pub fn print(
        &mut self,
        job: usize,
        label: Option<&str>,
        (number, stream, text): (u32, Stream, Vec<u8>),
        out: &mut dyn Write,
        errors: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let goal: &mut dyn Write = if stream == Stream::Output { out } else { errors };
        let Some(label) = label else {
            goal.write_all(&text)?;
            return Ok(goal.flush()?);
        };
        let rest = self.rest.entry((job, number, stream == Stream::Error)).or_default();
        rest.extend(text);
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            write!(goal, "{label}{number}: ")?;
            goal.write_all(&line)?;
        }
        Ok(goal.flush()?)
    }

    /// Prints what has no end of a line.
    pub fn finish(
        &mut self,
        labels: &[Option<String>],
        out: &mut dyn Write,
        errors: &mut dyn Write,
    ) -> Result<(), CommandError> {
        for ((job, number, is_error), rest) in std::mem::take(&mut self.rest) {
            if let (Some(label), false) = (&labels[job], rest.is_empty()) {
                let goal: &mut dyn Write = if is_error { errors } else { out };
                write!(goal, "{label}{number}: ")?;
                goal.write_all(&rest)?;
                writeln!(goal)?;
            }
        }
        Ok(())
    }
}
