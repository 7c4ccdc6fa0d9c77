//! `motet check`.

use super::warnings::Allowed;
use super::{PROGRAM_ERROR, isolate_for_compiling, show_failure};
use crate::CheckArguments;
use motet::loader::Loader;
use std::process::ExitCode;

pub fn check(arguments: &CheckArguments) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in &arguments.files {
        let mut isolate = isolate_for_compiling(&arguments.macros);
        isolate.set_arguments(&[]);
        let mut loader = Loader::new(&mut isolate);
        let loaded = loader.load_file(file);
        arguments.allowed.show(loader.take_warnings(), Allowed::any);
        if let Err(failure) = loaded {
            show_failure(&failure);
            code = ExitCode::from(PROGRAM_ERROR);
        }
    }
    code
}
