//! The prompt: `motet` without arguments.
//!
//! Two threads share the work. The main thread edits lines (`editor`). The other one owns the isolate (`pieces`): it runs
//! what was entered, and serves tasks, messages, timers and effects while the user types. The thread that waits for
//! signals has the running piece cancelled at Ctrl-C. All that anything prints goes through `screen`, so that it does not
//! get into the line that is being edited.

mod complete;
mod editor;
mod entries;
mod pieces;
mod saved;
mod screen;

use super::limits::LimitArguments;
use entries::{Entry, read};
use pieces::{Answer, Request};
use rustyline::error::ReadlineError;
use screen::Screen;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};

/// Runs the prompt to its end.
pub fn prompt(limits: &LimitArguments) -> ExitCode {
    let screen = Arc::new(Screen::new());
    let (requests, received) = mpsc::channel();
    let (answers, answered) = mpsc::channel();
    let reached = Arc::new(Mutex::new(None));
    let stops = Arc::clone(&reached);
    super::signals::interrupt_on_signals(move || pieces::interrupt(&stops));
    let pieces = {
        let (screen, reached, limits) = (Arc::clone(&screen), Arc::clone(&reached), limits.clone());
        let work = move || pieces::run(&limits, &screen, &reached, &received, &answers);
        std::thread::Builder::new().name("pieces".into()).spawn(work)
    };
    let pieces = match pieces {
        Ok(pieces) => pieces,
        Err(error) => return super::show(&format!("error: no thread can be started: {error}\n")),
    };
    let ask = Ask { requests, answered, reached };
    let code = match converse(&screen, &ask) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::show(&format!("error: the terminal cannot be used: {error}\n")),
    };
    drop(ask);
    match pieces.join() {
        Ok(()) => code,
        Err(_) => ExitCode::from(super::PROGRAM_ERROR),
    }
}

/// How the editor reaches the thread of the pieces.
struct Ask {
    requests: mpsc::Sender<Request>,
    answered: mpsc::Receiver<Answer>,
    reached: pieces::Reached,
}

impl Ask {
    /// Has something done, and waits until it is; none if the other thread has ended.
    fn ask(&self, request: Request) -> Option<Answer> {
        self.requests.send(request).ok()?;
        pieces::call(&self.reached);
        self.answered.recv().ok()
    }
}

impl Drop for Ask {
    /// The other thread finds that nothing more will come.
    fn drop(&mut self) {
        let (none, _) = mpsc::channel();
        self.requests = none;
        pieces::call(&self.reached);
    }
}

/// Reads entries and has them run until the user ends the session.
fn converse(screen: &Arc<Screen>, ask: &Ask) -> rustyline::Result<()> {
    // The isolate is made while the editor is.
    let mut editor = editor::new()?;
    if let Ok(printer) = editor.create_external_printer() {
        screen.print_with(printer)?;
    }
    if let Ok(Answer { names, .. }) = ask.answered.recv()
        && let Some(helper) = editor.helper_mut()
    {
        helper.connect(ask.requests.clone(), Arc::clone(&ask.reached), names);
    }
    let history = history_file();
    if let Some(history) = &history {
        // There is none at first; that it cannot be read is no reason not to work.
        let _ = editor.load_history(history);
    }
    screen.say(&format!("Motet {}. :help shows what there is, Ctrl-D ends.\n", env!("CARGO_PKG_VERSION")));
    let mut notation = motet_syntax::Notation::Soc;
    loop {
        screen.begin_line();
        let prompt = if notation == motet_syntax::Notation::Gene { "gene> " } else { "motet> " };
        let line = editor.readline(prompt);
        screen.end_line();
        let text = match line {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error),
        };
        if text.trim().is_empty() {
            continue;
        }
        editor.add_history_entry(&text)?;
        let entry = read(&text, notation);
        let request = match entry {
            Entry::Notation(new) => {
                notation = new;
                if let Some(helper) = editor.helper_mut() {
                    helper.notation = new;
                }
                continue;
            }
            Entry::Leave => break,
            Entry::Say(text) => {
                screen.say(&text);
                continue;
            }
            Entry::Ask(request) => request,
        };
        let Some(answer) = ask.ask(request) else { break };
        if super::exit_code().is_some() {
            break;
        }
        if let Some(helper) = editor.helper_mut() {
            helper.names = answer.names;
        }
    }
    if let Some(history) = &history {
        let folder = history.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = folder.map_err(ReadlineError::from).and_then(|()| editor.save_history(history)) {
            screen.say(&format!("warning: the history cannot be written to {}: {error}\n", history.display()));
        }
    }
    Ok(())
}

/// Where what was entered is kept: `MOTET_HISTORY`, or a file among the user's states.
fn history_file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("MOTET_HISTORY") {
        return (!path.is_empty()).then(|| path.into());
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(state.join("motet/history"))
}
