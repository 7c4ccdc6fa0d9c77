//! Pieces of a session: their top-level names live longer than they do.
//!
//! A function that is never written stands around the piece's main function and owns the session's variables. So main
//! captures their cells like any variable of an enclosing function, and nothing is known of what they hold.

use super::Lower;
use super::functions::FunctionContext;
use super::scopes::Meaning;
use crate::session::{Session, SessionName};
use crate::tree::{FunctionId, FunctionKind, VariableId};
use motet_syntax::form::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// A session while a piece of it is lowered.
pub(crate) struct OpenSession {
    /// What it will be after this piece.
    after: Session,
    /// Owns the variables of the session.
    owner: FunctionId,
    slots: HashMap<VariableId, u32>,
}

impl Lower<'_, '_> {
    /// Opens the session of the options, if there is one.
    pub fn open_session(&mut self) {
        let Some(before) = self.options.session else { return };
        let context = FunctionContext { kind: Some(FunctionKind::Main), ..FunctionContext::default() };
        let owner = self.open_function(&context, Span::default());
        self.session = Some(OpenSession { after: before.clone(), owner, slots: HashMap::new() });
        self.open_scope();
        for (name, macro_function) in &before.macros {
            self.bind(name, Meaning::Macro(Arc::clone(macro_function)));
        }
        for (name, found) in before.names() {
            let variable = self.new_session_variable(name, Span::default(), found.mutable);
            self.bind(name, Meaning::Variable(variable));
            self.variable_mut(variable).defined = true;
            if let Some(form) = &found.declared_type {
                self.variable_types.insert(variable, form.clone());
            }
        }
    }

    /// Ends the session's part in this piece: what it is now, and the slots of what main captures.
    pub fn close_session(&mut self, main: FunctionId) -> Option<(Session, Vec<u32>)> {
        let open = self.session.take()?;
        self.close_scope();
        self.frames.pop();
        let captures = self.functions[main.0 as usize].as_ref().map_or(&[][..], |main| &main.captures);
        let slots = captures.iter().map(|variable| open.slots[variable]).collect();
        Some((open.after, slots))
    }

    /// How many functions, and scopes, stand around the top level of the module.
    pub fn around_module(&self) -> usize {
        usize::from(self.session.is_some())
    }

    /// Whether this is the top level of the module, where definitions are those of the module.
    pub fn is_top_level(&self) -> bool {
        let around = self.around_module();
        self.frames.len() == 1 + around && self.scopes.len() == 1 + around
    }

    pub fn is_of_session(&self, variable: VariableId) -> bool {
        self.session.as_ref().is_some_and(|session| session.slots.contains_key(&variable))
    }

    /// A variable for a definition in the innermost scope.
    pub fn new_definition(&mut self, name: &str, span: Span, mutable: bool) -> VariableId {
        if self.session.is_some() && self.is_top_level() {
            self.new_session_variable(name, span, mutable)
        } else {
            self.new_variable(name, span, mutable)
        }
    }

    fn new_session_variable(&mut self, name: &str, span: Span, mutable: bool) -> VariableId {
        let owner = self.session.as_ref().expect("a session is open").owner;
        let variable = self.new_variable_of(owner, name, span, mutable);
        // It lives in a cell.
        let found = self.variable_mut(variable);
        (found.captured, found.assigned, found.early) = (true, mutable, !mutable);
        let source = Arc::clone(self.source);
        let session = self.session.as_mut().expect("a session is open");
        let known = session.after.names.get(name).filter(|known| known.mutable == mutable).map(|known| known.slot);
        let slot = known.unwrap_or_else(|| {
            session.after.slots.push(mutable);
            session.after.slots.len() as u32 - 1
        });
        session.slots.insert(variable, slot);
        if known.is_none() {
            let found = SessionName { slot, mutable, source, span, declared_type: None };
            session.after.names.insert(name.into(), found);
        }
        variable
    }

    /// A definition of the session's was read: later pieces find it.
    pub fn note_session_definition(&mut self, variable: VariableId) {
        if !self.is_of_session(variable) {
            return;
        }
        let (name, span, mutable) = {
            let found = self.variable(variable);
            (found.name.clone(), found.span, found.mutable)
        };
        self.use_variable(variable, span);
        let declared_type = self.variable_types.get(&variable).cloned();
        let source = Arc::clone(self.source);
        let session = self.session.as_mut().expect("the variable is one of a session");
        let slot = session.slots[&variable];
        session.after.macros.remove(&name);
        session.after.names.insert(name, SessionName { slot, mutable, source, span, declared_type });
    }

    /// The same for a macro.
    pub fn note_session_macro(&mut self, name: &str, function: &Arc<motet_code::Function>) {
        if self.is_top_level()
            && let Some(session) = &mut self.session
        {
            session.after.names.remove(name);
            session.after.macros.insert(name.into(), Arc::clone(function));
        }
    }
}
