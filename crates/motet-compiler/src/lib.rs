//! Forms to register code: names and scopes, macros, control flow, registers and their liveness. Knows nothing of text,
//! files, values or running.
//!
//! ```text
//! forms ─► lower ─► tree ─► emit ─► steps ─► code (liveness, layout) ─► motet_code::Module
//! ```
//!
//! `lower` resolves names, expands macros and reports every error of a module; from a complete tree it is known which
//! variables are captured and assigned, so `emit` knows where each lives. `code` gives the steps the form that the VM relies
//! on: a dead register never owns a value.
//!
//! Tools and other back ends read the [`tree`]: it is there also where the source has errors, with where each name is
//! defined and used.

mod code;
mod emit;
pub mod helpers;
mod lower;
mod options;
mod session;
pub mod tree;

pub use lower::{MAX_DEPTH, foreign_hints};
pub use options::{CompileOptions, Elsewhere, MacroExpander};
pub use session::{Session, SessionName};

use motet_code::{Module, ModuleParts, Source};
use motet_syntax::form::{Form, Span};
use motet_syntax::{Diagnostic, Severity};
use std::sync::Arc;

/// What compiling a module gives.
#[derive(Debug)]
pub struct Compiled {
    /// Complete where the source is right; elsewhere null stands for what could not be read.
    pub tree: tree::Tree,
    /// In the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// None if a diagnostic is an error.
    pub module: Option<Module>,
    /// What the session of the options is after this piece; none without a session, or without a module.
    pub session: Option<Session>,
}

impl Compiled {
    /// Whether some diagnostic is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Code may stand in several places for one place of the source, so a warning may come more than once.
    fn add_warnings(&mut self, warnings: lower::Warnings) {
        self.diagnostics.extend(warnings.into_inner());
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        self.diagnostics.dedup_by(|a, b| a.name.is_some() && a == b);
    }
}

/// Compiles the forms of a module; says all that is wrong with them.
pub fn compile(forms: &[Form], source: Arc<Source>, mut options: CompileOptions<'_>) -> Compiled {
    let lower::Lowered { tree, diagnostics, compiled, own_methods, warnings, session } =
        lower::lower(forms, &source, &mut options);
    let mut result = Compiled { tree, diagnostics, module: None, session: None };
    if result.has_errors() {
        result.add_warnings(warnings);
        return result;
    }
    let shared = emit::Shared {
        variables: &result.tree.variables,
        functions: &result.tree.functions,
        source: &source,
        specialise: options.specialise,
        pure: options.pure,
        own_methods: &own_methods,
        warnings: &warnings,
    };
    match emit(&result.tree, shared, compiled, session.as_ref().map(|(_, slots)| &slots[..])) {
        Ok(module) => {
            result.module = Some(module);
            result.session = session.map(|(session, _)| session);
        }
        Err(diagnostic) => result.diagnostics.push(*diagnostic),
    }
    result.add_warnings(warnings);
    result
}

/// The code of a tree without errors.
fn emit(
    tree: &tree::Tree,
    shared: emit::Shared<'_>,
    mut compiled: emit::Compiled,
    slots: Option<&[u32]>,
) -> Result<Module, Box<Diagnostic>> {
    emit::constants(shared, &tree.order, &mut compiled)?;
    let main = emit::standalone(tree.main, shared, &mut compiled)?;
    let parts = ModuleParts {
        main,
        source: Arc::clone(shared.source),
        imports: tree.imports.clone(),
        exports: tree.exports.clone(),
        session: slots.unwrap_or(&[]).into(),
    };
    Module::new(parts).map_err(|error| {
        debug_assert!(false, "the compiler made a wrong module: {error}");
        let message = format!("this is a fault of Motet, not of the program: {error}");
        Box::new(Diagnostic::error(message, Span::default()))
    })
}
