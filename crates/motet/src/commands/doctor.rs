//! `motet doctor`.

use super::PROGRAM_ERROR;
use std::io::{self, Write};
use std::process::ExitCode;

pub fn doctor() -> ExitCode {
    match report(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: standard output cannot be written: {error}");
            ExitCode::from(PROGRAM_ERROR)
        }
    }
}

fn report(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "cores")?;
    match std::thread::available_parallelism() {
        Ok(cores) => writeln!(out, "  {cores}")?,
        Err(error) => writeln!(out, "  unknown: {error}")?,
    }
    writeln!(out, "machine code")?;
    writeln!(out, "  {}", machine_code())?;
    #[cfg(feature = "lanes")]
    motet_lanes::doctor(out)?;
    #[cfg(not(feature = "lanes"))]
    writeln!(out, "lanes\n  this command was built without them (feature `lanes`)")?;
    Ok(())
}

/// Whether programs can have it here.
#[cfg(feature = "jit")]
fn machine_code() -> &'static str {
    if motet_jit::Cranelift::new().is_some() {
        "for loops that turn often and functions that are called often; limits hold as without it (--no-jit)"
    } else {
        "none: it is made on Linux on x86-64 and aarch64 only"
    }
}

#[cfg(not(feature = "jit"))]
fn machine_code() -> &'static str {
    "none: this command was built without it (feature `jit`)"
}
