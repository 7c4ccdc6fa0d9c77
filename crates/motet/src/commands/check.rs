//! `motet check`.

use super::project::{misuse, paths_or_project};
use super::sources::programs;
use super::warnings::Allowed;
use super::{PROGRAM_ERROR, isolate_for_compiling, json, show_failure};
use crate::CheckArguments;
use motet::loader::Loader;
use std::io::{Write, stdout};
use std::process::ExitCode;

pub fn check(arguments: &CheckArguments) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let files = match programs(&paths_or_project(&arguments.files)) {
        Ok(files) if files.is_empty() => return misuse("which files? motet check FILES, or in a project without any"),
        Ok(files) => files,
        Err(error) => return misuse(&error.to_string()),
    };
    let projects = arguments.compile.project.projects();
    for file in &files {
        let file = file.strip_prefix(".").unwrap_or(file);
        let mut isolate = isolate_for_compiling(&arguments.compile.macros);
        isolate.set_arguments(&[]);
        let mut loader = Loader::new(&mut isolate).packages(projects.of_file(file));
        let loaded = loader.load_file(file);
        let warnings = loader.take_warnings();
        if arguments.json {
            let reports = loaded.as_ref().err().map_or(&[][..], |failure| &failure.reports);
            let shown = warnings.iter().filter(|(_, warning)| arguments.compile.allowed.wants(warning)).chain(reports);
            let lines: String = shown.map(|(source, diagnostic)| json::line(source, diagnostic)).collect();
            // Who reads may stop early.
            let _ = stdout().write_all(lines.as_bytes());
        } else {
            arguments.compile.allowed.show(warnings, Allowed::any);
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
