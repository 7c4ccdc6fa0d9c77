//! What is entered: pieces of program, and commands that begin with a colon.

use super::pieces::{How, Request};
use motet_syntax::Notation;
use std::path::PathBuf;

/// What a line means.
pub enum Entry {
    Ask(Request),
    Notation(Notation),
    Say(String),
    Leave,
}

pub const COMMANDS: &[(&str, &str)] = &[
    (":help NAME", "what a builtin or a name of the session is; without a name, this list"),
    (":type EXPRESSION", "the type of a value"),
    (":time EXPRESSION", "how long a piece takes"),
    (":disasm EXPRESSION", "the code that a piece compiles to; it is not run"),
    (":load FILE", "runs a file as if it were entered here"),
    (":save FILE", "writes what was entered, without what failed, as a program in the notation of its name"),
    (":reset", "forgets all names and ends all threads"),
    (":soc, :gene", "the notation of what is entered from now on"),
    (":quit", "ends the session, like Ctrl-D"),
];

/// Reads an entry.
pub fn read(text: &str, notation: Notation) -> Entry {
    let Some(command) = text.trim().strip_prefix(':') else {
        return Entry::Ask(Request::Run { text: text.into(), notation, how: How::Show });
    };
    let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let run = |how| match rest {
        "" => Entry::Say(format!("an expression is missing: :{word} 1 + 2\n")),
        _ => Entry::Ask(Request::Run { text: rest.into(), notation, how }),
    };
    let file = |request: fn(PathBuf) -> Request| match rest {
        "" => Entry::Say(format!("the name of a file is missing: :{word} draft.soc\n")),
        _ => Entry::Ask(request(PathBuf::from(rest))),
    };
    match word {
        "help" | "h" | "?" if rest.is_empty() => Entry::Say(overview()),
        "help" | "h" | "?" => Entry::Ask(Request::Help(rest.into(), notation)),
        "type" | "t" => run(How::Type),
        "time" => run(How::Time),
        "disasm" => run(How::Disassemble),
        "load" | "l" => file(Request::Load),
        "save" => file(Request::Save),
        "reset" => Entry::Ask(Request::Reset),
        "gene" => Entry::Notation(Notation::Gene),
        "soc" => Entry::Notation(Notation::Soc),
        "quit" | "q" | "exit" => Entry::Leave,
        _ => {
            let words = COMMANDS.iter().map(|(usage, _)| usage[1..].split([' ', ',']).next().unwrap_or(""));
            let near = motet_syntax::suggest(word, words);
            let hint = near.map_or("; :help shows all".into(), |near| format!("; did you mean :{near}?"));
            Entry::Say(format!("there is no command :{word}{hint}\n"))
        }
    }
}

fn overview() -> String {
    let mut text =
        String::from("An expression shows its value, which `_` is then. Definitions stay, and may be entered anew.\n");
    for (usage, meaning) in COMMANDS {
        text.push_str(&format!("  {usage:<20} {meaning}\n"));
    }
    text.push_str("Tab completes names, Ctrl-R searches what was entered, Ctrl-C stops what runs, Ctrl-D ends.\n");
    text
}
