//! Programs that the tests of tables run.

use motet::loader::{Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::builtins::Entry;
use motet_vm::{MainIsolate, Settings};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// What a program prints, and after it its errors.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("programs print UTF-8")
    }
}

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a program to its end, with a builtin under the name `it`.
fn run(text: &str, it: Option<&'static Entry>) -> String {
    let seen = Seen::default();
    let mut isolate =
        MainIsolate::new(motet::natives::builtins(), Arc::new(Settings::default()), Box::new(seen.clone()));
    let errors = seen.clone();
    isolate.set_reporter(Arc::new(move |report| {
        let _ = write!(errors.clone(), "{}", motet::report::unattended(&report, false));
    }));
    if let Some(entry) = it {
        isolate.set_global("it", entry.native.value());
    }
    let loaded = Loader::new(&mut isolate).load_text("case.soc", text, Notation::Soc, TextOptions::default());
    let module = loaded.unwrap_or_else(|failure| panic!("{text}\n{}", motet::report::failure(&failure, false)));
    if let Err(error) = isolate.run_module(&module) {
        let _ = write!(seen.clone(), "{}", motet::report::uncaught(&error, false));
    }
    drop(isolate);
    seen.text()
}

/// Runs a program to its end; gives what it prints, and its errors.
pub fn run_with(text: &str) -> String {
    run(text, None)
}

/// What an expression with `it` for a builtin comes to: its value or its error, without the place.
pub fn outcome(entry: &'static Entry, expression: &str) -> String {
    run(&format!("println(try {{ repr({expression}) }} catch (e) {{ '${{e.kind}}: ${{e.message}}' }})"), Some(entry))
}
