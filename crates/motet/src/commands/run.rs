//! `motet run`, and `motet FILE`.

use super::{MISUSE, end, isolate, show_failure, show_uncaught};
use crate::RunArguments;
use motet::loader::Loader;
use std::process::ExitCode;

pub fn run(arguments: RunArguments) -> ExitCode {
    let Some(file) = arguments.file else {
        eprintln!("error: which program? motet FILE runs one; motet --help shows what else there is");
        return ExitCode::from(MISUSE);
    };
    let mut isolate = isolate(&arguments.limits);
    isolate.set_arguments(&arguments.arguments);
    let module = match Loader::new(&mut isolate).load_file(&file) {
        Ok(module) => module,
        Err(failure) => return show_failure(&failure),
    };
    let result = isolate.run_module(&module);
    let code = end(&mut isolate, &arguments.limits);
    match result {
        Ok(_) => code,
        Err(error) => show_uncaught(&error),
    }
}
