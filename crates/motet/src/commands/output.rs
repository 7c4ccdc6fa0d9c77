//! Standard output as programs write to it.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, LineWriter, Stdout, Write, stdout};

/// Standard output: line by line on a terminal, in larger pieces elsewhere.
pub fn standard_output() -> Box<dyn Write + Send> {
    let output = UntilClosed(stdout());
    if output.0.is_terminal() {
        Box::new(LineWriter::new(output))
    } else {
        Box::new(BufWriter::with_capacity(1 << 16, output))
    }
}

/// Ends the process quietly when nobody reads any more: `motet program | head`.
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
