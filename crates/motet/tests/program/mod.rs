//! Runs programs inside the test's process, with settings.

#![allow(dead_code, reason = "each test uses a part of it")]

#[path = "../support/output.rs"]
mod output;

use motet::loader::{LoadError, Loader, TextOptions};
use motet::report;
use motet_syntax::Notation;
use motet_vm::{MainIsolate, Settings, Uncaught};
use output::Output;
use std::io;
use std::sync::Arc;

/// What a program did.
pub struct Run {
    pub output: String,
    pub result: Result<(), Box<Uncaught>>,
}

/// Runs a `.soc` program, which must compile.
pub fn run(source: &str, settings: &Settings) -> Run {
    let output = Output::default();
    let mut isolate =
        MainIsolate::new(motet::natives::builtins(), Arc::new(settings.clone()), Box::new(output.clone()));
    let module = load(&mut isolate, source).unwrap_or_else(|failure| panic!("{}", report::failure(&failure, false)));
    let result = isolate.run_module(&module).map(|_| ()).map_err(Box::new);
    Run { output: output.text(), result }
}

/// What is wrong with a program that must not load.
pub fn messages(source: &str, settings: &Settings) -> String {
    let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings.clone()), Box::new(io::sink()));
    let failure = load(&mut isolate, source).expect_err("the program must be refused");
    report::failure(&failure, false)
}

fn load(isolate: &mut MainIsolate, source: &str) -> Result<Arc<motet_vm::LinkedModule>, LoadError> {
    isolate.set_arguments(&[]);
    Loader::new(isolate).load_text("test.soc", source, Notation::Soc, TextOptions::default())
}

/// Objects of this thread's programs that live.
pub fn live_objects() -> i64 {
    motet_vm::memory::live_objects_on_this_thread()
}

/// Runs a program to its end; gives how many objects more than before its isolate then has, garbage included.
pub fn live_objects_after(source: &str, settings: &Settings) -> i64 {
    let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings.clone()), Box::new(io::sink()));
    let module = load(&mut isolate, source).unwrap_or_else(|failure| panic!("{}", report::failure(&failure, false)));
    let before = live_objects();
    if let Err(error) = isolate.run_module(&module) {
        panic!("{source}: {}", error.message);
    }
    live_objects() - before
}
