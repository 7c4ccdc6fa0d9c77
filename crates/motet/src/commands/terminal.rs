//! What is known of the terminals that output and errors go to: how large it is, and whether it shows pictures. It is asked nothing,
//! since an answer would come in the program's input; it says in the environment what it is.

use motet_vm::{Pictures, Terminal};
use std::io::IsTerminal;

/// The variable that says how pictures are shown, for terminals that do not say it themselves.
const VARIABLE: &str = "MOTET_PICTURES";

/// None if output goes elsewhere, or no colours are wanted.
pub fn of_output() -> Option<Terminal> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let term = variable("TERM");
    if !std::io::stdout().is_terminal() || term == "dumb" || !variable("NO_COLOR").is_empty() {
        return None;
    }
    let (columns, rows) = size(&std::io::stdout()).unwrap_or((80, 24));
    Some(Terminal { columns, rows, pictures: pictures(variable) })
}

/// The columns of the terminal that errors go to, if they go to one.
pub fn columns_of_errors() -> Option<usize> {
    let errors = std::io::stderr();
    let (columns, _) = if errors.is_terminal() { size(&errors) } else { None }?;
    Some(columns.into())
}

fn pictures(variable: impl Fn(&str) -> String) -> Pictures {
    match variable(VARIABLE).as_str() {
        "kitty" => return Pictures::Kitty,
        "sixel" => return Pictures::Sixel,
        "none" => return Pictures::None,
        _ => {}
    }
    // Between the program and the terminal, tmux and screen let no pictures through.
    if !variable("TMUX").is_empty() || variable("TERM").starts_with("screen") {
        return Pictures::None;
    }
    let (term, program) = (variable("TERM"), variable("TERM_PROGRAM"));
    let has_kitty = !variable("KITTY_WINDOW_ID").is_empty()
        || ["xterm-kitty", "xterm-ghostty"].contains(&term.as_str())
        || ["WezTerm", "ghostty"].contains(&program.as_str());
    let has_sixel = ["foot", "foot-extra", "mlterm", "contour"].contains(&term.as_str()) || term.contains("sixel");
    match () {
        () if has_kitty => Pictures::Kitty,
        () if has_sixel => Pictures::Sixel,
        () => Pictures::None,
    }
}

/// Columns and rows.
#[cfg(unix)]
fn size(terminal: &impl std::os::fd::AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
fn size<T>(_terminal: &T) -> Option<(u16, u16)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_say_what_they_are() {
        let known: &[(&[(&str, &str)], Pictures)] = &[
            (&[("TERM", "xterm-kitty")], Pictures::Kitty),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Pictures::Kitty),
            (&[("TERM", "foot")], Pictures::Sixel),
            (&[("TERM", "xterm-256color")], Pictures::None),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")], Pictures::None),
            (&[("TERM", "xterm-256color"), ("MOTET_PICTURES", "sixel")], Pictures::Sixel),
            (&[("TERM", "xterm-kitty"), ("MOTET_PICTURES", "none")], Pictures::None),
        ];
        for (variables, expected) in known {
            let variable = |name: &str| {
                let found = variables.iter().find(|variable| variable.0 == name);
                found.map(|variable| variable.1.to_owned()).unwrap_or_default()
            };
            assert_eq!(pictures(variable), *expected, "{variables:?}");
        }
    }
}
