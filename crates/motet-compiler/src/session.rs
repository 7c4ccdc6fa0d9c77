//! The top-level names that pieces of source share which are entered one after the other: at a prompt.
//!
//! Each name has a slot, which is a cell of the running session. A piece's main function captures the cells of the names
//! that it uses or defines, so functions of earlier pieces see what a later piece defines anew. A name that changes between
//! `let` and `mut` gets another slot, because the two are different kinds of cells.

use motet_code::{Function, Source};
use motet_syntax::form::{Form, Span};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub(crate) names: BTreeMap<Box<str>, SessionName>,
    pub(crate) macros: HashMap<Box<str>, Arc<Function>>,
    /// Whether each slot's cell is one that programs may assign.
    pub(crate) slots: Vec<bool>,
}

/// A name of a session.
#[derive(Clone, Debug)]
pub struct SessionName {
    /// The number of its cell.
    pub slot: u32,
    /// Declared with `mut` or `var`.
    pub mutable: bool,
    /// Where it was defined last.
    pub source: Arc<Source>,
    pub span: Span,
    /// What a mutable variable may hold.
    pub(crate) declared_type: Option<Form>,
}

impl Session {
    /// All names in order; macros are not among them.
    pub fn names(&self) -> impl Iterator<Item = (&str, &SessionName)> {
        self.names.iter().map(|(name, found)| (&**name, found))
    }

    pub fn name(&self, name: &str) -> Option<&SessionName> {
        self.names.get(name)
    }

    pub fn macro_names(&self) -> impl Iterator<Item = &str> {
        self.macros.keys().map(|name| &**name)
    }

    /// For each slot, whether programs may assign its cell.
    pub fn slots(&self) -> &[bool] {
        &self.slots
    }

    /// Defines a name that can be read, for the prompt itself: its slot.
    pub fn define(&mut self, name: &str, source: &Arc<Source>) -> u32 {
        if let Some(found) = self.names.get(name).filter(|found| !found.mutable) {
            return found.slot;
        }
        let slot = self.slots.len() as u32;
        self.slots.push(false);
        let source = Arc::clone(source);
        let found = SessionName { slot, mutable: false, source, span: Span::default(), declared_type: None };
        self.names.insert(name.into(), found);
        slot
    }
}
