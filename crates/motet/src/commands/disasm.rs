//! `motet disasm`.

use super::project::ProjectArguments;
use super::{isolate_for_compiling, show_failure};
use crate::DisasmArguments;
use motet::loader::Loader;
use std::io::Write;
use std::process::ExitCode;

pub fn disasm(arguments: &DisasmArguments) -> ExitCode {
    let mut isolate = isolate_for_compiling(&arguments.macros);
    isolate.set_arguments(&[]);
    let packages = ProjectArguments::default().projects().of_file(&arguments.file);
    match Loader::new(&mut isolate).packages(packages).load_file(&arguments.file) {
        Ok(module) => {
            let listing = motet_code::disassemble(&module.module.main);
            // Who reads may stop early.
            let _ = std::io::stdout().write_all(listing.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => show_failure(&failure),
    }
}
