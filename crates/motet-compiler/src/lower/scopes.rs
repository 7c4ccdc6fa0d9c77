//! Which names are visible. Names map to stacks of bindings, so that looking one up does not walk the scopes.

use super::Lower;
use crate::tree::{FunctionId, Known, Variable, VariableId};
use motet_code::Function as CompiledFunction;
use motet_syntax::form::Span;
use std::sync::Arc;

/// A name in scope.
pub(crate) struct Binding {
    pub scope: usize,
    pub meaning: Meaning,
}

#[derive(Clone)]
pub(crate) enum Meaning {
    Variable(VariableId),
    Macro(Arc<CompiledFunction>),
}

/// A scope that is open; the names bound in it, once for each binding.
#[derive(Default)]
pub(crate) struct Scope {
    names: Vec<Box<str>>,
    /// The variables of the scope, announced or met.
    variables: Vec<VariableId>,
}

impl Lower<'_, '_> {
    pub fn open_scope(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// Closes the innermost scope and gives its variables.
    pub fn close_scope(&mut self) -> Vec<VariableId> {
        let scope = self.scopes.pop().expect("a scope is open");
        for name in scope.names {
            if let Some(bindings) = self.names.get_mut(&name) {
                bindings.pop();
            }
        }
        scope.variables
    }

    /// Makes a variable of the function that is being lowered, without a name in scope.
    pub fn new_variable(&mut self, name: &str, span: Span, mutable: bool) -> VariableId {
        let owner = self.frame().id;
        self.new_variable_of(owner, name, span, mutable)
    }

    pub fn new_variable_of(&mut self, owner: FunctionId, name: &str, span: Span, mutable: bool) -> VariableId {
        let id = VariableId(self.variables.len() as u32);
        self.variables.push(Variable {
            name: name.into(),
            span,
            owner,
            mutable,
            assigned: false,
            captured: false,
            early: false,
            defined: false,
            known: Known::Nothing,
        });
        id
    }

    /// A variable of the innermost scope that no program can name.
    pub fn hidden_variable(&mut self, name: &str, span: Span) -> VariableId {
        let variable = self.new_variable(name, span, false);
        self.variables[variable.0 as usize].defined = true;
        self.scopes.last_mut().expect("a scope is open").variables.push(variable);
        variable
    }

    pub fn bind(&mut self, name: &str, meaning: Meaning) {
        let scope = self.scopes.len() - 1;
        self.scopes[scope].names.push(name.into());
        if let Meaning::Variable(variable) = meaning {
            self.scopes[scope].variables.push(variable);
        }
        self.names.entry(name.into()).or_default().push(Binding { scope, meaning });
    }

    /// Announces a name that a later form of the innermost scope defines. Call it for the last definition first: the
    /// earliest must be found first.
    pub fn announce(&mut self, name: &str, span: Span, mutable: bool) {
        let variable = self.new_definition(name, span, mutable);
        self.bind(name, Meaning::Variable(variable));
    }

    pub fn scope_is_empty(&self) -> bool {
        self.scopes.last().is_none_or(|scope| scope.variables.is_empty() && scope.names.is_empty())
    }

    /// The variable that a definition in the innermost scope defines: the one announced for it, or a new one. It is not
    /// visible to what follows until `define`.
    pub fn declare(&mut self, name: &str, span: Span, mutable: bool) -> VariableId {
        let innermost = self.scopes.len() - 1;
        let announced = self.names.get(name).and_then(|bindings| {
            bindings.iter().rev().take_while(|binding| binding.scope == innermost).find_map(|binding| {
                match &binding.meaning {
                    Meaning::Variable(variable) if !self.variables[variable.0 as usize].defined => Some(*variable),
                    _ => None,
                }
            })
        });
        match announced {
            // A definition inside an inner function has a scope of its own, so the owner is the same.
            Some(variable)
                if self.variables[variable.0 as usize].owner == self.frame().id || self.is_of_session(variable) =>
            {
                let found = &mut self.variables[variable.0 as usize];
                found.span = span;
                found.mutable = mutable;
                variable
            }
            _ => {
                let variable = self.new_definition(name, span, mutable);
                self.bind(name, Meaning::Variable(variable));
                variable
            }
        }
    }

    /// From here on the variable is what its name means in the innermost scope.
    pub fn define(&mut self, variable: VariableId) {
        let innermost = self.scopes.len() - 1;
        let found = &mut self.variables[variable.0 as usize];
        found.defined = true;
        let Some(bindings) = self.names.get_mut(&found.name) else { return };
        let at = bindings
            .iter()
            .rposition(|binding| matches!(binding.meaning, Meaning::Variable(of_binding) if of_binding == variable));
        // A definition after another one of the same name in the same scope hides it.
        if let Some(at) = at
            && bindings[at].scope == innermost
            && at + 1 != bindings.len()
        {
            let binding = bindings.remove(at);
            bindings.push(binding);
        }
        self.note_session_definition(variable);
    }

    /// Declares and defines at once.
    pub fn define_new(&mut self, name: &str, span: Span, mutable: bool) -> VariableId {
        let variable = self.new_variable(name, span, mutable);
        self.bind(name, Meaning::Variable(variable));
        self.variables[variable.0 as usize].defined = true;
        variable
    }

    /// Notes what is known of a variable's value; of a session's, nothing is: another piece may define it anew.
    pub fn know(&mut self, variable: VariableId, known: Known) {
        if !self.is_of_session(variable) {
            self.variable_mut(variable).known = known;
        }
    }

    pub fn variable(&self, variable: VariableId) -> &Variable {
        &self.variables[variable.0 as usize]
    }

    pub fn variable_mut(&mut self, variable: VariableId) -> &mut Variable {
        &mut self.variables[variable.0 as usize]
    }

    /// Whether the program gave a name a meaning of its own here.
    pub fn is_bound(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|bindings| !bindings.is_empty())
    }
}
