//! What anything prints while the prompt may be editing a line.

use rustyline::ExternalPrinter;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// See the module.
pub struct Screen {
    state: Mutex<State>,
}

struct State {
    /// Prints above the line that is being edited; none where the terminal cannot do that.
    printer: Option<Box<dyn ExternalPrinter + Send>>,
    /// What was printed last did not end its line.
    in_line: bool,
}

impl Screen {
    pub fn new() -> Screen {
        Screen { state: Mutex::new(State { printer: None, in_line: false }) }
    }

    /// Nothing panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn print_with(&self, printer: Box<dyn ExternalPrinter + Send>) {
        self.lock().printer = Some(printer);
    }

    /// Shows a text; the user finds it on the screen, so an error of showing it can be told nowhere.
    pub fn say(&self, text: &str) {
        let _ = self.lock().print(text);
    }

    /// The next thing shown begins a line.
    pub fn begin_line(&self) {
        let mut state = self.lock();
        if state.in_line {
            let _ = state.print("\n");
        }
    }
}

impl State {
    fn print(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.in_line = !text.ends_with('\n');
        match &mut self.printer {
            Some(printer) => printer.print(text.into()).map_err(io::Error::other),
            None => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes())?;
                out.flush()
            }
        }
    }
}

/// What programs print.
pub struct Output(pub std::sync::Arc<Screen>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().print(&String::from_utf8_lossy(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
