//! The options for machine code.

use clap::{Args, ValueEnum};
use motet_vm::jit::{Jit, When};
use std::sync::Arc;

#[derive(Args, Clone, Default)]
pub struct JitArguments {
    /// Make machine code of loops that turn often. Programs with --max-steps or --max-memory stay interpreted
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "hot", overrides_with = "no_jit")]
    jit: Option<Compile>,
    /// Make no machine code; this is what is done if nothing is said
    #[arg(long, overrides_with = "jit")]
    no_jit: bool,
    /// Say on standard error what was compiled, what was not and why
    #[arg(long)]
    jit_log: bool,
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
}

impl JitArguments {
    /// What makes machine code, if that is wanted and can be done here.
    pub fn jit(&self) -> Option<Arc<Jit>> {
        let when = match self.jit.filter(|_| !self.no_jit)? {
            Compile::Hot => When::Hot,
            Compile::Eager => When::Eager,
            Compile::Stress => When::Stress,
        };
        let Some(back_end) = motet_jit::Cranelift::new() else {
            eprintln!("note: there is no machine code on this system (motet doctor); the interpreter runs the program");
            return None;
        };
        let mut jit = Jit::new(Box::new(back_end), when);
        if let Some(bytes) = self.machine_code {
            jit = jit.with_limit(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        if self.jit_log {
            jit = jit.with_log(Box::new(|line| eprintln!("jit: {line}")));
        }
        Some(Arc::new(jit))
    }
}
