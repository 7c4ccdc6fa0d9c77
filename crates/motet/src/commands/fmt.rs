//! `motet fmt`.

use super::parallel::on_all_cores;
use super::project::paths_or_project;
use super::sources::{programs, replace};
use super::{MISUSE, PROGRAM_ERROR, color, show};
use crate::FmtArguments;
use motet_syntax::{Diagnostic, Notation, decode, format, format_lines, render};
use similar::TextDiff;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub fn fmt(arguments: &FmtArguments) -> ExitCode {
    let lines = match arguments.lines.as_deref().map(lines).transpose() {
        Ok(lines) => lines,
        Err(message) => return misuse(&message),
    };
    let paths = paths_or_project(&arguments.paths);
    if paths.is_empty() || paths == [PathBuf::from("-")] {
        return standard_input(arguments, lines);
    }
    let files = match programs(&paths) {
        Ok(files) => files,
        Err(error) => return misuse(&error.to_string()),
    };
    if lines.is_some() && files.len() != 1 {
        return misuse("--lines is about one file");
    }
    let outcomes = on_all_cores(&files, |file| one_file(file, arguments.check, lines.clone()));
    let mut code = ExitCode::SUCCESS;
    for outcome in outcomes {
        match outcome {
            FileResult::Same => {}
            FileResult::Written => {}
            FileResult::Differs(difference) => {
                // Who reads may stop early.
                let _ = io::stdout().write_all(difference.as_bytes());
                code = ExitCode::from(PROGRAM_ERROR);
            }
            FileResult::Failed(message) => code = show(&message),
        }
    }
    code
}

/// What became of a file.
enum FileResult {
    Same,
    Written,
    Differs(String),
    Failed(String),
}

fn one_file(file: &Path, check: bool, lines: Option<Range<usize>>) -> FileResult {
    let name = file.to_string_lossy();
    let Some(notation) = Notation::of_file(&name) else {
        return FileResult::Failed(format!("error: {name}: programs end in .soc or .gene\n"));
    };
    let text = match std::fs::read(file).map_err(|error| error.to_string()).and_then(decoded) {
        Ok(text) => text,
        Err(error) => return FileResult::Failed(format!("error: {name} cannot be read: {error}\n")),
    };
    match laid_out(&text, notation, lines) {
        Err(errors) => FileResult::Failed(shown(&errors, &name, &text)),
        Ok(formatted) if formatted == text => FileResult::Same,
        Ok(formatted) if check => FileResult::Differs(difference(&name, &text, &formatted)),
        Ok(formatted) => match replace(file, &formatted) {
            Ok(()) => FileResult::Written,
            Err(error) => FileResult::Failed(format!("error: {name} cannot be written: {error}\n")),
        },
    }
}

fn standard_input(arguments: &FmtArguments, lines: Option<Range<usize>>) -> ExitCode {
    let notation = if arguments.gene { Notation::Gene } else { Notation::Soc };
    let mut bytes = Vec::new();
    let read = io::stdin().read_to_end(&mut bytes).map_err(|error| error.to_string());
    let text = match read.and_then(|_| decoded(bytes)) {
        Ok(text) => text,
        Err(error) => return show(&format!("error: standard input cannot be read: {error}\n")),
    };
    match laid_out(&text, notation, lines) {
        Err(errors) => show(&shown(&errors, "<stdin>", &text)),
        Ok(formatted) if arguments.check && formatted != text => {
            let _ = io::stdout().write_all(difference("<stdin>", &text, &formatted).as_bytes());
            ExitCode::from(PROGRAM_ERROR)
        }
        Ok(_) if arguments.check => ExitCode::SUCCESS,
        Ok(formatted) => match io::stdout().write_all(formatted.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => show(&format!("error: standard output cannot be written: {error}\n")),
        },
    }
}

fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    decode(bytes).map_err(|error| error.message)
}

fn laid_out(text: &str, notation: Notation, lines: Option<Range<usize>>) -> Result<String, Vec<Diagnostic>> {
    let Some(lines) = lines else { return format(text, notation) };
    let (bytes, formatted) = format_lines(text, notation, lines)?;
    Ok(format!("{}{formatted}{}", &text[..bytes.start], &text[bytes.end..]))
}

fn shown(errors: &[Diagnostic], name: &str, text: &str) -> String {
    errors.iter().map(|error| format!("{}\n\n", render(error, name, text, color()))).collect()
}

/// What would change, as `diff -u` says it.
fn difference(name: &str, text: &str, formatted: &str) -> String {
    let difference = TextDiff::from_lines(text, formatted);
    difference.unified_diff().header(name, &format!("{name} (formatted)")).to_string()
}

/// `12:20`: the lines from 12 to 20, counted from zero from here on.
fn lines(text: &str) -> Result<Range<usize>, String> {
    let wrong = || format!("--lines takes the first and the last line, as in 12:20; not {text}");
    let (first, last) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<usize>().ok().filter(|line| *line > 0);
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first - 1..last),
        _ => Err(wrong()),
    }
}

fn misuse(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(MISUSE)
}
