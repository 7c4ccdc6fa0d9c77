//! Prints the figures of the lanes on this machine. See `motet_lanes::figures`.

use std::process::ExitCode;

use motet_lanes::Gpu;
use motet_lanes::figures::{Interrupted, print};

fn main() -> ExitCode {
    let done = Gpu::open(None).map_err(Interrupted::from).and_then(|gpu| print(&gpu, &mut std::io::stdout().lock()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Interrupted::Lanes(error)) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
        Err(Interrupted::Output(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
