//! One window as the UI thread sees it: an egui context, the newest tree, and what widgets remember (text that is being
//! edited, what is open). It knows nothing of operating systems: a shell feeds it input and paints its output.

mod dialogs;
mod draw;
mod fault;
mod files;
mod layout;
pub mod text;
mod toasts;

pub use draw::{Pass, corner, id_of};
pub use layout::{Layout, lay_out};

use crate::link::{Fault, WindowLink};
use crate::look;
use crate::tree::{Kind, Node, NodeId, Tree};
use egui::{Context, Event, FullOutput, Key, Modifiers, RawInput};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// After so long without an answer of the program, the window says so.
pub const BUSY_AFTER: Duration = Duration::from_secs(3);

/// See the module.
pub struct View {
    pub context: Context,
    pub link: Arc<WindowLink>,
    tree: Option<Arc<Tree>>,
    fault: Option<Fault>,
    memory: Memory,
    /// The dialog that is shown.
    dialog: Option<dialogs::Shown>,
    /// When toasts were shown first.
    toasts: HashMap<u64, f64>,
}

/// What widgets remember from frame to frame.
#[derive(Default)]
pub struct Memory {
    /// Text that is being edited, by the field.
    pub texts: HashMap<NodeId, Editing>,
    /// The focus was moved by the keyboard, so it is shown.
    pub shows_focus: bool,
    /// Boxes that the user has opened, or closed.
    pub open: HashMap<NodeId, bool>,
    /// What plots remember.
    pub plots: HashMap<NodeId, crate::plot::Seen>,
    /// What tables, logs and trees remember.
    pub rows: HashMap<NodeId, crate::rows::Seen>,
    /// What canvases and pictures remember.
    pub canvases: HashMap<NodeId, crate::canvas::Seen>,
    /// What figures remember.
    pub figures: HashMap<NodeId, crate::figure::Seen>,
    /// The first day of the month that a field for dates shows.
    pub months: HashMap<NodeId, i64>,
    /// The trace of the fault is shown.
    shows_trace: bool,
}

/// A field that is being edited.
pub struct Editing {
    pub text: String,
    /// What the signal held when it was looked at last.
    pub known: String,
}

impl View {
    /// A view; `is_named`: the tree of names and roles is made in each frame, for tests and those who look for a name.
    pub fn new(link: Arc<WindowLink>, is_named: bool) -> View {
        let context = Context::default();
        if is_named {
            context.enable_accesskit();
        }
        View::within(context, link)
    }

    /// One that belongs to another's context, which runs its frames.
    pub fn within(context: Context, link: Arc<WindowLink>) -> View {
        look::apply(&context);
        View { context, link, tree: None, fault: None, memory: Memory::default(), dialog: None, toasts: HashMap::new() }
    }

    /// Another version of the program takes the window over. What widgets remember stays.
    pub fn adopt(&mut self, link: Arc<WindowLink>) {
        self.link = link;
        self.dialog = None;
        self.toasts.clear();
    }

    /// The program has built another tree. What widgets remember that are no more is forgotten.
    pub fn show(&mut self, tree: Arc<Tree>) {
        let mut ids = HashSet::new();
        gather(&tree.root, &mut ids);
        self.memory.keep(&ids);
        self.tree = Some(tree);
    }

    pub fn show_fault(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.memory.shows_trace = false;
    }

    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The program has given something to show.
    pub fn has_something(&self) -> bool {
        self.tree.is_some() || self.fault.is_some()
    }

    /// One frame.
    pub fn run(&mut self, mut input: RawInput) -> FullOutput {
        self.note_focus(&input);
        self.take_shortcuts(&mut input);
        self.take_files(&mut input);
        let context = self.context.clone();
        context.run_ui(input, |ui| self.contents(ui))
    }

    /// What a frame shows.
    pub fn contents(&mut self, ui: &mut egui::Ui) {
        let pass = Pass::new(&self.context, &self.link);
        pass.window(ui, self.tree.as_deref(), &mut self.memory);
        self.dialog();
        self.toasts(ui);
        self.drop_mark(ui);
        self.badge(ui);
        self.fault_panel(ui);
    }

    /// A shortcut is as a click, wherever the focus is. The keys go no further.
    fn take_shortcuts(&self, input: &mut RawInput) {
        let Some(tree) = &self.tree else { return };
        if self.link.notices.dialog().is_some() {
            // A dialog lies above all else.
            return;
        }
        input.events.retain(|event| {
            let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
            let Some(id) = with_shortcut(&tree.root, *key, *modifiers) else { return true };
            self.link.post(crate::link::Event::Clicked(id));
            false
        });
    }

    /// Files that were dropped on the window, for a program that takes them.
    fn take_files(&self, input: &mut RawInput) {
        let files = std::mem::take(&mut input.dropped_files);
        let paths: Vec<String> = files.iter().map(|file| file.path().display().to_string()).collect();
        if !paths.is_empty() && self.link.takes_files() {
            self.link.post(crate::link::Event::Dropped(paths));
        }
    }

    /// The focus ring belongs to the keyboard: a click hides it.
    fn note_focus(&mut self, input: &RawInput) {
        for event in &input.events {
            match event {
                Event::Key { key: Key::Tab, pressed: true, .. } => self.memory.shows_focus = true,
                Event::PointerButton { pressed: true, .. } => self.memory.shows_focus = false,
                _ => {}
            }
        }
    }
}

/// The button that has these keys as its shortcut.
fn with_shortcut(node: &Node, key: Key, modifiers: Modifiers) -> Option<NodeId> {
    if node.is_disabled {
        return None;
    }
    if let Kind::Button { shortcut: Some(shortcut), .. } = &node.kind
        && shortcut.logical_key == key
        && modifiers.matches_exact(shortcut.modifiers)
    {
        return Some(node.id);
    }
    node.children.iter().find_map(|child| with_shortcut(child, key, modifiers))
}

fn gather(node: &Node, into: &mut HashSet<NodeId>) {
    into.insert(node.id);
    node.children.iter().for_each(|child| gather(child, into));
}

impl Memory {
    /// Forgets what belongs to other widgets than these: pictures at once, the rest when there is much of it, since a tab
    /// that is opened again should look as it did.
    fn keep(&mut self, ids: &HashSet<NodeId>) {
        self.canvases.retain(|id, _| ids.contains(id));
        self.figures.retain(|id, _| ids.contains(id));
        let known = self.texts.len() + self.open.len() + self.plots.len() + self.rows.len() + self.months.len();
        if known <= 4 * ids.len() + 1024 {
            return;
        }
        self.texts.retain(|id, _| ids.contains(id));
        self.open.retain(|id, _| ids.contains(id));
        self.plots.retain(|id, _| ids.contains(id));
        self.rows.retain(|id, _| ids.contains(id));
        self.months.retain(|id, _| ids.contains(id));
    }
}
