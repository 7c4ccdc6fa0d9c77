//! What anything prints while the prompt may be editing a line.
//!
//! While a line is edited, a thread of its own hands texts to the editor, which shows them above the line. The editor
//! takes one at a time and only while it edits, so handing one over can take until the next line. A task that prints
//! must not wait for that, since the line that was entered may be waiting for the task.

use rustyline::ExternalPrinter;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// See the module.
pub struct Screen {
    state: Mutex<State>,
    /// There is something for the thread that hands texts to the editor.
    filled: Condvar,
}

#[derive(Default)]
struct State {
    /// What is to be shown above the line that is being edited.
    above: String,
    /// A line is being edited, and the editor can show texts above it.
    is_editing: bool,
    /// There is a thread that hands texts to the editor.
    has_printer: bool,
    /// What was printed last did not end its line.
    in_line: bool,
}

impl Screen {
    pub fn new() -> Screen {
        Screen { state: Mutex::default(), filled: Condvar::new() }
    }

    /// Nothing panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what is printed while a line is edited above that line. The thread ends with the process.
    pub fn print_with(self: &Arc<Self>, mut printer: impl ExternalPrinter + Send + 'static) -> io::Result<()> {
        let screen = Arc::clone(self);
        std::thread::Builder::new().name("screen".into()).spawn(move || {
            loop {
                let text = screen.next_above();
                // The user finds it on the screen, so an error of showing it can be told nowhere.
                let _ = printer.print(text);
            }
        })?;
        self.lock().has_printer = true;
        Ok(())
    }

    /// Waits for a text to show above the line.
    fn next_above(&self) -> String {
        let mut state = self.lock();
        while state.above.is_empty() {
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut state.above)
    }

    /// Shows a text; the user finds it on the screen, so an error of showing it can be told nowhere.
    pub fn say(&self, text: &str) {
        let _ = self.print(text);
    }

    /// A line is edited from now on; it begins a line of the screen.
    pub fn begin_line(&self) {
        let mut state = self.lock();
        if state.in_line {
            state.in_line = false;
            let _ = show("\n");
        }
        state.is_editing = state.has_printer;
    }

    /// The line has been entered.
    pub fn end_line(&self) {
        let mut state = self.lock();
        state.is_editing = false;
        let _ = show(&std::mem::take(&mut state.above));
    }

    fn print(&self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let mut state = self.lock();
        state.in_line = !text.ends_with('\n');
        if state.is_editing {
            state.above.push_str(text);
            self.filled.notify_one();
            return Ok(());
        }
        show(text)
    }
}

fn show(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// What programs print.
pub struct Output(pub Arc<Screen>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.print(&String::from_utf8_lossy(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
