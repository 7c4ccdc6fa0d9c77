//! The options for machine code.

use clap::{Args, ValueEnum};
use motet_vm::jit::{Jit, When};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Args, Clone, Default)]
pub struct JitArguments {
    /// When machine code is made: where a loop turns or a function is called often, which is what is done if nothing is said, or
    /// as early as possible, which is for tests
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "hot", overrides_with = "no_jit")]
    jit: Option<Compile>,
    /// Make no machine code
    #[arg(long, overrides_with = "jit")]
    no_jit: bool,
    /// Say on standard error what was compiled, what was not and why
    #[arg(long)]
    jit_log: bool,
    /// Write /tmp/perf-PID.map, by which perf finds the names of machine code
    #[cfg(target_os = "linux")]
    #[arg(long)]
    perf: bool,
    /// Bytes of machine code that there may be at once; beyond them the interpreter goes on. 64M by default
    #[arg(long, value_name = "BYTES", value_parser = super::limits::count)]
    machine_code: Option<u64>,
}

/// When machine code is made.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Compile {
    /// Where a loop turns often
    Hot,
    /// At the second turn of each loop, which is for tests
    Eager,
    /// The same, and code is left now and then without a reason
    Stress,
    /// Never, as with --no-jit
    Off,
}

impl JitArguments {
    /// Whether it is told what is compiled.
    pub fn is_logged(&self) -> bool {
        self.jit_log
    }

    /// The value of `--jit` that was taken for the program, because it stands behind a space.
    pub fn taken_for_program<'a>(&self, program: &'a Path) -> Option<&'a str> {
        let name = program.to_str().filter(|name| Compile::from_str(name, false).is_ok())?;
        (self.jit.is_some() && !program.exists()).then_some(name)
    }

    /// What makes machine code, if that can be done here. `by_itself`: also if nothing is said.
    pub fn jit(&self, by_itself: bool) -> Option<Arc<Jit>> {
        if self.no_jit || (self.jit.is_none() && !by_itself) {
            return None;
        }
        let when = match self.jit.unwrap_or(Compile::Hot) {
            Compile::Hot => When::Hot,
            Compile::Eager => When::Eager,
            Compile::Stress => When::Stress,
            Compile::Off => return None,
        };
        let Some(back_end) = motet_jit::Cranelift::new() else {
            if self.jit.is_some() {
                eprintln!(
                    "note: there is no machine code on this system (motet doctor); the interpreter runs the program"
                );
            }
            return None;
        };
        let mut jit = Jit::new(Box::new(back_end), when);
        if let Some(bytes) = self.machine_code {
            jit = jit.with_limit(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        if self.jit_log {
            jit = jit.with_log(Box::new(|line| eprintln!("jit: {line}")));
        }
        #[cfg(target_os = "linux")]
        if self.perf {
            jit = jit.with_places(perf_map());
        }
        Some(Arc::new(jit))
    }
}

/// Says, at the end of a program whose machine code was logged, what was compiled and how much of its time that took.
pub fn end_log(jit: &Jit) {
    let totals = jit.totals();
    let (took, all) = (totals.took(), motet_vm::concurrency::process_time());
    eprintln!(
        "jit: {} compiled, {} not; compiling took {:.1} ms, {:.1} % of the processor time",
        totals.compiled(),
        totals.refused(),
        took.as_secs_f64() * 1e3,
        took.as_secs_f64() * 100.0 / all.as_secs_f64().max(1e-9)
    );
}

/// A line for each piece of code, in the file that perf looks into.
#[cfg(target_os = "linux")]
fn perf_map() -> motet_vm::jit::Places {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let file = match File::create(&path) {
        Ok(file) => Some(Mutex::new(file)),
        Err(error) => {
            eprintln!("note: {path} cannot be written, so perf shows no names of machine code: {error}");
            None
        }
    };
    Box::new(move |name, address, bytes| {
        if let Some(file) = &file {
            let line = format!("{address:x} {bytes:x} motet {name}\n");
            // A disk that is full takes names from perf and nothing from the program.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
    })
}
