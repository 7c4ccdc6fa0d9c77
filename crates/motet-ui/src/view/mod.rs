//! One window as the UI thread sees it: an egui context, the newest tree, and what widgets remember (text that is being
//! edited, what is open). It knows nothing of operating systems: a shell feeds it input and paints its output.

mod draw;
mod fault;
mod layout;
pub mod text;

pub use draw::{Pass, corner, id_of};
pub use layout::{Layout, lay_out};

use crate::link::{Fault, Link};
use crate::look;
use crate::tree::{NodeId, Tree};
use egui::{Context, Event, FullOutput, Key, RawInput};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// After so long without an answer of the program, the window says so.
pub const BUSY_AFTER: Duration = Duration::from_secs(3);

/// See the module.
pub struct View {
    pub context: Context,
    pub link: Arc<Link>,
    tree: Option<Arc<Tree>>,
    fault: Option<Fault>,
    memory: Memory,
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
    pub fn new(link: Arc<Link>, is_named: bool) -> View {
        let context = Context::default();
        look::apply(&context);
        if is_named {
            context.enable_accesskit();
        }
        View { context, link, tree: None, fault: None, memory: Memory::default() }
    }

    /// The program has built another tree.
    pub fn show(&mut self, tree: Arc<Tree>) {
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
    pub fn run(&mut self, input: RawInput) -> FullOutput {
        self.note_focus(&input);
        let context = self.context.clone();
        context.run_ui(input, |ui| {
            let pass = Pass::new(&self.context, &self.link);
            pass.window(ui, self.tree.as_deref(), &mut self.memory);
            self.badge(ui);
            self.fault_panel(ui);
        })
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
