//! Runs a program under limits.

use motet::loader::{Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::builtins::Builtins;
use motet_vm::{Isolate, Permissions, Settings};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a program did.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// The class of the error that ended it.
    pub end: Option<String>,
    pub lines: usize,
}

#[derive(Clone, Default)]
struct Lines(Arc<AtomicUsize>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
        self.0.fetch_add(lines, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A program that does not compile does nothing.
pub fn run(program: &str, notation: Notation) -> Run {
    let mut settings =
        Settings { depth_limit: 200, thread_limit: 4, permissions: Permissions::NONE, ..Settings::default() };
    settings.limits.steps = Some(5_000);
    settings.limits.memory = Some(50_000_000);
    settings.limits.output = Some(1_000_000);
    let lines = Lines::default();
    let mut isolate = Isolate::new(Builtins::standard(), Arc::new(settings), Box::new(lines.clone()));
    isolate.set_reporter(Arc::new(|_| {}));
    isolate.set_arguments(&[]);
    let loaded = Loader::new(&mut isolate).load_text("fuzz", program, notation, TextOptions::default());
    let end = match loaded {
        Ok(module) => isolate.run_module(&module).err().map(|error| error.kind.to_string()),
        Err(_) => Some("not compiled".into()),
    };
    Run { end, lines: lines.0.load(Ordering::Relaxed) }
}
