//! `motet eval`.

use super::project::ProjectArguments;
use super::{end, isolate, show_failure, show_uncaught};
use crate::EvalArguments;
use motet::loader::{Loader, TextOptions};
use motet_syntax::Notation;
use motet_vm::memory::Symbol;
use std::path::Path;
use std::process::ExitCode;

/// The export that holds the expression's value.
const RESULT: &str = "%result";

pub fn eval(arguments: EvalArguments) -> ExitCode {
    let notation = if arguments.gene { Notation::Gene } else { Notation::Soc };
    let mut isolate = isolate(&arguments.limits);
    isolate.set_arguments(&[]);
    let options = TextOptions { result: Some(RESULT), ..TextOptions::default() };
    let packages = ProjectArguments::default().projects().of_folder(Path::new("."));
    let mut loader = Loader::new(&mut isolate).packages(packages);
    let module = match loader.load_text("<eval>", &arguments.expression, notation, options) {
        Ok(module) => module,
        Err(failure) => return show_failure(&failure),
    };
    let result = isolate.run_module(&module);
    if let Ok(exports) = &result
        && let Some(value) = exports.as_record().and_then(|exports| exports.get(Symbol::intern(RESULT)))
        && !value.is_null()
    {
        isolate.show(&value);
    }
    let code = end(&mut isolate, &arguments.limits);
    match result {
        Ok(_) => code,
        Err(error) => show_uncaught(&isolate, &error),
    }
}
