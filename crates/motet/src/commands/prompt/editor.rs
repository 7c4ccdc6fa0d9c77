//! The line editor: colours, completion, and when an entry is complete.

use super::complete;
use super::pieces::{Reached, Request};
use crate::commands::color;
use motet_syntax::{Notation, Role, parse, roles};
use rustyline::completion::{Completer, Pair};
use rustyline::config::{BellStyle, CompletionType};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::sync::mpsc;

/// Longer entries are not coloured: each key colours all of it.
const COLOURED: usize = 64 << 10;

/// How many entries are remembered.
const HISTORY: usize = 5000;

/// The editor of the prompt.
pub fn new() -> rustyline::Result<Editor<PromptHelper, FileHistory>> {
    let mode = if color() { ColorMode::Enabled } else { ColorMode::Disabled };
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .bell_style(BellStyle::None)
        .color_mode(mode)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(PromptHelper { notation: Notation::Soc, names: Vec::new(), ask: None }));
    Ok(editor)
}

/// What the editor asks about a line.
pub struct PromptHelper {
    pub notation: Notation,
    /// Names of builtins and of the session.
    pub names: Vec<String>,
    /// Where fields and parameters are asked for.
    pub ask: Option<(mpsc::Sender<Request>, Reached)>,
}

impl PromptHelper {
    pub fn connect(&mut self, requests: mpsc::Sender<Request>, reached: Reached, names: Vec<String>) {
        self.ask = Some((requests, reached));
        self.names = names;
    }
}

impl Helper for PromptHelper {}

impl Hinter for PromptHelper {
    type Hint = String;
}

impl Validator for PromptHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_command = text.trim_start().starts_with(':');
        if !is_command && parse(text, self.notation).incomplete {
            return Ok(ValidationResult::Incomplete);
        }
        Ok(ValidationResult::Valid(None))
    }
}

impl Completer for PromptHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, words) = complete::complete(self, line, at);
        let pairs = words.into_iter().map(|word| Pair { display: word.clone(), replacement: word });
        Ok((start, pairs.collect()))
    }
}

impl Highlighter for PromptHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.len() > COLOURED || line.trim_start().starts_with(':') {
            return Cow::Borrowed(line);
        }
        Cow::Owned(coloured(line, self.notation))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(format!("\x1b[1;34m{prompt}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

/// A program with colours for terminals.
pub fn coloured(text: &str, notation: Notation) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (role, span) in roles(text, notation) {
        let piece = &text[span.range()];
        let style = match role {
            Role::Plain => {
                out.push_str(piece);
                continue;
            }
            Role::Comment => "2",
            Role::Unknown => "31",
            Role::Text => "32",
            Role::Number => "33",
            Role::Property => "34",
            Role::Word => "35",
            Role::Capital => "36",
        };
        out.push_str(&format!("\x1b[{style}m{piece}\x1b[0m"));
    }
    out
}
