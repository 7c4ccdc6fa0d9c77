//! Standard output as programs write to it.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, LineWriter, Stdout, Write, stderr, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The one buffer of the process, so that it can be written out from wherever the process ends.
static OUTPUT: LazyLock<Mutex<Box<dyn Write + Send>>> = LazyLock::new(|| {
    let output = UntilClosed(stdout());
    Mutex::new(if output.0.is_terminal() {
        Box::new(LineWriter::new(output))
    } else {
        Box::new(BufWriter::with_capacity(1 << 16, output))
    })
});

/// Standard output: line by line on a terminal, in larger pieces elsewhere.
pub fn standard_output() -> Box<dyn Write + Send> {
    Box::new(Shared)
}

/// Something was printed whose line has not ended.
static IS_IN_LINE: AtomicBool = AtomicBool::new(false);

/// Writes out what was printed before standard error says something. On a terminal, what it says begins on a line of its own.
pub fn make_way_for_errors() {
    if motet_vm::take_open_line_of_errors() && stderr().is_terminal() {
        // As in `show`: with standard error closed there is no place left to report to.
        let _ = stderr().write_all(b"\n");
    }
    // A broken output is reported when the program ends.
    let _ = Shared::with(|output| {
        if IS_IN_LINE.load(Ordering::Relaxed) && stdout().is_terminal() && stderr().is_terminal() {
            IS_IN_LINE.store(false, Ordering::Relaxed);
            output.write_all(b"\n")?;
        }
        output.flush()
    });
}

/// Writes out what was printed, unless a thread is just printing. It neither waits nor allocates.
#[cfg(unix)]
pub fn try_flush() {
    if let Ok(mut output) = OUTPUT.try_lock() {
        // The process ends: nothing else can be done about an error.
        let _ = output.flush();
    }
}

fn note_line(bytes: &[u8]) {
    if let Some(last) = bytes.last() {
        IS_IN_LINE.store(*last != b'\n', Ordering::Relaxed);
    }
}

struct Shared;

impl Shared {
    fn with<R>(work: impl FnOnce(&mut dyn Write) -> R) -> R {
        work(&mut **OUTPUT.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Shared::with(|output| {
            note_line(bytes);
            output.write(bytes)
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Shared::with(|output| {
            note_line(bytes);
            output.write_all(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Shared::with(|output| output.flush())
    }
}

/// Ends the process quietly when the reader has gone: `motet program | head`.
struct UntilClosed(Stdout);

impl UntilClosed {
    fn check<T>(result: io::Result<T>) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
            result => result,
        }
    }
}

impl Write for UntilClosed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        UntilClosed::check(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        UntilClosed::check(self.0.flush())
    }
}
