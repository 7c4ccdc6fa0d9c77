//! `motet lanes` on its own: `cargo run -p motet-lanes --features cli --example lanes -- run program.lanes`.

use std::process::ExitCode;

fn main() -> ExitCode {
    motet_lanes::cli::main(std::env::args_os())
}
