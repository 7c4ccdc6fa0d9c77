//! `motet explain`: what an error or a warning means, from docs/errors.md.

use super::MISUSE;
use std::io::Write;
use std::process::ExitCode;

const ERRORS: &str = include_str!("../../../../docs/errors.md");

/// The sections of the page: names and texts.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    ERRORS.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap_or((section, "")))
}

pub fn explain(name: Option<&str>) -> ExitCode {
    let text = match name {
        None => {
            let names: Vec<&str> = sections().map(|(name, _)| name).collect();
            format!("motet explain NAME explains one of these:\n  {}\n", names.join("\n  "))
        }
        Some(wanted) => match sections().find(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
            Some((name, text)) => format!("{name}\n\n{}\n", plain(text)),
            None => {
                let near = motet_syntax::suggest(wanted, sections().map(|(name, _)| name));
                let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
                eprintln!("error: there is no error or warning named {wanted}{hint}");
                return ExitCode::from(MISUSE);
            }
        },
    };
    // Who reads may stop early.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// The text of a section for a terminal: examples are moved in instead of fenced.
fn plain(text: &str) -> String {
    let is_warning = text.trim_start().starts_with("A warning");
    let mut lines = Vec::new();
    let mut in_example = false;
    let mut examples = 0;
    for line in text.trim().lines() {
        if let Some(fence) = line.strip_prefix("```") {
            in_example = !in_example;
            if in_example {
                examples += 1;
                let what = match (examples, is_warning) {
                    (1, false) => "This throws it",
                    (_, false) => "This does not",
                    (1, true) => "This is warned about",
                    (_, true) => "This is not",
                };
                // Behind the notation stand options of the command.
                let options = fence.split_once(' ').map_or(String::new(), |(_, options)| format!(", with {options}"));
                lines.push(format!("{what}{options}:\n"));
            }
        } else if in_example {
            lines.push(format!("    {line}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}
