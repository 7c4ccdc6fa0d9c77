//! Runs a program under limits.

#[path = "../../crates/motet/tests/support/output.rs"]
mod output;

use motet::loader::{Loader, TextOptions};
use motet_code::Module;
use motet_syntax::Notation;
use motet_vm::{LinkedModule, MainIsolate, Permissions, Settings};
use output::Output;
use std::sync::Arc;
use std::time::Duration;

/// What a program did.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// The class of the error that ended it.
    pub end: Option<String>,
    pub output: Vec<u8>,
}

impl Run {
    pub fn lines(&self) -> usize {
        self.output.iter().filter(|&&byte| byte == b'\n').count()
    }

    /// A limit ended it, at some place or other.
    fn was_cut(&self) -> bool {
        self.end.as_deref() == Some("LimitError")
    }

    /// Whether both did the same, as far as they went. What a limit ends, it ends at the next safe point, and those depend
    /// on how the program is run.
    pub fn agrees_with(&self, other: &Run) -> bool {
        let common = self.output.len().min(other.output.len());
        if self.output[..common] != other.output[..common] {
            return false;
        }
        match (self.was_cut(), other.was_cut()) {
            (false, false) => self == other,
            (true, false) => self.output.len() == common,
            (false, true) => other.output.len() == common,
            (true, true) => true,
        }
    }
}

/// An isolate under limits, and what its program prints.
fn isolate(specialise: bool, time: Option<Duration>) -> (MainIsolate, Output) {
    let mut settings = Settings {
        depth_limit: 200,
        thread_limit: 4,
        permissions: Permissions::NONE,
        specialise,
        ..Settings::default()
    };
    settings.limits.steps = Some(2_000);
    settings.limits.memory = Some(20_000_000);
    settings.limits.output = Some(100_000);
    settings.limits.time = time;
    let output = Output::default();
    let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings), Box::new(output.clone()));
    isolate.set_reporter(Arc::new(|_| {}));
    isolate.set_arguments(&[]);
    (isolate, output)
}

/// A module that compiles.
pub fn compile(program: &str, specialise: bool) -> Arc<Module> {
    let (mut isolate, _) = isolate(specialise, None);
    let loaded = Loader::new(&mut isolate).load_text("fuzz", program, Notation::Soc, TextOptions::default());
    match loaded {
        Ok(linked) => linked.module.clone(),
        Err(_) => panic!("it compiles: {program}"),
    }
}

/// Runs a module without imports.
pub fn run_code(module: Arc<Module>) {
    // Changed code may sleep for a number that was something else.
    let (mut isolate, _) = isolate(true, Some(Duration::from_millis(50)));
    // What comes out does not matter, as long as it comes.
    let _ = isolate.run_module(&Arc::new(LinkedModule { module, imports: Vec::new() }));
}

/// Runs a program, with inline caches and specialised operations or without. One that does not compile does nothing.
pub fn run(program: &str, notation: Notation, specialise: bool) -> Run {
    let (mut isolate, output) = isolate(specialise, None);
    let loaded = Loader::new(&mut isolate).load_text("fuzz", program, notation, TextOptions::default());
    let end = match loaded {
        Ok(module) => isolate.run_module(&module).err().map(|error| error.kind.to_string()),
        Err(_) => Some("not compiled".into()),
    };
    drop(isolate);
    let output = output.bytes();
    Run { end, output }
}
