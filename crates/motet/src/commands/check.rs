//! `motet check`.

use super::warnings::Allowed;
use super::{PROGRAM_ERROR, isolate_for_compiling, json, show_failure};
use crate::CheckArguments;
use motet::loader::Loader;
use std::io::{Write, stdout};
use std::process::ExitCode;

pub fn check(arguments: &CheckArguments) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in &arguments.files {
        let mut isolate = isolate_for_compiling(&arguments.macros);
        isolate.set_arguments(&[]);
        let mut loader = Loader::new(&mut isolate);
        let loaded = loader.load_file(file);
        let warnings = loader.take_warnings();
        if arguments.json {
            let reports = loaded.as_ref().err().map_or(&[][..], |failure| &failure.reports);
            let shown = warnings.iter().filter(|(_, warning)| arguments.allowed.wants(warning)).chain(reports);
            let lines: String = shown.map(|(source, diagnostic)| json::line(source, diagnostic)).collect();
            // Who reads may stop early.
            let _ = stdout().write_all(lines.as_bytes());
        } else {
            arguments.allowed.show(warnings, Allowed::any);
        }
        if let Err(failure) = loaded {
            if !arguments.json {
                show_failure(&failure);
            }
            code = ExitCode::from(PROGRAM_ERROR);
        }
    }
    code
}
