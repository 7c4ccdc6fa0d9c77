//! What a window shows above its tree because a task asked for it: dialogs, whose answer the task waits for, and toasts,
//! which go away by themselves. Only the task that asks waits; the window and all other tasks go on.

use motet_vm::operation::Operation;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Toasts that are shown at once; a new one takes the place of the oldest.
const MOST_TOASTS: usize = 3;

/// What a dialog asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The answer is the button's text.
    Choice { text: Box<str>, buttons: Vec<Box<str>> },
    /// The answer is what was typed.
    Text { text: Box<str>, initial: Box<str>, hint: Box<str> },
    /// The answer is a path.
    Path(PathQuestion),
}

/// What file or folder is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct PathQuestion {
    pub wants: Wants,
    /// Where it begins.
    pub folder: PathBuf,
    /// The name that it begins with.
    pub name: Box<str>,
    /// Only files with one of these are shown, `csv`; all if there is none.
    pub endings: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    File,
    /// One that may not be there yet.
    NewFile,
    Folder,
}

/// None: the user has closed the dialog without an answer.
pub type Answer = Option<String>;

/// A dialog that a task waits for.
pub struct Dialog {
    pub id: u64,
    pub title: Box<str>,
    pub question: Question,
    operation: Mutex<Option<Operation<Answer>>>,
}

impl Dialog {
    fn complete(&self, answer: Answer) {
        let operation = self.operation.lock().take();
        if let Some(operation) = operation {
            operation.complete(Ok(answer));
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    #[default]
    Plain,
    Success,
    Warning,
    /// It stays until the user has clicked it.
    Error,
}

impl Level {
    pub const NAMES: &'static [(&'static str, Level)] =
        &[("info", Level::Plain), ("success", Level::Success), ("warning", Level::Warning), ("error", Level::Error)];
}

/// A short message.
#[derive(Debug, PartialEq)]
pub struct Toast {
    pub id: u64,
    pub text: Box<str>,
    pub level: Level,
    /// How long it is shown, in seconds; none: until it is clicked.
    pub time: Option<f64>,
}

/// See the module.
#[derive(Default)]
pub struct Notices(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    dialogs: Vec<Arc<Dialog>>,
    toasts: VecDeque<Arc<Toast>>,
    /// The window is no more.
    is_closed: bool,
}

impl State {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Notices {
    /// Asks, and completes the operation with the answer. Gives the dialog's number.
    pub fn ask(&self, title: &str, question: Question, operation: Operation<Answer>) -> u64 {
        let mut state = self.0.lock();
        let id = state.id();
        if state.is_closed {
            drop(state);
            operation.complete(Ok(None));
            return id;
        }
        let operation = Mutex::new(Some(operation));
        state.dialogs.push(Arc::new(Dialog { id, title: title.into(), question, operation }));
        id
    }

    /// The dialog that was asked last.
    pub fn dialog(&self) -> Option<Arc<Dialog>> {
        self.0.lock().dialogs.last().cloned()
    }

    /// A dialog is answered, or no task waits for it any more.
    pub fn answer(&self, id: u64, answer: Answer) {
        let dialog = {
            let mut state = self.0.lock();
            let place = state.dialogs.iter().position(|dialog| dialog.id == id);
            place.map(|place| state.dialogs.remove(place))
        };
        if let Some(dialog) = dialog {
            dialog.complete(answer);
        }
    }

    /// How many tasks wait for an answer of the user: as many callbacks, which ask or wait for those that do, are not busy.
    pub fn waiting(&self) -> usize {
        self.0.lock().dialogs.len()
    }

    pub fn toast(&self, text: &str, level: Level, time: Option<f64>) {
        let mut state = self.0.lock();
        let id = state.id();
        state.toasts.push_back(Arc::new(Toast { id, text: text.into(), level, time }));
        if state.toasts.len() > MOST_TOASTS {
            state.toasts.pop_front();
        }
    }

    pub fn toasts(&self) -> Vec<Arc<Toast>> {
        self.0.lock().toasts.iter().cloned().collect()
    }

    pub fn forget_toast(&self, id: u64) {
        self.0.lock().toasts.retain(|toast| toast.id != id);
    }

    /// The window is no more: tasks that wait for an answer get none.
    pub fn close(&self) {
        let dialogs = {
            let mut state = self.0.lock();
            state.is_closed = true;
            std::mem::take(&mut state.dialogs)
        };
        dialogs.iter().for_each(|dialog| dialog.complete(None));
    }
}
