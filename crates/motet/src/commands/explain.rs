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
    let mut lines = Vec::new();
    let mut in_example = false;
    let mut examples = 0;
    for line in text.trim().lines() {
        if line.starts_with("```") {
            in_example = !in_example;
            if in_example {
                examples += 1;
                lines.push(if examples == 1 { "This throws it:\n".into() } else { "This does not:\n".into() });
            }
        } else if in_example {
            lines.push(format!("    {line}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}
