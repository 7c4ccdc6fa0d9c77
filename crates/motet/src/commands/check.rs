//! `motet check`.

use super::limits::LimitArguments;
use super::{PROGRAM_ERROR, isolate, show_failure};
use crate::CheckArguments;
use motet::loader::Loader;
use std::process::ExitCode;

pub fn check(arguments: &CheckArguments) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in &arguments.files {
        let mut isolate = isolate(&LimitArguments::default());
        isolate.set_arguments(&[]);
        if let Err(failure) = Loader::new(&mut isolate).load_file(file) {
            show_failure(&failure);
            code = ExitCode::from(PROGRAM_ERROR);
        }
    }
    code
}
