//! Standard error as programs write to it. It belongs to the process, and so does what is known of its last line.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// A program wrote something whose line has not ended.
static IS_IN_LINE: AtomicBool = AtomicBool::new(false);

pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut output = io::stderr().lock();
    if !text.is_empty() {
        IS_IN_LINE.store(!text.ends_with('\n'), Ordering::Relaxed);
    }
    output.write_all(text.as_bytes())
}

/// Whether the last line that a program wrote to standard error has not ended. The caller ends it: the next call says no.
pub fn take_open_line_of_errors() -> bool {
    IS_IN_LINE.swap(false, Ordering::Relaxed)
}
